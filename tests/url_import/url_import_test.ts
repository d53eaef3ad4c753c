/**
 * The modules work by URL: from a web server, with no deno.json, no lock file and
 * nothing cached. What a module imports by a bare name would fail here.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "../deps/path.ts";

const ROOT = new URL("../../", import.meta.url);

interface Files extends AsyncDisposable {
  /** "127.0.0.1:PORT". */
  readonly host: string;
  /** The paths that were asked for. */
  readonly served: readonly string[];
}

/** Serves the project's modules over plain HTTP. */
function serveModules(): Files {
  const served: string[] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const { pathname } = new URL(request.url);
      const type = pathname.endsWith(".ts")
        ? "application/typescript"
        : pathname.endsWith(".js")
        ? "text/javascript"
        : null;
      if (type === null) return new Response(null, { status: 404 });
      try {
        // A URL's path has no ".." left in it.
        const body = await Deno.readFile(new URL(`.${pathname}`, ROOT));
        served.push(pathname);
        return new Response(body, { headers: { "content-type": type } });
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
        return new Response(null, { status: 404 });
      }
    },
  );
  return {
    host: `127.0.0.1:${server.addr.port}`,
    served,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

interface Run {
  /** The subcommand and its flags. */
  readonly command: readonly string[];
  readonly file: string;
  readonly source: string;
}

/** Runs a file in an empty directory with an empty cache. */
async function runElsewhere(
  { command, file, source }: Run,
): Promise<{ code: number; stdout: string; stderr: string }> {
  const directory = await Deno.makeTempDir({ prefix: "tls_test_" });
  try {
    await Deno.writeTextFile(join(directory, file), source);
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [...command, file],
      cwd: directory,
      env: { DENO_DIR: join(directory, "cache"), NO_COLOR: "1" },
      stdin: "null",
    }).output();
    const decoder = new TextDecoder();
    return {
      code,
      stdout: decoder.decode(stdout),
      stderr: decoder.decode(stderr),
    };
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("mod.ts and the Deno backend run when imported by URL", async () => {
  await using files = serveModules();
  const { code, stdout, stderr } = await runElsewhere({
    command: [
      ...["run", "--check", "--no-lock", "--no-prompt"],
      `--allow-import=${files.host}`,
    ],
    file: "main.ts",
    source: `
import { NextProtocol, TLSConfiguration } from "http://${files.host}/mod.ts";
import { denoBackend } from "http://${files.host}/backends/deno/mod.ts";

const context = new denoBackend.clientContext!(
  new TLSConfiguration({ innerProtocols: [NextProtocol.H2] }),
);
console.log(denoBackend.name, context.configuration.innerProtocols.join());
`,
  });
  assertEquals(code, 0, stderr);
  assertEquals(stdout, "deno h2\n");
  assert(files.served.includes("/mod.ts"));
  assert(files.served.includes("/backends/deno/mod.ts"));
  // The contract costs nothing that it does not need.
  assert(
    files.served.every((path) => /^\/(mod\.ts|api|backends\/deno)/.test(path)),
  );
});

Deno.test("the conformance suite passes for the Deno backend when imported by URL", async () => {
  await using files = serveModules();
  const { code, stdout, stderr } = await runElsewhere({
    command: [
      ...["test", "--no-lock", "--no-prompt"],
      ...["--allow-net=127.0.0.1,localhost", "--allow-read"],
      ...["--allow-write", "--allow-sys", `--allow-import=${files.host}`],
    ],
    file: "conformance_test.ts",
    source: `
import { testBackend } from "http://${files.host}/tests/conformance/mod.ts";
import { denoBackend } from "http://${files.host}/backends/deno/mod.ts";

testBackend(denoBackend);
`,
  });
  assertEquals(code, 0, `${stdout}\n${stderr}`);
  assertMatch(stdout, /\nok \| [1-9]\d* passed/);
  assert(files.served.includes("/tests/conformance/mod.ts"));
});

Deno.test("the conformance suite passes for the pure backend when imported by URL", async () => {
  await using files = serveModules();
  const { code, stdout, stderr } = await runElsewhere({
    command: [
      ...["test", "--no-lock", "--no-prompt"],
      ...["--allow-net=127.0.0.1,localhost", "--allow-read"],
      ...["--allow-write", "--allow-sys", `--allow-import=${files.host}`],
    ],
    file: "conformance_test.ts",
    source: `
import { testBackend } from "http://${files.host}/tests/conformance/mod.ts";
import { pureBackend } from "http://${files.host}/backends/pure/mod.ts";

testBackend(pureBackend, { largeTransfer: 200_000, connections: 8 });
`,
  });
  assertEquals(code, 0, `${stdout}\n${stderr}`);
  assertMatch(stdout, /\nok \| [1-9]\d* passed/);
  assert(files.served.includes("/backends/pure/mod.ts"));
  assert(files.served.includes("/tests/conformance/mod.ts"));
});
