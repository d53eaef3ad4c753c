/**
 * TLS over a stream: the PEP's wrapped socket, and {@linkcode wrapStream}, which makes
 * one of any stream and any buffer.
 *
 * @module
 */
import type { ConnectionFacts, TLSWrappedBuffer } from "./buffer.ts";
import { WrappedSocket } from "./_wrapped_socket.ts";

/** What a `Deno.Conn` is, without naming it. */
export interface Conn {
  /** Reads some bytes; `null` at the end. */
  read(p: Uint8Array): Promise<number | null>;
  /** Writes some bytes and says how many. */
  write(p: Uint8Array): Promise<number>;
  /** Closes both directions; pending operations fail. */
  close(): void;
  /** Ends the outgoing direction. */
  closeWrite?(): Promise<void>;
}

/** An address on a network. */
export interface NetAddr {
  /** TCP or UDP. */
  transport: "tcp" | "udp";
  /** The address. */
  hostname: string;
  /** The port. */
  port: number;
}

/** The address of a Unix socket. */
export interface UnixAddr {
  /** Stream or datagram. */
  transport: "unix" | "unixpacket";
  /** Where it is. */
  path: string;
}

/** The address of a VM socket. */
export interface VsockAddr {
  /** A VM socket. */
  transport: "vsock";
  /** The context identifier. */
  cid: number;
  /** The port. */
  port: number;
}

/** What a `Deno.Addr` is; a socket over a stream without one throws on reading it. */
export type Addr = NetAddr | UnixAddr | VsockAddr;

/**
 * A pair of streams: a WebSocketStream's, a process's, a TransformStream's. A
 * chunk that is read may be an ArrayBuffer too; anything else is an error.
 */
export interface ByteStream {
  /** Bytes from the peer. */
  readonly readable: ReadableStream<Uint8Array>;
  /** Bytes for the peer. */
  readonly writable: WritableStream<Uint8Array>;
}

/** How to run a handshake. */
export interface HandshakeOptions {
  /** Abandons the handshake, and with it the connection. */
  signal?: AbortSignal;
}

/**
 * A TLS connection over a stream; assignable to `Deno.Conn`, and over TCP to
 * `Deno.TlsConn`.
 *
 * Reads wait for reads and writes for writes; a read and a write go on at the
 * same time. Errors:
 *
 * - Once the connection has failed, every operation gives that same error.
 * - After {@linkcode close} at this end, pending and later operations fail with a
 *   `TLSError` of code `closed`.
 * - Where the transport fails, operations fail with a `TLSError` of code
 *   `internal` whose `cause` is the transport's error. Where only its outgoing
 *   direction fails, what the peer had sent can still be read.
 * - Where it ends without close_notify, reads give all the data first, then
 *   `RaggedEOF`.
 * - An argument that is no Uint8Array is a TypeError, and the connection lives.
 *
 * A handshake that can no longer send waits at most a second for the peer's last
 * word; a ByteStream that does not close within five seconds is aborted.
 *
 * Source: {@link https://peps.python.org/pep-0543/#socket | PEP 543, Socket}.
 */
export interface TLSWrappedSocket<A extends Addr = Addr>
  extends Required<Conn>, ConnectionFacts, AsyncDisposable {
  /** Plaintext from the peer. Ends at close_notify; cancelling ends reading. */
  readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** Plaintext for the peer. Closing it is {@linkcode closeWrite}; aborting, {@linkcode close}. */
  readonly writable: WritableStream<Uint8Array<ArrayBufferLike>>;
  /** Runs by itself before the first read or write. */
  doHandshake(options?: HandshakeOptions): Promise<void>;
  /** doHandshake under Deno's name. */
  handshake(): Promise<{ alpnProtocol: string | null }>;
  /** At most `p.length` bytes of plaintext; `null` at close_notify. */
  read(p: Uint8Array): Promise<number | null>;
  /** Encrypts and sends all of `p`; resolves with its length. */
  write(p: Uint8Array): Promise<number>;
  /** Says close_notify; reading goes on. */
  closeWrite(): Promise<void>;
  /** One attempt at close_notify, then the transport is closed. */
  close(): void;
  /**
   * close_notify both ways; gives the stream back. A capability. Read to the end
   * first: where plaintext of the peer is unread it throws a ConfigurationError
   * and the socket stays usable for reading. What a Conn or ByteStream gives
   * afterwards was never protected by TLS: bytes that had arrived behind the
   * peer's close_notify come first, and an attacker may have put them there.
   */
  unwrap(): Promise<Conn | ByteStream>;
  /** This end's address. */
  readonly localAddr: A;
  /** The peer's address. */
  readonly remoteAddr: A;
  /** Keeps the event loop alive, as it does by default. */
  ref(): void;
  /** Lets the event loop end. */
  unref(): void;
  /** {@linkcode close}. */
  [Symbol.dispose](): void;
  /** Flush, close_notify, close, within a named limit. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** A stream that knows where it leads. */
export interface AddressedConn<A extends Addr> extends Conn {
  /** This end's address. */
  readonly localAddr: A;
  /** The peer's address. */
  readonly remoteAddr: A;
}

/**
 * The PEP's concrete wrapped socket: any stream and any buffer make a socket. The
 * stream belongs to it until `unwrap`. Nothing is sent before the handshake is
 * asked for, or the first read or write.
 *
 * @example TLS inside any stream
 * ```ts
 * import {
 *   type Conn,
 *   type TLSWrappedBuffer,
 *   type TLSWrappedSocket,
 *   wrapStream,
 * } from "@pep543/tls";
 *
 * export async function secure(
 *   stream: Conn,
 *   buffer: TLSWrappedBuffer,
 * ): Promise<TLSWrappedSocket> {
 *   const socket = wrapStream(stream, buffer);
 *   await socket.doHandshake({ signal: AbortSignal.timeout(10_000) });
 *   return socket;
 * }
 * ```
 *
 * Source: {@link https://peps.python.org/pep-0543/#socket | PEP 543, Socket}.
 *
 * @param stream The transport.
 * @param buffer The connection in memory.
 * @returns The connection over the stream.
 */
export function wrapStream<A extends Addr>(
  stream: AddressedConn<A>,
  buffer: TLSWrappedBuffer,
): TLSWrappedSocket<A>;
/**
 * Over a stream whose addresses, if it has any, are of no known kind.
 *
 * @param stream The transport.
 * @param buffer The connection in memory.
 * @returns The connection over the stream.
 */
export function wrapStream(
  stream: Conn | ByteStream,
  buffer: TLSWrappedBuffer,
): TLSWrappedSocket;
export function wrapStream(
  stream: Conn | ByteStream,
  buffer: TLSWrappedBuffer,
): TLSWrappedSocket {
  return new WrappedSocket(stream, buffer);
}
