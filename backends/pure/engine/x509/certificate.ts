/**
 * A certificate: its outer structure checked at once, names, key and extensions
 * decoded when they are first asked for, and then kept
 * ({@link https://www.rfc-editor.org/rfc/rfc5280#section-4.1 | RFC 5280, section 4.1}).
 *
 * @module
 */
import { DecodeFailure, Reader } from "../codec/reader.ts";
import {
  anyElement,
  bitStringBytes,
  contentBytes,
  contents,
  contextConstructed,
  contextPrimitive,
  hex,
  integer,
  latin1,
  next,
  objectIdentifier,
  octetString,
  optionalTrue,
  sameBytes,
  smallInteger,
  Tag,
  whole,
} from "./der.ts";
import { time } from "./time.ts";
import { decodeName, nameKey, nameText, type RelativeName } from "./name.ts";
import { decodeGeneralNames, type GeneralName } from "./general_name.ts";
import {
  type CertificateSignature,
  decodePublicKey,
  decodeSignatureAlgorithm,
  type PublicKeyInfo,
} from "./algorithm.ts";
import {
  type AccessDescription,
  type AuthorityKeyIdentifier,
  type BasicConstraints,
  decodeAuthorityInfoAccess,
  decodeAuthorityKeyIdentifier,
  decodeBasicConstraints,
  decodeCertificatePolicies,
  decodeCrlDistributionPoints,
  decodeExtKeyUsage,
  decodeInhibitAnyPolicy,
  decodeKeyUsage,
  decodeNameConstraints,
  decodePolicyConstraints,
  decodePolicyMappings,
  decodeSignedCertificateTimestamps,
  decodeSubjectKeyIdentifier,
  decodeTlsFeature,
  type DistributionPoint,
  type NameConstraints,
  type PolicyConstraints,
  type PolicyInformation,
  type PolicyMapping,
  type SignedCertificateTimestamp,
} from "./extensions.ts";
import { ExtensionOid } from "./oid.ts";

/**
 * Largest certificate that is read. The largest in public use have some 40 KiB
 * (2000 names); TLS itself would allow 16 MiB.
 */
export const MAXIMUM_CERTIFICATE_BYTES = 256 * 1024;

/** Most extensions of one certificate. Fifteen are standard. */
export const MAXIMUM_EXTENSIONS = 64;

/** An extension as it stands in the certificate. */
export interface Extension {
  /** Which, dotted. */
  readonly oid: string;
  /** Whether a verifier that cannot process it must refuse. */
  readonly critical: boolean;
  /** The contents of extnValue. */
  readonly value: Uint8Array;
}

/** SHA-256, given by whoever has a provider. */
export type Sha256 = (data: Uint8Array) => Uint8Array;

/** Decodes one DER certificate. Throws `DecodeFailure`; copies nothing. */
export function decodeCertificate(der: Uint8Array): Certificate {
  return new Certificate(der);
}

/** An X.509 certificate. All byte views point into {@linkcode Certificate.der}. */
export class Certificate {
  /** The whole certificate. Whoever passed it in must not change it. */
  readonly der: Uint8Array;
  /** What is signed. */
  readonly tbs: Uint8Array;
  /** 1, 2 or 3. */
  readonly version: number;
  /** Contents of the serial number's INTEGER: two's complement, minimal. */
  readonly serial: Uint8Array;
  /** The issuer's Name. */
  readonly issuerDer: Uint8Array;
  /** The subject's Name. */
  readonly subjectDer: Uint8Array;
  /** Seconds since 1970, the first that is valid. */
  readonly notBefore: number;
  /** Seconds since 1970, the last that is valid. */
  readonly notAfter: number;
  /** Tags of the two times. */
  readonly timeTags: readonly [number, number];
  /** SubjectPublicKeyInfo. */
  readonly spki: Uint8Array;
  /** All extensions, in order. */
  readonly extensions: readonly Extension[];
  /** The signature's bits. */
  readonly signature: Uint8Array;
  /** AlgorithmIdentifier inside what is signed. */
  readonly innerAlgorithm: Uint8Array;
  /** AlgorithmIdentifier beside the signature. */
  readonly outerAlgorithm: Uint8Array;

  readonly #decoded: Map<string, unknown> = new Map();

  /** Decodes `der`. */
  constructor(der: Uint8Array) {
    if (der.length > MAXIMUM_CERTIFICATE_BYTES) {
      throw new DecodeFailure(
        `a certificate has more than ${MAXIMUM_CERTIFICATE_BYTES} bytes`,
      );
    }
    this.der = der;
    const outer = new Reader(der);
    const certificate = contents(outer, Tag.SEQUENCE);
    outer.end();
    const start = certificate.offset;
    const tbs = contents(certificate, Tag.SEQUENCE);
    this.tbs = certificate.since(start);
    this.outerAlgorithm = whole(certificate, Tag.SEQUENCE);
    this.signature = bitStringBytes(certificate);
    certificate.end();

    this.version = version(tbs);
    this.serial = integer(tbs);
    this.innerAlgorithm = whole(tbs, Tag.SEQUENCE);
    this.issuerDer = name(tbs);
    const validity = contents(tbs, Tag.SEQUENCE);
    const notBeforeTag = validity.peek();
    this.notBefore = time(validity);
    this.timeTags = [notBeforeTag, validity.peek()];
    this.notAfter = time(validity);
    validity.end();
    this.subjectDer = name(tbs);
    this.spki = whole(tbs, Tag.SEQUENCE);
    this.extensions = tail(tbs, this.version);
  }

  #once<T>(key: string, decode: () => T): T {
    const known = this.#decoded.get(key);
    if (known !== undefined) return known as T;
    const value = decode();
    this.#decoded.set(key, value);
    return value;
  }

  #extension<T>(oid: string, decode: (value: Uint8Array) => T): T | null {
    const known = this.#decoded.get(oid);
    if (known !== undefined) return known as T | null;
    const extension = this.extension(oid);
    const value = extension === null ? null : decode(extension.value);
    this.#decoded.set(oid, value);
    return value;
  }

  /** The extension `oid`, undecoded, or `null`. */
  extension(oid: string): Extension | null {
    for (const extension of this.extensions) {
      if (extension.oid === oid) return extension;
    }
    return null;
  }

  /** The issuer's name. */
  get issuer(): readonly RelativeName[] {
    return this.#once("issuer", () => decodeName(this.issuerDer));
  }
  /** The subject's name. */
  get subject(): readonly RelativeName[] {
    return this.#once("subject", () => decodeName(this.subjectDer));
  }
  /** The issuer as RFC 4514 text. */
  get issuerText(): string {
    return nameText(this.issuer);
  }
  /** The subject as RFC 4514 text. */
  get subjectText(): string {
    return nameText(this.subject);
  }
  /** Equal for names that match. */
  get issuerKey(): string {
    return this.#once(
      "issuerKey",
      () =>
        sameBytes(this.issuerDer, this.subjectDer)
          ? this.subjectKey
          : nameKey(this.issuer),
    );
  }
  /** Equal for names that match. */
  get subjectKey(): string {
    return this.#once("subjectKey", () => nameKey(this.subject));
  }
  /** "the same DN appears in the subject and issuer fields" (RFC 5280, 6.1). */
  get selfIssued(): boolean {
    return this.issuerKey === this.subjectKey;
  }
  /** The key's bytes as a string, to look keys up by. */
  get spkiKey(): string {
    return this.#once("spkiKey", () => latin1(this.spki));
  }
  /** The serial number in hexadecimal, as it is written. */
  get serialText(): string {
    return hex(this.serial, ":");
  }
  /** The public key. */
  get publicKey(): PublicKeyInfo {
    return this.#once("publicKey", () => decodePublicKey(this.spki));
  }
  /** How the certificate is signed. */
  get signatureAlgorithm(): CertificateSignature {
    return this.#once(
      "signatureAlgorithm",
      () => decodeSignatureAlgorithm(this.outerAlgorithm),
    );
  }

  /** subjectAltName, `null` where absent. */
  get subjectAltName(): readonly GeneralName[] | null {
    return this.#extension(ExtensionOid.subjectAltName, decodeGeneralNames);
  }
  /** issuerAltName. */
  get issuerAltName(): readonly GeneralName[] | null {
    return this.#extension(ExtensionOid.issuerAltName, decodeGeneralNames);
  }
  /** basicConstraints. */
  get basicConstraints(): BasicConstraints | null {
    return this.#extension(
      ExtensionOid.basicConstraints,
      decodeBasicConstraints,
    );
  }
  /** keyUsage, as bits of `KeyUsage`. */
  get keyUsage(): number | null {
    return this.#extension(ExtensionOid.keyUsage, decodeKeyUsage);
  }
  /** extKeyUsage, dotted. */
  get extKeyUsage(): readonly string[] | null {
    return this.#extension(ExtensionOid.extKeyUsage, decodeExtKeyUsage);
  }
  /** nameConstraints. */
  get nameConstraints(): NameConstraints | null {
    return this.#extension(ExtensionOid.nameConstraints, decodeNameConstraints);
  }
  /** authorityKeyIdentifier. */
  get authorityKeyIdentifier(): AuthorityKeyIdentifier | null {
    return this.#extension(
      ExtensionOid.authorityKeyIdentifier,
      decodeAuthorityKeyIdentifier,
    );
  }
  /** subjectKeyIdentifier. */
  get subjectKeyIdentifier(): Uint8Array | null {
    return this.#extension(
      ExtensionOid.subjectKeyIdentifier,
      decodeSubjectKeyIdentifier,
    );
  }
  /** certificatePolicies. */
  get certificatePolicies(): readonly PolicyInformation[] | null {
    return this.#extension(
      ExtensionOid.certificatePolicies,
      decodeCertificatePolicies,
    );
  }
  /** policyMappings. */
  get policyMappings(): readonly PolicyMapping[] | null {
    return this.#extension(ExtensionOid.policyMappings, decodePolicyMappings);
  }
  /** policyConstraints. */
  get policyConstraints(): PolicyConstraints | null {
    return this.#extension(
      ExtensionOid.policyConstraints,
      decodePolicyConstraints,
    );
  }
  /** inhibitAnyPolicy. */
  get inhibitAnyPolicy(): number | null {
    return this.#extension(
      ExtensionOid.inhibitAnyPolicy,
      decodeInhibitAnyPolicy,
    );
  }
  /** authorityInfoAccess. */
  get authorityInfoAccess(): readonly AccessDescription[] | null {
    return this.#extension(
      ExtensionOid.authorityInfoAccess,
      decodeAuthorityInfoAccess,
    );
  }
  /** cRLDistributionPoints. */
  get crlDistributionPoints(): readonly DistributionPoint[] | null {
    return this.#extension(
      ExtensionOid.cRLDistributionPoints,
      decodeCrlDistributionPoints,
    );
  }
  /** tlsFeature: TLS extension numbers. */
  get tlsFeature(): readonly number[] | null {
    return this.#extension(ExtensionOid.tlsFeature, decodeTlsFeature);
  }
  /** The SCT list. */
  get signedCertificateTimestamps():
    | readonly SignedCertificateTimestamp[]
    | null {
    return this.#extension(
      ExtensionOid.signedCertificateTimestamps,
      decodeSignedCertificateTimestamps,
    );
  }

  /**
   * Decodes everything that is decoded lazily, so that a malformed part shows.
   * Throws `DecodeFailure`.
   */
  decodeAll(): void {
    void this.issuerKey;
    void this.subjectKey;
    void this.publicKey;
    void this.signatureAlgorithm;
    this.decodeExtensions();
  }

  /** Decodes every extension that is known. Throws `DecodeFailure`. */
  decodeExtensions(): void {
    for (const { oid } of this.extensions) {
      const getter = DECODERS.get(oid);
      if (getter !== undefined) getter(this);
    }
  }

  /** SHA-256 of the certificate: what people compare. */
  fingerprint(sha256: Sha256): Uint8Array {
    return sha256(this.der);
  }
  /** SHA-256 of the SubjectPublicKeyInfo: what pins name (RFC 7469, 2.4). */
  spkiFingerprint(sha256: Sha256): Uint8Array {
    return sha256(this.spki);
  }
}

const DECODERS: ReadonlyMap<string, (certificate: Certificate) => unknown> =
  new Map<string, (certificate: Certificate) => unknown>([
    [ExtensionOid.subjectAltName, (c) => c.subjectAltName],
    [ExtensionOid.issuerAltName, (c) => c.issuerAltName],
    [ExtensionOid.basicConstraints, (c) => c.basicConstraints],
    [ExtensionOid.keyUsage, (c) => c.keyUsage],
    [ExtensionOid.extKeyUsage, (c) => c.extKeyUsage],
    [ExtensionOid.nameConstraints, (c) => c.nameConstraints],
    [ExtensionOid.authorityKeyIdentifier, (c) => c.authorityKeyIdentifier],
    [ExtensionOid.subjectKeyIdentifier, (c) => c.subjectKeyIdentifier],
    [ExtensionOid.certificatePolicies, (c) => c.certificatePolicies],
    [ExtensionOid.policyMappings, (c) => c.policyMappings],
    [ExtensionOid.policyConstraints, (c) => c.policyConstraints],
    [ExtensionOid.inhibitAnyPolicy, (c) => c.inhibitAnyPolicy],
    [ExtensionOid.authorityInfoAccess, (c) => c.authorityInfoAccess],
    [ExtensionOid.cRLDistributionPoints, (c) => c.crlDistributionPoints],
    [ExtensionOid.tlsFeature, (c) => c.tlsFeature],
    [
      ExtensionOid.signedCertificateTimestamps,
      (c) => c.signedCertificateTimestamps,
    ],
  ]);

/** `[0] EXPLICIT INTEGER DEFAULT v1`; DER leaves the default out. */
function version(tbs: Reader): number {
  if (!next(tbs, contextConstructed(0))) return 1;
  const field = contents(tbs, contextConstructed(0));
  const value = smallInteger(field);
  field.end();
  if (value !== 1 && value !== 2) {
    throw new DecodeFailure("a certificate has an unknown version");
  }
  return value + 1;
}

/** Reads past a Name, checking its structure; the rest is decoded later. */
function name(tbs: Reader): Uint8Array {
  const start = tbs.offset;
  const sequence = contents(tbs, Tag.SEQUENCE);
  while (sequence.remaining > 0) {
    const set = contents(sequence, Tag.SET);
    do {
      const attribute = contents(set, Tag.SEQUENCE);
      whole(attribute, Tag.OBJECT_IDENTIFIER);
      anyElement(attribute);
      attribute.end();
    } while (set.remaining > 0);
  }
  return tbs.since(start);
}

/** What follows the key: unique identifiers, which nobody uses, and extensions. */
function tail(tbs: Reader, version: number): readonly Extension[] {
  if (version >= 2) {
    if (next(tbs, contextPrimitive(1))) contentBytes(tbs, contextPrimitive(1));
    if (next(tbs, contextPrimitive(2))) contentBytes(tbs, contextPrimitive(2));
  }
  const extensions: Extension[] = [];
  // "If present, version MUST be 3".
  if (version === 3 && tbs.remaining > 0) {
    const explicit = contents(tbs, contextConstructed(3));
    const sequence = contents(explicit, Tag.SEQUENCE);
    explicit.end();
    do {
      const extension = contents(sequence, Tag.SEQUENCE);
      const oid = objectIdentifier(extension);
      const critical = optionalTrue(extension);
      const value = octetString(extension);
      extension.end();
      for (const other of extensions) {
        if (other.oid === oid) {
          throw new DecodeFailure("a certificate has an extension twice");
        }
      }
      if (extensions.length === MAXIMUM_EXTENSIONS) {
        throw new DecodeFailure(
          `a certificate has more than ${MAXIMUM_EXTENSIONS} extensions`,
        );
      }
      extensions.push({ oid, critical, value });
    } while (sequence.remaining > 0);
  }
  tbs.end();
  return extensions;
}
