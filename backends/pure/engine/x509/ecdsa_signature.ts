/**
 * ECDSA-Sig-Value
 * ({@link https://www.rfc-editor.org/rfc/rfc3279#section-2.2.3 | RFC 3279, section 2.2.3}),
 * the form of ECDSA's signatures in certificates and in TLS, and the form of
 * everybody else: r and s, each as long as a coordinate.
 *
 * @module
 */
import { DecodeFailure } from "../codec/reader.ts";
import type { EcdsaCurve } from "../crypto/provider.ts";
import { COORDINATE_LENGTH } from "./algorithm.ts";
import { only, Tag, unsigned } from "./der.ts";
import { element, unsignedInteger } from "./der_writer.ts";

/**
 * r and s, padded to the curve's length, or `null` where the signature is not
 * exactly DER, or one of them is zero or longer than the curve.
 */
export function parseEcdsaSignature(
  signature: Uint8Array,
  curve: EcdsaCurve,
): Uint8Array<ArrayBuffer> | null {
  const size = COORDINATE_LENGTH[curve];
  const output = new Uint8Array(2 * size);
  try {
    const sequence = only(signature, Tag.SEQUENCE);
    for (let end = size; end <= 2 * size; end += size) {
      const number = unsigned(sequence);
      // Without a leading zero, so that zero alone begins with it.
      if (number[0] === 0 || number.length > size) return null;
      output.set(number, end - number.length);
    }
    sequence.end();
  } catch (error) {
    if (error instanceof DecodeFailure) return null;
    throw error;
  }
  return output;
}

/** ECDSA-Sig-Value of r and s, each half of `signature`. */
export function encodeEcdsaSignature(
  signature: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const half = signature.length / 2;
  return element(
    Tag.SEQUENCE,
    unsignedInteger(signature.subarray(0, half)),
    unsignedInteger(signature.subarray(half)),
  );
}
