import { assert, assertEquals } from "@std/assert";
import { vectorsDirectory } from "../../vectors.ts";
import type { Report } from "./_suite.ts";
import { bundle, find, withDirectory } from "./_tools.ts";

const chromium = find("chromium", "chromium-browser", "google-chrome");
const reason = chromium === null
  ? " (ignored: no chromium on the path)"
  : vectorsDirectory === null
  ? " (ignored: no vectors, set TLS_VECTORS)"
  : "";

/** How long a browser may take; it takes a few seconds. */
const TIMEOUT = 120_000;

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Serves the page, its script and the files, and waits for the result. */
async function serve<T>(
  script: string,
  body: (url: string, result: Promise<string>) => Promise<T>,
): Promise<T> {
  const directory = `${vectorsDirectory}/wycheproof`;
  const names = [...Deno.readDirSync(directory)].map(({ name }) => name)
    .filter((name) => name.endsWith(".json")).sort();
  const { promise, resolve } = Promise.withResolvers<string>();
  async function answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === "/") {
      return new Response(
        '<!doctype html><script type="module" src="/suite.js"></script>',
        { headers: { "content-type": "text/html" } },
      );
    }
    if (pathname === "/suite.js") {
      return new Response(script, {
        headers: { "content-type": "text/javascript" },
      });
    }
    if (pathname === "/result") {
      resolve(await request.text());
      return new Response();
    }
    if (pathname === "/vectors/") {
      return Response.json(names);
    }
    const name = names.find((name) => pathname === `/vectors/${name}`);
    return name === undefined
      ? new Response(null, { status: 404 })
      : new Response(await Deno.readFile(`${directory}/${name}`));
  }
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    answer,
  );
  try {
    return await body(`http://127.0.0.1:${server.addr.port}/`, promise);
  } finally {
    await server.shutdown();
  }
}

function stop(child: Deno.ChildProcess): void {
  try {
    child.kill();
  } catch (error) {
    // It has ended already.
    if (!(error instanceof TypeError)) {
      throw error;
    }
  }
}

/** Opens the page; gives what it posts, or says why it did not. */
async function browse(url: string, result: Promise<string>): Promise<string> {
  return await withDirectory(async (profile) => {
    const child = new Deno.Command(chromium!, {
      args: [...FLAGS, `--user-data-dir=${profile}`, url],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    const timeout = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => timeout.reject(new Error("the browser posted nothing")),
      TIMEOUT,
    );
    try {
      return await Promise.race([
        result,
        timeout.promise,
        child.status.then(({ code }) => {
          throw new Error(`the browser ended with ${code}`);
        }),
      ]);
    } finally {
      clearTimeout(timer);
      stop(child);
      await child.status;
    }
  });
}

Deno.test({
  name:
    `the portable provider and the kernels pass a sample of Wycheproof in Chromium${reason}`,
  ignore: reason !== "",
  async fn() {
    const script = await bundle("_browser_main.ts", "browser");
    // A browser has no module of Node's.
    assert(!/^import /m.test(script));
    const text = await serve(script, browse);
    const report: Report & { error?: string } = JSON.parse(text);
    assertEquals(report.error, undefined);
    assertEquals(report.failures, []);
    assert(report.builds.length > 0);
    for (const build of report.builds) {
      assert(report.passed[`kernels, ${build}`]! > 30);
    }
    assert(report.passed["portable, wasm"]! > 900);
    assert(report.passed.noble! > 500);
    assert(report.native.includes('use the provider "portable"'));
  },
});
