/**
 * What WebCrypto gives, for both providers: signatures, ECDH, X25519 and, where
 * the platform has it, ML-KEM. All of it answers later. No other library is
 * needed, and none is loaded.
 *
 * @module
 */
import { HASH_LENGTH } from "../engine/crypto/hkdf.ts";
import {
  CryptoFailure,
  type EcdsaCurve,
  type HashName,
  type SignatureAlgorithm,
} from "../engine/crypto/provider.ts";
import { COORDINATE_LENGTH } from "../engine/x509/algorithm.ts";
import {
  encodeEcdsaSignature,
  parseEcdsaSignature,
} from "../engine/x509/ecdsa_signature.ts";
import {
  checkCiphertext,
  checkSeed,
  type DhCurve,
  type DhFunction,
  type DhKey,
  type Encapsulated,
  type Kem,
  type KemKey,
} from "./_exchange.ts";
import { encodePkcs8 } from "./_encode_key.ts";
import { checkSigns, type PrivateKeyInfo, type PublicKey } from "./_keys.ts";

/** WebCrypto's names of the hashes. */
export const WEB_HASH: Readonly<Record<HashName, string>> = {
  sha256: "SHA-256",
  sha384: "SHA-384",
  sha512: "SHA-512",
};

/** The part of WebCrypto that TypeScript does not know yet. */
interface KemSubtle {
  encapsulateBits(
    algorithm: { name: string },
    key: CryptoKey,
  ): Promise<{ ciphertext: ArrayBuffer; sharedKey: ArrayBuffer }>;
  decapsulateBits(
    algorithm: { name: string },
    key: CryptoKey,
    ciphertext: BufferSource,
  ): Promise<ArrayBuffer>;
  importKey(
    format: "raw-public" | "raw-seed",
    key: BufferSource,
    algorithm: { name: string },
    extractable: boolean,
    usages: string[],
  ): Promise<CryptoKey>;
  exportKey(format: "raw-public", key: CryptoKey): Promise<ArrayBuffer>;
  generateKey(
    algorithm: { name: string },
    extractable: boolean,
    usages: string[],
  ): Promise<CryptoKeyPair>;
}

/** The platform's WebCrypto, or `null` (an insecure context in a browser). */
export function subtleCrypto(): SubtleCrypto | null {
  return globalThis.crypto?.subtle ?? null;
}

/** Whether the platform says that it has not got the algorithm. */
export function isUnsupported(error: unknown): boolean {
  return error instanceof Error &&
    (error.name === "NotSupportedError" || error instanceof TypeError);
}

/** WebCrypto takes no memory that may be shared or change its size. */
function own(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer } = bytes;
  return buffer instanceof ArrayBuffer && !buffer.resizable
    ? bytes as Uint8Array<ArrayBuffer>
    : new Uint8Array(bytes);
}

function dhAlgorithm(curve: DhCurve): EcKeyImportParams | { name: "X25519" } {
  return curve === "X25519"
    ? { name: "X25519" }
    : { name: "ECDH", namedCurve: curve };
}

class WebDhKey implements DhKey {
  readonly publicKey: Uint8Array;
  readonly #subtle: SubtleCrypto;
  readonly #curve: DhCurve;
  #key: CryptoKey | null;

  constructor(
    subtle: SubtleCrypto,
    curve: DhCurve,
    key: { readonly privateKey: CryptoKey; readonly publicKey: Uint8Array },
  ) {
    this.#subtle = subtle;
    this.#curve = curve;
    this.#key = key.privateKey;
    this.publicKey = key.publicKey;
  }

  async derive(peer: Uint8Array): Promise<Uint8Array> {
    if (this.#key === null) {
      throw new Error("Cannot exchange keys: the key was dropped");
    }
    const algorithm = dhAlgorithm(this.#curve);
    // Each curve's secret is as long as a coordinate.
    const bytes = this.#curve === "X25519"
      ? 32
      : COORDINATE_LENGTH[this.#curve];
    try {
      const publicKey = await this.#subtle.importKey(
        "raw",
        own(peer),
        algorithm,
        false,
        [],
      );
      return new Uint8Array(
        await this.#subtle.deriveBits(
          { name: algorithm.name, public: publicKey },
          this.#key,
          8 * bytes,
        ),
      );
    } catch {
      // An invalid point, or for X25519 "if secret is the all-zero value,
      // throw an OperationError".
      throw new CryptoFailure(`a ${this.#curve} key share is invalid`);
    }
  }

  destroy(): void {
    this.#key = null;
  }
}

/** Diffie-Hellman by WebCrypto, or `null` where it has not got the curve. */
export async function webDh(curve: DhCurve): Promise<DhFunction | null> {
  const subtle = subtleCrypto();
  if (subtle === null) {
    return null;
  }
  const algorithm = dhAlgorithm(curve);
  async function generate(): Promise<DhKey> {
    const pair = await subtle!.generateKey(
      algorithm as EcKeyGenParams,
      false,
      ["deriveBits"],
    ) as CryptoKeyPair;
    const publicKey = new Uint8Array(
      await subtle!.exportKey("raw", pair.publicKey),
    );
    return new WebDhKey(subtle!, curve, {
      privateKey: pair.privateKey,
      publicKey,
    });
  }
  async function importKey(privateKey: Uint8Array): Promise<DhKey> {
    const key = await subtle!.importKey(
      "pkcs8",
      own(encodePkcs8(curve, privateKey)),
      algorithm,
      true,
      ["deriveBits"],
    );
    const jwk = await subtle!.exportKey("jwk", key);
    const x = fromBase64Url(jwk.x!);
    let publicKey = x;
    if (curve !== "X25519") {
      publicKey = new Uint8Array(1 + 2 * x.length);
      publicKey[0] = 4;
      publicKey.set(x, 1);
      publicKey.set(fromBase64Url(jwk.y!), 1 + x.length);
    }
    return new WebDhKey(subtle!, curve, { privateKey: key, publicKey });
  }
  try {
    await generate();
  } catch (error) {
    if (isUnsupported(error)) {
      return null;
    }
    throw error;
  }
  return { curve, generate, import: importKey };
}

function fromBase64Url(text: string): Uint8Array {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

const MLKEM = { name: "ML-KEM-768" };

function webKemKey(
  subtle: KemSubtle,
  privateKey: CryptoKey,
  publicKey: Uint8Array,
): KemKey {
  let key: CryptoKey | null = privateKey;
  return {
    publicKey,
    async decapsulate(ciphertext) {
      checkCiphertext(ciphertext);
      if (key === null) {
        throw new Error("Cannot exchange keys: the key was dropped");
      }
      return new Uint8Array(
        await subtle.decapsulateBits(MLKEM, key, own(ciphertext)),
      );
    },
    destroy() {
      key = null;
    },
  };
}

/** ML-KEM-768 by WebCrypto, or `null` where the platform has not got it. */
export async function webKem(): Promise<Kem | null> {
  const subtle = subtleCrypto() as unknown as KemSubtle | null;
  if (typeof subtle?.encapsulateBits !== "function") {
    return null;
  }
  async function generate(): Promise<KemKey> {
    const pair = await subtle!.generateKey(MLKEM, false, [
      "encapsulateBits",
      "decapsulateBits",
    ]);
    const publicKey = await subtle!.exportKey("raw-public", pair.publicKey);
    return webKemKey(subtle!, pair.privateKey, new Uint8Array(publicKey));
  }
  try {
    await generate();
  } catch (error) {
    if (isUnsupported(error)) {
      return null;
    }
    throw error;
  }
  return {
    generate,
    async import(seed) {
      checkSeed(seed);
      const key = await subtle.importKey("raw-seed", own(seed), MLKEM, false, [
        "decapsulateBits",
      ]);
      const derive = (subtle as unknown as {
        getPublicKey(key: CryptoKey, usages: string[]): Promise<CryptoKey>;
      }).getPublicKey.bind(subtle);
      const publicKey = await subtle.exportKey(
        "raw-public",
        await derive(key, ["encapsulateBits"]),
      );
      return webKemKey(subtle, key, new Uint8Array(publicKey));
    },
    async encapsulate(encapsulationKey): Promise<Encapsulated> {
      const key = await subtle.importKey(
        "raw-public",
        own(encapsulationKey),
        MLKEM,
        false,
        ["encapsulateBits"],
      );
      const { ciphertext, sharedKey } = await subtle.encapsulateBits(
        MLKEM,
        key,
      );
      return {
        ciphertext: new Uint8Array(ciphertext),
        sharedSecret: new Uint8Array(sharedKey),
      };
    },
  };
}

/** How a key is imported, and how it is used, for one algorithm. */
export function signatureParameters(algorithm: SignatureAlgorithm): {
  readonly key: EcKeyImportParams | RsaHashedImportParams | Algorithm;
  readonly use: EcdsaParams | RsaPssParams | Algorithm;
} {
  switch (algorithm.kind) {
    case "ecdsa":
      return {
        key: { name: "ECDSA", namedCurve: algorithm.curve },
        use: { name: "ECDSA", hash: WEB_HASH[algorithm.hash] },
      };
    case "rsa-pkcs1": {
      const name = "RSASSA-PKCS1-v1_5";
      return { key: { name, hash: WEB_HASH[algorithm.hash] }, use: { name } };
    }
    case "rsa-pss": {
      const name = "RSA-PSS";
      return {
        key: { name, hash: WEB_HASH[algorithm.hash] },
        use: { name, saltLength: algorithm.saltLength },
      };
    }
    case "ed25519":
      return { key: { name: "Ed25519" }, use: { name: "Ed25519" } };
  }
}

/**
 * Whether the signature is right, for a key that fits the algorithm. Rejects
 * with the platform's error where it has not got the algorithm: see
 * {@linkcode isUnsupported}.
 */
export async function webVerify(
  algorithm: SignatureAlgorithm,
  key: PublicKey,
  message: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  const subtle = subtleCrypto();
  if (subtle === null) {
    throw new TypeError("Cannot verify: this context has no WebCrypto");
  }
  const raw = algorithm.kind === "ecdsa"
    ? parseEcdsaSignature(signature, algorithm.curve)
    : signature;
  if (raw === null) {
    return false;
  }
  const { key: keyParameters, use } = signatureParameters(algorithm);
  let imported: CryptoKey;
  try {
    imported = await subtle.importKey(
      "spki",
      own(key.spki),
      keyParameters,
      false,
      ["verify"],
    );
  } catch (error) {
    if (isUnsupported(error)) {
      throw error;
    }
    // DataError: not a key.
    return false;
  }
  return await subtle.verify(use, imported, own(raw), own(message));
}

/**
 * Signs by WebCrypto. The key is imported once for each algorithm, and cannot
 * be taken out of the platform again. Rejects with CryptoFailure where the
 * platform does not take the key.
 */
export class WebSigner {
  readonly #info: PrivateKeyInfo;
  readonly #keys: Map<string, Promise<CryptoKey>> = new Map();

  /** Of the key that `info` describes, which is copied. */
  constructor(info: PrivateKeyInfo) {
    this.#info = { ...info, pkcs8: new Uint8Array(info.pkcs8) };
  }

  /** See `SigningKey.sign`. */
  async sign(
    algorithm: SignatureAlgorithm,
    message: Uint8Array,
  ): Promise<Uint8Array> {
    checkSigns(algorithm, this.#info);
    const { key, use } = signatureParameters(algorithm);
    const name = JSON.stringify(key);
    let imported = this.#keys.get(name);
    if (imported === undefined) {
      imported = this.#import(key);
      this.#keys.set(name, imported);
    }
    const signature = new Uint8Array(
      await subtleCrypto()!.sign(use, await imported, own(message)),
    );
    return algorithm.kind === "ecdsa"
      ? encodeEcdsaSignature(signature)
      : signature;
  }

  /**
   * Signs once by `algorithm`, to see whether the platform takes the key: Deno
   * looks into it no earlier.
   */
  async check(algorithm: SignatureAlgorithm): Promise<void> {
    try {
      await this.sign(algorithm, new Uint8Array(0));
    } catch (error) {
      if (isUnsupported(error) || error instanceof CryptoFailure) {
        throw error;
      }
      throw new CryptoFailure("the platform does not take the private key");
    }
  }

  async #import(
    algorithm: EcKeyImportParams | RsaHashedImportParams | Algorithm,
  ): Promise<CryptoKey> {
    const subtle = subtleCrypto();
    if (subtle === null) {
      throw new TypeError("Cannot sign: this context has no WebCrypto");
    }
    try {
      return await subtle.importKey(
        "pkcs8",
        own(this.#info.pkcs8),
        algorithm,
        false,
        ["sign"],
      );
    } catch (error) {
      if (isUnsupported(error)) {
        throw error;
      }
      throw new CryptoFailure("the platform does not take the private key");
    }
  }
}

/** The algorithm by which a key is first tried. */
export function firstAlgorithm(
  { type }: PrivateKeyInfo,
): SignatureAlgorithm {
  switch (type.kind) {
    case "ecdsa":
      return { kind: "ecdsa", curve: type.curve, hash: CURVE_HASH[type.curve] };
    case "ed25519":
      return { kind: "ed25519" };
    default: {
      const hash = "hash" in type ? type.hash : "sha256";
      return { kind: "rsa-pss", hash, saltLength: HASH_LENGTH[hash] };
    }
  }
}

const CURVE_HASH: Readonly<Record<EcdsaCurve, HashName>> = {
  "P-256": "sha256",
  "P-384": "sha384",
  "P-521": "sha512",
};
