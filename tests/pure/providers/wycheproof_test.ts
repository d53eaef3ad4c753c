import { assert, assertEquals } from "@std/assert";
import type { KernelChoice } from "../../../backends/pure/providers/mod.ts";
import { keyKernels } from "../../../backends/pure/providers/_key_kernels.ts";
import { nobleHashes } from "../../../backends/pure/providers/_noble_hash.ts";
import { nobleKem } from "../../../backends/pure/providers/_noble_kem.ts";
import { nodeDh } from "../../../backends/pure/providers/native.ts";
import {
  createNativeProvider,
  nativeCrypto,
  nativeKem,
} from "../../../backends/pure/providers/native.ts";
import { readVectorJson, vectorsDirectory, vectorTest } from "../../vectors.ts";
import {
  kernelBuilds,
  kernelSubject,
  nobleKnownKem,
  nobleSubject,
  portableSubject,
} from "./subjects.ts";
import { runFile, type Subject, type WycheproofFile } from "./wycheproof.ts";

async function nativeSubject(kernels: KernelChoice): Promise<Subject> {
  const kem = await nativeKem();
  const keys = kernels === "wasm" ? await keyKernels(nobleHashes) : null;
  return {
    name: `native, ${kernels}`,
    provider: await createNativeProvider({ kernels }),
    dh: (curve) => keys?.dh(curve) ?? nodeDh(nativeCrypto()!, curve),
    kem: () => kem,
    ...(kem === nobleKem ? { knownKem: nobleKnownKem } : {}),
  };
}

const files: string[] = vectorsDirectory === null
  ? []
  : [...Deno.readDirSync(`${vectorsDirectory}/wycheproof`)]
    .map((entry) => entry.name)
    .filter((name) => name.endsWith(".json"))
    .sort();

/** What the kernels do: without them it is node:crypto's, WebCrypto's or noble's. */
const SYMMETRIC_FILES = /^(aes_|chacha20_|hkdf_|hmac_)/;
const KEY_FILES = /^(ecdh_secp256|ecdsa_secp(256|384)|rsa_)/;

/** noble has no RSA; the kernels' builds have AEADs alone. */
const subjects: readonly (readonly [
  string,
  () => Subject | Promise<Subject>,
  RegExp,
])[] = [
  ["native, wasm", () => nativeSubject("wasm"), /./],
  ["native, js", () => nativeSubject("js"), SYMMETRIC_FILES],
  ["native, symmetric", () => nativeSubject("symmetric"), KEY_FILES],
  ["portable, wasm", () => portableSubject("wasm"), /./],
  ["portable, js", () => portableSubject("js"), SYMMETRIC_FILES],
  ["portable, symmetric", () => portableSubject("symmetric"), KEY_FILES],
  ["noble", nobleSubject, /^(?!rsa_)/],
  ...kernelBuilds().map((build) =>
    [
      `kernels, ${build}`,
      () => kernelSubject(build),
      /^(aes_|chacha20_)/,
    ] as const
  ),
];

/** Files of which no test, or not every test, is of an algorithm here. */
const ALL_REFUSED = /^(aes_ccm|mldsa)_/;

vectorTest("wycheproof has every file that is known here", () => {
  assertEquals(files.length, 39);
});

for (const [name, make, pattern] of subjects) {
  vectorTest(`wycheproof passes with ${name}`, async (t) => {
    const subject = await make();
    for (const file of files.filter((file) => pattern.test(file))) {
      await t.step(file, async () => {
        const vectors = readVectorJson<WycheproofFile>(`wycheproof/${file}`);
        const outcome = await runFile(subject, file, vectors);
        assertEquals(outcome.failures, []);
        const count = vectors.testGroups
          .reduce((sum, group) => sum + group.tests.length, 0);
        assertEquals(outcome.passed + outcome.refused, count);
        assert(count > 0);
        if (ALL_REFUSED.test(file)) {
          assertEquals(outcome.passed, 0);
        } else if (!file.startsWith("mlkem_768_semi")) {
          assert(outcome.passed > 0);
        }
      });
    }
  });
}
