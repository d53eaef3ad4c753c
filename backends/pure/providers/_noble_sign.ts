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
import { DecodeFailure, Reader } from "../engine/codec/reader.ts";
import {
  CryptoFailure,
  type SignatureAlgorithm,
} from "../engine/crypto/provider.ts";
import {
  encodeEcdsaSignature,
  parseEcdsaSignature,
  readTag,
  readUnsigned,
  Tag,
} from "./_der.ts";
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
        key.point,
        // X.509 and TLS know no rule against the larger s.
        { prehash: false, lowS: false },
      );
    }
    if (algorithm.kind === "ed25519" && key.kind === "ed25519") {
      return ed25519.verify(signature, message, key.point, { zip215: false });
    }
  } catch {
    // A point off the curve, or a signature of another length.
    return false;
  }
  throw new RangeError(`Cannot verify: noble has no ${algorithm.kind}`);
}

/** The scalar or seed in a PKCS#8 that was taken apart once before. */
function secretOf(info: PrivateKeyInfo): Uint8Array {
  try {
    const fields = readTag(new Reader(info.pkcs8), Tag.SEQUENCE);
    readUnsigned(fields);
    readTag(fields, Tag.SEQUENCE);
    const key = readTag(fields, Tag.OCTET_STRING);
    if (info.type.kind === "ed25519") {
      return readTag(key, Tag.OCTET_STRING).rest().slice();
    }
    const ec = readTag(key, Tag.SEQUENCE);
    readUnsigned(ec);
    return readTag(ec, Tag.OCTET_STRING).rest().slice();
  } catch (error) {
    if (error instanceof DecodeFailure) {
      throw new CryptoFailure(
        `the private key cannot be read: ${error.message}`,
      );
    }
    throw error;
  }
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
    this.#secret = secretOf(info);
    const { type } = info;
    try {
      if (type.kind === "ecdsa") {
        const point = CURVES[type.curve].getPublicKey(this.#secret, false);
        this.publicKey = encodeSpki(type.curve, point);
      } else {
        const point = ed25519.getPublicKey(this.#secret);
        this.publicKey = encodeSpki("Ed25519", point);
      }
    } catch {
      throw new CryptoFailure("the private key is out of range");
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
