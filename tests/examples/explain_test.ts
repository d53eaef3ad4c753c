/** `deno task inspect --explain` on chains that openssl made, good and bad. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  type Directory,
  programTest,
  temporaryDirectory,
} from "../interop/_servers.ts";
import { authority, issue, type Order, server } from "./_chains.ts";
import { flagsOfTask, type Output, runExample } from "./_run.ts";

const FLAGS = flagsOfTask("inspect");

function explain(...args: string[]): Promise<Output> {
  return runExample("inspect.ts", FLAGS, ["--explain", ...args]);
}

const RSA_1024 = ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"];

/** Those that sign come before those whom they sign. */
const ORDERS: readonly Order[] = [
  { name: "root", extensions: authority() },
  { name: "stranger", extensions: authority() },
  { name: "ca", issuer: "root", extensions: authority() },
  { name: "server.test", issuer: "ca", extensions: server("server.test") },
  {
    name: "expired.test",
    issuer: "ca",
    extensions: server("expired.test"),
    until: "20260531",
  },
  { name: "self.test", extensions: server("self.test") },
  {
    name: "below.test",
    issuer: "server.test",
    extensions: server("below.test"),
  },
  {
    name: "constrained",
    issuer: "root",
    extensions: authority("nameConstraints=critical,permitted;DNS:inside.test"),
  },
  {
    name: "outside.test",
    issuer: "constrained",
    extensions: server("outside.test"),
  },
  {
    name: "weak.test",
    issuer: "ca",
    extensions: server("weak.test"),
    key: RSA_1024,
  },
  {
    name: "sha1.test",
    issuer: "ca",
    extensions: server("sha1.test"),
    digest: "sha1",
  },
];

/** A run of the program, whose output is in expected/explain. */
interface Case {
  readonly file: string;
  readonly sent: readonly string[];
  /** "root" where it is left out. */
  readonly ca?: string;
  /** The first of `sent` where it is left out. */
  readonly servername?: string;
  readonly options?: readonly string[];
  /** `null` where it is accepted. */
  readonly reason: string | null;
}

const CASES: readonly Case[] = [
  { file: "good", sent: ["server.test", "ca"], reason: null },
  {
    file: "good_strict",
    sent: ["server.test", "ca"],
    options: ["--policy", "strict"],
    reason: null,
  },
  { file: "expired", sent: ["expired.test", "ca"], reason: "expired" },
  {
    file: "not_yet_valid",
    sent: ["server.test", "ca"],
    options: ["--at", "2025-12-31T23:59:59Z"],
    reason: "not-yet-valid",
  },
  {
    file: "wrong_name",
    sent: ["server.test", "ca"],
    servername: "other.test",
    reason: "name-mismatch",
  },
  {
    file: "wrong_purpose",
    sent: ["server.test", "ca"],
    options: ["--purpose", "client"],
    reason: "wrong-purpose",
  },
  {
    file: "unknown_issuer",
    sent: ["server.test", "ca"],
    ca: "stranger",
    reason: "unknown-issuer",
  },
  { file: "self_signed", sent: ["self.test"], reason: "self-signed" },
  {
    file: "issuer_is_no_ca",
    sent: ["below.test", "server.test", "ca"],
    reason: "not-a-ca",
  },
  {
    file: "missing_intermediate",
    sent: ["server.test"],
    reason: "unknown-issuer",
  },
  {
    file: "name_constraint",
    sent: ["outside.test", "constrained"],
    reason: "name-constraint",
  },
  { file: "weak_key", sent: ["weak.test", "ca"], reason: "weak-key" },
  { file: "sha1", sent: ["sha1.test", "ca"], reason: "weak-signature" },
];

const AT = ["--at", "2026-06-01T00:00:00Z"];

/** A signature's length varies by a byte or two, and what it costs. */
function withoutUnits(text: string): string {
  return text.replace(/\b\d+ work units/, "some work units");
}

async function issueAll(directory: Directory): Promise<Map<string, string>> {
  const paths = new Map<string, string>();
  for (const order of ORDERS) {
    paths.set(order.name, await issue(directory, order));
  }
  return paths;
}

programTest(
  "openssl",
  "inspect --explain says why or why not when openssl made the chain",
  async (t) => {
    await using directory = await temporaryDirectory();
    const paths = await issueAll(directory);
    for (const { file, sent, reason, ...more } of CASES) {
      const { ca = "root", servername = sent[0]!, options = [] } = more;
      const args = [
        ...AT,
        ...["--ca", paths.get(ca)!, "--servername", servername],
        ...options,
        ...sent.map((name) => paths.get(name)!),
      ];
      await t.step(file, async () => {
        const { code, stdout, stderr } = await explain(...args);
        assertEquals([code, stderr], [reason === null ? 0 : 1, ""]);
        const expected = new URL(
          `./expected/explain/${file}.txt`,
          import.meta.url,
        );
        assertEquals(withoutUnits(stdout), await Deno.readTextFile(expected));
      });
      await t.step(`${file}, as JSON`, async () => {
        const { code, stdout, stderr } = await explain("--json", ...args);
        assertEquals([code, stderr], [reason === null ? 0 : 1, ""]);
        const report = JSON.parse(stdout);
        assertEquals([report.accepted, report.reason], [
          reason === null,
          reason,
        ]);
        assertEquals(report.serverName, servername);
        assertEquals(report.files, sent.map((name) => paths.get(name)!));
        assertEquals(report.trust, "1 certificate");
      });
    }
    await t.step("one file with the whole chain", async () => {
      const texts = ["server.test", "ca"].map((name) =>
        Deno.readTextFileSync(paths.get(name)!)
      );
      const chain = await directory.write("chain.pem", texts.join("\n"));
      const args = [...AT, "--ca", paths.get("root")!, chain];
      const { code, stdout } = await explain(...args);
      assertEquals(code, 0);
      assertMatch(
        stdout,
        /^Validating for any server at 2026-06-01T00:00:00Z /,
      );
    });
    await t.step("the bundled roots, when there is no --ca", async () => {
      const { code, stdout } = await explain(...AT, paths.get("root")!);
      assertEquals(code, 1);
      assertMatch(stdout, /with the trust store "bundled":\n/);
    });
    await t.step("a root of its own, when it has no --allow-sys", async () => {
      const flags = ["--no-prompt", "--allow-read"];
      const args = ["--explain", ...AT, paths.get("server.test")!];
      const without = await runExample("inspect.ts", flags, args);
      assertEquals([without.code, without.stdout], [2, ""]);
      assertMatch(
        without.stderr,
        /^Cannot read the bundled roots: --allow-sys is needed, or [^\n]+\n$/,
      );
      const own = ["--ca", paths.get("root")!, paths.get("ca")!];
      const { code } = await runExample("inspect.ts", flags, [...args, ...own]);
      assertEquals(code, 0);
    });
  },
);

Deno.test("inspect --explain exits with 1 when the certificate is garbage", async () => {
  await using directory = await temporaryDirectory();
  const file = await directory.write(
    "garbage.pem",
    "-----BEGIN CERTIFICATE-----\nMAMCAQA=\n-----END CERTIFICATE-----\n",
  );
  const { code, stdout, stderr } = await explain(...AT, file);
  assertEquals([code, stderr], [1, ""]);
  assertMatch(
    stdout,
    /\nRefused \(malformed\): Cannot read certificate 1: .+\.\n$/,
  );
});

Deno.test("inspect --explain shows what could drive a terminal when a file has it", async () => {
  await using directory = await temporaryDirectory();
  const file = await directory.write("evil.pem", "no certificate");
  const { code, stderr } = await explain(`${file}\x1b[31m`);
  assertEquals(code, 2);
  assertMatch(
    stderr,
    /^Cannot read \S+\\u\{1b\}\[31m: there is no such file\n$/,
  );
});

Deno.test("inspect --explain exits with 2 and one line when a file has nothing to explain", async (t) => {
  await using directory = await temporaryDirectory();
  const write = (text: string) => directory.write("file.pem", text);
  const key = "-----BEGIN PUBLIC KEY-----\nMAA=\n-----END PUBLIC KEY-----\n";
  const cases: readonly (readonly [string, () => Promise<string[]>, RegExp])[] =
    [
      [
        "missing",
        () => Promise.resolve([`${directory.path}/missing.pem`]),
        /^Cannot read \S+\/missing\.pem: there is no such file\n$/,
      ],
      [
        "missing --ca",
        async () => ["--ca", `${directory.path}/missing.pem`, await write(key)],
        /^Cannot read \S+\/missing\.pem: there is no such file\n$/,
      ],
      [
        "no PEM",
        async () => [await write("\x00garbage")],
        /^Cannot use \S+\/file\.pem: Cannot read PEM: there is no BEGIN line\n$/,
      ],
      [
        "PEM without an end",
        async () => [await write("-----BEGIN CERTIFICATE-----\nMAA=\n")],
        /^Cannot use \S+\/file\.pem: Cannot read PEM: a PEM block has no END line\n$/,
      ],
      [
        "PEM of something else",
        async () => [await write(key)],
        /^Cannot use \S+\/file\.pem: Cannot read certificates: the PEM text has none\n$/,
      ],
      [
        "--ca without a certificate",
        async () => ["--ca", await write(key), "file.pem"],
        /^Cannot use --ca \S+\/file\.pem: Cannot read certificates: the PEM text has none\n$/,
      ],
    ];
  for (const [what, args, pattern] of cases) {
    await t.step(what, async () => {
      const { code, stdout, stderr } = await explain(...await args());
      assertEquals([code, stdout], [2, ""]);
      assertMatch(stderr, pattern);
    });
  }
});

Deno.test("inspect loads nothing of the pure backend when it only connects", async () => {
  const { success, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "examples/inspect.ts"],
    cwd: new URL("../../", import.meta.url),
    stderr: "null",
  }).output();
  assert(success);
  const { roots, modules } = JSON.parse(new TextDecoder().decode(stdout)) as {
    roots: string[];
    modules: Module[];
  };
  const graph = new Map(modules.map((one) => [one.specifier, one]));
  const loaded = new Set(roots);
  for (const specifier of loaded) {
    for (const one of graph.get(specifier)?.dependencies ?? []) {
      if (one.code !== undefined && one.isDynamic !== true) {
        loaded.add(one.code.specifier);
      }
    }
  }
  assert(loaded.size > 3);
  assertEquals([...loaded].filter((one) => one.includes("/pure/")), []);
  // All of it can be told: the pure backend is there, behind an import().
  assert(modules.some(({ specifier }) => specifier.includes("/pure/")));
});

/** What `deno info` says of a module. */
interface Module {
  readonly specifier: string;
  readonly dependencies?: readonly {
    readonly isDynamic?: boolean;
    readonly code?: { readonly specifier: string };
  }[];
}
