/**
 * The buffer, method by method, with `node:tls` as the other end of a pump.
 *
 * @module
 */
import type { TLSWrappedBuffer } from "../../api/buffer.ts";
import {
  assertBytes,
  assertCertificateError,
  assertFamily,
  deepStrictEqual,
  fail,
  ok,
  strictEqual,
  thrownBy,
} from "./_assert.ts";
import { concat, pattern } from "./_bytes.ts";
import { drive, give, open, take, wantOf } from "./_buffered.ts";
import { assertFacts } from "./_cases_handshake.ts";
import { all, failureOf, flush, type Role, type Suite } from "./_trial.ts";

/** Every operation of a buffer, for what a dead one must say. */
const OPERATIONS: readonly [string, (buffer: TLSWrappedBuffer) => unknown][] = [
  ["read()", (buffer) => buffer.read(8)],
  ["readInto()", (buffer) => buffer.readInto(new Uint8Array(8))],
  ["tryReadInto()", (buffer) => buffer.tryReadInto(new Uint8Array(8))],
  ["write()", (buffer) => buffer.write(new Uint8Array(8))],
  ["tryWrite()", (buffer) => buffer.tryWrite(new Uint8Array(8))],
  ["doHandshake()", (buffer) => buffer.doHandshake()],
  ["tryHandshake()", (buffer) => buffer.tryHandshake()],
  ["shutdown()", (buffer) => buffer.shutdown()],
];

function assertDeadBuffer(buffer: TLSWrappedBuffer, error: unknown): void {
  for (const [name, operation] of OPERATIONS) {
    const later = thrownBy(() => operation(buffer), `${name} after an error`);
    ok(later === error, `${name} must throw that same error, not ${later}`);
  }
}

/** Adds the cases. */
export function addBufferCases(suite: Suite): void {
  const { capabilities } = suite.backend;
  if (!capabilities.buffers) return;
  for (const role of ["client", "server"] as const) {
    if (!capabilities[role]) continue;
    for (const style of ["throwing", "trying"] as const) {
      suite.add(
        "wrapBuffers()",
        `shakes hands and carries data both ways, ${style} its Wants (${role})`,
        async (trial) => {
          const made = await open(trial, role, style);
          for (const size of [1, 16_384, 16_385, 300_000]) {
            const out = pattern(size, 1);
            const back = pattern(size, 2);
            const [received] = await all([
              made.peer.receive(size),
              give(trial, made, out, style),
            ]);
            assertBytes(received, out, "what the peer received");
            await made.peer.send(back);
            assertBytes(
              await take(trial, made, size, style),
              back,
              "what the buffer gave",
            );
          }
          assertFacts(trial, made.buffer, { ...made, role });
        },
      );
    }
    addWantCases(suite, role);
    addOutgoingCases(suite, role);
    addBufferEndCases(suite, role);
  }
}

function addWantCases(suite: Suite, role: Role): void {
  suite.add(
    "wrapBuffers()",
    `wants to read where there is nothing, thrown without a stack or returned (${role})`,
    async (trial) => {
      const made = await open(trial, role);
      const { buffer, peer } = made;
      // Tickets and the like come first.
      await peer.send(new Uint8Array(3));
      await take(trial, made, 3, "trying");
      for (const attempt of [OPERATIONS[0]!, OPERATIONS[1]!]) {
        const error = thrownBy(() => attempt[1](buffer), `${attempt[0]}`);
        assertFamily(error, "want-read");
        ok(
          !/\n\s+at /.test((error as Error).stack ?? ""),
          "an error thrown for control flow must carry no stack",
        );
      }
      deepStrictEqual(wantOf(buffer.tryReadInto(new Uint8Array(8))), "read");
      strictEqual(buffer.tryHandshake(), null, "the handshake is done");
      buffer.doHandshake();
      strictEqual(buffer.incomingBytesBuffered, 0);
      strictEqual(buffer.outgoingBytesBuffered, 0);
    },
  );
  suite.add(
    "wrapBuffers()",
    `wants to write where too much is outgoing, and takes no more (${role})`,
    async (trial) => {
      const made = await open(trial, role);
      const { buffer } = made;
      const chunk = pattern(64 * 1024);
      let taken = 0;
      for (;;) {
        const n = buffer.tryWrite(chunk);
        if (typeof n !== "number") {
          strictEqual(wantOf(n), "write");
          break;
        }
        ok(n > 0, "tryWrite() of some bytes must take some, or want");
        taken += n;
        ok(
          taken < 64 * 1024 * 1024,
          "a buffer must not take more and more that nobody sends",
        );
        if (n < chunk.length) {
          deepStrictEqual(wantOf(buffer.tryWrite(chunk)), "write");
          break;
        }
      }
      assertFamily(
        thrownBy(() => buffer.write(chunk), "write() into a full buffer"),
        "want-write",
      );
      const [received] = await all([
        made.peer.receive(taken),
        flush(buffer, made.conn),
      ]);
      strictEqual(received.length, taken);
      ok(typeof buffer.tryWrite(new Uint8Array(1)) === "number");
    },
    { patience: 3 },
  );
}

function addOutgoingCases(suite: Suite, role: Role): void {
  suite.add(
    "peekOutgoing(), consumeOutgoing()",
    `give bytes that stay until they are consumed (${role})`,
    async (trial) => {
      const { buffer, conn, peer } = await open(trial, role);
      const data = pattern(40_000);
      strictEqual(buffer.write(data.subarray(0, 20_000)), 20_000);
      const length = buffer.outgoingBytesBuffered;
      ok(length > 20_000, "records are longer than what they carry");
      const first = buffer.peekOutgoing(100);
      ok(first.length > 0 && first.length <= 100);
      const copy = first.slice();
      strictEqual(buffer.write(data.subarray(20_000)), 20_000);
      assertBytes(first, copy, "what was peeked, after another write");
      assertBytes(
        buffer.peekOutgoing(first.length),
        copy,
        "what is peeked again",
      );
      const before = buffer.outgoingBytesBuffered;
      strictEqual(buffer.peekOutgoing(0).length, 0);
      await conn.write(copy.subarray(0, 1));
      buffer.consumeOutgoing(1);
      strictEqual(buffer.outgoingBytesBuffered, before - 1);
      const [received] = await all([
        peer.receive(data.length),
        flush(buffer, conn),
      ]);
      assertBytes(received, data, "what the peer received");
      strictEqual(buffer.outgoingBytesBuffered, 0);
      strictEqual(buffer.peekOutgoing(10).length, 0);
    },
  );
  suite.add(
    "receiveFromNetwork()",
    `takes bytes one by one, whose memory the caller may reuse (${role})`,
    async (trial) => {
      const made = await open(trial, role);
      const { buffer, conn, peer } = made;
      const data = pattern(500);
      await peer.send(data);
      const memory = new Uint8Array(1);
      const got: Uint8Array[] = [];
      for (let length = 0; length < data.length;) {
        if (await conn.read(memory) === null) fail("the transport ended");
        buffer.receiveFromNetwork(memory);
        memory[0] = 0xa5;
        for (;;) {
          const room = new Uint8Array(7);
          const n = buffer.tryReadInto(room);
          if (typeof n !== "number") break;
          ok(n > 0 && n <= 7);
          got.push(room.slice(0, n));
          length += n;
        }
      }
      assertBytes(concat(got), data, "what the buffer gave");
    },
  );
  suite.add(
    "rule 4, a record that is not whole",
    `gives no plaintext, and counts as incoming (${role})`,
    async (trial) => {
      const made = await open(trial, role);
      const { buffer, conn, peer } = made;
      await peer.send(new Uint8Array(1));
      await take(trial, made, 1, "trying");
      await peer.send(pattern(1_000));
      const record = new Uint8Array(2_000);
      let length = 0;
      while (length < 1_000 + 5) {
        length += await conn.read(record.subarray(length)) ?? fail("the end");
      }
      buffer.receiveFromNetwork(record.subarray(0, length - 1));
      strictEqual(wantOf(buffer.tryReadInto(new Uint8Array(2_000))), "read");
      ok(
        buffer.incomingBytesBuffered > 0,
        "bytes of a record that is not whole are not processed",
      );
      buffer.receiveFromNetwork(record.subarray(length - 1, length));
      const memory = new Uint8Array(2_000);
      strictEqual(buffer.readInto(memory), 1_000);
      assertBytes(memory.subarray(0, 1_000), pattern(1_000), "the record");
      strictEqual(buffer.incomingBytesBuffered, 0);
    },
  );
}

function addBufferEndCases(suite: Suite, role: Role): void {
  suite.add(
    "rule 3, the end of data",
    `is empty from read(), 0 from readInto(), and stays so (${role})`,
    async (trial) => {
      const made = await open(trial, role);
      const { buffer, peer } = made;
      await peer.send(pattern(100));
      peer.closeWrite();
      assertBytes(
        await take(trial, made, 100, "throwing"),
        pattern(100),
        "the data before the end",
      );
      strictEqual(
        await drive(trial, made, () => buffer.tryReadInto(new Uint8Array(8))),
        0,
      );
      for (let i = 0; i < 2; i++) {
        strictEqual(buffer.read(8).length, 0);
        strictEqual(buffer.readInto(new Uint8Array(8)), 0);
      }
      // The transport's end behind close_notify is no truncation.
      buffer.receiveEndOfInput();
      strictEqual(buffer.read(8).length, 0);
      // Writing goes on.
      await give(trial, made, pattern(300), "trying");
      assertBytes(await peer.receive(300), pattern(300), "what came late");
    },
  );
  suite.add(
    "shutdown()",
    `says close_notify once and waits for the peer's, while reading goes on (${role})`,
    async (trial) => {
      const made = await open(trial, role);
      const { buffer, conn, peer } = made;
      assertFamily(
        thrownBy(() => buffer.shutdown(), "shutdown() before the peer's"),
        "want-read",
      );
      const said = buffer.outgoingBytesBuffered;
      ok(said > 0, "close_notify must be outgoing");
      assertFamily(
        thrownBy(() => buffer.shutdown(), "shutdown() again"),
        "want-read",
      );
      strictEqual(buffer.outgoingBytesBuffered, said, "once is enough");
      assertFamily(
        thrownBy(() => buffer.write(new Uint8Array(1)), "write() after it"),
      );
      await flush(buffer, conn);
      await peer.end();
      strictEqual(peer.failure, null);
      await peer.send(pattern(50));
      assertBytes(
        await take(trial, made, 50, "trying"),
        pattern(50),
        "what came after shutdown()",
      );
      peer.closeWrite();
      await drive(trial, made, () => buffer.shutdown());
      strictEqual(buffer.read(8).length, 0);
    },
  );
  suite.add(
    "rule 6, truncation",
    `by receiveEndOfInput() is RaggedEOF behind the data (${role}, a buffer)`,
    async (trial) => {
      const made = await open(trial, role);
      const { buffer, peer, conn } = made;
      await peer.send(new Uint8Array(1));
      await take(trial, made, 1, "trying");
      await peer.send(pattern(1_000));
      const chunk = new Uint8Array(2_000);
      for (let length = 0; length < 1_000 + 17;) {
        const n = await conn.read(chunk) ?? fail("the transport ended");
        buffer.receiveFromNetwork(chunk.subarray(0, n));
        length += n;
      }
      buffer.receiveEndOfInput();
      const got: Uint8Array[] = [];
      let error: unknown = null;
      try {
        for (let length = 0; length < 1_000;) {
          const chunk = buffer.read(300);
          ok(chunk.length > 0, "the truncation was taken for the end");
          got.push(chunk.slice());
          length += chunk.length;
        }
      } catch (thrown) {
        error = thrown;
      }
      if (error === null) {
        assertBytes(concat(got), pattern(1_000), "the data before the cut");
        error = thrownBy(() => buffer.read(8), "the truncation");
      }
      assertFamily(error, "ragged-eof");
      ok(thrownBy(() => buffer.read(8), "read() again") === error);
      ok(
        thrownBy(() => buffer.tryReadInto(new Uint8Array(8)), "again") ===
          error,
      );
    },
  );
  suite.add(
    "rule 5, a fatal error",
    `is thrown by every later operation of a buffer (${role})`,
    async (trial) => {
      const made = await open(trial, role);
      const { buffer, peer } = made;
      await peer.send(new Uint8Array(1));
      await take(trial, made, 1, "trying");
      made.toBackend.tamperNext();
      await peer.send(pattern(100));
      const memory = new Uint8Array(200);
      const error = await failureOf(
        drive(trial, made, () => buffer.tryReadInto(memory)),
        "reading a record that was altered",
      );
      assertFamily(error, "alert");
      ok(memory.every((byte) => byte === 0), "a byte of it is visible");
      assertDeadBuffer(buffer, error);
    },
  );
  suite.add(
    "incomingBytesBuffered",
    `counts, after close_notify, what is behind it (${role})`,
    async (trial) => {
      const made = await open(trial, role);
      const { buffer, peer, conn } = made;
      peer.closeWrite();
      strictEqual(
        await drive(trial, made, () => buffer.tryReadInto(new Uint8Array(8))),
        0,
      );
      buffer.receiveFromNetwork(new Uint8Array([1, 2, 3, 4, 5, 6, 7]));
      strictEqual(buffer.read(8).length, 0, "they belong to nobody's TLS");
      strictEqual(buffer.incomingBytesBuffered, 7);
      await flush(buffer, conn);
    },
  );
  if (role !== "client") return;
  suite.add(
    "rule 5, a failed handshake",
    "is thrown by every later operation of a buffer (client)",
    async (trial) => {
      const server = await trial.peerServer(trial.pki.unknownIssuer);
      const conn = await trial.dial(server.port);
      const buffer = trial.clientContext().wrapBuffers("localhost");
      const error = await failureOf(
        drive(trial, { buffer, conn }, () => buffer.tryHandshake()),
        "the handshake",
      );
      assertCertificateError(error, "unknown-issuer");
      assertDeadBuffer(buffer, error);
    },
  );
}
