/**
 * Deno's errors as the contract's. Deno hands rustls's errors to JavaScript as
 * sentences; what they say is read here and nowhere else.
 *
 * @module
 */
import {
  AlertError,
  CertificateError,
  ConfigurationError,
  RaggedEOF,
  TLSError,
} from "../../api/errors.ts";

/** The backend's name, for messages. */
export const NAME = "deno";

/** A refusal by this backend. */
export function refusal(
  field: string,
  message: string,
  cause?: unknown,
): ConfigurationError {
  return new ConfigurationError(message, {
    field,
    backend: NAME,
    ...(cause === undefined ? {} : { cause }),
  });
}

/** The alerts by rustls's names for them. */
const ALERTS: Readonly<Record<string, number>> = {
  CloseNotify: 0,
  UnexpectedMessage: 10,
  BadRecordMac: 20,
  DecryptionFailed: 21,
  RecordOverflow: 22,
  DecompressionFailure: 30,
  HandshakeFailure: 40,
  NoCertificate: 41,
  BadCertificate: 42,
  UnsupportedCertificate: 43,
  CertificateRevoked: 44,
  CertificateExpired: 45,
  CertificateUnknown: 46,
  IllegalParameter: 47,
  UnknownCA: 48,
  AccessDenied: 49,
  DecodeError: 50,
  DecryptError: 51,
  ExportRestriction: 60,
  ProtocolVersion: 70,
  InsufficientSecurity: 71,
  InternalError: 80,
  InappropriateFallback: 86,
  UserCanceled: 90,
  NoRenegotiation: 100,
  MissingExtension: 109,
  UnsupportedExtension: 110,
  CertificateUnobtainable: 111,
  UnrecognisedName: 112,
  BadCertificateStatusResponse: 113,
  BadCertificateHashValue: 114,
  UnknownPSKIdentity: 115,
  CertificateRequired: 116,
  NoApplicationProtocol: 120,
  EncryptedClientHelloRequired: 121,
};

/** What rustls says of a certificate, why that is, and what to say of it. */
const CERTIFICATE_REASONS: readonly [RegExp, string, string][] = [
  [/expired/i, "expired", "it has expired"],
  [
    /not\s*valid\s*yet|not valid before/i,
    "not-yet-valid",
    "it is not valid yet",
  ],
  [/unknown\s*issuer/i, "unknown-issuer", "nobody who is trusted issued it"],
  [
    /CaUsedAsEndEntity/,
    "ca-as-leaf",
    "it is a CA's own certificate, as self-signed ones often are",
  ],
  [/not\s*valid\s*for\s*name/i, "name-mismatch", "it is for another name"],
  [/revoked/i, "revoked", "it was revoked"],
  [
    /InvalidPurpose|not valid for the purpose|extended key usage/i,
    "wrong-purpose",
    "it is not for this purpose",
  ],
  [
    /EndEntityUsedAsCa/,
    "not-a-ca",
    "its issuer is no certificate authority",
  ],
  [/signature/i, "bad-signature", "its signature is wrong"],
  [/BadEncoding|BadDer/i, "bad-encoding", "it is malformed"],
];

/** Faults of the peer that rustls answers with an alert of its own. */
const SENT_ALERTS: readonly [RegExp, number, string][] = [
  [
    /received corrupt message of type InvalidContentType/,
    ALERTS.DecodeError!,
    "what the peer sent is no TLS",
  ],
  [
    /received corrupt message/,
    ALERTS.DecodeError!,
    "the peer sent a malformed message",
  ],
  [
    /cannot decrypt peer's message/,
    ALERTS.BadRecordMac!,
    "a record of the peer's was altered on its way",
  ],
  [
    /received unexpected (handshake )?message/,
    ALERTS.UnexpectedMessage!,
    "the peer sent a message out of turn",
  ],
  [
    /peer is incompatible: .*(Tls12|Tls13|version)/i,
    ALERTS.ProtocolVersion!,
    "the peer speaks no version that this backend does",
  ],
  [
    /peer is incompatible/,
    ALERTS.HandshakeFailure!,
    "there is nothing that both ends can do",
  ],
  [
    /peer misbehaved/,
    ALERTS.IllegalParameter!,
    "the peer broke the protocol",
  ],
  [
    /peer sent (an )?oversized|message (too large|was too large)/i,
    ALERTS.RecordOverflow!,
    "the peer sent a record that is too long",
  ],
];

/**
 * The contract's error for what Deno threw.
 *
 * @param operation What was tried, for the sentence: "connect to host:443".
 * @param error What Deno threw.
 */
export function translate(operation: string, error: unknown): TLSError {
  if (TLSError.is(error)) return error;
  const cause = error;
  const text = error instanceof Error ? error.message : String(error);
  if (error instanceof Deno.errors.NotCapable) {
    return refusal("permissions", `Cannot ${operation}: ${text}`, cause);
  }
  if (error instanceof Deno.errors.UnexpectedEof) {
    return new RaggedEOF(
      `Cannot ${operation}: the transport ended without close_notify`,
      { cause },
    );
  }
  if (error instanceof Deno.errors.Busy) {
    return refusal(
      "stream",
      `Cannot ${operation}: a read or a write of the plaintext stream is under way; let it settle before TLS begins`,
      cause,
    );
  }
  if (
    error instanceof Deno.errors.BadResource ||
    error instanceof Deno.errors.Interrupted
  ) {
    return new TLSError("closed", `Cannot ${operation}: it was closed`, {
      cause,
    });
  }
  const certificate = /invalid peer certificate: (.*)/s.exec(text);
  if (certificate !== null) {
    return certificateError(operation, certificate[1]!, cause);
  }
  const alert = /received fatal alert: (\w+)(?:\((\w+)\))?/.exec(text);
  if (alert !== null) {
    // rustls writes AlertDescription(0xnn) for those that it has no name for.
    const [, name = "", number] = alert;
    const code = ALERTS[name] ?? Number(number ?? 255);
    const shown = name in ALERTS ? snakeCase(name) : `number ${code}`;
    return new AlertError(
      `Cannot ${operation}: the peer sent the alert ${shown}`,
      { alert: code, direction: "received", cause },
    );
  }
  for (const [pattern, code, meaning] of SENT_ALERTS) {
    if (pattern.test(text)) {
      return new AlertError(`Cannot ${operation}: ${meaning} (${text})`, {
        alert: code,
        direction: "sent",
        cause,
      });
    }
  }
  return new TLSError("internal", `Cannot ${operation}: ${text}`, { cause });
}

function certificateError(
  operation: string,
  detail: string,
  cause: unknown,
): CertificateError {
  const [, reason, meaning] =
    CERTIFICATE_REASONS.find(([pattern]) => pattern.test(detail)) ??
      [null, "other", "it is invalid"];
  return new CertificateError(
    `Cannot ${operation}: the peer's certificate was refused: ${meaning} (${detail})`,
    { reason, cause },
  );
}

/** "HandshakeFailure" as "handshake_failure", the registry's form and spelling. */
function snakeCase(name: string): string {
  return name.replace("Unrecognised", "Unrecognized").replace(
    /(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g,
    "_",
  )
    .toLowerCase();
}
