import { assertEquals, assertThrows } from "@std/assert";
import { Hkdf } from "../../../backends/pure/engine/crypto/hkdf.ts";
import { Prf12 } from "../../../backends/pure/engine/crypto/prf12.ts";
import type {
  CryptoProvider,
  HashName,
} from "../../../backends/pure/engine/crypto/provider.ts";
import { EarlySecret } from "../../../backends/pure/engine/crypto/schedule13.ts";
import { loadProvider } from "../../../backends/pure/providers/mod.ts";

/** RFC 8448 and openssl judge this one in tests/pure/engine/crypto/. */
const judged = await loadProvider({ provider: "native", kernels: "js" });

const others: readonly [string, CryptoProvider][] = [
  ["native, wasm", await loadProvider({ provider: "native" })],
  ["portable, wasm", await loadProvider({ provider: "portable" })],
  [
    "portable, js",
    await loadProvider({ provider: "portable", kernels: "js" }),
  ],
];

const hashes: readonly HashName[] = ["sha256", "sha384", "sha512"];

function bytes(length: number, seed: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => i * 29 + seed);
}

/** Whatever the schedule gives, with a PSK or without. */
function schedule(
  provider: CryptoProvider,
  hash: HashName,
  psk: Uint8Array | null,
): Uint8Array[] {
  const hkdf = new Hkdf(provider, hash);
  const transcript = bytes(hkdf.length, 5);
  const early = new EarlySecret(hkdf, psk);
  const results = [
    early.binderKey("resumption").binder(transcript),
    early.clientTraffic(transcript).exportForKeyLog(),
    early.exporter(transcript).export("label", bytes(9, 1), 200),
  ];
  const handshake = early.toHandshake(bytes(32, 7));
  for (
    const secret of [
      handshake.clientTraffic(transcript),
      handshake.serverTraffic(transcript),
    ]
  ) {
    const { key, iv } = secret.trafficKeys("AES-256-GCM");
    results.push(secret.exportForKeyLog(), key, iv);
    results.push(secret.verifyData(transcript));
  }
  const master = handshake.toMaster();
  results.push(
    master.clientTraffic(transcript).next().exportForKeyLog(),
    master.serverTraffic(transcript).trafficKeys("AES-128-GCM").key,
    master.exporter(transcript).export("another", bytes(0, 0), 1),
    master.resumption(transcript).psk(bytes(2, 3)),
  );
  return results;
}

for (const [name, provider] of others) {
  Deno.test(`the key schedule is the same by ${name}`, () => {
    for (const hash of hashes) {
      for (const psk of [null, bytes(32, 3)]) {
        // Twice: what does not change is kept.
        for (let again = 0; again < 2; again++) {
          assertEquals(
            schedule(provider, hash, psk),
            schedule(judged, hash, psk),
          );
        }
      }
    }
  });

  Deno.test(`expand() and compute() give every length by ${name}`, () => {
    for (const hash of hashes) {
      const secret = bytes(48, 1);
      const hkdf = new Hkdf(provider, hash);
      const key = hkdf.prepare(secret);
      const prf = new Prf12(provider, hash);
      for (let length = 0; length < 300; length++) {
        const info = bytes((length * 7) % 700, length);
        assertEquals(
          key.expand(info, length),
          new Hkdf(judged, hash).expand(secret, info, length),
        );
        assertEquals(
          prf.compute(info, "label", [secret], length),
          new Prf12(judged, hash).compute(info, "label", [secret], length),
        );
      }
      const all = key.expand(bytes(3, 3), 255 * hkdf.length);
      assertEquals(
        all,
        new Hkdf(judged, hash).expand(secret, bytes(3, 3), all.length),
      );
    }
  });

  Deno.test(`an Early Secret without a PSK is that of zeros, and is used once, by ${name}`, () => {
    const hkdf = new Hkdf(provider, "sha384");
    const zeros = new Uint8Array(48);
    const context = bytes(48, 2);
    const log = (psk: Uint8Array | null) =>
      new EarlySecret(hkdf, psk).toHandshake(null).clientTraffic(context)
        .exportForKeyLog();
    assertEquals(log(null), log(zeros));
    for (const psk of [null, zeros]) {
      const early = new EarlySecret(hkdf, psk);
      early.toHandshake(context);
      assertThrows(() => early.toHandshake(context), Error, "it was wiped");
    }
    // Using it up has not touched what is kept.
    assertEquals(log(null), log(zeros));
  });
}
