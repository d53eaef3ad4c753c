/**
 * SHA-256, SHA-384 and SHA-512
 * ({@link https://doi.org/10.6028/NIST.FIPS.180-4 | FIPS 180-4}) and HMAC
 * ({@link https://www.rfc-editor.org/rfc/rfc2104 | RFC 2104}).
 *
 * `algorithm` is 0, 1 or 2 in this order; it and all lengths are public, and
 * nothing else decides what is executed or touched. Each function that the host
 * calls leaves zeros behind, apart from what it says that it gives.
 */
import {
  DATA,
  DATA_CAPACITY,
  KEY,
  LAST,
  OUTPUT,
  PADS,
  SCRATCH_END,
  STATE,
} from "./layout";
import {
  compress256,
  compress512,
  INITIAL_256,
  INITIAL_384,
  INITIAL_512,
} from "./generated/sha2";

export const state: usize = STATE;
export const output: usize = OUTPUT;
export const pads: usize = PADS;
export const key: usize = KEY;
export const scratchEnd: usize = SCRATCH_END;
export const data: usize = DATA;
export const dataCapacity: usize = DATA_CAPACITY;
export const initial256: usize = INITIAL_256;
export const initial384: usize = INITIAL_384;
export const initial512: usize = INITIAL_512;

/** Zeros from `start` to at least `end`, by whole words. */
function zero(start: usize, end: usize): void {
  for (; start < end; start += 8) store<u64>(start, 0);
}

function blockSize(algorithm: i32): usize {
  return algorithm == 0 ? 64 : 128;
}

/** Bytes of a state: eight words. */
function stateSize(algorithm: i32): usize {
  return algorithm == 0 ? 32 : 64;
}

/** Copies a state. */
function copyState(algorithm: i32, to: usize, from: usize): void {
  const end = from + stateSize(algorithm);
  for (; from < end; from += 8, to += 8) store<u64>(to, load<u64>(from));
}

/** Section 5.3. */
function start(algorithm: i32): void {
  const initial = algorithm == 0
    ? INITIAL_256
    : algorithm == 1
    ? INITIAL_384
    : INITIAL_512;
  copyState(algorithm, STATE, initial);
}

function compress(algorithm: i32, from: usize, end: usize): void {
  if (algorithm == 0) compress256(from, end);
  else compress512(from, end);
}

/**
 * Absorbs the `length` bytes at `from`, the last of `total`, with their padding
 * (section 5.1), writes the digest to `to` and wipes bytes and state.
 */
function finish(
  algorithm: i32,
  from: usize,
  length: usize,
  total: u64,
  to: usize,
): void {
  const block = blockSize(algorithm);
  // One byte of mark, and the length in bits in an eighth of a block.
  const end = from + ((length + (block >> 3) + block) & ~(block - 1));
  // Whole words: what they overlap comes later, or is room behind the block.
  store<u64>(from + length, 0x80);
  zero(from + length + 8, end);
  store<u64>(end - 8, bswap<u64>(total << 3));
  compress(algorithm, from, end);
  zero(from, end);
  if (algorithm == 0) {
    for (let i: usize = 0; i < 32; i += 4) {
      store<u32>(to + i, bswap<u32>(load<u32>(STATE + i)));
    }
  } else {
    for (let i: usize = 0; i < 64; i += 8) {
      store<u64>(to + i, bswap<u64>(load<u64>(STATE + i)));
    }
  }
  zero(STATE, STATE + 64);
}

/** The digest of the `length` bytes at DATA: to OUTPUT. */
export function digest(algorithm: i32, length: usize): void {
  start(algorithm);
  finish(algorithm, DATA, length, length, OUTPUT);
}

/** Absorbs the `length` bytes at DATA, whole blocks, into STATE. */
export function absorb(algorithm: i32, length: usize): void {
  compress(algorithm, DATA, DATA + length);
  zero(DATA, DATA + length);
}

/**
 * Absorbs the `length` bytes at DATA into STATE, of `high` * 2^32 + `low` bytes
 * the last: the digest to OUTPUT.
 */
export function conclude(
  algorithm: i32,
  length: usize,
  high: u32,
  low: u32,
): void {
  finish(algorithm, DATA, length, (<u64> high << 32) | <u64> low, OUTPUT);
}

/** XORs the key with the byte of `pattern`: the state behind it to STATE. */
function absorbKey(algorithm: i32, pattern: u64): void {
  const end = KEY + blockSize(algorithm);
  for (let at: usize = KEY; at < end; at += 8) {
    store<u64>(at, load<u64>(at) ^ pattern);
  }
  start(algorithm);
  compress(algorithm, KEY, end);
}

/** Prepares the key at KEY, at most a block: to PADS. */
export function hmacKey(algorithm: i32): void {
  absorbKey(algorithm, 0x3636363636363636);
  copyState(algorithm, PADS, STATE);
  // The key is still XOR ipad.
  absorbKey(algorithm, 0x3636363636363636 ^ 0x5c5c5c5c5c5c5c5c);
  copyState(algorithm, PADS + stateSize(algorithm), STATE);
  zero(STATE, STATE + 64);
  zero(KEY, KEY + 128);
}

/** HMAC of the `length` bytes at DATA with the key at PADS: to OUTPUT. */
export function hmac(algorithm: i32, length: usize): void {
  const block = blockSize(algorithm);
  copyState(algorithm, STATE, PADS);
  finish(algorithm, DATA, length, block + length, LAST);
  const hashed: usize = algorithm == 0 ? 32 : algorithm == 1 ? 48 : 64;
  // SHA-384 leaves more of SHA-512 than it gives: the padding covers it.
  copyState(algorithm, STATE, PADS + stateSize(algorithm));
  finish(algorithm, LAST, hashed, block + hashed, OUTPUT);
  zero(PADS, PADS + 128);
}

/** {@linkcode hmacKey} and {@linkcode hmac}. */
export function hmacOnce(algorithm: i32, length: usize): void {
  hmacKey(algorithm);
  hmac(algorithm, length);
}
