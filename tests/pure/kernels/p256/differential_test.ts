/**
 * The P-256 kernel against node:crypto. `P256_TEST_COUNT` sets how many signatures
 * are made each way; a tenth of that are ECDH.
 *
 * @module
 */
import { assert, assertEquals, assertFalse } from "@std/assert";
import {
  createECDH,
  createHash,
  createPrivateKey,
  createPublicKey,
  sign as nodeSign,
  verify as nodeVerify,
} from "node:crypto";
import {
  ecdh,
  generateKeyPair,
  sign,
  uncompressedPoint,
  verify,
} from "../../../../backends/pure/kernels/p256/mod.ts";
import { random } from "./subjects.ts";

const COUNT = Number(Deno.env.get("P256_TEST_COUNT") ?? 2000);
const BASE64URL = { alphabet: "base64url", omitPadding: true } as const;

/** A key pair of the kernel, in node:crypto too. */
function keyPair() {
  const { privateKey, publicKey } = generateKeyPair(random);
  const jwk = {
    kty: "EC",
    crv: "P-256",
    d: privateKey.toBase64(BASE64URL),
    x: publicKey.subarray(1, 33).toBase64(BASE64URL),
    y: publicKey.subarray(33).toBase64(BASE64URL),
  };
  const { d: _, ...publicJwk } = jwk;
  return {
    privateKey,
    publicKey,
    nodePrivate: {
      key: createPrivateKey({ key: jwk, format: "jwk" }),
      dsaEncoding: "ieee-p1363",
    } as const,
    nodePublic: {
      key: createPublicKey({ key: publicJwk, format: "jwk" }),
      dsaEncoding: "ieee-p1363",
    } as const,
  };
}

function hash(message: Uint8Array): Uint8Array {
  return new Uint8Array(createHash("sha256").update(message).digest());
}

Deno.test(`sign() and verify() agree with node:crypto on ${COUNT} keys`, () => {
  for (let i = 0; i < COUNT; i++) {
    const { privateKey, publicKey, nodePrivate, nodePublic } = keyPair();
    const message = random(40);
    const digest = hash(message);

    const theirs = new Uint8Array(nodeSign("sha256", message, nodePrivate));
    assert(verify(publicKey, digest, theirs));
    const extraEntropy = i % 2 === 0 ? random(32) : null;
    const ours = sign(privateKey, digest, { extraEntropy });
    assert(nodeVerify("sha256", message, nodePublic, ours));

    const bit = 1 << i % 8;
    theirs[i % 64]! ^= bit;
    assertFalse(verify(publicKey, digest, theirs));
    digest[i % 32]! ^= bit;
    assertFalse(verify(publicKey, digest, ours));
  }
});

Deno.test(`ecdh() and generateKeyPair() agree with node:crypto on ${COUNT / 10} keys`, () => {
  for (let i = 0; i < COUNT / 10; i++) {
    const { privateKey, publicKey } = generateKeyPair(random);
    const node = createECDH("prime256v1");
    node.setPrivateKey(privateKey);
    assertEquals(new Uint8Array(node.getPublicKey()), publicKey);
    const peer = createECDH("prime256v1");
    const uncompressed = new Uint8Array(peer.generateKeys());
    const compressed = new Uint8Array(peer.getPublicKey(null, "compressed"));
    const secret = new Uint8Array(node.computeSecret(uncompressed));
    assertEquals(ecdh(privateKey, uncompressed), secret);
    assertEquals(ecdh(privateKey, compressed), secret);
    assertEquals(uncompressedPoint(compressed), uncompressed);
  }
});
