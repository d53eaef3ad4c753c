/**
 * Contexts make connections under one configuration; a backend makes contexts.
 *
 * @module
 */
import type { ConnectionFacts, TLSWrappedBuffer } from "./buffer.ts";
import type { CipherSuiteId, TLSVersion } from "./code_points.ts";
import type {
  TLSConfiguration,
  TLSConfigurationOptions,
} from "./configuration.ts";
import type {
  CertificateConstructor,
  PrivateKeyConstructor,
  TrustStoreConstructor,
} from "./credentials.ts";
import type {
  Addr,
  ByteStream,
  Conn,
  NetAddr,
  TLSWrappedSocket,
} from "./socket.ts";

/** Where and as whom to connect. */
export interface ConnectOptions {
  /** The host's name or address. */
  hostname: string;
  /** The TCP port. */
  port: number;
  /**
   * The name that the certificate must be for, `hostname` by default; `null`
   * opts out of checking it.
   */
  serverHostname?: string | null;
  /** Abandons the attempt; the promise then rejects with the signal's reason. */
  signal?: AbortSignal;
}

/**
 * Makes the client's end of connections.
 *
 * Source: {@link https://peps.python.org/pep-0543/#context | PEP 543, Context}.
 */
export interface ClientContext {
  /** What this context obeys. */
  readonly configuration: TLSConfiguration;
  /**
   * A connection in memory. No default for the name, because opting out of
   * checking it is dangerous: `null` does.
   */
  wrapBuffers(serverHostname: string | null): TLSWrappedBuffer;
  /** A connection over a stream, which belongs to it from now on. */
  wrapSocket(
    stream: Conn | ByteStream,
    serverHostname: string | null,
  ): TLSWrappedSocket;
  /**
   * A connection over TCP, with no delay and the handshake done. Needs
   * `--allow-net` for the host.
   */
  connect(options: ConnectOptions): Promise<TLSWrappedSocket<NetAddr>>;
}

/** Where and how patiently to listen. */
export interface ListenOptions {
  /** The TCP port; 0 for any. */
  port: number;
  /** The address; the backend's default is `0.0.0.0`. */
  hostname?: string;
  /** Milliseconds that a handshake may take. */
  handshakeTimeout?: number;
  /** How many handshakes may be under way; further connections wait. */
  maxPendingHandshakes?: number;
  /** Hears of each handshake that failed; `accept` does not. */
  onHandshakeError?: (error: unknown, remoteAddr: Addr | null) => void;
  /** Closes the listener. */
  signal?: AbortSignal;
}

/**
 * Makes the server's end of connections.
 *
 * Source: {@link https://peps.python.org/pep-0543/#context | PEP 543, Context}.
 */
export interface ServerContext {
  /** What this context obeys. */
  readonly configuration: TLSConfiguration;
  /** A connection in memory. */
  wrapBuffers(): TLSWrappedBuffer;
  /** A connection over a stream, which belongs to it from now on. */
  wrapSocket(stream: Conn | ByteStream): TLSWrappedSocket;
  /**
   * Connections over TCP whose handshake is done; slow or failing ones delay
   * nobody. Needs `--allow-net` for the address.
   */
  listen(options: ListenOptions): TLSListener;
}

/** Accepts connections whose handshake is done. */
export interface TLSListener
  extends AsyncIterable<TLSWrappedSocket<NetAddr>>, Disposable {
  /** Where it listens. */
  readonly addr: NetAddr;
  /**
   * The next connection.
   *
   * @throws {TLSError} With code `closed`, once the listener is closed.
   */
  accept(): Promise<TLSWrappedSocket<NetAddr>>;
  /** Stops listening; connections that were accepted live on. */
  close(): void;
}

/** What a context takes: a configuration, or its options. */
export type ContextConfiguration = TLSConfiguration | TLSConfigurationOptions;

/** Fields of the configuration that are honoured, by role. */
export interface HonouredFields {
  /** In a client context. */
  readonly client: readonly (keyof TLSConfigurationOptions)[];
  /** In a server context. */
  readonly server: readonly (keyof TLSConfigurationOptions)[];
}

/** What a backend would obey, as data; the rest it refuses. */
export interface Capabilities {
  /** It has a client context. */
  readonly client: boolean;
  /** It has a server context. */
  readonly server: boolean;
  /** `wrapBuffers` works. */
  readonly buffers: boolean;
  /** `wrapSocket` takes any stream, not TCP alone. */
  readonly anyStream: boolean;
  /** A server's `wrapSocket` works: STARTTLS on a server. */
  readonly serverWrapSocket: boolean;
  /** `unwrap` works. */
  readonly unwrap: boolean;
  /** The versions that it speaks. */
  readonly versions: readonly TLSVersion[];
  /** The version bounds are honoured. */
  readonly chooseVersions: boolean;
  /**
   * The cipher suites that it speaks, best first; empty where unknown. With
   * {@linkcode chooseCiphers} those at the end may be used only where `ciphers`
   * names them.
   */
  readonly ciphers: readonly CipherSuiteId[];
  /** `ciphers` is honoured. */
  readonly chooseCiphers: boolean;
  /** `validateCertificates: false` is honoured. */
  readonly disableValidation: boolean;
  /** Trust stores other than `platform()` are honoured, and widened by nothing. */
  readonly exclusiveTrustStore: boolean;
  /** What is trusted where `trustStore` is `null`, for people. */
  readonly defaultTrustStore: string;
  /** A server can ask for a client's certificate. */
  readonly clientAuthentication: boolean;
  /** The facts that it knows; the others are `null`. */
  readonly facts: readonly (keyof ConnectionFacts)[];
  /** Fields of the configuration that are honoured, by role. */
  readonly fields: HonouredFields;
}

/**
 * One implementation of TLS behind the contract.
 *
 * @example A library that knows only the contract
 * ```ts
 * import type { Backend, TLSWrappedSocket } from "@pep543/tls";
 *
 * export function open(
 *   backend: Backend,
 *   hostname: string,
 * ): Promise<TLSWrappedSocket> {
 *   if (backend.clientContext === null) throw new Error("no client here");
 *   return new backend.clientContext({ innerProtocols: ["h2"] })
 *     .connect({ hostname, port: 443 });
 * }
 * ```
 *
 * Source: {@link https://peps.python.org/pep-0543/#backend | PEP 543}.
 */
export interface Backend {
  /** For messages and choices: "deno", "pure". */
  readonly name: string;
  /** What it would obey. */
  readonly capabilities: Capabilities;
  /** Makes client contexts; `null` where it has none. */
  readonly clientContext:
    | (new (configuration: ContextConfiguration) => ClientContext)
    | null;
  /** Makes server contexts; `null` where it has none. */
  readonly serverContext:
    | (new (configuration: ContextConfiguration) => ServerContext)
    | null;
  /** Makes certificates. */
  readonly certificate: CertificateConstructor;
  /** Makes private keys. */
  readonly privateKey: PrivateKeyConstructor;
  /** Makes trust stores. */
  readonly trustStore: TrustStoreConstructor;
}
