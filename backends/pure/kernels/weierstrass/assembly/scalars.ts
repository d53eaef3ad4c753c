/**
 * Tests and digits of scalars. A scalar is limbs, carried and below 2^SCALAR_BITS.
 */
import { scalarSubtractOnce, toWords } from "./generated/arithmetic";
import {
  BITS,
  LIMB_BYTES,
  NAF_DIGITS,
  NUMBER_BYTES,
  REDUCED,
  SCALAR_BITS,
} from "./generated/layout";

/** 0 where every limb is 0. */
export function limbsOf(a: usize): i64 {
  let all: i64 = 0;
  for (let i: usize = 0; i < LIMB_BYTES; i += 8) all |= load<i64>(a + i);
  return all;
}

/** 0 where all limbs of a and b are the same. */
export function difference(a: usize, b: usize): i64 {
  let all: i64 = 0;
  for (let i: usize = 0; i < LIMB_BYTES; i += 8) {
    all |= load<i64>(a + i) ^ load<i64>(b + i);
  }
  return all;
}

/** r = mask is -1 ? a : b. */
export function choose(
  r: usize,
  mask: i64,
  a: usize,
  b: usize,
  bytes: usize,
): void {
  for (let i: usize = 0; i < bytes; i += 8) {
    const no = load<i64>(b + i);
    store<i64>(r + i, no ^ ((no ^ load<i64>(a + i)) & mask));
  }
}

/** -1 where `bits` is not 0, for bits that are not negative. */

export function nonZeroMask(bits: i64): i64 {
  return -bits >> 63;
}

/**
 * Whether 0 < a < n. All of it is computed before the one branch that a caller
 * takes; that a key or nonce was refused is no secret.
 */
export function isValidScalar(a: usize): bool {
  scalarSubtractOnce(REDUCED, a);
  const unreduced = nonZeroMask(difference(a, REDUCED));
  const nonZero = nonZeroMask(limbsOf(a));
  return (nonZero & ~unreduced) != 0;
}

/** The words of a to BITS, zeros behind them. */
export function writeBits(a: usize): void {
  toWords(BITS, a);
  memory.fill(BITS + NUMBER_BYTES, 0, 16);
}

/** `width` bits of BITS from bit `position`, which is public. */

export function bitsAt(position: i32, width: i32): i32 {
  const word = load<u32>(BITS + (position >> 3));
  return <i32> ((word >> (position & 7)) & ((1 << width) - 1));
}

/**
 * The non-adjacent form of width `width` of the public scalar a: a byte a digit,
 * odd or zero, at least width - 1 zeros between others. Returns the index of the
 * last digit, or -1 for zero.
 */
export function nonAdjacentForm(digits: usize, a: usize, width: i32): i32 {
  writeBits(a);
  memory.fill(digits, 0, NAF_DIGITS);
  let carry = 0, top = -1, i = 0;
  while (i < SCALAR_BITS + 2) {
    if (bitsAt(i, 1) == carry) {
      i++;
      continue;
    }
    let digit = bitsAt(i, width) + carry;
    carry = (digit >> (width - 1)) & 1;
    digit -= carry << width;
    store<i8>(digits + i, <i8> digit);
    top = i;
    i += width;
  }
  return top;
}
