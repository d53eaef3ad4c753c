import { assert, assertEquals, assertThrows } from "@std/assert";
import type { HashName } from "../../../../backends/pure/engine/crypto/provider.ts";
import {
  hashKernel,
  instantiateHashKernel,
} from "../../../../backends/pure/kernels/hash/mod.ts";
import { HASHES, nodeDigest, nodeHmac, random, same } from "./subjects.ts";

/** A fresh kernel, and whether its memory is as it was at the start. */
function fresh() {
  const host = instantiateHashKernel();
  const { memory, addresses } = host.inspect();
  const before = memory.slice();
  return {
    host,
    memory,
    data: addresses["data"] as number,
    isClean: () => same(memory, before),
  };
}

Deno.test("hashKernel() gives one instance, and null where there is no WebAssembly or compilation is forbidden", async () => {
  const kernel = hashKernel();
  assert(kernel !== null);
  assertEquals(hashKernel() === kernel, true);
  const whole = globalThis.WebAssembly;
  const { Module } = WebAssembly;
  const load = async (copy: string) =>
    await import(
      `../../../../backends/pure/kernels/hash/mod.ts?${copy}`
    ) as typeof import("../../../../backends/pure/kernels/hash/mod.ts");
  const [absent, forbidden] = [await load("absent"), await load("forbidden")];
  try {
    Reflect.deleteProperty(globalThis, "WebAssembly");
    assertEquals(absent.hashKernel(), null);
  } finally {
    globalThis.WebAssembly = whole;
  }
  try {
    WebAssembly.Module = class {
      constructor() {
        throw new WebAssembly.CompileError("forbidden");
      }
    } as unknown as typeof WebAssembly.Module;
    assertEquals(forbidden.hashKernel(), null);
  } finally {
    WebAssembly.Module = Module;
  }
});

for (const { name, length: size } of HASHES) {
  Deno.test(`every call leaves the kernel's memory as it was, ${name}`, () => {
    const { host, memory, data, isClean } = fresh();
    const hash = host.createHash(name);
    for (
      const length of [0, 1, 55, 56, 63, 64, 111, 112, 127, 128, 1000, 40_000]
    ) {
      const [key, message] = [random(length), random(length)];
      const hmac = host.createHmac(name, key);
      const calls: (() => unknown)[] = [
        () => host.digest(name, message),
        () => host.hmac(name, key, message),
        () => host.createHmac(name, key),
        () => hmac.compute(message),
        () => hmac.compute(message, 12),
        () => hash.update(message),
        () => hash.snapshot(),
        () => hash.clone(),
        () => hmac.destroy(),
      ];
      for (const call of calls) {
        call();
        assert(isClean(), `${call} with ${length} bytes`);
      }
    }
    // The check sees what is left.
    memory[data] = 1;
    assert(!isClean());
  });

  Deno.test(`what is given out is no view of the kernel's memory or of a state, ${name}`, () => {
    const { host, memory } = fresh();
    const message = random(100);
    const hash = host.createHash(name);
    hash.update(message);
    const hmac = host.createHmac(name, message);
    for (
      const give of [
        () => host.digest(name, message),
        () => host.hmac(name, message, message),
        () => hmac.compute(message),
        () => hmac.compute(message, size - 1),
        () => hash.snapshot(),
      ]
    ) {
      const first = give();
      assert(first.buffer !== memory.buffer);
      assertEquals(first.buffer.byteLength, first.length);
      const copy = first.slice();
      first.fill(0);
      assertEquals(give(), copy);
    }
    // Nor does the hash keep what it was given.
    const clone = hash.clone();
    message.fill(0);
    assertEquals(clone.snapshot(), hash.snapshot());
  });

  Deno.test(`destroy() overwrites the prepared key and ends it, ${name}`, () => {
    const { host } = fresh();
    const slices: Uint8Array[] = [];
    const { slice } = Uint8Array.prototype;
    Uint8Array.prototype.slice = function (...range) {
      const copy = slice.apply(this, range);
      slices.push(copy);
      return copy;
    };
    let hmac;
    try {
      hmac = host.createHmac(name, random(32));
    } finally {
      Uint8Array.prototype.slice = slice;
    }
    assertEquals(slices.length, 1);
    assert(slices[0]!.some((byte) => byte !== 0));
    hmac.destroy();
    assert(slices[0]!.every((byte) => byte === 0));
    assertThrows(
      () => hmac.compute(random(1)),
      Error,
      "Cannot compute an HMAC: the key is destroyed",
    );
  });

  Deno.test(`the kernel takes shared and resizable input, ${name}`, () => {
    const { host } = fresh();
    const message = random(116);
    for (
      const buffer of [
        new SharedArrayBuffer(116),
        new SharedArrayBuffer(116, { maxByteLength: 1000 }),
        new ArrayBuffer(116, { maxByteLength: 1000 }),
      ]
    ) {
      const bytes = new Uint8Array(buffer);
      bytes.set(message);
      assertEquals(host.digest(name, bytes), nodeDigest(name, message));
      assertEquals(
        host.hmac(name, bytes, bytes),
        nodeHmac(name, message, message),
      );
      const hash = host.createHash(name);
      hash.update(bytes);
      assertEquals(hash.snapshot(), nodeDigest(name, message));
    }
  });

  Deno.test(`a call that throws leaves nothing behind, ${name}`, () => {
    const { host, isClean } = fresh();
    /** A buffer that grows when its length was read `reads` times. */
    const growing = (length: number, reads: number) => {
      const bytes = random(length);
      let read = 0;
      Object.defineProperty(bytes, "length", {
        get: () => read++ < reads ? length - 10 : length,
      });
      return bytes;
    };
    const key = random(32);
    const hmac = host.createHmac(name, key);
    for (
      const call of [
        () => host.digest(name, growing(100, 2)),
        () => host.hmac(name, growing(60, 1), key),
        () => host.hmac(name, key, growing(100, 2)),
        () => host.createHmac(name, growing(60, 1)),
        () => hmac.compute(growing(100, 2)),
      ]
    ) {
      assertThrows(call, RangeError, "the buffer grew meanwhile");
      assert(isClean(), String(call));
    }
    assertEquals(hmac.compute(key), nodeHmac(name, key, key));
  });
}

Deno.test("every function refuses other hashes", () => {
  const { host } = fresh();
  const none = new Uint8Array(0);
  for (
    const other of ["sha1", "SHA-256", "toString"] as unknown as HashName[]
  ) {
    for (
      const call of [
        () => host.createHash(other),
        () => host.digest(other, none),
        () => host.hmac(other, none, none),
        () => host.createHmac(other, none),
      ]
    ) {
      assertThrows(call, TypeError, `Cannot hash: ${other} is not supported`);
    }
  }
});
