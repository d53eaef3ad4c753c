/**
 * Straight-line integer code as data: the generator prints it as AssemblyScript,
 * and `tools/p256_bounds.ts` computes with it, on intervals and on polynomials.
 * What is proved is therefore what is compiled.
 *
 * @module
 */
import type { Modulus, Shape } from "./parameters.ts";

/** An i64 computed from limbs. */
export type Expression =
  | { readonly op: "constant"; readonly value: bigint }
  | { readonly op: "variable"; readonly name: string }
  /** Limb `index` of the number at pointer `of`. */
  | { readonly op: "limb"; readonly of: string; readonly index: number }
  | {
    readonly op: "add" | "subtract" | "multiply";
    readonly left: Expression;
    readonly right: Expression;
  }
  /** By a constant; to the right with the sign, so that it rounds down. */
  | {
    readonly op: "shift_left" | "shift_right";
    readonly value: Expression;
    readonly bits: number;
  }
  /** The value modulo 2^bits, not negative. */
  | {
    readonly op: "low_bits";
    readonly value: Expression;
    readonly bits: number;
  }
  /** `negative` where `sign` is below zero, else `otherwise`; without a branch. */
  | {
    readonly op: "choose";
    readonly sign: Expression;
    readonly negative: Expression;
    readonly otherwise: Expression;
  };

/** One statement; a name is assigned once. */
export type Statement =
  | {
    readonly kind: "let";
    readonly name: string;
    readonly value: Expression;
  }
  /** Stores limb `index` of the result. */
  | {
    readonly kind: "store";
    readonly index: number;
    readonly value: Expression;
  };

/** Arithmetic that a meaning is written in, for intervals and for polynomials. */
export interface Ring<T> {
  /** left + right */
  add(left: T, right: T): T;
  /** left - right */
  subtract(left: T, right: T): T;
  /** left * right */
  multiply(left: T, right: T): T;
  /** An integer times a value. */
  scale(by: bigint, value: T): T;
}

/**
 * What a function computes, as numbers and not as limbs; `value` is a polynomial
 * of the operands.
 */
export type Meaning =
  & {
    readonly value: <T>(ring: Ring<T>, of: (operand: string) => T) => T;
  }
  & (
    | {
      /** result * R = scale * (value + m * modulus), where 0 <= m < R. */
      readonly kind: "montgomery";
      readonly modulus: Modulus;
      readonly scale: bigint;
    }
    /** result = value */
    | { readonly kind: "exact" }
    /** result = value - modulus where that is not negative, else value. */
    | { readonly kind: "subtract_once"; readonly modulus: Modulus }
  );

/** A function on numbers in linear memory, without a branch. */
export interface StraightLine {
  /** Its name. */
  readonly name: string;
  /** What it computes, for the comment above it. */
  readonly comment: string;
  /** Pointers to its operands; the result's, `r`, comes before them. */
  readonly operands: readonly string[];
  /** Its body. */
  readonly statements: readonly Statement[];
  /** What the bounds tool holds it to. */
  readonly meaning: Meaning;
}

/** An integer. */
export function constant(value: bigint | number): Expression {
  return { op: "constant", value: BigInt(value) };
}

/** A name that a statement before assigned. */
export function variable(name: string): Expression {
  return { op: "variable", name };
}

/** A limb of an operand. */
export function limb(of: string, index: number): Expression {
  return { op: "limb", of, index };
}

/** left + right */
export function add(left: Expression, right: Expression): Expression {
  return { op: "add", left, right };
}

/** left - right */
export function subtract(left: Expression, right: Expression): Expression {
  return { op: "subtract", left, right };
}

/** left * right */
export function multiply(left: Expression, right: Expression): Expression {
  return { op: "multiply", left, right };
}

/** value * 2^bits */
export function shiftLeft(value: Expression, bits: number): Expression {
  return bits === 0 ? value : { op: "shift_left", value, bits };
}

/** The sum of one or more terms. */
export function sum(terms: readonly Expression[]): Expression {
  return terms.reduce(add);
}

/** Collects the statements of a function on numbers of one shape. */
export class Body {
  /** The statements so far. */
  readonly statements: Statement[] = [];
  /** The indices of a number's limbs. */
  readonly indices: readonly number[];
  readonly #limbBits: number;

  /** A body without a statement. */
  constructor({ limbs, limbBits }: Shape) {
    this.indices = Array.from({ length: limbs }, (_, index) => index);
    this.#limbBits = limbBits;
  }

  /** What is above the low limb, rounded down. */
  carryOf(value: Expression): Expression {
    return { op: "shift_right", value, bits: this.#limbBits };
  }

  /** The low limb. */
  lowLimb(value: Expression): Expression {
    return { op: "low_bits", value, bits: this.#limbBits };
  }

  /** Assigns `value` to `name` and returns the variable. */
  let(name: string, value: Expression): Expression {
    this.statements.push({ kind: "let", name, value });
    return variable(name);
  }

  /** Loads all limbs of an operand, under its name and the limb's index. */
  load(operand: string): Expression[] {
    return this.indices.map((index) =>
      this.let(`${operand}${index}`, limb(operand, index))
    );
  }

  /** Stores a limb of the result. */
  store(index: number, value: Expression): void {
    this.statements.push({ kind: "store", index, value });
  }
}

/** An expression as AssemblyScript. */
export function print(expression: Expression): string {
  switch (expression.op) {
    case "constant":
      return String(expression.value);
    case "variable":
      return expression.name;
    case "limb":
      return `load<i64>(${expression.of}, ${expression.index * 8})`;
    case "add":
      return `${print(expression.left)} + ${term(expression.right)}`;
    case "subtract":
      return `${print(expression.left)} - ${term(expression.right)}`;
    case "multiply":
      return `${operand(expression.left)} * ${operand(expression.right)}`;
    case "shift_left":
      return `(${operand(expression.value)} << ${expression.bits})`;
    case "shift_right":
      return `(${operand(expression.value)} >> ${expression.bits})`;
    case "low_bits": {
      const mask = (1n << BigInt(expression.bits)) - 1n;
      return `(${operand(expression.value)} & ${mask})`;
    }
    case "choose": {
      const mask = `(${operand(expression.sign)} >> 63)`;
      const no = operand(expression.otherwise);
      return `(${no} ^ ((${no} ^ ${operand(expression.negative)}) & ${mask}))`;
    }
  }
}

/** An expression as the right side of a sum or difference. */
function term(expression: Expression): string {
  return expression.op === "multiply" ? print(expression) : operand(expression);
}

/** An expression as an operand of a tighter operator. */
function operand(expression: Expression): string {
  const text = print(expression);
  const loose = expression.op === "add" || expression.op === "subtract" ||
    expression.op === "multiply" ||
    (expression.op === "constant" && expression.value < 0n);
  return loose ? `(${text})` : text;
}

/** A statement as a line of AssemblyScript. */
export function printStatement(statement: Statement): string {
  return statement.kind === "let"
    ? `  let ${statement.name}: i64 = ${print(statement.value)};`
    : `  store<i64>(r, ${print(statement.value)}, ${statement.index * 8});`;
}

/** A function as AssemblyScript. */
export function printFunction(code: StraightLine): string {
  const parameters = ["r", ...code.operands].map((name) => `${name}: usize`);
  return [
    `/** ${code.comment} */`,
    `export function ${code.name}(${parameters.join(", ")}): void {`,
    ...code.statements.map(printStatement),
    "}",
    "",
  ].join("\n");
}
