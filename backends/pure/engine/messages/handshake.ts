/**
 * The only way from bytes to handshake messages and back. What comes out of
 * {@linkcode decodeHandshake} cannot be malformed.
 *
 * @module
 */
import { Reader } from "../codec/reader.ts";
import { Writer } from "../codec/writer.ts";
import { TlsFailure } from "../failure.ts";
import { HandshakeType } from "../iana.ts";
import {
  type Certificate,
  type CertificateRequest,
  type CertificateVerify,
  decodeCertificate,
  decodeCertificateRequest,
  decodeCertificateVerify,
  decodeEncryptedExtensions,
  decodeFinished,
  encodeCertificate,
  encodeCertificateRequest,
  encodeCertificateVerify,
  type EncryptedExtensions,
  type Finished,
} from "./authentication.ts";
import { encodeExtensions, type RawExtension } from "./extensions.ts";
import {
  type ClientHello,
  type ClientHelloFields,
  decodeClientHello,
  decodeServerHello,
  encodeClientHello,
  encodeServerHello,
  type HelloRetryRequest,
  type ServerHello,
  type ServerHelloFields,
} from "./hello.ts";
import {
  decodeKeyUpdate,
  decodeNewSessionTicket,
  encodeKeyUpdate,
  type KeyUpdate,
  type NewSessionTicket,
} from "./post_handshake.ts";

/** The messages that a transition table may name. */
export interface HandshakeMessages {
  /** The client's offer. */
  clientHello: ClientHello;
  /** The server's choice. */
  serverHello: ServerHello;
  /** The server's wish for another offer. */
  helloRetryRequest: HelloRetryRequest;
  /** The server's first protected answer. */
  encryptedExtensions: EncryptedExtensions;
  /** A server's wish for a certificate. */
  certificateRequest: CertificateRequest;
  /** A chain. */
  certificate: Certificate;
  /** Proof of the chain's key. */
  certificateVerify: CertificateVerify;
  /** The MAC that ends a side's handshake. */
  finished: Finished;
  /** A ticket. */
  newSessionTicket: NewSessionTicket;
  /** A change of keys. */
  keyUpdate: KeyUpdate;
}

/** Any handshake message of TLS 1.3. */
export type HandshakeMessage = HandshakeMessages[keyof HandshakeMessages];

type Decoder = (reader: Reader) => HandshakeMessage;

/** What a message of each type may be called in the transition tables. */
const NAMES: ReadonlyMap<number, readonly (keyof HandshakeMessages)[]> =
  new Map([
    [HandshakeType.client_hello, ["clientHello"]],
    [HandshakeType.server_hello, ["serverHello", "helloRetryRequest"]],
    [HandshakeType.encrypted_extensions, ["encryptedExtensions"]],
    [HandshakeType.certificate_request, ["certificateRequest"]],
    [HandshakeType.certificate, ["certificate"]],
    [HandshakeType.certificate_verify, ["certificateVerify"]],
    [HandshakeType.finished, ["finished"]],
    [HandshakeType.new_session_ticket, ["newSessionTicket"]],
    [HandshakeType.key_update, ["keyUpdate"]],
  ]);

/** The names of the messages of a type; none for a type that is not spoken. */
export function messageNames(
  type: number,
): readonly (keyof HandshakeMessages)[] {
  return NAMES.get(type) ?? [];
}

const DECODERS: ReadonlyMap<number, Decoder> = new Map<number, Decoder>([
  [HandshakeType.client_hello, decodeClientHello],
  [HandshakeType.server_hello, decodeServerHello],
  [HandshakeType.encrypted_extensions, decodeEncryptedExtensions],
  [HandshakeType.certificate_request, decodeCertificateRequest],
  [HandshakeType.certificate, decodeCertificate],
  [HandshakeType.certificate_verify, decodeCertificateVerify],
  [HandshakeType.finished, decodeFinished],
  [HandshakeType.new_session_ticket, decodeNewSessionTicket],
  [HandshakeType.key_update, decodeKeyUpdate],
]);

/** A handshake message's type and length. */
export const HANDSHAKE_HEADER = 4;

/**
 * The longest handshake message but Certificate. Hellos with every extension,
 * post-quantum shares and lists of authorities stay far under it.
 */
export const MAX_MESSAGE_LENGTH = 65_536;
/** The longest Certificate: {@linkcode MAX_MESSAGE_LENGTH} four times over. */
export const MAX_CERTIFICATE_LENGTH = 262_144;

/**
 * Throws unless a message that announces `type` and `length` may be waited for:
 * nothing is stored for one that can only be refused.
 */
export function checkHandshakeHeader(type: number, length: number): void {
  if (!DECODERS.has(type)) {
    throw new TlsFailure(
      "unexpected-message",
      `handshake message type ${type} is not one of TLS 1.3's`,
    );
  }
  const limit = type === HandshakeType.certificate
    ? MAX_CERTIFICATE_LENGTH
    : MAX_MESSAGE_LENGTH;
  if (length > limit) {
    throw new TlsFailure(
      "message-too-large",
      `a handshake message of ${length} bytes is over the limit of ${limit}`,
    );
  }
}

/**
 * The message in `bytes`, header included. Its fields are views of `bytes`,
 * which must not change afterwards.
 */
export function decodeHandshake(bytes: Uint8Array): HandshakeMessage {
  const reader = new Reader(bytes);
  const type = reader.uint8();
  const length = reader.uint24();
  checkHandshakeHeader(type, length);
  const body = reader.sub(length);
  reader.end();
  const message = DECODERS.get(type)!(body);
  body.end();
  return message;
}

/** What each message is made of, for {@linkcode encodeHandshake}. */
export interface HandshakeFields {
  /** ClientHello. */
  client_hello: ClientHelloFields;
  /** ServerHello or HelloRetryRequest. */
  server_hello: ServerHelloFields;
  /** EncryptedExtensions: its extensions. */
  encrypted_extensions: readonly RawExtension[];
  /** CertificateRequest: its extensions. */
  certificate_request: readonly RawExtension[];
  /** Certificate. */
  certificate: {
    readonly context: Uint8Array;
    readonly chain: readonly Uint8Array[];
  };
  /** CertificateVerify. */
  certificate_verify: {
    readonly scheme: number;
    readonly signature: Uint8Array;
  };
  /** Finished: its verify_data. */
  finished: Uint8Array;
  /** KeyUpdate: whether the peer must follow. */
  key_update: boolean;
}

const ENCODERS: {
  readonly [T in keyof HandshakeFields]: (
    writer: Writer,
    fields: HandshakeFields[T],
  ) => void;
} = {
  client_hello: encodeClientHello,
  server_hello: encodeServerHello,
  encrypted_extensions: encodeExtensions,
  certificate_request: encodeCertificateRequest,
  certificate: encodeCertificate,
  certificate_verify: encodeCertificateVerify,
  finished: (writer, verifyData) => void writer.bytes(verifyData),
  key_update: encodeKeyUpdate,
};

/** A message of `type`, header included. */
export function encodeHandshake<T extends keyof HandshakeFields>(
  type: T,
  fields: HandshakeFields[T],
): Uint8Array<ArrayBuffer> {
  const writer = new Writer();
  writer.uint8(HandshakeType[type]).vector24((w) => ENCODERS[type](w, fields));
  return writer.finish();
}
