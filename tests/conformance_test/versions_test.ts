/**
 * The cases of the version bounds need a backend that speaks two versions and
 * chooses: `node:tls` does, which is all of one here that those cases use.
 *
 * @module
 */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { connect, createServer, type Server, type TLSSocket } from "node:tls";
import { assert } from "@std/assert";
import {
  AlertError,
  type Backend,
  type Capabilities,
  checkConfiguration,
  type ConnectOptions,
  type ContextConfiguration,
  type TLSConfiguration,
  TLSVersion,
} from "../../mod.ts";
import { certificates, chainPem } from "../conformance/_certificates.ts";
import { Queue } from "../conformance/_scope.ts";
import { casesOf } from "../conformance/_suite.ts";
import { capabilities as all, makeReference } from "./reference/backend.ts";

const { server: identity, ca } = await certificates();

const capabilities: Capabilities = {
  ...all,
  versions: [TLSVersion.TLSv1_2, TLSVersion.TLSv1_3],
  buffers: false,
  anyStream: false,
  serverWrapSocket: false,
};

type Version = "TLSv1.2" | "TLSv1.3";

function bounds(
  { lowestSupportedVersion, highestSupportedVersion }: TLSConfiguration,
): { minVersion: Version; maxVersion: Version } {
  return {
    minVersion: lowestSupportedVersion === TLSVersion.TLSv1_3
      ? "TLSv1.3"
      : "TLSv1.2",
    maxVersion: highestSupportedVersion === TLSVersion.TLSv1_2
      ? "TLSv1.2"
      : "TLSv1.3",
  };
}

function check(given: ContextConfiguration, role: "client" | "server") {
  return checkConfiguration(given, { backend: "node", capabilities, role });
}

class ClientContext {
  readonly configuration: TLSConfiguration;

  constructor(given: ContextConfiguration) {
    this.configuration = check(given, "client");
  }

  async connect({ hostname, port }: ConnectOptions) {
    const socket = connect({
      host: hostname,
      port,
      servername: "localhost",
      ca: ca.pem,
      ...bounds(this.configuration),
    });
    try {
      await once(socket, "secureConnect");
    } catch (cause) {
      throw failed(cause);
    }
    return closable(socket);
  }
}

class ServerContext {
  readonly configuration: TLSConfiguration;

  constructor(given: ContextConfiguration) {
    this.configuration = check(given, "server");
  }

  listen({ onHandshakeError }: { onHandshakeError(error: unknown): void }) {
    const sockets = new Queue<TLSSocket>();
    const server = createServer({
      key: identity.keyPem,
      cert: chainPem(identity),
      ...bounds(this.configuration),
    }, (socket) => sockets.push(socket));
    server.on("tlsClientError", (error) => onHandshakeError(failed(error)));
    server.listen(0, "127.0.0.1");
    // node:tls knows its port later; listen() must say it at once.
    const front = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    forward(front, server).catch(() => {});
    return {
      addr: front.addr,
      accept: async () => closable(await sockets.next()),
      close: () => {
        front.close();
        server.close();
      },
    };
  }
}

/** Whatever node:tls says, these handshakes end by an alert of protocol_version. */
function failed(cause: unknown): AlertError {
  return new AlertError("Cannot shake hands", {
    alert: 70,
    direction: "received",
    cause,
  });
}

async function forward(front: Deno.TcpListener, server: Server): Promise<void> {
  if (!server.listening) await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  for await (const near of front) {
    const far = await Deno.connect({ hostname: "127.0.0.1", port });
    near.readable.pipeTo(far.writable).catch(() => {});
    far.readable.pipeTo(near.writable).catch(() => {});
  }
}

function closable(socket: TLSSocket) {
  socket.on("error", () => {});
  return { close: () => socket.destroy() };
}

const backend = {
  ...makeReference(),
  name: "node",
  capabilities,
  clientContext: ClientContext,
  serverContext: ServerContext,
} as unknown as Backend;

const cases = casesOf(backend).filter(({ name }) =>
  name.startsWith("rule 1, lowestSupportedVersion") &&
  !name.includes("wrapSocket")
);

Deno.test("casesOf() has version cases for both roles", () => {
  for (const way of ["client, connect", "server, listen"]) {
    for (const what of ["TLSv1.2 alone is", "TLSv1.3 alone refuses"]) {
      assert(
        cases.some(({ name }) => name.includes(what) && name.includes(way)),
      );
    }
  }
});

for (const { name, run } of cases) {
  Deno.test({
    name: `casesOf() passes a backend that obeys its bounds: ${name}`,
    // A server of node:tls leaves its sockets to the process's end.
    sanitizeOps: false,
    sanitizeResources: false,
    fn: run,
  });
}
