/**
 * GeneralName, the names of subjectAltName, nameConstraints and others
 * ({@link https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.6 | RFC 5280, section 4.2.1.6}).
 *
 * @module
 */
import { DecodeFailure, Reader } from "../codec/reader.ts";
import {
  anyElement,
  ascii,
  checkNesting,
  contents,
  hex,
  objectIdentifier,
  only,
  Tag,
} from "./der.ts";
import { decodeName, nameText, type RelativeName } from "./name.ts";

/** A name of one of the nine forms. */
export type GeneralName =
  | {
    readonly kind: "otherName";
    /** Which form, dotted. */
    readonly type: string;
    /** The value's DER. */
    readonly value: Uint8Array;
  }
  | { readonly kind: "rfc822Name"; readonly value: string }
  | { readonly kind: "dNSName"; readonly value: string }
  | { readonly kind: "x400Address"; readonly value: Uint8Array }
  | { readonly kind: "directoryName"; readonly value: readonly RelativeName[] }
  | { readonly kind: "ediPartyName"; readonly value: Uint8Array }
  | {
    readonly kind: "uniformResourceIdentifier";
    readonly value: string;
  }
  | { readonly kind: "iPAddress"; readonly value: Uint8Array }
  | { readonly kind: "registeredID"; readonly value: string };

/** The forms' names. */
export type GeneralNameKind = GeneralName["kind"];

/**
 * Reads a GeneralName. `ipLengths` are the permitted lengths of an iPAddress:
 * 4 and 16 in a name, 8 and 32 (with the mask) in a constraint.
 */
export function generalName(
  reader: Reader,
  ipLengths: readonly number[],
): GeneralName {
  const { tag, value, der } = anyElement(reader);
  switch (tag) {
    case 0xa0: {
      const inner = new Reader(value);
      const type = objectIdentifier(inner);
      const explicit = contents(inner, 0xa0);
      inner.end();
      const content = explicit.rest();
      checkNesting(content);
      return { kind: "otherName", type, value: content };
    }
    case 0x81:
      return { kind: "rfc822Name", value: ascii(value) };
    case 0x82:
      return { kind: "dNSName", value: ascii(value) };
    case 0xa3:
      checkNesting(value);
      return { kind: "x400Address", value };
    case 0xa4: {
      // A CHOICE cannot be tagged implicitly: the Name is inside.
      return { kind: "directoryName", value: decodeName(value) };
    }
    case 0xa5:
      checkNesting(value);
      return { kind: "ediPartyName", value };
    case 0x86:
      return { kind: "uniformResourceIdentifier", value: ascii(value) };
    case 0x87:
      if (!ipLengths.includes(value.length)) {
        throw new DecodeFailure("an iPAddress has a wrong length");
      }
      return { kind: "iPAddress", value };
    case 0x88:
      return {
        kind: "registeredID",
        value: objectIdentifier(new Reader(der), 0x88),
      };
    default:
      throw new DecodeFailure("a GeneralName has an unknown form");
  }
}

/** `SEQUENCE SIZE (1..MAX) OF GeneralName`, from the contents of the SEQUENCE. */
export function generalNames(reader: Reader): readonly GeneralName[] {
  const names: GeneralName[] = [];
  do names.push(generalName(reader, [4, 16])); while (reader.remaining > 0);
  return names;
}

/** A DER GeneralNames. */
export function decodeGeneralNames(der: Uint8Array): readonly GeneralName[] {
  return generalNames(only(der, Tag.SEQUENCE));
}

/** An IPv4 address as four decimals, an IPv6 one as RFC 5952 wants it. */
export function ipText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join(".");
  const groups: number[] = [];
  for (let i = 0; i < 16; i += 2) groups.push(bytes[i]! << 8 | bytes[i + 1]!);
  // RFC 5952, 4.2: the longest run of at least two zero groups, the first of
  // equally long ones.
  let start = -1;
  let length = 1;
  for (let i = 0; i < 8; i++) {
    let end = i;
    while (end < 8 && groups[end] === 0) end++;
    if (end - i > length) {
      start = i;
      length = end - i;
    }
    if (end > i) i = end;
  }
  const text = groups.map((group) => group.toString(16));
  if (start < 0) return text.join(":");
  return `${text.slice(0, start).join(":")}::${
    text.slice(start + length).join(":")
  }`;
}

/** A GeneralName for people, in the words of `openssl x509 -text`. */
export function generalNameText(name: GeneralName): string {
  switch (name.kind) {
    case "dNSName":
      return `DNS:${printable(name.value)}`;
    case "rfc822Name":
      return `email:${printable(name.value)}`;
    case "uniformResourceIdentifier":
      return `URI:${printable(name.value)}`;
    case "iPAddress":
      return name.value.length === 8 || name.value.length === 32
        ? `IP:${ipText(name.value.subarray(0, name.value.length / 2))}/${
          ipText(name.value.subarray(name.value.length / 2))
        }`
        : `IP Address:${ipText(name.value)}`;
    case "directoryName":
      return `DirName:${nameText(name.value)}`;
    case "registeredID":
      return `Registered ID:${name.value}`;
    case "otherName":
      return `othername:${name.type}:${hex(name.value)}`;
    case "x400Address":
      return `X400Name:${hex(name.value)}`;
    case "ediPartyName":
      return `EdiPartyName:${hex(name.value)}`;
  }
}

/** ASCII text with the characters that a terminal obeys made visible. */
export function printable(text: string): string {
  return text.replace(
    /[^\x20-\x7e]/g,
    (character) =>
      `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
