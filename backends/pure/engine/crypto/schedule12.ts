/**
 * TLS 1.2's keys: the master secret, the key block, Finished and exporters
 * ({@link https://www.rfc-editor.org/rfc/rfc5246#section-6.3 | RFC 5246, sections 6.3},
 * {@link https://www.rfc-editor.org/rfc/rfc5246#section-8.1 | 8.1};
 * {@link https://www.rfc-editor.org/rfc/rfc7627 | RFC 7627};
 * {@link https://www.rfc-editor.org/rfc/rfc5705 | RFC 5705}).
 *
 * @module
 */
import { AEAD_KEY_LENGTH, AEAD_NONCE_LENGTH } from "./aead.ts";
import type { Prf12 } from "./prf12.ts";
import type { AeadName } from "./provider.ts";
import type { TrafficKeys } from "./schedule13.ts";

/** The master secret's length in bytes. */
export const MASTER_SECRET_LENGTH = 48;

/** verify_data's length in bytes. */
export const VERIFY_DATA_LENGTH_12 = 12;

/**
 * The length in bytes of the implicit part of a GCM nonce, "salt"
 * ({@link https://www.rfc-editor.org/rfc/rfc5288#section-3 | RFC 5288, section 3}).
 */
export const GCM_SALT_LENGTH = 4;

/** The hellos' random values, 32 bytes each. */
export interface Randoms {
  /** Of the ClientHello. */
  readonly client: Uint8Array;
  /** Of the ServerHello. */
  readonly server: Uint8Array;
}

/** Both directions' keys. */
export interface KeyBlock {
  /** What the client writes with. */
  readonly client: TrafficKeys;
  /** What the server writes with. */
  readonly server: TrafficKeys;
}

/** How many bytes of the key block are one side's IV. */
function fixedIvLength(aead: AeadName): number {
  return aead === "CHACHA20-POLY1305" ? AEAD_NONCE_LENGTH : GCM_SALT_LENGTH;
}

/** The master secret of one session. */
export class MasterSecret12 {
  /**
   * Whether it is bound to the handshake that made it
   * ({@link https://www.rfc-editor.org/rfc/rfc7627 | RFC 7627}); without that
   * it may be shared with another connection, and exports nothing.
   */
  readonly extended: boolean;
  readonly #prf: Prf12;
  #secret: Uint8Array | null;

  private constructor(prf: Prf12, secret: Uint8Array, extended: boolean) {
    this.#prf = prf;
    this.#secret = secret;
    this.extended = extended;
  }

  /**
   * The extended master secret: from the premaster secret and the hash of all
   * messages up to and including ClientKeyExchange
   * ({@link https://www.rfc-editor.org/rfc/rfc7627#section-4 | RFC 7627, section 4}).
   */
  static extended(
    prf: Prf12,
    premaster: Uint8Array,
    sessionHash: Uint8Array,
  ): MasterSecret12 {
    return new MasterSecret12(
      prf,
      prf.compute(
        premaster,
        "extended master secret",
        [sessionHash],
        MASTER_SECRET_LENGTH,
      ),
      true,
    );
  }

  /**
   * The older master secret, from the random values alone
   * ({@link https://www.rfc-editor.org/rfc/rfc5246#section-8.1 | RFC 5246, section 8.1}).
   */
  static plain(
    prf: Prf12,
    premaster: Uint8Array,
    randoms: Randoms,
  ): MasterSecret12 {
    return new MasterSecret12(
      prf,
      prf.compute(
        premaster,
        "master secret",
        [randoms.client, randoms.server],
        MASTER_SECRET_LENGTH,
      ),
      false,
    );
  }

  /** That of a session that is resumed; `secret` is copied. */
  static resume(
    prf: Prf12,
    secret: Uint8Array,
    options: { readonly extended: boolean },
  ): MasterSecret12 {
    if (secret.length !== MASTER_SECRET_LENGTH) {
      throw new RangeError("Cannot resume: a master secret holds 48 bytes");
    }
    return new MasterSecret12(prf, secret.slice(), options.extended);
  }

  #bytes(): Uint8Array {
    if (this.#secret === null) {
      throw new Error("Cannot use a secret: it was wiped");
    }
    return this.#secret;
  }

  /** A copy of the secret, for a key log or a session's ticket alone. */
  exportSecret(): Uint8Array {
    return this.#bytes().slice();
  }

  /**
   * The record keys. A GCM IV is the salt and eight zero bytes, so that XOR
   * with the explicit nonce gives the nonce.
   */
  keyBlock(aead: AeadName, randoms: Randoms): KeyBlock {
    const keyLength = AEAD_KEY_LENGTH[aead];
    const ivLength = fixedIvLength(aead);
    const block = this.#prf.compute(
      this.#bytes(),
      "key expansion",
      // "key expansion" takes the server's random first.
      [randoms.server, randoms.client],
      2 * (keyLength + ivLength),
    );
    let at = 0;
    function take(length: number, room = length): Uint8Array {
      const part = new Uint8Array(room);
      part.set(block.subarray(at, at + length));
      at += length;
      return part;
    }
    const clientKey = take(keyLength);
    const serverKey = take(keyLength);
    const clientIv = take(ivLength, AEAD_NONCE_LENGTH);
    const serverIv = take(ivLength, AEAD_NONCE_LENGTH);
    block.fill(0);
    return {
      client: { key: clientKey, iv: clientIv },
      server: { key: serverKey, iv: serverIv },
    };
  }

  /**
   * The verify_data of the Finished that `sender` sends, over the hash of the
   * messages before it
   * ({@link https://www.rfc-editor.org/rfc/rfc5246#section-7.4.9 | RFC 5246, section 7.4.9}).
   */
  verifyData(
    sender: "client" | "server",
    transcriptHash: Uint8Array,
  ): Uint8Array {
    return this.#prf.compute(
      this.#bytes(),
      `${sender} finished`,
      [transcriptHash],
      VERIFY_DATA_LENGTH_12,
    );
  }

  /**
   * Keying material for `label`
   * ({@link https://www.rfc-editor.org/rfc/rfc5705#section-4 | RFC 5705, section 4}).
   * Here no context (`null`) differs from an empty one. Throws where the master
   * secret is not extended: RFC 7627, section 5.4.
   */
  export(
    label: string,
    context: Uint8Array | null,
    options: { readonly randoms: Randoms; readonly length: number },
  ): Uint8Array {
    if (!this.extended) {
      throw new Error(
        "Cannot export keying material: the session has no extended master secret",
      );
    }
    const { randoms, length } = options;
    const seeds = [randoms.client, randoms.server];
    if (context !== null) {
      if (context.length > 0xffff) {
        throw new RangeError("Cannot export: the context is over 65535 bytes");
      }
      seeds.push(
        new Uint8Array([context.length >>> 8, context.length & 0xff]),
        context,
      );
    }
    return this.#prf.compute(this.#bytes(), label, seeds, length);
  }

  /** Wipes it. */
  destroy(): void {
    this.#secret?.fill(0);
    this.#secret = null;
  }
}
