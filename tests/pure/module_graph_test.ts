/**
 * What importing an entry of the pure backend loads.
 */
import { assert, assertEquals } from "@std/assert";
import { fromFileUrl } from "../deps/path.ts";

/** The modules of an entry's graph, relative to the project; types left out. */
async function graphOf(entry: string): Promise<string[]> {
  const root = new URL("../../", import.meta.url);
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", entry],
    cwd: fromFileUrl(root),
  }).output();
  assert(success, new TextDecoder().decode(stderr));
  const { roots, modules } = JSON.parse(new TextDecoder().decode(stdout)) as {
    roots: string[];
    modules: {
      specifier: string;
      dependencies?: {
        code?: { specifier?: string };
        isDynamic?: boolean;
      }[];
    }[];
  };
  // What is only reached by type imports is erased; dynamic imports count.
  const code = new Map(modules.map(({ specifier, dependencies = [] }) => [
    specifier,
    dependencies.flatMap((one) => one.code?.specifier ?? []),
  ]));
  const seen = new Set<string>();
  const visit = (specifier: string) => {
    if (seen.has(specifier)) return;
    seen.add(specifier);
    for (const next of code.get(specifier) ?? []) visit(next);
  };
  roots.forEach(visit);
  return [...seen].filter((one) => one.startsWith(root.href))
    .map((one) => one.slice(root.href.length));
}

const SERVER = /handshake\/server\/|pure\/_(server|listen)\.ts|_listener\.ts/;
const CLIENT = /handshake\/client\/|pure\/_client\.ts/;

Deno.test("importing the client's half loads no server code", async () => {
  const modules = await graphOf("backends/pure/client.ts");
  assert(modules.some((path) => CLIENT.test(path)));
  assertEquals(modules.filter((path) => SERVER.test(path)), []);
});

Deno.test("importing the whole backend loads both machines, and each alone none of the other", async () => {
  const modules = await graphOf("backends/pure/mod.ts");
  assert(modules.some((path) => CLIENT.test(path)));
  assert(modules.some((path) => SERVER.test(path)));
  const client = await graphOf(
    "backends/pure/engine/handshake/client/mod.ts",
  );
  assertEquals(client.filter((path) => SERVER.test(path)), []);
  const server = await graphOf(
    "backends/pure/engine/handshake/server/mod.ts",
  );
  assertEquals(server.filter((path) => CLIENT.test(path)), []);
});

Deno.test("importing the contract loads nothing of the backends", async () => {
  const modules = await graphOf("mod.ts");
  assertEquals(modules.filter((path) => path.startsWith("backends/")), []);
});
