/**
 * Two ends of the engine in memory, for tests.
 *
 * @module
 */
import { drive, type Policies } from "../../../backends/pure/_driver.ts";
import {
  type AnyState,
  Connection,
  type ReadResult,
} from "../../../backends/pure/engine/connection.ts";
import { alertName } from "../../../backends/pure/engine/messages/alert.ts";
import type { CryptoProvider } from "../../../backends/pure/engine/crypto/provider.ts";
import {
  clientHandlers,
  type ClientState,
  startClient,
} from "../../../backends/pure/engine/handshake/client/mod.ts";
import {
  serverHandlers,
  type ServerState,
  startServer,
} from "../../../backends/pure/engine/handshake/server/mod.ts";
import type {
  ClientSettings,
  ServerSettings,
} from "../../../backends/pure/engine/settings.ts";

/** A client's connection. */
export function clientConnection(
  settings: ClientSettings,
): Connection<ClientState> {
  return new Connection<ClientState>({
    name: "client",
    handlers: clientHandlers,
    start: (binding) => startClient(settings, binding),
  });
}

/** A server's connection. */
export function serverConnection(
  settings: ServerSettings,
): Connection<ServerState> {
  return new Connection<ServerState>({
    name: "server",
    handlers: serverHandlers,
    start: (binding) => startServer(settings, binding),
  });
}

/** Accepts every peer, and knows no other settings. */
export const noPolicies: Policies = {
  acceptPeer: () => {},
  selectServer: () => {
    throw new Error("no other settings");
  },
};

/** All the bytes one behind the other. */
export function join(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(
    parts.reduce((sum, part) => sum + part.length, 0),
  );
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** An end with what answers its requests. */
export class End<S extends AnyState> {
  /** The connection. */
  readonly connection: Connection<S>;
  readonly #provider: CryptoProvider;
  readonly #policies: Policies;

  /** Wraps a connection. */
  constructor(
    connection: Connection<S>,
    provider: CryptoProvider,
    policies: Policies = noPolicies,
  ) {
    this.connection = connection;
    this.#provider = provider;
    this.#policies = policies;
  }

  /** Goes on with the handshake until it needs the peer. */
  async handshake(): Promise<ReadResult | "done"> {
    while (true) {
      const found = this.connection.handshake();
      if (found !== "need-answer") return found;
      await drive(this.connection, this.#provider, this.#policies);
    }
  }

  /** Takes all that is for the network. */
  takeOutgoing(): Uint8Array<ArrayBuffer> {
    const { connection } = this;
    const bytes = connection.peekOutgoing(connection.outgoing).slice();
    connection.consumeOutgoing(bytes.length);
    return bytes;
  }

  /** All the plaintext that is there, and why there is no more. */
  async readAll(): Promise<{ data: Uint8Array; end: ReadResult }> {
    const parts: Uint8Array[] = [];
    const buffer = new Uint8Array(20_000);
    while (true) {
      const found = this.connection.read(buffer);
      if (typeof found === "number") {
        parts.push(buffer.slice(0, found));
      } else if (found === "need-answer") {
        await drive(this.connection, this.#provider, this.#policies);
      } else {
        return { data: join(parts), end: found };
      }
    }
  }
}

/** Carries bytes between two ends until neither can go on. */
export async function shake(
  client: End<AnyState>,
  server: End<AnyState>,
): Promise<[ReadResult | "done", ReadResult | "done"]> {
  while (true) {
    const atClient = await client.handshake();
    const toServer = client.takeOutgoing();
    server.connection.feed(toServer);
    const atServer = await server.handshake();
    const toClient = server.takeOutgoing();
    client.connection.feed(toClient);
    if (toServer.length === 0 && toClient.length === 0) {
      return [atClient, atServer];
    }
  }
}

/** A pair of ends over these settings. */
export function pairOf(
  client: ClientSettings,
  server: ServerSettings,
  policies: { readonly client?: Policies; readonly server?: Policies } = {},
): { client: End<ClientState>; server: End<ServerState> } {
  return {
    client: new End(
      clientConnection(client),
      client.provider,
      policies.client,
    ),
    server: new End(
      serverConnection(server),
      server.provider,
      policies.server,
    ),
  };
}

/** Why a connection failed, in one line. */
export function outcome({ connection }: End<AnyState>): string {
  const { failure } = connection;
  if (failure === null) return connection.connected ? "connected" : "waiting";
  return failure.kind === "truncated"
    ? "truncated"
    : `${failure.kind} ${alertName(failure.alert)}`;
}

/** Sends plaintext one way and gives what arrives. */
export async function send(
  from: End<AnyState>,
  to: End<AnyState>,
  data: Uint8Array,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let done = 0;
  do {
    done += from.connection.write(data.subarray(done));
    to.connection.feed(from.takeOutgoing());
    parts.push((await to.readAll()).data);
  } while (done < data.length);
  return join(parts);
}
