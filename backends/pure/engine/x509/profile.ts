/**
 * The strict policy's rules: what RFC 5280's profile and the CA/Browser Forum's
 * Baseline Requirements ({@link https://cabforum.org/working-groups/server/baseline-requirements/requirements/ | BR})
 * demand of those who issue certificates.
 *
 * @module
 */
import type { Certificate } from "./certificate.ts";
import { sameBytes } from "./der.ts";
import { label } from "./describe.ts";
import { KeyUsage } from "./extensions.ts";
import { ipText } from "./general_name.ts";
import { AttributeOid, ExtensionOid, KeyPurpose } from "./oid.ts";
import type { Fault } from "./path_error.ts";
import { asciiLower, isDnsName, parseIpv4, parseIpv6 } from "./server_name.ts";
import { isProfiledTime } from "./time.ts";

/** Where in the path a certificate is. */
export type Place = "leaf" | "intermediate" | "anchor";

/** Extensions that "Conforming CAs MUST mark ... as non-critical". */
const NEVER_CRITICAL: readonly string[] = [
  ExtensionOid.authorityKeyIdentifier,
  ExtensionOid.subjectKeyIdentifier,
];
/** Extensions that "Conforming CAs MUST mark ... as critical". */
const ALWAYS_CRITICAL: readonly string[] = [
  ExtensionOid.policyConstraints,
  ExtensionOid.inhibitAnyPolicy,
];

/** The first rule of the profile that `certificate` breaks, or `null`. */
export function profileFault(
  certificate: Certificate,
  place: Place,
): Fault | null {
  const broken = formRule(certificate) ??
    (place === "anchor" ? null : serialRule(certificate)) ??
    extensionRule(certificate) ??
    (place === "leaf" ? leafRule(certificate) : caRule(certificate)) ??
    (place === "anchor"
      ? anchorRule(certificate)
      : keyIdentifierRule(certificate));
  return broken === null ? null : {
    reason: "profile",
    message: `The certificate of ${
      label(certificate)
    } breaks a rule of its profile: ${broken}`,
  };
}

function formRule(certificate: Certificate): string | null {
  if (certificate.version !== 3) return "it is not of version 3";
  const { timeTags, notBefore, notAfter } = certificate;
  if (
    !isProfiledTime(timeTags[0], notBefore) ||
    !isProfiledTime(timeTags[1], notAfter)
  ) return "a time through 2049 is not a UTCTime";
  return null;
}

/** A root's serial number is nobody's concern, and Starfield's is zero. */
function serialRule({ serial }: Certificate): string | null {
  // RFC 5280, 4.1.2.2: "The serial number MUST be a positive integer".
  if (serial[0]! >= 0x80) return "its serial number is negative";
  if (serial.length === 1 && serial[0] === 0) {
    return "its serial number is zero";
  }
  return serial.length > 20
    ? "its serial number is longer than 20 bytes"
    : null;
}

function extensionRule(certificate: Certificate): string | null {
  for (const { oid, critical } of certificate.extensions) {
    if (critical && NEVER_CRITICAL.includes(oid)) {
      return "a key identifier is critical";
    }
    if (!critical && ALWAYS_CRITICAL.includes(oid)) {
      return "a policy constraint is not critical";
    }
  }
  // RFC 5280, 4.2.1.9: "If the cA boolean is not asserted, then the keyCertSign
  // bit in the key usage extension MUST NOT be asserted."
  const ca = certificate.basicConstraints?.ca === true;
  const usage = certificate.keyUsage;
  if (!ca && usage !== null && (usage & KeyUsage.keyCertSign) !== 0) {
    return "it may sign certificates, yet is no CA's";
  }
  return null;
}

function leafRule(certificate: Certificate): string | null {
  const extKeyUsage = certificate.extension(ExtensionOid.extKeyUsage);
  // BR 7.1.2.7.6: extKeyUsage MUST be present and not critical; 7.1.2.7.10:
  // anyExtendedKeyUsage MUST NOT.
  if (extKeyUsage === null) return "it has no extKeyUsage";
  if (extKeyUsage.critical) return "its extKeyUsage is critical";
  if (certificate.extKeyUsage!.includes(KeyPurpose.any)) {
    return "its extKeyUsage allows anything";
  }
  return alternativeNameRule(certificate);
}

/** RFC 5280, 4.2.1.6, and BR 7.1.2.7.12. */
function alternativeNameRule(certificate: Certificate): string | null {
  const extension = certificate.extension(ExtensionOid.subjectAltName);
  if (extension === null) return null;
  const empty = certificate.subject.length === 0;
  if (empty && !extension.critical) {
    return "its subject is empty, yet its subjectAltName is not critical";
  }
  if (!empty && extension.critical) {
    return "its subject is not empty, yet its subjectAltName is critical";
  }
  for (const name of certificate.subjectAltName!) {
    if (name.kind !== "dNSName") continue;
    const bare = name.value.startsWith("*.") ? name.value.slice(2) : name.value;
    if (!isDnsName(bare, { underscores: false })) {
      return "a dNSName is not in the preferred syntax";
    }
    if (/(^|\.)\d+$/.test(bare)) return "a dNSName is an IP address";
  }
  return commonNameRule(certificate);
}

/**
 * BR 7.1.4.3: a common name is "a character-for-character copy" of a dNSName, or
 * an address in its one canonical form. Held against a common name that spells
 * an alternative name or an address in another way. One that names something
 * else altogether is never read, and is let pass: many certificates carry one.
 */
function commonNameRule(certificate: Certificate): string | null {
  const copies = new Set<string>();
  const folded = new Set<string>();
  for (const name of certificate.subjectAltName!) {
    if (name.kind === "dNSName") {
      copies.add(name.value);
      folded.add(asciiLower(name.value));
    } else if (name.kind === "iPAddress") copies.add(ipText(name.value));
  }
  for (const attributes of certificate.subject) {
    for (const { type, text } of attributes) {
      if (type !== AttributeOid.commonName || text === null) continue;
      if (copies.has(text)) continue;
      if (folded.has(asciiLower(text)) || spellsAddress(text)) {
        return "its common name spells an alternative name differently";
      }
      // A dNSName is ASCII, so that no copy of it is not.
      if (
        /^[^\s.]+(?:\.[^\s.]+)+$/.test(text) && /\P{ASCII}/u.test(text)
      ) {
        return "its common name is a DNS name that is not in A-labels";
      }
    }
  }
  return null;
}

/** An address in a form that is not the canonical one. */
function spellsAddress(text: string): boolean {
  const ipv6 = parseIpv6(text);
  if (ipv6 !== null) return ipText(ipv6) !== text;
  if (/^0x[0-9a-f]{1,8}$/i.test(text)) return true;
  return /^[0-9]+(?:\.[0-9]+){3}$/.test(text) && parseIpv4(text) === null;
}

function caRule(certificate: Certificate): string | null {
  // RFC 5280, 4.2.1.2: "this extension MUST appear in all conforming CA
  // certificates".
  if (certificate.subjectKeyIdentifier === null) {
    return "it is a CA's and has no subjectKeyIdentifier";
  }
  // 4.2.1.9: "MUST mark the extension as critical in such certificates".
  if (certificate.extension(ExtensionOid.basicConstraints)?.critical !== true) {
    return "it is a CA's and its basicConstraints are not critical";
  }
  return null;
}

/** RFC 5280, 4.2.1.1: "MUST be included in all certificates". */
function keyIdentifierRule(certificate: Certificate): string | null {
  const identifier = certificate.authorityKeyIdentifier;
  return identifier === null || identifier.keyIdentifier === null
    ? "it does not identify its issuer's key"
    : null;
}

/** BR 7.1.2.1: root certificates. */
function anchorRule(certificate: Certificate): string | null {
  if (certificate.extKeyUsage !== null) return "it is a root's, and limits use";
  // The identifier leads to what is above the anchor, where no path goes: it may
  // be absent, but if it is there it must be right.
  const identifier = certificate.authorityKeyIdentifier;
  if (identifier === null) return null;
  if (
    identifier.authorityCertIssuer !== null ||
    identifier.authorityCertSerialNumber !== null
  ) return "it is a root's, and names its issuer's certificate";
  if (identifier.keyIdentifier === null) {
    return "its authorityKeyIdentifier has no keyIdentifier";
  }
  if (
    certificate.selfIssued &&
    !sameBytes(identifier.keyIdentifier, certificate.subjectKeyIdentifier!)
  ) return "it is a root's, and its two key identifiers differ";
  return null;
}
