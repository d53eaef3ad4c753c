import { denoBackend } from "../../backends/deno/mod.ts";
import {
  type ClientContext,
  type ConnectOptions,
  type ListenOptions,
  TLSError,
  type TLSListener,
  type TLSWrappedSocket,
  wrapStream,
} from "../../mod.ts";
import { type Changes, derive, type Mutant, testMutants } from "./_mutant.ts";
import { makeReference } from "./reference/backend.ts";

const reference = makeReference();

function client(
  fault: string,
  rule: string,
  change: NonNullable<Changes["client"]>,
  hangs = false,
): Mutant {
  return { fault, rule, backend: derive(reference, { client: change }), hangs };
}

/** Connects as the reference does, without its care. */
async function connect(
  context: ClientContext,
  { hostname, port, serverHostname = hostname }: ConnectOptions,
  signal: AbortSignal | undefined,
  abandon: (conn: Deno.Conn) => void,
): Promise<TLSWrappedSocket> {
  const conn = await Deno.connect({ hostname, port });
  const socket = wrapStream(conn, context.wrapBuffers(serverHostname));
  const aborted = new Promise<never>((_, reject) =>
    signal?.addEventListener("abort", () => {
      abandon(conn);
      reject(signal.reason);
    })
  );
  await Promise.race([socket.doHandshake(), aborted]);
  return socket;
}

const CONNECTING: readonly Mutant[] = [
  client("ignores an AbortSignal", "AbortSignal", (context) => ({
    connect: ({ signal: _, ...options }: ConnectOptions) =>
      context.connect(options),
  }), true),
  client("looks at a signal only beforehand", "AbortSignal", (context) => ({
    connect: (options: ConnectOptions) => {
      options.signal?.throwIfAborted();
      const { signal: _, ...rest } = options;
      return context.connect(rest);
    },
  }), true),
  client("leaves the connection of an aborted attempt", "AbortSignal", (
    context,
  ) => ({
    connect: (options: ConnectOptions) => {
      options.signal?.throwIfAborted();
      return connect(context, options, options.signal, () => {});
    },
  }), true),
  client("rejects with another reason than the signal's", "AbortSignal", (
    context,
  ) => ({
    connect: (options: ConnectOptions) =>
      context.connect(options).catch((error) => {
        throw options.signal?.aborted
          ? new TLSError("closed", "Cannot connect: aborted")
          : error;
      }),
  })),
  client("closes a connection whose signal aborts later", "AbortSignal", (
    context,
  ) => ({
    connect: async (options: ConnectOptions) => {
      const socket = await context.connect(options);
      options.signal?.addEventListener("abort", () => socket.close());
      return socket;
    },
  })),
  client("connects without the handshake", "facts", (context) => ({
    connect: async (options: ConnectOptions) => {
      const { hostname, port, serverHostname = hostname } = options;
      const conn = await Deno.connect({ hostname, port });
      return wrapStream(conn, context.wrapBuffers(serverHostname));
    },
  }), true),
  client("throws what the platform throws", "connect()", (context) => ({
    connect: (options: ConnectOptions) =>
      context.connect(options).catch((error) => {
        throw error.cause ?? error;
      }),
  })),
  client(
    "opens one connection at a time, and no more than seven",
    "connections",
    (
      context,
    ) => {
      let count = 0;
      return {
        connect: (options: ConnectOptions) =>
          count++ < 7 ? context.connect(options) : Promise.reject(
            new TLSError("internal", "Cannot connect: enough"),
          ),
      };
    },
  ),
];

type Listen = (options: ListenOptions) => TLSListener;

function server(
  fault: string,
  change: (listen: Listen) => Listen,
  hangs = false,
  rule = "listen()",
): Mutant {
  return {
    fault,
    rule,
    hangs,
    backend: derive(reference, {
      server: (context) => ({
        listen: change((options) => context.listen(options)),
      }),
    }),
  };
}

/** Shakes hands with one client after another. */
function sequential(options: {
  swallow: boolean;
}): NonNullable<Changes["server"]> {
  return (context) => ({
    listen: ({ port, hostname = "127.0.0.1" }: ListenOptions) => {
      const listener = Deno.listen({ port, hostname });
      const accept = async (): Promise<TLSWrappedSocket> => {
        for (;;) {
          const conn = await listener.accept().catch(() => {
            throw new TLSError("closed", "Cannot accept");
          });
          const socket = wrapStream(conn, context.wrapBuffers());
          try {
            await socket.doHandshake();
            return socket;
          } catch (error) {
            if (!options.swallow) throw error;
          }
        }
      };
      return {
        addr: listener.addr,
        accept,
        close: () => listener.close(),
        [Symbol.dispose]: () => listener.close(),
        async *[Symbol.asyncIterator]() {
          for (;;) yield await accept();
        },
      };
    },
  });
}

function changing(
  listen: Listen,
  change: (listener: TLSListener) => Partial<TLSListener>,
): Listen {
  return (options) => {
    const listener = listen(options);
    return {
      addr: listener.addr,
      accept: () => listener.accept(),
      close: () => listener.close(),
      [Symbol.dispose]: () => listener.close(),
      [Symbol.asyncIterator]: () => listener[Symbol.asyncIterator](),
      ...change(listener),
    };
  };
}

const LISTENING: readonly Mutant[] = [
  {
    fault: "lets a silent client delay the others",
    rule: "listen()",
    hangs: true,
    backend: derive(reference, { server: sequential({ swallow: true }) }),
  },
  {
    fault: "fails accept() for a handshake that failed",
    rule: "listen()",
    backend: derive(reference, { server: sequential({ swallow: false }) }),
    hangs: true,
  },
  server("tells nobody of handshakes that fail", (listen) => (options) => {
    const { onHandshakeError: _, ...rest } = options;
    return listen(rest);
  }, true),
  server("tells of failures twice", (listen) => (options) =>
    listen({
      ...options,
      onHandshakeError: (error, address) => {
        options.onHandshakeError?.(error, address);
        options.onHandshakeError?.(error, address);
      },
    })),
  server("tells its own address for the client's", (listen) => (options) => {
    const listener = listen({
      ...options,
      onHandshakeError: (error) =>
        options.onHandshakeError?.(error, listener.addr),
    });
    return listener;
  }),
  server("ignores handshakeTimeout", (listen) => (options) => {
    const { handshakeTimeout: _, ...rest } = options;
    return listen(rest);
  }, true),
  server("ignores maxPendingHandshakes", (listen) => (options) => {
    const { maxPendingHandshakes: _, ...rest } = options;
    return listen(rest);
  }),
  server("ignores its signal", (listen) => (options) => {
    const { signal: _, ...rest } = options;
    return listen(rest);
  }, true),
  server("never closes", (listen) =>
    changing(listen, () => ({
      close: () => {},
    })), true),
  server("does nothing by Symbol.dispose", (listen) =>
    changing(listen, () => ({
      [Symbol.dispose]: () => {},
    })), true),
  server(
    "leaves accept() pending behind close()",
    (listen) =>
      changing(listen, (listener) => ({
        accept: () =>
          listener.accept().catch(() => new Promise<never>(() => {})),
      })),
    true,
  ),
  server(
    "closes its connections with the listener",
    (listen) =>
      changing(listen, (listener) => {
        const accepted: TLSWrappedSocket[] = [];
        return {
          accept: async () => {
            const socket = await listener.accept();
            accepted.push(socket);
            return socket as Awaited<ReturnType<TLSListener["accept"]>>;
          },
          close: () => {
            listener.close();
            for (const socket of accepted) socket.close();
          },
        };
      }),
  ),
  server(
    "does not end its iteration",
    (listen) =>
      changing(listen, (listener) => ({
        async *[Symbol.asyncIterator]() {
          for (;;) {
            try {
              yield await listener.accept();
            } catch {
              await new Promise<never>(() => {});
            }
          }
        },
      })),
    true,
  ),
  server("says that it listens elsewhere", (listen) =>
    changing(listen, () => ({
      addr: { transport: "tcp", hostname: "0.0.0.0", port: 1 },
    }))),
];

/** Mutants of Deno's own backend, so that both have some. */
const DENO: readonly Mutant[] = [
  {
    fault: "starts no TLS behind a plaintext exchange",
    rule: "wrapSocket()",
    backend: derive(denoBackend, {
      client: () => ({
        wrapSocket: (stream: Deno.TcpConn) => {
          stream.close();
          throw new TLSError("internal", "Cannot begin");
        },
      }),
    }),
  },
  {
    fault: "leaves out the intermediates of a chain",
    rule: "rule 1, certificateChain",
    backend: derive(denoBackend, {
      configuration: (given, role) =>
        role === "client" ? given : given.update({
          certificateChain: given.certificateChain.map((chain) => ({
            ...chain,
            intermediates: [],
          })),
        }),
    }),
  },
  {
    fault: "offers no protocols",
    rule: "rule 1, innerProtocols",
    backend: derive(denoBackend, {
      configuration: (given) => given.update({ innerProtocols: [] }),
    }),
  },
  {
    fault: "offers protocols in another order",
    rule: "rule 1, innerProtocols",
    backend: derive(denoBackend, {
      configuration: (given) =>
        given.update({ innerProtocols: [...given.innerProtocols].reverse() }),
    }),
  },
];

testMutants([...CONNECTING, ...LISTENING, ...DENO]);
