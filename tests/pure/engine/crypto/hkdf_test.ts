import { assertEquals, assertThrows } from "@std/assert";
import { Hkdf } from "../../../../backends/pure/engine/crypto/hkdf.ts";
import type { HashName } from "../../../../backends/pure/engine/crypto/provider.ts";
import { hex, opensslKdf, provider, toHex } from "./_provider.ts";

Deno.test("expand() gives RFC 5869's first test case", () => {
  const hkdf = new Hkdf(provider, "sha256");
  const prk = hkdf.extract(
    hex("000102030405060708090a0b0c"),
    hex("0b".repeat(22)),
  );
  assertEquals(
    toHex(prk),
    "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5",
  );
  assertEquals(
    toHex(hkdf.expand(prk, hex("f0f1f2f3f4f5f6f7f8f9"), 42)),
    "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
  );
});

const hashes: readonly HashName[] = ["sha256", "sha384", "sha512"];

for (const hash of hashes) {
  Deno.test(`expandLabel() gives what openssl gives with ${hash}`, () => {
    const hkdf = new Hkdf(provider, hash);
    const secret = provider.digest(hash, hex("01"));
    for (
      const [label, length] of [["key", 16], ["c hs traffic", 200]] as const
    ) {
      const context = provider.digest(hash, hex("02"));
      assertEquals(
        toHex(hkdf.expandLabel(secret, label, context, length)),
        toHex(opensslKdf("TLS13-KDF", length, [
          `digest:${hash}`,
          "mode:EXPAND_ONLY",
          `hexkey:${toHex(secret)}`,
          `hexdata:${toHex(context)}`,
          "prefix:tls13 ",
          `label:${label}`,
        ])),
      );
    }
  });
}

Deno.test("expand() refuses more than HKDF gives", () => {
  const hkdf = new Hkdf(provider, "sha256");
  const key = new Uint8Array(32);
  assertEquals(hkdf.expand(key, key, 255 * 32).length, 255 * 32);
  assertEquals(hkdf.expand(key, key, 0).length, 0);
  assertThrows(() => hkdf.expand(key, key, 255 * 32 + 1), RangeError);
  assertThrows(() => hkdf.expand(key, key, -1), RangeError);
});

Deno.test("expandLabel() refuses labels and contexts that do not fit", () => {
  const hkdf = new Hkdf(provider, "sha256");
  const key = new Uint8Array(32);
  hkdf.expandLabel(key, "a".repeat(249), new Uint8Array(255));
  assertThrows(() => hkdf.expandLabel(key, "a".repeat(250), key), RangeError);
  assertThrows(() => hkdf.expandLabel(key, "", key), RangeError);
  assertThrows(
    () => hkdf.expandLabel(key, "a", new Uint8Array(256)),
    RangeError,
  );
});
