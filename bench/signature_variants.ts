/**
 * Signing and verifying by provider; a verification includes the import of the
 * key, as in a handshake.
 *
 * @module
 */
import { generateKeyPairSync } from "node:crypto";
import type {
  EcdsaCurve,
  HashName,
  SignatureAlgorithm,
} from "../backends/pure/engine/crypto/provider.ts";
import { parsePkcs8, publicKeyFor } from "../backends/pure/providers/_keys.ts";
import {
  nobleHas,
  NobleSigner,
  nobleVerify,
} from "../backends/pure/providers/_noble_sign.ts";
import { loadProvider } from "../backends/pure/providers/mod.ts";
import type { Variant } from "./report/figure.ts";

function ecdsa(curve: EcdsaCurve, hash: HashName): SignatureAlgorithm {
  return { kind: "ecdsa", curve, hash };
}

function ec(namedCurve: string) {
  return generateKeyPairSync("ec", { namedCurve });
}

function rsa(modulusLength: number) {
  return generateKeyPairSync("rsa", { modulusLength });
}

/**
 * Groups of variants; the providers, native first, are compared with noble, and
 * portable with native where noble has no such scheme.
 */
export async function signatureVariants(): Promise<[string, Variant[]][]> {
  const native = await loadProvider({ provider: "native" });
  const portable = await loadProvider({ provider: "portable" });
  const message = new Uint8Array(130);
  const pss = { kind: "rsa-pss", hash: "sha256", saltLength: 32 } as const;
  const rsa2048 = rsa(2048);
  const schemes = [
    ["ecdsa_secp256r1_sha256", ec("P-256"), ecdsa("P-256", "sha256")],
    ["ecdsa_secp384r1_sha384", ec("P-384"), ecdsa("P-384", "sha384")],
    ["ecdsa_secp521r1_sha512", ec("secp521r1"), ecdsa("P-521", "sha512")],
    ["ed25519", generateKeyPairSync("ed25519"), { kind: "ed25519" }],
    ["rsa_pss_rsae_sha256, 2048", rsa2048, pss],
    ["rsa_pkcs1_sha256, 2048", rsa2048, { kind: "rsa-pkcs1", hash: "sha256" }],
    ["rsa_pss_rsae_sha256, 4096", rsa(4096), pss],
  ] as const;
  const all: [string, Variant[]][] = [];
  for (const [name, pair, algorithm] of schemes) {
    const pkcs8 = new Uint8Array(
      pair.privateKey.export({ format: "der", type: "pkcs8" }),
    );
    const spki = new Uint8Array(
      pair.publicKey.export({ format: "der", type: "spki" }),
    );
    const nativeKey = await native.importSigningKey(pkcs8);
    const portableKey = await portable.importSigningKey(pkcs8);
    const signature = await nativeKey.sign(algorithm, message);
    const hasNoble = nobleHas(algorithm);
    const ratioTo = (work: string, provider: string) =>
      hasNoble
        ? { ratioTo: `${name} ${work}, noble` }
        : provider === "portable"
        ? { ratioTo: `${name} ${work}, native` }
        : {};
    const sign: Variant[] = [
      {
        name: `${name} sign, native`,
        ...ratioTo("sign", "native"),
        run: () => nativeKey.sign(algorithm, message),
      },
      {
        name: `${name} sign, portable`,
        ...ratioTo("sign", "portable"),
        run: () => portableKey.sign(algorithm, message),
      },
    ];
    const verify: Variant[] = [native, portable].map((provider) => ({
      name: `${name} verify, ${provider.name}`,
      ...ratioTo("verify", provider.name),
      run: () => provider.verify(algorithm, spki, message, signature),
    }));
    if (hasNoble) {
      const signer = new NobleSigner(parsePkcs8(pkcs8));
      sign.push({
        name: `${name} sign, noble`,
        run: () => signer.sign(algorithm, message),
      });
      verify.push({
        name: `${name} verify, noble`,
        run: () =>
          nobleVerify(
            algorithm,
            publicKeyFor(algorithm, spki)!,
            message,
            signature,
          ),
      });
    }
    all.push([`${name} sign`, sign], [`${name} verify`, verify]);
  }
  return all;
}
