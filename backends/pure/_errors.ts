/**
 * The engine's failures as the contract's errors.
 *
 * @module
 */
import {
  AlertError,
  CertificateError,
  RaggedEOF,
  TLSError,
} from "../../api/errors.ts";
import { certificateError } from "./credentials/certificate_error.ts";
import type { ConnectionFailure } from "./engine/connection_types.ts";
import { TlsFailure } from "./engine/failure.ts";
import { alertName } from "./engine/messages/alert.ts";
import { PathError } from "./engine/x509/path_error.ts";

export { NAME, refusal } from "./credentials/_refusal.ts";

/** Why a certificate was refused, where that is what failed. */
function refusedCertificate(failure: TlsFailure): CertificateError | null {
  const { cause } = failure;
  if (cause instanceof PathError) return certificateError(cause);
  switch (failure.reason) {
    case "access-denied":
      return new CertificateError(
        "Cannot accept the peer: verifyPeer refuses its certificate",
        { reason: "policy", cause },
      );
    case "certificate-malformed":
      return new CertificateError(sentence(failure), {
        reason: "bad-encoding",
        cause: failure,
      });
    case "certificate-unsupported":
      return new CertificateError(sentence(failure), {
        reason: "unsupported-key",
        cause: failure,
      });
    default:
      return null;
  }
}

function sentence({ message }: Error): string {
  return `Cannot go on: ${message}`;
}

/** The error that every operation of a failed connection throws. */
export function translate(failure: ConnectionFailure): TLSError {
  switch (failure.kind) {
    case "truncated":
      return new RaggedEOF();
    case "received":
      return new AlertError(
        `Cannot go on: the peer sent the alert ${alertName(failure.alert)}`,
        { alert: failure.alert, direction: "received" },
      );
    case "sent": {
      const { error, alert } = failure;
      // A refused configuration is this connection's own affair; any other of the
      // family that a callback throws is another connection's, or control flow.
      if (TLSError.is(error) && error.code === "configuration") return error;
      // A decoding fault is the peer's, whoever noticed it.
      if (!(error instanceof TlsFailure) && alert === INTERNAL_ERROR) {
        return new TLSError(
          "internal",
          "Cannot go on: what this end depends on failed",
          { cause: error },
        );
      }
      return (error instanceof TlsFailure ? refusedCertificate(error) : null) ??
        new AlertError(
          `${sentence(error as Error)} (alert ${alertName(alert)})`,
          { alert, direction: "sent", cause: error },
        );
    }
  }
}

/** The alert for a fault of this end. */
const INTERNAL_ERROR = 80;
