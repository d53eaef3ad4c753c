import { assert, assertEquals } from "@std/assert";
import { createHash } from "node:crypto";
import {
  publicKeyOf,
  sign,
  verify,
} from "../../../../backends/pure/kernels/p256/mod.ts";
import { p256 } from "npm:@noble/curves@2.4.0/nist.js";
import { random } from "./subjects.ts";

// RFC 6979, appendix A.2.5.
const PRIVATE_KEY = Uint8Array.fromHex(
  "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721",
);
const PUBLIC_KEY = Uint8Array.fromHex(
  "0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6" +
    "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299",
);
const SIGNATURES: readonly [hash: string, message: string, rs: string][] = [
  [
    "sha256",
    "sample",
    "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716" +
    "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
  ],
  [
    "sha256",
    "test",
    "f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367" +
    "019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083",
  ],
  [
    "sha1",
    "sample",
    "61340c88c3aaebeb4f6d667f672ca9759a6ccaa9fa8811313039ee4a35471d32" +
    "6d7f147dac089441bb2e2fe8f7a3fa264b9c475098fdcf6e00d7c996e1b8b7eb",
  ],
  [
    "sha384",
    "sample",
    "0eafea039b20e9b42309fb1d89e213057cbf973dc0cfc8f129edddc800ef7719" +
    "4861f0491e6998b9455193e34e7b0d284ddd7149a74b95b9261f13abde940954",
  ],
  [
    "sha512",
    "sample",
    "8496a60b5e9b47c825488827e0495b0e3fa109ec4568fd3f8d1097678eb97f00" +
    "2362ab1adbe2b8adf9cb9edab740ea6049c028114f2460f96554f61fae3302fe",
  ],
];

function digestOf(hash: string, message: string): Uint8Array {
  return new Uint8Array(createHash(hash).update(message).digest());
}

Deno.test("publicKeyOf() gives the key of RFC 6979, appendix A.2.5", () => {
  assertEquals(publicKeyOf(PRIVATE_KEY), PUBLIC_KEY);
});

for (const [hash, message, rs] of SIGNATURES) {
  const signature = Uint8Array.fromHex(rs);
  Deno.test(`verify() takes RFC 6979's signature of "${message}" with ${hash}`, () => {
    assert(verify(PUBLIC_KEY, digestOf(hash, message), signature));
  });
  if (hash !== "sha256") continue; // The nonces' HMAC is with SHA-256 always.
  Deno.test(`sign() gives RFC 6979's signature of "${message}" when no entropy is added`, () => {
    assertEquals(
      sign(PRIVATE_KEY, digestOf(hash, message), { extraEntropy: null }),
      signature,
    );
  });
}

Deno.test("sign() agrees with noble when entropy is added and when not", () => {
  for (let i = 0; i < 50; i++) {
    const digest = i < 2 ? new Uint8Array(32).fill(-i) : random(32);
    for (const extraEntropy of [null, random(32)]) {
      assertEquals(
        sign(PRIVATE_KEY, digest, { extraEntropy }),
        p256.sign(digest, PRIVATE_KEY, {
          prehash: false,
          lowS: false,
          extraEntropy: extraEntropy ?? false,
        }),
      );
    }
  }
});

Deno.test("sign() gives another signature when the entropy is another", () => {
  const digest = random(32);
  const signatures = [null, random(32), random(32)].map((extraEntropy) =>
    sign(PRIVATE_KEY, digest, { extraEntropy }).toHex()
  );
  assertEquals(new Set(signatures).size, 3);
});
