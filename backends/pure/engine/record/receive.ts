/**
 * The receiving half: bytes in, authenticated content out. It shares nothing
 * with the sending half.
 *
 * @module
 */
import { TlsFailure } from "../failure.ts";
import { ContentType, ProtocolVersion } from "../iana.ts";
import { Deframer } from "./frame.ts";
import {
  HEADER_LENGTH,
  MAX_CHANGE_CIPHER_SPECS,
  MAX_EMPTY_RECORDS,
  MAX_INNER_PLAINTEXT,
  MAX_PLAINTEXT,
  MIN_RECORD_SIZE_LIMIT,
} from "./limits.ts";
import type { Opener } from "./protection.ts";

/**
 * What becomes of a change_cipher_spec record: TLS 1.2 delivers it; TLS 1.3
 * drops it "at any time after the first ClientHello message has been sent or
 * received and before the peer's Finished message has been received"; at any
 * other time it is refused.
 */
export type ChangeCipherSpecPolicy = "refuse" | "drop" | "deliver";

/** Cuts records out of a stream and removes their protection. */
export class RecordReceiver {
  /** What becomes of a change_cipher_spec record. */
  changeCipherSpec: ChangeCipherSpecPolicy = "refuse";
  /**
   * Whether an alert may come without protection although there is a key: a
   * server that has sent its ServerHello allows it until the first record that
   * decrypts, as a client that cannot derive the keys has no other way to say
   * so. Cleared by that record.
   */
  plaintextAlerts = false;
  /** How many bytes {@linkcode next} wrote last. */
  length = 0;

  readonly #deframer = new Deframer(MAX_PLAINTEXT);
  #opener: Opener | null = null;
  #limit = Infinity;
  /** Bytes of records that may still fail to decrypt; -1: none may. */
  #skippable = -1;
  #empty = 0;
  #dropped = 0;
  #failure: unknown = null;

  /** Whether records must be protected. */
  get protected(): boolean {
    return this.#opener !== null;
  }

  /** Whether the peer's key should be replaced: ask it for a KeyUpdate. */
  get keyUpdateDue(): boolean {
    return this.#opener?.keyUpdateDue ?? false;
  }

  /** How many bytes wait, those of a part of a record included. */
  get buffered(): number {
    return this.#deframer.buffered;
  }

  /**
   * Takes bytes of the stream. They are read where they are until
   * {@linkcode next} returns `null` or {@linkcode retain} is called.
   */
  feed(data: Uint8Array): void {
    this.#deframer.feed(data);
  }

  /** Copies what is left of the bytes given, which are then the caller's again. */
  retain(): void {
    this.#deframer.retain();
  }

  /**
   * Expects protection by another key from the next record on. The old one is
   * overwritten. "Sequence numbers ... set to zero at the beginning of a
   * connection and whenever the key is changed": the opener has its own.
   */
  install(opener: Opener): void {
    this.#opener?.destroy();
    this.#opener = opener;
    this.#setMaxLength();
  }

  /**
   * Holds protected records to the record_size_limit that this end has sent,
   * and that the peer has agreed to
   * ({@link https://www.rfc-editor.org/rfc/rfc8449#section-4 | RFC 8449, section 4}).
   */
  limitRecordSize(limit: number): void {
    if (!(limit >= MIN_RECORD_SIZE_LIMIT)) {
      throw new RangeError(
        `Cannot limit records to ${limit} bytes: ${MIN_RECORD_SIZE_LIMIT} is the least`,
      );
    }
    this.#limit = limit;
    this.#setMaxLength();
  }

  #setMaxLength(): void {
    const opener = this.#opener;
    if (opener !== null) {
      const most = opener.version === ProtocolVersion.TLSv1_3
        ? MAX_INNER_PLAINTEXT
        : MAX_PLAINTEXT;
      this.#deframer.setMaxLength(
        Math.min(this.#limit, most) + opener.overhead,
      );
    }
  }

  /**
   * Skips early data that this end has rejected: without a key, all records of
   * application data; with one, those that do not decrypt, until one does. More
   * than `budget` bytes of them, headers included, end the connection
   * ({@link https://www.rfc-editor.org/rfc/rfc8446#section-4.2.10 | RFC 8446, section 4.2.10}).
   */
  skipEarlyData(budget: number): void {
    this.#skippable = budget;
  }

  /** No more early data to skip: an unprotected second ClientHello came. */
  endEarlyData(): void {
    this.#skippable = -1;
  }

  /**
   * How many bytes of room {@linkcode next} needs for the next record, or
   * `null` where it is not all there.
   */
  room(): number | null {
    return this.#guarded(() =>
      this.#deframer.peek()
        ? Math.max(0, this.#deframer.length - (this.#opener?.overhead ?? 0))
        : null
    );
  }

  /**
   * Writes the next record's content to the front of `output` and returns its
   * type, or `null` where more bytes are needed. `output` needs
   * {@linkcode RECORD_ROOM} bytes, or {@linkcode room}'s; it may not overlap
   * what was given to {@linkcode feed}. What lies behind the content in it is
   * undefined. Throws TlsFailure on any fault, and again ever after; nothing of
   * the record is then in `output`.
   */
  next(output: Uint8Array): ContentType | null {
    if (this.#failure !== null) {
      throw this.#failure;
    }
    try {
      const type = this.#next(output);
      // Its content is in `output` now.
      this.#deframer.release();
      return type;
    } catch (error) {
      if (error instanceof TlsFailure) {
        this.#failure = error;
      }
      throw error;
    }
  }

  #guarded<T>(body: () => T): T {
    if (this.#failure !== null) {
      throw this.#failure;
    }
    try {
      return body();
    } catch (error) {
      if (error instanceof TlsFailure) {
        this.#failure = error;
      }
      throw error;
    }
  }

  #next(output: Uint8Array): ContentType | null {
    const frame = this.#deframer;
    while (frame.peek()) {
      const opener = this.#opener;
      if (output.length < frame.length - (opener?.overhead ?? 0)) {
        throw new RangeError("Cannot read a record: the output has no room");
      }
      frame.take();
      if (
        frame.type === ContentType.change_cipher_spec &&
        opener?.version !== ProtocolVersion.TLSv1_2
      ) {
        if (this.#takeChangeCipherSpec(output)) {
          return ContentType.change_cipher_spec;
        }
        continue;
      }
      const type = opener === null || this.#isPlaintextAlert(opener)
        ? this.#takePlaintext(output)
        : this.#takeProtected(output, opener);
      if (type !== null) {
        return type;
      }
    }
    return null;
  }

  /** True where it is to be delivered. */
  #takeChangeCipherSpec(output: Uint8Array): boolean {
    const frame = this.#deframer;
    if (this.changeCipherSpec === "refuse") {
      throw new TlsFailure(
        "unexpected-message",
        "the peer sent change_cipher_spec at a time when it may not",
      );
    }
    // "consisting of the single byte value 0x01"; "An implementation which
    // receives any other change_cipher_spec value ... MUST abort the handshake
    // with an "unexpected_message" alert."
    if (frame.length !== 1 || frame.bytes[frame.start] !== 1) {
      throw new TlsFailure(
        "unexpected-message",
        "the peer's change_cipher_spec is not the single byte 1",
      );
    }
    if (this.changeCipherSpec === "deliver") {
      this.length = 1;
      output[0] = 1;
      return true;
    }
    if (++this.#dropped > MAX_CHANGE_CIPHER_SPECS) {
      throw new TlsFailure(
        "record-flood",
        "the peer sent too many change_cipher_spec records",
      );
    }
    return false;
  }

  #isPlaintextAlert(opener: Opener): boolean {
    return this.plaintextAlerts && this.#deframer.type === ContentType.alert &&
      opener.version === ProtocolVersion.TLSv1_3;
  }

  #takePlaintext(output: Uint8Array): ContentType | null {
    const frame = this.#deframer;
    if (frame.type === ContentType.application_data) {
      if (this.#skip()) {
        return null;
      }
      throw new TlsFailure(
        "unexpected-message",
        "the peer sent application data before there is a key",
      );
    }
    // The minor version varies between honest peers; the major never does.
    if (frame.version >>> 8 !== ProtocolVersion.TLSv1_2 >>> 8) {
      throw new TlsFailure(
        "record-version",
        `the peer sent a record of version ${frame.version}`,
      );
    }
    if (frame.length === 0) {
      throw new TlsFailure("record-empty", "a record of messages is empty");
    }
    output.set(frame.bytes.subarray(frame.start, frame.start + frame.length));
    this.length = frame.length;
    return frame.type;
  }

  #takeProtected(output: Uint8Array, opener: Opener): ContentType | null {
    const frame = this.#deframer;
    if (opener.version === ProtocolVersion.TLSv1_3) {
      if (frame.type !== ContentType.application_data) {
        throw new TlsFailure(
          "unexpected-message",
          `the peer sent an unprotected record of type ${frame.type}`,
        );
      }
    } else if (frame.version !== ProtocolVersion.TLSv1_2) {
      throw new TlsFailure(
        "record-version",
        `the peer sent a record of version ${frame.version}`,
      );
    }
    const length = opener.open(output, frame);
    if (length < 0) {
      if (this.#skip()) {
        return null;
      }
      throw new TlsFailure("bad-record-mac", "a record is not authentic");
    }
    this.#skippable = -1;
    this.plaintextAlerts = false;
    if (length > 0) {
      this.#empty = 0;
    } else if (++this.#empty > MAX_EMPTY_RECORDS) {
      throw new TlsFailure(
        "record-flood",
        "the peer sent too many empty records",
      );
    }
    this.length = length;
    return opener.type;
  }

  /** Whether the record is early data to be skipped. */
  #skip(): boolean {
    if (this.#skippable < 0) {
      return false;
    }
    // The header too, so that empty records use the budget up.
    this.#skippable -= HEADER_LENGTH + this.#deframer.length;
    if (this.#skippable < 0) {
      throw new TlsFailure(
        "record-flood",
        "the peer sent more early data than it was allowed",
      );
    }
    return true;
  }

  /** Overwrites the key and drops what waits. */
  destroy(): void {
    this.#failure ??= new Error(
      "Cannot read a record: the key was overwritten",
    );
    this.#opener?.destroy();
    this.#opener = null;
    this.#deframer.destroy();
  }
}
