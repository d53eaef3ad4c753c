/**
 * Certificates that a client must refuse, names that it must check, and trust
 * that nothing may widen.
 *
 * @module
 */
import type { TLSConfigurationOptions } from "../../api/configuration.ts";
import {
  assertCertificateError,
  assertFamily,
  assertRefusal,
  fail,
  ok,
  strictEqual,
} from "./_assert.ts";
import type { Certificates } from "./_certificates.ts";
import {
  all,
  failureOf,
  type LinkOptions,
  type Suite,
  type Trial,
  type Way,
  waysOf,
} from "./_trial.ts";
import { clientHello } from "./_wire.ts";

type Bad = Exclude<
  {
    [K in keyof Certificates]: Certificates[K] extends { keyPem: string } ? K
      : never;
  }[keyof Certificates],
  undefined
>;

/** What is wrong with a server's certificate, and the reasons that say so. */
const BAD: readonly [Bad, string, string, readonly string[]][] = [
  ["unknownIssuer", "unknown issuer", "of nobody trusted", ["unknown-issuer"]],
  ["expired", "expired", "of the past", ["expired"]],
  ["notYetValid", "not yet valid", "of the future", ["not-yet-valid"]],
  ["selfSigned", "self-signed", "of its own", [
    "self-signed",
    "unknown-issuer",
  ]],
  ["byLeaf", "a leaf used as a CA", "issued by another leaf", [
    "not-a-ca",
    "unknown-issuer",
    "wrong-purpose",
  ]],
  ["wrongPurpose", "purpose", "for clients alone", ["wrong-purpose"]],
  ["badSignature", "signature", "with a broken signature", ["bad-signature"]],
];

/** What is wrong with a name. */
const WRONG_NAMES: readonly [Bad, string, string][] = [
  ["server", "other.test", "another name"],
  ["server", "sub.localhost", "a subdomain"],
  ["server", "127.0.0.2", "another address"],
  ["otherName", "localhost", "a certificate for another name"],
  ["commonName", "localhost", "a common name alone"],
  ["wildcard", "wild.test", "a wildcard for less than it covers"],
  ["wildcard", "a.b.wild.test", "a wildcard for more than one label"],
  ["addressAsName", "127.0.0.1", "an address that stands there as a DNS name"],
];

/** Refused, with an error that the next operation gives again. */
async function assertRefused(
  trial: Trial,
  options: Omit<LinkOptions, "role">,
  ...reasons: readonly string[]
): Promise<void> {
  assertCertificateError(await trial.clientFailure(options), ...reasons);
}

/** Adds the cases. */
export function addTrustCases(suite: Suite): void {
  const { capabilities } = suite.backend;
  if (!capabilities.client) return;
  for (const way of waysOf(capabilities, "client")) {
    for (const [name, rule, what, reasons] of BAD) {
      suite.add(
        `certificates, ${rule}`,
        `: one ${what} is refused, by ${way}`,
        async (trial) => {
          await assertRefused(
            trial,
            { way, identity: trial.pki[name] },
            ...reasons,
          );
        },
      );
    }
    for (const [name, serverHostname, what] of WRONG_NAMES) {
      suite.add(
        "certificates, name",
        `: ${what} is refused, by ${way}`,
        async (trial) => {
          await assertRefused(
            trial,
            { way, identity: trial.pki[name], serverHostname },
            "name-mismatch",
          );
        },
      );
    }
    suite.add(
      "certificates, name",
      `: an IP address of the certificate is accepted, by ${way}`,
      async (trial) => {
        const { fromClient } = await trial.link({
          role: "client",
          way,
          serverHostname: "127.0.0.1",
        });
        // "Literal IPv4 and IPv6 addresses are not permitted in HostName" (RFC
        // 6066, section 3).
        strictEqual(clientHello(fromClient.records).serverName, null);
      },
    );
    suite.add(
      "certificates, name",
      `: a wildcard stands for one label, and case is no matter, by ${way}`,
      async (trial) => {
        for (const serverHostname of ["a.wild.test", "A.Wild.TEST"]) {
          await trial.link({
            role: "client",
            way,
            identity: trial.pki.wildcard,
            serverHostname,
          });
        }
      },
    );
    suite.add(
      "certificates, path",
      `: one by way of an intermediate is accepted, by ${way}`,
      async (trial) => {
        await trial.link({
          role: "client",
          way,
          identity: trial.pki.viaIntermediate,
        });
      },
    );
    suite.add(
      "serverHostname",
      `null opts out of the name alone, or is refused, by ${way}`,
      (trial) => judgeNoName(trial, way),
    );
    addStoreCases(suite, way);
  }
  suite.add(
    "certificates, name",
    ": connect() checks hostname where there is no serverHostname",
    async (trial) => {
      const server = await trial.peerServer(trial.pki.otherName);
      const attempt = trial.clientContext().connect({
        hostname: "127.0.0.1",
        port: server.port,
      }).then((socket) => trial.keep(socket));
      assertCertificateError(
        await failureOf(attempt, "a handshake with another name"),
        "name-mismatch",
      );
      const right = await trial.peerServer();
      await all([
        right.accept(),
        trial.clientContext().connect({
          hostname: "127.0.0.1",
          port: right.port,
        }).then((socket) => trial.keep(socket)),
      ]);
    },
  );
  suite.add(
    "certificates, the refusing end",
    "tells the peer by an alert, and never completes the handshake",
    async (trial) => {
      const server = await trial.peerServer(trial.pki.unknownIssuer);
      const [error, told] = await all([
        failureOf(
          trial.openClient(trial.clientContext(), server.port),
          "the handshake",
        ),
        Promise.race([
          server.failure(),
          server.accept().then(async (peer) => {
            await peer.end().catch(() => {});
            return peer.failure;
          }),
        ]),
      ]);
      assertFamily(error, "certificate");
      ok(
        told !== null && /alert/i.test(told.message),
        `the peer must be told by an alert, not ${told?.message}`,
      );
    },
  );
  addValidationCases(suite);
}

async function judgeNoName(trial: Trial, way: Way): Promise<void> {
  const open = async (name: Bad) => {
    const server = await trial.peerServer(trial.pki[name]);
    return await trial.openClient(trial.clientContext(), server.port, {
      way,
      serverHostname: null,
    });
  };
  try {
    await open("otherName");
  } catch (error) {
    assertRefusal(trial, error, "serverHostname");
    return;
  }
  // The name is all that it opts out of.
  for (
    const [name, reason] of [
      ["unknownIssuer", "unknown-issuer"],
      ["expired", "expired"],
    ] as const
  ) {
    assertCertificateError(
      await failureOf(open(name), `the handshake with one that is ${name}`),
      reason,
    );
  }
}

function addStoreCases(suite: Suite, way: Way): void {
  const { capabilities, trustStore } = suite.backend;
  if (!capabilities.fields.client.includes("trustStore")) return;
  const rule = "rule 1, trustStore";
  suite.add(
    "defaultTrustStore",
    `does not trust a private root, by ${way}`,
    async (trial) => {
      await assertRefused(
        trial,
        { way, defaultTrust: true },
        "unknown-issuer",
      );
      await assertRefused(
        trial,
        { way, configuration: { trustStore: trustStore.platform() } },
        "unknown-issuer",
      );
    },
  );
  suite.add(
    rule,
    `that adds to the platform's trusts what is added and no other, by ${way}`,
    async (trial) => {
      const configuration = {
        trustStore: trustStore.platform({ additional: [trial.pki.ca.pem] }),
      };
      await trial.link({ role: "client", way, configuration });
      await assertRefused(
        trial,
        { way, configuration, identity: trial.pki.unknownIssuer },
        "unknown-issuer",
      );
    },
  );
  suite.add(
    rule,
    `of one context does not leak into the next, by ${way}`,
    async (trial) => {
      await trial.link({ role: "client", way });
      const configuration = { trustStore: trial.trust(trial.pki.otherCa) };
      await assertRefused(trial, { way, configuration }, "unknown-issuer");
      await trial.link({
        role: "client",
        way,
        configuration,
        identity: trial.pki.unknownIssuer,
      });
    },
  );
  if (!capabilities.exclusiveTrustStore) return;
  suite.add(
    rule,
    `that is exclusive is not widened by the platform's roots, by ${way}`,
    async (trial) => {
      // This one says that a public root issued it. Whoever does not trust that
      // root knows no issuer; whoever does finds the signature wrong.
      await assertRefused(
        trial,
        { way, identity: trial.pki.publicIssuer },
        "unknown-issuer",
      );
    },
  );
  suite.add(
    rule,
    `that is exclusive is widened by nothing else either, by ${way}`,
    async (trial) => {
      await assertRefused(
        trial,
        { way, identity: trial.pki.unknownIssuer },
        "unknown-issuer",
      );
      for (const name of ["system", "bundled"] as const) {
        if (name === "bundled" && trustStore.bundled === undefined) continue;
        await assertRefused(
          trial,
          { way, configuration: { trustStore: trustStore[name]!() } },
          "unknown-issuer",
        );
      }
    },
  );
}

function addValidationCases(suite: Suite): void {
  const { capabilities } = suite.backend;
  if (!capabilities.disableValidation) return;
  const rule = "rule 1, validateCertificates";
  suite.add(
    rule,
    "false accepts what validation would refuse, its name included",
    async (trial) => {
      const configuration: TLSConfigurationOptions = {
        validateCertificates: false,
      };
      for (const name of ["selfSigned", "expired", "otherName"] as const) {
        const { socket, peer } = await trial.link({
          role: "client",
          configuration,
          defaultTrust: true,
          identity: trial.pki[name],
        });
        await socket.write(new Uint8Array(1));
        await peer.receive(1);
        const sent = socket.peerCertificates();
        if (!capabilities.facts.includes("peerCertificates")) continue;
        if (sent === null || sent.length === 0) {
          fail("the chain that was sent must be told where validation is off");
        }
      }
    },
  );
  suite.add(
    rule,
    "false turns off validation alone: records stay authenticated",
    async (trial) => {
      const link = await trial.link({
        role: "client",
        configuration: { validateCertificates: false },
        defaultTrust: true,
      });
      link.toBackend.tamperNext();
      await link.peer.send(new Uint8Array(8));
      assertFamily(
        await failureOf(
          link.socket.read(new Uint8Array(8)),
          "reading a record that was altered",
        ),
        "alert",
      );
    },
  );
}
