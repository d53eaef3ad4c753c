/**
 * Runs one instance of the hash kernel for all hashes and keys.
 *
 * A call copies its input in, runs, copies the result out and wipes: between two
 * calls the kernel's memory is zero but for its constants. Running hashes and
 * prepared keys keep their state here, in arrays of their own. No view of the
 * kernel's memory leaves this module, and nothing here awaits, so no other code
 * runs while a secret is in there.
 *
 * @module
 */
import type {
  HashName,
  Hmac,
  RunningHash,
} from "../../engine/crypto/provider.ts";

interface Exports {
  readonly memory: WebAssembly.Memory;
  readonly digest: (algorithm: number, length: number) => void;
  readonly absorb: (algorithm: number, length: number) => void;
  readonly conclude: (
    algorithm: number,
    length: number,
    high: number,
    low: number,
  ) => void;
  readonly hmacKey: (algorithm: number) => void;
  readonly hmac: (algorithm: number, length: number) => void;
  readonly hmacOnce: (algorithm: number, length: number) => void;
}

/** One of the hashes, as the kernel has it. */
interface Algorithm {
  /** The kernel's number of it. */
  readonly id: number;
  /** Bytes of a block. */
  readonly block: number;
  /** Bytes of the state between blocks. */
  readonly state: number;
  /** Bytes of the digest. */
  readonly digest: number;
  /** Where the kernel has its initial state. */
  readonly initial: string;
}

const ALGORITHMS: Readonly<Record<HashName, Algorithm>> = {
  sha256: { id: 0, block: 64, state: 32, digest: 32, initial: "initial256" },
  sha384: { id: 1, block: 128, state: 64, digest: 48, initial: "initial384" },
  sha512: { id: 2, block: 128, state: 64, digest: 64, initial: "initial512" },
};

function algorithmOf(name: HashName): Algorithm {
  if (!Object.hasOwn(ALGORITHMS, name)) {
    throw new TypeError(`Cannot hash: ${name} is not supported`);
  }
  return ALGORITHMS[name];
}

/** An instance of the kernel. */
export class HashHost {
  readonly #run: Exports;
  readonly #memory: Uint8Array;
  readonly #addresses: { readonly [name: string]: number };
  readonly #state: number;
  readonly #output: number;
  readonly #pads: number;
  readonly #key: number;
  readonly #data: number;
  readonly #capacity: number;

  /**
   * Compiles and instantiates `wasm`. The kernel imports nothing; `imports` is
   * for instrumented ones.
   */
  constructor(
    wasm: Uint8Array<ArrayBuffer>,
    imports: WebAssembly.Imports = {},
  ) {
    const { exports } = new WebAssembly.Instance(
      new WebAssembly.Module(wasm),
      imports,
    );
    const addresses: { [name: string]: number } = {};
    for (const [name, value] of Object.entries(exports)) {
      if (value instanceof WebAssembly.Global) addresses[name] = value.value;
    }
    const at = (name: string) => addresses[name] as number;
    this.#run = exports as unknown as Exports;
    // The memory cannot grow, so this view never detaches.
    this.#memory = new Uint8Array(this.#run.memory.buffer);
    this.#addresses = addresses;
    this.#state = at("state");
    this.#output = at("output");
    this.#pads = at("pads");
    this.#key = at("key");
    this.#data = at("data");
    this.#capacity = at("dataCapacity");
  }

  /** For tests: the kernel's own memory, and the addresses in it by name. */
  inspect(): {
    readonly memory: Uint8Array;
    readonly addresses: { readonly [name: string]: number };
  } {
    return { memory: this.#memory, addresses: this.#addresses };
  }

  /** A fresh hash. */
  createHash(name: HashName): RunningHash {
    const algorithm = algorithmOf(name);
    const initial = this.#addresses[algorithm.initial] as number;
    return new KernelHash(
      this,
      algorithm,
      this.#memory.slice(initial, initial + algorithm.state),
      new Uint8Array(algorithm.block),
      0,
    );
  }

  /** The hash of `data`. */
  digest(name: HashName, data: Uint8Array): Uint8Array {
    const algorithm = algorithmOf(name);
    if (data.length > this.#capacity) {
      const hash = this.createHash(name);
      hash.update(data);
      return hash.snapshot();
    }
    try {
      const length = this.#copyIn(data, 0);
      this.#run.digest(algorithm.id, length);
      return this.#take(this.#output, algorithm.digest);
    } catch (error) {
      this.#wipeAll();
      throw error;
    }
  }

  /** HMAC of `data` with a key that is used once. */
  hmac(name: HashName, key: Uint8Array, data: Uint8Array): Uint8Array {
    const algorithm = algorithmOf(name);
    if (data.length > this.#capacity) {
      const hmac = this.createHmac(name, key);
      const mac = hmac.compute(data);
      hmac.destroy();
      return mac;
    }
    try {
      this.#copyKeyIn(name, key);
      const length = this.#copyIn(data, 0);
      this.#run.hmacOnce(algorithm.id, length);
      return this.#take(this.#output, algorithm.digest);
    } catch (error) {
      this.#wipeAll();
      throw error;
    }
  }

  /** HMAC with a key that is prepared now. */
  createHmac(name: HashName, key: Uint8Array): Hmac {
    const algorithm = algorithmOf(name);
    try {
      this.#copyKeyIn(name, key);
      this.#run.hmacKey(algorithm.id);
      return new KernelHmac(
        this,
        algorithm,
        this.#take(this.#pads, 2 * algorithm.state),
      );
    } catch (error) {
      this.#wipeAll();
      throw error;
    }
  }

  /** The first `length` bytes of the HMAC of `data`. */
  compute(
    algorithm: Algorithm,
    pads: Uint8Array,
    data: Uint8Array,
    length: number,
  ): Uint8Array {
    if (data.length > this.#capacity) {
      return this.#computeLong(algorithm, pads, data, length);
    }
    try {
      this.#memory.set(pads, this.#pads);
      this.#run.hmac(algorithm.id, this.#copyIn(data, 0));
      return this.#take(this.#output, length);
    } catch (error) {
      this.#wipeAll();
      throw error;
    }
  }

  /** Absorbs whole blocks, `first` and then `data`, into `state`. */
  absorb(
    algorithm: Algorithm,
    state: Uint8Array,
    first: Uint8Array,
    data: Uint8Array,
  ): void {
    try {
      const from = this.#state;
      this.#memory.set(state, from);
      this.#memory.set(first, this.#data);
      const length = this.#copyIn(data, first.length);
      this.#run.absorb(algorithm.id, first.length + length);
      state.set(this.#memory.subarray(from, from + algorithm.state));
      this.#memory.fill(0, from, from + algorithm.state);
    } catch (error) {
      this.#wipeAll();
      throw error;
    }
  }

  /** The digest of `total` bytes, of which `rest` are not in `state` yet. */
  conclude(
    algorithm: Algorithm,
    state: Uint8Array,
    rest: Uint8Array,
    total: number,
  ): Uint8Array {
    try {
      this.#memory.set(state, this.#state);
      this.#memory.set(rest, this.#data);
      this.#run.conclude(
        algorithm.id,
        rest.length,
        Math.floor(total / 2 ** 32),
        total >>> 0,
      );
      return this.#take(this.#output, algorithm.digest);
    } catch (error) {
      this.#wipeAll();
      throw error;
    }
  }

  /** The most that {@linkcode absorb} takes at once, behind a block. */
  get chunk(): number {
    return this.#capacity - 128;
  }

  /** HMAC as its two hashes, for what does not fit into the kernel at once. */
  #computeLong(
    algorithm: Algorithm,
    pads: Uint8Array,
    data: Uint8Array,
    length: number,
  ): Uint8Array {
    const { block, state } = algorithm;
    const behind = (pad: Uint8Array) =>
      new KernelHash(this, algorithm, pad, new Uint8Array(block), block);
    const first = behind(pads.slice(0, state));
    const second = behind(pads.slice(state));
    first.update(data);
    const hashed = first.snapshot();
    second.update(hashed);
    const mac = second.snapshot();
    first.destroy();
    second.destroy();
    hashed.fill(0);
    if (length === mac.length) return mac;
    const result = mac.slice(0, length);
    mac.fill(0);
    return result;
  }

  /** Copies data in, `offset` bytes behind the start; gives its length. */
  #copyIn(data: Uint8Array, offset: number): number {
    const { length } = data;
    this.#memory.set(data, this.#data + offset);
    // Only a growable SharedArrayBuffer can change its length meanwhile.
    if (data.length !== length || offset + length > this.#capacity) {
      throw new RangeError("Cannot hash: the buffer grew meanwhile");
    }
    return length;
  }

  /** "keys longer than B bytes are first hashed", RFC 2104, section 2. */
  #copyKeyIn(name: HashName, key: Uint8Array): void {
    const { block } = ALGORITHMS[name];
    const { length } = key;
    if (length > block) {
      const hashed = this.digest(name, key);
      this.#memory.set(hashed, this.#key);
      hashed.fill(0);
      return;
    }
    this.#memory.set(key, this.#key);
    if (key.length !== length) {
      throw new RangeError("Cannot hash: the buffer grew meanwhile");
    }
  }

  /** Copies a result of `length` bytes out, and wipes its place. */
  #take(address: number, length: number): Uint8Array {
    const result = this.#memory.slice(address, address + length);
    // A MAC may be cut, SHA-384's is part of SHA-512's: a place has 64 bytes.
    this.#memory.fill(0, address, address + Math.max(length, 64));
    return result;
  }

  /** After a call that did not return: leaves nothing but the constants. */
  #wipeAll(): void {
    this.#memory.fill(0, this.#state);
  }
}

class KernelHash implements RunningHash {
  readonly #host: HashHost;
  readonly #algorithm: Algorithm;
  readonly #state: Uint8Array;
  /** What was absorbed since the last whole block, at its front. */
  readonly #rest: Uint8Array;
  /** How many bytes were absorbed in all. */
  #total: number;

  /** Takes `state`, that behind `total` bytes, and `rest` over. */
  constructor(
    host: HashHost,
    algorithm: Algorithm,
    state: Uint8Array,
    rest: Uint8Array,
    total: number,
  ) {
    this.#host = host;
    this.#algorithm = algorithm;
    this.#state = state;
    this.#rest = rest;
    this.#total = total;
  }

  update(data: Uint8Array): void {
    const { block } = this.#algorithm;
    const { length } = data;
    let rest = this.#total % block;
    let at = 0;
    // As far as whole blocks go, and the rest of the block before with them.
    const whole = length - (rest + length) % block;
    while (at < whole) {
      const most = this.#host.chunk - (rest + this.#host.chunk) % block;
      const end = Math.min(at + most, whole);
      this.#host.absorb(
        this.#algorithm,
        this.#state,
        this.#rest.subarray(0, rest),
        data.subarray(at, end),
      );
      this.#total += end - at;
      at = end;
      rest = 0;
    }
    this.#rest.set(at === 0 ? data : data.subarray(at), rest);
    this.#total += length - at;
  }

  snapshot(): Uint8Array {
    const rest = this.#total % this.#algorithm.block;
    return this.#host.conclude(
      this.#algorithm,
      this.#state,
      this.#rest.subarray(0, rest),
      this.#total,
    );
  }

  clone(): RunningHash {
    return new KernelHash(
      this.#host,
      this.#algorithm,
      this.#state.slice(),
      this.#rest.slice(),
      this.#total,
    );
  }

  /** Overwrites what depends on the message. */
  destroy(): void {
    this.#state.fill(0);
    this.#rest.fill(0);
  }
}

class KernelHmac implements Hmac {
  readonly #host: HashHost;
  readonly #algorithm: Algorithm;
  readonly #pads: Uint8Array;
  #destroyed = false;

  constructor(host: HashHost, algorithm: Algorithm, pads: Uint8Array) {
    this.#host = host;
    this.#algorithm = algorithm;
    this.#pads = pads;
  }

  compute(
    data: Uint8Array,
    length: number = this.#algorithm.digest,
  ): Uint8Array {
    if (this.#destroyed) {
      throw new Error("Cannot compute an HMAC: the key is destroyed");
    }
    if (!(length >= 0 && length <= this.#algorithm.digest)) {
      throw new RangeError(
        `Cannot compute an HMAC: ${length} bytes are more than it has`,
      );
    }
    return this.#host.compute(this.#algorithm, this.#pads, data, length);
  }

  destroy(): void {
    this.#destroyed = true;
    this.#pads.fill(0);
  }
}
