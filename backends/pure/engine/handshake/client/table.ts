/**
 * The client's states and transitions.
 *
 * Theory of operation
 * ({@link https://www.rfc-editor.org/rfc/rfc8446#appendix-A.1 | RFC 8446, appendix A.1}):
 * the client sends a ClientHello with shares of its favourite groups. The server
 * answers with its choice, or once with a wish for a share of another group.
 * From ServerHello on all is protected. The server then says what else was
 * agreed, may ask for a certificate, shows its own, proves its key and ends with
 * a MAC over all of it. Only then does the client answer, with its certificate
 * if asked and its own MAC, and the connection is made.
 *
 * A state holds what is known in it and nothing else, so that a handler cannot
 * use what has not been established: the peer's proof exists from
 * `waitFinished` on alone.
 *
 * @module
 */
import type { Binding } from "../../auth/binding.ts";
import type { PeerVerified } from "../../auth/peer.ts";
import type { KeyShare } from "../../crypto/provider.ts";
import type { Transcript } from "../../crypto/transcript.ts";
import type { CertificateEntry } from "../../messages/authentication.ts";
import type { RawExtension } from "../../messages/extensions.ts";
import type { Grease } from "../../messages/grease.ts";
import type { HandshakeMessages } from "../../messages/handshake.ts";
import type { ClientSettings } from "../../settings.ts";
import type { Connected, HandshakeFacts } from "../connected.ts";
import type { Handlers } from "../machine.ts";
import type { CredentialChoice, SuiteParameters } from "../negotiate.ts";
import type { HandshakeKeys } from "../schedule.ts";

/** What the client offered, and must find in the answers. */
export interface Offer {
  /** 32 bytes. */
  readonly random: Uint8Array;
  /** Empty without compatibility mode. */
  readonly sessionId: Uint8Array;
  /** The reserved values, `null` for none. */
  readonly grease: Grease | null;
  /** The shares whose secrets this end has. */
  readonly shares: readonly KeyShare[];
  /** Bytes that a HelloRetryRequest wants back. */
  readonly cookie: Uint8Array | null;
  /** All extensions in the order of the wire. */
  readonly extensions: readonly RawExtension[];
  /** Their types, reserved ones left out: what a server may answer. */
  readonly offered: ReadonlySet<number>;
}

/** What every state of the handshake knows. */
interface Base {
  /** What the connection was told. */
  readonly settings: ClientSettings;
  /** The connection's identity. */
  readonly binding: Binding;
  /** The messages so far. */
  readonly transcript: Transcript;
  /** What was offered last. */
  readonly offer: Offer;
}

/** ClientHello was sent. */
export interface WaitServerHello extends Base {
  readonly kind: "waitServerHello";
}

/** The second ClientHello was sent. */
export interface WaitSecondServerHello extends Base {
  readonly kind: "waitSecondServerHello";
  /** ServerHello must choose the same. */
  readonly suite: SuiteParameters;
  /** The group that was asked for; `null` where only a cookie was. */
  readonly group: number | null;
}

/** What every state from ServerHello on knows. */
interface Keyed extends Base {
  readonly keys: HandshakeKeys;
  readonly facts: HandshakeFacts;
}

/** ServerHello came. */
export interface WaitEncryptedExtensions extends Keyed {
  readonly kind: "waitEncryptedExtensions";
}

/** EncryptedExtensions came. */
export interface WaitCertificateOrRequest extends Keyed {
  readonly kind: "waitCertificateOrRequest";
}

/** What the server asked for. */
export interface RequestedCertificate {
  /** What this end will show; `null`: an empty Certificate. */
  readonly choice: CredentialChoice | null;
}

/** CertificateRequest came. */
export interface WaitCertificate extends Keyed {
  readonly kind: "waitCertificate";
  readonly requested: RequestedCertificate;
}

/** Certificate came. */
export interface WaitCertificateVerify extends Keyed {
  readonly kind: "waitCertificateVerify";
  readonly requested: RequestedCertificate | null;
  readonly entries: readonly CertificateEntry[];
}

/** The server is who it should be. */
export interface WaitFinished extends Keyed {
  readonly kind: "waitFinished";
  readonly requested: RequestedCertificate | null;
  readonly peer: PeerVerified;
}

/** The client's states. */
export interface ClientStates {
  waitServerHello: WaitServerHello;
  waitSecondServerHello: WaitSecondServerHello;
  waitEncryptedExtensions: WaitEncryptedExtensions;
  waitCertificateOrRequest: WaitCertificateOrRequest;
  waitCertificate: WaitCertificate;
  waitCertificateVerify: WaitCertificateVerify;
  waitFinished: WaitFinished;
  connected: Connected;
}

/** Any of the client's states. */
export type ClientState = ClientStates[keyof ClientStates];

/** The whole protocol at a glance: state, message, next state. */
export interface ClientTable {
  waitServerHello: {
    serverHello: "waitEncryptedExtensions";
    helloRetryRequest: "waitSecondServerHello";
  };
  waitSecondServerHello: { serverHello: "waitEncryptedExtensions" };
  waitEncryptedExtensions: { encryptedExtensions: "waitCertificateOrRequest" };
  waitCertificateOrRequest: {
    certificateRequest: "waitCertificate";
    certificate: "waitCertificateVerify";
  };
  waitCertificate: { certificate: "waitCertificateVerify" };
  waitCertificateVerify: { certificateVerify: "waitFinished" };
  waitFinished: { finished: "connected" };
  connected: { newSessionTicket: "connected"; keyUpdate: "connected" };
}

/** One handler for each row. */
export type ClientHandlers = Handlers<
  ClientStates,
  HandshakeMessages,
  ClientTable
>;
