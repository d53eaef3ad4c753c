/** A self-signed certificate for the tests of the Deno backend, made here. */
import "npm:reflect-metadata@0.2.2";
import * as x509 from "npm:@peculiar/x509@2.2.0";
import type { SigningChain } from "../../mod.ts";
import { denoBackend } from "../../backends/deno/mod.ts";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

function pem(label: string, der: ArrayBuffer): string {
  const base64 = btoa(String.fromCharCode(...new Uint8Array(der)));
  return `-----BEGIN ${label}-----\n${
    base64.replace(/(.{64})/g, "$1\n")
  }\n-----END ${label}-----\n`;
}

const keys = await crypto.subtle.generateKey(ALGORITHM, true, [
  "sign",
  "verify",
]) as CryptoKeyPair;
const otherKeys = await crypto.subtle.generateKey(ALGORITHM, true, [
  "sign",
  "verify",
]) as CryptoKeyPair;
const certificate = await x509.X509CertificateGenerator.createSelfSigned({
  name: "CN=localhost",
  keys,
  signingAlgorithm: ALGORITHM,
  extensions: [
    new x509.SubjectAlternativeNameExtension([{
      type: "dns",
      value: "localhost",
    }]),
  ],
});

/** The certificate. */
export const leafPem: string = certificate.toString("pem");
/** The certificate. */
export const leafDer: Uint8Array = new Uint8Array(certificate.rawData);
/** Its key in PKCS#8. */
export const keyDer: Uint8Array = new Uint8Array(
  await crypto.subtle.exportKey("pkcs8", keys.privateKey),
);
/** Its key in PKCS#8. */
export const keyPem: string = pem("PRIVATE KEY", keyDer.slice().buffer);
const otherKeyPem = pem(
  "PRIVATE KEY",
  await crypto.subtle.exportKey("pkcs8", otherKeys.privateKey),
);

/** The certificate with its key, or with another. */
export function chain(key: "own" | "other" = "own"): SigningChain {
  return {
    leaf: denoBackend.certificate.fromBuffer(leafPem),
    intermediates: [],
    privateKey: denoBackend.privateKey.fromBuffer(
      key === "own" ? keyPem : otherKeyPem,
    ),
  };
}
