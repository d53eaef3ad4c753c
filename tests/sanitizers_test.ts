/** The test settings of deno.json do what they are there for: leaks fail. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { fromFileUrl, join } from "./deps/path.ts";

const CONFIG = fromFileUrl(new URL("../deno.json", import.meta.url));

/** Runs a test file with our settings, outside of the project. */
async function runTest(
  source: string,
): Promise<{ code: number; output: string }> {
  const directory = await Deno.makeTempDir({ prefix: "tls_test_" });
  try {
    const file = join(directory, "planted_test.ts");
    await Deno.writeTextFile(file, source);
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        ...["test", "--no-lock", "--no-check", "--config", CONFIG],
        ...["--allow-net=127.0.0.1", file],
      ],
      cwd: directory,
      stdin: "null",
      env: { NO_COLOR: "1" },
    }).output();
    const decoder = new TextDecoder();
    return { code, output: decoder.decode(stdout) + decoder.decode(stderr) };
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

const LISTEN =
  `const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });`;

Deno.test("deno.json fails a test and names the leak when a listener is left open", async () => {
  const { code, output } = await runTest(
    `Deno.test("planted", () => { ${LISTEN} });\n`,
  );
  assert(code !== 0, output);
  assertMatch(output, /Leaks detected/);
  assertMatch(
    output,
    /A TCP listener was opened during the test, but not closed/,
  );
});

Deno.test("deno.json fails a test and names the leak when an operation is left pending", async () => {
  const { code, output } = await runTest(
    `Deno.test("planted", () => { setTimeout(() => {}, 100_000); });\n`,
  );
  assert(code !== 0, output);
  assertMatch(output, /A timer was started in this test, but never completed/);
});

Deno.test("deno.json passes the same test when the listener is closed", async () => {
  const { code, output } = await runTest(
    `Deno.test("planted", () => { ${LISTEN} listener.close(); });\n`,
  );
  assertEquals(code, 0, output);
});
