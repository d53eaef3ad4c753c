import { assert, assertEquals, assertFalse, assertGreater } from "@std/assert";
import { createHash, generateKeyPairSync, sign } from "node:crypto";
import { p384 } from "npm:@noble/curves@2.4.0/nist.js";
import {
  p384Available,
  verify,
} from "../../../../backends/pure/kernels/p384/mod.ts";
import { numberOf, random } from "../p256/subjects.ts";

const { Point } = p384;
const N = Point.CURVE().n;
const P = Point.CURVE().p;
const COUNT = Number(Deno.env.get("P384_TEST_COUNT") ?? 300);

function bytesOf(number: bigint): Uint8Array<ArrayBuffer> {
  return Uint8Array.fromHex(number.toString(16).padStart(96, "0"));
}

function randomScalar(): bigint {
  return numberOf(random(56)) % (N - 1n) + 1n;
}

function reduce(value: bigint): bigint {
  const rest = value % N;
  return rest < 0n ? rest + N : rest;
}

function signatureOf(r: bigint, s: bigint): Uint8Array<ArrayBuffer> {
  return new Uint8Array([...bytesOf(r), ...bytesOf(s)]);
}

Deno.test("p384Available() is true where WebAssembly is", () => {
  assert(p384Available());
});

Deno.test(`verify() of P-384 takes node:crypto's signatures on ${COUNT} keys, and nothing like them`, () => {
  for (let i = 0; i < COUNT; i++) {
    const pair = generateKeyPairSync("ec", { namedCurve: "P-384" });
    const { x, y } = pair.publicKey.export({ format: "jwk" });
    const [px, py] = [x, y].map((text) =>
      Uint8Array.fromBase64(text as string, { alphabet: "base64url" })
    );
    const publicKey = new Uint8Array([4, ...px!, ...py!]);
    const message = random(40);
    const hash = i % 2 === 0 ? "sha384" : "sha512";
    const digest = new Uint8Array(createHash(hash).update(message).digest());
    const key = {
      key: pair.privateKey,
      dsaEncoding: "ieee-p1363",
    } as const;
    const signature = new Uint8Array(sign(hash, message, key));
    assert(verify(publicKey, digest, signature));
    signature[i % 96]! ^= 1 << i % 8;
    assertFalse(verify(publicKey, digest, signature));
    signature[i % 96]! ^= 1 << i % 8;
    digest[i % 48]! ^= 1;
    assertFalse(verify(publicKey, digest, signature));
  }
});

Deno.test("verify() of P-384 is right when u1 G and u2 Q meet, cancel or vanish", () => {
  const numbers = [1n, 2n, 3n, 17n, 127n, 2n ** 192n, N - 1n, N - 3n];
  let infinite = 0;
  for (const d of [1n, 2n, 3n, 31n, N - 1n, (N + 1n) / 2n, randomScalar()]) {
    const publicKey = Point.BASE.multiply(d).toBytes(false);
    const u = randomScalar();
    const pairs: [bigint, bigint][] = [
      ...numbers.flatMap((a) => numbers.map((b): [bigint, bigint] => [a, b])),
      [0n, u],
      [reduce(u * d), u], // u1 G = u2 Q
      [reduce(-u * d), u], // u1 G = -u2 Q
      [reduce(2n * u * d), u],
      [reduce(-u * d + 2n), u], // the sum is near zero
    ];
    for (const [u1, u2] of pairs) {
      const k = reduce(u1 + u2 * d);
      const r = k === 0n ? randomScalar() : reduce(Point.BASE.multiply(k).x);
      const s = reduce(r * Point.Fn.inv(u2));
      const digest = bytesOf(reduce(u1 * s));
      assertEquals(
        verify(publicKey, digest, signatureOf(r, s)),
        k !== 0n,
        `${u1} ${u2} ${d}`,
      );
      if (k === 0n) infinite++;
    }
  }
  assertGreater(infinite, 6);
});

Deno.test("verify() of P-384 takes r = x - n when x is not below n", () => {
  let x = N + 1n; // N itself would make r zero.
  let point = null;
  while (point === null) {
    try {
      point = Point.fromBytes(new Uint8Array([2, ...bytesOf(x)]));
    } catch {
      x++;
    }
  }
  const r = x - N;
  assertGreater(r, 0n);
  const [e, s] = [randomScalar(), randomScalar()];
  const key = point.multiply(s).subtract(Point.BASE.multiply(e))
    .multiply(Point.Fn.inv(r)).toBytes(false);
  assert(verify(key, bytesOf(e), signatureOf(r, s)));
  assertFalse(verify(key, bytesOf(e), signatureOf(r + 1n, s)));
});

Deno.test("verify() of P-384 refuses what is no point, and r and s out of range", () => {
  const d = randomScalar();
  const digest = random(48);
  const secret = bytesOf(d);
  const point = Point.BASE.multiply(d);
  const key = point.toBytes(false);
  const signature = p384.sign(digest, secret, { prehash: false, lowS: false });
  const r = numberOf(signature.subarray(0, 48));
  const s = numberOf(signature.subarray(48));
  assert(verify(key, digest, signature));
  assert(verify(key, digest, signatureOf(r, N - s)));
  for (const bad of [0n, N, 2n ** 384n - 1n]) {
    assertFalse(verify(key, digest, signatureOf(bad, s)));
    assertFalse(verify(key, digest, signatureOf(r, bad)));
  }
  assertFalse(verify(key, digest, signature.subarray(1)));
  const coordinates = (x: bigint, y: bigint) =>
    new Uint8Array([4, ...bytesOf(x), ...bytesOf(y)]);
  const keys = [
    new Uint8Array(),
    new Uint8Array(1),
    point.toBytes(true), // The kernel takes uncompressed points only.
    key.subarray(0, 96),
    new Uint8Array([...key, 0]),
    coordinates(point.x + 1n, point.y),
    coordinates(point.x, P - 1n - point.y),
    coordinates(0n, 0n),
    coordinates(P, point.y),
    coordinates(2n ** 384n - 1n, 2n ** 384n - 1n),
  ];
  for (const bad of keys) assertFalse(verify(bad, digest, signature));
});
