/** `deno task demo`, with the permissions that the task gives. */
import { assert, assertEquals, assertMatch } from "@std/assert";
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
  const row = (label: string, ...values: string[]) =>
    assertMatch(
      stdout,
      new RegExp(`^ {2}${[label, ...values].join(" {2,}")}$`, "m"),
    );
  row("backend", ...BACKEND_NAMES);
  row("version", "does not tell", "TLSv1\\.3");
  row("group", "does not tell", "X25519MLKEM768");
  row("signature", "does not tell", "ecdsa_secp256r1_sha256");
  row("protocol", "shout", "shout");
  row("certificate", "does not tell", "CN=localhost");
  row("trust anchor", "does not tell", "CN=Demo authority");
  // Each with itself and with the others.
  for (const client of BACKEND_NAMES) {
    for (const server of BACKEND_NAMES) {
      row(`${client} client, ${server} server`, "HELLO, WORLD");
    }
  }
  assert(!stdout.includes("\x1b"));
});

Deno.test("demo says in one line what is missing when it has no permission", async () => {
  const { code, stderr } = await runExample("demo.ts", ["--no-prompt"]);
  assertEquals(code, 1);
  assertMatch(
    stderr,
    /^Cannot listen: Requires net access to "127\.0\.0\.1:0", run again with the --allow-net flag\n$/,
  );
});
