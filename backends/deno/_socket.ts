/**
 * The contract's socket over a `Deno.TlsConn`.
 *
 * @module
 */
import { SocketBase } from "../../api/_socket_base.ts";
import type {
  CipherSuiteId,
  ProtocolName,
  TLSVersion,
} from "../../api/code_points.ts";
import type { ClientContext, ServerContext } from "../../api/context.ts";
import type { Certificate } from "../../api/credentials.ts";
import type { NetAddr } from "../../api/socket.ts";
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
export class DenoSocket extends SocketBase<NetAddr> {
  readonly context: ClientContext | ServerContext;
  readonly localAddr: NetAddr;
  readonly remoteAddr: NetAddr;
  #source: Source;
  #alpnProtocol: string | null = null;
  #refed = true;

  constructor(source: Source, context: ClientContext | ServerContext) {
    super();
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

  ref(): void {
    this.#refed = true;
    refable(this.#source.conn).ref?.();
  }

  unref(): void {
    this.#refed = false;
    refable(this.#source.conn).unref?.();
  }

  // ---- operations ------------------------------------------------------------

  protected async shakeHands(): Promise<void> {
    const { conn, start } = this.#source;
    try {
      const tls = start === null ? conn : await start(conn);
      this.#source = { conn: tls, start: null };
      if (!this.#refed) this.unref();
      if (!this.open) tls.close();
      this.check();
      this.#alpnProtocol = (await this.wait(tls.handshake())).alpnProtocol ??
        null;
    } catch (error) {
      throw this.#fail("finish the handshake", error);
    }
  }

  protected handshakeEnded(): void {}

  protected async receive(p: Uint8Array): Promise<number | null> {
    try {
      const n = await this.wait(this.#source.conn.read(p));
      this.check();
      return n;
    } catch (error) {
      throw this.#fail("read", error);
    }
  }

  protected async send(p: Uint8Array): Promise<void> {
    try {
      for (let done = 0; done < p.length;) {
        done += await this.wait(
          this.#source.conn.write(p.subarray(done)),
        );
      }
      this.check();
    } catch (error) {
      throw this.#failSend("write", error);
    }
  }

  protected async endSending(): Promise<void> {
    if (!this.beginShutDown()) return;
    try {
      await this.wait(this.#source.conn.closeWrite());
    } catch (error) {
      throw this.#failSend("close the outgoing direction", error);
    }
  }

  /** Deno says close_notify by itself. */
  protected closeTransport(_graceful: boolean): Promise<void> {
    try {
      this.#source.conn.close();
    } catch {
      // TLS is beginning on it just now; who waits for that closes it.
    }
    return Promise.resolve();
  }

  protected died(): void {}

  // deno-lint-ignore require-await
  async unwrap(): Promise<never> {
    throw refusal(
      "unwrap",
      "Cannot unwrap: Deno's TLS does not give the TCP connection back; use the pure backend",
    );
  }

  /** What the first failure was: what Deno says of later ones is of no interest. */
  #fail(operation: string, error: unknown): unknown {
    return this.die(translate(operation, error));
  }

  /** The transport's failure to send ends sending alone. */
  #failSend(operation: string, error: unknown): unknown {
    const translated = translate(operation, error);
    return translated.code === "internal"
      ? this.failSending(translated)
      : this.die(translated);
  }
}

/** Deno's connections can be unreferenced, though not every type says so. */
function refable(conn: Deno.Conn): { ref?(): void; unref?(): void } {
  return conn;
}
