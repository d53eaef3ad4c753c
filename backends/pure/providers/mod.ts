/**
 * Chooses the provider of cryptography, and loads nothing of the others.
 *
 * @module
 */
import type { CryptoProvider } from "../engine/crypto/provider.ts";
import type { KernelChoice } from "./_aead.ts";

export type { KernelChoice } from "./_aead.ts";

/** Which provider: see `native.ts` and `portable.ts`. */
export type ProviderChoice = "native" | "portable";

const KERNEL_CHOICES: readonly KernelChoice[] = ["wasm", "symmetric", "js"];

/** What {@linkcode loadProvider} is told. */
export interface ProviderOptions {
  /**
   * "native": node:crypto, in Deno, Node and Bun. "portable": WebCrypto and
   * noble, in browsers too. Default: "native" where the platform has
   * node:crypto, else "portable".
   */
  readonly provider?: ProviderChoice;
  /**
   * "wasm": our own code does records, hashes, HMAC, P-256 and the verification
   * of ECDSA on P-384, in WebAssembly (records and P-256 where it has SIMD), and
   * verifies RSA by BigInt. "symmetric": it does records, hashes and HMAC alone;
   * keys are used by node:crypto, or with "portable" by WebCrypto. "js": nothing
   * of WebAssembly is loaded, nor of what is ours for keys. Default: "wasm".
   */
  readonly kernels?: KernelChoice;
}

/**
 * Loads a provider. Rejects where "native" is asked for and the platform has no
 * node:crypto, and on what is none of the values above.
 */
export async function loadProvider(
  options: ProviderOptions = {},
): Promise<CryptoProvider> {
  const { kernels = "wasm" } = options;
  if (!KERNEL_CHOICES.includes(kernels)) {
    throw new RangeError(
      `Cannot load a provider: kernels is one of ${
        KERNEL_CHOICES.join(", ")
      }, not ${kernels}`,
    );
  }
  const provider = options.provider ??
    (hasNodeCrypto() ? "native" : "portable");
  switch (provider) {
    case "native":
      return await (await import("./native.ts")).createNativeProvider({
        kernels,
      });
    case "portable":
      return await (await import("./portable.ts")).createPortableProvider({
        kernels,
      });
    default:
      throw new RangeError(
        `Cannot load a provider: there is none named ${provider}`,
      );
  }
}

function hasNodeCrypto(): boolean {
  const { process } = globalThis as {
    process?: { getBuiltinModule?: (name: string) => unknown };
  };
  // Asking for the name does not load the module where it is absent, and where
  // it is there the native provider loads it next.
  return typeof process?.getBuiltinModule === "function" &&
    process.getBuiltinModule("node:crypto") !== undefined;
}
