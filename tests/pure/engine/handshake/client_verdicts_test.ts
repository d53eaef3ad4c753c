/**
 * What the client makes of a server that breaks the protocol with the right keys.
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
  isRetry,
  layoutOf,
  patch,
  withLength,
  without,
} from "../edit.ts";
import { clientSettings, credential, serverSettings } from "../identity.ts";
import { type End, outcome, pairOf, shake } from "../pair.ts";

const server = await credential();

type ClientOverrides = Parameters<typeof clientSettings>[0];
type ServerOverrides = Parameters<typeof serverSettings>[1];

/** What the client says of a server that edits one kind of message. */
async function verdict(
  type: number,
  edit: (message: Uint8Array) => Uint8Array,
  options: { client?: ClientOverrides; server?: ServerOverrides } = {},
): Promise<string> {
  const pair = pairOf(
    clientSettings(options.client),
    serverSettings([server], {
      ...options.server,
      hooks: editing({ type }, edit),
    }),
  );
  await shake(pair.client, pair.server);
  const result = outcome(pair.client as End<never>);
  pair.client.connection.destroy();
  pair.server.connection.destroy();
  return result;
}

const { server_hello, encrypted_extensions, certificate_request } =
  HandshakeType;
const RETRYING: { client: ClientOverrides; server: ServerOverrides } = {
  client: { groups: [NamedGroup.x25519, NamedGroup.secp256r1], keyShares: 1 },
  server: { groups: [NamedGroup.secp256r1] },
};
const retryOnly =
  (edit: (message: Uint8Array) => Uint8Array) => (message: Uint8Array) =>
    isRetry(message) ? edit(message) : message;
const helloOnly =
  (edit: (message: Uint8Array) => Uint8Array) => (message: Uint8Array) =>
    isRetry(message) ? message : edit(message);

/** Puts the mark of a downgrade at the end of the random, and no version. */
function downgrade(last: number) {
  return (message: Uint8Array) =>
    editExtensions(
      patch(
        message,
        layoutOf(message).random + 24,
        ...new TextEncoder().encode("DOWNGRD"),
        last,
      ),
      without(ExtensionType.supported_versions),
    );
}

/** Written from the RFC before the code was run against it. */
const VERDICTS: readonly [
  string,
  number,
  (message: Uint8Array) => Uint8Array,
  string,
  { client?: ClientOverrides; server?: ServerOverrides }?,
][] = [
  [
    "ServerHello without supported_versions",
    server_hello,
    (m) => editExtensions(m, without(ExtensionType.supported_versions)),
    "sent protocol_version",
  ],
  [
    "ServerHello that was downgraded to TLS 1.2",
    server_hello,
    downgrade(1),
    "sent illegal_parameter",
  ],
  [
    "ServerHello that was downgraded to TLS 1.1",
    server_hello,
    downgrade(0),
    "sent illegal_parameter",
  ],
  [
    "ServerHello that selects TLS 1.2 by supported_versions",
    server_hello,
    (m) => editExtensions(m, having(ExtensionType.supported_versions, 3, 3)),
    "sent illegal_parameter",
  ],
  [
    "ServerHello with the legacy_version of SSL 3.0",
    server_hello,
    (m) => patch(m, 4, 3, 0),
    "sent protocol_version",
  ],
  [
    "ServerHello with another legacy_version",
    server_hello,
    (m) => patch(m, 4, 3, 4),
    "sent illegal_parameter",
  ],
  [
    "ServerHello that does not echo the session id",
    server_hello,
    (m) => patch(m, layoutOf(m).sessionId + 1, m[39]! ^ 1),
    "sent illegal_parameter",
  ],
  [
    "ServerHello with a suite that was not offered",
    server_hello,
    (m) => patch(m, layoutOf(m).rest, 0x13, 0x04),
    "sent illegal_parameter",
  ],
  [
    "ServerHello with compression",
    server_hello,
    (m) => patch(m, layoutOf(m).rest + 2, 1),
    "sent illegal_parameter",
  ],
  [
    "ServerHello without key_share",
    server_hello,
    (m) => editExtensions(m, without(ExtensionType.key_share)),
    "sent missing_extension",
  ],
  [
    "ServerHello with a share of a group that was not offered",
    server_hello,
    (m) => editExtensions(m, having(ExtensionType.key_share, 0, 24, 0, 1, 0)),
    "sent illegal_parameter",
  ],
  [
    "ServerHello with an X25519 share of zeros",
    server_hello,
    (m) =>
      editExtensions(
        m,
        having(ExtensionType.key_share, 0, 29, 0, 32, ...new Uint8Array(32)),
      ),
    "sent illegal_parameter",
  ],
  [
    "ServerHello with an X25519 share of 31 bytes",
    server_hello,
    (m) =>
      editExtensions(
        m,
        having(ExtensionType.key_share, 0, 29, 0, 31, ...new Uint8Array(31)),
      ),
    "sent illegal_parameter",
  ],
  [
    "ServerHello with pre_shared_key",
    server_hello,
    (m) => editExtensions(m, having(ExtensionType.pre_shared_key, 0, 0)),
    "sent unsupported_extension",
  ],
  [
    "ServerHello with an extension of another message",
    server_hello,
    (m) => editExtensions(m, having(ExtensionType.server_name)),
    "sent illegal_parameter",
  ],
  [
    "ServerHello with an unknown extension",
    server_hello,
    (m) => editExtensions(m, having(0x1234)),
    "sent unsupported_extension",
  ],
  [
    "ServerHello with a byte too much",
    server_hello,
    (m) => withLength(Uint8Array.of(...m, 0)),
    "sent decode_error",
  ],
  [
    "HelloRetryRequest for a group that was not offered",
    server_hello,
    retryOnly((m) => editExtensions(m, having(ExtensionType.key_share, 0, 25))),
    "sent illegal_parameter",
    RETRYING,
  ],
  [
    "HelloRetryRequest for a group that has a share",
    server_hello,
    retryOnly((m) => editExtensions(m, having(ExtensionType.key_share, 0, 29))),
    "sent illegal_parameter",
    RETRYING,
  ],
  [
    "HelloRetryRequest that changes nothing",
    server_hello,
    retryOnly((m) => editExtensions(m, without(ExtensionType.key_share))),
    "sent illegal_parameter",
    RETRYING,
  ],
  [
    "HelloRetryRequest with an extension that was not offered",
    server_hello,
    retryOnly((m) => editExtensions(m, having(0x1234))),
    "sent unsupported_extension",
    RETRYING,
  ],
  [
    "HelloRetryRequest with an empty cookie",
    server_hello,
    retryOnly((m) => editExtensions(m, having(ExtensionType.cookie, 0, 0))),
    "sent decode_error",
    RETRYING,
  ],
  [
    "a second HelloRetryRequest",
    server_hello,
    helloOnly((m) =>
      editExtensions(
        patch(
          m,
          6,
          ...[0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11],
          ...[0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91],
          ...[0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e],
          ...[0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c],
        ),
        having(ExtensionType.key_share, 0, 24),
      )
    ),
    "sent unexpected_message",
    RETRYING,
  ],
  [
    "ServerHello that changes HelloRetryRequest's suite",
    server_hello,
    helloOnly((m) => patch(m, layoutOf(m).rest, 0x13, 0x03)),
    "sent illegal_parameter",
    RETRYING,
  ],
  [
    "ServerHello with another group than HelloRetryRequest's",
    server_hello,
    helloOnly((m) =>
      editExtensions(
        m,
        having(ExtensionType.key_share, 0, 29, 0, 32, ...new Uint8Array(32)),
      )
    ),
    "sent illegal_parameter",
    RETRYING,
  ],
  [
    "EncryptedExtensions with a protocol that was not offered",
    encrypted_extensions,
    (m) => editExtensions(m, having(16, 0, 2, 1, 0x61)),
    "sent illegal_parameter",
    { client: { protocols: [Uint8Array.of(0x62)] } },
  ],
  [
    "EncryptedExtensions with ALPN that was not offered",
    encrypted_extensions,
    (m) => editExtensions(m, having(16, 0, 2, 1, 0x61)),
    "sent unsupported_extension",
  ],
  [
    "EncryptedExtensions with two protocols",
    encrypted_extensions,
    (m) => editExtensions(m, having(16, 0, 4, 1, 0x61, 1, 0x61)),
    "sent illegal_parameter",
    { client: { protocols: [Uint8Array.of(0x61)] } },
  ],
  [
    "EncryptedExtensions with early_data",
    encrypted_extensions,
    (m) => editExtensions(m, having(ExtensionType.early_data)),
    "sent unsupported_extension",
  ],
  [
    "EncryptedExtensions with key_share",
    encrypted_extensions,
    (m) => editExtensions(m, having(ExtensionType.key_share, 0, 29)),
    "sent illegal_parameter",
  ],
  [
    "EncryptedExtensions with a record_size_limit of 63",
    encrypted_extensions,
    (m) => editExtensions(m, having(ExtensionType.record_size_limit, 0, 63)),
    "sent illegal_parameter",
  ],
  [
    "EncryptedExtensions with a record_size_limit over 2^14 + 1",
    encrypted_extensions,
    (m) => editExtensions(m, having(ExtensionType.record_size_limit, 0x40, 2)),
    "sent illegal_parameter",
  ],
  [
    "EncryptedExtensions with an extension twice",
    encrypted_extensions,
    (m) =>
      editExtensions(m, (list) => [
        ...list,
        ...list.filter(({ type }) => type === 0),
      ]),
    "sent illegal_parameter",
  ],
  [
    "CertificateRequest with a context",
    certificate_request,
    (m) =>
      withLength(Uint8Array.of(...m.subarray(0, 4), 1, 7, ...m.subarray(5))),
    "sent illegal_parameter",
    { server: { clientAuthentication: "request" } },
  ],
  [
    "CertificateRequest without signature_algorithms",
    certificate_request,
    (m) => editExtensions(m, without(ExtensionType.signature_algorithms)),
    "sent missing_extension",
    { server: { clientAuthentication: "request" } },
  ],
  [
    "CertificateRequest with unknown and reserved extensions",
    certificate_request,
    (m) => editExtensions(m, (l) => having(0x1234, 1)(having(0x0a0a)(l))),
    "connected",
    { server: { clientAuthentication: "request" } },
  ],
  [
    "Certificate with a context",
    HandshakeType.certificate,
    (m) =>
      withLength(Uint8Array.of(...m.subarray(0, 4), 1, 7, ...m.subarray(5))),
    "sent illegal_parameter",
  ],
  [
    "an empty Certificate",
    HandshakeType.certificate,
    (m) => withLength(Uint8Array.of(...m.subarray(0, 4), 0, 0, 0, 0)),
    "sent decode_error",
  ],
  [
    "Certificate with an extension that was not offered",
    HandshakeType.certificate,
    (m) => {
      // status_request, empty, behind the one certificate.
      const longer = Uint8Array.of(...m.subarray(0, -2), 0, 4, 0, 5, 0, 0);
      const list = longer.length - 8;
      return withLength(patch(longer, 6, list >>> 8, list & 0xff));
    },
    "sent unsupported_extension",
  ],
  [
    "a Certificate that is no certificate",
    HandshakeType.certificate,
    (m) => patch(m, 11, 0x31),
    "sent bad_certificate",
  ],
  [
    "CertificateVerify by PKCS #1 v1.5",
    HandshakeType.certificate_verify,
    (m) => patch(m, 4, 4, 1),
    "sent illegal_parameter",
  ],
  [
    "CertificateVerify by a scheme that does not fit the key",
    HandshakeType.certificate_verify,
    (m) => patch(m, 4, 8, 4),
    "sent illegal_parameter",
  ],
  [
    "CertificateVerify with a wrong signature",
    HandshakeType.certificate_verify,
    (m) => patch(m, m.length - 1, m[m.length - 1]! ^ 1),
    "sent decrypt_error",
  ],
  [
    "Finished with a wrong MAC",
    HandshakeType.finished,
    (m) => patch(m, 4, m[4]! ^ 1),
    "sent decrypt_error",
  ],
  [
    "Finished that is too short",
    HandshakeType.finished,
    (m) => withLength(m.subarray(0, -1)),
    "sent decode_error",
  ],
];

for (const [what, type, edit, expected, options] of VERDICTS) {
  Deno.test(`client answers ${what} with "${expected}"`, async () => {
    assertEquals(await verdict(type, edit, options), expected);
  });
}
