/**
 * Straight-line code on intervals: what every i64 can be at most, for every input
 * of a range.
 *
 * A number is known in two ways, which refine each other: by an interval for each
 * limb, and by one for its value. The limbs show that no i64 overflows; the value
 * of a result follows from what the function computes, which
 * `./polynomials.ts` proves.
 *
 * @module
 */
import type { Curve, Shape } from "./parameters.ts";
import {
  type Expression,
  print,
  type Ring,
  type Statement,
  type StraightLine,
} from "./straight_line.ts";

/** The integers from `low` to `high`. */
export interface Interval {
  /** The least. */
  readonly low: bigint;
  /** The greatest. */
  readonly high: bigint;
}

/** What is known of a number in memory. */
export interface Range {
  /** Of each limb. */
  readonly limbs: readonly Interval[];
  /** Of the number that they make. */
  readonly value: Interval;
}

/** A bound that does not hold. */
export class BoundsViolation extends Error {
  override readonly name = "BoundsViolation";
}

const LIMIT: Interval = { low: -(2n ** 63n), high: 2n ** 63n - 1n };

/** The interval of one integer or two. */
export function interval(low: bigint, high: bigint = low): Interval {
  return { low, high };
}

/** The least interval that holds both. */
export function join(left: Interval, right: Interval): Interval {
  return {
    low: left.low < right.low ? left.low : right.low,
    high: left.high > right.high ? left.high : right.high,
  };
}

function meet(left: Interval, right: Interval): Interval {
  const low = left.low > right.low ? left.low : right.low;
  const high = left.high < right.high ? left.high : right.high;
  if (low > high) throw new BoundsViolation("Cannot refine: no value is left");
  return { low, high };
}

/** The greatest absolute value. */
export function magnitude({ low, high }: Interval): bigint {
  return -low > high ? -low : high;
}

function multiplied(left: Interval, right: Interval): Interval {
  const products = [
    left.low * right.low,
    left.low * right.high,
    left.high * right.low,
    left.high * right.high,
  ];
  return products.map((product) => interval(product)).reduce(join);
}

function floorDivide(value: bigint, by: bigint): bigint {
  const quotient = value / by;
  return value % by < 0n ? quotient - 1n : quotient;
}

function ceilDivide(value: bigint, by: bigint): bigint {
  return -floorDivide(-value, by);
}

/** Arithmetic of intervals. */
export const INTERVALS: Ring<Interval> = {
  add: (left, right) => interval(left.low + right.low, left.high + right.high),
  subtract: (left, right) =>
    interval(left.low - right.high, left.high - right.low),
  multiply: multiplied,
  scale: (by, value) => multiplied(interval(by), value),
};

/** The weight of a limb. */
export function weight({ limbBits }: Shape, index: number): bigint {
  return 1n << BigInt(limbBits * index);
}

/** What limbs say of the value. */
function valueOf(shape: Shape, limbs: readonly Interval[]): Interval {
  return limbs.map((limb, i) => INTERVALS.scale(weight(shape, i), limb))
    .reduce(INTERVALS.add);
}

/** A range from limbs and, where more is known, the value; each refines the other. */
export function refine(
  shape: Shape,
  limbs: readonly Interval[],
  value?: Interval,
): Range {
  const own = valueOf(shape, limbs);
  const both = value === undefined ? own : meet(own, value);
  const top = limbs.length - 1;
  const below = valueOf(shape, limbs.slice(0, top));
  const room = interval(
    ceilDivide(both.low - below.high, weight(shape, top)),
    floorDivide(both.high - below.low, weight(shape, top)),
  );
  return {
    limbs: [...limbs.slice(0, top), meet(limbs[top]!, room)],
    value: both,
  };
}

/** Carried limbs of any number from `low` to `high`. */
export function carriedRange(
  shape: Shape,
  low: bigint,
  high: bigint,
): Range {
  const top = shape.limbs - 1;
  const limb = interval(0n, weight(shape, 1) - 1n);
  const limbs = Array.from({ length: top }, () => limb);
  return refine(shape, [
    ...limbs,
    interval(
      floorDivide(low, weight(shape, top)),
      floorDivide(high, weight(shape, top)),
    ),
  ], interval(low, high));
}

/** What holds for whichever of two numbers. */
export function joinRanges(left: Range, right: Range): Range {
  return {
    limbs: left.limbs.map((limb, i) => join(limb, right.limbs[i]!)),
    value: join(left.value, right.value),
  };
}

/** The number or its negative, limb by limb. */
export function eitherSign(range: Range): Range {
  const both = ({ low, high }: Interval) =>
    join(interval(low, high), interval(-high, -low));
  return { limbs: range.limbs.map(both), value: both(range.value) };
}

/** Whether every number of `inner` is one of `outer`. */
export function isWithin(inner: Interval, outer: Interval): boolean {
  return inner.low >= outer.low && inner.high <= outer.high;
}

/** Computes with intervals, and sees that none leaves i64. */
export class IntervalMachine {
  /** Values of the names. */
  readonly names = new Map<string, Interval>();
  /** The greatest magnitude of any i64 so far. */
  worst = 0n;
  readonly #where: string;
  readonly #operands: ReadonlyMap<string, Range>;
  readonly #stored = new Map<number, Interval>();

  /** For the function `where` and its operands. */
  constructor(where: string, operands: ReadonlyMap<string, Range>) {
    this.#where = where;
    this.#operands = operands;
  }

  /** The interval of an expression; throws where an i64 could overflow. */
  evaluate(expression: Expression): Interval {
    const result = this.#evaluate(expression);
    if (!isWithin(result, LIMIT)) {
      throw new BoundsViolation(
        `Cannot bound ${this.#where}: ${print(expression)} is from ` +
          `${result.low} to ${result.high}`,
      );
    }
    const size = magnitude(result);
    if (size > this.worst) this.worst = size;
    return result;
  }

  #evaluate(expression: Expression): Interval {
    switch (expression.op) {
      case "constant":
        return interval(expression.value);
      case "variable":
        return this.#name(expression.name);
      case "limb":
        return this.#limb(expression.of, expression.index);
      case "add":
      case "subtract":
      case "multiply":
        return INTERVALS[expression.op](
          this.evaluate(expression.left),
          this.evaluate(expression.right),
        );
      case "shift_left":
        return INTERVALS.scale(
          1n << BigInt(expression.bits),
          this.evaluate(expression.value),
        );
      case "shift_right": {
        const { low, high } = this.evaluate(expression.value);
        const by = 1n << BigInt(expression.bits);
        return interval(floorDivide(low, by), floorDivide(high, by));
      }
      case "low_bits": {
        const value = this.evaluate(expression.value);
        const all = interval(0n, (1n << BigInt(expression.bits)) - 1n);
        return isWithin(value, all) ? value : all;
      }
      case "choose":
        this.evaluate(expression.sign);
        return join(
          this.evaluate(expression.negative),
          this.evaluate(expression.otherwise),
        );
    }
  }

  #name(name: string): Interval {
    const value = this.names.get(name);
    if (value === undefined) {
      throw new BoundsViolation(
        `Cannot bound ${this.#where}: ${name} is read before it is set`,
      );
    }
    return value;
  }

  #limb(of: string, index: number): Interval {
    // The result may be where an operand is.
    if (this.#stored.has(index)) {
      throw new BoundsViolation(
        `Cannot bound ${this.#where}: limb ${index} of ${of} is read after ` +
          "that of the result was written",
      );
    }
    const limb = this.#operands.get(of)?.limbs[index];
    if (limb === undefined) {
      throw new BoundsViolation(
        `Cannot bound ${this.#where}: it reads no such limb of ${of}`,
      );
    }
    return limb;
  }

  /** Runs statements. */
  run(statements: readonly Statement[]): void {
    for (const statement of statements) {
      const value = this.evaluate(statement.value);
      if (statement.kind === "let") this.names.set(statement.name, value);
      else this.#stored.set(statement.index, value);
    }
  }

  /** The limbs that were stored, of `count`. */
  result(count: number): Interval[] {
    return Array.from({ length: count }, (_, index) => {
      const limb = this.#stored.get(index);
      if (limb === undefined) {
        throw new BoundsViolation(
          `Cannot bound ${this.#where}: limb ${index} is not stored`,
        );
      }
      return limb;
    });
  }
}

/** The value of an operand, or of a modulus by name. */
function valueOfOperand(
  { field, scalar }: Curve,
  operands: ReadonlyMap<string, Range>,
  name: string,
): Interval {
  if (name === "fieldModulus") return interval(field.value);
  if (name === "scalarModulus") return interval(scalar.value);
  const range = operands.get(name);
  if (range === undefined) {
    throw new BoundsViolation(`Cannot bound: there is no operand ${name}`);
  }
  return range.value;
}

/** What a function's meaning says of the value of its result. */
function meantValue(
  curve: Curve,
  code: StraightLine,
  operands: ReadonlyMap<string, Range>,
): Interval {
  const { meaning } = code;
  const value = meaning.value(
    INTERVALS,
    (name) => valueOfOperand(curve, operands, name),
  );
  switch (meaning.kind) {
    case "exact":
      return value;
    case "montgomery": {
      // scale * (value + m * modulus) / R, which is whole, with 0 <= m < R
      const { radix } = meaning.modulus.shape;
      const most = value.high + (radix - 1n) * meaning.modulus.value;
      return interval(
        ceilDivide(meaning.scale * value.low, radix),
        floorDivide(meaning.scale * most, radix),
      );
    }
    case "subtract_once": {
      const modulus = meaning.modulus.value;
      if (value.low < 0n) {
        throw new BoundsViolation(
          `Cannot bound ${code.name}: its operand may be negative`,
        );
      }
      const kept = value.high < modulus ? value.high : modulus - 1n;
      const less = value.high - modulus;
      return interval(0n, kept > less ? kept : less);
    }
  }
}

/** What a function makes of operands in given ranges, and its greatest i64. */
export function evaluateFunction(
  curve: Curve,
  code: StraightLine,
  operands: ReadonlyMap<string, Range>,
): { readonly result: Range; readonly worst: bigint } {
  const machine = new IntervalMachine(code.name, operands);
  machine.run(code.statements);
  return {
    result: refine(
      curve.shape,
      machine.result(curve.shape.limbs),
      meantValue(curve, code, operands),
    ),
    worst: machine.worst,
  };
}
