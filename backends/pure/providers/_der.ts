/**
 * The DER that providers read and write: keys' outer structures and ECDSA's
 * signatures. Certificates have their own parser in the engine.
 *
 * @module
 */
import { DecodeFailure, Reader } from "../engine/codec/reader.ts";
import type { EcdsaCurve } from "../engine/crypto/provider.ts";

/** Tags of X.690 that occur here. */
export const Tag = {
  INTEGER: 0x02,
  BIT_STRING: 0x03,
  OCTET_STRING: 0x04,
  NULL: 0x05,
  OBJECT_IDENTIFIER: 0x06,
  SEQUENCE: 0x30,
} as const;

/** The length of a coordinate, and of a signature's half, in bytes. */
export const COORDINATE_LENGTH: Readonly<Record<EcdsaCurve, number>> = {
  "P-256": 32,
  "P-384": 48,
  "P-521": 66,
};

/** Reads a tag and a length in their one DER form; gives the tag and the content. */
export function readElement(reader: Reader): { tag: number; content: Reader } {
  const tag = reader.uint8();
  let length = reader.uint8();
  if (length >= 0x80) {
    const count = length & 0x7f;
    if (count < 1 || count > 3) {
      throw new DecodeFailure("a DER length is indefinite or too long");
    }
    length = 0;
    for (let i = 0; i < count; i++) {
      length = length * 256 + reader.uint8();
    }
    if (length < 0x80 || (count > 1 && length < 2 ** (8 * (count - 1)))) {
      throw new DecodeFailure("a DER length is not in its shortest form");
    }
  }
  return { tag, content: reader.sub(length) };
}

/** Reads an element that must have `tag`. */
export function readTag(reader: Reader, tag: number): Reader {
  const element = readElement(reader);
  if (element.tag !== tag) {
    throw new DecodeFailure(`a DER element has tag ${element.tag}, not ${tag}`);
  }
  return element.content;
}

/** Reads an INTEGER that is not negative; gives its magnitude, 0 as no bytes. */
export function readUnsigned(reader: Reader): Uint8Array {
  const bytes = readTag(reader, Tag.INTEGER).rest();
  const first = bytes[0];
  if (first === undefined) {
    throw new DecodeFailure("a DER integer is empty");
  }
  if (first & 0x80) {
    throw new DecodeFailure("a DER integer is negative");
  }
  if (first !== 0) {
    return bytes;
  }
  if (bytes.length > 1 && !(bytes[1]! & 0x80)) {
    throw new DecodeFailure("a DER integer is not in its shortest form");
  }
  return bytes.subarray(1);
}

/** Bytes of hexadecimal digits. */
export function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g)!, (pair) => parseInt(pair, 16));
}

/** Encodes an element. */
export function element(tag: number, ...parts: Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const prefix = length < 0x80
    ? [tag, length]
    : length < 0x100
    ? [tag, 0x81, length]
    : [tag, 0x82, length >>> 8, length & 0xff];
  if (length > 0xffff) {
    throw new RangeError("Cannot encode: the element is too long");
  }
  const output = new Uint8Array(prefix.length + length);
  output.set(prefix);
  let at = prefix.length;
  for (const part of parts) {
    output.set(part, at);
    at += part.length;
  }
  return output;
}

function encodeUnsigned(magnitude: Uint8Array): Uint8Array {
  let start = 0;
  while (start < magnitude.length - 1 && magnitude[start] === 0) {
    start++;
  }
  const bytes = magnitude.subarray(start);
  return bytes[0]! & 0x80
    ? element(Tag.INTEGER, new Uint8Array(1), bytes)
    : element(Tag.INTEGER, bytes);
}

/**
 * ECDSA-Sig-Value, r and s padded to the curve's length, or `null` where the
 * signature is not exactly DER
 * ({@link https://www.rfc-editor.org/rfc/rfc3279#section-2.2.3 | RFC 3279, section 2.2.3}).
 */
export function parseEcdsaSignature(
  signature: Uint8Array,
  curve: EcdsaCurve,
): Uint8Array<ArrayBuffer> | null {
  const size = COORDINATE_LENGTH[curve];
  const output = new Uint8Array(2 * size);
  try {
    const reader = new Reader(signature);
    const sequence = readTag(reader, Tag.SEQUENCE);
    reader.end();
    for (let end = size; end <= 2 * size; end += size) {
      const number = readUnsigned(sequence);
      if (number.length === 0 || number.length > size) {
        return null;
      }
      output.set(number, end - number.length);
    }
    sequence.end();
  } catch (error) {
    if (error instanceof DecodeFailure) {
      return null;
    }
    throw error;
  }
  return output;
}

/** ECDSA-Sig-Value of r and s, each half of `signature`. */
export function encodeEcdsaSignature(signature: Uint8Array): Uint8Array {
  const half = signature.length / 2;
  return element(
    Tag.SEQUENCE,
    encodeUnsigned(signature.subarray(0, half)),
    encodeUnsigned(signature.subarray(half)),
  );
}
