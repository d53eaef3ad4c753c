/**
 * PEM ({@link https://www.rfc-editor.org/rfc/rfc7468 | RFC 7468}): blocks of
 * base64 between lines that say what they are; anything around them is ignored.
 *
 * @module
 */
import { DecodeFailure } from "../codec/reader.ts";

/** One block. */
export interface PemBlock {
  /** "CERTIFICATE", "PRIVATE KEY", … */
  readonly label: string;
  /** `Proc-Type` and the like of the older form; nearly always empty. */
  readonly headers: ReadonlyMap<string, string>;
  /** The decoded body. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

const BEGIN = "-----BEGIN ";
const DASHES = "-----";

/**
 * A label ({@link https://www.rfc-editor.org/rfc/rfc7468#section-3 | RFC 7468, section 3}).
 * What stands between damaged dashes may be the key itself, and labels are named
 * in messages.
 */
const LABEL = /^(?:[\x21-\x2c\x2e-\x7e](?:[- ]?[\x21-\x2c\x2e-\x7e])*)?$/;

/** Longest label; "X509 CERTIFICATE" and its like have a quarter of that. */
const MAXIMUM_LABEL = 64;

/**
 * All blocks of `text`, in order. Throws `DecodeFailure` on a block that does
 * not end, ends under another label, or is not base64.
 */
export function decodePem(text: string): readonly PemBlock[] {
  const blocks: PemBlock[] = [];
  let at = 0;
  while (true) {
    const begin = text.indexOf(BEGIN, at);
    if (begin < 0) return blocks;
    const labelEnd = text.indexOf(DASHES, begin + BEGIN.length);
    if (labelEnd < 0) throw new DecodeFailure("a PEM header does not end");
    const label = text.slice(begin + BEGIN.length, labelEnd);
    if (label.length > MAXIMUM_LABEL || !LABEL.test(label)) {
      throw new DecodeFailure("a PEM header has no label");
    }
    const bodyStart = labelEnd + DASHES.length;
    const footer = `-----END ${label}-----`;
    const end = text.indexOf(footer, bodyStart);
    if (end < 0) throw new DecodeFailure("a PEM block has no END line");
    const { headers, body } = split(text.slice(bodyStart, end));
    const bytes = label.endsWith("PRIVATE KEY")
      ? decodeSecretBase64(body)
      : decodeBase64(body);
    blocks.push({ label, headers, bytes });
    at = end + footer.length;
  }
}

function split(
  body: string,
): { headers: ReadonlyMap<string, string>; body: string } {
  const headers = new Map<string, string>();
  if (!body.includes(":")) return { headers, body };
  // RFC 1421: headers up to the first empty line.
  const lines = body.trimStart().split(/\r?\n/);
  let i = 0;
  for (; i < lines.length && lines[i] !== ""; i++) {
    const line = lines[i]!;
    const colon = line.indexOf(":");
    if (colon > 0) {
      headers.set(line.slice(0, colon), line.slice(colon + 1).trim());
    }
  }
  return { headers, body: lines.slice(i).join("\n") };
}

/** Padded base64 with white space anywhere, for what is no secret. */
function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  // The built-in one is native where it exists, and skips white space too.
  const native = (Uint8Array as unknown as {
    fromBase64?: (
      text: string,
      options: { lastChunkHandling: "strict" },
    ) => Uint8Array<ArrayBuffer>;
  }).fromBase64;
  if (native === undefined) return decodeSecretBase64(text);
  try {
    return native.call(Uint8Array, text, { lastChunkHandling: "strict" });
  } catch (cause) {
    throw new DecodeFailure("a PEM block is not base64", { cause });
  }
}

/** All ones where `low <= code <= high`, else zero. */
function within(code: number, low: number, high: number): number {
  return ~((code - low) >> 31 | (high - code) >> 31);
}

/** The sextet of a base64 character plus one, or 0; without branch or table. */
function sextet(code: number): number {
  return within(code, 0x41, 0x5a) & (code - 0x41 + 1) |
    within(code, 0x61, 0x7a) & (code - 0x61 + 27) |
    within(code, 0x30, 0x39) & (code - 0x30 + 53) |
    within(code, 0x2b, 0x2b) & 63 |
    within(code, 0x2f, 0x2f) & 64;
}

/**
 * Padded base64 with white space anywhere, for private keys: which characters
 * are white space and padding is no secret, and only that is branched on.
 */
export function decodeSecretBase64(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(Math.ceil(text.length * 3 / 4));
  let length = 0;
  let bits = 0;
  let count = 0;
  let padding = 0;
  let late = false;
  let invalid = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x3d) {
      padding++;
      continue;
    }
    if (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09) {
      continue;
    }
    late ||= padding > 0;
    const value = sextet(code);
    // Goes to -1, all ones, where the character is none of the alphabet.
    invalid |= (value - 1) >> 31;
    bits = (bits << 6 | (value - 1 & 0x3f)) & 0xffffff;
    if ((++count & 3) === 0) {
      bytes[length++] = bits >>> 16;
      bytes[length++] = bits >>> 8;
      bytes[length++] = bits;
    }
  }
  const left = count & 3;
  if (left === 2) {
    invalid |= bits & 0xf;
    bytes[length++] = bits >>> 4;
  } else if (left === 3) {
    invalid |= bits & 0x3;
    bytes[length++] = bits >>> 10;
    bytes[length++] = bits >>> 2;
  }
  if (
    invalid !== 0 || late || left === 1 ||
    padding !== (left === 0 ? 0 : 4 - left)
  ) {
    bytes.fill(0);
    throw new DecodeFailure("a PEM block is not base64");
  }
  const result = bytes.slice(0, length);
  bytes.fill(0);
  return result;
}

/** The DER of every certificate in `text`. */
export function certificatesOfPem(
  text: string,
): readonly Uint8Array<ArrayBuffer>[] {
  return decodePem(text)
    .filter(({ label }) =>
      label === "CERTIFICATE" || label === "X509 CERTIFICATE"
    )
    .map(({ bytes }) => bytes);
}
