/**
 * Record protection in WebAssembly: ChaCha20-Poly1305 and AES-GCM, written to be
 * constant-time (no branch and no address depends on a key or a plaintext).
 *
 * The kernels need WebAssembly with 128-bit SIMD; with relaxed SIMD as well a
 * faster build runs. They are decoded, compiled and instantiated on first use,
 * and one instance serves all keys. Works wherever JavaScript does: it names no
 * API of Deno or Node.
 *
 * @module
 */
import type { Aead, AeadName } from "../engine/crypto/provider.ts";
import { decodeModule } from "./_decode.ts";
import { type KernelBuild, KernelHost } from "./_host.ts";
import { wasm as baselineWasm } from "./_baseline_wasm.ts";
import { wasm as relaxedWasm } from "./_relaxed_wasm.ts";

/** The AEADs that the kernels have. */
export const KERNEL_AEADS: readonly AeadName[] = [
  "AES-128-GCM",
  "AES-256-GCM",
  "CHACHA20-POLY1305",
];

/** A module with one function, which swizzles two vectors by `swizzle`. */
function probe(...swizzle: number[]): Uint8Array<ArrayBuffer> {
  // deno-fmt-ignore
  const body = [0x00, 0x41, 0, 0xfd, 0x0f, 0x41, 0, 0xfd, 0x0f, ...swizzle, 0x0b];
  // deno-fmt-ignore
  return new Uint8Array([
    0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, // magic, version
    0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7b, // type 0: () -> v128
    0x03, 0x02, 0x01, 0x00, // function 0 of type 0
    0x0a, body.length + 2, 0x01, body.length, ...body, // its code
  ]);
}

/** The best build that this platform runs, or `null` where it runs none. */
export function supportedBuild(): KernelBuild | null {
  if (typeof WebAssembly !== "object") return null;
  // i8x16.relaxed_swizzle, and i8x16.swizzle
  if (WebAssembly.validate(probe(0xfd, 0x80, 0x02))) return "relaxed";
  return WebAssembly.validate(probe(0xfd, 0x0e)) ? "baseline" : null;
}

/** A fresh instance of a build; what {@linkcode createKernelAead} uses is shared. */
export function instantiateKernels(build: KernelBuild): KernelHost {
  return new KernelHost(
    build,
    decodeModule(build === "relaxed" ? relaxedWasm : baselineWasm),
  );
}

/** The shared instance; `null` where there is none, undefined before first use. */
let shared: KernelHost | null | undefined;

function sharedHost(): KernelHost | null {
  if (shared !== undefined) return shared;
  const build = supportedBuild();
  try {
    shared = build === null ? null : instantiateKernels(build);
  } catch (error) {
    // A content security policy may forbid compilation.
    if (!(error instanceof WebAssembly.CompileError)) throw error;
    shared = null;
  }
  return shared;
}

/**
 * Whether the kernels run here: WebAssembly with SIMD exists and may be compiled.
 * The first call compiles them (about a millisecond).
 */
export function kernelsAvailable(): boolean {
  return sharedHost() !== null;
}

/**
 * One direction of one connection, protected by the kernels. `key` (16 or 32
 * bytes, as the name says) and `iv` (12 bytes) are copied.
 *
 * Throws a `RangeError` where a length is wrong, a `TypeError` where the AEAD is
 * not one of {@linkcode KERNEL_AEADS}, and an `Error` where
 * {@linkcode kernelsAvailable} is false. `seal` and `open` throw a `RangeError`
 * where the plaintext is over 2^14 + 2048 bytes, the additional data over 1,024,
 * or the output too short; `open` gives -1 for input shorter than a tag.
 */
export function createKernelAead(
  name: AeadName,
  key: Uint8Array,
  iv: Uint8Array,
): Aead {
  const host = sharedHost();
  if (host === null) {
    throw new Error("Cannot create an AEAD: WebAssembly SIMD is not available");
  }
  return host.createAead(name, key, iv);
}
