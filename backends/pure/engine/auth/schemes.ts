/**
 * TLS's signature schemes as the provider's algorithms, and which of them a key
 * can make.
 *
 * {@link https://www.rfc-editor.org/rfc/rfc8446#section-4.2.3 | RFC 8446, section 4.2.3}.
 *
 * @module
 */
import type {
  EcdsaCurve,
  HashName,
  SignatureAlgorithm,
} from "../crypto/provider.ts";
import { HASH_LENGTH } from "../crypto/hkdf.ts";
import { SignatureScheme } from "../iana.ts";

/** A key, as far as schemes depend on it. */
export type KeyType =
  | { readonly kind: "ecdsa"; readonly curve: EcdsaCurve }
  | { readonly kind: "rsa" | "rsa-pss"; readonly modulusBits: number }
  | { readonly kind: "ed25519" };

interface Scheme {
  /** The kind of key that it takes. */
  readonly key: KeyType["kind"];
  readonly algorithm: SignatureAlgorithm;
}

function ecdsa(curve: EcdsaCurve, hash: HashName): Scheme {
  return { key: "ecdsa", algorithm: { kind: "ecdsa", curve, hash } };
}

function pss(key: "rsa" | "rsa-pss", hash: HashName): Scheme {
  // "The length of the Salt MUST be equal to the length of the output of the
  // digest algorithm."
  const saltLength = HASH_LENGTH[hash];
  return { key, algorithm: { kind: "rsa-pss", hash, saltLength } };
}

/** The schemes that a CertificateVerify of TLS 1.3 may use: no PKCS #1 v1.5. */
const SCHEMES: ReadonlyMap<number, Scheme> = new Map([
  [SignatureScheme.ecdsa_secp256r1_sha256, ecdsa("P-256", "sha256")],
  [SignatureScheme.ecdsa_secp384r1_sha384, ecdsa("P-384", "sha384")],
  [SignatureScheme.ecdsa_secp521r1_sha512, ecdsa("P-521", "sha512")],
  [
    SignatureScheme.ed25519,
    { key: "ed25519", algorithm: { kind: "ed25519" } } as Scheme,
  ],
  [SignatureScheme.rsa_pss_rsae_sha256, pss("rsa", "sha256")],
  [SignatureScheme.rsa_pss_rsae_sha384, pss("rsa", "sha384")],
  [SignatureScheme.rsa_pss_rsae_sha512, pss("rsa", "sha512")],
  [SignatureScheme.rsa_pss_pss_sha256, pss("rsa-pss", "sha256")],
  [SignatureScheme.rsa_pss_pss_sha384, pss("rsa-pss", "sha384")],
  [SignatureScheme.rsa_pss_pss_sha512, pss("rsa-pss", "sha512")],
]);

/** The algorithm of a scheme, or `null` where TLS 1.3 does not sign with it. */
export function algorithmOf(scheme: number): SignatureAlgorithm | null {
  return SCHEMES.get(scheme)?.algorithm ?? null;
}

/** Whether a key can sign by a scheme of TLS 1.3. */
export function fits(key: KeyType, scheme: number): boolean {
  const known = SCHEMES.get(scheme);
  if (known === undefined || known.key !== key.kind) return false;
  const { algorithm } = known;
  if (key.kind === "ecdsa" && algorithm.kind === "ecdsa") {
    return key.curve === algorithm.curve;
  }
  if (
    (key.kind === "rsa" || key.kind === "rsa-pss") &&
    algorithm.kind === "rsa-pss"
  ) {
    // EMSA-PSS: "emLen < hLen + sLen + 2" is an error (RFC 8017, 9.1.1).
    const encoded = Math.ceil((key.modulusBits - 1) / 8);
    return encoded >= HASH_LENGTH[algorithm.hash] + algorithm.saltLength + 2;
  }
  return true;
}

/** The schemes of TLS 1.3 that a key can sign by, best first. */
export function schemesOf(key: KeyType): readonly number[] {
  return [...SCHEMES.keys()].filter((scheme) => fits(key, scheme));
}
