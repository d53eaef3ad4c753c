/**
 * Numbers that a seed determines.
 *
 * @module
 */

/** The generator "mulberry32": small, fast, good enough to choose tests by. */
export class Random {
  #state: number;

  /** Starts from a seed. */
  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** 32 bits. */
  next(): number {
    this.#state = this.#state + 0x6d2b79f5 >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ mixed >>> 15, mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ mixed >>> 7, mixed | 61);
    return (mixed ^ mixed >>> 14) >>> 0;
  }

  /** A number from 0 up to, but not including, `limit`. */
  below(limit: number): number {
    return this.next() % limit;
  }

  /** Bytes. */
  bytes(length: number): Uint8Array {
    const result = new Uint8Array(length);
    for (let i = 0; i < length; i++) result[i] = this.next() & 0xff;
    return result;
  }
}
