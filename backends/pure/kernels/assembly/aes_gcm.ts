/**
 * AES-GCM with a 96-bit nonce and a 128-bit tag
 * ({@link https://doi.org/10.6028/NIST.SP.800-38D | NIST SP 800-38D}, section 7;
 * {@link https://www.rfc-editor.org/rfc/rfc5116#section-5.1 | RFC 5116}).
 *
 * Counter 1 (J0) masks the tag and the record begins at counter 2. The first
 * chunk of 8 or 16 blocks begins at counter 0, whose block is not used, so that
 * no later chunk crosses one of the segments of 256 counters that share round 1.
 */
import {
  AAD,
  DATA,
  GCM_IV,
  GHASH_Y,
  KEY_STREAM,
  RECEIVED_TAG,
  SETUP_END,
  SMALL_WORK_END,
  TAG,
  TAG_MASK,
  WORK,
  WORK_END,
} from "./layout";
import { equal16, innerPlaintext, xorKeyStream, zero } from "./simd";
import { expandKey, setCounterBase, setNonce, setSegment } from "./aes";
import { buildTables, ghash, LANES_FROM } from "./ghash";
import { xor128, xor256 } from "./generated/aes";

/** Bytes that a first chunk of 8 blocks leaves for the record, and one of 16. */
const FIRST_8: usize = 96;
const FIRST_16: usize = 224;

/** Groups of 8 counters in a segment. */
const SEGMENT_GROUPS: usize = 32;

/** Sets the key up: the `keyLength` bytes at DATA; GCM_IV holds the IV. */
export function gcmExpand(keyLength: i32): void {
  expandKey(keyLength);
  zero(DATA, DATA + keyLength);
  // H = CIPH_K(0^128), section 7.1 step 1
  setCounterBase(i64x2.splat(0));
  setSegment(0);
  zero(KEY_STREAM, KEY_STREAM + 256);
  xor128(KEY_STREAM, 0);
  buildTables(v128.load(KEY_STREAM));
  store<u32>(GCM_IV, 0, 12);
  zero(WORK, SETUP_END);
}

/** Sets the nonce and makes the first chunk of key stream. */
function start(length: usize, high: u32, low: u32): void {
  setNonce(high, low);
  setSegment(0);
  zero(KEY_STREAM, KEY_STREAM + 256);
  if (length <= FIRST_8) xor128(KEY_STREAM, 0);
  else xor256(KEY_STREAM, 0);
  v128.store(TAG_MASK, v128.load(KEY_STREAM, 16));
}

/** GCTR from counter 2 on, section 6.5; leaves zeros behind the record. */
function counterMode(length: usize): void {
  xorKeyStream(DATA, KEY_STREAM + 32, length < FIRST_16 ? length : FIRST_16);
  const end = DATA + length;
  let data: usize = DATA + FIRST_16;
  if (data < end) {
    let group: usize = 2;
    let segment: u32 = 0;
    for (; data + 128 < end; data += 256) {
      if (group == SEGMENT_GROUPS) {
        group = 0;
        segment += 256;
        setSegment(segment);
      }
      xor256(data, group);
      group += 2;
    }
    if (data < end) {
      if (group == SEGMENT_GROUPS) {
        group = 0;
        setSegment(segment + 256);
      }
      xor128(data, group);
      data += 128;
    }
    // What the last chunk wrote behind the record is key stream.
    zero(end, data);
  }
  v128.store(end, i64x2.splat(0));
}

/** The tag of the `length` bytes at DATA, behind which zeros stand; to TAG. */
function computeTag(length: usize, aadLength: usize): void {
  v128.store(GHASH_Y, i64x2.splat(0));
  if (aadLength) {
    v128.store(AAD + aadLength, i64x2.splat(0));
    ghash(AAD, (aadLength + 15) >> 4);
  }
  ghash(DATA, (length + 15) >> 4);
  // "[len(A)]64 || [len(C)]64", in bits
  store<u64>(TAG, bswap<u64>((<u64> aadLength) << 3));
  store<u64>(TAG, bswap<u64>((<u64> length) << 3), 8);
  ghash(TAG, 1);
  v128.store(TAG, v128.xor(v128.load(GHASH_Y), v128.load(TAG_MASK)));
}

/** Wipes the scratch; the lanes of GHASH only where they were in use. */
function wipe(length: usize, aadLength: usize): void {
  const longest = length > aadLength ? length : aadLength;
  zero(WORK, (longest + 15) >> 4 < LANES_FROM ? SMALL_WORK_END : WORK_END);
}

/**
 * Seals the `length` bytes at DATA, with `type` and `padding` zeros behind them
 * unless it is negative, in place; the tag follows. Returns the whole length.
 */
export function gcmSeal(
  length: usize,
  type: i32,
  padding: usize,
  aadLength: usize,
  high: u32,
  low: u32,
): usize {
  length = innerPlaintext(DATA, length, type, padding);
  start(length, high, low);
  counterMode(length);
  computeTag(length, aadLength);
  v128.store(DATA + length, v128.load(TAG));
  wipe(length, aadLength);
  return length + 16;
}

/**
 * Opens the `length` bytes of ciphertext at DATA, behind which the tag stands,
 * in place. Returns 1, or 0 with DATA wiped where the tag is wrong.
 */
export function gcmOpen(
  length: usize,
  aadLength: usize,
  high: u32,
  low: u32,
): i32 {
  start(length, high, low);
  v128.store(RECEIVED_TAG, v128.load(DATA + length));
  v128.store(DATA + length, i64x2.splat(0));
  computeTag(length, aadLength);
  const valid = equal16(TAG, RECEIVED_TAG);
  // Whether the tag is right is public; which of its bits differ is not.
  if (valid) counterMode(length);
  else zero(DATA, DATA + length);
  wipe(length, aadLength);
  return valid;
}
