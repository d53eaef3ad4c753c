/**
 * Cryptography that runs wherever JavaScript does: WebCrypto, and noble for
 * what has to be synchronous or WebCrypto lacks. It names nothing of Deno or
 * Node, and loads in a browser.
 *
 * Operations on secrets are the kernels' and WebCrypto's, noble's only where
 * neither has got them.
 *
 * @module
 */
import type {
  Awaitable,
  SignatureAlgorithm,
  SigningKey,
} from "../engine/crypto/provider.ts";
import { kernelAeads, type KernelChoice } from "./_aead.ts";
import { BaseProvider, type Sources } from "./_base.ts";
import {
  type DhCurve,
  type DhFunction,
  type Kem,
  KeyExchange,
} from "./_exchange.ts";
import { kernelHashes } from "./_hash.ts";
import { keyKernels } from "./_key_kernels.ts";
import {
  isKnownAlgorithm,
  type PrivateKeyInfo,
  type PublicKey,
} from "./_keys.ts";
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
export class PortableProvider extends BaseProvider {
  override readonly name = "portable";

  /** With these AEADs and hashes, and with kernels for keys. */
  constructor(sources: Omit<Sources, "exchange">) {
    const curves = new Map<DhCurve, Awaitable<DhFunction>>();
    let kem: Promise<Kem> | null = null;
    const exchange = new KeyExchange(
      (curve) => {
        let found = curves.get(curve);
        if (found === undefined) {
          found = sources.keys?.dh(curve) ?? portableDh(curve);
          curves.set(curve, found);
        }
        return found;
      },
      () => kem ??= portableKem(),
    );
    super({ ...sources, exchange });
  }

  override canVerify(algorithm: SignatureAlgorithm): boolean {
    // Only RSA is nowhere but in WebCrypto.
    return isKnownAlgorithm(algorithm) &&
      (!algorithm.kind.startsWith("rsa") || subtleCrypto() !== null);
  }

  protected override async verifyByPlatform(
    algorithm: SignatureAlgorithm,
    key: PublicKey,
    message: Uint8Array,
    signature: Uint8Array,
  ): Promise<boolean> {
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

  protected override platformKey(info: PrivateKeyInfo): Promise<SigningKey> {
    return portableSigningKey(info);
  }
}

/** How the portable provider is made. */
export interface PortableOptions {
  /**
   * "wasm": our own code does records, hashes, HMAC, P-256, and the verification
   * of P-384 and RSA; WebCrypto and noble do them where there is no WebAssembly,
   * or for records and P-256 no SIMD. "symmetric": our own does records, hashes
   * and HMAC alone. "js": nothing of WebAssembly is loaded. noble's AES-GCM is
   * never chosen freely: see `CryptoProvider.aeadsOnRequest`. Default: "wasm".
   */
  readonly kernels?: KernelChoice;
}

/** The portable provider. */
export async function createPortableProvider(
  options: PortableOptions = {},
): Promise<PortableProvider> {
  const { kernels = "wasm" } = options;
  const [aeads, kernelHash] = kernels === "js"
    ? [null, null]
    : await Promise.all([kernelAeads(), kernelHashes()]);
  const hashes = kernelHash ?? (await import("./_noble_hash.ts")).nobleHashes;
  return new PortableProvider({
    aeads: aeads ?? (await import("./_noble_aead.ts")).nobleAeads,
    hashes,
    keys: kernels === "wasm" ? await keyKernels(hashes) : null,
  });
}
