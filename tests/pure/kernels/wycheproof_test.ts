import { assertEquals, assertThrows } from "@std/assert";
import type { AeadName } from "../../../backends/pure/engine/crypto/provider.ts";
import { readVectorJson, vectorTest } from "../../vectors.ts";
import { hosts, keyLength } from "./subjects.ts";

interface AeadTests {
  readonly numberOfTests: number;
  readonly testGroups: readonly {
    readonly keySize: number;
    readonly ivSize: number;
    readonly tagSize: number;
    readonly tests: readonly {
      readonly tcId: number;
      readonly key: string;
      readonly iv: string;
      readonly aad: string;
      readonly msg: string;
      readonly ct: string;
      readonly tag: string;
      readonly result: "valid" | "invalid" | "acceptable";
    }[];
  }[];
}

const FILES: readonly [string, (keySize: number) => AeadName][] = [
  [
    "aes_gcm",
    // No AES-192: it is asked for by a name that fits neither, and refused.
    (keySize) => keySize === 128 ? "AES-128-GCM" : "AES-256-GCM",
  ],
  ["chacha20_poly1305", () => "CHACHA20-POLY1305"],
];

for (const [file, nameOf] of FILES) {
  for (const host of hosts) {
    vectorTest(`${host.build} kernels agree with Wycheproof's ${file}`, () => {
      const vectors = readVectorJson<AeadTests>(
        `wycheproof/${file}_test.json`,
      );
      let run = 0;
      for (const group of vectors.testGroups) {
        const name = nameOf(group.keySize);
        assertEquals(group.tagSize, 128);
        for (const test of group.tests) {
          const where = `${file} ${test.tcId}`;
          const [key, iv, aad, plaintext, ciphertext, tag] = ([
            test.key,
            test.iv,
            test.aad,
            test.msg,
            test.ct,
            test.tag,
          ] as const).map((hex) => Uint8Array.fromHex(hex)) as [
            Uint8Array,
            Uint8Array,
            Uint8Array,
            Uint8Array,
            Uint8Array,
            Uint8Array,
          ];
          run++;
          if (group.ivSize !== 96 || group.keySize !== 8 * keyLength(name)) {
            // TLS has neither other nonces nor AES-192, whatever the result says.
            assertThrows(
              () => host.createAead(name, key, iv),
              RangeError,
              "Cannot create an AEAD",
              where,
            );
            continue;
          }
          const aead = host.createAead(name, key, iv);
          const sealed = new Uint8Array([...ciphertext, ...tag]);
          const output = new Uint8Array(plaintext.length).fill(0xa5);
          const opened = aead.open(output, sealed, aad, 0, 0);
          if (test.result === "valid") {
            assertEquals(opened, plaintext.length, where);
            assertEquals(output, plaintext, where);
            const again = new Uint8Array(sealed.length);
            aead.seal(again, plaintext, -1, 0, aad, 0, 0);
            assertEquals(again, sealed, where);
          } else {
            // These files have no "acceptable" results.
            assertEquals(test.result, "invalid", where);
            assertEquals(opened, -1, where);
            assertEquals(output.every((byte) => byte === 0xa5), true, where);
          }
          aead.destroy();
        }
      }
      assertEquals(run, vectors.numberOfTests);
    });
  }
}
