/**
 * Bytes on their way to the network.
 *
 * @module
 */

/** An empty queue that has grown beyond this gives its memory back. */
const MAX_IDLE_CAPACITY = 128 * 1024;

/** Bytes in the order they were written, in one piece of memory. */
export class ByteQueue {
  /** What {@linkcode reserve}'s offsets count in. Valid until the next one. */
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  #start = 0;
  #end = 0;

  /** How many bytes wait. */
  get length(): number {
    return this.#end - this.#start;
  }

  /**
   * Makes room for `length` more bytes, and returns where in
   * {@linkcode bytes} they go. Nothing counts before {@linkcode commit}.
   */
  reserve(length: number): number {
    if (this.#end + length > this.bytes.length) {
      const count = this.#end - this.#start;
      // Never moved in place: a view that peek gave may be on its way out.
      const grown = new Uint8Array(Math.max(count + length, 2 * count));
      grown.set(this.bytes.subarray(this.#start, this.#end));
      this.bytes = grown;
      this.#start = 0;
      this.#end = count;
    }
    return this.#end;
  }

  /** Says that `length` of the reserved bytes were written. */
  commit(length: number): void {
    if (!(length >= 0 && this.#end + length <= this.bytes.length)) {
      throw new RangeError("Cannot commit more bytes than were reserved");
    }
    this.#end += length;
  }

  /** A view of the first bytes, at most `length`; as it is until {@linkcode consume}. */
  peek(length: number = this.length): Uint8Array<ArrayBuffer> {
    return this.bytes.subarray(
      this.#start,
      Math.min(this.#end, this.#start + length),
    );
  }

  /** Drops the first `length` bytes. Throws RangeError on more than there are. */
  consume(length: number): void {
    if (!(length >= 0 && length <= this.length)) {
      throw new RangeError(
        `Cannot consume ${length} bytes: ${this.length} are there`,
      );
    }
    this.#start += length;
    if (this.#start === this.#end) {
      this.#start = this.#end = 0;
      if (this.bytes.length > MAX_IDLE_CAPACITY) {
        this.bytes = new Uint8Array(0);
      }
    }
  }
}
