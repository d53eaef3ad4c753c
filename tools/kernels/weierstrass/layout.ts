/**
 * Where things are in linear memory. What may hold anything derived from a secret
 * is in one region, which is overwritten before a call returns; tables hold
 * multiples of public points.
 *
 * @module
 */
import { type Curve, elementBytes, toLimbs } from "./parameters.ts";

/** Digits of a scalar: 51 signed odd ones of 5 bits, and the top bit. */
export const DIGITS = 52;
/** Entries of a table for one such digit: 1, 3, .. 31. */
export const DIGIT_ENTRIES = 16;
/** Odd multiples of the base point for verification: 1, 3, .. 127. */
export const BASE_NAF_ENTRIES = 64;
/** Odd multiples of a public key for verification: 1, 3, .. 15. */
export const KEY_NAF_ENTRIES = 8;

/** A slot's name and bytes. */
type Slot = readonly [name: string, bytes: number];

/** What follows from the curve's size. */
function sizesOf({ bits, shape }: Curve) {
  const element = elementBytes(shape);
  return {
    element,
    affine: 2 * element,
    jacobian: 3 * element,
    /** A table's entry: an affine point in 32-bit limbs. */
    packed: Math.ceil(2 * 4 * shape.limbs / 16) * 16,
    number: bits / 8,
    /** Digits of a non-adjacent form: one more than bits, in whole vectors. */
    naf: bits + 16,
  };
}

/** The region that is wiped. */
function secretSlots(curve: Curve): Slot[] {
  const { element, affine, jacobian, packed, number } = sizesOf(curve);
  const slots: Slot[] = [
    // Temporaries of formulas.
    ...["T0", "T1", "T2", "T3", "T4", "DIFFERENCE", "SLOPE", "COMMON", "ZERO"]
      .map((name): Slot => [name, element]),
    // Scalars as limbs.
    ...["DIGEST", "R", "S", "REDUCED"].map((name): Slot => [name, element]),
    // Points.
    ["ACCUMULATOR", jacobian],
    ["SUM", jacobian],
    ["SELECTED", affine],
    ["PEER", affine],
    // A scalar as little-endian words, with zeros behind it.
    ["BITS", number + 16],
    // What goes in and comes out: big-endian numbers.
    ["IO_POINT", 2 * number],
    ["IO_DIGEST", number],
    ["IO_SIGNATURE", 2 * number],
  ];
  if (!curve.secrets) return slots;
  return [
    ...slots,
    ...["PRIVATE", "NONCE", "ODD"].map((name): Slot => [name, element]),
    ["DOUBLE", jacobian],
    ["PACKED", packed],
    ...["IO_PRIVATE", "IO_NONCE", "IO_SHARED", "IO_ENTROPY"]
      .map((name): Slot => [name, number]),
    // HMAC-SHA-256 and the generator of nonces.
    ["HASH_STATE", 32],
    ["HASH_WORDS", 256],
    ["HMAC_KEY", 32],
    ["HMAC_VALUE", 32],
    ["HMAC_INNER", 32],
    ["HMAC_OUTER", 32],
    ["HMAC_MESSAGE", 256],
  ];
}

/** The regions that hold what is public. */
function publicSlots(curve: Curve): Slot[] {
  const { element, affine, jacobian, packed, naf } = sizesOf(curve);
  const slots: Slot[] = [
    ["BASE_NAF_TABLE", BASE_NAF_ENTRIES * affine],
    ["CO_Z", BASE_NAF_ENTRIES * jacobian],
    ["CO_Z_DOUBLE", affine],
    ["ODD_MULTIPLES", BASE_NAF_ENTRIES * affine],
    ["U1", element],
    ["U2", element],
    ["BASE_NAF", naf],
    ["KEY_NAF", naf],
  ];
  if (!curve.secrets) return slots;
  return [
    ...slots,
    ["BASE_TABLE", DIGITS * DIGIT_ENTRIES * packed],
    ["PEER_TABLE", DIGIT_ENTRIES * packed],
    ["BASE_POINT", jacobian],
  ];
}

/** The layout as an AssemblyScript module. */
export function printLayout(curve: Curve): string {
  const { element, affine, jacobian, packed, number, naf } = sizesOf(curve);
  const { bits, shape, constants } = curve;
  const lines: string[] = [
    `export const LIMBS: usize = ${shape.limbs};`,
    `export const LIMB_BYTES: usize = ${8 * shape.limbs};`,
    `export const ELEMENT_BYTES: usize = ${element};`,
    `export const JACOBIAN_BYTES: usize = ${jacobian};`,
    `export const AFFINE_BYTES: usize = ${affine};`,
    `export const PACKED_BYTES: usize = ${packed};`,
    `export const NUMBER_BYTES: usize = ${number};`,
    `export const SCALAR_BITS: i32 = ${bits};`,
    `export const DIGITS: i32 = ${DIGITS};`,
    `export const DIGIT_ENTRIES: i32 = ${DIGIT_ENTRIES};`,
    `export const BASE_NAF_ENTRIES: i32 = ${BASE_NAF_ENTRIES};`,
    `export const KEY_NAF_ENTRIES: i32 = ${KEY_NAF_ENTRIES};`,
    `export const NAF_DIGITS: i32 = ${naf};`,
  ];
  for (const [name, value] of Object.entries(constants)) {
    const limbs = toLimbs(value, shape).join(", ");
    lines.push(
      `export const ${name}: usize = memory.data<i64>([${limbs}], 16);`,
    );
  }
  for (const [name, bytes] of publicSlots(curve)) {
    lines.push(`export const ${name}: usize = memory.data(${bytes}, 16);`);
  }
  let offset = 0;
  const slots: string[] = [];
  for (const [name, bytes] of secretSlots(curve)) {
    slots.push(`export const ${name}: usize = SECRET + ${offset};`);
    offset += Math.ceil(bytes / 16) * 16;
  }
  lines.push(
    `export const SECRET_BYTES: usize = ${offset};`,
    `export const SECRET: usize = memory.data(${offset}, 16);`,
    ...slots,
  );
  return lines.join("\n") + "\n";
}
