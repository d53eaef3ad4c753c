/**
 * Comparison of secrets.
 *
 * @module
 */

/**
 * Whether both hold the same bytes. Which byte differs does not show in the
 * time that it takes; a difference of the lengths, which are public, does.
 */
export function equalConstantTime(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) {
    return false;
  }
  let difference = 0;
  for (let i = 0; i < a.length; i++) {
    difference |= a[i]! ^ b[i]!;
  }
  return difference === 0;
}
