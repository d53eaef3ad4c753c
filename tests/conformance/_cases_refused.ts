/**
 * The first rule, where a backend disclaims: whatever it cannot obey is refused
 * when the context is made, or at the call.
 *
 * @module
 */
import { TLSVersion } from "../../api/code_points.ts";
import type { TLSConfigurationOptions } from "../../api/configuration.ts";
import type { Capabilities } from "../../api/context.ts";
import { cipherSuiteName } from "../../api/code_points.ts";
import { makeContext } from "./_cases_backend.ts";
import {
  assertFamily,
  assertRefusal,
  assertRefusedAtConstruction,
  readExactly,
  thrownBy,
} from "./_assert.ts";
import { signingChain } from "./_certificates.ts";
import { failureOf, type Role, type Suite, type Trial } from "./_trial.ts";

type Field = keyof TLSConfigurationOptions;

/** A value that is not the field's default. */
function unusual(trial: Trial, field: Field): TLSConfigurationOptions {
  const { backend, pki } = trial;
  switch (field) {
    case "validateCertificates":
      return { validateCertificates: false };
    case "certificateChain":
      return { certificateChain: signingChain(backend, pki.client) };
    case "innerProtocols":
      return { innerProtocols: ["conformance"] };
    case "trustStore":
      return { trustStore: trial.trust() };
    case "sniCallback":
      return { sniCallback: (_buffer, _name, configuration) => configuration };
    case "groups":
      return { groups: [0x0017] };
    case "signatureSchemes":
      return { signatureSchemes: [0x0403] };
    case "keyLog":
      return { keyLog: () => {} };
    case "verifyPeer":
      return { verifyPeer: () => {} };
    case "crls":
      return { crls: [pki.crl] };
    case "now":
      return { now: () => new Date() };
    default:
      throw new Error(`${field} is decided by a capability of its own`);
  }
}

/** Fields whose refusal `fields` alone decides, by role. */
function plainFields(role: Role): Field[] {
  return [
    "validateCertificates",
    "certificateChain",
    "innerProtocols",
    "trustStore",
    ...role === "server" ? ["sniCallback"] as const : [],
    "groups",
    "signatureSchemes",
    "keyLog",
    "verifyPeer",
    "crls",
    "now",
  ];
}

function isHonoured(
  capabilities: Capabilities,
  role: Role,
  field: Field,
): boolean {
  return capabilities.fields[role].includes(field) ||
    field === "validateCertificates" && capabilities.disableValidation;
}

/** Adds the cases. */
export function addRefusalCases(suite: Suite): void {
  const { capabilities } = suite.backend;
  for (const role of ["client", "server"] as const) {
    if (!capabilities[role]) continue;
    for (const field of plainFields(role)) {
      if (isHonoured(capabilities, role, field)) continue;
      suite.add(
        `rule 1, ${field}`,
        `is disclaimed on a ${role}, so it is refused`,
        (trial) => {
          assertRefusedAtConstruction(
            trial,
            field,
            () => makeContext(trial, role, unusual(trial, field)),
          );
        },
      );
    }
    addChoiceRefusals(suite, role);
    addContradictions(suite, role);
  }
  addMethodRefusals(suite);
}

function addChoiceRefusals(suite: Suite, role: Role): void {
  const { capabilities } = suite.backend;
  suite.add(
    "rule 1, ciphers",
    `that a ${role} does not speak are refused`,
    (trial) => {
      // SSL 3.0's export-grade suite: nobody's.
      for (const suite of [0x0003, 0xfffe]) {
        assertRefusedAtConstruction(
          trial,
          "ciphers",
          () => makeContext(trial, role, { ciphers: [suite] }),
        );
        assertRefusedAtConstruction(
          trial,
          "ciphers",
          () =>
            makeContext(trial, role, {
              ciphers: [...capabilities.ciphers, suite],
            }),
        );
      }
    },
  );
  if (!capabilities.chooseCiphers) {
    suite.add(
      "rule 1, ciphers",
      `cannot be chosen, so they are refused on a ${role}`,
      (trial) => {
        for (const cipher of [0x1301, 0x1302, 0x1303, 0xc02b]) {
          assertRefusedAtConstruction(
            trial,
            "ciphers",
            () => makeContext(trial, role, { ciphers: [cipher] }),
            cipherSuiteName(cipher)!,
          );
        }
      },
    );
  }
  suite.add(
    "rule 1, lowestSupportedVersion, highestSupportedVersion",
    `that leave a ${role} nothing are refused`,
    (trial) => {
      assertRefusedAtConstruction(
        trial,
        "highestSupportedVersion",
        () =>
          makeContext(trial, role, {
            highestSupportedVersion: TLSVersion.TLSv1_1,
          }),
        TLSVersion.TLSv1_1,
      );
    },
  );
  const [lowest] = capabilities.versions;
  if (!capabilities.chooseVersions && capabilities.versions.length > 1) {
    suite.add(
      "rule 1, lowestSupportedVersion, highestSupportedVersion",
      `cannot be chosen, so bounds that take something from a ${role} are refused`,
      (trial) => {
        const highest = trial.capabilities.versions.at(-1)!;
        assertRefusedAtConstruction(
          trial,
          "lowestSupportedVersion",
          () => makeContext(trial, role, { lowestSupportedVersion: highest }),
          highest,
        );
        assertRefusedAtConstruction(
          trial,
          "highestSupportedVersion",
          () => makeContext(trial, role, { highestSupportedVersion: lowest! }),
          lowest!,
        );
      },
    );
  }
  suite.add(
    "rule 1, lowestSupportedVersion, highestSupportedVersion",
    `that take nothing from a ${role} are accepted`,
    (trial) => {
      makeContext(trial, role, {
        lowestSupportedVersion: TLSVersion.SSLv2,
        highestSupportedVersion: trial.capabilities.versions.at(-1)!,
      });
      makeContext(trial, role, {
        lowestSupportedVersion: trial.capabilities.versions[0]!,
        highestSupportedVersion: TLSVersion.MAXIMUM_SUPPORTED,
      });
    },
  );
}

function addContradictions(suite: Suite, role: Role): void {
  const { capabilities } = suite.backend;
  if (role === "client") {
    suite.add(
      "rule 1, sniCallback, clientAuthentication",
      "are a server's fields and do not apply to a client",
      (trial) => {
        trial.clientContext({
          sniCallback: () => {
            throw new Error("a client must not call it");
          },
          clientAuthentication: "none",
        });
        trial.clientContext({ clientAuthentication: "require" });
      },
    );
    suite.add(
      "rule 1, certificateChain",
      "of several chains is refused on a client",
      (trial) => {
        const { client, server } = trial.pki;
        assertRefusedAtConstruction(
          trial,
          "certificateChain",
          () =>
            trial.clientContext({
              certificateChain: [client, server].map((identity) =>
                signingChain(trial.backend, identity)
              ),
            }),
        );
      },
    );
  } else {
    suite.add(
      "rule 1, clientAuthentication",
      capabilities.clientAuthentication
        ? "without a trustStore, and none with one, are refused on a server"
        : "is disclaimed on a server, so it is refused",
      (trial) => {
        for (const clientAuthentication of ["request", "require"] as const) {
          assertRefusedAtConstruction(
            trial,
            "clientAuthentication",
            () => trial.serverContext({ clientAuthentication }),
            clientAuthentication,
          );
        }
        const error = thrownBy(
          () =>
            trial.serverContext({
              trustStore: trial.trust(),
              clientAuthentication: "none",
            }),
          "clientAuthentication none with a trustStore",
        );
        assertFamily(error, "configuration");
      },
    );
  }
  suite.add(
    "rule 7, verifyPeer",
    `with validateCertificates false is refused on a ${role}`,
    (trial) => {
      const error = thrownBy(
        () =>
          makeContext(trial, role, {
            verifyPeer: () => {},
            validateCertificates: false,
          }),
        "verifyPeer with validateCertificates false",
      );
      assertFamily(error, "configuration");
    },
  );
}

function addMethodRefusals(suite: Suite): void {
  const { capabilities } = suite.backend;
  for (const role of ["client", "server"] as const) {
    if (!capabilities[role] || capabilities.buffers) continue;
    suite.add(
      "capabilities.buffers",
      `are disclaimed, so a ${role}'s wrapBuffers() is refused`,
      (trial) => {
        const error = thrownBy(
          () =>
            role === "client"
              ? trial.clientContext().wrapBuffers("localhost")
              : trial.serverContext().wrapBuffers(),
          "wrapBuffers(), which is disclaimed,",
        );
        assertRefusal(trial, error, "wrapBuffers");
      },
    );
  }

  if (capabilities.client && !capabilities.anyStream) {
    suite.add(
      "capabilities.anyStream",
      "is disclaimed, so a client's wrapSocket() refuses what is not TCP",
      (trial) => {
        const context = trial.clientContext();
        const pair = new TransformStream<Uint8Array, Uint8Array>();
        const streams = [
          { readable: pair.readable, writable: pair.writable },
          {
            read: () => Promise.resolve(null),
            write: (p: Uint8Array) => Promise.resolve(p.length),
            close: () => {},
          },
        ];
        for (const stream of streams) {
          const error = thrownBy(
            () => context.wrapSocket(stream, "localhost"),
            "wrapSocket() of a stream that is not TCP",
          );
          assertRefusal(trial, error, "stream");
        }
      },
    );
  }

  if (capabilities.server && !capabilities.serverWrapSocket) {
    suite.add(
      "capabilities.serverWrapSocket",
      "is disclaimed, so a server's wrapSocket() is refused",
      async (trial) => {
        const listener = trial.keep(
          Deno.listen({ hostname: "127.0.0.1", port: 0 }),
        );
        const conn = await trial.dial(listener.addr.port);
        trial.keep(await listener.accept());
        const error = thrownBy(
          () => trial.serverContext().wrapSocket(conn),
          "a server's wrapSocket(), which is disclaimed,",
        );
        assertRefusal(trial, error, "wrapSocket");
      },
    );
  }

  for (const role of ["client", "server"] as const) {
    if (!capabilities[role] || capabilities.unwrap) continue;
    suite.add(
      "capabilities.unwrap",
      `is disclaimed, so a ${role}'s unwrap() is refused, and the socket lives on`,
      async (trial) => {
        const { socket, peer } = await trial.link({ role });
        const error = await failureOf(
          socket.unwrap(),
          "unwrap(), which is disclaimed,",
        );
        assertRefusal(trial, error, "unwrap");
        await socket.write(new Uint8Array(3));
        await peer.receive(3);
        await peer.send(new Uint8Array(3));
        await readExactly(socket, 3);
      },
    );
  }
}
