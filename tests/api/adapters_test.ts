/** Streams that are not connections: WebSockets, processes, odd chunks. */
import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import {
  type ByteStream,
  ConfigurationError,
  fromProcess,
  fromWebSocketStream,
  TLSError,
  wrapStream,
} from "../../mod.ts";
import { fromFileUrl } from "../deps/path.ts";
import {
  CLOSE_NOTIFY,
  data,
  HELLO,
  NullCipherBuffer,
  Record,
  recordTypes,
} from "./helpers/null_cipher.ts";
import {
  pattern,
  readAll,
  readText,
  sameBytes,
  utf8,
} from "./helpers/sockets.ts";
import { quiet, rejection } from "./helpers/turns.ts";
import { concat, StreamWire } from "./helpers/wires.ts";

/** A ByteStream whose peer gives these chunks, of whatever kind, and ends. */
function giving(...chunks: unknown[]): ByteStream & { cancelled: boolean } {
  const stream = {
    cancelled: false,
    readable: new ReadableStream({
      pull(controller) {
        if (chunks.length === 0) controller.close();
        else controller.enqueue(chunks.shift());
      },
      cancel() {
        stream.cancelled = true;
      },
    }, { highWaterMark: 0 }),
    writable: new WritableStream<Uint8Array>(),
  };
  return stream;
}

Deno.test("wrapStream() takes chunks of bytes of each kind", async () => {
  const all = concat([HELLO, data("abc"), CLOSE_NOTIFY]);
  const inside = new Uint8Array(all.length + 2);
  inside.set(all, 1);
  const kinds: [string, unknown][] = [
    ["Uint8Array", all],
    ["a view in the middle", inside.subarray(1, -1)],
    ["ArrayBuffer", all.slice().buffer],
    ["Buffer", Buffer.from(all)],
  ];
  for (const [kind, chunk] of kinds) {
    const stream = giving(new Uint8Array(), chunk, new ArrayBuffer(0));
    const buffer = new NullCipherBuffer();
    const receive = buffer.receiveFromNetwork.bind(buffer);
    buffer.receiveFromNetwork = (bytes) => {
      assert(bytes.length > 0, kind);
      receive(bytes);
    };
    const socket = wrapStream(stream, buffer);
    assertEquals(await readText(socket), "abc", kind);
    assertEquals(await readText(socket), null, kind);
    socket.close();
  }
});

Deno.test("wrapStream() fails on a chunk that is not bytes", async () => {
  const chunks: [unknown, RegExp][] = [
    ["text", /a chunk is text$/],
    [[1, 2, 3], /neither a Uint8Array nor an ArrayBuffer$/],
    [null, /neither a Uint8Array nor an ArrayBuffer$/],
    [new Uint16Array(2), /neither a Uint8Array nor an ArrayBuffer$/],
    [{ length: 3 }, /neither a Uint8Array nor an ArrayBuffer$/],
  ];
  for (const [chunk, message] of chunks) {
    const stream = giving(chunk);
    const socket = wrapStream(stream, new NullCipherBuffer());
    const error = await rejection(socket.doHandshake());
    assert(TLSError.is(error) && error.code === "internal");
    assert(message.test(error.message), error.message);
    assertStrictEquals(await rejection(socket.write(utf8("x"))), error);
    socket.close();
    assert(stream.cancelled);
  }
});

Deno.test("wrapStream() gives the sink bytes that are its own", async () => {
  for (const Kind of [Uint8Array, Buffer]) {
    const kept: Uint8Array[] = [];
    const stream: ByteStream = {
      readable: giving(HELLO).readable,
      writable: new WritableStream({ write: (chunk) => void kept.push(chunk) }),
    };
    const buffer = new NullCipherBuffer();
    const peek = buffer.peekOutgoing.bind(buffer);
    let last: Uint8Array = new Uint8Array();
    buffer.peekOutgoing = (amt) => last = Kind.from(peek(amt));
    const consume = buffer.consumeOutgoing.bind(buffer);
    buffer.consumeOutgoing = (amt) => {
      // From now on the memory is the buffer's again.
      last.fill(0xff);
      consume(amt);
    };
    const socket = wrapStream(stream, buffer);
    await socket.write(utf8("abc"));
    assertEquals(concat(kept), concat([HELLO, data("abc")]), Kind.name);
    socket.close();
    await quiet();
  }
});

Deno.test("wrapStream() refuses a stream that another holds, and locks none of it", () => {
  for (const held of ["readable", "writable"] as const) {
    const { stream } = new StreamWire();
    if (held === "readable") stream.readable.getReader();
    else stream.writable.getWriter();
    let error: unknown;
    try {
      wrapStream(stream, new NullCipherBuffer());
    } catch (caught) {
      error = caught;
    }
    assert(error instanceof ConfigurationError);
    assertEquals(error.field, "stream");
    const other = held === "readable" ? "writable" : "readable";
    assert(!stream[other].locked);
  }
});

Deno.test("wrapStream() takes streams by their shape", async () => {
  const wire = new StreamWire();
  const { readable, writable } = wire.stream;
  // As a polyfill's, or another realm's, are.
  const stream = {
    readable: { locked: false, getReader: () => readable.getReader() },
    writable: { locked: false, getWriter: () => writable.getWriter() },
  } as unknown as ByteStream;
  const socket = wrapStream(stream, new NullCipherBuffer());
  wire.give(HELLO, data("x"));
  assertEquals(await readText(socket), "x");
  socket.close();
});

/** A WebSocketStream of whose peer the test says what it sends. */
function fakeWebSocket(...messages: (string | Uint8Array | ArrayBuffer)[]) {
  const sent: unknown[] = [];
  const log: string[] = [];
  const socket = {
    opened: Promise.resolve({
      readable: new ReadableStream<string | Uint8Array | ArrayBuffer>({
        pull(controller) {
          log.push("pull");
          const message = messages.shift();
          if (message === undefined) controller.close();
          else controller.enqueue(message);
        },
        cancel(reason) {
          log.push(`cancel ${reason}`);
          // A WebSocket closes when its peer agrees, which may be never.
          return new Promise(() => {});
        },
      }, { highWaterMark: 0 }),
      writable: new WritableStream<string | Uint8Array>({
        write: (chunk) => void sent.push(chunk),
        close: () => void log.push("close"),
        abort: (reason) => void log.push(`abort ${reason}`),
      }),
    }),
  };
  return { socket, sent, log };
}

Deno.test("fromWebSocketStream() carries binary messages, cut anywhere", async () => {
  const all = concat([HELLO, data("abc"), CLOSE_NOTIFY]);
  const fake = fakeWebSocket(
    all.slice(0, 3),
    new Uint8Array(),
    all.slice(3, 7).buffer,
    all.subarray(7),
  );
  const socket = wrapStream(
    await fromWebSocketStream(fake.socket),
    new NullCipherBuffer(),
  );
  assertEquals(await readText(socket), "abc");
  assertEquals(await readText(socket), null);
  await socket.write(utf8("d"));
  await socket[Symbol.asyncDispose]();
  assert(fake.sent.every((message) => message instanceof Uint8Array));
  assertEquals(recordTypes(concat(fake.sent as Uint8Array[])), [
    Record.hello,
    Record.data,
    Record.closeNotify,
  ]);
  assertEquals(fake.log.filter((line) => line !== "pull"), [
    "cancel undefined",
    "close",
  ]);
});

Deno.test("fromWebSocketStream() fails on a text message and cancels", async () => {
  const fake = fakeWebSocket(HELLO, "text");
  const socket = wrapStream(
    await fromWebSocketStream(fake.socket),
    new NullCipherBuffer(),
  );
  await socket.doHandshake();
  const error = await rejection(socket.read(new Uint8Array(1)));
  assert(TLSError.is(error) && error.code === "internal");
  assert(error.message.endsWith("a chunk is text"));
  assert(fake.log.some((line) => line.startsWith("cancel")));
  socket.close();
  await quiet();
});

Deno.test("fromWebSocketStream() reads nothing before it is asked, and passes an abort on", async () => {
  const fake = fakeWebSocket(HELLO);
  const stream = await fromWebSocketStream(fake.socket);
  await quiet();
  assertEquals(fake.log, []);
  await stream.writable.abort("enough");
  assertEquals(fake.log, ["abort enough"]);
});

Deno.test("fromWebSocketStream() rejects where the WebSocket does not open", async () => {
  const error = new Error("refused");
  const opened = Promise.reject(error);
  assertStrictEquals(await rejection(fromWebSocketStream({ opened })), error);
});

Deno.test("fromWebSocketStream() works over Deno's WebSocketStream", async () => {
  const script = new URL("helpers/websocket_client.ts", import.meta.url);
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", "-A", "--unstable-net", fromFileUrl(script)],
    stdin: "null",
  }).output();
  assert(success, new TextDecoder().decode(stderr));
  assertEquals(JSON.parse(new TextDecoder().decode(stdout)), {
    echoed: true,
    // No status: what a WebSocketStream says whose writable is closed.
    closeCode: 1005,
    textError: [
      "internal",
      "Cannot read from the stream: a chunk is text",
    ],
  });
});

Deno.test("fromProcess() carries much both ways through a process", async () => {
  const child = new Deno.Command("cat", {
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const sent = pattern(1_000_000);
  {
    // The echo of each record is the peer's.
    await using socket = wrapStream(fromProcess(child), new NullCipherBuffer());
    const [received] = await Promise.all([
      readAll(socket),
      socket.write(sent).then(() => socket.closeWrite()),
    ]);
    assert(sameBytes(received, sent));
  }
  assertEquals((await child.status).success, true);
});

Deno.test("fromProcess() gives RaggedEOF where the process ends", async () => {
  const child = new Deno.Command("true", {
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  await child.status;
  const socket = wrapStream(fromProcess(child), new NullCipherBuffer());
  const error = await rejection(socket.read(new Uint8Array(1)));
  assert(TLSError.is(error));
  assertEquals(error.code, "ragged-eof");
  await socket[Symbol.asyncDispose]();
});
