/**
 * Listening: who is slow, silent or wrong delays nobody.
 *
 * @module
 */
import { TLSError } from "../../api/errors.ts";
import type { TLSWrappedSocket } from "../../api/socket.ts";
import { assertFamily, ok, readExactly, strictEqual } from "./_assert.ts";
import { isSettled, Queue, settle } from "./_scope.ts";
import { all, failureOf, type Suite, type Trial } from "./_trial.ts";

/** How many bad clients stand in front of the honest one. */
const CROWD = 12;

/** Connections that say nothing, in the order of their arrival. */
async function silentClients(
  trial: Trial,
  port: number,
  count: number,
): Promise<Deno.TcpConn[]> {
  const conns: Deno.TcpConn[] = [];
  for (let i = 0; i < count; i++) conns.push(await trial.dial(port));
  return conns;
}

async function assertHonest(
  trial: Trial,
  accepting: Promise<TLSWrappedSocket>,
  port: number,
): Promise<void> {
  const [socket, peer] = await all([accepting, trial.peerClient(port)]);
  trial.keep(socket);
  await peer.send(new Uint8Array([7]));
  strictEqual((await readExactly(socket, 1))[0], 7);
}

/** Adds the cases. */
export function addListenCases(suite: Suite): void {
  if (!suite.backend.capabilities.server) return;
  suite.add(
    "listen()",
    "says where it listens, and accepts whose handshake is done",
    async (trial) => {
      const listener = trial.keep(
        trial.serverContext().listen({ hostname: "127.0.0.1", port: 0 }),
      );
      strictEqual(listener.addr.transport, "tcp");
      strictEqual(listener.addr.hostname, "127.0.0.1");
      ok(listener.addr.port > 0, "the port must be a real one");
      await assertHonest(trial, listener.accept(), listener.addr.port);
    },
  );
  suite.add(
    "listen()",
    "gives its connections by iteration, and ends it when it closes",
    async (trial) => {
      const listener = trial.keep(
        trial.serverContext().listen({ hostname: "127.0.0.1", port: 0 }),
      );
      const accepted = new Queue<TLSWrappedSocket>();
      const iterating = (async () => {
        for await (const socket of listener) accepted.push(trial.keep(socket));
      })();
      iterating.catch(() => {});
      for (let i = 0; i < 3; i++) {
        await assertHonest(trial, accepted.next(), listener.addr.port);
      }
      listener.close();
      try {
        await iterating;
      } catch (error) {
        assertFamily(error, "closed");
      }
    },
  );
  suite.add(
    "listen()",
    "is not delayed by silent clients",
    async (trial) => {
      const listener = trial.keep(
        trial.serverContext().listen({ hostname: "127.0.0.1", port: 0 }),
      );
      const accepting = listener.accept();
      accepting.catch(() => {});
      const { port } = listener.addr;
      await silentClients(trial, port, CROWD);
      await assertHonest(trial, accepting, port);
      await assertHonest(trial, listener.accept(), port);
    },
  );
  suite.add(
    "listen()",
    "tells onHandshakeError of handshakes that fail, and accept of none",
    async (trial) => {
      const errors = new Queue<{ error: unknown; addr: unknown }>();
      const listener = trial.keep(
        trial.serverContext().listen({
          hostname: "127.0.0.1",
          port: 0,
          onHandshakeError: (error, addr) => errors.push({ error, addr }),
        }),
      );
      const accepting = listener.accept();
      accepting.catch(() => {});
      const { port } = listener.addr;
      const garbage = new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n");
      const bad: Deno.TcpConn[] = [];
      for (let i = 0; i < CROWD; i++) {
        const conn = await trial.dial(port);
        bad.push(conn);
        // Half of them say what is no TLS, half leave without a word.
        if (i % 2 === 0) await conn.write(garbage);
        else conn.close();
      }
      const ports: number[] = [];
      for (let i = 0; i < CROWD; i++) {
        const { error, addr } = await errors.next();
        assertFamily(error);
        ok(
          addr === null || (addr as Deno.NetAddr).hostname === "127.0.0.1",
          "the address must be the client's, or null",
        );
        if (addr !== null) ports.push((addr as Deno.NetAddr).port);
      }
      for (const port of ports) {
        ok(port !== listener.addr.port, "the address must be the client's");
      }
      ok(!await isSettled(accepting), "accept() must not hear of failures");
      await assertHonest(trial, accepting, port);
      strictEqual(errors.length, 0, "each failure is told once");
      // Whose handshake failed is let go.
      for (const conn of bad.filter((_, i) => i % 2 === 0)) {
        try {
          while (await conn.read(new Uint8Array(256)) !== null);
        } catch {
          // A reset is an end too.
        }
      }
    },
  );
  suite.add(
    "listen()",
    "lives on when a handshake fails and there is no onHandshakeError",
    async (trial) => {
      const listener = trial.keep(
        trial.serverContext().listen({ hostname: "127.0.0.1", port: 0 }),
      );
      const { port } = listener.addr;
      const conn = await trial.dial(port);
      await conn.write(new TextEncoder().encode("no TLS at all\r\n"));
      conn.close();
      await assertHonest(trial, listener.accept(), port);
    },
  );
  suite.add(
    "listen()",
    "ends what takes longer than handshakeTimeout, with code timeout",
    async (trial) => {
      const errors = new Queue<unknown>();
      const listener = trial.keep(
        trial.serverContext().listen({
          hostname: "127.0.0.1",
          port: 0,
          handshakeTimeout: 50,
          onHandshakeError: (error) => errors.push(error),
        }),
      );
      const accepting = listener.accept();
      accepting.catch(() => {});
      const [silent] = await silentClients(trial, listener.addr.port, 1);
      assertFamily(await errors.next(), "timeout");
      if (!trial.options.lingers) {
        try {
          while (await silent!.read(new Uint8Array(256)) !== null);
        } catch {
          // A reset is an end too.
        }
      }
      // Which is no limit for the connections that it accepts.
      const [socket, peer] = await all([
        accepting,
        trial.peerClient(listener.addr.port),
      ]);
      trial.keep(socket);
      await settle(120);
      await peer.send(new Uint8Array(1));
      await readExactly(socket, 1);
    },
  );
  suite.add(
    "listen()",
    "lets connections beyond maxPendingHandshakes wait for their turn",
    async (trial) => {
      const listener = trial.keep(
        trial.serverContext().listen({
          hostname: "127.0.0.1",
          port: 0,
          maxPendingHandshakes: 2,
        }),
      );
      const accepting = listener.accept();
      accepting.catch(() => {});
      const { port } = listener.addr;
      const silent = await silentClients(trial, port, 2);
      await settle(30);
      const honest = trial.peerClient(port);
      honest.catch(() => {});
      await settle(100);
      ok(
        !await isSettled(accepting),
        "a third handshake was done while two were under way",
      );
      silent[0]!.close();
      const [socket, peer] = await all([accepting, honest]);
      trial.keep(socket);
      await peer.send(new Uint8Array(1));
      await readExactly(socket, 1);
    },
  );
  for (
    const [name, close] of [
      ["close()", (listener, _) => listener.close()],
      ["Symbol.dispose", (listener, _) => listener[Symbol.dispose]()],
      ["its signal", (_, controller) => controller.abort()],
    ] as [
      string,
      (
        listener: ReturnType<
          ReturnType<Trial["serverContext"]>["listen"]
        >,
        controller: AbortController,
      ) => void,
    ][]
  ) {
    suite.add(
      "listen()",
      `stops by ${name}: accept() fails with code closed, connections live on`,
      async (trial) => {
        const controller = new AbortController();
        const listener = trial.keep(
          trial.serverContext().listen({
            hostname: "127.0.0.1",
            port: 0,
            signal: controller.signal,
          }),
        );
        const { port } = listener.addr;
        const [socket, peer] = await all([
          listener.accept(),
          trial.peerClient(port),
        ]);
        trial.keep(socket);
        const pending = failureOf(listener.accept(), "a pending accept()");
        close(listener, controller);
        assertFamily(await pending, "closed");
        assertFamily(
          await failureOf(listener.accept(), "accept() after the end"),
          "closed",
        );
        await peer.send(new Uint8Array(3));
        await readExactly(socket, 3);
        let refused = false;
        try {
          (await Deno.connect({ hostname: "127.0.0.1", port })).close();
        } catch {
          refused = true;
        }
        ok(refused, "the port must be free again");
      },
    );
  }
  suite.add(
    "listen()",
    "with a signal that is aborted already accepts nothing",
    async (trial) => {
      const error = await failureOf(
        (async () => {
          const listener = trial.keep(
            trial.serverContext().listen({
              hostname: "127.0.0.1",
              port: 0,
              signal: AbortSignal.abort(),
            }),
          );
          await listener.accept();
        })(),
        "accept() of a listener that was aborted beforehand",
      );
      // By the listener's state, or by the signal's reason.
      ok(TLSError.is(error) || error instanceof DOMException);
    },
  );
}
