/**
 * What a case has at hand: the backend, the certificates, and both ends of a
 * connection with a relay between them.
 *
 * @module
 */
import type { ConnectionOptions, TlsOptions } from "node:tls";
import type { TLSWrappedBuffer } from "../../api/buffer.ts";
import type { TLSConfigurationOptions } from "../../api/configuration.ts";
import type {
  Backend,
  Capabilities,
  ClientContext,
  ListenOptions,
  ServerContext,
  TLSListener,
} from "../../api/context.ts";
import type { TrustStore } from "../../api/credentials.ts";
import {
  type ByteStream,
  type TLSWrappedSocket,
  wrapStream,
} from "../../api/socket.ts";
import {
  type Certificates,
  certificates,
  chainPem,
  type Identity,
  signingChain,
} from "./_certificates.ts";
import {
  connectPeer,
  type Peer,
  type PeerServer,
  startPeerServer,
} from "./_peer.ts";
import { type Direction, type Prelude, startRelay } from "./_relay.ts";
import { type Case, Queue, Scope } from "./_scope.ts";

/** The options of a suite, with their defaults. */
export interface SuiteOptions {
  readonly largeTransfer: number;
  readonly connections: number;
  readonly deadline: number;
  /** A transport whose handshake was abandoned stays open, by no fault of the backend. */
  readonly lingers: boolean;
}

/** One role. */
export type Role = "client" | "server";

/** A way to a socket that the contract offers. */
export type Way = "connect" | "listen" | "wrapSocket" | "stream" | "buffers";

/** The ways that a backend claims. */
export function waysOf(capabilities: Capabilities, role: Role): Way[] {
  if (!capabilities[role]) return [];
  const { anyStream, buffers, serverWrapSocket } = capabilities;
  const wraps = role === "client" || serverWrapSocket;
  return [
    role === "client" ? "connect" : "listen",
    ...wraps ? ["wrapSocket"] as const : [],
    ...wraps && anyStream ? ["stream"] as const : [],
    ...buffers ? ["buffers"] as const : [],
  ];
}

/** How to make a connection. */
export interface LinkOptions {
  role: Role;
  /** By `connect` or `listen` unless said otherwise. */
  way?: Way;
  /** What differs from trust in the suite's root and the certificate for localhost. */
  configuration?: TLSConfigurationOptions;
  /** Where no trustStore is to be set. */
  defaultTrust?: boolean;
  /** What the peer presents, as a server. */
  identity?: Identity;
  /** What else node:tls is told. */
  peer?: TlsOptions & ConnectionOptions;
  /** The name that the backend's client checks, "localhost" by default. */
  serverHostname?: string | null;
  /** A plaintext exchange before TLS; by `wrapSocket` alone. */
  prelude?: Prelude;
  signal?: AbortSignal;
}

/** A connection: the backend's end, the peer's end, and the wire between them. */
export interface Link {
  readonly socket: TLSWrappedSocket;
  readonly peer: Peer;
  readonly context: ClientContext | ServerContext;
  readonly fromBackend: Direction;
  readonly toBackend: Direction;
  /** From the client, whoever that is. */
  readonly fromClient: Direction;
  readonly fromServer: Direction;
}

/** The backend's server, ready for one connection after another. */
export interface BackendServer {
  readonly port: number;
  readonly context: ServerContext;
  readonly accept: () => Promise<TLSWrappedSocket>;
  /** Where it was made by `listen`. */
  readonly listener: TLSListener | null;
}

/** What one case works with. */
export class Trial {
  readonly backend: Backend;
  readonly capabilities: Capabilities;
  readonly options: SuiteOptions;
  readonly scope: Scope;
  readonly pki: Certificates;

  constructor(suite: Suite, scope: Scope, pki: Certificates) {
    this.backend = suite.backend;
    this.capabilities = suite.backend.capabilities;
    this.options = suite.options;
    this.scope = scope;
    this.pki = pki;
  }

  /** Trust in a root, as exclusive as the backend can be. */
  trust(root: Identity = this.pki.ca): TrustStore {
    return this.capabilities.exclusiveTrustStore
      ? this.backend.trustStore.fromBuffer(root.pem)
      : this.backend.trustStore.platform({ additional: [root.pem] });
  }

  /** A client context; it trusts the suite's root unless told otherwise. */
  clientContext(options: TLSConfigurationOptions = {}): ClientContext {
    return new this.backend.clientContext!({
      trustStore: this.trust(),
      ...options,
    });
  }

  /** A server context; it presents the certificate for localhost unless told otherwise. */
  serverContext(options: TLSConfigurationOptions = {}): ServerContext {
    return new this.backend.serverContext!({
      certificateChain: signingChain(this.backend, this.pki.server),
      ...options,
    });
  }

  /** A server by node:tls. */
  peerServer(
    identity: Identity = this.pki.server,
    options: TlsOptions = {},
  ): Promise<PeerServer> {
    return startPeerServer(this.scope, {
      key: identity.keyPem,
      cert: chainPem(identity),
      ...options,
    });
  }

  /** A client by node:tls that trusts the suite's root. */
  peerClient(port: number, options: ConnectionOptions = {}): Promise<Peer> {
    return connectPeer(this.scope, {
      port,
      servername: "localhost",
      ca: this.pki.ca.pem,
      ...options,
    });
  }

  /** Closes a socket when the case is over. */
  keep<T extends { close(): void }>(closable: T): T {
    this.scope.defer(() => closable.close());
    return closable;
  }

  /** A TCP connection that a wrapped socket may take. */
  async dial(port: number): Promise<Deno.TcpConn> {
    const conn = this.keep(await Deno.connect({ hostname: "127.0.0.1", port }));
    conn.setNoDelay(true);
    return conn;
  }

  /** The backend's client, its handshake done. */
  async openClient(
    context: ClientContext,
    port: number,
    options: Pick<
      LinkOptions,
      "way" | "serverHostname" | "prelude" | "signal"
    > = {},
  ): Promise<TLSWrappedSocket> {
    const { way = "connect", serverHostname = "localhost", signal } = options;
    if (way === "connect") {
      return this.keep(
        await context.connect({
          hostname: "127.0.0.1",
          port,
          serverHostname,
          ...signal === undefined ? {} : { signal },
        }),
      );
    }
    const conn = await this.dial(port);
    if (options.prelude !== undefined) {
      await conn.write(options.prelude.question);
      const answer = new Uint8Array(options.prelude.answer.length);
      for (let at = 0; at < answer.length;) {
        at += await conn.read(answer.subarray(at)) ?? answer.length;
      }
    }
    const socket = this.keep(
      way === "buffers"
        ? wrapStream(conn, context.wrapBuffers(serverHostname))
        : context.wrapSocket(
          way === "stream" ? this.asStream(conn) : conn,
          serverHostname,
        ),
    );
    await socket.doHandshake(signal === undefined ? {} : { signal });
    return socket;
  }

  /** The backend's server on a port of its own. */
  openServer(
    context: ServerContext,
    way: Way = "listen",
    options: Omit<ListenOptions, "port" | "hostname"> = {},
  ): BackendServer {
    if (way === "listen") {
      const failures = new Queue<unknown>();
      const listener = this.keep(context.listen({
        hostname: "127.0.0.1",
        port: 0,
        onHandshakeError: (error) => failures.push(error),
        ...options,
      }));
      return {
        port: listener.addr.port,
        context,
        listener,
        accept: async () =>
          this.keep(
            await Promise.race([
              listener.accept(),
              failures.next().then((error) => Promise.reject(error)),
            ]),
          ),
      };
    }
    const listener = this.keep(Deno.listen({ hostname: "127.0.0.1", port: 0 }));
    return {
      port: listener.addr.port,
      context,
      listener: null,
      accept: async () => {
        const conn = this.keep(await listener.accept());
        conn.setNoDelay(true);
        const socket = this.keep(
          way === "buffers"
            ? wrapStream(conn, context.wrapBuffers())
            : context.wrapSocket(way === "stream" ? this.asStream(conn) : conn),
        );
        await socket.doHandshake();
        return socket;
      },
    };
  }

  /** Both ends of a connection, with their handshakes done. */
  async link(options: LinkOptions): Promise<Link> {
    const { role, configuration = {}, peer = {} } = options;
    if (role === "client") {
      const server = await this.peerServer(options.identity, peer);
      const relay = startRelay(this.scope, server.port, options.prelude);
      const context = options.defaultTrust
        ? new this.backend.clientContext!(configuration)
        : this.clientContext(configuration);
      const [socket, other, { fromClient, fromServer }] = await all([
        this.openClient(context, relay.port, options),
        server.accept(),
        relay.next(),
      ]);
      return {
        socket,
        peer: other,
        context,
        fromClient,
        fromServer,
        fromBackend: fromClient,
        toBackend: fromServer,
      };
    }
    const context = this.serverContext(configuration);
    const server = this.openServer(context, options.way);
    const relay = startRelay(this.scope, server.port);
    const [socket, other, { fromClient, fromServer }] = await all([
      server.accept(),
      this.peerClient(relay.port, peer),
      relay.next(),
    ]);
    return {
      socket,
      peer: other,
      context,
      fromClient,
      fromServer,
      fromBackend: fromServer,
      toBackend: fromClient,
    };
  }

  /** What a client's handshake with a server fails with; fails where it does not. */
  async clientFailure(options: Omit<LinkOptions, "role">): Promise<unknown> {
    const context = options.defaultTrust
      ? new this.backend.clientContext!(options.configuration ?? {})
      : this.clientContext(options.configuration);
    const server = await this.peerServer(options.identity, options.peer);
    return await failureOf(
      this.openClient(context, server.port, options),
      "the handshake",
    );
  }

  /** What the backend's end of a handshake fails with, in either role. */
  async linkFailure(options: LinkOptions): Promise<unknown> {
    if (options.role === "client") return await this.clientFailure(options);
    const context = this.serverContext(options.configuration);
    const server = this.openServer(context, options.way);
    const [error] = await all([
      failureOf(server.accept(), "the handshake"),
      // node:tls may be done before it is told that it is refused.
      this.peerClient(server.port, options.peer).catch(() => {}),
    ]);
    return error;
  }

  /** A stream that is no connection, over one. */
  asStream(conn: Deno.TcpConn): ByteStream {
    const outgoing = new TransformStream<Uint8Array, Uint8Array>();
    outgoing.readable.pipeTo(conn.writable).catch(() => {});
    return {
      readable: conn.readable.pipeThrough(new TransformStream()),
      writable: outgoing.writable,
    };
  }

  /** A buffer over TCP: gives it what comes and sends what it has. */
  async pump(
    buffer: TLSWrappedBuffer,
    conn: Pick<Deno.Conn, "read" | "write">,
  ): Promise<void> {
    await flush(buffer, conn);
    const chunk = new Uint8Array(16 * 1024);
    const n = await conn.read(chunk);
    if (n === null) buffer.receiveEndOfInput();
    else buffer.receiveFromNetwork(chunk.subarray(0, n));
  }
}

/** Sends all that a buffer has for the network. */
export async function flush(
  buffer: TLSWrappedBuffer,
  conn: Pick<Deno.Conn, "write">,
): Promise<void> {
  while (buffer.outgoingBytesBuffered > 0) {
    const bytes = buffer.peekOutgoing(16 * 1024);
    if (bytes.length === 0) {
      throw new Error("peekOutgoing() gives nothing of what is outgoing");
    }
    buffer.consumeOutgoing(await conn.write(bytes));
  }
}

/** Promise.all that leaves no rejection behind to be reported twice. */
export async function all<T extends readonly unknown[]>(
  promises: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  for (const promise of promises) Promise.resolve(promise).catch(() => {});
  return await Promise.all(promises);
}

/** What `promise` rejects with; an error where it resolves. */
export async function failureOf(
  promise: Promise<unknown>,
  what: string,
): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error(`${what} succeeded, which it must not`);
}

/** A suite: a backend, and the cases that judge it. */
export class Suite {
  readonly backend: Backend;
  readonly options: SuiteOptions;
  readonly cases: Case[] = [];

  constructor(backend: Backend, options: SuiteOptions) {
    this.backend = backend;
    this.options = options;
  }

  /** Adds a case under the rule or member that it judges. */
  add(
    rule: string,
    name: string,
    body: (trial: Trial) => Promise<void> | void,
    settings: { ignored?: string | null; patience?: number } = {},
  ): void {
    const limit = this.options.deadline * (settings.patience ?? 1);
    this.cases.push({
      rule,
      name: `${rule}${name.startsWith(":") ? "" : " "}${name}`,
      ignored: settings.ignored ?? null,
      run: async () => {
        const pki = await certificates();
        await new Scope().run(
          limit,
          async (scope) => await body(new Trial(this, scope, pki)),
        );
      },
    });
  }
}
