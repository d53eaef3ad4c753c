/**
 * GHASH ({@link https://doi.org/10.6028/NIST.SP.800-38D | NIST SP 800-38D},
 * section 6.4): y = (y + x) * H for each block x, in GF(2^128).
 *
 * A block is a polynomial whose bit for x^0 is the most significant one of the
 * first byte. Multiplication by a constant is linear, so each nibble of the
 * factor contributes a value that a 16-byte table gives; a swizzle looks 16
 * nibbles up in a register at once, with no address that depends on them.
 *
 * Long input goes 16 blocks at a time, transposed so that vector k holds byte k
 * of each: all sixteen accumulators are multiplied by H^16 in one pass over the
 * tables, and at the end are folded by Horner's rule with H. Short input is
 * multiplied block by block.
 */
import { GHASH_H1, GHASH_H16, GHASH_LANES, GHASH_Y, MATRIX } from "./layout";
import { zero } from "./simd";
import {
  addLanes,
  addMultiplyLanes,
  multiply,
  transpose,
} from "./generated/ghash";

/** From this many blocks on the 16 lanes are worth their set-up. */
export const LANES_FROM: usize = 32;

/** Absorbs `blocks` blocks of 16 bytes. */
export function ghash(data: usize, blocks: usize): void {
  if (blocks >= LANES_FROM) {
    zero(GHASH_LANES, GHASH_LANES + 256);
    let y = v128.load(GHASH_Y);
    for (; blocks >= 32; blocks -= 16) {
      addMultiplyLanes(data, y);
      y = i64x2.splat(0);
      data += 256;
    }
    addLanes(data);
    data += 256;
    blocks -= 16;
    transpose(GHASH_LANES, GHASH_LANES);
    v128.store(GHASH_Y, i64x2.splat(0));
    multiply(GHASH_LANES, 16);
  }
  multiply(data, blocks);
}

/**
 * The tables for H and H^16, from H. Bits of H are spread to masks; no branch
 * or address depends on it.
 */
export function buildTables(h: v128): void {
  v128.store(GHASH_Y, h);
  const first = bswap<u64>(i64x2.extract_lane(h, 0));
  const last = bswap<u64>(i64x2.extract_lane(h, 1));
  // Products of H with a nibble at x^0 (half 0) or x^4 (half 1): 17 bytes, not
  // yet reduced. Byte k of all sixteen makes table k.
  for (let half: u64 = 0; half < 2; half++) {
    for (let nibble: u64 = 0; nibble < 16; nibble++) {
      let a: u64 = 0, b: u64 = 0, c: u64 = 0;
      for (let bit: u64 = 0; bit < 4; bit++) {
        const mask: u64 = 0 - ((nibble >> (3 - bit)) & 1);
        const shift = half * 4 + bit;
        a ^= mask & (first >> shift);
        // Two shifts, since one by 64 would be one by 0.
        b ^= mask & ((last >> shift) | ((first << 1) << (63 - shift)));
        c ^= mask & ((last << 1) << (63 - shift));
      }
      const at = GHASH_H1 + <usize> (half * 16 + nibble);
      for (let k: u64 = 0; k < 8; k++) {
        store<u8>(at + <usize> (k * 32), <u8> (a >> (56 - 8 * k)));
        store<u8>(at + <usize> (k * 32 + 256), <u8> (b >> (56 - 8 * k)));
      }
      store<u8>(at + 512, <u8> (c >> 56));
    }
  }
  // H^16: y starts as H and is multiplied 15 times, each time with nothing added.
  zero(MATRIX, MATRIX + 256);
  multiply(MATRIX, 15);
  let high = bswap<u64>(load<u64>(GHASH_Y));
  let low = bswap<u64>(load<u64>(GHASH_Y, 8));
  // For each nibble of the input, its 16 products (reduced), transposed so that
  // one table holds one byte of all.
  for (let i: usize = 0; i < 32; i++) {
    for (let nibble: u64 = 0; nibble < 16; nibble++) {
      store<u64>(MATRIX + <usize> (nibble * 16), 0);
      store<u64>(MATRIX + <usize> (nibble * 16), 0, 8);
    }
    for (let bit: u64 = 0; bit < 4; bit++) {
      for (let nibble: u64 = 0; nibble < 16; nibble++) {
        const mask: u64 = 0 - ((nibble >> (3 - bit)) & 1);
        const at = MATRIX + <usize> (nibble * 16);
        store<u64>(at, load<u64>(at) ^ (mask & bswap<u64>(high)));
        store<u64>(at, load<u64>(at, 8) ^ (mask & bswap<u64>(low)), 8);
      }
      // Times x: a shift to the right; x^128 = 1 + x + x^2 + x^7.
      const carry: u64 = 0 - (low & 1);
      low = (low >> 1) | (high << 63);
      high = (high >> 1) ^ (carry & 0xe100000000000000);
    }
    transpose(MATRIX, GHASH_H16 + (i << 8));
  }
}
