import { assert, assertEquals, assertNotEquals } from "@std/assert";
import {
  CipherSuite13,
  NamedGroup,
  SignatureScheme,
} from "../../../backends/pure/engine/iana.ts";
import type { KeyKind } from "./x509/mint.ts";
import {
  authority,
  clientSettings,
  credential,
  serverSettings,
} from "./identity.ts";
import { noPolicies, outcome, pairOf, send, shake } from "./pair.ts";
import { toHex } from "./vec.ts";

const server = await credential();
const text = (value: string) => new TextEncoder().encode(value);

for (const suite of Object.values(CipherSuite13)) {
  Deno.test(`handshake() connects and carries data both ways with suite ${suite}`, async () => {
    const pair = pairOf(
      clientSettings({ suites: [suite] }),
      serverSettings([server]),
    );
    assertEquals(await shake(pair.client, pair.server), ["done", "done"]);
    assertEquals(pair.client.connection.facts!.suite.suite, suite);
    const data = crypto.getRandomValues(new Uint8Array(50_000));
    assertEquals(await send(pair.client, pair.server, data), data);
    assertEquals(await send(pair.server, pair.client, data), data);
    pair.client.connection.destroy();
    pair.server.connection.destroy();
  });
}

for (const [name, group] of Object.entries(NamedGroup)) {
  for (const retry of [false, true]) {
    Deno.test(`handshake() agrees on ${name} ${retry ? "after a HelloRetryRequest" : "at once"}`, async () => {
      const other = group === NamedGroup.x25519
        ? NamedGroup.secp256r1
        : NamedGroup.x25519;
      const pair = pairOf(
        clientSettings({
          groups: retry ? [other, group] : [group],
          keyShares: 1,
        }),
        serverSettings([server], { groups: [group] }),
      );
      assertEquals(await shake(pair.client, pair.server), ["done", "done"]);
      for (const end of [pair.client, pair.server]) {
        assertEquals(end.connection.facts!.group, group);
        assertEquals(end.connection.facts!.retried, retry);
        end.connection.destroy();
      }
    });
  }
}

const SCHEMES: readonly [KeyKind, number][] = [
  ["P-256", SignatureScheme.ecdsa_secp256r1_sha256],
  ["P-384", SignatureScheme.ecdsa_secp384r1_sha384],
  ["P-521", SignatureScheme.ecdsa_secp521r1_sha512],
  ["Ed25519", SignatureScheme.ed25519],
  ["RSA", SignatureScheme.rsa_pss_rsae_sha256],
  ["RSA", SignatureScheme.rsa_pss_rsae_sha384],
  ["RSA", SignatureScheme.rsa_pss_rsae_sha512],
];

for (const [kind, scheme] of SCHEMES) {
  Deno.test(`handshake() authenticates both ends by scheme ${scheme}`, async () => {
    const schemes = {
      signatureSchemes: [scheme, SignatureScheme.ecdsa_secp256r1_sha256],
    };
    const pair = pairOf(
      clientSettings({
        ...schemes,
        credentials: [
          await credential({ kind, name: "client.test", usage: "client" }),
        ],
      }),
      serverSettings([await credential({ kind })], {
        ...schemes,
        clientAuthentication: "require",
      }),
    );
    await shake(pair.client, pair.server);
    assertEquals(outcome(pair.client), "connected");
    assertEquals(outcome(pair.server), "connected");
    for (const { connection } of [pair.client, pair.server]) {
      const { identity } = connection.connected!.peer;
      assert(identity.kind === "certificate");
      assertEquals(identity.scheme, scheme);
      assertEquals(identity.path!.length, 2);
      connection.destroy();
    }
  });
}

/** What each end says of a handshake between these settings. */
async function outcomes(
  client: Parameters<typeof clientSettings>[0],
  overrides: Parameters<typeof serverSettings>[1] = {},
  credentials = [server],
): Promise<[string, string]> {
  const pair = pairOf(
    clientSettings(client),
    serverSettings(credentials, overrides),
  );
  await shake(pair.client, pair.server);
  const result: [string, string] = [
    outcome(pair.client),
    outcome(pair.server),
  ];
  pair.client.connection.destroy();
  pair.server.connection.destroy();
  return result;
}

Deno.test("handshake() fails with the right alert when nothing is common", async () => {
  const refusals: [
    Parameters<typeof clientSettings>[0],
    Parameters<typeof serverSettings>[1],
    string,
  ][] = [
    [
      { suites: [CipherSuite13.TLS_AES_128_GCM_SHA256] },
      { suites: [CipherSuite13.TLS_AES_256_GCM_SHA384] },
      "handshake_failure",
    ],
    [
      { groups: [NamedGroup.x25519] },
      { groups: [NamedGroup.secp384r1] },
      "handshake_failure",
    ],
    [
      { signatureSchemes: [SignatureScheme.ed25519] },
      {},
      "handshake_failure",
    ],
    [
      { protocols: [text("a")] },
      { protocols: [text("b")] },
      "no_application_protocol",
    ],
  ];
  for (const [client, overrides, alert] of refusals) {
    assertEquals(await outcomes(client, overrides), [
      `received ${alert}`,
      `sent ${alert}`,
    ]);
  }
});

Deno.test("handshake() refuses a server's certificate with the alert that fits", async () => {
  const refusals: [Parameters<typeof credential>[0], string][] = [
    [{ expired: true }, "certificate_expired"],
    [{ selfSigned: true }, "unknown_ca"],
    [{ name: "other.test" }, "certificate_unknown"],
    [{ usage: "client" }, "unsupported_certificate"],
  ];
  for (const [options, alert] of refusals) {
    assertEquals(
      await outcomes({}, {}, [await credential(options)]),
      [`sent ${alert}`, `received ${alert}`],
    );
  }
});

Deno.test("handshake() treats a client without a certificate as the policy says", async () => {
  assertEquals(await outcomes({}, { clientAuthentication: "request" }), [
    "connected",
    "connected",
  ]);
  // The client is done before the server has seen that nothing came.
  const pair = pairOf(
    clientSettings(),
    serverSettings([server], { clientAuthentication: "require" }),
  );
  await shake(pair.client, pair.server);
  assertEquals(outcome(pair.server), "sent certificate_required");
  assertEquals((await pair.client.readAll()).end, "failed");
  assertEquals(outcome(pair.client), "received certificate_required");
});

Deno.test("handshake() shows a client's chain only where the authorities fit", async () => {
  const mine = await credential({ name: "client.test", usage: "client" });
  for (
    const [authorities, shown] of [
      [[], true],
      [[authority.subjectDer], true],
      [[Uint8Array.of(0x30, 0)], false],
    ] as const
  ) {
    const pair = pairOf(
      clientSettings({ credentials: [mine] }),
      serverSettings([server], {
        clientAuthentication: "request",
        authorities,
      }),
    );
    await shake(pair.client, pair.server);
    assertEquals(
      pair.server.connection.connected!.peer.identity.kind,
      shown ? "certificate" : "anonymous",
    );
    pair.client.connection.destroy();
    pair.server.connection.destroy();
  }
});

Deno.test("handshake() picks the server's chain by name, then by scheme", async () => {
  const other = await credential({ name: "other.test" });
  const edwards = await credential({ kind: "Ed25519" });
  const pick = async (
    client: Parameters<typeof clientSettings>[0],
    credentials: Parameters<typeof serverSettings>[0],
  ) => {
    const pair = pairOf(clientSettings(client), serverSettings(credentials));
    await shake(pair.client, pair.server);
    const peer = pair.client.connection.connected!.peer.identity;
    assert(peer.kind === "certificate");
    pair.client.connection.destroy();
    pair.server.connection.destroy();
    return toHex(peer.chain[0]!);
  };
  assertEquals(await pick({}, [other, server]), toHex(server.chain[0]!));
  assertEquals(await pick({}, [edwards, server]), toHex(edwards.chain[0]!));
  assertEquals(
    await pick({
      signatureSchemes: [SignatureScheme.ecdsa_secp256r1_sha256],
    }, [edwards, server]),
    toHex(server.chain[0]!),
  );
  // No chain is for the name: the first serves, and the client judges it.
  assertEquals(
    await pick({
      serverName: "third.test",
      peer: {
        ...clientSettings().peer,
        serverName: { kind: "dns", name: "other.test" },
      } as ReturnType<typeof clientSettings>["peer"],
    }, [other, server]),
    toHex(other.chain[0]!),
  );
});

Deno.test("handshake() agrees on the server's favourite protocol", async () => {
  const pair = pairOf(
    clientSettings({ protocols: [text("http/1.1"), text("h2")] }),
    serverSettings([server], { protocols: [text("h2"), text("http/1.1")] }),
  );
  await shake(pair.client, pair.server);
  assertEquals(pair.client.connection.facts!.protocol, text("h2"));
  assertEquals(pair.server.connection.facts!.protocol, text("h2"));
  assertEquals(pair.server.connection.facts!.serverName, "server.test");
  pair.client.connection.destroy();
  pair.server.connection.destroy();
});

Deno.test("handshake() takes the settings that the application selects by name", async () => {
  const other = await credential({ name: "other.test" });
  const names: (string | null)[] = [];
  const pair = pairOf(
    clientSettings(),
    serverSettings([other], { selectByName: true }),
    {
      server: {
        ...noPolicies,
        selectServer: (name) => {
          names.push(name);
          return Promise.resolve(serverSettings([server]));
        },
      },
    },
  );
  await shake(pair.client, pair.server);
  assertEquals(names, ["server.test"]);
  assertEquals(outcome(pair.client), "connected");
  pair.client.connection.destroy();
  pair.server.connection.destroy();
});

Deno.test("handshake() asks the application with the validated path, and obeys", async () => {
  const peer = {
    ...clientSettings().peer,
    askApplication: true,
  } as ReturnType<typeof clientSettings>["peer"];
  const paths: (readonly Uint8Array[])[] = [];
  const pair = pairOf(
    clientSettings({ peer }),
    serverSettings([server]),
    {
      client: {
        ...noPolicies,
        acceptPeer: (path) => {
          paths.push(path);
          throw new Error("not this one");
        },
      },
    },
  );
  await shake(pair.client, pair.server);
  assertEquals(outcome(pair.client), "sent access_denied");
  assertEquals(outcome(pair.server), "received access_denied");
  assertEquals(paths, [[server.chain[0]!, authority.der]]);
});

Deno.test("exporter gives both ends the same, and others something else", async () => {
  const pair = pairOf(clientSettings(), serverSettings([server]));
  await shake(pair.client, pair.server);
  const [a, b] = [pair.client, pair.server].map(({ connection }) =>
    connection.connected!.exporter
  );
  const context = text("context");
  assertEquals(
    a!.export("label", context, 40),
    b!.export("label", context, 40),
  );
  assertNotEquals(
    a!.export("label", context, 40),
    a!.export("label", text(""), 40),
  );
  pair.client.connection.destroy();
  pair.server.connection.destroy();
});

Deno.test("keyLog has the five secrets of a handshake, equal at both ends", async () => {
  const pair = pairOf(
    clientSettings({ keyLog: true }),
    serverSettings([server], { keyLog: true }),
  );
  await shake(pair.client, pair.server);
  const [a, b] = [pair.client, pair.server].map(({ connection }) =>
    connection.takeKeyLog()
  );
  assertEquals([...a!].sort(), [...b!].sort());
  assertEquals(a!.map((line) => line.split(" ")[0]).sort(), [
    "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
    "CLIENT_TRAFFIC_SECRET_0",
    "EXPORTER_SECRET",
    "SERVER_HANDSHAKE_TRAFFIC_SECRET",
    "SERVER_TRAFFIC_SECRET_0",
  ]);
  const random = toHex(pair.client.connection.facts!.clientRandom);
  assert(a!.every((line) => line.split(" ")[1] === random));
  assertEquals(pair.client.connection.takeKeyLog(), []);
  pair.client.connection.destroy();
  pair.server.connection.destroy();
});

Deno.test("record_size_limit binds what the peer sends", async () => {
  const pair = pairOf(
    clientSettings({ recordSizeLimit: 64 }),
    serverSettings([server], { recordSizeLimit: 200 }),
  );
  await shake(pair.client, pair.server);
  assertEquals(outcome(pair.client), "connected");
  const longest = (bytes: Uint8Array) => {
    let most = 0;
    for (let at = 0; at < bytes.length;) {
      const length = bytes[at + 3]! << 8 | bytes[at + 4]!;
      most = Math.max(most, length);
      at += 5 + length;
    }
    return most;
  };
  pair.server.connection.write(new Uint8Array(1000));
  assertEquals(longest(pair.server.takeOutgoing()), 64 + 16);
  pair.client.connection.write(new Uint8Array(1000));
  assertEquals(longest(pair.client.takeOutgoing()), 200 + 16);
  pair.client.connection.destroy();
  pair.server.connection.destroy();
});

Deno.test("handshake() validates nothing but possession of the key where told so", async () => {
  assertEquals(
    await outcomes({ peer: { validate: false } }, {}, [
      await credential({ selfSigned: true, expired: true }),
    ]),
    ["connected", "connected"],
  );
  // Somebody else's certificate: the signature is not of its key.
  const thief = { ...server, key: (await credential({ name: "thief" })).key };
  assertEquals(
    await outcomes({ peer: { validate: false } }, {}, [thief]),
    ["sent decrypt_error", "received decrypt_error"],
  );
});
