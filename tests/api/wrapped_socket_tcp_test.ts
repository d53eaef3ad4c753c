/** `wrapStream` over real connections of Deno's, of both kinds. */
import { assert, assertEquals } from "@std/assert";
import { type Conn, TLSError, wrapStream } from "../../mod.ts";
import {
  GARBAGE,
  NullCipherBuffer,
  Record,
  record,
} from "./helpers/null_cipher.ts";
import {
  pattern,
  readAll,
  readText,
  sameBytes,
  utf8,
} from "./helpers/sockets.ts";

const TEN_MEGABYTES = 10 * 1024 * 1024;

/** Two ends of a TCP connection over the loopback. */
async function tcpPair(): Promise<[Deno.TcpConn, Deno.TcpConn]> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return await Promise.all([
    Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port }),
    listener.accept(),
  ]);
}

/** Two ends of a connection over a Unix socket. */
async function unixPair(): Promise<[Deno.UnixConn, Deno.UnixConn]> {
  const directory = await Deno.makeTempDir();
  try {
    const path = `${directory}/socket`;
    using listener = Deno.listen({ transport: "unix", path });
    return await Promise.all([
      Deno.connect({ transport: "unix", path }),
      listener.accept(),
    ]);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

const PAIRS: readonly [string, () => Promise<[Conn, Conn]>][] = [
  ["TCP", tcpPair],
  ...Deno.build.os === "windows" ? [] : [
    ["a Unix socket", unixPair] as [string, () => Promise<[Conn, Conn]>],
  ],
];

for (const [name, pair] of PAIRS) {
  Deno.test(`wrapStream() carries 10 MB both ways at once over ${name}`, async () => {
    const sockets = (await pair()).map((conn) =>
      wrapStream(conn, new NullCipherBuffer())
    );
    const sent = sockets.map((_, i) => pattern(TEN_MEGABYTES, i));
    const received = await Promise.all(sockets.map(async (socket, i) => {
      const reading = readAll(socket);
      await socket.write(sent[i]!);
      await socket.closeWrite();
      return await reading;
    }));
    assert(sameBytes(received[0]!, sent[1]!));
    assert(sameBytes(received[1]!, sent[0]!));
    for (const socket of sockets) await socket[Symbol.asyncDispose]();
  });

  Deno.test(`close() lets the peer read the end over ${name}`, async () => {
    const [a, b] = await pair();
    const left = wrapStream(a, new NullCipherBuffer());
    const right = wrapStream(b, new NullCipherBuffer());
    const reading = readText(right);
    await left.write(utf8("bye"));
    left.close();
    assertEquals(await reading, "bye");
    assertEquals(await readText(right), null);
    right.close();
  });

  Deno.test(`a peer that goes without a word is RaggedEOF over ${name}`, async () => {
    const [a, b] = await pair();
    const left = wrapStream(a, new NullCipherBuffer());
    await b.write(record(Record.hello));
    await left.doHandshake();
    b.close();
    const error = await left.read(new Uint8Array(1)).catch((e: unknown) => e);
    assert(TLSError.is(error));
    // Unread bytes at the peer make its system reset the connection.
    assert(["ragged-eof", "internal"].includes(error.code), error.code);
    left.close();
  });

  Deno.test(`close() settles what waits over ${name}`, async () => {
    const [a, b] = await pair();
    const left = wrapStream(a, new NullCipherBuffer());
    await b.write(record(Record.hello));
    await left.doHandshake();
    const waiting = [
      left.read(new Uint8Array(1)),
      // More than the system takes for a peer that does not read.
      left.write(new Uint8Array(TEN_MEGABYTES)),
    ].map((one) => one.catch((error: unknown) => error));
    left.close();
    for (const error of await Promise.all(waiting)) {
      assert(TLSError.is(error) && error.code === "closed");
    }
    b.close();
  });

  Deno.test(`unwrap() gives the connection back, leftover first, over ${name}`, async () => {
    const [a, b] = await pair();
    const left = wrapStream(a, new NullCipherBuffer());
    const right = wrapStream(b, new NullCipherBuffer());
    const [plainA, plainB] = await Promise.all([
      left.unwrap(),
      right.unwrap(),
    ]) as [Conn, Conn];
    await plainA.write(utf8("plain"));
    const p = new Uint8Array(5);
    assertEquals(await plainB.read(p), 5);
    assertEquals(p, utf8("plain"));
    plainA.close();
    plainB.close();
  });

  Deno.test(`an alert reaches the peer of a socket closed at once over ${name}`, async () => {
    const [a, b] = await pair();
    const left = wrapStream(a, new NullCipherBuffer());
    await b.write(GARBAGE);
    const error = await left.doHandshake().catch((e: unknown) => e);
    left.close();
    assert(TLSError.is(error) && error.code === "alert");
    const right = wrapStream(b, new NullCipherBuffer());
    await right.doHandshake();
    const heard = await right.read(new Uint8Array(1)).catch((e: unknown) => e);
    assert(TLSError.is(heard) && heard.code === "alert");
    right.close();
  });
}

Deno.test("an echo by pipeTo leaves no connection open over TCP", async () => {
  const [a, b] = await tcpPair();
  const echo = wrapStream(b, new NullCipherBuffer());
  const piping = echo.readable.pipeTo(echo.writable);
  await using client = wrapStream(a, new NullCipherBuffer());
  const sent = pattern(1_000_000);
  const reading = readAll(client);
  await client.write(sent);
  await client.closeWrite();
  assert(sameBytes(await reading, sent));
  await piping;
});

Deno.test("a socket has the addresses of its TCP connection", async () => {
  const [a, b] = await tcpPair();
  using left = wrapStream(a, new NullCipherBuffer());
  using _right = wrapStream(b, new NullCipherBuffer());
  assertEquals(left.localAddr, a.localAddr);
  assertEquals(left.remoteAddr.port, b.localAddr.port);
  left.unref();
  left.ref();
});
