/**
 * Where one record ends and the next begins
 * ({@link https://www.rfc-editor.org/rfc/rfc8446#section-5.1 | RFC 8446, section 5.1}).
 *
 * @module
 */
import { TlsFailure } from "../failure.ts";
import { ContentType } from "../iana.ts";
import { HEADER_LENGTH } from "./limits.ts";

/** One whole record, as views into memory that others write to later. */
export interface Frame {
  /** ContentType on the wire. */
  readonly type: ContentType;
  /** legacy_record_version. */
  readonly version: number;
  /** What holds the fragment. */
  readonly bytes: Uint8Array;
  /** Where the fragment starts in it. */
  readonly start: number;
  /** The fragment's length. */
  readonly length: number;
}

const NOTHING = new Uint8Array(0);

/** Writes a record's header to `output` at `at`. */
export function writeHeader(
  output: Uint8Array,
  at: number,
  type: ContentType,
  version: number,
  length: number,
): void {
  output[at] = type;
  output[at + 1] = version >>> 8;
  output[at + 2] = version;
  output[at + 3] = length >>> 8;
  output[at + 4] = length;
}

/** Buffers of parts of records that no deframer needs now, for all of them. */
const spares: Uint8Array[] = [];

/** So many of them stay. What they hold went over the wire as it is. */
const MAX_SPARES = 4;

/** Every buffer of a part of a record is this long, or longer when it must. */
const SPARE_LENGTH = 17 * 1024;

function isStable(data: Uint8Array): boolean {
  const buffer = data.buffer as ArrayBuffer;
  return buffer instanceof ArrayBuffer && !buffer.resizable;
}

/**
 * Cuts a stream of bytes into records. A record that lies whole in the bytes
 * given is not copied; one that comes in parts is put together, once.
 */
export class Deframer implements Frame {
  type: ContentType = ContentType.alert;
  version = 0;
  bytes: Uint8Array = NOTHING;
  start = 0;
  length = 0;

  #maxLength: number;

  /** Bytes that came first: a part of a record, or what {@linkcode retain} kept. */
  #held: Uint8Array | null = null;
  #heldStart = 0;
  #heldEnd = 0;
  /** Bytes that came last, not yet taken, in the caller's memory. */
  #data: Uint8Array | null = null;
  #dataStart = 0;
  #staged = false;

  /** Takes fragments of up to `maxLength` bytes. */
  constructor(maxLength: number) {
    this.#maxLength = maxLength;
  }

  /** From now on takes fragments of up to `maxLength` bytes. */
  setMaxLength(maxLength: number): void {
    this.#maxLength = maxLength;
    // A record that was found under the old limit is looked at again.
    this.#staged = false;
  }

  /** How many bytes wait, those of a part of a record included. */
  get buffered(): number {
    return this.#heldEnd - this.#heldStart +
      (this.#data === null ? 0 : this.#data.length - this.#dataStart);
  }

  /**
   * Takes the next bytes of the stream. They are read where they are, so they
   * must stay as they are until {@linkcode peek} returned false or
   * {@linkcode retain} was called. Memory that may change under the reader
   * (shared, resizable) is copied.
   */
  feed(data: Uint8Array): void {
    this.retain();
    if (data.length > 0) {
      this.#data = data;
      this.#dataStart = 0;
      if (!isStable(data)) {
        this.retain();
      }
    }
  }

  /** Copies what is left of the bytes given, which are then the caller's again. */
  retain(): void {
    if (this.#data !== null) {
      this.#hold(this.#data.length - this.#dataStart);
    }
    // A staged record may have moved.
    this.#staged = false;
  }

  /** Moves `length` bytes from the caller's memory to the held ones. */
  #hold(length: number): void {
    const data = this.#data!;
    const count = this.#heldEnd - this.#heldStart;
    if (length > 0) {
      const held = this.#roomFor(count, count + length);
      held.set(
        data.subarray(this.#dataStart, this.#dataStart + length),
        this.#heldEnd,
      );
      this.#heldEnd += length;
      this.#dataStart += length;
    }
    if (this.#dataStart === data.length) {
      this.#data = null;
    }
  }

  #roomFor(count: number, needed: number): Uint8Array {
    const held = this.#held;
    if (held !== null && this.#heldEnd + needed - count <= held.length) {
      return held;
    }
    let target = held;
    if (target === null || needed > target.length) {
      target = needed <= SPARE_LENGTH
        ? spares.pop() ?? new Uint8Array(SPARE_LENGTH)
        : new Uint8Array(Math.max(needed, 2 * count));
    }
    if (held !== null) {
      target.set(held.subarray(this.#heldStart, this.#heldEnd));
    }
    if (held !== null && held !== target) {
      giveBack(held);
    }
    this.#held = target;
    this.#heldStart = 0;
    this.#heldEnd = count;
    return target;
  }

  /**
   * Whether a whole record is there; it then shows in the fields until
   * {@linkcode take}. False says that all bytes given were copied or used.
   * Throws TlsFailure on a type that TLS does not have and on a fragment that
   * is too long, before it has come.
   */
  peek(): boolean {
    if (this.#staged) {
      return true;
    }
    this.release();
    if (this.#heldEnd > this.#heldStart) {
      this.#fillHeld(HEADER_LENGTH);
      const count = this.#heldEnd - this.#heldStart;
      if (!this.#header(this.#held!, this.#heldStart, count)) {
        return false;
      }
      const total = HEADER_LENGTH + this.length;
      this.#fillHeld(total);
      if (this.#heldEnd - this.#heldStart < total) {
        return false;
      }
      // Filling may have moved it.
      this.bytes = this.#held!;
      this.start = this.#heldStart + HEADER_LENGTH;
      return this.#staged = true;
    }
    const data = this.#data;
    if (data === null) {
      return false;
    }
    const count = data.length - this.#dataStart;
    if (
      !this.#header(data, this.#dataStart, count) ||
      count < HEADER_LENGTH + this.length
    ) {
      this.retain();
      return false;
    }
    this.bytes = data;
    this.start = this.#dataStart + HEADER_LENGTH;
    return this.#staged = true;
  }

  /** Goes on behind the record that {@linkcode peek} found. */
  take(): void {
    if (!this.#staged) {
      throw new Error("Cannot take a record: none is there");
    }
    this.#staged = false;
    const total = HEADER_LENGTH + this.length;
    // `bytes` stays readable until the next peek or release.
    if (this.bytes === this.#held) {
      this.#heldStart += total;
    } else {
      this.#dataStart += total;
      if (this.#dataStart === this.#data!.length) {
        this.#data = null;
      }
    }
  }

  /** Drops everything. */
  destroy(): void {
    this.#staged = false;
    this.#data = null;
    this.#heldStart = this.#heldEnd;
    this.release();
  }

  /**
   * Lets go of the record that was taken last: nothing of a connection that has
   * nothing to read stays behind.
   */
  release(): void {
    if (!this.#staged) this.bytes = NOTHING;
    if (this.#held !== null && this.#heldStart === this.#heldEnd) {
      giveBack(this.#held);
      this.#held = null;
      this.#heldStart = this.#heldEnd = 0;
    }
  }

  /** Tops the held bytes up to `total`, as far as there are more. */
  #fillHeld(total: number): void {
    const missing = total - (this.#heldEnd - this.#heldStart);
    if (missing > 0 && this.#data !== null) {
      this.#hold(Math.min(missing, this.#data.length - this.#dataStart));
    }
  }

  /** Reads a header's fields; false where it is not all there. */
  #header(bytes: Uint8Array, at: number, count: number): boolean {
    const type = bytes[at]!;
    if (
      type < ContentType.change_cipher_spec ||
      type > ContentType.application_data
    ) {
      throw new TlsFailure(
        "record-type",
        `the peer sent what is no TLS: a record of type ${type}`,
      );
    }
    if (count < HEADER_LENGTH) {
      return false;
    }
    const length = bytes[at + 3]! << 8 | bytes[at + 4]!;
    if (length > this.#maxLength) {
      throw new TlsFailure(
        "record-overflow",
        `the peer sent a record of ${length} bytes, over ${this.#maxLength}`,
      );
    }
    this.type = type as ContentType;
    this.version = bytes[at + 1]! << 8 | bytes[at + 2]!;
    this.length = length;
    return true;
  }
}

function giveBack(buffer: Uint8Array): void {
  if (buffer.length === SPARE_LENGTH && spares.length < MAX_SPARES) {
    spares.push(buffer);
  }
}
