/**
 * Diffie-Hellman by noble, for platforms whose WebCrypto lacks a curve. Its
 * authors say that its field arithmetic is not constant-time.
 *
 * @module
 */
import { x25519 } from "npm:@noble/curves@2.4.0/ed25519.js";
import { p256, p384, p521 } from "npm:@noble/curves@2.4.0/nist.js";
import { CryptoFailure } from "../engine/crypto/provider.ts";
import type { DhCurve, DhFunction, DhKey } from "./_exchange.ts";

const CURVES = { "P-256": p256, "P-384": p384, "P-521": p521 } as const;

function derive(
  curve: DhCurve,
  secret: Uint8Array,
  peer: Uint8Array,
): Uint8Array {
  try {
    if (curve === "X25519") return x25519.getSharedSecret(secret, peer);
    // The x coordinate, behind the byte of a compressed point.
    const point = CURVES[curve].getSharedSecret(secret, peer, true);
    const x = point.slice(1);
    point.fill(0);
    return x;
  } catch {
    // A point off the curve, or an X25519 secret of all zeros.
    throw new CryptoFailure(`a ${curve} key share is invalid`);
  }
}

/** Diffie-Hellman on `curve` by noble. */
export function nobleDh(curve: DhCurve): DhFunction {
  function keyOf(secret: Uint8Array): DhKey {
    let live = true;
    const publicKey = curve === "X25519"
      ? x25519.getPublicKey(secret)
      : CURVES[curve].getPublicKey(secret, false);
    return {
      publicKey,
      derive(peer) {
        if (!live) {
          throw new Error("Cannot exchange keys: the key was overwritten");
        }
        return derive(curve, secret, peer);
      },
      destroy() {
        live = false;
        secret.fill(0);
      },
    };
  }
  return {
    curve,
    generate() {
      return keyOf(
        curve === "X25519"
          ? x25519.utils.randomSecretKey()
          : CURVES[curve].utils.randomSecretKey(),
      );
    },
    import(privateKey) {
      return keyOf(privateKey.slice());
    },
  };
}
