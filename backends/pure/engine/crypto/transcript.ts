/**
 * The running hash of the handshake's messages
 * ({@link https://www.rfc-editor.org/rfc/rfc8446#section-4.4.1 | RFC 8446, section 4.4.1}).
 *
 * The hash is known only once the cipher suite is: until then the messages are
 * kept. TLS 1.2 signs the messages themselves in a client's CertificateVerify,
 * so that they can be kept longer.
 *
 * @module
 */
import { HandshakeType } from "../iana.ts";
import { HASH_LENGTH } from "./hkdf.ts";
import type { CryptoProvider, HashName, RunningHash } from "./provider.ts";

/** What the transcript needs of a provider. */
export type TranscriptProvider = Pick<CryptoProvider, "createHash">;

/**
 * How many bytes of messages are kept at most. A flight of TLS 1.2 with the
 * largest chain that the engine takes stays well below it.
 */
export const MAX_KEPT_TRANSCRIPT = 1 << 20;

/** Options of {@linkcode Transcript}. */
export interface TranscriptOptions {
  /**
   * Keep the messages after the hash is known, until
   * {@linkcode Transcript.forgetMessages}. Default: false.
   */
  readonly keepMessages?: boolean;
}

/** The messages of one handshake, hashed as they come. */
export class Transcript {
  readonly #provider: TranscriptProvider;
  readonly #keep: boolean;
  #messages: Uint8Array[] | null = [];
  #kept = 0;
  #name: HashName | null = null;
  #hash: RunningHash | null = null;

  /** An empty transcript, its hash not yet known. */
  constructor(
    provider: TranscriptProvider,
    options: TranscriptOptions = {},
  ) {
    this.#provider = provider;
    this.#keep = options.keepMessages ?? false;
  }

  /** The hash, or `null` before {@linkcode select}. */
  get hashName(): HashName | null {
    return this.#name;
  }

  /** Adds a whole handshake message, its header included. */
  add(message: Uint8Array): void {
    this.#hash?.update(message);
    if (this.#messages !== null) {
      this.#kept += message.length;
      if (this.#kept > MAX_KEPT_TRANSCRIPT) {
        throw new RangeError("Cannot keep the transcript: it is too long");
      }
      this.#messages.push(message.slice());
    }
  }

  /**
   * Says which hash it is. Saying the same again does nothing; another one
   * throws, since what was hashed cannot be hashed again.
   */
  select(name: HashName): void {
    if (this.#name !== null) {
      if (this.#name !== name) {
        throw new Error("Cannot change the transcript's hash");
      }
      return;
    }
    this.#name = name;
    this.#hash = this.#begin(name);
    if (!this.#keep) {
      this.forgetMessages();
    }
  }

  #begin(name: HashName): RunningHash {
    const hash = this.#provider.createHash(name);
    for (const message of this.#messages ?? []) {
      hash.update(message);
    }
    return hash;
  }

  #known(): RunningHash {
    if (this.#hash === null) {
      throw new Error("Cannot hash the transcript: its hash is not yet known");
    }
    return this.#hash;
  }

  /** The hash of all messages so far. Throws before {@linkcode select}. */
  digest(): Uint8Array {
    return this.#known().snapshot();
  }

  /**
   * The hash of all messages so far and then `partial`, which is not added: a
   * ClientHello up to its binders
   * ({@link https://www.rfc-editor.org/rfc/rfc8446#section-4.2.11.2 | RFC 8446, section 4.2.11.2}).
   * `name` is the hash of the PSK; once the transcript's own is known it must
   * be the same.
   */
  digestWith(name: HashName, partial: Uint8Array): Uint8Array {
    if (this.#name !== null && this.#name !== name) {
      throw new Error("Cannot hash the transcript with another hash");
    }
    const hash = this.#hash === null ? this.#begin(name) : this.#hash.clone();
    hash.update(partial);
    return hash.snapshot();
  }

  /**
   * After a HelloRetryRequest, before that is added: "the value of ClientHello1
   * is replaced with a special synthetic handshake message of handshake type
   * "message_hash" containing Hash(ClientHello1)". Throws before
   * {@linkcode select}.
   */
  replaceByMessageHash(): void {
    const digest = this.digest();
    const name = this.#name!;
    const synthetic = new Uint8Array(4 + HASH_LENGTH[name]);
    synthetic[0] = HandshakeType.message_hash;
    synthetic[3] = HASH_LENGTH[name];
    synthetic.set(digest, 4);
    this.#hash = this.#provider.createHash(name);
    if (this.#messages !== null) {
      this.#messages = [];
      this.#kept = 0;
    }
    this.add(synthetic);
  }

  /**
   * All messages, one behind the other: what a CertificateVerify of TLS 1.2
   * signs ({@link https://www.rfc-editor.org/rfc/rfc5246#section-7.4.8 | RFC 5246, section 7.4.8}).
   * Throws where they were not kept.
   */
  messages(): Uint8Array {
    if (this.#messages === null) {
      throw new Error("Cannot give the messages: they were not kept");
    }
    const all = new Uint8Array(this.#kept);
    let at = 0;
    for (const message of this.#messages) {
      all.set(message, at);
      at += message.length;
    }
    return all;
  }

  /** Drops the kept messages. Throws before {@linkcode select}. */
  forgetMessages(): void {
    this.#known();
    this.#messages = null;
    this.#kept = 0;
  }

  /** Another transcript with the same state; neither changes the other. */
  clone(): Transcript {
    const copy = new Transcript(this.#provider, { keepMessages: this.#keep });
    copy.#messages = this.#messages === null ? null : [...this.#messages];
    copy.#kept = this.#kept;
    copy.#name = this.#name;
    copy.#hash = this.#hash?.clone() ?? null;
    return copy;
  }
}
