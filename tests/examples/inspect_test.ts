/** `deno task inspect` against servers that others wrote, and its refusals. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { type Identity, selfSigned } from "../../examples/_certificates.ts";
import {
  nginxServer,
  opensslServer,
  programTest,
  temporaryDirectory,
} from "../interop/_servers.ts";
import {
  assertExpected,
  assertRefused,
  caFile,
  DAY,
  inspect,
  inspectCase,
  issue,
  NAME,
  SERVER_CASES,
} from "./_inspecting.ts";
import { runExample } from "./_run.ts";

// ---- servers that are well -------------------------------------------------

for (const server of SERVER_CASES) {
  programTest(
    server.program,
    `inspect prints the expected JSON when ${server.what}`,
    async () => {
      await using directory = await temporaryDirectory();
      const output = await inspectCase(server, directory, ["--json"]);
      await assertExpected("deno", server.file, output);
    },
  );
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

// ---- servers that are not --------------------------------------------------

interface Fault {
  readonly what: string;
  readonly identity: () => Promise<Identity>;
  /** Whether the authority is given as --ca. */
  readonly trusted: boolean;
  readonly pattern: RegExp;
}

const REFUSED = String
  .raw`^Cannot inspect 127\.0\.0\.1:\d+: the peer's certificate was refused: `;

const FAULTS: readonly Fault[] = [
  {
    what: "has expired",
    identity: () =>
      issue({
        notBefore: new Date(Date.now() - 2 * DAY),
        notAfter: new Date(Date.now() - DAY),
      }),
    trusted: true,
    pattern: new RegExp(`${REFUSED}it has expired \\(.*\\)\n$`),
  },
  {
    what: "is self-signed",
    identity: () => selfSigned([NAME]),
    trusted: true,
    pattern: new RegExp(
      `${REFUSED}it is a CA's own certificate, as self-signed ones often are \\(.*\\)\n$`,
    ),
  },
  {
    what: "is for another name",
    identity: () => issue({ names: ["other.test"] }),
    trusted: true,
    pattern: new RegExp(`${REFUSED}it is for another name \\(.*"${NAME}".*\n$`),
  },
  {
    what: "has an unknown issuer",
    identity: issue,
    trusted: false,
    pattern: new RegExp(
      `${REFUSED}nobody who is trusted issued it \\(UnknownIssuer\\); --ca FILE names an issuer to trust\n$`,
    ),
  },
];

for (const { what, identity, trusted, pattern } of FAULTS) {
  programTest(
    "openssl",
    `inspect says why in one line when the certificate ${what}`,
    async () => {
      await using directory = await temporaryDirectory();
      await using target = await opensslServer(directory, await identity());
      const ca = await caFile(directory);
      const output = await inspect(
        ...(trusted ? ["--ca", ca] : []),
        ...["--servername", NAME, `127.0.0.1:${target.port}`],
      );
      assertRefused(output, pattern);
    },
  );
}

programTest(
  "openssl",
  "inspect says why in one line when no protocol suits both",
  async () => {
    await using directory = await temporaryDirectory();
    const server = ["-alpn", "http/1.1"];
    await using target = await opensslServer(directory, await issue(), server);
    const output = await inspect("--alpn", "h2", `127.0.0.1:${target.port}`);
    assertRefused(
      output,
      /^Cannot inspect 127\.0\.0\.1:\d+: the peer sent the alert no_application_protocol\n$/,
    );
  },
);

programTest(
  "nginx",
  "inspect says why in one line when the port speaks plain HTTP",
  async () => {
    await using directory = await temporaryDirectory();
    await using target = await nginxServer(directory, await issue(), {
      listen: "",
    });
    assertRefused(
      await inspect(`127.0.0.1:${target.port}`),
      /^Cannot inspect 127\.0\.0\.1:\d+: what the peer sent is no TLS \(.*\)\n$/,
    );
  },
);

Deno.test("inspect says why in one line when the port is closed", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  assertRefused(
    await inspect(`127.0.0.1:${port}`),
    /^Cannot inspect 127\.0\.0\.1:\d+: Connection refused \(os error \d+\)\n$/,
  );
});

Deno.test("inspect says why in one line when the port accepts and is silent", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accepted = listener.accept();
  const output = await inspect(
    ...["--timeout", "0.3", `127.0.0.1:${listener.addr.port}`],
  );
  (await accepted).close();
  assertRefused(
    output,
    /^Cannot inspect 127\.0\.0\.1:\d+: there was no answer within 0\.3 s\n$/,
  );
});

Deno.test("inspect says why in one line when the peer hangs up at once", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const hungUp = (async () => {
    using conn = await listener.accept();
    // Without reading, the kernel would send a reset and not an end.
    await conn.read(new Uint8Array(64 * 1024));
  })();
  const output = await inspect(`127.0.0.1:${listener.addr.port}`);
  await hungUp;
  assertRefused(
    output,
    /^Cannot inspect 127\.0\.0\.1:\d+: the peer closed the connection before the handshake was done\n$/,
  );
});

Deno.test("inspect reads an IPv6 address in brackets", async () => {
  assertRefused(
    await inspect("--timeout", "5", "[::1]:1"),
    /^Cannot inspect \[::1\]:1: [^\n]+\n$/,
  );
});

// ---- permissions and arguments ---------------------------------------------

Deno.test("inspect names the flag when a permission is missing", async () => {
  assertRefused(
    await runExample("inspect.ts", ["--no-prompt"], ["127.0.0.1:443"]),
    /^Cannot inspect 127\.0\.0\.1:443: Requires net access to "127\.0\.0\.1:443", run again with the --allow-net flag\n$/,
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
