/**
 * Credentials: what the constructors take, what they refuse, what they keep to
 * themselves.
 *
 * @module
 */
import { AssertionError } from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { ConfigurationError } from "../../api/errors.ts";
import {
  assertBytes,
  assertFamily,
  assertRefusal,
  ok,
  strictEqual,
  thrownBy,
} from "./_assert.ts";
import { makeContext } from "./_cases_backend.ts";
import { PASSWORD, signingChain } from "./_certificates.ts";
import { failureOf, type Suite, type Trial } from "./_trial.ts";

/** Whether files can be written here; without, what reads them cannot be judged. */
function fileReason(): string | null {
  for (const name of ["read", "write"] as const) {
    if (Deno.permissions.querySync({ name }).state !== "granted") {
      return `needs --allow-${name}`;
    }
  }
  return null;
}

/** A file with these contents, for as long as the case lasts. */
async function fileWith(
  trial: Trial,
  contents: string | Uint8Array,
): Promise<string> {
  const path = await Deno.makeTempFile();
  trial.scope.defer(() => Deno.remove(path));
  await Deno.writeFile(
    path,
    typeof contents === "string"
      ? new TextEncoder().encode(contents)
      : contents,
  );
  return path;
}

/** Completes a handshake with this key; a server's where there is one. */
async function assertKeyWorks(
  trial: Trial,
  privateKey: ReturnType<Trial["backend"]["privateKey"]["fromBuffer"]>,
): Promise<void> {
  const certificateChain = {
    ...signingChain(trial.backend, trial.pki.server),
    privateKey,
  };
  const role = trial.capabilities.server ? "server" : "client";
  const { socket, peer } = await trial.link({
    role,
    configuration: { certificateChain },
  });
  await socket.write(new Uint8Array(1));
  await peer.receive(1);
}

/** Adds the cases. */
export function addCredentialCases(suite: Suite): void {
  const { backend, backend: { capabilities } } = suite;
  const files = { ignored: fileReason() };
  const encode = (text: string) => new TextEncoder().encode(text);

  suite.add(
    "certificate.fromBuffer()",
    "takes PEM as text and bytes, and DER",
    ({ backend, pki: { server } }) => {
      for (const form of [server.pem, encode(server.pem), server.der]) {
        const { der } = backend.certificate.fromBuffer(form);
        if (der !== null) assertBytes(der, server.der, "certificate.der");
      }
    },
  );

  suite.add(
    "certificate.fromBuffer()",
    "takes exactly one certificate and nothing else",
    ({ backend, pki: { server, ca } }) => {
      const bad: [string, string | Uint8Array][] = [
        ["two certificates in PEM", server.pem + ca.pem],
        ["a byte behind DER", new Uint8Array([...server.der, 0])],
        ["DER cut short", server.der.subarray(0, server.der.length - 1)],
        ["nothing", ""],
        ["text that is no PEM", "no certificate"],
        ["a private key", server.keyPem],
        [
          "PEM with a broken body",
          "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        ],
      ];
      for (const [what, buffer] of bad) {
        assertFamily(
          thrownBy(() => backend.certificate.fromBuffer(buffer), what),
        );
      }
    },
  );

  suite.add(
    "certificate.der",
    "is a copy, in and out",
    ({ backend, pki: { server } }) => {
      const given = server.der.slice();
      const certificate = backend.certificate.fromBuffer(given);
      given.fill(0);
      if (certificate.der === null) return;
      certificate.der.fill(0);
      assertBytes(certificate.der!, server.der, "certificate.der");
    },
  );

  suite.add(
    "certificate.fromFile()",
    "and fromFileSync() read what fromBuffer() takes",
    async (trial) => {
      const path = await fileWith(trial, trial.pki.server.pem);
      const { certificate } = trial.backend;
      for (
        const made of [
          await certificate.fromFile(path),
          certificate.fromFileSync(path),
        ]
      ) {
        if (made.der !== null) {
          assertBytes(made.der, trial.pki.server.der, "certificate.der");
        }
      }
      assertFamily(
        await failureOf(certificate.fromFile(`${path}.absent`), "fromFile()"),
      );
      assertFamily(
        thrownBy(
          () => certificate.fromFileSync(`${path}.absent`),
          "an absent file",
        ),
      );
    },
    files,
  );

  suite.add(
    "privateKey.fromBuffer()",
    "takes PEM as text and bytes, and DER, and completes a handshake with it",
    async (trial) => {
      const { server } = trial.pki;
      for (
        const form of [server.keyPem, encode(server.keyPem), server.keyDer]
      ) {
        const key = trial.backend.privateKey.fromBuffer(form);
        ok(typeof key.algorithm === "string" && key.algorithm !== "");
        await assertKeyWorks(trial, key);
      }
    },
  );

  suite.add(
    "privateKey.fromBuffer()",
    "refuses what is no private key",
    ({ backend, pki: { server } }) => {
      for (
        const buffer of [
          "",
          "no key",
          server.pem,
          server.der,
          new Uint8Array(40),
        ]
      ) {
        assertFamily(
          thrownBy(() => backend.privateKey.fromBuffer(buffer), "no key"),
        );
      }
    },
  );

  suite.add(
    "privateKey.fromBuffer()",
    "opens an encrypted key with its password, or refuses to naming it",
    async (trial) => {
      const { privateKey } = trial.backend;
      const { encryptedKeyPem } = trial.pki;
      let opened;
      try {
        opened = [
          PASSWORD,
          encode(PASSWORD),
          () => PASSWORD,
          () => encode(PASSWORD),
        ].map((password) =>
          privateKey.fromBuffer(encryptedKeyPem, { password })
        );
      } catch (error) {
        assertFamily(error, "configuration");
        strictEqual((error as ConfigurationError).backend, trial.backend.name);
        return;
      }
      for (const key of opened) await assertKeyWorks(trial, key);
      for (
        const options of [{ password: "wrong horse" }, { password: "" }, {}]
      ) {
        assertFamily(
          thrownBy(
            () => privateKey.fromBuffer(encryptedKeyPem, options),
            "a wrong password",
          ),
        );
      }
    },
  );

  suite.add(
    "privateKey.fromBuffer()",
    "asks for no password where the key is not encrypted",
    ({ backend, pki }) => {
      let asked = false;
      backend.privateKey.fromBuffer(pki.server.keyPem, {
        password: () => {
          asked = true;
          return PASSWORD;
        },
      });
      ok(!asked, "the password's function must not be called");
    },
  );

  suite.add(
    "privateKey.fromFile()",
    "and fromFileSync() read what fromBuffer() takes",
    async (trial) => {
      const path = await fileWith(trial, trial.pki.server.keyPem);
      const { privateKey } = trial.backend;
      await assertKeyWorks(trial, await privateKey.fromFile(path));
      await assertKeyWorks(trial, privateKey.fromFileSync(path));
      assertFamily(
        await failureOf(privateKey.fromFile(`${path}.absent`), "fromFile()"),
      );
    },
    files,
  );

  suite.add(
    "rule 8, a private key",
    "shows nothing of itself, neither printed nor in an error",
    ({ backend, pki: { server } }) => {
      const lines = server.keyPem.split("\n").slice(1, -2);
      const key = backend.privateKey.fromBuffer(server.keyPem);
      const shown = [
        Deno.inspect(key, { showHidden: true, depth: 9 }),
        JSON.stringify(key),
        String(key),
        JSON.stringify(
          Object.getOwnPropertyNames(key).map((name) =>
            (key as unknown as Record<string, unknown>)[name]
          ),
        ),
      ];
      const broken = server.keyPem.replace("-----END PRIVATE KEY-----", "");
      const error = thrownBy(
        () => backend.privateKey.fromBuffer(broken),
        "a key cut short",
      );
      shown.push(
        Deno.inspect(error, { showHidden: true, depth: 9 }),
        String((error as Error).stack),
      );
      const numbers = Array.from(server.keyDer.slice(36, 44)).join(",");
      for (const text of shown) {
        for (const line of lines) {
          ok(!text.includes(line), "a part of the key can be seen");
        }
        ok(
          !text.replaceAll(/\s/g, "").includes(numbers),
          "a part of the key can be seen",
        );
      }
    },
  );

  if (backend.privateKey.fromSigner !== undefined) {
    for (const kind of ["synchronous", "asynchronous"]) {
      suite.add(
        "privateKey.fromSigner()",
        `completes a handshake with a ${kind} signer`,
        async (trial) => {
          const { createSign } = await import("node:crypto");
          let calls = 0;
          const key = trial.backend.privateKey.fromSigner!({
            // ecdsa_secp256r1_sha256
            schemes: [0x0403],
            sign: (scheme, message) => {
              calls++;
              strictEqual(scheme, 0x0403);
              const signature = new Uint8Array(
                createSign("sha256").update(message).sign(
                  trial.pki.server.keyPem,
                ),
              );
              return kind === "synchronous"
                ? signature
                : Promise.resolve(signature);
            },
          });
          await assertKeyWorks(trial, key);
          ok(
            calls > 0 || !trial.capabilities.server,
            "the signer was never asked",
          );
        },
      );
    }
  }

  if (backend.privateKey.fromCryptoKey !== undefined) {
    suite.add(
      "privateKey.fromCryptoKey()",
      "completes a handshake with a key that cannot be extracted",
      async (trial) => {
        const key = await crypto.subtle.importKey(
          "pkcs8",
          Buffer.from(trial.pki.server.keyDer),
          { name: "ECDSA", namedCurve: "P-256" },
          false,
          ["sign"],
        );
        await assertKeyWorks(
          trial,
          trial.backend.privateKey.fromCryptoKey!(key),
        );
      },
    );
  }

  suite.add(
    "trustStore.platform()",
    "makes a store that says what it stands for",
    ({ backend, pki }) => {
      for (
        const store of [
          backend.trustStore.platform(),
          backend.trustStore.platform({
            additional: [pki.ca.pem, pki.otherCa.der, encode(pki.ca.pem)],
          }),
        ]
      ) {
        ok(typeof store.description === "string" && store.description !== "");
      }
      assertFamily(
        thrownBy(
          () => backend.trustStore.platform({ additional: ["no certificate"] }),
          "a root that is none",
        ),
      );
    },
  );

  addStoreCases(suite, capabilities.exclusiveTrustStore);
}

function addStoreCases(suite: Suite, exclusive: boolean): void {
  const { backend: { capabilities } } = suite;
  const makers: [string, (trial: Trial) => unknown, string | null][] = [
    ["system", ({ backend }) => backend.trustStore.system(), null],
    ["bundled", ({ backend }) => backend.trustStore.bundled?.(), null],
    [
      "fromBuffer",
      ({ backend, pki }) => backend.trustStore.fromBuffer(pki.ca.pem),
      null,
    ],
    [
      "fromPemFile",
      async (trial) =>
        await trial.backend.trustStore.fromPemFile(
          await fileWith(trial, trial.pki.ca.pem),
        ),
      fileReason(),
    ],
    [
      "fromPemFileSync",
      async (trial) => {
        const path = await fileWith(trial, trial.pki.ca.pem);
        return trial.backend.trustStore.fromPemFileSync(path);
      },
      fileReason(),
    ],
  ];
  for (const [name, make, ignored] of makers) {
    if (exclusive) {
      if (name === "bundled" && !suite.backend.trustStore.bundled) continue;
      suite.add(
        `trustStore.${name}()`,
        "makes a store that says what it stands for",
        async (trial) => {
          const store = await make(trial) as { description: unknown };
          ok(typeof store.description === "string" && store.description !== "");
        },
        { ignored },
      );
      continue;
    }
    suite.add(
      "rule 1, trustStore",
      `cannot be exclusive, so ${name}() is refused`,
      async (trial) => {
        if (name === "bundled" && !trial.backend.trustStore.bundled) return;
        const refusals: unknown[] = [];
        try {
          const trustStore = await make(trial) as ReturnType<Trial["trust"]>;
          // What the constructor lets pass, each context must not.
          for (const role of ["client", "server"] as const) {
            if (!capabilities[role]) continue;
            refusals.push(thrownBy(
              () => makeContext(trial, role, { trustStore }),
              `trustStore.${name}(), which cannot be exclusive here,`,
            ));
          }
        } catch (error) {
          if (error instanceof AssertionError) throw error;
          refusals.push(error);
        }
        for (const error of refusals) assertStoreRefusal(trial, error, name);
      },
      { ignored },
    );
  }
  if (!exclusive) return;
  suite.add(
    "trustStore.fromBuffer()",
    "takes a bundle of PEM, or one certificate in DER, and trusts what it names",
    async (trial) => {
      const { ca, otherCa, server, unknownIssuer } = trial.pki;
      const { trustStore } = trial.backend;
      assertFamily(
        thrownBy(() => trustStore.fromBuffer("no certificate"), "no store"),
      );
      if (!trial.capabilities.client) return;
      for (
        const [identity, bundle] of [
          [server, ca.pem + otherCa.pem],
          [unknownIssuer, ca.pem + otherCa.pem],
          [unknownIssuer, encodeText(otherCa.pem)],
          [server, ca.der],
        ] as const
      ) {
        await trial.link({
          role: "client",
          identity,
          configuration: { trustStore: trustStore.fromBuffer(bundle) },
        });
      }
    },
  );
}

function assertStoreRefusal(trial: Trial, error: unknown, name: string): void {
  assertFamily(error, "configuration");
  const { field } = error as ConfigurationError;
  ok(
    field.startsWith("trustStore") || field === name,
    `the refusal must name the trust store, not ${field}`,
  );
  assertRefusal(trial, error, field);
}

function encodeText(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
