/**
 * How a connection ends: announced or cut, by halves, by close, by disposal.
 *
 * @module
 */
import {
  assertBytes,
  assertDead,
  assertFamily,
  ok,
  readExactly,
  readToEnd,
  strictEqual,
} from "./_assert.ts";
import { pattern } from "./_bytes.ts";
import type { Direction } from "./_relay.ts";
import {
  failureOf,
  type Link,
  type Role,
  type Suite,
  type Trial,
  type Way,
  waysOf,
} from "./_trial.ts";
import { ContentType, serverHello } from "./_wire.ts";

/**
 * An alert's two bytes (RFC 8446, section 6), inside TLS 1.3's record with its
 * inner type and tag, at the least.
 */
const SHORTEST_PROTECTED_ALERT = 2 + 1 + 16;

/** That one more record, an alert, stands behind those that were there before. */
function assertAlertBehind(
  { fromBackend, fromServer }: Link,
  before: number,
): void {
  const later = fromBackend.sizes.slice(before);
  const last = later.at(-1);
  ok(
    last !== undefined,
    "the transport was closed without close_notify before it",
  );
  if (serverHello(fromServer.records).version >= 0x0304) {
    strictEqual(last.type, ContentType.applicationData);
    ok(
      last.length >= SHORTEST_PROTECTED_ALERT && last.length < 300,
      `the last record, of ${last.length} bytes, is no close_notify`,
    );
  } else strictEqual(last.type, ContentType.alert, "the last record's type");
}

/** Echoes once, so that tickets and other news of the handshake are past. */
export async function settleDown({ socket, peer }: Link): Promise<void> {
  await socket.write(new Uint8Array(10));
  await peer.receive(10);
  await peer.send(new Uint8Array(10));
  await readExactly(socket, 10);
}

/** How many records have come by, once all that are on their way have. */
function recordsOf(direction: Direction): number {
  return direction.sizes.length;
}

/** Adds the cases. */
export function addEndCases(suite: Suite): void {
  const { capabilities } = suite.backend;
  for (const role of ["client", "server"] as const) {
    for (const way of waysOf(capabilities, role)) {
      for (const version of capabilities.versions) {
        addTruncationCases(suite, role, way, version as "TLSv1.2" | "TLSv1.3");
        addCloseCases(suite, role, way, version as "TLSv1.2" | "TLSv1.3");
      }
      addHalfCloseCases(suite, role, way);
      addDisposalCases(suite, role, way);
      if (capabilities.unwrap) addUnwrapCases(suite, role, way);
    }
  }
}

type Version = "TLSv1.2" | "TLSv1.3";

function linkOf(
  trial: Trial,
  role: Role,
  way: Way,
  version?: Version,
): Promise<Link> {
  return trial.link({
    role,
    way,
    peer: version === undefined
      ? {}
      : { minVersion: version, maxVersion: version },
  });
}

function addTruncationCases(
  suite: Suite,
  role: Role,
  way: Way,
  version: Version,
): void {
  const at = `(${role}, ${way}, ${version})`;
  const cuts: [string, (link: Link) => void | Promise<void>][] = [
    ["between records", ({ toBackend }) => toBackend.cut()],
    ["inside a record", async ({ toBackend, peer }) => {
      toBackend.cutInsideNext();
      await peer.send(new Uint8Array(5_000));
    }],
    ["instead of close_notify", ({ toBackend, peer }) => {
      toBackend.cutBeforeNext();
      peer.closeWrite();
    }],
  ];
  for (const [where, cut] of cuts) {
    suite.add(
      "rule 6, truncation",
      `${where} is RaggedEOF, after all the data ${at}`,
      async (trial) => {
        const link = await linkOf(trial, role, way, version);
        await settleDown(link);
        const data = pattern(50_000);
        const arriving = toBackendTotal(link, data.length);
        await link.peer.send(data);
        // All of the data must be on its way before the cut.
        await arriving();
        await cut(link);
        const { bytes, error } = await readToEnd(link.socket);
        assertBytes(bytes, data, "the data before the cut");
        ok(error !== null, "the truncation was taken for the end of the data");
        assertFamily(error, "ragged-eof");
        await assertDead(link.socket, error);
      },
    );
  }
  suite.add(
    "rule 6, truncation",
    `rejects a read that is pending already ${at}`,
    async (trial) => {
      const link = await linkOf(trial, role, way, version);
      await settleDown(link);
      const pending = link.socket.read(new Uint8Array(8));
      pending.catch(() => {});
      await link.toBackend.cut();
      assertFamily(await failureOf(pending, "a pending read"), "ragged-eof");
    },
  );
}

/** Waits until the relay has seen `length` bytes of content more. */
function toBackendTotal(
  { toBackend }: Link,
  length: number,
): () => Promise<void> {
  const before = recordsOf(toBackend);
  return async () => {
    for (;;) {
      const content = toBackend.sizes.slice(before)
        .reduce((sum, record) => sum + record.length, 0);
      if (content >= length) return;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  };
}

function addCloseCases(
  suite: Suite,
  role: Role,
  way: Way,
  version: Version,
): void {
  const at = `(${role}, ${way}, ${version})`;
  const closers: [string, (link: Link) => unknown][] = [
    ["close()", ({ socket }) => socket.close()],
    ["Symbol.dispose", ({ socket }) => socket[Symbol.dispose]()],
    ["Symbol.asyncDispose", ({ socket }) => socket[Symbol.asyncDispose]()],
  ];
  for (const [name, close] of closers) {
    suite.add(
      name,
      `says close_notify and closes the transport ${at}`,
      async (trial) => {
        const link = await linkOf(trial, role, way, version);
        await settleDown(link);
        const before = recordsOf(link.fromBackend);
        await close(link);
        await link.fromBackend.ended;
        assertAlertBehind(link, before);
        await link.peer.end();
        strictEqual(link.peer.failure, null, "the peer must see no error");
      },
    );
  }
  suite.add(
    "closeWrite()",
    `says close_notify ${at}`,
    async (trial) => {
      const link = await linkOf(trial, role, way, version);
      await settleDown(link);
      const before = recordsOf(link.fromBackend);
      await link.socket.closeWrite();
      await link.peer.end();
      assertAlertBehind(link, before);
      link.peer.closeWrite();
      const { bytes, error } = await readToEnd(link.socket);
      strictEqual(bytes.length, 0);
      strictEqual(error, null, "the end was announced");
    },
  );
}

function addHalfCloseCases(suite: Suite, role: Role, way: Way): void {
  const at = `(${role}, ${way})`;
  suite.add(
    "read()",
    `resolves with null at close_notify, and goes on doing so ${at}`,
    async (trial) => {
      const { socket, peer } = await linkOf(trial, role, way);
      const data = pattern(20_000);
      await peer.send(data);
      peer.closeWrite();
      const { bytes, error } = await readToEnd(socket);
      strictEqual(error, null, "close_notify is no error");
      assertBytes(bytes, data, "the data before close_notify");
      for (let i = 0; i < 3; i++) {
        strictEqual(await socket.read(new Uint8Array(8)), null);
      }
    },
  );
  suite.add(
    "closeWrite()",
    `ends writing alone: reading goes on, as long as the peer sends ${at}`,
    async (trial) => {
      const { socket, peer } = await linkOf(trial, role, way);
      await socket.write(pattern(1_000));
      await socket.closeWrite();
      await peer.receive(1_000);
      await peer.end();
      for (const size of [1, 30_000]) {
        await peer.send(pattern(size));
        assertBytes(
          await readExactly(socket, size),
          pattern(size),
          "what came after closeWrite()",
        );
      }
      assertFamily(
        await failureOf(
          socket.write(new Uint8Array(1)),
          "write() after closeWrite()",
        ),
        "closed",
      );
      peer.closeWrite();
      strictEqual(await socket.read(new Uint8Array(8)), null);
    },
  );
  suite.add(
    "write()",
    `goes on after the peer has said close_notify ${at}`,
    async (trial) => {
      const { socket, peer } = await linkOf(trial, role, way);
      await settleDown({ socket, peer } as Link);
      peer.closeWrite();
      strictEqual(await socket.read(new Uint8Array(8)), null);
      const late = pattern(20_000);
      await socket.write(late);
      assertBytes(await peer.receive(late.length), late, "what came late");
      await socket.closeWrite();
      await peer.end();
    },
  );
}

function addDisposalCases(suite: Suite, role: Role, way: Way): void {
  const at = `(${role}, ${way})`;
  suite.add(
    "close()",
    `settles what is pending and fails what comes later, with code closed ${at}`,
    async (trial) => {
      const link = await linkOf(trial, role, way);
      const { socket } = link;
      await settleDown(link);
      link.fromBackend.hold();
      const reading = failureOf(socket.read(new Uint8Array(8)), "the read");
      const writing = failureOf(socket.write(pattern(20_000_000)), "the write");
      // Twice is once.
      socket.close();
      socket.close();
      for (const pending of [reading, writing]) {
        assertFamily(await pending, "closed");
      }
      for (
        const [name, later] of [
          ["read()", () => socket.read(new Uint8Array(8))],
          ["write()", () => socket.write(new Uint8Array(8))],
          ["closeWrite()", () => socket.closeWrite()],
          ["doHandshake()", () => socket.doHandshake()],
        ] as const
      ) {
        assertFamily(
          await failureOf(later(), `${name} after close()`),
          "closed",
        );
      }
      await socket[Symbol.asyncDispose]();
    },
  );
  suite.add(
    "Symbol.asyncDispose",
    `flushes what was written, and may be asked for twice ${at}`,
    async (trial) => {
      const { socket, peer } = await linkOf(trial, role, way);
      const out = pattern(500_000);
      const writing = socket.write(out);
      writing.catch(() => {});
      const disposing = socket[Symbol.asyncDispose]();
      assertBytes(await peer.receive(out.length), out, "what was written");
      await disposing;
      await socket[Symbol.asyncDispose]();
      await peer.end();
      strictEqual(peer.failure, null, "the peer must see no error");
    },
  );
  suite.add(
    "writable",
    `aborted closes the connection, and cancelling readable ends reading ${at}`,
    async (trial) => {
      const link = await linkOf(trial, role, way);
      await settleDown(link);
      await link.socket.writable.abort();
      await link.fromBackend.ended;
      assertFamily(
        await failureOf(
          link.socket.read(new Uint8Array(8)),
          "read() after abort()",
        ),
        "closed",
      );
    },
  );
  suite.add(
    "readable, writable",
    `that have both ended leave the transport closed ${at}`,
    async (trial) => {
      const link = await linkOf(trial, role, way);
      await settleDown(link);
      await link.socket.readable.cancel();
      await link.socket.writable.close();
      await link.fromBackend.ended;
      await link.peer.end();
    },
  );
}

function addUnwrapCases(suite: Suite, role: Role, way: Way): void {
  // What connect() and listen() wrap is the backend's own.
  const at = `(${role}, ${way})`;
  suite.add(
    "unwrap()",
    `says close_notify both ways and gives the stream back, plaintext behind it ${at}`,
    async (trial) => {
      const link = await linkOf(trial, role, way);
      await settleDown(link);
      const before = recordsOf(link.fromBackend);
      // The peer's close_notify, and bytes that nobody's TLS protects.
      link.peer.closeWrite();
      strictEqual(await link.socket.read(new Uint8Array(8)), null);
      const stream = await link.socket.unwrap();
      await link.peer.end();
      assertAlertBehind(link, before);
      assertFamily(
        await failureOf(link.socket.read(new Uint8Array(8)), "read()"),
        "closed",
      );
      assertFamily(
        await failureOf(link.socket.write(new Uint8Array(8)), "write()"),
        "closed",
      );
      ok(
        "read" in stream || "readable" in stream,
        "unwrap() must give a stream back",
      );
      if ("close" in stream) stream.close();
      else await stream.readable.cancel();
    },
  );
  suite.add(
    "unwrap()",
    `gives first the bytes that had arrived behind close_notify ${at}`,
    async (trial) => {
      const link = await linkOf(trial, role, way);
      await settleDown(link);
      const { toBackend } = link;
      toBackend.hold();
      link.peer.closeWrite();
      const plain = new TextEncoder().encode("220 plaintext\r\n");
      await toBackend.releaseWith(plain);
      strictEqual(await link.socket.read(new Uint8Array(8)), null);
      const stream = await link.socket.unwrap();
      const got = new Uint8Array(plain.length);
      if ("read" in stream) {
        for (let n = 0; n < got.length;) {
          n += await stream.read(got.subarray(n)) ?? got.length;
        }
        stream.close();
      } else {
        const reader = stream.readable.getReader();
        for (let n = 0; n < got.length;) {
          const { value } = await reader.read();
          if (value === undefined) break;
          got.set(value.subarray(0, got.length - n), n);
          n += value.length;
        }
        await reader.cancel();
      }
      assertBytes(got, plain, "the bytes behind close_notify");
    },
  );
  suite.add(
    "unwrap()",
    `is refused while plaintext of the peer is unread, which can then be read ${at}`,
    async (trial) => {
      const link = await linkOf(trial, role, way);
      await settleDown(link);
      const data = pattern(100);
      await link.peer.send(data);
      link.peer.closeWrite();
      assertFamily(
        await failureOf(link.socket.unwrap(), "unwrap() with data unread"),
        "configuration",
      );
      const { bytes, error } = await readToEnd(link.socket);
      strictEqual(error, null);
      assertBytes(bytes, data, "what was unread");
    },
  );
  suite.add(
    "unwrap()",
    `of a connection that is cut short is RaggedEOF ${at}`,
    async (trial) => {
      const link = await linkOf(trial, role, way);
      await settleDown(link);
      await link.toBackend.cut();
      assertFamily(
        await failureOf(link.socket.unwrap(), "unwrap() of a cut connection"),
        "ragged-eof",
      );
    },
  );
}
