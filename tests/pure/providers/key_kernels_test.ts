import { assert, assertEquals, assertThrows } from "@std/assert";
import { createECDH, generateKeyPairSync, sign } from "node:crypto";
import {
  CryptoFailure,
  type SignatureAlgorithm,
} from "../../../backends/pure/engine/crypto/provider.ts";
import * as p256 from "../../../backends/pure/kernels/p256/mod.ts";
import * as p384 from "../../../backends/pure/kernels/p384/mod.ts";
import * as rsa from "../../../backends/pure/kernels/rsa/mod.ts";
import {
  KeyKernels,
  keyKernels,
} from "../../../backends/pure/providers/_key_kernels.ts";
import {
  parsePkcs8,
  publicKeyFor,
} from "../../../backends/pure/providers/_keys.ts";
import { nobleHashes } from "../../../backends/pure/providers/_noble_hash.ts";
import { loadProvider } from "../../../backends/pure/providers/mod.ts";
import { generate, KEYS, openssl } from "./_keys.ts";

const kernels = await keyKernels(nobleHashes);
const message = new TextEncoder().encode("what is signed");

Deno.test("dh() is P-256's, agrees with node:crypto, and ends with destroy()", async () => {
  for (const curve of ["X25519", "P-384", "P-521"] as const) {
    assertEquals(kernels.dh(curve), null);
  }
  const dh = kernels.dh("P-256")!;
  for (const make of [() => dh.generate(), () => dh.import(message32(7))]) {
    const key = await make();
    const other = createECDH("prime256v1");
    const peer = new Uint8Array(other.generateKeys());
    assertEquals(
      await key.derive(peer),
      new Uint8Array(other.computeSecret(key.publicKey)),
    );
    assertEquals(Object.getPrototypeOf(key.publicKey), Uint8Array.prototype);
    peer[64]! ^= 1;
    assertThrows(() => void key.derive(peer), CryptoFailure);
    key.destroy();
    assertThrows(() => void key.derive(peer), Error, "dropped");
    key.destroy();
  }
  // An import copies; zero and what is not below the order are no keys.
  const scalar = message32(9);
  const key = await dh.import(scalar);
  scalar.fill(0);
  assert(await key.derive(key.publicKey));
  for (const bad of [scalar, new Uint8Array(32).fill(0xff), message32(1, 31)]) {
    assertThrows(() => void dh.import(bad), CryptoFailure);
  }
});

/** Bytes of a small number. */
function message32(number: number, length = 32): Uint8Array {
  const bytes = new Uint8Array(length);
  bytes[length - 1] = number;
  return bytes;
}

Deno.test("signingKey() is P-256's, and takes public halves of either form", async () => {
  for (const name of ["P-384", "P-521", "ed25519", "rsa"] as const) {
    const { pkcs8 } = await generate(...KEYS[name]);
    assertEquals(kernels.signingKey(parsePkcs8(pkcs8)), null);
  }
  const { pkcs8, spki } = await generate(...KEYS["P-256"]);
  assertEquals(kernels.signingKey(parsePkcs8(pkcs8))!.publicKey, spki);
  const compressed = await openssl([
    ..."pkey -inform DER -ec_conv_form compressed -outform DER".split(" "),
  ], pkcs8);
  assert(compressed.length < pkcs8.length);
  const inPkcs8 = await openssl(
    [..."pkcs8 -topk8 -nocrypt -inform DER -outform DER".split(" ")],
    compressed,
  );
  assertEquals(kernels.signingKey(parsePkcs8(inPkcs8))!.publicKey, spki);
});

Deno.test("signingKey() refuses a scalar with another key's public half, and leaves odd lengths to others", async () => {
  const [one, two] = [
    await generate(...KEYS["P-256"]),
    await generate(...KEYS["P-256"]),
  ];
  const mixed = one.pkcs8.slice();
  mixed.set(two.pkcs8.subarray(-64), mixed.length - 64);
  for (const provider of ["native", "portable"] as const) {
    const loaded = await loadProvider({ provider });
    assertThrows(() => void loaded.importSigningKey(mixed), CryptoFailure);
  }
  // The point's last bit: on no curve.
  mixed.set(one.pkcs8);
  mixed[mixed.length - 1]! ^= 1;
  assertThrows(() => kernels.signingKey(parsePkcs8(mixed)), CryptoFailure);

  const info = parsePkcs8(one.pkcs8);
  // ECPrivateKey { 1, a scalar of 31 bytes } in a PrivateKeyInfo.
  const short = Uint8Array.of(
    ...[0x30, 0x41, 2, 1, 0],
    ...info.algorithm,
    ...[4, 0x27, 0x30, 0x25, 2, 1, 1, 4, 0x20],
    ...message32(5),
  );
  assert(kernels.signingKey(parsePkcs8(short)) !== null);
  const shorter = Uint8Array.of(
    ...[0x30, 0x40, 2, 1, 0],
    ...info.algorithm,
    ...[4, 0x26, 0x30, 0x24, 2, 1, 1, 4, 0x1f],
    ...message32(5, 31),
  );
  assertEquals(kernels.signingKey(parsePkcs8(shorter)), null);
});

Deno.test("sign() takes no nonce twice", async () => {
  const { pkcs8 } = await generate(...KEYS["P-256"]);
  const key = kernels.signingKey(parsePkcs8(pkcs8))!;
  const algorithm = { kind: "ecdsa", curve: "P-256", hash: "sha256" } as const;
  const signatures = new Set<string>();
  for (let i = 0; i < 20; i++) {
    signatures.add(new Uint8Array(await key.sign(algorithm, message)).toHex());
  }
  assertEquals(signatures.size, 20);
});

Deno.test("verify() leaves P-521 and Ed25519 to others", async () => {
  for (
    const [name, algorithm] of [
      ["P-521", { kind: "ecdsa", curve: "P-521", hash: "sha512" }],
      ["ed25519", { kind: "ed25519" }],
    ] as readonly (readonly [keyof typeof KEYS, SignatureAlgorithm])[]
  ) {
    const { spki } = await generate(...KEYS[name]);
    const key = publicKeyFor(algorithm, spki)!;
    assertEquals(kernels.verify(algorithm, key, message, message), null);
  }
});

Deno.test("verify() keeps RSA keys ready, 64 at most, the last used ones", () => {
  const algorithm = { kind: "rsa-pkcs1", hash: "sha256" } as const;
  let made = 0;
  const counting = new KeyKernels({
    p256,
    p384,
    rsa: {
      ...rsa,
      rsaPublicKey(...numbers) {
        made++;
        return rsa.rsaPublicKey(...numbers);
      },
    },
  }, nobleHashes);
  const { privateKey, publicKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
  });
  const spki = new Uint8Array(
    publicKey.export({ format: "der", type: "spki" }),
  );
  const signature = new Uint8Array(sign("sha256", message, privateKey));
  const key = publicKeyFor(algorithm, spki)!;
  if (key.kind !== "rsa") throw new Error("not an RSA key");
  const check = (number = 0) => {
    const { modulus } = key;
    const other = Uint8Array.from(
      modulus,
      (byte, i) => i === 9 ? byte ^ number : byte,
    );
    return counting.verify(
      algorithm,
      { ...key, modulus: other },
      message,
      signature,
    );
  };
  for (let i = 0; i < 3; i++) assertEquals(check(), true);
  assertEquals(made, 1);
  for (let number = 1; number < 64; number++) {
    assertEquals(check(number), false);
  }
  assertEquals(check(), true);
  assertEquals(made, 64);
  // The 65th takes the place of the one that was not used for longest: 1.
  check(64);
  assertEquals(check(), true);
  assertEquals(made, 65);
  check(2);
  assertEquals(made, 65);
  check(1);
  assertEquals(made, 66);
});

Deno.test("without the kernels every key is left to others", async () => {
  const absent = new KeyKernels({
    p256: { ...p256, p256Available: () => false },
    p384: { ...p384, p384Available: () => false },
    rsa,
  }, nobleHashes);
  assertEquals(absent.dh("P-256"), null);
  for (
    const [name, hash] of [["P-256", "sha256"], ["P-384", "sha384"]] as const
  ) {
    const { pkcs8, spki } = await generate(...KEYS[name]);
    assertEquals(absent.signingKey(parsePkcs8(pkcs8)), null);
    const algorithm = { kind: "ecdsa", curve: name, hash } as const;
    const key = publicKeyFor(algorithm, spki)!;
    assertEquals(absent.verify(algorithm, key, message, message), null);
  }
});

Deno.test("loadProvider() refuses other values of kernels", async () => {
  for (const kernels of ["native", "", "WASM"]) {
    const error = await loadProvider({ kernels: kernels as "js" })
      .then(() => null, (error: Error) => error);
    assert(error instanceof RangeError);
    assert(error.message.endsWith(`wasm, symmetric, js, not ${kernels}`));
  }
});
