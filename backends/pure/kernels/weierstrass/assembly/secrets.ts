/**
 * Multiplication of points by secret scalars of P-256: no branch, index or address
 * depends on them.
 */
import { scalarNegate } from "./generated/arithmetic";
import {
  isDifferenceZero,
  pointAdd,
  pointAffine,
  pointDouble,
} from "./generated/formulas";
import {
  ACCUMULATOR,
  AFFINE_BYTES,
  BASE_POINT,
  BASE_TABLE,
  BASE_X,
  BASE_Y,
  DIGIT_ENTRIES,
  DIGITS,
  DOUBLE,
  ELEMENT_BYTES,
  JACOBIAN_BYTES,
  LIMB_BYTES,
  LIMBS,
  ODD,
  ODD_MULTIPLES,
  PACKED,
  PACKED_BYTES,
  PEER,
  PEER_TABLE,
  SELECTED,
  SUM,
  ZERO,
} from "./generated/layout";
import { bitsAt, choose, limbsOf, nonZeroMask, writeBits } from "./scalars";
import { oddMultiples, toJacobian } from "./points";

let baseTableBuilt: bool = false;

/**
 * Writes the words of k, or of n - k where k is even, to BITS, so that every
 * digit is odd; returns -1 where it was negated, else 0.
 */
export function makeOdd(k: usize): i64 {
  const even: i64 = (load<i64>(k) & 1) - 1;
  scalarNegate(ODD, k);
  choose(ODD, even, ODD, k, LIMB_BYTES);
  writeBits(ODD);
  return even;
}

/**
 * Digit `i` of the odd scalar in BITS: odd, -31 to 31 for i below 51, then 1. A
 * regular recoding: https://doi.org/10.1007/978-3-642-02384-2_21 (Joye and
 * Tunstall 2009), where bit 5 i + 5 decides the sign of digit i.
 */

export function digitAt(i: i32): i32 {
  const value = 2 * bitsAt(5 * i + 1, 5);
  return i < 51 ? value - 31 : value + 1;
}

/** Packs the first 16 of ODD_MULTIPLES into 32-bit limbs. */
function packMultiples(table: usize): void {
  let from = ODD_MULTIPLES;
  for (let i = 0; i < DIGIT_ENTRIES; i++) {
    for (let j: usize = 0; j < LIMBS; j++) {
      store<i32>(table + 4 * j, <i32> load<i64>(from + 8 * j));
      store<i32>(
        table + 4 * (LIMBS + j),
        <i32> load<i64>(from + ELEMENT_BYTES + 8 * j),
      );
    }
    table += PACKED_BYTES;
    from += AFFINE_BYTES;
  }
}

/** Odd multiples of 32^i times the base point, for every i. */
function buildBaseTable(): void {
  memory.copy(SELECTED, BASE_X, ELEMENT_BYTES);
  memory.copy(SELECTED + ELEMENT_BYTES, BASE_Y, ELEMENT_BYTES);
  for (let i = 0; i < DIGITS; i++) {
    oddMultiples(SELECTED, DIGIT_ENTRIES);
    packMultiples(
      BASE_TABLE + <usize> (i * DIGIT_ENTRIES) * PACKED_BYTES,
    );
    toJacobian(BASE_POINT, SELECTED);
    for (let j = 0; j < 5; j++) pointDouble(BASE_POINT, BASE_POINT);
    pointAffine(SELECTED, BASE_POINT);
  }
  baseTableBuilt = true;
}

/**
 * SELECTED = digit times the point of a table of 16 odd multiples, negated where
 * `negate` is -1. Reads every entry, whatever the digit is.
 */
function select(table: usize, digit: i32, negate: i64): void {
  const sign = digit >> 31;
  const index = i32x4.splat(((digit ^ sign) - sign) >> 1);
  const mask = <i64> sign ^ negate;
  let a = i32x4.splat(0), b = a, c = a, d = a, e = a;
  for (let i = 0; i < DIGIT_ENTRIES; i++) {
    const here = i32x4.eq(index, i32x4.splat(i));
    a = v128.or(a, v128.and(here, v128.load(table, 0)));
    b = v128.or(b, v128.and(here, v128.load(table, 16)));
    c = v128.or(c, v128.and(here, v128.load(table, 32)));
    d = v128.or(d, v128.and(here, v128.load(table, 48)));
    e = v128.or(e, v128.and(here, v128.load(table, 64)));
    table += PACKED_BYTES;
  }
  v128.store(PACKED, a, 0);
  v128.store(PACKED, b, 16);
  v128.store(PACKED, c, 32);
  v128.store(PACKED, d, 48);
  v128.store(PACKED, e, 64);
  for (let i: usize = 0; i < LIMBS; i++) {
    store<i64>(SELECTED + 8 * i, load<i32>(PACKED + 4 * i));
    const y = <i64> load<i32>(PACKED + 4 * (LIMBS + i));
    store<i64>(SELECTED + ELEMENT_BYTES + 8 * i, (y ^ mask) - mask);
  }
}

/**
 * ACCUMULATOR += SELECTED where they may be equal. Computes the sum and the
 * double, and takes one of them.
 */
function addOrDouble(): void {
  pointAdd(SUM, ACCUMULATOR, SELECTED);
  pointDouble(DOUBLE, ACCUMULATOR);
  isDifferenceZero();
  choose(
    ACCUMULATOR,
    nonZeroMask(limbsOf(ZERO)),
    SUM,
    DOUBLE,
    JACOBIAN_BYTES,
  );
}

/**
 * ACCUMULATOR = k times the base point, for secret k, 0 < k < n: one addition
 * from the table of each digit's weight, and no doubling.
 *
 * The sum before digit i is odd, hence not zero, and below 32^i in size, and the
 * digit's term is at least that: they differ in size, so that they can be equal or
 * opposite modulo n only where n fits between them, at the last digit. There the
 * term is 2^255 and the sum k - 2^255: equal for k = 2^256 - n alone, and never
 * opposite, as k is not 0.
 */
export function multiplyBase(k: usize): void {
  const negate = makeOdd(k);
  let table = BASE_TABLE;
  select(table, digitAt(0), negate);
  toJacobian(ACCUMULATOR, SELECTED);
  for (let i = 1; i < DIGITS; i++) {
    table += <usize> DIGIT_ENTRIES * PACKED_BYTES;
    select(table, digitAt(i), negate);
    if (i < DIGITS - 1) pointAdd(ACCUMULATOR, ACCUMULATOR, SELECTED);
    else addOrDouble();
  }
}

/** Builds what {@link multiplyBase} reads; once. */
export function prepareBase(): void {
  if (!baseTableBuilt) buildBaseTable();
}

/**
 * ACCUMULATOR = k times PEER, for secret k, 0 < k < n.
 *
 * Before a digit d the sum is 32 h for an odd h, so that it is larger than d, and
 * equal or opposite to it only modulo n: at the last digit, where k = 32 h + d. It
 * is not opposite, as k is not 0, and not equal: k = 2 d modulo n is odd for k =
 * n + 2 d alone, but d is k modulo 64, less 32, and n is 17 modulo 64, so that d
 * would be 15, and k above n.
 */
export function multiplyPeer(k: usize): void {
  oddMultiples(PEER, DIGIT_ENTRIES);
  packMultiples(PEER_TABLE);
  const negate = makeOdd(k);
  select(PEER_TABLE, digitAt(DIGITS - 1), negate);
  toJacobian(ACCUMULATOR, SELECTED);
  for (let i = DIGITS - 2; i >= 0; i--) {
    for (let j = 0; j < 5; j++) pointDouble(ACCUMULATOR, ACCUMULATOR);
    select(PEER_TABLE, digitAt(i), negate);
    pointAdd(ACCUMULATOR, ACCUMULATOR, SELECTED);
  }
}
