/**
 * Cryptography that runs wherever JavaScript does: WebCrypto, and noble for
 * what has to be synchronous or WebCrypto lacks. It names nothing of Deno or
 * Node, and loads in a browser.
 *
 * Operations on secrets are WebCrypto's, noble's only where that has not got
 * them.
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
import {
  type AeadSource,
  createAead,
  kernelAeads,
  type KernelChoice,
} from "./_aead.ts";
import {
  type DhCurve,
  type DhFunction,
  GROUPS,
  type Kem,
  KeyExchange,
  type Response,
} from "./_exchange.ts";
import { type HashSource, kernelHashes } from "./_hash.ts";
import {
  isKnownAlgorithm,
  parsePkcs8,
  type PrivateKeyInfo,
  publicKeyFor,
} from "./_keys.ts";
import { randomBytes } from "./_random.ts";
import {
  firstAlgorithm,
  isUnsupported,
  subtleCrypto,
  webDh,
  webKem,
  WebSigner,
  webVerify,
} from "./_webcrypto.ts";

/** WebCrypto's Diffie-Hellman, or noble's. */
export async function portableDh(curve: DhCurve): Promise<DhFunction> {
  return await webDh(curve) ??
    (await import("./_noble_dh.ts")).nobleDh(curve);
}

/** WebCrypto's ML-KEM, or noble's. */
export async function portableKem(): Promise<Kem> {
  return await webKem() ?? (await import("./_noble_kem.ts")).nobleKem;
}

/** A signing key of WebCrypto's, or noble's where that does not take it. */
async function portableSigningKey(info: PrivateKeyInfo): Promise<SigningKey> {
  const web = new WebSigner(info);
  try {
    await web.check(firstAlgorithm(info));
  } catch (error) {
    if (!isUnsupported(error) || info.type.kind.startsWith("rsa")) {
      throw error;
    }
    const { NobleSigner } = await import("./_noble_sign.ts");
    const noble = new NobleSigner(info);
    return {
      type: info.type,
      publicKey: noble.publicKey,
      sign: (algorithm, message) => noble.sign(algorithm, message),
    };
  }
  return {
    type: info.type,
    // WebCrypto gives the public half of no key that cannot be taken out.
    publicKey: null,
    sign: (algorithm, message) => web.sign(algorithm, message),
  };
}

/** A provider by WebCrypto and noble. */
export class PortableProvider implements CryptoProvider {
  readonly name = "portable";
  readonly aeads: readonly AeadName[];
  readonly aeadsOnRequest: readonly AeadName[];
  readonly groups: readonly number[] = GROUPS;
  readonly #aeads: AeadSource;
  readonly #hashes: HashSource;
  readonly #exchange: KeyExchange;

  /** With the AEADs of `aeads` and the hashes of `hashes`. */
  constructor(aeads: AeadSource, hashes: HashSource) {
    this.#aeads = aeads;
    this.#hashes = hashes;
    this.aeads = aeads.names;
    this.aeadsOnRequest = aeads.onRequest;
    const curves = new Map<DhCurve, Promise<DhFunction>>();
    let kem: Promise<Kem> | null = null;
    this.#exchange = new KeyExchange(
      (curve) => {
        let found = curves.get(curve);
        if (found === undefined) {
          found = portableDh(curve);
          curves.set(curve, found);
        }
        return found;
      },
      () => kem ??= portableKem(),
    );
  }

  createHash(name: HashName): RunningHash {
    return this.#hashes.createHash(name);
  }

  digest(name: HashName, data: Uint8Array): Uint8Array {
    return this.#hashes.digest(name, data);
  }

  hmac(name: HashName, key: Uint8Array, data: Uint8Array): Uint8Array {
    return this.#hashes.hmac(name, key, data);
  }

  createHmac(name: HashName, key: Uint8Array): Hmac {
    return this.#hashes.createHmac(name, key);
  }

  createAead(name: AeadName, key: Uint8Array, iv: Uint8Array): Aead {
    return createAead(this.#aeads, name, key, iv);
  }

  generateKeyShare(group: number): Awaitable<KeyShare> {
    return this.#exchange.generate(group);
  }

  respondKeyShare(group: number, peer: Uint8Array): Awaitable<Response> {
    return this.#exchange.respond(group, peer);
  }

  canVerify(algorithm: SignatureAlgorithm): boolean {
    // Only RSA is nowhere but in WebCrypto.
    return isKnownAlgorithm(algorithm) &&
      (!algorithm.kind.startsWith("rsa") || subtleCrypto() !== null);
  }

  async verify(
    algorithm: SignatureAlgorithm,
    spki: Uint8Array,
    message: Uint8Array,
    signature: Uint8Array,
  ): Promise<boolean> {
    const key = publicKeyFor(algorithm, spki);
    if (key === null) {
      return false;
    }
    try {
      return await webVerify(algorithm, key, message, signature);
    } catch (error) {
      if (!isUnsupported(error)) {
        throw error;
      }
      const { nobleHas, nobleVerify } = await import("./_noble_sign.ts");
      if (!nobleHas(algorithm)) {
        throw error;
      }
      return nobleVerify(algorithm, key, message, signature);
    }
  }

  importSigningKey(pkcs8: Uint8Array): Awaitable<SigningKey> {
    return portableSigningKey(parsePkcs8(pkcs8));
  }

  randomBytes(length: number): Uint8Array {
    return randomBytes(length);
  }
}

/** How the portable provider is made. */
export interface PortableOptions {
  /**
   * "wasm": records, hashes and HMAC go through the WebAssembly kernels, and
   * through noble where there is no WebAssembly, or for records no SIMD. "js":
   * through noble, and nothing of WebAssembly is loaded. noble's AES-GCM is
   * never chosen freely: see `CryptoProvider.aeadsOnRequest`. Default: "wasm".
   */
  readonly kernels?: KernelChoice;
}

/** The portable provider. */
export async function createPortableProvider(
  options: PortableOptions = {},
): Promise<PortableProvider> {
  const [aeads, hashes] = options.kernels === "js"
    ? [null, null]
    : await Promise.all([kernelAeads(), kernelHashes()]);
  return new PortableProvider(
    aeads ?? (await import("./_noble_aead.ts")).nobleAeads,
    hashes ?? (await import("./_noble_hash.ts")).nobleHashes,
  );
}
