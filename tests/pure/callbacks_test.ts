/**
 * What the application's callbacks may do, and what a connection makes of it:
 * they throw, reject, answer late or never, and call back into the buffer.
 */
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import type { TLSWrappedBuffer } from "../../api/buffer.ts";
import type { TLSConfigurationOptions } from "../../api/configuration.ts";
import {
  AlertError,
  CertificateError,
  RaggedEOF,
  TLSError,
  WantReadError,
} from "../../api/errors.ts";
import { pureBackend } from "../../backends/pure/mod.ts";
import { makePki, type Pki } from "../interop/pure/_pki.ts";

interface Ends {
  readonly client: TLSWrappedBuffer;
  readonly server: TLSWrappedBuffer;
}

/** Two buffers of the backend, with what the test is about. */
async function endsOf(pki: Pki, options: {
  readonly client?: TLSConfigurationOptions;
  readonly server?: TLSConfigurationOptions;
} = {}): Promise<Ends> {
  const { chain } = await pki.identity("localhost");
  const { clientContext, serverContext } = pureBackend;
  return {
    client: new clientContext!({ trustStore: pki.trust, ...options.client })
      .wrapBuffers("localhost"),
    server: new serverContext!({ certificateChain: chain, ...options.server })
      .wrapBuffers(),
  };
}

/** What came of an end: done, stuck, or the error that it gives. */
type Outcome = "done" | "waits" | TLSError;

/** How often an end that waits for an answer is asked before it is given up. */
const PATIENCE = 200;

/** Goes on with one end until it needs the other. */
async function turn(buffer: TLSWrappedBuffer): Promise<Outcome> {
  for (let i = 0; i < PATIENCE; i++) {
    let want;
    try {
      want = buffer.tryHandshake!();
    } catch (error) {
      assert(TLSError.is(error), String(error));
      return error;
    }
    if (want === null) return "done";
    if (want.want !== "completion") return "waits";
    // A completion that never comes must not hold the test.
    const eventLoop = new Promise((resolve) => setTimeout(resolve));
    await Promise.race([want.completion, eventLoop]);
    await eventLoop;
  }
  return "waits";
}

function carry(from: TLSWrappedBuffer, to: TLSWrappedBuffer): number {
  const bytes = from.peekOutgoing(1e6).slice();
  from.consumeOutgoing(bytes.length);
  try {
    if (bytes.length > 0) to.receiveFromNetwork(bytes);
  } catch (error) {
    // It has failed before.
    assert(TLSError.is(error), String(error));
  }
  return bytes.length;
}

/** Carries bytes between both until neither goes on. */
async function shake({ client, server }: Ends): Promise<[Outcome, Outcome]> {
  for (;;) {
    const atClient = await turn(client);
    const there = carry(client, server);
    const atServer = await turn(server);
    if (there + carry(server, client) === 0) return [atClient, atServer];
  }
}

function codeOf(outcome: Outcome): string {
  return typeof outcome === "string" ? outcome : outcome.code;
}

/** A promise of another library's: TypeScript takes it for one of the platform's. */
function foreign(reason: unknown): Promise<void> {
  return {
    then: (_: unknown, reject: (reason: unknown) => void) =>
      void queueMicrotask(() => reject(reason)),
  } as unknown as Promise<void>;
}

Deno.test("verifyPeer refuses by a promise that is not the platform's", async () => {
  await using pki = await makePki();
  const ends = await endsOf(pki, {
    client: { verifyPeer: () => foreign(new Error("not this one")) },
  });
  const [client] = await shake(ends);
  assert(client instanceof CertificateError, codeOf(client));
  assertEquals(client.reason, "policy");
});

for (
  const [what, act] of [
    ["goes on with the handshake", (b) => void b.tryHandshake!()],
    ["reads", (b) => void b.tryReadInto!(new Uint8Array(9))],
    ["writes", (b) => void b.tryWrite!(new Uint8Array(9))],
  ] as readonly [string, (buffer: TLSWrappedBuffer) => void][]
) {
  Deno.test(`sniCallback that ${what} is called once and waits for itself`, async () => {
    await using pki = await makePki();
    let calls = 0;
    const ends = await endsOf(pki, {
      server: {
        sniCallback: (buffer, _name, configuration) => {
          if (++calls < 10) act(buffer);
          return configuration;
        },
      },
    });
    assertEquals((await shake(ends)).map(codeOf), ["done", "done"]);
    assertEquals(calls, 1);
  });
}

Deno.test("sniCallback that shuts its buffer down ends the handshake", async () => {
  await using pki = await makePki();
  const ends = await endsOf(pki, {
    server: {
      sniCallback: (buffer, _name, configuration) => {
        buffer.shutdown();
        return configuration;
      },
    },
  });
  const [client, server] = await shake(ends);
  assertEquals([codeOf(client), codeOf(server)], ["alert", "closed"]);
});

for (
  const thrown of [
    new WantReadError(),
    new RaggedEOF(),
    new TLSError("closed", "another connection's"),
  ]
) {
  Deno.test(`sniCallback that throws another connection's ${thrown.code} is a fault of its own`, async () => {
    await using pki = await makePki();
    const ends = await endsOf(pki, {
      server: {
        sniCallback: () => {
          throw thrown;
        },
      },
    });
    const [client, server] = await shake(ends);
    assertEquals([codeOf(client), codeOf(server)], ["alert", "internal"]);
    assertEquals((server as TLSError).cause, thrown);
  });
}

Deno.test("a key log that throws ends the connection by an error of the family", async () => {
  await using pki = await makePki();
  const thrown = new Error("the disk is full");
  for (const end of ["client", "server"] as const) {
    const ends = await endsOf(pki, {
      [end]: {
        keyLog: () => {
          throw thrown;
        },
      },
    });
    const [client, server] = await shake(ends);
    const failed = (end === "client" ? client : server) as TLSError;
    assertEquals(failed.code, "internal");
    assertEquals(failed.cause, thrown);
    // A client has its server's whole flight by then, and hears of it later.
    if (end === "client") assertEquals(codeOf(server), "alert");
    else {
      assertThrows(
        () => ends.client.tryReadInto!(new Uint8Array(1)),
        AlertError,
        "internal_error",
      );
    }
  }
});

Deno.test("an answer that comes after the end changes nothing", async () => {
  await using pki = await makePki();
  const { chain } = await pki.identity("localhost");
  for (const late of ["resolve", "reject"] as const) {
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
    const ends = await endsOf(pki, {
      server: {
        certificateChain: {
          ...chain,
          privateKey: pureBackend.privateKey.fromSigner!({
            schemes: [0x0403],
            sign: () => promise,
          }),
        },
      },
    });
    assertEquals((await shake(ends)).map(codeOf), ["waits", "waits"]);
    ends.server.shutdown();
    const said = ends.server.outgoingBytesBuffered;
    if (late === "resolve") resolve(new Uint8Array(70));
    else reject(new Error("too late"));
    await new Promise((done) => setTimeout(done));
    assertEquals(codeOf(await turn(ends.server)), "closed");
    assertEquals(ends.server.outgoingBytesBuffered, said);
  }
});

Deno.test("an answer that comes late leaves what verifyPeer gives alone", async () => {
  await using pki = await makePki();
  const { promise, resolve } = Promise.withResolvers<void>();
  const mine = Uint8Array.of(1, 2, 3);
  const ends = await endsOf(pki, { client: { verifyPeer: () => promise } });
  await shake(ends);
  ends.client.shutdown();
  resolve(mine as unknown as void);
  await new Promise((done) => setTimeout(done));
  assertEquals(mine, Uint8Array.of(1, 2, 3));
});

Deno.test("a listener closes a connection for which no buffer can be made", async () => {
  await using pki = await makePki();
  const { chain } = await pki.identity("localhost");
  const context = new pureBackend.serverContext!({
    certificateChain: chain,
    now: () => {
      throw new Error("the clock stopped");
    },
  });
  using listener = context.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const accepting = assertRejects(() => listener.accept());
  using conn = await Deno.connect({ hostname: "127.0.0.1", port });
  await accepting;
  assertEquals(await conn.read(new Uint8Array(1)), null);
});
