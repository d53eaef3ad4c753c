/** TLS in TLS, and callbacks that turn on the socket that calls them. */
import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { TLSError, type TLSWrappedSocket, wrapStream } from "../../mod.ts";
import {
  data,
  HELLO,
  NullCipherBuffer,
  type Operation,
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
import { concat, type Wire, WIRES } from "./helpers/wires.ts";

/** A socket in a socket, both handshakes done. */
async function nested(wire: Wire) {
  const lower = await connected(wire);
  const upper = wrapStream(lower, new NullCipherBuffer());
  const inner = new TextDecoder().decode(HELLO);
  wire.give(data(inner));
  await upper.doHandshake();
  return { lower, upper };
}

for (const over of ["Conn", "ByteStream"] as const) {
  Deno.test(`wrapStream() wraps a wrapped socket, over a ${over}`, async () => {
    const lower = socketPair({ over, capacity: 3000 });
    const upper = lower.map((socket) =>
      wrapStream(socket, new NullCipherBuffer())
    );
    const [left, right] = [upper[0]!, upper[1]!];
    const sent = pattern(100_000);
    const received = readAll(right);
    await left.write(sent);
    await left.closeWrite();
    assert(sameBytes(await received, sent));
    // Layer by layer, the other end waiting for each.
    const down = await Promise.all([left.unwrap(), right.unwrap()]);
    assertStrictEquals(down[0], lower[0]);
    assertStrictEquals(down[1], lower[1]);
    await Promise.all([lower[0].unwrap(), lower[1].unwrap()]);
  });
}

for (const WireOf of WIRES) {
  const over = `over a ${new WireOf().kind}`;

  Deno.test(`an end that the lower TLS did not announce is RaggedEOF above, ${over}`, async () => {
    const wire = new WireOf();
    const { upper } = await nested(wire);
    wire.end();
    const error = await rejection(upper.read(new Uint8Array(1)));
    assert(TLSError.is(error));
    assertEquals(error.code, "ragged-eof");
    upper.close();
  });

  Deno.test(`an error of the lower TLS is the transport's above, ${over}`, async () => {
    const wire = new WireOf();
    const { lower, upper } = await nested(wire);
    const reading = rejection(upper.read(new Uint8Array(1)));
    lower.close();
    const error = await reading;
    // Not "closed": this end did not close this connection.
    assert(TLSError.is(error) && error.code === "internal");
    assert(TLSError.is(error.cause) && error.cause.code === "closed");
    upper.close();
    await quiet();
  });

  for (const operation of ["handshake", "read", "write"] as const) {
    for (const turn of ["close", "read", "write", "closeWrite"] as const) {
      Deno.test(`a ${turn} from within the buffer's ${operation} does no harm, ${over}`, async () => {
        const wire = new WireOf();
        const box: { socket: TLSWrappedSocket | null } = { socket: null };
        let turns = 1;
        const inside: Promise<unknown>[] = [];
        const interrupt = (now: Operation) => {
          if (now !== operation || turns-- <= 0) return null;
          const { socket } = box;
          if (turn === "close") socket!.close();
          if (turn === "read") inside.push(socket!.read(new Uint8Array(1)));
          if (turn === "write") inside.push(socket!.write(utf8("inside")));
          if (turn === "closeWrite") inside.push(socket!.closeWrite());
          return null;
        };
        const socket = wrapStream(
          wire.stream,
          new NullCipherBuffer({ interrupt }),
        );
        box.socket = socket;
        wire.give(HELLO, concat([data("x"), data("y")]));
        const outside = [
          socket.doHandshake(),
          socket.read(new Uint8Array(1)),
          socket.write(utf8("outside")),
        ].map((one: Promise<unknown>) => watch(one));
        await quiet();
        const within = inside.map((one) => watch(one));
        await quiet();
        for (const { outcome } of [...outside, ...within]) {
          assert(outcome.state !== "pending");
          if (outcome.state === "resolved") continue;
          assert(TLSError.is(outcome.error) && outcome.error.code === "closed");
        }
        if (turn !== "close") {
          assertEquals(outside[1]!.outcome, { state: "resolved", value: 1 });
        } else {
          const error = await rejection(readText(socket));
          assert(TLSError.is(error) && error.code === "closed");
        }
        socket.close();
        await quiet();
      });
    }
  }
}
