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
import { anyElement, only, Tag } from "../engine/x509/der.ts";
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
      default:
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
