/**
 * The server's states and transitions.
 *
 * Theory of operation
 * ({@link https://www.rfc-editor.org/rfc/rfc8446#appendix-A.2 | RFC 8446, appendix A.2}):
 * a ClientHello says what the client can do. If it lacks a share that the server
 * can use, the server asks once for another. Otherwise the server sends its
 * whole flight at once, from ServerHello to Finished, and waits: for the client's
 * certificate and its proof where it asked for them, then for Finished.
 *
 * A client that shows no certificate goes straight to `waitFinished`, which
 * needs a proof of the peer all the same: `auth/peer.ts` gives it only where the
 * policy allows anonymous clients.
 *
 * @module
 */
import type { Binding } from "../../auth/binding.ts";
import type { PeerVerified } from "../../auth/peer.ts";
import type { Transcript } from "../../crypto/transcript.ts";
import type { CertificateEntry } from "../../messages/authentication.ts";
import type { HandshakeMessages } from "../../messages/handshake.ts";
import type { ClientHello } from "../../messages/hello.ts";
import type { ServerSettings } from "../../settings.ts";
import type { Connected, HandshakeFacts } from "../connected.ts";
import type { Handlers } from "../machine.ts";
import type { SuiteParameters } from "../negotiate.ts";
import type { ApplicationKeys, HandshakeKeys } from "../schedule.ts";

/** Nothing came yet. */
export interface WaitClientHello {
  readonly kind: "waitClientHello";
  /** What the connection was told, before the client's name is known. */
  readonly settings: ServerSettings;
  /** The connection's identity. */
  readonly binding: Binding;
}

/** What every later state knows. */
interface Base {
  readonly settings: ServerSettings;
  readonly binding: Binding;
  /** The messages so far. */
  readonly transcript: Transcript;
}

/** HelloRetryRequest was sent. */
export interface WaitSecondClientHello extends Base {
  readonly kind: "waitSecondClientHello";
  /** The second hello must repeat it. */
  readonly first: ClientHello;
  readonly suite: SuiteParameters;
  /** The group that was asked for. */
  readonly group: number;
}

/** The server's Finished was sent. */
interface Answered extends Base {
  readonly keys: Pick<HandshakeKeys, "client">;
  readonly application: ApplicationKeys;
  readonly facts: HandshakeFacts;
}

/** The client was asked for a certificate. */
export interface WaitCertificate extends Answered {
  readonly kind: "waitCertificate";
}

/** It showed one. */
export interface WaitCertificateVerify extends Answered {
  readonly kind: "waitCertificateVerify";
  readonly entries: readonly CertificateEntry[];
}

/** The client is who it may be. */
export interface WaitFinished extends Answered {
  readonly kind: "waitFinished";
  readonly peer: PeerVerified;
}

/** The server's states. */
export interface ServerStates {
  waitClientHello: WaitClientHello;
  waitSecondClientHello: WaitSecondClientHello;
  waitCertificate: WaitCertificate;
  waitCertificateVerify: WaitCertificateVerify;
  waitFinished: WaitFinished;
  connected: Connected;
}

/** Any of the server's states. */
export type ServerState = ServerStates[keyof ServerStates];

/** The whole protocol at a glance: state, message, next states. */
export interface ServerTable {
  waitClientHello: {
    clientHello: "waitSecondClientHello" | "waitCertificate" | "waitFinished";
  };
  waitSecondClientHello: { clientHello: "waitCertificate" | "waitFinished" };
  waitCertificate: { certificate: "waitCertificateVerify" | "waitFinished" };
  waitCertificateVerify: { certificateVerify: "waitFinished" };
  waitFinished: { finished: "connected" };
  connected: { keyUpdate: "connected" };
}

/** One handler for each row. */
export type ServerHandlers = Handlers<
  ServerStates,
  HandshakeMessages,
  ServerTable
>;
