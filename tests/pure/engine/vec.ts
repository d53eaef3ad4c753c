/**
 * Reads `key = hex` files in sections, the form of the RFC 8448 traces.
 *
 * @module
 */

/** A section's values as they stand. */
export type VecSection = ReadonlyMap<string, string>;

/** The sections of such a file by name. */
export function parseVec(text: string): ReadonlyMap<string, VecSection> {
  const sections = new Map<string, Map<string, string>>();
  let current = new Map<string, string>();
  for (const line of text.split("\n")) {
    const header = /^\[(.+)\]$/.exec(line.trim());
    if (header !== null) {
      current = new Map();
      sections.set(header[1]!, current);
      continue;
    }
    const entry = /^(\w+) = (.*)$/.exec(line.trim());
    if (entry !== null) current.set(entry[1]!, entry[2]!);
  }
  return sections;
}

/** Bytes of hex, with or without blanks. */
export function fromHex(hex: string): Uint8Array<ArrayBuffer> {
  const digits = hex.replaceAll(/\s/g, "");
  return Uint8Array.from(
    digits.match(/../g) ?? [],
    (pair) => Number.parseInt(pair, 16),
  );
}

/** Hex of bytes. */
export function toHex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
