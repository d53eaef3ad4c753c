/**
 * What keys say about themselves: SubjectPublicKeyInfo
 * ({@link https://www.rfc-editor.org/rfc/rfc5480 | RFC 5480},
 * {@link https://www.rfc-editor.org/rfc/rfc4055 | RFC 4055},
 * {@link https://www.rfc-editor.org/rfc/rfc8410 | RFC 8410}) and PKCS#8
 * ({@link https://www.rfc-editor.org/rfc/rfc5958 | RFC 5958}).
 *
 * @module
 */
import { DecodeFailure, Reader } from "../engine/codec/reader.ts";
import { HASH_LENGTH } from "../engine/crypto/hkdf.ts";
import {
  CryptoFailure,
  type EcdsaCurve,
  type HashName,
  type SignatureAlgorithm,
  type SigningKey,
} from "../engine/crypto/provider.ts";
import {
  COORDINATE_LENGTH,
  element,
  fromHex,
  readElement,
  readTag,
  readUnsigned,
  Tag,
} from "./_der.ts";

/** Smaller moduli are within reach of factoring. */
export const MIN_RSA_BITS = 2048;

/** Larger moduli only serve to keep the verifier busy. */
export const MAX_RSA_BITS = 8192;

/** Larger public exponents only slow the verifier, and platforms refuse them. */
export const MAX_RSA_EXPONENT_BITS = 32;

const OID = {
  ecPublicKey: "2a8648ce3d0201",
  rsaEncryption: "2a864886f70d010101",
  mgf1: "2a864886f70d010108",
  rsassaPss: "2a864886f70d01010a",
  ed25519: "2b6570",
} as const;

const CURVES: Readonly<Record<string, EcdsaCurve>> = {
  "2a8648ce3d030107": "P-256",
  "2b81040022": "P-384",
  "2b81040023": "P-521",
};

const HASHES: Readonly<Record<string, HashName>> = {
  "608648016503040201": "sha256",
  "608648016503040202": "sha384",
  "608648016503040203": "sha512",
};

/** AlgorithmIdentifier of a key without restrictions: rsaEncryption, NULL. */
const RSA_ENCRYPTION = element(
  Tag.SEQUENCE,
  element(Tag.OBJECT_IDENTIFIER, fromHex(OID.rsaEncryption)),
  element(Tag.NULL),
);

/** What an id-RSASSA-PSS key is restricted to. */
export interface PssRestriction {
  /** The one hash, of the message and of MGF1. */
  readonly hash: HashName;
  /** "the minimum length of the salt". */
  readonly saltLength: number;
}

/** A public key, taken apart. */
export type PublicKey =
  | {
    readonly kind: "ecdsa";
    readonly curve: EcdsaCurve;
    /** The uncompressed point. */
    readonly point: Uint8Array;
  }
  | {
    readonly kind: "rsa";
    readonly modulusBits: number;
    /** DER with the OID rsaEncryption, which every platform reads. */
    readonly spki: Uint8Array;
  }
  | {
    readonly kind: "rsa-pss";
    readonly modulusBits: number;
    readonly restriction: PssRestriction | null;
    /** DER with the OID rsaEncryption, which every platform reads. */
    readonly spki: Uint8Array;
  }
  | { readonly kind: "ed25519"; readonly point: Uint8Array };

function readOid(reader: Reader): string {
  const bytes = readTag(reader, Tag.OBJECT_IDENTIFIER).rest();
  let hex = "";
  for (const byte of bytes) {
    hex += byte.toString(16).padStart(2, "0");
  }
  return hex;
}

function bitLength(magnitude: Uint8Array): number {
  return magnitude.length === 0
    ? 0
    : 8 * magnitude.length - Math.clz32(magnitude[0]!) + 24;
}

interface AlgorithmIdentifier {
  readonly oid: string;
  readonly parameters: Reader;
}

function readAlgorithm(reader: Reader): AlgorithmIdentifier {
  const parameters = readTag(reader, Tag.SEQUENCE);
  return { oid: readOid(parameters), parameters };
}

function readCurve(parameters: Reader): EcdsaCurve {
  // "specifiedCurve ... MUST NOT be used", nor implicitCurve.
  const curve = CURVES[readOid(parameters)];
  parameters.end();
  if (curve === undefined) {
    throw new DecodeFailure("the key's curve is unknown");
  }
  return curve;
}

/** A hash's AlgorithmIdentifier; its parameters are NULL or absent. */
function readHash(reader: Reader): HashName {
  const { oid, parameters } = readAlgorithm(reader);
  if (parameters.remaining > 0) {
    readTag(parameters, Tag.NULL).end();
  }
  parameters.end();
  const hash = HASHES[oid];
  if (hash === undefined) {
    throw new DecodeFailure("the key is restricted to an unknown hash");
  }
  return hash;
}

/**
 * RSASSA-PSS-params. The defaults are SHA-1 throughout, so all but the trailer
 * must be there.
 */
function readPssRestriction(parameters: Reader): PssRestriction | null {
  if (parameters.remaining === 0) {
    return null;
  }
  const fields = readTag(parameters, Tag.SEQUENCE);
  parameters.end();
  const hash = readHash(readTag(fields, 0xa0));
  const mask = readAlgorithm(readTag(fields, 0xa1));
  if (mask.oid !== OID.mgf1 || readHash(mask.parameters) !== hash) {
    throw new DecodeFailure("the key's mask is not MGF1 with its own hash");
  }
  const salt = readUnsigned(readTag(fields, 0xa2));
  if (salt.length > 1) {
    throw new DecodeFailure("the key's salt is too long");
  }
  if (fields.remaining > 0) {
    const trailer = readUnsigned(readTag(fields, 0xa3));
    if (trailer.length !== 1 || trailer[0] !== 1) {
      throw new DecodeFailure("the key's trailer is unknown");
    }
  }
  fields.end();
  return { hash, saltLength: salt[0] ?? 0 };
}

function readRsaKey(key: Uint8Array): number {
  const reader = new Reader(key);
  const fields = readTag(reader, Tag.SEQUENCE);
  reader.end();
  const modulus = readUnsigned(fields);
  const exponent = readUnsigned(fields);
  fields.end();
  const bits = bitLength(modulus);
  if (bits < MIN_RSA_BITS || bits > MAX_RSA_BITS) {
    throw new DecodeFailure(
      `the key has ${bits} bits, not ${MIN_RSA_BITS} to ${MAX_RSA_BITS}`,
    );
  }
  if (
    bitLength(exponent) < 2 || bitLength(exponent) > MAX_RSA_EXPONENT_BITS ||
    !(exponent.at(-1)! & 1) || !(modulus.at(-1)! & 1)
  ) {
    throw new DecodeFailure("the key's exponent or modulus is out of range");
  }
  return bits;
}

/** Takes a SubjectPublicKeyInfo apart. Throws DecodeFailure on what is not one. */
export function parseSpki(spki: Uint8Array): PublicKey {
  const reader = new Reader(spki);
  const fields = readTag(reader, Tag.SEQUENCE);
  reader.end();
  const { oid, parameters } = readAlgorithm(fields);
  const bits = readTag(fields, Tag.BIT_STRING);
  fields.end();
  if (bits.uint8() !== 0) {
    throw new DecodeFailure("the key is not a whole number of bytes");
  }
  const key = bits.rest();
  switch (oid) {
    case OID.ecPublicKey: {
      const curve = readCurve(parameters);
      if (key.length !== 1 + 2 * COORDINATE_LENGTH[curve] || key[0] !== 4) {
        throw new DecodeFailure("the key is not an uncompressed point");
      }
      return { kind: "ecdsa", curve, point: key };
    }
    case OID.rsaEncryption: {
      // "The parameters field MUST have ASN.1 type NULL".
      readTag(parameters, Tag.NULL).end();
      parameters.end();
      return { kind: "rsa", modulusBits: readRsaKey(key), spki };
    }
    case OID.rsassaPss:
      return {
        kind: "rsa-pss",
        restriction: readPssRestriction(parameters),
        modulusBits: readRsaKey(key),
        spki: element(
          Tag.SEQUENCE,
          RSA_ENCRYPTION,
          element(Tag.BIT_STRING, new Uint8Array(1), key),
        ),
      };
    case OID.ed25519:
      // "the parameters MUST be absent".
      parameters.end();
      if (key.length !== 32) {
        throw new DecodeFailure("an Ed25519 key has 32 bytes");
      }
      return { kind: "ed25519", point: key };
    default:
      throw new DecodeFailure("the key's algorithm is unknown");
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
  let key: PublicKey;
  try {
    key = parseSpki(spki);
  } catch (error) {
    if (error instanceof DecodeFailure) {
      return null;
    }
    throw error;
  }
  return fits(algorithm, key) ? key : null;
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

function fits(algorithm: SignatureAlgorithm, key: PublicKey): boolean {
  switch (algorithm.kind) {
    case "ecdsa":
      return key.kind === "ecdsa" && key.curve === algorithm.curve;
    case "ed25519":
      return key.kind === "ed25519";
    case "rsa-pkcs1":
      return key.kind === "rsa";
    case "rsa-pss":
      return key.kind === "rsa" ||
        key.kind === "rsa-pss" && meets(algorithm, key.restriction);
  }
}

function meets(
  algorithm: SignatureAlgorithm & { readonly kind: "rsa-pss" },
  restriction: PssRestriction | null,
): boolean {
  return restriction === null ||
    restriction.hash === algorithm.hash &&
      algorithm.saltLength >= restriction.saltLength;
}

/** A private key, its outside taken apart. */
export interface PrivateKeyInfo {
  /** What {@linkcode SigningKey} tells of it; RSA sizes come from the platform. */
  readonly type: SigningKey["type"];
  /** The restriction of an id-RSASSA-PSS key. */
  readonly restriction: PssRestriction | null;
  /** DER AlgorithmIdentifier, as the public half's SPKI has it. */
  readonly algorithm: Uint8Array;
  /** DER PKCS#8 with the OID rsaEncryption for RSA of any kind, else as given. */
  readonly pkcs8: Uint8Array;
}

/**
 * Takes a PrivateKeyInfo apart as far as is needed to know what it is. Throws
 * CryptoFailure on what is not one.
 */
export function parsePkcs8(pkcs8: Uint8Array): PrivateKeyInfo {
  try {
    const reader = new Reader(pkcs8);
    const fields = readTag(reader, Tag.SEQUENCE);
    reader.end();
    const version = readUnsigned(fields);
    // v1 is 0; v2, with the public key behind, is 1.
    if (version.length > 1 || (version[0] ?? 0) > 1) {
      throw new DecodeFailure("its version is unknown");
    }
    const start = fields.offset;
    const { oid, parameters } = readAlgorithm(fields);
    const algorithm = fields.since(start).slice();
    const key = readTag(fields, Tag.OCTET_STRING).rest();
    // Attributes and a public key: the platform reads them, or does not.
    while (fields.remaining > 0) {
      readElement(fields);
    }
    return describe(oid, parameters, { algorithm, key, pkcs8 });
  } catch (error) {
    if (error instanceof DecodeFailure) {
      throw new CryptoFailure(
        `the private key cannot be read: ${error.message}`,
      );
    }
    throw error;
  }
}

function describe(
  oid: string,
  parameters: Reader,
  rest: { algorithm: Uint8Array; key: Uint8Array; pkcs8: Uint8Array },
): PrivateKeyInfo {
  const { algorithm, pkcs8 } = rest;
  switch (oid) {
    case OID.ecPublicKey: {
      const curve = readCurve(parameters);
      return {
        type: { kind: "ecdsa", curve },
        restriction: null,
        algorithm,
        pkcs8,
      };
    }
    case OID.ed25519:
      parameters.end();
      return { type: { kind: "ed25519" }, restriction: null, algorithm, pkcs8 };
    case OID.rsaEncryption:
    case OID.rsassaPss: {
      const pss = oid === OID.rsassaPss;
      const restriction = pss ? readPssRestriction(parameters) : null;
      const modulusBits = rsaPrivateBits(rest.key);
      return {
        type: !pss
          ? { kind: "rsa", modulusBits }
          : restriction === null
          ? { kind: "rsa-pss", modulusBits }
          : { kind: "rsa-pss", modulusBits, hash: restriction.hash },
        restriction,
        algorithm,
        pkcs8: pss
          ? element(
            Tag.SEQUENCE,
            element(Tag.INTEGER, new Uint8Array(1)),
            RSA_ENCRYPTION,
            element(Tag.OCTET_STRING, rest.key),
          )
          : pkcs8,
      };
    }
    default:
      throw new DecodeFailure("its algorithm is unknown");
  }
}

function rsaPrivateBits(key: Uint8Array): number {
  const fields = readTag(new Reader(key), Tag.SEQUENCE);
  readUnsigned(fields);
  const bits = bitLength(readUnsigned(fields));
  if (bits < MIN_RSA_BITS || bits > MAX_RSA_BITS) {
    throw new DecodeFailure(
      `it has ${bits} bits, not ${MIN_RSA_BITS} to ${MAX_RSA_BITS}`,
    );
  }
  return bits;
}

/**
 * Throws CryptoFailure where `algorithm` is not one that a key of this kind
 * signs by.
 */
export function checkSigns(
  algorithm: SignatureAlgorithm,
  info: Pick<PrivateKeyInfo, "type" | "restriction">,
): void {
  const { type, restriction } = info;
  const possible = algorithm.kind === "ecdsa"
    ? type.kind === "ecdsa" && type.curve === algorithm.curve
    : algorithm.kind === "rsa-pss"
    ? type.kind === "rsa" ||
      type.kind === "rsa-pss" && meets(algorithm, restriction)
    : algorithm.kind === "rsa-pkcs1"
    ? type.kind === "rsa"
    : type.kind === "ed25519";
  if (!possible) {
    throw new CryptoFailure(
      `a key of kind ${type.kind} does not sign by ${algorithm.kind} like this`,
    );
  }
}

/** The SPKI with the algorithm of the private key in place of its own. */
export function withAlgorithm(
  spki: Uint8Array,
  algorithm: Uint8Array,
): Uint8Array {
  const fields = readTag(new Reader(spki), Tag.SEQUENCE);
  readElement(fields);
  return element(Tag.SEQUENCE, algorithm, fields.rest());
}
