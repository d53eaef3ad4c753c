/**
 * A second copy of the contract, as a program has that takes it by URL and from
 * a registry too.
 *
 * @module
 */
import { fromFileUrl, join } from "../../deps/path.ts";

type Contract = typeof import("../../../mod.ts");

/** Imports another copy of mod.ts, of whose modules none is shared with this. */
export async function anotherCopy(): Promise<Contract> {
  const root = fromFileUrl(new URL("../../../", import.meta.url));
  const directory = await Deno.makeTempDir();
  try {
    await Deno.mkdir(join(directory, "api"));
    await Deno.copyFile(join(root, "mod.ts"), join(directory, "mod.ts"));
    for await (const { name } of Deno.readDir(join(root, "api"))) {
      await Deno.copyFile(
        join(root, "api", name),
        join(directory, "api", name),
      );
    }
    return await import(`file://${join(directory, "mod.ts")}`);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}
