/**
 * Finds and validates a path from a leaf to a trust anchor
 * ({@link https://www.rfc-editor.org/rfc/rfc5280#section-6 | RFC 5280, section 6};
 * building: {@link https://www.rfc-editor.org/rfc/rfc4158 | RFC 4158}).
 *
 * The search is depth first, from the leaf up. A candidate issuer is looked at
 * in the order of cost: form, time and usage, then its signature on the
 * certificate below (remembered), then its constraints on all below. So a
 * dead end is left at its first fault, loops and cross-signatures are ordinary
 * branches, and every step is paid for from a budget of work units.
 *
 * Policy, where RFC 5280 leaves it open:
 * - An anchor's own signature is never checked. Given as a certificate, its
 *   validity, usage, path length and name constraints bind (RFC 5937), so an
 *   expired anchor is none. Given as name and key, it has only what was given.
 * - A leaf that is itself an anchor is accepted where the policy's `trustedLeaf`
 *   says so, also if it is a CA's; all that is asked of a leaf's use is asked.
 * - Key identifiers order candidates and exclude none.
 * - The leaf's own faults are reported before any search; a wrong name only after
 *   a path was found, when the certificate is known to be genuine.
 *
 * Revocation has its place in `accept`, where a whole path is at hand.
 *
 * @module
 */
import type { SignatureAlgorithm } from "../crypto/provider.ts";
import { signatureAlgorithmFor } from "./algorithm.ts";
import {
  Budget,
  BudgetExceeded,
  CANDIDATE_UNITS,
  decodingUnits,
  DEFAULT_BUDGET,
  signatureUnits,
} from "./budget.ts";
import type { Certificate } from "./certificate.ts";
import {
  anchorFault,
  type CheckContext,
  decoded,
  intermediateFault,
  keyFault,
  leafFault,
  type Purpose,
  trustedLeafFault,
} from "./checks.ts";
import {
  compileConstraints,
  type CompiledConstraints,
  ConstraintChecker,
} from "./constraints.ts";
import {
  anchorKeyId,
  certificateKeyId,
  leadingNames,
  ordered,
  repeats,
} from "./candidates.ts";
import { clippedName, label } from "./describe.ts";
import { explains, type Fault, PathError } from "./path_error.ts";
import {
  deadEndFault,
  lengthFault,
  nameFault,
  nameOf,
  tooLongFault,
} from "./path_faults.ts";
import { defaultPolicy, type PathPolicy } from "./path_policy.ts";
import { missingPolicy } from "./policies.ts";
import type { ServerName } from "./server_name.ts";
import type { TrustAnchor, TrustAnchors } from "./trust_anchor.ts";

/** Asks whether a signature is that of a key; answered with a boolean. */
export interface VerifyRequest {
  /** What is asked. */
  readonly kind: "verify";
  /** With every parameter. */
  readonly algorithm: SignatureAlgorithm;
  /** The signer's SubjectPublicKeyInfo. */
  readonly spki: Uint8Array;
  /** What was signed. */
  readonly message: Uint8Array;
  /** The signature. */
  readonly signature: Uint8Array;
}

/** What is to be validated, and against what. */
export interface PathOptions {
  /** The certificate of the peer. */
  readonly leaf: Certificate;
  /** What may lie between, in any order, useful or not. */
  readonly intermediates: readonly Certificate[];
  /** Who is trusted. */
  readonly anchors: TrustAnchors;
  /** What the leaf is for. */
  readonly purpose: Purpose;
  /** The server that was meant; `null` does not check the name. */
  readonly serverName: ServerName | null;
  /** Seconds since 1970; fractions are cut off. */
  readonly at: number;
  /** Which rules; `defaultPolicy` if left out. */
  readonly policy?: PathPolicy;
  /** Work units; `DEFAULT_BUDGET` if left out. */
  readonly budget?: number;
}

/** A path that was validated. */
export interface ValidatedPath {
  /** Leaf first; ends with the anchor, where that is a certificate. */
  readonly certificates: readonly Certificate[];
  /** Who vouches. */
  readonly anchor: TrustAnchor;
  /** What the search cost. */
  readonly units: number;
}

/**
 * Most certificates of a path, self-issued ones included, which RFC 5280 does
 * not count. Two for each intermediate of a key roll-over, and then some.
 */
const MAXIMUM_PATH = 32;

/**
 * Validates `options.leaf`. Yields every signature check as a request. Throws
 * {@linkcode PathError}, and `RangeError` where the time or the budget is no
 * number: nothing is before or after NaN, so that every certificate would be in
 * its time.
 */
export function* validatePath(
  options: PathOptions,
): Generator<VerifyRequest, ValidatedPath, boolean> {
  if (!Number.isFinite(options.at)) {
    throw new RangeError(`Cannot validate: ${options.at} is no time`);
  }
  if (Number.isNaN(options.budget)) {
    throw new RangeError("Cannot validate: the budget is no number");
  }
  const search = new PathSearch(options);
  try {
    return yield* search.run();
  } catch (error) {
    if (!(error instanceof BudgetExceeded)) throw error;
    throw new PathError(
      "too-complex",
      `The certificates sent for ${
        label(options.leaf)
      } take too much work to check`,
      {
        certificate: options.leaf,
        chain: [options.leaf],
        units: search.units,
      },
    );
  }
}

class PathSearch {
  readonly #options: PathOptions;
  readonly #policy: PathPolicy;
  readonly #context: CheckContext;
  readonly #budget: Budget;
  readonly #constraints: ConstraintChecker;
  readonly #compiled: Map<TrustAnchor | Certificate, CompiledConstraints> =
    new Map();
  readonly #pool: Map<string, Certificate[]> = new Map();
  readonly #faults: Map<Certificate, Fault | null> = new Map();
  readonly #signatures: Map<Certificate, Map<string, boolean>> = new Map();
  /** Names from which a path of faultless certificates leads to an anchor. */
  #leading: ReadonlySet<string> | null = null;
  /** In the second search: what was looked at. */
  #explained: Set<Certificate> | null = null;
  #worst: PathError | null = null;

  constructor(options: PathOptions) {
    this.#options = options;
    this.#policy = options.policy ?? defaultPolicy;
    this.#context = {
      policy: this.#policy,
      purpose: options.purpose,
      // limbo's and the CAs' reading of section 4.1.2.5: times are compared in
      // the certificate's own granularity, whole seconds.
      at: Math.floor(options.at),
    };
    this.#budget = new Budget(options.budget ?? DEFAULT_BUDGET);
    this.#constraints = new ConstraintChecker(this.#budget);
  }

  get units(): number {
    return this.#budget.spent;
  }

  *run(): Generator<VerifyRequest, ValidatedPath, boolean> {
    const { leaf, anchors, serverName } = this.#options;
    this.#budget.spend(decodingUnits(leaf.der.length));
    const undecodable = decoded(leaf, () => {
      void leaf.subjectKey;
      void leaf.issuerKey;
      return null;
    });
    if (undecodable !== null) throw this.#error(undecodable, leaf, [leaf]);

    const own = this.#policy.trustedLeaf ? anchors.given(leaf) : null;
    const fault = own === null
      ? leafFault(leaf, this.#context)
      : trustedLeafFault(leaf, this.#context);
    if (fault !== null) throw this.#error(fault, leaf, [leaf]);

    const path = own === null
      ? yield* this.#search(leaf)
      : { certificates: [leaf], anchor: own, units: this.units };
    const misnamed = serverName === null ? null : nameFault(leaf, serverName);
    if (misnamed !== null) {
      throw this.#error(misnamed, leaf, path.certificates);
    }
    return path;
  }

  /**
   * First looks for a path among the certificates that lead to an anchor at all;
   * that search misses none. If there is none, every certificate is looked at
   * once more, to find out what explains most.
   */
  *#search(
    leaf: Certificate,
  ): Generator<VerifyRequest, ValidatedPath, boolean> {
    this.#fillPool();
    const path = yield* this.#extend([leaf], 0);
    if (path !== null) return path;
    this.#explained = new Set();
    try {
      yield* this.#extend([leaf], 0);
    } catch (error) {
      if (!(error instanceof BudgetExceeded) || this.#worst === null) {
        throw error;
      }
    }
    throw this.#worst ?? this.#error(deadEndFault([leaf]), leaf, [leaf]);
  }

  /** Whether a candidate is worth a look in the search that is under way. */
  #worthwhile(candidate: Certificate): boolean {
    if (this.#explained !== null) {
      if (this.#explained.has(candidate)) return false;
      this.#explained.add(candidate);
      return true;
    }
    this.#leading ??= leadingNames(
      this.#pool,
      this.#options.anchors,
      (certificate) => this.#intermediateFault(certificate) === null,
    );
    return this.#leading.has(candidate.issuerKey);
  }

  #fillPool(): void {
    for (const certificate of this.#options.intermediates) {
      this.#budget.spend(decodingUnits(certificate.der.length));
      const illegible = decoded(certificate, () => {
        void certificate.issuerKey;
        void certificate.subjectKey;
        return null;
      });
      // A certificate whose names cannot be read leads nowhere.
      if (illegible !== null) continue;
      const same = this.#pool.get(certificate.subjectKey);
      if (same === undefined) {
        this.#pool.set(certificate.subjectKey, [certificate]);
      } else same.push(certificate);
    }
  }

  /**
   * Extends `chain`, leaf first, to an anchor. `counted` is how many
   * intermediates in it are not self-issued.
   */
  *#extend(
    chain: readonly Certificate[],
    counted: number,
  ): Generator<VerifyRequest, ValidatedPath | null, boolean> {
    const { anchors } = this.#options;
    const top = chain[chain.length - 1]!;
    const issuer = top.issuerKey;
    let found = false;

    const trusted = anchors.named(issuer);
    for (const [anchor, likely] of ordered(top, trusted, anchorKeyId)) {
      this.#budget.spend(CANDIDATE_UNITS);
      found ||= likely;
      const fault = this.#anchorFault(anchor) ??
        lengthFault(anchor.certificate, counted) ??
        (yield* this.#signatureFault(top, anchor)) ??
        this.#constraintFault(anchor, chain) ??
        this.#policyFault(chain);
      if (fault === null) return this.#accept(chain, anchor);
      if (likely) this.#record(fault, anchor.certificate ?? top, chain, anchor);
    }

    // Those that an anchor issued come first: the shortest paths.
    const candidates = (this.#pool.get(issuer) ?? []).toSorted((a, b) =>
      Number(anchors.named(b.issuerKey).length > 0) -
      Number(anchors.named(a.issuerKey).length > 0)
    );
    const roomLeft = chain.length < MAXIMUM_PATH;
    for (
      const [candidate, likely] of ordered(top, candidates, certificateKeyId)
    ) {
      this.#budget.spend(CANDIDATE_UNITS);
      // What is above a repetition of a name and key could as well be above its
      // first occurrence: no path is lost.
      if (repeats(chain, candidate)) continue;
      found ||= likely;
      if (!this.#worthwhile(candidate)) continue;
      const count = counted + (candidate.selfIssued ? 0 : 1);
      const fault = this.#intermediateFault(candidate) ??
        lengthFault(candidate, counted) ??
        (count > this.#policy.maximumIntermediates || !roomLeft
          ? tooLongFault(candidate)
          : null) ??
        (yield* this.#signatureFault(top, candidate)) ??
        this.#constraintFault(candidate, chain);
      if (fault !== null) {
        if (likely) this.#record(fault, candidate, chain, candidate);
        continue;
      }
      const path = yield* this.#extend([...chain, candidate], count);
      if (path !== null) return path;
    }
    if (!found) this.#keep(this.#error(deadEndFault(chain), top, chain));
    return null;
  }

  #accept(
    chain: readonly Certificate[],
    anchor: TrustAnchor,
  ): ValidatedPath {
    return {
      certificates: anchor.certificate === null
        ? chain
        : [...chain, anchor.certificate],
      anchor,
      units: this.units,
    };
  }

  #anchorFault(anchor: TrustAnchor): Fault | null {
    const { certificate } = anchor;
    if (certificate === null) {
      return keyFault(anchor.publicKey, "the trust anchor", this.#policy);
    }
    return this.#once(
      certificate,
      () => anchorFault(certificate, this.#context),
    );
  }

  #intermediateFault(certificate: Certificate): Fault | null {
    return this.#once(
      certificate,
      () => intermediateFault(certificate, this.#context),
    );
  }

  #once(certificate: Certificate, check: () => Fault | null): Fault | null {
    let fault = this.#faults.get(certificate);
    if (fault === undefined) {
      fault = check();
      this.#faults.set(certificate, fault);
    }
    return fault;
  }

  *#signatureFault(
    subject: Certificate,
    issuer: TrustAnchor | Certificate,
  ): Generator<VerifyRequest, Fault | null, boolean> {
    let results = this.#signatures.get(subject);
    if (results === undefined) {
      results = new Map();
      this.#signatures.set(subject, results);
    }
    const algorithm = signatureAlgorithmFor(
      subject.signatureAlgorithm,
      issuer.publicKey,
    );
    let good = results.get(issuer.spkiKey);
    if (good === undefined) {
      if (algorithm === null) good = false;
      else {
        this.#budget.spend(signatureUnits(issuer.publicKey));
        good = yield {
          kind: "verify",
          algorithm,
          spki: issuer.spki,
          message: subject.tbs,
          signature: subject.signature,
        };
      }
      results.set(issuer.spkiKey, good);
    }
    return good ? null : {
      reason: "bad-signature",
      message: `The signature on the certificate of ${
        label(subject)
      } is not that of the CA it names`,
    };
  }

  #constraintFault(
    issuer: TrustAnchor | Certificate,
    chain: readonly Certificate[],
  ): Fault | null {
    const { nameConstraints } = issuer;
    if (nameConstraints === null) return null;
    let compiled = this.#compiled.get(issuer);
    if (compiled === undefined) {
      const prepared = compileConstraints(nameConstraints, {
        profile: this.#policy.profile,
      });
      if (prepared === null) {
        return {
          reason: "malformed",
          message: `The name constraints of the CA ${
            nameOf(issuer)
          } are malformed`,
        };
      }
      compiled = prepared;
      this.#compiled.set(issuer, compiled);
    }
    for (let i = 0; i < chain.length; i++) {
      const certificate = chain[i]!;
      // "Name constraints are not applied to self-issued certificates (unless
      // the certificate is the final certificate in the path)."
      if (i > 0 && certificate.selfIssued) continue;
      const name = this.#constraints.violation(certificate, compiled);
      if (name !== null) {
        return {
          reason: "name-constraint",
          message: `The CA ${nameOf(issuer)} may not certify ${
            clippedName(name)
          }, which the certificate of ${label(certificate)} names`,
        };
      }
    }
    return null;
  }

  #policyFault(chain: readonly Certificate[]): Fault | null {
    const missing = missingPolicy([...chain].reverse(), this.#budget);
    return missing === null ? null : {
      reason: "certificate-policy",
      message: `A CA demands a certificate policy that the certificate of ${
        label(missing)
      } does not carry`,
    };
  }

  #record(
    fault: Fault,
    certificate: Certificate,
    chain: readonly Certificate[],
    issuer: TrustAnchor | Certificate,
  ): void {
    const top = "certificate" in issuer ? issuer.certificate : issuer;
    this.#keep(
      this.#error(
        fault,
        certificate,
        top === null ? chain : [...chain, top],
      ),
    );
  }

  #keep(error: PathError): void {
    // Of equals the first stays: the likeliest candidates come first.
    if (
      this.#worst === null ||
      explains(error.reason) > explains(this.#worst.reason)
    ) this.#worst = error;
  }

  #error(
    fault: Fault,
    certificate: Certificate,
    chain: readonly Certificate[],
  ): PathError {
    return new PathError(fault.reason, fault.message, {
      certificate,
      chain,
      units: this.units,
    });
  }
}
