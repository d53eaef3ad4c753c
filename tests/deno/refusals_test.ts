import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  type ByteStream,
  ConfigurationError,
  type Conn,
  TLSConfiguration,
  type TLSConfigurationOptions,
} from "../../mod.ts";
import { denoBackend } from "../../backends/deno/mod.ts";
import { chain, leafPem } from "./_credentials.ts";

const ClientContext = denoBackend.clientContext!;
const ServerContext = denoBackend.serverContext!;

function refused(field: string, fn: () => unknown): void {
  const error = assertThrows(fn, ConfigurationError);
  assertEquals(error.field, field);
  assertEquals(error.backend, "deno");
  assert(
    /pure backend|use |needs a|release|null opts out/.test(error.message),
    `no way out in: ${error.message}`,
  );
}

const noop = () => {};
const CLIENT: TLSConfigurationOptions[] = [
  { validateCertificates: false },
  { ciphers: [0x1301] },
  { lowestSupportedVersion: "TLSv1.3" },
  { lowestSupportedVersion: "MAXIMUM_SUPPORTED" },
  { highestSupportedVersion: "TLSv1.2" },
  { highestSupportedVersion: "TLSv1.1" },
  { highestSupportedVersion: "MINIMUM_SUPPORTED" },
  { groups: [0x001d] },
  { signatureSchemes: [0x0403] },
  { keyLog: noop },
  { verifyPeer: noop },
  { crls: [new Uint8Array(1)] },
  { now: () => new Date(0) },
];

for (const options of CLIENT) {
  const field = Object.keys(options)[0]!;
  const value = JSON.stringify(options);
  Deno.test(`clientContext() refuses ${field} of ${value}`, () => {
    refused(field, () => new ClientContext(options));
  });
  Deno.test(`serverContext() refuses ${field} of ${value}`, () => {
    refused(
      field,
      () => new ServerContext({ ...options, certificateChain: chain() }),
    );
  });
}

Deno.test("clientContext() refuses two certificate chains", () => {
  refused(
    "certificateChain",
    () => new ClientContext({ certificateChain: [chain(), chain()] }),
  );
});

Deno.test("clientContext() obeys bounds that take nothing away", () => {
  for (
    const options of [
      { lowestSupportedVersion: "TLSv1.2" },
      { lowestSupportedVersion: "TLSv1", highestSupportedVersion: "TLSv1.3" },
      { highestSupportedVersion: "MAXIMUM_SUPPORTED" },
    ] as const
  ) new ClientContext(options);
});

Deno.test("clientContext() leaves a server's fields alone", () => {
  const configuration = new TLSConfiguration({
    sniCallback: (_buffer, _name, given) => given,
    clientAuthentication: "require",
  });
  assertEquals(
    new ClientContext(configuration).configuration,
    configuration,
  );
});

Deno.test("serverContext() refuses what only other backends do", () => {
  const certificateChain = chain();
  const sniCallback = (_b: unknown, _n: unknown, given: TLSConfiguration) =>
    given;
  refused(
    "sniCallback",
    () => new ServerContext({ certificateChain, sniCallback }),
  );
  for (const clientAuthentication of ["request", "require"] as const) {
    refused(
      "clientAuthentication",
      () => new ServerContext({ certificateChain, clientAuthentication }),
    );
  }
  refused("trustStore", () =>
    new ServerContext({
      certificateChain,
      trustStore: denoBackend.trustStore.platform(),
    }));
  refused("certificateChain", () => new ServerContext({}));
  refused(
    "certificateChain",
    () => new ServerContext({ certificateChain: [chain(), chain()] }),
  );
});

Deno.test("trustStore refuses every store that would have to be exclusive", async () => {
  const { trustStore } = denoBackend;
  refused("trustStore", () => trustStore.system());
  refused("trustStore", () => trustStore.bundled!());
  refused("trustStore", () => trustStore.fromBuffer(leafPem));
  refused("trustStore", () => trustStore.fromPemFileSync("roots.pem"));
  await assertRejects(
    () => trustStore.fromPemFile("roots.pem"),
    ConfigurationError,
    "platform({ additional })",
  );
});

Deno.test("contexts refuse handles of another backend", () => {
  refused(
    "trustStore",
    () => new ClientContext({ trustStore: { description: "mine, use it" } }),
  );
  refused(
    "certificateChain",
    () =>
      new ServerContext({
        certificateChain: { ...chain(), leaf: { der: null } },
      }),
  );
  refused("certificateChain", () =>
    new ServerContext({
      certificateChain: { ...chain(), privateKey: { algorithm: "EC" } },
    }));
});

Deno.test("contexts refuse protocols that are no UTF-8", () => {
  const innerProtocols = [new Uint8Array([0xff, 0x00])];
  refused("innerProtocols", () => new ClientContext({ innerProtocols }));
});

Deno.test("clientContext() takes protocols in bytes that are UTF-8", () => {
  new ClientContext({ innerProtocols: [new TextEncoder().encode("h2")] });
});

Deno.test("wrapBuffers() and a server's wrapSocket() refuse", () => {
  const client = new ClientContext({});
  const server = new ServerContext({ certificateChain: chain() });
  refused("wrapBuffers", () => client.wrapBuffers("localhost"));
  refused("wrapBuffers", () => server.wrapBuffers());
  refused("wrapSocket", () => server.wrapSocket({} as Conn));
});

/** A TCP connection on loopback, both ends. */
async function tcpPair(): Promise<
  { ours: Deno.TcpConn; theirs: Deno.TcpConn } & Disposable
> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const [theirs, ours] = await Promise.all([
    listener.accept(),
    Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port }),
  ]);
  return {
    ours,
    theirs,
    [Symbol.dispose]() {
      for (const conn of [ours, theirs]) {
        try {
          conn.close();
        } catch {
          // TLS used it up.
        }
      }
    },
  };
}

Deno.test("wrapSocket() refuses streams that are not TCP", () => {
  const client = new ClientContext({});
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  refused(
    "stream",
    () => client.wrapSocket({ readable, writable } as ByteStream, "localhost"),
  );
  refused("stream", () =>
    client.wrapSocket({
      read: () => Promise.resolve(null),
      write: (p) => Promise.resolve(p.length),
      close() {},
    }, "localhost"));
});

Deno.test("wrapSocket() refuses a copy of a TCP connection when TLS begins", async () => {
  using pair = await tcpPair();
  const { ours } = pair;
  const copy = {
    read: ours.read.bind(ours),
    write: ours.write.bind(ours),
    close: () => {},
    setNoDelay() {},
    remoteAddr: ours.remoteAddr,
    localAddr: ours.localAddr,
    readable: ours.readable,
    writable: ours.writable,
  };
  const socket = new ClientContext({}).wrapSocket(copy, "localhost");
  const error = await assertRejects(
    () => socket.doHandshake(),
    ConfigurationError,
  );
  assertEquals(error.field, "stream");
  socket.close();
});

Deno.test("wrapSocket() refuses a client certificate, which startTls would drop", async () => {
  using pair = await tcpPair();
  const client = new ClientContext({ certificateChain: chain() });
  refused("certificateChain", () => client.wrapSocket(pair.ours, "localhost"));
});

Deno.test("wrapSocket() refuses an empty name, which startTls would replace", async () => {
  using pair = await tcpPair();
  refused(
    "serverHostname",
    () => new ClientContext({}).wrapSocket(pair.ours, ""),
  );
});

Deno.test("doHandshake() rejects a name that is no name", async () => {
  using pair = await tcpPair();
  const socket = new ClientContext({}).wrapSocket(pair.ours, "a b");
  const error = await assertRejects(
    () => socket.doHandshake(),
    ConfigurationError,
  );
  assertEquals(error.field, "serverHostname");
  socket.close();
});

Deno.test("wrapSocket() refuses a stream whose readable or writable is locked", async () => {
  using pair = await tcpPair();
  const client = new ClientContext({});
  const reader = pair.ours.readable.getReader();
  refused("stream", () => client.wrapSocket(pair.ours, "localhost"));
  reader.releaseLock();
  const writer = pair.ours.writable.getWriter();
  refused("stream", () => client.wrapSocket(pair.ours, "localhost"));
  writer.releaseLock();
  client.wrapSocket(pair.ours, "localhost").close();
});

Deno.test("doHandshake() rejects when a plaintext read is under way", async () => {
  using pair = await tcpPair();
  const pending = pair.ours.read(new Uint8Array(1)).catch(() => null);
  const socket = new ClientContext({}).wrapSocket(pair.ours, "localhost");
  const error = await assertRejects(
    () => socket.doHandshake(),
    ConfigurationError,
    "under way",
  );
  assertEquals(error.field, "stream");
  socket.close();
  pair.theirs.close();
  await pending;
});

Deno.test("doHandshake() fails when plaintext stands before the handshake", async () => {
  using pair = await tcpPair();
  await pair.theirs.write(new TextEncoder().encode("* injected OK\r\n"));
  const socket = new ClientContext({}).wrapSocket(pair.ours, "localhost");
  await assertRejects(() => socket.doHandshake(), Error, "no TLS");
  socket.close();
});

Deno.test("unwrap() rejects and names what to use instead", async () => {
  using pair = await tcpPair();
  const socket = new ClientContext({}).wrapSocket(pair.ours, "localhost");
  const error = await assertRejects(() => socket.unwrap(), ConfigurationError);
  assertEquals(error.field, "unwrap");
  socket.close();
});

Deno.test("connect() refuses another name with a client certificate", async () => {
  const client = new ClientContext({ certificateChain: chain() });
  const error = await assertRejects(
    () =>
      client.connect({
        hostname: "127.0.0.1",
        port: 1,
        serverHostname: "localhost",
      }),
    ConfigurationError,
  );
  assertEquals(error.field, "serverHostname");
});

Deno.test("connect() refuses ports and names that cannot be", async () => {
  const client = new ClientContext({});
  for (const port of [0, -1, 65536, 1.5, NaN]) {
    await assertRejects(
      () => client.connect({ hostname: "localhost", port }),
      ConfigurationError,
    );
  }
  await assertRejects(
    () => client.connect({ hostname: "", port: 1 }),
    ConfigurationError,
  );
});

Deno.test("listen() refuses options that cannot be", () => {
  const server = new ServerContext({ certificateChain: chain() });
  const base = { port: 0, hostname: "127.0.0.1" };
  for (
    const options of [
      { ...base, port: -1 },
      { ...base, port: 65536 },
      { ...base, handshakeTimeout: 0 },
      { ...base, handshakeTimeout: 2 ** 31 },
      { ...base, handshakeTimeout: NaN },
      { ...base, maxPendingHandshakes: 0 },
      { ...base, maxPendingHandshakes: 1.5 },
    ]
  ) assertThrows(() => server.listen(options), ConfigurationError);
});

Deno.test("listen() refuses a key that does not fit the certificate", () => {
  const server = new ServerContext({
    certificateChain: { ...chain(), privateKey: chain("other").privateKey },
  });
  const error = assertThrows(
    () => server.listen({ port: 0, hostname: "127.0.0.1" }),
    ConfigurationError,
  );
  assertEquals(error.field, "certificateChain");
});
