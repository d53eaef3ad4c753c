/**
 * The functions on numbers, all but the inversions: products, and here what costs
 * no product.
 *
 * @module
 */
import type { Curve, Modulus, Shape } from "./parameters.ts";
import { fieldProducts, multiplication } from "./products.ts";
import {
  add,
  Body,
  constant,
  type Expression,
  limb,
  type Meaning,
  type StraightLine,
  subtract,
} from "./straight_line.ts";

/** Carries the limbs of `value(i)`, the top one keeping its sign. */
function carried(
  body: Body,
  name: string,
  value: (index: number) => Expression,
): Expression[] {
  const limbs: Expression[] = [];
  let before: Expression | null = null;
  for (const i of body.indices) {
    const total: Expression = body.let(
      `${name}${i}`,
      before === null ? value(i) : add(value(i), body.carryOf(before)),
    );
    limbs.push(i < body.indices.length - 1 ? body.lowLimb(total) : total);
    before = total;
  }
  return limbs.map((value, i) => body.let(`${name}n${i}`, value));
}

/** r = a - modulus where that is not negative, else a; carried. */
function subtractOnce(modulus: Modulus): StraightLine {
  const body = new Body(modulus.shape);
  const whole = carried(body, "x", (i) => limb("a", i));
  const less = carried(
    body,
    "y",
    (i) => subtract(whole[i]!, constant(modulus.limbs[i]!)),
  );
  for (const i of body.indices) {
    body.store(i, {
      op: "choose",
      sign: less.at(-1)!,
      negative: whole[i]!,
      otherwise: less[i]!,
    });
  }
  return {
    name: `${modulus.prefix}SubtractOnce`,
    comment: "r = a - modulus where that is not negative, else a; carried",
    operands: ["a"],
    statements: body.statements,
    meaning: { kind: "subtract_once", modulus, value: (_, of) => of("a") },
  };
}

/** An exact sum of limbs, carried or not. */
function exact(
  shape: Shape,
  name: string,
  comment: string,
  operands: readonly string[],
  value: Meaning["value"],
  build: (body: Body) => Expression[],
): StraightLine {
  const body = new Body(shape);
  build(body).forEach((limb, i) => body.store(i, limb));
  return {
    name,
    comment,
    operands,
    statements: body.statements,
    meaning: { kind: "exact", value },
  };
}

function negate(modulus: Modulus): StraightLine {
  return exact(
    modulus.shape,
    `${modulus.prefix}Negate`,
    "r = modulus - a, carried",
    ["a"],
    (ring, of) => ring.subtract(of(`${modulus.prefix}Modulus`), of("a")),
    (body) =>
      carried(
        body,
        "x",
        (i) => subtract(constant(modulus.limbs[i]!), limb("a", i)),
      ),
  );
}

/** What only signatures, ECDH and compressed points need. */
function forSecrets({ shape, field, scalar }: Curve): StraightLine[] {
  return [
    exact(
      shape,
      "scalarAdd",
      "r = a + b, not carried",
      ["a", "b"],
      (ring, of) => ring.add(of("a"), of("b")),
      (body) => body.indices.map((i) => add(limb("a", i), limb("b", i))),
    ),
    negate(field),
    negate(scalar),
  ];
}

/** Every function on numbers but the inversions. */
export function arithmetic(curve: Curve): StraightLine[] {
  const { shape, field, scalar } = curve;
  return [
    ...fieldProducts(curve),
    exact(
      shape,
      "fieldSubtract",
      "r = a - b, not carried",
      ["a", "b"],
      (ring, of) => ring.subtract(of("a"), of("b")),
      (body) => body.indices.map((i) => subtract(limb("a", i), limb("b", i))),
    ),
    subtractOnce(field),
    ...(curve.secrets ? forSecrets(curve) : []),
    multiplication(scalar),
    exact(
      shape,
      "scalarAddModulus",
      "r = a + n, not carried",
      ["a"],
      (ring, of) => ring.add(of("a"), of("scalarModulus")),
      (body) =>
        body.indices.map((i) => add(limb("a", i), constant(scalar.limbs[i]!))),
    ),
    exact(
      shape,
      "scalarCarry",
      "r = a, carried",
      ["a"],
      (_, of) => of("a"),
      (body) => carried(body, "x", (i) => limb("a", i)),
    ),
    subtractOnce(scalar),
  ];
}
