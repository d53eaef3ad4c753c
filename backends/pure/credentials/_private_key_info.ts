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
import { decodePublicKey } from "../engine/x509/algorithm.ts";
import { next, only, smallInteger, Tag } from "../engine/x509/der.ts";
import { element } from "../engine/x509/der_writer.ts";
import { oidName } from "../engine/x509/oid.ts";
import { decodePem, type PemBlock } from "../engine/x509/pem.ts";
import {
  decodePrivateKey,
  ecPrivateKeyCurve,
  encodePrivateKey,
  RSA_ALGORITHM,
} from "../engine/x509/pkcs8.ts";
import { decryptPrivateKey } from "./_pbes2.ts";
import { decoding, pemText, refusal } from "./_refusal.ts";

/** The field that private keys belong to. */
const FIELD = "certificateChain";

/** OBJECT IDENTIFIER id-ecPublicKey. */
const EC_OID = Uint8Array.of(
  ...[0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01],
);

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
    case "RSA PRIVATE KEY":
      return wrapped(RSA_ALGORITHM, der);
    case "EC PRIVATE KEY":
      return wrapped(
        element(Tag.SEQUENCE, EC_OID, ecPrivateKeyCurve(der)),
        der,
      );
    default:
      return fromPkcs8(der);
  }
}

/** A key that stands alone, brought into PKCS#8; `der` is overwritten. */
function wrapped(algorithm: Uint8Array, der: Uint8Array): PrivateKeyInfo {
  const pkcs8 = encodePrivateKey(algorithm, der);
  der.fill(0);
  return fromPkcs8(pkcs8);
}

function fromPkcs8(pkcs8: Uint8Array): PrivateKeyInfo {
  const { traits, spki } = decodePrivateKey(pkcs8);
  const key = spki === null ? traits : decodePublicKey(spki);
  switch (key.kind) {
    case "rsa":
      return { pkcs8, algorithm: "RSA", spki };
    case "rsa-pss":
      return { pkcs8, algorithm: "RSA-PSS", spki };
    case "ed25519":
      return { pkcs8, algorithm: "Ed25519", spki };
    case "ecdsa":
      return { pkcs8, algorithm: `EC ${key.curve}`, spki };
    case "unsupported":
      throw refusal(
        FIELD,
        `Cannot use a private key (${oidName(key.oid)}): ${key.why}`,
      );
  }
}
