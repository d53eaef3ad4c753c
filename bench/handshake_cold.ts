/**
 * The first handshake of a process: `deno run handshake_cold.ts NAME`, with the
 * identity as JSON on stdin. Writes the milliseconds that loading and the
 * handshake took, as JSON.
 *
 * @module
 */
import {
  contextsOf,
  denoConnectTls,
  denoStartTls,
  type Identity,
  overLoopback,
  type Peers,
} from "./handshake_peers.ts";

/** What a process can make its first handshake with. */
const MAKERS: Readonly<
  Record<string, (identity: Identity) => Peers | Promise<Peers>>
> = {
  pure: async (identity) => {
    const { pureBackend } = await import("../backends/pure/mod.ts");
    return overLoopback(contextsOf(pureBackend, identity));
  },
  startTls: denoStartTls,
  connectTls: denoConnectTls,
};

const identity: Identity = await new Response(Deno.stdin.readable).json();
const make = MAKERS[Deno.args[0] ?? ""];
if (make === undefined) {
  throw new Error(
    `Cannot measure: name one of ${Object.keys(MAKERS).join(", ")}`,
  );
}
const start = performance.now();
{
  using peers = await make(identity);
  const loaded = performance.now();
  await peers.shake();
  const done = performance.now();
  console.log(JSON.stringify({ load: loaded - start, shake: done - loaded }));
}
