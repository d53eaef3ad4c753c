/**
 * What the hash kernel's tests share.
 *
 * @module
 */
import { createHash, createHmac, randomBytes } from "node:crypto";
import type { HashName } from "../../../../backends/pure/engine/crypto/provider.ts";

/** The hashes, each with the bytes of its block and of its digest. */
export const HASHES: readonly {
  readonly name: HashName;
  readonly block: number;
  readonly length: number;
}[] = [
  { name: "sha256", block: 64, length: 32 },
  { name: "sha384", block: 128, length: 48 },
  { name: "sha512", block: 128, length: 64 },
];

/** Random bytes in a plain Uint8Array. */
export function random(length: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(randomBytes(length));
}

/** The digest by node:crypto. */
export function nodeDigest(name: HashName, data: Uint8Array): Uint8Array {
  return new Uint8Array(createHash(name).update(data).digest());
}

/** HMAC by node:crypto. */
export function nodeHmac(
  name: HashName,
  key: Uint8Array,
  data: Uint8Array,
): Uint8Array {
  return new Uint8Array(createHmac(name, key).update(data).digest());
}

/** Whether two byte strings are the same; quicker than assertEquals. */
export function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
