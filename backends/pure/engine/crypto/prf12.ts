/**
 * TLS 1.2's pseudorandom function
 * ({@link https://www.rfc-editor.org/rfc/rfc5246#section-5 | RFC 5246, section 5}).
 *
 * @module
 */
import type { CryptoProvider, HashName } from "./provider.ts";

/** What the PRF needs of a provider. */
export type PrfProvider = Pick<CryptoProvider, "createHmac">;

const encoder = new TextEncoder();

/** The PRF with one hash: P_hash(secret, label + seed). */
export class Prf12 {
  /** The hash of the cipher suite. */
  readonly hash: HashName;
  readonly #provider: PrfProvider;

  /** The PRF with `hash` of `provider`. */
  constructor(provider: PrfProvider, hash: HashName) {
    this.#provider = provider;
    this.hash = hash;
  }

  /** `length` bytes of PRF(secret, label, seed), the seed in parts. */
  compute(
    secret: Uint8Array,
    label: string,
    seeds: readonly Uint8Array[],
    length: number,
  ): Uint8Array {
    const parts = [encoder.encode(label), ...seeds];
    const seed = new Uint8Array(parts.reduce((sum, x) => sum + x.length, 0));
    let at = 0;
    for (const part of parts) {
      seed.set(part, at);
      at += part.length;
    }
    // A(0) = seed, A(i) = HMAC(secret, A(i - 1));
    // block i = HMAC(secret, A(i) + seed).
    const hmac = this.#provider.createHmac(this.hash, secret);
    const output = new Uint8Array(length);
    let a = hmac.compute(seed);
    const input = new Uint8Array(a.length + seed.length);
    input.set(seed, a.length);
    for (let done = 0; done < length;) {
      input.set(a);
      const block = hmac.compute(input);
      output.set(block.subarray(0, length - done), done);
      done += block.length;
      block.fill(0);
      if (done < length) {
        const next = hmac.compute(a);
        a.fill(0);
        a = next;
      }
    }
    a.fill(0);
    input.fill(0);
    hmac.destroy();
    return output;
  }
}
