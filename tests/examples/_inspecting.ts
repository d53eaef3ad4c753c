/**
 * `deno task inspect` against servers of others, for any backend.
 *
 * @module
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import type { BackendName } from "../../examples/_backends.ts";
import {
  Authority,
  type Identity,
  type IssueOptions,
  type KeyKind,
} from "../../examples/_certificates.ts";
import {
  type Directory,
  nginxServer,
  opensslServer,
  type Program,
  type Server,
} from "../interop/_servers.ts";
import { flagsOfTask, type Output, runExample } from "./_run.ts";

/** Whom the servers' certificates are for. */
export const NAME = "server.test";
/** A day in milliseconds. */
export const DAY = 86_400_000;

const FLAGS = flagsOfTask("inspect");

let made: Promise<Authority> | null = null;

/** The authority that the tests trust. */
export const authority = (): Promise<Authority> =>
  made ??= Authority.create("Test authority");

/** A server's certificate by that authority. */
export async function issue(
  options: Partial<IssueOptions> = {},
): Promise<Identity> {
  return await (await authority()).issue({ names: [NAME], ...options });
}

/** Runs the task. */
export function inspect(...args: string[]): Promise<Output> {
  return runExample("inspect.ts", FLAGS, args);
}

/** What --ca takes for that authority. */
export async function caFile(directory: Directory): Promise<string> {
  return await directory.write("ca.pem", (await authority()).certificate);
}

/** What varies of a certificate that was minted a moment ago. */
interface Minted {
  notBefore: string;
  notAfter: string;
  fingerprint: string;
}

/** Checks what varies, and blanks it. */
function blanked(certificate: Minted): Minted {
  const { notBefore, notAfter, fingerprint } = certificate;
  assert(new Date(notBefore) < new Date());
  assert(new Date() < new Date(notAfter));
  assertMatch(fingerprint, /^([\dA-F]{2}:){31}[\dA-F]{2}$/);
  return { ...certificate, notBefore: "", notAfter: "", fingerprint: "" };
}

/** The committed JSON, in which the port is 0 and a certificate's times are "". */
export async function assertExpected(
  backend: BackendName,
  name: string,
  output: Output,
): Promise<void> {
  assertEquals(output.stderr, "");
  assertEquals(output.code, 0);
  const report = JSON.parse(output.stdout);
  assert(report.port > 0);
  const certificates = report.certificates?.map(blanked) ?? null;
  const file = new URL(`./expected/${backend}/${name}.json`, import.meta.url);
  assertEquals(
    `${JSON.stringify({ ...report, port: 0, certificates }, null, 2)}\n`,
    await Deno.readTextFile(file),
  );
}

/** One line of stderr, nothing on stdout, and a status that says so. */
export function assertRefused(
  output: Output,
  pattern: RegExp,
  code = 1,
): void {
  assertMatch(output.stderr, pattern);
  assertMatch(output.stderr, /^[^\n]+\n$/);
  assertEquals(output.stdout, "");
  assertEquals(output.code, code);
}

/** A server that is well. */
export interface ServerCase {
  readonly program: Program;
  /** The file of the JSON that is expected. */
  readonly file: string;
  readonly what: string;
  readonly key?: KeyKind;
  readonly args?: readonly string[];
  /** Options of inspect. */
  readonly client?: readonly string[];
}

// What a server chooses of itself depends on its age: groups are named.
const X25519 = ["-groups", "X25519"];

/** Servers that are well, each in another way. */
export const SERVER_CASES: readonly ServerCase[] = [
  {
    program: "openssl",
    file: "openssl_ecdsa",
    what: "openssl has an ECDSA certificate",
    args: X25519,
  },
  {
    program: "openssl",
    file: "openssl_rsa",
    what: "openssl has an RSA certificate",
    key: "RSA",
    args: X25519,
  },
  {
    program: "openssl",
    file: "openssl_ed25519",
    what: "openssl has an Ed25519 certificate",
    key: "Ed25519",
    args: X25519,
  },
  {
    program: "openssl",
    file: "openssl_tls12",
    what: "openssl has TLS 1.2 only",
    args: ["-tls1_2"],
  },
  {
    program: "openssl",
    file: "openssl_tls13",
    what: "openssl has TLS 1.3 only",
    // Not what clients guess: the hello is asked for again.
    args: ["-tls1_3", "-groups", "P-384"],
  },
  {
    program: "openssl",
    file: "openssl_alpn",
    what: "openssl has ALPN",
    args: [...X25519, "-alpn", "http/1.1"],
    client: ["--alpn", "h2,http/1.1"],
  },
  {
    program: "nginx",
    file: "nginx_http2",
    what: "nginx serves HTTP/2",
    args: ["ssl_protocols TLSv1.2 TLSv1.3;", "ssl_ecdh_curve X25519;"],
    client: ["--alpn", "h2,http/1.1"],
  },
];

async function start(
  { program, key, args = [] }: ServerCase,
  directory: Directory,
): Promise<Server> {
  const identity = await issue(key === undefined ? {} : { key });
  switch (program) {
    case "openssl":
      return await opensslServer(directory, identity, args);
    case "nginx":
      return await nginxServer(directory, identity, {
        listen: "ssl http2",
        directives: args,
      });
  }
}

/** Inspects a server that is well, with more options. */
export async function inspectCase(
  server: ServerCase,
  directory: Directory,
  options: readonly string[],
): Promise<Output> {
  await using target = await start(server, directory);
  return await inspect(
    ...["--ca", await caFile(directory), "--servername", NAME],
    ...server.client ?? [],
    ...options,
    `127.0.0.1:${target.port}`,
  );
}
