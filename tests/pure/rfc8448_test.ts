/**
 * RFC 8448's traces through both roles: what the RFC's authors recorded is what
 * these machines send, byte for byte, when they are given the same randomness,
 * hellos, certificates and signatures.
 */
import type { Buffer } from "node:buffer";
import { assert, assertEquals } from "@std/assert";
import type {
  KeyShare,
  SignatureAlgorithm,
  SigningKey,
} from "../../backends/pure/engine/crypto/provider.ts";
import {
  CipherSuite13,
  HandshakeType,
  NamedGroup,
  SignatureScheme,
} from "../../backends/pure/engine/iana.ts";
import { decodeHandshake } from "../../backends/pure/engine/messages/handshake.ts";
import {
  CLIENT_ENTROPY,
  type ClientSettings,
  type CommonSettings,
  type Credential,
  type ServerSettings,
} from "../../backends/pure/engine/settings.ts";
import {
  createNativeProvider,
  nativeCrypto,
  nodeDh,
} from "../../backends/pure/providers/native.ts";
import { readVector, vectorTest } from "../vectors.ts";
import { clientConnection, End, serverConnection } from "./engine/pair.ts";
import { DelegatingProvider } from "./engine/delegate.ts";
import { fromHex, parseVec, toHex, type VecSection } from "./engine/vec.ts";

const RECORD_HEADER = 5;

/** Why a connection failed, for a test's own failure. */
function why({ connection }: End<never>): string {
  const { failure } = connection;
  return failure === null
    ? ""
    : failure.kind === "sent"
    ? `sent ${failure.alert}: ${failure.error}`
    : JSON.stringify(failure);
}

/** One trace, and what the vectors do not say about it. */
interface Trace {
  readonly section: string;
  /** Behind the random in the client's pool: a session id, then its keys. */
  readonly sessionId: boolean;
  readonly serverGroup: number;
  readonly serverKey: SigningKey["type"];
  readonly clientCertificate: string | null;
}

const RSA: SigningKey["type"] = { kind: "rsa", modulusBits: 1024 };

const TRACES: readonly Trace[] = [
  {
    section: "Simple_1RTT_Handshake",
    sessionId: false,
    serverGroup: NamedGroup.x25519,
    serverKey: RSA,
    clientCertificate: null,
  },
  {
    section: "HelloRetryRequest_Handshake",
    sessionId: false,
    serverGroup: NamedGroup.secp256r1,
    serverKey: RSA,
    clientCertificate: null,
  },
  {
    section: "Client_Authentication_Handshake",
    sessionId: false,
    serverGroup: NamedGroup.x25519,
    serverKey: { kind: "ecdsa", curve: "P-256" },
    clientCertificate: "client_certificate.pem",
  },
  {
    section: "Middlebox_Compatibility_Mode",
    sessionId: true,
    serverGroup: NamedGroup.x25519,
    serverKey: RSA,
    clientCertificate: null,
  },
];

const native = await createNativeProvider({ kernels: "js" });

/** Real cryptography with the trace's key exchange. */
class TraceProvider extends DelegatingProvider {
  readonly #keys: Uint8Array[];

  constructor(keys: Uint8Array[]) {
    super(native);
    this.#keys = keys;
  }

  #next(group: number) {
    const curve = group === NamedGroup.x25519 ? "X25519" : "P-256";
    return nodeDh(nativeCrypto()!, curve).import(this.#keys.shift()!);
  }

  override async generateKeyShare(group: number): Promise<KeyShare> {
    const key = await this.#next(group);
    return {
      group,
      publicKey: key.publicKey,
      derive: (peer) => key.derive(peer),
      destroy: () => key.destroy(),
    };
  }

  override async respondKeyShare(group: number, peer: Uint8Array) {
    const key = await this.#next(group);
    return {
      publicKey: key.publicKey,
      sharedSecret: await key.derive(peer),
    };
  }

  /** The traces' RSA keys are shorter than the provider takes. */
  override verify(
    algorithm: SignatureAlgorithm,
    spki: Uint8Array,
    message: Uint8Array,
    signature: Uint8Array,
  ) {
    if (algorithm.kind !== "rsa-pss") {
      return super.verify(algorithm, spki, message, signature);
    }
    const { createPublicKey, constants, verify } = nativeCrypto()!;
    return verify(algorithm.hash, message, {
      key: createPublicKey({
        key: spki as unknown as Buffer,
        format: "der",
        type: "spki",
      }),
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength: algorithm.saltLength,
    }, signature);
  }
}

function pemCertificate(name: string): Uint8Array {
  const pem = readVector(`rfc8448/${name}`);
  const base64 = /-----BEGIN CERTIFICATE-----([^-]+)-----END/.exec(pem)![1]!;
  return Uint8Array.from(
    atob(base64.replaceAll(/\s/g, "")),
    (character) => character.charCodeAt(0),
  );
}

/** The one certificate of a recorded Certificate message. */
function recordedCertificate(message: Uint8Array): Uint8Array {
  const decoded = decodeHandshake(message);
  assert(decoded.type === "certificate");
  return decoded.entries[0]!.der;
}

/** Checks what is to be signed and gives the recorded signature. */
function recordedKey(
  type: SigningKey["type"],
  toSign: Uint8Array,
  signature: Uint8Array,
): SigningKey {
  return {
    type,
    publicKey: null,
    sign(_algorithm, message) {
      assertEquals(toHex(message), toHex(toSign));
      return signature;
    },
  };
}

function credential(key: SigningKey, certificate: Uint8Array): Credential {
  return {
    chain: [certificate],
    key,
    schemes: key.type.kind === "rsa"
      ? [SignatureScheme.rsa_pss_rsae_sha256]
      : [SignatureScheme.ecdsa_secp256r1_sha256],
    chainSchemes: [],
    issuers: [],
    matches: () => true,
  };
}

function values(section: VecSection) {
  const bytes = (name: string) => fromHex(section.get(name)!);
  const optional = (name: string) =>
    section.has(name) ? bytes(name) : new Uint8Array(0);
  return { bytes, optional };
}

/** The 32-byte draws of a pool. */
function draws(pool: Uint8Array): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (let at = 0; at + 32 <= pool.length; at += 32) {
    parts.push(pool.slice(at, at + 32));
  }
  return parts;
}

const COMMON = {
  suites: [
    CipherSuite13.TLS_AES_128_GCM_SHA256,
    CipherSuite13.TLS_CHACHA20_POLY1305_SHA256,
    CipherSuite13.TLS_AES_256_GCM_SHA384,
  ],
  signatureSchemes: [
    SignatureScheme.ecdsa_secp256r1_sha256,
    SignatureScheme.rsa_pss_rsae_sha256,
  ],
  protocols: [],
  peer: { validate: false },
  now: 0,
  keyLog: false,
  recordSizeLimit: 0x4001,
} as const satisfies Partial<CommonSettings>;

function clientOf(trace: Trace, section: VecSection): End<never> {
  const { bytes } = values(section);
  const [random, ...rest] = draws(bytes("Client_RNG_Pool"));
  const sessionId = trace.sessionId ? rest.shift()! : new Uint8Array(32);
  const entropy = new Uint8Array(CLIENT_ENTROPY);
  entropy.set(random!);
  entropy.set(sessionId, 32);
  const hellos = ["Record_ClientHello_1", "Record_ClientHello_2"]
    .filter((name) => section.has(name))
    .map((name) => bytes(name).subarray(RECORD_HEADER));
  const provider = new TraceProvider(rest);
  const settings: ClientSettings = {
    ...COMMON,
    provider,
    groups: [
      NamedGroup.x25519,
      NamedGroup.secp256r1,
      NamedGroup.secp384r1,
      NamedGroup.secp521r1,
    ],
    credentials: () =>
      trace.clientCertificate === null ? [] : [
        credential(
          recordedKey(
            RSA,
            bytes("Client_MessageToSign"),
            bytes("Client_MessageSignature"),
          ),
          pemCertificate(trace.clientCertificate),
        ),
      ],
    serverName: "server",
    keyShares: 1,
    compatibilityMode: trace.sessionId,
    grease: false,
    entropy,
    hooks: {
      rewrite: (message) =>
        message[0] === HandshakeType.client_hello ? hellos.shift()! : message,
    },
  };
  return new End(clientConnection(settings), provider) as unknown as End<never>;
}

function serverOf(trace: Trace, section: VecSection): End<never> {
  const { bytes } = values(section);
  const [random, ...keys] = draws(bytes("Server_RNG_Pool"));
  const provider = new TraceProvider(keys);
  const recorded = new Map([
    [HandshakeType.encrypted_extensions, "Message_EncryptedExtensions"],
    [HandshakeType.certificate_request, "Message_CertificateRequest"],
  ] as [number, string][]);
  const settings: ServerSettings = {
    ...COMMON,
    provider,
    groups: [trace.serverGroup],
    credentials: () => [
      credential(
        recordedKey(
          trace.serverKey,
          bytes("Server_MessageToSign"),
          bytes("Server_MessageSignature"),
        ),
        recordedCertificate(bytes("Message_Server_Certificate")),
      ),
    ],
    clientAuthentication: trace.clientCertificate === null ? "none" : "require",
    authorities: [],
    selectByName: false,
    entropy: random!,
    ...(section.has("HelloRetryRequest_Cookie")
      ? { retryCookie: bytes("HelloRetryRequest_Cookie") }
      : {}),
    hooks: {
      rewrite: (message) => {
        const name = recorded.get(message[0]!);
        return name === undefined ? message : bytes(name);
      },
    },
  };
  return new End(serverConnection(settings), provider) as unknown as End<never>;
}

for (const trace of TRACES) {
  vectorTest(`client reproduces RFC 8448's ${trace.section}`, async () => {
    const section = parseVec(readVector("rfc8448/transcripts.vec"))
      .get(trace.section)!;
    const { bytes, optional } = values(section);
    const client = clientOf(trace, section);
    const { connection } = client;

    assertEquals(await client.handshake(), "need-input");
    assertEquals(
      toHex(client.takeOutgoing()),
      toHex(bytes("Record_ClientHello_1")),
    );
    if (section.has("Record_HelloRetryRequest")) {
      connection.feed(bytes("Record_HelloRetryRequest"));
      assertEquals(await client.handshake(), "need-input");
      assertEquals(
        toHex(client.takeOutgoing()),
        toHex(bytes("Record_ClientHello_2")),
      );
    }
    connection.feed(bytes("Record_ServerHello"));
    connection.feed(bytes("Record_ServerHandshakeMessages"));
    assertEquals(await client.handshake(), "done", why(client));
    assertEquals(
      toHex(client.takeOutgoing()),
      toHex(bytes("Record_ClientFinished")),
    );

    connection.feed(optional("Record_NewSessionTicket"));
    if (section.has("Client_AppData")) {
      connection.write(bytes("Client_AppData"));
      assertEquals(
        toHex(client.takeOutgoing()),
        toHex(bytes("Record_Client_AppData")),
      );
    }
    connection.feed(optional("Record_Server_AppData"));
    const before = await client.readAll();
    assertEquals(toHex(before.data), toHex(optional("Server_AppData")));
    connection.close();
    assertEquals(
      toHex(client.takeOutgoing()),
      toHex(bytes("Record_Client_CloseNotify")),
    );
    connection.feed(bytes("Record_Server_CloseNotify"));
    assertEquals((await client.readAll()).end, "end");
    connection.destroy();
  });

  vectorTest(`server reproduces RFC 8448's ${trace.section}`, async () => {
    const section = parseVec(readVector("rfc8448/transcripts.vec"))
      .get(trace.section)!;
    const { bytes, optional } = values(section);
    const server = serverOf(trace, section);
    const { connection } = server;

    assertEquals(await server.handshake(), "need-input", why(server));
    connection.feed(bytes("Record_ClientHello_1"));
    assertEquals(await server.handshake(), "need-input", why(server));
    if (section.has("Record_HelloRetryRequest")) {
      assertEquals(
        toHex(server.takeOutgoing()),
        toHex(bytes("Record_HelloRetryRequest")),
      );
      connection.feed(bytes("Record_ClientHello_2"));
      assertEquals(await server.handshake(), "need-input", why(server));
    }
    assertEquals(
      toHex(server.takeOutgoing()),
      toHex(bytes("Record_ServerHello")) +
        toHex(bytes("Record_ServerHandshakeMessages")),
    );
    connection.feed(bytes("Record_ClientFinished"));
    assertEquals(await server.handshake(), "done", why(server));
    assertEquals(server.takeOutgoing().length, 0);

    if (section.has("Record_NewSessionTicket")) {
      // The trace's ticket used the first record number; this server has none.
      connection.write(Uint8Array.of(0));
      server.takeOutgoing();
    }
    connection.feed(optional("Record_Client_AppData"));
    const before = await server.readAll();
    assertEquals(toHex(before.data), toHex(optional("Client_AppData")));
    if (section.has("Server_AppData")) {
      connection.write(bytes("Server_AppData"));
      assertEquals(
        toHex(server.takeOutgoing()),
        toHex(bytes("Record_Server_AppData")),
      );
    }
    connection.feed(bytes("Record_Client_CloseNotify"));
    assertEquals((await server.readAll()).end, "end");
    connection.close();
    assertEquals(
      toHex(server.takeOutgoing()),
      toHex(bytes("Record_Server_CloseNotify")),
    );
    assert(connection.failure === null);
    connection.destroy();
  });
}
