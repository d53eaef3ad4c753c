/**
 * Runs the examples as a user does: a process of its own, with the permissions
 * that the tasks give.
 *
 * @module
 */
import { fromFileUrl } from "../deps/path.ts";

const ROOT = new URL("../../", import.meta.url);

/** What a process said. */
export interface Output {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The options of `deno run` in a task of deno.json, as the user gets them. */
export function flagsOfTask(task: string): string[] {
  const { tasks } = JSON.parse(
    Deno.readTextFileSync(new URL("deno.json", ROOT)),
  ) as { tasks: Record<string, string> };
  return tasks[task]!.split(" ").filter((word) => word.startsWith("-"));
}

/** Runs an example with these options of `deno run`. */
export async function runExample(
  file: string,
  flags: readonly string[],
  args: readonly string[] = [],
): Promise<Output> {
  const decoder = new TextDecoder();
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", ...flags, `examples/${file}`, ...args],
    cwd: fromFileUrl(ROOT),
    stdin: "null",
  }).output();
  return {
    code,
    stdout: decoder.decode(stdout),
    stderr: decoder.decode(stderr),
  };
}
