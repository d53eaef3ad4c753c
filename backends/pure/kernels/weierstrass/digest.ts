/**
 * Digests as ECDSA takes them.
 *
 * @module
 */

/**
 * Puts a digest into a slot as a big-endian number: its leftmost bytes where it is
 * longer ({@link https://doi.org/10.6028/NIST.FIPS.186-5 | FIPS 186-5, section 6.4}).
 */
export function setDigest(slot: Uint8Array, digest: Uint8Array): void {
  const length = Math.min(digest.length, slot.length);
  slot.fill(0, 0, slot.length - length);
  slot.set(digest.subarray(0, length), slot.length - length);
}
