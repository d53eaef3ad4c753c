/**
 * Two ends joined in memory, with room for a bounded number of bytes between
 * them, as a kernel's socket has.
 *
 * @module
 */
import type { ByteStream, Conn } from "../../../mod.ts";

export interface PairOptions {
  /** How many bytes each direction holds before a write waits. */
  capacity?: number;
  /** The most that one read gives. */
  shortRead?: number;
  /** The most that one write takes. */
  shortWrite?: number;
}

/** One direction. */
class Pipe {
  #chunks: Uint8Array[] = [];
  #held = 0;
  #ended = false;
  #broken = false;
  #change = Promise.withResolvers<void>();
  readonly #capacity: number;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  async read(p: Uint8Array, most: number): Promise<number | null> {
    for (;;) {
      const first = this.#chunks[0];
      if (first !== undefined) {
        const n = Math.min(first.length, p.length, most);
        p.set(first.subarray(0, n));
        if (n === first.length) this.#chunks.shift();
        else this.#chunks[0] = first.subarray(n);
        this.#held -= n;
        this.changed();
        return n;
      }
      if (this.#ended) return null;
      await this.#change.promise;
    }
  }

  async write(p: Uint8Array, most: number): Promise<number> {
    for (;;) {
      if (this.#broken || this.#ended) throw new Error("Broken pipe");
      const n = Math.min(p.length, this.#capacity - this.#held, most);
      if (n > 0) {
        this.#chunks.push(p.slice(0, n));
        this.#held += n;
        this.changed();
        return n;
      }
      await this.#change.promise;
    }
  }

  end(): void {
    this.#ended = true;
    this.changed();
  }

  break(): void {
    this.#broken = true;
    this.changed();
  }

  changed(): void {
    const { resolve } = this.#change;
    this.#change = Promise.withResolvers();
    resolve();
  }
}

class PairedConn implements Conn {
  readonly #in: Pipe;
  readonly #out: Pipe;
  readonly #options: PairOptions;
  isClosed = false;

  constructor(incoming: Pipe, outgoing: Pipe, options: PairOptions) {
    this.#in = incoming;
    this.#out = outgoing;
    this.#options = options;
  }

  async read(p: Uint8Array): Promise<number | null> {
    const n = await this.#in.read(p, this.#options.shortRead ?? Infinity);
    if (this.isClosed) throw new Error("Bad resource ID");
    return n;
  }
  write(p: Uint8Array): Promise<number> {
    if (this.isClosed) return Promise.reject(new Error("Bad resource ID"));
    return this.#out.write(p, this.#options.shortWrite ?? Infinity);
  }
  close(): void {
    if (this.isClosed) throw new Error("Bad resource ID");
    this.isClosed = true;
    this.#out.end();
    this.#in.break();
    this.#in.end();
  }
}

/** Two Conns, each the other's peer. */
export function connPair(options: PairOptions = {}): [PairedConn, PairedConn] {
  const capacity = options.capacity ?? 64 * 1024;
  const [there, back] = [new Pipe(capacity), new Pipe(capacity)];
  return [
    new PairedConn(back, there, options),
    new PairedConn(there, back, options),
  ];
}

/** Two ByteStreams, each the other's peer. */
export function streamPair(): [ByteStream, ByteStream] {
  const there = new TransformStream<Uint8Array, Uint8Array>();
  const back = new TransformStream<Uint8Array, Uint8Array>();
  return [
    { readable: back.readable, writable: there.writable },
    { readable: there.readable, writable: back.writable },
  ];
}
