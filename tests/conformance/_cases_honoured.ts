/**
 * The first rule, where a backend claims: what is set has its effect, as the wire
 * or the peer shows it.
 *
 * @module
 */
import { TLSVersion } from "../../api/code_points.ts";
import { compareVersions } from "../../api/configuration.ts";
import type { TLSConfigurationOptions } from "../../api/configuration.ts";
import {
  assertBytes,
  assertCertificateError,
  assertFamily,
  deepStrictEqual,
  ok,
  strictEqual,
} from "./_assert.ts";
import { versionOf } from "./_cases_handshake.ts";
import { assertKeyLog } from "./_keylog.ts";
import {
  all,
  type Link,
  type Role,
  type Suite,
  type Trial,
  type Way,
  waysOf,
} from "./_trial.ts";
import { clientHello, serverHello } from "./_wire.ts";

/** secp256r1, x25519, secp384r1: what every peer has. */
const GROUPS: readonly number[] = [0x0017, 0x001d, 0x0018];
const ECDSA_P256 = 0x0403;
const RSA_PSS = 0x0804;
const DAY = 86_400_000;

/** The suites that node:tls has too: TLS 1.3's three, ECDHE with ECDSA. */
const COMMON: readonly number[] = [
  0x1301,
  0x1302,
  0x1303,
  0xc02b,
  0xc02c,
  0xcca9,
];

const TLS13_SUITES = 0x1300;

function isTls13(suite: number): boolean {
  return (suite & 0xff00) === TLS13_SUITES;
}

/** Adds the cases. */
export function addHonouredCases(suite: Suite): void {
  const { capabilities } = suite.backend;
  for (const role of ["client", "server"] as const) {
    const has = (field: keyof TLSConfigurationOptions) =>
      capabilities.fields[role].includes(field);
    for (const way of waysOf(capabilities, role)) {
      if (capabilities.chooseCiphers) addCipherCases(suite, role, way);
      if (capabilities.chooseVersions) addVersionCases(suite, role, way);
      if (has("groups")) addGroupCases(suite, role, way);
      if (has("keyLog")) addKeyLogCases(suite, role, way);
    }
    if (!capabilities[role]) continue;
    if (has("signatureSchemes")) addSchemeCases(suite, role);
    addSecretCases(suite, role);
  }
  if (!capabilities.client) return;
  const { client } = capabilities.fields;
  if (client.includes("now")) addClockCases(suite);
  if (client.includes("crls")) addRevocationCases(suite);
  if (client.includes("certificateChain")) addIdentityCases(suite);
}

function addCipherCases(suite: Suite, role: Role, way: Way): void {
  const rule = "rule 1, ciphers";
  const usable = suite.backend.capabilities.ciphers.filter((one) =>
    COMMON.includes(one)
  );
  for (const cipher of usable) {
    suite.add(
      rule,
      `: 0x${cipher.toString(16)} alone is honoured (${role}, ${way})`,
      async (trial) => {
        const link = await trial.link({
          role,
          way,
          configuration: { ciphers: [cipher] },
        });
        if (role === "client") {
          deepStrictEqual(
            clientHello(link.fromClient.records).ciphers,
            [cipher],
            "the ClientHello must offer it and no other",
          );
        }
        strictEqual(serverHello(link.fromServer.records).cipher, cipher);
      },
    );
  }
  suite.add(
    rule,
    `are taken best first (${role}, ${way})`,
    async (trial) => {
      for (const order of [[...usable], [...usable].reverse()]) {
        const { fromClient, fromServer } = await trial.link({
          role,
          way,
          configuration: { ciphers: order },
        });
        if (role === "client") {
          deepStrictEqual(clientHello(fromClient.records).ciphers, order);
          continue;
        }
        const { version, cipher } = serverHello(fromServer.records);
        const best = order.find((one) => isTls13(one) === (version >= 0x0304));
        strictEqual(cipher, best, "the server must choose its best");
      }
    },
  );
  suite.add(
    rule,
    `that the peer has none of end the handshake (${role}, ${way})`,
    async (trial) => {
      // node:tls has none of these.
      const [odd] = suite.backend.capabilities.ciphers.filter((one) =>
        !COMMON.includes(one) && one !== 0xc02f && one !== 0xc030 &&
        one !== 0xcca8
      );
      if (odd === undefined) return;
      assertFamily(
        await trial.linkFailure({
          role,
          way,
          configuration: { ciphers: [odd] },
        }),
        "alert",
      );
    },
  );
}

function addVersionCases(suite: Suite, role: Role, way: Way): void {
  const { versions } = suite.backend.capabilities;
  const rule = "rule 1, lowestSupportedVersion, highestSupportedVersion";
  for (const version of versions) {
    const only = version as "TLSv1.2" | "TLSv1.3";
    const configuration = {
      lowestSupportedVersion: version,
      highestSupportedVersion: version,
    };
    suite.add(
      rule,
      `: ${version} alone is honoured (${role}, ${way})`,
      async (trial) => {
        const { fromClient, fromServer, peer } = await trial.link({
          role,
          way,
          configuration,
        });
        if (role === "client") {
          deepStrictEqual(
            clientHello(fromClient.records).versions.map(versionOf),
            [version],
            "the ClientHello must offer it and no other",
          );
        }
        strictEqual(
          versionOf(serverHello(fromServer.records).version),
          version,
        );
        strictEqual(peer.version, only);
      },
    );
    const other = version === TLSVersion.TLSv1_2 ? "TLSv1.3" : "TLSv1.2";
    suite.add(
      rule,
      `: ${version} alone refuses a peer that speaks ${other} alone (${role}, ${way})`,
      async (trial) => {
        assertFamily(
          await trial.linkFailure({
            role,
            way,
            configuration,
            peer: { minVersion: other, maxVersion: other },
          }),
          "alert",
        );
      },
    );
  }
  suite.add(
    rule,
    `bound what is offered and chosen from either side (${role}, ${way})`,
    async (trial) => {
      const lowest = versions[0]!;
      const highest = versions.at(-1)!;
      for (
        const [bounds, expected] of [
          [{ highestSupportedVersion: lowest }, lowest],
          [{ lowestSupportedVersion: highest }, highest],
          [{}, highest],
          [
            {
              lowestSupportedVersion: TLSVersion.SSLv3,
              highestSupportedVersion: TLSVersion.MAXIMUM_SUPPORTED,
            },
            highest,
          ],
        ] as const
      ) {
        const { fromServer, fromClient } = await trial.link({
          role,
          way,
          configuration: bounds,
        });
        strictEqual(
          versionOf(serverHello(fromServer.records).version),
          expected,
        );
        if (role === "server") continue;
        for (const code of clientHello(fromClient.records).versions) {
          ok(
            compareVersions(versionOf(code), lowest) >= 0,
            "no version under the lowest may be offered",
          );
        }
      }
    },
  );
}

function addGroupCases(suite: Suite, role: Role, way: Way): void {
  const rule = "rule 1, groups";
  suite.add(
    rule,
    `are honoured, each alone and best first, or refused (${role}, ${way})`,
    async (trial) => {
      const spoken: number[] = [];
      for (const group of GROUPS) {
        let link: Link;
        try {
          link = await trial.link({
            role,
            way,
            configuration: { groups: [group] },
            peer: { minVersion: "TLSv1.3", maxVersion: "TLSv1.3" },
          });
        } catch (error) {
          assertFamily(error, "configuration");
          strictEqual((error as { field?: string }).field, "groups");
          continue;
        }
        spoken.push(group);
        const { groups, keyShares } = clientHello(link.fromClient.records);
        if (role === "client") {
          deepStrictEqual(groups, [group], "supported_groups on the wire");
          ok(keyShares.every((share) => share === group), "the key shares");
        }
        strictEqual(serverHello(link.fromServer.records).group, group);
      }
      ok(
        spoken.length > 0,
        "a backend that takes groups must have a common one",
      );
      for (const order of [spoken, [...spoken].reverse()]) {
        const { fromClient } = await trial.link({
          role,
          way,
          configuration: { groups: order },
        });
        if (role === "client") {
          deepStrictEqual(clientHello(fromClient.records).groups, order);
        }
      }
      const context = () =>
        role === "client"
          ? trial.clientContext({ groups: [0xfefe] })
          : trial.serverContext({ groups: [0xfefe] });
      let accepted = false;
      try {
        context();
        accepted = true;
      } catch (error) {
        assertFamily(error, "configuration");
      }
      ok(!accepted, "a group that nobody speaks must be refused");
    },
  );
}

function addSchemeCases(suite: Suite, role: Role): void {
  const rule = "rule 1, signatureSchemes";
  suite.add(
    rule,
    `are honoured (${role})`,
    async (trial) => {
      const { fromClient } = await trial.link({
        role,
        configuration: { signatureSchemes: [ECDSA_P256] },
      });
      if (role === "client") {
        deepStrictEqual(clientHello(fromClient.records).signatureSchemes, [
          ECDSA_P256,
        ]);
        const both = await trial.link({
          role,
          configuration: { signatureSchemes: [RSA_PSS, ECDSA_P256] },
        });
        deepStrictEqual(
          clientHello(both.fromClient.records).signatureSchemes,
          [RSA_PSS, ECDSA_P256],
          "best first",
        );
      }
      // An ECDSA certificate cannot do with RSA's schemes.
      let error: unknown;
      try {
        error = await trial.linkFailure({
          role,
          configuration: { signatureSchemes: [RSA_PSS] },
        });
      } catch (thrown) {
        // A server may see at once that its key cannot make them.
        if (role === "client") throw thrown;
        error = thrown;
      }
      assertFamily(error, "alert", "configuration");
    },
  );
}

function addKeyLogCases(suite: Suite, role: Role, way: Way): void {
  for (const version of suite.backend.capabilities.versions) {
    const only = version as "TLSv1.2" | "TLSv1.3";
    suite.add(
      "rule 1, keyLog",
      `hears this connection's secrets, which open what is on the wire (${role}, ${way}, ${version})`,
      async (trial) => {
        const lines: string[] = [];
        const link = await trial.link({
          role,
          way,
          configuration: { keyLog: (line) => lines.push(line) },
          peer: { minVersion: only, maxVersion: only },
        });
        await link.socket.write(new Uint8Array(1));
        await link.peer.receive(1);
        assertKeyLog(lines, link);
      },
    );
  }
}

function addClockCases(suite: Suite): void {
  suite.add(
    "rule 1, now",
    "is the time at which a server's certificate is judged",
    async (trial) => {
      const at = (days: number) => ({
        now: () => new Date(Date.now() + days * DAY),
      });
      assertCertificateError(
        await trial.clientFailure({ configuration: at(40) }),
        "expired",
      );
      assertCertificateError(
        await trial.clientFailure({ configuration: at(-40) }),
        "not-yet-valid",
      );
      for (
        const [name, days] of [["expired", -15], ["notYetValid", 15]] as const
      ) {
        await trial.link({
          role: "client",
          identity: trial.pki[name],
          configuration: at(days),
        });
      }
    },
  );
}

function addRevocationCases(suite: Suite): void {
  suite.add(
    "rule 1, crls",
    "refuse what they revoke and nothing else (client)",
    async (trial) => {
      const configuration = { crls: [trial.pki.crl] };
      await trial.link({ role: "client", configuration });
      assertCertificateError(
        await trial.clientFailure({
          configuration,
          identity: trial.pki.revoked,
        }),
        "revoked",
      );
    },
  );
}

function addIdentityCases(suite: Suite): void {
  const rule = "rule 1, certificateChain";
  for (const way of waysOf(suite.backend.capabilities, "client")) {
    suite.add(
      rule,
      `is presented to a server that asks, or refused (client, ${way})`,
      async (trial) => {
        const { client, ca } = trial.pki;
        const configuration = {
          certificateChain: signing(trial),
        };
        const server = await trial.peerServer(undefined, {
          requestCert: true,
          ca: ca.pem,
        });
        const context = trial.clientContext(configuration);
        const opening = trial.openClient(context, server.port, {
          way,
          serverHostname: "127.0.0.1",
        });
        let peer;
        try {
          [, peer] = await all([
            opening,
            Promise.race([
              server.accept(),
              opening.then(() => server.accept()),
              server.failure().then((error) => Promise.reject(error)),
            ]),
          ]);
        } catch (error) {
          assertFamily(error, "configuration");
          strictEqual(
            (error as { field?: string }).field,
            "certificateChain",
          );
          ok(way !== "connect", "connect() must present it");
          return;
        }
        assertBytes(
          peer.certificate ?? new Uint8Array(),
          client.der,
          "the certificate that the server saw",
        );
      },
    );
  }
}

/** Rule 8: whoever wants the secrets asks for them by keyLog. */
function addSecretCases(suite: Suite, role: Role): void {
  suite.add(
    "rule 8, environment variables",
    `are not read by contexts and handshakes (${role})`,
    async (trial) => {
      const read: string[] = [];
      const { env } = Deno;
      const spy = (name: string) => {
        // node:tls, the peer, reads its own.
        if (!name.startsWith("NODE_")) read.push(name);
      };
      const restore = (["get", "has", "toObject"] as const).map((method) => {
        const original = env[method];
        Object.defineProperty(env, method, {
          configurable: true,
          writable: true,
          value: (name = "(all of them)") => {
            spy(name);
            return (original as (name?: string) => unknown).call(env, name);
          },
        });
        return () =>
          Object.defineProperty(env, method, {
            configurable: true,
            writable: true,
            value: original,
          });
      });
      try {
        await trial.link({ role });
      } finally {
        for (const undo of restore) undo();
      }
      deepStrictEqual(read, [], "variables were read");
    },
  );
}

function signing(trial: Trial) {
  const { client } = trial.pki;
  return {
    leaf: trial.backend.certificate.fromBuffer(client.pem),
    intermediates: [],
    privateKey: trial.backend.privateKey.fromBuffer(client.keyPem),
  };
}
