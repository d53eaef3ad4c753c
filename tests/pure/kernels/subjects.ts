/**
 * What the kernels' tests share: every build with every AEAD, and the same
 * AEADs by node:crypto and noble.
 *
 * @module
 */
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { gcm } from "npm:@noble/ciphers@2.4.0/aes.js";
import { chacha20poly1305 } from "npm:@noble/ciphers@2.4.0/chacha.js";
import type { KernelHost } from "../../../backends/pure/kernels/_host.ts";
import {
  instantiateKernels,
  KERNEL_AEADS,
} from "../../../backends/pure/kernels/mod.ts";
import type { AeadName } from "../../../backends/pure/engine/crypto/provider.ts";

/** An instance of each build, apart from the shared one. */
export const hosts: readonly KernelHost[] = [
  instantiateKernels("relaxed"),
  instantiateKernels("baseline"),
];

/** Every build with every AEAD, named for test names. */
export const subjects: readonly {
  readonly title: string;
  readonly host: KernelHost;
  readonly name: AeadName;
}[] = hosts.flatMap((host) =>
  KERNEL_AEADS.map((name) => ({ title: `${name} (${host.build})`, host, name }))
);

/** Bytes of the key. */
export function keyLength(name: AeadName): number {
  return name === "AES-128-GCM" ? 16 : 32;
}

/** Random bytes in a plain Uint8Array. */
export function random(length: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(randomBytes(length));
}

/** The IV XOR the sequence number, RFC 8446 section 5.3. */
export function nonceOf(
  iv: Uint8Array,
  high: number,
  low: number,
): Uint8Array<ArrayBuffer> {
  const nonce = new Uint8Array(iv);
  const view = new DataView(nonce.buffer);
  view.setUint32(4, view.getUint32(4) ^ high);
  view.setUint32(8, view.getUint32(8) ^ low);
  return nonce;
}

/** Sealed by node:crypto. */
export function nodeSeal(
  name: AeadName,
  key: Uint8Array,
  nonce: Uint8Array,
  aad: Uint8Array,
  plaintext: Uint8Array,
): Uint8Array {
  const cipher = createCipheriv(
    name.toLowerCase() as "chacha20-poly1305",
    key,
    nonce,
    { authTagLength: 16 },
  );
  cipher.setAAD(aad, { plaintextLength: plaintext.length });
  return new Uint8Array(
    Buffer.concat([
      cipher.update(plaintext),
      cipher.final(),
      cipher.getAuthTag(),
    ]),
  );
}

/** Opened by node:crypto, which throws where the tag is wrong. */
export function nodeOpen(
  name: AeadName,
  key: Uint8Array,
  nonce: Uint8Array,
  aad: Uint8Array,
  sealed: Uint8Array,
): Uint8Array {
  const length = sealed.length - 16;
  const decipher = createDecipheriv(
    name.toLowerCase() as "chacha20-poly1305",
    key,
    nonce,
    { authTagLength: 16 },
  );
  decipher.setAAD(aad, { plaintextLength: length });
  decipher.setAuthTag(sealed.subarray(length));
  return new Uint8Array(
    Buffer.concat([
      decipher.update(sealed.subarray(0, length)),
      decipher.final(),
    ]),
  );
}

/** Sealed by noble. */
export function nobleSeal(
  name: AeadName,
  key: Uint8Array,
  nonce: Uint8Array,
  aad: Uint8Array,
  plaintext: Uint8Array,
): Uint8Array {
  const make = name === "CHACHA20-POLY1305" ? chacha20poly1305 : gcm;
  return make(key, nonce, aad).encrypt(plaintext);
}

/** Whether two byte strings are the same; quicker than assertEquals. */
export function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
