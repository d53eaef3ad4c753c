/**
 * Writes the ChaCha20 block function, four blocks at a time, alone and woven
 * with Poly1305.
 *
 * Word i of the four blocks lies in vector xi, one block a lane, so that a
 * quarter round works on four blocks at once; at the end 4x4 transpositions
 * bring the blocks back in order.
 *
 * @module
 */
import { block, define, range, weave } from "./emit.ts";

/** The four quarter rounds of a column round, then those of a diagonal round. */
const QUARTER_ROUNDS = [
  [[0, 4, 8, 12], [1, 5, 9, 13], [2, 6, 10, 14], [3, 7, 11, 15]],
  [[0, 5, 10, 15], [1, 6, 11, 12], [2, 7, 8, 13], [3, 4, 9, 14]],
] as const;

/** RFC 8439, section 2.1: a += b; d ^= a; d <<<= 16 and so on. */
const STEPS = [[0, 1, 3, 16], [2, 3, 1, 12], [0, 1, 3, 8], [2, 3, 1, 7]];

/** One double round; the four quarter rounds of a half are independent. */
function doubleRound(): string[] {
  const code: string[] = [];
  for (const half of QUARTER_ROUNDS) {
    for (const [a, b, d, bits] of STEPS as [0, 1, 3, number][]) {
      for (const q of half) {
        code.push(`x${q[a]} = i32x4.add(x${q[a]}, x${q[b]});`);
      }
      for (const q of half) {
        code.push(`x${q[d]} = v128.xor(x${q[d]}, x${q[a]});`);
      }
      for (const q of half) code.push(`x${q[d]} = rotate${bits}(x${q[d]});`);
    }
  }
  return code;
}

/** The factor of message-limb i in column k: r, or s where it wraps 2^130. */
function factor(i: number, k: number): string {
  // POLY_R holds r0..r3 and then s1..s3.
  const index = k >= i ? k - i : 4 + (k - i + 4) - 1;
  return `load<u64>(POLY_R, ${index * 8})`;
}

/** Absorbs the block at `data` + `offset` into h0..h4; see poly1305.ts. */
function absorbBlock(data: string, offset: number, prefix: string): string[] {
  const p = prefix;
  const code = [
    `const ${p}l = load<u64>(${data}, ${offset});`,
    `const ${p}h = load<u64>(${data}, ${offset + 8});`,
    // "add one bit beyond the number of octets": all blocks are whole
    `h4 += 1;`,
    `const ${p}m1 = h1 + (${p}l >> 32);`,
    `const ${p}m2 = h2 + (${p}h & 0xffffffff);`,
    `const ${p}m3 = h3 + (${p}h >> 32);`,
    `const ${p}m0 = h0 + (${p}l & 0xffffffff);`,
  ];
  const columns = range(4).map((k) => {
    const terms = [1, 2, 3].map((i) => `${p}m${i} * ${factor(i, k)}`);
    // h4 stands for 2^128, so column 0 gets none: 2^128 * r0 goes to h4 itself.
    if (k > 0) terms.push(`h4 * ${factor(4, k)}`);
    terms.push(`${p}m0 * ${factor(0, k)}`);
    return terms;
  });
  columns.forEach((terms, k) => {
    code.push(`let ${p}d${k} = ${terms[0]};`);
    for (const term of terms.slice(1)) code.push(`${p}d${k} += ${term};`);
  });
  code.push(
    `h4 *= load<u64>(POLY_R, 0);`,
    `${p}d1 += ${p}d0 >> 32;`,
    `${p}d2 += ${p}d1 >> 32;`,
    `h1 = ${p}d1 & 0xffffffff;`,
    `${p}d3 += ${p}d2 >> 32;`,
    `h2 = ${p}d2 & 0xffffffff;`,
    `h4 += ${p}d3 >> 32;`,
    `h3 = ${p}d3 & 0xffffffff;`,
    // 2^130 is 5: 5 * (h4 >> 2) = (h4 >> 2) + (h4 & ~3)
    `h0 = (${p}d0 & 0xffffffff) + (h4 >> 2) + (h4 & ~3);`,
    `h4 &= 3;`,
  );
  return code;
}

const LOAD_H = range(5).map((i) => `let h${i} = load<u64>(POLY_H, ${i * 8});`);
const STORE_H = range(5).map((i) => `store<u64>(POLY_H, h${i}, ${i * 8});`);

/** Adds the input, transposes, and combines the 256 bytes with the data. */
function output(): string[] {
  const code = range(16).map((i) =>
    i === 12
      ? `x12 = i32x4.add(x12, counters);`
      : `x${i} = i32x4.add(x${i}, v128.load32_splat(CHACHA_INPUT, ${i * 4}));`
  );
  for (const group of range(4)) {
    const [a, b, c, d] = range(4).map((i) => `x${group * 4 + i}`);
    code.push(...block("", [
      `const t0 = v128.shuffle<u32>(${a}, ${b}, 0, 4, 1, 5);`,
      `const t1 = v128.shuffle<u32>(${c}, ${d}, 0, 4, 1, 5);`,
      `const t2 = v128.shuffle<u32>(${a}, ${b}, 2, 6, 3, 7);`,
      `const t3 = v128.shuffle<u32>(${c}, ${d}, 2, 6, 3, 7);`,
      ...range(4).map((i) => {
        const at = i * 64 + group * 16;
        const pair = i < 2 ? "t0, t1" : "t2, t3";
        const words = i % 2 === 0 ? "0, 2" : "1, 3";
        return `v128.store(data, v128.xor(v128.load(data, ${at}), v128.shuffle<u64>(${pair}, ${words})), ${at});`;
      }),
    ]));
  }
  return code;
}

function blockFunction(withPoly: boolean): string[] {
  const code = range(16).filter((i) => i !== 12).map((i) =>
    `let x${i} = v128.load32_splat(CHACHA_INPUT, ${i * 4});`
  );
  code.push(
    `const counters = i32x4.add(i32x4.splat(counter), i32x4(0, 1, 2, 3));`,
    `let x12 = counters;`,
  );
  const round = doubleRound();
  if (!withPoly) {
    code.push(...block("for (let i = 0; i < 10; i++)", round));
    return [...code, ...output()];
  }
  // 10 double rounds and 16 Poly1305 blocks: twice 5 and 8.
  code.push(
    ...LOAD_H,
    ...block("for (let i = 0; i < 2; i++)", [
      ...weave(
        range(5).flatMap(() => round),
        range(8).flatMap((i) => absorbBlock("message", 16 * i, `b${i}`)),
      ),
      "message += 128;",
    ]),
    ...STORE_H,
  );
  return [...code, ...output()];
}

/** The AssemblyScript module `generated/chacha20`. */
export function chacha20Code(): string {
  return [
    `import { CHACHA_INPUT, POLY_H, POLY_R } from "../layout";`,
    `import { rotate16, rotate12, rotate8, rotate7 } from "../simd";`,
    define(
      "xor256(data: usize, counter: u32): void",
      "Combines the 256 bytes at `data` with blocks `counter` to `counter` + 3.",
      blockFunction(false),
    ),
    define(
      "xor256Absorb(data: usize, counter: u32, message: usize): void",
      "The same, while Poly1305 absorbs the 256 bytes at `message`.",
      blockFunction(true),
    ),
    define(
      "absorb(message: usize, end: usize): void",
      "Poly1305 absorbs whole blocks from `message` until `end` is reached.",
      [
        ...LOAD_H,
        ...block(
          "for (; message < end; message += 16)",
          absorbBlock("message", 0, "a"),
        ),
        ...STORE_H,
      ],
    ),
  ].join("\n");
}
