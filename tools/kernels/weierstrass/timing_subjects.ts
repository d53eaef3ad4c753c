/**
 * What `deno task timing` measures of P-256: each operation with a private key
 * that is small, or whose bits are random.
 *
 * @module
 */
import { randomBytes } from "node:crypto";
import {
  ecdh,
  generateKeyPair,
  publicKeyOf,
  sign,
} from "../../../backends/pure/kernels/p256/mod.ts";
import type { Subject } from "../../timing.ts";

function random(length: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(randomBytes(length));
}

/** A key: a single bit of class 0, random of class 1; the same work draws both. */
function drawKey(variant: 0 | 1): Uint8Array<ArrayBuffer> {
  const { privateKey } = generateKeyPair(random);
  const key = new Uint8Array(privateKey);
  if (variant === 1) return key;
  const bit = key[0]!;
  key.fill(0);
  key[31 - (bit >> 3)] = 1 << (bit & 7);
  return key;
}

/** The operations on private keys. */
export function p256Subjects(): Subject[] {
  const { publicKey } = generateKeyPair(random);
  const digest = random(32);
  const subject = (
    what: string,
    use: (key: Uint8Array) => unknown,
  ): Subject => ({
    title: `P-256: ${what}, key of one bit or random`,
    leaks: false,
    prepare: (variant) => {
      const key = drawKey(variant);
      return () => use(key);
    },
  });
  return [
    subject("public key", publicKeyOf),
    subject("ECDH", (key) => ecdh(key, publicKey)),
    subject("sign", (key) => sign(key, digest, { extraEntropy: null })),
  ];
}
