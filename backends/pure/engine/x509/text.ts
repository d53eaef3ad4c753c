/**
 * A certificate as text, laid out as `openssl x509 -text` does: for people. Names
 * are in RFC 4514's form. Never throws on a certificate that was decoded: a part
 * that is malformed is shown as that, with its bytes.
 *
 * @module
 */
import { DecodeFailure, Reader } from "../codec/reader.ts";
import { algorithmIdentifier } from "./algorithm.ts";
import type { Certificate, Extension, Sha256 } from "./certificate.ts";
import { contents, hex, latin1, only, Tag } from "./der.ts";
import { KeyUsage } from "./extensions.ts";
import {
  type GeneralName,
  generalNameText,
  printable,
} from "./general_name.ts";
import { ExtensionOid, oidName } from "./oid.ts";
import { civilTime, isoTime } from "./time.ts";

/** What to show beside the certificate itself. */
export interface TextOptions {
  /** Shows both SHA-256 fingerprints. */
  readonly sha256?: Sha256;
}

const MONTHS: readonly string[] = [
  "Jan",
  "Feb",
  "Mar",
  "Apr",
  "May",
  "Jun",
  "Jul",
  "Aug",
  "Sep",
  "Oct",
  "Nov",
  "Dec",
];

/** `Jan  3 10:20:30 2026 GMT`. */
function opensslTime(seconds: number): string {
  const { year, month, day, hour, minute, second } = civilTime(seconds);
  const clock = [hour, minute, second]
    .map((part) => String(part).padStart(2, "0")).join(":");
  return `${MONTHS[month - 1]} ${String(day).padStart(2)} ${clock} ${year} GMT`;
}

/** Runs `show`; what cannot be decoded is shown as bytes. */
function legible(
  bytes: Uint8Array,
  show: () => readonly string[],
): readonly string[] {
  try {
    return show();
  } catch (error) {
    if (!(error instanceof DecodeFailure)) throw error;
    return [`<malformed: ${error.message}>`, ...hexLines(bytes, 18)];
  }
}

function hexLines(bytes: Uint8Array, width: number): readonly string[] {
  const lines: string[] = [];
  for (let i = 0; i < bytes.length; i += width) {
    const end = Math.min(i + width, bytes.length);
    lines.push(
      hex(bytes.subarray(i, end), ":") + (end < bytes.length ? ":" : ""),
    );
  }
  return lines;
}

function indent(lines: readonly string[], depth: number): readonly string[] {
  return lines.map((line) => " ".repeat(depth) + line);
}

/** The text of a certificate, several lines without a final line break. */
export function certificateText(
  certificate: Certificate,
  options: TextOptions = {},
): string {
  const name = (der: Uint8Array, text: () => string) =>
    legible(der, () => [text()]).join(" ");
  const algorithm = algorithmName(certificate.outerAlgorithm);
  const { sha256 } = options;
  return [
    "Certificate:",
    "    Data:",
    `        Version: ${certificate.version} (0x${
      (certificate.version - 1).toString(16)
    })`,
    "        Serial Number:",
    `            ${certificate.serialText}`,
    `        Signature Algorithm: ${algorithmName(certificate.innerAlgorithm)}`,
    `        Issuer: ${
      name(certificate.issuerDer, () => certificate.issuerText)
    }`,
    "        Validity",
    `            Not Before: ${opensslTime(certificate.notBefore)}`,
    `            Not After : ${opensslTime(certificate.notAfter)}`,
    `        Subject: ${
      name(certificate.subjectDer, () => certificate.subjectText)
    }`,
    "        Subject Public Key Info:",
    ...indent(legible(certificate.spki, () => keyLines(certificate)), 12),
    ...(certificate.extensions.length === 0
      ? []
      : ["        X509v3 extensions:"]),
    ...certificate.extensions.flatMap((extension) => [
      `            ${extensionName(extension.oid)}:${
        extension.critical ? " critical" : ""
      }`,
      ...indent(
        legible(
          extension.value,
          () => extensionLines(certificate, extension),
        ),
        16,
      ),
    ]),
    `    Signature Algorithm: ${algorithm}`,
    "    Signature Value:",
    ...indent(hexLines(certificate.signature, 18), 8),
    ...(sha256 === undefined ? [] : [
      "    SHA-256 Fingerprint of the certificate:",
      `        ${hex(certificate.fingerprint(sha256), ":").toUpperCase()}`,
      "    SHA-256 Fingerprint of the public key info:",
      `        ${hex(certificate.spkiFingerprint(sha256), ":").toUpperCase()}`,
    ]),
  ].join("\n");
}

function algorithmName(der: Uint8Array): string {
  return legible(
    der,
    () => [oidName(algorithmIdentifier(new Reader(der)).oid)],
  ).join(" ");
}

/** Longest RSA exponent that is written in decimal too; 65537 has 17 bits. */
const MAXIMUM_DECIMAL_BITS = 64;

function keyLines(certificate: Certificate): readonly string[] {
  const key = certificate.publicKey;
  const spki = only(certificate.spki, Tag.SEQUENCE);
  const { oid } = algorithmIdentifier(spki);
  const bits = contents(spki, Tag.BIT_STRING).rest();
  const head = `Public Key Algorithm: ${oidName(oid)}`;
  const point = ["    pub:", ...indent(hexLines(bits.subarray(1), 15), 8)];
  switch (key.kind) {
    case "rsa":
    case "rsa-pss": {
      const exponent = hex(key.exponent).replace(/^0+(?=.)/, "");
      return [
        head,
        `    Public-Key: (${key.modulusBits} bit)`,
        "    Modulus:",
        ...indent(hexLines(key.modulus, 15), 8),
        // In decimal it is for people, and the conversion of a long one is slow.
        key.exponentBits <= MAXIMUM_DECIMAL_BITS
          ? `    Exponent: ${BigInt(`0x${exponent}`)} (0x${exponent})`
          : `    Exponent: 0x${exponent}`,
      ];
    }
    case "ecdsa":
      return [
        head,
        `    Public-Key: (${key.curve.slice(2)} bit)`,
        ...point,
        `    NIST CURVE: ${key.curve}`,
      ];
    case "ed25519":
      return [head, "    ED25519 Public-Key:", ...point];
    case "unsupported":
      return [head, `    (not supported: ${key.why})`, ...point];
  }
}

/** The words of openssl for what X.509 itself defines. */
function extensionName(oid: string): string {
  const name = oidName(oid);
  return oid.startsWith("2.5.29.") && name !== oid ? `X509v3 ${name}` : name;
}

const USAGES: readonly (readonly [number, string])[] = [
  [KeyUsage.digitalSignature, "Digital Signature"],
  [KeyUsage.contentCommitment, "Non Repudiation"],
  [KeyUsage.keyEncipherment, "Key Encipherment"],
  [KeyUsage.dataEncipherment, "Data Encipherment"],
  [KeyUsage.keyAgreement, "Key Agreement"],
  [KeyUsage.keyCertSign, "Certificate Sign"],
  [KeyUsage.cRLSign, "CRL Sign"],
  [KeyUsage.encipherOnly, "Encipher Only"],
  [KeyUsage.decipherOnly, "Decipher Only"],
];

/** ReasonFlags (RFC 5280, 4.2.1.13). */
const REASONS: readonly string[] = [
  "Unused",
  "Key Compromise",
  "CA Compromise",
  "Affiliation Changed",
  "Superseded",
  "Cessation Of Operation",
  "Certificate Hold",
  "Privilege Withdrawn",
  "AA Compromise",
];

/** TLS extensions that tlsFeature may name. */
const FEATURES: ReadonlyMap<number, string> = new Map([
  [5, "status_request"],
  [17, "status_request_v2"],
]);

function names(list: readonly GeneralName[] | null): readonly string[] {
  return [(list ?? []).map(generalNameText).join(", ")];
}

function extensionLines(
  certificate: Certificate,
  { oid, value }: Extension,
): readonly string[] {
  switch (oid) {
    case ExtensionOid.basicConstraints: {
      const { ca, pathLength } = certificate.basicConstraints!;
      return [
        `CA:${ca ? "TRUE" : "FALSE"}${
          pathLength === null ? "" : `, pathlen:${pathLength}`
        }`,
      ];
    }
    case ExtensionOid.keyUsage: {
      const bits = certificate.keyUsage!;
      return [
        USAGES.filter(([bit]) => (bits & bit) !== 0).map(([, name]) => name)
          .join(", "),
      ];
    }
    case ExtensionOid.extKeyUsage:
      return [certificate.extKeyUsage!.map(oidName).join(", ")];
    case ExtensionOid.subjectKeyIdentifier:
      return [hex(certificate.subjectKeyIdentifier!, ":").toUpperCase()];
    case ExtensionOid.authorityKeyIdentifier:
      return authorityLines(certificate);
    case ExtensionOid.subjectAltName:
      return names(certificate.subjectAltName);
    case ExtensionOid.issuerAltName:
      return names(certificate.issuerAltName);
    case ExtensionOid.nameConstraints: {
      const { permitted, excluded } = certificate.nameConstraints!;
      return [
        ...(permitted.length === 0 ? [] : ["Permitted:"]),
        ...permitted.map((base) => `  ${generalNameText(base)}`),
        ...(excluded.length === 0 ? [] : ["Excluded:"]),
        ...excluded.map((base) => `  ${generalNameText(base)}`),
      ];
    }
    case ExtensionOid.certificatePolicies:
      return policyLines(certificate);
    case ExtensionOid.policyMappings:
      return certificate.policyMappings!.map((
        { issuerDomainPolicy, subjectDomainPolicy },
      ) => `${issuerDomainPolicy}:${subjectDomainPolicy}`);
    case ExtensionOid.policyConstraints: {
      const { requireExplicitPolicy, inhibitPolicyMapping } = certificate
        .policyConstraints!;
      return [
        ...(requireExplicitPolicy === null
          ? []
          : [`Require Explicit Policy:${requireExplicitPolicy}`]),
        ...(inhibitPolicyMapping === null
          ? []
          : [`Inhibit Policy Mapping:${inhibitPolicyMapping}`]),
      ];
    }
    case ExtensionOid.inhibitAnyPolicy:
      return [String(certificate.inhibitAnyPolicy!)];
    case ExtensionOid.authorityInfoAccess:
      return certificate.authorityInfoAccess!.map(({ method, location }) =>
        `${oidName(method)} - ${generalNameText(location)}`
      );
    case ExtensionOid.cRLDistributionPoints:
      return certificate.crlDistributionPoints!.flatMap((point) => [
        ...(point.fullName === null
          ? []
          : ["Full Name:", `  ${names(point.fullName)[0]}`]),
        ...(point.reasons === null ? [] : [
          `Reasons: ${
            REASONS.filter((_, bit) => (point.reasons! >> bit & 1) === 1)
              .join(", ")
          }`,
        ]),
        ...(point.cRLIssuer === null
          ? []
          : ["CRL Issuer:", `  ${names(point.cRLIssuer)[0]}`]),
      ]);
    case ExtensionOid.tlsFeature:
      return [
        certificate.tlsFeature!.map((feature) =>
          FEATURES.get(feature) ?? String(feature)
        ).join(", "),
      ];
    case ExtensionOid.signedCertificateTimestamps:
      return certificate.signedCertificateTimestamps!.flatMap((sct) => [
        "Signed Certificate Timestamp:",
        `    Version   : ${
          sct.version === 0 ? "v1 (0x0)" : `unknown (${sct.version})`
        }`,
        ...(sct.logId === null ? [] : [
          `    Log ID    : ${hex(sct.logId, ":").toUpperCase()}`,
          // Beyond the year 9999 it is no time that any log has written.
          `    Timestamp : ${
            sct.timestamp! < 253_402_300_800_000
              ? isoTime(sct.timestamp! / 1000)
              : sct.timestamp
          }`,
        ]),
      ]);
    default:
      return hexLines(value, 18);
  }
}

function authorityLines(certificate: Certificate): readonly string[] {
  const identifier = certificate.authorityKeyIdentifier!;
  const { keyIdentifier, authorityCertIssuer, authorityCertSerialNumber } =
    identifier;
  return [
    ...(keyIdentifier === null
      ? []
      : [`keyid:${hex(keyIdentifier, ":").toUpperCase()}`]),
    ...(authorityCertIssuer === null ? [] : names(authorityCertIssuer)),
    ...(authorityCertSerialNumber === null
      ? []
      : [`serial:${hex(authorityCertSerialNumber, ":").toUpperCase()}`]),
  ];
}

/** id-qt-cps (RFC 5280, 4.2.1.4). */
const CPS = "1.3.6.1.5.5.7.2.1";

function policyLines(certificate: Certificate): readonly string[] {
  return certificate.certificatePolicies!.flatMap(({ policy, qualifiers }) => [
    `Policy: ${policy}${
      oidName(policy) === policy ? "" : ` (${oidName(policy)})`
    }`,
    ...qualifiers.map(({ id, value }) =>
      id === CPS && value[0] === Tag.IA5_STRING
        ? `  CPS: ${
          printable(
            latin1(only(value, Tag.IA5_STRING).rest()),
          )
        }`
        : `  ${oidName(id)}: ${hex(value)}`
    ),
  ]);
}
