/**
 * P-256 in WebAssembly: key pairs, ECDH and ECDSA.
 *
 * Operations on secrets take no branch, index or address from them, and overwrite
 * what they leave in linear memory before they return. What runs is compiled code
 * that a just-in-time compiler compiles again: registers and the machine's stack
 * are out of reach.
 *
 * The module is compiled on first need, not on import. There is one instance; a
 * call runs to its end before another can begin, and calls nothing of its
 * caller's while it runs.
 *
 * @module
 */
import { CryptoFailure } from "../../engine/crypto/provider.ts";
import { decodeModule } from "../_decode.ts";
import { setDigest } from "../weierstrass/digest.ts";
import { wasm } from "./_wasm.ts";

/** Bytes of a private key, a coordinate, r, s and a shared secret. */
const NUMBER_BYTES = 32;
/** Bytes of an uncompressed point: 4, x, y. */
const UNCOMPRESSED_BYTES = 1 + 2 * NUMBER_BYTES;
/** Bytes of a compressed point: 2 or 3 for the parity of y, x. */
const COMPRESSED_BYTES = 1 + NUMBER_BYTES;
/**
 * How many keys or nonces in a row may be out of range. Each is with probability
 * 2^-32, unless the source of randomness is broken.
 */
const MAXIMUM_ATTEMPTS = 16;

/** What the module exports; `../weierstrass/assembly/kernel.ts` says what each does. */
interface Exports {
  readonly memory: WebAssembly.Memory;
  readonly IO_PRIVATE: WebAssembly.Global;
  readonly IO_POINT: WebAssembly.Global;
  readonly IO_DIGEST: WebAssembly.Global;
  readonly IO_SIGNATURE: WebAssembly.Global;
  readonly IO_SHARED: WebAssembly.Global;
  readonly IO_ENTROPY: WebAssembly.Global;
  wipe(): void;
  publicKey(): number;
  sharedSecret(): number;
  startNonces(entropyBytes: number): void;
  nextNonce(): void;
  sign(): number;
  isPrivateKey(): number;
  isPoint(): number;
  decompress(odd: number): number;
  verify(): number;
}

/** The instance, with a view of each of its slots. */
interface Kernel {
  readonly run: Exports;
  readonly privateKey: Uint8Array;
  readonly point: Uint8Array;
  readonly digest: Uint8Array;
  readonly signature: Uint8Array;
  readonly shared: Uint8Array;
  readonly entropy: Uint8Array;
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
    privateKey: view(run.IO_PRIVATE, NUMBER_BYTES),
    point: view(run.IO_POINT, 2 * NUMBER_BYTES),
    digest: view(run.IO_DIGEST, NUMBER_BYTES),
    signature: view(run.IO_SIGNATURE, 2 * NUMBER_BYTES),
    shared: view(run.IO_SHARED, NUMBER_BYTES),
    entropy: view(run.IO_ENTROPY, NUMBER_BYTES),
  };
  return instance;
}

/**
 * Whether P-256 runs here: WebAssembly with SIMD exists and may be compiled. The
 * first call compiles it.
 */
export function p256Available(): boolean {
  if (typeof WebAssembly !== "object") return false;
  try {
    kernel();
    return true;
  } catch (error) {
    // No SIMD, or a content security policy that forbids compilation.
    if (error instanceof WebAssembly.CompileError) return false;
    throw error;
  }
}

/** A private key and its public one. */
export interface KeyPair {
  /** 32 big-endian bytes, from 1 to n - 1. The caller overwrites it when done. */
  readonly privateKey: Uint8Array;
  /** The uncompressed point, 65 bytes. */
  readonly publicKey: Uint8Array;
}

function setPrivateKey(at: Kernel, privateKey: Uint8Array): void {
  if (privateKey.length !== NUMBER_BYTES) {
    throw new CryptoFailure("Cannot use the private key: it is not 32 bytes");
  }
  at.privateKey.set(privateKey);
}

function refusePrivateKey(): never {
  throw new CryptoFailure(
    "Cannot use the private key: it is not from 1 to n - 1",
  );
}

/** Puts a point into its slot; false for what cannot be a point of the curve. */
function setPoint(at: Kernel, point: Uint8Array): boolean {
  const form = point[0];
  if (form === 4 && point.length === UNCOMPRESSED_BYTES) {
    at.point.set(point.subarray(1));
    return true;
  }
  if ((form === 2 || form === 3) && point.length === COMPRESSED_BYTES) {
    at.point.set(point.subarray(1));
    return at.run.decompress(form & 1) === 1;
  }
  return false;
}

function refusePoint(): never {
  throw new CryptoFailure(
    "Cannot use the public key: it is not a point of P-256",
  );
}

function readPoint(at: Kernel): Uint8Array {
  const point = new Uint8Array(UNCOMPRESSED_BYTES);
  point[0] = 4;
  point.set(at.point, 1);
  return point;
}

/**
 * The public key of a private one: an uncompressed point, 65 bytes. Throws
 * {@linkcode CryptoFailure} unless the key is 32 bytes and from 1 to n - 1.
 */
export function publicKeyOf(privateKey: Uint8Array): Uint8Array {
  const at = kernel();
  try {
    setPrivateKey(at, privateKey);
    if (at.run.publicKey() === 0) refusePrivateKey();
    return readPoint(at);
  } finally {
    at.run.wipe();
  }
}

/**
 * A key pair, by rejection sampling
 * ({@link https://doi.org/10.6028/NIST.FIPS.186-5 | FIPS 186-5, appendix A.2.2}).
 * `randomBytes` returns so many fresh bytes that no one can guess; the array it
 * returns becomes the private key.
 */
export function generateKeyPair(
  randomBytes: (length: number) => Uint8Array,
): KeyPair {
  for (let attempt = 0; attempt < MAXIMUM_ATTEMPTS; attempt++) {
    const privateKey = randomBytes(NUMBER_BYTES);
    const at = kernel();
    try {
      setPrivateKey(at, privateKey);
      if (at.run.publicKey() === 1) {
        return { privateKey, publicKey: readPoint(at) };
      }
    } finally {
      at.run.wipe();
    }
  }
  throw new Error("Cannot generate a key pair: the randomness is broken");
}

/** Whether a private key is 32 bytes and from 1 to n - 1. */
export function isPrivateKey(privateKey: Uint8Array): boolean {
  if (privateKey.length !== NUMBER_BYTES) return false;
  const at = kernel();
  try {
    at.privateKey.set(privateKey);
    return at.run.isPrivateKey() === 1;
  } finally {
    at.run.wipe();
  }
}

/**
 * The uncompressed form, 65 bytes, of a point in either form
 * ({@link https://www.secg.org/sec1-v2.pdf | SEC 1, section 2.3.4}). Throws
 * {@linkcode CryptoFailure} unless it is a point of the curve, and not infinity.
 */
export function uncompressedPoint(point: Uint8Array): Uint8Array {
  const at = kernel();
  if (!setPoint(at, point) || at.run.isPoint() === 0) refusePoint();
  return readPoint(at);
}

/**
 * The shared secret of ECDH, x of the common point, 32 bytes
 * ({@link https://www.rfc-editor.org/rfc/rfc8446#section-7.4.2 | RFC 8446, section 7.4.2}).
 * `peer` is a point in either form. Throws {@linkcode CryptoFailure} where it is
 * none, or where the private key is out of range.
 */
export function ecdh(privateKey: Uint8Array, peer: Uint8Array): Uint8Array {
  const at = kernel();
  try {
    if (!setPoint(at, peer) || at.run.isPoint() === 0) refusePoint();
    setPrivateKey(at, privateKey);
    if (at.run.sharedSecret() === 0) refusePrivateKey();
    return at.shared.slice();
  } finally {
    at.run.wipe();
  }
}

/** What {@linkcode sign} takes besides key and digest. */
export interface SignOptions {
  /**
   * 32 random bytes that go into the nonce, so that a fault in the computation of
   * one signature cannot be repeated, or `null` for a nonce of key and digest
   * alone. A signature is safe with any value, even one that others know.
   */
  readonly extraEntropy: Uint8Array | null;
}

/**
 * The ECDSA signature of a digest: r and s, 32 big-endian bytes each. The nonce
 * is {@link https://www.rfc-editor.org/rfc/rfc6979#section-3.2 | RFC 6979}'s with
 * HMAC-SHA-256, with the entropy as the additional data of its section 3.6.
 *
 * Of a digest longer than 32 bytes the first 32 count, for the nonce too. Throws
 * {@linkcode CryptoFailure} where the private key is out of range.
 */
export function sign(
  privateKey: Uint8Array,
  digest: Uint8Array,
  options: SignOptions,
): Uint8Array {
  const { extraEntropy } = options;
  if (extraEntropy !== null && extraEntropy.length !== NUMBER_BYTES) {
    throw new RangeError("Cannot sign: the extra entropy is not 32 bytes");
  }
  const at = kernel();
  try {
    setPrivateKey(at, privateKey);
    if (at.run.isPrivateKey() === 0) refusePrivateKey();
    setDigest(at.digest, digest);
    if (extraEntropy !== null) at.entropy.set(extraEntropy);
    at.run.startNonces(extraEntropy === null ? 0 : NUMBER_BYTES);
    for (let attempt = 0; attempt < MAXIMUM_ATTEMPTS; attempt++) {
      if (at.run.sign() === 1) return at.signature.slice();
      at.run.nextNonce();
    }
    throw new Error("Cannot sign: no nonce was in range");
  } finally {
    at.run.wipe();
  }
}

/**
 * Whether `signature`, r and s of 32 big-endian bytes each, is one of the digest
 * by the key, a point in either form. False for a wrong signature, for r or s out
 * of range, and for a key that is no point of the curve.
 */
export function verify(
  publicKey: Uint8Array,
  digest: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (signature.length !== 2 * NUMBER_BYTES) return false;
  const at = kernel();
  if (!setPoint(at, publicKey)) return false;
  setDigest(at.digest, digest);
  at.signature.set(signature);
  return at.run.verify() === 1;
}
