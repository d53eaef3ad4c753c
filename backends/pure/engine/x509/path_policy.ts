/**
 * The two named policies. One code path reads them: a policy is data.
 *
 * Both follow RFC 5280, section 6, and what verifiers of the web do. They differ
 * in rules that bind those who issue certificates and that a verifier can let
 * pass without letting anyone in who was not let in by a CA. `defaultPolicy`
 * lets them pass, since private CAs break them every day; `strictPolicy` holds
 * every certificate of the path, anchor included, to RFC 5280's profile and to
 * the CA/Browser Forum's Baseline Requirements.
 *
 * @module
 */
import {
  MAXIMUM_RSA_BITS,
  MAXIMUM_RSA_EXPONENT_BITS,
  MINIMUM_RSA_BITS,
} from "./algorithm.ts";

/** What a path must satisfy beyond the rules that always hold. */
export interface PathPolicy {
  /** "default" or "strict". */
  readonly name: string;
  /**
   * Whether the profile's rules for issuers bind: key identifiers present and
   * not critical, serial numbers positive, extensions critical where they must
   * be and nowhere else, DNS names in the preferred syntax, the common name a
   * copy of an alternative name, extKeyUsage present in leaves and absent from
   * roots, RSA moduli of whole bytes.
   */
  readonly profile: boolean;
  /**
   * Whether a leaf that is itself an anchor is accepted on the anchor's word.
   * What is asked of a leaf (validity, usage, name) is still asked.
   */
  readonly trustedLeaf: boolean;
  /** Shortest RSA modulus. */
  readonly minimumRsaBits: number;
  /** Longest RSA modulus: the cost of a signature grows with its square. */
  readonly maximumRsaBits: number;
  /** Longest RSA exponent: the cost grows with it, and 65537 has 17 bits. */
  readonly maximumRsaExponentBits: number;
  /** Most intermediates that are not self-issued between leaf and anchor. */
  readonly maximumIntermediates: number;
}

/** What everybody gets. */
export const defaultPolicy: PathPolicy = {
  name: "default",
  profile: false,
  trustedLeaf: true,
  minimumRsaBits: MINIMUM_RSA_BITS,
  maximumRsaBits: MAXIMUM_RSA_BITS,
  maximumRsaExponentBits: MAXIMUM_RSA_EXPONENT_BITS,
  // Public chains have one to three.
  maximumIntermediates: 8,
};

/** For those who want every rule of the web's profile kept. */
export const strictPolicy: PathPolicy = {
  ...defaultPolicy,
  name: "strict",
  profile: true,
  trustedLeaf: false,
};
