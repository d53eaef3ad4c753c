/** Connections that die before they are accepted. */
import { assertEquals, assertRejects } from "@std/assert";
import { TLSError } from "../../api/errors.ts";
import { listenTcp } from "../../backends/pure/_listen.ts";

/** What the platform's listener does, in turn: it throws, or gives a connection. */
type Turn = Error | { setNoDelay(): void; close(): void };

/** `body` with a listener that accepts like this. */
async function withTurns(
  turns: readonly Turn[],
  body: (accept: () => Promise<unknown>) => Promise<void>,
): Promise<void> {
  const { listen } = Deno;
  const left = [...turns];
  Deno.listen = (() => ({
    addr: { transport: "tcp", hostname: "127.0.0.1", port: 1 },
    accept: () => {
      const turn = left.shift()!;
      return turn instanceof Error
        ? Promise.reject(turn)
        : Promise.resolve(turn);
    },
  })) as unknown as typeof Deno.listen;
  try {
    await body(listenTcp({ port: 0 }).accept);
  } finally {
    Deno.listen = listen;
  }
}

Deno.test("listenTcp() goes on when a connection dies before it is accepted", async () => {
  let closed = 0;
  const reset = new Deno.errors.ConnectionReset("reset");
  const good = { setNoDelay: () => {}, close: () => {} };
  const dead = {
    setNoDelay: () => {
      throw reset;
    },
    close: () => void closed++,
  };
  await withTurns(
    [new Deno.errors.ConnectionAborted("aborted"), reset, dead, good],
    async (accept) => assertEquals(await accept(), good),
  );
  assertEquals(closed, 1);
});

Deno.test("listenTcp() tells whoever asks what fails for all connections", async () => {
  await withTurns([new Error("too many open files")], async (accept) => {
    await assertRejects(accept, TLSError, "too many open files");
  });
});
