/**
 * Accepts connections and runs their handshakes side by side, so that a slow,
 * silent or failing peer delays nobody else.
 *
 * @module
 */
import type { ListenOptions, TLSListener } from "./context.ts";
import { ConfigurationError, TLSError } from "./errors.ts";
import type { NetAddr, TLSWrappedSocket } from "./socket.ts";

/**
 * How long a handshake may take unless `handshakeTimeout` says otherwise, in
 * milliseconds: ten round trips of the slowest networks in use.
 */
export const DEFAULT_HANDSHAKE_TIMEOUT_MS = 10_000;

/**
 * How many connections may be in their handshake, or done and not yet accepted,
 * unless `maxPendingHandshakes` says otherwise: a full backlog of a busy server.
 * SECURITY.md says how much memory they hold at the most.
 */
export const DEFAULT_MAX_PENDING_HANDSHAKES = 512;

/** What brings connections whose handshake has not begun. */
export interface RawListener {
  /** Where it listens. */
  readonly addr: NetAddr;
  /** The next connection. */
  accept(): Promise<TLSWrappedSocket<NetAddr>>;
  /** Stops; a pending `accept` rejects. */
  close(): void;
}

interface Waiter {
  resolve(socket: TLSWrappedSocket<NetAddr>): void;
  reject(error: unknown): void;
}

/** Checks the options that do not depend on the backend. */
export function checkListenOptions(
  options: ListenOptions,
  backend: string,
): void {
  const refuse = (field: string, what: string): never => {
    throw new ConfigurationError(
      `Cannot listen: ${field} must be ${what}`,
      { field, backend },
    );
  };
  const { port, handshakeTimeout = 1, maxPendingHandshakes = 1 } = options;
  if (!Number.isInteger(port) || port < 0 || port > 0xffff) {
    refuse("port", "an integer from 0 to 65535");
  }
  // setTimeout takes a signed 32-bit number; more would fire at once.
  if (!(handshakeTimeout > 0 && handshakeTimeout < 2 ** 31)) {
    refuse("handshakeTimeout", "milliseconds, above 0 and under 2^31");
  }
  if (!Number.isInteger(maxPendingHandshakes) || maxPendingHandshakes < 1) {
    refuse("maxPendingHandshakes", "an integer of 1 or more");
  }
}

/** A listener over any source of connections. */
export class HandshakeListener implements TLSListener {
  readonly #raw: RawListener;
  readonly #options: ListenOptions;
  readonly #limit: number;
  readonly #ready: TLSWrappedSocket<NetAddr>[] = [];
  readonly #waiters: Waiter[] = [];
  readonly #pending = new Set<AbortController>();
  readonly #onAbort = () => this.close();
  /** What the source failed with, for the next to ask. */
  #error: { readonly error: unknown } | null = null;
  #running = false;
  #closed = false;

  constructor(raw: RawListener, options: ListenOptions) {
    this.#raw = raw;
    this.#options = options;
    this.#limit = options.maxPendingHandshakes ??
      DEFAULT_MAX_PENDING_HANDSHAKES;
    options.signal?.addEventListener("abort", this.#onAbort, { once: true });
    if (options.signal?.aborted) this.close();
    else this.#run();
  }

  get addr(): NetAddr {
    return this.#raw.addr;
  }

  accept(): Promise<TLSWrappedSocket<NetAddr>> {
    const socket = this.#ready.shift();
    if (socket !== undefined) {
      this.#run();
      return Promise.resolve(socket);
    }
    if (this.#closed) return Promise.reject(closed());
    if (this.#error !== null) {
      const { error } = this.#error;
      this.#error = null;
      this.#run();
      return Promise.reject(error);
    }
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject });
      this.#run();
    });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#options.signal?.removeEventListener("abort", this.#onAbort);
    this.#raw.close();
    for (const attempt of this.#pending) attempt.abort(closed());
    for (const socket of this.#ready.splice(0)) socket.close();
    for (const waiter of this.#waiters.splice(0)) waiter.reject(closed());
  }

  async *[Symbol.asyncIterator](): AsyncIterator<TLSWrappedSocket<NetAddr>> {
    for (;;) {
      let socket: TLSWrappedSocket<NetAddr>;
      try {
        socket = await this.accept();
      } catch (error) {
        if (this.#closed) return;
        throw error;
      }
      yield socket;
    }
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Accepts for as long as there is room; called again when there may be. */
  async #run(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    try {
      while (
        !this.#closed && this.#pending.size + this.#ready.length < this.#limit
      ) {
        const socket = await this.#raw.accept();
        if (this.#closed) return socket.close();
        this.#shakeHands(socket);
      }
    } catch (error) {
      if (this.#closed) return;
      // Too many open files, say: whoever asks next is told, and goes on.
      const waiter = this.#waiters.shift();
      if (waiter === undefined) this.#error = { error };
      else waiter.reject(error);
      return;
    } finally {
      this.#running = false;
    }
  }

  async #shakeHands(socket: TLSWrappedSocket<NetAddr>): Promise<void> {
    const attempt = new AbortController();
    this.#pending.add(attempt);
    const limit = this.#options.handshakeTimeout ??
      DEFAULT_HANDSHAKE_TIMEOUT_MS;
    const timer = setTimeout(() =>
      attempt.abort(
        new TLSError(
          "timeout",
          `Cannot finish the handshake: it took longer than ${limit} ms`,
        ),
      ), limit);
    let remoteAddr: NetAddr | null = null;
    try {
      remoteAddr = socket.remoteAddr;
      await socket.doHandshake({ signal: attempt.signal });
      this.#deliver(socket);
    } catch (error) {
      socket.close();
      if (!this.#closed) this.#report(error, remoteAddr);
    } finally {
      clearTimeout(timer);
      this.#pending.delete(attempt);
      if (!this.#closed) this.#run();
    }
  }

  #deliver(socket: TLSWrappedSocket<NetAddr>): void {
    if (this.#closed) return socket.close();
    const waiter = this.#waiters.shift();
    if (waiter === undefined) this.#ready.push(socket);
    else waiter.resolve(socket);
  }

  #report(error: unknown, remoteAddr: NetAddr | null): void {
    try {
      this.#options.onHandshakeError?.(error, remoteAddr);
    } catch (thrown) {
      // The listener goes on; the one who threw hears of it.
      reportError(thrown);
    }
  }
}

function closed(): TLSError {
  return new TLSError("closed", "Cannot accept: the listener was closed");
}
