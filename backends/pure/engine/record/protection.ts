/**
 * What TLS 1.2's and 1.3's record protection have in common.
 *
 * @module
 */
import type { Aead } from "../crypto/provider.ts";
import { TlsFailure } from "../failure.ts";
import { ContentType } from "../iana.ts";
import type { Frame } from "./frame.ts";
import {
  KEY_LIMITS,
  type KeyLimit,
  MAX_SEQUENCE,
  RESERVED_RECORDS,
} from "./limits.ts";

/** Protects the records of one direction under one key. */
export interface Sealer {
  /** The protocol version that it is of. */
  readonly version: 0x0303 | 0x0304;
  /** By how many bytes a record is longer than its content and padding. */
  readonly overhead: number;
  /** Whether the key should be replaced. */
  readonly keyUpdateDue: boolean;
  /** How many more records of application data this key protects. */
  readonly remaining: number;
  /**
   * Writes one whole record, header included, to `output` at `at`, and returns
   * its length. The content may lie in `output`. Throws TlsFailure "key-limit"
   * when the key has protected as much as it may.
   */
  seal(
    output: Uint8Array,
    at: number,
    type: ContentType,
    content: Uint8Array,
    padding: number,
  ): number;
  /** Overwrites the key. */
  destroy(): void;
}

/** Removes the protection of the records of one direction under one key. */
export interface Opener {
  /** The protocol version that it is of. */
  readonly version: 0x0303 | 0x0304;
  /** By how many bytes a fragment is longer than what it decrypts to. */
  readonly overhead: number;
  /** Whether the peer should replace its key. */
  readonly keyUpdateDue: boolean;
  /** The type of the content that {@linkcode open} wrote last. */
  readonly type: ContentType;
  /**
   * Decrypts one record to the front of `output`, which must have room for its
   * fragment less {@linkcode overhead}, and returns the content's length, or -1
   * where it is not authentic: then `output` is as it was and the record does
   * not count. Throws TlsFailure where an authentic record is malformed; then
   * what it wrote is wiped.
   */
  open(output: Uint8Array, frame: Frame): number;
  /** Overwrites the key. */
  destroy(): void;
}

/** Where a sequence starts, for tests of its end. */
export interface ProtectionOptions {
  /** The first record's sequence number. Default: 0. */
  readonly sequence?: number;
}

/** Counts the records of one key, and says when it is used up. */
export class Sequence {
  /** The next record's number. */
  value: number;
  /** Its upper 32 bits. */
  high: number;
  /** Its lower 32 bits. */
  low: number;
  readonly #limit: KeyLimit;

  /** Counts from `start` for a key of `aead`. */
  constructor(aead: Aead, start = 0) {
    if (!(Number.isSafeInteger(start) && start >= 0)) {
      throw new RangeError("Cannot count from a sequence number like this");
    }
    this.value = start;
    this.high = Math.floor(start / 2 ** 32);
    this.low = start >>> 0;
    this.#limit = KEY_LIMITS[aead.name];
  }

  /** Whether a KeyUpdate is due. */
  get updateDue(): boolean {
    return this.value >= this.#limit.update;
  }

  /** How many more records of application data may be sent. */
  get remaining(): number {
    return Math.max(0, this.#limit.hard - RESERVED_RECORDS - this.value);
  }

  /** Throws where no record of `type` may be sent any more. */
  checkSend(type: ContentType): void {
    const reserved = type === ContentType.application_data
      ? RESERVED_RECORDS
      : 0;
    if (this.value >= this.#limit.hard - reserved) {
      throw new TlsFailure(
        "key-limit",
        `this key has protected ${this.value} records, which is its limit`,
      );
    }
  }

  /** Throws where the numbers are used up. */
  checkReceive(): void {
    // "Sequence numbers MUST NOT wrap."
    if (this.value >= MAX_SEQUENCE) {
      throw new TlsFailure("key-limit", "the sequence numbers are used up");
    }
  }

  /** Goes on to the next record. */
  advance(): void {
    this.value++;
    this.low = (this.low + 1) >>> 0;
    if (this.low === 0) {
      this.high++;
    }
  }
}
