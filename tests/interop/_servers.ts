/**
 * TLS servers that others wrote, on free ports of 127.0.0.1, for as long as a
 * test wants them.
 *
 * @module
 */
import { join } from "../deps/path.ts";
import type { Identity } from "../../examples/_certificates.ts";

const HOST = "127.0.0.1";
/** How often another port is tried where somebody takes it first. */
const PORT_ATTEMPTS = 5;

/** A server that runs; disposing of it ends it. */
export interface Server extends AsyncDisposable {
  readonly port: number;
}

/** A temporary directory; disposing of it removes it. */
export interface Directory extends AsyncDisposable {
  readonly path: string;
  /** Writes a file and says where it is. */
  write(name: string, text: string): Promise<string>;
}

/** A new temporary directory. */
export async function temporaryDirectory(): Promise<Directory> {
  const path = await Deno.makeTempDir({ prefix: "tls_test_" });
  return {
    path,
    async write(name, text) {
      const file = join(path, name);
      await Deno.writeTextFile(file, text, { mode: 0o600 });
      return file;
    },
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

/** Where Debian keeps servers, which is not on everybody's PATH. */
const MORE_DIRECTORIES = ["/usr/sbin", "/usr/local/sbin"];

/** A program that tests run. */
export type Program = "openssl" | "nginx";

function find(program: Program): string | null {
  const directories = [
    ...(Deno.env.get("PATH") ?? "").split(":").filter((one) => one !== ""),
    ...MORE_DIRECTORIES,
  ];
  for (const directory of directories) {
    const file = join(directory, program);
    try {
      if (Deno.statSync(file).isFile) return file;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return null;
}

const programs: Readonly<Record<Program, string | null>> = {
  openssl: find("openssl"),
  nginx: find("nginx"),
};

function pathOf(program: Program): string {
  const path = programs[program];
  if (path === null) throw new Error(`Cannot run ${program}: it is missing`);
  return path;
}

/** Registers a test against a program; ignored, with the reason, without it. */
export function programTest(
  program: Program,
  name: string,
  fn: (t: Deno.TestContext) => void | Promise<void>,
): void {
  const ignore = programs[program] === null;
  Deno.test({
    name: ignore ? `${name} (ignored: ${program} is not installed)` : name,
    ignore,
    fn,
  });
}

interface Running extends AsyncDisposable {
  /** The line that said that it is ready. */
  readonly ready: string;
}

/** A server's process, of whose stdout and stderr `ready` is the line to await. */
async function run(
  program: Program,
  args: readonly string[],
  ready: RegExp,
): Promise<Running> {
  const child = new Deno.Command(pathOf(program), {
    args: [...args],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const output: string[] = [];
  const isReady = Promise.withResolvers<string>();
  const follow = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>) => {
    let rest = "";
    for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop()!;
      output.push(...lines);
      const line = lines.find((one) => ready.test(one));
      if (line !== undefined) isReady.resolve(line);
    }
    output.push(rest);
  };
  const ended = Promise.all([
    follow(child.stdout),
    follow(child.stderr),
    child.status,
  ]).then(() => {
    isReady.reject(
      new Error(`Cannot run ${program}: it ended:\n${output.join("\n")}`),
    );
  });
  const stop = async () => {
    try {
      child.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
    await ended;
  };
  try {
    return { ready: await isReady.promise, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** `openssl s_server`, answering every connection for as long as it runs. */
export async function opensslServer(
  directory: Directory,
  identity: Identity,
  args: readonly string[] = [],
): Promise<Server> {
  const running = await run("openssl", [
    ...["s_server", "-accept", `${HOST}:0`, "-www"],
    ...["-cert", await directory.write("cert.pem", identity.certificate)],
    ...["-key", await directory.write("key.pem", identity.privateKey)],
    ...args,
  ], /^ACCEPT /);
  return {
    port: Number(/:(\d+)$/.exec(running.ready.trim())![1]),
    [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
  };
}

/** How nginx listens. */
export interface NginxOptions {
  /** What follows the address: "ssl http2" for one; "" is plain HTTP. */
  readonly listen: string;
  /** More directives for the server. */
  readonly directives?: readonly string[];
}

/** nginx in the foreground, with all its files in `directory`. */
export async function nginxServer(
  directory: Directory,
  identity: Identity,
  options: NginxOptions,
): Promise<Server> {
  await directory.write("cert.pem", identity.certificate);
  await directory.write("key.pem", identity.privateKey);
  for (let attempt = 1;; attempt++) {
    const port = freePort();
    const file = await directory.write("nginx.conf", nginxConf(port, options));
    try {
      const running = await run(
        "nginx",
        ["-p", directory.path, "-e", "stderr", "-c", file],
        // Said when all its sockets listen.
        /using the "\w+" event method/,
      );
      return {
        port,
        [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
      };
    } catch (error) {
      const taken = error instanceof Error &&
        error.message.includes("Address already in use");
      if (!taken || attempt === PORT_ATTEMPTS) throw error;
    }
  }
}

/** A port that was free a moment ago: nginx does not choose one by itself. */
function freePort(): number {
  using listener = Deno.listen({ hostname: HOST, port: 0 });
  return listener.addr.port;
}

function nginxConf(port: number, options: NginxOptions): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${name};`);
  return `
daemon off;
master_process off;
pid nginx.pid;
error_log stderr notice;
events { worker_connections 64; }
http {
  ${temporary.join(" ")}
  access_log off;
  server {
    listen ${HOST}:${port} ${options.listen};
    ssl_certificate cert.pem;
    ssl_certificate_key key.pem;
    ${(options.directives ?? []).join("\n    ")}
    location / { return 200 "ok\\n"; }
  }
}
`;
}
