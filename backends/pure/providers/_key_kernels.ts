/**
 * What keys do by kernels of our own: key exchange and ECDSA on P-256,
 * verification of ECDSA on P-384 and of RSA. Everything else, and everything
 * where the kernels do not run, is the provider's.
 *
 * @module
 */
import { DecodeFailure } from "../engine/codec/reader.ts";
import {
  CryptoFailure,
  type EcdsaCurve,
  type HashName,
  type SignatureAlgorithm,
  type SigningKey,
} from "../engine/crypto/provider.ts";
import { COORDINATE_LENGTH } from "../engine/x509/algorithm.ts";
import { anyElement, bitStringBytes, only, Tag } from "../engine/x509/der.ts";
import {
  encodeEcdsaSignature,
  parseEcdsaSignature,
} from "../engine/x509/ecdsa_signature.ts";
import { decodePrivateKey, secretOf } from "../engine/x509/pkcs8.ts";
import type { RsaPublicKey } from "../kernels/rsa/mod.ts";
import type { DhCurve, DhFunction, DhKey } from "./_exchange.ts";
import { encodeSpki } from "./_encode_key.ts";
import type { HashSource } from "./_hash.ts";
import { checkSigns, type PrivateKeyInfo, type PublicKey } from "./_keys.ts";
import { randomBytes } from "./_random.ts";

type P256 = typeof import("../kernels/p256/mod.ts");
type P384 = typeof import("../kernels/p384/mod.ts");
type Rsa = typeof import("../kernels/rsa/mod.ts");

/**
 * RSA keys that are kept ready, about 3 KiB each: more than the issuers that a
 * program meets again and again, and nothing that peers with keys of their own
 * can fill memory with.
 */
const MAXIMUM_RSA_KEYS = 64;

/** Bytes of the entropy that goes into each signature's nonce. */
const ENTROPY_LENGTH = 32;

class P256DhKey implements DhKey {
  readonly publicKey: Uint8Array;
  readonly #kernel: P256;
  #privateKey: Uint8Array | null;

  /** Takes over the private key. */
  constructor(kernel: P256, privateKey: Uint8Array, publicKey: Uint8Array) {
    this.#kernel = kernel;
    this.#privateKey = privateKey;
    this.publicKey = publicKey;
  }

  derive(peer: Uint8Array): Uint8Array {
    if (this.#privateKey === null) {
      throw new Error("Cannot exchange keys: the key was dropped");
    }
    try {
      return this.#kernel.ecdh(this.#privateKey, peer);
    } catch (error) {
      if (!(error instanceof CryptoFailure)) throw error;
      throw new CryptoFailure("a P-256 key share is invalid");
    }
  }

  destroy(): void {
    this.#privateKey?.fill(0);
    this.#privateKey = null;
  }
}

/** Diffie-Hellman on P-256 by the kernel. */
function p256Dh(kernel: P256): DhFunction {
  return {
    curve: "P-256",
    generate() {
      const { privateKey, publicKey } = kernel.generateKeyPair(randomBytes);
      return new P256DhKey(kernel, privateKey, publicKey);
    },
    import(scalar) {
      const privateKey = new Uint8Array(scalar);
      return new P256DhKey(kernel, privateKey, kernel.publicKeyOf(privateKey));
    },
  };
}

class P256SigningKey implements SigningKey {
  readonly type: SigningKey["type"];
  readonly publicKey: Uint8Array;
  readonly #kernel: P256;
  readonly #hashes: HashSource;
  readonly #info: Pick<PrivateKeyInfo, "traits">;
  readonly #privateKey: Uint8Array;

  /** Throws CryptoFailure on a scalar that is none, or is of another public key. */
  constructor(kernel: P256, info: PrivateKeyInfo, hashes: HashSource) {
    this.#kernel = kernel;
    this.#hashes = hashes;
    this.#info = { traits: info.traits };
    this.type = info.type;
    const parts = decodePrivateKey(info.pkcs8);
    this.#privateKey = new Uint8Array(secretOf(parts));
    try {
      const point = kernel.publicKeyOf(this.#privateKey);
      // What comes with the key may be compressed.
      if (
        parts.spki !== null &&
        !isEqual(kernel.uncompressedPoint(pointOf(parts.spki)), point)
      ) {
        throw new CryptoFailure("its public half is another key's");
      }
      this.publicKey = encodeSpki("P-256", point);
    } catch (error) {
      this.#privateKey.fill(0);
      if (error instanceof CryptoFailure || error instanceof DecodeFailure) {
        throw new CryptoFailure("the private key is malformed or out of range");
      }
      throw error;
    }
  }

  sign(algorithm: SignatureAlgorithm, message: Uint8Array): Uint8Array {
    checkSigns(algorithm, this.#info);
    const { hash } = algorithm as { readonly hash: HashName };
    return encodeEcdsaSignature(
      this.#kernel.sign(this.#privateKey, this.#hashes.digest(hash, message), {
        extraEntropy: randomBytes(ENTROPY_LENGTH),
      }),
    );
  }
}

/** The point of a SubjectPublicKeyInfo. */
function pointOf(spki: Uint8Array): Uint8Array {
  const reader = only(spki, Tag.SEQUENCE);
  anyElement(reader);
  return bitStringBytes(reader);
}

/** Whether two public points are the same. */
function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** The kernels that keys are used by; each is compiled on first need. */
export class KeyKernels {
  readonly #p256: P256;
  readonly #p384: P384;
  readonly #rsa: Rsa;
  readonly #hashes: HashSource;
  /** Whether each curve's kernel runs here, once it is known. */
  readonly #runs: Map<EcdsaCurve, boolean> = new Map();
  /** Keys that are ready, the one that was used last at the end. */
  readonly #rsaKeys: Map<string, RsaPublicKey> = new Map();

  /** Of these kernels, with hashes for what is signed. */
  constructor(
    kernels: { readonly p256: P256; readonly p384: P384; readonly rsa: Rsa },
    hashes: HashSource,
  ) {
    this.#p256 = kernels.p256;
    this.#p384 = kernels.p384;
    this.#rsa = kernels.rsa;
    this.#hashes = hashes;
  }

  /** Diffie-Hellman on `curve`, or `null` where no kernel has it. */
  dh(curve: DhCurve): DhFunction | null {
    return curve === "P-256" && this.#has(curve) ? p256Dh(this.#p256) : null;
  }

  /**
   * A signing key, or `null` where no kernel has the like. Throws CryptoFailure
   * on a key that is out of range.
   */
  signingKey(info: PrivateKeyInfo): SigningKey | null {
    const { type } = info;
    if (type.kind !== "ecdsa" || type.curve !== "P-256") return null;
    const { length } = secretOf(decodePrivateKey(info.pkcs8));
    // Some programs leave out leading zeros: the platform knows what to make of it.
    return length === COORDINATE_LENGTH[type.curve] && this.#has(type.curve)
      ? new P256SigningKey(this.#p256, info, this.#hashes)
      : null;
  }

  /**
   * Whether the signature is right, for a key that fits the algorithm; `null`
   * where no kernel has it.
   */
  verify(
    algorithm: SignatureAlgorithm,
    key: PublicKey,
    message: Uint8Array,
    signature: Uint8Array,
  ): boolean | null {
    if (algorithm.kind === "ed25519" || key.kind === "ed25519") return null;
    const { hash } = algorithm;
    if (algorithm.kind === "ecdsa") {
      const { curve } = algorithm;
      if (!this.#has(curve)) return null;
      const numbers = parseEcdsaSignature(signature, curve);
      if (numbers === null) return false;
      const { verify } = curve === "P-256" ? this.#p256 : this.#p384;
      return verify(key.key, this.#hashes.digest(hash, message), numbers);
    }
    const ready = key.kind === "ecdsa" ? null : this.#rsaKey(key);
    if (ready === null) return null;
    const digest = this.#hashes.digest(hash, message);
    return algorithm.kind === "rsa-pkcs1"
      ? this.#rsa.verifyRsaPkcs1(ready, digest, { hash, signature })
      : this.#rsa.verifyRsaPss(ready, digest, {
        hash: (data) => this.#hashes.digest(hash, data),
        saltLength: algorithm.saltLength,
        signature,
      });
  }

  /** Whether the curve's kernel runs here. The first call compiles it. */
  #has(curve: EcdsaCurve): boolean {
    let runs = this.#runs.get(curve);
    if (runs === undefined) {
      runs = curve === "P-256"
        ? this.#p256.p256Available()
        : curve === "P-384" && this.#p384.p384Available();
      this.#runs.set(curve, runs);
    }
    return runs;
  }

  /** The key, ready; the engine keeps what it computes for a modulus with it. */
  #rsaKey(
    { modulus, exponent }: PublicKey & { readonly kind: "rsa" | "rsa-pss" },
  ): RsaPublicKey | null {
    const name = String.fromCharCode(exponent.length, ...exponent, ...modulus);
    const key = this.#rsaKeys.get(name) ??
      this.#rsa.rsaPublicKey(modulus, exponent);
    if (key === null) return null;
    this.#rsaKeys.delete(name);
    this.#rsaKeys.set(name, key);
    if (this.#rsaKeys.size > MAXIMUM_RSA_KEYS) {
      this.#rsaKeys.delete(this.#rsaKeys.keys().next().value!);
    }
    return key;
  }
}

/** The kernels, loaded now and not yet compiled, with the provider's hashes. */
export async function keyKernels(hashes: HashSource): Promise<KeyKernels> {
  const [p256, p384, rsa] = await Promise.all([
    import("../kernels/p256/mod.ts"),
    import("../kernels/p384/mod.ts"),
    import("../kernels/rsa/mod.ts"),
  ]);
  return new KeyKernels({ p256, p384, rsa }, hashes);
}
