/**
 * What the server makes of a client that breaks the protocol, with the right
 * keys where it has any.
 */
import { assertEquals } from "@std/assert";
import {
  ExtensionType,
  HandshakeType,
  NamedGroup,
} from "../../../../backends/pure/engine/iana.ts";
import {
  editExtensions,
  editing,
  having,
  layoutOf,
  patch,
  type Target,
  withLength,
  without,
} from "../edit.ts";
import { clientSettings, credential, serverSettings } from "../identity.ts";
import { type End, outcome, pairOf, shake } from "../pair.ts";

const server = await credential();
const mine = await credential({ name: "client.test", usage: "client" });

type ClientOverrides = Parameters<typeof clientSettings>[0];
type ServerOverrides = Parameters<typeof serverSettings>[1];
type Overrides<T> = Exclude<T, undefined>;

/** What the server says of a client that edits one message. */
async function verdict(
  target: Target,
  edit: (message: Uint8Array) => Uint8Array,
  options: {
    client?: Overrides<ClientOverrides>;
    server?: Overrides<ServerOverrides>;
  } = {},
): Promise<string> {
  const pair = pairOf(
    clientSettings({ ...options.client, hooks: editing(target, edit) }),
    serverSettings([server], options.server),
  );
  await shake(pair.client, pair.server);
  const result = outcome(pair.server as End<never>);
  pair.client.connection.destroy();
  pair.server.connection.destroy();
  return result;
}

const FIRST: Target = { type: HandshakeType.client_hello, nth: 0 };
const SECOND: Target = { type: HandshakeType.client_hello, nth: 1 };
const RETRYING: {
  client: Overrides<ClientOverrides>;
  server: Overrides<ServerOverrides>;
} = {
  client: { groups: [NamedGroup.x25519, NamedGroup.secp256r1], keyShares: 1 },
  server: { groups: [NamedGroup.secp256r1] },
};
const ASKING: {
  client: Overrides<ClientOverrides>;
  server: Overrides<ServerOverrides>;
} = {
  client: { credentials: [mine] },
  server: { clientAuthentication: "require" },
};
const cookie = Uint8Array.of(1, 2, 3);

/** Replaces the compression methods, which stand before the extensions. */
function compressions(...methods: number[]) {
  return (message: Uint8Array) => {
    const at = layoutOf(message).extensions - 2;
    return withLength(
      Uint8Array.of(
        ...message.subarray(0, at),
        methods.length,
        ...methods,
        ...message.subarray(at + 2),
      ),
    );
  };
}

/** Cuts the message's body to a length. */
function cut(message: Uint8Array, length: number): Uint8Array {
  return withLength(message.subarray(0, length));
}

/** A ClientHello of TLS 1.2: no supported_versions. */
const old = (message: Uint8Array) =>
  editExtensions(message, without(ExtensionType.supported_versions));

/** Who says what, how, what comes of it, and under which settings. */
type Case = readonly [
  string,
  Target,
  (message: Uint8Array) => Uint8Array,
  string,
  { client?: Overrides<ClientOverrides>; server?: Overrides<ServerOverrides> }?,
];

/** Written from the RFC before the code was run against it. */
const VERDICTS: readonly Case[] = [
  ["a ClientHello of TLS 1.2", FIRST, old, "sent protocol_version"],
  [
    "a ClientHello without extensions",
    FIRST,
    (m) => cut(m, layoutOf(m).extensions),
    "sent protocol_version",
  ],
  [
    "a ClientHello of TLS 1.2 with compression",
    FIRST,
    (m) => compressions(1, 0)(old(m)),
    "sent protocol_version",
  ],
  [
    "a ClientHello of versions to come",
    FIRST,
    (m) => editExtensions(m, having(ExtensionType.supported_versions, 2, 3, 5)),
    "sent protocol_version",
  ],
  [
    "a ClientHello with compression",
    FIRST,
    compressions(1, 0),
    "sent illegal_parameter",
  ],
  [
    "a ClientHello with compression alone",
    FIRST,
    compressions(1),
    "sent illegal_parameter",
  ],
  [
    "a ClientHello without compression methods",
    FIRST,
    compressions(),
    "sent decode_error",
  ],
  ...[
    ExtensionType.supported_groups,
    ExtensionType.key_share,
    ExtensionType.signature_algorithms,
  ].map((type): Case => [
    `a ClientHello without extension ${type}`,
    FIRST,
    (m: Uint8Array) => editExtensions(m, without(type)),
    "sent missing_extension",
  ]),
  [
    "a share of a group that is not among the groups",
    FIRST,
    (m) =>
      editExtensions(
        m,
        having(ExtensionType.key_share, 0, 5, 0, 24, 0, 1, 0),
      ),
    "sent illegal_parameter",
  ],
  [
    "two shares of one group",
    FIRST,
    (m) =>
      editExtensions(
        m,
        having(
          ExtensionType.key_share,
          ...[0, 10, 0, 29, 0, 1, 0, 0, 29, 0, 1, 0],
        ),
      ),
    "sent illegal_parameter",
  ],
  [
    "an X25519 share of zeros",
    FIRST,
    (m) =>
      editExtensions(
        m,
        having(
          ExtensionType.key_share,
          0,
          36,
          0,
          29,
          0,
          32,
          ...Array(32).fill(0),
        ),
      ),
    "sent illegal_parameter",
  ],
  [
    "an X25519 share of 31 bytes",
    FIRST,
    (m) =>
      editExtensions(
        m,
        having(
          ExtensionType.key_share,
          0,
          35,
          0,
          29,
          0,
          31,
          ...Array(31).fill(9),
        ),
      ),
    "sent illegal_parameter",
  ],
  [
    "a cookie in the first hello",
    FIRST,
    (m) => editExtensions(m, having(ExtensionType.cookie, 0, 1, 7)),
    "sent illegal_parameter",
  ],
  [
    "an empty list of groups",
    FIRST,
    (m) => editExtensions(m, having(ExtensionType.supported_groups, 0, 0)),
    "sent decode_error",
  ],
  [
    "an odd list of groups",
    FIRST,
    (m) => editExtensions(m, having(ExtensionType.supported_groups, 0, 1, 0)),
    "sent decode_error",
  ],
  [
    "an empty protocol name",
    FIRST,
    (m) => editExtensions(m, having(16, 0, 3, 0, 1, 0x61)),
    "sent decode_error",
  ],
  [
    "two server names",
    FIRST,
    (m) => editExtensions(m, having(0, 0, 8, 0, 0, 1, 0x61, 0, 0, 1, 0x62)),
    "sent decode_error",
  ],
  [
    "a server name with a zero byte",
    FIRST,
    (m) => editExtensions(m, having(0, 0, 5, 0, 0, 2, 0x61, 0)),
    "sent illegal_parameter",
  ],
  [
    "a record_size_limit of 63",
    FIRST,
    (m) => editExtensions(m, having(ExtensionType.record_size_limit, 0, 63)),
    "sent illegal_parameter",
  ],
  [
    "a pre_shared_key that is not the last",
    FIRST,
    (m) =>
      editExtensions(m, (list) => [
        {
          type: ExtensionType.pre_shared_key,
          data: Uint8Array.from(
            [0, 7, 0, 1, 9, 0, 0, 0, 0, 0, 33, 32, ...Array(32).fill(0)],
          ),
        },
        ...list,
      ]),
    "sent illegal_parameter",
  ],
  [
    "an extension that is misplaced",
    FIRST,
    (m) => editExtensions(m, having(ExtensionType.oid_filters, 0, 0)),
    "sent illegal_parameter",
  ],
  [
    "unknown extensions of any form",
    FIRST,
    (m) => editExtensions(m, (l) => having(0x1234, 1, 2, 3)(having(0xfafa)(l))),
    "connected",
  ],
  [
    "an extension twice",
    FIRST,
    (m) =>
      editExtensions(m, (list) => [
        { type: 0x1234, data: new Uint8Array(0) },
        { type: 0x1234, data: new Uint8Array(0) },
        ...list,
      ]),
    "sent illegal_parameter",
  ],
  [
    "300 extensions",
    FIRST,
    (m) =>
      editExtensions(m, (list) => [
        ...Array.from({ length: 300 }, (_, i) => ({
          type: 0x2000 + i,
          data: new Uint8Array(0),
        })),
        ...list,
      ]),
    "sent illegal_parameter",
  ],
  [
    "a second hello with another random",
    SECOND,
    (m) => patch(m, layoutOf(m).random, m[layoutOf(m).random]! ^ 1),
    "sent illegal_parameter",
    RETRYING,
  ],
  [
    "a second hello with an extension more",
    SECOND,
    (m) => editExtensions(m, having(0x1234)),
    "sent illegal_parameter",
    RETRYING,
  ],
  [
    "a second hello with an extension less",
    SECOND,
    (m) => editExtensions(m, without(ExtensionType.record_size_limit)),
    "sent illegal_parameter",
    RETRYING,
  ],
  [
    "a second hello with padding, which it may add",
    SECOND,
    (m) => editExtensions(m, having(ExtensionType.padding, 0, 0, 0)),
    "connected",
    RETRYING,
  ],
  [
    "a second hello with the share of the first",
    SECOND,
    (m) =>
      editExtensions(
        m,
        having(
          ExtensionType.key_share,
          0,
          36,
          0,
          29,
          0,
          32,
          ...Array(32).fill(9),
        ),
      ),
    "sent illegal_parameter",
    RETRYING,
  ],
  [
    "a second hello without a share",
    SECOND,
    (m) => editExtensions(m, having(ExtensionType.key_share, 0, 0)),
    "sent illegal_parameter",
    RETRYING,
  ],
  [
    "a second hello with a cookie that was not sent",
    SECOND,
    (m) => editExtensions(m, having(ExtensionType.cookie, 0, 1, 7)),
    "sent illegal_parameter",
    RETRYING,
  ],
  [
    "a second hello without the cookie",
    SECOND,
    (m) => editExtensions(m, without(ExtensionType.cookie)),
    "sent illegal_parameter",
    { ...RETRYING, server: { ...RETRYING.server, retryCookie: cookie } },
  ],
  [
    "a second hello with another cookie",
    SECOND,
    (m) => editExtensions(m, having(ExtensionType.cookie, 0, 1, 7)),
    "sent illegal_parameter",
    { ...RETRYING, server: { ...RETRYING.server, retryCookie: cookie } },
  ],
  [
    "a second hello with early data",
    SECOND,
    (m) => editExtensions(m, having(ExtensionType.early_data)),
    "sent illegal_parameter",
    RETRYING,
  ],
  [
    "a client's Certificate with a context",
    { type: HandshakeType.certificate },
    (m) =>
      withLength(Uint8Array.of(...m.subarray(0, 4), 1, 7, ...m.subarray(5))),
    "sent illegal_parameter",
    ASKING,
  ],
  [
    "a client's Certificate with an extension",
    { type: HandshakeType.certificate },
    (m) => {
      const longer = Uint8Array.of(
        ...m.subarray(0, -2),
        0,
        4,
        0x12,
        0x34,
        0,
        0,
      );
      const list = longer.length - 8;
      return withLength(patch(longer, 6, list >>> 8, list & 0xff));
    },
    "sent unsupported_extension",
    ASKING,
  ],
  [
    "a client's CertificateVerify that is wrong",
    { type: HandshakeType.certificate_verify },
    (m) => patch(m, m.length - 1, m[m.length - 1]! ^ 1),
    "sent decrypt_error",
    ASKING,
  ],
  [
    "a client's CertificateVerify by PKCS #1 v1.5",
    { type: HandshakeType.certificate_verify },
    (m) => patch(m, 4, 4, 1),
    "sent illegal_parameter",
    ASKING,
  ],
  [
    "a client's CertificateVerify that is left out",
    { type: HandshakeType.certificate_verify },
    () => new Uint8Array(0),
    "sent unexpected_message",
    ASKING,
  ],
  [
    "a client's Finished that is wrong",
    { type: HandshakeType.finished },
    (m) => patch(m, 4, m[4]! ^ 1),
    "sent decrypt_error",
  ],
  [
    "a client's Finished with a message behind it",
    { type: HandshakeType.finished },
    (m) => Uint8Array.of(...m, 24, 0, 0, 1, 0),
    "sent unexpected_message",
  ],
];

for (const [what, target, edit, expected, options] of VERDICTS) {
  Deno.test(`server answers ${what} with "${expected}"`, async () => {
    assertEquals(await verdict(target, edit, options), expected);
  });
}
