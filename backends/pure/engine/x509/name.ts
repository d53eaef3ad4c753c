/**
 * Distinguished names: decoded, as RFC 4514 text, and as a key that is equal for
 * names that match by RFC 5280's rules.
 *
 * @module
 */
import { DecodeFailure, Reader } from "../codec/reader.ts";
import {
  anyElement,
  contents,
  hex,
  latin1,
  objectIdentifier,
  only,
  Tag,
} from "./der.ts";
import { ATTRIBUTE_NAMES } from "./oid.ts";

/** One attribute of a name. */
export interface Attribute {
  /** The attribute type, dotted. */
  readonly type: string;
  /** The tag of the value: which string type it is. */
  readonly tag: number;
  /** The value as text; `null` where it is no string or a malformed one. */
  readonly text: string | null;
  /** The value, header included. */
  readonly der: Uint8Array;
}

/** A relative distinguished name: nearly always one attribute. */
export type RelativeName = readonly Attribute[];

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const utf16 = new TextDecoder("utf-16be", { fatal: true, ignoreBOM: true });

function stringOf(tag: number, value: Uint8Array): string | null {
  try {
    switch (tag) {
      case Tag.UTF8_STRING:
        return isAscii(value) ? latin1(value) : utf8.decode(value);
      // What is written there in practice is Latin-1, T.61 or not.
      case Tag.PRINTABLE_STRING:
      case Tag.IA5_STRING:
      case Tag.NUMERIC_STRING:
      case Tag.VISIBLE_STRING:
      case Tag.TELETEX_STRING:
        return latin1(value);
      case Tag.BMP_STRING:
        return utf16.decode(value);
      case Tag.UNIVERSAL_STRING: {
        const reader = new Reader(value);
        let text = "";
        while (reader.remaining > 0) {
          text += String.fromCodePoint(reader.uint32());
        }
        // Surrogates are no characters.
        return text.isWellFormed() ? text : null;
      }
      default:
        return null;
    }
  } catch (error) {
    if (
      error instanceof TypeError || error instanceof RangeError ||
      error instanceof DecodeFailure
    ) return null;
    throw error;
  }
}

function isAscii(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) if (bytes[i]! >= 0x80) return false;
  return true;
}

/** Decodes a Name: `SEQUENCE OF SET SIZE (1..MAX) OF SEQUENCE { type, value }`. */
export function decodeName(der: Uint8Array): readonly RelativeName[] {
  const sequence = only(der, Tag.SEQUENCE);
  const name: RelativeName[] = [];
  while (sequence.remaining > 0) {
    const set = contents(sequence, Tag.SET);
    const attributes: Attribute[] = [];
    do {
      const attribute = contents(set, Tag.SEQUENCE);
      const type = objectIdentifier(attribute);
      const value = anyElement(attribute);
      attribute.end();
      attributes.push({
        type,
        tag: value.tag,
        text: stringOf(value.tag, value.value),
        der: value.der,
      });
    } while (set.remaining > 0);
    name.push(attributes);
  }
  return name;
}

/**
 * The text of a name, last RDN first
 * ({@link https://www.rfc-editor.org/rfc/rfc4514#section-2 | RFC 4514, section 2}).
 * Characters that a terminal obeys are escaped too: names are the sender's words.
 */
export function nameText(name: readonly RelativeName[]): string {
  let text = "";
  for (let i = name.length - 1; i >= 0; i--) {
    if (text !== "") text += ",";
    text += name[i]!.map(attributeText).join("+");
  }
  return text;
}

function attributeText({ type, text, der }: Attribute): string {
  const known = ATTRIBUTE_NAMES.get(type);
  // "If the AttributeType is of the dotted-decimal form" the value is
  // "a NUMBER SIGN followed by the hexadecimal encoding" of its BER.
  if (known === undefined || text === null) {
    return `${known ?? type}=#${hex(der)}`;
  }
  return `${known}=${escapeValue(text)}`;
}

/**
 * What RFC 4514 has escaped; and what a terminal obeys, what turns the direction
 * of text, and what shows as nothing: with those one name looks like another.
 */
const SPECIAL = /[\\"+,;<>\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;
const encoder = new TextEncoder();

/** `text` with the characters that a terminal or RFC 4514 obeys escaped. */
export function escapeText(text: string): string {
  return text.replace(
    SPECIAL,
    (character) =>
      '\\"+,;<>'.includes(character)
        ? `\\${character}`
        : hexPairs(encoder.encode(character)),
  );
}

function escapeValue(text: string): string {
  let escaped = escapeText(text);
  if (escaped.startsWith(" ") || escaped.startsWith("#")) {
    escaped = `\\${escaped}`;
  }
  if (escaped.endsWith(" ") && escaped.length > 1) {
    escaped = `${escaped.slice(0, -1)}\\ `;
  }
  return escaped;
}

function hexPairs(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += `\\${hex(Uint8Array.of(byte))}`;
  return text;
}

/**
 * Keys of a name's RDNs, in order. Two RDNs match by RFC 5280, section 7.1,
 * exactly where their keys are equal: strings compare without regard to their
 * type, to case and to runs of spaces; RDNs as sets.
 */
export function relativeNameKeys(
  name: readonly RelativeName[],
): readonly string[] {
  return name.map((attributes) =>
    attributes.length === 1
      ? attributeKey(attributes[0]!)
      : attributes.map(attributeKey).sort().join("+")
  );
}

/** One key for a whole name: equal for matching names, and only for those. */
export function nameKey(name: readonly RelativeName[]): string {
  return relativeNameKeys(name).join(",");
}

function attributeKey({ type, text, der }: Attribute): string {
  const value = text === null ? `#${hex(der)}` : `=${prepared(text)}`;
  // With its length before it no value can imitate a separator.
  return `${type}:${value.length}${value}`;
}

const ASCII = /^\p{ASCII}*$/u;

/** The part of RFC 4518's string preparation that names in use need. */
function prepared(text: string): string {
  const folded = ASCII.test(text)
    ? text.toLowerCase()
    : text.normalize("NFKC").toLowerCase().normalize("NFKC");
  if (
    folded.includes("  ") || folded.startsWith(" ") || folded.endsWith(" ")
  ) return folded.replace(/ +/g, " ").replace(/^ | $/g, "");
  return folded;
}
