/**
 * Where the third-party test data is: `TLS_VECTORS`, or `shared/vectors` beside
 * the project. It is not part of the project, so a test that needs it is
 * ignored, with the reason in its name, where it is absent.
 *
 * @module
 */
import { fromFileUrl, join } from "./deps/path.ts";

function locate(): string | null {
  const given = Deno.env.get("TLS_VECTORS");
  const directory = given ??
    fromFileUrl(new URL("../../shared/vectors", import.meta.url));
  try {
    return Deno.statSync(directory).isDirectory ? directory : null;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound && given === undefined) {
      return null;
    }
    throw error;
  }
}

/** The directory of the vectors, or `null` where it is absent. */
export const vectorsDirectory: string | null = locate();

/** Registers a test that reads vectors; ignored, with the reason, without them. */
export function vectorTest(
  name: string,
  fn: (t: Deno.TestContext) => void | Promise<void>,
): void {
  const ignore = vectorsDirectory === null;
  Deno.test({
    name: ignore ? `${name} (ignored: no vectors, set TLS_VECTORS)` : name,
    ignore,
    fn,
  });
}

/** The text of one vector file, named relative to the directory. */
export function readVector(name: string): string {
  if (vectorsDirectory === null) {
    throw new Error("Cannot read a vector: there are none here");
  }
  return Deno.readTextFileSync(join(vectorsDirectory, name));
}

/** One vector file as JSON. */
export function readVectorJson<T>(name: string): T {
  return JSON.parse(readVector(name)) as T;
}
