/**
 * Key schedules by provider.
 *
 * @module
 */
import { Hkdf } from "../backends/pure/engine/crypto/hkdf.ts";
import { Prf12 } from "../backends/pure/engine/crypto/prf12.ts";
import type { CryptoProvider } from "../backends/pure/engine/crypto/provider.ts";
import { MasterSecret12 } from "../backends/pure/engine/crypto/schedule12.ts";
import { EarlySecret } from "../backends/pure/engine/crypto/schedule13.ts";
import { loadProvider } from "../backends/pure/providers/mod.ts";
import type { Variant } from "./report/figure.ts";

const AEAD = "AES-128-GCM";

/** All of TLS 1.3's secrets and record keys of one full handshake. */
function chain13(provider: CryptoProvider, shared: Uint8Array): void {
  const hkdf = new Hkdf(provider, "sha256");
  const handshake = new EarlySecret(hkdf, null).toHandshake(shared);
  const early = [
    handshake.clientTraffic(shared),
    handshake.serverTraffic(shared),
  ];
  for (const secret of early) {
    secret.trafficKeys(AEAD);
    secret.verifyData(shared);
  }
  const master = handshake.toMaster();
  master.clientTraffic(shared).trafficKeys(AEAD);
  master.serverTraffic(shared).trafficKeys(AEAD);
  master.exporter(shared);
  master.resumption(shared);
}

/** TLS 1.2's extended master secret, key block and both Finished. */
function chain12(provider: CryptoProvider, shared: Uint8Array): void {
  const prf = new Prf12(provider, "sha256");
  const master = MasterSecret12.extended(prf, shared, shared);
  master.keyBlock(AEAD, { client: shared, server: shared });
  master.verifyData("client", shared);
  master.verifyData("server", shared);
}

/** Groups of variants; the first of each is native. */
export async function scheduleVariants(): Promise<[string, Variant[]][]> {
  const native = await loadProvider({ provider: "native" });
  const portable = await loadProvider({ provider: "portable" });
  const shared = native.digest("sha256", new Uint8Array(1));
  const data = new Uint8Array(64);
  const works: [string, (provider: CryptoProvider) => unknown][] = [
    ["SHA-256 of 64 B", (p) => p.digest("sha256", data)],
    ["HMAC-SHA-256 of 64 B", (p) => p.hmac("sha256", shared, data)],
    [
      "HKDF-Expand-Label to 32 B",
      (p) => new Hkdf(p, "sha256").expandLabel(shared, "key", shared, 32),
    ],
    ["TLS 1.3 key schedule", (p) => chain13(p, shared)],
    ["TLS 1.2 key schedule", (p) => chain12(p, shared)],
  ];
  return works.map(([title, work]) => [title, [
    { name: `${title}, native`, run: () => work(native) },
    {
      name: `${title}, portable`,
      ratioTo: `${title}, native`,
      run: () => work(portable),
    },
  ]]);
}
