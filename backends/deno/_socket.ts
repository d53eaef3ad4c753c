/**
 * The contract's socket over a `Deno.TlsConn`.
 *
 * @module
 */
import { Lock } from "../../api/_lock.ts";
import { readableOf, writableOf } from "../../api/_socket_streams.ts";
import { DISPOSE_LIMIT_MS } from "../../api/_wrapped_socket.ts";
import type {
  CipherSuiteId,
  ProtocolName,
  TLSVersion,
} from "../../api/code_points.ts";
import type { ClientContext, ServerContext } from "../../api/context.ts";
import type { Certificate } from "../../api/credentials.ts";
import { TLSError } from "../../api/errors.ts";
import type {
  HandshakeOptions,
  NetAddr,
  TLSWrappedSocket,
} from "../../api/socket.ts";
import { refusal, translate } from "./_errors.ts";

/** A TCP connection that TLS will begin on, or one that it began on already. */
export type Source =
  | {
    readonly conn: Deno.TcpConn;
    /** Begins TLS; `conn` is used up. */
    readonly start: (conn: Deno.TcpConn) => Promise<Deno.TlsConn>;
  }
  | { readonly conn: Deno.TlsConn; readonly start: null };

/** A TLS connection that Deno makes. */
export class DenoSocket implements TLSWrappedSocket<NetAddr> {
  readonly context: ClientContext | ServerContext;
  readonly localAddr: NetAddr;
  readonly remoteAddr: NetAddr;
  readonly #reads = new Lock();
  readonly #writes = new Lock();
  #source: Source;
  #handshake: Promise<void> | null = null;
  #handshakeDone = false;
  #alpnProtocol: string | null = null;
  #closed = false;
  #refed = true;
  /** What every operation fails with. */
  #failure: { readonly error: TLSError } | null = null;
  /** What every operation that sends fails with. */
  #sendFailure: { readonly error: TLSError } | null = null;
  #readable: ReadableStream<Uint8Array<ArrayBuffer>> | null = null;
  #writable: WritableStream<Uint8Array<ArrayBufferLike>> | null = null;

  constructor(source: Source, context: ClientContext | ServerContext) {
    this.#source = source;
    this.context = context;
    this.localAddr = source.conn.localAddr;
    this.remoteAddr = source.conn.remoteAddr;
  }

  // ---- facts: Deno reveals the application protocol alone --------------------

  cipher(): CipherSuiteId | null {
    return null;
  }

  negotiatedProtocol(): ProtocolName | null {
    return this.#alpnProtocol;
  }

  negotiatedTlsVersion(): TLSVersion | null {
    return null;
  }

  peerCertificates(): readonly Certificate[] | null {
    return null;
  }

  get readable(): ReadableStream<Uint8Array<ArrayBuffer>> {
    return this.#readable ??= readableOf(this);
  }

  get writable(): WritableStream<Uint8Array<ArrayBufferLike>> {
    return this.#writable ??= writableOf(this);
  }

  ref(): void {
    this.#refed = true;
    refable(this.#source.conn).ref?.();
  }

  unref(): void {
    this.#refed = false;
    refable(this.#source.conn).unref?.();
  }

  // ---- operations ------------------------------------------------------------

  async doHandshake(options: HandshakeOptions = {}): Promise<void> {
    const { signal } = options;
    if (this.#handshakeDone && this.#failure === null) return;
    const onAbort = () => this.#abandon(signal!.reason);
    if (signal?.aborted) onAbort();
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      this.#check();
      this.#handshake ??= this.#runHandshake();
      await this.#handshake;
    } catch (error) {
      // The one who aborts is told by the signal's own reason.
      signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener("abort", onAbort);
    }
  }

  async #runHandshake(): Promise<void> {
    const { conn, start } = this.#source;
    try {
      const tls = start === null ? conn : await start(conn);
      this.#source = { conn: tls, start: null };
      if (!this.#refed) this.unref();
      if (this.#closed) tls.close();
      this.#check();
      this.#alpnProtocol = (await tls.handshake()).alpnProtocol ?? null;
      this.#check();
      this.#handshakeDone = true;
    } catch (error) {
      throw this.#die("finish the handshake", error);
    }
  }

  async handshake(): Promise<{ alpnProtocol: string | null }> {
    await this.doHandshake();
    return { alpnProtocol: this.#alpnProtocol };
  }

  read(p: Uint8Array): Promise<number | null> {
    return this.#reads.run(async () => {
      this.#check();
      if (p.length === 0) return 0;
      if (!this.#handshakeDone) await this.doHandshake();
      try {
        const n = await this.#source.conn.read(p);
        this.#check();
        return n;
      } catch (error) {
        throw this.#die("read", error);
      }
    });
  }

  write(p: Uint8Array): Promise<number> {
    return this.#writes.run(async () => {
      this.#checkSend();
      if (!this.#handshakeDone) await this.doHandshake();
      try {
        for (let done = 0; done < p.length;) {
          done += await this.#source.conn.write(p.subarray(done));
        }
        this.#check();
      } catch (error) {
        throw this.#failSending("write", error);
      }
      return p.length;
    });
  }

  closeWrite(): Promise<void> {
    return this.#writes.run(async () => {
      this.#checkSend();
      if (!this.#handshakeDone) await this.doHandshake();
      try {
        await this.#source.conn.closeWrite();
      } catch (error) {
        throw this.#failSending("close the outgoing direction", error);
      }
      this.#sendFailure = {
        error: new TLSError(
          "closed",
          "Cannot write: this end has said close_notify",
        ),
      };
    });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#failure ??= {
      error: new TLSError("closed", "Cannot go on: the socket was closed"),
    };
    try {
      this.#source.conn.close();
    } catch {
      // TLS is beginning on it just now; who waits for that closes it.
    }
  }

  // deno-lint-ignore require-await
  async unwrap(): Promise<never> {
    throw refusal(
      "unwrap",
      "Cannot unwrap: Deno's TLS does not give the TCP connection back; use the pure backend",
    );
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
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
    } finally {
      clearTimeout(timer);
      this.close();
    }
  }

  // ---- failures --------------------------------------------------------------

  #check(): void {
    if (this.#failure !== null) throw this.#failure.error;
  }

  #checkSend(): void {
    this.#check();
    if (this.#sendFailure !== null) throw this.#sendFailure.error;
  }

  /** Makes the error, or the one before it, what every operation fails with. */
  #die(operation: string, error: unknown): TLSError {
    this.#failure ??= { error: translate(operation, error) };
    return this.#failure.error;
  }

  /**
   * A failure to send ends sending alone where it is the transport's: the peer's
   * last word, an alert say, may still be there to be read.
   */
  #failSending(operation: string, error: unknown): TLSError {
    if (this.#failure !== null) return this.#failure.error;
    const translated = translate(operation, error);
    if (translated.code !== "internal") return this.#die(operation, error);
    this.#sendFailure ??= { error: translated };
    return this.#sendFailure.error;
  }

  /** Ends a connection whose handshake nobody wants any more. */
  #abandon(reason: unknown): void {
    if (this.#handshakeDone || this.#closed) return;
    this.#failure ??= {
      error: new TLSError("closed", "Cannot go on: the handshake was aborted", {
        cause: reason,
      }),
    };
    this.close();
  }
}

/** Deno's connections can be unreferenced, though not every type says so. */
function refable(conn: Deno.Conn): { ref?(): void; unref?(): void } {
  return conn;
}
