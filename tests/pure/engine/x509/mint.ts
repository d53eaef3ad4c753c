/**
 * Makes certificates with @peculiar/x509: every extension byte by byte, so that
 * wrong ones can be made too.
 *
 * @module
 */
import {
  Extension,
  type Name,
  type X509Certificate,
  X509CertificateGenerator,
} from "../../../deps/peculiar.ts";

/** The keys that certificates are made with. */
export type KeyKind =
  | "P-256"
  | "P-384"
  | "P-521"
  | "RSA"
  | "RSA-1024"
  | "Ed25519";

/** DER: an element of `tag` with `parts` as contents. */
export function der(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const header = length < 0x80
    ? [tag, length]
    : length < 0x100
    ? [tag, 0x81, length]
    : length < 0x10000
    ? [tag, 0x82, length >> 8, length & 0xff]
    : [tag, 0x83, length >> 16, length >> 8 & 0xff, length & 0xff];
  const bytes = new Uint8Array(header.length + length);
  bytes.set(header);
  let at = header.length;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** DER of an OBJECT IDENTIFIER. */
export function oid(dotted: string): Uint8Array {
  const arcs = dotted.split(".").map(Number);
  const bytes: number[] = [];
  for (const arc of [arcs[0]! * 40 + arcs[1]!, ...arcs.slice(2)]) {
    const groups = [arc & 0x7f];
    for (
      let rest = Math.floor(arc / 128);
      rest > 0;
      rest = Math.floor(rest / 128)
    ) {
      groups.unshift(0x80 | rest % 128);
    }
    bytes.push(...groups);
  }
  return der(0x06, Uint8Array.from(bytes));
}

/** ASCII bytes. */
export function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

/** A Name of one common name, as UTF8String. */
export function commonName(value: string): Uint8Array {
  return der(
    0x30,
    der(0x31, der(0x30, oid("2.5.4.3"), der(0x0c, text(value)))),
  );
}

/** GeneralNames, by their context tags. */
export const general = {
  dns: (name: string): Uint8Array => der(0x82, text(name)),
  email: (name: string): Uint8Array => der(0x81, text(name)),
  uri: (name: string): Uint8Array => der(0x86, text(name)),
  ip: (...bytes: number[]): Uint8Array => der(0x87, Uint8Array.from(bytes)),
  directory: (name: string): Uint8Array => der(0xa4, commonName(name)),
  other: (type: string, value: string): Uint8Array =>
    der(0xa0, oid(type), der(0xa0, der(0x0c, text(value)))),
  registered: (id: string): Uint8Array => {
    const bytes = oid(id);
    bytes[0] = 0x88;
    return bytes;
  },
};

function extension(
  id: string,
  value: Uint8Array,
  critical: boolean,
): Extension {
  return new Extension(id, critical, value as Uint8Array<ArrayBuffer>);
}

/** The extensions, with the criticality that RFC 5280 wants. */
export const ext = {
  raw: extension,
  subjectAltName: (names: readonly Uint8Array[], critical = false): Extension =>
    extension("2.5.29.17", der(0x30, ...names), critical),
  basicConstraints: (
    ca: boolean,
    pathLength?: number,
    critical = true,
  ): Extension =>
    extension(
      "2.5.29.19",
      der(
        0x30,
        ...(ca ? [Uint8Array.of(0x01, 0x01, 0xff)] : []),
        ...(pathLength === undefined
          ? []
          : [Uint8Array.of(0x02, 0x01, pathLength)]),
      ),
      critical,
    ),
  /** Bits as in `KeyUsage`, at most the first eight. */
  keyUsage: (bits: number): Extension => {
    let byte = 0;
    let unused = 7;
    for (let bit = 0; bit < 8; bit++) {
      if ((bits >> bit & 1) === 0) continue;
      byte |= 0x80 >> bit;
      unused = 7 - bit;
    }
    return extension("2.5.29.15", Uint8Array.of(3, 2, unused, byte), true);
  },
  extKeyUsage: (usages: readonly string[], critical = false): Extension =>
    extension("2.5.29.37", der(0x30, ...usages.map(oid)), critical),
  nameConstraints: (
    constraints: {
      permitted?: readonly Uint8Array[];
      excluded?: readonly Uint8Array[];
    },
    critical = true,
  ): Extension =>
    extension(
      "2.5.29.30",
      der(
        0x30,
        ...(constraints.permitted === undefined ? [] : [
          der(0xa0, ...constraints.permitted.map((base) => der(0x30, base))),
        ]),
        ...(constraints.excluded === undefined ? [] : [
          der(0xa1, ...constraints.excluded.map((base) => der(0x30, base))),
        ]),
      ),
      critical,
    ),
  subjectKeyIdentifier: (identifier: Uint8Array): Extension =>
    extension("2.5.29.14", der(0x04, identifier), false),
  authorityKeyIdentifier: (identifier: Uint8Array): Extension =>
    extension("2.5.29.35", der(0x30, der(0x80, identifier)), false),
  certificatePolicies: (policies: readonly string[]): Extension =>
    extension(
      "2.5.29.32",
      der(0x30, ...policies.map((policy) => der(0x30, oid(policy)))),
      false,
    ),
  policyConstraints: (requireExplicitPolicy: number): Extension =>
    extension(
      "2.5.29.36",
      der(0x30, Uint8Array.of(0x80, 1, requireExplicitPolicy)),
      true,
    ),
};

const keys = new Map<string, Promise<CryptoKeyPair>>();

/** The key of `name`, made when it is first asked for. */
export function keyOf(kind: KeyKind, name: string): Promise<CryptoKeyPair> {
  const id = `${kind} ${name}`;
  let key = keys.get(id);
  if (key === undefined) {
    const algorithm: EcKeyGenParams | RsaHashedKeyGenParams | Algorithm =
      kind === "P-256" || kind === "P-384" || kind === "P-521"
        ? { name: "ECDSA", namedCurve: kind }
        : kind === "Ed25519"
        ? { name: "Ed25519" }
        : {
          name: "RSASSA-PKCS1-v1_5",
          modulusLength: kind === "RSA" ? 2048 : 1024,
          publicExponent: Uint8Array.of(1, 0, 1),
          hash: "SHA-256",
        };
    key = crypto.subtle.generateKey(algorithm, true, [
      "sign",
      "verify",
    ]) as Promise<CryptoKeyPair>;
    keys.set(id, key);
  }
  return key;
}

/** A certificate to be made. */
export interface MintOptions {
  /** RFC 4514 text. */
  readonly subject: string;
  /** RFC 4514 text, or the Name itself. */
  readonly issuer: string | Name;
  readonly key: CryptoKeyPair;
  readonly signer: CryptoKeyPair;
  readonly extensions: readonly Extension[];
  /** Seconds since 1970. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** Hexadecimal. */
  readonly serial?: string;
  readonly hash?: "SHA-1" | "SHA-256" | "SHA-384" | "SHA-512";
}

let serials = 0;

/** Makes one certificate. */
export async function mint(options: MintOptions): Promise<Uint8Array> {
  const { algorithm } = options.signer.privateKey;
  const certificate: X509Certificate = await X509CertificateGenerator.create({
    serialNumber: options.serial ??
      (0x10000 + ++serials).toString(16).padStart(8, "0"),
    subject: options.subject,
    issuer: options.issuer,
    notBefore: new Date(options.notBefore * 1000),
    notAfter: new Date(options.notAfter * 1000),
    publicKey: options.key.publicKey,
    signingKey: options.signer.privateKey,
    signingAlgorithm: {
      name: algorithm.name,
      hash: options.hash ?? "SHA-256",
    } as EcdsaParams,
    extensions: [...options.extensions],
  });
  return new Uint8Array(certificate.rawData);
}

/** Something stable to identify a key by: the start of its SHA-256. */
export async function keyIdentifier(key: CryptoKeyPair): Promise<Uint8Array> {
  const spki = await crypto.subtle.exportKey("spki", key.publicKey);
  return new Uint8Array(await crypto.subtle.digest("SHA-256", spki)).slice(
    0,
    20,
  );
}

/** PEM of one certificate. */
export function pem(certificate: Uint8Array, label = "CERTIFICATE"): string {
  const base64 = btoa(String.fromCharCode(...certificate));
  return `-----BEGIN ${label}-----\n${
    base64.replace(/.{64}/g, "$&\n").trimEnd()
  }\n-----END ${label}-----\n`;
}
