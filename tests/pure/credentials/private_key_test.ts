import { assert, assertEquals, assertThrows } from "@std/assert";
import { Buffer } from "node:buffer";
import { generateKeyPairSync } from "node:crypto";
import { ConfigurationError } from "../../../api/errors.ts";
import type { PrivateKey } from "../../../api/credentials.ts";
import {
  certificate,
  checkSigningChain,
  type LoadedSigningKey,
  loadSigningKey,
  privateKey,
} from "../../../backends/pure/credentials/mod.ts";
import type { SignatureAlgorithm } from "../../../backends/pure/engine/crypto/provider.ts";
import { SignatureScheme } from "../../../backends/pure/engine/iana.ts";
import { createNativeProvider } from "../../../backends/pure/providers/native.ts";
import { createPortableProvider } from "../../../backends/pure/providers/portable.ts";
import { join } from "../../deps/path.ts";
import { hasProgram, openssl } from "../engine/x509/openssl.ts";
import { OPENSSL_KEYS } from "../engine/x509/everything.ts";
import { ext, general, keyOf, mint, pem } from "../engine/x509/mint.ts";

const providers = [
  await createNativeProvider({ kernels: "js" }),
  await createPortableProvider({ kernels: "js" }),
];
const MESSAGE = new TextEncoder().encode("what is signed");
const PASSWORD = "correct horse";

/** The one algorithm that a test signs with. */
function algorithmOf(key: LoadedSigningKey): SignatureAlgorithm {
  switch (key.type.kind) {
    case "ecdsa":
      return { kind: "ecdsa", curve: key.type.curve, hash: "sha256" };
    case "ed25519":
      return { kind: "ed25519" };
    default:
      return { kind: "rsa-pss", hash: "sha256", saltLength: 32 };
  }
}

async function assertSigns(
  key: PrivateKey,
  leafPem: string,
): Promise<void> {
  const leaf = certificate.fromBuffer(leafPem);
  const chain = { leaf, intermediates: [], privateKey: key };
  checkSigningChain(chain);
  for (const provider of providers) {
    const loaded = await loadSigningKey(chain, provider);
    const algorithm = algorithmOf(loaded);
    const signature = await loaded.sign(algorithm, MESSAGE);
    assert(
      await provider.verify(algorithm, loaded.publicKey!, MESSAGE, signature),
    );
    assert(loaded.schemes.length > 0);
  }
}

async function run(args: readonly string[]): Promise<void> {
  const { ok, output } = await openssl(args);
  if (!ok) throw new Error(`Cannot run openssl ${args.join(" ")}: ${output}`);
}

/** A key and its certificate in a fresh directory, which the callback gets. */
async function withKey(
  kind: string,
  use: (key: string, leaf: string, directory: string) => Promise<void>,
): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    const key = join(directory, "key.pem");
    const leaf = join(directory, "leaf.pem");
    await run([
      ...["req", "-x509", "-noenc", ...OPENSSL_KEYS[kind]!],
      ...["-subj", "/CN=key.test", "-keyout", key, "-out", leaf],
    ]);
    await use(key, await Deno.readTextFile(leaf), directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

const present = await hasProgram("openssl");
function opensslTest(name: string, fn: () => Promise<void>): void {
  Deno.test({
    name: present ? name : `${name} (ignored: no openssl)`,
    ignore: !present,
    fn,
  });
}

const LABELS: Readonly<Record<string, string>> = {
  "RSA": "RSA",
  "RSA-PSS": "RSA-PSS",
  "P-256": "EC P-256",
  "P-384": "EC P-384",
  "P-521": "EC P-521",
  "Ed25519": "Ed25519",
};

for (const kind of Object.keys(OPENSSL_KEYS)) {
  opensslTest(
    `privateKey.fromFile() reads every form when openssl wrote a ${kind} key`,
    () =>
      withKey(kind, async (file, leaf, directory) => {
        const forms: string[][] = [
          ["pkcs8", "-topk8", "-nocrypt"],
          ["pkcs8", "-topk8", "-nocrypt", "-outform", "DER"],
        ];
        if (kind === "RSA" || kind.startsWith("P-")) {
          const tool = kind === "RSA" ? "rsa" : "ec";
          const traditional = kind === "RSA" ? ["-traditional"] : [];
          forms.push(
            [tool, ...traditional],
            [tool, ...traditional, "-outform", "DER"],
          );
        }
        for (const form of forms) {
          const out = join(directory, "out");
          await run([...form, "-in", file, "-out", out]);
          const key = await privateKey.fromFile(out);
          assertEquals(key.algorithm, LABELS[kind]!);
          await assertSigns(key, leaf);
          assertEquals(privateKey.fromFileSync(out).algorithm, key.algorithm);
        }
      }),
  );
}

opensslTest(
  "privateKey.fromBuffer() decrypts every scheme of PBES2 that openssl writes",
  () =>
    withKey("P-256", async (file, leaf, directory) => {
      const out = join(directory, "out");
      const schemes: string[][] = [];
      for (const cipher of ["aes-128-cbc", "aes-192-cbc", "aes-256-cbc"]) {
        schemes.push(["-v2", cipher]);
      }
      for (
        const prf of [
          "hmacWithSHA1",
          "hmacWithSHA256",
          "hmacWithSHA384",
          "hmacWithSHA512",
        ]
      ) schemes.push(["-v2", "aes-256-cbc", "-v2prf", prf]);
      schemes.push(["-scrypt"], ["-v2", "aes-256-cbc", "-iter", "100000"]);
      for (const scheme of schemes) {
        for (const outform of ["PEM", "DER"]) {
          await run([
            ...["pkcs8", "-topk8", ...scheme, "-outform", outform],
            ...["-in", file, "-out", out, "-passout", `pass:${PASSWORD}`],
          ]);
          const bytes = await Deno.readFile(out);
          await assertSigns(
            privateKey.fromBuffer(bytes, { password: PASSWORD }),
            leaf,
          );
          for (
            const [password, message] of [
              ["wrong", "the password is wrong"],
              [undefined, "no password was given"],
            ] as const
          ) {
            const error = assertThrows(
              () =>
                privateKey.fromBuffer(
                  bytes,
                  password === undefined ? {} : { password },
                ),
              ConfigurationError,
              message,
            );
            assertEquals(error.field, "password");
          }
        }
      }
      // As bytes, and by a function, which is asked where it is needed alone.
      const bytes = await Deno.readFile(out);
      let asked = 0;
      const password = () => {
        asked++;
        return new TextEncoder().encode(PASSWORD);
      };
      privateKey.fromBuffer(bytes, { password });
      assertEquals(asked, 1);
      privateKey.fromBuffer(await Deno.readFile(file), { password });
      assertEquals(asked, 1);
    }),
);

opensslTest(
  "privateKey.fromBuffer() names what it cannot decrypt",
  () =>
    withKey("RSA", async (file, _, directory) => {
      const out = join(directory, "out");
      const password = PASSWORD;
      for (
        const [args, message] of [
          [["rsa", "-traditional", "-aes128"], "old way"],
          [["pkcs8", "-topk8", "-v2", "des3"], "cipher"],
          [["pkcs8", "-topk8", "-v1", "PBE-SHA1-3DES"], "encrypted by"],
        ] as const
      ) {
        await run([
          ...args,
          ...["-in", file, "-out", out, "-passout", `pass:${PASSWORD}`],
        ]);
        const text = await Deno.readTextFile(out);
        const error = assertThrows(
          () => privateKey.fromBuffer(text, { password }),
          ConfigurationError,
          message,
        );
        assertEquals(error.field, "password");
      }
    }),
);

opensslTest(
  "checkSigningChain() refuses a key when it is another's",
  () =>
    withKey("P-256", async (file, leaf) => {
      await withKey("P-256", async (other) => {
        const chain = {
          leaf: certificate.fromBuffer(leaf),
          intermediates: [],
          privateKey: await privateKey.fromFile(other),
        };
        assertThrows(
          () => checkSigningChain(chain),
          ConfigurationError,
          "it is not the key of the certificate of key.test",
        );
      });
      await withKey("RSA", async (other) => {
        const chain = {
          leaf: certificate.fromBuffer(leaf),
          intermediates: [],
          privateKey: await privateKey.fromFile(other),
        };
        assertThrows(() => checkSigningChain(chain), ConfigurationError);
      });
      const foreign = {
        leaf: certificate.fromBuffer(leaf),
        intermediates: [],
        privateKey: { algorithm: "made up" },
      };
      assertThrows(
        () => checkSigningChain(foreign),
        ConfigurationError,
        "not made by this backend's",
      );
      assertEquals((await privateKey.fromFile(file)).algorithm, "EC P-256");
    }),
);

// Ed25519's PKCS#8 hides the public key: the mismatch shows when it is loaded.
opensslTest(
  "loadSigningKey() refuses a key when it is another's",
  () =>
    withKey("Ed25519", (_, leaf) =>
      withKey("Ed25519", async (other) => {
        const chain = {
          leaf: certificate.fromBuffer(leaf),
          intermediates: [],
          privateKey: await privateKey.fromFile(other),
        };
        checkSigningChain(chain);
        for (const provider of providers) {
          let refused = false;
          try {
            await loadSigningKey(chain, provider);
          } catch (error) {
            refused = error instanceof ConfigurationError &&
              error.message.includes("it is not the key of the certificate");
          }
          assert(refused);
        }
      })),
);

async function leafFor(key: CryptoKeyPair): Promise<string> {
  // Any key may sign it: nobody verifies it here.
  return pem(
    await mint({
      subject: "CN=key.test",
      issuer: "CN=key.test",
      key,
      signer: await keyOf("P-256", "issuer"),
      extensions: [ext.subjectAltName([general.dns("key.test")])],
      notBefore: 1_700_000_000,
      notAfter: 1_900_000_000,
    }),
  );
}

Deno.test("privateKey.fromCryptoKey() signs when the key cannot be extracted", async () => {
  type Params = EcKeyGenParams | RsaHashedKeyGenParams | Algorithm;
  const cases: readonly (readonly [Params, string, number])[] = [
    [
      { name: "ECDSA", namedCurve: "P-256" },
      "EC P-256",
      SignatureScheme.ecdsa_secp256r1_sha256,
    ],
    [
      { name: "ECDSA", namedCurve: "P-384" },
      "EC P-384",
      SignatureScheme.ecdsa_secp384r1_sha384,
    ],
    [{ name: "Ed25519" }, "Ed25519", SignatureScheme.ed25519],
    [
      {
        name: "RSA-PSS",
        hash: "SHA-256",
        modulusLength: 2048,
        publicExponent: Uint8Array.of(1, 0, 1),
      },
      "RSA",
      SignatureScheme.rsa_pss_rsae_sha256,
    ],
  ];
  for (const [algorithm, label, scheme] of cases) {
    const pair = await crypto.subtle.generateKey(algorithm, false, [
      "sign",
      "verify",
    ]) as CryptoKeyPair;
    const other = await crypto.subtle.generateKey(algorithm, false, [
      "sign",
      "verify",
    ]) as CryptoKeyPair;
    const key = privateKey.fromCryptoKey(pair.privateKey);
    assertEquals(key.algorithm, label);
    const leafPem = await leafFor(pair);
    await assertSigns(key, leafPem);
    const leaf = certificate.fromBuffer(leafPem);
    const [provider] = providers;
    const loaded = await loadSigningKey(
      { leaf, intermediates: [], privateKey: key },
      provider!,
    );
    assertEquals(loaded.schemes, [scheme]);
    const wrong = {
      leaf,
      intermediates: [],
      privateKey: privateKey.fromCryptoKey(other.privateKey),
    };
    let refused = false;
    try {
      await loadSigningKey(wrong, provider!);
    } catch (error) {
      refused = error instanceof ConfigurationError;
    }
    assert(refused, `a wrong key of ${label}`);
    assertThrows(
      () => privateKey.fromCryptoKey(pair.publicKey),
      ConfigurationError,
    );
  }
});

Deno.test("privateKey.fromSigner() asks the signer when a signature is needed", async () => {
  const pair = await keyOf("P-256", "signer");
  const leaf = certificate.fromBuffer(await leafFor(pair));
  const asked: number[] = [];
  const key = privateKey.fromSigner({
    schemes: [SignatureScheme.ed25519, SignatureScheme.ecdsa_secp256r1_sha256],
    sign(scheme, message) {
      asked.push(scheme);
      assertEquals(message, MESSAGE);
      return Promise.resolve(Uint8Array.of(1, 2, 3));
    },
  });
  assertEquals(key.algorithm, "external");
  const chain = { leaf, intermediates: [], privateKey: key };
  checkSigningChain(chain);
  const loaded = await loadSigningKey(chain, providers[0]!);
  assertEquals(loaded.schemes, [SignatureScheme.ecdsa_secp256r1_sha256]);
  assertEquals(
    await loaded.sign(
      { kind: "ecdsa", curve: "P-256", hash: "sha256" },
      MESSAGE,
    ),
    Uint8Array.of(1, 2, 3),
  );
  assertEquals(asked, [SignatureScheme.ecdsa_secp256r1_sha256]);
  const useless = privateKey.fromSigner({
    schemes: [SignatureScheme.ed25519],
    sign: () => new Uint8Array(),
  });
  assertThrows(
    () => checkSigningChain({ ...chain, privateKey: useless }),
    ConfigurationError,
    "no signature scheme",
  );
});

Deno.test("privateKey.fromBuffer() leaves a caller's Buffer and password alone", () => {
  const password = Buffer.from(PASSWORD);
  const { privateKey: key } = generateKeyPairSync("ec", {
    namedCurve: "P-256",
  });
  const cases: readonly Buffer[] = [
    key.export({ format: "der", type: "sec1" }),
    key.export({ format: "der", type: "pkcs8" }),
    key.export({
      format: "der",
      type: "pkcs8",
      cipher: "aes-256-cbc",
      passphrase: PASSWORD,
    }),
  ];
  for (const der of cases) {
    const mine = Buffer.from(der);
    assertEquals(
      privateKey.fromBuffer(mine, { password }).algorithm,
      "EC P-256",
    );
    assertEquals(mine, der);
    assertEquals(password.toString(), PASSWORD);
  }
});

Deno.test("privateKey.fromBuffer() refuses an RSA key whose public half is malformed", () => {
  const { privateKey: key } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
  });
  const pkcs1 = key.export({ format: "der", type: "pkcs1" });
  // SEQUENCE { INTEGER 0, INTEGER n, INTEGER e, ... }: n begins at 11, behind its
  // sign byte; 65537 follows it.
  for (const sign of [[0x00, 0x00], [0xff, 0x80], [0x80, 0x00]]) {
    const bad = new Uint8Array(pkcs1);
    bad.set(sign, 11);
    const error = assertThrows(
      () => privateKey.fromBuffer(bad),
      ConfigurationError,
    );
    assertEquals(error.field, "certificateChain");
  }
});

Deno.test("privateKey.fromBuffer() refuses what is no key", () => {
  for (
    const bad of [
      "no PEM",
      "-----BEGIN PRIVATE KEY-----\n!!!!\n-----END PRIVATE KEY-----",
      "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
      "-----BEGIN PRIVATE KEY-----\nAAAA",
      "-----BEGIN DSA PRIVATE KEY-----\nMAA=\n-----END DSA PRIVATE KEY-----",
      "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----",
      new Uint8Array(0),
      Uint8Array.of(0x30, 0),
      Uint8Array.of(0x30, 0x80),
    ]
  ) assertThrows(() => privateKey.fromBuffer(bad), ConfigurationError);
});
