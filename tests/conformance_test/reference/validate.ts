/**
 * Path validation for the reference backend: what the suite's certificates need,
 * by the parser of `@peculiar/x509`.
 *
 * @module
 */
import "npm:reflect-metadata@0.2.2";
import * as x509 from "npm:@peculiar/x509@2.2.0";
import { createPublicKey, type KeyObject, verify } from "node:crypto";
import { CertificateError } from "../../../mod.ts";

const MAX_PATH = 6;

export interface Question {
  /** As it was sent, leaf first. */
  readonly chain: readonly Uint8Array[];
  readonly roots: readonly Uint8Array[];
  readonly name: string | null;
  readonly now: Date;
  /** id-kp-serverAuth or id-kp-clientAuth. */
  readonly purpose: string;
  readonly crls: readonly Uint8Array[];
}

function refuse(reason: string): never {
  throw new CertificateError(
    `Cannot trust the peer: its certificate is refused: ${reason}`,
    { reason },
  );
}

const parsed = new Map<string, x509.X509Certificate>();

export function parse(der: Uint8Array): x509.X509Certificate {
  const key = der.toBase64();
  const known = parsed.get(key);
  if (known !== undefined) return known;
  const certificate = new x509.X509Certificate(der.slice());
  parsed.set(key, certificate);
  return certificate;
}

/** The elements of a DER SEQUENCE, each with its header. */
function elements(der: Uint8Array): Uint8Array[] {
  const header = (at: number) => {
    let length = der[at + 1]!;
    let start = at + 2;
    if (length & 0x80) {
      const size = length & 0x7f;
      length = 0;
      for (let i = 0; i < size; i++) length = length * 256 + der[start++]!;
    }
    return { start, end: start + length };
  };
  const { start, end } = header(0);
  const found: Uint8Array[] = [];
  for (let at = start; at < end;) {
    const next = header(at).end;
    found.push(der.subarray(at, next));
    at = next;
  }
  return found;
}

export function publicKeyOf(der: Uint8Array): KeyObject {
  return createPublicKey({
    // deno-lint-ignore no-explicit-any -- a Buffer by its type, bytes by its use
    key: new Uint8Array(parse(der).publicKey.rawData) as any,
    format: "der",
    type: "spki",
  });
}

function isSignedBy(der: Uint8Array, issuer: Uint8Array): boolean {
  const [tbs, , signature] = elements(der);
  // A BIT STRING: its header, and no unused bits.
  const bits = signature!.subarray(signature![1]! & 0x80 ? 4 : 3);
  try {
    return verify("sha256", tbs!, publicKeyOf(issuer), bits);
  } catch {
    return false;
  }
}

function isAuthority(certificate: x509.X509Certificate): boolean {
  return certificate.getExtension(x509.BasicConstraintsExtension)?.ca === true;
}

function checkTime(certificate: x509.X509Certificate, now: Date): void {
  if (now < certificate.notBefore) refuse("not-yet-valid");
  if (now > certificate.notAfter) refuse("expired");
}

function checkName(certificate: x509.X509Certificate, name: string): void {
  const names =
    certificate.getExtension(x509.SubjectAlternativeNameExtension)?.names
      .items ?? [];
  const isAddress = /^[\d.]+$|:/.test(name);
  const matches = names.some(({ type, value }) =>
    type === (isAddress ? "ip" : "dns") &&
    [name.toLowerCase(), name.toLowerCase().replace(/^[^.]+/, "*")].includes(
      value.toLowerCase(),
    )
  );
  if (!matches) refuse("name-mismatch");
}

function checkRevocation(
  certificate: x509.X509Certificate,
  crls: readonly Uint8Array[],
): void {
  for (const der of crls) {
    const crl = new x509.X509Crl(der.slice());
    if (
      crl.issuer === certificate.issuer &&
      crl.findRevoked(certificate.serialNumber) !== null
    ) refuse("revoked");
  }
}

/** The names for which a chain is, for the choice by server name. */
export function isFor(der: Uint8Array, name: string): boolean {
  try {
    checkName(parse(der), name);
    return true;
  } catch {
    return false;
  }
}

/** The validated path, leaf first, the root last. */
export function validate(question: Question): readonly Uint8Array[] {
  const [leaf, ...others] = question.chain;
  const certificate = parse(leaf!);
  checkTime(certificate, question.now);
  const purposes = certificate.getExtension(x509.ExtendedKeyUsageExtension)
    ?.usages;
  if (purposes !== undefined && !purposes.includes(question.purpose)) {
    refuse("wrong-purpose");
  }
  const path = [leaf!];
  for (;;) {
    const last = parse(path.at(-1)!);
    const byName = (der: Uint8Array) => parse(der).subject === last.issuer;
    const root = question.roots.find(byName);
    const issuer = root ??
      others.find((der) => byName(der) && !path.includes(der));
    if (issuer === undefined) {
      refuse(
        last.subject === last.issuer && path.length === 1
          ? "self-signed"
          : "unknown-issuer",
      );
    }
    if (!isAuthority(parse(issuer))) refuse("not-a-ca");
    checkTime(parse(issuer), question.now);
    if (!isSignedBy(path.at(-1)!, issuer)) refuse("bad-signature");
    checkRevocation(last, question.crls);
    path.push(issuer);
    if (root !== undefined) break;
    if (path.length > MAX_PATH) refuse("unknown-issuer");
  }
  if (question.name !== null) checkName(certificate, question.name);
  return path;
}
