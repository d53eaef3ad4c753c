/**
 * Certificate policies: whether a path has the policies that its CAs require
 * ({@link https://www.rfc-editor.org/rfc/rfc5280#section-6.1 | RFC 5280, section 6.1},
 * with the graph of {@link https://www.rfc-editor.org/rfc/rfc9618 | RFC 9618} in
 * place of the tree, whose size attackers could make exponential).
 *
 * The caller asks for no policy of its own (user-initial-policy-set is
 * any-policy, no initial flag is set). Then only the graph's lowest level
 * matters, and whether it is empty: that is what is kept.
 *
 * @module
 */
import type { Certificate } from "./certificate.ts";
import type { Budget } from "./budget.ts";
import { ANY_POLICY } from "./oid.ts";

/** valid_policy of each node of the lowest level, with its expected_policy_set. */
type Level = Map<string, ReadonlySet<string>>;

/**
 * Checks `path`, which begins below the anchor and ends with the leaf. Returns
 * the certificate at which a required policy is missing, or `null`.
 */
export function missingPolicy(
  path: readonly Certificate[],
  budget: Budget,
): Certificate | null {
  // Nearly no path has anything to process: only a CA's demand can fail.
  const last = path.length - 1;
  if (!path.some(demands)) return null;
  const counters = {
    explicitPolicy: path.length + 1,
    inhibitAnyPolicy: path.length + 1,
    policyMapping: path.length + 1,
  };
  let level: Level | null = new Map([[ANY_POLICY, new Set([ANY_POLICY])]]);
  for (let i = 0; i < path.length; i++) {
    const certificate = path[i]!;
    const selfIssued = certificate.selfIssued;
    level = descend(level, certificate, {
      anyPolicyCounts: counters.inhibitAnyPolicy > 0 ||
        (i < last && selfIssued),
      budget,
    });
    if (counters.explicitPolicy === 0 && level === null) return certificate;
    if (i < last) {
      const mapped = map(level, certificate, {
        allowed: counters.policyMapping > 0,
        budget,
      });
      if (mapped === "forbidden") return certificate;
      level = mapped;
      if (!selfIssued) {
        counters.explicitPolicy = Math.max(0, counters.explicitPolicy - 1);
        counters.policyMapping = Math.max(0, counters.policyMapping - 1);
        counters.inhibitAnyPolicy = Math.max(0, counters.inhibitAnyPolicy - 1);
      }
    } else if (counters.explicitPolicy > 0) counters.explicitPolicy--;
    const constraints = certificate.policyConstraints;
    const require = constraints?.requireExplicitPolicy ?? null;
    if (i < last) {
      counters.explicitPolicy = Math.min(
        counters.explicitPolicy,
        require ?? Infinity,
      );
      counters.policyMapping = Math.min(
        counters.policyMapping,
        constraints?.inhibitPolicyMapping ?? Infinity,
      );
      counters.inhibitAnyPolicy = Math.min(
        counters.inhibitAnyPolicy,
        certificate.inhibitAnyPolicy ?? Infinity,
      );
    } else if (require === 0) counters.explicitPolicy = 0;
  }
  return counters.explicitPolicy === 0 && level === null ? path[last]! : null;
}

function demands(certificate: Certificate): boolean {
  return certificate.policyConstraints !== null ||
    certificate.policyMappings !== null;
}

/** 6.1.3 (d) and (e): the next level, `null` where the graph becomes empty. */
function descend(
  level: Level | null,
  certificate: Certificate,
  options: { readonly anyPolicyCounts: boolean; readonly budget: Budget },
): Level | null {
  const policies = certificate.certificatePolicies;
  if (level === null || policies === null) return null;
  options.budget.spend(policies.length + level.size);
  const expected = new Set<string>();
  for (const set of level.values()) {
    options.budget.spend(set.size);
    for (const policy of set) expected.add(policy);
  }
  const fromAny = level.has(ANY_POLICY);
  const below: Level = new Map();
  let any = false;
  for (const { policy } of policies) {
    if (policy === ANY_POLICY) any = true;
    else if (fromAny || expected.has(policy)) {
      below.set(policy, new Set([policy]));
    }
  }
  if (any && options.anyPolicyCounts) {
    for (const policy of expected) {
      if (!below.has(policy)) below.set(policy, new Set([policy]));
    }
  }
  return below.size === 0 ? null : below;
}

/** 6.1.4 (a) and (b). */
function map(
  level: Level | null,
  certificate: Certificate,
  options: { readonly allowed: boolean; readonly budget: Budget },
): Level | null | "forbidden" {
  const mappings = certificate.policyMappings;
  if (mappings === null) return level;
  options.budget.spend(mappings.length);
  const targets = new Map<string, Set<string>>();
  for (const { issuerDomainPolicy, subjectDomainPolicy } of mappings) {
    // "verify that the special value anyPolicy does not appear".
    if (
      issuerDomainPolicy === ANY_POLICY || subjectDomainPolicy === ANY_POLICY
    ) return "forbidden";
    const set = targets.get(issuerDomainPolicy);
    if (set === undefined) {
      targets.set(issuerDomainPolicy, new Set([subjectDomainPolicy]));
    } else set.add(subjectDomainPolicy);
  }
  if (level === null) return null;
  const mapped: Level = new Map(level);
  for (const [policy, set] of targets) {
    if (!options.allowed) mapped.delete(policy);
    else if (mapped.has(policy) || mapped.has(ANY_POLICY)) {
      mapped.set(policy, set);
    }
  }
  return mapped.size === 0 ? null : mapped;
}
