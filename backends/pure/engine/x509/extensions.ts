/**
 * The standard extensions, decoded strictly: each function takes the contents of
 * extnValue and throws `DecodeFailure` on what is not of its form
 * ({@link https://www.rfc-editor.org/rfc/rfc5280#section-4.2 | RFC 5280, section 4.2}).
 *
 * @module
 */
import { DecodeFailure, Reader } from "../codec/reader.ts";
import {
  anyElement,
  checkNesting,
  contentBytes,
  contents,
  contextConstructed,
  contextPrimitive,
  integer,
  namedBits,
  next,
  objectIdentifier,
  octetString,
  only,
  optionalTrue,
  smallInteger,
  Tag,
} from "./der.ts";
import { type GeneralName, generalName, generalNames } from "./general_name.ts";

/** The bits of keyUsage (section 4.2.1.3). */
export const KeyUsage = {
  digitalSignature: 1 << 0,
  contentCommitment: 1 << 1,
  keyEncipherment: 1 << 2,
  dataEncipherment: 1 << 3,
  keyAgreement: 1 << 4,
  keyCertSign: 1 << 5,
  cRLSign: 1 << 6,
  encipherOnly: 1 << 7,
  decipherOnly: 1 << 8,
} as const;

/** basicConstraints (section 4.2.1.9). */
export interface BasicConstraints {
  /** Whether the subject is a CA. */
  readonly ca: boolean;
  /** How many intermediates may follow; `null` for no limit. */
  readonly pathLength: number | null;
}

/** authorityKeyIdentifier (section 4.2.1.1). */
export interface AuthorityKeyIdentifier {
  /** The issuer's key. */
  readonly keyIdentifier: Uint8Array | null;
  /** The issuer's issuer. */
  readonly authorityCertIssuer: readonly GeneralName[] | null;
  /** The issuer's serial number. */
  readonly authorityCertSerialNumber: Uint8Array | null;
}

/** nameConstraints (section 4.2.1.10). */
export interface NameConstraints {
  /** Names of a form that occurs here must be within one of that form. */
  readonly permitted: readonly GeneralName[];
  /** Names must be within none. */
  readonly excluded: readonly GeneralName[];
}

/** A qualifier of a policy: a CPS URI, a notice, or something else. */
export interface PolicyQualifier {
  /** Which, dotted. */
  readonly id: string;
  /** Its DER. */
  readonly value: Uint8Array;
}

/** One policy of certificatePolicies (section 4.2.1.4). */
export interface PolicyInformation {
  /** The policy, dotted. */
  readonly policy: string;
  /** Its qualifiers. */
  readonly qualifiers: readonly PolicyQualifier[];
}

/** One pair of policyMappings (section 4.2.1.5). */
export interface PolicyMapping {
  /** The issuer's policy, dotted. */
  readonly issuerDomainPolicy: string;
  /** The subject's policy, dotted. */
  readonly subjectDomainPolicy: string;
}

/** policyConstraints (section 4.2.1.11). */
export interface PolicyConstraints {
  /** From how many certificates on a policy is required. */
  readonly requireExplicitPolicy: number | null;
  /** From how many certificates on mapping is forbidden. */
  readonly inhibitPolicyMapping: number | null;
}

/** One entry of authorityInfoAccess (section 4.2.2.1). */
export interface AccessDescription {
  /** OCSP, CA issuers or another, dotted. */
  readonly method: string;
  /** Where. */
  readonly location: GeneralName;
}

/** One entry of cRLDistributionPoints (section 4.2.1.13). */
export interface DistributionPoint {
  /** Where the list is; `null` where relative to its issuer, or absent. */
  readonly fullName: readonly GeneralName[] | null;
  /** Which reasons it covers, as bits; `null` for all. */
  readonly reasons: number | null;
  /** Who signs it, if not the certificate's issuer. */
  readonly cRLIssuer: readonly GeneralName[] | null;
}

/** One SCT ({@link https://www.rfc-editor.org/rfc/rfc6962#section-3.2 | RFC 6962, section 3.2}). */
export interface SignedCertificateTimestamp {
  /** 0 is v1; the fields below are `null` for versions not known here. */
  readonly version: number;
  /** SHA-256 of the log's key. */
  readonly logId: Uint8Array | null;
  /** Milliseconds since 1970. */
  readonly timestamp: number | null;
  /** All of it, as it was sent. */
  readonly raw: Uint8Array;
}

/** keyUsage; RFC 5280: "at least one of the bits MUST be set to 1". */
export function decodeKeyUsage(der: Uint8Array): number {
  const reader = new Reader(der);
  const bits = namedBits(reader);
  reader.end();
  if (bits === 0) throw new DecodeFailure("keyUsage has no bit set");
  return bits;
}

/** basicConstraints. */
export function decodeBasicConstraints(der: Uint8Array): BasicConstraints {
  const reader = only(der, Tag.SEQUENCE);
  const ca = optionalTrue(reader);
  const pathLength = reader.remaining > 0 ? smallInteger(reader) : null;
  reader.end();
  // "CAs MUST NOT include the pathLenConstraint field unless the cA boolean is
  // asserted".
  if (!ca && pathLength !== null) {
    throw new DecodeFailure("basicConstraints limits the path of no CA");
  }
  return { ca, pathLength };
}

/** extKeyUsage: at least one usage, dotted. */
export function decodeExtKeyUsage(der: Uint8Array): readonly string[] {
  const reader = only(der, Tag.SEQUENCE);
  const usages: string[] = [];
  do usages.push(objectIdentifier(reader)); while (reader.remaining > 0);
  return usages;
}

/** subjectKeyIdentifier. */
export function decodeSubjectKeyIdentifier(der: Uint8Array): Uint8Array {
  const reader = new Reader(der);
  const identifier = octetString(reader);
  reader.end();
  return identifier;
}

/** authorityKeyIdentifier. */
export function decodeAuthorityKeyIdentifier(
  der: Uint8Array,
): AuthorityKeyIdentifier {
  const reader = only(der, Tag.SEQUENCE);
  const keyIdentifier = next(reader, contextPrimitive(0))
    ? contentBytes(reader, contextPrimitive(0))
    : null;
  const authorityCertIssuer = next(reader, contextConstructed(1))
    ? generalNames(contents(reader, contextConstructed(1)))
    : null;
  const authorityCertSerialNumber = next(reader, contextPrimitive(2))
    ? integer(reader, contextPrimitive(2))
    : null;
  reader.end();
  // "authorityCertIssuer and authorityCertSerialNumber MUST both be present or
  // both be absent" (RFC 5280, appendix A.2).
  if ((authorityCertIssuer === null) !== (authorityCertSerialNumber === null)) {
    throw new DecodeFailure("authorityKeyIdentifier names half an issuer");
  }
  return { keyIdentifier, authorityCertIssuer, authorityCertSerialNumber };
}

/** nameConstraints; what may stand inside each subtree the matcher checks. */
export function decodeNameConstraints(der: Uint8Array): NameConstraints {
  const reader = only(der, Tag.SEQUENCE);
  const permitted = next(reader, contextConstructed(0))
    ? subtrees(contents(reader, contextConstructed(0)))
    : [];
  const excluded = next(reader, contextConstructed(1))
    ? subtrees(contents(reader, contextConstructed(1)))
    : [];
  reader.end();
  // "Conforming CAs MUST NOT issue certificates where name constraints is an
  // empty sequence."
  if (permitted.length === 0 && excluded.length === 0) {
    throw new DecodeFailure("nameConstraints constrains nothing");
  }
  return { permitted, excluded };
}

function subtrees(reader: Reader): readonly GeneralName[] {
  const bases: GeneralName[] = [];
  do {
    const subtree = contents(reader, Tag.SEQUENCE);
    bases.push(generalName(subtree, [8, 32]));
    // "the minimum MUST be zero, and maximum MUST be absent", and zero is the
    // default, which DER leaves out.
    subtree.end();
  } while (reader.remaining > 0);
  return bases;
}

/** certificatePolicies. */
export function decodeCertificatePolicies(
  der: Uint8Array,
): readonly PolicyInformation[] {
  const reader = only(der, Tag.SEQUENCE);
  const policies: PolicyInformation[] = [];
  const seen = new Set<string>();
  do {
    const information = contents(reader, Tag.SEQUENCE);
    const policy = objectIdentifier(information);
    // "A certificate policy OID MUST NOT appear more than once".
    if (seen.has(policy)) {
      throw new DecodeFailure("certificatePolicies names a policy twice");
    }
    seen.add(policy);
    const qualifiers: PolicyQualifier[] = [];
    if (information.remaining > 0) {
      const list = contents(information, Tag.SEQUENCE);
      information.end();
      do {
        const qualifier = contents(list, Tag.SEQUENCE);
        const id = objectIdentifier(qualifier);
        const value = qualifier.rest();
        checkNesting(value);
        qualifiers.push({ id, value });
      } while (list.remaining > 0);
    }
    policies.push({ policy, qualifiers });
  } while (reader.remaining > 0);
  return policies;
}

/** policyMappings. */
export function decodePolicyMappings(
  der: Uint8Array,
): readonly PolicyMapping[] {
  const reader = only(der, Tag.SEQUENCE);
  const mappings: PolicyMapping[] = [];
  do {
    const pair = contents(reader, Tag.SEQUENCE);
    const issuerDomainPolicy = objectIdentifier(pair);
    const subjectDomainPolicy = objectIdentifier(pair);
    pair.end();
    mappings.push({ issuerDomainPolicy, subjectDomainPolicy });
  } while (reader.remaining > 0);
  return mappings;
}

/** policyConstraints. */
export function decodePolicyConstraints(der: Uint8Array): PolicyConstraints {
  const reader = only(der, Tag.SEQUENCE);
  const requireExplicitPolicy = next(reader, contextPrimitive(0))
    ? smallInteger(reader, contextPrimitive(0))
    : null;
  const inhibitPolicyMapping = next(reader, contextPrimitive(1))
    ? smallInteger(reader, contextPrimitive(1))
    : null;
  reader.end();
  // "Conforming CAs MUST NOT issue certificates where policy constraints is an
  // empty sequence."
  if (requireExplicitPolicy === null && inhibitPolicyMapping === null) {
    throw new DecodeFailure("policyConstraints constrains nothing");
  }
  return { requireExplicitPolicy, inhibitPolicyMapping };
}

/** inhibitAnyPolicy: after how many certificates anyPolicy counts no more. */
export function decodeInhibitAnyPolicy(der: Uint8Array): number {
  const reader = new Reader(der);
  const skip = smallInteger(reader);
  reader.end();
  return skip;
}

/** authorityInfoAccess. */
export function decodeAuthorityInfoAccess(
  der: Uint8Array,
): readonly AccessDescription[] {
  const reader = only(der, Tag.SEQUENCE);
  const descriptions: AccessDescription[] = [];
  do {
    const description = contents(reader, Tag.SEQUENCE);
    const method = objectIdentifier(description);
    const location = generalName(description, [4, 16]);
    description.end();
    descriptions.push({ method, location });
  } while (reader.remaining > 0);
  return descriptions;
}

/** cRLDistributionPoints. */
export function decodeCrlDistributionPoints(
  der: Uint8Array,
): readonly DistributionPoint[] {
  const reader = only(der, Tag.SEQUENCE);
  const points: DistributionPoint[] = [];
  do {
    const point = contents(reader, Tag.SEQUENCE);
    let fullName: readonly GeneralName[] | null = null;
    let named = false;
    if (next(point, contextConstructed(0))) {
      named = true;
      const choice = contents(point, contextConstructed(0));
      if (next(choice, contextConstructed(0))) {
        fullName = generalNames(contents(choice, contextConstructed(0)));
      } else {
        checkNesting(contents(choice, contextConstructed(1)).rest());
      }
      choice.end();
    }
    const reasons = next(point, contextPrimitive(1))
      ? namedBits(point, contextPrimitive(1))
      : null;
    const cRLIssuer = next(point, contextConstructed(2))
      ? generalNames(contents(point, contextConstructed(2)))
      : null;
    point.end();
    // "a DistributionPoint MUST NOT consist of only the reasons field; either
    // distributionPoint or cRLIssuer MUST be present."
    if (!named && cRLIssuer === null) {
      throw new DecodeFailure("a CRL distribution point names nothing");
    }
    points.push({ fullName, reasons, cRLIssuer });
  } while (reader.remaining > 0);
  return points;
}

/** tlsFeature: TLS extension numbers that the server must answer. */
export function decodeTlsFeature(der: Uint8Array): readonly number[] {
  const reader = only(der, Tag.SEQUENCE);
  const features: number[] = [];
  while (reader.remaining > 0) features.push(smallInteger(reader));
  return features;
}

/** The SCT list: TLS vectors inside an OCTET STRING inside extnValue. */
export function decodeSignedCertificateTimestamps(
  der: Uint8Array,
): readonly SignedCertificateTimestamp[] {
  const outer = new Reader(der);
  const reader = new Reader(octetString(outer));
  outer.end();
  const list = reader.vector16(1);
  reader.end();
  const timestamps: SignedCertificateTimestamp[] = [];
  do {
    const sct = list.vector16(1);
    const start = sct.offset;
    const version = sct.uint8();
    if (version !== 0) {
      sct.rest();
      timestamps.push({
        version,
        logId: null,
        timestamp: null,
        raw: sct.since(start),
      });
      continue;
    }
    const logId = sct.bytes(32);
    const timestamp = sct.uint32() * 2 ** 32 + sct.uint32();
    sct.vector16();
    sct.uint16(); // hash and signature algorithm
    sct.vector16();
    sct.end();
    timestamps.push({ version, logId, timestamp, raw: sct.since(start) });
  } while (list.remaining > 0);
  return timestamps;
}

/** Checks the form of an extension that is not decoded further. */
export function checkWellFormed(der: Uint8Array): void {
  const reader = new Reader(der);
  const { tag, value } = anyElement(reader);
  reader.end();
  if ((tag & 0x20) !== 0) checkNesting(value);
}
