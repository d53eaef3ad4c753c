/**
 * Streams under a test's control, of both kinds: what the peer gives, what a
 * write meets and what closing does are said by the test.
 *
 * @module
 */
import type { ByteStream, Conn } from "../../../mod.ts";

/** What a write to a wire meets. */
export type WriteMode =
  | { readonly kind: "accept" }
  /** Never settles, unless closing does it. */
  | { readonly kind: "hang" }
  | { readonly kind: "fail"; readonly error: unknown };

/** The test's end of a stream. */
export interface Wire {
  readonly kind: "Conn" | "ByteStream";
  readonly stream: Conn | ByteStream;
  /** The peer sends. */
  give(...chunks: Uint8Array[]): void;
  /** The peer's direction ends. */
  end(): void;
  failRead(error: unknown): void;
  /** What writes meet from now on; those that hang meet it too. */
  setWrites(mode: WriteMode): void;
  /** All that was written. */
  written(): Uint8Array;
  /** How both directions ended. */
  closed(): "open" | "closed" | "aborted";
  /** How many chunks of the peer's nobody has read. */
  unread(): number;
  /** How many writes were begun. */
  readonly writesBegun: number;
}

export interface WireOptions {
  /** Closing leaves pending operations as they are: the worst kind of stream. */
  neverSettles?: boolean;
  /** The most that one read gives, and that one write takes. */
  most?: number;
}

export function concat(chunks: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(chunks.reduce((sum, c) => sum + c.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

/** Writes that hang until the mode changes. */
class Gate {
  mode: WriteMode = { kind: "accept" };
  #held: PromiseWithResolvers<void>[] = [];

  async pass(): Promise<void> {
    while (this.mode.kind === "hang") {
      const held = Promise.withResolvers<void>();
      this.#held.push(held);
      await held.promise;
    }
    if (this.mode.kind === "fail") throw this.mode.error;
  }

  set(mode: WriteMode): void {
    this.mode = mode;
    for (const held of this.#held.splice(0)) held.resolve();
  }

  break(error: unknown): void {
    for (const held of this.#held.splice(0)) held.reject(error);
  }
}

/** A Conn under control. */
export class ConnWire implements Wire, Conn {
  readonly kind = "Conn";
  readonly #options: WireOptions;
  readonly #gate = new Gate();
  #incoming: Uint8Array[] = [];
  #state: "open" | "ended" | { error: unknown } = "open";
  #waiting: PromiseWithResolvers<void> | null = null;
  readonly #written: Uint8Array[] = [];
  #closed = false;
  writesBegun = 0;
  /** How many reads were begun. */
  readsBegun = 0;

  constructor(options: WireOptions = {}) {
    this.#options = options;
  }

  get stream(): Conn {
    return this;
  }

  give(...chunks: Uint8Array[]): void {
    this.#incoming.push(...chunks.filter((chunk) => chunk.length > 0));
    this.#wake();
  }
  end(): void {
    this.#state = "ended";
    this.#wake();
  }
  failRead(error: unknown): void {
    this.#state = { error };
    this.#wake();
  }
  setWrites(mode: WriteMode): void {
    this.#gate.set(mode);
  }
  written(): Uint8Array {
    return concat(this.#written);
  }
  unread(): number {
    return this.#incoming.length;
  }
  closed(): "open" | "closed" {
    return this.#closed ? "closed" : "open";
  }

  async read(p: Uint8Array): Promise<number | null> {
    this.readsBegun++;
    if (this.#waiting !== null) throw new Error("Two reads at once");
    for (;;) {
      if (this.#closed && !this.#options.neverSettles) throw badResource();
      const first = this.#incoming[0];
      if (first !== undefined) {
        const n = Math.min(
          first.length,
          p.length,
          this.#options.most ?? Infinity,
        );
        p.set(first.subarray(0, n));
        if (n === first.length) this.#incoming.shift();
        else this.#incoming[0] = first.subarray(n);
        return n;
      }
      if (this.#state === "ended") return null;
      if (this.#state !== "open") throw this.#state.error;
      this.#waiting = Promise.withResolvers();
      await this.#waiting.promise;
    }
  }

  async write(p: Uint8Array): Promise<number> {
    this.writesBegun++;
    if (this.#closed) throw badResource();
    const n = Math.min(p.length, this.#options.most ?? Infinity);
    // What is taken is taken at once; the answer may be long in coming.
    if (this.#gate.mode.kind === "accept") {
      this.#written.push(p.slice(0, n));
      return n;
    }
    await this.#gate.pass();
    this.#written.push(p.slice(0, n));
    return n;
  }

  close(): void {
    if (this.#closed) throw badResource();
    this.#closed = true;
    if (this.#options.neverSettles) return;
    this.#wake();
    this.#gate.break(badResource());
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    waiting?.resolve();
  }
}

function badResource(): Error {
  return Object.assign(new Error("Bad resource ID"), { name: "BadResource" });
}

/** A ByteStream under control. */
export class StreamWire implements Wire {
  readonly kind = "ByteStream";
  readonly stream: ByteStream;
  readonly #gate = new Gate();
  readonly #written: Uint8Array[] = [];
  #incoming!: ReadableStreamDefaultController<Uint8Array>;
  #reading: "open" | "cancelled" | "ended" = "open";
  #writing: "open" | "closed" | "aborted" = "open";
  writesBegun = 0;

  constructor(options: WireOptions = {}) {
    this.stream = {
      readable: new ReadableStream<Uint8Array>({
        start: (controller) => {
          this.#incoming = controller;
        },
        cancel: () => {
          this.#reading = "cancelled";
          if (options.neverSettles) return new Promise(() => {});
        },
      }),
      writable: new WritableStream<Uint8Array>({
        start: (controller) => {
          // abort() waits for the write under way; a sink hears of it by this.
          controller.signal.addEventListener("abort", () => {
            this.#writing = "aborted";
            if (!options.neverSettles) this.#gate.break(badResource());
          });
        },
        write: async (chunk) => {
          this.writesBegun++;
          try {
            await this.#gate.pass();
          } catch (error) {
            this.#writing = "aborted";
            throw error;
          }
          this.#written.push(chunk.slice());
        },
        close: () => {
          this.#writing = "closed";
          if (options.neverSettles) return new Promise(() => {});
        },
        abort: () => {
          this.#writing = "aborted";
          if (options.neverSettles) return new Promise(() => {});
        },
      }),
    };
  }

  give(...chunks: Uint8Array[]): void {
    for (const chunk of chunks) this.#incoming.enqueue(chunk);
  }
  end(): void {
    this.#reading = "ended";
    this.#incoming.close();
  }
  failRead(error: unknown): void {
    this.#reading = "ended";
    this.#incoming.error(error);
  }
  setWrites(mode: WriteMode): void {
    this.#gate.set(mode);
  }
  written(): Uint8Array {
    return concat(this.#written);
  }
  unread(): number {
    // The high-water mark is 1.
    return 1 - (this.#incoming.desiredSize ?? 1);
  }
  closed(): "open" | "closed" | "aborted" {
    return this.#reading === "open" ? "open" : this.#writing;
  }
}

/** Both kinds of wire, for tests of each. */
export const WIRES: readonly (new (options?: WireOptions) => Wire)[] = [
  ConnWire,
  StreamWire,
];
