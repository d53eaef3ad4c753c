/**
 * What a server alone may be told: which certificate for which name, and whether
 * a client must show one.
 *
 * @module
 */
import type { ConnectionOptions } from "node:tls";
import type { TLSConfigurationOptions } from "../../api/configuration.ts";
import type { TLSWrappedSocket } from "../../api/socket.ts";
import {
  assertBytes,
  assertCertificateError,
  assertFamily,
  deepStrictEqual,
  ok,
  readExactly,
  strictEqual,
} from "./_assert.ts";
import { chainPem, type Identity, signingChain } from "./_certificates.ts";
import type { Peer } from "./_peer.ts";
import {
  all,
  failureOf,
  type Suite,
  type Trial,
  type Way,
  waysOf,
} from "./_trial.ts";

const DAY = 86_400_000;

/** Adds the cases. */
export function addServerCases(suite: Suite): void {
  const { capabilities } = suite.backend;
  if (!capabilities.server) return;
  const fields = capabilities.fields.server;
  for (const way of waysOf(capabilities, "server")) {
    addChainCases(suite, way);
    if (fields.includes("sniCallback")) addNameCases(suite, way);
    if (capabilities.clientAuthentication) {
      addAuthenticationCases(suite, way);
      if (fields.includes("verifyPeer")) addPolicyCases(suite, way);
      if (fields.includes("now")) addClockCases(suite, way);
      if (fields.includes("crls")) addRevocationCases(suite, way);
    }
  }
}

/** The leaf that a client sees who asks for `servername`. */
async function leafFor(
  trial: Trial,
  way: Way,
  configuration: TLSConfigurationOptions,
  servername: string,
): Promise<Uint8Array> {
  const { peer } = await trial.link({
    role: "server",
    way,
    configuration,
    peer: { servername, checkServerIdentity: () => undefined },
  });
  return peer.certificate ?? new Uint8Array();
}

function addChainCases(suite: Suite, way: Way): void {
  const rule = "rule 1, certificateChain";
  suite.add(
    rule,
    `is presented with its intermediates (server, ${way})`,
    async (trial) => {
      const { viaIntermediate } = trial.pki;
      const { peer } = await trial.link({
        role: "server",
        way,
        configuration: {
          certificateChain: signingChain(trial.backend, viaIntermediate),
        },
      });
      assertBytes(
        peer.certificate ?? new Uint8Array(),
        viaIntermediate.der,
        "the certificate that the client saw",
      );
    },
  );
  suite.add(
    rule,
    `of several is chosen by server name, or refused (server, ${way})`,
    async (trial) => {
      const { server, alpha, beta } = trial.pki;
      const configuration = {
        certificateChain: [server, alpha, beta].map((identity) =>
          signingChain(trial.backend, identity)
        ),
      };
      try {
        trial.serverContext(configuration);
      } catch (error) {
        assertFamily(error, "configuration");
        strictEqual((error as { field?: string }).field, "certificateChain");
        return;
      }
      for (
        const [name, identity] of [
          ["localhost", server],
          ["alpha.test", alpha],
          ["beta.test", beta],
        ] as const
      ) {
        assertBytes(
          await leafFor(trial, way, configuration, name),
          identity.der,
          `the certificate for ${name}`,
        );
      }
    },
  );
}

function addNameCases(suite: Suite, way: Way): void {
  const rule = "rule 1, sniCallback";
  for (const timing of ["at once", "by a promise"]) {
    suite.add(
      rule,
      `chooses the configuration by name, ${timing} (server, ${way})`,
      async (trial) => {
        const { alpha, beta, server } = trial.pki;
        const names: (string | null)[] = [];
        const configuration: TLSConfigurationOptions = {
          sniCallback: (_buffer, name, configuration) => {
            names.push(name);
            const identity = name === "alpha.test" ? alpha : beta;
            const chosen = name === "localhost"
              ? configuration
              : configuration.update({
                certificateChain: signingChain(trial.backend, identity),
              });
            return timing === "at once" ? chosen : Promise.resolve(chosen);
          },
        };
        for (
          const [name, identity] of [
            ["alpha.test", alpha],
            ["beta.test", beta],
            ["localhost", server],
          ] as const
        ) {
          assertBytes(
            await leafFor(trial, way, configuration, name),
            identity.der,
            `the certificate for ${name}`,
          );
        }
        deepStrictEqual(names, ["alpha.test", "beta.test", "localhost"]);
      },
    );
  }
  suite.add(
    rule,
    `receives null where the client names nobody, and the configuration (server, ${way})`,
    async (trial) => {
      const heard: (string | null)[] = [];
      let same = false;
      const chain = signingChain(trial.backend, trial.pki.server);
      const configuration: TLSConfigurationOptions = {
        certificateChain: chain,
        sniCallback: (buffer, name, given) => {
          heard.push(name);
          same = given.certificateChain[0]?.leaf === chain.leaf &&
            typeof buffer === "object";
          return given;
        },
      };
      // An address is no server name (RFC 6066, section 3).
      await leafFor(trial, way, configuration, "");
      deepStrictEqual(heard, [null]);
      ok(same, "it must receive the buffer and the context's configuration");
    },
  );
  suite.add(
    rule,
    `that throws ends the handshake (server, ${way})`,
    async (trial) => {
      const server = trial.openServer(
        trial.serverContext({
          sniCallback: () => {
            throw new Error("no such name");
          },
        }),
        way,
      );
      const [error] = await all([
        failureOf(server.accept(), "a handshake whose sniCallback throws"),
        failureOf(
          trial.peerClient(server.port),
          "the peer's handshake when sniCallback throws",
        ),
      ]);
      assertFamily(error);
    },
  );
}

function latest({ capabilities }: Trial): "TLSv1.2" | "TLSv1.3" {
  return capabilities.versions.at(-1) as "TLSv1.2" | "TLSv1.3";
}

/** A server that judges clients, and what one client made of it. */
async function meet(
  trial: Trial,
  way: Way,
  configuration: TLSConfigurationOptions,
  identity: Identity | null,
  version: "TLSv1.2" | "TLSv1.3",
): Promise<
  | { ok: true; socket: TLSWrappedSocket; peer: Peer; error: null }
  | { ok: false; error: unknown }
> {
  const server = trial.openServer(
    trial.serverContext({ trustStore: trial.trust(), ...configuration }),
    way,
  );
  const presented: ConnectionOptions = identity === null
    ? {}
    : { cert: chainPem(identity), key: identity.keyPem };
  const [socket, peer] = await Promise.allSettled([
    server.accept(),
    trial.peerClient(server.port, {
      minVersion: version,
      maxVersion: version,
      ...presented,
    }),
  ]);
  if (socket.status === "rejected") {
    if (peer.status === "fulfilled") {
      // In TLS 1.3 the client is done first, and is told afterwards.
      await peer.value.end().catch(() => {});
      ok(
        peer.value.failure !== null,
        "the client must be told by an alert that it was refused",
      );
    }
    return { ok: false, error: socket.reason };
  }
  if (peer.status === "rejected") throw peer.reason;
  return { ok: true, socket: socket.value, peer: peer.value, error: null };
}

async function assertAccepted(
  trial: Trial,
  way: Way,
  configuration: TLSConfigurationOptions,
  identity: Identity | null,
  version: "TLSv1.2" | "TLSv1.3",
): Promise<void> {
  const met = await meet(trial, way, configuration, identity, version);
  if (!met.ok) throw met.error;
  await met.peer.send(new Uint8Array([9]));
  await readExactly(met.socket, 1);
  await met.socket.write(new Uint8Array([9]));
  await met.peer.receive(1);
  const path = met.socket.peerCertificates();
  if (!trial.capabilities.facts.includes("peerCertificates")) {
    strictEqual(path, null);
  } else if (identity === null) {
    ok(path === null || path.length === 0, "the client presented nothing");
  } else {
    assertBytes(
      path?.[0]?.der ?? new Uint8Array(),
      identity.der,
      "peerCertificates()[0]",
    );
  }
}

function addAuthenticationCases(suite: Suite, way: Way): void {
  const rule = "rule 1, clientAuthentication";
  for (const version of suite.backend.capabilities.versions) {
    const only = version as "TLSv1.2" | "TLSv1.3";
    const at = `(server, ${way}, ${version})`;
    suite.add(
      rule,
      `require takes a client with a certificate and no other ${at}`,
      async (trial) => {
        const { client } = trial.pki;
        for (
          const configuration of [
            { clientAuthentication: "require" },
            // A trustStore alone means the same.
            {},
          ] as const
        ) {
          await assertAccepted(trial, way, configuration, client, only);
          const { error } = await meet(trial, way, configuration, null, only);
          assertFamily(error, "alert", "certificate");
        }
      },
    );
    suite.add(
      rule,
      `request takes a client without a certificate too ${at}`,
      async (trial) => {
        const { client } = trial.pki;
        const configuration = { clientAuthentication: "request" } as const;
        await assertAccepted(trial, way, configuration, client, only);
        await assertAccepted(trial, way, configuration, null, only);
      },
    );
    suite.add(
      rule,
      `request and require refuse a certificate that does not validate ${at}`,
      async (trial) => {
        const { unknownClient, expiredClient, server } = trial.pki;
        for (const clientAuthentication of ["request", "require"] as const) {
          for (
            const [identity, reason] of [
              [unknownClient, "unknown-issuer"],
              [expiredClient, "expired"],
              // For servers alone (RFC 5280, section 4.2.1.12).
              [server, "wrong-purpose"],
            ] as const
          ) {
            const { error } = await meet(
              trial,
              way,
              { clientAuthentication },
              identity,
              only,
            );
            ok(
              error !== null,
              `a client's certificate was accepted: ${reason}`,
            );
            assertCertificateError(error, reason);
          }
        }
      },
    );
  }
  suite.add(
    rule,
    `none asks for nothing (server, ${way})`,
    async (trial) => {
      const { client } = trial.pki;
      const { peer, socket } = await trial.link({
        role: "server",
        way,
        configuration: { clientAuthentication: "none" },
        peer: { cert: client.pem, key: client.keyPem },
      });
      await socket.write(new Uint8Array(1));
      await peer.receive(1);
      const path = socket.peerCertificates();
      ok(path === null || path.length === 0, "nothing was asked for");
    },
  );
}

function addPolicyCases(suite: Suite, way: Way): void {
  const rule = "rule 7, verifyPeer";
  suite.add(
    rule,
    `receives the client's validated path, and refuses by throwing (server, ${way})`,
    async (trial) => {
      const { client, otherCa } = trial.pki;
      const paths: Uint8Array[][] = [];
      const configuration: TLSConfigurationOptions = {
        verifyPeer: (path) => {
          paths.push(path.map(({ der }) => der ?? new Uint8Array()));
        },
      };
      // A stranger beside the leaf is no part of the path.
      const presented = { ...client, intermediates: [otherCa] };
      await assertAccepted(trial, way, configuration, presented, latest(trial));
      strictEqual(paths.length, 1, "it must run once for each connection");
      assertBytes(paths[0]![0]!, client.der, "the path's leaf");
      for (const der of paths[0]!.slice(1)) {
        assertBytes(der, trial.pki.ca.der, "the path beyond the leaf");
      }
      const reason = new Error("not on my watch");
      const { error } = await meet(
        trial,
        way,
        {
          verifyPeer: () => {
            throw reason;
          },
        },
        client,
        latest(trial),
      );
      assertCertificateError(error, "policy");
      ok(
        (error as Error).cause === reason,
        "the cause must be what was thrown",
      );
    },
  );
}

function addClockCases(suite: Suite, way: Way): void {
  suite.add(
    "rule 1, now",
    `is the time at which a client's certificate is judged (server, ${way})`,
    async (trial) => {
      const { client, expiredClient } = trial.pki;
      const at = (days: number) => ({
        now: () => new Date(Date.now() + days * DAY),
      });
      await assertAccepted(trial, way, at(-15), expiredClient, latest(trial));
      const { error } = await meet(trial, way, at(40), client, latest(trial));
      assertCertificateError(error, "expired");
    },
  );
}

function addRevocationCases(suite: Suite, way: Way): void {
  suite.add(
    "rule 1, crls",
    `refuse what they revoke and nothing else (server, ${way})`,
    async (trial) => {
      const { client, revokedClient, crl } = trial.pki;
      const configuration = { crls: [crl] };
      await assertAccepted(trial, way, configuration, client, latest(trial));
      const { error } = await meet(
        trial,
        way,
        configuration,
        revokedClient,
        latest(trial),
      );
      assertCertificateError(error, "revoked");
    },
  );
}
