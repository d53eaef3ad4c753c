/**
 * What the tests of the P-256 kernel share: numbers as bytes, the group in noble,
 * and instances of the module with their slots in reach.
 *
 * @module
 */
import { p256 } from "npm:@noble/curves@2.4.0/nist.js";
import { randomBytes } from "node:crypto";
import { decodeModule } from "../../../../backends/pure/kernels/_decode.ts";
import { wasm } from "../../../../backends/pure/kernels/p256/_wasm.ts";

/** The order of the group. */
export const N: bigint = p256.Point.CURVE().n;
/** The field's modulus. */
export const P: bigint = p256.Point.CURVE().p;

/** 32 big-endian bytes. */
export function bytesOf(number: bigint): Uint8Array<ArrayBuffer> {
  return Uint8Array.fromHex(number.toString(16).padStart(64, "0"));
}

/** The number of big-endian bytes. */
export function numberOf(bytes: Uint8Array): bigint {
  return BigInt(`0x0${new Uint8Array(bytes).toHex()}`);
}

/** Random bytes in a plain Uint8Array. */
export function random(length: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(randomBytes(length));
}

/** A random number from 1 to n - 1. */
export function randomScalar(): bigint {
  return numberOf(random(40)) % (N - 1n) + 1n;
}

/** value modulo n, not negative. */
export function reduce(value: bigint): bigint {
  const rest = value % N;
  return rest < 0n ? rest + N : rest;
}

/** 1 / value modulo n. */
export function invert(value: bigint): bigint {
  return p256.Point.Fn.inv(reduce(value));
}

/** scalar times the base point by noble, uncompressed; the scalar is not 0. */
export function basePoint(scalar: bigint): Uint8Array {
  return p256.Point.BASE.multiply(scalar).toBytes(false);
}

/** r and s, 32 bytes each. */
export function signatureOf(r: bigint, s: bigint): Uint8Array<ArrayBuffer> {
  return new Uint8Array([...bytesOf(r), ...bytesOf(s)]);
}

/** Whether noble takes a signature of a digest. */
export function nobleVerify(
  publicKey: Uint8Array,
  digest: Uint8Array,
  signature: Uint8Array,
): boolean {
  return p256.verify(signature, digest, publicKey, {
    prehash: false,
    lowS: false,
  });
}

/**
 * Scalars at which something changes: small ones and those near n, among them
 * every one whose last digit could meet an equal or opposite point, k = n + 2 d
 * for a digit d; 2^256 - n, whose last digit does; powers of two, and runs of ones
 * that end where limbs end.
 */
export const EDGE_SCALARS: readonly bigint[] = [
  ...Array.from({ length: 66 }, (_, k) => BigInt(k + 1)),
  ...Array.from({ length: 66 }, (_, k) => N - BigInt(k + 1)),
  ...[-2n, -1n, 0n, 1n, 2n].map((k) => 2n ** 256n - N + k),
  ...[-2n, -1n, 0n, 1n, 2n].map((k) => 2n * N - 2n ** 256n + k),
  ...[N >> 1n, (N >> 1n) + 1n],
  ...[29n, 58n, 64n, 128n, 145n, 224n, 232n, 250n, 255n].flatMap((bits) => [
    2n ** bits - 1n,
    2n ** bits,
    2n ** bits + 1n,
    N - 2n ** bits,
  ]),
];

/** The module's exports, which the host's `mod.ts` keeps to itself. */
export interface RawKernel {
  /** Its functions. */
  readonly run: Readonly<Record<string, (argument?: number) => number>>;
  /** All of its memory. */
  readonly memory: Uint8Array;
  /** Where its slots are. */
  readonly at: Readonly<Record<string, number>>;
}

/** A fresh instance; `module` is another build of it. */
export function instantiate(
  module: Uint8Array<ArrayBuffer> = decodeModule(wasm),
  imports: WebAssembly.Imports = {},
): RawKernel {
  const { exports } = new WebAssembly.Instance(
    new WebAssembly.Module(module),
    imports,
  );
  const run: Record<string, (argument?: number) => number> = {};
  const at: Record<string, number> = {};
  let memory: Uint8Array = new Uint8Array();
  for (const [name, value] of Object.entries(exports)) {
    if (value instanceof WebAssembly.Global) at[name] = value.value;
    else if (value instanceof WebAssembly.Memory) {
      memory = new Uint8Array(value.buffer);
    } else run[name] = value as (argument?: number) => number;
  }
  return { run, memory, at };
}
