/**
 * Random bytes of the platform.
 *
 * @module
 */

/** "If the byteLength of array is greater than 65536, throw". */
const MAX_RANDOM_CALL = 65536;

/** Fresh random bytes. */
export function randomBytes(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += MAX_RANDOM_CALL) {
    crypto.getRandomValues(bytes.subarray(at, at + MAX_RANDOM_CALL));
  }
  return bytes;
}
