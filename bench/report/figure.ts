/**
 * What `deno task bench:report` prints, and how it is measured: variants of the
 * same work take turns, so that whatever slows the machine for a while slows all
 * of them, and medians are taken. The order within a round is random: what one
 * variant leaves to the next (garbage, a background thread at work) or what recurs
 * with the period of a round must not always meet the same one.
 *
 * @module
 */

/** One line of the report, as JSON. */
export interface Figure {
  /** What was measured. */
  readonly name: string;
  /** The median over all rounds, in `unit`. */
  readonly value: number;
  /** The unit of `value`. */
  readonly unit: string;
  /**
   * The figure that this one is compared with; `null` for what others wrote, which
   * is there to be compared with.
   */
  readonly ratio_to: string | null;
  /**
   * How many times faster than `ratio_to` we are (over 1: we are the faster), or
   * `null`: the median over the rounds of its time divided by this one's in the
   * same round.
   */
  readonly ratio: number | null;
  /** Rounds that the median is of. */
  readonly rounds: number;
  /** The distance of the quartiles as a share of the median. */
  readonly spread: number;
}

/** One way of doing the work. */
export interface Variant {
  /** Its name; in a group no two are the same. */
  readonly name: string;
  /** Does the work once. A promise is awaited. */
  readonly run: () => unknown;
  /** The variant that it is compared with. */
  readonly ratioTo?: string;
}

/** How long {@linkcode interleave} measures. */
export interface InterleaveOptions {
  /** Rounds, at least 15; 30 if absent, which pass through all stack depths. */
  readonly rounds?: number;
  /**
   * Milliseconds that a variant runs in each round; 1.2 if absent: less than a
   * scheduler's time slice, so that on a busy machine most turns run undisturbed.
   */
  readonly milliseconds?: number;
}

/** Time that each variant runs beforehand, for the compilers. */
const WARM_UP_MILLISECONDS = 15;

/** Runs `work` `count` times; how many milliseconds that took. */
function timeNow(work: () => unknown, count: number): number {
  const start = performance.now();
  for (let i = 0; i < count; i++) work();
  return performance.now() - start;
}

/** {@linkcode timeNow} from a stack that is `levels` frames deeper. */
function timeDeeper(
  levels: number,
  work: () => unknown,
  count: number,
): number {
  return levels > 0
    ? timeDeeperOdd(levels - 1, work, count, 0)
    : timeNow(work, count);
}

/** The same with one argument more, so that the depth is not a multiple of 16. */
function timeDeeperOdd(
  levels: number,
  work: () => unknown,
  count: number,
  _more: number,
): number {
  return levels > 0
    ? timeDeeper(levels - 1, work, count)
    : timeNow(work, count);
}

/** Runs `work` `count` times, each awaited; how many milliseconds that took. */
async function timeLater(work: () => unknown, count: number): Promise<number> {
  const start = performance.now();
  for (let i = 0; i < count; i++) await work();
  return performance.now() - start;
}

/**
 * Stack frames that are added from round to round, and at most. About 44 make
 * a page.
 */
const LEVELS_A_ROUND = 7;
const MOST_LEVELS = 200;

/**
 * Times `work` in a round. Code that spills vectors to the stack was seen to run
 * 1.2 to 1.7 times slower when its frame lies in some pages of the stack, others
 * in each process; so each round starts at another depth, and the median does not
 * depend on where the stack of this process lies.
 */
function time(
  work: Work,
  count: number,
  round: number,
): number | Promise<number> {
  // Only asynchronous work pays for an await.
  return work.later
    ? timeLater(work.run, count)
    : timeDeeper((round * LEVELS_A_ROUND) % MOST_LEVELS, work.run, count);
}

/** The numbers below `count` in random order. */
function shuffled(count: number): number[] {
  return Array.from({ length: count }, (_, i) => ({ i, at: Math.random() }))
    .sort((a, b) => a.at - b.at).map(({ i }) => i);
}

/** A variant's work, and whether it gives a promise. */
interface Work {
  readonly run: () => unknown;
  readonly later: boolean;
}

/** How often `work` runs in `milliseconds`, after as much time to warm up. */
async function calibrate(
  work: Work,
  milliseconds: number,
): Promise<number> {
  let count = 1;
  let spent = 0;
  let last = 0;
  while (spent < WARM_UP_MILLISECONDS) {
    last = await time(work, count, 0);
    spent += last;
    if (spent < WARM_UP_MILLISECONDS) count *= 2;
  }
  return Math.max(1, Math.round(count * milliseconds / last));
}

/** The value below which `share` of the values lie. */
function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.round((sorted.length - 1) * share)] as number;
}

/**
 * Measures the variants in turn, round after round, and gives a figure in
 * microseconds a run for each. Throws a `RangeError` on fewer than 15 rounds and
 * a `TypeError` where `ratioTo` names no variant.
 */
export async function interleave(
  variants: readonly Variant[],
  options: InterleaveOptions = {},
): Promise<Figure[]> {
  const { rounds = 30, milliseconds = 1.2 } = options;
  if (rounds < 15) {
    throw new RangeError(`Cannot measure: ${rounds} rounds are fewer than 15`);
  }
  const counts: number[] = [];
  const works: Work[] = [];
  for (const { run } of variants) {
    const first = run();
    const work = { run, later: first instanceof Promise };
    await first;
    works.push(work);
    counts.push(await calibrate(work, milliseconds));
  }
  const samples = variants.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const i of shuffled(variants.length)) {
      const [work, count] = [works[i] as Work, counts[i] as number];
      // At place `round`, so that ratios compare the same round.
      (samples[i] as number[])[round] = await time(work, count, round) * 1000 /
        count;
    }
  }
  return variants.map(({ name, ratioTo }, i) => {
    const values = samples[i] as number[];
    if (ratioTo === undefined) return summarize(name, values);
    const other = samples[variants.findIndex((v) => v.name === ratioTo)];
    if (other === undefined) {
      throw new TypeError(`Cannot compare ${name}: there is no ${ratioTo}`);
    }
    return summarize(name, values, { name: ratioTo, values: other });
  });
}

/**
 * A figure out of one value in microseconds for each round, beside those of
 * `other` in the same rounds.
 */
export function summarize(
  name: string,
  values: readonly number[],
  other?: { readonly name: string; readonly values: readonly number[] },
): Figure {
  const value = quantile(values, 0.5);
  return {
    name,
    value: round(value),
    unit: "µs",
    ratio_to: other?.name ?? null,
    ratio: other === undefined ? null : round(
      quantile(
        values.map((own, k) => (other.values[k] as number) / own),
        0.5,
      ),
    ),
    rounds: values.length,
    // What costs nothing spreads by nothing.
    spread: value === 0
      ? 0
      : round((quantile(values, 0.75) - quantile(values, 0.25)) / value),
  };
}

/** Three decimals are more than repeats from run to run. */
function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
