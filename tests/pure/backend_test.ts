/**
 * What the conformance suite cannot know of: keys that live elsewhere, settings
 * that a callback gives, and what the pure backend alone refuses.
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { AlertError, ConfigurationError } from "../../api/errors.ts";
import type { TLSConfigurationOptions } from "../../api/configuration.ts";
import { TLSConfiguration } from "../../api/configuration.ts";
import type { TLSWrappedSocket } from "../../api/socket.ts";
import type { Backend } from "../../api/context.ts";
import { createPureBackend, pureBackend } from "../../backends/pure/mod.ts";
import { keyOf } from "./engine/x509/mint.ts";
import { makePki, type Pki } from "../interop/pure/_pki.ts";

const SCHEME = 0x0403;

/** Connects a client and a server of this backend and exchanges a byte. */
async function meet(
  pki: Pki,
  server: TLSConfigurationOptions,
  options: { client?: TLSConfigurationOptions; name?: string } = {},
  backend: Backend = pureBackend,
): Promise<void> {
  const { client = {}, name = "localhost" } = options;
  using listener = new backend.serverContext!(server).listen({
    hostname: "127.0.0.1",
    port: 0,
  });
  const context = new backend.clientContext!({
    trustStore: pki.trust,
    ...client,
  });
  const connecting = context.connect({
    hostname: "127.0.0.1",
    serverHostname: name,
    port: listener.addr.port,
  });
  const failed = connecting.then(() => new Promise<never>(() => {}));
  const accepted: TLSWrappedSocket = await Promise.race([
    listener.accept(),
    failed,
  ]);
  await using a = accepted;
  await using b = await connecting;
  await Promise.all([a.write(Uint8Array.of(1)), b.write(Uint8Array.of(2))]);
  const buffer = new Uint8Array(1);
  await b.read(buffer);
  assertEquals(buffer[0], 1);
}

/** Signs ECDSA on P-256 with WebCrypto, in DER. */
async function webSignature(message: Uint8Array): Promise<Uint8Array> {
  const { privateKey } = await keyOf("P-256", "interop localhost server");
  const raw = new Uint8Array(
    await crypto.subtle.sign(
      { name: "ECDSA", hash: "SHA-256" },
      privateKey,
      message as Uint8Array<ArrayBuffer>,
    ),
  );
  const integer = (half: Uint8Array) => {
    let start = 0;
    while (start < 31 && half[start] === 0) start++;
    const digits = half.subarray(start);
    const padded = digits[0]! >= 0x80 ? [0, ...digits] : [...digits];
    return [2, padded.length, ...padded];
  };
  const body = [...integer(raw.subarray(0, 32)), ...integer(raw.subarray(32))];
  return Uint8Array.of(0x30, body.length, ...body);
}

Deno.test("a server signs with a key that lives elsewhere", async () => {
  await using pki = await makePki();
  const { chain } = await pki.identity("localhost");
  const asked: number[] = [];
  await meet(pki, {
    certificateChain: {
      ...chain,
      privateKey: pureBackend.privateKey.fromSigner!({
        schemes: [SCHEME],
        sign: (scheme, message) => {
          asked.push(scheme);
          return webSignature(message);
        },
      }),
    },
  });
  assertEquals(asked, [SCHEME]);
});

Deno.test("a server tells the peer and its caller when such a key fails", async () => {
  await using pki = await makePki();
  const { chain } = await pki.identity("localhost");
  const context = new pureBackend.serverContext!({
    certificateChain: {
      ...chain,
      privateKey: pureBackend.privateKey.fromSigner!({
        schemes: [SCHEME],
        sign: () => Promise.reject(new Error("the vault is locked")),
      }),
    },
  });
  const errors: unknown[] = [];
  using listener = context.listen({
    hostname: "127.0.0.1",
    port: 0,
    onHandshakeError: (error) => errors.push(error),
  });
  const client = new pureBackend.clientContext!({ trustStore: pki.trust });
  const error = await client.connect({
    hostname: "127.0.0.1",
    serverHostname: "localhost",
    port: listener.addr.port,
  }).then(() => null, (error) => error);
  assert(error instanceof AlertError);
  assertEquals([error.alert, error.direction], [80, "received"]);
  assertEquals(errors.length, 1);
  assertEquals(
    ((errors[0] as Error).cause as Error).message,
    "the vault is locked",
  );
});

Deno.test("a server signs with a CryptoKey that cannot be extracted", async () => {
  await using pki = await makePki();
  const { chain, keyPem } = await pki.identity("localhost");
  const pkcs8 = Uint8Array.from(
    atob(keyPem.replaceAll(/-----[^-]+-----|\s/g, "")),
    (character) => character.charCodeAt(0),
  );
  const key = await crypto.subtle.importKey(
    "pkcs8",
    pkcs8,
    { name: "ECDSA", namedCurve: "P-256" },
    false,
    ["sign"],
  );
  await meet(pki, {
    certificateChain: {
      ...chain,
      privateKey: pureBackend.privateKey.fromCryptoKey!(key),
    },
  });
});

Deno.test("the portable provider without kernels connects by the same handles", async () => {
  await using pki = await makePki();
  const { chain } = await pki.identity("localhost");
  const backend = await createPureBackend({
    provider: "portable",
    kernels: "js",
  });
  await meet(pki, { certificateChain: chain }, {}, backend);
});

Deno.test("sniCallback's configuration counts whole: chain, protocols, key log, policy", async () => {
  await using pki = await makePki();
  const plain = await pki.identity("localhost");
  const wanted = await pki.identity("wanted.test");
  const client = await pki.identity("client.test", "P-256", "client");
  const lines: string[] = [];
  const paths: number[] = [];
  const chosen = new TLSConfiguration({
    certificateChain: wanted.chain,
    innerProtocols: ["h2"],
    trustStore: pki.trust,
    keyLog: (line) => lines.push(line),
    verifyPeer: (path) => void paths.push(path.length),
  });
  await meet(pki, {
    certificateChain: plain.chain,
    sniCallback: (_buffer, name, configuration) =>
      Promise.resolve(name === "wanted.test" ? chosen : configuration),
  }, {
    name: "wanted.test",
    client: { innerProtocols: ["h2"], certificateChain: client.chain },
  });
  assertEquals(lines.length, 5);
  assertEquals(paths, [2]);
});

Deno.test("a server needs a certificate, and groups and schemes that are known", async () => {
  await using pki = await makePki();
  const { chain } = await pki.identity("localhost");
  for (
    const [options, field] of [
      [{}, "certificateChain"],
      [{ certificateChain: chain, groups: [0x0100] }, "groups"],
      [
        { certificateChain: chain, signatureSchemes: [0x0201] },
        "signatureSchemes",
      ],
      [
        { certificateChain: chain, signatureSchemes: [0x0401] },
        "signatureSchemes",
      ],
      [{ certificateChain: chain, crls: [new Uint8Array(1)] }, "crls"],
      [
        { certificateChain: chain, highestSupportedVersion: "TLSv1.2" },
        "highestSupportedVersion",
      ],
    ] as const
  ) {
    const error = assertThrows(
      () => new pureBackend.serverContext!(options),
      ConfigurationError,
    );
    assertEquals(error.field, field);
    assertEquals(error.backend, "pure");
  }
});

Deno.test("a client refuses a server name that is none", () => {
  const context = new pureBackend.clientContext!({
    validateCertificates: false,
  });
  for (const name of ["", "a b", "host/path", "user@host", "-x-.test"]) {
    const error = assertThrows(
      () => context.wrapBuffers(name),
      ConfigurationError,
    );
    assertEquals(error.field, "serverHostname");
  }
  for (
    const name of ["host.test", "host.test.", "127.0.0.1", "[::1]", "büro.test"]
  ) {
    context.wrapBuffers(name);
  }
});

Deno.test("of several keys that are not their leaves', one is told and none forgotten", async () => {
  await using pki = await makePki();
  const plain = await pki.identity("localhost");
  const [one, other] = [
    await pki.identity("one.test", "Ed25519"),
    await pki.identity("other.test", "Ed25519"),
  ];
  // Neither shows at once whose it is; the first does so later than the second.
  const { privateKey } = await keyOf("P-256", "nobody's");
  const context = new pureBackend.serverContext!({
    certificateChain: [
      {
        ...plain.chain,
        privateKey: pureBackend.privateKey.fromCryptoKey!(privateKey),
      },
      { ...one.chain, privateKey: other.chain.privateKey },
    ],
  });
  const client = new pureBackend.clientContext!({ trustStore: pki.trust })
    .wrapBuffers("localhost");
  const server = context.wrapBuffers();
  for (
    let want = client.tryHandshake!();
    want?.want === "completion";
    want = client.tryHandshake!()
  ) await want.completion;
  server.receiveFromNetwork(client.peekOutgoing(1e6));
  const error = assertThrows(
    () => server.tryHandshake!(),
    ConfigurationError,
    "not the key of the certificate of one.test",
  );
  assertEquals(error.field, "certificateChain");
  // What nobody waits for is done before this is, and would be an unhandled
  // rejection then.
  for (let i = 0; i < 4; i++) {
    await crypto.subtle.sign(
      { name: "ECDSA", hash: "SHA-256" },
      privateKey,
      new Uint8Array(1),
    );
  }
});
