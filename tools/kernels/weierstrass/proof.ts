/**
 * The proof that no i64 of the kernel can overflow and that every result is in
 * range: each function on numbers is what it says, and whatever
 * `backends/pure/kernels/weierstrass/assembly/` hands to a formula stays within bounds
 * that the formulas keep.
 *
 * The bounds are found, not given: starting from what enters, every formula is
 * applied to all that it may be given until nothing grows.
 *
 * @module
 */
import type { Formula, Step } from "./formulas.ts";
import {
  BoundsViolation,
  carriedRange,
  eitherSign,
  evaluateFunction,
  type Interval,
  interval,
  IntervalMachine,
  isWithin,
  joinRanges,
  magnitude,
  type Range,
  refine,
} from "./intervals.ts";
import { roundsOf, transition } from "./inversion.ts";
import { type Curve, type Modulus, toLimbs } from "./parameters.ts";
import { proveMeaning, proveTransition } from "./polynomials.ts";
import type { StraightLine } from "./straight_line.ts";

/** How often the formulas are applied before growth counts as endless. */
const MAXIMUM_PASSES = 40;

/** Values are rounded outward to a 2^16th of p. */
const GRAIN = 16;

/** What is proved. */
export interface Kernel {
  /** The curve. */
  readonly curve: Curve;
  /** The functions on numbers. */
  readonly arithmetic: readonly StraightLine[];
  /** What calls them. */
  readonly formulas: readonly Formula[];
}

/** What was found. */
export interface Bounds {
  /** The greatest i64 of each function, as a power of two. */
  readonly worst: ReadonlyMap<string, number>;
  /** What each kind of number is. */
  readonly ranges: ReadonlyMap<string, Range>;
}

/** Numbers by name, as a formula names them. */
type Numbers = Record<string, Range>;

class Prover {
  readonly curve: Curve;
  readonly worst = new Map<string, bigint>();
  readonly ranges = new Map<string, Range>();
  readonly #functions: ReadonlyMap<string, StraightLine>;
  readonly #formulas: ReadonlyMap<string, Formula>;
  readonly #inverses = new Map<Modulus, Range>();
  #grew = false;

  constructor({ curve, arithmetic, formulas }: Kernel) {
    this.curve = curve;
    this.#functions = new Map(arithmetic.map((code) => [code.name, code]));
    this.#formulas = new Map(formulas.map((code) => [code.name, code]));
    for (const [name, value] of Object.entries(curve.constants)) {
      this.ranges.set(name, this.#exactly(value));
    }
  }

  #exactly(value: bigint): Range {
    const limbs = toLimbs(value, this.curve.shape).map((limb) =>
      interval(limb)
    );
    return refine(this.curve.shape, limbs);
  }

  #note(name: string, worst: bigint): void {
    if (worst > (this.worst.get(name) ?? 0n)) this.worst.set(name, worst);
  }

  /** What a function makes of its operands. */
  call(name: string, operands: readonly Range[]): Range {
    for (const modulus of [this.curve.field, this.curve.scalar]) {
      if (name === `${modulus.prefix}Inverse`) {
        return this.#inverse(modulus, operands[0]!);
      }
    }
    const code = this.#functions.get(name);
    if (code === undefined || code.operands.length !== operands.length) {
      throw new BoundsViolation(`Cannot bound ${name}: there is no such call`);
    }
    const { result, worst } = evaluateFunction(
      this.curve,
      code,
      new Map(code.operands.map((operand, i) => [operand, operands[i]!])),
    );
    this.#note(name, worst);
    return result;
  }

  /** The inversion: all its rounds, one after the other. */
  #inverse(modulus: Modulus, operand: Range): Range {
    const { shape } = modulus;
    const reduced = carriedRange(shape, 0n, modulus.value - 1n);
    expectWithin(`${modulus.prefix}Inverse's operand`, operand, reduced);
    const known = this.#inverses.get(modulus);
    if (known !== undefined) return known;
    proveTransition(modulus);
    const { statements, rows } = transition(modulus);
    // Of a row of the matrix the magnitudes add up to this at most: at first they
    // are 1 and 0, and a step adds rows, or halves one where it doubles the other.
    const size = 1n << BigInt(shape.limbBits);
    let numbers = {
      f: this.#exactly(modulus.value),
      g: reduced,
      d: this.#exactly(0n),
      e: this.#exactly(1n),
    };
    for (let round = 0; round < roundsOf(modulus); round++) {
      const machine = new IntervalMachine(
        `${modulus.prefix}Inverse`,
        new Map(),
      );
      for (const entry of ["u", "v", "s", "w"]) {
        machine.names.set(entry, interval(-size, size));
      }
      for (const [name, range] of Object.entries(numbers)) {
        range.limbs.forEach((limb, i) => machine.names.set(name + i, limb));
      }
      machine.run(statements);
      const larger = (left: Range, right: Range) => {
        const [a, b] = [magnitude(left.value), magnitude(right.value)];
        return a > b ? a : b;
      };
      const next = (name: keyof typeof rows, bound: bigint, added: bigint) =>
        refine(
          shape,
          rows[name].limbs.map((limb) => machine.evaluate(limb)),
          interval(-bound, bound + added),
        );
      const fg = larger(numbers.f, numbers.g);
      const de = larger(numbers.d, numbers.e);
      numbers = {
        f: next("f", fg, 0n),
        g: next("g", fg, 0n),
        d: next("d", de, modulus.value),
        e: next("e", de, modulus.value),
      };
      this.#note(`${modulus.prefix}Inverse`, machine.worst);
    }
    const result = eitherSign(numbers.d);
    this.#inverses.set(modulus, result);
    return result;
  }

  /** Runs a formula on numbers; the result has all that it wrote. */
  run(name: string, given: Numbers): Numbers {
    const formula = this.#formulas.get(name);
    if (formula === undefined) {
      throw new BoundsViolation(
        `Cannot bound ${name}: there is no such formula`,
      );
    }
    const numbers = new Map(Object.entries(given));
    const written: string[] = [];
    for (const step of formula.steps) {
      const operands = step.operands.map((operand) => {
        refuseOverwritten(formula, operand, written);
        const range = numbers.get(operand) ?? this.#constant(operand);
        if (range === undefined) {
          throw new BoundsViolation(
            `Cannot bound ${name}: ${operand} is read before it is set`,
          );
        }
        return range;
      });
      numbers.set(step.result, this.#step(name, step, operands));
      written.push(step.result);
    }
    return Object.fromEntries(numbers);
  }

  #constant(name: string): Range | undefined {
    return name in this.curve.constants ? this.ranges.get(name) : undefined;
  }

  #step(formula: string, step: Step, operands: readonly Range[]): Range {
    try {
      let result = this.call(step.call, operands);
      for (let i = 1; i < (step.times ?? 1); i++) {
        result = this.call(step.call, [result]);
      }
      return result;
    } catch (error) {
      if (!(error instanceof BoundsViolation)) throw error;
      throw new BoundsViolation(`${error.message}, in ${formula}`);
    }
  }

  /** Widens what is known of a kind of number, in steps, to come to an end. */
  widen(name: string, range: Range): void {
    const known = this.ranges.get(name);
    const joined = this.#roundOutward(
      known === undefined ? range : joinRanges(known, range),
    );
    if (known !== undefined && sameRange(known, joined)) return;
    this.ranges.set(name, joined);
    this.#grew = true;
  }

  #roundOutward({ limbs, value }: Range): Range {
    const bits = BigInt(this.curve.bits - GRAIN);
    return {
      limbs,
      value: interval(
        (value.low >> bits) << bits,
        -((-value.high >> bits) << bits),
      ),
    };
  }

  /** A kind of number that is known. */
  of(name: string): Range {
    const range = this.ranges.get(name);
    if (range === undefined) {
      throw new BoundsViolation(`Cannot bound: nothing is known of ${name}`);
    }
    return range;
  }

  /** Applies `pass` until nothing grows. */
  settle(pass: () => void): void {
    for (let count = 0; count < MAXIMUM_PASSES; count++) {
      this.#grew = false;
      pass();
      if (!this.#grew) return;
    }
    throw new BoundsViolation("Cannot bound: the ranges grow without end");
  }
}

function sameInterval(left: Interval, right: Interval): boolean {
  return left.low === right.low && left.high === right.high;
}

function sameRange(left: Range, right: Range): boolean {
  return sameInterval(left.value, right.value) &&
    left.limbs.every((limb, i) => sameInterval(limb, right.limbs[i]!));
}

function expectWithin(what: string, inner: Range, outer: Range): void {
  const within = isWithin(inner.value, outer.value) &&
    inner.limbs.every((limb, i) => isWithin(limb, outer.limbs[i]!));
  if (within) return;
  const top = inner.limbs.at(-1)!;
  throw new BoundsViolation(
    `Cannot bound ${what}: its value is from ${inner.value.low} to ` +
      `${inner.value.high}, its top limb from ${top.low} to ${top.high}`,
  );
}

/** Results may be where operands are: no coordinate is read once it is written. */
function refuseOverwritten(
  formula: Formula,
  operand: string,
  written: readonly string[],
): void {
  const [base, coordinate] = operand.split(".");
  if (!formula.parameters.includes(base!)) return;
  const clash = written.find((result) => {
    const [to, at] = result.split(".");
    return to !== base && formula.parameters.includes(to!) &&
      at === coordinate && !written.includes(operand);
  });
  if (clash !== undefined) {
    throw new BoundsViolation(
      `Cannot bound ${formula.name}: ${operand} is read after ${clash} was ` +
        "written, which may be the same",
    );
  }
}

/** Numbers as they enter, and as they must be where bytes leave. */
function knownRanges({ shape, bits, field, scalar }: Curve) {
  return {
    raw: carriedRange(shape, 0n, 2n ** BigInt(bits) - 1n),
    reducedField: carriedRange(shape, 0n, field.value - 1n),
    reducedScalar: carriedRange(shape, 0n, scalar.value - 1n),
  };
}

const I32: Interval = interval(-(2n ** 31n), 2n ** 31n - 1n);

/** Points: everything that `points.ts` does with them, until nothing grows. */
function provePoints(prover: Prover): void {
  const { reducedField } = knownRanges(prover.curve);
  const of = (name: string, as: string, coordinates = "xyz"): Numbers =>
    Object.fromEntries(
      [...coordinates].map((c) => [`${as}.${c}`, prover.of(`${name}.${c}`)]),
    );
  const widen = (
    name: string,
    from: Numbers,
    as: string,
    coordinates: string,
  ) => {
    for (const c of coordinates) {
      prover.widen(`${name}.${c}`, from[`${as}.${c}`]!);
    }
  };
  /** An affine point may be negated before it is used. */
  const widenAffine = (from: Numbers, as: string) => {
    prover.widen("affine.x", from[`${as}.x`]!);
    prover.widen("affine.y", eitherSign(from[`${as}.y`]!));
  };

  prover.widen("affine.x", prover.of("BASE_X"));
  prover.widen("affine.y", eitherSign(prover.of("BASE_Y")));
  prover.settle(() => {
    // enterPeer()
    const peer = { "q.x": reducedField, "q.y": reducedField };
    const entered = prover.run("pointEnter", peer);
    widenAffine(entered, "r");
    expectWithin("pointEnter's zero", entered["zero"]!, reducedField);
    // toJacobian()
    widen("jacobian", of("affine", "r", "xy"), "r", "xy");
    prover.widen("jacobian.z", prover.of("FIELD_ONE"));
    // sums and doubles
    const jacobian = of("jacobian", "p");
    const affine = of("affine", "q", "xy");
    widen("jacobian", prover.run("pointDouble", jacobian), "r", "xyz");
    const sum = prover.run("pointAdd", { ...jacobian, ...affine });
    widen("jacobian", sum, "r", "xyz");
    prover.widen("difference", sum["difference"]!);
    prover.widen("slope", sum["slope"]!);
    if (prover.curve.secrets) {
      widenAffine(prover.run("pointAffine", jacobian), "r");
    }
    // oddMultiples()
    const start = prover.run("coZStart", affine);
    widen("coZ", start, "r", "xy");
    widen("coZDouble", start, "d", "xy");
    prover.widen("common", start["common"]!);
    const step = prover.run("coZStep", {
      ...of("coZ", "p", "xy"),
      ...of("coZDouble", "d", "xy"),
      common: prover.of("common"),
    });
    widen("coZ", step, "r", "xyz");
    widen("coZDouble", step, "d", "xy");
    prover.widen("common", step["common"]!);
    const inverted = prover.run("coZInvert", { common: prover.of("common") });
    prover.widen("inverse", inverted["common"]!);
    const back = prover.run("coZAffine", {
      ...of("coZ", "p"),
      common: prover.of("inverse"),
    });
    widenAffine(back, "r");
    prover.widen("inverse", back["common"]!);
  });

  for (const coordinate of ["affine.x", "affine.y"]) {
    if (!prover.of(coordinate).limbs.every((limb) => isWithin(limb, I32))) {
      throw new BoundsViolation(`Cannot pack ${coordinate} into 32-bit limbs`);
    }
  }
  const reduced = [
    prover.run("isDifferenceZero", { difference: prover.of("difference") }),
    prover.run("isSlopeZero", { slope: prover.of("slope") }),
    prover.run("isInfinity", of("jacobian", "p")),
    prover.run("compareX", { ...of("jacobian", "p"), x: reducedField }),
  ].map((numbers) => numbers["zero"]!);
  if (prover.curve.secrets) {
    const left = prover.run("pointLeave", of("affine", "q", "xy"));
    reduced.push(left["r.x"]!, left["r.y"]!);
  }
  for (const range of reduced) {
    expectWithin("a reduced coordinate", range, reducedField);
  }
}

/** Scalars: what `verification.ts` does with them. */
function proveVerification(prover: Prover): void {
  const { raw, reducedField, reducedScalar } = knownRanges(prover.curve);
  // enterPeer()
  prover.call("fieldSubtractOnce", [raw]);
  // isValidScalar()
  const valid = prover.call("scalarSubtractOnce", [raw]);
  expectWithin("a reduced scalar", valid, reducedScalar);
  const verified = prover.run("ecdsaVerify", {
    e: raw,
    x: reducedScalar,
    s: reducedScalar,
  });
  for (const name of ["u1", "u2"]) {
    expectWithin("a scalar of ECDSA", verified[name]!, reducedScalar);
  }
  // r + n, compared with p
  const sum = prover.call("scalarAddModulus", [reducedScalar]);
  const carried = prover.call("scalarCarry", [sum]);
  const less = prover.call("fieldSubtractOnce", [carried]);
  expectWithin("r + n less p", less, reducedField);
}

/** Scalars: what `kernel.ts`, `secrets.ts` and `hmac.ts` do besides. */
function proveSecrets(prover: Prover): void {
  const { raw, reducedField, reducedScalar } = knownRanges(prover.curve);
  // decompress()
  const lifted = prover.run("pointLift", { "q.x": raw })["q.y"]!;
  expectWithin("a lifted y", lifted, reducedField);
  expectWithin("a negated y", prover.call("fieldNegate", [lifted]), raw);
  // startNonces(), and r from x
  for (const operand of [raw, reducedField]) {
    const reduced = prover.call("scalarSubtractOnce", [operand]);
    expectWithin("a reduced scalar", reduced, reducedScalar);
  }
  // makeOdd()
  const negated = prover.call("scalarNegate", [reducedScalar]);
  expectWithin("a negated scalar", negated, raw);
  const signed = prover.run("ecdsaSign", {
    k: reducedScalar,
    d: reducedScalar,
    e: raw,
    x: reducedScalar,
  });
  expectWithin("a scalar of ECDSA", signed["s"]!, reducedScalar);
}

/**
 * Proves the kernel; throws {@linkcode BoundsViolation} where it cannot. Every
 * function must have been reached.
 */
export function proveKernel(kernel: Kernel): Bounds {
  for (const code of kernel.arithmetic) proveMeaning(kernel.curve, code);
  const prover = new Prover(kernel);
  provePoints(prover);
  proveVerification(prover);
  if (kernel.curve.secrets) proveSecrets(prover);
  for (const { name } of kernel.arithmetic) {
    if (!prover.worst.has(name)) {
      throw new BoundsViolation(`Cannot bound ${name}: nothing uses it`);
    }
  }
  return {
    worst: new Map(
      [...prover.worst].map((
        [name, worst],
      ) => [name, Math.log2(Number(worst))]),
    ),
    ranges: prover.ranges,
  };
}
