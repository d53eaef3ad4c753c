/**
 * The other end: `node:tls`, as client and as server, and what it reports.
 *
 * @module
 */
import { once } from "node:events";
import type { AddressInfo, Socket } from "node:net";
import {
  connect,
  type ConnectionOptions,
  createServer,
  type TlsOptions,
  type TLSSocket,
} from "node:tls";
import { concat } from "./_bytes.ts";
import { Queue, type Scope } from "./_scope.ts";

/** One connection as `node:tls` sees it. */
export class Peer {
  readonly #socket: TLSSocket;
  readonly #chunks: Uint8Array[] = [];
  #available = 0;
  #ended = false;
  #failure: Error | null = null;
  #wake: (() => void)[] = [];
  /** Resolves when the socket is gone. */
  readonly closed: Promise<void>;

  constructor(socket: TLSSocket, scope: Scope) {
    this.#socket = socket;
    let gone = () => {};
    this.closed = new Promise((resolve) => gone = resolve);
    socket.on("data", (chunk: Uint8Array) => {
      this.#chunks.push(chunk);
      this.#available += chunk.length;
      this.#rouse();
    });
    socket.on("end", () => {
      this.#ended = true;
      this.#rouse();
    });
    socket.on("error", (error: Error) => {
      this.#failure ??= error;
      this.#rouse();
    });
    socket.on("close", () => {
      this.#ended = true;
      this.#rouse();
      gone();
    });
    scope.defer(async () => {
      socket.destroy();
      await this.closed;
    });
  }

  #rouse(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }

  /** What went wrong at this end, or `null`. */
  get failure(): Error | null {
    return this.#failure;
  }

  /** How many bytes have come and were not taken. */
  get available(): number {
    return this.#available;
  }

  /** "TLSv1.2", "TLSv1.3". */
  get version(): string | null {
    return this.#socket.getProtocol();
  }

  /** The IANA name of the suite. */
  get cipher(): string {
    return this.#socket.getCipher().standardName;
  }

  /** What ALPN chose here; `null` where nothing was. */
  get protocol(): string | null {
    const { alpnProtocol } = this.#socket;
    return typeof alpnProtocol === "string" ? alpnProtocol : null;
  }

  /** The peer's leaf in DER, or `null` where it presented none. */
  get certificate(): Uint8Array | null {
    const { raw } = this.#socket.getPeerCertificate() as { raw?: Uint8Array };
    return raw === undefined ? null : new Uint8Array(raw);
  }

  /** This end's own leaf in DER, or `null` where it presented none. */
  get ownCertificate(): Uint8Array | null {
    const { raw } = (this.#socket.getCertificate() ?? {}) as {
      raw?: Uint8Array;
    };
    return raw === undefined ? null : new Uint8Array(raw);
  }

  /** The server name that the client asked for, on a server. */
  get serverName(): string | null {
    const { servername } = this.#socket as { servername?: string | false };
    return typeof servername === "string" && servername !== ""
      ? servername
      : null;
  }

  /** Sends; resolves when it is with the transport. */
  send(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.write(
        bytes,
        (error) => error ? reject(error) : resolve(),
      );
    });
  }

  /** Exactly `length` bytes; an error where the end comes before. */
  async receive(length: number): Promise<Uint8Array> {
    while (this.#available < length) {
      if (this.#failure !== null) throw this.#failure;
      if (this.#ended) {
        throw new Error(
          `the peer received ${this.#available} bytes and then the end, not ${length} bytes`,
        );
      }
      await new Promise<void>((wake) => this.#wake.push(wake));
    }
    const whole = concat(this.#chunks.splice(0));
    if (whole.length > length) this.#chunks.push(whole.subarray(length));
    this.#available = whole.length - length;
    return whole.subarray(0, length);
  }

  /** Resolves when the other end has said that no more comes. */
  async end(): Promise<void> {
    while (!this.#ended) {
      if (this.#failure !== null) throw this.#failure;
      await new Promise<void>((wake) => this.#wake.push(wake));
    }
  }

  /** Says close_notify. */
  closeWrite(): void {
    this.#socket.end();
  }

  /** Drops the connection without a word. */
  destroy(): void {
    this.#socket.destroy();
  }
}

/** A server by `node:tls`. */
export interface PeerServer {
  readonly port: number;
  /** The next connection whose handshake is done. */
  readonly accept: () => Promise<Peer>;
  /** The next handshake that failed. */
  readonly failure: () => Promise<Error>;
}

/** Starts a server, which lives as long as the scope. */
export async function startPeerServer(
  scope: Scope,
  options: TlsOptions,
): Promise<PeerServer> {
  const peers = new Queue<Peer>();
  const failures = new Queue<Error>();
  const server = createServer(
    { ...options, allowHalfOpen: true } as TlsOptions,
    (socket: TLSSocket) => peers.push(new Peer(socket, scope)),
  );
  const raw = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    raw.add(socket);
    socket.setNoDelay(true);
    socket.on("close", () => raw.delete(socket));
  });
  server.on("tlsClientError", (error: Error) => failures.push(error));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  scope.defer(async () => {
    const closed = once(server, "close");
    server.close();
    for (const socket of raw) socket.destroy();
    await closed;
  });
  return {
    port: (server.address() as AddressInfo).port,
    accept: () => peers.next(),
    failure: () => failures.next(),
  };
}

/** Connects by `node:tls`; rejects where the handshake fails at this end. */
export async function connectPeer(
  scope: Scope,
  options: ConnectionOptions,
): Promise<Peer> {
  const socket = connect({
    host: "127.0.0.1",
    allowHalfOpen: true,
    ...options,
  } as ConnectionOptions);
  socket.setNoDelay(true);
  const peer = new Peer(socket, scope);
  await new Promise<void>((resolve, reject) => {
    socket.once("secureConnect", resolve);
    socket.once("error", reject);
    socket.once(
      "close",
      () => reject(new Error("the connection ended during the handshake")),
    );
  });
  return peer;
}
