/**
 * The alert message.
 *
 * {@link https://www.rfc-editor.org/rfc/rfc8446#section-6 | RFC 8446, section 6}.
 *
 * @module
 */
import { Reader } from "../codec/reader.ts";
import { AlertDescription } from "../iana.ts";

/** An alert that was received. */
export interface Alert {
  /** 1 (warning) or 2 (fatal) from honest peers; TLS 1.3 ignores it. */
  readonly level: number;
  /** The code point, known or not. */
  readonly description: number;
}

/**
 * Reads an alert record's content: "Alert messages MUST NOT be fragmented
 * across records, and multiple alert messages MUST NOT be coalesced".
 */
export function decodeAlert(content: Uint8Array): Alert {
  const reader = new Reader(content);
  const level = reader.uint8();
  const description = reader.uint8();
  reader.end();
  return { level, description };
}

/** Whether an alert is one of the two that are no error: the warnings that are left. */
export function isWarning(description: number): boolean {
  return description === AlertDescription.close_notify ||
    description === AlertDescription.user_canceled;
}

/** The content of an alert record. */
export function encodeAlert(description: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.of(isWarning(description) ? 1 : 2, description);
}

const NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(AlertDescription).map(([name, code]) => [code, name]),
);

/** An alert's registered name, or its number. */
export function alertName(description: number): string {
  return NAMES.get(description) ?? `alert ${description}`;
}
