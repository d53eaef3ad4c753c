/**
 * What fails: records that were altered, handshakes that cannot be, calls that
 * are abandoned.
 *
 * @module
 */
import type { AlertError } from "../../api/errors.ts";
import type { TLSWrappedSocket } from "../../api/socket.ts";
import {
  assertBytes,
  assertCertificateError,
  assertDead,
  assertFamily,
  ok,
  readExactly,
  readToEnd,
  strictEqual,
} from "./_assert.ts";
import { firstDifference, pattern } from "./_bytes.ts";
import { settleDown } from "./_cases_end.ts";
import { startRelay } from "./_relay.ts";
import {
  all,
  failureOf,
  type Role,
  type Suite,
  type Trial,
  type Way,
  waysOf,
} from "./_trial.ts";

/** bad_record_mac (RFC 8446, section 6.2). */
const BAD_RECORD_MAC = 20;

/** Adds the cases. */
export function addFailureCases(suite: Suite): void {
  const { capabilities } = suite.backend;
  for (const role of ["client", "server"] as const) {
    for (const way of waysOf(capabilities, role)) {
      for (const version of capabilities.versions) {
        addTamperCases(suite, role, way, version as "TLSv1.2" | "TLSv1.3");
      }
      addDeathCases(suite, role, way);
    }
  }
  for (const way of waysOf(capabilities, "client")) {
    addAbortCases(suite, way);
    suite.add(
      "rule 5, a failed handshake",
      `gives every later operation that same error (client, ${way})`,
      async (trial) => {
        if (way === "connect") {
          const error = await trial.clientFailure({
            way,
            identity: trial.pki.unknownIssuer,
          });
          assertCertificateError(error, "unknown-issuer");
          return;
        }
        const server = await trial.peerServer(trial.pki.unknownIssuer);
        const socket = await unstarted(trial, server.port, way);
        // Whoever waits for the handshake learns how it ended.
        const pending = [
          socket.read(new Uint8Array(8)),
          socket.write(new Uint8Array(8)),
          socket.doHandshake(),
        ].map((operation) => failureOf(operation, "a pending operation"));
        const errors = await all(pending);
        assertCertificateError(errors[0], "unknown-issuer");
        for (const error of errors) {
          ok(
            error === errors[0],
            "the pending operations differ in their error",
          );
        }
        await assertDead(socket, errors[0]);
      },
    );
  }
}

/** A client's socket whose handshake was not asked for. */
async function unstarted(
  trial: Trial,
  port: number,
  way: Way,
): Promise<TLSWrappedSocket> {
  const conn = await trial.dial(port);
  return trial.keep(
    trial.clientContext().wrapSocket(
      way === "stream" ? trial.asStream(conn) : conn,
      "localhost",
    ),
  );
}

function addTamperCases(
  suite: Suite,
  role: Role,
  way: Way,
  version: "TLSv1.2" | "TLSv1.3",
): void {
  const at = `(${role}, ${way}, ${version})`;
  const peer = { minVersion: version, maxVersion: version };
  suite.add(
    "rule 4, a record that was altered",
    `delivers no byte and kills the connection ${at}`,
    async (trial) => {
      const link = await trial.link({ role, way, peer });
      await settleDown(link);
      const good = pattern(1_000, 1);
      await link.peer.send(good);
      assertBytes(
        await readExactly(link.socket, good.length),
        good,
        "the data before",
      );
      link.toBackend.tamperNext();
      await link.peer.send(pattern(1_000, 2));
      const memory = new Uint8Array(2_000);
      const error = await failureOf(
        link.socket.read(memory),
        "read() of an altered record",
      );
      assertFamily(error, "alert");
      strictEqual((error as AlertError).alert, BAD_RECORD_MAC);
      strictEqual((error as AlertError).direction, "sent");
      ok(
        firstDifference(memory, new Uint8Array(2_000)) === -1,
        "bytes of the altered record are in the reader's memory",
      );
      // Good data behind the bad record changes nothing.
      await link.peer.send(pattern(1_000, 3)).catch(() => {});
      await assertDead(link.socket, error);
      link.socket.close();
      await link.fromBackend.ended;
    },
  );
  suite.add(
    "rule 5, a fatal error",
    `settles what is pending, and reads never resolve after it ${at}`,
    async (trial) => {
      const link = await trial.link({ role, way, peer });
      await settleDown(link);
      link.fromBackend.hold();
      const reads = [0, 1].map(() =>
        failureOf(link.socket.read(new Uint8Array(64)), "a pending read")
      );
      // More than any transport holds, so that it is pending still.
      const writing = failureOf(
        link.socket.write(pattern(20_000_000)),
        "a pending write",
      );
      link.toBackend.tamperNext();
      await link.peer.send(pattern(64));
      const [first, second] = await all(reads);
      assertFamily(first, "alert");
      ok(first === second, "two pending reads differ in their error");
      for (let i = 0; i < 3; i++) {
        const later = await failureOf(
          link.socket.read(new Uint8Array(64)),
          "read() after a fatal error",
        );
        ok(later === first, "a later read gives another error");
      }
      assertFamily(await writing);
    },
    { patience: 2 },
  );
}

function addDeathCases(suite: Suite, role: Role, way: Way): void {
  suite.add(
    "rule 5, the transport's death",
    `settles pending operations, and every later one fails the same (${role}, ${way})`,
    async (trial) => {
      const link = await trial.link({ role, way });
      await settleDown(link);
      const reading = failureOf(
        link.socket.read(new Uint8Array(8)),
        "a pending read",
      );
      // Without a word, both directions.
      link.peer.destroy();
      await link.toBackend.cut();
      const error = await reading;
      assertFamily(error, "ragged-eof", "internal");
      const again = await readToEnd(link.socket);
      strictEqual(again.bytes.length, 0);
      ok(again.error === error, "a later read gives another error");
    },
  );
}

function addAbortCases(suite: Suite, way: Way): void {
  const rule = "AbortSignal";
  const { lingers } = suite.options;
  suite.add(
    rule,
    `that is aborted already lets nothing begin (client, ${way})`,
    async (trial) => {
      const listener = trial.keep(
        Deno.listen({ hostname: "127.0.0.1", port: 0 }),
      );
      const reason = new Error("never mind");
      const error = await failureOf(
        trial.openClient(trial.clientContext(), listener.addr.port, {
          way,
          signal: AbortSignal.abort(reason),
        }),
        "a handshake that was aborted beforehand",
      );
      ok(error === reason, "it must reject with the signal's reason");
    },
  );
  suite.add(
    rule,
    `abandons a handshake with a silent server, ${
      lingers ? "whose connection lingers" : "and its connection"
    } (client, ${way})`,
    async (trial) => {
      const listener = trial.keep(
        Deno.listen({ hostname: "127.0.0.1", port: 0 }),
      );
      const relay = startRelay(trial.scope, listener.addr.port);
      const controller = new AbortController();
      const opening = trial.openClient(trial.clientContext(), relay.port, {
        way,
        signal: controller.signal,
      });
      const silent = trial.keep(await listener.accept());
      const { fromClient } = await relay.next();
      // The ClientHello shows that the handshake is under way.
      await silent.read(new Uint8Array(16 * 1024));
      const reason = new Error("never mind");
      controller.abort(reason);
      const error = await failureOf(opening, "a handshake that was aborted");
      ok(error === reason, "it must reject with the signal's reason");
      // The connection must go too: nobody else could end it.
      if (!lingers) await fromClient.ended;
    },
  );
  suite.add(
    rule,
    `that is aborted behind the handshake does nothing (client, ${way})`,
    async (trial) => {
      const server = await trial.peerServer();
      const controller = new AbortController();
      const [socket, peer] = await all([
        trial.openClient(trial.clientContext(), server.port, {
          way,
          signal: controller.signal,
        }),
        server.accept(),
      ]);
      controller.abort();
      await peer.send(new Uint8Array(4));
      await readExactly(socket, 4);
      await socket.write(new Uint8Array(4));
      await peer.receive(4);
    },
  );
  if (way === "connect" || way === "buffers") return;
  suite.add(
    rule,
    `that abandons doHandshake() settles whoever else waits (client, ${way})`,
    async (trial) => {
      const listener = trial.keep(
        Deno.listen({ hostname: "127.0.0.1", port: 0 }),
      );
      const socket = await unstarted(trial, listener.addr.port, way);
      const silent = trial.keep(await listener.accept());
      const controller = new AbortController();
      const others = [
        socket.read(new Uint8Array(8)),
        socket.write(new Uint8Array(8)),
        socket.doHandshake(),
      ].map((operation) => failureOf(operation, "a pending operation"));
      const aborted = failureOf(
        socket.doHandshake({ signal: controller.signal }),
        "doHandshake()",
      );
      await silent.read(new Uint8Array(16 * 1024));
      const reason = new Error("never mind");
      controller.abort(reason);
      ok(await aborted === reason, "it must reject with the signal's reason");
      const errors = await all(others);
      for (const error of errors) assertFamily(error);
      assertFamily(
        await failureOf(socket.read(new Uint8Array(8)), "a later read"),
      );
      // And the peer sees the end of the connection.
      if (lingers) return;
      while (await silent.read(new Uint8Array(4096)) !== null);
    },
  );
}
