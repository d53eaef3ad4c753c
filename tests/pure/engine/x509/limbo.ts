/**
 * Runs the cases of x509-limbo ({@link https://x509-limbo.com}).
 *
 * @module
 */
import { DecodeFailure } from "../../../../backends/pure/engine/codec/reader.ts";
import { Certificate } from "../../../../backends/pure/engine/x509/certificate.ts";
import { certificatesOfPem } from "../../../../backends/pure/engine/x509/pem.ts";
import { PathError } from "../../../../backends/pure/engine/x509/path_error.ts";
import type { PathPolicy } from "../../../../backends/pure/engine/x509/path_policy.ts";
import { parseServerName } from "../../../../backends/pure/engine/x509/server_name.ts";
import {
  anchorOfCertificate,
  TrustAnchors,
} from "../../../../backends/pure/engine/x509/trust_anchor.ts";
import { validate } from "./drive.ts";

/** A case, as far as it is read. */
export interface LimboCase {
  readonly id: string;
  readonly features: readonly string[];
  readonly validation_kind: "SERVER" | "CLIENT";
  readonly trusted_certs: readonly string[];
  readonly untrusted_intermediates: readonly string[];
  readonly peer_certificate: string;
  readonly validation_time: string | null;
  readonly expected_result: "SUCCESS" | "FAILURE";
  readonly expected_peer_name: { kind: string; value: string } | null;
  readonly max_chain_depth: number | null;
  readonly crls: readonly string[];
}

/** limbo.json. */
export interface Limbo {
  readonly version: number;
  readonly testcases: readonly LimboCase[];
}

/** What came of a case. */
export interface LimboResult {
  readonly accepted: boolean;
  /** "ok", "malformed" (it could not be read) or a PathError's reason. */
  readonly reason: string;
  readonly message: string;
  readonly units: number;
  readonly milliseconds: number;
}

/** The time of cases that name none: 2026-06-01. */
const NOW = 1_780_272_000;

function read(pems: readonly string[]): Certificate[] {
  const certificates: Certificate[] = [];
  for (const pem of pems) {
    try {
      certificates.push(new Certificate(certificatesOfPem(pem)[0]!));
    } catch (error) {
      // An anchor or intermediate that cannot be read is one that is not there.
      if (!(error instanceof DecodeFailure)) throw error;
    }
  }
  return certificates;
}

/** Runs one case. Cases with CRLs are the caller's to leave out. */
export function runLimbo(test: LimboCase, policy: PathPolicy): LimboResult {
  const start = performance.now();
  const done = (
    accepted: boolean,
    reason: string,
    message = "",
    units = 0,
  ) => ({
    accepted,
    reason,
    message,
    units,
    milliseconds: performance.now() - start,
  });
  try {
    const leaf = new Certificate(certificatesOfPem(test.peer_certificate)[0]!);
    const name = test.expected_peer_name;
    const serverName = name === null ? null : parseServerName(name.value);
    if (name !== null && serverName === null) {
      return done(false, "name-mismatch", `Cannot match ${name.value}`);
    }
    const { path } = validate({
      leaf,
      intermediates: read(test.untrusted_intermediates),
      anchors: new TrustAnchors(
        read(test.trusted_certs).map(anchorOfCertificate),
      ),
      purpose: test.validation_kind === "SERVER" ? "server" : "client",
      serverName,
      at: test.validation_time === null
        ? NOW
        : Date.parse(test.validation_time) / 1000,
      policy: test.max_chain_depth === null
        ? policy
        : { ...policy, maximumIntermediates: test.max_chain_depth },
    });
    return done(true, "ok", "", path.units);
  } catch (error) {
    if (error instanceof PathError) {
      return done(false, error.reason, error.message, error.units);
    }
    if (error instanceof DecodeFailure) {
      return done(false, "malformed", error.message);
    }
    throw error;
  }
}
