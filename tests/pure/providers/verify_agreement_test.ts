import { assertEquals } from "@std/assert";
import { ED25519_TORSION_SUBGROUP } from "npm:@noble/curves@2.4.0/ed25519.js";
import { p256, p384, p521 } from "npm:@noble/curves@2.4.0/nist.js";
import {
  constants,
  createHash,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from "node:crypto";
import type { SignatureAlgorithm } from "../../../backends/pure/engine/crypto/provider.ts";
import {
  encodeEcdsaSignature,
  parseEcdsaSignature,
} from "../../../backends/pure/engine/x509/ecdsa_signature.ts";
import { encodeSpki } from "../../../backends/pure/providers/_encode_key.ts";
import { loadProvider } from "../../../backends/pure/providers/mod.ts";
import { nobleSubject } from "./subjects.ts";

const providers = [
  await loadProvider({ provider: "native" }),
  await loadProvider({ provider: "portable" }),
  await loadProvider({ provider: "native", kernels: "symmetric" }),
  await loadProvider({ provider: "portable", kernels: "symmetric" }),
];
const noble = nobleSubject().provider;
const MESSAGE = new TextEncoder().encode("what is signed");

function spkiOf(key: KeyObject): Uint8Array {
  return new Uint8Array(key.export({ format: "der", type: "spki" }));
}

/** All providers that have the algorithm say `expected`. */
async function all(
  algorithm: SignatureAlgorithm,
  spki: Uint8Array,
  signature: Uint8Array,
  expected: { readonly is: boolean; readonly why: string },
): Promise<void> {
  for (const provider of [...providers, noble]) {
    if (!provider.canVerify(algorithm)) continue;
    assertEquals(
      await provider.verify(algorithm, spki, MESSAGE, signature),
      expected.is,
      `${provider.name}, ${provider === noble ? "noble alone, " : ""}${
        JSON.stringify(algorithm)
      }: ${expected.why}`,
    );
  }
}

const right = { is: true, why: "right" };
const wrong = (why: string) => ({ is: false, why });

function toInteger(bytes: Uint8Array): bigint {
  return BigInt(`0x${bytes.toHex() || "0"}`);
}

function toBytes(value: bigint, length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.fromHex(value.toString(16).padStart(2 * length, "0"));
}

/** The order of each curve, as noble knows it. */
const ORDERS = {
  "P-256": p256.Point.Fn.ORDER,
  "P-384": p384.Point.Fn.ORDER,
  "P-521": p521.Point.Fn.ORDER,
} as const;

const SIZES = { "P-256": 32, "P-384": 48, "P-521": 66 } as const;

for (const curve of ["P-256", "P-384", "P-521"] as const) {
  Deno.test(`verify() agrees on odd signatures of ECDSA on ${curve}`, async () => {
    const size = SIZES[curve];
    const n = ORDERS[curve];
    const web = await crypto.subtle.generateKey(
      { name: "ECDSA", namedCurve: curve },
      true,
      ["sign", "verify"],
    );
    const spki = new Uint8Array(
      await crypto.subtle.exportKey("spki", web.publicKey),
    );
    for (
      const [hash, webHash] of [["sha256", "SHA-256"], [
        "sha512",
        "SHA-512",
      ]] as const
    ) {
      const algorithm = { kind: "ecdsa", curve, hash } as const;
      const raw = new Uint8Array(
        await crypto.subtle.sign(
          { name: "ECDSA", hash: webHash },
          web.privateKey,
          MESSAGE,
        ),
      );
      const r = toInteger(raw.subarray(0, size));
      const s = toInteger(raw.subarray(size));
      const encoded = (r: bigint, s: bigint) =>
        encodeEcdsaSignature(
          Uint8Array.of(...toBytes(r, size), ...toBytes(s, size)),
        );
      const good = encoded(r, s);
      assertEquals(parseEcdsaSignature(good, curve), raw);
      await all(algorithm, spki, good, right);
      // Of s and n - s one is the larger: X.509 and TLS know no rule against it.
      await all(algorithm, spki, encoded(r, n - s), {
        is: true,
        why: "the other s",
      });
      for (
        const [signature, why] of [
          [encoded(n, s), "r is the order"],
          [encoded(r, n), "s is the order"],
          [encoded(0n, s), "r is zero"],
          [encoded(r, 0n), "s is zero"],
          [encoded(s, r), "swapped"],
          [raw, "IEEE P1363's form"],
          [Uint8Array.of(...good, 0), "a byte behind"],
          [good.subarray(0, -1), "a byte less"],
          [new Uint8Array(0), "empty"],
          [longForm(good), "BER"],
        ] as const
      ) await all(algorithm, spki, signature, wrong(why));
      const wide = 2n ** BigInt(8 * size);
      if (r + n < wide) {
        await all(algorithm, spki, encoded(r + n, s), wrong("r + n"));
      }
      if (s + n < wide) {
        await all(algorithm, spki, encoded(r, s + n), wrong("s + n"));
      }
    }
  });
}

/** The same SEQUENCE with one more byte of length than DER allows. */
function longForm(der: Uint8Array): Uint8Array {
  return der[1]! < 0x80
    ? Uint8Array.of(0x30, 0x81, ...der.subarray(1))
    : Uint8Array.of(0x30, 0x82, 0, ...der.subarray(2));
}

Deno.test("verify() agrees on odd signatures of Ed25519", async () => {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const spki = spkiOf(publicKey);
  const algorithm = { kind: "ed25519" } as const;
  const good = new Uint8Array(sign(null, MESSAGE, privateKey));
  await all(algorithm, spki, good, right);
  // RFC 8032, 5.1.7: s is "in range 0 <= s < L".
  const order = 2n ** 252n + 27742317777372353535851937790883648493n;
  const s = toInteger(good.slice(32).reverse());
  const more = Uint8Array.of(
    ...good.subarray(0, 32),
    ...toBytes(s + order, 32).reverse(),
  );
  const neutral = new Uint8Array(64);
  neutral[0] = 1;
  for (
    const [signature, why] of [
      [more, "s + L"],
      [good.subarray(0, 63), "a byte less"],
      [Uint8Array.of(...good, 0), "a byte behind"],
      [new Uint8Array(0), "empty"],
      [new Uint8Array(64), "zeros"],
      [neutral, "the neutral element and zero"],
      [new Uint8Array(64).fill(0xff), "ones"],
    ] as const
  ) await all(algorithm, spki, signature, wrong(why));
});

Deno.test("verify() takes no Ed25519 key of small order", async () => {
  const encodings = ED25519_TORSION_SUBGROUP.map((hex) =>
    Uint8Array.fromHex(hex)
  );
  assertEquals(encodings.length, 8);
  // The same points in forms that are not reduced, and with either sign.
  const p = 2n ** 255n - 19n;
  for (const y of [0n, 1n]) encodings.push(toBytes(p + y, 32).reverse());
  for (const bytes of [...encodings]) {
    const other = bytes.slice();
    other[31]! ^= 0x80;
    encodings.push(other);
  }
  for (const key of encodings) {
    for (const r of encodings) {
      const signature = Uint8Array.of(...r, ...new Uint8Array(32));
      const spki = encodeSpki("Ed25519", key);
      await all({ kind: "ed25519" }, spki, signature, wrong("small order"));
    }
  }
});

/** base ** exponent % modulus. */
function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  for (let e = exponent; e > 0n; e >>= 1n) {
    if (e & 1n) result = result * base % modulus;
    base = base * base % modulus;
  }
  return result;
}

Deno.test("verify() agrees on odd signatures of RSA", async () => {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
  });
  const spki = spkiOf(publicKey);
  const jwk = privateKey.export({ format: "jwk" });
  const fromUrl = (text: string) =>
    toInteger(Uint8Array.fromBase64(text, { alphabet: "base64url" }));
  const n = fromUrl(jwk.n!);
  const d = fromUrl(jwk.d!);
  const raw = (em: Uint8Array) => toBytes(power(toInteger(em), d, n), 256);
  const digest = new Uint8Array(createHash("sha256").update(MESSAGE).digest());
  const info = (head: string) =>
    Uint8Array.of(...Uint8Array.fromHex(head), ...digest);
  const SHA256_INFO = "3031300d060960864801650304020105000420";
  const padded = (content: Uint8Array, fill: number, start: number[]) =>
    Uint8Array.of(
      ...start,
      ...new Uint8Array(256 - start.length - 1 - content.length).fill(fill),
      0,
      ...content,
    );

  const pkcs1 = { kind: "rsa-pkcs1", hash: "sha256" } as const;
  const good = raw(padded(info(SHA256_INFO), 0xff, [0, 1]));
  assertEquals(good, new Uint8Array(sign("sha256", MESSAGE, privateKey)));
  await all(pkcs1, spki, good, right);
  for (
    const [signature, why] of [
      [raw(padded(info(SHA256_INFO), 0xfe, [0, 1])), "other padding"],
      [raw(padded(info(SHA256_INFO), 0xff, [0, 2])), "encryption's padding"],
      [raw(padded(info(SHA256_INFO), 0xff, [1, 1])), "no zero in front"],
      [
        raw(padded(info("302f300b0609608648016503040201" + "0420"), 0xff, [
          0,
          1,
        ])),
        "no NULL",
      ],
      [
        raw(padded(
          info("3031300d060960864801650304020205000420"),
          0xff,
          [0, 1],
        )),
        "another hash's name",
      ],
      [raw(padded(digest, 0xff, [0, 1])), "no DigestInfo"],
      // Bleichenbacher's forgery: short padding, garbage behind.
      [
        raw(Uint8Array.of(
          ...[0, 1, 255, 255, 255, 255, 255, 255, 255, 255, 0],
          ...info(SHA256_INFO),
          ...new Uint8Array(256 - 11 - 51),
        )),
        "garbage behind",
      ],
      [toBytes(toInteger(good) + n, 257), "plus the modulus"],
      [Uint8Array.of(0, ...good), "a zero in front"],
      [good.subarray(1), "a byte less"],
      [Uint8Array.of(...good, 0), "a byte behind"],
      [new Uint8Array(0), "empty"],
      [new Uint8Array(256), "zero"],
      [toBytes(1n, 256), "one"],
      [toBytes(n - 1n, 256), "minus one"],
    ] as const
  ) await all(pkcs1, spki, signature, wrong(why));
  // Where it happens to be shorter than the modulus.
  if (toInteger(good) + n < 2n ** 2048n) {
    await all(
      pkcs1,
      spki,
      toBytes(toInteger(good) + n, 256),
      wrong("plus the modulus, no longer"),
    );
  }

  const pss = { kind: "rsa-pss", hash: "sha256", saltLength: 32 } as const;
  const salted = (saltLength: number, hash = "sha256") =>
    new Uint8Array(sign(hash, MESSAGE, {
      key: privateKey,
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength,
    }));
  await all(pss, spki, salted(32), right);
  for (const saltLength of [0, 20, 31, 33, 48, 64]) {
    await all(pss, spki, salted(saltLength), wrong(`salt of ${saltLength}`));
    await all({ ...pss, saltLength }, spki, salted(saltLength), right);
    await all(
      { ...pss, saltLength },
      spki,
      salted(32),
      wrong(`salt of 32, not ${saltLength}`),
    );
  }
  for (const saltLength of [223, 256, 65_536, 2 ** 31 - 1]) {
    await all({ ...pss, saltLength }, spki, salted(32), wrong("no such salt"));
  }
  await all(pss, spki, good, wrong("PKCS#1"));
  await all(pkcs1, spki, salted(32), wrong("PSS"));
  await all(
    { ...pss, hash: "sha384", saltLength: 32 },
    spki,
    salted(32),
    wrong("another hash"),
  );
});
