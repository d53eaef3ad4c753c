/**
 * AEADs by node:crypto, for where there is no WebAssembly SIMD or it is not
 * wanted.
 *
 * @module
 */
import type { CipherGCM, DecipherGCM } from "node:crypto";
import { AEAD_NONCE_LENGTH, AEAD_TAG_LENGTH } from "../engine/crypto/aead.ts";
import type { Aead, AeadName } from "../engine/crypto/provider.ts";
import type { NodeCrypto } from "./native.ts";
import { AEADS, type AeadSource, checkAeadKey, writeNonce } from "./_aead.ts";

const NODE_NAMES = {
  "AES-128-GCM": "aes-128-gcm",
  "AES-256-GCM": "aes-256-gcm",
  "CHACHA20-POLY1305": "chacha20-poly1305",
} as const satisfies Record<AeadName, string>;

const EMPTY = new Uint8Array(0);

/** One key, used by createCipheriv for each record. */
export class NodeAead implements Aead {
  readonly name: AeadName;
  readonly #crypto: NodeCrypto;
  readonly #iv: Uint8Array;
  readonly #nonce: Uint8Array = new Uint8Array(AEAD_NONCE_LENGTH);
  #key: Uint8Array | null;

  /** Of `crypto`; `key` and `iv` are copied. */
  constructor(
    crypto: NodeCrypto,
    name: AeadName,
    key: Uint8Array,
    iv: Uint8Array,
  ) {
    checkAeadKey(name, key, iv);
    this.#crypto = crypto;
    this.name = name;
    this.#key = new Uint8Array(key);
    this.#iv = new Uint8Array(iv);
  }

  #begin(high: number, low: number): Uint8Array {
    if (this.#key === null) {
      throw new Error("Cannot use an AEAD: its key was overwritten");
    }
    writeNonce(this.#nonce, this.#iv, high, low);
    return this.#key;
  }

  seal(
    output: Uint8Array,
    input: Uint8Array,
    type: number,
    padding: number,
    aad: Uint8Array,
    high: number,
    low: number,
  ): number {
    const key = this.#begin(high, low);
    const cipher = this.#crypto.createCipheriv(
      NODE_NAMES[this.name] as "aes-128-gcm",
      key,
      this.#nonce,
      { authTagLength: AEAD_TAG_LENGTH },
    ) as CipherGCM;
    cipher.setAAD(aad);
    const body = cipher.update(input);
    let tail: Uint8Array = EMPTY;
    if (type !== -1) {
      const inner = new Uint8Array(1 + padding);
      inner[0] = type;
      tail = cipher.update(inner);
    }
    cipher.final();
    // Not before all of the input was read: they may overlap.
    output.set(body);
    output.set(tail, body.length);
    output.set(cipher.getAuthTag(), body.length + tail.length);
    return body.length + tail.length + AEAD_TAG_LENGTH;
  }

  open(
    output: Uint8Array,
    input: Uint8Array,
    aad: Uint8Array,
    high: number,
    low: number,
  ): number {
    const key = this.#begin(high, low);
    const length = input.length - AEAD_TAG_LENGTH;
    if (length < 0) {
      return -1;
    }
    const decipher = this.#crypto.createDecipheriv(
      NODE_NAMES[this.name] as "aes-128-gcm",
      key,
      this.#nonce,
      { authTagLength: AEAD_TAG_LENGTH },
    ) as DecipherGCM;
    decipher.setAAD(aad);
    decipher.setAuthTag(input.slice(length));
    const body = decipher.update(input.subarray(0, length));
    try {
      decipher.final();
    } catch {
      body.fill(0);
      return -1;
    }
    output.set(body);
    body.fill(0);
    return length;
  }

  destroy(): void {
    this.#key?.fill(0);
    this.#key = null;
    this.#iv.fill(0);
  }
}

/** node:crypto's AEADs. */
export function nodeAeads(crypto: NodeCrypto): AeadSource {
  return {
    names: AEADS,
    onRequest: [],
    create: (name, key, iv) => new NodeAead(crypto, name, key, iv),
  };
}
