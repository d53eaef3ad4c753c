/**
 * Points, and the sum of two multiples that verification is. All of it is public;
 * `secrets.ts` multiplies by secrets.
 */
import { fieldSubtractOnce, fromBytes } from "./generated/arithmetic";
import {
  coZAffine,
  coZInvert,
  coZStart,
  coZStep,
  isDifferenceZero,
  isInfinity,
  isSlopeZero,
  pointAdd,
  pointDouble,
  pointEnter,
} from "./generated/formulas";
import {
  ACCUMULATOR,
  AFFINE_BYTES,
  BASE_NAF,
  BASE_NAF_ENTRIES,
  BASE_NAF_TABLE,
  BASE_X,
  BASE_Y,
  CO_Z,
  CO_Z_DOUBLE,
  ELEMENT_BYTES,
  FIELD_ONE,
  IO_POINT,
  JACOBIAN_BYTES,
  KEY_NAF,
  KEY_NAF_ENTRIES,
  LIMB_BYTES,
  NUMBER_BYTES,
  ODD_MULTIPLES,
  PEER,
  REDUCED,
  SELECTED,
  SUM,
  ZERO,
} from "./generated/layout";
import { difference, limbsOf, nonAdjacentForm } from "./scalars";

let baseNafTableBuilt: bool = false;

/** r = affine q as a Jacobian point; r.z = 1. */
export function toJacobian(r: usize, q: usize): void {
  memory.copy(r, q, AFFINE_BYTES);
  memory.copy(r + AFFINE_BYTES, FIELD_ONE, ELEMENT_BYTES);
}

/** PEER = IO_POINT. */
export function loadPeer(): void {
  fromBytes(PEER, IO_POINT);
  fromBytes(PEER + ELEMENT_BYTES, IO_POINT + NUMBER_BYTES);
}

/** Whether PEER holds reduced coordinates of a point of the curve; enters it. */
export function enterPeer(): bool {
  fieldSubtractOnce(REDUCED, PEER);
  let bad = difference(REDUCED, PEER);
  fieldSubtractOnce(REDUCED, PEER + ELEMENT_BYTES);
  bad |= difference(REDUCED, PEER + ELEMENT_BYTES);
  if (bad != 0) return false;
  pointEnter(PEER, PEER);
  return limbsOf(ZERO) == 0;
}

/** ODD_MULTIPLES = q, 3 q, .. (2 count - 1) q, affine, for the public point q. */
export function oddMultiples(q: usize, count: i32): void {
  memory.copy(ODD_MULTIPLES, q, AFFINE_BYTES);
  coZStart(CO_Z, CO_Z_DOUBLE, q);
  let p = CO_Z;
  for (let i = 1; i < count; i++) {
    coZStep(p + JACOBIAN_BYTES, p, CO_Z_DOUBLE);
    p += JACOBIAN_BYTES;
  }
  coZInvert();
  for (let i = count - 1; i > 0; i--) {
    coZAffine(ODD_MULTIPLES + <usize> i * AFFINE_BYTES, p);
    p -= JACOBIAN_BYTES;
  }
}

/** Odd multiples of the base point for the non-adjacent form. */
function buildBaseNafTable(): void {
  memory.copy(SELECTED, BASE_X, ELEMENT_BYTES);
  memory.copy(SELECTED + ELEMENT_BYTES, BASE_Y, ELEMENT_BYTES);
  oddMultiples(SELECTED, BASE_NAF_ENTRIES);
  memory.copy(
    BASE_NAF_TABLE,
    ODD_MULTIPLES,
    <usize> BASE_NAF_ENTRIES * AFFINE_BYTES,
  );
  baseNafTableBuilt = true;
}

/** Whether ACCUMULATOR is the point at infinity: its Z is 0. */
export function isAccumulatorZero(): bool {
  isInfinity(ACCUMULATOR);
  return limbsOf(ZERO) == 0;
}

/** ACCUMULATOR += SELECTED for public points, whatever they are. */
function addAny(): void {
  if (isAccumulatorZero()) {
    toJacobian(ACCUMULATOR, SELECTED);
    return;
  }
  pointAdd(SUM, ACCUMULATOR, SELECTED);
  isDifferenceZero();
  if (limbsOf(ZERO) == 0) {
    isSlopeZero();
    if (limbsOf(ZERO) == 0) {
      pointDouble(ACCUMULATOR, ACCUMULATOR);
      return;
    }
  }
  memory.copy(ACCUMULATOR, SUM, JACOBIAN_BYTES);
}

/** SELECTED = digit times the point of a table of odd multiples; public. */
function selectPublic(table: usize, digit: i32): void {
  const size = digit < 0 ? -digit : digit;
  const entry = table + <usize> (size >> 1) * AFFINE_BYTES;
  memory.copy(SELECTED, entry, AFFINE_BYTES);
  if (digit > 0) return;
  const y = SELECTED + ELEMENT_BYTES;
  for (let i: usize = 0; i < LIMB_BYTES; i += 8) {
    store<i64>(y + i, -load<i64>(y + i));
  }
}

/**
 * Walks both non-adjacent forms from digit `top` down. `careful` costs time and
 * handles sums of equal and opposite points.
 */
function walk(top: i32, careful: bool): void {
  memory.fill(ACCUMULATOR, 0, JACOBIAN_BYTES);
  let started = false;
  for (let i = top; i >= 0; i--) {
    if (started) pointDouble(ACCUMULATOR, ACCUMULATOR);
    for (let half = 0; half < 2; half++) {
      const digit = <i32> load<i8>((half == 0 ? KEY_NAF : BASE_NAF) + i);
      if (digit == 0) continue;
      selectPublic(half == 0 ? ODD_MULTIPLES : BASE_NAF_TABLE, digit);
      if (!started) toJacobian(ACCUMULATOR, SELECTED);
      else if (careful) addAny();
      else pointAdd(ACCUMULATOR, ACCUMULATOR, SELECTED);
      started = true;
    }
  }
}

/**
 * ACCUMULATOR = u1 times the base point + u2 times PEER, for public scalars
 * (https://doi.org/10.1007/3-540-45537-X_13, Moeller 2001: interleaving).
 *
 * Where a sum meets equal or opposite points, or zero, Z becomes 0 and stays so:
 * then, and only then, the sum is done again with care.
 */
export function multiplyTwo(u1: usize, u2: usize): void {
  if (!baseNafTableBuilt) buildBaseNafTable();
  const base = nonAdjacentForm(BASE_NAF, u1, 8);
  const key = nonAdjacentForm(KEY_NAF, u2, 5);
  oddMultiples(PEER, KEY_NAF_ENTRIES);
  const top = max(base, key);
  walk(top, false);
  if (isAccumulatorZero()) walk(top, true);
}
