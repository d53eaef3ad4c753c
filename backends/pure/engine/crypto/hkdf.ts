/**
 * HKDF ({@link https://www.rfc-editor.org/rfc/rfc5869 | RFC 5869}) and TLS
 * 1.3's labels on top of it
 * ({@link https://www.rfc-editor.org/rfc/rfc8446#section-7.1 | RFC 8446, section 7.1}).
 *
 * @module
 */
import type { CryptoProvider, HashName, Hmac } from "./provider.ts";

/** The length of each hash's output, in bytes. */
export const HASH_LENGTH: Readonly<Record<HashName, number>> = {
  sha256: 32,
  sha384: 48,
  sha512: 64,
};

/** "L: length of output keying material in octets (<= 255*HashLen)". */
const MAX_EXPAND_BLOCKS = 255;

const encoder = new TextEncoder();
const EMPTY = new Uint8Array(0);

/** What TLS 1.3 puts before each of its labels. */
const LABEL_PREFIX = encoder.encode("tls13 ");

/** `opaque label<7..255>` holds at most so many bytes behind the prefix. */
const MAX_LABEL_LENGTH = 255 - LABEL_PREFIX.length;

/** `opaque context<0..255>`. */
const MAX_CONTEXT_LENGTH = 255;

/** The longest HkdfLabel: its length, and both vectors with their lengths. */
const MAX_INFO_LENGTH = 2 + 1 + 255 + 1 + MAX_CONTEXT_LENGTH;

/** Where info begins in the input of HMAC: behind the longest T(n - 1). */
const INFO_START = 64;

/**
 * The input of HMAC, T(n - 1) | info | n, is put together here: a handshake
 * expands some fifteen times. Nothing runs between writing and reading it but
 * the provider's HMAC, and of what is in it only T(n - 1) is secret.
 */
const scratch = new Uint8Array(INFO_START + MAX_INFO_LENGTH + 1);

/** Where the label's own bytes are in it, behind both lengths and the prefix. */
const LABEL_START = INFO_START + 2 + 1 + LABEL_PREFIX.length;
const labelRoom = scratch.subarray(LABEL_START, LABEL_START + MAX_LABEL_LENGTH);

/** What HKDF needs of a provider. */
export type HkdfProvider = Pick<
  CryptoProvider,
  "hmac" | "createHmac" | "digest"
>;

/** What is the same in every handshake, and public. */
interface Constants {
  readonly emptyHash: Uint8Array;
  readonly zeros: Uint8Array;
  readonly earlySecret: Uint8Array;
  readonly saltWithoutPsk: Hmac;
}

/** By provider and hash, from their first use on. */
const known = new WeakMap<HkdfProvider, Map<HashName, Constants>>();

function constantsOf(provider: HkdfProvider, hash: HashName): Constants {
  let ofProvider = known.get(provider);
  if (ofProvider === undefined) {
    ofProvider = new Map();
    known.set(provider, ofProvider);
  }
  let constants = ofProvider.get(hash);
  if (constants === undefined) {
    const emptyHash = provider.digest(hash, EMPTY);
    const zeros = new Uint8Array(HASH_LENGTH[hash]);
    const earlySecret = provider.hmac(hash, zeros, zeros);
    const salt = new PseudorandomKey(provider, hash, earlySecret)
      .deriveSecret("derived", emptyHash);
    constants = {
      emptyHash,
      zeros,
      earlySecret,
      saltWithoutPsk: provider.createHmac(hash, salt),
    };
    ofProvider.set(hash, constants);
  }
  return constants;
}

/**
 * A pseudorandom key, ready to be expanded. Every result is a fresh array that
 * the caller wipes.
 */
export class PseudorandomKey {
  readonly #hmac: Hmac;
  readonly #hashLength: number;

  /** With `hash` of `provider`; the secret is copied. */
  constructor(provider: HkdfProvider, hash: HashName, secret: Uint8Array) {
    this.#hmac = provider.createHmac(hash, secret);
    this.#hashLength = HASH_LENGTH[hash];
  }

  /**
   * HKDF-Expand to `length` bytes
   * ({@link https://www.rfc-editor.org/rfc/rfc5869#section-2.3 | RFC 5869, section 2.3}).
   * Throws RangeError above 255 times the hash's length.
   */
  expand(info: Uint8Array, length: number): Uint8Array {
    const input = info.length <= MAX_INFO_LENGTH
      ? scratch
      : new Uint8Array(INFO_START + info.length + 1);
    input.set(info, INFO_START);
    return this.#expand(input, info.length, length);
  }

  /** {@linkcode expand} with `infoLength` bytes that are in `input` already. */
  #expand(input: Uint8Array, infoLength: number, length: number): Uint8Array {
    const hashLength = this.#hashLength;
    if (!(length >= 0 && length <= MAX_EXPAND_BLOCKS * hashLength)) {
      throw new RangeError(
        `Cannot expand: ${length} bytes are more than HKDF gives`,
      );
    }
    // T(n) = HMAC(PRK, T(n - 1) | info | n), and T(0) is empty.
    const counter = INFO_START + infoLength;
    const end = counter + 1;
    input[counter] = 1;
    const first = input.subarray(INFO_START, end);
    if (length <= hashLength) return this.#hmac.compute(first, length);
    const output = new Uint8Array(length);
    const start = INFO_START - hashLength;
    let block = this.#hmac.compute(first);
    let done = 0;
    for (;;) {
      output.set(block.subarray(0, length - done), done);
      done += hashLength;
      if (done < length) input.set(block, start);
      block.fill(0);
      if (done >= length) break;
      input[counter]!++;
      block = this.#hmac.compute(input.subarray(start, end));
    }
    input.fill(0, start, INFO_START);
    return output;
  }

  /**
   * HKDF-Expand-Label
   * ({@link https://www.rfc-editor.org/rfc/rfc8446#section-7.1 | RFC 8446, section 7.1}).
   * `label` comes without "tls13 ". Throws RangeError on a label or context
   * that does not fit its length byte.
   */
  expandLabel(
    label: string,
    context: Uint8Array,
    length: number = this.#hashLength,
  ): Uint8Array {
    const { read, written } = encoder.encodeInto(label, labelRoom);
    if (written < 1 || read !== label.length) {
      throw new RangeError(
        `Cannot expand: a label holds 1 to ${MAX_LABEL_LENGTH} bytes`,
      );
    }
    if (context.length > MAX_CONTEXT_LENGTH) {
      throw new RangeError(
        `Cannot expand: a context holds at most ${MAX_CONTEXT_LENGTH} bytes`,
      );
    }
    // struct { uint16 length; opaque label<7..255>; opaque context<0..255>; }
    scratch[INFO_START] = length >>> 8;
    scratch[INFO_START + 1] = length;
    scratch[INFO_START + 2] = LABEL_PREFIX.length + written;
    scratch.set(LABEL_PREFIX, INFO_START + 3);
    let at = LABEL_START + written;
    scratch[at++] = context.length;
    scratch.set(context, at);
    return this.#expand(scratch, at + context.length - INFO_START, length);
  }

  /**
   * Derive-Secret with the transcript's hash in place of its messages
   * ({@link https://www.rfc-editor.org/rfc/rfc8446#section-7.1 | RFC 8446, section 7.1}).
   */
  deriveSecret(label: string, transcriptHash: Uint8Array): Uint8Array {
    return this.expandLabel(label, transcriptHash);
  }

  /** Overwrites it. */
  destroy(): void {
    this.#hmac.destroy();
  }
}

/** HKDF with one hash. Every result is a fresh array that the caller wipes. */
export class Hkdf {
  /** The hash. */
  readonly hash: HashName;
  /** The hash's length in bytes, which is that of every secret. */
  readonly length: number;
  readonly #provider: HkdfProvider;
  readonly #constants: Constants;

  /** HKDF with `hash` of `provider`. */
  constructor(provider: HkdfProvider, hash: HashName) {
    this.#provider = provider;
    this.#constants = constantsOf(provider, hash);
    this.hash = hash;
    this.length = HASH_LENGTH[hash];
  }

  /** The hash of nothing: the context of the labels "derived" and "… binder". */
  get emptyHash(): Uint8Array {
    return this.#constants.emptyHash;
  }

  /** "a string of Hash.length bytes set to zeros". */
  get zeros(): Uint8Array {
    return this.#constants.zeros;
  }

  /** HKDF-Extract(0, 0), the Early Secret of no PSK; nobody's secret. */
  get earlySecretWithoutPsk(): Uint8Array {
    return this.#constants.earlySecret;
  }

  /**
   * HMAC by the salt that leads from no PSK to the Handshake Secret:
   * Derive-Secret(HKDF-Extract(0, 0), "derived", ""), nobody's secret either.
   */
  get saltWithoutPsk(): Hmac {
    return this.#constants.saltWithoutPsk;
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

  /** A key that is expanded more than once. */
  prepare(pseudorandomKey: Uint8Array): PseudorandomKey {
    return new PseudorandomKey(this.#provider, this.hash, pseudorandomKey);
  }

  /** {@linkcode PseudorandomKey.expand} with a key that is used once. */
  expand(
    pseudorandomKey: Uint8Array,
    info: Uint8Array,
    length: number,
  ): Uint8Array {
    const key = this.prepare(pseudorandomKey);
    try {
      return key.expand(info, length);
    } finally {
      key.destroy();
    }
  }

  /** {@linkcode PseudorandomKey.expandLabel} with a key that is used once. */
  expandLabel(
    secret: Uint8Array,
    label: string,
    context: Uint8Array,
    length: number = this.length,
  ): Uint8Array {
    const key = this.prepare(secret);
    try {
      return key.expandLabel(label, context, length);
    } finally {
      key.destroy();
    }
  }
}
