/**
 * What is tried with every program, at both ends: suites, groups, schemes,
 * retries, client certificates, protocols, names, and data both ways.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { TLSConfigurationOptions } from "../../../api/configuration.ts";
import type { TLSWrappedSocket } from "../../../api/socket.ts";
import type { Backend } from "../../../api/context.ts";
import { createPureBackend, pureBackend } from "../../../backends/pure/mod.ts";
import type { KeyKind } from "../../pure/engine/x509/mint.ts";
import { type Identity, makePki, type Pki } from "./_pki.ts";
import type { Process } from "./_process.ts";

/** Whose keys are used by the platform, and not by this project's kernels. */
const nativeKeys = await createPureBackend({ kernels: "symmetric" });

/** The groups and keys that kernels have. */
const OF_KERNELS = /secp256r1|key (P-256|P-384|RSA)$/;

/** What a program is told. */
export interface PeerOptions {
  readonly pki: Pki;
  /** A server's, or a client's where it is asked for. */
  readonly identity: Identity | null;
  /** IANA names. */
  readonly suite?: SuiteName;
  /** By IANA name, in order; the first one's share is sent. */
  readonly groups?: readonly GroupName[];
  /** ALPN. */
  readonly protocol?: string;
  /** A server asks for a client's certificate. */
  readonly askClient?: boolean;
  /** The name that a client asks for. */
  readonly serverName?: string;
}

/** The suites of TLS 1.3. */
export const SUITES = {
  TLS_AES_128_GCM_SHA256: 0x1301,
  TLS_AES_256_GCM_SHA384: 0x1302,
  TLS_CHACHA20_POLY1305_SHA256: 0x1303,
} as const;
/** One of them. */
export type SuiteName = keyof typeof SUITES;

/** The groups that programs have. */
export const GROUPS = {
  x25519: 0x001d,
  secp256r1: 0x0017,
  secp384r1: 0x0018,
  secp521r1: 0x0019,
  X25519MLKEM768: 0x11ec,
} as const;
/** One of them. */
export type GroupName = keyof typeof GROUPS;

/** A program that speaks TLS 1.3, as both ends. */
export interface Program {
  readonly name: string;
  readonly suites: readonly SuiteName[];
  readonly groups: readonly GroupName[];
  readonly keys: readonly KeyKind[];
  /** Its server sends back what it receives, and nothing of its own. */
  readonly echoes?: boolean;
  /** How much data goes each way, with its server and with its client. */
  readonly bulk: { readonly server: number; readonly client: number };
  /** Starts a server, and says where it listens. */
  server(options: PeerOptions): Promise<{ process: Process; port: number }>;
  /** Starts a client. */
  client(options: PeerOptions, port: number): Process;
}

/** One connection between this backend and a program. */
interface Case {
  readonly name: string;
  readonly options: Partial<PeerOptions>;
  readonly configuration: TLSConfigurationOptions;
  readonly key?: KeyKind;
  /** What each end shows the other besides the server's certificate. */
  readonly clientKey?: KeyKind;
  readonly bulk?: boolean;
  readonly backend?: Backend;
  check?(socket: TLSWrappedSocket): void;
}

function casesOf(program: Program): readonly Case[] {
  const cases: Case[] = [];
  for (const suite of program.suites) {
    cases.push({
      name: `suite ${suite}`,
      options: { suite },
      configuration: { ciphers: [SUITES[suite]] },
      check: (socket) => assertEquals(socket.cipher(), SUITES[suite]),
    });
  }
  for (const group of program.groups) {
    cases.push({
      name: `group ${group}`,
      options: { groups: [group] },
      configuration: { groups: [GROUPS[group]] },
    });
  }
  for (const key of program.keys) {
    cases.push({
      name: `server's key ${key}`,
      options: {},
      configuration: {},
      key,
    });
    cases.push({
      name: `client's key ${key}`,
      options: {},
      configuration: {},
      clientKey: key,
    });
  }
  for (const one of cases.filter(({ name }) => OF_KERNELS.test(name))) {
    cases.push({
      ...one,
      name: `${one.name}, by the platform`,
      backend: nativeKeys,
    });
  }
  cases.push({
    name: "ALPN",
    options: { protocol: "h2" },
    configuration: { innerProtocols: ["http/1.1", "h2"] },
    check: (socket) => assertEquals(socket.negotiatedProtocol(), "h2"),
  }, {
    name: "much data both ways",
    options: {},
    configuration: {},
    bulk: true,
  });
  return cases;
}

const SMALL = new TextEncoder().encode("across the line\n");

/** Carries data both ways at once and checks that all of it arrives. */
async function exchange(
  socket: TLSWrappedSocket,
  process: Process,
  { size, echoes }: { readonly size: number; readonly echoes: boolean },
): Promise<void> {
  const data = size === 0 ? SMALL : pattern(size);
  const received: Uint8Array[] = [];
  let count = 0;
  const before = process.output.length;
  await Promise.all([
    socket.write(data),
    echoes ? null : process.send(data),
    (async () => {
      const buffer = new Uint8Array(65_536);
      while (count < data.length) {
        const n = await socket.read(buffer);
        assert(n !== null, "the program ended the data too early");
        received.push(buffer.slice(0, n));
        count += n;
      }
    })(),
    echoes
      ? null
      : process.until(() => process.outputLength - before >= data.length),
  ]);
  assertEquals(count, data.length);
  assert(sameContent(received, data), "what came is not what was sent");
  assert(
    echoes || sameContent([process.output.subarray(before)], data),
    "what the program got is not what was sent",
  );
}

/** Lines of text, as one program echoes by the line, that differ. */
function pattern(size: number): Uint8Array {
  const data = new Uint8Array(size).fill(0x61);
  for (let i = 0; i < size; i += 997) data[i] = 0x62 + i % 17;
  for (let i = 996; i < size; i += 997) data[i] = 0x0a;
  data[size - 1] = 0x0a;
  return data;
}

function sameContent(parts: readonly Uint8Array[], data: Uint8Array): boolean {
  let at = 0;
  for (const part of parts) {
    for (const byte of part) if (byte !== data[at++]) return false;
  }
  return at === data.length;
}

/** Registers all cases of a program, or none with the reason. */
export function testProgram(program: Program | null, missing: string): void {
  if (program === null) {
    Deno.test({ name: `interop: ${missing}`, ignore: true, fn() {} });
    return;
  }
  Deno.test(`interop: client with ${program.name}'s server`, async (t) => {
    await using pki = await makePki();
    for (const one of casesOf(program)) {
      await t.step(one.name, () => clientCase(program, pki, one));
    }
    await t.step("HelloRetryRequest", () => clientRetry(program, pki));
  });
  Deno.test(`interop: server with ${program.name}'s client`, async (t) => {
    await using pki = await makePki();
    for (const one of casesOf(program)) {
      await t.step(one.name, () => serverCase(program, pki, one));
    }
    await t.step("HelloRetryRequest", () => serverRetry(program, pki));
    await t.step("certificate by name", () => serverByName(program, pki));
  });
}

async function clientCase(
  program: Program,
  pki: Pki,
  one: Case,
): Promise<void> {
  const { process, port } = await program.server({
    pki,
    identity: await pki.identity("localhost", one.key),
    askClient: one.clientKey !== undefined,
    ...one.options,
  });
  await using _ended = process;
  const client = one.clientKey === undefined
    ? null
    : await pki.identity("client.test", one.clientKey, "client");
  const { backend = pureBackend } = one;
  const context = new backend.clientContext!({
    trustStore: pki.trust,
    certificateChain: client?.chain ?? null,
    ...one.configuration,
  });
  await using socket = await context.connect({
    hostname: "127.0.0.1",
    serverHostname: "localhost",
    port,
  });
  one.check?.(socket);
  await exchange(socket, process, {
    size: one.bulk ? program.bulk.server : 0,
    echoes: program.echoes ?? false,
  });
}

async function clientRetry(program: Program, pki: Pki): Promise<void> {
  const [first, second] = program.groups;
  await clientCase(program, pki, {
    name: "retry",
    options: { groups: [second!] },
    configuration: { groups: [GROUPS[first!], GROUPS[second!]] },
  });
}

/** Serves one connection to the program. */
async function serve(
  program: Program,
  configuration: TLSConfigurationOptions,
  options: PeerOptions,
  use: (socket: TLSWrappedSocket, process: Process) => Promise<void>,
  backend: Backend = pureBackend,
): Promise<void> {
  const context = new backend.serverContext!(configuration);
  using listener = context.listen({
    hostname: "127.0.0.1",
    port: 0,
    onHandshakeError: (error) => failed.reject(error),
  });
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => {});
  const process = program.client(options, listener.addr.port);
  await using _ended = process;
  await using socket = await Promise.race([
    listener.accept(),
    failed.promise,
    process.until(() => false) as Promise<never>,
  ]);
  await use(socket, process);
}

async function serverCase(
  program: Program,
  pki: Pki,
  one: Case,
): Promise<void> {
  const identity = await pki.identity("localhost", one.key);
  const client = one.clientKey === undefined
    ? null
    : await pki.identity("client.test", one.clientKey, "client");
  await serve(
    program,
    {
      certificateChain: identity.chain,
      trustStore: client === null ? null : pki.trust,
      ...one.configuration,
    },
    { pki, identity: client, serverName: "localhost", ...one.options },
    async (socket, process) => {
      one.check?.(socket);
      assertEquals(
        socket.peerCertificates()?.length ?? 0,
        client === null ? 0 : 2,
      );
      await exchange(socket, process, {
        size: one.bulk ? program.bulk.client : 0,
        echoes: false,
      });
    },
    one.backend,
  );
}

async function serverRetry(program: Program, pki: Pki): Promise<void> {
  const [first, second] = program.groups;
  await serverCase(program, pki, {
    name: "retry",
    options: { groups: [first!, second!] },
    configuration: { groups: [GROUPS[second!]] },
  });
}

async function serverByName(program: Program, pki: Pki): Promise<void> {
  const chains = [];
  for (const name of ["first.test", "second.test", "third.test"]) {
    chains.push((await pki.identity(name)).chain);
  }
  // The program itself refuses a certificate for another name.
  await serve(
    program,
    { certificateChain: chains },
    { pki, identity: null, serverName: "second.test" },
    (socket, process) => exchange(socket, process, { size: 0, echoes: false }),
  );
}
