/**
 * One shape for the two kinds of stream that a socket runs over.
 *
 * @module
 */
import { ConfigurationError, TLSError } from "./errors.ts";
import type { Addr, ByteStream, Conn } from "./socket.ts";

/** A first read's size; an idle connection holds this much. */
const SMALLEST_READ = 4 * 1024;
/** Four records, as much as a read of a busy connection is worth. */
const LARGEST_READ = 64 * 1024;

/**
 * How long a ByteStream that is closed may take for what was written before, in
 * milliseconds: as long as a socket's disposal. Then it is aborted, so that a
 * peer that takes nothing does not keep it open.
 */
export const LINGER_LIMIT_MS = 5_000;

const NOTHING = new Uint8Array();

/** The stream below a socket. */
export interface Transport {
  /** The stream itself, as it was given. */
  readonly stream: Conn | ByteStream;
  /**
   * The next bytes, `null` at the end. They are valid until the next read.
   */
  read(): Promise<Uint8Array | null>;
  /** Writes all of `bytes`, which must not change until it settles. */
  write(bytes: Uint8Array): Promise<void>;
  /** Closes both directions, behind what was written; never rejects. */
  close(): Promise<void>;
  /** Closes both and drops what is still on its way; never rejects. */
  abort(): Promise<void>;
  /** Lets the stream go, `leftover` first, when its peer's TLS has ended. */
  release(leftover: Uint8Array): Conn | ByteStream;
}

/** The transport of a stream of either kind. */
export function transportOf(stream: Conn | ByteStream): Transport {
  // A Deno.Conn has both shapes, and is the better one as a Conn.
  if (isConn(stream)) return new ConnTransport(stream);
  if (isByteStream(stream)) return new StreamTransport(stream);
  throw new ConfigurationError(
    "Cannot wrap the stream: it has neither read and write nor readable and writable",
    { field: "stream", backend: null },
  );
}

function isConn(stream: unknown): stream is Conn {
  const conn = stream as Partial<Conn> | null;
  return typeof conn?.read === "function" &&
    typeof conn.write === "function" && typeof conn.close === "function";
}

/** By shape: a stream may come from another realm, or be a polyfill's. */
function isByteStream(stream: unknown): stream is ByteStream {
  const pair = stream as Partial<ByteStream> | null;
  return typeof pair?.readable?.getReader === "function" &&
    typeof pair.writable?.getWriter === "function";
}

/** Memory for first reads of connections that were closed, for those to come. */
const spares: Uint8Array<ArrayBuffer>[] = [];

/** So many of them stay. What they hold went over the wire as it is. */
const MAX_SPARES = 16;

class ConnTransport implements Transport {
  readonly stream: Conn;
  #size = SMALLEST_READ;
  #buffer: Uint8Array<ArrayBuffer> | null = null;
  #reading = false;

  constructor(conn: Conn) {
    this.stream = conn;
  }

  async read(): Promise<Uint8Array | null> {
    if (this.#buffer?.length !== this.#size) {
      this.#buffer = this.#size === SMALLEST_READ && spares.length > 0
        ? spares.pop()!
        : new Uint8Array(this.#size);
    }
    const buffer = this.#buffer;
    for (;;) {
      // Stays true where it throws: who knows what the stream still does.
      this.#reading = true;
      const n = await this.stream.read(buffer);
      this.#reading = false;
      if (n === null) return null;
      if (n === 0) continue;
      // A full read says that there is more; a small one, that there is not.
      if (n === buffer.length && n < LARGEST_READ) this.#size = 2 * n;
      else if (n < SMALLEST_READ) this.#size = SMALLEST_READ;
      return buffer.subarray(0, n);
    }
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let sent = 0; sent < bytes.length;) {
      const n = await this.stream.write(bytes.subarray(sent));
      if (!(n > 0)) {
        throw new TLSError(
          "internal",
          `Cannot write: the stream says that it took ${n} bytes`,
        );
      }
      sent += n;
    }
  }

  close(): Promise<void> {
    try {
      this.stream.close();
    } catch {
      // It was closed already, by its peer's doing or by its owner.
    }
    this.#giveBack();
    return Promise.resolve();
  }

  /** Not where a read is under way, which may write to it yet. */
  #giveBack(): void {
    const buffer = this.#buffer;
    this.#buffer = null;
    if (
      buffer?.length === SMALLEST_READ && !this.#reading &&
      spares.length < MAX_SPARES
    ) spares.push(buffer);
  }

  abort(): Promise<void> {
    return this.close();
  }

  release(leftover: Uint8Array): Conn {
    return leftover.length === 0
      ? this.stream
      : withLeftover(this.stream, new Uint8Array(leftover));
  }
}

/** `conn` with bytes in front that were read from it already. */
function withLeftover(conn: Conn, leftover: Uint8Array): Conn {
  let left = leftover;
  let readable: ReadableStream<Uint8Array> | null = null;
  // Not of `conn` itself: a proxy may not bind what is frozen in its target.
  return new Proxy<Conn>(Object.create(conn), {
    get(_, property) {
      if (property === "read") {
        return (p: Uint8Array): Promise<number | null> => {
          if (left.length === 0) return conn.read(p);
          const n = Math.min(p.length, left.length);
          p.set(left.subarray(0, n));
          left = left.subarray(n);
          return Promise.resolve(n);
        };
      }
      if (property === "readable" && property in conn) {
        readable ??= prepended((conn as unknown as ByteStream).readable, left);
        left = NOTHING;
        return readable;
      }
      const value = Reflect.get(conn, property, conn);
      return typeof value === "function" ? value.bind(conn) : value;
    },
  });
}

function prepended(
  readable: ReadableStream<Uint8Array>,
  leftover: Uint8Array,
): ReadableStream<Uint8Array> {
  let reader: ReadableStreamDefaultReader<Uint8Array>;
  return new ReadableStream({
    start(controller) {
      if (leftover.length > 0) controller.enqueue(leftover);
      reader = readable.getReader();
    },
    async pull(controller) {
      const { done, value } = await reader.read();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
    // Nothing is read before it is asked for.
  }, { highWaterMark: 0 });
}

class StreamTransport implements Transport {
  readonly stream: ByteStream;
  readonly #reader: ReadableStreamDefaultReader<unknown>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;

  constructor(stream: ByteStream) {
    this.stream = stream;
    if (stream.readable.locked || stream.writable.locked) {
      throw new ConfigurationError(
        "Cannot wrap the stream: its readable or its writable is locked",
        { field: "stream", backend: null },
      );
    }
    this.#reader = stream.readable.getReader();
    this.#writer = stream.writable.getWriter();
    // Each failure is reported by the operation that meets it.
    this.#reader.closed.catch(() => {});
    this.#writer.closed.catch(() => {});
    this.#writer.ready.catch(() => {});
  }

  async read(): Promise<Uint8Array | null> {
    for (;;) {
      const { done, value } = await this.#reader.read();
      if (done) return null;
      const bytes = toBytes(value);
      if (bytes.length > 0) return bytes;
    }
  }

  async write(bytes: Uint8Array): Promise<void> {
    // A copy: the sink may keep the chunk for as long as it likes. (Not by
    // slice, which shares the memory where the bytes are a Buffer of Node's.)
    await this.#writer.write(new Uint8Array(bytes));
  }

  async close(): Promise<void> {
    // What comes in matters to nobody now, nor when it stops coming.
    this.#reader.cancel().catch(() => {});
    const timer = setTimeout(() => this.abort(), LINGER_LIMIT_MS);
    await this.#writer.close().catch(() => {});
    clearTimeout(timer);
  }

  async abort(): Promise<void> {
    this.#reader.cancel().catch(() => {});
    await this.#writer.abort().catch(() => {});
  }

  release(leftover: Uint8Array): ByteStream {
    this.#reader.releaseLock();
    this.#writer.releaseLock();
    return leftover.length === 0 ? this.stream : {
      readable: prepended(this.stream.readable, new Uint8Array(leftover)),
      writable: this.stream.writable,
    };
  }
}

/** A chunk's bytes: a Uint8Array's or an ArrayBuffer's. Text has none. */
export function toBytes(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk;
  if (chunk instanceof ArrayBuffer) return new Uint8Array(chunk);
  throw new TLSError(
    "internal",
    `Cannot read from the stream: a chunk is ${
      typeof chunk === "string"
        ? "text"
        : "neither a Uint8Array nor an ArrayBuffer"
    }`,
  );
}

/** The address under `name`, or a refusal where the stream has none. */
export function addressOf(
  stream: Conn | ByteStream,
  name: "localAddr" | "remoteAddr",
): Addr {
  const address = (stream as { localAddr?: Addr; remoteAddr?: Addr })[name];
  if (address === undefined) {
    throw new ConfigurationError(
      `Cannot tell ${name}: the stream below has no address`,
      { field: name, backend: null },
    );
  }
  return address;
}

/** What the transport's `error` is for the socket's operations. */
export function transportFailure(
  operation: "read" | "write",
  error: unknown,
): Error {
  // Under TLS may be TLS: an end that it did not announce is none here either.
  if (TLSError.is(error) && ["internal", "ragged-eof"].includes(error.code)) {
    return error;
  }
  return new TLSError(
    "internal",
    `Cannot ${operation}: the transport failed: ${
      error instanceof Error ? error.message : String(error)
    }`,
    { cause: error },
  );
}
