/**
 * AEADs by noble, for platforms without WebAssembly SIMD or where it is not
 * wanted. ChaCha20-Poly1305 has no secret-dependent address. AES looks tables
 * up by secret bytes, which leaks them to whoever shares the processor's cache:
 * it is there only for a configuration that names it.
 *
 * @module
 */
import { gcm } from "npm:@noble/ciphers@2.4.0/aes.js";
import { chacha20poly1305 } from "npm:@noble/ciphers@2.4.0/chacha.js";
import { AEAD_NONCE_LENGTH, AEAD_TAG_LENGTH } from "../engine/crypto/aead.ts";
import type { Aead, AeadName } from "../engine/crypto/provider.ts";
import { type AeadSource, checkAeadKey, writeNonce } from "./_aead.ts";

class NobleAead implements Aead {
  readonly name: AeadName;
  readonly #iv: Uint8Array;
  readonly #nonce: Uint8Array = new Uint8Array(AEAD_NONCE_LENGTH);
  #key: Uint8Array | null;

  constructor(name: AeadName, key: Uint8Array, iv: Uint8Array) {
    checkAeadKey(name, key, iv);
    this.name = name;
    this.#key = new Uint8Array(key);
    this.#iv = new Uint8Array(iv);
  }

  #cipher(
    aad: Uint8Array,
    high: number,
    low: number,
  ): ReturnType<typeof gcm> {
    if (this.#key === null) {
      throw new Error("Cannot use an AEAD: its key was overwritten");
    }
    writeNonce(this.#nonce, this.#iv, high, low);
    return this.name === "CHACHA20-POLY1305"
      ? chacha20poly1305(this.#key, this.#nonce, aad)
      : gcm(this.#key, this.#nonce, aad);
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
    let content = input;
    if (type !== -1) {
      content = new Uint8Array(input.length + 1 + padding);
      content.set(input);
      content[input.length] = type;
    }
    const sealed = this.#cipher(aad, high, low).encrypt(content);
    if (content !== input) {
      content.fill(0);
    }
    output.set(sealed);
    return sealed.length;
  }

  open(
    output: Uint8Array,
    input: Uint8Array,
    aad: Uint8Array,
    high: number,
    low: number,
  ): number {
    if (input.length < AEAD_TAG_LENGTH) {
      return -1;
    }
    const cipher = this.#cipher(aad, high, low);
    let opened: Uint8Array;
    try {
      opened = cipher.decrypt(input);
    } catch {
      return -1;
    }
    output.set(opened);
    opened.fill(0);
    return opened.length;
  }

  destroy(): void {
    this.#key?.fill(0);
    this.#key = null;
    this.#iv.fill(0);
  }
}

/** noble's AEADs. */
export const nobleAeads: AeadSource = {
  names: ["CHACHA20-POLY1305"],
  onRequest: ["AES-128-GCM", "AES-256-GCM"],
  create: (name, key, iv) => new NobleAead(name, key, iv),
};
