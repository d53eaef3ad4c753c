/**
 * Handshake messages out of the contents of records: a message may span
 * several, and a record may hold several.
 *
 * @module
 */
import { checkHandshakeHeader, HANDSHAKE_HEADER } from "./handshake.ts";

/** Joins fragments to whole messages, each a copy of its own. */
export class HandshakeJoiner {
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  #start = 0;
  #end = 0;

  /** Whether bytes of a message, or of one not yet taken, are held. */
  get pending(): boolean {
    return this.#end > this.#start;
  }

  /** Adds the content of one handshake record. */
  push(fragment: Uint8Array): void {
    const held = this.#end - this.#start;
    if (this.#end + fragment.length > this.#bytes.length) {
      const room = Math.max(held + fragment.length, 2 * held);
      const grown = new Uint8Array(room);
      grown.set(this.#bytes.subarray(this.#start, this.#end));
      this.#bytes = grown;
      this.#start = 0;
      this.#end = held;
    }
    this.#bytes.set(fragment, this.#end);
    this.#end += fragment.length;
  }

  /**
   * The next whole message, header included, or `null`. Throws on a header
   * that announces what is refused anyway, before its body is waited for;
   * `checkType` throws on a type that may not come now.
   */
  next(checkType: (type: number) => void): Uint8Array<ArrayBuffer> | null {
    const held = this.#end - this.#start;
    if (held < HANDSHAKE_HEADER) return null;
    const at = this.#start;
    const bytes = this.#bytes;
    const length = bytes[at + 1]! << 16 | bytes[at + 2]! << 8 | bytes[at + 3]!;
    checkHandshakeHeader(bytes[at]!, length);
    checkType(bytes[at]!);
    const whole = HANDSHAKE_HEADER + length;
    if (held < whole) return null;
    const message = bytes.slice(at, at + whole);
    this.#start = at + whole;
    if (this.#start === this.#end) {
      this.#bytes = new Uint8Array(0);
      this.#start = this.#end = 0;
    }
    return message;
  }
}
