/**
 * Writes DER: the little of it that keys and signatures need. What is read is
 * read by `der.ts`.
 *
 * @module
 */
import { Tag } from "./der.ts";

/** An element of `tag` whose contents are `parts`, one behind the other. */
export function element(
  tag: number,
  ...parts: readonly Uint8Array[]
): Uint8Array<ArrayBuffer> {
  let length = 0;
  for (const part of parts) length += part.length;
  // X.690 10.1: "the definite form ... minimum number of octets".
  const header = length < 0x80
    ? [tag, length]
    : length < 0x100
    ? [tag, 0x81, length]
    : [tag, 0x82, length >>> 8, length & 0xff];
  if (length > 0xffff) {
    throw new RangeError("Cannot encode: the element is too long");
  }
  const output = new Uint8Array(header.length + length);
  output.set(header);
  let at = header.length;
  for (const part of parts) {
    output.set(part, at);
    at += part.length;
  }
  return output;
}

/** An INTEGER of a magnitude, which may have leading zeros. */
export function unsignedInteger(magnitude: Uint8Array): Uint8Array {
  let start = 0;
  while (start < magnitude.length - 1 && magnitude[start] === 0) start++;
  const bytes = magnitude.subarray(start);
  return bytes[0]! & 0x80
    ? element(Tag.INTEGER, new Uint8Array(1), bytes)
    : element(Tag.INTEGER, bytes);
}

/** A BIT STRING of whole bytes. */
export function bitString(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return element(Tag.BIT_STRING, new Uint8Array(1), bytes);
}
