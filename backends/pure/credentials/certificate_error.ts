/**
 * The engine's refusal of a certificate, as the contract has it.
 *
 * @module
 */
import { CertificateError } from "../../../api/errors.ts";
import type {
  PathError,
  PathFailureReason,
} from "../engine/x509/path_error.ts";
import { certificateHandle } from "./certificate.ts";

/** Reasons that all backends share under a name of their own. */
const SHARED: Partial<Record<PathFailureReason, string>> = {
  "malformed": "bad-encoding",
  "extended-key-usage": "wrong-purpose",
  "key-usage": "wrong-purpose",
  "ca-as-leaf": "wrong-purpose",
};

/**
 * The error of the contract: the certificate at fault first, then the chain that
 * was tried. The engine's own error, with its finer reason, is the `cause`.
 */
export function certificateError(error: PathError): CertificateError {
  const certificates = error.certificate === null
    ? error.chain
    : [error.certificate, ...error.chain];
  return new CertificateError(error.message, {
    reason: SHARED[error.reason] ?? error.reason,
    certificates: certificates.map(certificateHandle),
    cause: error,
  });
}
