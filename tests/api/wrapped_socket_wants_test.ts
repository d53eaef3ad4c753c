/**
 * Every Want at every point: a whole conversation is run again and again, each
 * time with another call of the buffer's answered by a Want first.
 */
import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import {
  type ByteStream,
  type Conn,
  type TLSError,
  type Want,
  wrapStream,
} from "../../mod.ts";
import {
  CLOSE_NOTIFY,
  data,
  HELLO,
  NullCipherBuffer,
  type Operation,
  Record,
  record,
} from "./helpers/null_cipher.ts";
import {
  connected,
  pattern,
  readAll,
  readText,
  sameBytes,
  utf8,
} from "./helpers/sockets.ts";
import { quiet, rejection, watch } from "./helpers/turns.ts";
import { concat, ConnWire, type Wire, WIRES } from "./helpers/wires.ts";

const SENT = pattern(40_000);
const LEFTOVER = utf8("220 plain again");

/** What a call may be answered with. */
const WANTS: Readonly<
  { [name: string]: (buffer: NullCipherBuffer) => Want }
> = {
  read: () => ({ want: "read" }),
  write(buffer) {
    buffer.addNoise();
    return { want: "write" };
  },
  "completion that is there": () => ({
    want: "completion",
    completion: Promise.resolve(),
  }),
  "completion that comes later": () => ({
    want: "completion",
    completion: quiet(),
  }),
  "completion that rejects": () => ({
    want: "completion",
    completion: Promise.reject(new Error("It must not, but it may")),
  }),
};

/** The ways to end a conversation, and what is there afterwards. */
const ENDS = ["close", "unwrap", "asyncDispose"] as const;

/**
 * Shakes hands, sends and receives at once, ends. `interrupts` says whether the
 * call of this number is answered by `want`.
 */
async function converse(
  wire: Wire,
  end: typeof ENDS[number],
  want: keyof typeof WANTS,
  interrupts: (call: number, operation: Operation) => boolean,
): Promise<number> {
  let calls = 0;
  let allGiven = false;
  const buffer: NullCipherBuffer = new NullCipherBuffer({
    outgoingLimit: 1000,
    interrupt(operation) {
      if (!interrupts(calls++, operation)) return null;
      if (want === "read" && wire.unread() === 0) {
        // No TLS wants more behind close_notify.
        if (allGiven) return null;
        wire.give(record(Record.noise));
      }
      return WANTS[want]!(buffer);
    },
  });
  const socket = wrapStream(wire.stream, buffer);
  const handshake = socket.doHandshake();
  wire.give(HELLO, data("hello"));
  await handshake;
  const text = readText(socket, 5);
  await socket.write(SENT);
  assertEquals(await text, "hello");
  const late = readText(socket, 5);
  await quiet();
  wire.give(data("world"));
  assertEquals(await late, "world");
  wire.give(concat([CLOSE_NOTIFY, LEFTOVER]));
  allGiven = true;
  assertEquals(await readText(socket), null);

  let back: Conn | ByteStream | null = null;
  if (end === "close") socket.close();
  if (end === "unwrap") back = await socket.unwrap();
  if (end === "asyncDispose") await socket[Symbol.asyncDispose]();
  await quiet();
  assertEquals(wire.closed(), end === "unwrap" ? "open" : "closed");

  // The peer has all of it, in order, and its end.
  const peer = new NullCipherBuffer();
  peer.receiveFromNetwork(wire.written());
  peer.doHandshake();
  const got = new Uint8Array(SENT.length + 1);
  let length = 0;
  for (;;) {
    const n = peer.readInto(got.subarray(length));
    if (n === 0) break;
    length += n;
  }
  assert(sameBytes(got.subarray(0, length), SENT));
  if (back !== null) assertEquals(await readSome(back), LEFTOVER);
  return calls;
}

/** The next bytes of a stream of either kind. */
async function readSome(stream: Conn | ByteStream): Promise<Uint8Array> {
  if ("read" in stream) {
    const p = new Uint8Array(100);
    return p.slice(0, (await stream.read(p))!);
  }
  const reader = stream.readable.getReader();
  const { value } = await reader.read();
  reader.releaseLock();
  return value!;
}

for (const WireOf of WIRES) {
  const { kind } = new WireOf();
  for (const want of Object.keys(WANTS)) {
    Deno.test(`a Want ${want} at any call is done and changes nothing, over a ${kind}`, async (t) => {
      for (const end of ENDS) {
        await t.step(end, async () => {
          const count = await converse(new WireOf(), end, want, () => false);
          assert(count >= 6, `too few calls: ${count}`);
          for (let k = 0; k < count; k++) {
            await converse(new WireOf(), end, want, (call) => call === k);
          }
        });
      }
    });

    Deno.test(`a Want ${want} at every other call changes nothing, over a ${kind}`, async () => {
      for (const end of ENDS) {
        await converse(new WireOf(), end, want, (call) => call % 2 === 0);
      }
    });
  }

  for (const operation of ["handshake", "read", "write"] as const) {
    Deno.test(`a Want write of a ${operation} fails where nothing is outgoing, over a ${kind}`, async () => {
      const wire = new WireOf();
      let hold = operation === "handshake";
      const socket = wrapStream(
        wire.stream,
        new NullCipherBuffer({
          interrupt: (now) =>
            hold && now === operation ? { want: "write" } : null,
        }),
      );
      wire.give(HELLO);
      const handshake = watch(socket.doHandshake());
      await quiet();
      hold = true;
      const failed = operation === "write"
        ? socket.write(utf8("x"))
        : operation === "read"
        ? socket.read(new Uint8Array(1))
        : socket.doHandshake();
      const error = await rejection(failed);
      assertEquals((error as TLSError).code, "internal");
      if (operation === "handshake") {
        assertEquals(handshake.outcome, { state: "rejected", error });
      }
      assertStrictEquals(
        await rejection(socket.read(new Uint8Array(1))),
        error,
      );
      socket.close();
    });

    Deno.test(`a Want completion of a ${operation} that has settled already fails, over a ${kind}`, async () => {
      const wire = new WireOf();
      const completion = Promise.resolve();
      let hold = operation === "handshake";
      const socket = wrapStream(
        wire.stream,
        new NullCipherBuffer({
          interrupt: (now) =>
            hold && now === operation
              ? { want: "completion", completion }
              : null,
        }),
      );
      wire.give(HELLO);
      if (!hold) await socket.doHandshake();
      hold = true;
      const failed = operation === "write"
        ? socket.write(utf8("x"))
        : operation === "read"
        ? socket.read(new Uint8Array(1))
        : socket.doHandshake();
      // Turning in circles would never let the event loop turn.
      assertEquals((await rejection(failed) as TLSError).code, "internal");
      socket.close();
    });

    Deno.test(`a Want read of a ${operation} after the end of input is RaggedEOF, over a ${kind}`, async () => {
      const wire = new WireOf();
      let hold = operation === "handshake";
      const socket = wrapStream(
        wire.stream,
        new NullCipherBuffer({
          interrupt: (now) =>
            hold && now === operation ? { want: "read" } : null,
        }),
      );
      wire.give(HELLO);
      if (!hold) await socket.doHandshake();
      wire.end();
      hold = true;
      const failed = operation === "write"
        ? socket.write(utf8("x"))
        : operation === "read"
        ? socket.read(new Uint8Array(1))
        : socket.doHandshake();
      assertEquals((await rejection(failed) as TLSError).code, "ragged-eof");
      socket.close();
    });
  }

  Deno.test(`a write that takes no byte and wants nothing fails, over a ${kind}`, async () => {
    const wire = new WireOf();
    const buffer = new NullCipherBuffer();
    buffer.tryWrite = () => 0;
    const socket = wrapStream(wire.stream, buffer);
    wire.give(HELLO);
    const error = await rejection(socket.write(utf8("x")));
    assertEquals((error as TLSError).code, "internal");
    socket.close();
  });

  Deno.test(`a read and a write that both want to read share one read, over a ${kind}`, async () => {
    const wire = new WireOf();
    let hold = false;
    const socket = await connected(wire, {
      interrupt: (operation) =>
        hold && operation === "write" ? { want: "read" } : null,
    });
    await quiet();
    const begun = wire instanceof ConnWire ? wire.readsBegun : 0;
    hold = true;
    const reading = readText(socket);
    const writing = socket.write(utf8("x"));
    await quiet();
    if (wire instanceof ConnWire) assertEquals(wire.readsBegun, begun + 1);
    hold = false;
    wire.give(data("y"));
    assertEquals(await reading, "y");
    assertEquals(await writing, 1);
    socket.close();
  });

  Deno.test(`RaggedEOF comes after all the data, over a ${kind}`, async () => {
    const wire = new WireOf();
    const socket = await connected(wire);
    wire.give(data("one"), data("two").subarray(0, 6));
    wire.end();
    assertEquals(await readText(socket, 1), "o");
    assertEquals(await readText(socket), "ne");
    const error = await rejection(readAll(socket));
    assertEquals((error as TLSError).code, "ragged-eof");
    for (
      const again of [() => readText(socket), () => socket.write(utf8("x"))]
    ) {
      assertStrictEquals(await rejection(again()), error);
    }
    socket.close();
  });
}
