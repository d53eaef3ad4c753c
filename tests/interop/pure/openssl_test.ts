import { assertEquals } from "@std/assert";
import type { TLSWrappedSocket } from "../../../api/socket.ts";
import { pureBackend } from "../../../backends/pure/mod.ts";
import {
  type GroupName,
  type PeerOptions,
  type Program,
  testProgram,
} from "./_cases.ts";
import { makePki } from "./_pki.ts";
import { findProgram, freePort, Process, untilListening } from "./_process.ts";

const openssl = findProgram("openssl");

const GROUP_NAMES: Readonly<Record<GroupName, string>> = {
  x25519: "X25519",
  secp256r1: "P-256",
  secp384r1: "P-384",
  secp521r1: "P-521",
  X25519MLKEM768: "X25519MLKEM768",
};

function common(options: PeerOptions): string[] {
  const { identity, suite, groups, protocol } = options;
  return [
    "-tls1_3",
    "-CAfile",
    options.pki.authorityFile,
    "-verify_return_error",
    ...(identity === null
      ? []
      : ["-cert", identity.certificateFile, "-key", identity.keyFile]),
    ...(suite === undefined ? [] : ["-ciphersuites", suite]),
    ...(groups === undefined
      ? []
      : ["-groups", groups.map((group) => GROUP_NAMES[group]).join(":")]),
    ...(protocol === undefined ? [] : ["-alpn", protocol]),
  ];
}

/** A server; the first connection is the probe for its readiness. */
async function startServer(
  options: PeerOptions,
  more: readonly string[],
): Promise<{ process: Process; port: number }> {
  const port = freePort();
  const process = new Process(openssl!, [
    "s_server",
    "-accept",
    `127.0.0.1:${port}`,
    "-naccept",
    "2",
    ...(options.askClient ? ["-Verify", "2"] : []),
    ...common(options),
    ...more,
  ]);
  await untilListening(port, process);
  return { process, port };
}

function startClient(
  options: PeerOptions,
  port: number,
  more: readonly string[],
): Process {
  return new Process(openssl!, [
    "s_client",
    "-connect",
    `127.0.0.1:${port}`,
    "-servername",
    options.serverName!,
    "-verify_hostname",
    options.serverName!,
    ...common(options),
    ...more,
  ]);
}

const program: Program = {
  name: "openssl",
  suites: [
    "TLS_AES_128_GCM_SHA256",
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
  ],
  groups: ["x25519", "secp256r1", "secp384r1", "secp521r1"],
  keys: ["P-256", "P-384", "P-521", "RSA", "Ed25519"],
  bulk: { server: 10_000_000, client: 10_000_000 },
  server: (options) => startServer(options, ["-quiet"]),
  client: (options, port) => startClient(options, port, ["-quiet"]),
};

testProgram(openssl === null ? null : program, "openssl is not installed");

/** The generations of traffic secrets that a key log has seen. */
function generations(lines: readonly string[]): string[] {
  return lines.map((line) => line.split(" ")[0]!)
    .filter((label) => /_TRAFFIC_SECRET_[1-9]/.test(label)).sort();
}

const BOTH_UPDATED = ["CLIENT_TRAFFIC_SECRET_1", "SERVER_TRAFFIC_SECRET_1"];

Deno.test({
  name: "interop: KeyUpdate by openssl's client, answered by the server",
  ignore: openssl === null,
  async fn() {
    await using pki = await makePki();
    const { chain } = await pki.identity("localhost");
    const lines: string[] = [];
    const context = new pureBackend.serverContext!({
      certificateChain: chain,
      keyLog: (line) => lines.push(line),
    });
    using listener = context.listen({ hostname: "127.0.0.1", port: 0 });
    await using process = startClient(
      { pki, identity: null, serverName: "localhost" },
      listener.addr.port,
      [],
    );
    await using socket = await listener.accept();
    // A command of openssl's: KeyUpdate with update_requested.
    await process.send("K\n");
    await process.until(() => process.text.includes("KEYUPDATE"));
    await process.send("after\n");
    assertEquals(await readText(socket, 6), "after\n");
    await socket.write(new TextEncoder().encode("and back\n"));
    await process.until(() => process.text.includes("and back"));
    assertEquals(generations(lines), BOTH_UPDATED);
  },
});

Deno.test({
  name: "interop: KeyUpdate by openssl's server, answered by the client",
  ignore: openssl === null,
  async fn() {
    await using pki = await makePki();
    const identity = await pki.identity("localhost");
    const { process, port } = await startServer({ pki, identity }, []);
    await using _ended = process;
    const lines: string[] = [];
    const updated = Promise.withResolvers<void>();
    const context = new pureBackend.clientContext!({
      trustStore: pki.trust,
      keyLog: (line) => {
        lines.push(line);
        if (line.startsWith("SERVER_TRAFFIC_SECRET_1")) updated.resolve();
      },
    });
    await using socket = await context.connect({
      hostname: "127.0.0.1",
      serverHostname: "localhost",
      port,
    });
    await socket.write(new TextEncoder().encode("before\n"));
    await process.until(() => process.text.includes("before"));
    // A command stands alone in what is read at once.
    await process.send("K\n");
    const reading = readText(socket, 6);
    await updated.promise;
    await process.send("after\n");
    assertEquals(await reading, "after\n");
    await socket.write(new TextEncoder().encode("and back\n"));
    await process.until(() => process.text.includes("and back"));
    assertEquals(generations(lines), BOTH_UPDATED);
  },
});

async function readText(
  socket: TLSWrappedSocket,
  length: number,
): Promise<string> {
  const buffer = new Uint8Array(length);
  for (let at = 0; at < length;) {
    const n = await socket.read(buffer.subarray(at));
    if (n === null) break;
    at += n;
  }
  return new TextDecoder().decode(buffer);
}
