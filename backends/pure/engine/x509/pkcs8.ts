/**
 * PrivateKeyInfo ({@link https://www.rfc-editor.org/rfc/rfc5958 | RFC 5958}) and
 * what is inside: RSAPrivateKey
 * ({@link https://www.rfc-editor.org/rfc/rfc8017#appendix-A.1.2 | RFC 8017, A.1.2}),
 * ECPrivateKey ({@link https://www.rfc-editor.org/rfc/rfc5915 | RFC 5915}) and
 * CurvePrivateKey ({@link https://www.rfc-editor.org/rfc/rfc8410#section-7 | RFC 8410, section 7}).
 *
 * Only what is public is looked at: which key it is, and its public half. No
 * branch depends on the secrets, which are views and never copied here.
 *
 * @module
 */
import { DecodeFailure, Reader } from "../codec/reader.ts";
import { algorithmIdentifier, type KeyTraits, keyTraits } from "./algorithm.ts";
import {
  anyElement,
  contentBytes,
  contents,
  contextConstructed,
  contextPrimitive,
  next,
  octetString,
  only,
  smallInteger,
  Tag,
  whole,
} from "./der.ts";
import { element } from "./der_writer.ts";

/** AlgorithmIdentifier { rsaEncryption, NULL }: an RSA key without restriction. */
export const RSA_ALGORITHM: Uint8Array = Uint8Array.of(
  ...[0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01],
  ...[0x01, 0x01, 0x05, 0x00],
);

/** INTEGER 0, PrivateKeyInfo's version. */
const VERSION_0 = Uint8Array.of(0x02, 0x01, 0x00);

/** A private key, its outside taken apart. All byte views point into its DER. */
export interface PrivateKeyParts {
  /** What its AlgorithmIdentifier says. */
  readonly traits: KeyTraits;
  /** DER AlgorithmIdentifier, as the public half's SPKI has it. */
  readonly algorithm: Uint8Array;
  /** The contents of privateKey. Secret. */
  readonly key: Uint8Array;
  /** DER SubjectPublicKeyInfo, where the key has what it takes. */
  readonly spki: Uint8Array | null;
}

/** DER PrivateKeyInfo of `key` under `algorithm`, both DER. */
export function encodePrivateKey(
  algorithm: Uint8Array,
  key: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const secret = element(Tag.OCTET_STRING, key);
  const pkcs8 = element(Tag.SEQUENCE, VERSION_0, algorithm, secret);
  secret.fill(0);
  return pkcs8;
}

/** Takes a DER PrivateKeyInfo apart. Throws `DecodeFailure`. */
export function decodePrivateKey(pkcs8: Uint8Array): PrivateKeyParts {
  const reader = only(pkcs8, Tag.SEQUENCE);
  // v1 is 0; v2, with the public key behind, is 1.
  const version = smallInteger(reader);
  if (version > 1) throw new DecodeFailure("its version is unknown");
  const algorithm = whole(reader, Tag.SEQUENCE);
  const traits = keyTraits(algorithmIdentifier(new Reader(algorithm)));
  const key = octetString(reader);
  if (next(reader, contextConstructed(0))) anyElement(reader);
  const attached = version === 1 && next(reader, contextPrimitive(1))
    ? contentBytes(reader, contextPrimitive(1))
    : null;
  reader.end();
  const bits = publicBits(traits, key) ?? attached;
  return {
    traits,
    algorithm,
    key,
    spki: bits === null
      ? null
      : element(Tag.SEQUENCE, algorithm, element(Tag.BIT_STRING, bits)),
  };
}

/** The contents of the public key's BIT STRING, where the private key has it. */
function publicBits(traits: KeyTraits, key: Uint8Array): Uint8Array | null {
  switch (traits.kind) {
    case "rsa":
    case "rsa-pss":
      // No unused bits, then the bytes.
      return Uint8Array.of(0, ...rsaPublicKey(key));
    case "ecdsa": {
      const reader = ecPrivateKey(key);
      octetString(reader);
      if (next(reader, contextConstructed(0))) anyElement(reader);
      if (!next(reader, contextConstructed(1))) return null;
      const field = contents(reader, contextConstructed(1));
      return contentBytes(field, Tag.BIT_STRING);
    }
    default:
      return null;
  }
}

/** DER of the RSAPublicKey in an RSAPrivateKey. */
export function rsaPublicKey(key: Uint8Array): Uint8Array {
  const reader = only(key, Tag.SEQUENCE);
  smallInteger(reader);
  const modulus = whole(reader, Tag.INTEGER);
  return element(Tag.SEQUENCE, modulus, whole(reader, Tag.INTEGER));
}

/** An ECPrivateKey behind its version. */
function ecPrivateKey(der: Uint8Array): Reader {
  const reader = only(der, Tag.SEQUENCE);
  if (smallInteger(reader) !== 1) {
    throw new DecodeFailure("an EC key has an unknown version");
  }
  return reader;
}

/** The curve that an ECPrivateKey names, as the DER of its OBJECT IDENTIFIER. */
export function ecPrivateKeyCurve(der: Uint8Array): Uint8Array {
  const reader = ecPrivateKey(der);
  octetString(reader);
  if (!next(reader, contextConstructed(0))) {
    throw new DecodeFailure("an EC key does not name its curve");
  }
  const parameters = contents(reader, contextConstructed(0));
  const curve = whole(parameters, Tag.OBJECT_IDENTIFIER);
  parameters.end();
  return curve;
}

/** A view of the scalar of an EC key or the seed of an Ed25519 one. Secret. */
export function secretOf({ traits, key }: PrivateKeyParts): Uint8Array {
  if (traits.kind === "ecdsa") return octetString(ecPrivateKey(key));
  const reader = new Reader(key);
  const seed = octetString(reader);
  reader.end();
  return seed;
}
