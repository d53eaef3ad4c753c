import {
  assert,
  assertEquals,
  assertFalse,
  assertGreater,
  assertThrows,
} from "@std/assert";
import { createECDH, createHmac } from "node:crypto";
import { p256 } from "npm:@noble/curves@2.4.0/nist.js";
import { CryptoFailure } from "../../../../backends/pure/engine/crypto/provider.ts";
import {
  ecdh,
  generateKeyPair,
  isPrivateKey,
  p256Available,
  publicKeyOf,
  sign,
  uncompressedPoint,
  verify,
} from "../../../../backends/pure/kernels/p256/mod.ts";
import {
  basePoint,
  bytesOf,
  EDGE_SCALARS,
  instantiate,
  invert,
  N,
  nobleVerify,
  numberOf,
  P,
  random,
  randomScalar,
  reduce,
  signatureOf,
} from "./subjects.ts";

/** x of scalar times a point, by node:crypto. */
function nodeEcdh(scalar: bigint, peer: Uint8Array): Uint8Array {
  const node = createECDH("prime256v1");
  node.setPrivateKey(bytesOf(scalar));
  return new Uint8Array(node.computeSecret(peer));
}

Deno.test("p256Available() is true where WebAssembly has SIMD", () => {
  assert(p256Available());
});

Deno.test("publicKeyOf() and ecdh() are right at edge scalars", () => {
  const peer = basePoint(randomScalar());
  for (const scalar of EDGE_SCALARS) {
    const where = scalar.toString(16);
    const key = bytesOf(scalar);
    assert(isPrivateKey(key), where);
    assertEquals(publicKeyOf(key), basePoint(scalar), where);
    assertEquals(ecdh(key, peer), nodeEcdh(scalar, peer), where);
  }
});

Deno.test("sign() and verify() are right when the private key is an edge scalar", () => {
  for (const scalar of EDGE_SCALARS) {
    const key = bytesOf(scalar);
    const publicKey = basePoint(scalar);
    for (
      const digest of [random(32), bytesOf(0n), bytesOf(N), bytesOf(scalar)]
    ) {
      const signature = sign(key, digest, { extraEntropy: null });
      assert(nobleVerify(publicKey, digest, signature));
      assert(verify(publicKey, digest, signature));
    }
  }
});

Deno.test("every operation refuses a private key that is out of range", () => {
  const peer = basePoint(5n);
  const keys = [0n, N, N + 1n, 2n ** 256n - 1n].map(bytesOf);
  for (const key of [...keys, new Uint8Array(31), new Uint8Array(33)]) {
    assertFalse(isPrivateKey(key));
    assertThrows(() => publicKeyOf(key), CryptoFailure, "the private key");
    assertThrows(() => ecdh(key, peer), CryptoFailure, "the private key");
    assertThrows(
      () => sign(key, random(32), { extraEntropy: null }),
      CryptoFailure,
      "the private key",
    );
  }
});

Deno.test("generateKeyPair() asks again when the randomness is out of range", () => {
  const offered = [2n ** 256n - 1n, N, 0n, 7n];
  const { privateKey, publicKey } = generateKeyPair(() =>
    bytesOf(offered.shift()!)
  );
  assertEquals(privateKey, bytesOf(7n));
  assertEquals(publicKey, basePoint(7n));
  assertEquals(offered, []);
  assertThrows(
    () => generateKeyPair(() => bytesOf(0n)),
    Error,
    "the randomness is broken",
  );
});

Deno.test("sign() throws when the extra entropy is not 32 bytes", () => {
  assertThrows(
    () => sign(bytesOf(1n), random(32), { extraEntropy: random(31) }),
    RangeError,
    "Cannot sign",
  );
});

Deno.test("ecdh() and uncompressedPoint() refuse what is no point", () => {
  const good = basePoint(9n);
  const key = bytesOf(3n);
  const change = (at: number, value: number) => {
    const bytes = good.slice();
    bytes[at] = value;
    return bytes;
  };
  const coordinates = (form: number, ...numbers: bigint[]) =>
    new Uint8Array([form, ...numbers.flatMap((n) => [...bytesOf(n)])]);
  const x = numberOf(good.subarray(1, 33));
  const y = numberOf(good.subarray(33));
  const isOnCurve = (candidate: bigint) => {
    try {
      p256.Point.fromHex(coordinates(2, candidate).toHex());
      return true;
    } catch {
      return false;
    }
  };
  const smallOnes = Array.from({ length: 40 }, (_, i) => BigInt(i));
  const noPoint = smallOnes.find((candidate) => !isOnCurve(candidate))!;
  const bad = [
    new Uint8Array(),
    new Uint8Array(1), // infinity
    new Uint8Array([4]),
    good.subarray(0, 64),
    new Uint8Array([...good, 0]),
    ...[0, 1, 2, 3, 5, 6, 7, 255].map((form) => change(0, form)),
    change(64, good[64]! ^ 1),
    coordinates(4, 0n, 0n),
    coordinates(4, x + 1n, y),
    coordinates(4, y, x),
    coordinates(4, P, y),
    coordinates(4, 2n ** 256n - 1n, 2n ** 256n - 1n),
    coordinates(4, x),
    coordinates(2, x, y),
    coordinates(2, noPoint),
    coordinates(3, noPoint),
    coordinates(2, P),
    coordinates(3, 2n ** 256n - 1n),
    coordinates(4),
  ];
  for (const point of bad) {
    assertThrows(() => ecdh(key, point), CryptoFailure, "not a point");
    assertThrows(() => uncompressedPoint(point), CryptoFailure, "not a point");
    assertFalse(verify(point, random(32), signatureOf(1n, 1n)));
  }
  // A coordinate that is small enough to be written with p added to it.
  const small = p256.Point.fromHex(
    coordinates(2, smallOnes.find(isOnCurve)!).toHex(),
  );
  const unreduced = coordinates(4, small.x + P, small.y);
  assertThrows(() => uncompressedPoint(unreduced), CryptoFailure);
  assertEquals(
    uncompressedPoint(coordinates(4, small.x, small.y)),
    small.toBytes(false),
  );
});

Deno.test("ecdh() is right when the coordinates' limbs are all ones", () => {
  const toMontgomery = p256.Point.Fp.inv(2n ** 261n % P);
  const key = randomScalar();
  let found = 0;
  for (let top = 0n; top < 40n; top++) {
    // Eight limbs of ones, plain and in the Montgomery domain.
    const ones = 2n ** 255n - 1n - top * 2n ** 232n;
    for (const x of [ones, ones * toMontgomery % P]) {
      const compressed = new Uint8Array([2 + Number(top & 1n), ...bytesOf(x)]);
      let peer: Uint8Array;
      try {
        peer = p256.Point.fromHex(compressed.toHex()).toBytes(false);
      } catch {
        assertThrows(() => uncompressedPoint(compressed), CryptoFailure);
        continue;
      }
      found++;
      assertEquals(uncompressedPoint(compressed), peer);
      for (const scalar of [key, N - 34n, N - 1n, 2n ** 255n - 1n]) {
        assertEquals(ecdh(bytesOf(scalar), peer), nodeEcdh(scalar, peer));
      }
    }
  }
  assertGreater(found, 20);
});

/** A signature whose u1 and u2 are given; s = r / u2 and e = u1 s. */
function craft(u1: bigint, u2: bigint, d: bigint) {
  const k = reduce(u1 + u2 * d);
  const r = k === 0n
    ? randomScalar()
    : reduce(numberOf(basePoint(k).subarray(1, 33)));
  const s = reduce(r * invert(u2));
  return {
    digest: bytesOf(reduce(u1 * s)),
    signature: signatureOf(r, s),
    valid: k !== 0n,
  };
}

Deno.test("verify() is right when u1 G and u2 Q meet, cancel or vanish", () => {
  const keys = [
    1n,
    2n,
    3n,
    5n,
    31n,
    N - 1n,
    N - 2n,
    (N + 1n) / 2n,
    randomScalar(),
  ];
  const numbers = [
    1n,
    2n,
    3n,
    16n,
    17n,
    127n,
    129n,
    2n ** 128n,
    N - 1n,
    N - 3n,
  ];
  let infinite = 0;
  for (const d of keys) {
    const publicKey = basePoint(d);
    const u = randomScalar();
    const pairs: [bigint, bigint][] = [
      ...numbers.flatMap((a) => numbers.map((b): [bigint, bigint] => [a, b])),
      [0n, u],
      [reduce(u * d), u], // u1 G = u2 Q
      [reduce(-u * d), u], // u1 G = -u2 Q
      [reduce(2n * u * d), u],
      [reduce(-2n * u * d), u],
      [reduce(u * d * invert(2n)), u],
      [reduce(-u * d + 2n), u], // the sum is near zero
    ];
    for (const [u1, u2] of pairs) {
      const { digest, signature, valid } = craft(u1, u2, d);
      assertEquals(
        verify(publicKey, digest, signature),
        valid,
        `${u1} ${u2} ${d}`,
      );
      if (!valid) infinite++;
    }
  }
  assertGreater(infinite, keys.length - 1);
});

Deno.test("verify() refuses r and s that are out of range", () => {
  const d = randomScalar();
  const digest = random(32);
  const publicKey = basePoint(d);
  const good = sign(bytesOf(d), digest, { extraEntropy: null });
  const r = numberOf(good.subarray(0, 32));
  const s = numberOf(good.subarray(32));
  assert(verify(publicKey, digest, signatureOf(r, s)));
  // ECDSA takes the negated s as well.
  assert(verify(publicKey, digest, signatureOf(r, N - s)));
  for (const bad of [0n, N, N + 1n, 2n ** 256n - 1n]) {
    assertFalse(verify(publicKey, digest, signatureOf(bad, s)));
    assertFalse(verify(publicKey, digest, signatureOf(r, bad)));
  }
  assertFalse(verify(publicKey, digest, good.subarray(0, 63)));
  assertFalse(verify(publicKey, digest, new Uint8Array([...good, 0])));
});

Deno.test("verify() takes r = x - n when x is not below n", () => {
  // A point whose x is from n to p - 1; Q = (s R - e G) / r has the signature.
  let x = N;
  let point = null;
  while (point === null) {
    try {
      point = p256.Point.fromHex(
        new Uint8Array([2, ...bytesOf(x)]).toHex(),
      );
    } catch {
      x++;
    }
  }
  const r = x - N;
  assertGreater(r, 0n);
  const [e, s] = [randomScalar(), randomScalar()];
  const key = point.multiply(s).subtract(p256.Point.BASE.multiply(e))
    .multiply(invert(r)).toBytes(false);
  assert(verify(key, bytesOf(e), signatureOf(r, s)));
  assert(nobleVerify(key, bytesOf(e), signatureOf(r, s)));
  // x itself is no r, and r + n is not x for another r.
  assertFalse(verify(key, bytesOf(e), signatureOf(r + 1n, s)));
});

Deno.test("the kernel refuses a nonce out of range, and one that makes s zero", () => {
  const { run, memory, at } = instantiate();
  const d = randomScalar();
  const attempt = (nonce: bigint, digest: bigint) => {
    memory.set(bytesOf(d), at["IO_PRIVATE"]);
    memory.set(bytesOf(digest), at["IO_DIGEST"]);
    memory.set(bytesOf(nonce), at["IO_NONCE"]);
    return run["sign"]!();
  };
  for (const nonce of [0n, N, 2n ** 256n - 1n]) {
    assertEquals(attempt(nonce, 1n), 0);
  }
  const k = randomScalar();
  const r = reduce(numberOf(basePoint(k).subarray(1, 33)));
  assertEquals(attempt(k, reduce(-r * d)), 0); // e + r d = 0
  assertEquals(attempt(k, reduce(1n - r * d)), 1);
  const at0 = at["IO_SIGNATURE"]!;
  assertEquals(
    memory.slice(at0, at0 + 64),
    signatureOf(r, invert(k)),
  );
});

/** RFC 6979, section 3.2, by node:crypto's HMAC: every candidate in turn. */
function* rfc6979(
  key: Uint8Array,
  digest: Uint8Array,
  entropy: Uint8Array,
): Generator<Uint8Array, never> {
  const hmac = (k: Uint8Array, ...parts: Uint8Array[]) => {
    const running = createHmac("sha256", k);
    for (const part of parts) running.update(part);
    return new Uint8Array(running.digest());
  };
  const h = bytesOf(reduce(numberOf(digest)));
  let v: Uint8Array = new Uint8Array(32).fill(1);
  let k: Uint8Array = new Uint8Array(32);
  for (const separator of [0, 1]) {
    k = hmac(k, v, new Uint8Array([separator]), key, h, entropy);
    v = hmac(k, v);
  }
  while (true) {
    v = hmac(k, v);
    yield v;
    k = hmac(k, v, new Uint8Array(1));
    v = hmac(k, v);
  }
}

Deno.test("the kernel's next nonces are those of RFC 6979, section 3.2, step h", () => {
  const { run, memory, at } = instantiate();
  const key = bytesOf(randomScalar());
  const digest = random(32);
  for (const entropy of [new Uint8Array(), random(32)]) {
    memory.set(key, at["IO_PRIVATE"]);
    memory.set(digest, at["IO_DIGEST"]);
    memory.set(entropy, at["IO_ENTROPY"]);
    run["startNonces"]!(entropy.length);
    const expected = rfc6979(key, digest, entropy);
    for (let i = 0; i < 4; i++) {
      const from = at["IO_NONCE"]!;
      assertEquals(memory.slice(from, from + 32), expected.next().value);
      run["nextNonce"]!();
    }
  }
});
