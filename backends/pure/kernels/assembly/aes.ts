/**
 * AES key set-up ({@link https://doi.org/10.6028/NIST.FIPS.197-upd1 | FIPS 197})
 * for the bitsliced counter mode of generated/aes.
 *
 * A state is kept row-major: byte 4r + c is row r, column c of FIPS 197's
 * section 3.4. ShiftRows then rotates bytes within 32-bit lanes, and taking the
 * next row is a rotation of the lanes. Bitsliced, vector i holds bit i of every
 * byte, with bit j of a lane belonging to block j of eight.
 */
import {
  CTR_BASE,
  DATA,
  GCM_IV,
  LAST_ROUND_KEY,
  ROUND_KEY_0,
  ROUND_KEYS,
  SCHEDULE,
} from "./layout";
import { swizzle } from "./simd";
import { buildRound1Table, commonRound1, subBytes } from "./generated/aes";

/** From FIPS 197's byte order to row-major and back (it is its own inverse). */
export const TRANSPOSE: usize = memory.data<u8>(
  [0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15],
  16,
);
/** ShiftRows, row-major. */
export const SHIFT_ROWS: usize = memory.data<u8>(
  [0, 1, 2, 3, 5, 6, 7, 4, 10, 11, 8, 9, 15, 12, 13, 14],
  16,
);
/** ShiftRows, and back to FIPS 197's byte order: for the last round. */
export const SHIFT_ROWS_LAST: usize = memory.data<u8>(
  [0, 5, 10, 15, 1, 6, 11, 12, 2, 7, 8, 13, 3, 4, 9, 14],
  16,
);
/** A counter, big-endian in column 3. */
const COUNTER_COLUMN: usize = memory.data<u8>(
  [128, 128, 128, 3, 128, 128, 128, 2, 128, 128, 128, 1, 128, 128, 128, 0],
  16,
);
/** Four bytes, one a row, in column 0. */
export const COLUMN_0: usize = memory.data<u8>(
  [0, 128, 128, 128, 1, 128, 128, 128, 2, 128, 128, 128, 3, 128, 128, 128],
  16,
);

/** The bits of each byte: lanes of all ones where bit `bit` is set. */
// @ts-ignore: decorator

export function spreadBit(x: v128, bit: i8): v128 {
  const mask = i8x16.splat(1 << bit);
  return i8x16.eq(v128.and(x, mask), mask);
}

function subWord(word: u32): u32 {
  return i32x4.extract_lane(subBytes(i32x4.splat(word)), 0);
}

/**
 * KeyExpansion, section 5.2, of the `keyLength` (16 or 32) bytes at DATA, and
 * the round keys in the form that the rounds want. SubWord is computed by the
 * bitsliced S-box, so no address depends on the key.
 */
export function expandKey(keyLength: i32): void {
  const words = keyLength >> 2;
  const rounds = words + 6;
  for (let i = 0; i < words; i++) {
    store<u32>(SCHEDULE + (i << 2), load<u32>(DATA + (i << 2)));
  }
  let roundConstant: u32 = 1;
  for (let i = words; i < 4 * (rounds + 1); i++) {
    let word = load<u32>(SCHEDULE + (i << 2) - 4);
    if (i % words == 0) {
      // RotWord turns left; words are little-endian here.
      word = rotr<u32>(subWord(word), 8) ^ roundConstant;
      roundConstant = (roundConstant << 1) ^ ((roundConstant >> 7) * 0x11b);
    } else if (words > 6 && i % words == 4) {
      word = subWord(word);
    }
    store<u32>(
      SCHEDULE + (i << 2),
      word ^ load<u32>(SCHEDULE + ((i - words) << 2)),
    );
  }
  v128.store(ROUND_KEY_0, swizzle(v128.load(SCHEDULE), v128.load(TRANSPOSE)));
  for (let n = 1; n <= rounds; n++) {
    // The S-box circuit leaves its final XOR with 0x63 to the round key;
    // MixColumns maps a state of equal bytes to itself.
    let key = v128.xor(v128.load(SCHEDULE + (n << 4)), i8x16.splat(0x63));
    if (n < rounds) key = swizzle(key, v128.load(TRANSPOSE));
    const at = ROUND_KEYS + ((n - 1) << 7);
    v128.store(at, spreadBit(key, 0));
    v128.store(at, spreadBit(key, 1), 16);
    v128.store(at, spreadBit(key, 2), 32);
    v128.store(at, spreadBit(key, 3), 48);
    v128.store(at, spreadBit(key, 4), 64);
    v128.store(at, spreadBit(key, 5), 80);
    v128.store(at, spreadBit(key, 6), 96);
    v128.store(at, spreadBit(key, 7), 112);
  }
  store<u32>(LAST_ROUND_KEY, <u32> (ROUND_KEYS + ((rounds - 1) << 7)));
  // Row 3, column 3: the byte of the key that meets the counter's low byte.
  buildRound1Table(
    i8x16.splat(<i8> i8x16.extract_lane_u(v128.load(ROUND_KEY_0), 15)),
  );
}

/** Sets the counter blocks' first 12 bytes: the nonce of record `high`:`low`. */
export function setNonce(high: u32, low: u32): void {
  let nonce = v128.load(GCM_IV);
  // "The padded sequence number is XORed with [...] write_iv", RFC 8446 section 5.3
  nonce = v128.xor(nonce, i32x4(0, bswap<u32>(high), bswap<u32>(low), 0));
  setCounterBase(nonce);
}

/** Sets the counter blocks' first 12 bytes to those of `nonce`. */
export function setCounterBase(nonce: v128): void {
  v128.store(
    CTR_BASE,
    v128.xor(v128.load(ROUND_KEY_0), swizzle(nonce, v128.load(TRANSPOSE))),
  );
}

/** Prepares the 256 counters from `counter` on, a multiple of 256. */
export function setSegment(counter: u32): void {
  commonRound1(
    v128.xor(
      v128.load(CTR_BASE),
      swizzle(i32x4.splat(counter), v128.load(COUNTER_COLUMN)),
    ),
  );
}
