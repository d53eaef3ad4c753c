/**
 * Writes keys in the form that platforms import.
 *
 * @module
 */
import type { EcdsaCurve } from "../engine/crypto/provider.ts";
import { Tag } from "../engine/x509/der.ts";
import { bitString, element } from "../engine/x509/der_writer.ts";
import { encodePrivateKey } from "../engine/x509/pkcs8.ts";

/** Bytes of hexadecimal digits. */
function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g)!, (pair) => parseInt(pair, 16));
}

/** AlgorithmIdentifier of each curve's keys. */
const ALGORITHMS = {
  "P-256": fromHex("301306072a8648ce3d020106082a8648ce3d030107"),
  "P-384": fromHex("301006072a8648ce3d020106052b81040022"),
  "P-521": fromHex("301006072a8648ce3d020106052b81040023"),
  "X25519": fromHex("300506032b656e"),
  "Ed25519": fromHex("300506032b6570"),
} as const;

/** The SPKI of a point on `curve`, or of X25519 or Ed25519. */
export function encodeSpki(
  curve: EcdsaCurve | "X25519" | "Ed25519",
  point: Uint8Array,
): Uint8Array<ArrayBuffer> {
  return element(Tag.SEQUENCE, ALGORITHMS[curve], bitString(point));
}

/**
 * PKCS#8 of an X25519 seed, or of a scalar as long as the curve says
 * ({@link https://www.rfc-editor.org/rfc/rfc8410#section-7 | RFC 8410, section 7};
 * {@link https://www.rfc-editor.org/rfc/rfc5915 | RFC 5915}).
 */
export function encodePkcs8(
  curve: EcdsaCurve | "X25519",
  scalar: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const secret = element(Tag.OCTET_STRING, scalar);
  return encodePrivateKey(
    ALGORITHMS[curve],
    curve === "X25519"
      ? secret
      : element(Tag.SEQUENCE, Uint8Array.of(Tag.INTEGER, 1, 1), secret),
  );
}
