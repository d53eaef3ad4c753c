/**
 * Hashes and HMAC by noble: where there is no WebAssembly, or none is wanted.
 *
 * @module
 */
import { hmac } from "npm:@noble/hashes@2.4.0/hmac.js";
import { sha256, sha384, sha512 } from "npm:@noble/hashes@2.4.0/sha2.js";
import type { HashName, Hmac, RunningHash } from "../engine/crypto/provider.ts";
import { cutMac, type HashSource } from "./_hash.ts";

const HASHES = { sha256, sha384, sha512 } as const;

/** What noble's running hashes and HMACs have in common. */
interface NobleState {
  update(data: Uint8Array): NobleState;
  digest(): Uint8Array;
  clone(): NobleState;
  destroy(): void;
}

class NobleHash implements RunningHash {
  readonly #hash: NobleState;

  constructor(hash: NobleState) {
    this.#hash = hash;
  }

  update(data: Uint8Array): void {
    this.#hash.update(data);
  }

  snapshot(): Uint8Array {
    return this.#hash.clone().digest();
  }

  clone(): RunningHash {
    return new NobleHash(this.#hash.clone());
  }
}

class NobleHmac implements Hmac {
  /** Behind both pads, and before any data. */
  readonly #keyed: NobleState;

  constructor(keyed: NobleState) {
    this.#keyed = keyed;
  }

  compute(data: Uint8Array, length?: number): Uint8Array {
    return cutMac(this.#keyed.clone().update(data).digest(), length);
  }

  destroy(): void {
    // noble refuses to go on with a destroyed one.
    this.#keyed.destroy();
  }
}

/** noble's. */
export const nobleHashes: HashSource = {
  createHash(name: HashName): RunningHash {
    return new NobleHash(HASHES[name].create());
  },
  digest(name: HashName, data: Uint8Array): Uint8Array {
    return HASHES[name](data);
  },
  hmac(name: HashName, key: Uint8Array, data: Uint8Array): Uint8Array {
    return hmac(HASHES[name], key, data);
  },
  createHmac(name: HashName, key: Uint8Array): Hmac {
    return new NobleHmac(hmac.create(HASHES[name], key));
  },
};
