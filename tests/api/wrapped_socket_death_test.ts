/**
 * Whatever kills a connection settles every operation that waits, with a
 * documented error, and every operation after it with the same: each kind of
 * operation against each way of dying.
 */
import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { TLSError, type TLSWrappedSocket, wrapStream } from "../../mod.ts";
import {
  CLOSE_NOTIFY,
  data,
  GARBAGE,
  NullCipherBuffer,
  Record,
  record,
} from "./helpers/null_cipher.ts";
import { connected, readText, utf8 } from "./helpers/sockets.ts";
import { FakeTime, type Outcome, quiet, watch } from "./helpers/turns.ts";
import { type Wire, WIRES } from "./helpers/wires.ts";

/** Operations that wait, and whether for the peer's bytes or for its taking ours. */
const OPERATIONS: Readonly<
  {
    [name: string]: {
      waitsFor: "handshake" | "reading" | "writing" | "both";
      start(socket: TLSWrappedSocket): Promise<unknown>;
    };
  }
> = {
  doHandshake: { waitsFor: "handshake", start: (s) => s.doHandshake() },
  handshake: { waitsFor: "handshake", start: (s) => s.handshake() },
  "read before the handshake": {
    waitsFor: "handshake",
    start: (s) => s.read(new Uint8Array(1)),
  },
  "write before the handshake": {
    waitsFor: "handshake",
    start: (s) => s.write(utf8("x")),
  },
  "unwrap before the handshake": {
    waitsFor: "handshake",
    start: (s) => s.unwrap(),
  },
  "closeWrite before the handshake": {
    waitsFor: "handshake",
    start: (s) => s.closeWrite(),
  },
  read: { waitsFor: "reading", start: (s) => s.read(new Uint8Array(1)) },
  "two reads": {
    waitsFor: "reading",
    start(s) {
      s.read(new Uint8Array(1)).catch(() => {});
      return s.read(new Uint8Array(1));
    },
  },
  "readable's read": {
    waitsFor: "reading",
    start: (s) => s.readable.getReader().read(),
  },
  write: { waitsFor: "writing", start: (s) => s.write(utf8("x")) },
  "two writes": {
    waitsFor: "writing",
    start(s) {
      s.write(utf8("x")).catch(() => {});
      return s.write(utf8("y"));
    },
  },
  "writable's write": {
    waitsFor: "writing",
    start: (s) => s.writable.getWriter().write(utf8("x")),
  },
  closeWrite: { waitsFor: "writing", start: (s) => s.closeWrite() },
  "writable's close": {
    waitsFor: "writing",
    start: (s) => s.writable.close(),
  },
  unwrap: { waitsFor: "both", start: (s) => s.unwrap() },
};

const BROKEN = new Error("Connection reset by peer");

/** Ways of dying, and the error that the documentation promises for each. */
const DEATHS: Readonly<
  {
    [name: string]: {
      code: TLSError["code"];
      cause?: unknown;
      /** It kills what waits for this alone. */
      only?: "writing";
      kill(wire: Wire, socket: TLSWrappedSocket): void;
    };
  }
> = {
  "close()": { code: "closed", kill: (_, socket) => socket.close() },
  "Symbol.dispose": {
    code: "closed",
    kill: (_, socket) => socket[Symbol.dispose](),
  },
  "an error of the transport's reading": {
    code: "internal",
    cause: BROKEN,
    kill: (wire) => wire.failRead(BROKEN),
  },
  "an error of the transport's writing": {
    code: "internal",
    cause: BROKEN,
    only: "writing",
    kill: (wire) => wire.setWrites({ kind: "fail", error: BROKEN }),
  },
  "a fatal error of the buffer": {
    code: "alert",
    kill: (wire) => wire.give(GARBAGE),
  },
  "an alert of the peer": {
    code: "alert",
    kill: (wire) => wire.give(record(Record.alert, Uint8Array.of(80))),
  },
  "the end of the transport": {
    code: "ragged-eof",
    kill: (wire) => wire.end(),
  },
  "an end in the middle of a record": {
    code: "ragged-eof",
    kill(wire) {
      wire.give(data("abc").subarray(0, 7));
      wire.end();
    },
  },
};

function errorOf(outcome: Outcome): unknown {
  assert(outcome.state === "rejected", `it is ${outcome.state}`);
  return outcome.error;
}

/** One operation of each kind that there is, after the end. */
function everyOperation(socket: TLSWrappedSocket): Promise<unknown>[] {
  return [
    socket.read(new Uint8Array(1)),
    socket.read(new Uint8Array()),
    socket.write(utf8("x")),
    socket.write(new Uint8Array()),
    socket.closeWrite(),
    socket.unwrap(),
    socket.doHandshake(),
    socket.handshake(),
  ];
}

for (const WireOf of WIRES) {
  for (const neverSettles of [false, true]) {
    const over = `over a ${new WireOf().kind}` +
      (neverSettles ? " that settles nothing when it is closed" : "");
    for (const [what, { waitsFor, start }] of Object.entries(OPERATIONS)) {
      Deno.test(`${what} settles with a documented error at every way of dying, ${over}`, async (t) => {
        for (const [how, death] of Object.entries(DEATHS)) {
          await t.step(how, async () => {
            using time = new FakeTime();
            const wire = new WireOf({ neverSettles });
            const socket = waitsFor === "handshake"
              ? wrapStream(wire.stream, new NullCipherBuffer())
              : await connected(wire);
            await quiet();
            wire.setWrites({ kind: "hang" });
            const waiting = watch(start(socket));
            // Who only writes learns of what is read by another's reading.
            const reader = waitsFor === "writing"
              ? watch(socket.read(new Uint8Array(1)))
              : null;
            await quiet();
            assertEquals(waiting.outcome.state, "pending");

            death.kill(wire, socket);
            await quiet();
            if (death.only !== undefined) {
              // What the peer says last may still be read, for a while.
              time.advance(60_000);
              await quiet();
              if (waitsFor === "reading") {
                assertEquals(waiting.outcome.state, "pending");
                wire.give(data("x"));
                await quiet();
                assertEquals(
                  waiting.outcome.state,
                  what === "two reads" ? "pending" : "resolved",
                );
                socket.close();
                return;
              }
            }
            const error = errorOf(waiting.outcome);
            assert(TLSError.is(error), String(error));
            assertEquals(error.code, death.code);
            assertStrictEquals(error.cause, death.cause);

            if (death.only === undefined) {
              if (reader !== null) {
                assertStrictEquals(errorOf(reader.outcome), error);
              }
              const after = everyOperation(socket).map((one) => watch(one));
              await quiet();
              for (const { outcome } of after) {
                assertStrictEquals(errorOf(outcome), error);
              }
              const disposing = watch(socket[Symbol.asyncDispose]());
              await quiet();
              time.advance(neverSettles ? 60_000 : 0);
              await quiet();
              assertEquals(disposing.outcome.state, "resolved");
              const later = everyOperation(socket).map((one) => watch(one));
              await quiet();
              for (const { outcome } of later) {
                assertStrictEquals(errorOf(outcome), error);
              }
            } else if (waitsFor === "writing") {
              assertStrictEquals(
                errorOf(await settledWatch(socket.write(utf8("x")))),
                error,
              );
            }
            socket.close();
            time.advance(60_000);
            await quiet();
            assert(wire.closed() !== "open");
            assertEquals(time.pending, 0);
          });
        }
      });
    }

    Deno.test(`asyncDispose settles when the connection dies meanwhile, ${over}`, async (t) => {
      for (const [how, death] of Object.entries(DEATHS)) {
        await t.step(how, async () => {
          using time = new FakeTime();
          const wire = new WireOf({ neverSettles });
          const socket = await connected(wire);
          await quiet();
          wire.setWrites({ kind: "hang" });
          const reader = watch(socket.read(new Uint8Array(1)));
          const disposing = watch(socket[Symbol.asyncDispose]());
          await quiet();
          death.kill(wire, socket);
          await quiet();
          if (neverSettles) {
            time.advance(60_000);
            await quiet();
          }
          assertEquals(disposing.outcome.state, "resolved");
          assertEquals(reader.outcome.state, "rejected");
          time.advance(60_000);
          await quiet();
          assert(wire.closed() !== "open");
          assertEquals(time.pending, 0);
        });
      }
    });
  }

  const over = `over a ${new WireOf().kind}`;

  Deno.test(`reading goes on where only writing failed, to the peer's end, ${over}`, async () => {
    const wire = new WireOf();
    const socket = await connected(wire);
    await quiet();
    wire.setWrites({ kind: "fail", error: BROKEN });
    const failed = errorOf(await settledWatch(socket.write(utf8("x"))));
    wire.give(data("last words"), CLOSE_NOTIFY);
    assertEquals(await readText(socket), "last words");
    assertEquals(await readText(socket), null);
    const again = [
      () => socket.write(utf8("y")),
      () => socket.closeWrite(),
    ];
    for (const operation of again) {
      assertStrictEquals(errorOf(await settledWatch(operation())), failed);
    }
    socket.close();
    await quiet();
    assert(wire.closed() !== "open");
  });

  Deno.test(`what fails with no one waiting is no unhandled rejection, ${over}`, async () => {
    const wire = new WireOf();
    const socket = await connected(wire);
    await quiet();
    wire.setWrites({ kind: "fail", error: BROKEN });
    // A stream of its own that nobody looks at.
    socket.readable;
    socket.writable;
    socket.write(utf8("x")).catch(() => {});
    socket.closeWrite().catch(() => {});
    wire.failRead(BROKEN);
    socket.read(new Uint8Array(1)).catch(() => {});
    socket.unwrap().catch(() => {});
    await quiet();
    socket.close();
    await quiet();
  });

  Deno.test(`a chunk that comes after the end is dropped, ${over}`, async () => {
    const wire = new WireOf({ neverSettles: true });
    using time = new FakeTime();
    const buffer = new NullCipherBuffer();
    const socket = wrapStream(wire.stream, buffer);
    const waiting = watch(socket.doHandshake());
    await quiet();
    socket.close();
    let received = 0;
    buffer.receiveFromNetwork = () => void received++;
    if (wire.kind === "Conn") wire.give(data("late"));
    await quiet();
    assertEquals(received, 0);
    assertEquals(waiting.outcome.state, "rejected");
    time.advance(60_000);
    await quiet();
    assertEquals(time.pending, 0);
  });
}

async function settledWatch(promise: Promise<unknown>): Promise<Outcome> {
  const watched = watch(promise);
  await quiet();
  return watched.outcome;
}
