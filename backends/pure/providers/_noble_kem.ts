/**
 * ML-KEM-768 by noble, for platforms without it.
 *
 * @module
 */
import { ml_kem768 } from "npm:@noble/post-quantum@0.7.1/ml-kem.js";
import { CryptoFailure } from "../engine/crypto/provider.ts";
import {
  checkCiphertext,
  checkSeed,
  type Kem,
  type KemKey,
} from "./_exchange.ts";

/** A key whose halves are given; the private one is copied. */
export function nobleKemKey(
  publicKey: Uint8Array,
  secretKey: Uint8Array,
): KemKey {
  const secret = secretKey.slice();
  let live = true;
  return {
    publicKey,
    decapsulate(ciphertext) {
      checkCiphertext(ciphertext);
      if (!live) {
        throw new Error("Cannot exchange keys: the key was overwritten");
      }
      try {
        return ml_kem768.decapsulate(ciphertext, secret);
      } catch {
        throw new CryptoFailure("an ML-KEM-768 key or ciphertext is invalid");
      }
    },
    destroy() {
      live = false;
      secret.fill(0);
    },
  };
}

function keyOf(seed?: Uint8Array): KemKey {
  const { publicKey, secretKey } = ml_kem768.keygen(seed);
  const key = nobleKemKey(publicKey, secretKey);
  secretKey.fill(0);
  return key;
}

/** ML-KEM-768 by noble. */
export const nobleKem: Kem = {
  generate() {
    return keyOf();
  },
  import(seed) {
    checkSeed(seed);
    return keyOf(seed);
  },
  encapsulate(encapsulationKey) {
    try {
      const { cipherText, sharedSecret } = ml_kem768.encapsulate(
        encapsulationKey,
      );
      return { ciphertext: cipherText, sharedSecret };
    } catch {
      throw new CryptoFailure("an ML-KEM-768 key is invalid");
    }
  },
};
