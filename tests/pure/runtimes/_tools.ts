/** Bundles, and the programs that run them. */
import { fromFileUrl } from "../../deps/path.ts";

/** Where a program is, or `null`. */
export function find(...names: string[]): string | null {
  for (const name of names) {
    for (const directory of (Deno.env.get("PATH") ?? "").split(":")) {
      const path = `${directory}/${name}`;
      try {
        if (Deno.statSync(path).isFile) {
          return path;
        }
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) {
          throw error;
        }
      }
    }
  }
  return null;
}

/** One module with all that it imports, as text. */
export async function bundle(
  name: string,
  platform: "browser" | "deno",
): Promise<string> {
  const entry = fromFileUrl(new URL(name, import.meta.url));
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", "--platform", platform, entry],
  }).output();
  if (!success) {
    throw new Error(new TextDecoder().decode(stderr));
  }
  return new TextDecoder().decode(stdout);
}

/** A browser's helpers may still write while its directory is removed. */
const REMOVE_ATTEMPTS = 10;

async function remove(path: string): Promise<void> {
  for (let attempt = 1;; attempt++) {
    try {
      return await Deno.remove(path, { recursive: true });
    } catch (error) {
      if (attempt === REMOVE_ATTEMPTS) {
        throw error;
      }
    }
  }
}

/** Runs `body` with a directory that is gone afterwards. */
export async function withDirectory<T>(
  body: (path: string) => Promise<T>,
): Promise<T> {
  const path = await Deno.makeTempDir();
  try {
    return await body(path);
  } finally {
    await remove(path);
  }
}
