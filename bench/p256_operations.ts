/**
 * The operations of P-256 that are measured, each by the kernel, by node:crypto
 * and by noble: from digest to signature, from bytes to bytes.
 *
 * @module
 */
import {
  createECDH,
  createHash,
  createPrivateKey,
  createPublicKey,
  randomBytes,
  sign as nodeSign,
  verify as nodeVerify,
} from "node:crypto";
import { p256 } from "npm:@noble/curves@2.4.0/nist.js";
import {
  ecdh,
  generateKeyPair,
  sign,
  verify,
} from "../backends/pure/kernels/p256/mod.ts";

const BASE64URL = { alphabet: "base64url", omitPadding: true } as const;

/** Who computes. */
export type P256Implementation = "kernel" | "node:crypto" | "noble";

/** What is computed. */
export type P256Operation = "key pair" | "sign" | "verify" | "ECDH";

function random(length: number): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(length));
}

function sha256(message: Uint8Array): Uint8Array {
  return createHash("sha256").update(message).digest();
}

/**
 * Every operation by everyone. node:crypto hashes the message itself; the others
 * get node:crypto's hash of it in the same measurement.
 */
export function p256Operations(): Record<
  P256Operation,
  Record<P256Implementation, () => void>
> {
  // Nothing here touches the kernel: its first call can be measured.
  const node = createECDH("prime256v1");
  const publicKey = new Uint8Array(node.generateKeys());
  const privateKey = Uint8Array.fromHex(
    node.getPrivateKey("hex").padStart(64, "0"),
  );
  const jwk = {
    kty: "EC",
    crv: "P-256",
    d: privateKey.toBase64(BASE64URL),
    x: publicKey.subarray(1, 33).toBase64(BASE64URL),
    y: publicKey.subarray(33).toBase64(BASE64URL),
  };
  const nodePrivate = {
    key: createPrivateKey({ key: jwk, format: "jwk" }),
    dsaEncoding: "ieee-p1363",
  } as const;
  const nodePublic = {
    key: createPublicKey(nodePrivate.key),
    dsaEncoding: "ieee-p1363",
  } as const;
  // What CertificateVerify signs is about this long.
  const message = new Uint8Array(randomBytes(130));
  const signature = new Uint8Array(nodeSign("sha256", message, nodePrivate));
  const generator = createECDH("prime256v1");
  const peer = new Uint8Array(createECDH("prime256v1").generateKeys());
  const plain = { prehash: false, lowS: false };
  const expect = (valid: boolean) => {
    if (!valid) throw new Error("Cannot measure: the signature is wrong");
  };
  return {
    "key pair": {
      "kernel": () => void generateKeyPair(random),
      "node:crypto": () => void generator.generateKeys(),
      "noble": () => void p256.keygen(),
    },
    "sign": {
      "kernel": () =>
        void sign(privateKey, sha256(message), { extraEntropy: random(32) }),
      "node:crypto": () => void nodeSign("sha256", message, nodePrivate),
      "noble": () =>
        void p256.sign(sha256(message), privateKey, {
          ...plain,
          extraEntropy: random(32),
        }),
    },
    "verify": {
      "kernel": () => expect(verify(publicKey, sha256(message), signature)),
      "node:crypto": () =>
        expect(nodeVerify("sha256", message, nodePublic, signature)),
      "noble": () =>
        expect(p256.verify(signature, sha256(message), publicKey, plain)),
    },
    "ECDH": {
      "kernel": () => void ecdh(privateKey, peer),
      "node:crypto": () => void node.computeSecret(peer),
      "noble": () => void p256.getSharedSecret(privateKey, peer),
    },
  };
}
