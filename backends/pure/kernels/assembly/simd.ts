/**
 * Vector operations whose best form depends on the build.
 *
 * `i8x16.relaxed_swizzle` is PSHUFB (x86) or TBL (Arm) alone. It is
 * deterministic here although it is "relaxed": every index is 0 to 15 or has
 * bit 7 set, for which the specification leaves no choice. The standard
 * `i8x16.swizzle` costs x86 one instruction more.
 *
 * Masks are loaded from memory, because V8 rebuilds a vector constant at every
 * use.
 */

// 32-bit rotations to the left by 16 and by 8, as byte permutations.
const ROTATE_16: usize = memory.data<u8>(
  [2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13],
  16,
);
const ROTATE_8: usize = memory.data<u8>(
  [3, 0, 1, 2, 7, 4, 5, 6, 11, 8, 9, 10, 15, 12, 13, 14],
  16,
);

/** Byte i of the result is byte `indices[i]` of `table`, or 0 if bit 7 is set. */
// @ts-ignore: decorator

export function swizzle(table: v128, indices: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return i8x16.relaxed_swizzle(table, indices);
  return i8x16.swizzle(table, indices);
}

// @ts-ignore: decorator

export function rotate16(x: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return swizzle(x, v128.load(ROTATE_16));
  return v128.shuffle<u8>(
    x,
    x,
    2,
    3,
    0,
    1,
    6,
    7,
    4,
    5,
    10,
    11,
    8,
    9,
    14,
    15,
    12,
    13,
  );
}

// @ts-ignore: decorator

export function rotate8(x: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return swizzle(x, v128.load(ROTATE_8));
  return v128.shuffle<u8>(
    x,
    x,
    3,
    0,
    1,
    2,
    7,
    4,
    5,
    6,
    11,
    8,
    9,
    10,
    15,
    12,
    13,
    14,
  );
}

// @ts-ignore: decorator

export function rotate12(x: v128): v128 {
  return v128.or(i32x4.shl(x, 12), i32x4.shr_u(x, 20));
}

// @ts-ignore: decorator

export function rotate7(x: v128): v128 {
  return v128.or(i32x4.shl(x, 7), i32x4.shr_u(x, 25));
}

/** Writes zeros from `start` to at least `end`, by whole vectors. */
export function zero(start: usize, end: usize): void {
  const nothing = i64x2.splat(0);
  for (; start < end; start += 16) v128.store(start, nothing);
}

/** Combines `length` bytes at `data` with key stream, by whole vectors. */
export function xorKeyStream(
  data: usize,
  keyStream: usize,
  length: usize,
): void {
  for (let i: usize = 0; i < length; i += 16) {
    v128.store(
      data + i,
      v128.xor(v128.load(data + i), v128.load(keyStream + i)),
    );
  }
}

/** Puts the inner type and `padding` zeros behind `length` bytes; the new length. */
export function innerPlaintext(
  data: usize,
  length: usize,
  type: i32,
  padding: usize,
): usize {
  if (type < 0) return length;
  store<u8>(data + length, <u8> type);
  if (padding) memory.fill(data + length + 1, 0, padding);
  return length + 1 + padding;
}

/** 1 where the 16 bytes at `a` and `b` are the same, found without a branch. */
export function equal16(a: usize, b: usize): i32 {
  const difference = (load<u64>(a) ^ load<u64>(b)) |
    (load<u64>(a, 8) ^ load<u64>(b, 8));
  return i32(((difference | (0 - difference)) >> 63) ^ 1);
}
