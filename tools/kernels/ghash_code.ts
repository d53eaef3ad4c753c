/**
 * Writes GHASH's multiplications; see `assembly/ghash.ts` for the method and the
 * tables.
 *
 * @module
 */
import { block, define, loadVector, range, storeVector } from "./emit.ts";

/** Interleaves the low, or high, halves of two vectors. */
function interleave(a: string, b: string, from: 0 | 8): string {
  const bytes = range(8).flatMap((k) => [from + k, from + k + 16]);
  return `v128.shuffle<u8>(${a}, ${b}, ${bytes.join(", ")})`;
}

/**
 * A 16x16 transposition of bytes: four times, vector i is interleaved with
 * vector i + 8. Gives the code and the names of the results.
 */
function transposition(names: readonly string[]): [string[], string[]] {
  const code: string[] = [];
  let current = [...names];
  for (const level of range(4)) {
    const next: string[] = [];
    for (const i of range(8)) {
      const [a, b] = [current[i] as string, current[i + 8] as string];
      const [low, high] = [`t${level}_${2 * i}`, `t${level}_${2 * i + 1}`];
      code.push(`const ${low} = ${interleave(a, b, 0)};`);
      code.push(`const ${high} = ${interleave(a, b, 8)};`);
      next.push(low, high);
    }
    current = next;
  }
  return [code, current];
}

/** Loads 16 vectors from `source` and transposes them. */
function loadTransposed(source: string, add?: string): [string[], string[]] {
  const names = range(16).map((i) => `a${i}`);
  const loads = names.map((name, i) => {
    const value = loadVector(source, i);
    return `const ${name} = ${
      i === 0 && add !== undefined ? `v128.xor(${value}, ${add})` : value
    };`;
  });
  const [code, results] = transposition(names);
  return [[...loads, ...code], results];
}

function transposeCode(): string[] {
  const [code, results] = loadTransposed("source");
  return [...code, ...results.map((name, i) => storeVector("target", i, name))];
}

function addLanes(): string[] {
  const [code, results] = loadTransposed("data");
  const sums = results.map((name, i) =>
    storeVector(
      "GHASH_LANES",
      i,
      `v128.xor(${loadVector("GHASH_LANES", i)}, ${name})`,
    )
  );
  return [...code, ...sums];
}

/** Output bytes that are summed at a time: as many as registers hold well. */
const SUMS = 8;

function addMultiplyLanes(): string[] {
  const [code, results] = loadTransposed("data", "y");
  code.unshift(`const lowNibble = v128.load(NIBBLE);`);
  results.forEach((name, i) => {
    code.push(
      `const n${i} = v128.xor(${loadVector("GHASH_LANES", i)}, ${name});`,
      storeVector(
        "GHASH_NIBBLES",
        2 * i,
        `v128.and(i16x8.shr_u(n${i}, 4), lowNibble)`,
      ),
      storeVector("GHASH_NIBBLES", 2 * i + 1, `v128.and(n${i}, lowNibble)`),
    );
  });
  for (let first = 0; first < 16; first += SUMS) {
    const outputs = range(SUMS).map((i) => first + i);
    code.push(...block("", [
      ...range(32).flatMap((input) => [
        `const x${input} = ${loadVector("GHASH_NIBBLES", input)};`,
        ...outputs.map((output) => {
          const product = `swizzle(${
            loadVector("GHASH_H16", input * 16 + output)
          }, x${input})`;
          return input === 0
            ? `let c${output} = ${product};`
            : `c${output} = v128.xor(c${output}, ${product});`;
        }),
      ]),
      ...outputs.map((i) => storeVector("GHASH_LANES", i, `c${i}`)),
    ]));
  }
  return code;
}

/** The upper 16 bytes of `high`:`low` moved up by `count` bytes. */
function moveUp(low: string, high: string, count: number): string {
  const bytes = range(16).map((i) => 16 - count + i);
  return `v128.shuffle<u8>(${low}, ${high}, ${bytes.join(", ")})`;
}

/**
 * The two effects of a byte b at x^128 and beyond: x^128 = 1 + x + x^2 + x^7 adds
 * b, b/x^-1 and so on at its own place 16 bytes down, and what is shifted out of
 * the byte to the next one.
 */
const REDUCE_HERE = (b: number) => (b ^ (b >> 1) ^ (b >> 2) ^ (b >> 7)) & 0xff;
const REDUCE_NEXT = (b: number) => ((b << 7) ^ (b << 6) ^ (b << 1)) & 0xff;

/** Looks both effects of the bytes of `x` up, nibble by nibble. */
function reduction(x: string, here: string, next: string): string[] {
  return [
    `const ${here}h = v128.and(i16x8.shr_u(${x}, 4), lowNibble);`,
    `const ${here}l = v128.and(${x}, lowNibble);`,
    `const ${here} = v128.xor(swizzle(v128.load(HERE_HIGH), ${here}h), swizzle(v128.load(HERE_LOW), ${here}l));`,
    `const ${next} = v128.xor(swizzle(v128.load(NEXT_HIGH), ${here}h), swizzle(v128.load(NEXT_LOW), ${here}l));`,
  ];
}

/**
 * y = (y + x) * H, block by block. Vector Pk holds byte k of the product of each
 * byte of the factor with H; the one of factor byte j belongs at byte j + k of
 * the result, so the Pk are added with k bytes' offset: four chains of Horner's
 * rule, joined at the end.
 */
function multiply(): string[] {
  const step = [
    `const f = v128.xor(y, v128.load(data));`,
    `const fh = v128.and(i16x8.shr_u(f, 4), lowNibble);`,
    `const fl = v128.and(f, lowNibble);`,
    ...range(17).map((k) =>
      `const P${k} = v128.xor(swizzle(${
        loadVector("GHASH_H1", 2 * k)
      }, fh), swizzle(${loadVector("GHASH_H1", 2 * k + 1)}, fl));`
    ),
  ];
  const chains = [[3, 2, 1, 0], [7, 6, 5, 4], [11, 10, 9, 8], [
    16,
    15,
    14,
    13,
    12,
  ]];
  chains.forEach(([start, ...rest], n) => {
    step.push(`let lo${n} = P${start}, hi${n} = nothing;`);
    for (const k of rest) {
      step.push(
        `hi${n} = ${moveUp(`lo${n}`, `hi${n}`, 1)};`,
        `lo${n} = v128.xor(${moveUp("nothing", `lo${n}`, 1)}, P${k});`,
      );
    }
  });
  const joined = (parts: string[]) =>
    `v128.xor(v128.xor(${parts[0]}, ${parts[1]}), v128.xor(${parts[2]}, ${
      parts[3]
    }))`;
  step.push(
    `const low = ${
      joined(
        range(4).map((n) => n ? moveUp("nothing", `lo${n}`, 4 * n) : "lo0"),
      )
    };`,
    `const high = ${
      joined(range(4).map((n) => n ? moveUp(`lo${n}`, `hi${n}`, 4 * n) : "hi0"))
    };`,
    ...reduction("high", "here", "next"),
    // The last byte's overflow is at x^128 again.
    `const over = ${
      moveUp("next", "nothing", 1).replace(/\d+(, \d+)*\)$/, "")
    }${[15, ...range(15).map(() => 16)].join(", ")});`,
    ...reduction("over", "here2", "next2"),
    `y = v128.xor(v128.xor(low, here), v128.xor(${
      moveUp("nothing", "v128.xor(next, next2)", 1)
    }, here2));`,
  );
  return [
    `const lowNibble = v128.load(NIBBLE);`,
    `const nothing = i64x2.splat(0);`,
    `let y = v128.load(GHASH_Y);`,
    `const end = data + (blocks << 4);`,
    ...block("for (; data < end; data += 16)", step),
    `v128.store(GHASH_Y, y);`,
  ];
}

/** The AssemblyScript module `generated/ghash`. */
export function ghashCode(): string {
  const table = (name: string, entry: (i: number) => number) =>
    `const ${name}: usize = memory.data<u8>([${range(16).map(entry)}], 16);`;
  return [
    `import { GHASH_H1, GHASH_H16, GHASH_LANES, GHASH_NIBBLES, GHASH_Y } from "../layout";`,
    `import { swizzle } from "../simd";`,
    table("NIBBLE", () => 15),
    table("HERE_HIGH", (i) => REDUCE_HERE(i << 4)),
    table("HERE_LOW", (i) => REDUCE_HERE(i)),
    table("NEXT_HIGH", (i) => REDUCE_NEXT(i << 4)),
    table("NEXT_LOW", (i) => REDUCE_NEXT(i)),
    define(
      "transpose(source: usize, target: usize): void",
      "Transposes 16 by 16 bytes.",
      transposeCode(),
    ),
    define(
      "addLanes(data: usize): void",
      "Adds 16 blocks to the lanes.",
      addLanes(),
    ),
    define(
      "addMultiplyLanes(data: usize, y: v128): void",
      "Adds 16 blocks, and `y` to the first, and multiplies all lanes by H^16.",
      addMultiplyLanes(),
    ),
    define(
      "multiply(data: usize, blocks: usize): void",
      "y = (y + x) * H for each block x.",
      multiply(),
    ),
  ].join("\n");
}
