/**
 * Runs one instance of the kernels for all keys.
 *
 * A call copies its input in, runs, copies the result out and wipes. No view of
 * the kernels' memory leaves this module, and nothing here awaits, so no other
 * code runs while a record is in there.
 *
 * @module
 */
import {
  AEAD_KEY_LENGTH,
  AEAD_NONCE_LENGTH,
  AEAD_TAG_LENGTH,
} from "../engine/crypto/aead.ts";
import type { Aead, AeadName } from "../engine/crypto/provider.ts";

/** Which build of the kernels: with relaxed SIMD, or without. */
export type KernelBuild = "relaxed" | "baseline";

const typedArray = Object.getPrototypeOf(Uint8Array.prototype);

/**
 * The length and the copy that every typed array is born with. A subclass may put
 * others in their place, which could say another length each time, run other
 * records in the middle of this one, or keep a view of the kernels' memory.
 */
const lengthOf: (array: Uint8Array) => number = uncurried(
  Object.getOwnPropertyDescriptor(typedArray, "length")!.get!,
);
const copyTo: (target: Uint8Array, source: Uint8Array, at: number) => void =
  uncurried(typedArray.set);

function uncurried<Args extends unknown[], Result>(
  method: (this: Uint8Array, ...args: Args) => Result,
): (array: Uint8Array, ...args: Args) => Result {
  return Function.prototype.call.bind(method) as never;
}

/** Up to this length a loop of byte copies is faster than `set`. */
const SHORT_COPY = 16;

type Seal = (
  length: number,
  type: number,
  padding: number,
  aadLength: number,
  high: number,
  low: number,
) => number;
type Open = (
  length: number,
  aadLength: number,
  high: number,
  low: number,
) => number;

interface Exports {
  readonly memory: WebAssembly.Memory;
  readonly chachaSeal: Seal;
  readonly chachaOpen: Open;
  readonly gcmExpand: (keyLength: number) => void;
  readonly gcmSeal: Seal;
  readonly gcmOpen: Open;
}

/** One algorithm's place in the kernels' memory. */
interface Region {
  readonly address: number;
  readonly size: number;
  readonly seal: Seal;
  readonly open: Open;
  /** The id of the key whose state is there; 0 for none. */
  resident: number;
}

/** An instance of the kernels, and the keys' access to it. */
export class KernelHost {
  /** Which build it runs. */
  readonly build: KernelBuild;
  readonly #exports: Exports;
  readonly #memory: Uint8Array;
  readonly #addresses: { readonly [name: string]: number };
  readonly #data: number;
  readonly #aad: number;
  readonly #capacity: number;
  readonly #aadCapacity: number;
  readonly #chacha: Region;
  readonly #gcm: Region;
  /** The last id given to a key; ids are never used again. */
  #lastId = 0;

  /**
   * Compiles and instantiates `wasm`, whose build is `build`. The kernels import
   * nothing; `imports` is for instrumented ones.
   */
  constructor(
    build: KernelBuild,
    wasm: Uint8Array<ArrayBuffer>,
    imports: WebAssembly.Imports = {},
  ) {
    const { exports } = new WebAssembly.Instance(
      new WebAssembly.Module(wasm),
      imports,
    );
    const kernels = exports as unknown as Exports;
    const addresses: { [name: string]: number } = {};
    for (const [name, value] of Object.entries(exports)) {
      if (value instanceof WebAssembly.Global) addresses[name] = value.value;
    }
    const at = (name: string) => addresses[name] as number;
    this.build = build;
    this.#exports = kernels;
    this.#addresses = addresses;
    // The memory cannot grow, so this view never detaches.
    this.#memory = new Uint8Array(kernels.memory.buffer);
    this.#data = at("data");
    this.#aad = at("aad");
    this.#capacity = at("dataCapacity");
    this.#aadCapacity = at("aadCapacity");
    this.#chacha = {
      address: at("chachaState"),
      size: at("chachaStateSize"),
      seal: kernels.chachaSeal,
      open: kernels.chachaOpen,
      resident: 0,
    };
    this.#gcm = {
      address: at("gcmState"),
      size: at("gcmStateSize"),
      seal: kernels.gcmSeal,
      open: kernels.gcmOpen,
      resident: 0,
    };
  }

  /** The longest plaintext of one call, inner type and padding included. */
  get capacity(): number {
    return this.#capacity;
  }

  /** The longest additional data of one call. */
  get aadCapacity(): number {
    return this.#aadCapacity;
  }

  /** For tests: the kernels' own memory, and the addresses in it by name. */
  inspect(): {
    readonly memory: Uint8Array;
    readonly addresses: { readonly [name: string]: number };
  } {
    return { memory: this.#memory, addresses: this.#addresses };
  }

  /** For benches: seals what is in the kernels' memory, with no copy. */
  sealInPlace(name: AeadName, length: number, low: number): void {
    this.#region(name).seal(length, -1, 0, 5, 0, low);
  }

  /** A key, expanded; `key` and `iv` are copied. */
  createAead(name: AeadName, key: Uint8Array, iv: Uint8Array): Aead {
    if (!Object.hasOwn(AEAD_KEY_LENGTH, name)) {
      throw new TypeError(`Cannot create an AEAD: ${name} is not supported`);
    }
    const keyLength = lengthOf(key);
    const ivLength = lengthOf(iv);
    if (keyLength !== AEAD_KEY_LENGTH[name]) {
      throw new RangeError(
        `Cannot create an AEAD: ${name} needs a key of ${
          AEAD_KEY_LENGTH[name]
        } bytes, not ${keyLength}`,
      );
    }
    if (ivLength !== AEAD_NONCE_LENGTH) {
      throw new RangeError(
        `Cannot create an AEAD: the IV must have ${AEAD_NONCE_LENGTH} bytes, not ${ivLength}`,
      );
    }
    const region = this.#region(name);
    const memory = this.#memory;
    const id = ++this.#lastId;
    region.resident = 0;
    if (region === this.#gcm) {
      memory.set(key, this.#data);
      memory.set(iv, this.#addresses["gcmIv"]);
      this.#exports.gcmExpand(keyLength);
    } else {
      memory.set(key, region.address);
      memory.set(iv, region.address + keyLength);
    }
    const state = memory.slice(region.address, region.address + region.size);
    region.resident = id;
    return new KernelAead(name, this, region, id, state);
  }

  /** See {@linkcode Aead.seal}. */
  seal(
    region: Region,
    id: number,
    state: Uint8Array,
    output: Uint8Array,
    input: Uint8Array,
    type: number,
    padding: number,
    aad: Uint8Array,
    high: number,
    low: number,
  ): number {
    const length = lengthOf(input);
    const aadLength = lengthOf(aad);
    const room = lengthOf(output);
    const total = type < 0 ? length : length + 1 + padding;
    if (total > this.#capacity || padding < 0) {
      throw new RangeError(
        `Cannot seal a record: ${total} bytes of plaintext are over ${this.#capacity}`,
      );
    }
    if (room < total + AEAD_TAG_LENGTH) {
      throw new RangeError(
        `Cannot seal a record: the output holds ${room} of ${
          total + AEAD_TAG_LENGTH
        } bytes`,
      );
    }
    try {
      this.#copyIn(input, length, aad, aadLength);
      this.#select(region, id, state);
      region.seal(length, type, padding, aadLength, high, low);
      this.#copyOut(output, total + AEAD_TAG_LENGTH);
    } catch (error) {
      this.#wipeAll();
      throw error;
    }
    return total + AEAD_TAG_LENGTH;
  }

  /** See {@linkcode Aead.open}. */
  open(
    region: Region,
    id: number,
    state: Uint8Array,
    output: Uint8Array,
    input: Uint8Array,
    aad: Uint8Array,
    high: number,
    low: number,
  ): number {
    const length = lengthOf(input) - AEAD_TAG_LENGTH;
    const aadLength = lengthOf(aad);
    const room = lengthOf(output);
    // Shorter than a tag: "the ciphertext is not authentic", RFC 5116 section 2.2.
    if (length < 0) return -1;
    if (length > this.#capacity) {
      throw new RangeError(
        `Cannot open a record: ${length} bytes of ciphertext are over ${this.#capacity}`,
      );
    }
    if (room < length) {
      throw new RangeError(
        `Cannot open a record: the output holds ${room} of ${length} bytes`,
      );
    }
    try {
      this.#copyIn(input, length + AEAD_TAG_LENGTH, aad, aadLength);
      this.#select(region, id, state);
      // On a wrong tag the kernel has wiped what it may have decrypted.
      if (region.open(length, aadLength, high, low) === 0) return -1;
      this.#copyOut(output, length);
      this.#memory.fill(0, this.#data, this.#data + length);
    } catch (error) {
      this.#wipeAll();
      throw error;
    }
    return length;
  }

  /** Overwrites a key's state, here and in the kernels' memory. */
  destroy(region: Region, id: number, state: Uint8Array): void {
    state.fill(0);
    if (region.resident !== id) return;
    region.resident = 0;
    this.#memory.fill(0, region.address, region.address + region.size);
  }

  #region(name: AeadName): Region {
    return name === "CHACHA20-POLY1305" ? this.#chacha : this.#gcm;
  }

  /** Puts the key's state where the kernels expect it. */
  #select(region: Region, id: number, state: Uint8Array): void {
    if (region.resident === id) return;
    region.resident = 0;
    this.#memory.set(state, region.address);
    region.resident = id;
  }

  /**
   * Copies a record and its additional data in: the kernels read only this copy,
   * so other threads that write to a shared input cannot change what was checked.
   */
  #copyIn(
    input: Uint8Array,
    length: number,
    aad: Uint8Array,
    aadLength: number,
  ): void {
    const memory = this.#memory;
    if (aadLength > this.#aadCapacity) {
      throw new RangeError(
        `Cannot protect a record: ${aadLength} bytes of additional data are over ${this.#aadCapacity}`,
      );
    }
    if (aadLength <= SHORT_COPY) {
      for (let i = 0; i < aadLength; i++) {
        memory[this.#aad + i] = aad[i] as number;
      }
    } else memory.set(aad, this.#aad);
    memory.set(input, this.#data);
    // Only a growable SharedArrayBuffer can change its length meanwhile.
    if (lengthOf(input) !== length || lengthOf(aad) !== aadLength) {
      throw new RangeError(
        "Cannot protect a record: its buffer grew meanwhile",
      );
    }
  }

  #copyOut(output: Uint8Array, length: number): void {
    copyTo(output, this.#memory.subarray(this.#data, this.#data + length), 0);
  }

  /** After a call that did not return: leaves no record, scratch or key. */
  #wipeAll(): void {
    this.#chacha.resident = 0;
    this.#gcm.resident = 0;
    // Everything but the constants.
    this.#memory.fill(0, this.#addresses["scratch"]);
  }
}

class KernelAead implements Aead {
  readonly name: AeadName;
  readonly #host: KernelHost;
  readonly #region: Region;
  readonly #id: number;
  readonly #state: Uint8Array;
  #destroyed = false;

  constructor(
    name: AeadName,
    host: KernelHost,
    region: Region,
    id: number,
    state: Uint8Array,
  ) {
    this.name = name;
    this.#host = host;
    this.#region = region;
    this.#id = id;
    this.#state = state;
  }

  seal(
    output: Uint8Array,
    input: Uint8Array,
    type: number,
    padding: number,
    aad: Uint8Array,
    high: number,
    low: number,
  ): number {
    if (this.#destroyed) {
      throw new Error("Cannot seal a record: the key is destroyed");
    }
    return this.#host.seal(
      this.#region,
      this.#id,
      this.#state,
      output,
      input,
      type,
      padding,
      aad,
      high,
      low,
    );
  }

  open(
    output: Uint8Array,
    input: Uint8Array,
    aad: Uint8Array,
    high: number,
    low: number,
  ): number {
    if (this.#destroyed) {
      throw new Error("Cannot open a record: the key is destroyed");
    }
    return this.#host.open(
      this.#region,
      this.#id,
      this.#state,
      output,
      input,
      aad,
      high,
      low,
    );
  }

  destroy(): void {
    this.#destroyed = true;
    this.#host.destroy(this.#region, this.#id, this.#state);
  }
}
