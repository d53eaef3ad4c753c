/**
 * P-384 in WebAssembly: verification of ECDSA, for certificates. Key exchange and
 * signatures, which need secrets, stay native.
 *
 * The module is compiled on first need, and there is one instance; a call runs to
 * its end before another can begin.
 *
 * @module
 */
import { decodeModule } from "../_decode.ts";
import { setDigest } from "../weierstrass/digest.ts";
import { wasm } from "./_wasm.ts";

/** Bytes of a coordinate, of r and of s. */
const NUMBER_BYTES = 48;

/** What the module exports; `../weierstrass/assembly/verification.ts`. */
interface Exports {
  readonly memory: WebAssembly.Memory;
  readonly IO_POINT: WebAssembly.Global;
  readonly IO_DIGEST: WebAssembly.Global;
  readonly IO_SIGNATURE: WebAssembly.Global;
  verify(): number;
}

/** The instance, with a view of each of its slots. */
interface Kernel {
  readonly run: Exports;
  readonly point: Uint8Array;
  readonly digest: Uint8Array;
  readonly signature: Uint8Array;
}

let instance: Kernel | null = null;

/** The one instance; compiles it on the first call. */
function kernel(): Kernel {
  if (instance !== null) return instance;
  const run = new WebAssembly.Instance(
    new WebAssembly.Module(decodeModule(wasm)),
  ).exports as unknown as Exports;
  // The memory never grows, so that the views stay valid.
  const view = (slot: WebAssembly.Global, length: number) =>
    new Uint8Array(run.memory.buffer, slot.value, length);
  instance = {
    run,
    point: view(run.IO_POINT, 2 * NUMBER_BYTES),
    digest: view(run.IO_DIGEST, NUMBER_BYTES),
    signature: view(run.IO_SIGNATURE, 2 * NUMBER_BYTES),
  };
  return instance;
}

/**
 * Whether P-384 runs here: WebAssembly exists and may be compiled. The first call
 * compiles it.
 */
export function p384Available(): boolean {
  if (typeof WebAssembly !== "object") return false;
  try {
    kernel();
    return true;
  } catch (error) {
    // A content security policy may forbid compilation.
    if (error instanceof WebAssembly.CompileError) return false;
    throw error;
  }
}

/**
 * Whether `signature`, r and s of 48 big-endian bytes each, is one of the digest
 * by the key, an uncompressed point. False for a wrong signature, for r or s out
 * of range, and for a key that is no such point.
 */
export function verify(
  publicKey: Uint8Array,
  digest: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (
    signature.length !== 2 * NUMBER_BYTES ||
    publicKey.length !== 1 + 2 * NUMBER_BYTES || publicKey[0] !== 4
  ) return false;
  const at = kernel();
  at.point.set(publicKey.subarray(1));
  setDigest(at.digest, digest);
  at.signature.set(signature);
  return at.run.verify() === 1;
}
