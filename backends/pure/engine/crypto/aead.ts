/**
 * What the AEADs of TLS have in numbers
 * ({@link https://www.rfc-editor.org/rfc/rfc5116 | RFC 5116},
 * {@link https://www.rfc-editor.org/rfc/rfc8439 | RFC 8439}).
 *
 * @module
 */
import type { AeadName } from "./provider.ts";

/** The length of each AEAD's key, in bytes. */
export const AEAD_KEY_LENGTH: Readonly<Record<AeadName, number>> = {
  "AES-128-GCM": 16,
  "AES-256-GCM": 32,
  "CHACHA20-POLY1305": 32,
};

/** The length of every AEAD's nonce, in bytes. */
export const AEAD_NONCE_LENGTH = 12;

/** The length of every AEAD's tag, in bytes. */
export const AEAD_TAG_LENGTH = 16;
