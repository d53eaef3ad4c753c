/** `deno task demo`, with the permissions that the task gives. */
import { assertEquals, assertMatch } from "@std/assert";
import { BACKEND_NAMES } from "../../examples/_backends.ts";
import { flagsOfTask, runExample } from "./_run.ts";

Deno.test("demo connects, exchanges a line and ends when run by its task", async () => {
  const flags = flagsOfTask("demo");
  assertEquals(
    flags,
    ["--frozen", "--allow-net=127.0.0.1", "--no-prompt"],
  );
  const { code, stdout, stderr } = await runExample("demo.ts", flags);
  assertEquals([code, stderr], [0, ""]);
  for (const name of BACKEND_NAMES) {
    assertMatch(stdout, new RegExp(`^ {2}backend +${name}$`, "m"));
  }
  assertEquals(
    stdout.match(/^ {2}server says +HELLO, WORLD$/gm)?.length,
    BACKEND_NAMES.length,
  );
  assertMatch(stdout, /^ {2}protocol +shout \(offered: shout\)$/m);
});

Deno.test("demo says in one line what is missing when it has no permission", async () => {
  const { code, stderr } = await runExample("demo.ts", ["--no-prompt"]);
  assertEquals(code, 1);
  assertMatch(
    stderr,
    /^Cannot listen: Requires net access to "127\.0\.0\.1:0", run again with the --allow-net flag\n$/,
  );
});
