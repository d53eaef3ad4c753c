/** TLSConfiguration: a value, immutable, comparable, strict. */
import {
  assert,
  assertEquals,
  assertNotStrictEquals,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { Buffer } from "node:buffer";
import {
  CipherSuite,
  ConfigurationError,
  NextProtocol,
  type SigningChain,
  TLSConfiguration,
  type TLSConfigurationOptions,
  TLSVersion,
} from "../../mod.ts";
import { CONFIGURATION_FIELDS } from "../../api/configuration.ts";
import { anotherCopy } from "./helpers/copies.ts";

const CHAIN: SigningChain = {
  leaf: { der: null },
  intermediates: [{ der: null }],
  privateKey: { algorithm: "external" },
};
const STORE = { description: "3 certificates" };

/** A value for each field that is not its default. */
const OTHER: Required<TLSConfigurationOptions> = {
  validateCertificates: false,
  certificateChain: [CHAIN],
  ciphers: [CipherSuite.TLS_AES_128_GCM_SHA256, 0xfefe],
  innerProtocols: [NextProtocol.H2, Uint8Array.of(0xff, 0x00)],
  lowestSupportedVersion: TLSVersion.TLSv1_2,
  highestSupportedVersion: TLSVersion.TLSv1_3,
  trustStore: STORE,
  sniCallback: (_buffer, _name, configuration) => configuration,
  clientAuthentication: "request",
  groups: [0x11ec, 0x1d],
  signatureSchemes: [0x0403],
  keyLog: () => {},
  verifyPeer: () => {},
  crls: [Uint8Array.of(0x30, 0x00)],
  now: () => new Date(0),
};

function refused(options: unknown): ConfigurationError {
  return assertThrows(
    () => new TLSConfiguration(options as TLSConfigurationOptions),
    ConfigurationError,
  );
}

Deno.test("TLSConfiguration has the defaults of the contract", () => {
  const configuration = new TLSConfiguration();
  assertEquals(
    Object.keys(configuration).toSorted(),
    [
      ...CONFIGURATION_FIELDS,
    ].toSorted(),
  );
  assertEquals(configuration.validateCertificates, true);
  assertEquals(configuration.certificateChain, []);
  assertEquals(configuration.ciphers, []);
  assertEquals(configuration.innerProtocols, []);
  assertEquals(configuration.lowestSupportedVersion, "MINIMUM_SUPPORTED");
  assertEquals(configuration.highestSupportedVersion, "MAXIMUM_SUPPORTED");
  assertEquals(configuration.trustStore, null);
  assertEquals(configuration.sniCallback, null);
  assertEquals(configuration.clientAuthentication, "none");
  assertEquals(configuration.groups, []);
  assertEquals(configuration.signatureSchemes, []);
  assertEquals(configuration.keyLog, null);
  assertEquals(configuration.verifyPeer, null);
  assertEquals(configuration.crls, []);
  assert(Math.abs(configuration.now().getTime() - Date.now()) < 60_000);
});

Deno.test("TLSConfiguration takes undefined as the default, of every field", () => {
  const options = Object.fromEntries(
    CONFIGURATION_FIELDS.map((field) => [field, undefined]),
  );
  assert(new TLSConfiguration(options).equals(new TLSConfiguration()));
});

Deno.test("TLSConfiguration keeps what it is given, of every field", () => {
  const configuration = new TLSConfiguration(OTHER);
  for (const field of CONFIGURATION_FIELDS) {
    assertEquals<unknown>(configuration[field], OTHER[field], field);
  }
});

Deno.test("TLSConfiguration is frozen, with its arrays and chains", () => {
  const configuration = new TLSConfiguration(OTHER);
  assert(Object.isFrozen(configuration));
  for (const field of CONFIGURATION_FIELDS) {
    const value = configuration[field];
    if (Array.isArray(value)) assert(Object.isFrozen(value), field);
    assertThrows(
      () => Object.assign(configuration, { [field]: value }),
      TypeError,
    );
  }
  const chain = configuration.certificateChain[0]!;
  assert(Object.isFrozen(chain));
  assert(Object.isFrozen(chain.intermediates));
  assertThrows(
    () => Object.assign(configuration, { verifyEverything: true }),
    TypeError,
  );
});

Deno.test("TLSConfiguration follows no change of what it was made from", () => {
  const intermediates = [{ der: null }];
  const chain = { ...CHAIN, intermediates };
  const chains: SigningChain[] = [chain];
  const ciphers = [0x1301];
  const protocols = ["h2"];
  const configuration = new TLSConfiguration({
    certificateChain: chains,
    ciphers,
    innerProtocols: protocols,
  });
  chains.push(CHAIN);
  intermediates.pop();
  chain.leaf = { der: Uint8Array.of(1) };
  ciphers.push(0x1302);
  protocols[0] = "http/1.1";
  assertEquals(configuration.certificateChain.length, 1);
  assertEquals(configuration.certificateChain[0]!.intermediates.length, 1);
  assertStrictEquals(configuration.certificateChain[0]!.leaf, CHAIN.leaf);
  assertEquals(configuration.ciphers, [0x1301]);
  assertEquals(configuration.innerProtocols, ["h2"]);
});

Deno.test("TLSConfiguration copies bytes in and out, those of a Buffer too", () => {
  for (const from of [Uint8Array.from, Buffer.from]) {
    const make = (bytes: number[]): Uint8Array =>
      from.call(from === Buffer.from ? Buffer : Uint8Array, bytes);
    const protocol = make([1, 2, 3]);
    const crl = make([4, 5, 6]);
    const configuration = new TLSConfiguration({
      innerProtocols: [protocol],
      crls: [crl],
    });
    protocol.fill(0);
    crl.fill(0);
    for (let look = 0; look < 2; look++) {
      const [seenProtocol] = configuration.innerProtocols as [Uint8Array];
      const [seenCrl] = configuration.crls as [Uint8Array];
      assertEquals([...seenProtocol], [1, 2, 3]);
      assertEquals([...seenCrl], [4, 5, 6]);
      seenProtocol.fill(0);
      seenCrl.fill(0);
    }
  }
});

Deno.test("TLSConfiguration refuses a name that is no field", () => {
  for (const name of ["cipher", "validateCertificate", "update", "equals"]) {
    const error = refused({ [name]: true });
    assertEquals(error.field, name);
    assertEquals(error.backend, null);
    assert(error.message.includes(name));
  }
});

Deno.test("TLSConfiguration refuses what is no object", () => {
  for (const wrong of [null, 1, "TLSv1.3", true, [], ["ciphers"], () => {}]) {
    assertEquals(refused(wrong).field, "configuration");
  }
});

const BAD: Readonly<Record<keyof TLSConfigurationOptions, unknown[]>> = {
  validateCertificates: [null, 0, 1, "false", {}],
  certificateChain: [
    0,
    "PEM",
    {},
    [{}],
    [CHAIN, null],
    { ...CHAIN, intermediates: undefined },
    { ...CHAIN, intermediates: new Set() },
    { ...CHAIN, leaf: null },
    { ...CHAIN, privateKey: "key" },
  ],
  ciphers: [
    null,
    "TLS_AES_128_GCM_SHA256",
    new Set([0x1301]),
    new Uint16Array(1),
    [-1],
    [0x1_0000],
    [1.5],
    [NaN],
    ["4865"],
    [0x1301, 0x1301],
    // deno-lint-ignore no-sparse-arrays
    [0x1301, , 0x1302],
  ],
  innerProtocols: [
    null,
    "h2",
    [""],
    [new Uint8Array()],
    ["x".repeat(256)],
    ["é".repeat(128)],
    [new Uint8Array(256)],
    [1],
    ["\ud800"],
    [new ArrayBuffer(2)],
  ],
  lowestSupportedVersion: [null, "1.3", "TLSv1_3", 0x0304, "tlsv1.3"],
  highestSupportedVersion: [null, "1.3", "TLSv1_3", 0x0304, ""],
  trustStore: ["/etc/ssl/cert.pem", 0, false, () => {}],
  sniCallback: ["name", {}, false],
  clientAuthentication: [null, "", "optional", true, 1],
  groups: [null, "x25519", [0x1_0000], [0x1d, 0x1d]],
  signatureSchemes: [null, [-1], [0x0403, 0x0403]],
  keyLog: ["keys.log", true, {}],
  verifyPeer: [true, "no", {}],
  crls: [null, "PEM", ["PEM"], [new ArrayBuffer(1)], new Uint8Array(1)],
  now: [null, new Date(0), 0],
};

for (const field of CONFIGURATION_FIELDS) {
  Deno.test(`TLSConfiguration refuses a bad ${field}, and says so`, () => {
    for (const wrong of BAD[field]) {
      const error = refused({ [field]: wrong });
      assertEquals(error.field, field, String(wrong));
      assertEquals(error.backend, null);
      assertEquals(error.code, "configuration");
      assert(error.message.startsWith(`Cannot use ${field}: `), error.message);
    }
  });
}

Deno.test("TLSConfiguration takes the ends of each range", () => {
  new TLSConfiguration({
    ciphers: [0, 0xffff],
    innerProtocols: ["x", "x".repeat(255), new Uint8Array(255)],
    groups: [0, 0xffff],
  });
});

Deno.test("TLSConfiguration refuses an empty range of versions", () => {
  const order = ["SSLv2", "SSLv3", "TLSv1", "TLSv1_1", "TLSv1_2", "TLSv1_3"];
  for (const [i, low] of order.entries()) {
    for (const [j, high] of order.entries()) {
      const options = {
        lowestSupportedVersion: TLSVersion[low as keyof typeof TLSVersion],
        highestSupportedVersion: TLSVersion[high as keyof typeof TLSVersion],
      };
      if (i <= j) new TLSConfiguration(options);
      else assertEquals(refused(options).field, "lowestSupportedVersion");
    }
  }
});

Deno.test("TLSConfiguration puts a secret into no message", () => {
  const secret = "-----BEGIN PRIVATE KEY-----";
  for (const field of CONFIGURATION_FIELDS) {
    if (field.endsWith("Version")) continue;
    try {
      new TLSConfiguration({ [field]: secret });
    } catch (error) {
      assert(!(error as Error).message.includes(secret), field);
    }
  }
});

Deno.test("clientAuthentication follows the trust store until it is set", () => {
  const none = new TLSConfiguration();
  assertEquals(none.clientAuthentication, "none");
  const required = none.update({ trustStore: STORE });
  assertEquals(required.clientAuthentication, "require");
  assertEquals(
    required.update({ trustStore: null }).clientAuthentication,
    "none",
  );
  // A copy follows it too.
  const copied = new TLSConfiguration(none).update({ trustStore: STORE });
  assertEquals(copied.clientAuthentication, "require");

  const fixed = none.update({ clientAuthentication: "none" });
  assertEquals(
    fixed.update({ trustStore: STORE }).clientAuthentication,
    "none",
  );
  const asked = required.update({ clientAuthentication: "request" });
  assertEquals(
    asked.update({ trustStore: null }).clientAuthentication,
    "request",
  );
});

Deno.test("update() replaces the fields that are given and no other", () => {
  const base = new TLSConfiguration(OTHER);
  for (const field of CONFIGURATION_FIELDS) {
    const fresh = new TLSConfiguration();
    const updated = fresh.update({ [field]: OTHER[field] });
    assertEquals<unknown>(updated[field], OTHER[field], field);
    for (const other of CONFIGURATION_FIELDS) {
      if (other === field) continue;
      // What clientAuthentication follows has a test of its own.
      if (field === "trustStore" && other === "clientAuthentication") continue;
      assertEquals<unknown>(updated[other], fresh[other], `${field} ${other}`);
    }
    assert(!updated.equals(fresh), field);
    assert(base.update({ [field]: undefined }).equals(base), field);
  }
  assertNotStrictEquals(base.update({}), base);
  assert(base.update({}).equals(base));
  assert(Object.isFrozen(base.update({})));
});

Deno.test("update() refuses what the constructor refuses", () => {
  const base = new TLSConfiguration();
  for (const wrong of [{ cipher: [] }, { ciphers: [-1] }, null, 1, []]) {
    assertThrows(
      () => base.update(wrong as TLSConfigurationOptions),
      ConfigurationError,
    );
  }
});

Deno.test("equals() compares by value, credentials and callbacks by identity", () => {
  const base = new TLSConfiguration(OTHER);
  assert(base.equals(base));
  assert(base.equals(new TLSConfiguration(OTHER)));
  assert(new TLSConfiguration().equals(new TLSConfiguration({})));
  const alike: TLSConfigurationOptions[] = [
    { innerProtocols: ["h2", Uint8Array.of(0xff, 0x00)] },
    { crls: [Uint8Array.of(0x30, 0x00)] },
    { ciphers: [0x1301, 0xfefe] },
    { certificateChain: { ...CHAIN } },
    {
      certificateChain: [{ ...CHAIN, intermediates: [...CHAIN.intermediates] }],
    },
  ];
  for (const same of alike) assert(base.update(same).equals(base));
  const unlike: TLSConfigurationOptions[] = [
    { innerProtocols: [Uint8Array.of(0xff, 0x00), "h2"] },
    { innerProtocols: ["h2"] },
    { innerProtocols: ["h2", Uint8Array.of(0xff, 0x01)] },
    { crls: [Uint8Array.of(0x30)] },
    { ciphers: [0xfefe, 0x1301] },
    { certificateChain: null },
    { certificateChain: [CHAIN, CHAIN] },
    { certificateChain: { ...CHAIN, leaf: { ...CHAIN.leaf } } },
    { certificateChain: { ...CHAIN, intermediates: [] } },
    { certificateChain: { ...CHAIN, privateKey: { ...CHAIN.privateKey } } },
    { trustStore: { ...STORE } },
    { keyLog: () => {} },
    { verifyPeer: () => {} },
    { now: () => new Date(0) },
    { sniCallback: (_buffer, _name, configuration) => configuration },
  ];
  for (const other of unlike) {
    assert(
      !base.update(other).equals(base),
      JSON.stringify(Object.keys(other)),
    );
    assert(!base.equals(base.update(other)));
  }
});

Deno.test("TLSConfiguration understands one of another copy of the module", async () => {
  const copy = await anotherCopy();
  const foreign = new copy.TLSConfiguration(OTHER);
  assert(!(foreign instanceof TLSConfiguration));
  const ours = new TLSConfiguration(foreign);
  assert(ours.equals(foreign));
  assert(new TLSConfiguration(new copy.TLSConfiguration()).equals(
    new TLSConfiguration(),
  ));
});
