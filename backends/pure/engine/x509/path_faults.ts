/**
 * Faults of a path as a whole, and their sentences.
 *
 * @module
 */
import type { Certificate } from "./certificate.ts";
import { alternativeNames, clippedName, label, listed } from "./describe.ts";
import type { Fault } from "./path_error.ts";
import {
  matchesServerName,
  type ServerName,
  serverNameText,
} from "./server_name.ts";
import type { TrustAnchor } from "./trust_anchor.ts";

/**
 * RFC 5280, 4.2.1.9: pathLenConstraint counts the intermediates `below` that are not
 * self-issued, and not the leaf.
 */
export function lengthFault(
  issuer: Certificate | null,
  below: number,
): Fault | null {
  const limit = issuer?.basicConstraints?.pathLength ?? null;
  return issuer === null || limit === null || below <= limit ? null : {
    reason: "path-length",
    message: `The CA ${
      label(issuer)
    } allows ${limit} intermediate certificates below it, and there are ${below}`,
  };
}

/** A chain that goes on beyond the policy's limit. */
export function tooLongFault(candidate: Certificate): Fault {
  return {
    reason: "path-too-long",
    message: `The chain is too long: it goes on beyond ${label(candidate)}`,
  };
}

/** A chain, leaf first, whose last certificate has no issuer here. */
export function deadEndFault(chain: readonly Certificate[]): Fault {
  const top = chain[chain.length - 1]!;
  const name = label(top);
  if (!top.selfIssued) {
    return {
      reason: "unknown-issuer",
      message: `The certificate of ${name} was issued by ${
        clippedName(top.issuerText)
      }, which is neither in the trust store nor among the certificates sent`,
    };
  }
  return {
    reason: "self-signed",
    message: chain.length === 1
      ? `The certificate of ${name} is self-signed and not in the trust store`
      : `The chain ends with the self-signed certificate of ${name}, which is not in the trust store`,
  };
}

/** A leaf that is genuine, and for somebody else. */
export function nameFault(
  leaf: Certificate,
  serverName: ServerName,
): Fault | null {
  const names = leaf.subjectAltName;
  if (names !== null && matchesServerName(names, serverName)) return null;
  const wanted = serverNameText(serverName);
  const given = alternativeNames(leaf);
  return {
    reason: "name-mismatch",
    message: given.length > 0
      ? `The certificate is for ${listed(given)}, not for ${wanted}`
      : `The certificate names no server in its subjectAltName, and so is not for ${wanted}`,
  };
}

/** Who issues, for sentences. */
export function nameOf(issuer: TrustAnchor | Certificate): string {
  const certificate = "certificate" in issuer ? issuer.certificate : issuer;
  return certificate === null ? "of the trust anchor" : label(certificate);
}
