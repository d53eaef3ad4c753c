/** `deno task inspect` against servers that others wrote, and its refusals. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { BACKEND_NAMES, type BackendName } from "../../examples/_backends.ts";
import {
  opensslServer,
  programTest,
  temporaryDirectory,
} from "../interop/_servers.ts";
import {
  assertExpected,
  assertRefused,
  caFile,
  inspect,
  inspectCase,
  issue,
  NAME,
  SERVER_CASES,
} from "./_inspecting.ts";
import { runExample } from "./_run.ts";

// ---- servers that are well -------------------------------------------------

/** What a backend has no version for. */
const REFUSED: Readonly<Record<BackendName, readonly string[]>> = {
  deno: [],
  pure: ["openssl_tls12"],
};

for (const backend of BACKEND_NAMES) {
  for (const server of SERVER_CASES) {
    if (REFUSED[backend].includes(server.file)) continue;
    programTest(
      server.program,
      `inspect prints the expected JSON when ${server.what}, by ${backend}`,
      async () => {
        await using directory = await temporaryDirectory();
        const options = ["--json", "--backend", backend];
        const output = await inspectCase(server, directory, options);
        await assertExpected(backend, server.file, output);
      },
    );
  }
}

programTest(
  "openssl",
  "inspect says in its text that --ca only adds, and what is unknown",
  async () => {
    await using directory = await temporaryDirectory();
    await using target = await opensslServer(directory, await issue());
    const ca = await caFile(directory);
    const { code, stdout, stderr } = await inspect(
      ...["--ca", ca, "--servername", NAME, `127.0.0.1:${target.port}`],
    );
    assertEquals([code, stderr], [0, ""]);
    assertMatch(stdout, /^Connected to 127\.0\.0\.1:\d+\n/);
    assertMatch(stdout, /\n {2}version +unknown to this backend\n/);
    assertMatch(stdout, /\n {2}group +unknown to this backend\n/);
    assertMatch(stdout, /\n {2}signature +unknown to this backend\n/);
    assertMatch(stdout, /\n {2}certificates +unknown to this backend\n/);
    assertMatch(stdout, /\n {2}verdict +unknown to this backend\n/);
    assertMatch(stdout, /\n {2}protocol +none \(none was offered\)\n/);
    assertMatch(stdout, /platform and 1 more, for this backend can only add/);
    // No terminal, no colour.
    assert(!stdout.includes("\x1b"));
  },
);

programTest(
  "openssl",
  "inspect says in its text up to whom the path is valid when the backend is pure",
  async () => {
    await using directory = await temporaryDirectory();
    await using target = await opensslServer(directory, await issue());
    const ca = await caFile(directory);
    const { code, stdout, stderr } = await inspect(
      ...["--backend", "pure", "--chain", "--ca", ca, "--servername", NAME],
      `127.0.0.1:${target.port}`,
    );
    assertEquals([code, stderr], [0, ""]);
    for (
      const line of [
        /backend +pure/,
        /version +TLSv1\.3/,
        /cipher suite +TLS_[A-Z\d_]+/,
        /group +[xX]25519\w*/,
        /signature +ecdsa_secp256r1_sha256/,
        /protocol +none \(none was offered\)/,
        /certificate 0 +CN=server\.test/,
        /certificate 1 +CN=Test authority/,
        /verdict +valid for server\.test, up to CN=Test authority, which is in the trust store: 1 certificate/,
        /trusted +1 certificate, and nothing else/,
      ]
    ) assertMatch(stdout, new RegExp(`^ {2}${line.source}$`, "m"));
    // The chain, leaf first, behind an empty line.
    assertMatch(
      stdout,
      /\n\n1\. server\.test, [^]*\n\n2\. Test authority, [^]*\n {8}Subject: CN=Test authority\n/,
    );
  },
);

programTest(
  "openssl",
  "inspect says in one line when the backend does not tell the chain of --chain",
  async () => {
    await using directory = await temporaryDirectory();
    await using target = await opensslServer(directory, await issue());
    const ca = await caFile(directory);
    const args = ["--chain", "--ca", ca, "--servername", NAME];
    for (const json of [false, true]) {
      const { code, stdout, stderr } = await inspect(
        ...args,
        ...(json ? ["--json"] : []),
        `127.0.0.1:${target.port}`,
      );
      assertEquals(
        [code, stderr],
        [
          0,
          "Cannot show the chain: the backend deno does not tell the peer's certificates\n",
        ],
      );
      if (json) assertEquals(JSON.parse(stdout).chain, null);
      else assertMatch(stdout, /^Connected to /);
    }
  },
);

// ---- permissions and arguments ---------------------------------------------

Deno.test("inspect reads an IPv6 address in brackets", async () => {
  assertRefused(
    await inspect("--timeout", "5", "[::1]:1"),
    /^Cannot inspect \[::1\]:1: [^\n]+\n$/,
  );
});

Deno.test("inspect names the flag when a permission is missing", async () => {
  assertRefused(
    await runExample("inspect.ts", ["--no-prompt"], ["127.0.0.1:443"]),
    /^Cannot inspect 127\.0\.0\.1:443: Requires net access to "127\.0\.0\.1:443", run again with the --allow-net flag\n$/,
  );
  assertRefused(
    await runExample(
      "inspect.ts",
      ["--no-prompt", "--allow-net=127.0.0.1"],
      ["--backend", "pure", "127.0.0.1:443"],
    ),
    /^Cannot inspect 127\.0\.0\.1:443: Cannot read the bundled roots: --allow-sys is needed, [^\n]+\n$/,
  );
  assertRefused(
    await runExample(
      "inspect.ts",
      ["--no-prompt", "--allow-net=127.0.0.1"],
      ["--ca", "ca.pem", "127.0.0.1:443"],
    ),
    /^Cannot read --ca ca\.pem: Requires read access to "[^"]+", run again with the --allow-read flag\n$/,
  );
});

Deno.test("inspect says why in one line when --ca cannot be read", async () => {
  await using directory = await temporaryDirectory();
  assertRefused(
    await inspect("--ca", `${directory.path}/missing.pem`, "127.0.0.1:443"),
    /^Cannot read --ca \S+\/missing\.pem: there is no such file\n$/,
  );
  const file = await directory.write("ca.pem", "no certificate");
  assertRefused(
    await inspect("--ca", file, "127.0.0.1:443"),
    /^Cannot inspect 127\.0\.0\.1:443: Cannot read a certificate: it is no DER SEQUENCE\n$/,
  );
});

const USAGE: readonly (readonly [string[], RegExp])[] = [
  [[], /^Cannot inspect: expected one HOST:PORT, got 0 /],
  [["a:1", "b:2"], /^Cannot inspect: expected one HOST:PORT, got 2 /],
  [
    ["--colour", "a:1"],
    /^Cannot read the arguments: Unknown option '--colour' /,
  ],
  [
    ["--ca"],
    /^Cannot read the arguments: Option '--ca <value>' argument missing /,
  ],
  [
    ["--ca", "--json", "a:1"],
    /^Cannot read the arguments: Option '--ca' argument is ambiguous /,
  ],
  [["localhost"], /^Cannot read localhost: expected HOST:PORT /],
  [["::1:443"], /^Cannot read ::1:443: expected HOST:PORT /],
  [["a:65536"], /^Cannot read a:65536: expected HOST:PORT /],
  [["https://a/"], /^Cannot read https:\/\/a\/: expected HOST:PORT /],
  [["a\x1b[31m"], /^Cannot read a\\u\{1b\}\[31m: expected HOST:PORT /],
  [
    ["--backend", "none", "a:1"],
    /^Cannot use --backend none: there is deno, pure /,
  ],
  [["--alpn", "h2,", "a:1"], /^Cannot use --alpn: a protocol's name is empty /],
  [["--servername=", "a:1"], /^Cannot use --servername: the name is empty /],
  [
    ["--timeout", "soon", "a:1"],
    /^Cannot use --timeout soon: expected seconds/,
  ],
  [["--timeout", "0", "a:1"], /^Cannot use --timeout 0: expected seconds/],
  [["--explain"], /^Cannot explain: expected a FILE, got none /],
  [
    ["--explain", "--ca", "a.pem"],
    /^Cannot explain: expected a FILE, got none /,
  ],
  [["--policy", "strict", "a:1"], /^Cannot use --policy without --explain /],
  [["--at", "2026-11-23", "a:1"], /^Cannot use --at without --explain /],
  [["--purpose", "client", "a:1"], /^Cannot use --purpose without --explain /],
  ...["--backend=deno", "--alpn=h2", "--timeout=1", "--chain"].map((
    option,
  ): readonly [string[], RegExp] => [
    ["--explain", option, "a.pem"],
    /^Cannot use --[a-z]+ with --explain: there is no connection /,
  ]),
  [
    ["--explain", "--policy", "lax", "a.pem"],
    /^Cannot use --policy lax: there is default, strict /,
  ],
  [
    ["--explain", "--purpose", "mail", "a.pem"],
    /^Cannot use --purpose mail: there is server, client /,
  ],
  [
    ["--explain", "--servername", "a b", "a.pem"],
    /^Cannot use --servername a b: /,
  ],
  ...["now", "2026-02-30", "2026-11-23T10:00:00", "2026-11-23T25:00Z", "0"].map(
    (
      time,
    ): readonly [string[], RegExp] => [
      ["--explain", "--at", time, "a.pem"],
      /^Cannot use --at [^ ]+: expected a time of ISO 8601, /,
    ],
  ),
];

Deno.test("inspect exits with 2 and one line when the arguments make no sense", async (t) => {
  for (const [args, pattern] of USAGE) {
    await t.step(JSON.stringify(args), async () => {
      assertRefused(await inspect(...args), pattern, 2);
    });
  }
});

Deno.test("inspect prints every option when asked for help", async () => {
  const { code, stdout, stderr } = await inspect("--help");
  assertEquals([code, stderr], [0, ""]);
  for (
    const option
      of "backend alpn timeout chain explain policy at purpose ca servername json help"
        .split(" ")
  ) {
    assertMatch(stdout, new RegExp(`^ {2}--${option}\\b`, "m"));
  }
});
