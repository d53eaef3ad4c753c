/**
 * Which key is for which algorithm, and keys in the one form that platforms
 * import. What keys say of themselves the engine reads: `engine/x509/algorithm.ts`
 * and `engine/x509/pkcs8.ts`.
 *
 * @module
 */
import { DecodeFailure } from "../engine/codec/reader.ts";
import { HASH_LENGTH } from "../engine/crypto/hkdf.ts";
import {
  CryptoFailure,
  type SignatureAlgorithm,
  type SigningKey,
} from "../engine/crypto/provider.ts";
import {
  COORDINATE_LENGTH,
  decodePublicKey,
  decodeRsaKey,
  type KeyTraits,
  MAXIMUM_RSA_BITS,
  MAXIMUM_RSA_EXPONENT_BITS,
  MINIMUM_RSA_BITS,
  type PublicKeyInfo,
  type RsaKeyInfo,
  signatureAlgorithmFor,
} from "../engine/x509/algorithm.ts";
import { anyElement, only, sameBytes, Tag } from "../engine/x509/der.ts";
import { bitString, element } from "../engine/x509/der_writer.ts";
import {
  decodePrivateKey,
  encodePrivateKey,
  RSA_ALGORITHM,
  rsaPublicKey,
} from "../engine/x509/pkcs8.ts";

/** A public key that is used here. */
export type PublicKey =
  & Exclude<PublicKeyInfo, { readonly kind: "unsupported" }>
  & {
    /** DER, with the OID rsaEncryption for RSA of any kind: platforms read that. */
    readonly spki: Uint8Array;
  };

/** Throws `DecodeFailure` where an RSA key is not used. */
function checkRsa(key: RsaKeyInfo): void {
  const { modulusBits: bits, exponentBits, wellFormed } = key;
  if (bits < MINIMUM_RSA_BITS || bits > MAXIMUM_RSA_BITS) {
    throw new DecodeFailure(
      `the key has ${bits} bits, not ${MINIMUM_RSA_BITS} to ${MAXIMUM_RSA_BITS}`,
    );
  }
  if (!wellFormed || exponentBits > MAXIMUM_RSA_EXPONENT_BITS) {
    throw new DecodeFailure("the key's exponent or modulus is out of range");
  }
}

/** Bytes of a y coordinate, little-endian: `low`, then `middle`, then `high`. */
function y(low: number, middle: number, high: number): Uint8Array {
  const bytes = new Uint8Array(32).fill(middle);
  bytes[0] = low;
  bytes[31] = high;
  return bytes;
}

/**
 * The y coordinates of Ed25519's points of small order: 0, 1 and -1, the first two
 * also as p and p + 1, and the two of order 8.
 */
const SMALL_ORDER: readonly Uint8Array[] = [
  y(0x00, 0x00, 0x00),
  y(0x01, 0x00, 0x00),
  y(0xec, 0xff, 0x7f),
  y(0xed, 0xff, 0x7f),
  y(0xee, 0xff, 0x7f),
  Uint8Array.of(
    ...[0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4],
    ...[0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6],
    ...[0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05],
  ),
  Uint8Array.of(
    ...[0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b],
    ...[0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39],
    ...[0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a],
  ),
];

/**
 * Whether it is a point of small order, which is nobody's key: one signature may
 * be right for any message. "If the key data of key represents an invalid point
 * or a small-order element ... return false"
 * ({@link https://www.w3.org/TR/webcrypto-2/#ed25519-operations | WebCrypto, Ed25519, verify}),
 * which not all platforms do.
 */
function isSmallOrder(point: Uint8Array): boolean {
  const last = point[31]! & 0x7f;
  return SMALL_ORDER.some((y) =>
    y[31] === last && sameBytes(y.subarray(0, 31), point.subarray(0, 31))
  );
}

/** The key of `spki`; `null` where it is none that is used here. */
function parseSpki(spki: Uint8Array): PublicKey | null {
  try {
    const key = decodePublicKey(spki);
    switch (key.kind) {
      case "unsupported":
        return null;
      case "rsa":
        checkRsa(key);
        return { ...key, spki };
      case "rsa-pss":
        checkRsa(key);
        return {
          ...key,
          spki: element(Tag.SEQUENCE, RSA_ALGORITHM, bitString(key.key)),
        };
      case "ed25519":
        return isSmallOrder(key.key) ? null : { ...key, spki };
      case "ecdsa":
        return { ...key, spki };
    }
  } catch (error) {
    if (error instanceof DecodeFailure) return null;
    throw error;
  }
}

/**
 * The key of `spki` where it is one that `algorithm` takes, else `null`: an
 * ECDSA key on its very curve; "rsa-pkcs1" only with rsaEncryption; "rsa-pss"
 * with rsaEncryption (the rsae schemes), or with id-RSASSA-PSS within its
 * restriction (the pss schemes).
 */
export function publicKeyFor(
  algorithm: SignatureAlgorithm,
  spki: Uint8Array,
): PublicKey | null {
  if (!isKnownAlgorithm(algorithm)) {
    return null;
  }
  const key = parseSpki(spki);
  return key !== null && fits(algorithm, key) ? key : null;
}

/** Whether it is one of the algorithms here, whoever made the value. */
export function isKnownAlgorithm(algorithm: SignatureAlgorithm): boolean {
  switch (algorithm.kind) {
    case "ecdsa":
      return Object.hasOwn(COORDINATE_LENGTH, algorithm.curve) &&
        Object.hasOwn(HASH_LENGTH, algorithm.hash);
    case "rsa-pkcs1":
    case "rsa-pss":
      return Object.hasOwn(HASH_LENGTH, algorithm.hash);
    case "ed25519":
      return true;
    default:
      return false;
  }
}

/** Whether a key of these traits signs by `algorithm`. */
function fits(algorithm: SignatureAlgorithm, traits: KeyTraits): boolean {
  const fitting = signatureAlgorithmFor(algorithm, traits);
  return fitting !== null &&
    (fitting.kind !== "ecdsa" || algorithm.kind !== "ecdsa" ||
      fitting.curve === algorithm.curve);
}

/** A private key, its outside taken apart. */
export interface PrivateKeyInfo {
  /** What {@linkcode SigningKey} tells of it. */
  readonly type: SigningKey["type"];
  /** What decides which algorithms it signs by. */
  readonly traits: KeyTraits;
  /** DER AlgorithmIdentifier, as the public half's SPKI has it. */
  readonly algorithm: Uint8Array;
  /** DER PKCS#8 with the OID rsaEncryption for RSA of any kind, else as given. */
  readonly pkcs8: Uint8Array;
}

/**
 * Takes a PrivateKeyInfo apart as far as is needed to know what it is. Throws
 * CryptoFailure on what is not one, or is not used here.
 */
export function parsePkcs8(pkcs8: Uint8Array): PrivateKeyInfo {
  try {
    const parts = decodePrivateKey(pkcs8);
    const { traits } = parts;
    const algorithm = new Uint8Array(parts.algorithm);
    switch (traits.kind) {
      case "rsa":
      case "rsa-pss": {
        const key = decodeRsaKey(traits, rsaPublicKey(parts.key));
        checkRsa(key);
        const { kind, modulusBits, pss } = key;
        return {
          type: pss === null
            ? { kind, modulusBits }
            : { kind, modulusBits, hash: pss.hash },
          traits,
          algorithm,
          pkcs8: kind === "rsa"
            ? pkcs8
            : encodePrivateKey(RSA_ALGORITHM, parts.key),
        };
      }
      case "unsupported":
        throw new DecodeFailure(traits.why);
      default:
        return { type: traits, traits, algorithm, pkcs8 };
    }
  } catch (error) {
    if (!(error instanceof DecodeFailure)) throw error;
    throw new CryptoFailure(`the private key cannot be read: ${error.message}`);
  }
}

/**
 * Throws CryptoFailure where `algorithm` is not one that a key of this kind
 * signs by.
 */
export function checkSigns(
  algorithm: SignatureAlgorithm,
  { traits }: Pick<PrivateKeyInfo, "traits">,
): void {
  if (!fits(algorithm, traits)) {
    throw new CryptoFailure(
      `a key of kind ${traits.kind} does not sign by ${algorithm.kind} like this`,
    );
  }
}

/** The SPKI with the algorithm of the private key in place of its own. */
export function withAlgorithm(
  spki: Uint8Array,
  algorithm: Uint8Array,
): Uint8Array {
  const fields = only(spki, Tag.SEQUENCE);
  anyElement(fields);
  return element(Tag.SEQUENCE, algorithm, fields.rest());
}
