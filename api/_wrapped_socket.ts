/**
 * The engine room of `wrapStream`: drives a buffer with what a stream brings and
 * takes.
 *
 * Reading from the network is shared: whoever needs bytes (a read, a write, the
 * handshake) joins the one read under way. So is sending. Nobody who needs bytes
 * waits for sending, or two ends that both send much would wait for each other.
 *
 * @module
 */
import { SocketBase } from "./_socket_base.ts";
import {
  addressOf,
  type Transport,
  transportFailure,
  transportOf,
} from "./_transport.ts";
import type { TLSWrappedBuffer, Want } from "./buffer.ts";
import type { CipherSuiteId, ProtocolName, TLSVersion } from "./code_points.ts";
import type { ClientContext, ServerContext } from "./context.ts";
import type { Certificate } from "./credentials.ts";
import { ConfigurationError, RaggedEOF, TLSError } from "./errors.ts";
import type { Addr, ByteStream, Conn } from "./socket.ts";

/**
 * How long a handshake that can no longer send waits for what the peer said
 * last, in milliseconds: an alert that explains it is on its way already.
 */
export const LAST_WORD_LIMIT_MS = 1_000;

/** The most bytes that one write to the transport carries: eight full records. */
const LARGEST_WRITE = 128 * 1024;

/** What is kept of a chunk that the buffer has processed whole. */
const NOTHING = new Uint8Array();

/** The concrete wrapped socket. */
export class WrappedSocket<A extends Addr = Addr> extends SocketBase<A> {
  readonly #buffer: TLSWrappedBuffer;
  readonly #transport: Transport;
  #lastWord: ReturnType<typeof setTimeout> | undefined;
  #filling: Promise<void> | null = null;
  #flushing: Promise<void> | null = null;
  /** The transport's last bytes; what TLS leaves of them belongs to unwrap. */
  #lastChunk: Uint8Array = NOTHING;
  #inputEnded = false;
  /** A byte that unwrap read to see whether there was one. */
  #peeked: number | null = null;

  constructor(stream: Conn | ByteStream, buffer: TLSWrappedBuffer) {
    super();
    this.#transport = transportOf(stream);
    this.#buffer = buffer;
  }

  // ---- facts ---------------------------------------------------------------

  cipher(): CipherSuiteId | null {
    return this.#buffer.cipher();
  }

  negotiatedProtocol(): ProtocolName | Uint8Array | null {
    return this.#buffer.negotiatedProtocol();
  }

  negotiatedTlsVersion(): TLSVersion | null {
    return this.#buffer.negotiatedTlsVersion();
  }

  peerCertificates(): readonly Certificate[] | null {
    return this.#buffer.peerCertificates();
  }

  get context(): ClientContext | ServerContext {
    return this.#buffer.context;
  }

  get localAddr(): A {
    return addressOf(this.#transport.stream, "localAddr") as A;
  }

  get remoteAddr(): A {
    return addressOf(this.#transport.stream, "remoteAddr") as A;
  }

  ref(): void {
    (this.#transport.stream as { ref?(): void }).ref?.();
  }

  unref(): void {
    (this.#transport.stream as { unref?(): void }).unref?.();
  }

  // ---- operations ----------------------------------------------------------

  protected async shakeHands(): Promise<void> {
    await this.#drive(() => this.#buffer.tryHandshake());
  }

  protected handshakeEnded(): void {
    clearTimeout(this.#lastWord);
    // The last flight goes out at once; who reads need not wait for it.
    this.#flushInBackground();
  }

  protected async receive(p: Uint8Array): Promise<number | null> {
    if (this.#peeked !== null) {
      p[0] = this.#peeked;
      this.#peeked = null;
      return 1;
    }
    const n = await this.#drive(() => this.#buffer.tryReadInto(p));
    // Reading can have called for an answer, to a KeyUpdate say.
    this.#flushInBackground();
    return n === 0 ? null : n;
  }

  protected async send(p: Uint8Array): Promise<void> {
    for (let done = 0; done < p.length;) {
      this.checkSend();
      const taken = await this.#drive(() =>
        this.#buffer.tryWrite(p.subarray(done))
      );
      if (taken === 0) throw this.die(astray("takes no byte"));
      done += taken;
    }
    await this.wait(this.#flush());
  }

  protected async endSending(): Promise<void> {
    this.#sayCloseNotify();
    await this.wait(this.#flush());
  }

  protected closeTransport(graceful: boolean): Promise<void> {
    // What is stuck on its way out leaves no room for a last word.
    const clear = this.#flushing === null && this.sendFailure === null;
    if (graceful && clear) this.#part();
    return clear ? this.#transport.close() : this.#transport.abort();
  }

  /** One attempt: a peer that does not read will not learn of the end. */
  #part(): void {
    try {
      this.#sayCloseNotify();
      const last = this.#buffer.peekOutgoing(LARGEST_WRITE);
      if (last.length > 0) this.#transport.write(last).catch(() => {});
    } catch {
      // The connection is being closed; its last word is a courtesy.
    }
  }

  async unwrap(): Promise<Conn | ByteStream> {
    this.check();
    if (!this.handshakeDone) await this.doHandshake();
    if (this.reads.busy || this.writes.busy) {
      throw new ConfigurationError(
        "Cannot unwrap: a read or a write is under way",
        { field: "unwrap", backend: null },
      );
    }
    // At the same time: the peer may read ours only when it has sent its own.
    await Promise.all([
      this.reads.run(() => this.#expectEnd()),
      this.closeWrite(),
    ]);
    const leftover = this.#buffer.incomingBytesBuffered;
    if (leftover > this.#lastChunk.length) {
      throw this.die(astray("keeps more than the transport gave last"));
    }
    this.retire("unwrapped");
    return this.#transport.release(
      this.#lastChunk.subarray(this.#lastChunk.length - leftover),
    );
  }

  /** Waits for the peer's close_notify; refuses where there is data before it. */
  async #expectEnd(): Promise<void> {
    const probe = new Uint8Array(1);
    if (
      this.#peeked !== null ||
      await this.#drive(() => this.#buffer.tryReadInto(probe)) !== 0
    ) {
      this.#peeked ??= probe[0]!;
      throw new ConfigurationError(
        "Cannot unwrap: the peer's data is not read to its end; read until null first",
        { field: "unwrap", backend: null },
      );
    }
  }

  // ---- driving -------------------------------------------------------------

  /** Calls `attempt` until it wants nothing more, doing what it wants. */
  async #drive<T>(attempt: () => T | Want): Promise<T> {
    let settled: Promise<void> | null = null;
    for (;;) {
      this.check();
      let result: T | Want;
      try {
        result = attempt();
      } catch (error) {
        // The alert, if there is one, is on its way out.
        this.#flushInBackground();
        throw this.die(error);
      }
      if (!isWant(result)) return result;
      switch (result.want) {
        case "read":
          this.#flushInBackground();
          await this.wait(this.#fill());
          break;
        case "write":
          if (this.#buffer.outgoingBytesBuffered === 0) {
            throw this.die(astray("wants to send, but has nothing to send"));
          }
          await this.wait(this.#flush());
          break;
        case "completion":
          if (result.completion === settled) {
            throw this.die(astray("waits for what has settled"));
          }
          settled = result.completion;
          this.#flushInBackground();
          await this.wait(settled.catch(() => {}));
          break;
      }
    }
  }

  /** Gives the buffer more bytes; those who call meanwhile share the read. */
  #fill(): Promise<void> {
    return this.#filling ??= this.#fillOnce().finally(() => {
      this.#filling = null;
    });
  }

  async #fillOnce(): Promise<void> {
    if (this.#inputEnded) {
      throw this.die(new RaggedEOF());
    }
    let chunk: Uint8Array | null;
    try {
      chunk = await this.#transport.read();
    } catch (error) {
      throw this.die(transportFailure("read", error));
    }
    if (!this.open) return;
    try {
      if (chunk === null) {
        this.#inputEnded = true;
        this.#buffer.receiveEndOfInput();
      } else {
        this.#buffer.receiveFromNetwork(chunk);
        const whole = this.#buffer.incomingBytesBuffered === 0;
        this.#lastChunk = whole ? NOTHING : chunk;
      }
    } catch (error) {
      this.#flushInBackground();
      throw this.die(error);
    }
  }

  /** Sends all that is outgoing; those who call meanwhile share the work. */
  async #flush(): Promise<void> {
    while (this.#buffer.outgoingBytesBuffered > 0) {
      if (this.sendFailure !== null) throw this.sendFailure.error;
      // A failed connection still says its alert; a closed one, nothing.
      if (!this.open) return this.check();
      await (this.#flushing ??= this.#flushOnce().finally(() => {
        this.#flushing = null;
      }));
    }
  }

  async #flushOnce(): Promise<void> {
    const bytes = this.#buffer.peekOutgoing(LARGEST_WRITE);
    try {
      await this.#transport.write(bytes);
    } catch (error) {
      // The peer's last word, an alert say, may still be there to be read.
      const failure = this.failSending(transportFailure("write", error));
      if (!this.handshakeDone) {
        this.#lastWord = setTimeout(
          () => this.die(failure),
          LAST_WORD_LIMIT_MS,
        );
      }
      throw failure;
    }
    this.#buffer.consumeOutgoing(bytes.length);
  }

  #flushInBackground(): void {
    if (this.#buffer.outgoingBytesBuffered > 0) this.#flush().catch(() => {});
  }

  // ---- the end -------------------------------------------------------------

  /** Queues close_notify; that the peer's is still to come is no matter here. */
  #sayCloseNotify(): void {
    if (!this.beginShutDown()) return;
    try {
      this.#buffer.shutdown();
    } catch (error) {
      if (!isWantError(error)) throw this.die(error);
    }
  }

  protected died(): void {
    clearTimeout(this.#lastWord);
  }
}

function isWant(result: unknown): result is Want {
  return typeof result === "object" && result !== null && "want" in result;
}

function isWantError(error: unknown): boolean {
  return TLSError.is(error) &&
    (error.code === "want-read" || error.code === "want-write" ||
      error.code === "want-completion");
}

/** A buffer that breaks its contract, and would have the socket turn in circles. */
function astray(does: string): TLSError {
  return new TLSError("internal", `Cannot go on: the buffer ${does}`);
}
