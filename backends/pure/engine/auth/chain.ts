/**
 * A peer's chain against the policy: x509's search, its requests and failures
 * in the engine's terms.
 *
 * @module
 */
import { DecodeFailure } from "../codec/reader.ts";
import { type FailureReason, TlsFailure } from "../failure.ts";
import { ask, type Handling } from "../requests.ts";
import type { PeerPolicy } from "../settings.ts";
import { type Certificate, decodeCertificate } from "../x509/certificate.ts";
import { PathError, type PathFailureReason } from "../x509/path_error.ts";
import { validatePath, type VerifyRequest } from "../x509/path.ts";

/** Each reason of x509's with the engine's that calls for the right alert. */
const REASONS: Readonly<Record<PathFailureReason, FailureReason>> = {
  "expired": "certificate-expired",
  "not-yet-valid": "certificate-expired",
  "unknown-issuer": "certificate-untrusted",
  "self-signed": "certificate-untrusted",
  "name-mismatch": "certificate-unknown",
  "too-complex": "certificate-unknown",
  "path-too-long": "certificate-unknown",
  "certificate-policy": "certificate-unknown",
  "extended-key-usage": "certificate-unsupported",
  "key-usage": "certificate-unsupported",
  "ca-as-leaf": "certificate-unsupported",
  "unsupported-signature": "certificate-unsupported",
  "unsupported-key": "certificate-unsupported",
  "unsupported-version": "certificate-unsupported",
  "critical-extension": "certificate-unsupported",
  "name-constraint": "certificate-malformed",
  "path-length": "certificate-malformed",
  "profile": "certificate-malformed",
  "weak-signature": "certificate-malformed",
  "weak-key": "certificate-malformed",
  "algorithm-mismatch": "certificate-malformed",
  "malformed": "certificate-malformed",
  "not-a-ca": "certificate-malformed",
  "bad-signature": "certificate-malformed",
};

/** A policy that validates. */
type Validating = Extract<PeerPolicy, { readonly validate: true }>;

/** What a peer has shown. */
export interface ShownChain {
  /** Which end the peer is. */
  readonly signer: "client" | "server";
  /** Its certificate. */
  readonly leaf: Certificate;
  /** DER of all that it sent, the leaf first. */
  readonly chain: readonly Uint8Array[];
}

/** Those that can be read: a peer may send what helps nobody. */
function readable(chain: readonly Uint8Array[]): readonly Certificate[] {
  const certificates: Certificate[] = [];
  for (const der of chain) {
    try {
      certificates.push(decodeCertificate(der));
    } catch (error) {
      if (!(error instanceof DecodeFailure)) throw error;
    }
  }
  return certificates;
}

/**
 * The validated path in DER, leaf to anchor. Throws TlsFailure, whose cause is
 * x509's PathError.
 */
export function* validateChain(
  settings: { readonly now: number },
  policy: Validating,
  shown: ShownChain,
): Handling<readonly Uint8Array[]> {
  const search = validatePath({
    leaf: shown.leaf,
    intermediates: readable(shown.chain.slice(1)),
    anchors: policy.anchors,
    purpose: shown.signer,
    serverName: policy.serverName,
    at: settings.now / 1000,
    policy: policy.rules,
  });
  try {
    let result = search.next();
    while (result.done !== true) {
      const right = yield* ask("verify", result.value as VerifyRequest);
      result = search.next(right);
    }
    return result.value.certificates.map(({ der }) => der);
  } catch (error) {
    if (!(error instanceof PathError)) throw error;
    throw new TlsFailure(REASONS[error.reason], error.message, {
      cause: error,
    });
  }
}
