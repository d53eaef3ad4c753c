/** Why `deno task inspect` has no connection, in one line, by every backend. */
import { BACKEND_NAMES, type BackendName } from "../../examples/_backends.ts";
import { type Identity, selfSigned } from "../../examples/_certificates.ts";
import {
  nginxServer,
  opensslServer,
  programTest,
  temporaryDirectory,
} from "../interop/_servers.ts";
import {
  assertRefused,
  caFile,
  DAY,
  inspect,
  inspectCase,
  issue,
  NAME,
  SERVER_CASES,
} from "./_inspecting.ts";

interface Fault {
  readonly what: string;
  readonly identity: () => Promise<Identity>;
  /** Whether the authority is given as --ca. */
  readonly trusted: boolean;
  /** Why, as each backend says it. */
  readonly why: Readonly<Record<BackendName, string>>;
}

const WHERE = String.raw`^Cannot inspect 127\.0\.0\.1:\d+: `;
const BY_DENO = "the peer's certificate was refused: ";

const FAULTS: readonly Fault[] = [
  {
    what: "has expired",
    identity: () =>
      issue({
        notBefore: new Date(Date.now() - 2 * DAY),
        notAfter: new Date(Date.now() - DAY),
      }),
    trusted: true,
    why: {
      deno: String.raw`${BY_DENO}it has expired \(.*\)`,
      pure: String
        .raw`The certificate of server\.test expired on [\d-]{10}; today is [\d-]{10}`,
    },
  },
  {
    what: "is self-signed",
    identity: () => selfSigned([NAME]),
    trusted: true,
    why: {
      deno: String
        .raw`${BY_DENO}it is a CA's own certificate, as self-signed ones often are \(.*\)`,
      pure: String
        .raw`The certificate of server\.test is that of a CA, and not for a server`,
    },
  },
  {
    what: "is for another name",
    identity: () => issue({ names: ["other.test"] }),
    trusted: true,
    why: {
      deno: `${BY_DENO}it is for another name \\(.*"${NAME}".*`,
      pure: String
        .raw`The certificate is for other\.test, not for server\.test`,
    },
  },
  {
    what: "has an unknown issuer",
    identity: issue,
    trusted: false,
    why: {
      deno: String
        .raw`${BY_DENO}nobody who is trusted issued it \(UnknownIssuer\); --ca FILE names an issuer to trust`,
      pure: String
        .raw`The certificate of server\.test was issued by CN=Test authority, which is neither in the trust store nor among the certificates sent; --ca FILE names an issuer to trust`,
    },
  },
];

/** Of a port that speaks something else. */
const NO_TLS: Readonly<Record<BackendName, string>> = {
  deno: String.raw`what the peer sent is no TLS \(.*\)`,
  pure: String
    .raw`the peer sent what is no TLS: a record of type 72 \(alert unexpected_message\)`,
};

for (const backend of BACKEND_NAMES) {
  for (const { what, identity, trusted, why } of FAULTS) {
    programTest(
      "openssl",
      `inspect says why in one line when the certificate ${what}, by ${backend}`,
      async () => {
        await using directory = await temporaryDirectory();
        await using target = await opensslServer(directory, await identity());
        const ca = await caFile(directory);
        const output = await inspect(
          ...(trusted ? ["--ca", ca] : []),
          ...[
            "--backend",
            backend,
            "--servername",
            NAME,
            `127.0.0.1:${target.port}`,
          ],
        );
        assertRefused(output, new RegExp(`${WHERE}${why[backend]}\n$`));
      },
    );
  }

  programTest(
    "openssl",
    `inspect says why in one line when no protocol suits both, by ${backend}`,
    async () => {
      await using directory = await temporaryDirectory();
      const server = ["-alpn", "http/1.1"];
      await using target = await opensslServer(
        directory,
        await issue(),
        server,
      );
      const output = await inspect(
        "--backend",
        backend,
        "--alpn",
        "h2",
        `127.0.0.1:${target.port}`,
      );
      assertRefused(
        output,
        /^Cannot inspect 127\.0\.0\.1:\d+: the peer sent the alert no_application_protocol\n$/,
      );
    },
  );

  programTest(
    "nginx",
    `inspect says why in one line when the port speaks plain HTTP, by ${backend}`,
    async () => {
      await using directory = await temporaryDirectory();
      await using target = await nginxServer(directory, await issue(), {
        listen: "",
      });
      assertRefused(
        await inspect("--backend", backend, `127.0.0.1:${target.port}`),
        new RegExp(`${WHERE}${NO_TLS[backend]}\n$`),
      );
    },
  );

  Deno.test(`inspect says why in one line when the port is closed, by ${backend}`, async () => {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr;
    listener.close();
    assertRefused(
      await inspect("--backend", backend, `127.0.0.1:${port}`),
      /^Cannot inspect 127\.0\.0\.1:\d+: Connection refused \(os error \d+\)\n$/,
    );
  });

  Deno.test(`inspect says why in one line when the port accepts and is silent, by ${backend}`, async () => {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const accepted = listener.accept();
    const output = await inspect(
      ...[
        "--backend",
        backend,
        "--timeout",
        "0.3",
        `127.0.0.1:${listener.addr.port}`,
      ],
    );
    (await accepted).close();
    assertRefused(
      output,
      /^Cannot inspect 127\.0\.0\.1:\d+: there was no answer within 0\.3 s\n$/,
    );
  });

  Deno.test(`inspect says why in one line when the peer hangs up at once, by ${backend}`, async () => {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const hungUp = (async () => {
      using conn = await listener.accept();
      // Without reading, the kernel would send a reset and not an end.
      await conn.read(new Uint8Array(64 * 1024));
    })();
    const output = await inspect(
      "--backend",
      backend,
      `127.0.0.1:${listener.addr.port}`,
    );
    await hungUp;
    assertRefused(
      output,
      /^Cannot inspect 127\.0\.0\.1:\d+: the peer closed the connection before the handshake was done\n$/,
    );
  });
}

programTest(
  "openssl",
  "inspect says why in one line when openssl has TLS 1.2 only, by pure",
  async () => {
    await using directory = await temporaryDirectory();
    const server = SERVER_CASES.find(({ file }) => file === "openssl_tls12")!;
    assertRefused(
      await inspectCase(server, directory, ["--backend", "pure"]),
      /^Cannot inspect 127\.0\.0\.1:\d+: the peer sent the alert protocol_version; the backend pure speaks TLSv1\.3 alone\n$/,
    );
  },
);
