/**
 * TLS 1.3's record protection
 * ({@link https://www.rfc-editor.org/rfc/rfc8446#section-5.2 | RFC 8446, section 5.2}).
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

/** Protects records as TLS 1.3 does. It owns the AEAD from now on. */
export class Sealer13 implements Sealer {
  readonly version: 0x0304 = ProtocolVersion.TLSv1_3;
  readonly overhead: number = HEADER_LENGTH + 1 + AEAD_TAG_LENGTH;
  readonly #aead: Aead;
  readonly #sequence: Sequence;
  readonly #aad = new Uint8Array(HEADER_LENGTH);

  /** With the key that `aead` holds. */
  constructor(aead: Aead, options: ProtectionOptions = {}) {
    this.#aead = aead;
    this.#sequence = new Sequence(aead, options.sequence);
  }

  get keyUpdateDue(): boolean {
    return this.#sequence.updateDue;
  }

  get remaining(): number {
    return this.#sequence.remaining;
  }

  seal(
    output: Uint8Array,
    at: number,
    type: ContentType,
    content: Uint8Array,
    padding: number,
  ): number {
    const sequence = this.#sequence;
    sequence.checkSend(type);
    const length = content.length + 1 + padding + AEAD_TAG_LENGTH;
    const total = HEADER_LENGTH + length;
    if (at + total > output.length) {
      throw new RangeError("Cannot seal: the output has no room");
    }
    // "The outer opaque_type field of a TLSCiphertext record is always set to
    // the value 23"; "legacy_record_version ... is always 0x0303"; both, and the
    // length, are the additional data.
    writeHeader(
      this.#aad,
      0,
      ContentType.application_data,
      ProtocolVersion.TLSv1_2,
      length,
    );
    this.#aead.seal(
      output.subarray(at + HEADER_LENGTH, at + total),
      content,
      type,
      padding,
      this.#aad,
      sequence.high,
      sequence.low,
    );
    // Only now, as the content may lie where the header goes.
    output.set(this.#aad, at);
    sequence.advance();
    return total;
  }

  destroy(): void {
    this.#aead.destroy();
  }
}

/** Removes TLS 1.3's record protection. It owns the AEAD from now on. */
export class Opener13 implements Opener {
  readonly version: 0x0304 = ProtocolVersion.TLSv1_3;
  readonly overhead: number = AEAD_TAG_LENGTH;
  type: ContentType = ContentType.alert;
  readonly #aead: Aead;
  readonly #sequence: Sequence;
  readonly #aad = new Uint8Array(HEADER_LENGTH);

  /** With the key that `aead` holds. */
  constructor(aead: Aead, options: ProtectionOptions = {}) {
    this.#aead = aead;
    this.#sequence = new Sequence(aead, options.sequence);
  }

  get keyUpdateDue(): boolean {
    return this.#sequence.updateDue;
  }

  open(output: Uint8Array, frame: Frame): number {
    const sequence = this.#sequence;
    sequence.checkReceive();
    if (frame.length < AEAD_TAG_LENGTH) {
      return -1;
    }
    writeHeader(this.#aad, 0, frame.type, frame.version, frame.length);
    const length = this.#aead.open(
      output,
      frame.bytes.subarray(frame.start, frame.start + frame.length),
      this.#aad,
      sequence.high,
      sequence.low,
    );
    if (length < 0) {
      return -1;
    }
    sequence.advance();
    // "The receiving implementation scans the field from the end toward the
    // beginning until it finds a non-zero octet", the content's type.
    let end = length - 1;
    while (end >= 0 && output[end] === 0) {
      end--;
    }
    const fault = this.#fault(end, end < 0 ? 0 : output[end]!);
    if (fault !== null) {
      output.fill(0, 0, length);
      throw fault;
    }
    this.type = output[end] as ContentType;
    // The type's byte is no content.
    output[end] = 0;
    return end;
  }

  /** What is wrong with content of `length` bytes and `type`, or `null`. */
  #fault(length: number, type: number): TlsFailure | null {
    if (length < 0) {
      // "If a receiving implementation does not find a non-zero octet in the
      // cleartext, it MUST terminate the connection with an
      // "unexpected_message" alert."
      return new TlsFailure("record-type", "a record has no content type");
    }
    switch (type) {
      case ContentType.application_data:
        break;
      case ContentType.alert:
      case ContentType.handshake:
        // "Implementations MUST NOT send Handshake and Alert records that have
        // a zero-length TLSInnerPlaintext.content".
        if (length === 0) {
          return new TlsFailure(
            "record-empty",
            "a record of handshake messages or an alert is empty",
          );
        }
        break;
      default:
        // change_cipher_spec too: "An implementation which receives ... a
        // protected change_cipher_spec record MUST abort".
        return new TlsFailure(
          "record-type",
          `a protected record has the content type ${type}`,
        );
    }
    if (length > MAX_PLAINTEXT) {
      return new TlsFailure(
        "record-overflow",
        `a record has ${length} bytes of content`,
      );
    }
    return null;
  }

  destroy(): void {
    this.#aead.destroy();
  }
}
