/**
 * Poly1305 ({@link https://www.rfc-editor.org/rfc/rfc8439#section-2.5 | RFC 8439,
 * section 2.5}): 32-bit limbs in 64-bit cells, h = h0 + h1*2^32 + ... + h4*2^128.
 *
 * Clamping leaves r below 2^124 with the two low bits of r1, r2, r3 clear. So
 * r_i / 4 is exact and 2^128 * r_i = 2^130 * (r_i / 4), which is congruent to
 * 5 * (r_i / 4) modulo 2^130 - 5; with s_i = r_i + r_i / 4 that is s_i. A
 * block then takes 20 multiplications. Bounds: h0 + m0 < 3.6 * 2^32 and h1..h3
 * plus their message words < 2 * 2^32, r_i < 2^28, s_i < 1.25 * 2^28, h4 <= 4;
 * every column sum stays below 11.1 * 2^60, so 64 bits hold it.
 */
import { POLY_H, POLY_PAD, POLY_R } from "./layout";
import { absorb } from "./generated/chacha20";

const LOW_32: u64 = 0xffffffff;

/** Takes r and s from the 32 bytes at `key`, and clears the accumulator. */
export function polyStart(key: usize): void {
  // "r[3], r[7], r[11], and r[15] are required to have their top four bits
  // clear; r[4], r[8], and r[12] are required to have their bottom two bits
  // clear."
  const r0 = <u64> load<u32>(key) & 0x0fffffff;
  const r1 = <u64> load<u32>(key, 4) & 0x0ffffffc;
  const r2 = <u64> load<u32>(key, 8) & 0x0ffffffc;
  const r3 = <u64> load<u32>(key, 12) & 0x0ffffffc;
  store<u64>(POLY_R, r0);
  store<u64>(POLY_R, r1, 8);
  store<u64>(POLY_R, r2, 16);
  store<u64>(POLY_R, r3, 24);
  store<u64>(POLY_R, r1 + (r1 >> 2), 32);
  store<u64>(POLY_R, r2 + (r2 >> 2), 40);
  store<u64>(POLY_R, r3 + (r3 >> 2), 48);
  v128.store(POLY_PAD, v128.load(key, 16));
  v128.store(POLY_H, i64x2.splat(0));
  v128.store(POLY_H, i64x2.splat(0), 16);
  store<u64>(POLY_H, 0, 32);
}

/** Absorbs `length` bytes, the last block filled up with the zeros behind it. */
export function polyUpdate(data: usize, length: usize): void {
  absorb(data, data + length);
}

/** Absorbs the lengths and writes the tag to `tag`. */
export function polyFinish(tag: usize, aadLength: usize, length: usize): void {
  store<u64>(tag, aadLength);
  store<u64>(tag, length, 8);
  absorb(tag, tag + 16);
  let h0 = load<u64>(POLY_H);
  let h1 = load<u64>(POLY_H, 8);
  let h2 = load<u64>(POLY_H, 16);
  let h3 = load<u64>(POLY_H, 24);
  let h4 = load<u64>(POLY_H, 32);
  // Carry, so that h0..h3 are below 2^32; then fold what is above 2^130 once more.
  h1 += h0 >> 32;
  h2 += h1 >> 32;
  h3 += h2 >> 32;
  h4 += h3 >> 32;
  h0 = (h0 & LOW_32) + (h4 >> 2) * 5;
  h1 = (h1 & LOW_32) + (h0 >> 32);
  h2 = (h2 & LOW_32) + (h1 >> 32);
  h3 = (h3 & LOW_32) + (h2 >> 32);
  h4 = (h4 & 3) + (h3 >> 32);
  // h + 5 reaches 2^130 exactly where h is not below p: then h + 5 - 2^130 is it.
  let g = (h0 & LOW_32) + 5;
  const g0 = g & LOW_32;
  g = (h1 & LOW_32) + (g >> 32);
  const g1 = g & LOW_32;
  g = (h2 & LOW_32) + (g >> 32);
  const g2 = g & LOW_32;
  g = (h3 & LOW_32) + (g >> 32);
  const g3 = g & LOW_32;
  const over: u64 = 0 - ((h4 + (g >> 32)) >> 2);
  const low = ((h0 & LOW_32) | (h1 << 32)) & ~over | ((g0 | (g1 << 32)) & over);
  const high = ((h2 & LOW_32) | (h3 << 32)) & ~over |
    ((g2 | (g3 << 32)) & over);
  // tag = (h + s) mod 2^128; the carry of the low half, without a comparison.
  const pad = load<u64>(POLY_PAD);
  const sum = low + pad;
  const carry = ((low & pad) | ((low | pad) & ~sum)) >> 63;
  store<u64>(tag, sum);
  store<u64>(tag, high + load<u64>(POLY_PAD, 8) + carry, 8);
}
