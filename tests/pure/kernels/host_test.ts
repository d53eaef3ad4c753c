import { assert, assertEquals, assertThrows } from "@std/assert";
import type { KernelHost } from "../../../backends/pure/kernels/_host.ts";
import {
  createKernelAead,
  instantiateKernels,
  KERNEL_AEADS,
  kernelsAvailable,
  supportedBuild,
} from "../../../backends/pure/kernels/mod.ts";
import type {
  Aead,
  AeadName,
} from "../../../backends/pure/engine/crypto/provider.ts";
import {
  keyLength,
  nodeSeal,
  nonceOf,
  random,
  same,
  subjects,
} from "./subjects.ts";

const AAD = Uint8Array.of(23, 3, 3, 0, 80);

function fresh(host: KernelHost, name: AeadName) {
  const key = random(keyLength(name));
  const iv = random(12);
  return { key, iv, aead: host.createAead(name, key, iv) };
}

function seal(aead: Aead, plaintext: Uint8Array, low = 0): Uint8Array {
  const output = new Uint8Array(plaintext.length + 16);
  aead.seal(output, plaintext, -1, 0, AAD, 0, low);
  return output;
}

const ZEROS = new Uint8Array(2 ** 16);

/** Whether every byte is 0. */
function isZero(bytes: Uint8Array): boolean {
  return same(bytes, ZEROS.subarray(0, bytes.length));
}

/**
 * Whether 8 bytes of `secret` in a row are in `memory`: any of the first 300,
 * and a sample of the others.
 */
function holds(memory: Uint8Array, secret: Uint8Array): boolean {
  const haystack = Buffer.from(memory.buffer, 0, memory.length);
  for (let i = 0; i + 8 <= secret.length; i += i < 300 ? 1 : 97) {
    if (haystack.indexOf(secret.subarray(i, i + 8)) >= 0) return true;
  }
  return false;
}

Deno.test("createKernelAead() uses the best build of this platform", () => {
  assertEquals(supportedBuild(), "relaxed");
  assertEquals(kernelsAvailable(), true);
  const [key, iv, plaintext] = [random(32), random(12), random(100)];
  const aead = createKernelAead("CHACHA20-POLY1305", key, iv);
  assertEquals(aead.name, "CHACHA20-POLY1305");
  assertEquals(
    seal(aead, plaintext),
    nodeSeal("CHACHA20-POLY1305", key, iv, AAD, plaintext),
  );
  aead.destroy();
});

Deno.test("supportedBuild() falls back where relaxed SIMD, SIMD or WebAssembly is absent", () => {
  const validate = WebAssembly.validate;
  try {
    // Node 20: i8x16.relaxed_swizzle (0xfd 0x80 0x02) is unknown.
    WebAssembly.validate = (bytes) => {
      const hex = new Uint8Array(bytes as ArrayBuffer).toHex();
      return !hex.includes("fd8002") && validate(bytes);
    };
    assertEquals(supportedBuild(), "baseline");
    WebAssembly.validate = () => false;
    assertEquals(supportedBuild(), null);
  } finally {
    WebAssembly.validate = validate;
  }
  const whole = globalThis.WebAssembly;
  try {
    Reflect.deleteProperty(globalThis, "WebAssembly");
    assertEquals(supportedBuild(), null);
  } finally {
    globalThis.WebAssembly = whole;
  }
  assertEquals(supportedBuild(), "relaxed");
});

Deno.test("kernelsAvailable() is false and createKernelAead() throws where compilation is forbidden", async () => {
  const Module = WebAssembly.Module;
  // A second copy of the module, which has not compiled anything yet.
  const copy = await import(
    "../../../backends/pure/kernels/mod.ts?forbidden"
  ) as typeof import("../../../backends/pure/kernels/mod.ts");
  try {
    WebAssembly.Module = class {
      constructor() {
        throw new WebAssembly.CompileError("forbidden");
      }
    } as unknown as typeof WebAssembly.Module;
    assertEquals(copy.kernelsAvailable(), false);
  } finally {
    WebAssembly.Module = Module;
  }
  assertThrows(
    () => copy.createKernelAead("AES-128-GCM", random(16), random(12)),
    Error,
    "Cannot create an AEAD: WebAssembly SIMD is not available",
  );
});

for (const { title, host, name } of subjects) {
  Deno.test(`createAead() refuses wrong lengths and names of ${title}`, () => {
    for (const length of [0, 15, 24, 33, keyLength(name) ^ 48]) {
      assertThrows(
        () => host.createAead(name, random(length), random(12)),
        RangeError,
        "needs a key of",
      );
    }
    for (const length of [0, 8, 11, 13, 16]) {
      assertThrows(
        () => host.createAead(name, random(keyLength(name)), random(length)),
        RangeError,
        "the IV must have 12 bytes",
      );
    }
    for (const other of ["AES-192-GCM", "AES-128-CCM", "toString"]) {
      assertThrows(
        () => host.createAead(other as AeadName, random(16), random(12)),
        TypeError,
        "is not supported",
      );
    }
  });

  Deno.test(`open() of ${title} rejects every flipped bit and delivers nothing`, () => {
    const own = instantiateKernels(host.build);
    const { memory, addresses } = own.inspect();
    const { aead } = fresh(own, name);
    for (const length of [0, 1, 37]) {
      const plaintext = random(length);
      const sealed = seal(aead, plaintext, 7);
      const output = new Uint8Array(length + 4);
      const reject = (
        record: Uint8Array,
        aad: Uint8Array,
        high: number,
        low: number,
      ) => {
        output.fill(0xa5);
        assertEquals(aead.open(output, record, aad, high, low), -1);
        assert(output.every((byte) => byte === 0xa5));
        assert(isZero(memory.subarray(addresses["data"])));
      };
      for (let bit = 0; bit < sealed.length * 8; bit++) {
        const flipped = sealed.slice();
        flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
        reject(flipped, AAD, 0, 7);
      }
      for (let bit = 0; bit < AAD.length * 8; bit++) {
        const flipped = AAD.slice();
        flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
        reject(sealed, flipped, 0, 7);
      }
      for (let bit = 0; bit < 32; bit++) {
        reject(sealed, AAD, 0, (7 ^ (1 << bit)) >>> 0);
        reject(sealed, AAD, (1 << bit) >>> 0, 7);
      }
      for (let short = 0; short < sealed.length; short++) {
        assertEquals(
          aead.open(output, sealed.subarray(0, short), AAD, 0, 7),
          -1,
        );
      }
      assertEquals(aead.open(output, sealed, AAD, 0, 7), length);
      assertEquals(output.subarray(0, length), plaintext);
      assert(output.subarray(length).every((byte) => byte === 0xa5));
    }
    // A long record, where ChaCha20 is decrypted before the tag is known.
    const sealed = seal(aead, random(1500), 7);
    sealed[3] = (sealed[3] as number) ^ 1;
    const output = new Uint8Array(1500).fill(0xa5);
    assertEquals(aead.open(output, sealed, AAD, 0, 7), -1);
    assert(output.every((byte) => byte === 0xa5));
    assert(isZero(memory.subarray(addresses["data"])));
  });

  Deno.test(`seal() and open() of ${title} take any overlap of input and output`, () => {
    const { aead, key, iv } = fresh(host, name);
    const length = 300;
    const plaintext = random(length);
    const expected = nodeSeal(name, key, nonceOf(iv, 0, 1), AAD, plaintext);
    for (
      const [from, to] of [[0, 0], [5, 0], [0, 5], [299, 0], [0, 299], [
        16,
        32,
      ]] as const
    ) {
      const buffer = new Uint8Array(700);
      buffer.set(plaintext, from);
      aead.seal(
        buffer.subarray(to),
        buffer.subarray(from, from + length),
        -1,
        0,
        AAD,
        0,
        1,
      );
      assertEquals(buffer.slice(to, to + length + 16), expected);
      buffer.copyWithin(from, to, to + length + 16);
      aead.open(
        buffer.subarray(to),
        buffer.subarray(from, from + length + 16),
        AAD,
        0,
        1,
      );
      assertEquals(buffer.slice(to, to + length), plaintext);
    }
  });

  Deno.test(`seal() and open() of ${title} take shared and resizable input`, () => {
    const { aead, key, iv } = fresh(host, name);
    const plaintext = random(100);
    const expected = nodeSeal(name, key, nonceOf(iv, 0, 1), AAD, plaintext);
    const buffers = [
      new SharedArrayBuffer(116),
      new SharedArrayBuffer(116, { maxByteLength: 1000 }),
      new ArrayBuffer(116, { maxByteLength: 1000 }),
    ];
    for (const buffer of buffers) {
      const bytes = new Uint8Array(buffer);
      bytes.set(plaintext);
      const output = new Uint8Array(116);
      aead.seal(output, bytes.subarray(0, 100), -1, 0, AAD, 0, 1);
      assertEquals(output, expected);
      bytes.set(expected);
      assertEquals(aead.open(output, bytes, AAD, 0, 1), 100);
      assertEquals(output.subarray(0, 100), plaintext);
      assertEquals(aead.open(bytes, bytes, AAD, 0, 1), 100);
      assertEquals(new Uint8Array(bytes.subarray(0, 100)), plaintext);
    }
  });

  Deno.test(`seal() and open() of ${title} refuse what does not fit`, () => {
    const { aead } = fresh(host, name);
    const most = host.capacity;
    assertEquals(most, 2 ** 14 + 2048);
    const output = new Uint8Array(most + 100);
    const big = new Uint8Array(most + 17);
    assertEquals(
      aead.seal(output, big.subarray(17), -1, 0, AAD, 0, 0),
      most + 16,
    );
    assertEquals(
      aead.open(output, output.slice(0, most + 16), AAD, 0, 0),
      most,
    );
    const refuse = (call: () => unknown, message: string) =>
      assertThrows(call, RangeError, message);
    const none = new Uint8Array(0);
    refuse(
      () => aead.seal(output, big.subarray(16), -1, 0, AAD, 0, 0),
      "of plaintext are over",
    );
    refuse(
      () => aead.seal(output, big.subarray(17), 22, 0, AAD, 0, 0),
      "of plaintext are over",
    );
    refuse(
      () => aead.seal(output, none, 22, most, AAD, 0, 0),
      "of plaintext are over",
    );
    refuse(
      () => aead.seal(output, none, 22, -1, AAD, 0, 0),
      "Cannot seal a record",
    );
    refuse(
      () =>
        aead.seal(output.subarray(0, 20), big.subarray(0, 4), 22, 0, AAD, 0, 0),
      "the output holds 20 of 21 bytes",
    );
    refuse(() => aead.open(output, big, AAD, 0, 0), "of ciphertext are over");
    refuse(
      () => aead.open(output.subarray(0, 9), big.subarray(0, 26), AAD, 0, 0),
      "the output holds 9 of 10 bytes",
    );
    const longAad = new Uint8Array(host.aadCapacity + 1);
    refuse(
      () => aead.seal(output, none, 22, 0, longAad, 0, 0),
      "of additional data are over",
    );
    refuse(
      () => aead.open(output, new Uint8Array(16), longAad, 0, 0),
      "of additional data are over",
    );
  });

  Deno.test(`seal() and open() of ${title} leave nothing in the kernels' memory`, () => {
    const own = instantiateKernels(host.build);
    const { memory, addresses } = own.inspect();
    const [scratch, scratchEnd, data] = [
      addresses["scratch"],
      addresses["scratchEnd"],
      addresses["data"],
    ] as [number, number, number];
    const { aead, key } = fresh(own, name);
    const clean = () => assert(isZero(memory.subarray(scratch, scratchEnd)));
    clean();
    assert(isZero(memory.subarray(data)));
    for (
      const length of [
        0,
        40,
        96,
        97,
        192,
        193,
        225,
        495,
        496,
        512,
        1000,
        5000,
        16384,
      ]
    ) {
      const plaintext = random(length);
      const sealed = seal(aead, plaintext);
      const keyStream = sealed.map((byte, i) => byte ^ (plaintext[i] ?? 0));
      clean();
      // The ciphertext is still there; nothing else is.
      assert(isZero(memory.subarray(data + length + 16)));
      assert(!holds(memory, plaintext));
      assert(!holds(memory, keyStream.subarray(0, length)));
      assertEquals(
        aead.open(new Uint8Array(length), sealed, AAD, 0, 0),
        length,
      );
      clean();
      assert(isZero(memory.subarray(data)));
      sealed[length] = (sealed[length] as number) ^ 1;
      assertEquals(aead.open(new Uint8Array(length), sealed, AAD, 0, 0), -1);
      clean();
      assert(isZero(memory.subarray(data)));
    }
    if (name === "CHACHA20-POLY1305") assert(holds(memory, key));
    aead.destroy();
    assert(!holds(memory, key));
    // Only the additional data, which is public, is left.
    memory.fill(0, addresses["aad"], addresses["aad"] as number + AAD.length);
    assert(isZero(memory.subarray(scratch)));
  });

  Deno.test(`destroy() of ${title} overwrites the saved state and ends the key`, () => {
    // The saved state is private; it is what createAead slices off the memory.
    const states: Uint8Array[] = [];
    const slice = Uint8Array.prototype.slice;
    Uint8Array.prototype.slice = function (...range) {
      const copy = slice.apply(this, range);
      states.push(copy);
      return copy;
    };
    let first: Aead, second: Aead;
    try {
      first = fresh(host, name).aead;
      second = fresh(host, name).aead;
    } finally {
      Uint8Array.prototype.slice = slice;
    }
    assertEquals(states.length, 2);
    const [mine, other] = states as [Uint8Array, Uint8Array];
    // Key state a direction: at most 1 KiB for ChaCha20, 12 KiB for GCM.
    assert(mine.length <= (name === "CHACHA20-POLY1305" ? 1024 : 12 * 1024));
    assert(mine.some((byte) => byte !== 0));
    const plaintext = random(50);
    const sealed = seal(second, plaintext);
    first.destroy();
    assert(mine.every((byte) => byte === 0));
    assert(other.some((byte) => byte !== 0));
    // The resident key is the other one, and stays.
    assertEquals(second.open(new Uint8Array(50), sealed, AAD, 0, 0), 50);
    for (let again = 0; again < 2; again++) {
      assertThrows(
        () => seal(first, plaintext),
        Error,
        "Cannot seal a record: the key is destroyed",
      );
      assertThrows(
        () => first.open(new Uint8Array(50), sealed, AAD, 0, 0),
        Error,
        "Cannot open a record: the key is destroyed",
      );
      first.destroy();
    }
    assert(same(seal(second, plaintext), sealed));
    second.destroy();
  });
}

Deno.test("100 interleaved keys stay apart through failed opens and destroys", () => {
  const host = instantiateKernels(supportedBuild() ?? "baseline");
  // The same numbers in every run: a failure can be repeated.
  let state = 0x2545f491;
  const next = (below: number) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
  const make = (i: number) => {
    const name = KERNEL_AEADS[i % KERNEL_AEADS.length] as AeadName;
    return { name, ...fresh(host, name), sequence: 0 };
  };
  const connections = Array.from({ length: 100 }, (_, i) => make(i));
  const done = { sealed: 0, opened: 0, failed: 0, destroyed: 0 };
  for (let turn = 0; turn < 6000; turn++) {
    const i = next(connections.length);
    const connection = connections[i] as ReturnType<typeof make>;
    const { name, key, iv, aead } = connection;
    const low = connection.sequence++;
    const plaintext = random(next(20) === 0 ? next(3000) : next(120));
    const expected = nodeSeal(name, key, nonceOf(iv, 1, low), AAD, plaintext);
    const output = new Uint8Array(expected.length);
    switch (next(4)) {
      case 0:
        aead.seal(output, plaintext, -1, 0, AAD, 1, low);
        assert(same(output, expected));
        done.sealed++;
        break;
      case 1:
        assertEquals(
          aead.open(output, expected, AAD, 1, low),
          plaintext.length,
        );
        assert(same(output.subarray(0, plaintext.length), plaintext));
        done.opened++;
        break;
      case 2:
        // Another connection's record.
        assertEquals(
          (connections[(i + 3) % 100] as typeof connection).aead.open(
            output,
            expected,
            AAD,
            1,
            low,
          ),
          -1,
        );
        assert(output.every((byte) => byte === 0));
        done.failed++;
        break;
      default:
        if (next(10) === 0) {
          aead.destroy();
          connections[i] = make(i);
          done.destroyed++;
        }
    }
  }
  assert(
    Object.values(done).every((count) => count > 100),
    JSON.stringify(done),
  );
});
