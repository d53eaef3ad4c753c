/**
 * Client and server contexts over `Deno.startTls`, `Deno.connectTls` and
 * `Deno.listenTls`.
 *
 * @module
 */
import { checkListenOptions, HandshakeListener } from "../../api/_listener.ts";
import { checkConfiguration } from "../../api/check.ts";
import type { TLSConfiguration } from "../../api/configuration.ts";
import type {
  ClientContext,
  ConnectOptions,
  ContextConfiguration,
  ListenOptions,
  ServerContext,
  TLSListener,
} from "../../api/context.ts";
import type { SigningChain } from "../../api/credentials.ts";
import type { TLSError } from "../../api/errors.ts";
import type {
  ByteStream,
  Conn,
  NetAddr,
  TLSWrappedSocket,
} from "../../api/socket.ts";
import { capabilities, INSTEAD } from "./_capabilities.ts";
import {
  additionalRoots,
  pemOfCertificate,
  pemOfPrivateKey,
} from "./_credentials.ts";
import { NAME, refusal, translate } from "./_errors.ts";
import { DenoSocket } from "./_socket.ts";

function check(
  given: ContextConfiguration,
  role: "client" | "server",
): TLSConfiguration {
  return checkConfiguration(given, {
    backend: NAME,
    capabilities,
    role,
    instead: INSTEAD,
  });
}

/** Deno takes protocols as text; those that are no UTF-8 it cannot say. */
function protocolNames(configuration: TLSConfiguration): string[] {
  return configuration.innerProtocols.map((protocol) => {
    if (typeof protocol === "string") return protocol;
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
        .decode(protocol);
    } catch (cause) {
      throw refusal(
        "innerProtocols",
        "Cannot offer a protocol: its name is no UTF-8, which Deno's TLS needs; use the pure backend",
        cause,
      );
    }
  });
}

interface PemChain {
  readonly cert: string;
  readonly key: string;
}

function pemChain(chain: SigningChain): PemChain {
  return {
    cert: [chain.leaf, ...chain.intermediates].map(pemOfCertificate).join(""),
    key: pemOfPrivateKey(chain.privateKey),
  };
}

/** `promise`, or the signal's reason; a late result is handed to `discard`. */
async function abortable<T>(
  promise: Promise<T>,
  signal: AbortSignal | undefined,
  discard: (late: T) => void,
): Promise<T> {
  if (signal === undefined) return await promise;
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
  });
  try {
    signal.throwIfAborted();
    return await Promise.race([promise, aborted]);
  } catch (error) {
    promise.then(discard, () => {});
    throw error;
  } finally {
    signal.removeEventListener("abort", onAbort!);
  }
}

/** Makes clients by `Deno.startTls`, or `Deno.connectTls` with a certificate. */
export class DenoClientContext implements ClientContext {
  readonly configuration: TLSConfiguration;
  readonly #caCerts: string[];
  readonly #alpnProtocols: string[];
  readonly #identity: PemChain | null;

  constructor(configuration: ContextConfiguration) {
    this.configuration = check(configuration, "client");
    const { trustStore, certificateChain } = this.configuration;
    this.#caCerts = trustStore === null ? [] : [...additionalRoots(trustStore)];
    this.#alpnProtocols = protocolNames(this.configuration);
    this.#identity = certificateChain[0] === undefined
      ? null
      : pemChain(certificateChain[0]);
  }

  wrapBuffers(_serverHostname: string | null): never {
    throw refusal(
      "wrapBuffers",
      "Cannot wrap buffers: Deno's TLS runs over TCP connections alone; use wrapSocket, or the pure backend",
    );
  }

  wrapSocket(
    stream: Conn | ByteStream,
    serverHostname: string | null,
  ): TLSWrappedSocket<NetAddr> {
    if (this.#identity !== null) {
      throw refusal(
        "certificateChain",
        "Cannot wrap the socket: Deno.startTls drops a client certificate without a word; use connect, or the pure backend",
      );
    }
    if (!isTcpConn(stream)) {
      throw refusal(
        "stream",
        "Cannot wrap the stream: Deno's TLS runs over a Deno.TcpConn alone; use the pure backend for other streams",
      );
    }
    if (stream.readable.locked || stream.writable.locked) {
      throw refusal(
        "stream",
        "Cannot wrap the stream: its readable or writable is locked, so plaintext may be buffered or under way; release the lock when the plaintext has been read",
      );
    }
    const options = this.#startOptions(serverHostname);
    return new DenoSocket({ conn: stream, start: starter(options) }, this);
  }

  async connect(options: ConnectOptions): Promise<TLSWrappedSocket<NetAddr>> {
    const { hostname, port, signal } = options;
    const { serverHostname = hostname } = options;
    if (typeof hostname !== "string" || hostname === "") {
      throw refusal("hostname", "Cannot connect: hostname must not be empty");
    }
    if (!Number.isInteger(port) || port < 1 || port > 0xffff) {
      throw refusal(
        "port",
        "Cannot connect: port must be an integer from 1 to 65535",
      );
    }
    signal?.throwIfAborted();
    const socket = this.#identity === null
      ? await this.#connectTcp(options, serverHostname)
      : await this.#connectTls(options, serverHostname, this.#identity);
    try {
      await socket.doHandshake(signal === undefined ? {} : { signal });
      return socket;
    } catch (error) {
      socket.close();
      throw error;
    }
  }

  /** connectTls leaves Nagle's algorithm on, which costs 44 ms a handshake. */
  async #connectTcp(
    options: ConnectOptions,
    serverHostname: string | null,
  ): Promise<DenoSocket> {
    const { hostname, port, signal } = options;
    const start = starter(this.#startOptions(serverHostname));
    let conn: Deno.TcpConn;
    try {
      conn = await Deno.connect({
        hostname,
        port,
        ...(signal === undefined ? {} : { signal }),
      });
    } catch (error) {
      signal?.throwIfAborted();
      throw translateConnect(options, error);
    }
    conn.setNoDelay(true);
    return new DenoSocket({ conn, start }, this);
  }

  /** startTls drops a client certificate; connectTls sends it. */
  async #connectTls(
    options: ConnectOptions,
    serverHostname: string | null,
    identity: PemChain,
  ): Promise<DenoSocket> {
    const { hostname, port, signal } = options;
    if (serverHostname !== null && serverHostname !== hostname) {
      throw refusal(
        "serverHostname",
        "Cannot connect: with a client certificate Deno's TLS expects the server's name to be the hostname it connects to; use the pure backend",
      );
    }
    const attempt = Deno.connectTls({
      hostname,
      port,
      ...identity,
      ...this.#tlsOptions(serverHostname),
    });
    try {
      const conn = await abortable(attempt, signal, (late) => late.close());
      return new DenoSocket({ conn, start: null }, this);
    } catch (error) {
      signal?.throwIfAborted();
      throw translateConnect(options, error);
    }
  }

  #startOptions(serverHostname: string | null): Deno.StartTlsOptions {
    // startTls takes an empty name for its default, 127.0.0.1.
    if (serverHostname === "") {
      throw refusal(
        "serverHostname",
        "Cannot check the server's name: it is empty; null opts out",
      );
    }
    return {
      ...(serverHostname === null ? {} : { hostname: serverHostname }),
      ...this.#tlsOptions(serverHostname),
    };
  }

  #tlsOptions(serverHostname: string | null): Deno.StartTlsOptions {
    return {
      caCerts: this.#caCerts,
      ...(this.#alpnProtocols.length > 0
        ? { alpnProtocols: this.#alpnProtocols }
        : {}),
      unsafelyDisableHostnameVerification: serverHostname === null,
    };
  }
}

/** Deno has no class to ask; startTls itself refuses what only looks like it. */
function isTcpConn(stream: Conn | ByteStream): stream is Deno.TcpConn {
  const conn = stream as Partial<Deno.TcpConn>;
  return typeof conn.setNoDelay === "function" &&
    conn.remoteAddr?.transport === "tcp";
}

/** Begins TLS with these options. */
function starter(
  options: Deno.StartTlsOptions,
): (conn: Deno.TcpConn) => Promise<Deno.TlsConn> {
  return async (conn) => {
    try {
      return await Deno.startTls(conn, options);
    } catch (error) {
      if (error instanceof TypeError) {
        throw refusal(
          error.message.includes("hostname") ? "serverHostname" : "stream",
          `Cannot begin TLS: ${error.message}`,
          error,
        );
      }
      throw error;
    }
  };
}

function translateConnect(options: ConnectOptions, error: unknown): TLSError {
  return translate(`connect to ${options.hostname}:${options.port}`, error);
}

/** Makes servers by `Deno.listenTls`. */
export class DenoServerContext implements ServerContext {
  readonly configuration: TLSConfiguration;
  readonly #alpnProtocols: string[];
  readonly #identity: PemChain;

  constructor(configuration: ContextConfiguration) {
    this.configuration = check(configuration, "server");
    const { certificateChain } = this.configuration;
    if (certificateChain.length !== 1) {
      throw refusal(
        "certificateChain",
        certificateChain.length === 0
          ? "Cannot make a server context: a server needs a certificateChain"
          : `Cannot obey certificateChain of ${certificateChain.length} chains: Deno's TLS takes one; use the pure backend`,
      );
    }
    this.#alpnProtocols = protocolNames(this.configuration);
    this.#identity = pemChain(certificateChain[0]!);
  }

  wrapBuffers(): never {
    throw refusal(
      "wrapBuffers",
      "Cannot wrap buffers: Deno's TLS runs over TCP connections alone; use listen, or the pure backend",
    );
  }

  wrapSocket(_stream: Conn | ByteStream): never {
    throw refusal(
      "wrapSocket",
      "Cannot wrap the socket: Deno's TLS has no STARTTLS on a server; use listen, or the pure backend",
    );
  }

  listen(options: ListenOptions): TLSListener {
    checkListenOptions(options, NAME);
    const { port, hostname } = options;
    let listener: Deno.TlsListener;
    try {
      listener = Deno.listenTls({
        port,
        ...(hostname === undefined ? {} : { hostname }),
        ...this.#identity,
        ...(this.#alpnProtocols.length > 0
          ? { alpnProtocols: this.#alpnProtocols }
          : {}),
      });
    } catch (error) {
      throw translateListen(error);
    }
    return new HandshakeListener({
      addr: listener.addr as NetAddr,
      accept: async () => {
        try {
          const conn = await listener.accept();
          return new DenoSocket({ conn, start: null }, this);
        } catch (error) {
          throw translate("accept", error);
        }
      },
      close: () => listener.close(),
    }, options);
  }
}

/** Beside the network's errors, Deno finds only here that a key does not fit. */
function translateListen(error: unknown): TLSError {
  if (
    error instanceof Error &&
    /key|certificate|pem/i.test(error.message) &&
    !(error instanceof Deno.errors.NotCapable)
  ) {
    return refusal(
      "certificateChain",
      `Cannot listen: Deno's TLS refuses the certificate or its key: ${error.message}`,
      error,
    );
  }
  return translate("listen", error);
}
