import { assert, assertEquals, assertRejects } from "@std/assert";
import { Buffer } from "node:buffer";
import {
  CryptoFailure,
  type CryptoProvider,
  type EcdsaCurve,
  type HashName,
  type SignatureAlgorithm,
} from "../../../backends/pure/engine/crypto/provider.ts";
import { parsePkcs8 } from "../../../backends/pure/providers/_keys.ts";
import {
  NobleSigner,
  nobleVerify,
} from "../../../backends/pure/providers/_noble_sign.ts";
import { publicKeyFor } from "../../../backends/pure/providers/_keys.ts";
import { loadProvider } from "../../../backends/pure/providers/mod.ts";
import { generate, KEYS, openssl, type Pair } from "./_keys.ts";

const named: readonly (readonly [string, CryptoProvider])[] = [
  ["native", await loadProvider({ provider: "native" })],
  ["portable", await loadProvider({ provider: "portable" })],
  [
    "native, symmetric",
    await loadProvider({ provider: "native", kernels: "symmetric" }),
  ],
  [
    "portable, symmetric",
    await loadProvider({ provider: "portable", kernels: "symmetric" }),
  ],
];
const providers = named.map(([, provider]) => provider);
const message = new TextEncoder().encode("what is signed");
const hashes: readonly HashName[] = ["sha256", "sha384", "sha512"];
const SALT = { sha256: 32, sha384: 48, sha512: 64 };
const keys = new Map<string, Pair>();
for (const [name, args] of Object.entries(KEYS)) {
  keys.set(name, await generate(...args));
}

function algorithmsOf(key: string): SignatureAlgorithm[] {
  if (key === "ed25519") {
    return [{ kind: "ed25519" }];
  }
  if (key.startsWith("P-")) {
    return hashes.map((hash) => ({
      kind: "ecdsa",
      curve: key as EcdsaCurve,
      hash,
    }));
  }
  const pss: SignatureAlgorithm[] = hashes
    .filter((hash) => !key.includes(",") || key.endsWith(hash))
    .map((hash) => ({ kind: "rsa-pss", hash, saltLength: SALT[hash] }));
  return key === "rsa"
    ? [...pss, ...hashes.map((hash) => ({ kind: "rsa-pkcs1", hash }) as const)]
    : pss;
}

const everyAlgorithm = [...keys.keys()].flatMap(algorithmsOf);

function describe(algorithm: SignatureAlgorithm): string {
  return Object.values(algorithm).join(" ");
}

/** openssl's word on a signature. */
async function opensslVerify(
  algorithm: SignatureAlgorithm,
  spki: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  const directory = await Deno.makeTempDir();
  try {
    const [key, data, sig] = ["key", "data", "sig"]
      .map((name) => `${directory}/${name}`) as [string, string, string];
    await Deno.writeFile(key, spki);
    await Deno.writeFile(data, message);
    await Deno.writeFile(sig, signature);
    const raw = algorithm.kind === "ed25519";
    const args = [
      ...["pkeyutl", "-verify", "-rawin", "-pubin", "-keyform", "DER"],
      ...["-inkey", key, "-in", data, "-sigfile", sig],
      ...(raw ? [] : ["-digest", algorithm.hash]),
    ];
    if (algorithm.kind === "rsa-pss") {
      args.push("-pkeyopt", "rsa_padding_mode:pss");
      args.push("-pkeyopt", `rsa_pss_saltlen:${algorithm.saltLength}`);
    }
    return await openssl(args).then(() => true, () => false);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

for (const [title, provider] of named) {
  for (const [name, { pkcs8, spki }] of keys) {
    Deno.test(`sign() makes what openssl and all providers verify with ${name}, ${title}`, async () => {
      const key = await provider.importSigningKey(pkcs8);
      const known = provider.name === "native" ||
        title === "portable" && name === "P-256";
      assertEquals(key.publicKey, known ? spki : null);
      for (const algorithm of algorithmsOf(name)) {
        const signature = await key.sign(algorithm, message);
        assert(
          await opensslVerify(algorithm, spki, signature),
          describe(algorithm),
        );
        for (const verifier of providers) {
          assert(verifier.canVerify(algorithm));
          assert(await verifier.verify(algorithm, spki, message, signature));
          const other = signature.slice();
          other[other.length - 1]! ^= 1;
          assert(!await verifier.verify(algorithm, spki, message, other));
          assert(
            !await verifier.verify(
              algorithm,
              spki,
              message.slice(1),
              signature,
            ),
          );
        }
      }
    });

    Deno.test(`verify() and sign() refuse algorithms that do not fit ${name}, ${title}`, async () => {
      const key = await provider.importSigningKey(pkcs8);
      const fitting = new Set(algorithmsOf(name).map(describe));
      for (const algorithm of everyAlgorithm) {
        if (fitting.has(describe(algorithm))) {
          continue;
        }
        await assertRejects(
          async () => await key.sign(algorithm, message),
          CryptoFailure,
        );
        const right = await signAny(algorithm);
        assert(!await provider.verify(algorithm, spki, message, right));
      }
    });
  }

  Deno.test(`importSigningKey() copies the key, ${title}`, async () => {
    for (const [name, { pkcs8, spki }] of keys) {
      // A Buffer's `slice` is a view.
      const own = Buffer.from(pkcs8);
      const key = await provider.importSigningKey(own);
      own.fill(0);
      for (const algorithm of algorithmsOf(name)) {
        const signature = await key.sign(algorithm, message);
        assert(await provider.verify(algorithm, spki, message, signature));
      }
    }
  });

  Deno.test(`importSigningKey() refuses what is no key, ${title}`, async () => {
    const { pkcs8 } = keys.get("P-256")!;
    const { pkcs8: rsa } = keys.get("rsa")!;
    const bad = [
      new Uint8Array(0),
      pkcs8.slice(0, -1),
      Uint8Array.of(...pkcs8, 0),
      pkcs8.map((byte, i) => i === 15 ? byte ^ 1 : byte),
      // A scalar of zeros.
      pkcs8.map((byte, i) => i >= 36 && i < 68 ? 0 : byte),
      // One that is too large.
      pkcs8.map((byte, i) => i >= 36 && i < 68 ? 0xff : byte),
      rsa.slice(0, -10),
      keys.get("P-256")!.spki,
      (await generate(
        ..."-algorithm RSA -pkeyopt rsa_keygen_bits:1024".split(" "),
      ))
        .pkcs8,
    ];
    for (const key of bad) {
      await assertRejects(
        async () => await provider.importSigningKey(key),
        CryptoFailure,
      );
    }
  });

  Deno.test(`verify() refuses small RSA keys, ${title}`, async () => {
    const pair = await generate(
      ..."-algorithm RSA -pkeyopt rsa_keygen_bits:1024".split(" "),
    );
    const algorithm = { kind: "rsa-pkcs1", hash: "sha256" } as const;
    const signature = new Uint8Array(128).fill(1);
    assert(!await provider.verify(algorithm, pair.spki, message, signature));
  });

  Deno.test(`canVerify() knows no other algorithm, ${title}`, () => {
    for (
      const algorithm of [
        { kind: "ml-dsa-65" },
        { kind: "ecdsa", curve: "secp256k1", hash: "sha256" },
        { kind: "ecdsa", curve: "P-256", hash: "sha1" },
        { kind: "rsa-pkcs1", hash: "md5" },
      ]
    ) {
      assert(!provider.canVerify(algorithm as unknown as SignatureAlgorithm));
    }
  });
}

/** A right signature by the first key that makes one. */
async function signAny(algorithm: SignatureAlgorithm): Promise<Uint8Array> {
  for (const [name, { pkcs8 }] of keys) {
    if (
      algorithmsOf(name).some((one) => describe(one) === describe(algorithm))
    ) {
      const key = await providers[0]!.importSigningKey(pkcs8);
      return await key.sign(algorithm, message);
    }
  }
  throw new Error("no key signs by this");
}

for (const name of ["P-256", "P-384", "P-521", "ed25519"]) {
  Deno.test(`noble's signer makes what openssl verifies with ${name}`, async () => {
    const { pkcs8, spki } = keys.get(name)!;
    const signer = new NobleSigner(parsePkcs8(pkcs8));
    assertEquals(signer.publicKey, spki);
    for (const algorithm of algorithmsOf(name)) {
      const signature = signer.sign(algorithm, message);
      assert(await opensslVerify(algorithm, spki, signature));
      const key = publicKeyFor(algorithm, spki)!;
      assert(nobleVerify(algorithm, key, message, signature));
    }
  });
}
