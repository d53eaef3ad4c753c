/**
 * Every case of x509-limbo whose outcome differs from the expected one, by rule,
 * with the reason. The test fails on a difference that is not listed, and on a
 * listed one that is none any more.
 *
 * @module
 */

/** A rule that makes cases come out otherwise than limbo expects. */
export interface LimboException {
  /** What differs. */
  readonly rule: string;
  /** Why that is right, or what is missing. */
  readonly why: string;
  /** Under which policies. */
  readonly policies: readonly ("default" | "strict")[];
  /** What happens instead: accepted, refused, or not run at all. */
  readonly outcome: "accepted" | "refused" | "not run";
  /** The cases. */
  readonly cases: readonly string[];
}

/** All of them. */
export const limboExceptions: readonly LimboException[] = [
  {
    rule: "revocation",
    why:
      "CRLs are a later step; a configuration with `crls` is refused by name.",
    policies: ["default", "strict"],
    outcome: "not run",
    cases: [
      "crl::revoked-certificate-with-crl",
      "crl::crlnumber-missing",
      "crl::certificate-not-on-crl",
      "crl::certificate-serial-on-crl-different-issuer",
      "crl::crlnumber-critical",
      "crl::issuer-missing-crlsign",
      "crl::issuer-no-keyusage-extension",
      "crl::issuer-valid-crlsign-and-keycertsign",
    ],
  },
  {
    rule: "public suffixes",
    why:
      "Needs the Public Suffix List, which changes weekly and binds CAs; a wildcard directly below a top-level domain is refused without it.",
    policies: ["default", "strict"],
    outcome: "accepted",
    cases: [
      "webpki::san::public-suffix-multi-label-wildcard-san",
      "webpki::san::public-suffix-private-namespace-wildcard-san",
    ],
  },
  {
    rule: "a common name that is no alternative name",
    why:
      "The common name is never read as a name, so that nobody can be deceived by it. limbo itself expects success for eleven certificates whose common name, example.com, is not among their alternative names; no rule could satisfy both.",
    policies: ["default", "strict"],
    outcome: "accepted",
    cases: [
      "webpki::cn::punycode-not-in-san",
      "webpki::cn::not-in-san",
    ],
  },
  {
    rule: "nameConstraints that are not critical",
    why:
      "The Baseline Requirements, 7.1.2.5.2, permit it as an explicit exception from RFC 5280, and limbo's webpki twin of this case expects success. The constraints bind all the same.",
    policies: ["default", "strict"],
    outcome: "accepted",
    cases: ["rfc5280::nc::permitted-dns-match-noncritical"],
  },
  {
    rule: "a root without authorityKeyIdentifier",
    why:
      "The identifier of an anchor leads to what is above it, where no path goes. cve::cve-2024-0567 expects success for a root of the very same form.",
    policies: ["default", "strict"],
    outcome: "accepted",
    cases: ["rfc5280::aki::cross-signed-root-missing-aki"],
  },
  {
    rule: "a CA's certificate as leaf",
    why:
      "Refused as by the Baseline Requirements, 7.1.2.7.8, and limbo's twin webpki::ca-as-leaf. The key of these may only sign certificates, so that it could not sign a handshake anyway.",
    policies: ["default", "strict"],
    outcome: "refused",
    cases: [
      "pathlen::validation-ignores-pathlen-in-leaf",
      "rfc5280::ca-as-leaf",
    ],
  },
  {
    rule: "a leaf without extKeyUsage",
    why:
      "The strict policy follows the Baseline Requirements, 7.1.2.7.6, and limbo's twin webpki::eku::ee-without-eku.",
    policies: ["strict"],
    outcome: "refused",
    cases: ["rfc5280::eku::ee-without-eku"],
  },

  // From here on: rules of the profile, which bind issuers. The default policy
  // lets them pass; none of them lets in anyone whom no trusted CA has let in.
  {
    rule: "key identifiers",
    why:
      "They help to find a path and prove nothing: the signature does. Certificates made with a plain `openssl x509 -req` lack them, as do two of Mozilla's roots.",
    policies: ["default"],
    outcome: "accepted",
    cases: [
      "rfc5280::aki::critical-aki",
      "rfc5280::aki::leaf-missing-aki",
      "rfc5280::aki::intermediate-missing-aki",
      "rfc5280::ski::critical-ski",
      "rfc5280::ski::root-missing-ski",
      "rfc5280::ski::intermediate-missing-ski",
      "webpki::aki::root-with-aki-missing-keyidentifier",
      "webpki::aki::root-with-aki-authoritycertissuer",
      "webpki::aki::root-with-aki-authoritycertserialnumber",
      "webpki::aki::root-with-aki-all-fields",
      "webpki::aki::root-with-aki-ski-mismatch",
    ],
  },
  {
    rule: "criticality of extensions that are processed",
    why:
      "Critical or not, the extension is processed and binds; the flag is for verifiers that would not.",
    policies: ["default"],
    outcome: "accepted",
    cases: [
      "rfc5280::pc::ica-noncritical-pc",
      "rfc5280::san::noncritical-with-empty-subject",
      "rfc5280::root-non-critical-basic-constraints",
      "webpki::eku::ee-critical-eku",
      "webpki::san::san-critical-with-nonempty-subject",
    ],
  },
  {
    rule: "the spelling of the common name",
    why: "The common name is never read as a name.",
    policies: ["default"],
    outcome: "accepted",
    cases: [
      "webpki::cn::ipv4-hex-mismatch",
      "webpki::cn::ipv4-leading-zeros-mismatch",
      "webpki::cn::ipv6-uppercase-mismatch",
      "webpki::cn::ipv6-uncompressed-mismatch",
      "webpki::cn::ipv6-non-rfc5952-mismatch",
      "webpki::cn::utf8-vs-punycode-mismatch",
      "webpki::cn::case-mismatch",
    ],
  },
  {
    rule: "extKeyUsage beyond what is needed",
    why:
      "RFC 5280 permits a leaf without extKeyUsage, one that allows serverAuth and anything else, and a root that limits itself; the limit is obeyed.",
    policies: ["default"],
    outcome: "accepted",
    cases: [
      "webpki::eku::ee-anyeku",
      "webpki::eku::ee-without-eku",
      "webpki::eku::root-has-eku",
    ],
  },
  {
    rule: "a DNS constraint that begins with a period",
    why:
      "What most guides to private CAs write. It is read as the names below when it permits, and as those and the name itself when it excludes: never as more than the CA can have meant.",
    policies: ["default"],
    outcome: "accepted",
    cases: ["rfc5280::nc::invalid-dnsname-leading-period"],
  },
  {
    rule: "an underscore in a DNS name",
    why:
      "Hosts in private networks are named so; the name must match exactly, as any other.",
    policies: ["default"],
    outcome: "accepted",
    cases: ["rfc5280::san::underscore-dns"],
  },
  {
    rule: "a serial number of zero",
    why:
      'RFC 5280, 4.1.2.2: verifiers "SHOULD be prepared to gracefully handle such certificates". It names nothing in validation.',
    policies: ["default"],
    outcome: "accepted",
    cases: ["rfc5280::serial::zero"],
  },
  {
    rule: "a leaf with keyCertSign",
    why:
      "basicConstraints say that it is no CA's, and nothing that it signs is accepted.",
    policies: ["default"],
    outcome: "accepted",
    cases: ["rfc5280::leaf-ku-keycertsign"],
  },
  {
    rule: "an RSA modulus that is not of whole bytes",
    why: "2052 bits are no weaker than 2048.",
    policies: ["default"],
    outcome: "accepted",
    cases: [
      "webpki::forbidden-rsa-not-divisible-by-8-in-root",
      "webpki::forbidden-rsa-key-not-divisible-by-8-in-leaf",
    ],
  },
];
