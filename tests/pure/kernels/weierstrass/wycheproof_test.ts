import { assertEquals } from "@std/assert";
import { createHash } from "node:crypto";
import { CryptoFailure } from "../../../../backends/pure/engine/crypto/provider.ts";
import * as p256 from "../../../../backends/pure/kernels/p256/mod.ts";
import * as p384 from "../../../../backends/pure/kernels/p384/mod.ts";
import {
  encodeEcdsaSignature,
  parseEcdsaSignature,
} from "../../../../backends/pure/engine/x509/ecdsa_signature.ts";
import { readVectorJson, vectorTest } from "../../../vectors.ts";
import { bytesOf } from "../p256/subjects.ts";

type Result = "valid" | "invalid" | "acceptable";

interface EcdsaTests {
  readonly numberOfTests: number;
  readonly testGroups: readonly {
    readonly publicKey: { readonly uncompressed: string };
    readonly tests: readonly {
      readonly tcId: number;
      readonly msg: string;
      readonly sig: string;
      readonly result: Result;
    }[];
  }[];
}

interface EcdhTests {
  readonly numberOfTests: number;
  readonly testGroups: readonly {
    readonly tests: readonly {
      readonly tcId: number;
      readonly public: string;
      readonly private: string;
      readonly shared: string;
      readonly result: Result;
    }[];
  }[];
}

const FILES = [
  ["256", "sha256"],
  ["256", "sha512"],
  ["384", "sha256"],
  ["384", "sha384"],
  ["384", "sha512"],
] as const;

for (const [bits, hash] of FILES) {
  const file = `ecdsa_secp${bits}r1_${hash}`;
  vectorTest(`verify() agrees with Wycheproof's ${file}`, () => {
    const vectors = readVectorJson<EcdsaTests>(`wycheproof/${file}_test.json`);
    const verify = bits === "256" ? p256.verify : p384.verify;
    let run = 0;
    for (const { publicKey, tests } of vectors.testGroups) {
      const key = Uint8Array.fromHex(publicKey.uncompressed);
      for (const { tcId, msg, sig, result } of tests) {
        run++;
        const digest = createHash(hash).update(Uint8Array.fromHex(msg))
          .digest();
        const der = Uint8Array.fromHex(sig);
        const signature = parseEcdsaSignature(der, `P-${bits}`);
        const valid = signature !== null && verify(key, digest, signature);
        assertEquals(valid, result === "valid", `test ${tcId}`);
        if (valid) assertEquals(encodeEcdsaSignature(signature), der);
      }
    }
    assertEquals(run, vectors.numberOfTests);
  });
}

vectorTest("ecdh() agrees with Wycheproof's ecdh_secp256r1_ecpoint", () => {
  const vectors = readVectorJson<EcdhTests>(
    "wycheproof/ecdh_secp256r1_ecpoint_test.json",
  );
  const counts = { valid: 0, invalid: 0, acceptable: 0 };
  for (const { tests } of vectors.testGroups) {
    for (const test of tests) {
      const privateKey = bytesOf(BigInt(`0x${test.private}`));
      let shared: string | null = null;
      try {
        shared = p256.ecdh(privateKey, Uint8Array.fromHex(test.public)).toHex();
      } catch (error) {
        if (!(error instanceof CryptoFailure)) throw error;
      }
      // The one "acceptable" case is a compressed point, which the kernel takes.
      const expected = test.result === "invalid" ? null : test.shared;
      assertEquals(shared, expected, `test ${test.tcId}`);
      counts[test.result]++;
    }
  }
  const { valid, invalid, acceptable } = counts;
  assertEquals(valid + invalid + acceptable, vectors.numberOfTests);
  assertEquals(acceptable, 1);
});
