/**
 * A backend with every capability, for the suite's own tests: TLS 1.3 over
 * whatever there is, and able to be wrong on purpose. Not for anything else.
 *
 * @module
 */
import { HandshakeListener } from "../../../api/_listener.ts";
import {
  type Backend,
  type ByteStream,
  type Capabilities,
  checkConfiguration,
  type CipherSuiteId,
  type ClientContext,
  type Conn,
  type ConnectOptions,
  type ContextConfiguration,
  type ListenOptions,
  type NetAddr,
  type ServerContext,
  type TLSConfiguration,
  TLSError,
  type TLSListener,
  TLSVersion,
  type TLSWrappedBuffer,
  type TLSWrappedSocket,
  type Want,
  WantCompletionError,
  WantReadError,
  WantWriteError,
  wrapStream,
} from "../../../mod.ts";
import {
  certificate,
  derOf,
  NAME,
  privateKey,
  refusal,
  rootsOf,
  signerOf,
  trustStore,
} from "./credentials.ts";
import { Engine } from "./engine.ts";
import type { Fault } from "./faults.ts";
import { clientHandshake, type Facts, SCHEMES } from "./handshake.ts";
import { serverHandshake } from "./server.ts";
import { GROUPS, SUITES } from "./schedule.ts";

const BOTH = [
  "validateCertificates",
  "certificateChain",
  "ciphers",
  "innerProtocols",
  "lowestSupportedVersion",
  "highestSupportedVersion",
  "trustStore",
  "groups",
  "signatureSchemes",
  "keyLog",
  "verifyPeer",
  "crls",
  "now",
] as const;

export const capabilities: Capabilities = Object.freeze({
  client: true,
  server: true,
  buffers: true,
  anyStream: true,
  serverWrapSocket: true,
  unwrap: true,
  versions: Object.freeze([TLSVersion.TLSv1_3]),
  chooseVersions: true,
  ciphers: Object.freeze(Object.keys(SUITES).map(Number)),
  chooseCiphers: true,
  disableValidation: true,
  exclusiveTrustStore: true,
  defaultTrustStore: "the roots of node:tls",
  clientAuthentication: true,
  facts: Object.freeze(
    [
      "cipher",
      "negotiatedProtocol",
      "negotiatedTlsVersion",
      "peerCertificates",
      "context",
    ] as const,
  ),
  fields: Object.freeze({
    client: Object.freeze([...BOTH]),
    server: Object.freeze(
      [...BOTH, "sniCallback", "clientAuthentication"] as const,
    ),
  }),
});

function orThrow<T>(result: T | Want): T {
  if (typeof result !== "object" || result === null || !("want" in result)) {
    return result;
  }
  switch (result.want) {
    case "read":
      throw new WantReadError();
    case "write":
      throw new WantWriteError();
    case "completion":
      throw new WantCompletionError(result.completion);
  }
}

class ReferenceBuffer implements TLSWrappedBuffer {
  readonly context: ClientContext | ServerContext;
  readonly #engine: Engine;
  readonly #facts: Facts = { cipher: null, protocol: null, path: null };

  constructor(
    context: ClientContext | ServerContext,
    role: "client" | "server",
    faults: ReadonlySet<Fault>,
    name: string | null,
  ) {
    this.context = context;
    this.#engine = new Engine(role, context.configuration, faults);
    this.#engine.begin(
      role === "client"
        ? clientHandshake(this.#engine, name, this.#facts)
        : serverHandshake(this.#engine, this, this.#facts),
    );
  }

  cipher(): CipherSuiteId | null {
    const { cipher } = this.#facts;
    if (this.#engine.faults.has("tells facts early")) return 0x1301;
    return cipher !== null &&
        this.#engine.faults.has("another cipher() than in use")
      ? cipher === 0x1301 ? 0x1302 : 0x1301
      : cipher;
  }

  negotiatedProtocol(): string | Uint8Array | null {
    const { protocol } = this.#facts;
    return protocol !== null &&
        this.#engine.faults.has("another protocol than negotiated")
      ? "h2"
      : protocol;
  }

  negotiatedTlsVersion(): TLSVersion | null {
    if (this.#facts.cipher === null) return null;
    return this.#engine.faults.has("another version than in use")
      ? TLSVersion.TLSv1_2
      : TLSVersion.TLSv1_3;
  }

  peerCertificates() {
    return this.#facts.path;
  }

  read(amt: number): Uint8Array {
    const memory = new Uint8Array(amt);
    return memory.subarray(0, this.readInto(memory));
  }

  readInto(buffer: Uint8Array): number {
    return orThrow(this.#engine.tryReadInto(buffer));
  }

  write(buffer: Uint8Array): number {
    return orThrow(this.#engine.tryWrite(buffer));
  }

  doHandshake(): void {
    orThrow(this.#engine.tryHandshake());
  }

  shutdown(): void {
    orThrow(this.#engine.shutdown());
  }

  receiveFromNetwork(data: Uint8Array): void {
    this.#engine.receive(data);
  }

  receiveEndOfInput(): void {
    this.#engine.receiveEnd();
  }

  peekOutgoing(amt: number): Uint8Array {
    return this.#engine.peek(amt);
  }

  consumeOutgoing(amt: number): void {
    this.#engine.consume(amt);
  }

  get incomingBytesBuffered(): number {
    return this.#engine.incomingLength;
  }

  get outgoingBytesBuffered(): number {
    return this.#engine.outgoingLength;
  }

  tryHandshake(): Want | null {
    return this.#engine.tryHandshake();
  }

  tryReadInto(buffer: Uint8Array): number | Want {
    return this.#engine.tryReadInto(buffer);
  }

  tryWrite(buffer: Uint8Array): number | Want {
    return this.#engine.tryWrite(buffer);
  }
}

function check(
  given: ContextConfiguration,
  role: "client" | "server",
): TLSConfiguration {
  const configuration = checkConfiguration(given, {
    backend: NAME,
    capabilities,
    role,
  });
  for (const group of configuration.groups) {
    if (!GROUPS.includes(group)) throw refusal("groups", `has no ${group}`);
  }
  for (const scheme of configuration.signatureSchemes) {
    if (!SCHEMES.includes(scheme)) {
      throw refusal("signatureSchemes", `has no ${scheme}`);
    }
  }
  for (const chain of configuration.certificateChain) {
    [chain.leaf, ...chain.intermediates].forEach(derOf);
    signerOf(chain.privateKey);
  }
  if (configuration.trustStore !== null) rootsOf(configuration.trustStore);
  return configuration;
}

function wrap(conn: Conn | ByteStream, buffer: TLSWrappedBuffer) {
  return wrapStream(conn, buffer);
}

/** A backend with these faults; none makes it correct. */
export function makeReference(...given: readonly Fault[]): Backend {
  const faults = new Set(given);

  class Client implements ClientContext {
    readonly configuration: TLSConfiguration;

    constructor(configuration: ContextConfiguration) {
      this.configuration = check(configuration, "client");
    }

    wrapBuffers(serverHostname: string | null): TLSWrappedBuffer {
      return new ReferenceBuffer(this, "client", faults, serverHostname);
    }

    wrapSocket(
      stream: Conn | ByteStream,
      serverHostname: string | null,
    ): TLSWrappedSocket {
      return wrap(stream, this.wrapBuffers(serverHostname));
    }

    async connect(options: ConnectOptions): Promise<TLSWrappedSocket<NetAddr>> {
      const { hostname, port, signal } = options;
      const { serverHostname = hostname } = options;
      signal?.throwIfAborted();
      let conn: Deno.TcpConn;
      try {
        conn = await Deno.connect({
          hostname,
          port,
          ...signal === undefined ? {} : { signal },
        });
      } catch (cause) {
        signal?.throwIfAborted();
        throw new TLSError("internal", "Cannot connect", { cause });
      }
      conn.setNoDelay(true);
      const socket = wrapStream<NetAddr>(
        conn,
        this.wrapBuffers(serverHostname),
      );
      try {
        await socket.doHandshake(signal === undefined ? {} : { signal });
        return socket;
      } catch (error) {
        socket.close();
        throw error;
      }
    }
  }

  class Server implements ServerContext {
    readonly configuration: TLSConfiguration;

    constructor(configuration: ContextConfiguration) {
      this.configuration = check(configuration, "server");
      const { certificateChain, sniCallback } = this.configuration;
      if (certificateChain.length === 0 && sniCallback === null) {
        throw refusal("certificateChain", "needs one on a server");
      }
    }

    wrapBuffers(): TLSWrappedBuffer {
      return new ReferenceBuffer(this, "server", faults, null);
    }

    wrapSocket(stream: Conn | ByteStream): TLSWrappedSocket {
      return wrap(stream, this.wrapBuffers());
    }

    listen(options: ListenOptions): TLSListener {
      const { port, hostname = "0.0.0.0" } = options;
      const listener = Deno.listen({ port, hostname });
      return new HandshakeListener({
        addr: listener.addr,
        accept: async () => {
          const conn = await listener.accept();
          conn.setNoDelay(true);
          return wrapStream<NetAddr>(conn, this.wrapBuffers());
        },
        close: () => listener.close(),
      }, options);
    }
  }

  return Object.freeze({
    name: NAME,
    capabilities,
    clientContext: Client,
    serverContext: Server,
    certificate,
    privateKey,
    trustStore,
  });
}
