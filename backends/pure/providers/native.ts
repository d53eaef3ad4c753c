/**
 * Cryptography by node:crypto, as Deno, Node and Bun have it, and WebCrypto
 * where node:crypto lacks something. It loads none of the portable provider's
 * libraries, save noble's ML-KEM, at first use, where the platform has no
 * ML-KEM.
 *
 * node:crypto is found without an import, so this module loads in a browser
 * too; {@linkcode nativeCrypto} is then `null`.
 *
 * @module
 */
import type { KeyObject } from "node:crypto";
import {
  type Awaitable,
  CryptoFailure,
  type SignatureAlgorithm,
  type SigningKey,
} from "../engine/crypto/provider.ts";
import { parseEcdsaSignature } from "../engine/x509/ecdsa_signature.ts";
import { kernelAeads, type KernelChoice } from "./_aead.ts";
import { BaseProvider, type Sources } from "./_base.ts";
import {
  type DhCurve,
  type DhFunction,
  type DhKey,
  type Kem,
  KeyExchange,
  publicLength,
} from "./_exchange.ts";
import { encodePkcs8, encodeSpki } from "./_encode_key.ts";
import {
  checkSigns,
  isKnownAlgorithm,
  type PrivateKeyInfo,
  type PublicKey,
  withAlgorithm,
} from "./_keys.ts";
import { kernelHashes } from "./_hash.ts";
import { keyKernels } from "./_key_kernels.ts";
import { nodeAeads } from "./_node_aead.ts";
import { fasterHashes, nodeHashes } from "./_node_hash.ts";
import { webKem, WebSigner, webVerify } from "./_webcrypto.ts";

/** The module node:crypto. */
export type NodeCrypto = typeof import("node:crypto");

/** node:crypto, or `null` where the platform has not got it. */
export function nativeCrypto(): NodeCrypto | null {
  const { process } = globalThis as {
    process?: { getBuiltinModule?: (name: string) => unknown };
  };
  const found = process?.getBuiltinModule?.("node:crypto");
  return (found as NodeCrypto | undefined) ?? null;
}

/** A Buffer's `slice` is a view and not a copy: nothing gets one from here. */
function plain(buffer: Uint8Array): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
}

const NODE_CURVES = {
  "P-256": "prime256v1",
  "P-384": "secp384r1",
  "P-521": "secp521r1",
} as const;

class NodeDhKey implements DhKey {
  readonly publicKey: Uint8Array;
  readonly #crypto: NodeCrypto;
  readonly #curve: DhCurve;
  #key: KeyObject | null;

  constructor(
    crypto: NodeCrypto,
    curve: DhCurve,
    pair: { readonly privateKey: KeyObject; readonly publicKey: KeyObject },
  ) {
    this.#crypto = crypto;
    this.#curve = curve;
    this.#key = pair.privateKey;
    const spki = pair.publicKey.export({ format: "der", type: "spki" });
    // The point ends the SubjectPublicKeyInfo.
    const length = publicLength(curve);
    this.publicKey = new Uint8Array(spki.subarray(spki.length - length));
  }

  derive(peer: Uint8Array): Uint8Array {
    if (this.#key === null) {
      throw new Error("Cannot exchange keys: the key was dropped");
    }
    try {
      const publicKey = this.#crypto.createPublicKey({
        key: encodeSpki(this.#curve, peer) as unknown as Buffer,
        format: "der",
        type: "spki",
      });
      return plain(
        this.#crypto.diffieHellman({ privateKey: this.#key, publicKey }),
      );
    } catch {
      // A point off the curve, or an X25519 secret of all zeros.
      throw new CryptoFailure(`a ${this.#curve} key share is invalid`);
    }
  }

  destroy(): void {
    // The platform wipes it when it is collected.
    this.#key = null;
  }
}

/** Diffie-Hellman by node:crypto. */
export function nodeDh(crypto: NodeCrypto, curve: DhCurve): DhFunction {
  return {
    curve,
    generate() {
      const pair = curve === "X25519"
        ? crypto.generateKeyPairSync("x25519")
        : crypto.generateKeyPairSync("ec", { namedCurve: NODE_CURVES[curve] });
      return new NodeDhKey(crypto, curve, pair);
    },
    import(scalar) {
      const privateKey = crypto.createPrivateKey({
        key: encodePkcs8(curve, scalar) as unknown as Buffer,
        format: "der",
        type: "pkcs8",
      });
      const publicKey = crypto.createPublicKey(privateKey as never);
      return new NodeDhKey(crypto, curve, { privateKey, publicKey });
    },
  };
}

/** The platform's ML-KEM, or noble's. */
export async function nativeKem(): Promise<Kem> {
  return await webKem() ?? (await import("./_noble_kem.ts")).nobleKem;
}

class NodeSigningKey implements SigningKey {
  readonly type: SigningKey["type"];
  readonly publicKey: Uint8Array;
  readonly #crypto: NodeCrypto;
  readonly #info: Pick<PrivateKeyInfo, "traits">;
  readonly #key: KeyObject;
  readonly #web: WebSigner | null;

  constructor(crypto: NodeCrypto, info: PrivateKeyInfo) {
    this.#crypto = crypto;
    this.#info = { traits: info.traits };
    this.type = info.type;
    try {
      this.#key = crypto.createPrivateKey({
        key: info.pkcs8 as unknown as Buffer,
        format: "der",
        type: "pkcs8",
      });
      const spki = crypto.createPublicKey(this.#key as never)
        .export({ format: "der", type: "spki" });
      this.publicKey = withAlgorithm(plain(spki), info.algorithm);
    } catch {
      throw new CryptoFailure("the platform does not take the private key");
    }
    const { type } = info;
    this.#web = type.kind === "ecdsa" && type.curve === "P-521"
      ? new WebSigner(info)
      : null;
  }

  sign(
    algorithm: SignatureAlgorithm,
    message: Uint8Array,
  ): Awaitable<Uint8Array> {
    checkSigns(algorithm, this.#info);
    if (this.#web !== null && needsWebCrypto(algorithm)) {
      return this.#web.sign(algorithm, message);
    }
    return plain(
      this.#crypto.sign(
        "hash" in algorithm ? algorithm.hash : null,
        message,
        { key: this.#key, ...paddingOf(this.#crypto, algorithm) },
      ),
    );
  }
}

/**
 * Deno's node:crypto does not sign with P-521 and a hash shorter than half the
 * curve; its WebCrypto does.
 */
function needsWebCrypto(algorithm: SignatureAlgorithm): boolean {
  return algorithm.kind === "ecdsa" && algorithm.curve === "P-521" &&
    algorithm.hash === "sha256";
}

function paddingOf(
  { constants }: NodeCrypto,
  algorithm: SignatureAlgorithm,
): { padding?: number; saltLength?: number; dsaEncoding?: "der" } {
  switch (algorithm.kind) {
    case "rsa-pkcs1":
      return { padding: constants.RSA_PKCS1_PADDING };
    case "rsa-pss":
      return {
        padding: constants.RSA_PKCS1_PSS_PADDING,
        saltLength: algorithm.saltLength,
      };
    case "ecdsa":
      return { dsaEncoding: "der" };
    case "ed25519":
      return {};
  }
}

/** A provider by node:crypto. */
export class NativeProvider extends BaseProvider {
  override readonly name = "native";
  readonly #crypto: NodeCrypto;

  /** By `crypto`, with these AEADs and hashes, and with kernels for keys. */
  constructor(crypto: NodeCrypto, sources: Omit<Sources, "exchange">) {
    let kem: Promise<Kem> | null = null;
    const exchange = new KeyExchange(
      (curve) => sources.keys?.dh(curve) ?? nodeDh(crypto, curve),
      () => kem ??= nativeKem(),
    );
    super({ ...sources, exchange });
    this.#crypto = crypto;
  }

  override canVerify(algorithm: SignatureAlgorithm): boolean {
    return isKnownAlgorithm(algorithm);
  }

  protected override verifyByPlatform(
    algorithm: SignatureAlgorithm,
    key: PublicKey,
    message: Uint8Array,
    signature: Uint8Array,
  ): Awaitable<boolean> {
    if (needsWebCrypto(algorithm)) {
      return webVerify(algorithm, key, message, signature);
    }
    if (
      algorithm.kind === "ecdsa" &&
      parseEcdsaSignature(signature, algorithm.curve) === null
    ) {
      return false;
    }
    try {
      return this.#crypto.verify(
        "hash" in algorithm ? algorithm.hash : null,
        message,
        {
          key: key.spki as unknown as Buffer,
          format: "der",
          type: "spki",
          ...paddingOf(this.#crypto, algorithm),
        },
        signature,
      );
    } catch {
      // Not a key, or not a signature of its size.
      return false;
    }
  }

  protected override platformKey(info: PrivateKeyInfo): SigningKey {
    return new NodeSigningKey(this.#crypto, info);
  }
}

/** How the native provider is made. */
export interface NativeOptions {
  /**
   * "wasm": our own code does records, HMAC, short hashes, P-256, and the
   * verification of P-384 and RSA; node:crypto does them where there is no
   * WebAssembly, or for records and P-256 no SIMD. "symmetric": our own does
   * records, HMAC and short hashes alone. "js": everything goes through
   * node:crypto, and no WebAssembly is loaded. Default: "wasm".
   */
  readonly kernels?: KernelChoice;
}

/**
 * The native provider. Rejects where the platform has no node:crypto; there is
 * then the portable one.
 */
export async function createNativeProvider(
  options: NativeOptions = {},
): Promise<NativeProvider> {
  const crypto = nativeCrypto();
  if (crypto === null) {
    throw new Error(
      'Cannot use the native provider: this platform has no node:crypto; use the provider "portable"',
    );
  }
  const { kernels = "wasm" } = options;
  const [aeads, kernelHash] = kernels === "js"
    ? [null, null]
    : await Promise.all([kernelAeads(), kernelHashes()]);
  const node = nodeHashes(crypto);
  const hashes = kernelHash === null ? node : fasterHashes(node, kernelHash);
  return new NativeProvider(crypto, {
    aeads: aeads ?? nodeAeads(crypto),
    hashes,
    keys: kernels === "wasm" ? await keyKernels(hashes) : null,
  });
}
