/**
 * The command line of `inspect.ts`: what there is to ask for, and what of it was.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { BACKEND_NAMES, type BackendName, isBackendName } from "./_backends.ts";
import type { ExplainOptions } from "./_explain.ts";
import { DEFAULT_TIMEOUT_MS, type InspectOptions } from "./_inspect.ts";

/** What `--help` prints. */
export const HELP = `Connect to a TLS server and print what was negotiated, or
validate certificates without any connection and say why or why not.

Usage: deno task inspect [OPTIONS] HOST:PORT
       deno task inspect --explain [OPTIONS] FILE...

  HOST:PORT             the server; an IPv6 address in brackets: [::1]:443
  --backend NAME        who speaks TLS: ${BACKEND_NAMES.join(", ")} (default: ${
  BACKEND_NAMES[0]
})
  --alpn NAME[,NAME]    application protocols to offer, best first: h2,http/1.1
  --timeout SECONDS     give up after this long (default: ${
  DEFAULT_TIMEOUT_MS / 1000
})
  --chain               print the validated chain as text too, as openssl x509
                        -text does, if the backend tells it

  --explain             validate the certificates of FILE... (PEM): the first is
                        the leaf, the others may lie between it and a root
  --policy NAME         default, or strict: the web's profile to the letter
  --at TIME             validate for this time, as in 2026-11-23 or
                        2026-11-23T10:00:00Z (default: now)
  --purpose NAME        what the leaf is for: server (default) or client

  --ca FILE             trust the certificates in FILE (PEM or DER); a backend
                        that cannot trust them alone adds them to its own;
                        --explain trusts them alone, and without them the roots
                        that Deno brings along (needs --allow-sys)
  --servername NAME     ask for NAME and check the certificate for it, not HOST;
                        --explain checks no name without it
  --json                print JSON; what is unknown to the backend is null
  --help                print this

Exit status: 0 connected; 1 not connected, and why on stderr; 2 bad arguments.
With --explain: 0 accepted; 1 refused; 2 bad arguments, or a file that cannot be
read or has no certificate.
`;

/** A day: more is a mistake, and timers end at 24 days. */
const MAX_TIMEOUT_S = 86_400;

/** Arguments that make no sense. */
export class UsageError extends Error {}

/** To connect. */
export interface ConnectArguments {
  readonly mode: "connect";
  readonly backend: BackendName;
  readonly target: InspectOptions;
  /** The file of `--ca`. */
  readonly ca: string | null;
  readonly json: boolean;
}

/** To validate files. */
export interface ExplainArguments {
  readonly mode: "explain";
  readonly options: ExplainOptions;
  readonly json: boolean;
}

/** What the arguments ask for. */
export type Arguments =
  | { readonly mode: "help" }
  | ConnectArguments
  | ExplainArguments;

/** Reads the arguments; throws {@linkcode UsageError}. */
export function readArguments(args: string[]): Arguments {
  const { values, positionals } = parse(args);
  if (values.help) return { mode: "help" };
  if (values.servername === "") {
    throw new UsageError("Cannot use --servername: the name is empty");
  }
  return values.explain
    ? explainArguments(values, positionals)
    : connectArguments(values, positionals);
}

type Values = ReturnType<typeof parse>["values"];

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        backend: { type: "string" },
        alpn: { type: "string" },
        timeout: { type: "string" },
        chain: { type: "boolean" },
        explain: { type: "boolean" },
        policy: { type: "string" },
        at: { type: "string" },
        purpose: { type: "string" },
        ca: { type: "string" },
        servername: { type: "string" },
        json: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    // Its first sentence says what is wrong, the others how a shell works.
    const reason = error.message.split(/\. |\n/)[0]!.replace(/\.$/, "");
    throw new UsageError(`Cannot read the arguments: ${reason}`);
  }
}

/** Refuses those of `names` that were given: what does nothing is a mistake. */
function refuse(
  values: Values,
  names: readonly (keyof Values)[],
  reason: string,
): void {
  const given = names.find((name) => values[name] !== undefined);
  if (given !== undefined) {
    throw new UsageError(`Cannot use --${given} ${reason}`);
  }
}

function connectArguments(
  values: Values,
  positionals: readonly string[],
): ConnectArguments {
  refuse(values, ["policy", "at", "purpose"], "without --explain");
  const [address] = positionals;
  if (address === undefined || positionals.length > 1) {
    throw new UsageError(
      `Cannot inspect: expected one HOST:PORT, got ${positionals.length}`,
    );
  }
  const { backend = BACKEND_NAMES[0], servername, alpn, timeout } = values;
  if (!isBackendName(backend)) {
    throw new UsageError(
      `Cannot use --backend ${backend}: there is ${BACKEND_NAMES.join(", ")}`,
    );
  }
  return {
    mode: "connect",
    backend,
    target: {
      ...readAddress(address),
      ...(servername === undefined ? {} : { serverName: servername }),
      ...(alpn === undefined ? {} : { alpn: readProtocols(alpn) }),
      ...(timeout === undefined ? {} : { timeout: readTimeout(timeout) }),
      ...(values.chain === true ? { chain: true } : {}),
    },
    ca: values.ca ?? null,
    json: values.json ?? false,
  };
}

function explainArguments(
  values: Values,
  files: readonly string[],
): ExplainArguments {
  refuse(
    values,
    ["backend", "alpn", "timeout", "chain"],
    "with --explain: there is no connection",
  );
  if (files.length === 0) {
    throw new UsageError("Cannot explain: expected a FILE, got none");
  }
  return {
    mode: "explain",
    options: {
      files,
      ca: values.ca ?? null,
      serverName: values.servername ?? null,
      policy: oneOf("policy", values.policy, ["default", "strict"]),
      at: values.at === undefined ? new Date() : readTime(values.at),
      purpose: oneOf("purpose", values.purpose, ["server", "client"]),
    },
    json: values.json ?? false,
  };
}

/** The one of `known` that was given; the first if none was. */
function oneOf<const T extends string>(
  option: string,
  given: string | undefined,
  known: readonly [T, ...T[]],
): T {
  if (given === undefined) return known[0];
  const found = known.find((one) => one === given);
  if (found !== undefined) return found;
  throw new UsageError(
    `Cannot use --${option} ${given}: there is ${known.join(", ")}`,
  );
}

function readAddress(text: string): { hostname: string; port: number } {
  const match = /^(?:\[([\da-f:.]+)\]|([^\s[\]:/@]+)):(\d{1,5})$/i.exec(text);
  const hostname = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (hostname === undefined || port < 1 || port > 0xffff) {
    throw new UsageError(
      `Cannot read ${text}: expected HOST:PORT with a port from 1 to 65535, and an IPv6 address in brackets, as in [::1]:443`,
    );
  }
  return { hostname, port };
}

function readProtocols(text: string): string[] {
  const protocols = text.split(",").map((one) => one.trim());
  if (protocols.includes("")) {
    throw new UsageError("Cannot use --alpn: a protocol's name is empty");
  }
  return protocols;
}

function readTimeout(text: string): number {
  const seconds = Number(text);
  if (!(seconds >= 0.001 && seconds <= MAX_TIMEOUT_S)) {
    throw new UsageError(
      `Cannot use --timeout ${text}: expected seconds, from 0.001 to ${MAX_TIMEOUT_S}`,
    );
  }
  return seconds * 1000;
}

/** A day of UTC, or a time with its zone: without one it would mean the machine's. */
const ISO_TIME =
  /^(\d{4}-\d{2}-\d{2})(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2}))?$/;

function readTime(text: string): Date {
  const day = ISO_TIME.exec(text)?.[1];
  const time = new Date(text);
  // Date turns the 30th of February into one of March.
  const exists = day !== undefined && !Number.isNaN(time.getTime()) &&
    new Date(day).toISOString().startsWith(day);
  if (!exists) {
    throw new UsageError(
      `Cannot use --at ${text}: expected a time of ISO 8601, as 2026-11-23 or 2026-11-23T10:00:00Z`,
    );
  }
  return time;
}
