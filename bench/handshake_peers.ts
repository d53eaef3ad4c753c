/**
 * Full handshakes, both ends in this process: by the pure backend in memory and
 * over loopback, and by Deno's own TLS. It
 * imports no backend, so that a fresh process loads the one alone that it measures.
 *
 * @module
 */
import type { TLSWrappedBuffer } from "../api/buffer.ts";
import type { Backend, ClientContext, ServerContext } from "../api/context.ts";

/** The name that the leaf is for. */
export const HOSTNAME = "localhost";

/** Where all listen. */
export const ADDRESS = "127.0.0.1";

/** What a server shows and a client trusts, as PEM. */
export interface Identity {
  /** The leaf. */
  readonly cert: string;
  /** Its key, PKCS #8. */
  readonly key: string;
  /** The authority. */
  readonly ca: string;
}

/** X25519, the one group of all the handshakes. */
const GROUPS = [0x001d] as const;

/** A way to make handshakes; `close` ends what listens. */
export interface Peers extends Disposable {
  /** One full handshake at both ends, which are then closed. */
  readonly shake: () => unknown;
}

/** Both contexts of a backend. */
export interface Contexts {
  readonly client: ClientContext;
  readonly server: ServerContext;
}

/** Contexts of `backend` for the same handshake as Deno's. */
export function contextsOf(
  backend: Backend,
  { cert, key, ca }: Identity,
): Contexts {
  return {
    client: new backend.clientContext!({
      trustStore: backend.trustStore.fromBuffer(ca),
      groups: GROUPS,
    }),
    server: new backend.serverContext!({
      certificateChain: {
        leaf: backend.certificate.fromBuffer(cert),
        intermediates: [],
        privateKey: backend.privateKey.fromBuffer(key),
      },
      groups: GROUPS,
    }),
  };
}

/** Both ends of a connection in memory. */
export interface Ends {
  readonly client: TLSWrappedBuffer;
  readonly server: TLSWrappedBuffer;
}

/** Hands over what one end has sent. */
function move(from: TLSWrappedBuffer, to: TLSWrappedBuffer): void {
  const bytes = from.peekOutgoing(from.outgoingBytesBuffered);
  to.receiveFromNetwork(bytes);
  from.consumeOutgoing(bytes.length);
}

/**
 * Runs the handshake of two ends in memory; `around` sees each end's turns. The
 * provider must answer at once.
 */
export function shakeInMemory(
  { client, server }: Ends,
  around: (end: "client" | "server", turn: () => void) => void = (_, turn) =>
    turn(),
): void {
  let open = 2;
  while (open > 0) {
    open = 0;
    for (
      const [name, end, other] of [
        ["client", client, server],
        ["server", server, client],
      ] as const
    ) {
      around(name, () => {
        const want = end.tryHandshake();
        if (want?.want === "completion") {
          throw new Error("Cannot measure: the provider answers later");
        }
        if (want !== null) open++;
      });
      around(name === "client" ? "server" : "client", () => move(end, other));
    }
  }
}

/** The pure backend between two buffers. */
export function inMemory({ client, server }: Contexts): Peers {
  return {
    shake: () =>
      shakeInMemory({
        client: client.wrapBuffers(HOSTNAME),
        server: server.wrapBuffers(),
      }),
    [Symbol.dispose]() {},
  };
}

/** A backend over loopback TCP, as `connect` and `listen` make it. */
export function overLoopback({ client, server }: Contexts): Peers {
  const listener = server.listen({ hostname: ADDRESS, port: 0 });
  const { port } = listener.addr;
  return {
    shake: async () => {
      const [accepted, connected] = await Promise.all([
        listener.accept(),
        client.connect({ hostname: ADDRESS, port, serverHostname: HOSTNAME }),
      ]);
      connected.close();
      accepted.close();
    },
    [Symbol.dispose]: () => listener.close(),
  };
}

/** Deno's own TLS; the client by `connect`. */
function denoOver(
  { cert, key }: Identity,
  connect: (port: number) => Promise<Deno.TlsConn>,
): Peers {
  const listener = Deno.listenTls({ hostname: ADDRESS, port: 0, cert, key });
  const { port } = listener.addr;
  const accept = async () => {
    const conn = await listener.accept();
    await conn.handshake();
    return conn;
  };
  return {
    shake: async () => {
      const [accepted, connected] = await Promise.all([
        accept(),
        connect(port),
      ]);
      connected.close();
      accepted.close();
    },
    [Symbol.dispose]: () => listener.close(),
  };
}

/** `Deno.connectTls`, which leaves Nagle's algorithm on. */
export function denoConnectTls(identity: Identity): Peers {
  return denoOver(identity, async (port) => {
    // It takes no other name than the address connected to.
    const conn = await Deno.connectTls({
      hostname: ADDRESS,
      port,
      caCerts: [identity.ca],
    });
    await conn.handshake();
    return conn;
  });
}

/** `Deno.startTls` over a TcpConn with `setNoDelay(true)`. */
export function denoStartTls(identity: Identity): Peers {
  return denoOver(identity, async (port) => {
    const tcp = await Deno.connect({ hostname: ADDRESS, port });
    tcp.setNoDelay(true);
    const conn = await Deno.startTls(tcp, {
      hostname: HOSTNAME,
      caCerts: [identity.ca],
    });
    await conn.handshake();
    return conn;
  });
}
