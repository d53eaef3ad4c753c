/**
 * The report's figures of RSA verification: BigInt against node:crypto.
 *
 * @module
 */
import {
  createHash,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  sign,
  verify,
} from "node:crypto";
import {
  type RsaPublicKey,
  rsaPublicKey,
  verifyRsaPkcs1,
} from "../../backends/pure/kernels/rsa/mod.ts";
import { type Figure, interleave } from "./figure.ts";

/** Measures RSASSA-PKCS1-v1_5 at the sizes of certificates; takes about 4 seconds, most of it to make the keys. */
export async function* rsaFigures(): AsyncGenerator<Figure> {
  for (const bits of [2048, 4096]) {
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: bits });
    const publicKey = createPublicKey(privateKey);
    const { n, e } = publicKey.export({ format: "jwk" });
    const [modulus, exponent] = [n, e].map((text) =>
      Uint8Array.fromBase64(text as string, { alphabet: "base64url" })
    ) as [Uint8Array, Uint8Array];
    // A TBSCertificate is about this long.
    const message = new Uint8Array(randomBytes(1000));
    const signature = new Uint8Array(sign("sha256", message, privateKey));
    const expect = (valid: boolean) => {
      if (!valid) throw new Error("Cannot measure: the signature is wrong");
    };
    const native = `RSA-${bits} verify, node:crypto`;
    const kept = rsaPublicKey(modulus, exponent)!;
    const byBigInt = (key: RsaPublicKey) =>
      expect(verifyRsaPkcs1(
        key,
        createHash("sha256").update(message).digest(),
        { hash: "sha256", signature },
      ));
    yield* await interleave([
      {
        name: `RSA-${bits} verify, BigInt, key kept`,
        run: () => byBigInt(kept),
        ratioTo: native,
      },
      {
        name: `RSA-${bits} verify, BigInt, key made anew`,
        run: () => byBigInt(rsaPublicKey(modulus, exponent)!),
        ratioTo: native,
      },
      {
        name: native,
        run: () => expect(verify("sha256", message, publicKey, signature)),
      },
    ], { rounds: 20 });
  }
}

if (import.meta.main) {
  for await (const figure of rsaFigures()) console.log(JSON.stringify(figure));
}
