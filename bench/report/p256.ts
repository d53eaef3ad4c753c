/**
 * The report's figures of P-256 by the kernel, warm and cold.
 *
 * @module
 */
import {
  type P256Implementation,
  type P256Operation,
  p256Operations,
} from "../p256_operations.ts";
import { type Figure, interleave } from "./figure.ts";

/** Calls before a warm figure: the optimising compiler is done by then. */
const WARM_UP_CALLS = 2000;
/** Processes that a cold figure is the median of. */
const COLD_ROUNDS = 9;
const COMPARED: readonly P256Implementation[] = ["kernel", "node:crypto"];

/** The first call of each operation in a fresh process. */
async function coldTimes(
  by: P256Implementation,
): Promise<Record<P256Operation, number>> {
  const script = new URL("../p256_cold.ts", import.meta.url);
  const { stdout, success } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--frozen", "-A", script.href, by],
    stderr: "inherit",
  }).output();
  if (!success) throw new Error("Cannot measure: the cold process failed");
  return JSON.parse(new TextDecoder().decode(stdout));
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.round((sorted.length - 1) * share)]!;
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}

/** Figures of first calls, by turns. */
async function coldFigures(): Promise<Figure[]> {
  const samples = new Map<string, number[]>();
  for (let i = 0; i < COLD_ROUNDS; i++) {
    for (const by of COMPARED) {
      for (const [operation, time] of Object.entries(await coldTimes(by))) {
        const name = `P-256 ${operation}, first call, ${by}`;
        samples.set(name, [...samples.get(name) ?? [], time]);
      }
    }
  }
  for (const times of samples.values()) times.sort((a, b) => a - b);
  return [...samples].map(([name, times]) => {
    const value = quantile(times, 0.5);
    const ratioTo = name.endsWith("kernel")
      ? name.replace(/kernel$/, "node:crypto")
      : null;
    return {
      name,
      value: round(value),
      unit: "µs",
      ratio_to: ratioTo,
      ratio: ratioTo === null
        ? null
        : round(quantile(samples.get(ratioTo)!, 0.5) / value),
      rounds: COLD_ROUNDS,
      spread: round((quantile(times, 0.75) - quantile(times, 0.25)) / value),
    };
  });
}

/** Measures every operation warm, then cold; takes about 4 seconds. */
export async function* p256Figures(): AsyncGenerator<Figure> {
  for (const [operation, runs] of Object.entries(p256Operations())) {
    for (let i = 0; i < WARM_UP_CALLS; i++) runs.kernel();
    yield* await interleave(
      COMPARED.map((by) => ({
        name: `P-256 ${operation}, ${by}`,
        run: runs[by],
        ...(by === "kernel"
          ? { ratioTo: `P-256 ${operation}, node:crypto` }
          : {}),
      })),
    );
  }
  yield* await coldFigures();
}

if (import.meta.main) {
  for await (const figure of p256Figures()) console.log(JSON.stringify(figure));
}
