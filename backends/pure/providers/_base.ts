/**
 * What every provider is made of in the same way: its sources of AEADs, hashes
 * and key exchange, and the kernels for keys before what the platform has.
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
} from "../engine/crypto/provider.ts";
import { type AeadSource, createAead } from "./_aead.ts";
import { GROUPS, type KeyExchange, type Response } from "./_exchange.ts";
import type { HashSource } from "./_hash.ts";
import type { KeyKernels } from "./_key_kernels.ts";
import {
  parsePkcs8,
  type PrivateKeyInfo,
  type PublicKey,
  publicKeyFor,
} from "./_keys.ts";
import { randomBytes } from "./_random.ts";

/** Where a provider's primitives come from. */
export interface Sources {
  readonly aeads: AeadSource;
  readonly hashes: HashSource;
  readonly exchange: KeyExchange;
  /** What is asked before the platform, or `null`. */
  readonly keys: KeyKernels | null;
}

/** A provider but for the platform's signatures. */
export abstract class BaseProvider implements CryptoProvider {
  abstract readonly name: string;
  readonly aeads: readonly AeadName[];
  readonly aeadsOnRequest: readonly AeadName[];
  readonly groups: readonly number[] = GROUPS;
  readonly #sources: Sources;

  /** Of these sources. */
  constructor(sources: Sources) {
    this.#sources = sources;
    this.aeads = sources.aeads.names;
    this.aeadsOnRequest = sources.aeads.onRequest;
  }

  createHash(name: HashName): RunningHash {
    return this.#sources.hashes.createHash(name);
  }

  digest(name: HashName, data: Uint8Array): Uint8Array {
    return this.#sources.hashes.digest(name, data);
  }

  hmac(name: HashName, key: Uint8Array, data: Uint8Array): Uint8Array {
    return this.#sources.hashes.hmac(name, key, data);
  }

  createHmac(name: HashName, key: Uint8Array): Hmac {
    return this.#sources.hashes.createHmac(name, key);
  }

  createAead(name: AeadName, key: Uint8Array, iv: Uint8Array): Aead {
    return createAead(this.#sources.aeads, name, key, iv);
  }

  generateKeyShare(group: number): Awaitable<KeyShare> {
    return this.#sources.exchange.generate(group);
  }

  respondKeyShare(group: number, peer: Uint8Array): Awaitable<Response> {
    return this.#sources.exchange.respond(group, peer);
  }

  randomBytes(length: number): Uint8Array {
    return randomBytes(length);
  }

  abstract canVerify(algorithm: SignatureAlgorithm): boolean;

  verify(
    algorithm: SignatureAlgorithm,
    spki: Uint8Array,
    message: Uint8Array,
    signature: Uint8Array,
  ): Awaitable<boolean> {
    const key = publicKeyFor(algorithm, spki);
    if (key === null) return false;
    return this.#sources.keys?.verify(algorithm, key, message, signature) ??
      this.verifyByPlatform(algorithm, key, message, signature);
  }

  importSigningKey(pkcs8: Uint8Array): Awaitable<SigningKey> {
    const info = parsePkcs8(pkcs8);
    return this.#sources.keys?.signingKey(info) ?? this.platformKey(info);
  }

  /** Whether the signature is right, for a key that fits the algorithm. */
  protected abstract verifyByPlatform(
    algorithm: SignatureAlgorithm,
    key: PublicKey,
    message: Uint8Array,
    signature: Uint8Array,
  ): Awaitable<boolean>;

  /** A signing key; throws CryptoFailure where the platform does not take it. */
  protected abstract platformKey(info: PrivateKeyInfo): Awaitable<SigningKey>;
}
