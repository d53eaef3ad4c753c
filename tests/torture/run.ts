/**
 * Tortures handshakes for as long as it is told:
 *
 * ```sh
 * deno run -A tests/torture/run.ts --cases 1000000 --real 20000 --seed 1
 * ```
 *
 * The same seed makes the same cases. Fails on the first that does not come to
 * what `expected.ts` says.
 *
 * @module
 */
import type { CryptoProvider } from "../../backends/pure/engine/crypto/provider.ts";
import { createNativeProvider } from "../../backends/pure/providers/native.ts";
import {
  type Chamber,
  flightsOf,
  tortureConnected,
  tortureCut,
  tortureFlip,
  tortureForged,
  tortureMessageByte,
  tortureMessages,
  torturePieces,
} from "./cases.ts";
import { CheapProvider } from "./cheap_provider.ts";
import { MESSAGES, ROWS } from "./expected.ts";
import { Random } from "./random.ts";
import { collectMessages, SCENARIOS } from "./world.ts";

/** How much to do. */
export interface TortureOptions {
  /** Cases with this provider. */
  readonly cases: number;
  /** What determines them. */
  readonly seed: number;
}

const ROLES = ["client", "server"] as const;

/** Whether every state, message and role was tried, with keys and without. */
function checkCoverage(counts: ReadonlyMap<string, number>): void {
  for (const role of ROLES) {
    for (const state of Object.keys(ROWS[role])) {
      for (const message of MESSAGES) {
        for (const how of ["keyed", "in the clear"]) {
          const category = `inserted ${message} @ ${role} ${state} ${how}`;
          if ((counts.get(category) ?? 0) === 0) {
            throw new Error(`no case of: ${category}`);
          }
        }
      }
    }
  }
}

/** Runs cases with a provider, and returns how many of each category there were. */
export async function torture(
  provider: CryptoProvider,
  { cases, seed }: TortureOptions,
): Promise<ReadonlyMap<string, number>> {
  const random = new Random(seed);
  const chamber: Chamber = {
    provider,
    random,
    foreign: await collectMessages(provider, random),
    counts: new Map(),
  };
  const total = () => {
    let sum = 0;
    for (const n of chamber.counts.values()) sum += n;
    return sum;
  };
  // All of the small classes once; then the large ones until it is enough.
  for (const scenario of SCENARIOS) {
    for (const role of ROLES) {
      await tortureMessages(chamber, scenario, role);
      await tortureForged(chamber, scenario, role);
      await tortureConnected(chamber, scenario, role);
    }
    for (const size of [1, 2, 7, 100]) {
      await torturePieces(chamber, scenario, size);
    }
  }
  checkCoverage(chamber.counts);
  const flights = new Map(
    await Promise.all(
      SCENARIOS.map(async (scenario) =>
        [scenario, await flightsOf(chamber, scenario)] as const
      ),
    ),
  );
  const slots = SCENARIOS.flatMap((scenario) =>
    flights.get(scenario)!.flatMap(({ from, flight, length }) =>
      Array.from({ length }, (_, offset) => ({
        scenario,
        at: { from, flight, offset },
      }))
    )
  );
  // With room for all, every byte of every flight comes before any comes twice.
  for (let i = 0; total() < cases; i++) {
    const slot = cases >= 4 * slots.length
      ? slots[i % slots.length]!
      : slots[random.below(slots.length)]!;
    const { scenario, at } = slot;
    const mask = 1 + random.below(255);
    await tortureFlip(chamber, scenario, { ...at, mask });
    if (i < slots.length || random.below(4) === 0) {
      await tortureCut(chamber, scenario, at);
    }
    await tortureMessageByte(chamber, scenario, ROLES[random.below(2)]!);
  }
  return chamber.counts;
}

/** The counts, gathered by what was done. */
function summary(counts: ReadonlyMap<string, number>): string {
  const classes = new Map<string, number>();
  for (const [category, n] of counts) {
    const name = category.split(" ")[0]!;
    classes.set(name, (classes.get(name) ?? 0) + n);
  }
  return [...classes].map(([name, n]) => `${name} ${n}`).join(", ");
}

function option(name: string, fallback: number): number {
  const at = Deno.args.indexOf(`--${name}`);
  const value = at < 0 ? fallback : Number(Deno.args[at + 1]);
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new Error(`Cannot run: --${name} must be a number`);
  }
  return value;
}

if (import.meta.main) {
  const seed = option("seed", 1);
  const started = performance.now();
  for (
    const [name, provider, cases] of [
      ["cheap", new CheapProvider(seed), option("cases", 1_000_000)],
      ["real", await createNativeProvider(), option("real", 20_000)],
      [
        "real, keys by the platform",
        await createNativeProvider({ kernels: "symmetric" }),
        option("real", 20_000),
      ],
    ] as const
  ) {
    const counts = await torture(provider, { cases, seed });
    const seconds = (performance.now() - started) / 1000;
    console.log(
      `${name} provider: ${summary(counts)}; ${counts.size} categories, ${
        seconds.toFixed(0)
      } s so far`,
    );
  }
}
