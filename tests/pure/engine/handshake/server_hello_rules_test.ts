/**
 * What a ClientHello may not say, besides what `server_verdicts_test.ts` has.
 */
import { assertEquals } from "@std/assert";
import {
  ExtensionType,
  HandshakeType,
} from "../../../../backends/pure/engine/iana.ts";
import { editExtensions, editing, having, patch } from "../edit.ts";
import { clientSettings, credential, serverSettings } from "../identity.ts";
import { outcome, pairOf, shake } from "../pair.ts";

const server = await credential();

/** What the server says of a client that edits its hello. */
async function verdict(
  rewrite: (message: Uint8Array) => Uint8Array,
): Promise<string> {
  const hooks = editing({ type: HandshakeType.client_hello }, rewrite);
  const pair = pairOf(clientSettings({ hooks }), serverSettings([server]));
  await shake(pair.client, pair.server);
  const result = outcome(pair.server);
  pair.client.connection.destroy();
  pair.server.connection.destroy();
  return result;
}

// RFC 8446, appendix D.5: "Any endpoint receiving a Hello message with
// ClientHello.legacy_version ... set to 0x0300 MUST abort the handshake with a
// "protocol_version" alert." Of others, "servers MUST ignore legacy_version".
for (
  const [version, expected] of [
    [0x0300, "sent protocol_version"],
    [0x0301, "connected"],
    [0x0303, "connected"],
    [0x7f7f, "connected"],
  ] as const
) {
  Deno.test(`server answers legacy_version ${version.toString(16)} with "${expected}"`, async () => {
    assertEquals(
      await verdict((m) => patch(m, 4, version >>> 8, version & 0xff)),
      expected,
    );
  });
}

const PSK = having(
  ExtensionType.pre_shared_key,
  ...[0, 7, 0, 1, 9, 0, 0, 0, 0, 0, 33, 32, ...Array(32).fill(0)],
);

Deno.test("server refuses a pre_shared_key without psk_key_exchange_modes", async () => {
  // RFC 8446, 4.2.9: "servers MUST abort the handshake"; 9.2 names the alert.
  assertEquals(
    await verdict((m) => editExtensions(m, PSK)),
    "sent missing_extension",
  );
});

Deno.test("server leaves a pre_shared_key aside that is complete", async () => {
  const modes = having(ExtensionType.psk_key_exchange_modes, 1, 1);
  assertEquals(
    await verdict((m) => editExtensions(m, (list) => PSK(modes(list)))),
    "connected",
  );
});

/** server_name with one host_name. */
function naming(name: string) {
  const bytes = [...new TextEncoder().encode(name)];
  const both = (length: number) => [length >>> 8, length & 0xff];
  return having(
    ExtensionType.server_name,
    ...both(bytes.length + 3),
    0,
    ...both(bytes.length),
    ...bytes,
  );
}

const LABEL = "a".repeat(63);

// RFC 6066, 3: the host name's ASCII form "without a trailing dot"; "Literal
// IPv4 and IPv6 addresses are not permitted in "HostName"."
for (
  const [name, expected] of [
    ["SERVER.test", "connected"],
    ["_sip.host_1.test", "connected"],
    ["xn--bro-hoa.test", "connected"],
    [`${LABEL}.test`, "connected"],
    [`${LABEL}a.test`, "sent illegal_parameter"],
    [
      `${LABEL}.${LABEL}.${LABEL}.${"a".repeat(62)}`,
      "sent illegal_parameter",
    ],
    ["server.test.", "sent illegal_parameter"],
    ["server..test", "sent illegal_parameter"],
    [".test", "sent illegal_parameter"],
    ["../../etc/passwd", "sent illegal_parameter"],
    ["server.test:443", "sent illegal_parameter"],
    ["*.test", "sent illegal_parameter"],
    ["büro.test", "sent illegal_parameter"],
    ["127.0.0.1", "sent illegal_parameter"],
    ["1.2.3", "sent illegal_parameter"],
    ["::1", "sent illegal_parameter"],
    ["[::1]", "sent illegal_parameter"],
  ] as const
) {
  const shown = name.length > 40 ? `${name.length} bytes` : name;
  Deno.test(`server answers server_name ${shown} with "${expected}"`, async () => {
    assertEquals(
      await verdict((m) => editExtensions(m, naming(name))),
      expected,
    );
  });
}
