/**
 * The client reads the server's choice: ServerHello and EncryptedExtensions.
 *
 * @module
 */
import { CryptoFailure } from "../../crypto/provider.ts";
import { TlsFailure } from "../../failure.ts";
import { ProtocolVersion } from "../../iana.ts";
import type { EncryptedExtensions } from "../../messages/authentication.ts";
import { checkOffered } from "../../messages/extensions.ts";
import { isDowngrade, type ServerHello } from "../../messages/hello.ts";
import { ask, type Handling } from "../../requests.ts";
import type { ClientSettings } from "../../settings.ts";
import { type Output, type Step, step } from "../machine.ts";
import {
  sameBytes,
  type SuiteParameters,
  suiteParameters,
} from "../negotiate.ts";
import { handshakeKeys, keyLog } from "../schedule.ts";
import type {
  Offer,
  WaitCertificateOrRequest,
  WaitEncryptedExtensions,
  WaitSecondServerHello,
  WaitServerHello,
} from "./table.ts";

/** What ServerHello and HelloRetryRequest have in common. */
interface Head {
  readonly legacyVersion: number;
  readonly sessionId: Uint8Array;
  readonly cipherSuite: number;
  readonly compressionMethod: number;
}

/**
 * Checks what both hellos of a server say, and returns the suite. `random` is
 * `null` for a HelloRetryRequest.
 */
export function acceptHead(
  settings: ClientSettings,
  offer: Offer,
  answer: {
    readonly head: Head;
    readonly version: number | undefined;
    readonly random: Uint8Array | null;
  },
): SuiteParameters {
  const { head, version, random } = answer;
  if (version === undefined) {
    // "TLS 1.3 clients receiving a ServerHello indicating TLS 1.2 or below MUST
    // check that the last 8 bytes are not equal to either of these values."
    if (random !== null && isDowngrade(random)) {
      throw new TlsFailure(
        "illegal-parameter",
        "the server speaks TLS 1.3, but something made it choose less",
      );
    }
    throw new TlsFailure(
      "no-common-version",
      "the server does not speak TLS 1.3",
    );
  }
  // "Any endpoint receiving a Hello message with ... ServerHello.legacy_version
  // set to 0x0300 MUST abort the handshake with a "protocol_version" alert."
  if (head.legacyVersion === ProtocolVersion.SSLv3_0) {
    throw new TlsFailure("no-common-version", "the server says SSL 3.0");
  }
  // "If this extension contains a version not offered by the client or ...
  // prior to TLS 1.3, the client MUST abort the handshake with an
  // "illegal_parameter" alert."
  if (
    version !== ProtocolVersion.TLSv1_3 ||
    head.legacyVersion !== ProtocolVersion.TLSv1_2
  ) {
    throw new TlsFailure(
      "illegal-parameter",
      "the server chooses a version that was not offered",
    );
  }
  if (!sameBytes(head.sessionId, offer.sessionId)) {
    throw new TlsFailure(
      "illegal-parameter",
      "the server does not echo legacy_session_id",
    );
  }
  if (head.compressionMethod !== 0) {
    throw new TlsFailure("illegal-parameter", "the server compresses");
  }
  const suite = suiteParameters(head.cipherSuite, settings.suites);
  if (suite === null) {
    throw new TlsFailure(
      "illegal-parameter",
      `the server chooses suite ${head.cipherSuite}, which was not offered`,
    );
  }
  return suite;
}

/** ServerHello, the first or after a HelloRetryRequest. */
export function* onServerHello(
  state: WaitServerHello | WaitSecondServerHello,
  message: ServerHello,
  raw: Uint8Array,
): Handling<Step<WaitEncryptedExtensions>> {
  const { settings, binding, transcript, offer } = state;
  const { values } = message.extensions;
  const suite = acceptHead(settings, offer, {
    head: message,
    version: values.supported_versions,
    random: message.random,
  });
  checkOffered(message.extensions, offer.offered);
  const entry = values.key_share;
  if (entry === undefined) {
    throw new TlsFailure("missing-extension", "ServerHello has no key_share");
  }
  const retried = state.kind === "waitSecondServerHello";
  // "Upon receipt of a ServerHello, clients MUST check that the cipher suite ...
  // is the same as that in the HelloRetryRequest and otherwise abort".
  if (retried && suite.suite !== state.suite.suite) {
    throw new TlsFailure(
      "illegal-parameter",
      "ServerHello changes HelloRetryRequest's suite",
    );
  }
  const share = offer.shares.find(({ group }) => group === entry.group);
  if (share === undefined) {
    throw new TlsFailure(
      "illegal-parameter",
      `the server chooses group ${entry.group}, of which it has no share`,
    );
  }
  let sharedSecret: Uint8Array;
  try {
    sharedSecret = yield* ask("deriveShared", {
      share,
      peer: entry.keyExchange,
    });
  } catch (error) {
    if (!(error instanceof CryptoFailure)) throw error;
    throw new TlsFailure(
      "illegal-parameter",
      `the server's share is not valid: ${error.message}`,
      { cause: error },
    );
  }
  for (const own of offer.shares) binding.release(own);
  transcript.select(suite.hash);
  transcript.add(raw);
  const keys = handshakeKeys(settings, binding, {
    suite,
    sharedSecret,
    transcript,
  });
  const outputs: Output[] = [
    { type: "installReadKey", secret: keys.server, aead: suite.aead },
    {
      type: "installWriteKey",
      secret: keys.client,
      aead: suite.aead,
      // After a HelloRetryRequest it was sent before the second hello.
      changeCipherSpec: settings.compatibilityMode && !retried,
    },
    ...keyLog(settings, offer.random, keys.client, keys.server),
  ];
  return step(
    {
      kind: "waitEncryptedExtensions",
      settings,
      binding,
      transcript,
      offer,
      keys,
      facts: {
        suite,
        group: entry.group,
        protocol: null,
        serverName: settings.serverName,
        retried,
        ownScheme: null,
        clientRandom: offer.random,
      },
    },
    ...outputs,
  );
}

/** The largest record_size_limit that TLS 1.3 allows without an extension. */
const MAX_RECORD_SIZE_LIMIT = 2 ** 14 + 1;

/** EncryptedExtensions. */
export function onEncryptedExtensions(
  state: WaitEncryptedExtensions,
  message: EncryptedExtensions,
  raw: Uint8Array,
): Step<WaitCertificateOrRequest> {
  const { settings, transcript, offer } = state;
  const { values } = message.extensions;
  checkOffered(message.extensions, offer.offered);
  const protocol = values.application_layer_protocol_negotiation ?? null;
  if (
    protocol !== null &&
    !settings.protocols.some((name) => sameBytes(name, protocol))
  ) {
    throw new TlsFailure(
      "illegal-parameter",
      "the server chooses a protocol that was not offered",
    );
  }
  const outputs: Output[] = [];
  const limit = values.record_size_limit;
  if (limit !== undefined) {
    // "A client MAY treat receipt of a value larger than that as fatal".
    if (limit > MAX_RECORD_SIZE_LIMIT) {
      throw new TlsFailure(
        "illegal-parameter",
        "the server's record_size_limit is over 2^14 + 1",
      );
    }
    outputs.push({
      type: "limitRecords",
      send: limit,
      receive: settings.recordSizeLimit,
    });
  }
  transcript.add(raw);
  return step(
    {
      ...state,
      kind: "waitCertificateOrRequest",
      facts: { ...state.facts, protocol },
    },
    ...outputs,
  );
}
