/**
 * The server checks the client's proofs: Certificate to Finished.
 *
 * @module
 */
import { verifyFinished } from "../../auth/finished.ts";
import { acceptAnonymous, verifyPeer } from "../../auth/peer.ts";
import { TlsFailure } from "../../failure.ts";
import type {
  Certificate,
  CertificateVerify,
  Finished,
} from "../../messages/authentication.ts";
import { checkOffered } from "../../messages/extensions.ts";
import type { Handling } from "../../requests.ts";
import { type Connected, connected } from "../connected.ts";
import { type Step, step } from "../machine.ts";
import type {
  WaitCertificate,
  WaitCertificateVerify,
  WaitFinished,
} from "./table.ts";

/** CertificateRequest asked for no extension in the client's Certificate. */
const NONE_OFFERED: ReadonlySet<number> = new Set();

/** The client's chain, which may be empty. */
export function onCertificate(
  state: WaitCertificate,
  message: Certificate,
  raw: Uint8Array,
): Step<WaitCertificateVerify | WaitFinished> {
  const { settings, binding, transcript } = state;
  // It echoes CertificateRequest's, which was empty.
  if (message.context.length !== 0) {
    throw new TlsFailure(
      "illegal-parameter",
      "the client's Certificate has a context",
    );
  }
  for (const entry of message.entries) {
    checkOffered(entry.extensions, NONE_OFFERED);
  }
  transcript.add(raw);
  if (message.entries.length > 0) {
    return step({
      ...state,
      kind: "waitCertificateVerify",
      entries: message.entries,
    });
  }
  const peer = acceptAnonymous(binding, settings.clientAuthentication);
  return step({ ...state, kind: "waitFinished", peer });
}

/** The client's proof. */
export function* onCertificateVerify(
  state: WaitCertificateVerify,
  message: CertificateVerify,
  raw: Uint8Array,
): Handling<Step<WaitFinished>> {
  const { settings, binding, transcript, keys, application, facts } = state;
  const peer = yield* verifyPeer(binding, settings, {
    signer: "client",
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
    keys,
    application,
    facts,
    peer,
  });
}

/** The client's Finished. */
export function onFinished(
  state: WaitFinished,
  message: Finished,
): Step<Connected> {
  const { settings, binding, transcript, keys, application, facts, peer } =
    state;
  const finished = verifyFinished(binding, message, {
    secret: keys.client,
    transcriptHash: transcript.digest(),
  });
  binding.release(keys.client);
  return step(
    connected({
      settings,
      binding,
      facts,
      peer,
      finished,
      read: application.client,
      write: application.server,
      exporter: application.exporter,
    }),
    {
      type: "installReadKey",
      secret: application.client,
      aead: facts.suite.aead,
    },
  );
}
