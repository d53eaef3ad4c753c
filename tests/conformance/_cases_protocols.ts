/**
 * Application protocols: what ALPN chooses, and what ends the handshake.
 *
 * Source: {@link https://www.rfc-editor.org/rfc/rfc7301 | RFC 7301}.
 *
 * @module
 */
import type { AlertError } from "../../api/errors.ts";
import {
  assertBytes,
  assertFamily,
  deepStrictEqual,
  ok,
  strictEqual,
} from "./_assert.ts";
import { all, failureOf, type Role, type Suite, waysOf } from "./_trial.ts";
import { clientHello } from "./_wire.ts";

/** no_application_protocol (RFC 7301, section 3.2). */
const NO_APPLICATION_PROTOCOL = 120;

/** Adds the cases. */
export function addProtocolCases(suite: Suite): void {
  for (const role of ["client", "server"] as const) {
    if (suite.backend.capabilities[role]) addRoleCases(suite, role);
  }
}

function addRoleCases(suite: Suite, role: Role): void {
  const { capabilities } = suite.backend;
  if (!capabilities.fields[role].includes("innerProtocols")) return;
  const rule = "rule 1, innerProtocols";
  const isKnown = capabilities.facts.includes("negotiatedProtocol");

  for (const way of waysOf(capabilities, role)) {
    suite.add(
      rule,
      `are negotiated by a ${role} by ${way}: the one that both have`,
      async (trial) => {
        const { socket, peer, fromClient } = await trial.link({
          role,
          way,
          configuration: { innerProtocols: ["one", "both"] },
          peer: { ALPNProtocols: ["both", "other"] },
        });
        strictEqual(peer.protocol, "both");
        strictEqual(socket.negotiatedProtocol(), isKnown ? "both" : null);
        deepStrictEqual(await socket.handshake(), {
          alpnProtocol: isKnown ? "both" : null,
        });
        if (role === "client") {
          deepStrictEqual(
            clientHello(fromClient.records).protocols.map((name) =>
              new TextDecoder().decode(name)
            ),
            ["one", "both"],
            "the ClientHello must offer them, best first",
          );
        }
      },
    );
  }

  suite.add(
    rule,
    `that have nothing in common end a ${role}'s handshake`,
    async (trial) => {
      const configuration = { innerProtocols: ["one"] };
      const peer = { ALPNProtocols: ["other"] };
      if (role === "client") {
        const error = await trial.clientFailure({ configuration, peer });
        assertFamily(error, "alert");
        strictEqual((error as AlertError).alert, NO_APPLICATION_PROTOCOL);
        strictEqual((error as AlertError).direction, "received");
        return;
      }
      const server = trial.openServer(trial.serverContext(configuration));
      const [error, refused] = await all([
        failureOf(server.accept(), "a server's handshake without overlap"),
        failureOf(
          trial.peerClient(server.port, peer),
          "the peer's handshake without overlap",
        ),
      ]);
      assertFamily(error);
      ok(
        /application.?protocol/i.test((refused as Error).message),
        `the peer must be told no_application_protocol, not ${
          (refused as Error).message
        }`,
      );
    },
  );

  for (const offers of ["the peer", `the ${role}`] as const) {
    suite.add(
      rule,
      `are null where only ${offers} has any (${role})`,
      async (trial) => {
        const theirs = offers === "the peer";
        const { socket, peer } = await trial.link({
          role,
          configuration: theirs ? {} : { innerProtocols: ["h2"] },
          peer: theirs ? { ALPNProtocols: ["h2"] } : {},
        });
        strictEqual(socket.negotiatedProtocol(), null);
        deepStrictEqual(await socket.handshake(), { alpnProtocol: null });
        strictEqual(peer.protocol, null);
      },
    );
  }

  suite.add(
    rule,
    `may be bytes (${role}), and those that are text come back as text`,
    async (trial) => {
      const { socket, peer } = await trial.link({
        role,
        configuration: { innerProtocols: [new TextEncoder().encode("h2")] },
        peer: { ALPNProtocols: ["h2"] },
      });
      strictEqual(peer.protocol, "h2");
      strictEqual(socket.negotiatedProtocol(), isKnown ? "h2" : null);
    },
  );

  if (role !== "client") return;
  suite.add(
    rule,
    "that are no text are offered byte for byte, or refused (client)",
    async (trial) => {
      const name = new Uint8Array([0xff, 0x00, 0xfe]);
      let context;
      try {
        context = trial.clientContext({ innerProtocols: [name] });
      } catch (error) {
        assertFamily(error, "configuration");
        strictEqual(
          (error as { field?: string }).field,
          "innerProtocols",
        );
        return;
      }
      strictEqual(context.configuration.innerProtocols.length, 1);
      const { fromClient } = await trial.link({
        role,
        configuration: { innerProtocols: [name] },
      });
      const [offered] = clientHello(fromClient.records).protocols;
      assertBytes(
        offered ?? new Uint8Array(),
        name,
        "the protocol on the wire",
      );
    },
  );
}
