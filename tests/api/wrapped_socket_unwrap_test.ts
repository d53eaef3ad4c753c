/** unwrap: the stream comes back with all that was not TLS's, and only then. */
import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import {
  type ByteStream,
  ConfigurationError,
  type Conn,
  TLSError,
  type TLSWrappedSocket,
  wrapStream,
} from "../../mod.ts";
import {
  CLOSE_NOTIFY,
  data,
  HELLO,
  NullCipherBuffer,
  Record,
  recordTypes,
} from "./helpers/null_cipher.ts";
import { connected, readText, socketPair, utf8 } from "./helpers/sockets.ts";
import { quiet, rejection, watch } from "./helpers/turns.ts";
import { concat, ConnWire, StreamWire, WIRES } from "./helpers/wires.ts";

const decoder = new TextDecoder();

for (const WireOf of WIRES) {
  const over = `over a ${new WireOf().kind}`;

  Deno.test(`unwrap() gives the very stream back where nothing is left over, ${over}`, async () => {
    const wire = new WireOf();
    const socket = await connected(wire);
    wire.give(CLOSE_NOTIFY);
    assertStrictEquals(await socket.unwrap(), wire.stream);
    assertEquals(recordTypes(wire.written()), [
      Record.hello,
      Record.closeNotify,
    ]);
    assertEquals(wire.closed(), "open");
  });

  Deno.test(`unwrap() waits for the peer's close_notify, ${over}`, async () => {
    const wire = new WireOf();
    const socket = await connected(wire);
    const unwrapping = watch(socket.unwrap());
    await quiet();
    assertEquals(unwrapping.outcome.state, "pending");
    assertEquals(recordTypes(wire.written()).at(-1), Record.closeNotify);
    wire.give(CLOSE_NOTIFY);
    await quiet();
    assertEquals(unwrapping.outcome.state, "resolved");
  });

  Deno.test(`unwrap() does the handshake where there was none, ${over}`, async () => {
    const wire = new WireOf();
    const socket = wrapStream(wire.stream, new NullCipherBuffer());
    wire.give(HELLO, CLOSE_NOTIFY);
    assertStrictEquals(await socket.unwrap(), wire.stream);
  });

  Deno.test(`unwrap() is refused where data is unread, which can be read then, ${over}`, async () => {
    const wire = new WireOf();
    const socket = await connected(wire);
    wire.give(data("unread"));
    for (let i = 0; i < 2; i++) {
      const error = await rejection(socket.unwrap());
      assert(error instanceof ConfigurationError);
      assertEquals(error.field, "unwrap");
    }
    // What unwrap looked at is not lost, wherever the reader cuts.
    assertEquals(await socket.read(new Uint8Array()), 0);
    assertEquals(await readText(socket), "u");
    assertEquals(await readText(socket), "nread");
    wire.give(concat([data("!"), CLOSE_NOTIFY]));
    assertEquals(await readText(socket), "!");
    assertEquals(await readText(socket), null);
    assertStrictEquals(await socket.unwrap(), wire.stream);
    // close_notify was said once, by the first attempt.
    assertEquals(recordTypes(wire.written()), [
      Record.hello,
      Record.closeNotify,
    ]);
  });

  Deno.test(`unwrap() follows closeWrite(), ${over}`, async () => {
    const wire = new WireOf();
    const socket = await connected(wire);
    await socket.closeWrite();
    wire.give(CLOSE_NOTIFY);
    assertEquals(await readText(socket), null);
    assertStrictEquals(await socket.unwrap(), wire.stream);
  });

  Deno.test(`unwrap() is refused while a read or a write is under way, ${over}`, async () => {
    const wire = new WireOf();
    const socket = await connected(wire);
    const reading = readText(socket);
    await quiet();
    const error = await rejection(socket.unwrap());
    assert(error instanceof ConfigurationError);
    wire.give(data("x"));
    assertEquals(await reading, "x");
    wire.setWrites({ kind: "hang" });
    const writing = watch(socket.write(utf8("y")));
    await quiet();
    assert(await rejection(socket.unwrap()) instanceof ConfigurationError);
    wire.setWrites({ kind: "accept" });
    await quiet();
    assertEquals(writing.outcome.state, "resolved");
    // A refusal said nothing to the peer.
    assertEquals(recordTypes(wire.written()).at(-1), Record.data);
    wire.give(CLOSE_NOTIFY);
    await socket.unwrap();
  });

  Deno.test(`unwrap() is refused while another is under way, ${over}`, async () => {
    const wire = new WireOf();
    const socket = await connected(wire);
    const first = watch(socket.unwrap());
    await quiet();
    assert(await rejection(socket.unwrap()) instanceof ConfigurationError);
    wire.give(CLOSE_NOTIFY);
    await quiet();
    assertEquals(first.outcome.state, "resolved");
  });

  Deno.test(`after unwrap() the socket is done with, and leaves the stream alone, ${over}`, async () => {
    const wire = new WireOf();
    const socket = await connected(wire);
    wire.give(CLOSE_NOTIFY);
    await socket.unwrap();
    const length = wire.written().length;
    const errors: unknown[] = [];
    for (
      const operation of [
        () => socket.read(new Uint8Array(1)),
        () => socket.write(utf8("x")),
        () => socket.closeWrite(),
        () => socket.unwrap(),
        () => socket.doHandshake(),
        () => socket.doHandshake({ signal: AbortSignal.abort() }),
      ]
    ) errors.push(await rejection(operation()));
    assert(TLSError.is(errors[0]) && errors[0].code === "closed");
    assertEquals(new Set(errors).size, 1);
    socket.close();
    await socket[Symbol.asyncDispose]();
    await quiet();
    assertEquals(wire.written().length, length);
    assertEquals(wire.closed(), "open");
  });

  Deno.test(`unwrap() fails with RaggedEOF where the transport ends instead, ${over}`, async () => {
    const wire = new WireOf();
    const socket = await connected(wire);
    wire.end();
    const error = await rejection(socket.unwrap());
    assertEquals((error as TLSError).code, "ragged-eof");
    socket.close();
  });

  Deno.test(`unwrap() fails where close_notify cannot be sent, and again then, ${over}`, async () => {
    const wire = new WireOf();
    const socket = await connected(wire);
    await quiet();
    wire.setWrites({ kind: "fail", error: new Error("Broken pipe") });
    wire.give(CLOSE_NOTIFY);
    const error = await rejection(socket.unwrap());
    assertEquals((error as TLSError).code, "internal");
    assertStrictEquals(await rejection(socket.unwrap()), error);
    assertEquals(await readText(socket), null);
    socket.close();
  });

  Deno.test(`a read after an unwrap() that could not send loses no byte, ${over}`, async () => {
    const wire = new WireOf();
    const socket = await connected(wire);
    await quiet();
    wire.setWrites({ kind: "fail", error: new Error("Broken pipe") });
    // It fails although the peer says nothing.
    await rejection(socket.unwrap());
    const reading = watch(readText(socket, 1));
    await quiet();
    wire.give(data("abc"), CLOSE_NOTIFY);
    await quiet();
    assertEquals(reading.outcome, { state: "resolved", value: "a" });
    assertEquals(await readText(socket), "bc");
    assertEquals(await readText(socket), null);
    socket.close();
  });

  Deno.test(`unwrap() fails rather than lose bytes that the buffer hoarded, ${over}`, async () => {
    const wire = new WireOf();
    const buffer = new NullCipherBuffer();
    const socket = wrapStream(wire.stream, buffer);
    wire.give(HELLO);
    await socket.doHandshake();
    wire.give(CLOSE_NOTIFY);
    Object.defineProperty(buffer, "incomingBytesBuffered", { value: 100_000 });
    const error = await rejection(socket.unwrap());
    assertEquals((error as TLSError).code, "internal");
    socket.close();
  });
}

Deno.test("unwrap() gives a Conn that reads the leftover first, over a Conn", async () => {
  for (const frozen of [false, true]) {
    const wire = new ConnWire();
    const base = {
      marker: Symbol("the user's own"),
      remoteAddr: { transport: "tcp" as const, hostname: "::1", port: 1 },
      localAddr: { transport: "tcp" as const, hostname: "::1", port: 2 },
      read: (p: Uint8Array) => wire.read(p),
      write: (p: Uint8Array) => wire.write(p),
      close: () => wire.close(),
    };
    const stream = frozen ? Object.freeze(base) : base;
    const socket = wrapStream(stream, new NullCipherBuffer());
    wire.give(HELLO);
    await socket.doHandshake();
    wire.give(concat([data("x"), CLOSE_NOTIFY, utf8("abcdef")]));
    assertEquals(await readText(socket), "x");
    assertEquals(await readText(socket), null);
    const back = await socket.unwrap() as typeof stream;
    assertStrictEquals(back.marker, base.marker);
    assertStrictEquals(back.remoteAddr, base.remoteAddr);
    const p = new Uint8Array(4);
    assertEquals(await back.read(new Uint8Array()), 0);
    assertEquals(await back.read(p), 4);
    assertEquals(decoder.decode(p), "abcd");
    assertEquals(await back.read(p), 2);
    assertEquals(decoder.decode(p.subarray(0, 2)), "ef");
    wire.give(utf8("gh"));
    assertEquals(await back.read(p), 2);
    assertEquals(decoder.decode(p.subarray(0, 2)), "gh");
    wire.end();
    assertEquals(await back.read(p), null);
    assertEquals(await back.write(utf8("plain")), 5);
    back.close();
    assertEquals(wire.closed(), "closed");
  }
});

Deno.test("unwrap() gives a Conn whose readable starts with the leftover", async () => {
  const wire = new ConnWire();
  const streams = new StreamWire();
  const { readable } = streams.stream;
  const stream = Object.assign(
    {
      read: (p: Uint8Array) => wire.read(p),
      write: (p: Uint8Array) => wire.write(p),
      close: () => wire.close(),
    },
    { readable },
  );
  const socket = wrapStream(stream, new NullCipherBuffer());
  wire.give(HELLO);
  await socket.doHandshake();
  wire.give(concat([CLOSE_NOTIFY, utf8("left")]));
  const back = await socket.unwrap() as Conn & ByteStream;
  // The same at each look, as a Deno.Conn's is.
  assertStrictEquals(back.readable, back.readable);
  streams.give(utf8("right"));
  streams.end();
  const chunks: string[] = [];
  for await (const chunk of back.readable) chunks.push(decoder.decode(chunk));
  assertEquals(chunks, ["left", "right"]);
  wire.end();
  // What readable gave, read does not give again.
  assertEquals(await back.read(new Uint8Array(9)), null);
});

Deno.test("unwrap() gives a ByteStream whose locks are free, leftover first", async () => {
  for (const leftover of ["", "left"]) {
    const wire = new StreamWire();
    const socket = await connected(wire);
    wire.give(concat([CLOSE_NOTIFY, utf8(leftover)]));
    const back = await socket.unwrap() as ByteStream;
    assert(!back.readable.locked && !back.writable.locked);
    assertEquals(back.readable === wire.stream.readable, leftover === "");
    assertStrictEquals(back.writable, wire.stream.writable);
    wire.give(utf8("right"));
    wire.end();
    const chunks: string[] = [];
    for await (const chunk of back.readable) chunks.push(decoder.decode(chunk));
    assertEquals(chunks.join("|"), leftover === "" ? "right" : "left|right");
    const writer = back.writable.getWriter();
    await writer.write(utf8("plain"));
    await writer.close();
    assertEquals(decoder.decode(wire.written()).slice(-5), "plain");
  }
});

Deno.test("unwrap() reads no more of a ByteStream than it must, and cancels through", async () => {
  const wire = new StreamWire();
  const socket = await connected(wire);
  wire.give(concat([CLOSE_NOTIFY, utf8("left")]), utf8("next"));
  const back = await socket.unwrap() as ByteStream;
  const reader = back.readable.getReader();
  assertEquals((await reader.read()).value, utf8("left"));
  reader.releaseLock();
  await quiet();
  assertEquals(wire.unread(), 1);
  await back.readable.cancel();
  await back.writable.close();
  assertEquals(wire.closed(), "closed");
});

for (const over of ["Conn", "ByteStream"] as const) {
  Deno.test(`both ends unwrap at once and may wrap again, over a ${over}`, async () => {
    let pair: [Conn | ByteStream, Conn | ByteStream] | null = null;
    for (let round = 0; round < 3; round++) {
      const sockets: TLSWrappedSocket[] = pair === null
        ? socketPair({ over })
        : pair.map((stream) => wrapStream(stream, new NullCipherBuffer()));
      const [left, right] = [sockets[0]!, sockets[1]!];
      const received = readText(right);
      await left.write(utf8("hello"));
      assertEquals(await received, "hello");
      pair = await Promise.all([left.unwrap(), right.unwrap()]);
    }
  });
}
