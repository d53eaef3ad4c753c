/**
 * Whether a certificate is for the server that was meant
 * ({@link https://www.rfc-editor.org/rfc/rfc9525 | RFC 9525}): dNSName and
 * iPAddress of subjectAltName decide, the common name never does.
 *
 * @module
 */
import type { GeneralName } from "./general_name.ts";
import { ipText } from "./general_name.ts";
import { sameBytes } from "./der.ts";

/** Which server is meant: the reference identifier. */
export type ServerName =
  | {
    readonly kind: "dns";
    /** Lower-case A-labels, without a trailing dot. */
    readonly name: string;
  }
  | {
    readonly kind: "ip";
    /** 4 or 16 bytes. */
    readonly address: Uint8Array;
  };

/** Longest DNS name ({@link https://www.rfc-editor.org/rfc/rfc1035#section-3.1 | RFC 1035, section 3.1}). */
const MAXIMUM_NAME = 253;
/** Longest label. */
const MAXIMUM_LABEL = 63;

/**
 * Reads what a caller names: an IPv4 or IPv6 address (brackets allowed), or a DNS
 * name in A-labels, with or without a trailing dot. `null` for anything else; a
 * name with U-labels must be converted first (`new URL` does).
 */
export function parseServerName(text: string): ServerName | null {
  const bare = text.startsWith("[") && text.endsWith("]")
    ? text.slice(1, -1)
    : text;
  const address = parseIpv4(bare) ?? parseIpv6(bare);
  if (address !== null) return { kind: "ip", address };
  const name = text.endsWith(".") ? text.slice(0, -1) : text;
  const lower = asciiLower(name);
  // All digits at the end: a malformed IPv4 address, which no DNS name is.
  if (!isDnsName(lower, { underscores: true }) || /(^|\.)\d+$/.test(lower)) {
    return null;
  }
  return { kind: "dns", name: lower };
}

/** A server name for messages. */
export function serverNameText(name: ServerName): string {
  return name.kind === "dns" ? name.name : ipText(name.address);
}

/** Folds A to Z alone, "case-insensitive ASCII comparison" (RFC 9525, 6.3). */
export function asciiLower(text: string): string {
  return /[A-Z]/.test(text)
    ? text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
    : text;
}

/**
 * Whether `name` is a DNS name in the preferred syntax (RFC 1034, 3.5; RFC 1123,
 * 2.1), lower or upper case, no trailing dot. With `underscores`, as hosts in
 * private networks are named, those too.
 */
export function isDnsName(
  name: string,
  options: { readonly underscores: boolean },
): boolean {
  if (name === "" || name.length > MAXIMUM_NAME) return false;
  const label = options.underscores
    ? /^[a-zA-Z0-9_](?:[a-zA-Z0-9_-]*[a-zA-Z0-9_])?$/
    : /^[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?$/;
  for (const part of name.split(".")) {
    if (part.length > MAXIMUM_LABEL || !label.test(part)) return false;
  }
  return true;
}

/**
 * What a dNSName says: a name, or a wildcard for one label in front of `suffix`.
 * `null` where it is neither. RFC 9525, 6.3: the wildcard is "the complete
 * left-most label". At least two labels must follow: `*.com` is nobody's, and
 * browsers and OpenSSL refuse it as well.
 */
export function presentedDnsName(
  value: string,
): { readonly wildcard: boolean; readonly name: string } | null {
  const wildcard = value.startsWith("*.");
  const name = asciiLower(wildcard ? value.slice(2) : value);
  if (!isDnsName(name, { underscores: true })) return null;
  if (wildcard && !name.includes(".")) return null;
  return { wildcard, name };
}

/** Whether one of `names` is for `server`. */
export function matchesServerName(
  names: readonly GeneralName[],
  server: ServerName,
): boolean {
  for (const name of names) {
    if (server.kind === "ip") {
      // "A match occurs if the ... octets are equal", so mapped IPv4 is IPv6.
      if (
        name.kind === "iPAddress" && sameBytes(name.value, server.address)
      ) return true;
      continue;
    }
    if (name.kind !== "dNSName") continue;
    const presented = presentedDnsName(name.value);
    if (presented === null) continue;
    if (!presented.wildcard) {
      if (presented.name === server.name) return true;
      continue;
    }
    const dot = server.name.indexOf(".");
    if (dot > 0 && server.name.slice(dot + 1) === presented.name) return true;
  }
  return false;
}

/** Four decimals of 0 to 255 without leading zeros (RFC 3986, 3.2.2). */
export function parseIpv4(text: string): Uint8Array | null {
  const parts = text.split(".");
  if (parts.length !== 4) return null;
  const bytes = new Uint8Array(4);
  for (let i = 0; i < 4; i++) {
    const part = parts[i]!;
    if (!/^(?:0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return null;
    bytes[i] = Number(part);
  }
  return bytes;
}

/** The forms of {@link https://www.rfc-editor.org/rfc/rfc4291#section-2.2 | RFC 4291, section 2.2}, without a zone. */
export function parseIpv6(text: string): Uint8Array | null {
  const halves = text.split("::");
  if (halves.length > 2 || !text.includes(":")) return null;
  const head = groups(halves[0]!, halves.length === 1);
  const tail = halves.length === 2 ? groups(halves[1]!, true) : [];
  if (head === null || tail === null) return null;
  const zeros = 16 - head.length - tail.length;
  // "::" stands for at least one group of zeros.
  if (halves.length === 2 ? zeros < 2 : zeros !== 0) return null;
  const bytes = new Uint8Array(16);
  bytes.set(head, 0);
  bytes.set(tail, 16 - tail.length);
  return bytes;
}

function groups(text: string, last: boolean): number[] | null {
  if (text === "") return [];
  const bytes: number[] = [];
  const parts = text.split(":");
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i]!;
    if (last && i === parts.length - 1 && part.includes(".")) {
      const ipv4 = parseIpv4(part);
      if (ipv4 === null) return null;
      bytes.push(...ipv4);
      continue;
    }
    if (!/^[0-9a-fA-F]{1,4}$/.test(part)) return null;
    const group = parseInt(part, 16);
    bytes.push(group >> 8, group & 0xff);
  }
  return bytes;
}
