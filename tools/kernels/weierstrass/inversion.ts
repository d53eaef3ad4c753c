/**
 * Inversion in constant time: the "safegcd" division steps of
 * {@link https://doi.org/10.13154/tches.v2019.i3.340-398 | Bernstein and Yang 2019},
 * in the variant that starts at delta = 1/2. For a modulus below 2^bits and
 * 0 <= a < modulus that takes at most (45907 bits + 26313) / 19929 steps (Wuille's
 * and Maxwell's computation of the convex hull,
 * {@link https://github.com/sipa/safegcd-bounds | safegcd-bounds}): 591 for P-256
 * and 885 for P-384. Steps too many change nothing.
 *
 * A round finds the matrix [u v; s w] of as many steps as a limb has bits, from the
 * low limbs alone, and applies it to the whole numbers: (f, g) := [u v; s w] (f, g)
 * / 2^limbBits, and the same modulo the modulus to (d, e), with which d * a = f and
 * e * a = g always.
 *
 * @module
 */
import type { Modulus } from "./parameters.ts";
import {
  add,
  Body,
  constant,
  type Expression,
  multiply,
  print,
  printStatement,
  type Statement,
  variable,
} from "./straight_line.ts";

/** How many rounds, of as many steps as a limb has bits, an inversion takes. */
export function roundsOf({ value, shape }: Modulus): number {
  const bits = value.toString(2).length;
  const steps = Math.ceil((45907 * bits + 26313) / 19929);
  return Math.ceil(steps / shape.limbBits);
}

/** One line of the matrix applied: a new number from two. */
export interface Row {
  /** The limbs of the result, by index. */
  readonly limbs: readonly Expression[];
  /** The low limb that must be zero, as the steps made it so. */
  readonly remainder: Expression;
  /** The multiple of the modulus that was added, or `null` for none. */
  readonly multiple: Expression | null;
}

/** What a round does to the numbers, once the matrix is known. */
export interface Transition {
  /** Computes the rows. */
  readonly statements: readonly Statement[];
  /** New f, g, d and e. */
  readonly rows: Readonly<Record<"f" | "g" | "d" | "e", Row>>;
}

function row(
  body: Body,
  name: string,
  matrix: readonly [string, string],
  numbers: readonly [string, string],
  { limbs: modulusLimbs, negatedInverse }: Modulus,
  modular: boolean,
): Row {
  const limbs: Expression[] = [];
  let total: Expression | null = null;
  let remainder: Expression = constant(0);
  let multiple: Expression | null = null;
  for (const i of body.indices) {
    let value = add(
      multiply(variable(matrix[0]), variable(`${numbers[0]}${i}`)),
      multiply(variable(matrix[1]), variable(`${numbers[1]}${i}`)),
    );
    if (total !== null) value = add(value, body.carryOf(total));
    if (multiple !== null && modulusLimbs[i] !== 0n) {
      value = add(value, multiply(multiple, constant(modulusLimbs[i]!)));
    }
    total = body.let(`${name}t${i}`, value);
    if (i === 0 && modular) {
      multiple = body.let(
        `${name}m`,
        body.lowLimb(multiply(body.lowLimb(total), constant(negatedInverse))),
      );
      total = body.let(
        `${name}u`,
        add(total, multiply(multiple, constant(modulusLimbs[0]!))),
      );
    }
    if (i === 0) remainder = body.lowLimb(total);
    else limbs.push(body.lowLimb(total));
  }
  limbs.push(body.carryOf(total!));
  return { limbs, remainder, multiple };
}

/** The transition of a round modulo `modulus`. */
export function transition(modulus: Modulus): Transition {
  const body = new Body(modulus.shape);
  const rows = {
    f: row(body, "F", ["u", "v"], ["f", "g"], modulus, false),
    g: row(body, "G", ["s", "w"], ["f", "g"], modulus, false),
    d: row(body, "D", ["u", "v"], ["d", "e"], modulus, true),
    e: row(body, "E", ["s", "w"], ["d", "e"], modulus, true),
  };
  return { statements: body.statements, rows };
}

function declare(name: string, values: readonly string[]): string {
  const parts = values.map((value, i) => `${name}${i}: i64 = ${value}`);
  return `  let ${parts.join(", ")};`;
}

/** The inversion modulo `modulus` as AssemblyScript. */
export function printInversion(modulus: Modulus): string {
  const { statements, rows } = transition(modulus);
  const indices = modulus.limbs.map((_, i) => i);
  const assignments = Object.entries(rows).map(([name, { limbs }]) =>
    "    " + limbs.map((limb, i) => `${name}${i} = ${print(limb)};`).join(" ")
  );
  return `
/**
 * r = 1 / a modulo the modulus, for 0 < a < modulus; carried but not reduced,
 * and of either sign.
 */
export function ${modulus.prefix}Inverse(r: usize, a: usize): void {
${declare("f", modulus.limbs.map(String))}
${declare("g", indices.map((i) => `load<i64>(a, ${8 * i})`))}
${declare("d", indices.map(() => "0"))}
${declare("e", indices.map((i) => i === 0 ? "1" : "0"))}
  let zeta: i64 = -1; // -(delta + 1/2)
  for (let round = 0; round < ${roundsOf(modulus)}; round++) {
    // Both columns of a row of the matrix share an i64, 32 bits apart: the steps
    // add and double, and |u| + |v| and |s| + |w| double at most, so that after
    // ${modulus.shape.limbBits} steps no entry is above 2^${modulus.shape.limbBits}.
    let low: i64 = f0, other: i64 = g0, uv: i64 = 1, sw: i64 = 1 << 32;
    for (let step = 0; step < ${modulus.shape.limbBits}; step++) {
      let swap: i64 = zeta >> 63;
      const odd: i64 = -(other & 1);
      other += ((low ^ swap) - swap) & odd;
      sw += ((uv ^ swap) - swap) & odd;
      swap &= odd;
      zeta = (zeta ^ swap) - 1;
      low += other & swap;
      uv += sw & swap;
      other >>= 1;
      uv <<= 1;
    }
    const u: i64 = (uv << 32) >> 32, v: i64 = (uv - u) >> 32;
    const s: i64 = (sw << 32) >> 32, w: i64 = (sw - s) >> 32;
${statements.map((statement) => "  " + printStatement(statement)).join("\n")}
${assignments.join("\n")}
  }
  const sign: i64 = f${modulus.limbs.length - 1} >> 63; // f is 1 or -1 now
${
    indices.map((i) => `  store<i64>(r, (d${i} ^ sign) - sign, ${8 * i});`)
      .join("\n")
  }
}
`;
}
