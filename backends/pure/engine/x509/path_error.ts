/**
 * Why a certificate is refused: a reason for programs, a sentence for people,
 * the certificate at fault and the chain that was tried.
 *
 * @module
 */
import type { Certificate } from "./certificate.ts";

/**
 * Every reason, with how much it explains: where several chains were tried, the
 * error with the highest number is reported. A chain that fails only because it
 * has expired says more than one that leads nowhere.
 */
const EXPLAINS = {
  "expired": 90,
  "not-yet-valid": 90,
  "name-constraint": 80,
  "extended-key-usage": 75,
  "path-length": 70,
  "key-usage": 66,
  "certificate-policy": 64,
  "profile": 62,
  "weak-signature": 60,
  "weak-key": 60,
  "unsupported-signature": 58,
  "unsupported-key": 58,
  "critical-extension": 56,
  "unsupported-version": 54,
  "algorithm-mismatch": 52,
  "malformed": 50,
  "not-a-ca": 48,
  "ca-as-leaf": 48,
  "name-mismatch": 45,
  "bad-signature": 40,
  "too-complex": 35,
  "path-too-long": 30,
  "self-signed": 20,
  "unknown-issuer": 10,
} as const;

/** Why a certificate is refused; stable, for programs. */
export type PathFailureReason = keyof typeof EXPLAINS;

/** How much `reason` explains, against others. */
export function explains(reason: PathFailureReason): number {
  return EXPLAINS[reason];
}

/** A certificate that is refused. The message is a sentence for people. */
export class PathError extends Error {
  /** "PathError". */
  override readonly name = "PathError";
  /** Why. */
  readonly reason: PathFailureReason;
  /** At fault; `null` where it could not even be decoded. */
  readonly certificate: Certificate | null;
  /** What was tried, leaf first. */
  readonly chain: readonly Certificate[];
  /** Work units that were spent. */
  readonly units: number;

  /** An error for `reason`. */
  constructor(
    reason: PathFailureReason,
    message: string,
    details: {
      readonly certificate: Certificate | null;
      readonly chain: readonly Certificate[];
      readonly units: number;
      readonly cause?: unknown;
    },
  ) {
    super(message, details.cause === undefined ? {} : { cause: details.cause });
    this.reason = reason;
    this.certificate = details.certificate;
    this.chain = details.chain;
    this.units = details.units;
  }
}

/** What is wrong with one certificate, before a chain is known. */
export interface Fault {
  /** Why. */
  readonly reason: PathFailureReason;
  /** The sentence. */
  readonly message: string;
}
