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

/** What {@linkcode loadProvider} is told. */
export interface ProviderOptions {
  /**
   * "native": node:crypto, in Deno, Node and Bun. "portable": WebCrypto and
   * noble, in browsers too. Default: "native" where the platform has
   * node:crypto, else "portable".
   */
  readonly provider?: ProviderChoice;
  /**
   * "wasm": HMAC and hashes go through WebAssembly, and records where it has
   * SIMD. "js": nothing of WebAssembly is loaded. Default: "wasm".
   */
  readonly kernels?: KernelChoice;
}

/**
 * Loads a provider. Rejects where "native" is asked for and the platform has no
 * node:crypto.
 */
export async function loadProvider(
  options: ProviderOptions = {},
): Promise<CryptoProvider> {
  const { kernels = "wasm" } = options;
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
