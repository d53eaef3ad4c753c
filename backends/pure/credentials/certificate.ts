/**
 * Certificates of the pure backend: opaque handles on the engine's own.
 *
 * @module
 */
import type {
  Certificate,
  CertificateConstructor,
} from "../../../api/credentials.ts";
import { Certificate as EngineCertificate } from "../engine/x509/certificate.ts";
import { certificatesOfPem } from "../engine/x509/pem.ts";
import {
  decoding,
  FOREIGN,
  pemText,
  readFile,
  readFileSync,
  refusal,
} from "./_refusal.ts";

const FIELD = "certificateChain";

const engineOf = new WeakMap<Certificate, EngineCertificate>();
const handleOf = new WeakMap<EngineCertificate, Certificate>();

/** The handle of one of the engine's certificates, always the same one. */
export function certificateHandle(certificate: EngineCertificate): Certificate {
  let handle = handleOf.get(certificate);
  if (handle === undefined) {
    handle = Object.freeze({
      get der() {
        return certificate.der.slice();
      },
    });
    handleOf.set(certificate, handle);
    engineOf.set(handle, certificate);
  }
  return handle;
}

/**
 * The engine's certificate behind a handle. Throws `ConfigurationError` on one of
 * another backend.
 */
export function engineCertificate(handle: Certificate): EngineCertificate {
  const certificate = engineOf.get(handle);
  if (certificate !== undefined) return certificate;
  throw refusal(FIELD, `Cannot use a certificate: ${FOREIGN}`);
}

/** The DER of all certificates in PEM text or bytes, or of the one in DER. Copies. */
export function certificateBytes(
  field: string,
  buffer: Uint8Array | string,
): readonly Uint8Array[] {
  const text = pemText(field, buffer);
  // A Buffer's `slice` is a view: not a copy.
  if (text === null) return [new Uint8Array(buffer as Uint8Array)];
  const ders = decoding(field, "PEM", () => certificatesOfPem(text));
  if (ders.length === 0) {
    throw refusal(field, "Cannot read certificates: the PEM text has none");
  }
  return ders;
}

/** Makes certificates for the pure backend. */
export const certificate: CertificateConstructor = Object.freeze({
  fromBuffer(buffer: Uint8Array | string): Certificate {
    const ders = certificateBytes(FIELD, buffer);
    if (ders.length > 1) {
      throw refusal(
        FIELD,
        `Cannot read a certificate: there are ${ders.length}, and this takes one`,
      );
    }
    return decoding(FIELD, "the certificate", () => {
      const parsed = new EngineCertificate(ders[0]!);
      // What a peer is told of it, and what the key is held against.
      void parsed.subjectKey;
      void parsed.publicKey;
      return certificateHandle(parsed);
    });
  },
  async fromFile(path: string | URL): Promise<Certificate> {
    return certificate.fromBuffer(await readFile(FIELD, path));
  },
  fromFileSync(path: string | URL): Certificate {
    return certificate.fromBuffer(readFileSync(FIELD, path));
  },
});
