import { assert, assertEquals, assertThrows } from "@std/assert";
import { decodeModule } from "../../../../backends/pure/kernels/_decode.ts";
import {
  ecdh,
  generateKeyPair,
  isPrivateKey,
  publicKeyOf,
  sign,
} from "../../../../backends/pure/kernels/p256/mod.ts";
import { wasm } from "../../../../backends/pure/kernels/p256/_wasm.ts";
import {
  basePoint,
  bytesOf,
  instantiate,
  random,
  randomScalar,
  type RawKernel,
} from "./subjects.ts";

/** Does what the host does for an operation, on secrets of its own. */
type Operation = (
  kernel: RawKernel,
  point: Uint8Array,
  digest: Uint8Array,
) => void;

function put(kernel: RawKernel, slot: string, bytes: Uint8Array): void {
  kernel.memory.set(bytes, kernel.at[slot]);
}

const OPERATIONS: Readonly<Record<string, Operation>> = {
  publicKey: (kernel) => {
    put(kernel, "IO_PRIVATE", bytesOf(randomScalar()));
    assertEquals(kernel.run["publicKey"]!(), 1);
  },
  isPrivateKey: (kernel) => {
    put(kernel, "IO_PRIVATE", bytesOf(randomScalar()));
    assertEquals(kernel.run["isPrivateKey"]!(), 1);
  },
  sharedSecret: (kernel, point) => {
    put(kernel, "IO_POINT", point);
    put(kernel, "IO_PRIVATE", bytesOf(randomScalar()));
    assertEquals(kernel.run["sharedSecret"]!(), 1);
  },
  sign: (kernel, _, digest) => {
    put(kernel, "IO_PRIVATE", bytesOf(randomScalar()));
    put(kernel, "IO_DIGEST", digest);
    put(kernel, "IO_ENTROPY", random(32));
    kernel.run["startNonces"]!(32);
    assertEquals(kernel.run["sign"]!(), 1);
    kernel.run["nextNonce"]!();
    assertEquals(kernel.run["sign"]!(), 1);
  },
};

/** Whether all of the region that is to be wiped is zero. */
function isWiped({ memory, at }: RawKernel): boolean {
  const start = at["SECRET"]!;
  return memory.subarray(start, start + at["SECRET_BYTES"]!)
    .every((byte) => byte === 0);
}

for (const [name, operation] of Object.entries(OPERATIONS)) {
  Deno.test(`wipe() leaves no trace of the secrets when ${name} is done`, () => {
    const point = basePoint(randomScalar()).subarray(1);
    const digest = random(32);
    const [one, other] = [1, 2].map(() => {
      const kernel = instantiate(decodeModule(wasm));
      operation(kernel, point, digest);
      // The test can tell: before it is wiped, the region is full.
      assert(!isWiped(kernel));
      kernel.run["wipe"]!();
      assert(isWiped(kernel));
      return kernel;
    });
    // Public inputs were the same, secrets were not: so is all that is left.
    assert(one!.memory.every((byte, i) => byte === other!.memory[i]));
  });
}

/** The exports of the instance that `start` makes the host create. */
function capture(start: () => void): WebAssembly.Exports {
  const original = WebAssembly.Instance;
  let exports: WebAssembly.Exports | null = null;
  WebAssembly.Instance = class extends original {
    constructor(module: WebAssembly.Module, imports?: WebAssembly.Imports) {
      super(module, imports);
      exports = this.exports;
    }
  };
  try {
    start();
  } finally {
    WebAssembly.Instance = original;
  }
  assert(exports !== null, "the host made no instance: it has one already");
  return exports;
}

Deno.test("the host wipes before it returns and before it throws", () => {
  // A test file has the host's module to itself.
  const exports = capture(() => generateKeyPair(random));
  const { memory, SECRET, SECRET_BYTES } = exports as unknown as {
    memory: WebAssembly.Memory;
    SECRET: WebAssembly.Global;
    SECRET_BYTES: WebAssembly.Global;
  };
  const region = new Uint8Array(
    memory.buffer,
    SECRET.value,
    SECRET_BYTES.value,
  );
  const key = bytesOf(randomScalar());
  const bad = new Uint8Array(32).fill(255);
  const peer = basePoint(randomScalar());
  const digest = random(32);
  const options = { extraEntropy: random(32) };
  const calls: (() => unknown)[] = [
    () => generateKeyPair(random),
    () => publicKeyOf(key),
    () => isPrivateKey(key),
    () => ecdh(key, peer),
    () => sign(key, digest, options),
    () => isPrivateKey(bad),
    () => assertThrows(() => publicKeyOf(bad)),
    () => assertThrows(() => ecdh(bad, peer)),
    () => assertThrows(() => ecdh(key, bad)),
    () => assertThrows(() => sign(bad, digest, options)),
  ];
  for (const call of calls) {
    region.fill(1);
    call();
    assert(region.every((byte) => byte === 0), String(call));
  }
});
