/**
 * Why a connection ends badly, and the one place that says which alert tells
 * the peer. Anything in the engine throws a {@linkcode TlsFailure}; only
 * `connection.ts` turns it into bytes.
 *
 * @module
 */
import { AlertDescription } from "./iana.ts";

/**
 * Each reason with the alert that it calls for. The record layer's reasons
 * follow {@link https://www.rfc-editor.org/rfc/rfc8446#section-5 | RFC 8446, section 5},
 * the rest section 6.2.
 */
const ALERTS = {
  // Records.
  "bad-record-mac": AlertDescription.bad_record_mac,
  "record-overflow": AlertDescription.record_overflow,
  "record-type": AlertDescription.unexpected_message,
  "record-version": AlertDescription.protocol_version,
  "record-empty": AlertDescription.unexpected_message,
  "record-flood": AlertDescription.unexpected_message,
  "key-limit": AlertDescription.internal_error,
  // Encodings.
  "decode": AlertDescription.decode_error,
  "illegal-parameter": AlertDescription.illegal_parameter,
  "message-too-large": AlertDescription.illegal_parameter,
  // The state machine.
  "unexpected-message": AlertDescription.unexpected_message,
  "message-across-key-change": AlertDescription.unexpected_message,
  "message-flood": AlertDescription.unexpected_message,
  // Negotiation.
  "no-common-parameters": AlertDescription.handshake_failure,
  "no-common-version": AlertDescription.protocol_version,
  "missing-extension": AlertDescription.missing_extension,
  "unsupported-extension": AlertDescription.unsupported_extension,
  "unrecognized-name": AlertDescription.unrecognized_name,
  "no-application-protocol": AlertDescription.no_application_protocol,
  // Authentication.
  "bad-signature": AlertDescription.decrypt_error,
  "bad-finished": AlertDescription.decrypt_error,
  "certificate-required": AlertDescription.certificate_required,
  "certificate-malformed": AlertDescription.bad_certificate,
  "certificate-unsupported": AlertDescription.unsupported_certificate,
  "certificate-expired": AlertDescription.certificate_expired,
  "certificate-unknown": AlertDescription.certificate_unknown,
  "certificate-untrusted": AlertDescription.unknown_ca,
  "access-denied": AlertDescription.access_denied,
  // This end.
  "internal": AlertDescription.internal_error,
} as const satisfies Record<string, AlertDescription>;

/** Why a connection ends badly. */
export type FailureReason = keyof typeof ALERTS;

/** A fatal fault of a connection, found at this end. */
export class TlsFailure extends Error {
  override readonly name = "TlsFailure";
  /** Why. */
  readonly reason: FailureReason;

  /** A failure for `reason`; `message` says what was wrong, never a secret. */
  constructor(reason: FailureReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/** The alert that tells the peer of `reason`. */
export function alertOf(reason: FailureReason): AlertDescription {
  return ALERTS[reason];
}
