/**
 * Products: Montgomery products, most of them fused with the
 * additions and subtractions around them, which then cost no carry of their own.
 *
 * Products are summed by columns (schoolbook), and Montgomery's reduction
 * ({@link https://doi.org/10.1090/S0025-5718-1985-0777282-X | Montgomery 1985})
 * runs through the same columns. The field's modulus is -1 modulo 2^28 and 2^29, so that
 * the multiple of it that clears a column is the column itself, and adding that
 * multiple is four shifts (the form that
 * {@link https://doi.org/10.1007/s13389-014-0090-x | Gueron and Krasnov 2013} use
 * with 64-bit words).
 *
 * @module
 */
import type { Curve, Modulus } from "./parameters.ts";
import {
  add,
  Body,
  constant,
  type Expression,
  limb,
  type Meaning,
  multiply,
  shiftLeft,
  type StraightLine,
  subtract,
  sum,
} from "./straight_line.ts";

/** How many columns the product of two numbers has, and the index of each. */
function columnsOf(limbs: readonly Expression[]): number[] {
  return Array.from({ length: 2 * limbs.length - 1 }, (_, column) => column);
}

/** The sums of products of equal weight of two numbers. */
function productColumns(
  left: readonly Expression[],
  right: readonly Expression[],
): Expression[] {
  return columnsOf(left).map((column) =>
    sum(
      left.flatMap((limb, i) => {
        const other = right[column - i];
        return other === undefined ? [] : [multiply(limb, other)];
      }),
    )
  );
}

/**
 * The columns of a square, each product of two different limbs computed once.
 * `off` multiplies those (it holds twice the limbs, `other` what they meet), and
 * `diagonal` the equal ones.
 */
function squareColumns(
  limbs: readonly Expression[],
  off: readonly Expression[],
  other: readonly Expression[],
  diagonal: readonly Expression[],
): Expression[] {
  return columnsOf(limbs).map((column) => {
    const terms: Expression[] = [];
    for (const [i, limb] of limbs.entries()) {
      const j = column - i;
      if (j > i && j < limbs.length) terms.push(multiply(off[i]!, other[j]!));
      if (j === i) terms.push(multiply(limb, diagonal[i]!));
    }
    return sum(terms);
  });
}

/** What is subtracted from, or done to, the reduced number before it is stored. */
interface Tail {
  /** Limb `index` of what is subtracted. */
  readonly less?: (index: number) => Expression;
  /** Multiplies the result by three. */
  readonly triple?: boolean;
}

/** Reduces columns by Montgomery's method and stores the carried result. */
function reduce(
  body: Body,
  modulus: Modulus,
  columns: readonly Expression[],
  tail: Tail = {},
): void {
  const multiples: Expression[] = [];
  let total: Expression | null = null;
  let tripled: Expression | null = null;
  const { limbs } = modulus.shape;
  for (let column = 0; column < columns.length; column++) {
    let value: Expression = columns[column]!;
    if (total !== null) value = add(body.carryOf(total), value);
    const at = column - limbs;
    if (tail.less && at >= 0) value = subtract(value, tail.less(at));
    value = addMultiples(value, modulus, multiples, column);
    total = body.let(`t${column}`, value);
    if (at < 0) {
      total = clearColumn(body, modulus, multiples, total, column);
    } else if (tail.triple) {
      const low = multiply(body.lowLimb(total), constant(3));
      tripled = body.let(
        `x${at}`,
        tripled === null ? low : add(low, body.carryOf(tripled)),
      );
      body.store(at, body.lowLimb(tripled));
    } else {
      body.store(at, body.lowLimb(total));
    }
  }
  let top = body.carryOf(total!);
  if (tail.less) top = subtract(top, tail.less(limbs - 1));
  if (tail.triple) {
    top = add(multiply(top, constant(3)), body.carryOf(tripled!));
  }
  body.store(limbs - 1, top);
}

/** Adds what the multiples of the modulus so far put into a column. */
function addMultiples(
  value: Expression,
  modulus: Modulus,
  multiples: readonly Expression[],
  column: number,
): Expression {
  if (modulus.sparse !== null) {
    for (const { limb: distance, shift, sign } of modulus.sparse) {
      const multiple = multiples[column - distance];
      if (multiple === undefined) continue;
      const term = shiftLeft(multiple, shift);
      value = sign === 1 ? add(value, term) : subtract(value, term);
    }
    return value;
  }
  for (
    let i = Math.max(0, column - modulus.limbs.length + 1);
    i < multiples.length;
    i++
  ) {
    const part = modulus.limbs[column - i]!;
    if (part === 0n) continue;
    value = add(value, multiply(multiples[i]!, constant(part)));
  }
  return value;
}

/** Chooses the multiple that makes a low column divisible by a limb. */
function clearColumn(
  body: Body,
  modulus: Modulus,
  multiples: Expression[],
  total: Expression,
  column: number,
): Expression {
  if (modulus.sparse !== null) {
    // The modulus is -1 here: adding the multiple subtracts the low limb, which
    // the carry's rounding down does by itself.
    multiples.push(body.let(`m${column}`, body.lowLimb(total)));
    return total;
  }
  const multiple = body.let(
    `m${column}`,
    body.lowLimb(
      multiply(body.lowLimb(total), constant(modulus.negatedInverse)),
    ),
  );
  multiples.push(multiple);
  return body.let(
    `u${column}`,
    add(total, multiply(multiple, constant(modulus.limbs[0]!))),
  );
}

/** Builds one function whose result is a Montgomery reduction. */
function montgomery(
  name: string,
  modulus: Modulus,
  comment: string,
  operands: readonly string[],
  value: Meaning["value"],
  build: (body: Body) => { columns: Expression[]; tail?: Tail },
): StraightLine {
  const body = new Body(modulus.shape);
  const { columns, tail } = build(body);
  reduce(body, modulus, columns, tail);
  return {
    name: `${modulus.prefix}${name}`,
    comment,
    operands,
    statements: body.statements,
    meaning: {
      kind: "montgomery",
      modulus,
      scale: tail?.triple ? 3n : 1n,
      value,
    },
  };
}

function doubled(
  body: Body,
  name: string,
  limbs: readonly Expression[],
): Expression[] {
  return limbs.map((value, i) => body.let(`${name}${i}`, add(value, value)));
}

/** The limbs of left - right, not carried. */
function difference(
  body: Body,
  name: string,
  left: string,
  right: string,
): Expression[] {
  return body.indices.map((i) =>
    body.let(`${name}${i}`, subtract(limb(left, i), limb(right, i)))
  );
}

/** r = a * b / R, modulo either modulus. */
export function multiplication(modulus: Modulus): StraightLine {
  return montgomery(
    "Multiply",
    modulus,
    "r = a * b / R",
    ["a", "b"],
    (ring, of) => ring.multiply(of("a"), of("b")),
    (body) => ({
      columns: productColumns(body.load("a"), body.load("b")),
    }),
  );
}

function squareOf(body: Body): Expression[] {
  const a = body.load("a");
  return squareColumns(a, doubled(body, "d", a), a, a);
}

/** Every Montgomery function of the field. */
export function fieldProducts({ field, shape }: Curve): StraightLine[] {
  const { radix } = shape;
  return [
    multiplication(field),
    montgomery(
      "Square",
      field,
      "r = a^2 / R",
      ["a"],
      (ring, of) => ring.multiply(of("a"), of("a")),
      (body) => ({ columns: squareOf(body) }),
    ),
    montgomery(
      "SquareTwice",
      field,
      "r = 2 a^2 / R",
      ["a"],
      (ring, of) => ring.scale(2n, ring.multiply(of("a"), of("a"))),
      (body) => {
        const a = body.load("a");
        const d = doubled(body, "d", a);
        return { columns: squareColumns(a, d, d, d) };
      },
    ),
    montgomery(
      "MultiplyTwice",
      field,
      "r = 2 a b / R",
      ["a", "b"],
      (ring, of) => ring.scale(2n, ring.multiply(of("a"), of("b"))),
      (body) => {
        const a = body.load("a");
        const b = body.indices.map((i) =>
          body.let(`b${i}`, shiftLeft(limb("b", i), 1))
        );
        return { columns: productColumns(a, b) };
      },
    ),
    montgomery(
      "MultiplyLess",
      field,
      "r = a b / R - c",
      ["a", "b", "c"],
      (ring, of) =>
        ring.subtract(
          ring.multiply(of("a"), of("b")),
          ring.scale(radix, of("c")),
        ),
      (body) => ({
        columns: productColumns(body.load("a"), body.load("b")),
        tail: { less: (i) => limb("c", i) },
      }),
    ),
    montgomery(
      "SquareLessTwice",
      field,
      "r = a^2 / R - 2 s",
      ["a", "s"],
      (ring, of) =>
        ring.subtract(
          ring.multiply(of("a"), of("a")),
          ring.scale(2n * radix, of("s")),
        ),
      (body) => ({
        columns: squareOf(body),
        tail: { less: (i) => shiftLeft(limb("s", i), 1) },
      }),
    ),
    montgomery(
      "SquareLessOnceAndTwice",
      field,
      "r = a^2 / R - b - 2 s",
      ["a", "b", "s"],
      (ring, of) =>
        ring.subtract(
          ring.multiply(of("a"), of("a")),
          ring.scale(
            radix,
            ring.add(of("b"), ring.scale(2n, of("s"))),
          ),
        ),
      (body) => ({
        columns: squareOf(body),
        tail: { less: (i) => add(limb("b", i), shiftLeft(limb("s", i), 1)) },
      }),
    ),
    montgomery(
      "MultiplyDifferenceLess",
      field,
      "r = a (s - x) / R - y",
      ["a", "s", "x", "y"],
      (ring, of) =>
        ring.subtract(
          ring.multiply(of("a"), ring.subtract(of("s"), of("x"))),
          ring.scale(radix, of("y")),
        ),
      (body) => ({
        columns: productColumns(
          body.load("a"),
          difference(body, "b", "s", "x"),
        ),
        tail: { less: (i) => limb("y", i) },
      }),
    ),
    montgomery(
      "TripleSquareDifference",
      field,
      "r = 3 (a - b) (a + b) / R",
      ["a", "b"],
      (ring, of) =>
        ring.multiply(
          ring.subtract(of("a"), of("b")),
          ring.add(of("a"), of("b")),
        ),
      (body) => {
        const a = body.load("a");
        const b = body.load("b");
        const less = a.map((v, i) => body.let(`v${i}`, subtract(v, b[i]!)));
        const more = a.map((v, i) => body.let(`w${i}`, add(v, b[i]!)));
        return { columns: productColumns(less, more), tail: { triple: true } };
      },
    ),
    montgomery(
      "DoubleY",
      field,
      "r = (a (s - x) - 2 c^2) / R",
      ["a", "s", "x", "c"],
      (ring, of) =>
        ring.subtract(
          ring.multiply(of("a"), ring.subtract(of("s"), of("x"))),
          ring.scale(2n, ring.multiply(of("c"), of("c"))),
        ),
      (body) => {
        const a = body.load("a");
        const c = body.load("c");
        const d = doubled(body, "d", c);
        const squares = squareColumns(c, d, d, d);
        return {
          columns: productColumns(a, difference(body, "b", "s", "x"))
            .map((column, k) => subtract(column, squares[k]!)),
        };
      },
    ),
    montgomery(
      "AddY",
      field,
      "r = (a (s - x) - c d) / R",
      ["a", "s", "x", "c", "d"],
      (ring, of) =>
        ring.subtract(
          ring.multiply(of("a"), ring.subtract(of("s"), of("x"))),
          ring.multiply(of("c"), of("d")),
        ),
      (body) => {
        const a = body.load("a");
        const c = body.load("c");
        const d = body.load("d");
        const less = productColumns(c, d);
        return {
          columns: productColumns(a, difference(body, "b", "s", "x"))
            .map((column, k) => subtract(column, less[k]!)),
        };
      },
    ),
  ];
}
