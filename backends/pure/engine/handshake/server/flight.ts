/**
 * The server's flight: ServerHello to Finished.
 *
 * @module
 */
import type { Binding } from "../../auth/binding.ts";
import { acceptAnonymous, signedContent } from "../../auth/peer.ts";
import { algorithmOf } from "../../auth/schemes.ts";
import { CryptoFailure } from "../../crypto/provider.ts";
import type { Transcript } from "../../crypto/transcript.ts";
import { TlsFailure } from "../../failure.ts";
import { ProtocolVersion } from "../../iana.ts";
import type { KeyShareEntry } from "../../messages/extension_bodies.ts";
import { extension, type RawExtension } from "../../messages/extensions.ts";
import type { ClientHello } from "../../messages/hello.ts";
import { ask, type Handling, ownCredentials } from "../../requests.ts";
import { SERVER_ENTROPY, type ServerSettings } from "../../settings.ts";
import type { HandshakeFacts } from "../connected.ts";
import { compose, type Output, type Step, step } from "../machine.ts";
import {
  chooseCredential,
  chooseProtocol,
  type CredentialChoice,
  type SuiteParameters,
} from "../negotiate.ts";
import { applicationKeys, handshakeKeys, keyLog } from "../schedule.ts";
import type { WaitCertificate, WaitFinished } from "./table.ts";

/** The extensions without which there is no handshake by certificate. */
export interface Required {
  /** The groups that the client supports. */
  readonly groups: readonly number[];
  /** The shares that it sends. */
  readonly shares: readonly KeyShareEntry[];
  /** The signature schemes that it takes. */
  readonly schemes: readonly number[];
}

/**
 * "If the client sends a non-empty session ID, the server MUST send the
 * change_cipher_spec", "immediately after its first handshake message".
 */
export function compatibility(hello: ClientHello): readonly Output[] {
  return hello.sessionId.length > 0 ? [{ type: "sendChangeCipherSpec" }] : [];
}

/** What the flight answers. */
interface Accepted {
  readonly hello: ClientHello;
  readonly required: Required;
  readonly suite: SuiteParameters;
  readonly share: KeyShareEntry;
  readonly retried: boolean;
}

interface Base {
  readonly settings: ServerSettings;
  readonly binding: Binding;
  readonly transcript: Transcript;
}

function selectProtocol(
  settings: ServerSettings,
  hello: ClientHello,
): Uint8Array | null {
  const offered = hello.extensions.values
    .application_layer_protocol_negotiation;
  if (offered === undefined || settings.protocols.length === 0) return null;
  const protocol = chooseProtocol(settings.protocols, offered);
  // "In the event that the server supports no protocols that the client
  // advertises, then the server SHALL respond with a fatal
  // "no_application_protocol" alert."
  if (protocol === null) {
    throw new TlsFailure("no-application-protocol", "no protocol is common");
  }
  return protocol;
}

function* selectCredential(
  settings: ServerSettings,
  { hello, required }: Accepted,
): Handling<CredentialChoice> {
  const { values } = hello.extensions;
  const credentials = yield* ownCredentials(settings);
  const choice = chooseCredential(credentials, {
    schemes: required.schemes,
    certificateSchemes: values.signature_algorithms_cert ?? required.schemes,
    serverName: values.server_name ?? null,
    // certificate_authorities of a client is a hint that a server may leave
    // aside: no other chain would be any better.
    authorities: [],
  });
  if (choice === null) {
    throw new TlsFailure(
      "no-common-parameters",
      "no certificate fits the client's signature schemes",
    );
  }
  return choice;
}

/** The secret of the key exchange, and this end's share. */
function* exchange(share: KeyShareEntry) {
  try {
    return yield* ask("respondKeyShare", {
      group: share.group,
      peer: share.keyExchange,
    });
  } catch (error) {
    if (!(error instanceof CryptoFailure)) throw error;
    throw new TlsFailure(
      "illegal-parameter",
      `the client's share is not valid: ${error.message}`,
      { cause: error },
    );
  }
}

/** Answers a ClientHello that has all that is needed. */
export function* answer(
  base: Base,
  accepted: Accepted,
  early: readonly Output[],
): Handling<Step<WaitCertificate | WaitFinished>> {
  const { settings, binding, transcript } = base;
  const { hello, suite, share, retried } = accepted;
  const { values } = hello.extensions;
  const protocol = selectProtocol(settings, hello);
  const { credential, scheme } = yield* selectCredential(settings, accepted);
  if (settings.entropy.length !== SERVER_ENTROPY) {
    throw new RangeError(`Cannot start: not ${SERVER_ENTROPY} random bytes`);
  }
  const { publicKey, sharedSecret } = yield* exchange(share);

  const outputs: Output[] = [];
  const send = (message: Uint8Array) => {
    transcript.add(message);
    outputs.push({ type: "send", message });
  };
  send(compose(settings, "server_hello", {
    random: settings.entropy.slice(),
    sessionId: hello.sessionId,
    cipherSuite: suite.suite,
    extensions: [
      extension("SH", "key_share", {
        group: share.group,
        keyExchange: publicKey,
      }),
      extension("SH", "supported_versions", ProtocolVersion.TLSv1_3),
    ],
  }));
  if (!retried) outputs.push(...compatibility(hello));
  const keys = handshakeKeys(settings, binding, {
    suite,
    sharedSecret,
    transcript,
  });
  outputs.push({
    type: "installWriteKey",
    secret: keys.server,
    aead: suite.aead,
  });
  const limit = values.record_size_limit;
  if (limit !== undefined) {
    outputs.push({
      type: "limitRecords",
      send: limit,
      receive: settings.recordSizeLimit,
    });
  }
  send(compose(
    settings,
    "encrypted_extensions",
    encryptedExtensions(settings, hello, protocol),
  ));
  if (settings.clientAuthentication !== "none") {
    send(compose(settings, "certificate_request", requestExtensions(settings)));
  }
  send(compose(settings, "certificate", {
    context: new Uint8Array(0),
    chain: credential.chain,
  }));
  const signature = yield* ask("sign", {
    key: credential.key,
    algorithm: algorithmOf(scheme)!,
    message: signedContent("server", transcript.digest()),
  });
  send(compose(settings, "certificate_verify", { scheme, signature }));
  send(
    compose(settings, "finished", keys.server.verifyData(transcript.digest())),
  );
  const { client } = keys;
  const application = applicationKeys(binding, keys, transcript);
  outputs.push(
    { type: "installReadKey", secret: client, aead: suite.aead },
    ...early,
    {
      type: "installWriteKey",
      secret: application.server,
      aead: suite.aead,
    },
    ...keyLog(
      settings,
      hello.random,
      client,
      keys.server,
      application.client,
      application.server,
      application.exporter,
    ),
    { type: "release", secret: keys.server },
  );
  const facts: HandshakeFacts = {
    suite,
    group: share.group,
    protocol,
    serverName: values.server_name ?? null,
    retried,
    ownScheme: scheme,
    clientRandom: hello.random,
  };
  const answered = { ...base, keys: { client }, application, facts };
  return settings.clientAuthentication === "none"
    ? step({
      kind: "waitFinished",
      ...answered,
      peer: acceptAnonymous(binding, "none"),
    }, ...outputs)
    : step({ kind: "waitCertificate", ...answered }, ...outputs);
}

function encryptedExtensions(
  settings: ServerSettings,
  hello: ClientHello,
  protocol: Uint8Array | null,
): readonly RawExtension[] {
  const { values } = hello.extensions;
  const list: RawExtension[] = [];
  // "A server that receives a client hello containing the "server_name"
  // extension MAY use [it] ... In this event, the server SHALL include an
  // extension of type "server_name"" (RFC 6066, 3).
  if (values.server_name !== undefined) {
    list.push(extension("EE", "server_name", true));
  }
  if (protocol !== null) {
    list.push(
      extension("EE", "application_layer_protocol_negotiation", protocol),
    );
  }
  if (values.record_size_limit !== undefined) {
    list.push(extension("EE", "record_size_limit", settings.recordSizeLimit));
  }
  return list;
}

function requestExtensions(settings: ServerSettings): readonly RawExtension[] {
  const list = [
    extension("CR", "signature_algorithms", settings.signatureSchemes),
  ];
  if (settings.authorities.length > 0) {
    list.push(
      extension("CR", "certificate_authorities", settings.authorities),
    );
  }
  return list;
}
