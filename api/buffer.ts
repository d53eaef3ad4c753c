/**
 * TLS in memory: bytes from the network in, bytes for the network out, plaintext
 * at the other side. No I/O.
 *
 * @module
 */
import type { CipherSuiteId, ProtocolName, TLSVersion } from "./code_points.ts";
import type { ClientContext, ServerContext } from "./context.ts";
import type { Certificate } from "./credentials.ts";

/** Negotiated facts, `null` before the handshake or where unknown. */
export interface ConnectionFacts {
  /** The cipher suite in use. */
  cipher(): CipherSuiteId | null;
  /** The application protocol that ALPN chose; text where it is valid UTF-8. */
  negotiatedProtocol(): ProtocolName | Uint8Array | null;
  /** The version in use. */
  negotiatedTlsVersion(): TLSVersion | null;
  /** The validated path, leaf first; the sent chain where validation is off. */
  peerCertificates(): readonly Certificate[] | null;
  /** The context that made this. */
  readonly context: ClientContext | ServerContext;
}

/** What must happen before an operation can go on. */
export type Want =
  | {
    /** More bytes for `receiveFromNetwork` are needed. */
    readonly want: "read";
  }
  | {
    /** Outgoing bytes must be taken first. */
    readonly want: "write";
  }
  | {
    /** Something asynchronous must finish first. */
    readonly want: "completion";
    /** Settles when calling again is worth while; never rejects. */
    readonly completion: Promise<void>;
  };

/**
 * One end of a TLS connection in memory. All of it is synchronous; whatever may
 * take time is a {@linkcode Want}. The PEP's methods throw it as `WantReadError` and
 * its kin; the `try…` methods return it, which costs fifty times less.
 *
 * After a fatal error every operation throws that same error.
 *
 * Source: {@link https://peps.python.org/pep-0543/#buffer | PEP 543, Buffer}.
 */
export interface TLSWrappedBuffer extends ConnectionFacts {
  /**
   * At most `amt` bytes of plaintext, maybe fewer; empty at the end of data.
   *
   * @throws {WantReadError} Where no plaintext is there yet.
   * @throws {RaggedEOF} Behind the data, where the end was not announced.
   */
  read(amt: number): Uint8Array;
  /** {@linkcode read} into the caller's memory: how many bytes, 0 at end of data. */
  readInto(buffer: Uint8Array): number;
  /**
   * Encrypts from the front of `buffer` and returns how many bytes were taken.
   *
   * @throws {WantWriteError} Where none could be, because too much is outgoing.
   */
  write(buffer: Uint8Array): number;
  /** Goes on with the handshake; returns when it is done. */
  doHandshake(): void;
  /**
   * Says close_notify, once; nothing can be written afterwards. Returns when the
   * peer's has come too, and throws {@linkcode WantReadError} until then. Reading goes
   * on until the peer's close_notify.
   */
  shutdown(): void;
  /** Takes bytes from the network; the caller may reuse the memory at once. */
  receiveFromNetwork(data: Uint8Array): void;
  /** The transport has ended: without close_notify before it, RaggedEOF. */
  receiveEndOfInput(): void;
  /**
   * At most `amt` bytes for the network, which stay where they are and as they
   * are until {@linkcode consumeOutgoing}.
   */
  peekOutgoing(amt: number): Uint8Array;
  /** Drops the first `amt` bytes for the network: they were sent. */
  consumeOutgoing(amt: number): void;
  /**
   * How many bytes from the network are not processed yet; after the peer's
   * close_notify, those behind it, which belong to nobody's TLS.
   */
  readonly incomingBytesBuffered: number;
  /** How many bytes for the network wait to be taken. */
  readonly outgoingBytesBuffered: number;
  /** {@linkcode doHandshake} without exceptions: `null` when it is done. */
  tryHandshake(): Want | null;
  /** {@linkcode readInto} without exceptions for what must be waited for. */
  tryReadInto(buffer: Uint8Array): number | Want;
  /** {@linkcode write} without exceptions for what must be waited for. */
  tryWrite(buffer: Uint8Array): number | Want;
}
