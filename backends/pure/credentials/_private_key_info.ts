/**
 * Private keys in all forms that files have them in, brought into PKCS#8:
 * PKCS#8 itself ({@link https://www.rfc-editor.org/rfc/rfc5958 | RFC 5958}), PKCS#1
 * ({@link https://www.rfc-editor.org/rfc/rfc8017#appendix-A.1.2 | RFC 8017, A.1.2}) and SEC1
 * ({@link https://www.rfc-editor.org/rfc/rfc5915 | RFC 5915}).
 *
 * Only what is public is looked at: which key it is, and its public half.
 *
 * @module
 */
import type { Password } from "../../../api/credentials.ts";
import { DecodeFailure, type Reader } from "../engine/codec/reader.ts";
import { decodePublicKey } from "../engine/x509/algorithm.ts";
import {
  contentBytes,
  contents,
  contextConstructed,
  contextPrimitive,
  next,
  objectIdentifier,
  octetString,
  only,
  smallInteger,
  Tag,
  whole,
} from "../engine/x509/der.ts";
import { oidName } from "../engine/x509/oid.ts";
import { decodePem, type PemBlock } from "../engine/x509/pem.ts";
import { element, Tag as OutTag } from "../providers/_der.ts";
import { decryptPrivateKey } from "./_pbes2.ts";
import { decoding, pemText, refusal } from "./_refusal.ts";

/** The field that private keys belong to. */
const FIELD = "certificateChain";

const RSA_ENCRYPTION = "1.2.840.113549.1.1.1";
const RSASSA_PSS = "1.2.840.113549.1.1.10";
const EC_PUBLIC_KEY = "1.2.840.10045.2.1";
const ED25519 = "1.3.101.112";

/** AlgorithmIdentifier { rsaEncryption, NULL }. */
const RSA_ALGORITHM = element(
  OutTag.SEQUENCE,
  Uint8Array.of(
    ...[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01],
  ),
  Uint8Array.of(0x05, 0x00),
);
/** OBJECT IDENTIFIER id-ecPublicKey. */
const EC_OID = Uint8Array.of(
  ...[0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01],
);
/** INTEGER 0. */
const VERSION_0 = Uint8Array.of(0x02, 0x01, 0x00);

/** A private key, and what it says of its public half. */
export interface PrivateKeyInfo {
  /** DER PKCS#8. Secret. */
  readonly pkcs8: Uint8Array;
  /** "RSA", "RSA-PSS", "EC P-256", "Ed25519". */
  readonly algorithm: string;
  /** SubjectPublicKeyInfo, where the file has what it takes. */
  readonly spki: Uint8Array | null;
}

/** PEM labels of private keys. */
const LABELS: ReadonlySet<string> = new Set([
  "PRIVATE KEY",
  "ENCRYPTED PRIVATE KEY",
  "RSA PRIVATE KEY",
  "EC PRIVATE KEY",
]);

/** Reads the one private key of PEM text or bytes, or of DER bytes. */
export function readPrivateKey(
  buffer: Uint8Array | string,
  password: Password | undefined,
): PrivateKeyInfo {
  const text = pemText(FIELD, buffer);
  return decoding(FIELD, "the private key", () => {
    if (text !== null) return fromPem(text, password);
    // The caller keeps its bytes; a Buffer's `slice` would be a view of them.
    const der = new Uint8Array(buffer as Uint8Array);
    return fromDer(formOf(der), der, password);
  });
}

function fromPem(
  text: string,
  password: Password | undefined,
): PrivateKeyInfo {
  const keys = decodePem(text).filter(({ label }) =>
    label.endsWith("PRIVATE KEY")
  );
  const key = keys[0];
  if (key === undefined || keys.length > 1) {
    for (const { bytes } of keys) bytes.fill(0);
    throw refusal(
      FIELD,
      `Cannot read a private key: the PEM text has ${
        keys.length === 0 ? "none" : `${keys.length} of them`
      }`,
    );
  }
  checkBlock(key);
  return fromDer(key.label, key.bytes, password);
}

function checkBlock({ label, headers }: PemBlock): void {
  if (headers.get("Proc-Type")?.includes("ENCRYPTED") === true) {
    // A key made from one round of MD5: nothing to encourage.
    throw refusal(
      "password",
      "Cannot read the private key: it is encrypted in openssl's old way, which is weak; write it anew with `openssl pkcs8 -topk8 -in FILE`",
    );
  }
  if (!LABELS.has(label)) {
    throw refusal(
      FIELD,
      `Cannot read a private key: a ${label} is not supported`,
    );
  }
}

/** The PEM label that a DER key would have, by the first two elements inside. */
function formOf(der: Uint8Array): string {
  const reader = only(der, Tag.SEQUENCE);
  if (!next(reader, Tag.INTEGER)) return "ENCRYPTED PRIVATE KEY";
  smallInteger(reader);
  if (next(reader, Tag.SEQUENCE)) return "PRIVATE KEY";
  return next(reader, Tag.INTEGER) ? "RSA PRIVATE KEY" : "EC PRIVATE KEY";
}

function fromDer(
  label: string,
  der: Uint8Array,
  password: Password | undefined,
): PrivateKeyInfo {
  switch (label) {
    case "ENCRYPTED PRIVATE KEY":
      return fromPkcs8(decryptPrivateKey(der, password));
    case "RSA PRIVATE KEY": {
      const pkcs8 = element(
        OutTag.SEQUENCE,
        VERSION_0,
        RSA_ALGORITHM,
        element(OutTag.OCTET_STRING, der),
      );
      der.fill(0);
      return fromPkcs8(pkcs8);
    }
    case "EC PRIVATE KEY": {
      const curve = sec1Curve(der);
      const pkcs8 = element(
        OutTag.SEQUENCE,
        VERSION_0,
        element(OutTag.SEQUENCE, EC_OID, curve),
        element(OutTag.OCTET_STRING, der),
      );
      der.fill(0);
      return fromPkcs8(pkcs8);
    }
    default:
      return fromPkcs8(der);
  }
}

/** The curve of an ECPrivateKey, as the DER of its OBJECT IDENTIFIER. */
function sec1Curve(der: Uint8Array): Uint8Array {
  const reader = ecPrivateKey(der);
  if (!next(reader, contextConstructed(0))) {
    throw new DecodeFailure("an EC key does not name its curve");
  }
  const parameters = contents(reader, contextConstructed(0));
  const curve = whole(parameters, Tag.OBJECT_IDENTIFIER);
  parameters.end();
  return curve;
}

/** An ECPrivateKey behind its version and its secret. */
function ecPrivateKey(der: Uint8Array): Reader {
  const reader = only(der, Tag.SEQUENCE);
  if (smallInteger(reader) !== 1) {
    throw new DecodeFailure("an EC key has an unknown version");
  }
  octetString(reader);
  return reader;
}

function fromPkcs8(pkcs8: Uint8Array): PrivateKeyInfo {
  const reader = only(pkcs8, Tag.SEQUENCE);
  const version = smallInteger(reader);
  if (version > 1) throw new DecodeFailure("its version is unknown");
  const algorithm = whole(reader, Tag.SEQUENCE);
  const key = octetString(reader);
  if (next(reader, contextConstructed(0))) {
    contents(reader, contextConstructed(0));
  }
  // RFC 5958: the public key, as a BIT STRING under an implicit tag.
  const attached = version === 1 && next(reader, contextPrimitive(1))
    ? contentBytes(reader, contextPrimitive(1))
    : null;
  reader.end();
  const oid = objectIdentifier(only(algorithm, Tag.SEQUENCE));
  const publicBits = publicKeyOf(oid, key) ?? attached;
  const spki = publicBits === null ? null : element(
    OutTag.SEQUENCE,
    algorithm,
    element(OutTag.BIT_STRING, publicBits),
  );
  return {
    pkcs8,
    algorithm: algorithmLabel(oid, algorithm, spki),
    spki,
  };
}

/** The contents of the public key's BIT STRING, where the private key has it. */
function publicKeyOf(oid: string, key: Uint8Array): Uint8Array | null {
  switch (oid) {
    case RSA_ENCRYPTION:
    case RSASSA_PSS: {
      const reader = only(key, Tag.SEQUENCE);
      smallInteger(reader);
      const modulus = whole(reader, Tag.INTEGER);
      const exponent = whole(reader, Tag.INTEGER);
      return withoutUnused(element(OutTag.SEQUENCE, modulus, exponent));
    }
    case EC_PUBLIC_KEY: {
      const reader = ecPrivateKey(key);
      if (next(reader, contextConstructed(0))) {
        contents(reader, contextConstructed(0));
      }
      if (!next(reader, contextConstructed(1))) return null;
      const field = contents(reader, contextConstructed(1));
      return contentBytes(field, Tag.BIT_STRING);
    }
    case ED25519:
      return null;
    default:
      throw refusal(
        FIELD,
        `Cannot use a private key: ${oidName(oid)} is not supported`,
      );
  }
}

/** A BIT STRING's contents: no unused bits, then the bytes. */
function withoutUnused(bytes: Uint8Array): Uint8Array {
  const bits = new Uint8Array(1 + bytes.length);
  bits.set(bytes, 1);
  return bits;
}

function algorithmLabel(
  oid: string,
  algorithm: Uint8Array,
  spki: Uint8Array | null,
): string {
  const key = spki === null ? null : decodePublicKey(spki);
  if (key?.kind === "unsupported") {
    throw refusal(FIELD, `Cannot use a private key: ${key.why}`);
  }
  switch (oid) {
    case RSA_ENCRYPTION:
      return "RSA";
    case RSASSA_PSS:
      return "RSA-PSS";
    case ED25519:
      return "Ed25519";
    default: {
      const reader = only(algorithm, Tag.SEQUENCE);
      objectIdentifier(reader);
      return `EC ${oidName(objectIdentifier(reader))}`;
    }
  }
}
