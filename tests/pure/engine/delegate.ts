/**
 * A provider that passes everything on, for tests to override a part of.
 *
 * @module
 */
import type {
  Aead,
  AeadName,
  Awaitable,
  CryptoProvider,
  HashName,
  Hmac,
  KeyShare,
  RunningHash,
  SignatureAlgorithm,
  SigningKey,
} from "../../../backends/pure/engine/crypto/provider.ts";

/** Passes everything on to another provider. */
export class DelegatingProvider implements CryptoProvider {
  readonly name: string;
  readonly aeads: readonly AeadName[];
  readonly groups: readonly number[];
  readonly #inner: CryptoProvider;

  /** Passes on to `inner`. */
  constructor(inner: CryptoProvider) {
    this.#inner = inner;
    this.name = inner.name;
    this.aeads = inner.aeads;
    this.groups = inner.groups;
  }

  createHash(name: HashName): RunningHash {
    return this.#inner.createHash(name);
  }

  digest(name: HashName, data: Uint8Array): Uint8Array {
    return this.#inner.digest(name, data);
  }

  hmac(name: HashName, key: Uint8Array, data: Uint8Array): Uint8Array {
    return this.#inner.hmac(name, key, data);
  }

  createHmac(name: HashName, key: Uint8Array): Hmac {
    return this.#inner.createHmac(name, key);
  }

  createAead(name: AeadName, key: Uint8Array, iv: Uint8Array): Aead {
    return this.#inner.createAead(name, key, iv);
  }

  generateKeyShare(group: number): Awaitable<KeyShare> {
    return this.#inner.generateKeyShare(group);
  }

  respondKeyShare(
    group: number,
    peer: Uint8Array,
  ): ReturnType<CryptoProvider["respondKeyShare"]> {
    return this.#inner.respondKeyShare(group, peer);
  }

  canVerify(algorithm: SignatureAlgorithm): boolean {
    return this.#inner.canVerify(algorithm);
  }

  verify(
    algorithm: SignatureAlgorithm,
    spki: Uint8Array,
    message: Uint8Array,
    signature: Uint8Array,
  ): Awaitable<boolean> {
    return this.#inner.verify(algorithm, spki, message, signature);
  }

  importSigningKey(pkcs8: Uint8Array): Awaitable<SigningKey> {
    return this.#inner.importSigningKey(pkcs8);
  }

  randomBytes(length: number): Uint8Array {
    return this.#inner.randomBytes(length);
  }
}
