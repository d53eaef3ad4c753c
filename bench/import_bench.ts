/**
 * What reading the contract costs: a process that imports mod.ts against one that
 * imports an empty module. The difference is to be under 5 ms.
 *
 * @module
 */
const directory = await Deno.makeTempDir();
globalThis.addEventListener("unload", () => {
  Deno.removeSync(directory, { recursive: true });
});

const contract = new URL("../mod.ts", import.meta.url).href;
await Deno.writeTextFile(`${directory}/nothing.ts`, "export {};\n");

/** A process that runs a module of one import, with everything in the cache. */
async function prepare(name: string, specifier: string): Promise<Deno.Command> {
  const path = `${directory}/${name}.ts`;
  await Deno.writeTextFile(path, `import ${JSON.stringify(specifier)};\n`);
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-config", "--no-lock", "--no-check", path],
    stdin: "null",
  });
  const { success } = await command.output();
  if (!success) {
    throw new Error(`Cannot run a module that imports ${specifier}`);
  }
  return command;
}

const empty = await prepare("empty", "./nothing.ts");
const full = await prepare("contract", contract);

Deno.bench("import of an empty module", {
  group: "import",
  baseline: true,
  n: 50,
}, async () => {
  await empty.output();
});

Deno.bench("import of mod.ts", { group: "import", n: 50 }, async () => {
  await full.output();
});
