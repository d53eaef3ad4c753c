/**
 * The record layer's numbers, each with where it comes from.
 *
 * @module
 */
import type { AeadName } from "../crypto/provider.ts";

/** ContentType, legacy_record_version and length, in bytes. */
export const HEADER_LENGTH = 5;

/**
 * "The length MUST NOT exceed 2^14 bytes": a record's content
 * ({@link https://www.rfc-editor.org/rfc/rfc8446#section-5.1 | RFC 8446, section 5.1}).
 */
export const MAX_PLAINTEXT = 2 ** 14;

/**
 * Content with its inner type and padding: "the full encoded TLSInnerPlaintext
 * MUST NOT exceed 2^14 + 1 octets"
 * ({@link https://www.rfc-editor.org/rfc/rfc8446#section-5.4 | RFC 8446, section 5.4}).
 * The outer limit of 2^14 + 256 never applies, as every AEAD here adds 16 bytes.
 */
export const MAX_INNER_PLAINTEXT: number = MAX_PLAINTEXT + 1;

/** Room that holds what any record decrypts to, and any plaintext record. */
export const RECORD_ROOM: number = MAX_INNER_PLAINTEXT;

/**
 * "Endpoints MUST NOT send a "record_size_limit" extension with a value smaller
 * than 64"
 * ({@link https://www.rfc-editor.org/rfc/rfc8449#section-4 | RFC 8449, section 4}).
 */
export const MIN_RECORD_SIZE_LIMIT = 64;

/**
 * How many records without content may come one after the other. They cost the
 * peer nothing and this end a decryption; an honest peer sends next to none.
 */
export const MAX_EMPTY_RECORDS = 32;

/**
 * How many change_cipher_spec records of middlebox compatibility are dropped in
 * one handshake. An honest peer sends one or two.
 */
export const MAX_CHANGE_CIPHER_SPECS = 32;

/**
 * Sequence numbers stop here, far below "2^64-1", so that a Number counts them
 * exactly.
 */
export const MAX_SEQUENCE: number = Number.MAX_SAFE_INTEGER;

/** How many records one key protects. */
export interface KeyLimit {
  /** From here on a KeyUpdate is due. */
  readonly update: number;
  /** No record is protected from here on. */
  readonly hard: number;
}

/**
 * "For AES-GCM, up to 2^24.5 full-size records (about 24 million) may be
 * encrypted on a given connection ... For ChaCha20/Poly1305, the record sequence
 * number would wrap before the safety limit is reached"
 * ({@link https://www.rfc-editor.org/rfc/rfc8446#section-5.5 | RFC 8446, section 5.5}).
 * The update is due well before, so that it can be answered in time.
 */
export const KEY_LIMITS: Readonly<Record<AeadName, KeyLimit>> = {
  "AES-128-GCM": { update: 2 ** 24, hard: Math.floor(2 ** 24.5) },
  "AES-256-GCM": { update: 2 ** 24, hard: Math.floor(2 ** 24.5) },
  "CHACHA20-POLY1305": { update: 2 ** 52, hard: MAX_SEQUENCE },
};

/**
 * So many records before the hard limit, application data is refused: what is
 * left is for the alerts and KeyUpdates that end the key's use.
 */
export const RESERVED_RECORDS = 16;
