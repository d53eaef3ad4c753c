/** Runs the suite in a page, and posts what came of it to where that is from. */
import { runSuite } from "./_suite.ts";

/** Every so many tests of each group: a sample of each file. */
const STRIDE = 11;

async function main(): Promise<string> {
  const names: string[] = await (await fetch("/vectors/")).json();
  const report = await runSuite(
    names,
    async (name) => await (await fetch(`/vectors/${name}`)).json(),
    STRIDE,
  );
  return JSON.stringify(report);
}

const body = await main().catch((error) =>
  JSON.stringify({ error: `${error}\n${error.stack}` })
);
await fetch("/result", { method: "POST", body });
