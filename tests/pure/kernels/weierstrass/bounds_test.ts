import { assert, assertGreater, assertThrows } from "@std/assert";
import { arithmetic } from "../../../../tools/kernels/weierstrass/arithmetic.ts";
import {
  formulas,
  type Step,
} from "../../../../tools/kernels/weierstrass/formulas.ts";
import { BoundsViolation } from "../../../../tools/kernels/weierstrass/intervals.ts";
import { proveKernel } from "../../../../tools/kernels/weierstrass/proof.ts";
import {
  type Curve,
  type Modulus,
  P256,
  P384,
  toLimbs,
} from "../../../../tools/kernels/weierstrass/parameters.ts";
import type {
  Expression,
  StraightLine,
} from "../../../../tools/kernels/weierstrass/straight_line.ts";

/** The kernel with one expression of one function replaced. */
function planted(
  curve: Curve,
  name: string,
  change: (expression: Expression) => Expression | null,
): StraightLine[] {
  let found = 0;
  const rewrite = (expression: Expression): Expression => {
    const changed = found === 0 ? change(expression) : null;
    if (changed !== null) {
      found++;
      return changed;
    }
    const result: Record<string, unknown> = { ...expression };
    for (const [key, value] of Object.entries(expression)) {
      if (typeof value === "object") result[key] = rewrite(value as Expression);
    }
    return result as unknown as Expression;
  };
  const changed = arithmetic(curve).map((code) =>
    code.name !== name ? code : {
      ...code,
      statements: code.statements.map((statement) => ({
        ...statement,
        value: rewrite(statement.value),
      })),
    }
  );
  assert(found === 1, `nothing to change in ${name}`);
  return changed;
}

for (const curve of [P256, P384]) {
  Deno.test(`proveKernel() proves the ${curve.name} kernel, no i64 of which overflows`, () => {
    const { worst } = proveKernel({
      curve,
      arithmetic: arithmetic(curve),
      formulas: formulas(curve),
    });
    for (const [name, power] of worst) assertGreater(63, power, name);
  });
}

const PLANTS: readonly [
  string,
  string,
  (expression: Expression) => Expression | null,
][] = [
  [
    "a wrong shift of the field's modulus",
    "fieldMultiply",
    (e) => e.op === "shift_left" && e.bits === 21 ? { ...e, bits: 22 } : null,
  ],
  [
    "a wrong sign of the field's modulus",
    "fieldSquare",
    (e) => e.op === "subtract" ? { ...e, op: "add" } : null,
  ],
  [
    "a wrong limb of the order",
    "scalarMultiply",
    (e) =>
      e.op === "constant" && e.value > 0n
        ? { ...e, value: e.value + 1n }
        : null,
  ],
  [
    "a wrong inverse of the order",
    "scalarMultiply",
    (e) =>
      e.op === "low_bits" && e.value.op === "multiply"
        ? { ...e, value: { ...e.value, right: { op: "constant", value: 3n } } }
        : null,
  ],
  [
    "a carry of too few bits",
    "fieldAddY",
    (e) => e.op === "shift_right" ? { ...e, bits: 28 } : null,
  ],
  [
    "a mask of too many bits",
    "fieldDoubleY",
    (e) => e.op === "low_bits" ? { ...e, bits: 30 } : null,
  ],
  [
    "a factor too large",
    "fieldMultiplyTwice",
    (e) => e.op === "shift_left" ? { ...e, bits: 2 } : null,
  ],
  [
    "a wrong limb of the field's modulus",
    "fieldSubtractOnce",
    (e) =>
      e.op === "constant" && e.value === 0x1fffffffn
        ? { ...e, value: e.value - 1n }
        : null,
  ],
  [
    "a choice the wrong way round",
    "scalarSubtractOnce",
    (e) =>
      e.op === "choose"
        ? { ...e, negative: e.otherwise, otherwise: e.negative }
        : null,
  ],
  [
    "a wrong limb of an operand",
    "fieldSubtract",
    (e) => e.op === "limb" && e.index === 1 ? { ...e, index: 0 } : null,
  ],
];

for (const [what, name, change] of PLANTS) {
  Deno.test(`proveKernel() finds ${what}`, () => {
    const kernel = {
      curve: P256,
      arithmetic: planted(P256, name, change),
      formulas: formulas(P256),
    };
    assertThrows(
      () => proveKernel(kernel),
      BoundsViolation,
      `Cannot prove ${name}`,
    );
  });
}

const STEPS: readonly [
  what: string,
  formula: string,
  before: string,
  after: string | null,
  message: string,
][] = [
  [
    "a product of sums that overflows",
    "pointDouble",
    "t0 = fieldSquare(p.z)",
    "t0 = fieldSubtract(p.x, p.y)",
    "Cannot bound fieldTripleSquareDifference: ",
  ],
  [
    "a missing reduction",
    "isInfinity",
    "zero = fieldSubtractOnce(zero)",
    null,
    "Cannot bound a reduced coordinate",
  ],
  [
    "an inversion of what is not reduced",
    "coZInvert",
    "common = fieldSubtractOnce(common)",
    null,
    "Cannot bound fieldInverse's operand",
  ],
  [
    "a scalar that may be negative",
    "ecdsaSign",
    "s = scalarAddModulus(s)",
    null,
    "its operand may be negative",
  ],
  [
    "a scalar that is reduced once too little",
    "ecdsaVerify",
    "u1 = scalarSubtractOnce(u1)",
    null,
    "Cannot bound a scalar of ECDSA",
  ],
  [
    "a slot that is read before it is set",
    "pointLeave",
    "r.x = fieldMultiply(q.x, ONE)",
    null,
    "r.x is read before it is set",
  ],
  [
    "a coordinate that is read after it may be overwritten",
    "pointEnter",
    "r.x = fieldMultiply(q.x, FIELD_ENTER)",
    "r.y = fieldMultiply(q.x, FIELD_ENTER)",
    "q.y is read after r.y was written",
  ],
];

for (const [what, name, before, after, message] of STEPS) {
  Deno.test(`proveKernel() finds ${what}`, () => {
    let found = 0;
    const changed = formulas(P256).map((formula) => {
      if (formula.name !== name) return formula;
      const steps = formula.steps.flatMap((step): Step[] => {
        const operands = step.operands.join(", ");
        const text = `${step.result} = ${step.call}(${operands})`;
        if (text !== before || found++ > 0) return [step];
        if (after === null) return [];
        const [, result, call, read] = /^(\S+) = (\w+)\((.*)\)$/.exec(after)!;
        return [{ call: call!, result: result!, operands: read!.split(", ") }];
      });
      return { ...formula, steps };
    });
    assertGreater(found, 0, `no such step: ${before}`);
    assertThrows(
      () =>
        proveKernel({
          curve: P256,
          arithmetic: arithmetic(P256),
          formulas: changed,
        }),
      BoundsViolation,
      message,
    );
  });
}

/** 1 / value modulo 2^29. */
function inverseModulo29(value: bigint): bigint {
  let inverse = 1n;
  for (let i = 0; i < 5; i++) inverse *= 2n - value * inverse;
  return BigInt.asUintN(29, inverse);
}

Deno.test("proveKernel() finds that P-384 does not fit limbs of 29 bits", () => {
  const shape = { limbBits: 29, limbs: 14, radix: 2n ** 406n };
  const resized = (modulus: Modulus): Modulus => ({
    ...modulus,
    shape,
    limbs: toLimbs(modulus.value, shape),
    // p is -1 modulo 2^29 too; the order is not computed with before it fails.
    sparse: modulus.sparse &&
      [[1, 3, 1], [3, 9, -1], [4, 12, -1], [13, 7, 1]].map((
        [limb, shift, sign],
      ) => ({ limb: limb!, shift: shift!, sign: sign as 1 | -1 })),
    negatedInverse: modulus.prefix === "field"
      ? 1n
      : inverseModulo29(-modulus.value),
  });
  const curve: Curve = {
    ...P384,
    shape,
    field: resized(P384.field),
    scalar: resized(P384.scalar),
  };
  assertThrows(
    () =>
      proveKernel({
        curve,
        arithmetic: arithmetic(curve),
        formulas: formulas(curve),
      }),
    BoundsViolation,
    "Cannot bound fieldDoubleY: ",
  );
});
