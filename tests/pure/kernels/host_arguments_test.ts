import { assert, assertEquals, assertThrows } from "@std/assert";
import { wasm as baselineWasm } from "../../../backends/pure/kernels/_baseline_wasm.ts";
import {
  instantiateKernels,
  KERNEL_AEADS,
} from "../../../backends/pure/kernels/mod.ts";
import type { KernelHost } from "../../../backends/pure/kernels/_host.ts";
import { keyLength, nodeSeal, nonceOf, random } from "./subjects.ts";

const AAD = Uint8Array.of(23, 3, 3, 0, 80);
const host = instantiateKernels("baseline");

/** Whether all that the kernels may leave is zero: scratch, keys and record. */
function isClean({ memory, addresses }: ReturnType<KernelHost["inspect"]>) {
  return memory.subarray(addresses["scratch"]).every((byte) => byte === 0);
}

/** Arrays with methods of their own. */
class Lying extends Uint8Array<ArrayBuffer> {
  /** Called whenever the length is asked for. */
  asked: () => number = () => 0;
  /** What `set` was given. */
  readonly seen: unknown[] = [];
  override get length(): number {
    return this.asked();
  }
  override set(source: ArrayLike<number>): void {
    this.seen.push(source);
  }
}

for (const name of KERNEL_AEADS) {
  const key = random(keyLength(name));
  const iv = random(12);
  const plaintext = random(100);
  const expected = nodeSeal(name, key, nonceOf(iv, 0, 1), AAD, plaintext);

  Deno.test(`seal() and open() with ${name} ask no array what a subclass says`, () => {
    const aead = host.createAead(name, key, iv);
    const other = host.createAead(name, random(keyLength(name)), iv);
    const scratch = new Uint8Array(200);
    for (const claimed of [0, 1, 50, 1000, 20_000, 2 ** 31, -1, NaN]) {
      const lying = (bytes: Uint8Array) => {
        const array = new Lying(new ArrayBuffer(bytes.length));
        for (let i = 0; i < bytes.length; i++) array[i] = bytes[i]!;
        // Runs another record in the middle of this one.
        array.asked = () => {
          other.seal(scratch, random(150), 23, 7, random(13), 9, 9);
          return claimed;
        };
        return array;
      };
      const output = lying(new Uint8Array(116));
      const length = aead.seal(
        output,
        lying(plaintext),
        -1,
        0,
        lying(AAD),
        0,
        1,
      );
      assertEquals(length, 116);
      assertEquals(new Uint8Array(output.buffer), expected);
      const opened = lying(new Uint8Array(100));
      assertEquals(aead.open(opened, lying(expected), lying(AAD), 0, 1), 100);
      assertEquals(new Uint8Array(opened.buffer), plaintext);
      // No view of the kernels' memory left.
      assertEquals([output.seen, opened.seen], [[], []]);
    }
  });

  Deno.test(`createAead() with ${name} takes a key as long as it is`, () => {
    for (const [bytes, claimed] of [[60, key.length], [key.length, 60]]) {
      const lying = new Lying(new ArrayBuffer(bytes!));
      lying.asked = () => claimed!;
      for (let i = 0; i < bytes!; i++) lying[i] = key[i % key.length]!;
      if (bytes === key.length) {
        const output = new Uint8Array(116);
        host.createAead(name, lying, iv)
          .seal(output, plaintext, -1, 0, AAD, 0, 1);
        assertEquals(output, expected);
      } else {
        assertThrows(() => host.createAead(name, lying, iv), RangeError);
      }
    }
  });

  Deno.test(`seal() and open() with ${name} refuse what is no array of bytes in memory`, () => {
    const aead = host.createAead(name, key, iv);
    const output = new Uint8Array(200);
    const detached = new Uint8Array(100);
    structuredClone(detached, { transfer: [detached.buffer] });
    assertThrows(
      () => aead.seal(output, detached, -1, 0, AAD, 0, 1),
      TypeError,
    );
    assertEquals(aead.open(output, detached, AAD, 0, 1), -1);
    assertThrows(
      () => aead.seal(detached, plaintext, -1, 0, AAD, 0, 1),
      RangeError,
    );
    const shrunk = new ArrayBuffer(100, { maxByteLength: 100 });
    const outside = new Uint8Array(shrunk, 50, 50);
    shrunk.resize(60);
    assertThrows(() => aead.seal(output, outside, -1, 0, AAD, 0, 1), TypeError);
    assertThrows(
      () => aead.seal(outside, plaintext, -1, 0, AAD, 0, 1),
      RangeError,
    );
    for (const none of [new Proxy(plaintext, {}), { length: 3 }, "text"]) {
      assertThrows(
        () => aead.seal(output, none as Uint8Array, -1, 0, AAD, 0, 1),
        TypeError,
      );
      assertThrows(
        () => aead.seal(output, plaintext, -1, 0, none as Uint8Array, 0, 1),
        TypeError,
      );
    }
    assert(isClean(host.inspect()));
    aead.seal(output, plaintext, -1, 0, AAD, 0, 1);
    assertEquals(output.subarray(0, 116), expected);
  });
}

Deno.test("seal() refuses input that another thread grows meanwhile, and leaves nothing", async () => {
  // What another thread does shows as a length that is another one each time.
  const typedArray = Object.getPrototypeOf(Uint8Array.prototype);
  const own = Object.getOwnPropertyDescriptor(typedArray, "length")!;
  const growing = new Uint8Array(new SharedArrayBuffer(100)).fill(0xa5);
  let reads = 0;
  let source = "../../../backends/pure/kernels/_host.ts";
  source += "?growing";
  let growingHost: KernelHost;
  Object.defineProperty(typedArray, "length", {
    ...own,
    get() {
      const length = own.get!.call(this);
      return this === growing && reads++ === 0 ? length - 10 : length;
    },
  });
  try {
    const module = await import(
      source
    ) as typeof import("../../../backends/pure/kernels/_host.ts");
    growingHost = new module.KernelHost(
      "baseline",
      Uint8Array.fromBase64(baselineWasm),
    );
  } finally {
    Object.defineProperty(typedArray, "length", own);
  }
  const aead = growingHost.createAead(
    "CHACHA20-POLY1305",
    random(32),
    random(12),
  );
  assertThrows(
    () => aead.seal(new Uint8Array(200), growing, -1, 0, AAD, 0, 1),
    RangeError,
    "its buffer grew meanwhile",
  );
  assert(isClean(growingHost.inspect()));
});
