/**
 * The backend itself: its capabilities as data, its contexts' configuration.
 *
 * @module
 */
import { TLSVersion } from "../../api/code_points.ts";
import {
  compareVersions,
  CONFIGURATION_FIELDS,
  TLSConfiguration,
  type TLSConfigurationOptions,
} from "../../api/configuration.ts";
import {
  assertFamily,
  assertRefusal,
  ok,
  strictEqual,
  thrownBy,
} from "./_assert.ts";
import { signingChain } from "./_certificates.ts";
import type { Role, Suite, Trial } from "./_trial.ts";

const FACTS: readonly string[] = [
  "cipher",
  "negotiatedProtocol",
  "negotiatedTlsVersion",
  "peerCertificates",
  "context",
];

const BOOLEANS = [
  "client",
  "server",
  "buffers",
  "anyStream",
  "serverWrapSocket",
  "unwrap",
  "chooseVersions",
  "chooseCiphers",
  "disableValidation",
  "exclusiveTrustStore",
  "clientAuthentication",
] as const;

function assertFrozen(value: unknown, path: string): void {
  if (typeof value !== "object" || value === null) return;
  ok(Object.isFrozen(value), `${path} must be frozen`);
  for (const [name, inner] of Object.entries(value)) {
    assertFrozen(inner, `${path}.${name}`);
  }
}

function assertDistinct(values: readonly unknown[], path: string): void {
  strictEqual(
    new Set(values).size,
    values.length,
    `${path} must name each thing once`,
  );
}

/** Makes a context of a role with these options on top of what it needs. */
export function makeContext(
  trial: Trial,
  role: Role,
  options: TLSConfigurationOptions,
) {
  return role === "client"
    ? trial.clientContext(options)
    : trial.serverContext(options);
}

/** Adds the cases. */
export function addBackendCases(suite: Suite): void {
  const { capabilities } = suite.backend;
  const roles = (["client", "server"] as const).filter((role) =>
    capabilities[role]
  );

  suite.add("name", "is a text that is not empty", ({ backend }) => {
    ok(typeof backend.name === "string" && backend.name !== "");
  });

  suite.add("capabilities", "are frozen data", ({ capabilities }) => {
    assertFrozen(capabilities, "capabilities");
    for (const name of BOOLEANS) {
      strictEqual(typeof capabilities[name], "boolean", name);
    }
    ok(
      typeof capabilities.defaultTrustStore === "string" &&
        capabilities.defaultTrustStore !== "",
      "defaultTrustStore must say what is trusted",
    );
    ok(
      capabilities.client || capabilities.server,
      "a backend must have one role at least",
    );
  });

  suite.add(
    "capabilities.versions",
    "are versions in order, none under TLS 1.2",
    ({ capabilities: { versions } }) => {
      ok(versions.length > 0, "a backend must speak some version");
      assertDistinct(versions, "versions");
      for (const version of versions) {
        ok(
          Object.values(TLSVersion).includes(version) &&
            version !== TLSVersion.MINIMUM_SUPPORTED &&
            version !== TLSVersion.MAXIMUM_SUPPORTED,
          `${version} must be a version of the protocol`,
        );
        ok(
          compareVersions(version, TLSVersion.TLSv1_2) >= 0,
          `${version} is under TLS 1.2, which RFC 8996 is the end of`,
        );
      }
      versions.reduce((lower, higher) => {
        ok(compareVersions(lower, higher) < 0, "versions must be sorted");
        return higher;
      });
    },
  );

  suite.add(
    "capabilities.ciphers",
    "are code points, each once, and known where they can be chosen",
    ({ capabilities: { ciphers, chooseCiphers } }) => {
      assertDistinct(ciphers, "ciphers");
      for (const suite of ciphers) {
        ok(Number.isInteger(suite) && suite >= 0 && suite <= 0xffff);
      }
      ok(
        !chooseCiphers || ciphers.length > 0,
        "a backend that chooses ciphers must say which",
      );
    },
  );

  suite.add(
    "capabilities.facts",
    "are names of facts, context among them",
    ({ capabilities: { facts } }) => {
      assertDistinct(facts, "facts");
      for (const fact of facts) ok(FACTS.includes(fact), `${fact} is no fact`);
      ok(facts.includes("context"), "context is never null, so it is known");
    },
  );

  suite.add(
    "capabilities.fields",
    "are fields of the configuration and agree with the other capabilities",
    ({ capabilities }) => {
      for (const role of ["client", "server"] as const) {
        const fields = capabilities.fields[role];
        assertDistinct(fields, `fields.${role}`);
        for (const field of fields) {
          ok(CONFIGURATION_FIELDS.includes(field), `${field} is no field`);
        }
        const decided = {
          validateCertificates: capabilities.disableValidation,
          ciphers: capabilities.chooseCiphers,
          lowestSupportedVersion: capabilities.chooseVersions,
          highestSupportedVersion: capabilities.chooseVersions,
        };
        for (const [field, decision] of Object.entries(decided)) {
          ok(
            decision || !(fields as readonly string[]).includes(field),
            `fields.${role} names ${field}, which another capability disclaims`,
          );
        }
        ok(
          capabilities[role] || fields.length === 0,
          `there is no ${role} to honour fields`,
        );
      }
      const { fields } = capabilities;
      for (const field of ["sniCallback", "clientAuthentication"] as const) {
        ok(
          !fields.client.includes(field),
          `${field} does not apply to a client`,
        );
      }
      ok(
        capabilities.clientAuthentication ||
          !fields.server.includes("clientAuthentication"),
        "fields.server names clientAuthentication, which is disclaimed",
      );
      ok(
        !capabilities.clientAuthentication ||
          capabilities.server && fields.server.includes("trustStore"),
        "a server that asks for certificates must take a trustStore to judge them by",
      );
      ok(
        !capabilities.server || fields.server.includes("certificateChain"),
        "a server must take a certificateChain",
      );
    },
  );

  suite.add(
    "capabilities.client, capabilities.server",
    "say which contexts there are; the others are null",
    ({ backend, capabilities }) => {
      for (const role of ["client", "server"] as const) {
        const constructor = backend[`${role}Context`];
        if (capabilities[role]) {
          strictEqual(typeof constructor, "function", `${role}Context`);
        } else {
          strictEqual(constructor, null, `${role}Context must be null`);
        }
      }
    },
  );

  for (const role of roles) {
    suite.add(
      "context.configuration",
      `is what a ${role} was given, as configuration or as plain options`,
      (trial) => {
        const needed: TLSConfigurationOptions = role === "client"
          ? { trustStore: trial.trust() }
          : { certificateChain: signingChain(trial.backend, trial.pki.server) };
        const configuration = new TLSConfiguration(needed);
        const Context = trial.backend[`${role}Context`]!;
        for (const given of [configuration, needed]) {
          const kept = new Context(given).configuration;
          ok(Object.isFrozen(kept), "context.configuration must be frozen");
          for (const field of CONFIGURATION_FIELDS) {
            ok(field in kept, `context.configuration must have ${field}`);
          }
          ok(
            kept.equals(configuration) && configuration.equals(kept),
            "context.configuration must equal what was given",
          );
        }
      },
    );

    suite.add(
      "context.configuration",
      `keeps what a ${role} was given, not what becomes of it`,
      (trial) => {
        const innerProtocols = ["before"];
        const options = { innerProtocols };
        const context = makeContext(trial, role, options);
        innerProtocols[0] = "after";
        strictEqual(context.configuration.innerProtocols[0], "before");
      },
    );

    suite.add(
      "rule 1, an unknown field",
      `is refused on a ${role}`,
      (trial) => {
        const error = thrownBy(
          () =>
            makeContext(trial, role, {
              cipherz: [0x1301],
            } as TLSConfigurationOptions),
          "a field that does not exist",
        );
        assertFamily(error, "configuration");
      },
    );

    suite.add(
      "rule 2, making a context",
      `costs a ${role} nothing: no global is added or changed`,
      (trial) => {
        const before = new Map(
          Object.getOwnPropertyNames(globalThis).map((name) => [
            name,
            Object.getOwnPropertyDescriptor(globalThis, name)?.value,
          ]),
        );
        makeContext(trial, role, {});
        for (const name of Object.getOwnPropertyNames(globalThis)) {
          ok(before.has(name), `globalThis.${name} was added`);
          strictEqual(
            Object.getOwnPropertyDescriptor(globalThis, name)?.value,
            before.get(name),
            `globalThis.${name} was changed`,
          );
        }
      },
    );

    suite.add(
      "credentials",
      `of another backend are refused on a ${role}`,
      (trial) => {
        const { leaf, privateKey } = signingChain(
          trial.backend,
          trial.pki.server,
        );
        const forgedCertificate = { der: trial.pki.server.der };
        const forgedKey = { algorithm: privateKey.algorithm };
        if (trial.capabilities.fields[role].includes("certificateChain")) {
          for (
            const chain of [
              { leaf: forgedCertificate, intermediates: [], privateKey },
              { leaf, intermediates: [], privateKey: forgedKey },
              { leaf, intermediates: [forgedCertificate], privateKey },
            ]
          ) {
            const error = thrownBy(
              () => makeContext(trial, role, { certificateChain: chain }),
              "a credential of another backend",
            );
            assertRefusal(trial, error, "certificateChain");
          }
        }
        if (trial.capabilities.fields[role].includes("trustStore")) {
          const error = thrownBy(
            () =>
              makeContext(trial, role, {
                trustStore: { description: "forged" },
              }),
            "a trust store of another backend",
          );
          assertRefusal(trial, error, "trustStore");
        }
      },
    );
  }

  if (capabilities.server) {
    suite.add(
      "certificateChain",
      "is needed by a server: without one the context or its use is refused",
      (trial) => {
        let context;
        try {
          context = new trial.backend.serverContext!({});
        } catch (error) {
          return assertFamily(error, "configuration");
        }
        if (capabilities.fields.server.includes("sniCallback")) return;
        assertFamily(
          thrownBy(
            () =>
              trial.keep(context.listen({ hostname: "127.0.0.1", port: 0 })),
            "listen() without a certificate",
          ),
          "configuration",
        );
      },
    );
  }
}
