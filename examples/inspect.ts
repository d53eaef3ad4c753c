/**
 * Connects to a TLS server and prints what was negotiated, or one line on why
 * not; with `--explain`, validates certificates of files and says why or why not:
 * `deno task inspect HOST:PORT`, `--help` for more.
 *
 * Permissions: `--allow-net` to connect (not for `--explain`), `--allow-read` for
 * `--ca` and `--explain`, `--allow-sys` for `--explain` and `--backend pure` without
 * `--ca`, which take Deno's bundled roots.
 *
 * @module
 */
import {
  type ConnectArguments,
  type ExplainArguments,
  HELP,
  readArguments,
  UsageError,
} from "./_arguments.ts";
import { loadBackend } from "./_backends.ts";
import { formatInspection, inspect, InspectError } from "./_inspect.ts";
import {
  fileFault,
  jsonText,
  manyLines,
  oneLine,
  styleOfStdout,
} from "./_terminal.ts";

async function readCa(path: string): Promise<Uint8Array> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new InspectError(`Cannot read --ca ${path}: ${fileFault(error)}`);
  }
}

async function connect(args: ConnectArguments): Promise<number> {
  const { backend, details } = await loadBackend(args.backend);
  await using inspection = await inspect(backend, {
    ...args.target,
    details,
    ...(args.ca === null ? {} : { ca: await readCa(args.ca) }),
  });
  const { json } = args;
  console.log(formatInspection(inspection, { json, style: styleOfStdout() }));
  // The connection is well, and so is the exit status.
  if (inspection.chainProblem !== null) console.error(inspection.chainProblem);
  return 0;
}

async function explain(args: ExplainArguments): Promise<number> {
  // Who only connects does not load the pure backend.
  const { ExplainError, explainFiles } = await import("./_explain.ts");
  try {
    const report = await explainFiles(args.options);
    console.log(args.json ? jsonText(report) : manyLines(report.text));
    return report.accepted ? 0 : 1;
  } catch (error) {
    if (!(error instanceof ExplainError)) throw error;
    console.error(error.message);
    return 2;
  }
}

/** Does what the arguments say; the exit status. */
async function main(args: string[]): Promise<number> {
  try {
    const wanted = readArguments(args);
    switch (wanted.mode) {
      case "help":
        console.log(HELP.trimEnd());
        return 0;
      case "connect":
        return await connect(wanted);
      case "explain":
        return await explain(wanted);
    }
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
