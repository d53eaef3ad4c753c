/**
 * HKDF ({@link https://www.rfc-editor.org/rfc/rfc5869 | RFC 5869}) and TLS
 * 1.3's labels on top of it
 * ({@link https://www.rfc-editor.org/rfc/rfc8446#section-7.1 | RFC 8446, section 7.1}).
 *
 * @module
 */
import { Writer } from "../codec/writer.ts";
import type { CryptoProvider, HashName } from "./provider.ts";

/** The length of each hash's output, in bytes. */
export const HASH_LENGTH: Readonly<Record<HashName, number>> = {
  sha256: 32,
  sha384: 48,
  sha512: 64,
};

/** "L: length of output keying material in octets (<= 255*HashLen)". */
const MAX_EXPAND_BLOCKS = 255;

/** What TLS 1.3 puts before each of its labels. */
const LABEL_PREFIX = "tls13 ";

/** `opaque label<7..255>` holds at most so many bytes behind the prefix. */
const MAX_LABEL_LENGTH = 255 - LABEL_PREFIX.length;

/** What HKDF needs of a provider. */
export type HkdfProvider = Pick<CryptoProvider, "hmac" | "digest">;

const encoder = new TextEncoder();
const EMPTY = new Uint8Array(0);

/** HKDF with one hash. Every result is a fresh array that the caller wipes. */
export class Hkdf {
  /** The hash. */
  readonly hash: HashName;
  /** The hash's length in bytes, which is that of every secret. */
  readonly length: number;
  /** The hash of nothing: the context of the labels "derived" and "… binder". */
  readonly emptyHash: Uint8Array;
  readonly #provider: HkdfProvider;

  /** HKDF with `hash` of `provider`. */
  constructor(provider: HkdfProvider, hash: HashName) {
    this.#provider = provider;
    this.hash = hash;
    this.length = HASH_LENGTH[hash];
    this.emptyHash = provider.digest(hash, EMPTY);
  }

  /** The hash of `data`. */
  digest(data: Uint8Array): Uint8Array {
    return this.#provider.digest(this.hash, data);
  }

  /**
   * HKDF-Extract
   * ({@link https://www.rfc-editor.org/rfc/rfc5869#section-2.2 | RFC 5869, section 2.2}).
   */
  extract(salt: Uint8Array, inputKeyingMaterial: Uint8Array): Uint8Array {
    return this.#provider.hmac(this.hash, salt, inputKeyingMaterial);
  }

  /**
   * HKDF-Expand to `length` bytes
   * ({@link https://www.rfc-editor.org/rfc/rfc5869#section-2.3 | RFC 5869, section 2.3}).
   * Throws RangeError above 255 times the hash's length.
   */
  expand(
    pseudorandomKey: Uint8Array,
    info: Uint8Array,
    length: number,
  ): Uint8Array {
    if (!(length >= 0 && length <= MAX_EXPAND_BLOCKS * this.length)) {
      throw new RangeError(
        `Cannot expand: ${length} bytes are more than HKDF gives`,
      );
    }
    // T(n) = HMAC(PRK, T(n - 1) | info | n), and T(0) is empty.
    const input = new Uint8Array(this.length + info.length + 1);
    input.set(info, this.length);
    const output = new Uint8Array(length);
    let start = this.length;
    for (let done = 0, counter = 1; done < length; counter++) {
      input[input.length - 1] = counter;
      const block = this.#provider.hmac(
        this.hash,
        pseudorandomKey,
        input.subarray(start),
      );
      output.set(
        block.subarray(0, Math.min(block.length, length - done)),
        done,
      );
      done += block.length;
      input.set(block);
      block.fill(0);
      start = 0;
    }
    input.fill(0);
    return output;
  }

  /**
   * HKDF-Expand-Label
   * ({@link https://www.rfc-editor.org/rfc/rfc8446#section-7.1 | RFC 8446, section 7.1}).
   * `label` comes without "tls13 ". Throws RangeError on a label or context
   * that does not fit its length byte.
   */
  expandLabel(
    secret: Uint8Array,
    label: string,
    context: Uint8Array,
    length: number = this.length,
  ): Uint8Array {
    const name = encoder.encode(label);
    if (name.length < 1 || name.length > MAX_LABEL_LENGTH) {
      throw new RangeError(
        `Cannot expand: a label holds 1 to ${MAX_LABEL_LENGTH} bytes`,
      );
    }
    const info = new Writer(128)
      .uint16(length)
      .vector8((w) => w.bytes(encoder.encode(LABEL_PREFIX)).bytes(name))
      .vector8((w) => w.bytes(context))
      .finish();
    return this.expand(secret, info, length);
  }

  /**
   * Derive-Secret with the transcript's hash in place of its messages
   * ({@link https://www.rfc-editor.org/rfc/rfc8446#section-7.1 | RFC 8446, section 7.1}).
   */
  deriveSecret(
    secret: Uint8Array,
    label: string,
    transcriptHash: Uint8Array,
  ): Uint8Array {
    return this.expandLabel(secret, label, transcriptHash);
  }
}
