/**
 * The sending half: content in, records out. It shares nothing with the
 * receiving half.
 *
 * @module
 */
import { TlsFailure } from "../failure.ts";
import { ContentType, ProtocolVersion } from "../iana.ts";
import { writeHeader } from "./frame.ts";
import {
  HEADER_LENGTH,
  MAX_PLAINTEXT,
  MIN_RECORD_SIZE_LIMIT,
} from "./limits.ts";
import type { Sealer } from "./protection.ts";
import { ByteQueue } from "./queue.ts";

/** Cuts content into records, protects them once there is a key, and queues them. */
export class RecordSender {
  /** What waits for the network. */
  readonly queue: ByteQueue = new ByteQueue();
  /**
   * legacy_record_version of records without protection: 0x0301 for an initial
   * ClientHello, "for compatibility purposes", else 0x0303.
   */
  plaintextVersion: number = ProtocolVersion.TLSv1_2;
  #sealer: Sealer | null = null;
  #limit: number | null = null;
  /** Handshake messages that share a record with those to come. */
  #flight = new ByteQueue();

  /** Whether records are protected. */
  get protected(): boolean {
    return this.#sealer !== null;
  }

  /** Whether the key should be replaced: TLS 1.3 sends a KeyUpdate. */
  get keyUpdateDue(): boolean {
    return this.#sealer?.keyUpdateDue ?? false;
  }

  /**
   * How many more records of application data the key protects; infinite
   * without protection. At 0, TLS 1.2 closes the connection.
   */
  get remaining(): number {
    return this.#sealer?.remaining ?? Infinity;
  }

  /** How many bytes of content one record takes now. */
  get maxContent(): number {
    const sealer = this.#sealer;
    if (sealer === null || this.#limit === null) {
      // "Unprotected messages are not subject to this limit."
      return MAX_PLAINTEXT;
    }
    // In TLS 1.3 the limit includes the content type.
    const type = sealer.version === ProtocolVersion.TLSv1_3 ? 1 : 0;
    return Math.min(MAX_PLAINTEXT, this.#limit - type);
  }

  /**
   * Obeys the peer's record_size_limit for protected records
   * ({@link https://www.rfc-editor.org/rfc/rfc8449#section-4 | RFC 8449, section 4}).
   * A larger one than TLS allows is no error and changes nothing. Throws
   * TlsFailure "illegal-parameter" below 64.
   */
  limitRecordSize(limit: number): void {
    if (!(limit >= MIN_RECORD_SIZE_LIMIT)) {
      throw new TlsFailure(
        "illegal-parameter",
        `the peer's record size limit is ${limit}, below ${MIN_RECORD_SIZE_LIMIT}`,
      );
    }
    this.#limit = limit;
  }

  /**
   * Protects with another key from the next record on; what is still to be
   * coalesced goes out under the old one, which is then overwritten.
   */
  install(sealer: Sealer): void {
    this.flush();
    this.#sealer?.destroy();
    this.#sealer = sealer;
  }

  /**
   * Takes a whole handshake message, to share records with those before and
   * after it until {@linkcode flush} or anything else is written.
   */
  handshake(message: Uint8Array): void {
    const at = this.#flight.reserve(message.length);
    this.#flight.bytes.set(message, at);
    this.#flight.commit(message.length);
  }

  /** Writes the handshake messages that wait. */
  flush(): void {
    const flight = this.#flight;
    if (flight.length > 0) {
      const bytes = flight.peek();
      this.#write(ContentType.handshake, bytes, 0);
      // A TLS 1.3 flight was meant to be secret.
      bytes.fill(0);
      flight.consume(bytes.length);
    }
  }

  /**
   * Writes `content` as as many records as it takes, each but the last full.
   * Empty content makes one empty record of application data, and is an error
   * for other types. `padding` zero bytes go into each record, as far as they
   * fit; only TLS 1.3 has them. Throws TlsFailure "key-limit" where the key is
   * used up; what was written before that stands.
   */
  write(type: ContentType, content: Uint8Array, padding = 0): void {
    this.flush();
    if (content.length === 0 && type !== ContentType.application_data) {
      throw new RangeError("Cannot write: only application data may be empty");
    }
    this.#write(type, content, padding);
  }

  /**
   * Writes a change_cipher_spec record without protection, whatever the key:
   * TLS 1.2's own, before the key is installed, or TLS 1.3's for middleboxes
   * ({@link https://www.rfc-editor.org/rfc/rfc8446#appendix-D.4 | RFC 8446, appendix D.4}).
   */
  changeCipherSpec(): void {
    this.flush();
    const at = this.queue.reserve(HEADER_LENGTH + 1);
    writeHeader(
      this.queue.bytes,
      at,
      ContentType.change_cipher_spec,
      ProtocolVersion.TLSv1_2,
      1,
    );
    this.queue.bytes[at + HEADER_LENGTH] = 1;
    this.queue.commit(HEADER_LENGTH + 1);
  }

  /** How many bytes `length` bytes of content become, without padding. */
  sealedLength(length: number): number {
    const records = Math.max(1, Math.ceil(length / this.maxContent));
    return length + records * (this.#sealer?.overhead ?? HEADER_LENGTH);
  }

  #write(type: ContentType, content: Uint8Array, padding: number): void {
    const max = this.maxContent;
    this.queue.reserve(this.sealedLength(content.length));
    if (content.length <= max) {
      this.#record(type, content, Math.min(padding, max - content.length));
      return;
    }
    for (let at = 0; at < content.length; at += max) {
      const part = content.subarray(at, at + max);
      this.#record(type, part, Math.min(padding, max - part.length));
    }
  }

  #record(type: ContentType, content: Uint8Array, padding: number): void {
    const { queue } = this;
    const sealer = this.#sealer;
    const overhead = sealer?.overhead ?? HEADER_LENGTH;
    const total = content.length + padding + overhead;
    const at = queue.reserve(total);
    if (sealer !== null) {
      sealer.seal(queue.bytes, at, type, content, padding);
    } else {
      if (padding !== 0 || type === ContentType.application_data) {
        throw new TlsFailure(
          "internal",
          "application data would leave without protection",
        );
      }
      writeHeader(
        queue.bytes,
        at,
        type,
        this.plaintextVersion,
        content.length,
      );
      queue.bytes.set(content, at + HEADER_LENGTH);
    }
    queue.commit(total);
  }

  /** Overwrites the key and what was to be coalesced. What is queued stays. */
  destroy(): void {
    const bytes = this.#flight.peek();
    bytes.fill(0);
    this.#flight.consume(bytes.length);
    this.#sealer?.destroy();
    this.#sealer = new SpentSealer();
  }
}

/** Stands where a key was: nothing leaves unprotected afterwards. */
class SpentSealer implements Sealer {
  readonly version = ProtocolVersion.TLSv1_3;
  readonly overhead = HEADER_LENGTH;
  readonly keyUpdateDue = false;
  readonly remaining = 0;

  seal(): number {
    throw new Error("Cannot write a record: the key was overwritten");
  }

  destroy(): void {}
}
