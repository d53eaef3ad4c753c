/** The ends that the user makes: close, dispose and asyncDispose. */
import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { type TLSError, wrapStream } from "../../mod.ts";
import { DISPOSE_LIMIT_MS } from "../../api/_socket_base.ts";
import { LINGER_LIMIT_MS } from "../../api/_transport.ts";
import {
  data,
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
import { FakeTime, quiet, rejection, watch } from "./helpers/turns.ts";
import { ConnWire, WIRES } from "./helpers/wires.ts";

for (const WireOf of WIRES) {
  const over = `over a ${new WireOf().kind}`;
  /** How a wire ends where something is dropped. */
  const DROPPED = new WireOf() instanceof ConnWire ? "closed" : "aborted";

  Deno.test(`close() says close_notify and closes the transport, ${over}`, async () => {
    const wire = new WireOf();
    const socket = await connected(wire);
    socket.close();
    await quiet();
    assertEquals(recordTypes(wire.written()), [
      Record.hello,
      Record.closeNotify,
    ]);
    assertEquals(wire.closed(), "closed");
  });

  Deno.test(`close() does nothing the second time, ${over}`, async () => {
    const wire = new WireOf();
    const socket = await connected(wire);
    socket.close();
    socket.close();
    socket[Symbol.dispose]();
    await socket[Symbol.asyncDispose]();
    await quiet();
    assertEquals(recordTypes(wire.written()).length, 2);
  });

  Deno.test(`close() before the handshake sends nothing, ${over}`, async () => {
    const wire = new WireOf();
    const socket = wrapStream(wire.stream, new NullCipherBuffer());
    socket.close();
    await quiet();
    assertEquals(wire.written().length, 0);
    assert(wire.closed() !== "open");
    const error = await rejection(socket.doHandshake());
    assertEquals((error as TLSError).code, "closed");
  });

  Deno.test(`close() after closeWrite() sends nothing more and drops nothing, ${over}`, async () => {
    const wire = new WireOf();
    const socket = await connected(wire);
    await socket.closeWrite();
    socket.close();
    await quiet();
    assertEquals(recordTypes(wire.written()), [
      Record.hello,
      Record.closeNotify,
    ]);
    assertEquals(wire.closed(), "closed");
  });

  Deno.test(`close() does not wait for a peer that takes nothing, ${over}`, async () => {
    const wire = new WireOf();
    const socket = await connected(wire);
    wire.setWrites({ kind: "hang" });
    const writing = watch(socket.write(utf8("x")));
    await quiet();
    socket.close();
    await quiet();
    assertEquals(wire.closed(), DROPPED);
    assert(writing.outcome.state === "rejected");
    assertEquals((writing.outcome.error as TLSError).code, "closed");
    assertEquals(recordTypes(wire.written()), [Record.hello]);
  });

  Deno.test(`close() makes one attempt where the attempt itself hangs or fails, ${over}`, async () => {
    for (const kind of ["hang", "fail"] as const) {
      using time = new FakeTime();
      const wire = new WireOf({ neverSettles: true });
      const socket = await connected(wire);
      await quiet();
      const begun = wire.writesBegun;
      wire.setWrites(
        kind === "hang" ? { kind } : { kind, error: new Error("Broken pipe") },
      );
      socket.close();
      await quiet();
      assertEquals(wire.writesBegun, begun + 1);
      time.advance(LINGER_LIMIT_MS);
      await quiet();
      // What took nothing is not left open behind a word that nobody takes.
      assertEquals(wire.closed(), DROPPED);
      assertEquals(time.pending, 0);
    }
  });

  Deno.test(`close() survives a buffer that cannot shut down, ${over}`, async () => {
    const wire = new WireOf();
    const buffer = new NullCipherBuffer();
    const socket = wrapStream(wire.stream, buffer);
    wire.give(new Uint8Array());
    buffer.shutdown = () => {
      throw new Error("not in this state");
    };
    buffer.tryHandshake = () => null;
    await socket.doHandshake();
    socket.close();
    await quiet();
    assertEquals(wire.closed(), "closed");
  });

  Deno.test(`asyncDispose flushes, says close_notify and closes, ${over}`, async () => {
    const wire = new WireOf();
    const sent = pattern(100_000);
    let writing: Promise<number>;
    {
      await using socket = await connected(wire, { outgoingLimit: 1 });
      writing = socket.write(sent);
    }
    assertEquals(await writing, sent.length);
    const types = recordTypes(wire.written());
    assertEquals(types.at(-1), Record.closeNotify);
    assertEquals(types.filter((type) => type === Record.data).length, 7);
    await quiet();
    assertEquals(wire.closed(), "closed");
  });

  Deno.test(`asyncDispose gives a peer that takes nothing a limited time, ${over}`, async () => {
    const wire = new WireOf();
    const socket = await connected(wire);
    wire.setWrites({ kind: "hang" });
    const writing = watch(socket.write(utf8("x")));
    using time = new FakeTime();
    const disposing = watch(socket[Symbol.asyncDispose]());
    const twice = watch(socket[Symbol.asyncDispose]());
    await quiet();
    time.advance(DISPOSE_LIMIT_MS - 1);
    await quiet();
    assertEquals(disposing.outcome.state, "pending");
    assertEquals(wire.closed(), "open");
    time.advance(1);
    await quiet();
    assertEquals(disposing.outcome.state, "resolved");
    assertEquals(twice.outcome.state, "resolved");
    assertEquals(wire.closed(), DROPPED);
    assert(writing.outcome.state === "rejected");
    assertEquals((writing.outcome.error as TLSError).code, "closed");
    assertEquals(time.pending, 0);
  });

  Deno.test(`asyncDispose leaves no timer where it needs none, ${over}`, async () => {
    using time = new FakeTime();
    const wire = new WireOf();
    const socket = await connected(wire);
    await socket[Symbol.asyncDispose]();
    assertEquals(time.pending, 0);
  });

  Deno.test(`asyncDispose of a connection that failed closes it and does not throw, ${over}`, async () => {
    for (
      const failing of [
        (socket: { read(p: Uint8Array): Promise<number | null> }) =>
          socket.read(new Uint8Array(1)),
        (socket: { write(p: Uint8Array): Promise<number> }) =>
          socket.write(utf8("x")),
      ]
    ) {
      using time = new FakeTime();
      const wire = new WireOf();
      const socket = await connected(wire);
      await quiet();
      wire.setWrites({ kind: "fail", error: new Error("Broken pipe") });
      wire.end();
      await rejection(failing(socket));
      await socket[Symbol.asyncDispose]();
      await quiet();
      assert(wire.closed() !== "open");
      assertEquals(time.pending, 0);
    }
  });

  Deno.test(`asyncDispose before the handshake closes at once, ${over}`, async () => {
    using time = new FakeTime();
    const wire = new WireOf();
    const socket = wrapStream(wire.stream, new NullCipherBuffer());
    const handshake = watch(socket.doHandshake());
    await quiet();
    await socket[Symbol.asyncDispose]();
    await quiet();
    assert(handshake.outcome.state === "rejected");
    assert(wire.closed() !== "open");
    assertEquals(time.pending, 0);
  });

  Deno.test(`after close() every operation gives the same error of code closed, ${over}`, async () => {
    const wire = new WireOf();
    const socket = await connected(wire);
    wire.give(data("never read"));
    socket.close();
    const errors: unknown[] = [];
    for (
      const operation of [
        () => socket.read(new Uint8Array(1)),
        () => socket.read(new Uint8Array()),
        () => socket.write(utf8("x")),
        () => socket.closeWrite(),
        () => socket.unwrap(),
        () => socket.doHandshake(),
        () => socket.handshake(),
      ]
    ) errors.push(await rejection(operation()));
    assertEquals((errors[0] as TLSError).code, "closed");
    for (const error of errors) assertStrictEquals(error, errors[0]);
  });
}

for (const over of ["Conn", "ByteStream"] as const) {
  for (const end of ["close", "asyncDispose", "using"] as const) {
    Deno.test(`a peer reads all and the end after ${end}, over a ${over}`, async () => {
      const [left, right] = socketPair({ over });
      const received = readAll(right);
      const sent = pattern(100_000);
      await left.write(sent);
      if (end === "close") left.close();
      else if (end === "asyncDispose") await left[Symbol.asyncDispose]();
      else {
        using _ = left;
      }
      assert(sameBytes(await received, sent));
      // The peer closes in its turn, of whom nobody reads any more.
      right.close();
      await quiet();
    });
  }

  Deno.test(`a peer that does not read finds the end later, over a ${over}`, async () => {
    const [left, right] = socketPair({ over });
    await Promise.all([left.doHandshake(), right.doHandshake()]);
    const writing = left.write(utf8("bye"));
    await quiet();
    const disposing = left[Symbol.asyncDispose]();
    await quiet();
    assertEquals(await readText(right), "bye");
    assertEquals(await readText(right), null);
    await writing;
    await disposing;
    right.close();
  });
}
