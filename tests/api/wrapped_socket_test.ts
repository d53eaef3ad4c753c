/** Data through `wrapStream`: both ways, in pieces, to the end of each half. */
import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { type Conn, type TLSError, wrapStream } from "../../mod.ts";
import {
  CLOSE_NOTIFY,
  data,
  HELLO,
  NullCipherBuffer,
  Record,
  record,
  recordTypes,
} from "./helpers/null_cipher.ts";
import {
  connected,
  pattern,
  readAll,
  readText,
  sameBytes,
  socketPair,
  utf8,
} from "./helpers/sockets.ts";
import { quiet, rejection, watch } from "./helpers/turns.ts";
import { concat, ConnWire, StreamWire, WIRES } from "./helpers/wires.ts";

for (const WireOf of WIRES) {
  const over = `over a ${new WireOf().kind}`;

  Deno.test(`wrapStream() sends nothing before it is asked, ${over}`, async () => {
    const wire = new WireOf();
    const socket = wrapStream(wire.stream, new NullCipherBuffer());
    await quiet();
    assertEquals(wire.written().length, 0);
    if (wire instanceof ConnWire) assertEquals(wire.readsBegun, 0);
    socket.close();
  });

  Deno.test(`read() and write() run one handshake between them, ${over}`, async () => {
    const wire = new WireOf();
    const socket = wrapStream(wire.stream, new NullCipherBuffer());
    const read = readText(socket);
    const written = socket.write(utf8("ping"));
    wire.give(HELLO, data("pong"));
    assertEquals(await read, "pong");
    assertEquals(await written, 4);
    assertEquals(recordTypes(wire.written()), [Record.hello, Record.data]);
    socket.close();
  });

  Deno.test(`read() and write() go on at the same time, ${over}`, async () => {
    const wire = new WireOf();
    const socket = await connected(wire);
    const reading = watch(readText(socket));
    await quiet();
    // A read that waits holds no write up,
    assertEquals(await socket.write(utf8("one")), 3);
    wire.setWrites({ kind: "hang" });
    const writing = watch(socket.write(utf8("two")));
    await quiet();
    // nor a write that waits a read.
    wire.give(data("hello"));
    await quiet();
    assertEquals(reading.outcome, { state: "resolved", value: "hello" });
    assertEquals(writing.outcome.state, "pending");
    wire.setWrites({ kind: "accept" });
    await quiet();
    assertEquals(writing.outcome, { state: "resolved", value: 3 });
    socket.close();
  });

  Deno.test(`read() serves several calls in their order, ${over}`, async () => {
    const wire = new WireOf();
    const socket = await connected(wire);
    const reads = [1, 2, 3].map(() => readText(socket, 2));
    wire.give(data("aabbcc"));
    assertEquals(await Promise.all(reads), ["aa", "bb", "cc"]);
    socket.close();
  });

  Deno.test(`write() sends several calls in their order, ${over}`, async () => {
    const wire = new WireOf();
    // So small that every write is cut and must wait.
    const socket = await connected(wire, { outgoingLimit: 1 });
    const parts = [pattern(50_000, 1), pattern(3, 2), pattern(40_000, 3)];
    const sizes = await Promise.all(parts.map((part) => socket.write(part)));
    assertEquals(sizes, [50_000, 3, 40_000]);
    const peer = new NullCipherBuffer();
    peer.receiveFromNetwork(wire.written());
    peer.doHandshake();
    const all = concat(parts);
    const got = new Uint8Array(all.length);
    for (let at = 0; at < got.length;) at += peer.readInto(got.subarray(at));
    assert(sameBytes(got, all));
    socket.close();
  });

  Deno.test(`read() gives what fits and keeps the rest, ${over}`, async () => {
    const wire = new WireOf();
    const socket = await connected(wire);
    wire.give(data("abc"));
    assertEquals(await socket.read(new Uint8Array()), 0);
    assertEquals(await readText(socket, 1), "a");
    assertEquals(await readText(socket, 10), "bc");
    socket.close();
  });

  Deno.test(`write() of nothing does the handshake and sends no record, ${over}`, async () => {
    const wire = new WireOf();
    const socket = wrapStream(wire.stream, new NullCipherBuffer());
    wire.give(HELLO);
    assertEquals(await socket.write(new Uint8Array()), 0);
    assertEquals(recordTypes(wire.written()), [Record.hello]);
    socket.close();
  });

  Deno.test(`read() puts records together that came byte by byte, ${over}`, async () => {
    const wire = new WireOf();
    const socket = await connected(wire);
    for (const byte of data("slow")) wire.give(Uint8Array.of(byte));
    assertEquals(await readText(socket), "slow");
    socket.close();
  });

  Deno.test(`write() resolves when its bytes are taken, not before, ${over}`, async () => {
    const wire = new WireOf();
    const socket = await connected(wire, { outgoingLimit: 1024 });
    wire.setWrites({ kind: "hang" });
    const begun = wire.writesBegun;
    const writing = watch(socket.write(pattern(1_000_000)));
    await quiet();
    assertEquals(writing.outcome.state, "pending");
    // Backpressure: a peer that does not read is not written to any further.
    assertEquals(wire.writesBegun, begun + 1);
    wire.setWrites({ kind: "accept" });
    await quiet();
    assertEquals(writing.outcome, { state: "resolved", value: 1_000_000 });
    socket.close();
  });

  Deno.test(`read() takes no more from the transport than is asked for, ${over}`, async () => {
    const wire = new WireOf();
    const socket = await connected(wire);
    wire.give(data("one"), data("two"));
    assertEquals(await readText(socket, 3), "one");
    await quiet();
    if (wire instanceof ConnWire) assertEquals(wire.readsBegun, 2);
    assertEquals(await readText(socket, 3), "two");
    socket.close();
  });

  Deno.test(`read() gives null at close_notify, each time, and writing goes on, ${over}`, async () => {
    const wire = new WireOf();
    const socket = await connected(wire);
    wire.give(data("last"), CLOSE_NOTIFY);
    assertEquals(await readText(socket), "last");
    assertEquals(await readText(socket), null);
    assertEquals(await readText(socket), null);
    wire.end();
    assertEquals(await readText(socket), null);
    assertEquals(await socket.write(utf8("still here")), 10);
    socket.close();
  });

  Deno.test(`closeWrite() says close_notify once, and reading goes on, ${over}`, async () => {
    const wire = new WireOf();
    const socket = await connected(wire);
    await socket.write(utf8("all"));
    await socket.closeWrite();
    await socket.closeWrite();
    assertEquals(recordTypes(wire.written()), [
      Record.hello,
      Record.data,
      Record.closeNotify,
    ]);
    assertEquals(wire.closed(), "open");
    wire.give(data("more"), CLOSE_NOTIFY);
    assertEquals(await readText(socket), "more");
    assertEquals(await readText(socket), null);
    socket.close();
    await quiet();
    assertEquals(wire.closed(), "closed");
  });

  Deno.test(`write() after closeWrite() fails with code closed, always the same, ${over}`, async () => {
    const wire = new WireOf();
    const socket = await connected(wire);
    await socket.closeWrite();
    const first = await rejection(socket.write(utf8("no")));
    assertEquals((first as TLSError).code, "closed");
    await socket.closeWrite();
    assertStrictEquals(await rejection(socket.write(utf8("no"))), first);
    assertEquals(recordTypes(wire.written()), [
      Record.hello,
      Record.closeNotify,
    ]);
    wire.give(data("more"));
    assertEquals(await readText(socket), "more");
    socket.close();
  });

  Deno.test(`closeWrite() waits for the writes before it, ${over}`, async () => {
    const wire = new WireOf();
    const socket = await connected(wire, { outgoingLimit: 1 });
    const writing = socket.write(pattern(100_000));
    const closing = socket.closeWrite();
    const late = watch(socket.write(utf8("late")));
    await writing;
    await closing;
    await quiet();
    assertEquals(late.outcome.state, "rejected");
    assertEquals(recordTypes(wire.written()).at(-1), Record.closeNotify);
    socket.close();
  });

  Deno.test(`read() answers a peer that calls for an answer, ${over}`, async () => {
    const wire = new WireOf();
    let answer = () => {};
    const buffer = new NullCipherBuffer({
      interrupt(operation) {
        if (operation === "read") answer();
        return null;
      },
    });
    const socket = wrapStream(wire.stream, buffer);
    wire.give(HELLO);
    await socket.doHandshake();
    wire.give(record(Record.noise), data("xyz"));
    assertEquals(await readText(socket, 1), "x");
    // With the data at hand, so that nothing else would send it.
    answer = () => buffer.addNoise();
    assertEquals(await readText(socket, 1), "y");
    answer = () => {};
    await quiet();
    assertEquals(recordTypes(wire.written()), [Record.hello, Record.noise]);
    socket.close();
  });
}

Deno.test("write() sends all where the Conn takes a byte at a time", async () => {
  const wire = new ConnWire({ most: 1 });
  const socket = await connected(wire);
  assertEquals(await socket.write(utf8("bytes")), 5);
  assertEquals(wire.written(), concat([HELLO, data("bytes")]));
  socket.close();
});

Deno.test("read() goes on where the Conn gives no byte and no end", async () => {
  const wire = new ConnWire();
  let empty = 3;
  const stream: Conn = {
    read: (p) => empty-- > 0 ? Promise.resolve(0) : wire.read(p),
    write: (p) => wire.write(p),
    close: () => wire.close(),
  };
  wire.give(HELLO, data("x"));
  const buffer = new NullCipherBuffer();
  const receive = buffer.receiveFromNetwork.bind(buffer);
  buffer.receiveFromNetwork = (bytes) => {
    assert(bytes.length > 0);
    receive(bytes);
  };
  const socket = wrapStream(stream, buffer);
  assertEquals(await readText(socket), "x");
  socket.close();
});

for (const taken of [0, -1, NaN, undefined]) {
  Deno.test(`write() fails where the Conn says that it took ${taken} bytes`, async () => {
    const wire = new ConnWire();
    const socket = wrapStream({
      read: (p) => wire.read(p),
      write: () => Promise.resolve(taken as number),
      close: () => wire.close(),
    }, new NullCipherBuffer());
    wire.give(HELLO);
    const error = await rejection(socket.write(utf8("x")));
    assertEquals((error as TLSError).code, "internal");
    socket.close();
  });
}

Deno.test("read() of a Conn uses the same memory again, and more for a busy one", async () => {
  const wire = new ConnWire();
  const sizes: number[] = [];
  const buffers = new Set<ArrayBufferLike>();
  const socket = wrapStream({
    read(p) {
      sizes.push(p.length);
      buffers.add(p.buffer);
      return wire.read(p);
    },
    write: (p) => wire.write(p),
    close: () => wire.close(),
  }, new NullCipherBuffer());
  wire.give(HELLO);
  await socket.doHandshake();
  for (let i = 0; i < 100; i++) {
    wire.give(data("x"));
    await readText(socket);
  }
  assertEquals(buffers.size, 1);
  assertEquals(new Set(sizes), new Set([4096]));
  wire.give(record(Record.data, pattern(1_000_000)));
  const p = new Uint8Array(1_000_000);
  for (let at = 0; at < p.length;) at += (await socket.read(p.subarray(at)))!;
  assertEquals(Math.max(...sizes), 64 * 1024);
  wire.give(data("x"));
  await readText(socket);
  wire.give(data("x"));
  await readText(socket);
  // Idle again, it holds little.
  assertEquals(sizes.at(-1), 4096);
  socket.close();
});

for (const over of ["Conn", "ByteStream"] as const) {
  Deno.test(`both ends write much at once without a deadlock, over a ${over}`, async () => {
    const pair = socketPair({
      over,
      capacity: 1000,
      shortRead: 777,
      shortWrite: 333,
    });
    const sent = pair.map((_, i) => pattern(300_000, i));
    const [atLeft, atRight] = await Promise.all(
      pair.flatMap((socket, i) => [
        readAll(socket),
        (async () => {
          await socket.write(sent[i]!);
          await socket.closeWrite();
          return new Uint8Array();
        })(),
      ]),
    ).then((results) => [results[0]!, results[2]!]);
    assert(sameBytes(atLeft!, sent[1]!));
    assert(sameBytes(atRight!, sent[0]!));
    for (const socket of pair) socket.close();
  });

  Deno.test(`a write waits for a peer that does not read, over a ${over}`, async () => {
    const [left, right] = socketPair({ over, capacity: 1000 });
    await Promise.all([left.doHandshake(), right.doHandshake()]);
    const sent = pattern(200_000);
    const writing = watch(left.write(sent));
    await quiet();
    assertEquals(writing.outcome.state, "pending");
    const got = new Uint8Array(sent.length);
    for (let at = 0; at < got.length;) {
      at += (await right.read(got.subarray(at)))!;
    }
    await quiet();
    assertEquals(writing.outcome.state, "resolved");
    assert(sameBytes(got, sent));
    left.close();
    right.close();
  });
}

Deno.test("write() refuses what is no Uint8Array, and the socket lives on", async () => {
  const wire = new ConnWire();
  const socket = await connected(wire);
  for (const value of ["text", new ArrayBuffer(3), [1, 2], null]) {
    const wrong = value as unknown as Uint8Array;
    const error = await rejection(socket.write(wrong));
    assert(error instanceof TypeError, String(error));
    const other = await rejection(socket.read(wrong));
    assert(other instanceof TypeError, String(other));
  }
  assertEquals(await socket.write(utf8("x")), 1);
  socket.close();
});

Deno.test("a socket gives the facts of its buffer and the addresses of its stream", async () => {
  const wire = new ConnWire();
  const address = { transport: "tcp" as const, hostname: "127.0.0.1", port: 1 };
  const calls: string[] = [];
  const stream = {
    localAddr: address,
    remoteAddr: { ...address, port: 2 },
    ref: () => calls.push("ref"),
    unref: () => calls.push("unref"),
    read: (p: Uint8Array) => wire.read(p),
    write: (p: Uint8Array) => wire.write(p),
    close: () => wire.close(),
  };
  const buffer = new NullCipherBuffer({ protocol: "h2" });
  const socket = wrapStream(stream, buffer);
  assertStrictEquals(socket.cipher(), null);
  wire.give(HELLO);
  assertEquals(await socket.handshake(), { alpnProtocol: "h2" });
  assertEquals(socket.cipher(), 0x1301);
  assertEquals(socket.negotiatedTlsVersion(), "TLSv1.3");
  assertEquals(socket.negotiatedProtocol(), "h2");
  assertEquals(socket.peerCertificates(), null);
  assertStrictEquals(socket.context, buffer.context);
  assertEquals(socket.localAddr, address);
  assertEquals(socket.remoteAddr.port, 2);
  socket.ref();
  socket.unref();
  assertEquals(calls, ["ref", "unref"]);
  socket.close();
});

Deno.test("localAddr throws a ConfigurationError over a stream without one", () => {
  const socket = wrapStream(new StreamWire().stream, new NullCipherBuffer());
  for (const name of ["localAddr", "remoteAddr"] as const) {
    let error: unknown;
    try {
      socket[name];
    } catch (caught) {
      error = caught;
    }
    assertEquals((error as TLSError & { field: string }).field, name);
  }
  // Without a counterpart below, these do nothing.
  socket.ref();
  socket.unref();
  socket.close();
});

Deno.test("wrapStream() refuses what is no stream", () => {
  for (const wrong of [null, undefined, 1, "stream", {}, { read() {} }]) {
    let error: unknown;
    try {
      wrapStream(wrong as unknown as Conn, new NullCipherBuffer());
    } catch (caught) {
      error = caught;
    }
    assertEquals((error as TLSError)?.code, "configuration", String(wrong));
  }
});
