/**
 * Writes bitsliced AES in counter mode: 8 blocks, or twice 8 side by side.
 *
 * Counter blocks of one record differ in their last byte only, for 256 counters
 * in a row. So the first AddRoundKey and round 1 are split in two: what the 15
 * other bytes make of it, computed once for each 256 counters
 * (`commonRound1`), and column 0, the only one that the last byte reaches
 * after ShiftRows and MixColumns, which depends on the key alone and is looked
 * up by the (public) counter in a table made at key set-up. The blocks are never
 * bitsliced on entry, and round 1 costs a load, a swizzle and an XOR for each of
 * eight vectors. (The idea of not recomputing what the counter leaves alone is
 * Bernstein and Schwabe's, {@link https://eprint.iacr.org/2008/381}, section 5.)
 *
 * @module
 */
import {
  alternate,
  block,
  define,
  loadVector,
  range,
  storeVector,
} from "./emit.ts";

/**
 * The AES S-box as 32 AND and 83 XOR: J. Boyar and R. Peralta, "A new
 * combinational logic minimization technique with applications to cryptology"
 * (SEA 2010, {@link https://eprint.iacr.org/2009/191}), figures 5 to 7 and their
 * names. x0 and s0 are the most significant bits. Outputs 1, 2, 6 and 7 lack
 * their final negation (the constant 0x63), which the round keys carry.
 */
const SBOX = `
y14=x3^x5 y13=x0^x6 y9=x0^x3 y8=x0^x5 t0=x1^x2 y1=t0^x7 y4=y1^x3 y12=y13^y14
y2=y1^x0 y5=y1^x6 y3=y5^y8 t1=x4^y12 y15=t1^x5 y20=t1^x1 y6=y15^x7 y10=y15^t0
y11=y20^y9 y7=x7^y11 y17=y10^y11 y19=y10^y8 y16=t0^y11 y21=y13^y16 y18=x0^y16
t2=y12&y15 t3=y3&y6 t4=t3^t2 t5=y4&x7 t6=t5^t2 t7=y13&y16 t8=y5&y1 t9=t8^t7
t10=y2&y7 t11=t10^t7 t12=y9&y11 t13=y14&y17 t14=t13^t12 t15=y8&y10 t16=t15^t12
t17=t4^t14 t18=t6^t16 t19=t9^t14 t20=t11^t16 t21=t17^y20 t22=t18^y19
t23=t19^y21 t24=t20^y18 t25=t21^t22 t26=t21&t23 t27=t24^t26 t28=t25&t27
t29=t28^t22 t30=t23^t24 t31=t22^t26 t32=t31&t30 t33=t32^t24 t34=t23^t33
t35=t27^t33 t36=t24&t35 t37=t36^t34 t38=t27^t36 t39=t29&t38 t40=t25^t39
t41=t40^t37 t42=t29^t33 t43=t29^t40 t44=t33^t37 t45=t42^t41
z0=t44&y15 z1=t37&y6 z2=t33&x7 z3=t43&y16 z4=t40&y1 z5=t29&y7 z6=t42&y11
z7=t45&y17 z8=t41&y10 z9=t44&y12 z10=t37&y3 z11=t33&y4 z12=t43&y13 z13=t40&y5
z14=t29&y2 z15=t42&y9 z16=t45&y14 z17=t41&y8
t46=z15^z16 t47=z10^z11 t48=z5^z13 t49=z9^z10 t50=z2^z12 t51=z2^z5 t52=z7^z8
t53=z0^z3 t54=z6^z7 t55=z16^z17 t56=z12^t48 t57=t50^t53 t58=z4^t46 t59=z3^t54
t60=t46^t57 t61=z14^t57 t62=t52^t58 t63=t49^t58 t64=z4^t59 t65=t61^t62
t66=z1^t63 s0=t59^t63 s6=t56^t62 s7=t48^t60 t67=t64^t65 s3=t53^t66 s4=t51^t66
s5=t47^t65 s1=t64^s3 s2=t55^t67`.trim().split(/\s+/);

/** SubBytes: from the vectors `q`0..`q`7 (bit i in `q`i) to `p`s0..`p`s7. */
function subBytes(q: string, p: string): string[] {
  return SBOX.map((gate) => {
    const match = /^(\w+)=(\w+)([\^&])(\w+)$/.exec(gate);
    if (match === null) throw new Error(`Cannot read the gate ${gate}`);
    const [, to, a, operator, b] = match as unknown as string[];
    const name = (wire = "") =>
      wire.startsWith("x") ? `${q}${7 - Number(wire.slice(1))}` : p + wire;
    const call = operator === "^" ? "xor" : "and";
    return `const ${p}${to} = v128.${call}(${name(a)}, ${name(b)});`;
  });
}

/** The vector with bit `bit` of SubBytes' output. */
function outputBit(p: string, bit: number): string {
  return `${p}s${7 - bit}`;
}

/** Bits of x * a in GF(2^8) to which the bit that falls out is added: 0x1b. */
const REDUCED_BITS = [1, 3, 4];

/**
 * ShiftRows and MixColumns of SubBytes' output, FIPS 197 sections 5.1.2 and
 * 5.1.3: 2a + 3b + c + d = 2(a + b) + b + c + d for a row a and those below it.
 * Gives, for each bit, an expression of the new state without its round key.
 */
function mixColumns(p: string): { code: string[]; result: string[] } {
  const code: string[] = [];
  for (const i of range(8)) {
    code.push(
      `const ${p}a${i} = swizzle(${outputBit(p, i)}, shiftRows);`,
    );
  }
  for (const i of range(8)) {
    code.push(
      `const ${p}b${i} = v128.shuffle<u32>(${p}a${i}, ${p}a${i}, 1, 2, 3, 0);`,
      `const ${p}m${i} = v128.xor(${p}a${i}, ${p}b${i});`,
    );
  }
  const result = range(8).map((i) => {
    const m = `${p}m${i}`;
    let sum = `v128.xor(${p}b${i}, v128.shuffle<u32>(${m}, ${m}, 2, 3, 0, 1))`;
    sum = `v128.xor(${sum}, ${p}m${(i + 7) % 8})`;
    return REDUCED_BITS.includes(i) ? `v128.xor(${sum}, ${p}m7)` : sum;
  });
  return { code, result };
}

/** A middle round on `q`0..7 with the round key at `key`. */
function round(q: string): string[] {
  const { code, result } = mixColumns(q);
  return [
    ...subBytes(q, q),
    ...code,
    ...result.map((sum, i) =>
      `${q}${i} = v128.xor(${sum}, ${loadVector("key", i)});`
    ),
  ];
}

/** The last round: no MixColumns; the bytes return to FIPS 197's order. */
function lastRound(q: string): string[] {
  return [
    ...subBytes(q, q),
    ...range(8).map((i) =>
      `${q}${i} = v128.xor(swizzle(${
        outputBit(q, i)
      }, v128.load(SHIFT_ROWS_LAST)), ${loadVector("key", i)});`
    ),
  ];
}

/** Swaps the bits of `a` that `mask << shift` selects with those of `b` in `mask`. */
function swapBits(a: string, b: string, shift: number): string[] {
  const t = `${a}x${shift}`;
  return [
    `const ${t} = v128.and(v128.xor(i64x2.shr_u(${a}, ${shift}), ${b}), v128.load(SWAP_${shift}));`,
    `${b} = v128.xor(${b}, ${t});`,
    `${a} = v128.xor(${a}, i64x2.shl(${t}, ${shift}));`,
  ];
}

/** From bitslices to blocks: an 8x8 transposition of bits in each byte lane. */
function unslice(q: string): string[] {
  return [1, 2, 4].flatMap((distance) =>
    range(8).filter((i) => (i & distance) === 0).flatMap((i) =>
      swapBits(`${q}${i}`, `${q}${i + distance}`, distance)
    )
  );
}

/** Counter mode over 8 blocks for each name in `states`. */
function counterMode(states: readonly string[]): string[] {
  const both = (code: (q: string) => string[]) =>
    alternate(states.map(code), 4);
  return [
    `const table = ROUND1_TABLE + (group << 2);`,
    ...states.flatMap((q, n) =>
      range(8).map((i) =>
        `let ${q}${i} = v128.xor(${
          loadVector("CTR_ROUND1", i)
        }, swizzle(v128.load32_zero(table, ${
          i * 128 + n * 4
        }), v128.load(COLUMN_0)));`
      )
    ),
    `const last: usize = load<u32>(LAST_ROUND_KEY);`,
    `let key = ROUND_KEYS + 128;`,
    ...block("do", [
      `const shiftRows = v128.load(SHIFT_ROWS);`,
      ...both(round),
      `key += 128;`,
    ]),
    `while (key < last);`,
    ...block("", both(lastRound)),
    ...both(unslice),
    ...states.flatMap((q, n) =>
      range(8).map((i) =>
        storeVector(
          "data",
          n * 8 + i,
          `v128.xor(${loadVector("data", n * 8 + i)}, ${q}${i})`,
        )
      )
    ),
  ];
}

/** `subBytes(x)` of a plain vector: key expansion's SubWord. */
function plainSubBytes(): string[] {
  const bits = range(8).map((i) =>
    `v128.and(${outputBit("", i)}, i8x16.splat(<i8> ${1 << i}))`
  );
  return [
    ...range(8).map((i) => `const q${i} = spreadBit(x, ${i});`),
    ...subBytes("q", ""),
    `let result = i8x16.splat(0x63);`,
    ...bits.map((bit) => `result = v128.xor(result, ${bit});`),
    `return result;`,
  ];
}

/** Round 1 of all but the last byte, for the 256 counters that share them. */
function commonRound1(): string[] {
  const { code, result } = mixColumns("");
  return [
    `const shiftRows = v128.load(SHIFT_ROWS);`,
    `const others = v128.load(ALL_BUT_LAST);`,
    ...range(8).map((i) => `const q${i} = spreadBit(x, ${i});`),
    ...subBytes("q", "w"),
    ...range(8).map((i) => `const s${i} = v128.and(ws${i}, others);`),
    ...code,
    ...result.map((sum, i) =>
      storeVector(
        "CTR_ROUND1",
        i,
        `v128.xor(${sum}, ${loadVector("ROUND_KEYS", i)})`,
      )
    ),
  ];
}

/**
 * The table of `keyByte`: for each group of 8 counters and each bit, the 4 bytes
 * of column 0. A lane stands for a group here, 16 in each of two passes. In
 * MixColumns row 3 counts 1, 1, 3, 2 for rows 0 to 3.
 */
function round1Table(): string[] {
  const lanes = (bit: number) =>
    `i8x16(${range(16).map((lane) => (lane >> bit) & 1 ? -1 : 0).join(", ")})`;
  const doubled = (i: number) => {
    const shifted = outputBit("", (i + 7) % 8);
    return REDUCED_BITS.includes(i)
      ? `v128.xor(${shifted}, ${outputBit("", 7)})`
      : shifted;
  };
  return block("for (let half: i32 = 0; half < 2; half++)", [
    // Bits 0 to 2 of the counter tell blocks of a group apart, 3 to 6 lanes.
    ...[
      "i8x16.splat(<i8> 0xaa)",
      "i8x16.splat(<i8> 0xcc)",
      "i8x16.splat(<i8> 0xf0)",
    ]
      .concat(range(4).map(lanes), "i8x16.splat(<i8> -half)")
      .map((value, i) =>
        `const q${i} = v128.xor(${value}, spreadBit(keyByte, ${i}));`
      ),
    ...subBytes("q", ""),
    `const at = ROUND1_TABLE + (<usize> half << 6);`,
    ...range(8).flatMap((i) =>
      block("", [
        `const one = ${outputBit("", i)};`,
        `const two = ${doubled(i)};`,
        `const three = v128.xor(one, two);`,
        ...([["low", 0], ["high", 8]] as const).flatMap(([name, from]) => {
          const pairs = range(8).flatMap((k) => [from + k, from + k + 16]);
          return [
            `const ${name}01 = v128.shuffle<u8>(one, one, ${pairs});`,
            `const ${name}23 = v128.shuffle<u8>(three, two, ${pairs});`,
          ];
        }),
        ...["low", "high"].flatMap((name, n) =>
          [[0, 8, 1, 9, 2, 10, 3, 11], [4, 12, 5, 13, 6, 14, 7, 15]].map(
            (pairs, part) =>
              `v128.store(at, v128.shuffle<u16>(${name}01, ${name}23, ${pairs}), ${
                i * 128 + n * 32 + part * 16
              });`,
          )
        ),
      ])
    ),
  ]);
}

/** The AssemblyScript module `generated/aes`. */
export function aesCode(): string {
  const bytes = (values: readonly number[]) =>
    `memory.data<u8>([${values}], 16)`;
  const repeat = (value: number) => bytes(range(16).map(() => value));
  return [
    `import { CTR_ROUND1, LAST_ROUND_KEY, ROUND1_TABLE, ROUND_KEYS } from "../layout";`,
    `import { COLUMN_0, SHIFT_ROWS, SHIFT_ROWS_LAST, spreadBit } from "../aes";`,
    `import { swizzle } from "../simd";`,
    `const SWAP_1: usize = ${repeat(0x55)};`,
    `const SWAP_2: usize = ${repeat(0x33)};`,
    `const SWAP_4: usize = ${repeat(0x0f)};`,
    `const ALL_BUT_LAST: usize = ${
      bytes(range(16).map((i) => i < 15 ? 255 : 0))
    };`,
    define(
      "subBytes(x: v128): v128",
      "SubBytes, FIPS 197 section 5.1.1.",
      plainSubBytes(),
    ),
    define(
      "buildRound1Table(keyByte: v128): void",
      "Column 0 after round 1, for each low byte of the counter.",
      round1Table(),
    ),
    define(
      "commonRound1(x: v128): void",
      "Round 1 of the state `x`, whose last byte counts for nothing.",
      commonRound1(),
    ),
    define(
      "xor128(data: usize, group: usize): void",
      "Combines 128 bytes with the 8 blocks of counter group `group`.",
      counterMode(["q"]),
    ),
    define(
      "xor256(data: usize, group: usize): void",
      "Combines 256 bytes with the blocks of groups `group` and `group` + 1.",
      counterMode(["q", "r"]),
    ),
  ].join("\n");
}
