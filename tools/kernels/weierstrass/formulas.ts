/**
 * Formulas of points and of ECDSA: sequences of the functions on numbers, which
 * become functions of their own. Every secret scalar meets only these.
 *
 * An operand is a slot ("t0"), a constant ("FIELD_ONE") or, with a dot, a
 * coordinate of a parameter that points to a point ("p.x"). Points are Jacobian,
 * (X : Y : Z) with x = X / Z^2 and y = Y / Z^3; coordinates are in the Montgomery
 * domain unless a formula says otherwise.
 *
 * @module
 */
import type { Curve } from "./parameters.ts";

/** One call: the function, where its result goes, what it reads. */
export interface Step {
  /** A function on numbers. */
  readonly call: string;
  /** Where its result goes. */
  readonly result: string;
  /** What it reads. */
  readonly operands: readonly string[];
  /** How often it is done, each time on its own result; once unless given. */
  readonly times?: number;
}

/** A function that calls functions on numbers, one after the other. */
export interface Formula {
  /** Its name. */
  readonly name: string;
  /** What it does, and whose formula it is. */
  readonly comment: string;
  /** Its pointer parameters. */
  readonly parameters: readonly string[];
  /** What it does. */
  readonly steps: readonly Step[];
}

function formula(
  name: string,
  parameters: readonly string[],
  comment: string,
  lines: readonly string[],
): Formula {
  const steps = lines.map((line): Step => {
    const match = /^(\S+) = (\w+)\(([^)]*)\)(?: x(\d+))?$/.exec(line);
    if (match === null) throw new Error(`Cannot read a step: ${line}`);
    const [, result, call, operands, times] = match;
    const step = {
      call: call!,
      result: result!,
      operands: operands!.split(", "),
    };
    return times === undefined ? step : { ...step, times: Number(times) };
  });
  return { name, parameters, comment, steps };
}

const EFD = "https://hyperelliptic.org/EFD/g1p/auto-shortw-jacobian-3.html";

/** Steps of 1 / a in the Montgomery domain: leave it, invert, enter it. */
function inverseSteps(result: string, operand: string): string[] {
  return [
    `${result} = fieldMultiply(${operand}, ONE)`,
    `${result} = fieldSubtractOnce(${result})`,
    `${result} = fieldInverse(${result})`,
    `${result} = fieldMultiply(${result}, FIELD_ENTER)`,
  ];
}

/** P-256's x^(2^32 - 1) and onwards to x^((p + 1) / 4), the square root. */
const SQUARE_ROOT_STEPS: readonly string[] = [
  // t1 = x^(2^2 - 1), then the exponent's run of ones doubles in length.
  "t1 = fieldSquare(t0)",
  "t1 = fieldMultiply(t1, t0)",
  "t2 = fieldSquare(t1) x2",
  "t1 = fieldMultiply(t2, t1)",
  "t2 = fieldSquare(t1) x4",
  "t1 = fieldMultiply(t2, t1)",
  "t2 = fieldSquare(t1) x8",
  "t1 = fieldMultiply(t2, t1)",
  "t2 = fieldSquare(t1) x16",
  "t1 = fieldMultiply(t2, t1)",
  // (p + 1) / 4 = (((2^32 - 1) 2^32 + 1) 2^96 + 1) 2^94
  "t2 = fieldSquare(t1) x32",
  "t2 = fieldMultiply(t2, t0)",
  "t2 = fieldSquare(t2) x96",
  "t2 = fieldMultiply(t2, t0)",
  "t2 = fieldSquare(t2) x94",
];

/** t0 = x^3 - 3 x + b for x in the Montgomery domain. */
function rightSideSteps(x: string): string[] {
  return [
    `t0 = fieldMultiplyLess(${x}, ${x}, THREE)`,
    `t0 = fieldMultiplyLess(t0, ${x}, MINUS_B)`,
  ];
}

/** What verification needs, on every curve. */
const PUBLIC_FORMULAS: readonly Formula[] = [
  formula(
    "pointDouble",
    ["r", "p"],
    `r = 2 p; r may be p. "dbl-2001-b" of ${EFD}, with beta4 = 4 X Y^2 from ` +
      "2 Y^2, and Z3 = 2 Y Z",
    [
      "t0 = fieldSquare(p.z)",
      "t1 = fieldSquareTwice(p.y)",
      "t2 = fieldTripleSquareDifference(p.x, t0)",
      "t3 = fieldMultiplyTwice(p.x, t1)",
      "r.z = fieldMultiplyTwice(p.z, p.y)",
      "r.x = fieldSquareLessTwice(t2, t3)",
      "r.y = fieldDoubleY(t2, t3, r.x, t1)",
    ],
  ),
  formula(
    "pointAdd",
    ["r", "p", "q"],
    "r = p + q for affine q, p not 0, q or -q; r may be p. Leaves H, which is 0 " +
      "where p = q or p = -q, in `difference`, and R, which is 0 where p = q, in " +
      `\`slope\`. "madd-2004-hmv" of ${EFD}`,
    [
      "t0 = fieldSquare(p.z)",
      "difference = fieldMultiplyLess(q.x, t0, p.x)",
      "t1 = fieldMultiply(p.z, t0)",
      "slope = fieldMultiplyLess(q.y, t1, p.y)",
      "r.z = fieldMultiply(p.z, difference)",
      "t2 = fieldSquare(difference)",
      "t3 = fieldMultiply(t2, difference)",
      "t4 = fieldMultiply(p.x, t2)",
      "r.x = fieldSquareLessOnceAndTwice(slope, t3, t4)",
      "r.y = fieldAddY(slope, t4, r.x, p.y, t3)",
    ],
  ),
  formula(
    "coZStart",
    ["r", "d", "q"],
    "r = q and d = 2 q with one common Z = 2 y, which goes to `common`: the " +
      "doubling with update of " +
      "https://doi.org/10.1007/978-3-540-73074-3_15 (Meloni 2007)",
    [
      "common = fieldMultiplyTwice(q.y, FIELD_ONE)",
      "t1 = fieldSquareTwice(q.y)",
      "t2 = fieldTripleSquareDifference(q.x, FIELD_ONE)",
      "r.x = fieldMultiplyTwice(q.x, t1)",
      "r.y = fieldMultiplyTwice(t1, t1)",
      "d.x = fieldSquareLessTwice(t2, r.x)",
      "d.y = fieldMultiplyDifferenceLess(t2, r.x, d.x, r.y)",
    ],
  ),
  formula(
    "coZStep",
    ["r", "p", "d"],
    "r = p + d for p and d of one Z, and d brought to the Z of r; r.z is the " +
      "factor by which Z grew, which goes to `common` too. The addition with " +
      "update of Meloni 2007",
    [
      "r.z = fieldSubtract(p.x, d.x)",
      "t0 = fieldSubtract(p.y, d.y)",
      "t1 = fieldSquare(r.z)",
      "t2 = fieldMultiply(t1, r.z)",
      "d.x = fieldMultiply(d.x, t1)",
      "d.y = fieldMultiply(d.y, t2)",
      "r.x = fieldSquareLessOnceAndTwice(t0, t2, d.x)",
      "r.y = fieldMultiplyDifferenceLess(t0, d.x, r.x, d.y)",
      "common = fieldMultiply(common, r.z)",
    ],
  ),
  formula(
    "coZInvert",
    [],
    "common = 1 / common",
    inverseSteps("common", "common"),
  ),
  formula(
    "coZAffine",
    ["r", "p"],
    "r = p made affine, with `common` = 1 / Z of p, which becomes 1 / Z of the " +
      "point before p",
    [
      "t0 = fieldSquare(common)",
      "r.x = fieldMultiply(p.x, t0)",
      "t0 = fieldMultiply(t0, common)",
      "r.y = fieldMultiply(p.y, t0)",
      "common = fieldMultiply(common, p.z)",
    ],
  ),
  formula(
    "pointEnter",
    ["r", "q"],
    "r = q, the point of reduced coordinates, in the Montgomery domain; `zero` " +
      "becomes y^2 - (x^3 - 3 x + b), reduced",
    [
      "r.x = fieldMultiply(q.x, FIELD_ENTER)",
      "r.y = fieldMultiply(q.y, FIELD_ENTER)",
      ...rightSideSteps("r.x"),
      "t0 = fieldMultiplyLess(r.y, r.y, t0)",
      "zero = fieldMultiply(t0, ONE)",
      "zero = fieldSubtractOnce(zero)",
    ],
  ),
  formula(
    "isDifferenceZero",
    [],
    "zero = `difference`, reduced: 0 exactly where it is 0 modulo p",
    [
      "zero = fieldMultiply(difference, ONE)",
      "zero = fieldSubtractOnce(zero)",
    ],
  ),
  formula(
    "isSlopeZero",
    [],
    "zero = `slope`, reduced",
    ["zero = fieldMultiply(slope, ONE)", "zero = fieldSubtractOnce(zero)"],
  ),
  formula(
    "isInfinity",
    ["p"],
    "zero = Z of p, reduced",
    ["zero = fieldMultiply(p.z, ONE)", "zero = fieldSubtractOnce(zero)"],
  ),
  formula(
    "compareX",
    ["p", "x"],
    "zero = x Z^2 - X of p, reduced, for reduced x out of the Montgomery domain: " +
      "0 where x is the affine x of p, without an inversion",
    [
      "t0 = fieldSquare(p.z)",
      "t1 = fieldMultiply(x, FIELD_ENTER)",
      "difference = fieldMultiplyLess(t1, t0, p.x)",
      "zero = fieldMultiply(difference, ONE)",
      "zero = fieldSubtractOnce(zero)",
    ],
  ),
  formula(
    "ecdsaVerify",
    ["u1", "u2", "e", "x", "s"],
    "u1 = e / s and u2 = x / s modulo n, reduced, for a digest e of as many bits as n and " +
      "reduced others, s not 0",
    [
      "t0 = scalarInverse(s)",
      "t0 = scalarMultiply(t0, SCALAR_ENTER)",
      "t1 = scalarMultiply(e, t0)",
      "t2 = scalarMultiply(x, t0)",
      ...[["u1", "t1"], ["u2", "t2"]].flatMap(([to, from]) => [
        `${to} = scalarAddModulus(${from})`,
        `${to} = scalarSubtractOnce(${to})`,
        `${to} = scalarSubtractOnce(${to})`,
      ]),
    ],
  ),
];

/** What key pairs, ECDH, signatures and compressed points need besides. */
const SECRET_FORMULAS: readonly Formula[] = [
  formula(
    "pointAffine",
    ["r", "p"],
    "r = p made affine, in the Montgomery domain",
    [
      ...inverseSteps("t0", "p.z"),
      "t1 = fieldSquare(t0)",
      "r.x = fieldMultiply(p.x, t1)",
      "t1 = fieldMultiply(t1, t0)",
      "r.y = fieldMultiply(p.y, t1)",
    ],
  ),
  formula(
    "pointLeave",
    ["r", "q"],
    "r = affine q out of the Montgomery domain, reduced",
    [
      "r.x = fieldMultiply(q.x, ONE)",
      "r.x = fieldSubtractOnce(r.x)",
      "r.y = fieldMultiply(q.y, ONE)",
      "r.y = fieldSubtractOnce(r.y)",
    ],
  ),
  formula(
    "pointLift",
    ["q"],
    "q.y = a square root of x^3 - 3 x + b if there is one, for reduced q.x; both " +
      "reduced and out of the Montgomery domain",
    [
      "t4 = fieldMultiply(q.x, FIELD_ENTER)",
      ...rightSideSteps("t4"),
      ...SQUARE_ROOT_STEPS,
      "q.y = fieldMultiply(t2, ONE)",
      "q.y = fieldSubtractOnce(q.y)",
    ],
  ),
  formula(
    "ecdsaSign",
    ["s", "k", "d", "e", "x"],
    "s = (e + x d) / k modulo n, reduced, for a digest e of as many bits as n and reduced " +
      "others, k not 0",
    [
      "t0 = scalarInverse(k)",
      "t0 = scalarMultiply(t0, SCALAR_ENTER)",
      "t1 = scalarMultiply(d, SCALAR_ENTER)",
      "t1 = scalarMultiply(t1, x)",
      "t1 = scalarAdd(t1, e)",
      "s = scalarMultiply(t1, t0)",
      "s = scalarAddModulus(s)",
      "s = scalarSubtractOnce(s)",
      "s = scalarSubtractOnce(s)",
    ],
  ),
];

/** The formulas of a curve's kernel. */
export function formulas(curve: Curve): readonly Formula[] {
  return curve.secrets
    ? [...PUBLIC_FORMULAS, ...SECRET_FORMULAS]
    : PUBLIC_FORMULAS;
}
