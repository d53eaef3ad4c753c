import { assert, assertEquals, assertFalse } from "@std/assert";
import {
  constants,
  createHash,
  generateKeyPairSync,
  randomBytes,
  sign,
} from "node:crypto";
import {
  rsaPublicKey,
  verifyRsaPkcs1,
  verifyRsaPss,
} from "../../../../backends/pure/kernels/rsa/mod.ts";
import type { HashName } from "../../../../backends/pure/engine/crypto/provider.ts";

const HASHES: readonly HashName[] = ["sha256", "sha384", "sha512"];

function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.fromBase64(text, { alphabet: "base64url" });
}

function keyPair(modulusLength: number, publicExponent: number) {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", {
    modulusLength,
    publicExponent,
  });
  const { n, e } = publicKey.export({ format: "jwk" });
  const modulus = fromBase64Url(n as string);
  const exponent = fromBase64Url(e as string);
  const key = rsaPublicKey(modulus, exponent);
  assert(key !== null);
  assertEquals(key.modulusBits, modulusLength);
  return { privateKey, modulus, exponent, key };
}

// 1537 bits: the encoding of PSS is a byte shorter than the modulus.
for (const bits of [1536, 1537, 1538, 1543, 1544, 2048]) {
  for (const exponent of bits === 1536 ? [3, 17, 65537] : [65537]) {
    Deno.test(`verifyRsaPkcs1() and verifyRsaPss() take node:crypto's signatures with ${bits} bits and e = ${exponent}`, () => {
      const { privateKey, key } = keyPair(bits, exponent);
      const message = new Uint8Array(randomBytes(100));
      for (const hash of HASHES) {
        const hashOf = (data: Uint8Array) =>
          new Uint8Array(createHash(hash).update(data).digest());
        const digest = hashOf(message);
        const pkcs1 = new Uint8Array(sign(hash, message, privateKey));
        assert(verifyRsaPkcs1(key, digest, { hash, signature: pkcs1 }));
        for (const saltLength of [0, 20, digest.length]) {
          const signature = new Uint8Array(sign(hash, message, {
            key: privateKey,
            padding: constants.RSA_PKCS1_PSS_PADDING,
            saltLength,
          }));
          const options = { hash: hashOf, saltLength, signature };
          assert(verifyRsaPss(key, digest, options));
          assertFalse(
            verifyRsaPss(key, digest, { ...options, saltLength: 21 }),
          );
          assertFalse(verifyRsaPkcs1(key, digest, { hash, signature }));
          signature[randomBytes(1)[0]! % signature.length]! ^= 16;
          assertFalse(verifyRsaPss(key, digest, options));
        }
        pkcs1[randomBytes(1)[0]! % pkcs1.length]! ^= 1;
        assertFalse(verifyRsaPkcs1(key, digest, { hash, signature: pkcs1 }));
      }
    });
  }
}

Deno.test("rsaPublicKey() is null when the numbers are no key", () => {
  const { modulus, exponent, key } = keyPair(1536, 65537);
  const zero = new Uint8Array(1);
  assertEquals(
    rsaPublicKey(
      new Uint8Array([0, ...modulus]), // A DER INTEGER has a zero in front.
      new Uint8Array([0, 0, ...exponent]),
    ),
    key,
  );
  const evenModulus = modulus.slice();
  evenModulus[evenModulus.length - 1]! ^= 1;
  for (
    const bad of [
      evenModulus,
      new Uint8Array(),
      zero,
      new Uint8Array([255]),
      new Uint8Array(1025).fill(255),
    ]
  ) assertEquals(rsaPublicKey(bad, exponent), null);
  for (const bad of [[], [0], [1], [2], [4], [1, 0, 0, 0, 1]]) {
    assertEquals(rsaPublicKey(modulus, new Uint8Array(bad)), null);
  }
});

Deno.test("verifyRsaPkcs1() is false when the signature does not fit the key", () => {
  const { privateKey, key, modulus } = keyPair(1536, 65537);
  const digest = new Uint8Array(createHash("sha256").update("").digest());
  const signature = new Uint8Array(
    sign("sha256", new Uint8Array(), privateKey),
  );
  const hash = "sha256";
  assert(verifyRsaPkcs1(key, digest, { hash, signature }));
  for (
    const bad of [
      signature.subarray(1),
      new Uint8Array([0, ...signature]),
      new Uint8Array(signature.length).fill(255),
      new Uint8Array(signature.length),
      new Uint8Array(),
      modulus,
    ]
  ) assertFalse(verifyRsaPkcs1(key, digest, { hash, signature: bad }));
  assertFalse(verifyRsaPkcs1(key, digest, { hash: "sha384", signature }));
  const short = rsaPublicKey(new Uint8Array(32).fill(255), Uint8Array.of(3))!;
  assertFalse(
    verifyRsaPkcs1(short, digest, { hash, signature: new Uint8Array(32) }),
  );
});
