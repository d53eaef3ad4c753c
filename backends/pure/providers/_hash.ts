/**
 * Where a provider's hashes and HMAC come from.
 *
 * @module
 */
import type { CryptoProvider } from "../engine/crypto/provider.ts";

/** One implementation of the hashes and of HMAC. */
export type HashSource = Pick<
  CryptoProvider,
  "createHash" | "digest" | "hmac" | "createHmac"
>;

/**
 * The kernel, loaded now, or `null` where this platform has no WebAssembly or
 * does not let it be compiled.
 */
export async function kernelHashes(): Promise<HashSource | null> {
  return (await import("../kernels/hash/mod.ts")).hashKernel();
}

/** The first `length` bytes of `mac`, which is wiped unless it is the result. */
export function cutMac(
  mac: Uint8Array,
  length: number = mac.length,
): Uint8Array {
  if (!(length >= 0 && length <= mac.length)) {
    throw new RangeError(
      `Cannot compute an HMAC: ${length} bytes are more than it has`,
    );
  }
  if (length === mac.length) return mac;
  const result = mac.slice(0, length);
  mac.fill(0);
  return result;
}
