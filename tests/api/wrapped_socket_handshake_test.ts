/** The handshake: by whom it is run, and by whom it is abandoned. */
import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { TLSError, wrapStream } from "../../mod.ts";
import { LAST_WORD_LIMIT_MS } from "../../api/_wrapped_socket.ts";
import {
  data,
  GARBAGE,
  HELLO,
  NullCipherBuffer,
  Record,
  record,
  recordTypes,
} from "./helpers/null_cipher.ts";
import { connected, readText, socketPair, utf8 } from "./helpers/sockets.ts";
import {
  CountingAbortController,
  FakeTime,
  quiet,
  rejection,
  watch,
} from "./helpers/turns.ts";
import { WIRES } from "./helpers/wires.ts";

/** Aborts after so many turns of the queue of microtasks. */
async function abortAfter(
  controller: AbortController,
  turns: number,
): Promise<void> {
  for (let i = 0; i < turns; i++) await null;
  controller.abort();
}

for (const WireOf of WIRES) {
  const over = `over a ${new WireOf().kind}`;

  Deno.test(`doHandshake() runs once for all who ask, ${over}`, async () => {
    const wire = new WireOf();
    const socket = wrapStream(wire.stream, new NullCipherBuffer());
    const all = [
      socket.doHandshake(),
      socket.handshake(),
      socket.write(utf8("x")),
      socket.doHandshake(),
    ];
    wire.give(HELLO);
    await Promise.all(all);
    await socket.doHandshake();
    assertEquals(recordTypes(wire.written()), [Record.hello, Record.data]);
    socket.close();
  });

  Deno.test(`doHandshake() does not wait for the peer to take the last flight, ${over}`, async () => {
    const wire = new WireOf();
    const socket = wrapStream(wire.stream, new NullCipherBuffer());
    wire.setWrites({ kind: "hang" });
    wire.give(HELLO, data("x"));
    await socket.doHandshake();
    assertEquals(await readText(socket), "x");
    wire.setWrites({ kind: "accept" });
    await quiet();
    assertEquals(recordTypes(wire.written()), [Record.hello]);
    socket.close();
  });

  Deno.test(`doHandshake() with a signal that is aborted rejects with its reason and closes, ${over}`, async () => {
    const wire = new WireOf();
    const socket = wrapStream(wire.stream, new NullCipherBuffer());
    const reason = new Error("changed my mind");
    const signal = AbortSignal.abort(reason);
    assertStrictEquals(await rejection(socket.doHandshake({ signal })), reason);
    assertEquals(wire.written().length, 0);
    assert(wire.closed() !== "open");
    const error = await rejection(socket.read(new Uint8Array(1)));
    assert(TLSError.is(error) && error.code === "closed");
    assertStrictEquals(error.cause, reason);
  });

  Deno.test(`doHandshake() rejects with the reason at an abort, all else with code closed, ${over}`, async () => {
    const wire = new WireOf();
    const socket = wrapStream(wire.stream, new NullCipherBuffer());
    const controller = new CountingAbortController();
    const { signal } = controller;
    const first = watch(socket.doHandshake({ signal }));
    const second = watch(socket.doHandshake({ signal }));
    const others = [
      socket.doHandshake(),
      socket.doHandshake({ signal: new AbortController().signal }),
      socket.handshake(),
      socket.read(new Uint8Array(1)),
      socket.write(utf8("x")),
      socket.closeWrite(),
      socket.unwrap(),
    ].map((promise: Promise<unknown>) => watch(promise));
    await quiet();
    assertEquals(controller.listeners, 2);
    const reason = { any: "thing" };
    controller.abort(reason);
    await quiet();
    assertEquals(first.outcome, { state: "rejected", error: reason });
    assertEquals(second.outcome, { state: "rejected", error: reason });
    const errors = others.map(({ outcome }) =>
      outcome.state === "rejected" ? outcome.error : outcome.state
    );
    assert(TLSError.is(errors[0]) && errors[0].code === "closed");
    assertEquals(new Set(errors).size, 1, String(errors));
    assert(wire.closed() !== "open");
    assertEquals(controller.listeners, 0);
    assertStrictEquals(await rejection(socket.doHandshake()), errors[0]);
  });

  Deno.test(`doHandshake() aborts a handshake whose transport never settles, ${over}`, async () => {
    const wire = new WireOf({ neverSettles: true });
    wire.setWrites({ kind: "hang" });
    const socket = wrapStream(wire.stream, new NullCipherBuffer());
    const controller = new AbortController();
    const handshake = rejection(
      socket.doHandshake({ signal: controller.signal }),
    );
    controller.abort();
    assertStrictEquals(await handshake, controller.signal.reason);
  });

  Deno.test(`an abort after the handshake has no effect, ${over}`, async () => {
    const wire = new WireOf();
    const socket = wrapStream(wire.stream, new NullCipherBuffer());
    const controller = new CountingAbortController();
    wire.give(HELLO);
    await socket.doHandshake({ signal: controller.signal });
    assertEquals(controller.listeners, 0);
    controller.abort();
    await socket.doHandshake({ signal: controller.signal });
    wire.give(data("x"));
    assertEquals(await readText(socket), "x");
    socket.close();
  });

  Deno.test(`an abort in the turn of the handshake's end has its effect whole or not at all, ${over}`, async () => {
    const seen = new Set<string>();
    for (let delay = 0; delay < 12; delay++) {
      const wire = new WireOf();
      const buffer = new NullCipherBuffer();
      const controller = new CountingAbortController();
      const attempt = buffer.tryHandshake.bind(buffer);
      buffer.tryHandshake = () => {
        const want = attempt();
        if (want === null) void abortAfter(controller, delay);
        return want;
      };
      const socket = wrapStream(wire.stream, buffer);
      wire.give(HELLO, data("x"));
      const handshake = watch(
        socket.doHandshake({ signal: controller.signal }),
      );
      await quiet();
      seen.add(handshake.outcome.state);
      if (handshake.outcome.state === "resolved") {
        assertEquals(await readText(socket), "x");
        assertEquals(wire.closed(), "open");
      } else {
        assert(handshake.outcome.state === "rejected");
        assertStrictEquals(handshake.outcome.error, controller.signal.reason);
        await rejection(readText(socket));
        assert(wire.closed() !== "open");
      }
      assertEquals(controller.listeners, 0);
      socket.close();
      await quiet();
    }
    assertEquals(seen, new Set(["rejected", "resolved"]));
  });

  Deno.test(`an aborted signal does not hide why a connection had failed, ${over}`, async () => {
    const wire = new WireOf();
    const socket = wrapStream(wire.stream, new NullCipherBuffer());
    wire.give(GARBAGE);
    const error = await rejection(socket.doHandshake());
    assertEquals((error as TLSError).code, "alert");
    const again = socket.doHandshake({ signal: AbortSignal.abort() });
    assertStrictEquals(await rejection(again), error);
    socket.close();
    const after = socket.doHandshake({ signal: AbortSignal.abort() });
    assertStrictEquals(await rejection(after), error);
  });

  Deno.test(`an abort while a completion is awaited settles the handshake, ${over}`, async () => {
    const wire = new WireOf();
    const later = Promise.withResolvers<void>();
    const socket = wrapStream(
      wire.stream,
      new NullCipherBuffer({
        interrupt: () => ({ want: "completion", completion: later.promise }),
      }),
    );
    const controller = new AbortController();
    const handshake = rejection(
      socket.doHandshake({ signal: controller.signal }),
    );
    controller.abort();
    assertStrictEquals(await handshake, controller.signal.reason);
    // What comes after the end does nothing.
    later.reject(new Error("too late"));
    await quiet();
  });

  Deno.test(`a handshake that fails sends its alert, ${over}`, async () => {
    const wire = new WireOf();
    const socket = wrapStream(wire.stream, new NullCipherBuffer());
    wire.give(GARBAGE);
    await rejection(socket.doHandshake());
    assertEquals(recordTypes(wire.written()), [Record.hello, Record.alert]);
    socket.close();
    await quiet();
    assertEquals(wire.closed(), "closed");
  });

  Deno.test(`a handshake that cannot send gives the peer's last word, ${over}`, async () => {
    const wire = new WireOf();
    wire.setWrites({ kind: "fail", error: new Error("Broken pipe") });
    const socket = wrapStream(wire.stream, new NullCipherBuffer());
    using time = new FakeTime();
    const handshake = watch(socket.doHandshake());
    await quiet();
    assertEquals(handshake.outcome.state, "pending");
    wire.give(record(Record.alert, Uint8Array.of(40)));
    await quiet();
    const { outcome } = handshake;
    assert(outcome.state === "rejected");
    assertEquals((outcome.error as TLSError).code, "alert");
    assertEquals(time.pending, 0);
    socket.close();
  });

  Deno.test(`a handshake that cannot send does not wait long for a last word, ${over}`, async () => {
    const wire = new WireOf();
    const broken = new Error("Broken pipe");
    wire.setWrites({ kind: "fail", error: broken });
    const socket = wrapStream(wire.stream, new NullCipherBuffer());
    using time = new FakeTime();
    const handshake = watch(socket.doHandshake());
    await quiet();
    time.advance(LAST_WORD_LIMIT_MS - 1);
    await quiet();
    assertEquals(handshake.outcome.state, "pending");
    time.advance(1);
    await quiet();
    const { outcome } = handshake;
    assert(outcome.state === "rejected");
    assert(TLSError.is(outcome.error) && outcome.error.code === "internal");
    assertStrictEquals(outcome.error.cause, broken);
    assertStrictEquals(await rejection(socket.doHandshake()), outcome.error);
    assertEquals(time.pending, 0);
    socket.close();
  });

  for (const end of ["close", "finish"] as const) {
    Deno.test(`a handshake that cannot send leaves no timer at its ${end}, ${over}`, async () => {
      const wire = new WireOf();
      wire.setWrites({ kind: "fail", error: new Error("Broken pipe") });
      const socket = wrapStream(wire.stream, new NullCipherBuffer());
      using time = new FakeTime();
      const handshake = watch(socket.doHandshake());
      await quiet();
      assertEquals(time.pending, 1);
      if (end === "finish") {
        wire.give(HELLO, data("still to be read"));
        await quiet();
        assertEquals(handshake.outcome.state, "resolved");
        assertEquals(time.pending, 0);
        assertEquals(await readText(socket), "still to be read");
        const error = await rejection(socket.write(utf8("x")));
        assertEquals((error as TLSError).code, "internal");
      }
      socket.close();
      await quiet();
      assertEquals(time.pending, 0);
      assert(handshake.outcome.state !== "pending");
    });
  }

  Deno.test(`handshake() gives ALPN's answer as Deno does, ${over}`, async () => {
    for (
      const [protocol, text] of [
        ["h2", "h2"],
        [null, null],
        [Uint8Array.of(0x66, 0x74, 0x70), "ftp"],
      ] as const
    ) {
      const wire = new WireOf();
      const socket = await connected(wire, { protocol });
      assertEquals(await socket.handshake(), { alpnProtocol: text });
      socket.close();
    }
  });
}

for (const over of ["Conn", "ByteStream"] as const) {
  Deno.test(`the peer of a handshake that failed learns why, though the socket is closed at once, over a ${over}`, async () => {
    const left = new NullCipherBuffer({
      interrupt(operation) {
        if (operation === "read") left.receiveFromNetwork(GARBAGE);
        return null;
      },
    });
    const pair = socketPair({ over, left });
    await Promise.all(pair.map((socket) => socket.doHandshake()));
    const heard = rejection(pair[1].read(new Uint8Array(1)));
    const error = await rejection(pair[0].read(new Uint8Array(1)));
    assertEquals((error as TLSError).code, "alert");
    pair[0].close();
    const other = await heard as TLSError & { direction: string };
    assertEquals([other.code, other.direction], ["alert", "received"]);
    pair[1].close();
  });
}
