/**
 * Connects to a TLS server and prints what was negotiated, or one line on why
 * not: `deno task inspect HOST:PORT`, `--help` for more.
 *
 * Permissions: `--allow-net`, and `--allow-read` for `--ca`.
 *
 * @module
 */
import { parseArgs } from "node:util";
import {
  BACKEND_NAMES,
  type BackendName,
  isBackendName,
  loadBackend,
} from "./_backends.ts";
import {
  DEFAULT_TIMEOUT_MS,
  formatReport,
  inspect,
  InspectError,
  type InspectOptions,
} from "./_inspect.ts";
import { jsonText, oneLine, styleOfStdout } from "./_terminal.ts";

const HELP = `Connect to a TLS server and print what was negotiated.

Usage: deno task inspect [OPTIONS] HOST:PORT

  HOST:PORT             the server; an IPv6 address in brackets: [::1]:443
  --backend NAME        who speaks TLS: ${BACKEND_NAMES.join(", ")} (default: ${
  BACKEND_NAMES[0]
})
  --ca FILE             trust the certificates in FILE (PEM or DER); a backend
                        that cannot trust them alone adds them to its own
  --alpn NAME[,NAME]    application protocols to offer, best first: h2,http/1.1
  --servername NAME     ask for NAME and check the certificate for it, not HOST
  --timeout SECONDS     give up after this long (default: ${
  DEFAULT_TIMEOUT_MS / 1000
})
  --json                print JSON; what is unknown to the backend is null
  --help                print this

Exit status: 0 connected; 1 not connected, and why on stderr; 2 bad arguments.
`;

/** A day: more is a mistake, and timers end at 24 days. */
const MAX_TIMEOUT_S = 86_400;

/** Arguments that make no sense. */
class UsageError extends Error {}

interface Arguments {
  readonly backend: BackendName;
  readonly target: InspectOptions;
  /** The file of `--ca`. */
  readonly ca: string | null;
  readonly json: boolean;
}

/** What the arguments ask for, or `null` for help. */
function readArguments(args: string[]): Arguments | null {
  const { values, positionals } = parse(args);
  if (values.help) return null;
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
  if (servername === "") {
    throw new UsageError("Cannot use --servername: the name is empty");
  }
  return {
    backend,
    target: {
      ...readAddress(address),
      ...(servername === undefined ? {} : { serverName: servername }),
      ...(alpn === undefined ? {} : { alpn: readProtocols(alpn) }),
      ...(timeout === undefined ? {} : { timeout: readTimeout(timeout) }),
    },
    ca: values.ca ?? null,
    json: values.json ?? false,
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        backend: { type: "string" },
        ca: { type: "string" },
        alpn: { type: "string" },
        servername: { type: "string" },
        timeout: { type: "string" },
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

async function readCa(path: string): Promise<Uint8Array> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const reason = error instanceof Deno.errors.NotFound
      ? "there is no such file"
      : error.message;
    throw new InspectError(`Cannot read --ca ${path}: ${reason}`);
  }
}

async function run(args: Arguments): Promise<void> {
  const backend = await loadBackend(args.backend);
  await using inspection = await inspect(backend, {
    ...args.target,
    ...(args.ca === null ? {} : { ca: await readCa(args.ca) }),
  });
  console.log(
    args.json
      ? jsonText(inspection.report)
      : formatReport(inspection.report, styleOfStdout()),
  );
}

/** Does what the arguments say; the exit status. */
async function main(args: string[]): Promise<number> {
  try {
    const wanted = readArguments(args);
    if (wanted === null) console.log(HELP.trimEnd());
    else await run(wanted);
    return 0;
  } catch (error) {
    if (error instanceof UsageError) {
      console.error(`${oneLine(error.message)} (--help says more)`);
      return 2;
    }
    if (error instanceof InspectError) {
      console.error(oneLine(error.message));
      return 1;
    }
    throw error;
  }
}

// A name that is still being looked up must not hold the program.
if (import.meta.main) Deno.exit(await main(Deno.args));
