/**
 * What every provider is made of in the same way: its sources of AEADs, hashes
 * and key exchange.
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
import { randomBytes } from "./_random.ts";

/** Where a provider's primitives come from. */
export interface Sources {
  readonly aeads: AeadSource;
  readonly hashes: HashSource;
  readonly exchange: KeyExchange;
}

/** A provider but for its signatures. */
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
  abstract verify(
    algorithm: SignatureAlgorithm,
    spki: Uint8Array,
    message: Uint8Array,
    signature: Uint8Array,
  ): Awaitable<boolean>;
  abstract importSigningKey(pkcs8: Uint8Array): Awaitable<SigningKey>;
}
