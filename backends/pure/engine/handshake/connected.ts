/**
 * The state that both roles end in, and what happens in it.
 *
 * @module
 */
import type { Binding } from "../auth/binding.ts";
import { checkProofs, type FinishedVerified } from "../auth/finished.ts";
import type { PeerVerified } from "../auth/peer.ts";
import type {
  ApplicationTrafficSecret,
  ExporterSecret,
} from "../crypto/schedule13.ts";
import type { KeyUpdate } from "../messages/post_handshake.ts";
import type { CommonSettings } from "../settings.ts";
import { compose, type Output, type Step, step } from "./machine.ts";
import type { SuiteParameters } from "./negotiate.ts";
import { keyLog } from "./schedule.ts";

/** What was negotiated. */
export interface HandshakeFacts {
  /** The suite. */
  readonly suite: SuiteParameters;
  /** The group of the key exchange. */
  readonly group: number;
  /** The application protocol, `null` for none. */
  readonly protocol: Uint8Array | null;
  /** The host name that the client asked for. */
  readonly serverName: string | null;
  /** Whether there was a HelloRetryRequest. */
  readonly retried: boolean;
  /** The scheme that this end signed by. */
  readonly ownScheme: number | null;
  /** Names the connection in a key log. */
  readonly clientRandom: Uint8Array;
}

/** The handshake is done: needs both proofs. */
export interface Connected {
  /** Its name in the tables. */
  readonly kind: "connected";
  /** What the connection was told. */
  readonly settings: CommonSettings;
  /** The connection's identity. */
  readonly binding: Binding;
  /** What was negotiated. */
  readonly facts: HandshakeFacts;
  /** Proof of the peer's identity. */
  readonly peer: PeerVerified;
  /** Proof of the peer's Finished. */
  readonly finished: FinishedVerified;
  /** The peer's current secret. */
  readonly read: ApplicationTrafficSecret;
  /** This end's current secret. */
  readonly write: ApplicationTrafficSecret;
  /** For exporters. */
  readonly exporter: ExporterSecret;
}

/** Makes the last state; throws unless both proofs are this connection's. */
export function connected(fields: Omit<Connected, "kind">): Connected {
  checkProofs(fields.binding, fields.peer, fields.finished);
  return { kind: "connected", ...fields };
}

function nextSecret(
  { binding }: Connected,
  secret: ApplicationTrafficSecret,
): ApplicationTrafficSecret {
  const next = binding.own(secret.next());
  binding.release(secret);
  return next;
}

/** A KeyUpdate of this end, and the key that follows it. */
export function updateWriteKey(
  state: Connected,
  requestUpdate: boolean,
): Step<Connected> {
  const message = compose(state.settings, "key_update", requestUpdate);
  const write = nextSecret(state, state.write);
  const { facts: { suite, clientRandom }, settings } = state;
  return step(
    { ...state, write },
    { type: "send", message },
    { type: "installWriteKey", secret: write, aead: suite.aead },
    ...keyLog(settings, clientRandom, write),
  );
}

/** A KeyUpdate of the peer. */
export function onKeyUpdate(
  state: Connected,
  message: KeyUpdate,
): Step<Connected> {
  const read = nextSecret(state, state.read);
  const { facts: { suite, clientRandom }, settings } = state;
  const outputs: Output[] = [
    { type: "installReadKey", secret: read, aead: suite.aead },
    ...keyLog(settings, clientRandom, read),
  ];
  const next: Connected = { ...state, read };
  if (!message.updateRequested) return step(next, ...outputs);
  // "the receiver MUST send a KeyUpdate of its own with request_update set to
  // "update_not_requested" prior to sending its next Application Data record."
  const own = updateWriteKey(next, false);
  return step(own.next, ...outputs, ...own.outputs);
}
