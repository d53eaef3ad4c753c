/**
 * Hashes and HMAC by node:crypto, and by the kernel for what is short: a call of
 * node:crypto costs as much as many blocks in the kernel.
 *
 * @module
 */
import type { Hash } from "node:crypto";
import type { HashName, Hmac, RunningHash } from "../engine/crypto/provider.ts";
import { cutMac, type HashSource } from "./_hash.ts";

/** What is taken of node:crypto. */
type NodeCrypto = Pick<
  typeof import("node:crypto"),
  "createHash" | "createHmac"
>;

/**
 * Up to so many bytes the kernel digests faster than node:crypto in Deno: with
 * the processor's SHA-256 instructions 64 bytes take that 0.03 µs and the kernel
 * 0.18, but a call takes it 1 µs more.
 */
const SHORT: Readonly<Record<HashName, number>> = {
  sha256: 192,
  sha384: 2048,
  sha512: 2048,
};

/** A Buffer's `slice` is a view and not a copy: nothing gets one from here. */
function plain(buffer: Uint8Array): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
}

class NodeHash implements RunningHash {
  readonly #hash: Hash;

  constructor(hash: Hash) {
    this.#hash = hash;
  }

  update(data: Uint8Array): void {
    this.#hash.update(data);
  }

  snapshot(): Uint8Array {
    return plain(this.#hash.copy().digest());
  }

  clone(): RunningHash {
    return new NodeHash(this.#hash.copy());
  }
}

/** node:crypto's cannot be prepared: it takes the key at each use. */
class NodeHmac implements Hmac {
  readonly #crypto: NodeCrypto;
  readonly #name: HashName;
  #key: Uint8Array | null;

  constructor(crypto: NodeCrypto, name: HashName, key: Uint8Array) {
    this.#crypto = crypto;
    this.#name = name;
    this.#key = key.slice();
  }

  compute(data: Uint8Array, length?: number): Uint8Array {
    if (this.#key === null) {
      throw new Error("Cannot compute an HMAC: the key is destroyed");
    }
    const hmac = this.#crypto.createHmac(this.#name, this.#key);
    return cutMac(plain(hmac.update(data).digest()), length);
  }

  destroy(): void {
    this.#key?.fill(0);
    this.#key = null;
  }
}

/** node:crypto's. */
export function nodeHashes(crypto: NodeCrypto): HashSource {
  return {
    createHash: (name) => new NodeHash(crypto.createHash(name)),
    digest: (name, data) =>
      plain(crypto.createHash(name).update(data).digest()),
    hmac: (name, key, data) =>
      plain(crypto.createHmac(name, key).update(data).digest()),
    createHmac: (name, key) => new NodeHmac(crypto, name, key),
  };
}

/**
 * The faster of both for each: `kernel` for HMAC and what is short, `node` for long
 * data. Running hashes are the kernel's: each snapshot of node:crypto's copies an
 * object that is a stream too, and costs what 300 to 500 bytes cost the kernel.
 * Only lengths decide, which are public.
 */
export function fasterHashes(
  node: HashSource,
  kernel: HashSource,
): HashSource {
  return {
    createHash: (name) => kernel.createHash(name),
    digest: (name, data) =>
      (data.length <= SHORT[name] ? kernel : node).digest(name, data),
    // All that TLS authenticates by HMAC is short.
    hmac: (name, key, data) => kernel.hmac(name, key, data),
    createHmac: (name, key) => kernel.createHmac(name, key),
  };
}
