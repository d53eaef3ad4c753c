/** What the client's hellos look like, and what it makes of echoes of them. */
import { assert, assertEquals } from "@std/assert";
import {
  ExtensionType,
  HandshakeType,
  NamedGroup,
  SignatureScheme,
} from "../../../../backends/pure/engine/iana.ts";
import { isGrease } from "../../../../backends/pure/engine/messages/grease.ts";
import { decodeHandshake } from "../../../../backends/pure/engine/messages/handshake.ts";
import type { ClientHello } from "../../../../backends/pure/engine/messages/hello.ts";
import { editExtensions, editing, having } from "../edit.ts";
import { clientSettings, credential, serverSettings } from "../identity.ts";
import { outcome, pairOf, shake } from "../pair.ts";

const server = await credential();

type ClientOverrides = Parameters<typeof clientSettings>[0];

const { encrypted_extensions } = HandshakeType;
const RETRYING = {
  client: { groups: [NamedGroup.x25519, NamedGroup.secp256r1], keyShares: 1 },
  server: { groups: [NamedGroup.secp256r1] },
};

/** The hellos of a client whose first one is answered by a retry. */
async function hellos(overrides: ClientOverrides): Promise<ClientHello[]> {
  const found: ClientHello[] = [];
  const pair = pairOf(
    clientSettings({
      ...RETRYING.client,
      ...overrides,
      hooks: {
        rewrite: (message) => {
          const decoded = decodeHandshake(message);
          if (decoded.type === "clientHello") found.push(decoded);
          return message;
        },
      },
    }),
    serverSettings([server], {
      ...RETRYING.server,
      retryCookie: Uint8Array.of(1, 2, 3),
    }),
  );
  await shake(pair.client, pair.server);
  assertEquals(outcome(pair.client), "connected");
  assertEquals(outcome(pair.server), "connected");
  pair.client.connection.destroy();
  pair.server.connection.destroy();
  return found;
}

Deno.test("client echoes the cookie and changes nothing but its share", async () => {
  const [first, second] = await hellos({});
  assertEquals(first!.extensions.values.cookie, undefined);
  assertEquals(second!.extensions.values.cookie, Uint8Array.of(1, 2, 3));
  assertEquals(
    second!.extensions.values.key_share!.map(({ group }) => group),
    [NamedGroup.secp256r1],
  );
  assertEquals(second!.random, first!.random);
  assertEquals(second!.sessionId, first!.sessionId);
  assertEquals(second!.cipherSuites, first!.cipherSuites);
});

Deno.test("client offers reserved values where told, and none otherwise", async () => {
  for (const grease of [true, false]) {
    const [first] = await hellos({ grease });
    const { values, raw } = first!.extensions;
    assertEquals(isGrease(first!.cipherSuites[0]!), grease);
    assertEquals(isGrease(values.supported_groups![0]!), grease);
    assertEquals(isGrease(values.key_share![0]!.group), grease);
    assertEquals(isGrease(values.supported_versions![0]!), grease);
    const reserved = raw.filter(({ type }) => isGrease(type));
    assertEquals(reserved.length, grease ? 2 : 0);
  }
});

Deno.test("client refuses its own reserved extension when the server echoes it", async () => {
  let reserved = 0;
  const pair = pairOf(
    clientSettings({
      hooks: {
        rewrite: (message) => {
          const decoded = decodeHandshake(message);
          assert(decoded.type === "clientHello" || reserved > 0);
          if (decoded.type === "clientHello") {
            reserved = decoded.extensions.raw[0]!.type;
          }
          return message;
        },
      },
    }),
    serverSettings([server], {
      hooks: editing(
        { type: encrypted_extensions },
        (m) => editExtensions(m, having(reserved)),
      ),
    }),
  );
  await shake(pair.client, pair.server);
  assertEquals(outcome(pair.client), "sent unsupported_extension");
});

Deno.test("client without compatibility mode sends no session id and no change_cipher_spec", async () => {
  for (const compatibilityMode of [true, false]) {
    const pair = pairOf(
      clientSettings({ compatibilityMode }),
      serverSettings([server]),
    );
    await pair.client.handshake();
    const hello = pair.client.takeOutgoing();
    // The record's header, the message's, the version and the random.
    assertEquals(hello[5 + 4 + 2 + 32], compatibilityMode ? 32 : 0);
    pair.server.connection.feed(hello);
    await pair.server.handshake();
    pair.client.connection.feed(pair.server.takeOutgoing());
    await pair.client.handshake();
    const flight = pair.client.takeOutgoing();
    assertEquals(flight[0], compatibilityMode ? 20 : 23);
    pair.server.connection.feed(flight);
    assertEquals(await pair.server.handshake(), "done");
    pair.client.connection.destroy();
    pair.server.connection.destroy();
  }
});

Deno.test("client refuses a signature scheme that it takes in principle and did not offer", async () => {
  const { ed25519, ecdsa_secp256r1_sha256 } = SignatureScheme;
  const pair = pairOf(
    clientSettings({
      signatureSchemes: [ecdsa_secp256r1_sha256],
      // The server is told of another one.
      hooks: editing(
        { type: HandshakeType.client_hello },
        (m) =>
          editExtensions(
            m,
            having(ExtensionType.signature_algorithms, 0, 2, 8, ed25519 & 0xff),
          ),
      ),
    }),
    serverSettings([await credential({ kind: "Ed25519" })]),
  );
  await shake(pair.client, pair.server);
  assertEquals(outcome(pair.client), "sent illegal_parameter");
  assertEquals(outcome(pair.server), "received illegal_parameter");
});
