/** What the server makes of records, and of bytes that are none. */
import { assertEquals } from "@std/assert";
import {
  CipherSuite13,
  ExtensionType,
  HandshakeType,
  NamedGroup,
} from "../../../../backends/pure/engine/iana.ts";
import { editExtensions, editing, having, type Target } from "../edit.ts";
import { clientSettings, credential, serverSettings } from "../identity.ts";
import { join, outcome, pairOf, shake } from "../pair.ts";

const server = await credential();

type ClientOverrides = Parameters<typeof clientSettings>[0];
type ServerOverrides = Parameters<typeof serverSettings>[1];

const FIRST: Target = { type: HandshakeType.client_hello, nth: 0 };
const RETRYING = {
  client: { groups: [NamedGroup.x25519, NamedGroup.secp256r1], keyShares: 1 },
  server: { groups: [NamedGroup.secp256r1] },
};

/** Feeds a server raw bytes in the client's place. */
async function raw(
  bytes: readonly Uint8Array[],
  client: ClientOverrides = {},
  overrides: ServerOverrides = {},
): Promise<[string, string]> {
  const pair = pairOf(
    clientSettings(client),
    serverSettings([server], overrides),
  );
  await pair.client.handshake();
  const hello = pair.client.takeOutgoing();
  const empty = new Uint8Array(0);
  const at = bytes.findIndex((part) => part.length === 0);
  pair.server.connection.feed(
    join(bytes.map((part, i) => i === at ? hello : part ?? empty)),
  );
  await pair.server.handshake();
  await shake(pair.client, pair.server);
  const result: [string, string] = [
    outcome(pair.client),
    outcome(pair.server),
  ];
  pair.client.connection.destroy();
  pair.server.connection.destroy();
  return result;
}

/** Where the real ClientHello goes. */
const HELLO = new Uint8Array(0);
const CHANGE = Uint8Array.of(20, 3, 3, 0, 1, 1);

Deno.test("server takes change_cipher_spec after a ClientHello and not before", async () => {
  assertEquals((await raw([HELLO, CHANGE, CHANGE]))[1], "connected");
  assertEquals((await raw([CHANGE, HELLO]))[1], "sent unexpected_message");
  assertEquals(
    (await raw([HELLO, Uint8Array.of(20, 3, 3, 0, 1, 2)]))[1],
    "sent unexpected_message",
  );
  assertEquals(
    (await raw([HELLO, ...Array(40).fill(CHANGE)]))[1],
    "sent unexpected_message",
  );
});

Deno.test("server skips early data that it has rejected, up to a limit", async () => {
  const hooks = () =>
    editing(
      FIRST,
      (m) => editExtensions(m, having(ExtensionType.early_data)),
    );
  const early = Uint8Array.of(23, 3, 3, 0, 32, ...Array(32).fill(7));
  // Without key: between the hellos. With one: before the client's flight.
  assertEquals(
    await raw([HELLO, early, early], {
      ...RETRYING.client,
      hooks: hooks(),
    }, RETRYING.server),
    ["connected", "connected"],
  );
  assertEquals(
    await raw([HELLO, early, early], { hooks: hooks() }),
    ["connected", "connected"],
  );
  const large = Uint8Array.of(23, 3, 3, 0x40, 0, ...Array(0x4000).fill(7));
  assertEquals(
    (await raw([HELLO, ...Array(5).fill(large)], { hooks: hooks() }))[1],
    "sent unexpected_message",
  );
  // Nobody announced it: the record is a forgery.
  assertEquals((await raw([HELLO, early]))[1], "sent bad_record_mac");
});

Deno.test("server reads an unprotected alert of a client that has no keys", async () => {
  const [, verdict] = await raw([HELLO, Uint8Array.of(21, 3, 3, 0, 2, 2, 47)]);
  assertEquals(verdict, "received illegal_parameter");
});

Deno.test("server refuses a hello with a message behind it", async () => {
  const behind = Uint8Array.of(22, 3, 3, 0, 4, 20, 0, 0, 32);
  const [, verdict] = await raw([HELLO, behind]);
  assertEquals(verdict, "sent unexpected_message");
});

Deno.test("server answers an HTTP request and other noise with an alert", async () => {
  for (
    const [noise, expected] of [
      ["GET / HTTP/1.1\r\n\r\n", "sent unexpected_message"],
      ["\x16\x03\x01\xff\xff", "sent record_overflow"],
      ["\x16\x02\x00\x00\x04\x01\x00\x00\x00", "sent protocol_version"],
      ["\x16\x03\x01\x00\x04\x01\x01\x00\x01", "sent illegal_parameter"],
      ["\x16\x03\x01\x00\x04\x63\x00\x00\x00", "sent unexpected_message"],
      ["\x17\x03\x03\x00\x01x", "sent unexpected_message"],
    ] as const
  ) {
    const bytes = Uint8Array.from(noise, (c) => c.charCodeAt(0));
    assertEquals((await raw([bytes]))[1], expected, noise);
  }
});

Deno.test("server chooses by its own order of suites and groups", async () => {
  const suites = [
    CipherSuite13.TLS_CHACHA20_POLY1305_SHA256,
    CipherSuite13.TLS_AES_128_GCM_SHA256,
  ];
  const groups = [NamedGroup.secp256r1, NamedGroup.x25519];
  const pair = pairOf(
    clientSettings({
      suites: suites.toReversed(),
      groups: groups.toReversed(),
      keyShares: 2,
    }),
    serverSettings([server], { suites, groups }),
  );
  await shake(pair.client, pair.server);
  assertEquals(pair.client.connection.facts!.suite.suite, suites[0]!);
  assertEquals(pair.client.connection.facts!.group, groups[0]!);
  pair.client.connection.destroy();
  pair.server.connection.destroy();
});
