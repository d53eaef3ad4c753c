/**
 * ECDSA and Ed25519 by noble, for platforms whose WebCrypto lacks them. Its
 * authors say that its field arithmetic is not constant-time, which matters
 * where it signs.
 *
 * @module
 */
import { ed25519 } from "npm:@noble/curves@2.4.0/ed25519.js";
import { p256, p384, p521 } from "npm:@noble/curves@2.4.0/nist.js";
import { sha256, sha384, sha512 } from "npm:@noble/hashes@2.4.0/sha2.js";
import {
  CryptoFailure,
  type SignatureAlgorithm,
} from "../engine/crypto/provider.ts";
import {
  encodeEcdsaSignature,
  parseEcdsaSignature,
} from "../engine/x509/ecdsa_signature.ts";
import { decodePrivateKey, secretOf } from "../engine/x509/pkcs8.ts";
import { encodeSpki } from "./_encode_key.ts";
import { checkSigns, type PrivateKeyInfo, type PublicKey } from "./_keys.ts";

const CURVES = { "P-256": p256, "P-384": p384, "P-521": p521 } as const;
const HASHES = { sha256, sha384, sha512 } as const;

/** Whether noble has the algorithm: all but RSA. */
export function nobleHas(algorithm: SignatureAlgorithm): boolean {
  return algorithm.kind === "ecdsa" || algorithm.kind === "ed25519";
}

/** Whether the signature is right, for a key that fits the algorithm. */
export function nobleVerify(
  algorithm: SignatureAlgorithm,
  key: PublicKey,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  try {
    if (algorithm.kind === "ecdsa" && key.kind === "ecdsa") {
      const raw = parseEcdsaSignature(signature, algorithm.curve);
      return raw !== null && CURVES[key.curve].verify(
        raw,
        HASHES[algorithm.hash](message),
        key.key,
        // X.509 and TLS know no rule against the larger s.
        { prehash: false, lowS: false },
      );
    }
    if (algorithm.kind === "ed25519" && key.kind === "ed25519") {
      return ed25519.verify(signature, message, key.key, { zip215: false });
    }
  } catch {
    // A point off the curve, or a signature of another length.
    return false;
  }
  throw new RangeError(`Cannot verify: noble has no ${algorithm.kind}`);
}

/** Signs by noble. */
export class NobleSigner {
  /** DER SubjectPublicKeyInfo of the public half. */
  readonly publicKey: Uint8Array;
  readonly #info: PrivateKeyInfo;
  readonly #secret: Uint8Array;

  /** Throws CryptoFailure on a scalar or seed that is none. */
  constructor(info: PrivateKeyInfo) {
    this.#info = info;
    const { type } = info;
    try {
      this.#secret = new Uint8Array(secretOf(decodePrivateKey(info.pkcs8)));
      if (type.kind === "ecdsa") {
        const point = CURVES[type.curve].getPublicKey(this.#secret, false);
        this.publicKey = encodeSpki(type.curve, point);
      } else {
        const point = ed25519.getPublicKey(this.#secret);
        this.publicKey = encodeSpki("Ed25519", point);
      }
    } catch {
      throw new CryptoFailure("the private key is malformed or out of range");
    }
  }

  /** See `SigningKey.sign`. */
  sign(algorithm: SignatureAlgorithm, message: Uint8Array): Uint8Array {
    checkSigns(algorithm, this.#info);
    return algorithm.kind === "ecdsa"
      ? encodeEcdsaSignature(
        CURVES[algorithm.curve].sign(
          HASHES[algorithm.hash](message),
          this.#secret,
          { prehash: false, lowS: false },
        ),
      )
      : ed25519.sign(message, this.#secret);
  }
}
