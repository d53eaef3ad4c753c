/**
 * The report's figures of full handshakes: warm, cold, and by part.
 *
 * @module
 */
import { mintIdentity } from "../handshake_identity.ts";
import { PARTS, partsOf } from "../handshake_parts.ts";
import type { Identity } from "../handshake_peers.ts";
import { handshakeVariants } from "../handshake_variants.ts";
import { loadProvider } from "../../backends/pure/providers/mod.ts";
import { type Figure, interleave, summarize } from "./figure.ts";

/** `Deno.connectTls` waits 40 ms for an acknowledgement in each round. */
const WARM = { rounds: 21, milliseconds: 6 };

/** Fresh processes of each kind. */
const COLD_ROUNDS = 7;

/** Handshakes before those that are measured, for the compilers. */
const WARM_UP = 300;
const PART_ROUNDS = 201;

/** One first handshake, in microseconds. */
async function coldly(name: string, input: string) {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--no-check",
      new URL("../handshake_cold.ts", import.meta.url).href,
      name,
    ],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input));
  await writer.close();
  const { success, stdout } = await child.output();
  if (!success) throw new Error(`Cannot measure ${name}: the process failed`);
  const { load, shake } = JSON.parse(new TextDecoder().decode(stdout));
  return { load: load * 1000, shake: shake * 1000 };
}

/** First handshakes of fresh processes, by turns. */
async function* coldFigures(identity: Identity): AsyncGenerator<Figure> {
  const input = JSON.stringify(identity);
  const names = ["pure", "startTls", "connectTls"] as const;
  const shakes = { pure: [], startTls: [], connectTls: [] } as Record<
    typeof names[number],
    number[]
  >;
  const loads: number[] = [];
  for (let round = 0; round < COLD_ROUNDS; round++) {
    for (const name of names) {
      const { load, shake } = await coldly(name, input);
      shakes[name].push(shake);
      if (name === "pure") loads.push(load);
    }
  }
  const [startTls, connectTls] = (["startTls", "connectTls"] as const).map((
    name,
  ) => ({
    name: `handshake, first of a process, Deno.${name}`,
    values: shakes[name],
  }));
  const name = "handshake, first of a process";
  yield summarize(name, shakes.pure, startTls);
  yield summarize(`${name}, beside connectTls`, shakes.pure, connectTls);
  yield summarize("loading and contexts, before that", loads);
  yield summarize(startTls!.name, startTls!.values);
  yield summarize(connectTls!.name, connectTls!.values);
}

/** What each side costs, by part. */
async function* partFigures(identity: Identity): AsyncGenerator<Figure> {
  const measure = partsOf(await loadProvider({}), identity);
  for (let i = 0; i < WARM_UP; i++) measure();
  const all = Array.from({ length: PART_ROUNDS }, () => measure());
  for (const end of ["client", "server"] as const) {
    for (const part of ["total", ...PARTS] as const) {
      const values = all.map((costs) => costs[end][part]);
      yield summarize(`handshake, ${end}, ${part}`, values);
    }
  }
}

/** Full handshakes; takes about 9 seconds. */
export async function* handshakeFigures(): AsyncGenerator<Figure> {
  const identity = await mintIdentity();
  {
    using warm = handshakeVariants(identity);
    for (const { name, run } of warm.variants) {
      if (name.includes("connectTls")) continue;
      for (let i = 0; i < WARM_UP; i++) await run();
    }
    yield* await interleave(warm.variants, WARM);
  }
  yield* partFigures(identity);
  yield* coldFigures(identity);
}
