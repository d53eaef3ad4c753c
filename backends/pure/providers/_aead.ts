/**
 * Where a provider's AEADs come from.
 *
 * @module
 */
import { AEAD_KEY_LENGTH, AEAD_NONCE_LENGTH } from "../engine/crypto/aead.ts";
import type { Aead, AeadName } from "../engine/crypto/provider.ts";

/** How much of the cryptography goes through our own code, in WebAssembly. */
export type KernelChoice = "wasm" | "symmetric" | "js";

/** One implementation of the AEADs. */
export interface AeadSource {
  /** What it has and may be chosen freely, best first. */
  readonly names: readonly AeadName[];
  /** What it has besides, for a configuration that names it. */
  readonly onRequest: readonly AeadName[];
  /** A key for one direction; both arrays are copied. */
  create(name: AeadName, key: Uint8Array, iv: Uint8Array): Aead;
}

/** All AEADs, fastest first: the kernels' and node:crypto's order is the same. */
export const AEADS: readonly AeadName[] = [
  "CHACHA20-POLY1305",
  "AES-128-GCM",
  "AES-256-GCM",
];

/**
 * The kernels, loaded now, or `null` where this platform has no WebAssembly
 * SIMD or does not let it be compiled.
 */
export async function kernelAeads(): Promise<AeadSource | null> {
  const { createKernelAead, kernelsAvailable } = await import(
    "../kernels/mod.ts"
  );
  return kernelsAvailable()
    ? { names: AEADS, onRequest: [], create: createKernelAead }
    : null;
}

/**
 * A key from `source`. Throws, naming the AEAD, where the source has not got
 * it: AES-CCM, for one, which no provider has.
 */
export function createAead(
  source: AeadSource,
  name: AeadName,
  key: Uint8Array,
  iv: Uint8Array,
): Aead {
  if (!source.names.includes(name) && !source.onRequest.includes(name)) {
    throw new Error(
      `Cannot protect records with ${name}: this provider has ${
        [...source.names, ...source.onRequest].join(", ")
      }`,
    );
  }
  return source.create(name, key, iv);
}

/** Writes the IV XOR the number `high:low` to `nonce`. */
export function writeNonce(
  nonce: Uint8Array,
  iv: Uint8Array,
  high: number,
  low: number,
): void {
  nonce.set(iv);
  for (let i = 0; i < 4; i++) {
    nonce[4 + i]! ^= high >>> (24 - 8 * i);
    nonce[8 + i]! ^= low >>> (24 - 8 * i);
  }
}

/** Throws RangeError unless key and IV have their lengths. */
export function checkAeadKey(
  name: AeadName,
  key: Uint8Array,
  iv: Uint8Array,
): void {
  if (
    key.length !== AEAD_KEY_LENGTH[name] || iv.length !== AEAD_NONCE_LENGTH
  ) {
    throw new RangeError(
      `Cannot use this key: ${name} takes ${
        AEAD_KEY_LENGTH[name]
      } bytes, and an IV of ${AEAD_NONCE_LENGTH}`,
    );
  }
}
