/**
 * Straight-line code on polynomials: that a function computes what its meaning
 * says, for every input, as an identity of polynomials in the limbs.
 *
 * A limb is a symbol. Where a value is split, its upper part is a new symbol q
 * and its lower part is what is left of it, value - 2^bits * q: nothing else about
 * the split is used, so that an identity that holds for all q holds. Overflow is
 * left to `./intervals.ts`.
 *
 * @module
 */
import { type Row, transition } from "./inversion.ts";
import type { Curve, Modulus, Shape } from "./parameters.ts";
import type { Expression, Ring, StraightLine } from "./straight_line.ts";
import { BoundsViolation, weight } from "./intervals.ts";

/** Coefficients by monomial: symbols in order, joined by "*"; "" for 1. */
type Polynomial = ReadonlyMap<string, bigint>;

function constantOf(value: bigint): Polynomial {
  return new Map(value === 0n ? [] : [["", value]]);
}

function symbol(name: string): Polynomial {
  return new Map([[name, 1n]]);
}

function combine(
  left: Polynomial,
  right: Polynomial,
  factor: bigint,
): Polynomial {
  const result = new Map(left);
  for (const [monomial, coefficient] of right) {
    const value = (result.get(monomial) ?? 0n) + factor * coefficient;
    if (value === 0n) result.delete(monomial);
    else result.set(monomial, value);
  }
  return result;
}

function multiplied(left: Polynomial, right: Polynomial): Polynomial {
  const result = new Map<string, bigint>();
  for (const [a, x] of left) {
    for (const [b, y] of right) {
      const monomial = [...a.split("*"), ...b.split("*")]
        .filter((name) => name !== "").sort().join("*");
      const value = (result.get(monomial) ?? 0n) + x * y;
      if (value === 0n) result.delete(monomial);
      else result.set(monomial, value);
    }
  }
  return result;
}

const POLYNOMIALS: Ring<Polynomial> = {
  add: (left, right) => combine(left, right, 1n),
  subtract: (left, right) => combine(left, right, -1n),
  multiply: multiplied,
  scale: (by, value) => combine(new Map(), value, by),
};

/** The number whose limbs have these polynomials. */
function joined(shape: Shape, limbs: readonly Polynomial[]): Polynomial {
  return limbs.map((limb, i) => POLYNOMIALS.scale(weight(shape, i), limb))
    .reduce(POLYNOMIALS.add);
}

/** Computes with polynomials. */
class PolynomialMachine {
  readonly names = new Map<string, Polynomial>();
  readonly #quotients = new Map<string, Polynomial>();
  readonly #takeNegative: boolean;

  constructor(takeNegative: boolean) {
    this.#takeNegative = takeNegative;
  }

  /** floor(value / 2^bits): exact where that is plain to see, else a symbol. */
  #quotient(value: Polynomial, bits: number): Polynomial {
    const by = 1n << BigInt(bits);
    if ([...value.values()].every((coefficient) => coefficient % by === 0n)) {
      return new Map([...value].map(([name, c]) => [name, c / by]));
    }
    const key = `${bits}:` +
      [...value].map(([name, c]) => `${c}${name}`).sort().join("+");
    let quotient = this.#quotients.get(key);
    if (quotient === undefined) {
      quotient = symbol(`q${this.#quotients.size}`);
      this.#quotients.set(key, quotient);
    }
    return quotient;
  }

  evaluate(expression: Expression): Polynomial {
    switch (expression.op) {
      case "constant":
        return constantOf(expression.value);
      case "variable":
        return this.names.get(expression.name) ?? symbol(expression.name);
      case "limb":
        return symbol(`${expression.of}[${expression.index}]`);
      case "add":
      case "subtract":
      case "multiply":
        return POLYNOMIALS[expression.op](
          this.evaluate(expression.left),
          this.evaluate(expression.right),
        );
      case "shift_left":
        return POLYNOMIALS.scale(
          1n << BigInt(expression.bits),
          this.evaluate(expression.value),
        );
      case "shift_right":
        return this.#quotient(
          this.evaluate(expression.value),
          expression.bits,
        );
      case "low_bits": {
        const value = this.evaluate(expression.value);
        return combine(
          value,
          this.#quotient(value, expression.bits),
          -(1n << BigInt(expression.bits)),
        );
      }
      case "choose":
        return this.evaluate(
          this.#takeNegative ? expression.negative : expression.otherwise,
        );
    }
  }
}

function expectSame(what: string, left: Polynomial, right: Polynomial): void {
  if (POLYNOMIALS.subtract(left, right).size !== 0) {
    throw new BoundsViolation(
      `Cannot prove ${what}: it computes another value`,
    );
  }
}

function operandValue(
  { shape, field, scalar }: Curve,
  name: string,
): Polynomial {
  if (name === "fieldModulus") return constantOf(field.value);
  if (name === "scalarModulus") return constantOf(scalar.value);
  return joined(
    shape,
    Array.from({ length: shape.limbs }, (_, i) => symbol(`${name}[${i}]`)),
  );
}

/** Proves one way through a function, with every choice alike. */
function proveWay(
  curve: Curve,
  code: StraightLine,
  takeNegative: boolean,
): void {
  const { shape } = curve;
  const machine = new PolynomialMachine(takeNegative);
  const stored: Polynomial[] = [];
  for (const statement of code.statements) {
    const value = machine.evaluate(statement.value);
    if (statement.kind === "let") machine.names.set(statement.name, value);
    else stored[statement.index] = value;
  }
  const { meaning } = code;
  let expected = meaning.value(
    POLYNOMIALS,
    (name) => operandValue(curve, name),
  );
  let result = joined(shape, stored);
  if (meaning.kind === "montgomery") {
    const multiples = stored.map((_, i) => {
      const digit = code.statements.find((statement) =>
        statement.kind === "let" && statement.name === `m${i}`
      );
      // So that the multiple is from 0 to R - 1.
      if (
        digit?.value.op !== "low_bits" || digit.value.bits !== shape.limbBits
      ) {
        throw new BoundsViolation(
          `Cannot prove ${code.name}: m${i} is no limb`,
        );
      }
      return machine.names.get(`m${i}`)!;
    });
    expected = POLYNOMIALS.scale(
      meaning.scale,
      combine(expected, joined(shape, multiples), meaning.modulus.value),
    );
    result = POLYNOMIALS.scale(shape.radix, result);
  } else if (meaning.kind === "subtract_once" && !takeNegative) {
    expected = combine(expected, constantOf(meaning.modulus.value), -1n);
  }
  expectSame(code.name, result, expected);
}

/** Proves that a function computes what its meaning says. */
export function proveMeaning(curve: Curve, code: StraightLine): void {
  proveWay(curve, code, false);
  if (code.meaning.kind === "subtract_once") proveWay(curve, code, true);
}

/**
 * Proves that a round of the inversion computes
 * result * 2^limbBits + remainder = a row of the matrix times two numbers + a multiple of
 * the modulus, the remainder being 0 by the choice of the matrix or the multiple.
 */
export function proveTransition(modulus: Modulus): void {
  const { shape } = modulus;
  const { statements, rows } = transition(modulus);
  const number = (name: string) =>
    joined(shape, modulus.limbs.map((_, i) => symbol(`${name}${i}`)));
  const prove = (
    name: string,
    row: Row,
    matrix: readonly [string, string],
    numbers: readonly [string, string],
  ) => {
    const machine = new PolynomialMachine(false);
    for (const statement of statements) {
      if (statement.kind !== "let") continue;
      machine.names.set(statement.name, machine.evaluate(statement.value));
    }
    const result = POLYNOMIALS.add(
      POLYNOMIALS.scale(
        1n << BigInt(shape.limbBits),
        joined(shape, row.limbs.map((limb) => machine.evaluate(limb))),
      ),
      machine.evaluate(row.remainder),
    );
    let expected = POLYNOMIALS.add(
      multiplied(symbol(matrix[0]), number(numbers[0])),
      multiplied(symbol(matrix[1]), number(numbers[1])),
    );
    if (row.multiple !== null) {
      if (machine.evaluate(row.remainder).size !== 0) {
        throw new BoundsViolation(
          `Cannot prove ${modulus.prefix}Inverse: ${name} is not divisible`,
        );
      }
      expected = combine(
        expected,
        machine.evaluate(row.multiple),
        modulus.value,
      );
    }
    expectSame(`${modulus.prefix}Inverse, ${name}`, result, expected);
  };
  prove("f", rows.f, ["u", "v"], ["f", "g"]);
  prove("g", rows.g, ["s", "w"], ["f", "g"]);
  prove("d", rows.d, ["u", "v"], ["d", "e"]);
  prove("e", rows.e, ["s", "w"], ["d", "e"]);
}
