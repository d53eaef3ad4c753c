import { assert, assertEquals } from "@std/assert";
import type { HashName } from "../../../../backends/pure/engine/crypto/provider.ts";
import { instantiateHashKernel } from "../../../../backends/pure/kernels/hash/mod.ts";
import { HASHES, nodeDigest, nodeHmac, random, same } from "./subjects.ts";

const host = instantiateHashKernel();
const { addresses } = host.inspect();
const CAPACITY = addresses["dataCapacity"] as number;

/** Every length up to several blocks, and those about what one call takes. */
const LENGTHS = [
  ...Array.from({ length: 301 }, (_, i) => i),
  ...[16383, 16384, 16385].flatMap((n) => [n, n + 64, n + 128, 2 * n]),
  ...[-1, 0, 1].map((n) => CAPACITY + n),
  100_000,
];

const encoder = new TextEncoder();

/**
 * The examples that NIST publishes with FIPS 180-4: "abc", a message of one
 * block and some, and a million times "a".
 */
const EXAMPLES: readonly [HashName, Uint8Array, string][] = [
  [
    "sha256",
    encoder.encode("abc"),
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  ],
  [
    "sha256",
    encoder.encode("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
  ],
  [
    "sha256",
    encoder.encode("a".repeat(1_000_000)),
    "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0",
  ],
  [
    "sha384",
    encoder.encode("abc"),
    "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded163" +
    "1a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
  ],
  [
    "sha384",
    encoder.encode(
      "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn" +
        "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
    ),
    "09330c33f71147e83d192fc782cd1b4753111b173b3b05d2" +
    "2fa08086e3b0f712fcc7c71a557e2db966c3e9fa91746039",
  ],
  [
    "sha384",
    encoder.encode("a".repeat(1_000_000)),
    "9d0e1809716474cb086e834e310a4a1ced149e9c00f24852" +
    "7972cec5704c2a5b07b8b3dc38ecc4ebae97ddd87f3d8985",
  ],
  [
    "sha512",
    encoder.encode("abc"),
    "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a" +
    "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
  ],
  [
    "sha512",
    encoder.encode("a".repeat(1_000_000)),
    "e718483d0ce769644e2e42c7bc15b4638e1f98b13b2044285632a803afa973eb" +
    "de0ff244877ea60a4cb0432ce577c31beb009c5c2c49aa2e4eadb217ad8cc09b",
  ],
];

for (const [name, message, digest] of EXAMPLES) {
  Deno.test(`digest() gives FIPS 180-4's example of ${message.length} bytes, ${name}`, () => {
    assertEquals(host.digest(name, message).toHex(), digest);
  });
}

for (const { name, block, length: size } of HASHES) {
  Deno.test(`digest(), hmac() and createHmac() agree with node:crypto for every length, ${name}`, () => {
    for (const length of LENGTHS) {
      const data = random(length);
      const expected = nodeDigest(name, data);
      assert(same(host.digest(name, data), expected), `digest of ${length}`);
      const key = random(32);
      const mac = nodeHmac(name, key, data);
      assert(same(host.hmac(name, key, data), mac), `HMAC of ${length}`);
      const prepared = host.createHmac(name, key);
      assert(same(prepared.compute(data), mac), `prepared HMAC of ${length}`);
      const cut = length % (size + 1);
      assert(
        same(prepared.compute(data, cut), mac.subarray(0, cut)),
        `HMAC of ${length}, cut to ${cut}`,
      );
      prepared.destroy();
    }
  });

  Deno.test(`hmac() and createHmac() agree with node:crypto for keys of every length, ${name}`, () => {
    const data = random(55);
    for (const length of [...LENGTHS.slice(0, 301), 20_000]) {
      const key = random(length);
      const mac = nodeHmac(name, key, data);
      assert(same(host.hmac(name, key, data), mac), `a key of ${length}`);
      assert(
        same(host.createHmac(name, key).compute(data), mac),
        `a prepared key of ${length}`,
      );
    }
  });

  Deno.test(`a running hash goes on from every split, and so does its clone, ${name}`, () => {
    const data = random(3 * block + 10);
    const expected = nodeDigest(name, data);
    for (let split = 0; split <= data.length; split++) {
      const hash = host.createHash(name);
      hash.update(data.subarray(0, split));
      const clone = hash.clone();
      assert(same(hash.snapshot(), nodeDigest(name, data.subarray(0, split))));
      hash.update(data.subarray(split));
      assert(same(hash.snapshot(), expected), `split at ${split}`);
      // The first went on, the clone did not; then with other data.
      assert(same(clone.snapshot(), nodeDigest(name, data.subarray(0, split))));
      clone.update(data);
      assert(
        same(
          clone.snapshot(),
          nodeDigest(name, Buffer.concat([data.subarray(0, split), data])),
        ),
        `clone at ${split}`,
      );
      assert(same(hash.snapshot(), expected));
    }
  });

  Deno.test(`a running hash takes parts of any length, ${name}`, () => {
    const whole = random(200_000);
    const hash = host.createHash(name);
    let at = 0;
    for (
      const length of [
        ...[0, 1, block - 1, 1, block, block + 1, 3],
        ...[CAPACITY - 3, CAPACITY, CAPACITY + 1, 16384, 5, 50_000, 0, 7],
      ]
    ) {
      hash.update(whole.subarray(at, at += length));
      assert(same(hash.snapshot(), nodeDigest(name, whole.subarray(0, at))));
    }
  });
}

Deno.test("running hashes, digests and HMACs that take turns stay apart", () => {
  const running = Array.from({ length: 60 }, (_, i) => {
    const { name } = HASHES[i % 3]!;
    return { name, hash: host.createHash(name), all: [] as Uint8Array[] };
  });
  const keys = Array.from({ length: 20 }, (_, i) => {
    const { name } = HASHES[i % 3]!;
    const key = random(i * 9);
    return { name, key, hmac: host.createHmac(name, key) };
  });
  for (let turn = 0; turn < 3000; turn++) {
    const part = random((turn * 31) % 300);
    const one = running[(turn * 7) % running.length]!;
    one.hash.update(part);
    one.all.push(part);
    const { name, key, hmac } = keys[turn % keys.length]!;
    assert(same(hmac.compute(part), nodeHmac(name, key, part)));
    assert(same(host.digest(one.name, part), nodeDigest(one.name, part)));
  }
  for (const { name, hash, all } of running) {
    assert(same(hash.snapshot(), nodeDigest(name, Buffer.concat(all))));
  }
});
