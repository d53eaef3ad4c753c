/**
 * `deno task timing`: looks for secrets in the kernels' running time, as dudect
 * does (O. Reparaz, J. Balasch and I. Verbauwhede, "Dude, is my code constant
 * time?", {@link https://eprint.iacr.org/2016/1123}).
 *
 * Two classes of secrets, drawn at random for each measurement, differ in what
 * must not matter. Welch's t-test says whether their mean times differ; since a
 * few measurements are disturbed by other work, it is repeated with the slowest
 * ones cut off at several percentiles, and the largest |t| counts. Below 4.5
 * there is no evidence of a difference, above 10 there is one. A comparison that
 * stops at the first wrong byte is measured as well, to show that a leak is seen.
 *
 * Options: `--samples=N` (20,000) for each test, `--only=TEXT` for those whose
 * titles have it.
 *
 * @module
 */
import { randomBytes } from "node:crypto";
import type { AeadName } from "../backends/pure/engine/crypto/provider.ts";
import {
  instantiateKernels,
  KERNEL_AEADS,
} from "../backends/pure/kernels/mod.ts";
import { p256Subjects } from "./kernels/weierstrass/timing_subjects.ts";

/** Bytes of the records: several chunks, and GHASH's lanes. */
const RECORD = 600;

/** Shares of the measurements that are kept, the fastest first. */
const KEPT = [1, 0.99, 0.95, 0.9, 0.8, 0.7, 0.6, 0.5];

/** "|t| > 4.5": dudect's threshold for evidence; 10 is its "definitely". */
const EVIDENCE = 4.5;
const DEFINITE = 10;

/** One comparison of two classes. */
export interface Subject {
  readonly title: string;
  /** Whether a difference is expected: the control. */
  readonly leaks: boolean;
  /** Prepares a measurement with a secret of the class; gives what is timed. */
  readonly prepare: (variant: 0 | 1) => () => void;
}

/** Welch's t of two samples. */
function welch(a: readonly number[], b: readonly number[]): number {
  const moments = (values: readonly number[]) => {
    const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
    const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) /
      (values.length - 1);
    return { mean, error: variance / values.length };
  };
  const [x, y] = [moments(a), moments(b)];
  return (x.mean - y.mean) / Math.sqrt(x.error + y.error);
}

/** The t of largest magnitude over all cuts. */
function largestT(
  times: readonly number[],
  classes: readonly number[],
): number {
  const sorted = times.toSorted((a, b) => a - b);
  let largest = 0;
  for (const share of KEPT) {
    const limit = sorted[Math.ceil(sorted.length * share) - 1] as number;
    const kept = (wanted: number) =>
      times.filter((time, i) => classes[i] === wanted && time <= limit);
    const t = welch(kept(0), kept(1));
    if (Math.abs(t) > Math.abs(largest)) largest = t;
  }
  return largest;
}

/** Measures one subject. */
function measure(subject: Subject, samples: number): number {
  const times: number[] = [];
  const classes: number[] = [];
  const draws = randomBytes(samples);
  for (let i = 0; i < samples; i++) {
    const variant = ((draws[i] as number) & 1) as 0 | 1;
    const run = subject.prepare(variant);
    // Once untimed: the key's state is then in place, whatever its class.
    run();
    const start = performance.now();
    for (let repeat = 0; repeat < 8; repeat++) run();
    times.push(performance.now() - start);
    classes.push(variant);
  }
  // The first tenth ran before the compilers were done.
  const settled = Math.floor(samples / 10);
  return largestT(times.slice(settled), classes.slice(settled));
}

function kernelSubjects(
  build: "relaxed" | "baseline",
  name: AeadName,
): Subject[] {
  const host = instantiateKernels(build);
  const keyLength = name === "AES-128-GCM" ? 16 : 32;
  const title = (what: string) => `${name} (${build}): ${what}`;
  const aad = Uint8Array.of(23, 3, 3, 2, 88);
  const iv = new Uint8Array(12);
  const fixedKey = new Uint8Array(keyLength);
  const aead = host.createAead(name, fixedKey, iv);
  const record = new Uint8Array(RECORD);
  const output = new Uint8Array(RECORD + 16);
  const sealed = new Uint8Array(RECORD + 16);
  return [
    {
      title: title("seal, zero or random plaintext"),
      leaks: false,
      prepare: (variant) => {
        // Both classes draw, so that only the bytes differ.
        const drawn = randomBytes(RECORD);
        if (variant === 0) drawn.fill(0);
        record.set(drawn);
        return () => aead.seal(output, record, -1, 0, aad, 0, 1);
      },
    },
    {
      title: title("open, record of a zero or random plaintext"),
      leaks: false,
      prepare: (variant) => {
        const drawn = randomBytes(RECORD);
        if (variant === 0) drawn.fill(0);
        record.set(drawn);
        aead.seal(sealed, record, -1, 0, aad, 0, 1);
        return () => aead.open(output, sealed, aad, 0, 1);
      },
    },
    {
      title: title("open, first or last byte of the tag wrong"),
      leaks: false,
      prepare: (variant) => {
        record.set(randomBytes(RECORD));
        aead.seal(sealed, record, -1, 0, aad, 0, 1);
        const at = variant === 0 ? RECORD : RECORD + 15;
        sealed[at] = (sealed[at] as number) ^ 1;
        return () => aead.open(output, sealed, aad, 0, 1);
      },
    },
    {
      title: title("seal, zero or random key"),
      leaks: false,
      prepare: (variant) => {
        const drawn = randomBytes(keyLength);
        if (variant === 0) drawn.fill(0);
        const keyed = host.createAead(name, drawn, iv);
        return () => keyed.seal(output, record, -1, 0, aad, 0, 1);
      },
    },
    {
      title: title("key set-up, zero or random key"),
      leaks: false,
      prepare: (variant) => {
        const drawn = randomBytes(keyLength);
        if (variant === 0) drawn.fill(0);
        return () => host.createAead(name, drawn, iv);
      },
    },
  ];
}

/** What the kernels do not do: stop at the first wrong byte. */
function control(): Subject {
  const expected = new Uint8Array(randomBytes(256));
  const given = new Uint8Array(256);
  let matches = 0;
  return {
    title: "control: early-exit comparison, first or last byte wrong",
    leaks: true,
    prepare: (variant) => {
      given.set(expected);
      const at = variant === 0 ? 0 : 255;
      given[at] = (given[at] as number) ^ 1;
      return () => {
        if (given.every((byte, i) => byte === expected[i])) matches++;
      };
    },
  };
}

function textOption(name: string): string {
  const prefix = `--${name}=`;
  const given = Deno.args.find((arg) => arg.startsWith(prefix));
  return given === undefined ? "" : given.slice(prefix.length);
}

function option(name: string, fallback: number): number {
  const given = textOption(name);
  const value = given === "" ? fallback : Number(given);
  if (!Number.isSafeInteger(value) || value < 1000) {
    throw new RangeError(`Cannot measure: --${name} must be at least 1000`);
  }
  return value;
}

if (import.meta.main) {
  const samples = option("samples", 20_000);
  const only = textOption("only");
  const subjects = [
    control(),
    ...(["relaxed", "baseline"] as const).flatMap((build) =>
      KERNEL_AEADS.flatMap((name) => kernelSubjects(build, name))
    ),
    ...p256Subjects(),
  ].filter(({ title }) => title.includes(only));
  let surprises = 0;
  for (const subject of subjects) {
    const t = measure(subject, samples);
    const verdict = Math.abs(t) < EVIDENCE
      ? "no evidence of a difference"
      : Math.abs(t) < DEFINITE
      ? "some evidence: repeat with more samples"
      : "a difference";
    if (subject.leaks !== Math.abs(t) >= DEFINITE) surprises++;
    console.log(
      `t = ${t.toFixed(2).padStart(8)}  ${subject.title}: ${verdict}`,
    );
  }
  if (surprises > 0) {
    console.log(`${surprises} not as expected`);
    Deno.exit(1);
  }
}
