/**
 * What every socket of the contract does alike, whatever makes its TLS: one
 * handshake, reads after reads and writes after writes, one failure for all, and
 * an orderly end. `wrapStream`'s socket and the Deno backend's extend it.
 *
 * @module
 */
import { Lock } from "./_lock.ts";
import { readableOf, writableOf } from "./_socket_streams.ts";
import type { CipherSuiteId, ProtocolName, TLSVersion } from "./code_points.ts";
import type { ClientContext, ServerContext } from "./context.ts";
import type { Certificate } from "./credentials.ts";
import { TLSError } from "./errors.ts";
import type {
  Addr,
  ByteStream,
  Conn,
  HandshakeOptions,
  TLSWrappedSocket,
} from "./socket.ts";

/**
 * How long `Symbol.asyncDispose` tries to flush and to say close_notify, in
 * milliseconds: long enough for a slow peer to take what was written, short
 * enough that a stuck one does not hold a program up.
 */
export const DISPOSE_LIMIT_MS = 5_000;

/** A socket without its TLS. */
export abstract class SocketBase<A extends Addr = Addr>
  implements TLSWrappedSocket<A> {
  /** One read at a time. */
  protected readonly reads: Lock = new Lock();
  /** One write at a time. */
  protected readonly writes: Lock = new Lock();
  /** Rejects what waits, when the connection dies. */
  readonly #waiting = new Set<(error: unknown) => void>();
  #open = true;
  /** What every operation fails with. */
  #failure: { readonly error: unknown } | null = null;
  /** What every operation that sends fails with, where only sending failed. */
  #sendFailure: { readonly error: unknown } | null = null;
  /** What every write fails with, once this end has said close_notify. */
  #shutDown: Closed | null = null;
  /** Who abandoned the handshake. */
  #aborted: { readonly reason: unknown } | null = null;
  /** Settles when the transport is closed; never rejects. */
  #closing: Promise<void> | null = null;
  #handshake: Promise<void> | null = null;
  #handshakeDone = false;
  #readable: ReadableStream<Uint8Array<ArrayBuffer>> | null = null;
  #writable: WritableStream<Uint8Array<ArrayBufferLike>> | null = null;

  abstract cipher(): CipherSuiteId | null;
  abstract negotiatedProtocol(): ProtocolName | Uint8Array | null;
  abstract negotiatedTlsVersion(): TLSVersion | null;
  abstract peerCertificates(): readonly Certificate[] | null;
  abstract get context(): ClientContext | ServerContext;
  abstract get localAddr(): A;
  abstract get remoteAddr(): A;
  abstract ref(): void;
  abstract unref(): void;
  abstract unwrap(): Promise<Conn | ByteStream>;

  /** Runs the handshake to its end. */
  protected abstract shakeHands(): Promise<void>;
  /** Called when the handshake is done and nobody has abandoned it. */
  protected abstract handshakeEnded(): void;
  /** Reads some plaintext; `null` at its end. `p` is not empty. */
  protected abstract receive(p: Uint8Array): Promise<number | null>;
  /** Encrypts and sends all of `p`. */
  protected abstract send(p: Uint8Array): Promise<void>;
  /** Says close_notify and sends it; called more than once. */
  protected abstract endSending(): Promise<void>;
  /**
   * Closes the transport, behind a last word where `graceful`; never throws and
   * never rejects. The connection has failed with code `closed` by then.
   */
  protected abstract closeTransport(graceful: boolean): Promise<void>;
  /** Called when the connection has died; may be called again. */
  protected abstract died(): void;

  // ---- operations ----------------------------------------------------------

  get readable(): ReadableStream<Uint8Array<ArrayBuffer>> {
    return this.#readable ??= readableOf(this);
  }

  get writable(): WritableStream<Uint8Array<ArrayBufferLike>> {
    return this.#writable ??= writableOf(this);
  }

  async doHandshake(options: HandshakeOptions = {}): Promise<void> {
    const { signal } = options;
    if (this.#handshakeDone && this.#failure === null) return;
    const onAbort = () => this.#abandon(signal!.reason);
    if (signal?.aborted) onAbort();
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      this.check();
      this.#handshake ??= this.#runHandshake();
      await this.#handshake;
    } catch (error) {
      // The one who aborts is told by the signal's own reason; one whose signal
      // only came to a connection that had failed already is not.
      if (signal?.aborted && this.#aborted?.reason === signal.reason) {
        throw signal.reason;
      }
      throw error;
    } finally {
      signal?.removeEventListener("abort", onAbort);
    }
  }

  async #runHandshake(): Promise<void> {
    await this.shakeHands();
    // Its end and an abort or a close may have come in the same turn.
    this.check();
    this.#handshakeDone = true;
    this.handshakeEnded();
  }

  async handshake(): Promise<{ alpnProtocol: string | null }> {
    await this.doHandshake();
    const protocol = this.negotiatedProtocol();
    return {
      alpnProtocol: protocol instanceof Uint8Array
        ? new TextDecoder().decode(protocol)
        : protocol,
    };
  }

  read(p: Uint8Array): Promise<number | null> {
    return this.reads.run(async () => {
      this.check();
      mustBeBytes(p, "read");
      if (p.length === 0) return 0;
      if (!this.#handshakeDone) await this.doHandshake();
      return await this.receive(p);
    });
  }

  write(p: Uint8Array): Promise<number> {
    return this.writes.run(async () => {
      this.checkSend();
      mustBeBytes(p, "write");
      if (!this.#handshakeDone) await this.doHandshake();
      await this.send(p);
      return p.length;
    });
  }

  closeWrite(): Promise<void> {
    return this.writes.run(async () => {
      this.check();
      if (!this.#handshakeDone) await this.doHandshake();
      await this.endSending();
    });
  }

  close(): void {
    if (!this.#open) return;
    const graceful = this.#handshakeDone && this.#failure === null &&
      this.#sendFailure === null;
    this.retire("closed");
    this.#closing = this.closeTransport(graceful);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#open) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const limit = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, DISPOSE_LIMIT_MS);
    });
    try {
      if (this.#handshakeDone && this.#failure === null) {
        await Promise.race([this.closeWrite(), limit]);
      }
    } catch {
      // What failed has failed every operation that could be told.
    }
    this.close();
    await Promise.race([this.#closing, limit]);
    clearTimeout(timer);
  }

  // ---- the state, for those who extend this ----------------------------------

  /** True until the socket is closed or unwrapped. */
  protected get open(): boolean {
    return this.#open;
  }

  /** True once the handshake is done. */
  protected get handshakeDone(): boolean {
    return this.#handshakeDone;
  }

  /** Why the transport no longer takes what is sent; `null` while it does. */
  protected get sendFailure(): { readonly error: unknown } | null {
    return this.#sendFailure;
  }

  /** Throws where the connection has failed. */
  protected check(): void {
    if (this.#failure !== null) throw this.#failure.error;
  }

  /** Throws where nothing can be sent. */
  protected checkSend(): void {
    this.check();
    if (this.#sendFailure !== null) throw this.#sendFailure.error;
    if (this.#shutDown !== null) throw this.#shutDown.error;
  }

  /** Makes `error`, or the one before it, what every operation fails with. */
  protected die(error: unknown): unknown {
    return this.#end({ error }).error;
  }

  #end(failure: { readonly error: unknown }): { readonly error: unknown } {
    const first = this.#failure ??= failure;
    this.died();
    for (const reject of this.#waiting) reject(first.error);
    this.#waiting.clear();
    return first;
  }

  /** `promise`, or the connection's death, whichever comes first. */
  protected wait<T>(promise: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#waiting.add(reject);
      promise.then(resolve, reject).finally(() => this.#waiting.delete(reject));
    });
  }

  /**
   * Ends sending alone: the peer's last word, an alert say, may still be there to
   * be read.
   */
  protected failSending(error: unknown): unknown {
    this.#sendFailure ??= { error };
    this.check();
    return this.#sendFailure.error;
  }

  /** True the first time: close_notify is to be said now. */
  protected beginShutDown(): boolean {
    if (this.#shutDown !== null) return false;
    this.#shutDown = new Closed("Cannot write: this end has said close_notify");
    return true;
  }

  /** The end of the socket at this end's wish. */
  protected retire(how: "closed" | "unwrapped"): void {
    this.#end(new Closed(`Cannot go on: the socket was ${how}`));
    this.#open = false;
  }

  /** Ends a connection whose handshake nobody wants any more. */
  #abandon(reason: unknown): void {
    if (this.#handshakeDone || this.#failure !== null) return;
    this.#aborted = { reason };
    this.die(
      new TLSError("closed", "Cannot go on: the handshake was aborted", {
        cause: reason,
      }),
    );
    this.close();
  }
}

/**
 * The error of an end that this end has wished for, made when something first
 * fails with it: mostly nothing does, and a stack trace is not free.
 */
class Closed {
  readonly #message: string;
  #error: TLSError | null = null;

  constructor(message: string) {
    this.#message = message;
  }

  get error(): TLSError {
    return this.#error ??= new TLSError("closed", this.#message);
  }
}

/** A mistake of the caller's, which is no reason to end the connection. */
function mustBeBytes(p: unknown, operation: string): void {
  if (p instanceof Uint8Array) return;
  throw new TypeError(`Cannot ${operation}: the argument is no Uint8Array`);
}
