import { assert, assertEquals, assertGreater } from "@std/assert";
import { createHash } from "node:crypto";
import {
  rsaPublicKey,
  verifyRsaPkcs1,
  verifyRsaPss,
} from "../../../../backends/pure/kernels/rsa/mod.ts";
import type { HashName } from "../../../../backends/pure/engine/crypto/provider.ts";
import { readVectorJson, vectorTest } from "../../../vectors.ts";

interface RsaTests {
  readonly numberOfTests: number;
  readonly testGroups: readonly {
    readonly publicKey: {
      readonly modulus: string;
      readonly publicExponent: string;
    };
    readonly sha: string;
    readonly mgfSha?: string;
    readonly sLen?: number;
    readonly tests: readonly {
      readonly tcId: number;
      readonly msg: string;
      readonly sig: string;
      readonly result: "valid" | "invalid" | "acceptable";
      readonly flags: readonly string[];
    }[];
  }[];
}

const HASHES: Readonly<Record<string, HashName>> = {
  "SHA-256": "sha256",
  "SHA-384": "sha384",
  "SHA-512": "sha512",
};

function even(hex: string): Uint8Array {
  return Uint8Array.fromHex(hex.length % 2 === 0 ? hex : `0${hex}`);
}

const PKCS1 = ["2048", "3072", "4096"].flatMap((bits) =>
  ["256", "384", "512"].map((hash) => `rsa_signature_${bits}_sha${hash}`)
);
const PSS = [
  "rsa_pss_2048_sha256_mgf1_32",
  "rsa_pss_2048_sha384_mgf1_48",
  "rsa_pss_3072_sha256_mgf1_32",
  "rsa_pss_4096_sha256_mgf1_32",
  "rsa_pss_4096_sha384_mgf1_48",
  "rsa_pss_4096_sha512_mgf1_64",
  "rsa_pss_misc",
];

for (const file of [...PKCS1, ...PSS]) {
  vectorTest(`verification agrees with Wycheproof's ${file}`, () => {
    const vectors = readVectorJson<RsaTests>(`wycheproof/${file}_test.json`);
    let run = 0;
    for (const group of vectors.testGroups) {
      const hash = HASHES[group.sha];
      // TLS has neither SHA-1 nor truncated hashes, nor another hash in MGF1.
      if (hash === undefined) continue;
      if (group.mgfSha !== undefined && group.mgfSha !== group.sha) continue;
      const key = rsaPublicKey(
        even(group.publicKey.modulus),
        even(group.publicKey.publicExponent),
      );
      assert(key !== null);
      const digestOf = (data: Uint8Array) =>
        new Uint8Array(createHash(hash).update(data).digest());
      for (const { tcId, msg, sig, result, flags } of group.tests) {
        run++;
        const signature = Uint8Array.fromHex(sig);
        const digest = digestOf(Uint8Array.fromHex(msg));
        const valid = group.sLen === undefined
          ? verifyRsaPkcs1(key, digest, { hash, signature })
          : verifyRsaPss(key, digest, {
            hash: digestOf,
            saltLength: group.sLen,
            signature,
          });
        // "acceptable" is a DigestInfo without its NULL: not what section 9.2 gives.
        const expected = result === "valid";
        if (result === "acceptable") {
          assertEquals(flags.includes("MissingNull"), true, `test ${tcId}`);
        }
        assertEquals(valid, expected, `test ${tcId}`);
      }
    }
    assertGreater(run, 10);
    if (file !== "rsa_pss_misc") assertEquals(run, vectors.numberOfTests);
  });
}
