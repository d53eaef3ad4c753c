/**
 * The one cursor over bytes: TLS messages and DER are both read through it.
 *
 * Every read checks what is left, so a parser built on it is total: it either
 * returns a value or throws one {@linkcode DecodeFailure}, and never reads past
 * the end, loops, or allocates more than the input holds.
 *
 * @module
 */

/** Input that is not of the form its specification demands. */
export class DecodeFailure extends Error {
  override readonly name = "DecodeFailure";
}

/** Reads big-endian integers and vectors from a view, front to back. */
export class Reader {
  readonly #bytes: Uint8Array;
  #offset: number;
  readonly #end: number;

  /** Reads `bytes` from `start` up to, but not including, `end`. */
  constructor(bytes: Uint8Array, start = 0, end: number = bytes.length) {
    if (!(start >= 0 && start <= end && end <= bytes.length)) {
      throw new RangeError("Cannot read: the range is outside the bytes");
    }
    this.#bytes = bytes;
    this.#offset = start;
    this.#end = end;
  }

  /** How many bytes are left. */
  get remaining(): number {
    return this.#end - this.#offset;
  }

  /** Where the next byte is, counted from the start of the underlying bytes. */
  get offset(): number {
    return this.#offset;
  }

  /** Throws unless `length` more bytes are there. */
  #need(length: number): void {
    if (length > this.#end - this.#offset) {
      throw new DecodeFailure("the input ends too early");
    }
  }

  /** The next byte, which stays unread. */
  peek(): number {
    this.#need(1);
    return this.#bytes[this.#offset]!;
  }

  /** The next byte. */
  uint8(): number {
    this.#need(1);
    return this.#bytes[this.#offset++]!;
  }

  /** The next two bytes, big-endian. */
  uint16(): number {
    this.#need(2);
    const at = this.#offset;
    this.#offset = at + 2;
    return this.#bytes[at]! << 8 | this.#bytes[at + 1]!;
  }

  /** The next three bytes, big-endian. */
  uint24(): number {
    this.#need(3);
    const at = this.#offset;
    this.#offset = at + 3;
    return this.#bytes[at]! << 16 | this.#bytes[at + 1]! << 8 |
      this.#bytes[at + 2]!;
  }

  /** The next four bytes, big-endian, unsigned. */
  uint32(): number {
    this.#need(4);
    const at = this.#offset;
    this.#offset = at + 4;
    return (this.#bytes[at]! << 24 | this.#bytes[at + 1]! << 16 |
      this.#bytes[at + 2]! << 8 | this.#bytes[at + 3]!) >>> 0;
  }

  /** A view (no copy) of the next `length` bytes. */
  bytes(length: number): Uint8Array {
    this.#need(length);
    const at = this.#offset;
    this.#offset = at + length;
    return this.#bytes.subarray(at, at + length);
  }

  /** A view of the bytes between two offsets that were already passed. */
  since(start: number): Uint8Array {
    return this.#bytes.subarray(start, this.#offset);
  }

  /** A view of all that is left. */
  rest(): Uint8Array {
    return this.bytes(this.remaining);
  }

  /** A reader of the next `length` bytes; this one goes on behind them. */
  sub(length: number): Reader {
    this.#need(length);
    const at = this.#offset;
    this.#offset = at + length;
    return new Reader(this.#bytes, at, at + length);
  }

  /**
   * A vector with a one-byte length, of `minimum` to `maximum` bytes
   * ({@link https://www.rfc-editor.org/rfc/rfc8446#section-3.4 | TLS presentation language}).
   */
  vector8(minimum = 0, maximum = 0xff): Reader {
    return this.#vector(this.uint8(), minimum, maximum);
  }

  /** A vector with a two-byte length, of `minimum` to `maximum` bytes. */
  vector16(minimum = 0, maximum = 0xffff): Reader {
    return this.#vector(this.uint16(), minimum, maximum);
  }

  /** A vector with a three-byte length, of `minimum` to `maximum` bytes. */
  vector24(minimum = 0, maximum = 0xffffff): Reader {
    return this.#vector(this.uint24(), minimum, maximum);
  }

  #vector(length: number, minimum: number, maximum: number): Reader {
    if (length < minimum || length > maximum) {
      throw new DecodeFailure("a vector's length is out of its range");
    }
    return this.sub(length);
  }

  /** Throws unless everything was read: "exact consumption". */
  end(): void {
    if (this.#offset !== this.#end) {
      throw new DecodeFailure("bytes are left over");
    }
  }
}
