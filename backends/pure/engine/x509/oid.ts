/**
 * The object identifiers that certificates use, and what people call them.
 *
 * @module
 */

/** Extensions ({@link https://www.rfc-editor.org/rfc/rfc5280#section-4.2 | RFC 5280, section 4.2}). */
export const ExtensionOid = {
  subjectKeyIdentifier: "2.5.29.14",
  keyUsage: "2.5.29.15",
  subjectAltName: "2.5.29.17",
  issuerAltName: "2.5.29.18",
  basicConstraints: "2.5.29.19",
  nameConstraints: "2.5.29.30",
  cRLDistributionPoints: "2.5.29.31",
  certificatePolicies: "2.5.29.32",
  policyMappings: "2.5.29.33",
  authorityKeyIdentifier: "2.5.29.35",
  policyConstraints: "2.5.29.36",
  extKeyUsage: "2.5.29.37",
  inhibitAnyPolicy: "2.5.29.54",
  authorityInfoAccess: "1.3.6.1.5.5.7.1.1",
  /** {@link https://www.rfc-editor.org/rfc/rfc7633 | RFC 7633}. */
  tlsFeature: "1.3.6.1.5.5.7.1.24",
  /** {@link https://www.rfc-editor.org/rfc/rfc6962#section-3.3 | RFC 6962, section 3.3}. */
  signedCertificateTimestamps: "1.3.6.1.4.1.11129.2.4.2",
} as const;

/** Extended key usages ({@link https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.12 | RFC 5280, section 4.2.1.12}). */
export const KeyPurpose = {
  any: "2.5.29.37.0",
  serverAuth: "1.3.6.1.5.5.7.3.1",
  clientAuth: "1.3.6.1.5.5.7.3.2",
} as const;

/** "anyPolicy" ({@link https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.4 | RFC 5280, section 4.2.1.4}). */
export const ANY_POLICY = "2.5.29.32.0";

/** Attribute types that the code looks at. */
export const AttributeOid = {
  commonName: "2.5.4.3",
  emailAddress: "1.2.840.113549.1.9.1",
} as const;

/**
 * Attribute types by the descriptors that are registered for LDAP
 * ({@link https://www.rfc-editor.org/rfc/rfc4514#section-3 | RFC 4514, section 3},
 * {@link https://www.rfc-editor.org/rfc/rfc4519 | RFC 4519}).
 */
export const ATTRIBUTE_NAMES: ReadonlyMap<string, string> = new Map([
  ["2.5.4.3", "CN"],
  ["2.5.4.4", "sn"],
  ["2.5.4.5", "serialNumber"],
  ["2.5.4.6", "C"],
  ["2.5.4.7", "L"],
  ["2.5.4.8", "ST"],
  ["2.5.4.9", "STREET"],
  ["2.5.4.10", "O"],
  ["2.5.4.11", "OU"],
  ["2.5.4.12", "title"],
  ["2.5.4.13", "description"],
  ["2.5.4.15", "businessCategory"],
  ["2.5.4.17", "postalCode"],
  ["2.5.4.42", "givenName"],
  ["2.5.4.43", "initials"],
  ["2.5.4.46", "dnQualifier"],
  ["2.5.4.97", "organizationIdentifier"],
  ["0.9.2342.19200300.100.1.1", "UID"],
  ["0.9.2342.19200300.100.1.25", "DC"],
  ["1.2.840.113549.1.9.1", "email"],
]);

/** What people call the rest: extensions, usages, algorithms, policies. */
export const OID_NAMES: ReadonlyMap<string, string> = new Map([
  ["2.5.29.9", "Subject Directory Attributes"],
  ["2.5.29.14", "Subject Key Identifier"],
  ["2.5.29.15", "Key Usage"],
  ["2.5.29.16", "Private Key Usage Period"],
  ["2.5.29.17", "Subject Alternative Name"],
  ["2.5.29.18", "Issuer Alternative Name"],
  ["2.5.29.19", "Basic Constraints"],
  ["2.5.29.30", "Name Constraints"],
  ["2.5.29.31", "CRL Distribution Points"],
  ["2.5.29.32", "Certificate Policies"],
  ["2.5.29.32.0", "Any Policy"],
  ["2.5.29.33", "Policy Mappings"],
  ["2.5.29.35", "Authority Key Identifier"],
  ["2.5.29.36", "Policy Constraints"],
  ["2.5.29.37", "Extended Key Usage"],
  ["2.5.29.37.0", "Any Extended Key Usage"],
  ["2.5.29.46", "Freshest CRL"],
  ["2.5.29.54", "Inhibit Any Policy"],
  ["1.3.6.1.5.5.7.1.1", "Authority Information Access"],
  ["1.3.6.1.5.5.7.1.3", "Qualified Certificate Statements"],
  ["1.3.6.1.5.5.7.1.11", "Subject Information Access"],
  ["1.3.6.1.5.5.7.1.24", "TLS Feature"],
  ["1.3.6.1.4.1.11129.2.4.2", "CT Precertificate SCTs"],
  ["1.3.6.1.4.1.11129.2.4.3", "CT Precertificate Poison"],
  ["2.16.840.1.113730.1.1", "Netscape Cert Type"],
  ["2.16.840.1.113730.1.13", "Netscape Comment"],
  ["1.3.6.1.5.5.7.3.1", "TLS Web Server Authentication"],
  ["1.3.6.1.5.5.7.3.2", "TLS Web Client Authentication"],
  ["1.3.6.1.5.5.7.3.3", "Code Signing"],
  ["1.3.6.1.5.5.7.3.4", "E-mail Protection"],
  ["1.3.6.1.5.5.7.3.8", "Time Stamping"],
  ["1.3.6.1.5.5.7.3.9", "OCSP Signing"],
  ["1.3.6.1.5.5.7.48.1", "OCSP"],
  ["1.3.6.1.5.5.7.48.2", "CA Issuers"],
  ["1.3.6.1.5.5.7.2.1", "CPS"],
  ["1.3.6.1.5.5.7.2.2", "User Notice"],
  ["1.3.6.1.5.5.7.8.9", "SmtpUTF8Mailbox"],
  ["1.2.840.10045.2.1", "id-ecPublicKey"],
  ["1.2.840.10045.3.1.1", "P-192"],
  ["1.2.840.10045.3.1.7", "P-256"],
  ["1.3.132.0.34", "P-384"],
  ["1.3.132.0.35", "P-521"],
  ["1.2.840.113549.1.1.1", "rsaEncryption"],
  ["1.2.840.113549.1.1.4", "md5WithRSAEncryption"],
  ["1.2.840.113549.1.1.5", "sha1WithRSAEncryption"],
  ["1.2.840.113549.1.1.10", "rsassaPss"],
  ["1.2.840.113549.1.1.11", "sha256WithRSAEncryption"],
  ["1.2.840.113549.1.1.12", "sha384WithRSAEncryption"],
  ["1.2.840.113549.1.1.13", "sha512WithRSAEncryption"],
  ["1.2.840.10045.4.1", "ecdsa-with-SHA1"],
  ["1.2.840.10045.4.3.2", "ecdsa-with-SHA256"],
  ["1.2.840.10045.4.3.3", "ecdsa-with-SHA384"],
  ["1.2.840.10045.4.3.4", "ecdsa-with-SHA512"],
  ["1.2.840.10040.4.1", "DSA"],
  ["1.2.840.10040.4.3", "dsa-with-SHA1"],
  ["2.16.840.1.101.3.4.3.2", "dsa-with-SHA256"],
  ["1.3.101.110", "X25519"],
  ["1.3.101.112", "Ed25519"],
  ["1.3.101.113", "Ed448"],
  ["2.23.140.1.1", "CA/Browser Forum extended validation"],
  ["2.23.140.1.2.1", "CA/Browser Forum domain validated"],
  ["2.23.140.1.2.2", "CA/Browser Forum organization validated"],
]);

/** What people call `oid`, or `oid` itself. */
export function oidName(oid: string): string {
  return OID_NAMES.get(oid) ?? oid;
}
