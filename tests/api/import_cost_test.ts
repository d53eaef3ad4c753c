/**
 * Reading the contract costs nothing: no dependency, no side effect. What it
 * costs in milliseconds is measured by bench/import_bench.ts.
 */
import { assert, assertEquals } from "@std/assert";
import { fromFileUrl, join } from "../deps/path.ts";

const root = fromFileUrl(new URL("../../", import.meta.url));

interface Graph {
  readonly modules: readonly {
    readonly specifier: string;
    readonly kind?: string;
    readonly error?: string;
  }[];
  readonly npmPackages: Record<string, unknown>;
}

async function run(...args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  assert(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

Deno.test("mod.ts imports api/ alone: no npm, no node, nothing remote", async () => {
  const text = await run("info", "--json", "--no-lock", join(root, "mod.ts"));
  const graph = JSON.parse(text) as Graph;
  assertEquals(graph.npmPackages, {});
  const base = new URL("../../", import.meta.url);
  for (const { specifier, error } of graph.modules) {
    assertEquals(error, undefined, specifier);
    assert(
      specifier === new URL("mod.ts", base).href ||
        specifier.startsWith(new URL("api/", base).href),
      specifier,
    );
  }
  assert(graph.modules.length > 5);
});

Deno.test("mod.ts asks for no permission and leaves the realm as it was", async () => {
  const script = `
    const names = (of) => Reflect.ownKeys(of).map(String).sort().join();
    const realm = [globalThis, Error, Symbol, Object.prototype, Promise.prototype];
    const before = realm.map(names);
    const limit = Error.stackTraceLimit;
    await import(${JSON.stringify(new URL("../../mod.ts", import.meta.url))});
    console.log(JSON.stringify({
      same: realm.map(names).every((one, i) => one === before[i]),
      limit: Error.stackTraceLimit === limit,
    }));
  `;
  const path = await Deno.makeTempFile({ suffix: ".js" });
  try {
    await Deno.writeTextFile(path, script);
    // A static import of a local file needs no permission; this one is dynamic.
    const out = await run(
      "run",
      "--no-prompt",
      "--no-lock",
      `--allow-read=${root}`,
      path,
    );
    assertEquals(JSON.parse(out), { same: true, limit: true });
  } finally {
    await Deno.remove(path);
  }
});
