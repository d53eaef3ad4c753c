/**
 * TLS 1.2's record protection by AEADs
 * ({@link https://www.rfc-editor.org/rfc/rfc5246#section-6.2.3.3 | RFC 5246, section 6.2.3.3};
 * GCM: {@link https://www.rfc-editor.org/rfc/rfc5288#section-3 | RFC 5288, section 3};
 * ChaCha20-Poly1305: {@link https://www.rfc-editor.org/rfc/rfc7905#section-2 | RFC 7905, section 2}).
 *
 * @module
 */
import { AEAD_TAG_LENGTH } from "../crypto/aead.ts";
import type { Aead } from "../crypto/provider.ts";
import { TlsFailure } from "../failure.ts";
import { ContentType, ProtocolVersion } from "../iana.ts";
import { type Frame, writeHeader } from "./frame.ts";
import { HEADER_LENGTH, MAX_PLAINTEXT } from "./limits.ts";
import {
  type Opener,
  type ProtectionOptions,
  type Sealer,
  Sequence,
} from "./protection.ts";

/** The part of a GCM nonce that travels with each record, in bytes. */
const EXPLICIT_NONCE_LENGTH = 8;

/** seq_num, type, version and length. */
const AAD_LENGTH = 13;

function explicitLength(aead: Aead): number {
  return aead.name === "CHACHA20-POLY1305" ? 0 : EXPLICIT_NONCE_LENGTH;
}

function writeUint32(output: Uint8Array, at: number, value: number): void {
  output[at] = value >>> 24;
  output[at + 1] = value >>> 16;
  output[at + 2] = value >>> 8;
  output[at + 3] = value;
}

function readUint32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24 | bytes[at + 1]! << 16 | bytes[at + 2]! << 8 |
    bytes[at + 3]!) >>> 0;
}

/** "additional_data = seq_num + TLSCompressed.type + .version + .length". */
function writeAad(
  aad: Uint8Array,
  sequence: Sequence,
  type: ContentType,
  length: number,
): void {
  writeUint32(aad, 0, sequence.high);
  writeUint32(aad, 4, sequence.low);
  writeHeader(aad, 8, type, ProtocolVersion.TLSv1_2, length);
}

/** Protects records as TLS 1.2 does. It owns the AEAD from now on. */
export class Sealer12 implements Sealer {
  readonly version: 0x0303 = ProtocolVersion.TLSv1_2;
  readonly overhead: number;
  /** TLS 1.2 has no KeyUpdate: the connection ends at the limit. */
  readonly keyUpdateDue = false;
  readonly #explicit: number;
  readonly #aead: Aead;
  readonly #sequence: Sequence;
  readonly #aad = new Uint8Array(AAD_LENGTH);

  /** With the key that `aead` holds. */
  constructor(aead: Aead, options: ProtectionOptions = {}) {
    this.#aead = aead;
    this.#explicit = explicitLength(aead);
    this.overhead = HEADER_LENGTH + this.#explicit + AEAD_TAG_LENGTH;
    this.#sequence = new Sequence(aead, options.sequence);
  }

  get remaining(): number {
    return this.#sequence.remaining;
  }

  /** TLS 1.2 has no padding here: any but 0 throws RangeError. */
  seal(
    output: Uint8Array,
    at: number,
    type: ContentType,
    content: Uint8Array,
    padding: number,
  ): number {
    const sequence = this.#sequence;
    sequence.checkSend(type);
    const total = this.overhead + content.length;
    if (padding !== 0) {
      throw new RangeError("Cannot seal: TLS 1.2 has no padding");
    }
    if (at + total > output.length) {
      throw new RangeError("Cannot seal: the output has no room");
    }
    writeAad(this.#aad, sequence, type, content.length);
    const start = at + HEADER_LENGTH + this.#explicit;
    this.#aead.seal(
      output.subarray(start, at + total),
      content,
      -1,
      0,
      this.#aad,
      sequence.high,
      sequence.low,
    );
    // Only now, as the content may lie where these go.
    writeHeader(
      output,
      at,
      type,
      ProtocolVersion.TLSv1_2,
      total - HEADER_LENGTH,
    );
    if (this.#explicit > 0) {
      // "The nonce_explicit MAY be the 64-bit sequence number": so it is
      // unique under this key.
      writeUint32(output, at + HEADER_LENGTH, sequence.high);
      writeUint32(output, at + HEADER_LENGTH + 4, sequence.low);
    }
    sequence.advance();
    return total;
  }

  destroy(): void {
    this.#aead.destroy();
  }
}

/** Removes TLS 1.2's record protection. It owns the AEAD from now on. */
export class Opener12 implements Opener {
  readonly version: 0x0303 = ProtocolVersion.TLSv1_2;
  readonly overhead: number;
  /** TLS 1.2 has no KeyUpdate. */
  readonly keyUpdateDue = false;
  type: ContentType = ContentType.alert;
  readonly #explicit: number;
  readonly #aead: Aead;
  readonly #sequence: Sequence;
  readonly #aad = new Uint8Array(AAD_LENGTH);

  /** With the key that `aead` holds. */
  constructor(aead: Aead, options: ProtectionOptions = {}) {
    this.#aead = aead;
    this.#explicit = explicitLength(aead);
    this.overhead = this.#explicit + AEAD_TAG_LENGTH;
    this.#sequence = new Sequence(aead, options.sequence);
  }

  open(output: Uint8Array, frame: Frame): number {
    const sequence = this.#sequence;
    sequence.checkReceive();
    const length = frame.length - this.overhead;
    if (length < 0) {
      return -1;
    }
    if (length > MAX_PLAINTEXT) {
      throw new TlsFailure(
        "record-overflow",
        `a record has ${length} bytes of content`,
      );
    }
    writeAad(this.#aad, sequence, frame.type, length);
    const { bytes, start } = frame;
    const explicit = this.#explicit > 0;
    const opened = this.#aead.open(
      output,
      bytes.subarray(start + this.#explicit, start + frame.length),
      this.#aad,
      explicit ? readUint32(bytes, start) : sequence.high,
      explicit ? readUint32(bytes, start + 4) : sequence.low,
    );
    if (opened < 0) {
      return -1;
    }
    sequence.advance();
    if (length === 0 && frame.type !== ContentType.application_data) {
      // "Implementations MUST NOT send zero-length fragments of Handshake,
      // Alert, or ChangeCipherSpec content types."
      throw new TlsFailure("record-empty", "a record of messages is empty");
    }
    this.type = frame.type;
    return length;
  }

  destroy(): void {
    this.#aead.destroy();
  }
}
