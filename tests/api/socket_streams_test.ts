/** A socket's web streams: the same data, and nothing left open. */
import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { type TLSError, wrapStream } from "../../mod.ts";
import {
  CLOSE_NOTIFY,
  data,
  GARBAGE,
  HELLO,
  NullCipherBuffer,
  Record,
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
import { ConnWire, WIRES } from "./helpers/wires.ts";

for (const WireOf of WIRES) {
  const over = `over a ${new WireOf().kind}`;

  Deno.test(`readable and writable are the same at each look, and start nothing, ${over}`, async () => {
    const wire = new WireOf();
    const socket = wrapStream(wire.stream, new NullCipherBuffer());
    assertStrictEquals(socket.readable, socket.readable);
    assertStrictEquals(socket.writable, socket.writable);
    await quiet();
    assertEquals(wire.written().length, 0);
    socket.close();
  });

  Deno.test(`pipeTo() echoes to the end and leaves nothing open, ${over}`, async () => {
    const wire = new WireOf();
    const socket = wrapStream(wire.stream, new NullCipherBuffer());
    const echo = socket.readable.pipeTo(socket.writable);
    wire.give(HELLO, data("one"), data("two"), CLOSE_NOTIFY);
    await echo;
    await quiet();
    assertEquals(recordTypes(wire.written()), [
      Record.hello,
      Record.data,
      Record.data,
      Record.closeNotify,
    ]);
    assertEquals(wire.closed(), "closed");
  });

  Deno.test(`pipeTo() closes the socket where reading fails, ${over}`, async () => {
    const wire = new WireOf();
    const socket = wrapStream(wire.stream, new NullCipherBuffer());
    const echo = socket.readable.pipeTo(socket.writable);
    wire.give(HELLO, data("one"));
    await quiet();
    wire.end();
    assertEquals((await rejection(echo) as TLSError).code, "ragged-eof");
    await quiet();
    assert(wire.closed() !== "open");
  });

  Deno.test(`pipeTo() closes the socket where writing fails, ${over}`, async () => {
    const wire = new WireOf();
    const socket = await connected(wire);
    await quiet();
    const echo = rejection(socket.readable.pipeTo(socket.writable));
    wire.setWrites({ kind: "fail", error: new Error("Broken pipe") });
    wire.give(data("one"));
    assertEquals((await echo as TLSError).code, "internal");
    await quiet();
    assert(wire.closed() !== "open");
  });

  Deno.test(`cancelling readable and closing writable closes the socket, ${over}`, async () => {
    for (const first of ["readable", "writable"]) {
      const wire = new WireOf();
      const socket = await connected(wire);
      const steps = {
        readable: () => socket.readable.cancel(),
        writable: () => socket.writable.close(),
      };
      await (first === "readable" ? steps.readable() : steps.writable());
      await quiet();
      assertEquals(wire.closed(), "open");
      await (first === "readable" ? steps.writable() : steps.readable());
      await quiet();
      assertEquals(wire.closed(), "closed");
      assertEquals(recordTypes(wire.written()).at(-1), Record.closeNotify);
    }
  });

  Deno.test(`closing writable and failing to read closes the socket, ${over}`, async () => {
    const wire = new WireOf();
    const socket = await connected(wire);
    await socket.writable.close();
    wire.end();
    await rejection(socket.readable.getReader().read());
    await quiet();
    assert(wire.closed() !== "open");
  });

  Deno.test(`cancelling readable while it reads does no harm, ${over}`, async () => {
    for (const end of ["data", "end", "failure"]) {
      const wire = new WireOf();
      const socket = await connected(wire);
      const reader = socket.readable.getReader();
      const reading = watch(reader.read());
      await quiet();
      await reader.cancel("enough");
      await quiet();
      assertEquals(reading.outcome.state, "resolved");
      assertEquals(await socket.write(utf8("still writing")), 13);
      if (end === "data") wire.give(data("x"));
      if (end === "end") wire.give(CLOSE_NOTIFY);
      if (end === "failure") wire.give(GARBAGE);
      await quiet();
      socket.close();
      await quiet();
    }
  });

  Deno.test(`aborting writable closes the socket, ${over}`, async () => {
    const wire = new WireOf();
    const socket = await connected(wire);
    const reading = watch(socket.read(new Uint8Array(1)));
    await socket.writable.abort("enough");
    await quiet();
    assert(wire.closed() !== "open");
    assert(reading.outcome.state === "rejected");
    assertEquals((reading.outcome.error as TLSError).code, "closed");
  });

  Deno.test(`readable fails with the connection's error, ${over}`, async () => {
    const wire = new WireOf();
    const socket = await connected(wire);
    wire.give(GARBAGE);
    const error = await rejection(socket.readable.getReader().read());
    assertEquals((error as TLSError).code, "alert");
    assertStrictEquals(await rejection(socket.write(utf8("x"))), error);
    socket.close();
  });

  Deno.test(`readable reads into the caller's memory, ${over}`, async () => {
    const wire = new WireOf();
    const socket = await connected(wire);
    wire.give(data("abcdef"), CLOSE_NOTIFY);
    const reader = socket.readable.getReader({ mode: "byob" });
    const first = await reader.read(new Uint8Array(4));
    assertEquals(new TextDecoder().decode(first.value), "abcd");
    const second = await reader.read(new Uint8Array(4));
    assertEquals(new TextDecoder().decode(second.value), "ef");
    assert((await reader.read(new Uint8Array(4))).done);
    socket.close();
  });

  Deno.test(`readable reads nothing before it is asked, ${over}`, async () => {
    const wire = new WireOf();
    const socket = await connected(wire);
    const reader = socket.readable.getReader();
    await quiet();
    if (wire instanceof ConnWire) assertEquals(wire.readsBegun, 1);
    wire.give(data("x"), data("y"));
    await reader.read();
    await quiet();
    if (wire instanceof ConnWire) assertEquals(wire.readsBegun, 2);
    reader.releaseLock();
    // What the stream did not ask for is there for others.
    assertEquals(await readText(socket), "y");
    socket.close();
  });

  Deno.test(`writable holds the writer up where the peer takes nothing, ${over}`, async () => {
    const wire = new WireOf();
    const socket = await connected(wire);
    await quiet();
    wire.setWrites({ kind: "hang" });
    const writer = socket.writable.getWriter();
    await writer.ready;
    const writing = watch(writer.write(utf8("x")));
    assertEquals(writer.desiredSize, 0);
    const ready = watch(writer.ready);
    await quiet();
    assertEquals(writing.outcome.state, "pending");
    assertEquals(ready.outcome.state, "pending");
    wire.setWrites({ kind: "accept" });
    await quiet();
    assertEquals(writing.outcome.state, "resolved");
    assertEquals(ready.outcome.state, "resolved");
    socket.close();
  });

  Deno.test(`writable refuses a chunk that is no Uint8Array, ${over}`, async () => {
    for (const chunk of ["text", new ArrayBuffer(3)]) {
      const wire = new WireOf();
      const socket = await connected(wire);
      const writer = socket.writable.getWriter();
      const error = await rejection(
        writer.write(chunk as unknown as Uint8Array),
      );
      assert(error instanceof TypeError);
      assertEquals(recordTypes(wire.written()), [Record.hello]);
      socket.close();
    }
  });
}

for (const over of ["Conn", "ByteStream"] as const) {
  Deno.test(`pipeThrough() carries much both ways, over a ${over}`, async () => {
    const [left, right] = socketPair({ over, capacity: 5000 });
    const sent = pattern(300_000);
    const echo = right.readable.pipeTo(right.writable);
    const writing = (async () => {
      const writer = left.writable.getWriter();
      for (let at = 0; at < sent.length; at += 10_000) {
        await writer.write(sent.subarray(at, at + 10_000));
      }
      await writer.close();
    })();
    assert(sameBytes(await readAll(left), sent));
    await Promise.all([echo, writing]);
    left.close();
    await quiet();
  });
}
