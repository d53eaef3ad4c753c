/** What `handshakeDetails` tells, of both ends, and of whom it tells nothing. */
import { assert, assertEquals } from "@std/assert";
import type { TLSConfigurationOptions } from "../../api/configuration.ts";
import { type TLSWrappedSocket, wrapStream } from "../../api/socket.ts";
import { denoBackend } from "../../backends/deno/mod.ts";
import {
  handshakeDetails as detailsOfClient,
  pureClientBackend,
} from "../../backends/pure/client.ts";
import {
  type HandshakeDetails,
  handshakeDetails,
  pureBackend,
} from "../../backends/pure/mod.ts";
import { makePki } from "../interop/pure/_pki.ts";

/** The details at both ends, client first. */
async function detailsOf(
  server: TLSConfigurationOptions,
  client: TLSConfigurationOptions,
): Promise<(HandshakeDetails | null)[]> {
  using listener = new pureBackend.serverContext!(server).listen({
    hostname: "127.0.0.1",
    port: 0,
  });
  const connecting = new pureBackend.clientContext!(client).connect({
    hostname: "127.0.0.1",
    serverHostname: "localhost",
    port: listener.addr.port,
  });
  const sockets: TLSWrappedSocket[] = await Promise.all([
    connecting,
    listener.accept(),
  ]);
  try {
    return sockets.map(handshakeDetails);
  } finally {
    for (const socket of sockets) socket.close();
  }
}

const P256 = { codePoint: 0x0017, name: "secp256r1" };
const HYBRID = { codePoint: 0x11ec, name: "X25519MLKEM768" };
const ECDSA = { codePoint: 0x0403, name: "ecdsa_secp256r1_sha256" };
const PSS = { codePoint: 0x0804, name: "rsa_pss_rsae_sha256" };

Deno.test("handshakeDetails() tells both ends the same when the handshake is done", async () => {
  await using pki = await makePki();
  const server = await pki.identity("localhost");
  assertEquals(
    await detailsOf({ certificateChain: server.chain }, {
      trustStore: pki.trust,
    }),
    [{
      group: HYBRID,
      peerSignatureScheme: ECDSA,
      ownSignatureScheme: null,
      peerValidated: true,
      helloRetryRequest: false,
    }, {
      group: HYBRID,
      peerSignatureScheme: null,
      ownSignatureScheme: ECDSA,
      peerValidated: false,
      helloRetryRequest: false,
    }],
  );
});

Deno.test("handshakeDetails() tells of the retry and of both signatures when both authenticate", async () => {
  await using pki = await makePki();
  const server = await pki.identity("localhost");
  const client = await pki.identity("client", "RSA", "client");
  const both = { group: P256, peerValidated: true, helloRetryRequest: true };
  assertEquals(
    await detailsOf(
      {
        certificateChain: server.chain,
        trustStore: pki.trust,
        groups: [P256.codePoint],
      },
      { certificateChain: client.chain, trustStore: pki.trust },
    ),
    [
      { ...both, peerSignatureScheme: ECDSA, ownSignatureScheme: PSS },
      { ...both, peerSignatureScheme: PSS, ownSignatureScheme: ECDSA },
    ],
  );
});

Deno.test("handshakeDetails() says that the peer was not validated when validation is off", async () => {
  await using pki = await makePki();
  const { chain } = await pki.identity("localhost");
  const [client] = await detailsOf(
    { certificateChain: chain },
    { validateCertificates: false },
  );
  assertEquals(client?.peerValidated, false);
  assertEquals(client?.peerSignatureScheme, ECDSA);
});

Deno.test("handshakeDetails() takes sockets and their buffers, from either entry", async () => {
  await using pki = await makePki();
  const { chain } = await pki.identity("localhost");
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const [near, far] = await Promise.all([
    Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port }),
    listener.accept(),
  ]);
  await using server = new pureBackend.serverContext!({
    certificateChain: chain,
  }).wrapSocket(far);
  const buffer = new pureClientBackend.clientContext!({ trustStore: pki.trust })
    .wrapBuffers("localhost");
  await using socket = wrapStream(near, buffer);
  assertEquals(detailsOfClient(buffer), null);
  assertEquals(handshakeDetails(server), null);
  await Promise.all([server.doHandshake(), socket.doHandshake()]);
  assertEquals(detailsOfClient(buffer)?.group, HYBRID);
  assertEquals(handshakeDetails(buffer), detailsOfClient(buffer));
  assertEquals(handshakeDetails(server)?.ownSignatureScheme, ECDSA);
  // It is the buffer that this one was made of.
  assertEquals(handshakeDetails(socket), null);
  server.close();
  // What was negotiated stays known.
  assert(handshakeDetails(server) !== null);
});

Deno.test("handshakeDetails() tells nothing when the socket is another backend's", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const [conn, other] = await Promise.all([
    Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port }),
    listener.accept(),
  ]);
  using _ = other;
  using socket = new denoBackend.clientContext!({}).wrapSocket(conn, null);
  assertEquals(handshakeDetails(socket), null);
});
