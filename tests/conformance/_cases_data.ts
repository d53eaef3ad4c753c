/**
 * Data, both ways and at every size, and many connections at once.
 *
 * @module
 */
import {
  assertBytes,
  deepStrictEqual,
  ok,
  readExactly,
  readToEnd,
  strictEqual,
} from "./_assert.ts";
import { concat, pattern } from "./_bytes.ts";
import { isSettled, settle } from "./_scope.ts";
import {
  all,
  type Link,
  type Role,
  type Suite,
  type Trial,
  type Way,
  waysOf,
} from "./_trial.ts";

/** Around the limits of a record's 2^14 bytes (RFC 8446, section 5.1). */
const SIZES: readonly number[] = [1, 1_000, 16_383, 16_384, 16_385, 100_000];

/** More than the transport holds on its way. */
const MORE_THAN_TRANSIT = 20_000_000;

/** The largest cases move much, on whatever machine there is. */
const PATIENCE = 6;

async function exchange(
  { socket, peer }: Link,
  size: number,
): Promise<void> {
  const out = pattern(size, size);
  const back = pattern(size, size + 1);
  const [written, , received, read] = await all([
    socket.write(out),
    peer.send(back),
    peer.receive(size),
    readExactly(socket, size),
  ]);
  strictEqual(written, size, "write() must resolve with its length");
  assertBytes(received, out, "what the peer received");
  assertBytes(read, back, "what the socket read");
}

/** Adds the cases. */
export function addDataCases(suite: Suite): void {
  const { capabilities } = suite.backend;
  for (const role of ["client", "server"] as const) {
    for (const way of waysOf(capabilities, role)) {
      for (const version of capabilities.versions) {
        const only = version as "TLSv1.2" | "TLSv1.3";
        suite.add(
          "read(), write()",
          `carry ${
            SIZES.join(", ")
          } bytes both ways at once (${role}, ${way}, ${version})`,
          async (trial) => {
            const link = await trial.link({
              role,
              way,
              peer: { minVersion: only, maxVersion: only },
            });
            for (const size of SIZES) await exchange(link, size);
          },
        );
      }
      suite.add(
        "read(), write()",
        `carry ${suite.options.largeTransfer} bytes both ways at once (${role}, ${way})`,
        async (trial) => {
          const link = await trial.link({ role, way });
          await exchange(link, trial.options.largeTransfer);
        },
        { patience: PATIENCE },
      );
      addShapeCases(suite, role, way);
    }
    if (capabilities[role]) addCrowdCases(suite, role);
  }
}

function addShapeCases(suite: Suite, role: Role, way: Way): void {
  const at = `(${role}, ${way})`;
  suite.add(
    "read()",
    `gives at most what it is given room for, and loses nothing ${at}`,
    async (trial) => {
      const { socket, peer } = await trial.link({ role, way });
      const sent = pattern(5_000);
      await peer.send(sent);
      const parts: Uint8Array[] = [];
      let length = 0;
      for (let room = 1; length < sent.length; room = room % 700 + 13) {
        const memory = new Uint8Array(room + 8).fill(0xa5);
        const n = await socket.read(memory.subarray(4, 4 + room));
        ok(n !== null && n > 0 && n <= room, `read() resolved with ${n}`);
        // Not a byte beside the room.
        deepStrictEqual(
          [...memory.subarray(0, 4), ...memory.subarray(4 + room)],
          Array(8).fill(0xa5),
        );
        parts.push(memory.slice(4, 4 + n));
        length += n;
      }
      assertBytes(concat(parts), sent, "what was read");
    },
  );
  suite.add(
    "read()",
    `waits for a read before it, and write() for a write ${at}`,
    async (trial) => {
      const { socket, peer } = await trial.link({ role, way });
      const first = new Uint8Array(4);
      const second = new Uint8Array(4);
      const reads = all([socket.read(first), socket.read(second)]);
      // A write goes on while reads are pending.
      const out = [pattern(40_000, 1), pattern(50_000, 2), pattern(10, 3)];
      await all([
        all(out.map((bytes) => socket.write(bytes))),
        peer.receive(90_010).then((received) =>
          assertBytes(received, concat(out), "writes in order")
        ),
      ]);
      await peer.send(new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]));
      const [a = null, b = null] = await reads;
      ok(a !== null && a > 0 && b !== null && b > 0);
      deepStrictEqual(
        [...first.subarray(0, a), ...second.subarray(0, b)],
        [1, 2, 3, 4, 5, 6, 7, 8].slice(0, a + b),
      );
    },
  );
  suite.add(
    "write()",
    `of nothing resolves with 0, and its bytes may be reused once it resolves ${at}`,
    async (trial) => {
      const { socket, peer } = await trial.link({ role, way });
      strictEqual(await socket.write(new Uint8Array()), 0);
      const memory = pattern(30_000);
      const expected = memory.slice();
      await socket.write(memory);
      memory.fill(0);
      assertBytes(await peer.receive(30_000), expected, "what was written");
    },
  );
  suite.add(
    "write()",
    `waits for a peer that does not take it yet, and loses nothing ${at}`,
    async (trial) => {
      const { socket, peer, fromBackend } = await trial.link({ role, way });
      fromBackend.hold();
      const out = pattern(MORE_THAN_TRANSIT, 7);
      const writing = socket.write(out);
      writing.catch(() => {});
      await settle();
      ok(!await isSettled(writing), "write() resolved before it could be sent");
      // Reading goes on meanwhile.
      await peer.send(pattern(100, 8));
      assertBytes(await readExactly(socket, 100), pattern(100, 8), "the read");
      fromBackend.release();
      const [n, received] = await all([writing, peer.receive(out.length)]);
      strictEqual(n, out.length);
      assertBytes(received, out, "what the peer received");
    },
    { patience: PATIENCE },
  );
  suite.add(
    "readable, writable",
    `carry the same data as streams, and end the same way ${at}`,
    async (trial) => {
      const { socket, peer } = await trial.link({ role, way });
      ok(socket.readable === socket.readable, "readable must be one stream");
      ok(socket.writable === socket.writable, "writable must be one stream");
      const out = pattern(70_000, 3);
      const back = pattern(80_000, 4);
      const writer = socket.writable.getWriter();
      const sendAll = async () => {
        await writer.write(out);
        await writer.close();
      };
      const answer = async () => {
        await peer.send(back);
        assertBytes(await peer.receive(out.length), out, "by writable");
        await peer.end();
        peer.closeWrite();
      };
      const read = async () => {
        const chunks: Uint8Array[] = [];
        for await (const chunk of socket.readable) chunks.push(chunk);
        assertBytes(concat(chunks), back, "by readable");
      };
      await all([sendAll(), answer(), read()]);
    },
  );
}

function addCrowdCases(suite: Suite, role: Role): void {
  const { connections } = suite.options;
  suite.add(
    "connections",
    `: ${connections} at once each have their own data (${role})`,
    async (trial) => {
      const ends = role === "client"
        ? await manyClients(trial, connections)
        : await manyServers(trial, connections);
      await all(ends.map(async (socket, i) => {
        const out = pattern(2_000, i + 1);
        const [, echoed] = await all([
          socket.write(out),
          readExactly(socket, out.length),
        ]);
        assertBytes(echoed, out, `connection ${i}`);
        await socket.closeWrite();
        const { bytes, error } = await readToEnd(socket);
        strictEqual(bytes.length, 0);
        strictEqual(error, null, "each ends in order");
      }));
    },
    { patience: PATIENCE },
  );
}

/** Sends back what comes, so many bytes of it, and ends when the other end does. */
async function echo(peer: Link["peer"], length: number): Promise<void> {
  await peer.send((await peer.receive(length)).slice());
  peer.end().then(() => peer.closeWrite()).catch(() => {});
}

async function manyClients(
  trial: Trial,
  count: number,
): Promise<Link["socket"][]> {
  const server = await trial.peerServer();
  const context = trial.clientContext();
  const peers = (async () => {
    for (let i = 0; i < count; i++) {
      const peer = await server.accept();
      echo(peer, 2_000).catch(() => {});
    }
  })();
  const sockets = await all(
    Array.from({ length: count }, () => trial.openClient(context, server.port)),
  );
  await peers;
  return sockets;
}

async function manyServers(
  trial: Trial,
  count: number,
): Promise<Link["socket"][]> {
  const server = trial.openServer(trial.serverContext());
  const accepting = (async () => {
    const sockets: Link["socket"][] = [];
    for (let i = 0; i < count; i++) sockets.push(await server.accept());
    return sockets;
  })();
  const [sockets, peers] = await all([
    accepting,
    all(Array.from({ length: count }, () => trial.peerClient(server.port))),
  ]);
  for (const peer of peers) echo(peer, 2_000).catch(() => {});
  return sockets;
}
