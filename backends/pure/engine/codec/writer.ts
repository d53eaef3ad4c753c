/**
 * The one encoder: big-endian integers and nested length prefixes into a
 * buffer that grows.
 *
 * @module
 */

/** What a fresh writer holds before it grows: most handshake messages fit. */
const INITIAL_CAPACITY = 512;

/** Writes big-endian integers and vectors, front to back. */
export class Writer {
  #bytes: Uint8Array<ArrayBuffer>;
  #length = 0;

  /** Starts empty, with room for `capacity` bytes. */
  constructor(capacity: number = INITIAL_CAPACITY) {
    this.#bytes = new Uint8Array(capacity);
  }

  /** How many bytes were written. */
  get length(): number {
    return this.#length;
  }

  #room(length: number): number {
    const at = this.#length;
    const needed = at + length;
    if (needed > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
      grown.set(this.#bytes.subarray(0, at));
      // What is written may be secret: leave no copy behind.
      this.#bytes.fill(0);
      this.#bytes = grown;
    }
    this.#length = needed;
    return at;
  }

  /** Writes one byte. */
  uint8(value: number): this {
    const at = this.#room(1);
    this.#bytes[at] = value;
    return this;
  }

  /** Writes two bytes. */
  uint16(value: number): this {
    const at = this.#room(2);
    this.#bytes[at] = value >>> 8;
    this.#bytes[at + 1] = value;
    return this;
  }

  /** Writes three bytes. */
  uint24(value: number): this {
    const at = this.#room(3);
    this.#bytes[at] = value >>> 16;
    this.#bytes[at + 1] = value >>> 8;
    this.#bytes[at + 2] = value;
    return this;
  }

  /** Writes four bytes. */
  uint32(value: number): this {
    const at = this.#room(4);
    this.#bytes[at] = value >>> 24;
    this.#bytes[at + 1] = value >>> 16;
    this.#bytes[at + 2] = value >>> 8;
    this.#bytes[at + 3] = value;
    return this;
  }

  /** Writes the bytes as they are. */
  bytes(value: Uint8Array): this {
    const at = this.#room(value.length);
    this.#bytes.set(value, at);
    return this;
  }

  /** Writes what `body` writes, behind its length in one byte. */
  vector8(body: (writer: this) => void): this {
    return this.#vector(1, body);
  }

  /** Writes what `body` writes, behind its length in two bytes. */
  vector16(body: (writer: this) => void): this {
    return this.#vector(2, body);
  }

  /** Writes what `body` writes, behind its length in three bytes. */
  vector24(body: (writer: this) => void): this {
    return this.#vector(3, body);
  }

  #vector(prefix: 1 | 2 | 3, body: (writer: this) => void): this {
    const at = this.#room(prefix);
    body(this);
    const length = this.#length - at - prefix;
    if (length >= 2 ** (8 * prefix)) {
      throw new RangeError(
        `Cannot encode: ${length} bytes do not fit a ${prefix}-byte length`,
      );
    }
    for (let i = 0; i < prefix; i++) {
      this.#bytes[at + i] = length >>> (8 * (prefix - 1 - i));
    }
    return this;
  }

  /** A copy of what was written, and the end of this writer's memory of it. */
  finish(): Uint8Array<ArrayBuffer> {
    const result = this.#bytes.slice(0, this.#length);
    this.#bytes.fill(0);
    this.#length = 0;
    return result;
  }
}
