/**
 * Hashes, HMAC and key schedules, by the kernel and without it.
 *
 * @module
 */
import { Hkdf } from "../backends/pure/engine/crypto/hkdf.ts";
import { Prf12 } from "../backends/pure/engine/crypto/prf12.ts";
import type { CryptoProvider } from "../backends/pure/engine/crypto/provider.ts";
import { MasterSecret12 } from "../backends/pure/engine/crypto/schedule12.ts";
import { EarlySecret } from "../backends/pure/engine/crypto/schedule13.ts";
import { Transcript } from "../backends/pure/engine/crypto/transcript.ts";
import { hashKernel } from "../backends/pure/kernels/hash/mod.ts";
import type { HashSource } from "../backends/pure/providers/_hash.ts";
import { loadProvider } from "../backends/pure/providers/mod.ts";
import { nodeHashes } from "../backends/pure/providers/_node_hash.ts";
import { nobleHashes } from "../backends/pure/providers/_noble_hash.ts";
import { nativeCrypto } from "../backends/pure/providers/native.ts";
import type { Variant } from "./report/figure.ts";

/** The hash of each cipher suite's schedule. */
const SUITES = [
  { hash: "sha256", title: "SHA-256", aead: "AES-128-GCM" },
  { hash: "sha384", title: "SHA-384", aead: "AES-256-GCM" },
] as const;

/** Bytes of what is hashed: a short message, and those of large records. */
const SIZES = [64, 1024, 16384] as const;

/** Bytes of the messages of a full handshake with an ECDSA certificate. */
const MESSAGES = {
  clientHello: new Uint8Array(250),
  serverHello: new Uint8Array(122),
  encryptedExtensions: new Uint8Array(10),
  certificate: new Uint8Array(900),
  certificateVerify: new Uint8Array(79),
};

/**
 * What one end of a full handshake of TLS 1.3 does with hashes: the transcript,
 * all secrets but the resumption's, both directions' record keys of both epochs,
 * what CertificateVerify signs and both Finished.
 */
function oneEnd13(
  provider: CryptoProvider,
  { hash, aead }: (typeof SUITES)[number],
  shared: Uint8Array,
): void {
  const transcript = new Transcript(provider);
  const addFinished = (verifyData: Uint8Array) => {
    const message = new Uint8Array(4 + verifyData.length);
    message.set(verifyData, 4);
    transcript.add(message);
  };
  transcript.add(MESSAGES.clientHello);
  transcript.select(hash);
  transcript.add(MESSAGES.serverHello);
  const hkdf = new Hkdf(provider, hash);
  const stage = new EarlySecret(hkdf, null).toHandshake(shared);
  let digest = transcript.digest();
  const [client, server] = [
    stage.clientTraffic(digest),
    stage.serverTraffic(digest),
  ];
  client.trafficKeys(aead);
  server.trafficKeys(aead);
  transcript.add(MESSAGES.encryptedExtensions);
  transcript.add(MESSAGES.certificate);
  transcript.digest();
  transcript.add(MESSAGES.certificateVerify);
  addFinished(server.verifyData(transcript.digest()));
  digest = transcript.digest();
  const master = stage.toMaster();
  master.clientTraffic(digest).trafficKeys(aead);
  master.serverTraffic(digest).trafficKeys(aead);
  master.exporter(digest);
  addFinished(client.verifyData(transcript.digest()));
}

/** TLS 1.2's extended master secret, key block and both Finished. */
function chain12(provider: CryptoProvider, shared: Uint8Array): void {
  const prf = new Prf12(provider, "sha256");
  const master = MasterSecret12.extended(prf, shared, shared);
  master.keyBlock("AES-128-GCM", { client: shared, server: shared });
  master.verifyData("client", shared);
  master.verifyData("server", shared);
}

/** Others' work is what ours is compared with, and with nothing itself. */
const REFERENCES: readonly string[] = ["node:crypto", "noble"];

/** One variant for each of `subjects`; ours compare with the first. */
function compare<T>(
  title: string,
  subjects: ReadonlyMap<string, T>,
  work: (subject: T) => unknown,
): [string, Variant[]] {
  const [first] = subjects.keys();
  return [
    title,
    [...subjects].map(([name, subject]) => ({
      name: `${title}, ${name}`,
      ...(name === first || REFERENCES.includes(name)
        ? {}
        : { ratioTo: `${title}, ${first}` }),
      run: () => work(subject),
    })),
  ];
}

/** Groups of variants; the first of each is node:crypto's. */
export async function scheduleVariants(): Promise<[string, Variant[]][]> {
  const [crypto, kernel] = [nativeCrypto(), hashKernel()];
  if (crypto === null || kernel === null) {
    throw new Error("Cannot compare: there is no node:crypto or WebAssembly");
  }
  const sources = new Map<string, HashSource>([
    ["node:crypto", nodeHashes(crypto)],
    ["kernel", kernel],
    ["noble", nobleHashes],
  ]);
  const providers = new Map<string, CryptoProvider>();
  for (const provider of ["native", "portable"] as const) {
    for (const kernels of ["js", "wasm"] as const) {
      providers.set(
        `${provider}, ${kernels}`,
        await loadProvider({ provider, kernels }),
      );
    }
  }
  const shared = crypto.randomBytes(32);
  const groups: [string, Variant[]][] = [];
  for (const { hash, title } of SUITES) {
    for (const size of SIZES) {
      const data = new Uint8Array(size);
      groups.push(
        compare(`${title} of ${size} B`, sources, (s) => s.digest(hash, data)),
      );
    }
    groups.push(
      compare(
        `HMAC-${title} of 32 B`,
        sources,
        (s) => s.hmac(hash, shared, shared),
      ),
      compare(`HKDF-Expand-Label by ${title}`, providers, (p) => {
        new Hkdf(p, hash).expandLabel(shared, "key", shared);
      }),
    );
  }
  for (const suite of SUITES) {
    groups.push(
      compare(
        `TLS 1.3 key schedule of one end, ${suite.title}`,
        providers,
        (p) => oneEnd13(p, suite, shared),
      ),
    );
  }
  groups.push(
    compare("TLS 1.2 key schedule", providers, (p) => chain12(p, shared)),
  );
  return groups;
}
