/**
 * Which issuers to try, and in which order.
 *
 * @module
 */
import type { Certificate } from "./certificate.ts";
import { decoded } from "./checks.ts";
import { sameBytes } from "./der.ts";
import type { TrustAnchor, TrustAnchors } from "./trust_anchor.ts";

/** Whether the name and key of `candidate` are in `chain` already. */
export function repeats(
  chain: readonly Certificate[],
  candidate: Certificate,
): boolean {
  for (const certificate of chain) {
    if (
      certificate.subjectKey === candidate.subjectKey &&
      sameBytes(certificate.spki, candidate.spki)
    ) return true;
  }
  return false;
}

/** What identifies an anchor's key, if it says so. */
export function anchorKeyId(anchor: TrustAnchor): Uint8Array | null {
  return anchor.certificate === null
    ? null
    : certificateKeyId(anchor.certificate);
}

/** What identifies a certificate's key, if it says so legibly. */
export function certificateKeyId(certificate: Certificate): Uint8Array | null {
  let identifier: Uint8Array | null = null;
  decoded(certificate, () => {
    identifier = certificate.subjectKeyIdentifier;
    return null;
  });
  return identifier;
}

/**
 * Candidates in the order of their key identifiers: equal to what `top` names,
 * unknown, different; with whether each is likely, which a different one is not.
 */
export function ordered<T>(
  top: Certificate,
  candidates: readonly T[],
  identifierOf: (candidate: T) => Uint8Array | null,
): readonly (readonly [T, boolean])[] {
  const wanted = top.authorityKeyIdentifier?.keyIdentifier ?? null;
  if (wanted === null) return candidates.map((candidate) => [candidate, true]);
  const groups: [T, boolean][][] = [[], [], []];
  for (const candidate of candidates) {
    const identifier = identifierOf(candidate);
    const group = identifier === null
      ? 1
      : sameBytes(identifier, wanted)
      ? 0
      : 2;
    groups[group]!.push([candidate, group !== 2]);
  }
  return groups.flat();
}

/**
 * The names from which certificates of `pool` (by subject) lead to an anchor, those
 * of the anchors included, if only the ones that are `good` in themselves count. A
 * path never leaves them, and a search that keeps to them does not lose itself in
 * parts of the graph that lead nowhere.
 */
export function leadingNames(
  pool: ReadonlyMap<string, readonly Certificate[]>,
  anchors: TrustAnchors,
  good: (certificate: Certificate) => boolean,
): ReadonlySet<string> {
  const byIssuer = new Map<string, Certificate[]>();
  for (const certificates of pool.values()) {
    for (const certificate of certificates) {
      const same = byIssuer.get(certificate.issuerKey);
      if (same === undefined) {
        byIssuer.set(certificate.issuerKey, [certificate]);
      } else same.push(certificate);
    }
  }
  const names = new Set<string>();
  for (const name of [...byIssuer.keys(), ...pool.keys()]) {
    if (anchors.named(name).length > 0) names.add(name);
  }
  // A Set is walked in the order of insertion, what is added meanwhile included.
  for (const name of names) {
    for (const certificate of byIssuer.get(name) ?? []) {
      if (!names.has(certificate.subjectKey) && good(certificate)) {
        names.add(certificate.subjectKey);
      }
    }
  }
  return names;
}
