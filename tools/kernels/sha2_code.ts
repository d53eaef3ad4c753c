/**
 * Writes the compression functions of SHA-256 and SHA-512
 * ({@link https://doi.org/10.6028/NIST.FIPS.180-4 | FIPS 180-4}, sections 6.2.2
 * and 6.4.2), with constants that are computed and not copied.
 *
 * Sixteen rounds are written out: the message schedule then stays in sixteen
 * locals, and the eight working variables change names instead of places. All
 * rounds written out would be twice the code and no faster.
 *
 * @module
 */
import { block, define, range } from "./emit.ts";

/** One of the two word sizes. */
interface Family {
  /** The name of the function, and of its word. */
  readonly name: string;
  readonly word: "u32" | "u64";
  /** Bytes of a word. */
  readonly bytes: number;
  readonly rounds: number;
  /** Rotations of the upper-case sigmas, ascending. */
  readonly sum0: Distances;
  readonly sum1: Distances;
  /** Two rotations, ascending, and the shift of the lower-case sigmas. */
  readonly sigma0: Distances;
  readonly sigma1: Distances;
}

type Distances = readonly [number, number, number];

/** Section 4.1.2. */
const SHA256: Family = {
  name: "compress256",
  word: "u32",
  bytes: 4,
  rounds: 64,
  sum0: [2, 13, 22],
  sum1: [6, 11, 25],
  sigma0: [7, 18, 3],
  sigma1: [17, 19, 10],
};

/** Section 4.1.3. */
const SHA512: Family = {
  name: "compress512",
  word: "u64",
  bytes: 8,
  rounds: 80,
  sum0: [28, 34, 39],
  sum1: [14, 18, 41],
  sigma0: [1, 8, 7],
  sigma1: [19, 61, 6],
};

/** The first `count` primes. */
function primes(count: number): bigint[] {
  const found: bigint[] = [];
  for (let n = 2n; found.length < count; n++) {
    if (found.every((prime) => n % prime !== 0n)) found.push(n);
  }
  return found;
}

/** The largest integer whose `degree`th power is at most `n`. */
function root(n: bigint, degree: bigint): bigint {
  let low = 0n;
  let high = n + 1n;
  while (high - low > 1n) {
    const middle = (low + high) / 2n;
    if (middle ** degree <= n) low = middle;
    else high = middle;
  }
  return low;
}

/** The first `bits` bits of the fractional part of a root of `n`. */
function fraction(n: bigint, degree: bigint, bits: number): bigint {
  return BigInt.asUintN(bits, root(n << (degree * BigInt(bits)), degree));
}

/**
 * Sections 4.2.2 and 4.2.3: "the first [...] bits of the fractional parts of the
 * cube roots of the first [...] prime numbers".
 */
function roundConstants({ rounds, bytes }: Family): bigint[] {
  return primes(rounds).map((prime) => fraction(prime, 3n, bytes * 8));
}

/**
 * Section 5.3: the fractional parts of the square roots of the first eight
 * primes; for SHA-384, of the ninth to sixteenth.
 */
function initialState(first: number, bits: number): bigint[] {
  return primes(first + 8).slice(first).map((n) => fraction(n, 2n, bits));
}

/** A static table of words. */
function table(name: string, word: string, words: readonly bigint[]): string {
  return `export const ${name}: usize = memory.data<${word}>([${
    words.map((value) => `0x${value.toString(16)}`).join(", ")
  }], 16);`;
}

/** XOR of three rotations, nested so that each works on the one before. */
function sum(word: string, x: string, [p, q, r]: Distances): string {
  return `rotr<${word}>(${x} ^ rotr<${word}>(${x} ^ rotr<${word}>(${x}, ${
    r - q
  }), ${q - p}), ${p})`;
}

/** XOR of two rotations and a shift. */
function sigma(word: string, x: string, [p, q, shift]: Distances): string {
  return `(rotr<${word}>(${x} ^ rotr<${word}>(${x}, ${
    q - p
  }), ${p}) ^ (${x} >> ${shift}))`;
}

/** Round `i`, whose constant is `constant`; from 16 on it makes its word first. */
function round(family: Family, i: number, constant: string): string[] {
  const { word, sum0, sum1, sigma0, sigma1 } = family;
  const [a, b, _c, d, e, f, g, h] = range(8).map((j) =>
    "abcdefgh"[(j + 7 * i) % 8] as string
  ) as [string, string, string, string, string, string, string, string];
  const w = (j: number) => `w${j % 16}`;
  const code: string[] = [];
  if (i >= 16) {
    code.push(
      `${w(i)} += ${sigma(word, w(i + 1), sigma0)} + ${w(i + 9)} + ${
        sigma(word, w(i + 14), sigma1)
      };`,
    );
  }
  // Maj(a, b, c) is b ^ ((a ^ b) & (b ^ c)), and b ^ c the a ^ b of last round.
  const [now, last] = i % 2 === 0 ? ["m", "n"] : ["n", "m"];
  code.push(
    `${h} += ${w(i)} + ${constant} + ${
      sum(word, e, sum1)
    } + (${g} ^ (${e} & (${f} ^ ${g})));`,
    `${d} += ${h};`,
    `${now} = ${a} ^ ${b};`,
    `${h} += ${sum(word, a, sum0)} + (${b} ^ (${now} & ${last}));`,
  );
  return code;
}

/** The compression function over whole blocks. */
function compression(family: Family): string {
  const { name, word, bytes, rounds } = family;
  const variables = [..."abcdefgh"];
  const constants = `CONSTANTS_${bytes * 8}`;
  const sixteen = (from: number, at: string) =>
    range(16).flatMap((i) =>
      round(family, from + i, `load<${word}>(${at}, ${i * bytes})`)
    );
  return define(
    `${name}(data: usize, end: usize): void`,
    `Absorbs the blocks from \`data\` to \`end\` into STATE.`,
    [
      ...variables.map((v, i) =>
        `let ${v} = load<${word}>(STATE, ${i * bytes});`
      ),
      ...range(16).map((i) => `let w${i}: ${word} = 0;`),
      `let m: ${word} = 0;`,
      ...block(`for (; data < end; data += ${16 * bytes})`, [
        ...range(16).map((i) =>
          `w${i} = bswap<${word}>(load<${word}>(data, ${i * bytes}));`
        ),
        `let n = b ^ c;`,
        ...sixteen(0, constants),
        ...block(
          `for (let k = ${constants} + ${16 * bytes}; k < ${constants} + ${
            rounds * bytes
          }; k += ${16 * bytes})`,
          sixteen(16, "k"),
        ),
        ...variables.flatMap((v, i) => [
          `${v} += load<${word}>(STATE, ${i * bytes});`,
          `store<${word}>(STATE, ${v}, ${i * bytes});`,
        ]),
      ]),
    ],
  );
}

/** The AssemblyScript module `generated/sha2`. */
export function sha2Code(): string {
  return [
    `import { STATE } from "../layout";`,
    table("CONSTANTS_32", "u32", roundConstants(SHA256)),
    table("CONSTANTS_64", "u64", roundConstants(SHA512)),
    table("INITIAL_256", "u32", initialState(0, 32)),
    table("INITIAL_384", "u64", initialState(8, 64)),
    table("INITIAL_512", "u64", initialState(0, 64)),
    compression(SHA256),
    compression(SHA512),
  ].join("\n");
}
