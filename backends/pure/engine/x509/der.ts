/**
 * Strict DER over the engine's one cursor
 * ({@link https://www.itu.int/rec/T-REC-X.690 | X.690}, section 10 and 11):
 * definite and minimal lengths, minimal integers, low tag numbers, exact
 * consumption. Whatever is not that throws {@linkcode DecodeFailure}.
 *
 * @module
 */
import { DecodeFailure, Reader } from "../codec/reader.ts";

/** The tags that X.509 uses, with the class and "constructed" bits. */
export const Tag = {
  BOOLEAN: 0x01,
  INTEGER: 0x02,
  BIT_STRING: 0x03,
  OCTET_STRING: 0x04,
  NULL: 0x05,
  OBJECT_IDENTIFIER: 0x06,
  ENUMERATED: 0x0a,
  UTF8_STRING: 0x0c,
  NUMERIC_STRING: 0x12,
  PRINTABLE_STRING: 0x13,
  TELETEX_STRING: 0x14,
  IA5_STRING: 0x16,
  UTC_TIME: 0x17,
  GENERALIZED_TIME: 0x18,
  VISIBLE_STRING: 0x1a,
  UNIVERSAL_STRING: 0x1c,
  BMP_STRING: 0x1e,
  SEQUENCE: 0x30,
  SET: 0x31,
} as const;

/** A context-specific tag that is primitive: `[n] IMPLICIT` of a primitive type. */
export function contextPrimitive(number: number): number {
  return 0x80 | number;
}

/** A context-specific tag that is constructed: `[n] EXPLICIT`, or of a SEQUENCE. */
export function contextConstructed(number: number): number {
  return 0xa0 | number;
}

/**
 * How deep {@linkcode checkNesting} follows a value of unknown type. X.509's own
 * types need six levels; the rest is for what private extensions may nest.
 */
export const MAXIMUM_DEPTH = 16;

/** Longest content of an OID that is read: a UUID arc needs 20 bytes. */
export const MAXIMUM_OID_BYTES = 64;

/** Reads a length; X.690 10.1: "the definite form ... minimum number of octets". */
function length(reader: Reader): number {
  const first = reader.uint8();
  if (first < 0x80) return first;
  let value: number;
  switch (first) {
    case 0x81:
      value = reader.uint8();
      if (value < 0x80) break;
      return value;
    case 0x82:
      value = reader.uint16();
      if (value < 0x100) break;
      return value;
    case 0x83:
      value = reader.uint24();
      if (value < 0x10000) break;
      return value;
    case 0x80:
      throw new DecodeFailure("a DER length has the indefinite form");
    default:
      // Four bytes would be 16 MiB or more: far beyond any certificate.
      throw new DecodeFailure("a DER length is too large");
  }
  throw new DecodeFailure("a DER length is not minimal");
}

/** Reads the tag `tag` and its length, and returns a reader of the contents. */
export function contents(reader: Reader, tag: number): Reader {
  if (reader.uint8() !== tag) {
    throw new DecodeFailure("a DER element has an unexpected tag");
  }
  return reader.sub(length(reader));
}

/** The contents of an element as a view. */
export function contentBytes(reader: Reader, tag: number): Uint8Array {
  if (reader.uint8() !== tag) {
    throw new DecodeFailure("a DER element has an unexpected tag");
  }
  return reader.bytes(length(reader));
}

/** Reads past an element of tag `tag`; returns a view of it, header included. */
export function whole(reader: Reader, tag: number): Uint8Array {
  const start = reader.offset;
  contentBytes(reader, tag);
  return reader.since(start);
}

/** True where the next element has the tag `tag`. */
export function next(reader: Reader, tag: number): boolean {
  return reader.remaining > 0 && reader.peek() === tag;
}

/** An element of whatever type. */
export interface Element {
  /** With class and "constructed" bits. */
  readonly tag: number;
  /** The contents, as a view. */
  readonly value: Uint8Array;
  /** Header and contents, as a view. */
  readonly der: Uint8Array;
}

/** Reads an element of whatever type. */
export function anyElement(reader: Reader): Element {
  const start = reader.offset;
  const tag = reader.uint8();
  if ((tag & 0x1f) === 0x1f) {
    throw new DecodeFailure("a DER tag number is above 30");
  }
  const value = reader.bytes(length(reader));
  return { tag, value, der: reader.since(start) };
}

/** Decodes `bytes`, which must be exactly one element of tag `tag`. */
export function only(bytes: Uint8Array, tag: number): Reader {
  const reader = new Reader(bytes);
  const inner = contents(reader, tag);
  reader.end();
  return inner;
}

/**
 * Checks that `bytes` is a run of well-formed elements, constructed ones to
 * {@linkcode MAXIMUM_DEPTH}: for values whose type is not known here.
 */
export function checkNesting(bytes: Uint8Array, depth = MAXIMUM_DEPTH): void {
  if (depth === 0) throw new DecodeFailure("DER is nested too deeply");
  const reader = new Reader(bytes);
  while (reader.remaining > 0) {
    const { tag, value } = anyElement(reader);
    if ((tag & 0x20) !== 0) checkNesting(value, depth - 1);
  }
}

/** A BOOLEAN; X.690 11.1: TRUE is 0xff. */
export function boolean(reader: Reader): boolean {
  const bytes = contentBytes(reader, Tag.BOOLEAN);
  if (bytes.length !== 1 || (bytes[0] !== 0 && bytes[0] !== 0xff)) {
    throw new DecodeFailure("a DER BOOLEAN is malformed");
  }
  return bytes[0] === 0xff;
}

/**
 * `BOOLEAN DEFAULT FALSE`; X.690 11.5: a value that equals the default is not
 * encoded.
 */
export function optionalTrue(reader: Reader): boolean {
  if (!next(reader, Tag.BOOLEAN)) return false;
  if (!boolean(reader)) {
    throw new DecodeFailure("a DER default value is encoded");
  }
  return true;
}

/** The contents of an INTEGER, two's complement and minimal. */
export function integer(reader: Reader, tag: number = Tag.INTEGER): Uint8Array {
  const bytes = contentBytes(reader, tag);
  const first = bytes[0];
  if (first === undefined) throw new DecodeFailure("a DER INTEGER is empty");
  const second = bytes[1];
  if (
    second !== undefined &&
    ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80))
  ) throw new DecodeFailure("a DER INTEGER is not minimal");
  return bytes;
}

/** A non-negative INTEGER without its sign byte: what a key is made of. */
export function unsigned(reader: Reader): Uint8Array {
  const bytes = integer(reader);
  if (bytes[0]! >= 0x80) throw new DecodeFailure("a DER INTEGER is negative");
  return bytes.length > 1 && bytes[0] === 0 ? bytes.subarray(1) : bytes;
}

/** A non-negative INTEGER below 2^31. */
export function smallInteger(
  reader: Reader,
  tag: number = Tag.INTEGER,
): number {
  const bytes = integer(reader, tag);
  if (bytes[0]! >= 0x80) throw new DecodeFailure("a DER INTEGER is negative");
  if (bytes.length > 4) throw new DecodeFailure("a DER INTEGER is too large");
  let value = 0;
  for (const byte of bytes) value = value << 8 | byte;
  return value;
}

/** A BIT STRING of whole bytes: a key or a signature. */
export function bitStringBytes(reader: Reader): Uint8Array {
  const bytes = contentBytes(reader, Tag.BIT_STRING);
  if (bytes[0] !== 0) {
    throw new DecodeFailure("a BIT STRING is not of whole bytes");
  }
  return bytes.subarray(1);
}

/**
 * A BIT STRING of named bits, bit 0 lowest, at most 24 of them; X.690 11.2.1:
 * "each unused bit ... shall be set to zero". Trailing zero bits (11.2.2) are
 * read: Trustwave's roots in Mozilla's store have them.
 */
export function namedBits(
  reader: Reader,
  tag: number = Tag.BIT_STRING,
): number {
  const bytes = contentBytes(reader, tag);
  const unused = bytes[0];
  if (
    unused === undefined || unused > 7 || (unused > 0 && bytes.length === 1)
  ) {
    throw new DecodeFailure("a DER BIT STRING is malformed");
  }
  if (bytes.length > 4) throw new DecodeFailure("a BIT STRING is too long");
  if (bytes.length === 1) return 0;
  const last = bytes[bytes.length - 1]!;
  if ((last & ((1 << unused) - 1)) !== 0) {
    throw new DecodeFailure("an unused bit of a BIT STRING is set");
  }
  let bits = 0;
  for (let i = 1; i < bytes.length; i++) {
    for (let bit = 0; bit < 8; bit++) {
      if ((bytes[i]! & 0x80 >> bit) !== 0) bits |= 1 << (8 * (i - 1) + bit);
    }
  }
  return bits;
}

/** An OCTET STRING. */
export function octetString(reader: Reader): Uint8Array {
  return contentBytes(reader, Tag.OCTET_STRING);
}

/** 2.5.29.0 to 2.5.29.127, X.509's own extensions: the ones met most. */
const ID_CE: readonly string[] = Array.from(
  { length: 128 },
  (_, arc) => `2.5.29.${arc}`,
);
/** 2.5.4.0 to 2.5.4.127, the attribute types of names. */
const ID_AT: readonly string[] = Array.from(
  { length: 128 },
  (_, arc) => `2.5.4.${arc}`,
);

/** An OBJECT IDENTIFIER in dotted form. */
export function objectIdentifier(
  reader: Reader,
  tag: number = Tag.OBJECT_IDENTIFIER,
): string {
  return dotted(contentBytes(reader, tag));
}

function dotted(bytes: Uint8Array): string {
  if (bytes.length === 3 && bytes[0] === 0x55 && bytes[2]! < 0x80) {
    if (bytes[1] === 0x1d) return ID_CE[bytes[2]!]!;
    if (bytes[1] === 0x04) return ID_AT[bytes[2]!]!;
  }
  if (bytes.length === 0 || bytes.length > MAXIMUM_OID_BYTES) {
    throw new DecodeFailure("an OBJECT IDENTIFIER has a bad length");
  }
  let text = "";
  let start = 0;
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i]! >= 0x80) continue;
    // X.690 8.19.2: "the leading octet of the subidentifier shall not have the
    // value 0x80".
    if (bytes[start] === 0x80) {
      throw new DecodeFailure("an OBJECT IDENTIFIER is not minimal");
    }
    const arc = i - start < 4
      ? smallArc(bytes, start, i)
      : largeArc(bytes, start, i);
    if (start > 0) text += `.${arc}`;
    else if (arc < 40) text = `0.${arc}`;
    else if (arc < 80) text = `1.${Number(arc) - 40}`;
    else {
      text = `2.${typeof arc === "number" ? arc - 80 : arc - 80n}`;
    }
    start = i + 1;
  }
  if (start !== bytes.length) {
    throw new DecodeFailure("an OBJECT IDENTIFIER ends too early");
  }
  return text;
}

function smallArc(bytes: Uint8Array, start: number, end: number): number {
  let arc = 0;
  for (let i = start; i <= end; i++) arc = arc << 7 | (bytes[i]! & 0x7f);
  return arc;
}

function largeArc(bytes: Uint8Array, start: number, end: number): bigint {
  let arc = 0n;
  for (let i = start; i <= end; i++) arc = arc << 7n | BigInt(bytes[i]! & 0x7f);
  return arc;
}

/** Bytes 0x00 to 0xff as the characters U+0000 to U+00FF. */
export function latin1(bytes: Uint8Array): string {
  // `apply` pushes every byte on the stack: in pieces that always fit.
  if (bytes.length <= 1024) {
    return String.fromCharCode.apply(null, bytes as unknown as number[]);
  }
  let text = "";
  for (let i = 0; i < bytes.length; i += 1024) {
    text += String.fromCharCode.apply(
      null,
      bytes.subarray(i, i + 1024) as unknown as number[],
    );
  }
  return text;
}

/** An IA5String under a tag of the caller's: ASCII, or a failure. */
export function ascii(bytes: Uint8Array): string {
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i]! >= 0x80) {
      throw new DecodeFailure("an IA5String holds a byte above 0x7f");
    }
  }
  return latin1(bytes);
}

/** True where both hold the same bytes. For public values only. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

const HEX: readonly string[] = Array.from(
  { length: 256 },
  (_, byte) => byte.toString(16).padStart(2, "0"),
);

/** Lower-case hexadecimal, with `separator` between bytes. */
export function hex(bytes: Uint8Array, separator = ""): string {
  let text = "";
  for (let i = 0; i < bytes.length; i++) {
    if (i > 0) text += separator;
    text += HEX[bytes[i]!]!;
  }
  return text;
}
