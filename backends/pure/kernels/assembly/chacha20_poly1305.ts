/**
 * AEAD_CHACHA20_POLY1305
 * ({@link https://www.rfc-editor.org/rfc/rfc8439#section-2.8 | RFC 8439, section 2.8}).
 *
 * One call of the block function makes blocks 0 to 3: block 0 gives the
 * Poly1305 key (section 2.6), the other three encrypt the first 192 bytes. From
 * there on four blocks at a time are encrypted while Poly1305 absorbs the 256
 * bytes of ciphertext before them: the one works in vector registers, the other
 * in scalar ones, and neither waits for the other.
 */
import {
  AAD,
  CHACHA_INPUT,
  CHACHA_IV,
  CHACHA_KEY,
  DATA,
  KEY_STREAM,
  RECEIVED_TAG,
  SMALL_WORK_END,
  TAG,
  WORK,
} from "./layout";
import { equal16, innerPlaintext, xorKeyStream, zero } from "./simd";
import { polyFinish, polyStart, polyUpdate } from "./poly1305";
import { xor256, xor256Absorb } from "./generated/chacha20";

/** Bytes that the first four blocks leave for the record. */
const FIRST: usize = 192;

/** Sets the nonce, makes the first four blocks and absorbs the additional data. */
function start(aadLength: usize, high: u32, low: u32): void {
  // "expand 32-byte k", section 2.3
  store<u32>(CHACHA_INPUT, 0x61707865);
  store<u32>(CHACHA_INPUT, 0x3320646e, 4);
  store<u32>(CHACHA_INPUT, 0x79622d32, 8);
  store<u32>(CHACHA_INPUT, 0x6b206574, 12);
  v128.store(CHACHA_INPUT, v128.load(CHACHA_KEY), 16);
  v128.store(CHACHA_INPUT, v128.load(CHACHA_KEY, 16), 32);
  // "The padded sequence number is XORed with [...] write_iv", RFC 8446 section 5.3
  store<u32>(CHACHA_INPUT, load<u32>(CHACHA_IV), 52);
  store<u32>(CHACHA_INPUT, load<u32>(CHACHA_IV, 4) ^ bswap<u32>(high), 56);
  store<u32>(CHACHA_INPUT, load<u32>(CHACHA_IV, 8) ^ bswap<u32>(low), 60);
  xor256(KEY_STREAM, 0);
  polyStart(KEY_STREAM);
  if (aadLength) {
    v128.store(AAD + aadLength, i64x2.splat(0));
    polyUpdate(AAD, aadLength);
  }
}

/**
 * Seals the `length` bytes at DATA, with `type` and `padding` zeros behind them
 * unless it is negative, in place; the tag follows. Returns the whole length.
 */
export function chachaSeal(
  length: usize,
  type: i32,
  padding: usize,
  aadLength: usize,
  high: u32,
  low: u32,
): usize {
  length = innerPlaintext(DATA, length, type, padding);
  start(aadLength, high, low);
  xorKeyStream(DATA, KEY_STREAM + 64, length < FIRST ? length : FIRST);
  let absorbed: usize = 0;
  if (length > FIRST) {
    const end = DATA + length;
    let data: usize = DATA + FIRST;
    xor256(data, 4);
    data += 256;
    let counter: u32 = 8;
    for (; data < end; data += 256) {
      xor256Absorb(data, counter, DATA + absorbed);
      absorbed += 256;
      counter += 4;
    }
    // What the last chunk wrote behind the record is key stream.
    zero(end, data);
  }
  // Also the zeros that fill up the last block for Poly1305.
  v128.store(DATA + length, i64x2.splat(0));
  polyUpdate(DATA + absorbed, length - absorbed);
  polyFinish(TAG, aadLength, length);
  v128.store(DATA + length, v128.load(TAG));
  zero(WORK, SMALL_WORK_END);
  return length + 16;
}

/**
 * Opens the `length` bytes of ciphertext at DATA, behind which the tag stands,
 * in place. Returns 1, or 0 with DATA wiped where the tag is wrong.
 */
export function chachaOpen(
  length: usize,
  aadLength: usize,
  high: u32,
  low: u32,
): i32 {
  start(aadLength, high, low);
  v128.store(RECEIVED_TAG, v128.load(DATA + length));
  v128.store(DATA + length, i64x2.splat(0));
  const end = DATA + length;
  const first = length < FIRST ? length : FIRST;
  polyUpdate(DATA, first);
  xorKeyStream(DATA, KEY_STREAM + 64, first);
  let data: usize = DATA + FIRST;
  if (length > FIRST) {
    let counter: u32 = 4;
    // The chunk is absorbed before its plaintext is stored.
    for (; data + 256 <= end; data += 256) {
      xor256Absorb(data, counter, data);
      counter += 4;
    }
    if (data < end) {
      polyUpdate(data, end - data);
      xor256(data, counter);
      data += 256;
    }
    zero(end, data);
  }
  v128.store(end, i64x2.splat(0));
  polyFinish(TAG, aadLength, length);
  const valid = equal16(TAG, RECEIVED_TAG);
  // Whether the tag is right is public; which of its bits differ is not.
  if (!valid) zero(DATA, end);
  zero(WORK, SMALL_WORK_END);
  return valid;
}
