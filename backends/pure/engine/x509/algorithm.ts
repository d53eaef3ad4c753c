/**
 * Keys and signature algorithms of certificates: AlgorithmIdentifier and
 * SubjectPublicKeyInfo ({@link https://www.rfc-editor.org/rfc/rfc3279 | RFC 3279},
 * {@link https://www.rfc-editor.org/rfc/rfc4055 | 4055},
 * {@link https://www.rfc-editor.org/rfc/rfc5480 | 5480},
 * {@link https://www.rfc-editor.org/rfc/rfc5758 | 5758},
 * {@link https://www.rfc-editor.org/rfc/rfc8410 | 8410}).
 *
 * @module
 */
import { DecodeFailure, Reader } from "../codec/reader.ts";
import type {
  EcdsaCurve,
  HashName,
  SignatureAlgorithm,
} from "../crypto/provider.ts";
import {
  anyElement,
  bitStringBytes,
  checkNesting,
  contents,
  contextConstructed,
  next,
  objectIdentifier,
  only,
  smallInteger,
  Tag,
  unsigned,
} from "./der.ts";

/** An AlgorithmIdentifier. */
export interface AlgorithmIdentifier {
  /** Which, dotted. */
  readonly oid: string;
  /** The parameters' DER, `null` where absent. */
  readonly parameters: Uint8Array | null;
}

/** Reads the contents of an AlgorithmIdentifier. */
export function algorithmIdentifier(reader: Reader): AlgorithmIdentifier {
  const inner = contents(reader, Tag.SEQUENCE);
  const oid = objectIdentifier(inner);
  if (inner.remaining === 0) return { oid, parameters: null };
  const { tag, value, der } = anyElement(inner);
  inner.end();
  if ((tag & 0x20) !== 0) checkNesting(value);
  return { oid, parameters: der };
}

/**
 * What the AlgorithmIdentifier of a key, public or private, says of it: which
 * signatures it makes depends on no more.
 */
export type KeyTraits =
  | { readonly kind: "rsa" }
  | {
    readonly kind: "rsa-pss";
    /** id-RSASSA-PSS keys may be bound to one hash (RFC 4055, 3.3). */
    readonly pss: PssParameters | null;
  }
  | { readonly kind: "ecdsa"; readonly curve: EcdsaCurve }
  | { readonly kind: "ed25519" }
  | {
    /** A key that is not used here, with a word on why. */
    readonly kind: "unsupported";
    readonly oid: string;
    readonly why: string;
  };

/** An RSA key. */
export interface RsaKeyInfo {
  /** By its OID. */
  readonly kind: "rsa" | "rsa-pss";
  /** Length of the modulus. */
  readonly modulusBits: number;
  /** Length of the public exponent. */
  readonly exponentBits: number;
  /** Whether modulus and exponent can be RSA's at all: odd, exponent above 1. */
  readonly wellFormed: boolean;
  /** Big-endian, without leading zeros. */
  readonly modulus: Uint8Array;
  /** Big-endian, without leading zeros. */
  readonly exponent: Uint8Array;
  /** See {@linkcode KeyTraits}. */
  readonly pss: PssParameters | null;
  /** The contents of subjectPublicKey: DER of an RSAPublicKey. */
  readonly key: Uint8Array;
}

/** A public key, as far as validation looks into it. */
export type PublicKeyInfo =
  | RsaKeyInfo
  | {
    readonly kind: "ecdsa";
    readonly curve: EcdsaCurve;
    /** The contents of subjectPublicKey: the uncompressed point. */
    readonly key: Uint8Array;
  }
  | {
    readonly kind: "ed25519";
    /** The contents of subjectPublicKey: the point. */
    readonly key: Uint8Array;
  }
  | KeyTraits & { readonly kind: "unsupported" };

/** RSASSA-PSS parameters that are supported: one hash, MGF1 with the same. */
export interface PssParameters {
  /** Of the message and of MGF1. */
  readonly hash: HashName;
  /** In bytes; for a key, the least. */
  readonly saltLength: number;
}

/** The length of a coordinate, and of half a signature, in bytes. */
export const COORDINATE_LENGTH: Readonly<Record<EcdsaCurve, number>> = {
  "P-256": 32,
  "P-384": 48,
  "P-521": 66,
};

/** Smaller RSA moduli are within reach of factoring, in bits. */
export const MINIMUM_RSA_BITS = 2048;

/** Larger RSA moduli only serve to keep the verifier busy, in bits. */
export const MAXIMUM_RSA_BITS = 8192;

/**
 * Larger public exponents only slow the verifier, and platforms refuse them; in
 * bits. 65537 has 17.
 */
export const MAXIMUM_RSA_EXPONENT_BITS = 32;

const CURVES: ReadonlyMap<string, EcdsaCurve> = new Map([
  ["1.2.840.10045.3.1.7", "P-256"],
  ["1.3.132.0.34", "P-384"],
  ["1.3.132.0.35", "P-521"],
]);

const HASHES: ReadonlyMap<string, HashName> = new Map([
  ["2.16.840.1.101.3.4.2.1", "sha256"],
  ["2.16.840.1.101.3.4.2.2", "sha384"],
  ["2.16.840.1.101.3.4.2.3", "sha512"],
]);

/** Public keys by the algorithm of their SubjectPublicKeyInfo. */
const RSA_ENCRYPTION = "1.2.840.113549.1.1.1";
const RSASSA_PSS = "1.2.840.113549.1.1.10";
const MGF1 = "1.2.840.113549.1.1.8";
const EC_PUBLIC_KEY = "1.2.840.10045.2.1";
const ED25519 = "1.3.101.112";

function absentOrNull(parameters: Uint8Array | null): boolean {
  return parameters === null ||
    (parameters.length === 2 && parameters[0] === Tag.NULL &&
      parameters[1] === 0);
}

function bitLength(unsignedBytes: Uint8Array): number {
  const first = unsignedBytes[0] ?? 0;
  return first === 0
    ? 0
    : 8 * (unsignedBytes.length - 1) + (32 - Math.clz32(first));
}

/** What a key's AlgorithmIdentifier says. Throws `DecodeFailure`. */
export function keyTraits(
  { oid, parameters }: AlgorithmIdentifier,
): KeyTraits {
  switch (oid) {
    case EC_PUBLIC_KEY:
      return curveTraits(parameters);
    case RSA_ENCRYPTION:
      // RFC 3279, 2.3.1: "The parameters field MUST have ASN.1 type NULL".
      if (parameters === null || !absentOrNull(parameters)) {
        throw new DecodeFailure("an RSA key has wrong parameters");
      }
      return { kind: "rsa" };
    case RSASSA_PSS: {
      if (parameters === null) return { kind: "rsa-pss", pss: null };
      const pss = pssParameters(parameters);
      return pss !== null ? { kind: "rsa-pss", pss } : {
        kind: "unsupported",
        oid,
        why: "its PSS parameters are not supported",
      };
    }
    case ED25519:
      // RFC 8410, 3: "the parameters MUST be absent".
      if (parameters !== null) {
        throw new DecodeFailure("an Ed25519 key has parameters");
      }
      return { kind: "ed25519" };
    default:
      return {
        kind: "unsupported",
        oid,
        why: "its algorithm is not supported",
      };
  }
}

function curveTraits(parameters: Uint8Array | null): KeyTraits {
  if (parameters === null) {
    throw new DecodeFailure("an elliptic curve key has no curve");
  }
  const choice = new Reader(parameters);
  if (!next(choice, Tag.OBJECT_IDENTIFIER)) {
    // RFC 5480, 2.1.1: "implicitCurve and specifiedCurve MUST NOT be used".
    return {
      kind: "unsupported",
      oid: EC_PUBLIC_KEY,
      why: "its curve is not a named one",
    };
  }
  const oid = objectIdentifier(choice);
  const curve = CURVES.get(oid);
  return curve !== undefined
    ? { kind: "ecdsa", curve }
    : { kind: "unsupported", oid, why: "its curve is not supported" };
}

/** Decodes a SubjectPublicKeyInfo. Throws `DecodeFailure` on a malformed one. */
export function decodePublicKey(spki: Uint8Array): PublicKeyInfo {
  const reader = only(spki, Tag.SEQUENCE);
  const algorithm = algorithmIdentifier(reader);
  const traits = keyTraits(algorithm);
  if (traits.kind === "unsupported") {
    // Of an unknown key the bits need not be whole bytes.
    if (anyElement(reader).tag !== Tag.BIT_STRING) {
      throw new DecodeFailure("a public key is not a BIT STRING");
    }
    reader.end();
    return traits;
  }
  const key = bitStringBytes(reader);
  reader.end();
  switch (traits.kind) {
    case "ecdsa":
      return ecKey(traits.curve, algorithm, key);
    case "ed25519":
      if (key.length !== 32) {
        throw new DecodeFailure("an Ed25519 key has 32 bytes");
      }
      return { kind: "ed25519", key };
    default:
      return decodeRsaKey(traits, key);
  }
}

function ecKey(
  curve: EcdsaCurve,
  { parameters }: AlgorithmIdentifier,
  key: Uint8Array,
): PublicKeyInfo {
  // RFC 5480, 2.2: "MUST support the uncompressed form and MAY support the
  // compressed form". Whether the point is on the curve the provider checks.
  const bytes = COORDINATE_LENGTH[curve];
  if (key[0] === 0x04 && key.length === 1 + 2 * bytes) {
    return { kind: "ecdsa", curve, key };
  }
  const compressed = (key[0] === 0x02 || key[0] === 0x03) &&
    key.length === 1 + bytes;
  if (!compressed) {
    throw new DecodeFailure("an elliptic curve point is malformed");
  }
  return {
    kind: "unsupported",
    oid: objectIdentifier(new Reader(parameters!)),
    why: "its point is compressed",
  };
}

/** Decodes an RSAPublicKey. Throws `DecodeFailure` on a malformed one. */
export function decodeRsaKey(
  traits: KeyTraits & { readonly kind: "rsa" | "rsa-pss" },
  key: Uint8Array,
): RsaKeyInfo {
  const sequence = only(key, Tag.SEQUENCE);
  const modulus = unsigned(sequence);
  const exponent = unsigned(sequence);
  sequence.end();
  const exponentBits = bitLength(exponent);
  return {
    kind: traits.kind,
    modulusBits: bitLength(modulus),
    exponentBits,
    wellFormed: (modulus[modulus.length - 1]! & 1) === 1 &&
      (exponent[exponent.length - 1]! & 1) === 1 && exponentBits > 1,
    modulus,
    exponent,
    pss: traits.kind === "rsa-pss" ? traits.pss : null,
    key,
  };
}

/**
 * RSASSA-PSS-params; `null` for values that are not supported: the default
 * (SHA-1), or two different hashes.
 */
function pssParameters(der: Uint8Array): PssParameters | null {
  const reader = only(der, Tag.SEQUENCE);
  let hash: HashName | null = null;
  let mgfHash: HashName | null = null;
  let saltLength = 20;
  if (next(reader, contextConstructed(0))) {
    const field = contents(reader, contextConstructed(0));
    hash = hashOf(algorithmIdentifier(field));
    field.end();
  }
  if (next(reader, contextConstructed(1))) {
    const field = contents(reader, contextConstructed(1));
    const mgf = algorithmIdentifier(field);
    field.end();
    if (mgf.oid === MGF1 && mgf.parameters !== null) {
      const inner = new Reader(mgf.parameters);
      mgfHash = hashOf(algorithmIdentifier(inner));
    }
  }
  if (next(reader, contextConstructed(2))) {
    const field = contents(reader, contextConstructed(2));
    saltLength = smallInteger(field);
    field.end();
  }
  // RFC 4055, 3.1: "Implementations that perform signature validation MUST
  // recognize both a present trailerField field with value 1 and an absent
  // trailerField field." DER alone would leave the default out.
  if (next(reader, contextConstructed(3))) {
    const field = contents(reader, contextConstructed(3));
    if (smallInteger(field) !== 1) return null;
    field.end();
  }
  reader.end();
  return hash !== null && hash === mgfHash ? { hash, saltLength } : null;
}

function hashOf({ oid, parameters }: AlgorithmIdentifier): HashName | null {
  // RFC 4055, 2.1: "Implementations MUST accept both" NULL and absence.
  return absentOrNull(parameters) ? HASHES.get(oid) ?? null : null;
}

/** A signature algorithm, as a certificate names it. */
export type CertificateSignature =
  | { readonly kind: "rsa-pkcs1"; readonly hash: HashName }
  | {
    readonly kind: "rsa-pss";
    readonly hash: HashName;
    readonly saltLength: number;
  }
  | { readonly kind: "ecdsa"; readonly hash: HashName }
  | { readonly kind: "ed25519" }
  | {
    readonly kind: "unsupported";
    readonly oid: string;
    /** True for MD5 and SHA-1: broken, not merely unknown. */
    readonly weak: boolean;
  };

const SIGNATURES: ReadonlyMap<string, CertificateSignature> = new Map<
  string,
  CertificateSignature
>([
  ["1.2.840.113549.1.1.11", { kind: "rsa-pkcs1", hash: "sha256" }],
  ["1.2.840.113549.1.1.12", { kind: "rsa-pkcs1", hash: "sha384" }],
  ["1.2.840.113549.1.1.13", { kind: "rsa-pkcs1", hash: "sha512" }],
  ["1.2.840.10045.4.3.2", { kind: "ecdsa", hash: "sha256" }],
  ["1.2.840.10045.4.3.3", { kind: "ecdsa", hash: "sha384" }],
  ["1.2.840.10045.4.3.4", { kind: "ecdsa", hash: "sha512" }],
  ["1.3.101.112", { kind: "ed25519" }],
]);

/** MD2, MD4, MD5 and SHA-1 with RSA, and SHA-1 with DSA and ECDSA. */
const WEAK: ReadonlySet<string> = new Set([
  "1.2.840.113549.1.1.2",
  "1.2.840.113549.1.1.3",
  "1.2.840.113549.1.1.4",
  "1.2.840.113549.1.1.5",
  "1.3.14.3.2.29",
  "1.2.840.10040.4.3",
  "1.2.840.10045.4.1",
]);

/** Decodes a signature's AlgorithmIdentifier, given as DER. */
export function decodeSignatureAlgorithm(
  der: Uint8Array,
): CertificateSignature {
  const reader = new Reader(der);
  const { oid, parameters } = algorithmIdentifier(reader);
  reader.end();
  const known = SIGNATURES.get(oid);
  if (known !== undefined) {
    // RSA: "Implementations MUST accept the parameters being absent as well as
    // present" (RFC 4055, 5). ECDSA and EdDSA: "MUST be absent" (RFC 5758, 3.2;
    // RFC 8410, 3).
    const fine = known.kind === "rsa-pkcs1"
      ? absentOrNull(parameters)
      : parameters === null;
    if (!fine) {
      throw new DecodeFailure("a signature algorithm has wrong parameters");
    }
    return known;
  }
  if (oid === RSASSA_PSS && parameters !== null) {
    const pss = pssParameters(parameters);
    if (pss !== null) return { kind: "rsa-pss", ...pss };
    return { kind: "unsupported", oid, weak: false };
  }
  return { kind: "unsupported", oid, weak: WEAK.has(oid) };
}

/**
 * The provider's algorithm for a signature made with a key of these traits (a
 * {@linkcode PublicKeyInfo} has them); `null` where the two do not fit each other.
 */
export function signatureAlgorithmFor(
  signature: CertificateSignature,
  key: KeyTraits,
): SignatureAlgorithm | null {
  switch (signature.kind) {
    case "rsa-pkcs1":
      // An id-RSASSA-PSS key signs with PSS alone (RFC 4055, 1.2).
      return key.kind === "rsa" ? signature : null;
    case "rsa-pss":
      if (key.kind === "rsa") return signature;
      if (key.kind !== "rsa-pss") return null;
      return key.pss === null ||
          (key.pss.hash === signature.hash &&
            signature.saltLength >= key.pss.saltLength)
        ? signature
        : null;
    case "ecdsa":
      return key.kind === "ecdsa"
        ? { kind: "ecdsa", curve: key.curve, hash: signature.hash }
        : null;
    case "ed25519":
      return key.kind === "ed25519" ? signature : null;
    case "unsupported":
      return null;
  }
}
