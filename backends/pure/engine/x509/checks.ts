/**
 * What is asked of one certificate, whatever the path: form, strength, time,
 * usage. Each function returns the first fault, or `null`.
 *
 * @module
 */
import { DecodeFailure } from "../codec/reader.ts";
import type { PublicKeyInfo } from "./algorithm.ts";
import type { Certificate } from "./certificate.ts";
import { sameBytes } from "./der.ts";
import { label, lateLabel, listed } from "./describe.ts";
import { KeyUsage } from "./extensions.ts";
import { ExtensionOid, KeyPurpose, oidName } from "./oid.ts";
import type { Fault, PathFailureReason } from "./path_error.ts";
import type { PathPolicy } from "./path_policy.ts";
import { profileFault } from "./profile.ts";
import { isoDay, isoTime } from "./time.ts";

/** What the leaf is to be used for. */
export type Purpose = "server" | "client";

/** What a path is checked against. */
export interface CheckContext {
  /** Which rules. */
  readonly policy: PathPolicy;
  /** What the leaf is for. */
  readonly purpose: Purpose;
  /** Whole seconds since 1970. */
  readonly at: number;
}

/**
 * Longest serial number: RFC 5280, 4.1.2.2: "Conforming CAs MUST NOT use
 * serialNumber values longer than 20 octets."
 */
const MAXIMUM_SERIAL = 20;

/** Extensions that validation processes, so that they may be critical. */
const PROCESSED: ReadonlySet<string> = new Set([
  ExtensionOid.subjectKeyIdentifier,
  ExtensionOid.authorityKeyIdentifier,
  ExtensionOid.keyUsage,
  ExtensionOid.extKeyUsage,
  ExtensionOid.basicConstraints,
  ExtensionOid.subjectAltName,
  ExtensionOid.nameConstraints,
  ExtensionOid.certificatePolicies,
  ExtensionOid.policyMappings,
  ExtensionOid.policyConstraints,
  ExtensionOid.inhibitAnyPolicy,
]);

function fault(reason: PathFailureReason, message: string): Fault {
  return { reason, message };
}

/** Runs `check`; what cannot be decoded is a fault too. */
export function decoded(
  certificate: Certificate,
  check: () => Fault | null,
): Fault | null {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof DecodeFailure)) throw error;
    return fault(
      "malformed",
      `The certificate of ${label(certificate)} is malformed: ${error.message}`,
    );
  }
}

/** A leaf that an anchor has to vouch for. */
export function leafFault(
  leaf: Certificate,
  context: CheckContext,
): Fault | null {
  return decoded(leaf, () => {
    const name = lateLabel(leaf);
    if (leaf.basicConstraints?.ca === true) {
      return fault(
        "ca-as-leaf",
        `The certificate of ${name} is that of a CA, and not for a ${context.purpose}`,
      );
    }
    return issuedFault(leaf) ?? leafUseFault(leaf, context) ??
      (context.policy.profile ? profileFault(leaf, "leaf") : null);
  });
}

/** A leaf that is itself an anchor: trusted, but still to be used rightly. */
export function trustedLeafFault(
  leaf: Certificate,
  context: CheckContext,
): Fault | null {
  return decoded(leaf, () => leafUseFault(leaf, context));
}

function leafUseFault(
  leaf: Certificate,
  context: CheckContext,
): Fault | null {
  const name = lateLabel(leaf);
  leaf.decodeExtensions();
  const common = validityFault(leaf, context) ?? commonFault(leaf, context);
  if (common !== null) return common;
  const ca = leaf.basicConstraints?.ca === true;
  // "The name constraints extension, which MUST be used only in a CA
  // certificate" (RFC 5280, 4.2.1.10).
  if (!ca && leaf.nameConstraints !== null) {
    return fault(
      "malformed",
      `The certificate of ${name} constrains names, which only a CA's may`,
    );
  }
  // RFC 8446, 4.4.2.2: "if the Key Usage extension is present, then the
  // digitalSignature bit MUST be set". Nor is RSA key transport spoken here.
  const usage = leaf.keyUsage;
  if (usage !== null && (usage & KeyUsage.digitalSignature) === 0) {
    return fault(
      "key-usage",
      `The certificate of ${name} may not be used to sign handshakes: its keyUsage lacks digitalSignature`,
    );
  }
  // RFC 8446, 4.4.2.2 and the web's practice: anyExtendedKeyUsage is not enough.
  const wanted = purposeOid(context.purpose);
  const usages = leaf.extKeyUsage;
  if (usages !== null && !usages.includes(wanted)) {
    return fault(
      "extended-key-usage",
      `The certificate of ${name} is not for ${
        oidName(wanted)
      }: its extKeyUsage is ${listed(usages.map(oidName))}`,
    );
  }
  return null;
}

/** An intermediate. */
export function intermediateFault(
  certificate: Certificate,
  context: CheckContext,
): Fault | null {
  return decoded(certificate, () => {
    certificate.decodeExtensions();
    return validityFault(certificate, context) ??
      caFault(certificate, context) ?? issuedFault(certificate) ??
      commonFault(certificate, context) ??
      (context.policy.profile
        ? profileFault(certificate, "intermediate")
        : null);
  });
}

/**
 * An anchor that was given as a certificate. An expired one is no anchor: who
 * ships a root stops vouching for it at its end, and so do OpenSSL and Go.
 */
export function anchorFault(
  certificate: Certificate,
  context: CheckContext,
): Fault | null {
  return decoded(certificate, () => {
    // What limits an anchor must be legible; the rest need not be.
    if (context.policy.profile) certificate.decodeExtensions();
    else void certificate.nameConstraints;
    return validityFault(certificate, context) ??
      caFault(certificate, context) ?? commonFault(certificate, context) ??
      (context.policy.profile ? profileFault(certificate, "anchor") : null);
  });
}

function validityFault(
  certificate: Certificate,
  { at }: CheckContext,
): Fault | null {
  const name = lateLabel(certificate);
  // RFC 5280, 4.1.2.5: "from notBefore through notAfter, inclusive".
  if (at > certificate.notAfter) {
    return fault(
      "expired",
      `The certificate of ${name} expired ${onOrAt(certificate.notAfter, at)}`,
    );
  }
  if (at < certificate.notBefore) {
    return fault(
      "not-yet-valid",
      `The certificate of ${name} is not valid before ${
        onOrAt(certificate.notBefore, at).slice(3)
      }`,
    );
  }
  return null;
}

/** By day, and by the second where both are on one day. */
function onOrAt(limit: number, at: number): string {
  const day = isoDay(limit);
  const today = isoDay(at);
  return day === today
    ? `at ${isoTime(limit)}; it is ${isoTime(at)} now`
    : `on ${day}; today is ${today}`;
}

/** What holds for every certificate whose signature counts. */
function issuedFault(certificate: Certificate): Fault | null {
  const name = lateLabel(certificate);
  if (certificate.version !== 3) {
    return fault(
      "unsupported-version",
      `The certificate of ${name} is of version ${certificate.version}; only version 3 says what a certificate is for`,
    );
  }
  const signature = certificate.signatureAlgorithm;
  if (signature.kind === "unsupported") {
    return signature.weak
      ? fault(
        "weak-signature",
        `The certificate of ${name} is signed with ${
          oidName(signature.oid)
        }, which can be forged`,
      )
      : fault(
        "unsupported-signature",
        `The certificate of ${name} is signed with ${
          oidName(signature.oid)
        }, which is not supported`,
      );
  }
  const serial = certificate.serial;
  if (serial.length - (serial[0] === 0 ? 1 : 0) > MAXIMUM_SERIAL) {
    return fault(
      "malformed",
      `The certificate of ${name} has a serial number of more than ${MAXIMUM_SERIAL} bytes`,
    );
  }
  return null;
}

/** What holds for every certificate of a path, anchors included. */
function commonFault(
  certificate: Certificate,
  { policy }: CheckContext,
): Fault | null {
  const name = lateLabel(certificate);
  // "This field MUST contain the same algorithm identifier as the signature
  // field in the sequence tbsCertificate" (RFC 5280, 4.1.1.2).
  if (!sameBytes(certificate.innerAlgorithm, certificate.outerAlgorithm)) {
    return fault(
      "algorithm-mismatch",
      `The certificate of ${name} names two different signature algorithms`,
    );
  }
  // "The issuer field MUST contain a non-empty distinguished name" (4.1.2.4).
  if (certificate.issuer.length === 0) {
    return fault("malformed", `The certificate of ${name} names no issuer`);
  }
  // "A certificate-using system MUST reject the certificate if it encounters a
  // critical extension it does not recognize or a critical extension that
  // contains information that it cannot process" (4.2).
  for (const { oid, critical } of certificate.extensions) {
    if (critical && !PROCESSED.has(oid)) {
      return fault(
        "critical-extension",
        `The certificate of ${name} has a critical extension that is not processed here: ${
          oidName(oid)
        }`,
      );
    }
  }
  return keyFault(certificate.publicKey, name, policy);
}

/** Whether a key is of a kind and size that is used. */
export function keyFault(
  key: PublicKeyInfo,
  name: { toString(): string },
  policy: PathPolicy,
): Fault | null {
  switch (key.kind) {
    case "ecdsa":
    case "ed25519":
      return null;
    case "unsupported":
      return fault(
        "unsupported-key",
        `The key of ${name} (${oidName(key.oid)}) cannot be used: ${key.why}`,
      );
    case "rsa":
    case "rsa-pss": {
      const { modulusBits: bits } = key;
      if (bits < policy.minimumRsaBits) {
        return fault(
          "weak-key",
          `The RSA key of ${name} has ${bits} bits; ${policy.minimumRsaBits} are needed`,
        );
      }
      if (
        bits > policy.maximumRsaBits ||
        key.exponentBits > policy.maximumRsaExponentBits
      ) {
        return fault(
          "unsupported-key",
          `The RSA key of ${name} is too large: its modulus has ${bits} bits, its exponent ${key.exponentBits}`,
        );
      }
      if (!key.wellFormed) {
        return fault("weak-key", `The RSA key of ${name} is not an RSA key`);
      }
      // Baseline Requirements, 6.1.5: "the modulus size, in bits, is evenly
      // divisible by 8".
      if (policy.profile && bits % 8 !== 0) {
        return fault(
          "profile",
          `The RSA key of ${name} has ${bits} bits, which are not whole bytes`,
        );
      }
      return null;
    }
  }
}

function caFault(
  certificate: Certificate,
  context: CheckContext,
): Fault | null {
  const name = lateLabel(certificate);
  // "the subject field MUST be populated with a non-empty distinguished name"
  // in a CA's certificate (4.1.2.6).
  if (certificate.subject.length === 0) {
    return fault("malformed", "A CA certificate names no subject");
  }
  // Certificates of version 1 cannot say that they are a CA's. Only anchors get
  // here with one, and whoever made it an anchor has said it.
  if (certificate.version === 3 && certificate.basicConstraints?.ca !== true) {
    return fault(
      "not-a-ca",
      `The certificate of ${name} is not that of a CA, yet it signed another`,
    );
  }
  const usage = certificate.keyUsage;
  if (usage !== null && (usage & KeyUsage.keyCertSign) === 0) {
    return fault(
      "key-usage",
      `The CA certificate of ${name} may not sign certificates: its keyUsage lacks keyCertSign`,
    );
  }
  // The web reads a CA's extKeyUsage as a limit on what it may certify.
  const usages = certificate.extKeyUsage;
  const wanted = purposeOid(context.purpose);
  if (
    usages !== null && !usages.includes(wanted) &&
    !usages.includes(KeyPurpose.any)
  ) {
    return fault(
      "extended-key-usage",
      `The CA ${name} may not certify for ${
        oidName(wanted)
      }: its extKeyUsage is ${listed(usages.map(oidName))}`,
    );
  }
  return null;
}

/** The extended key usage of a purpose. */
function purposeOid(purpose: Purpose): string {
  return purpose === "server" ? KeyPurpose.serverAuth : KeyPurpose.clientAuth;
}
