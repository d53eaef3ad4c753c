/**
 * The client checks the server's proofs and gives its own: CertificateRequest
 * to Finished.
 *
 * @module
 */
import { verifyFinished } from "../../auth/finished.ts";
import { signedContent, verifyPeer } from "../../auth/peer.ts";
import { algorithmOf } from "../../auth/schemes.ts";
import { TlsFailure } from "../../failure.ts";
import type {
  Certificate,
  CertificateRequest,
  CertificateVerify,
  Finished,
} from "../../messages/authentication.ts";
import { checkOffered } from "../../messages/extensions.ts";
import type { NewSessionTicket } from "../../messages/post_handshake.ts";
import { ask, type Handling, ownCredentials } from "../../requests.ts";
import { type Connected, connected } from "../connected.ts";
import { compose, type Output, type Step, step } from "../machine.ts";
import { chooseCredential } from "../negotiate.ts";
import { applicationKeys, keyLog } from "../schedule.ts";
import type {
  WaitCertificate,
  WaitCertificateOrRequest,
  WaitCertificateVerify,
  WaitFinished,
} from "./table.ts";

/** CertificateRequest: picks what to show. */
export function* onCertificateRequest(
  state: WaitCertificateOrRequest,
  message: CertificateRequest,
  raw: Uint8Array,
): Handling<Step<WaitCertificate>> {
  // "This field SHALL be zero length unless used for the post-handshake
  // authentication exchanges".
  if (message.context.length !== 0) {
    throw new TlsFailure(
      "illegal-parameter",
      "CertificateRequest has a context in the handshake",
    );
  }
  const { values } = message.extensions;
  const credentials = yield* ownCredentials(state.settings);
  const choice = chooseCredential(credentials, {
    schemes: message.signatureSchemes,
    certificateSchemes: values.signature_algorithms_cert ??
      message.signatureSchemes,
    serverName: null,
    authorities: values.certificate_authorities ?? [],
  });
  state.transcript.add(raw);
  return step({ ...state, kind: "waitCertificate", requested: { choice } });
}

/** The server's chain. */
export function onCertificate(
  state: WaitCertificateOrRequest | WaitCertificate,
  message: Certificate,
  raw: Uint8Array,
): Step<WaitCertificateVerify> {
  const { transcript, offer } = state;
  if (message.context.length !== 0) {
    throw new TlsFailure(
      "illegal-parameter",
      "the server's Certificate has a context",
    );
  }
  // "If the server supplies an empty Certificate message, the client MUST abort
  // the handshake with a "decode_error" alert."
  if (message.entries.length === 0) {
    throw new TlsFailure("decode", "the server shows no certificate");
  }
  for (const entry of message.entries) {
    checkOffered(entry.extensions, offer.offered);
  }
  transcript.add(raw);
  const requested = state.kind === "waitCertificate" ? state.requested : null;
  const { settings, binding, keys, facts } = state;
  return step({
    kind: "waitCertificateVerify",
    settings,
    binding,
    transcript,
    offer,
    keys,
    facts,
    requested,
    entries: message.entries,
  });
}

/** The server's proof. */
export function* onCertificateVerify(
  state: WaitCertificateVerify,
  message: CertificateVerify,
  raw: Uint8Array,
): Handling<Step<WaitFinished>> {
  const { settings, binding, transcript, offer, keys, facts } = state;
  const peer = yield* verifyPeer(binding, settings, {
    signer: "server",
    entries: state.entries,
    proof: message,
    transcriptHash: transcript.digest(),
  });
  transcript.add(raw);
  return step({
    kind: "waitFinished",
    settings,
    binding,
    transcript,
    offer,
    keys,
    facts,
    requested: state.requested,
    peer,
  });
}

/** The server's Finished, and this end's last flight. */
export function* onFinished(
  state: WaitFinished,
  message: Finished,
  raw: Uint8Array,
): Handling<Step<Connected>> {
  const { settings, binding, transcript, keys, facts, peer } = state;
  const finished = verifyFinished(binding, message, {
    secret: keys.server,
    transcriptHash: transcript.digest(),
  });
  transcript.add(raw);
  const { suite, clientRandom } = facts;
  const application = applicationKeys(binding, keys, transcript);
  const outputs: Output[] = [
    { type: "installReadKey", secret: application.server, aead: suite.aead },
  ];
  const send = (message: Uint8Array) => {
    transcript.add(message);
    outputs.push({ type: "send", message });
  };
  const choice = state.requested?.choice ?? null;
  if (state.requested !== null) {
    // "If no suitable certificate is available, the client MUST send a
    // Certificate message containing no certificates".
    const chain = choice?.credential.chain ?? [];
    send(compose(settings, "certificate", {
      context: new Uint8Array(0),
      chain,
    }));
  }
  if (choice !== null) {
    const signature = yield* ask("sign", {
      key: choice.credential.key,
      algorithm: algorithmOf(choice.scheme)!,
      message: signedContent("client", transcript.digest()),
    });
    send(compose(settings, "certificate_verify", {
      scheme: choice.scheme,
      signature,
    }));
  }
  send(
    compose(
      settings,
      "finished",
      keys.client.verifyData(transcript.digest()),
    ),
  );
  outputs.push(
    { type: "installWriteKey", secret: application.client, aead: suite.aead },
    ...keyLog(
      settings,
      clientRandom,
      application.client,
      application.server,
      application.exporter,
    ),
  );
  binding.release(keys.client);
  binding.release(keys.server);
  return step(
    connected({
      settings,
      binding,
      facts: { ...facts, ownScheme: choice?.scheme ?? null },
      peer,
      finished,
      read: application.server,
      write: application.client,
      exporter: application.exporter,
    }),
    ...outputs,
  );
}

/** A ticket: its form was checked; resumption is not spoken yet. */
export function onNewSessionTicket(
  state: Connected,
  _message: NewSessionTicket,
): Step<Connected> {
  return step(state);
}
