/**
 * Deno's own TLS (rustls) at the other end, in this process.
 */
import { assert, assertEquals } from "@std/assert";
import type { TLSConfigurationOptions } from "../../../api/configuration.ts";
import { pureBackend } from "../../../backends/pure/mod.ts";
import { join } from "../../pure/engine/pair.ts";
import { GROUPS, SUITES } from "./_cases.ts";
import { type Identity, makePki, type Pki } from "./_pki.ts";

const BULK = 10_000_000;

/** What both ends' connections have. */
interface Stream {
  read(buffer: Uint8Array): Promise<number | null>;
  write(data: Uint8Array): Promise<number>;
}

async function writeAll(stream: Stream, data: Uint8Array): Promise<void> {
  for (let at = 0; at < data.length;) {
    at += await stream.write(data.subarray(at));
  }
}

async function readAll(stream: Stream, length: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  const buffer = new Uint8Array(65_536);
  for (let at = 0; at < length;) {
    const n = await stream.read(buffer);
    assert(n !== null, "the data ended too early");
    parts.push(buffer.slice(0, n));
    at += n;
  }
  return join(parts);
}

/** Carries data both ways at once. */
async function exchange(a: Stream, b: Stream, size: number): Promise<void> {
  const data = new Uint8Array(size);
  for (let i = 0; i < size; i++) data[i] = i % 251;
  const [, , atA, atB] = await Promise.all([
    writeAll(a, data),
    writeAll(b, data),
    readAll(a, size),
    readAll(b, size),
  ]);
  assert(indexedEqual(atA, data) && indexedEqual(atB, data));
}

function indexedEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

async function withDenoServer(
  pki: Pki,
  identity: Identity,
  configuration: TLSConfigurationOptions,
  { size = 1000, protocols = [] }: {
    size?: number;
    protocols?: string[];
  } = {},
): Promise<{ cipher: number | null; protocol: unknown }> {
  using listener = Deno.listenTls({
    hostname: "127.0.0.1",
    port: 0,
    cert: identity.certificatePem,
    key: identity.keyPem,
    alpnProtocols: protocols,
  });
  const context = new pureBackend.clientContext!({
    trustStore: pki.trust,
    ...configuration,
  });
  const accepting = listener.accept();
  await using socket = await context.connect({
    hostname: "127.0.0.1",
    serverHostname: "localhost",
    port: listener.addr.port,
  });
  using conn = await accepting;
  await exchange(socket, conn, size);
  return {
    cipher: socket.cipher(),
    protocol: socket.negotiatedProtocol(),
  };
}

async function withDenoClient(
  pki: Pki,
  configuration: TLSConfigurationOptions,
  { size = 1000, protocols = [], client = null, name = "localhost" }: {
    size?: number;
    protocols?: string[];
    client?: Identity | null;
    name?: string;
  } = {},
): Promise<void> {
  const context = new pureBackend.serverContext!(configuration);
  using listener = context.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const caCerts = [pki.authorityPem];
  const connecting = client === null
    ? Deno.connect({ hostname: "127.0.0.1", port }).then((tcp) => {
      tcp.setNoDelay(true);
      return Deno.startTls(tcp, {
        hostname: name,
        caCerts,
        alpnProtocols: protocols,
      });
    })
    : Deno.connectTls({
      hostname: name,
      port,
      caCerts,
      cert: client.certificatePem,
      key: client.keyPem,
    });
  const [socket, conn] = await Promise.all([listener.accept(), connecting]);
  using _conn = conn;
  await using _socket = socket;
  assertEquals(
    socket.peerCertificates()?.length ?? 0,
    client === null ? 0 : 2,
  );
  if (protocols.length > 0) {
    assertEquals(socket.negotiatedProtocol(), protocols[0]!);
  }
  await exchange(socket, conn, size);
}

const KEYS = ["P-256", "P-384", "RSA", "Ed25519"] as const;
// rustls in Deno has these; secp521r1 it has not.
const DENO_GROUPS = ["X25519MLKEM768", "x25519", "secp256r1", "secp384r1"]
  .map((name) => [name, GROUPS[name as keyof typeof GROUPS]] as const);

Deno.test("interop: client with Deno's server", async (t) => {
  await using pki = await makePki();
  const identity = await pki.identity("localhost");
  for (const [name, suite] of Object.entries(SUITES)) {
    await t.step(`suite ${name}`, async () => {
      const found = await withDenoServer(pki, identity, { ciphers: [suite] });
      assertEquals(found.cipher, suite);
    });
  }
  for (const [name, group] of DENO_GROUPS) {
    await t.step(`group ${name}`, async () => {
      await withDenoServer(pki, identity, { groups: [group] });
    });
  }
  for (const key of KEYS) {
    await t.step(`server's key ${key}`, async () => {
      await withDenoServer(pki, await pki.identity("localhost", key), {});
    });
  }
  await t.step("HelloRetryRequest", async () => {
    // Deno has no P-521: it asks for a share of the other.
    await withDenoServer(pki, identity, {
      groups: [GROUPS.secp521r1, GROUPS.secp256r1],
    });
  });
  await t.step("ALPN", async () => {
    const found = await withDenoServer(pki, identity, {
      innerProtocols: ["http/1.1", "h2"],
    }, { protocols: ["h2"] });
    assertEquals(found.protocol, "h2");
  });
  await t.step("much data both ways", async () => {
    await withDenoServer(pki, identity, {}, { size: BULK });
  });
});

Deno.test("interop: server with Deno's client", async (t) => {
  await using pki = await makePki();
  const { chain } = await pki.identity("localhost");
  for (const [name, suite] of Object.entries(SUITES)) {
    await t.step(`suite ${name}`, async () => {
      await withDenoClient(pki, { certificateChain: chain, ciphers: [suite] });
    });
  }
  for (const [name, group] of DENO_GROUPS) {
    await t.step(`group ${name}`, async () => {
      await withDenoClient(pki, { certificateChain: chain, groups: [group] });
    });
  }
  for (const key of KEYS) {
    await t.step(`server's key ${key}`, async () => {
      const identity = await pki.identity("localhost", key);
      await withDenoClient(pki, { certificateChain: identity.chain });
    });
    await t.step(`client's key ${key}`, async () => {
      await withDenoClient(
        pki,
        { certificateChain: chain, trustStore: pki.trust },
        { client: await pki.identity("client.test", key, "client") },
      );
    });
  }
  await t.step("ALPN", async () => {
    await withDenoClient(pki, {
      certificateChain: chain,
      innerProtocols: ["http/1.1", "h2"],
    }, { protocols: ["h2"] });
  });
  await t.step("certificate by name", async () => {
    const other = await pki.identity("other.test");
    const wanted = await pki.identity("wanted.test");
    await withDenoClient(pki, {
      certificateChain: [other.chain, wanted.chain, chain],
    }, { name: "wanted.test" });
  });
  await t.step("much data both ways", async () => {
    await withDenoClient(pki, { certificateChain: chain }, { size: BULK });
  });
});
