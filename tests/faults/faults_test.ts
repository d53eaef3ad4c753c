/**
 * The tests, tested: each patch beside this file plants one fault in a copy of
 * the engine, and a test that is there for it must fail.
 *
 * A patch that no longer applies fails here too: make it anew by `git diff`.
 */
import { assert, assertEquals } from "@std/assert";
import { fromFileUrl, join } from "../deps/path.ts";

const root = fromFileUrl(new URL("../..", import.meta.url));
const ENGINE = "tests/pure/engine";

/** A planted fault, and what must catch it. */
interface Fault {
  readonly patch: string;
  /** A test file, below the engine's tests. */
  readonly file: string;
  /** Which of its tests, by a part of the name. */
  readonly filter?: string;
  /** The type check catches it, not a run. */
  readonly byTypes?: boolean;
}

const FAULTS: readonly Fault[] = [
  {
    patch: "finished_not_checked",
    file: "handshake/client_verdicts_test.ts",
    filter: "Finished with a wrong MAC",
  },
  {
    patch: "certificate_verify_repeated",
    file: "handshake/client_transitions_test.ts",
    byTypes: true,
  },
  {
    patch: "tag_not_checked",
    file: "connection_messages_test.ts",
    filter: "the old key",
  },
  {
    patch: "transcript_without_hash_of_first_hello",
    file: "connection_test.ts",
    filter: "x25519 after a HelloRetryRequest",
  },
  {
    patch: "proof_of_another_connection",
    file: "auth/proofs_test.ts",
    filter: "checkProofs",
  },
  {
    patch: "downgrade_not_noticed",
    file: "handshake/client_verdicts_test.ts",
    filter: "downgraded",
  },
  {
    patch: "message_across_key_change",
    file: "connection_messages_test.ts",
    filter: "a KeyUpdate with another message behind it",
  },
  {
    patch: "server_name_not_checked",
    file: "connection_test.ts",
    filter: "refuses a server's certificate",
  },
  {
    patch: "client_certificate_not_required",
    file: "connection_test.ts",
    filter: "without a certificate as the policy says",
  },
  {
    patch: "scheme_not_offered_accepted",
    file: "handshake/client_test.ts",
    filter: "takes in principle",
  },
  {
    patch: "second_hello_not_compared",
    file: "handshake/server_verdicts_test.ts",
    filter: "a second hello with another random",
  },
  {
    patch: "read_key_not_updated",
    file: "connection_messages_test.ts",
    filter: "updateKeys(true) by the client",
  },
  {
    patch: "alert_by_level",
    file: "connection_messages_test.ts",
    filter: "level warning",
  },
  {
    patch: "offer_not_remembered",
    file: "handshake/client_verdicts_test.ts",
    filter: "EncryptedExtensions with ALPN that was not offered",
  },
];

async function copyTree(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    const [source, target] = [join(from, name), join(to, name)];
    if (isDirectory) await copyTree(source, target);
    else await Deno.copyFile(source, target);
  }
}

/** Whether a command succeeds, and what it says. */
async function run(
  program: string,
  args: readonly string[],
  cwd: string,
): Promise<{ success: boolean; text: string }> {
  const { success, stdout, stderr } = await new Deno.Command(program, {
    args: [...args],
    cwd,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    env: { NO_COLOR: "1" },
  }).output();
  const decoder = new TextDecoder();
  return { success, text: decoder.decode(stdout) + decoder.decode(stderr) };
}

function judge(
  { file, filter, byTypes }: Fault,
  directory: string,
): Promise<{ success: boolean; text: string }> {
  const path = `${ENGINE}/${file}`;
  return run(
    Deno.execPath(),
    byTypes ? ["check", "--no-lock", path] : [
      "test",
      "-A",
      "--no-check",
      "--no-lock",
      ...(filter === undefined ? [] : ["--filter", filter]),
      path,
    ],
    directory,
  );
}

Deno.test("each planted fault is caught by the test that is there for it", async (t) => {
  const patches: string[] = [];
  for await (const { name } of Deno.readDir(join(root, "tests/faults"))) {
    if (name.endsWith(".patch")) patches.push(name.replace(/\.patch$/, ""));
  }
  assertEquals(patches.sort(), FAULTS.map(({ patch }) => patch).sort());
  const directory = await Deno.makeTempDir({ prefix: "tls_faults_" });
  try {
    for (const part of ["backends", "api", "tests/deps", ENGINE]) {
      await copyTree(join(root, part), join(directory, part));
    }
    await Deno.copyFile(
      join(root, "deno.json"),
      join(directory, "deno.json"),
    );
    for (const fault of FAULTS) {
      await t.step(fault.patch, async () => {
        const sound = await judge(fault, directory);
        assert(sound.success, `fails without the fault:\n${sound.text}`);
        assert(
          fault.byTypes || !sound.text.includes(" 0 passed"),
          "no test has the name",
        );
        const patch = join(root, "tests/faults", `${fault.patch}.patch`);
        const applied = await run("git", ["apply", patch], directory);
        assert(applied.success, `the patch does not apply:\n${applied.text}`);
        const faulty = await judge(fault, directory);
        const undone = await run("git", ["apply", "-R", patch], directory);
        assert(undone.success, undone.text);
        assert(!faulty.success, "nothing caught the fault");
        assert(
          /FAILED|error/.test(faulty.text),
          `failed for another reason:\n${faulty.text}`,
        );
      });
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
