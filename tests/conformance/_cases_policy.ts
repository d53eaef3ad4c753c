/**
 * verifyPeer on a client: policy on top of validation, never instead of it.
 *
 * @module
 */
import {
  assertBytes,
  assertCertificateError,
  ok,
  strictEqual,
} from "./_assert.ts";
import { all, type Suite, type Way, waysOf } from "./_trial.ts";

/** Adds the cases. */
export function addPolicyCases(suite: Suite): void {
  const { capabilities } = suite.backend;
  if (!capabilities.fields.client.includes("verifyPeer")) return;
  for (const way of waysOf(capabilities, "client")) addWayCases(suite, way);
}

function addWayCases(suite: Suite, way: Way): void {
  const rule = "rule 7, verifyPeer";
  for (const timing of ["at once", "by a promise"]) {
    suite.add(
      rule,
      `refuses by throwing ${timing} (client, ${way})`,
      async (trial) => {
        const reason = new Error("not on my watch");
        const error = await trial.clientFailure({
          way,
          configuration: {
            verifyPeer: () => {
              if (timing === "at once") throw reason;
              return Promise.reject(reason);
            },
          },
        });
        assertCertificateError(error, "policy");
        ok(
          (error as Error).cause === reason,
          "the error's cause must be what verifyPeer threw",
        );
      },
    );
  }
  suite.add(
    rule,
    `receives the validated path, leaf first, not the chain that was sent (client, ${way})`,
    async (trial) => {
      const { viaIntermediate, otherCa, server } = trial.pki;
      const [intermediate] = viaIntermediate.intermediates;
      let calls = 0;
      // The chain that is sent holds strangers and is out of order.
      const cert = [viaIntermediate, otherCa, server, intermediate!]
        .map(({ pem }) => pem).join("");
      const paths: Uint8Array[][] = [];
      for (let i = 0; i < 3; i++) {
        await trial.link({
          role: "client",
          way,
          identity: viaIntermediate,
          peer: { cert },
          configuration: {
            verifyPeer: (path) => {
              calls++;
              paths.push(path.map(({ der }) => der ?? new Uint8Array()));
            },
          },
        });
      }
      strictEqual(calls, 3, "it must run once for each connection");
      for (const path of paths) {
        assertBytes(path[0]!, viaIntermediate.der, "the path's leaf");
        assertBytes(path[1]!, intermediate!.der, "the leaf's issuer");
        ok(
          path.length === 2 || path.length === 3,
          `the path holds ${path.length} certificates, strangers among them`,
        );
        if (path.length === 3) {
          assertBytes(path[2]!, trial.pki.ca.der, "the path's root");
        }
      }
    },
  );
  suite.add(
    rule,
    `runs for each connection of a context, resumed ones too (client, ${way})`,
    async (trial) => {
      let calls = 0;
      const context = trial.clientContext({
        verifyPeer: (path) => {
          calls++;
          assertBytes(
            path[0]?.der ?? new Uint8Array(),
            trial.pki.server.der,
            "the path's leaf",
          );
        },
      });
      const server = await trial.peerServer();
      for (let i = 1; i <= 3; i++) {
        const [socket, peer] = await all([
          trial.openClient(context, server.port, { way }),
          server.accept(),
        ]);
        // Tickets come before the data.
        await peer.send(new Uint8Array(1));
        await socket.read(new Uint8Array(1));
        await socket.closeWrite();
        await peer.end();
        strictEqual(calls, i, "it must run once for each connection");
      }
    },
  );
  suite.add(
    rule,
    `adds to validation and never replaces it (client, ${way})`,
    async (trial) => {
      let calls = 0;
      const error = await trial.clientFailure({
        way,
        identity: trial.pki.unknownIssuer,
        configuration: { verifyPeer: () => void calls++ },
      });
      assertCertificateError(error, "unknown-issuer");
      strictEqual(calls, 0, "there was no validated path to give to it");
    },
  );
  suite.add(
    rule,
    `is awaited before any data is sent or read (client, ${way})`,
    async (trial) => {
      let decided = false;
      const { socket, peer } = await trial.link({
        role: "client",
        way,
        configuration: {
          verifyPeer: async () => {
            await new Promise((resolve) => setTimeout(resolve, 30));
            decided = true;
          },
        },
      });
      ok(decided, "the handshake was done before verifyPeer was");
      await socket.write(new Uint8Array(1));
      await peer.receive(1);
    },
  );
}
