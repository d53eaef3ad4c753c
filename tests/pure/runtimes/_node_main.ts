/** Runs the suite in Node: the directory of the files is the argument. */
import { readdirSync, readFileSync } from "node:fs";
import process from "node:process";
import { runSuite } from "./_suite.ts";

const directory = process.argv[2]!;
const names = readdirSync(directory)
  .filter((name) => name.endsWith(".json")).sort();
const report = await runSuite(
  names,
  (name) =>
    Promise.resolve(JSON.parse(readFileSync(`${directory}/${name}`, "utf8"))),
  1,
);
process.stdout.write(JSON.stringify(report));
