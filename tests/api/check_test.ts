/** A setting is honoured or refused, never ignored: for every field and role. */
import {
  assert,
  assertEquals,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import {
  type Capabilities,
  checkConfiguration,
  type CheckConfigurationOptions,
  ConfigurationError,
  type ContextConfiguration,
  type SigningChain,
  TLSConfiguration,
  type TLSConfigurationOptions,
  TLSVersion,
} from "../../mod.ts";
import { CONFIGURATION_FIELDS } from "../../api/configuration.ts";
import { anotherCopy } from "./helpers/copies.ts";

type Field = keyof TLSConfigurationOptions;
type Role = "client" | "server";

const ROLES: readonly Role[] = ["client", "server"];

/** A backend that obeys nothing but its own defaults. */
const NOTHING: Capabilities = {
  client: true,
  server: true,
  buffers: false,
  anyStream: false,
  serverWrapSocket: false,
  unwrap: false,
  versions: [TLSVersion.TLSv1_2, TLSVersion.TLSv1_3],
  chooseVersions: false,
  ciphers: [0x1301, 0x1302],
  chooseCiphers: false,
  disableValidation: false,
  exclusiveTrustStore: false,
  defaultTrustStore: "none",
  clientAuthentication: false,
  facts: [],
  fields: { client: [], server: [] },
};

/** A backend that obeys all. */
const EVERYTHING: Capabilities = {
  ...NOTHING,
  chooseVersions: true,
  chooseCiphers: true,
  disableValidation: true,
  exclusiveTrustStore: true,
  clientAuthentication: true,
  fields: { client: CONFIGURATION_FIELDS, server: CONFIGURATION_FIELDS },
};

const CHAIN: SigningChain = {
  leaf: { der: null },
  intermediates: [],
  privateKey: { algorithm: "a secret that no message shows" },
};
const STORE = { description: "3 certificates" };

/** For each field a setting that asks for something. */
const SETTINGS: Readonly<Record<Field, TLSConfigurationOptions>> = {
  validateCertificates: { validateCertificates: false },
  certificateChain: { certificateChain: CHAIN },
  ciphers: { ciphers: [0x1301] },
  innerProtocols: { innerProtocols: ["h2"] },
  lowestSupportedVersion: { lowestSupportedVersion: TLSVersion.TLSv1_3 },
  highestSupportedVersion: { highestSupportedVersion: TLSVersion.TLSv1_2 },
  trustStore: { trustStore: STORE },
  sniCallback: {
    sniCallback: (_buffer, _name, configuration) => configuration,
  },
  clientAuthentication: {
    clientAuthentication: "request",
    trustStore: STORE,
  },
  groups: { groups: [0x1d] },
  signatureSchemes: { signatureSchemes: [0x0403] },
  keyLog: { keyLog: () => "source that no message shows" },
  verifyPeer: { verifyPeer: () => {} },
  crls: { crls: [Uint8Array.of(0x30, 0)] },
  now: { now: () => new Date(0) },
};

const SERVER_ONLY: readonly Field[] = ["sniCallback", "clientAuthentication"];

function check(
  given: ContextConfiguration,
  capabilities: Capabilities,
  role: Role,
  instead?: CheckConfigurationOptions["instead"],
): TLSConfiguration {
  return checkConfiguration(given, {
    backend: "invented",
    capabilities,
    role,
    ...instead === undefined ? {} : { instead },
  });
}

function refused(
  given: ContextConfiguration,
  capabilities: Capabilities,
  role: Role,
  instead?: CheckConfigurationOptions["instead"],
): ConfigurationError {
  return assertThrows(
    () => check(given, capabilities, role, instead),
    ConfigurationError,
  );
}

for (const role of ROLES) {
  Deno.test(`checkConfiguration() obeys the defaults on any ${role}`, () => {
    for (const capabilities of [NOTHING, EVERYTHING]) {
      const configuration = new TLSConfiguration();
      assertStrictEquals(
        check(configuration, capabilities, role),
        configuration,
      );
      assert(check({}, capabilities, role).equals(configuration));
    }
  });

  for (const field of CONFIGURATION_FIELDS) {
    Deno.test(`checkConfiguration() honours ${field} on a ${role} that can`, () => {
      const settings = SETTINGS[field];
      const configuration = new TLSConfiguration(settings);
      assertStrictEquals(check(configuration, EVERYTHING, role), configuration);
      const made = check(settings, EVERYTHING, role);
      assert(made instanceof TLSConfiguration && made.equals(configuration));
    });

    const applies = role === "server" || !SERVER_ONLY.includes(field);
    Deno.test(
      applies
        ? `checkConfiguration() refuses ${field} on a ${role} that cannot`
        : `checkConfiguration() passes ${field} over on a ${role}`,
      () => {
        // With the trust store honoured where the setting needs one beside it.
        const capabilities: Capabilities = field === "trustStore" ? NOTHING : {
          ...NOTHING,
          fields: { client: ["trustStore"], server: ["trustStore"] },
        };
        if (!applies) {
          const made = check(SETTINGS[field], capabilities, role);
          assert(made.equals(new TLSConfiguration(SETTINGS[field])));
          return;
        }
        for (
          const given of [
            SETTINGS[field],
            new TLSConfiguration(SETTINGS[field]),
          ]
        ) {
          const error = refused(given, capabilities, role, {
            [field]: "use something else",
          });
          assertEquals(error.field, field);
          assertEquals(error.backend, "invented");
          assert(
            error.message.startsWith(`Cannot obey ${field} `),
            error.message,
          );
          assert(error.message.includes('"invented"'));
          assert(error.message.endsWith("; use something else"));
          assert(!error.message.includes("no message shows"));
        }
      },
    );
  }

  Deno.test(`checkConfiguration() asks the ${role}'s own fields`, () => {
    const other = role === "client" ? "server" : "client";
    const fields = {
      [role]: [],
      [other]: CONFIGURATION_FIELDS,
    } as unknown as Capabilities["fields"];
    const error = refused({ groups: [0x1d] }, { ...EVERYTHING, fields }, role);
    assertEquals(error.field, "groups");
    assert(error.message.includes(role));
  });

  Deno.test(`checkConfiguration() refuses a suite that the ${role} does not speak`, () => {
    for (
      const [suite, name] of [[0x1303, "TLS_CHACHA20_POLY1305_SHA256"], [
        0xfefe,
        "0xfefe",
      ], [0x0a, "TLS_RSA_WITH_3DES_EDE_CBC_SHA"]] as const
    ) {
      const error = refused({ ciphers: [0x1301, suite] }, EVERYTHING, role);
      assertEquals(error.field, "ciphers");
      assert(error.message.includes(name), error.message);
    }
    const both = check({ ciphers: [0x1302, 0x1301] }, EVERYTHING, role);
    assertEquals(both.ciphers, [0x1302, 0x1301]);
  });

  Deno.test(`checkConfiguration() refuses verifyPeer without validation on a ${role}`, () => {
    const error = refused(
      { verifyPeer: () => {}, validateCertificates: false },
      EVERYTHING,
      role,
    );
    assertEquals(error.field, "verifyPeer");
  });

  Deno.test(`checkConfiguration() honours disabled validation by either claim on a ${role}`, () => {
    const settings = { validateCertificates: false };
    check(settings, { ...NOTHING, disableValidation: true }, role);
  });

  Deno.test(`checkConfiguration() refuses a field that it does not know on a ${role}`, () => {
    const wrong: unknown[] = [
      { cipher: [0x1301] },
      { update: true },
      // An option that is named like a method does not hide the others.
      { update: true, cipher: [] },
      { update: () => {}, pinned: ["x"] },
      null,
      1,
    ];
    for (const given of wrong) {
      refused(given as ContextConfiguration, EVERYTHING, role);
    }
  });
}

/** Versions: what is spoken, what is permitted, and what comes of it. */
const RANGES: readonly [
  spoken: TLSVersion[],
  bounds: { lowest?: TLSVersion; highest?: TLSVersion },
  choose: "honoured" | Field,
  fixed: "honoured" | Field,
][] = (() => {
  const { TLSv1, TLSv1_1, TLSv1_2, TLSv1_3 } = TLSVersion;
  const { MINIMUM_SUPPORTED, MAXIMUM_SUPPORTED } = TLSVersion;
  const low = "lowestSupportedVersion";
  const high = "highestSupportedVersion";
  return [
    // A bound that takes nothing away needs no choice.
    [[TLSv1_2, TLSv1_3], {}, "honoured", "honoured"],
    [[TLSv1_2, TLSv1_3], { lowest: TLSv1_2 }, "honoured", "honoured"],
    [[TLSv1_2, TLSv1_3], { lowest: TLSv1 }, "honoured", "honoured"],
    [[TLSv1_2, TLSv1_3], { highest: TLSv1_3 }, "honoured", "honoured"],
    [[TLSv1_3, TLSv1_2], { lowest: TLSv1_2 }, "honoured", "honoured"],
    [[TLSv1_3], { lowest: TLSv1_3 }, "honoured", "honoured"],
    [[TLSv1_3], { lowest: TLSv1_2 }, "honoured", "honoured"],
    // One that does, does.
    [[TLSv1_2, TLSv1_3], { lowest: TLSv1_3 }, "honoured", low],
    [[TLSv1_2, TLSv1_3], { highest: TLSv1_2 }, "honoured", high],
    [[TLSv1_2, TLSv1_3], { lowest: MAXIMUM_SUPPORTED }, "honoured", low],
    [[TLSv1_2, TLSv1_3], { highest: MINIMUM_SUPPORTED }, "honoured", high],
    // Nothing is left.
    [[TLSv1_2], { lowest: TLSv1_3 }, low, low],
    [[TLSv1_3], { highest: TLSv1_2 }, high, high],
    [[TLSv1_2, TLSv1_3], { highest: TLSv1_1 }, high, high],
    [[TLSv1_2, TLSv1_3], { highest: TLSVersion.SSLv3 }, high, high],
    // Under TLS 1.2 nothing is spoken that is not named (RFC 8996).
    [[TLSv1, TLSv1_1, TLSv1_2], {}, "honoured", low],
    [[TLSv1, TLSv1_2], { lowest: TLSv1 }, "honoured", "honoured"],
    [[TLSv1, TLSv1_1], {}, low, low],
    [[TLSv1, TLSv1_1], { lowest: TLSv1 }, "honoured", "honoured"],
    [[TLSv1, TLSv1_2], { highest: MINIMUM_SUPPORTED }, "honoured", low],
  ];
})();

for (const [spoken, bounds, choose, fixed] of RANGES) {
  const { lowest, highest } = bounds;
  const permitted = `${lowest ?? "any"} to ${highest ?? "any"}`;
  Deno.test(`checkConfiguration() meets ${permitted} with ${spoken.join(" and ")}`, () => {
    const options: TLSConfigurationOptions = {
      ...lowest === undefined ? {} : { lowestSupportedVersion: lowest },
      ...highest === undefined ? {} : { highestSupportedVersion: highest },
    };
    for (
      const [chooseVersions, expected] of [[true, choose], [
        false,
        fixed,
      ]] as const
    ) {
      for (const role of ROLES) {
        const capabilities = { ...NOTHING, versions: spoken, chooseVersions };
        if (expected === "honoured") check(options, capabilities, role);
        else {
          const error = refused(options, capabilities, role);
          assertEquals(error.field, expected);
          assertEquals(error.backend, "invented");
        }
      }
    }
  });
}

Deno.test("checkConfiguration() obeys nothing where no version is spoken", () => {
  for (const role of ROLES) {
    for (const options of [{}, SETTINGS.lowestSupportedVersion]) {
      refused(options, { ...EVERYTHING, versions: [] }, role);
    }
  }
});

Deno.test("checkConfiguration() takes one chain on a client, several on a server", () => {
  const several = { certificateChain: [CHAIN, CHAIN] };
  assertEquals(
    refused(several, EVERYTHING, "client").field,
    "certificateChain",
  );
  check(several, EVERYTHING, "server");
  check({ certificateChain: [CHAIN] }, EVERYTHING, "client");
});

const NONE = "none";
const ASKED = "request";
const MUST = "require";
for (
  const [clientAuthentication, store, expected] of [
    [undefined, false, NONE],
    [undefined, true, MUST],
    [NONE, false, NONE],
    [NONE, true, null],
    [ASKED, false, null],
    [ASKED, true, ASKED],
    [MUST, false, null],
    [MUST, true, MUST],
  ] as const
) {
  Deno.test(`clientAuthentication ${clientAuthentication} ${store ? "with" : "without"} a trust store is ${expected ?? "refused"} on a server`, () => {
    const options: TLSConfigurationOptions = {
      ...clientAuthentication === undefined ? {} : { clientAuthentication },
      trustStore: store ? STORE : null,
    };
    if (expected === null) {
      const error = refused(options, EVERYTHING, "server");
      assertEquals(error.field, "clientAuthentication");
    } else {
      assertEquals(
        check(options, EVERYTHING, "server").clientAuthentication,
        expected,
      );
    }
    // On a client it does not apply, whatever it says.
    check(options, EVERYTHING, "client");
  });
}

Deno.test("a server that cannot authenticate clients refuses to, where the store asks it", () => {
  const capabilities = { ...EVERYTHING, clientAuthentication: false };
  for (const options of [SETTINGS.trustStore, SETTINGS.clientAuthentication]) {
    const error = refused(options, capabilities, "server");
    assertEquals(error.field, "clientAuthentication");
  }
});

Deno.test("checkConfiguration() takes a configuration of another copy of the module", async () => {
  const copy = await anotherCopy();
  for (const role of ROLES) {
    // Its defaults ask for nothing, its clock among them.
    const made = check(
      new copy.TLSConfiguration() as TLSConfiguration,
      NOTHING,
      role,
    );
    assert(made instanceof TLSConfiguration);
    assert(made.equals(new TLSConfiguration()));
    for (const field of CONFIGURATION_FIELDS) {
      const foreign = new copy.TLSConfiguration(
        SETTINGS[field],
      ) as TLSConfiguration;
      assert(check(foreign, EVERYTHING, role).equals(foreign), field);
    }
    const error = refused(
      new copy.TLSConfiguration({ groups: [0x1d] }) as TLSConfiguration,
      NOTHING,
      role,
    );
    assertEquals(error.field, "groups");
  }
});

Deno.test("checkConfiguration() takes a newer copy's fields where they say nothing", () => {
  class Newer {
    readonly later: unknown;
    constructor(later: unknown) {
      this.later = later;
      Object.assign(this, new TLSConfiguration());
    }
    update(): this {
      return this;
    }
  }
  const given = (later: unknown) =>
    new Newer(later) as unknown as ContextConfiguration;
  for (const later of [null, false, []]) {
    check(given(later), NOTHING, "client");
  }
  for (const later of [true, "x", 1, ["x"], {}]) {
    assertEquals(refused(given(later), EVERYTHING, "client").field, "later");
  }
});
