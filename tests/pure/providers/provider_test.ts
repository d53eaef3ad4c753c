import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Buffer } from "node:buffer";
import { AEAD_KEY_LENGTH } from "../../../backends/pure/engine/crypto/aead.ts";
import type {
  AeadName,
  HashName,
} from "../../../backends/pure/engine/crypto/provider.ts";
import {
  type AeadSource,
  kernelAeads,
} from "../../../backends/pure/providers/_aead.ts";
import { nobleAeads } from "../../../backends/pure/providers/_noble_aead.ts";
import { nodeAeads } from "../../../backends/pure/providers/_node_aead.ts";
import { loadProvider } from "../../../backends/pure/providers/mod.ts";
import { nativeCrypto } from "../../../backends/pure/providers/native.ts";
import {
  subtleCrypto,
  WEB_HASH,
} from "../../../backends/pure/providers/_webcrypto.ts";

const ALL: readonly AeadName[] = [
  "CHACHA20-POLY1305",
  "AES-128-GCM",
  "AES-256-GCM",
];
const hashes: readonly HashName[] = ["sha256", "sha384", "sha512"];

function bytes(length: number, seed = 1): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => i * 31 + seed);
}

for (
  const [name, kernels] of [
    ["native", "wasm"],
    ["native", "js"],
    ["portable", "wasm"],
    ["portable", "js"],
  ] as const
) {
  const provider = await loadProvider({ provider: name, kernels });
  const title = `${name}, ${kernels}`;

  Deno.test(`createHash() and digest() give what WebCrypto gives, ${title}`, async () => {
    for (const hash of hashes) {
      const running = provider.createHash(hash);
      let all = new Uint8Array(0);
      for (const length of [0, 1, 63, 64, 65, 127, 128, 129, 1000, 3000]) {
        const part = bytes(length, length);
        running.update(part);
        all = Uint8Array.of(...all, ...part);
        const expected = new Uint8Array(
          await subtleCrypto()!.digest(WEB_HASH[hash], all),
        );
        assertEquals(running.snapshot(), expected);
        assertEquals(provider.digest(hash, all), expected);
        const clone = running.clone();
        clone.update(bytes(5));
        assertEquals(running.snapshot(), expected);
        assertEquals(
          clone.snapshot(),
          provider.digest(hash, Uint8Array.of(...all, ...bytes(5))),
        );
      }
    }
  });

  Deno.test(`hmac() and createHmac() give what WebCrypto gives, ${title}`, async () => {
    for (const hash of hashes) {
      for (const length of [1, 32, 64, 65, 128, 129, 200]) {
        const raw = bytes(length);
        const key = await subtleCrypto()!.importKey(
          "raw",
          raw as BufferSource,
          { name: "HMAC", hash: WEB_HASH[hash] },
          false,
          ["sign"],
        );
        const prepared = provider.createHmac(hash, raw.slice());
        for (const data of [bytes(0), bytes(77), bytes(3000)]) {
          const expected = new Uint8Array(
            await subtleCrypto()!.sign("HMAC", key, data as BufferSource),
          );
          assertEquals(provider.hmac(hash, raw, data), expected);
          assertEquals(prepared.compute(data), expected);
          assertEquals(prepared.compute(data, 12), expected.slice(0, 12));
        }
      }
    }
  });

  Deno.test(`createHmac() copies its key, refuses wrong lengths and ends with destroy(), ${title}`, () => {
    const key = bytes(32);
    const hmac = provider.createHmac("sha384", key);
    const expected = provider.hmac("sha384", key, bytes(9));
    key.fill(0);
    assertEquals(hmac.compute(bytes(9)), expected);
    assertEquals(hmac.compute(bytes(9), 0), new Uint8Array(0));
    for (const length of [-1, 49, NaN]) {
      assertThrows(() => hmac.compute(bytes(9), length), RangeError);
    }
    hmac.destroy();
    assertThrows(() => hmac.compute(bytes(9)), Error, "destroyed");
    hmac.destroy();
  });
}

for (const name of ["native", "portable"] as const) {
  const provider = await loadProvider({ provider: name });

  Deno.test(`what it gives is no Buffer, whose slice() is a view, ${name}`, async () => {
    const share = await provider.generateKeyShare(0x001d);
    for (
      const value of [
        provider.digest("sha256", bytes(1)),
        provider.createHash("sha256").snapshot(),
        provider.digest("sha256", bytes(5000)),
        provider.hmac("sha256", bytes(1), bytes(1)),
        provider.createHmac("sha256", bytes(1)).compute(bytes(1), 3),
        provider.randomBytes(4),
        share.publicKey,
        await share.derive(bytes(32)),
      ]
    ) {
      assertEquals(Object.getPrototypeOf(value), Uint8Array.prototype);
    }
  });

  Deno.test(`randomBytes() gives as many as asked for, and others each time, ${name}`, () => {
    for (const length of [0, 1, 65536, 65537, 200000]) {
      assertEquals(provider.randomBytes(length).length, length);
    }
    // The last of many calls is filled too.
    assert(provider.randomBytes(200000).subarray(-64).some((byte) => byte));
    assert(provider.randomBytes(32).join() !== provider.randomBytes(32).join());
  });

  for (const kernels of ["wasm", "js"] as const) {
    Deno.test(`createAead() has every AEAD but CCM, ${name}, ${kernels}`, async () => {
      const provider = await loadProvider({ provider: name, kernels });
      const tables = name === "portable" && kernels === "js";
      // noble's AES looks tables up: it is not chosen freely.
      assertEquals(provider.aeads, tables ? ["CHACHA20-POLY1305"] : ALL);
      assertEquals(
        provider.aeadsOnRequest ?? [],
        tables ? ["AES-128-GCM", "AES-256-GCM"] : [],
      );
      for (const aead of ALL) {
        const key = bytes(AEAD_KEY_LENGTH[aead]);
        assertEquals(provider.createAead(aead, key, bytes(12)).name, aead);
        assertThrows(() => provider.createAead(aead, key.slice(1), bytes(12)));
        assertThrows(() => provider.createAead(aead, key, bytes(11)));
      }
      for (const ccm of ["AES-128-CCM", "AES-128-CCM-8"]) {
        assertThrows(
          () => provider.createAead(ccm as AeadName, bytes(16), bytes(12)),
          Error,
          `Cannot protect records with ${ccm}`,
        );
      }
    });
  }
}

Deno.test("loadProvider() chooses native in Deno, and refuses other names", async () => {
  assertEquals((await loadProvider()).name, "native");
  await assertRejects(
    () => loadProvider({ provider: "other" as "native" }),
    RangeError,
    "other",
  );
});

Deno.test("createNativeProvider() says what to use where there is no node:crypto", async () => {
  const script = `
    delete globalThis.process;
    const { loadProvider } = await import(${
    JSON.stringify(
      new URL("../../../backends/pure/providers/mod.ts", import.meta.url).href,
    )
  });
    const error = await loadProvider({ provider: "native" }).catch((e) => e);
    console.log(error.message, (await loadProvider()).name);
  `;
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", script],
  }).output();
  const text = new TextDecoder().decode(stdout);
  assert(text.includes('use the provider "portable"'), text);
  assert(text.endsWith("portable\n"), text);
});

const sources: [string, AeadSource][] = [
  ["kernels", (await kernelAeads())!],
  ["node:crypto", nodeAeads(nativeCrypto()!)],
  ["noble", nobleAeads],
];

for (const name of ALL) {
  const key = bytes(AEAD_KEY_LENGTH[name], 9);
  const iv = bytes(12, 3);

  Deno.test(`seal() gives the same from every source with ${name}`, () => {
    const [a, b, c] = sources.map(([, source]) => source.create(name, key, iv));
    let length = 0;
    for (let i = 0; i < 60; i++, length = (length * 7 + 13) % 3000) {
      const aad = bytes(i % 17, i);
      const high = i * 0x1234567 >>> 0;
      const low = ~i >>> 0;
      const type = i % 3 === 0 ? -1 : 23;
      const padding = type === -1 ? 0 : i % 40;
      const outputs = [a, b, c].map((aead) => {
        const output = new Uint8Array(length + 1 + padding + 16);
        const count = aead!.seal(
          output,
          bytes(length),
          type,
          padding,
          aad,
          high,
          low,
        );
        const inner = new Uint8Array(count - 16);
        assertEquals(
          aead!.open(inner, output.subarray(0, count), aad, high, low),
          inner.length,
        );
        assertEquals(inner.subarray(0, length), bytes(length));
        if (type !== -1) {
          assertEquals(inner[length], type);
          assert(inner.subarray(length + 1).every((byte) => byte === 0));
        }
        return output.subarray(0, count);
      });
      assertEquals(outputs[1], outputs[0]!);
      assertEquals(outputs[2], outputs[0]!);
    }
  });

  for (const [which, source] of sources) {
    Deno.test(`seal() and open() work where input and output overlap, ${name} of ${which}`, () => {
      const aead = source.create(name, key, iv);
      const aad = bytes(5);
      const expected = new Uint8Array(100 + 1 + 3 + 16);
      aead.seal(expected, bytes(100), 22, 3, aad, 0, 7);
      for (
        const [from, to] of [[0, 0], [5, 0], [0, 5], [40, 0], [0, 40]] as const
      ) {
        const memory = new Uint8Array(300);
        memory.set(bytes(100), from);
        aead.seal(
          memory.subarray(to),
          memory.subarray(from, from + 100),
          22,
          3,
          aad,
          0,
          7,
        );
        assertEquals(memory.slice(to, to + 120), expected);
        memory.set(expected, from);
        assertEquals(
          aead.open(
            memory.subarray(to),
            memory.subarray(from, from + 120),
            aad,
            0,
            7,
          ),
          104,
        );
        assertEquals(memory.slice(to, to + 100), bytes(100));
      }
    });

    Deno.test(`open() refuses every change and leaves the output alone, ${name} of ${which}`, () => {
      const aead = source.create(name, key, iv);
      const aad = bytes(13);
      const record = new Uint8Array(30 + 16);
      aead.seal(record, bytes(30), -1, 0, aad, 1, 2);
      const output = new Uint8Array(64).fill(0xa5);
      for (let bit = 0; bit < 8 * record.length; bit++) {
        const changed = record.slice();
        changed[bit >> 3]! ^= 1 << (bit & 7);
        assertEquals(aead.open(output, changed, aad, 1, 2), -1);
      }
      for (let bit = 0; bit < 8 * aad.length; bit++) {
        const changed = aad.slice();
        changed[bit >> 3]! ^= 1 << (bit & 7);
        assertEquals(aead.open(output, record, changed, 1, 2), -1);
      }
      assertEquals(aead.open(output, record, aad, 1, 3), -1);
      assertEquals(aead.open(output, record, aad, 0, 2), -1);
      for (let length = 0; length < record.length; length++) {
        assertEquals(
          aead.open(output, record.subarray(0, length), aad, 1, 2),
          -1,
        );
      }
      assert(output.every((byte) => byte === 0xa5));
      assertEquals(aead.open(output, record, aad, 1, 2), 30);
    });

    Deno.test(`destroy() ends the key's use, and its arguments were copied, ${name} of ${which}`, () => {
      // A Buffer's `slice` is a view.
      const [ownKey, ownIv] = [Buffer.from(key), Buffer.from(iv)];
      const aead = source.create(name, ownKey, ownIv);
      ownKey.fill(0);
      ownIv.fill(0);
      const [one, two] = [new Uint8Array(26), new Uint8Array(26)];
      aead.seal(one, bytes(10), -1, 0, bytes(5), 0, 0);
      source.create(name, key, iv).seal(two, bytes(10), -1, 0, bytes(5), 0, 0);
      assertEquals(one, two);
      aead.destroy();
      aead.destroy();
      assertThrows(() => aead.seal(one, bytes(10), -1, 0, bytes(5), 0, 0));
      assertThrows(() => aead.open(one, two, bytes(5), 0, 0));
    });
  }
}
