/**
 * SHA-256, SHA-384, SHA-512 and HMAC in WebAssembly, written to be constant-time:
 * no branch and no address depends on what is hashed.
 *
 * The kernel needs WebAssembly alone, no SIMD. It is decoded, compiled and
 * instantiated on first use, and one instance serves all hashes. Works wherever
 * JavaScript does: it names no API of Deno or Node.
 *
 * @module
 */
import { decodeModule } from "../_decode.ts";
import { HashHost } from "./_host.ts";
import { wasm } from "./_wasm.ts";

/** A fresh instance; what {@linkcode hashKernel} gives is shared. */
export function instantiateHashKernel(): HashHost {
  return new HashHost(decodeModule(wasm));
}

/** The shared instance; `null` where there is none, undefined before first use. */
let shared: HashHost | null | undefined;

/**
 * The kernel, or `null` where there is no WebAssembly or it may not be compiled.
 * The first call compiles it (about a third of a millisecond).
 */
export function hashKernel(): HashHost | null {
  if (shared !== undefined) return shared;
  try {
    shared = typeof WebAssembly === "object" ? instantiateHashKernel() : null;
  } catch (error) {
    // A content security policy may forbid compilation.
    if (!(error instanceof WebAssembly.CompileError)) throw error;
    shared = null;
  }
  return shared;
}
