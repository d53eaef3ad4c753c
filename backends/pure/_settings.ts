/**
 * The contract's configuration as the engine's settings: defaults are filled in,
 * credentials opened, and what cannot be obeyed is refused, once for each
 * configuration.
 *
 * @module
 */
import { CipherSuite } from "../../api/code_points.ts";
import type { TLSConfiguration } from "../../api/configuration.ts";
import type { Certificate, SigningChain } from "../../api/credentials.ts";
import { refusal } from "./_errors.ts";
import {
  certificateHandle,
  checkSigningChain,
  engineCertificate,
  type LoadedSigningKey,
  loadSigningKey,
  trustAnchors,
  trustStore,
} from "./credentials/mod.ts";
import { DecodeFailure } from "./engine/codec/reader.ts";
import { algorithmOf } from "./engine/auth/schemes.ts";
import type {
  AeadName,
  Awaitable,
  CryptoProvider,
} from "./engine/crypto/provider.ts";
import { type CipherSuite13, SignatureScheme } from "./engine/iana.ts";
import type { CommonSettings, Credential } from "./engine/settings.ts";
import { Certificate as EngineCertificate } from "./engine/x509/certificate.ts";
import {
  matchesServerName,
  parseServerName,
} from "./engine/x509/server_name.ts";
import type { TrustAnchors } from "./engine/x509/trust_anchor.ts";

/** The suites of TLS 1.3 by what protects their records. */
const SUITES: Readonly<Record<AeadName, CipherSuite13>> = {
  "AES-128-GCM": CipherSuite.TLS_AES_128_GCM_SHA256,
  "AES-256-GCM": CipherSuite.TLS_AES_256_GCM_SHA384,
  "CHACHA20-POLY1305": CipherSuite.TLS_CHACHA20_POLY1305_SHA256,
};

/** Every suite that the engine speaks, the provider's favourites first. */
export function suitesOf(provider: CryptoProvider): readonly CipherSuite13[] {
  const favourites = provider.aeads.map((name) => SUITES[name]);
  const others = Object.values(SUITES).filter((suite) =>
    !favourites.includes(suite)
  );
  return [...favourites, ...others];
}

/**
 * The signature schemes to take where the configuration names none, best first:
 * those of small keys, then RSA's; PKCS #1 v1.5 is for certificates alone.
 */
const DEFAULT_SCHEMES: readonly number[] = [
  SignatureScheme.ecdsa_secp256r1_sha256,
  SignatureScheme.ed25519,
  SignatureScheme.ecdsa_secp384r1_sha384,
  SignatureScheme.ecdsa_secp521r1_sha512,
  SignatureScheme.rsa_pss_rsae_sha256,
  SignatureScheme.rsa_pss_rsae_sha384,
  SignatureScheme.rsa_pss_rsae_sha512,
  SignatureScheme.rsa_pss_pss_sha256,
  SignatureScheme.rsa_pss_pss_sha384,
  SignatureScheme.rsa_pss_pss_sha512,
  SignatureScheme.rsa_pkcs1_sha256,
  SignatureScheme.rsa_pkcs1_sha384,
  SignatureScheme.rsa_pkcs1_sha512,
];

/** The largest plaintext of TLS 1.3 with its content type: no limit of ours. */
const RECORD_SIZE_LIMIT = 2 ** 14 + 1;

/** What a configuration comes to, whichever connection it is for. */
export interface Prepared {
  /** The configuration. */
  readonly configuration: TLSConfiguration;
  /** Who is trusted; `null` where nobody is validated. */
  readonly anchors: TrustAnchors | null;
  /** The engine's settings but those of one connection. */
  readonly common: Omit<CommonSettings, "peer" | "now">;
}

/** Which end a configuration is for. */
export type RoleName = "client" | "server";

/** Fills in, opens and checks a configuration. */
export function prepare(
  configuration: TLSConfiguration,
  role: RoleName,
  provider: CryptoProvider,
): Prepared {
  const { ciphers, groups, signatureSchemes, innerProtocols } = configuration;
  for (const group of groups) {
    if (!provider.groups.includes(group)) {
      throw refusal(
        "groups",
        `Cannot use group ${hex(group)}: it is not known`,
      );
    }
  }
  for (const scheme of signatureSchemes) {
    if (!DEFAULT_SCHEMES.includes(scheme)) {
      throw refusal(
        "signatureSchemes",
        `Cannot use signature scheme ${hex(scheme)}: it is not known`,
      );
    }
  }
  if (
    signatureSchemes.length > 0 &&
    signatureSchemes.every((scheme) => algorithmOf(scheme) === null)
  ) {
    throw refusal(
      "signatureSchemes",
      "Cannot use these signature schemes: TLS 1.3 needs one that is not PKCS #1 v1.5",
    );
  }
  return {
    configuration,
    anchors: anchorsFor(configuration, role),
    common: {
      provider,
      suites: ciphers.length > 0
        ? ciphers as readonly CipherSuite13[]
        : provider.aeads.map((name) => SUITES[name]),
      groups: groups.length > 0 ? groups : provider.groups,
      signatureSchemes: signatureSchemes.length > 0
        ? signatureSchemes
        : DEFAULT_SCHEMES,
      protocols: innerProtocols.map((protocol) =>
        typeof protocol === "string"
          ? new TextEncoder().encode(protocol)
          : protocol
      ),
      credentials: credentialsOf(configuration, provider),
      keyLog: configuration.keyLog !== null,
      recordSizeLimit: RECORD_SIZE_LIMIT,
    },
  };
}

function hex(codePoint: number): string {
  return `0x${codePoint.toString(16).padStart(4, "0")}`;
}

function anchorsFor(
  configuration: TLSConfiguration,
  role: RoleName,
): TrustAnchors | null {
  const { trustStore: store, validateCertificates } = configuration;
  // Even where it is not used, a foreign store is a mistake to tell of.
  const named = store === null ? null : trustAnchors(store);
  if (!validateCertificates) return null;
  if (role === "server") return named;
  return named ?? trustAnchors(trustStore.bundled());
}

/** Signature schemes of certificates, by what signed them. */
function schemeOfSignature(certificate: EngineCertificate): number | null {
  const signature = certificate.signatureAlgorithm;
  switch (signature.kind) {
    case "ed25519":
      return SignatureScheme.ed25519;
    case "ecdsa":
      return {
        sha256: SignatureScheme.ecdsa_secp256r1_sha256,
        sha384: SignatureScheme.ecdsa_secp384r1_sha384,
        sha512: SignatureScheme.ecdsa_secp521r1_sha512,
      }[signature.hash];
    case "rsa-pkcs1":
      return {
        sha256: SignatureScheme.rsa_pkcs1_sha256,
        sha384: SignatureScheme.rsa_pkcs1_sha384,
        sha512: SignatureScheme.rsa_pkcs1_sha512,
      }[signature.hash];
    case "rsa-pss":
      return {
        sha256: SignatureScheme.rsa_pss_rsae_sha256,
        sha384: SignatureScheme.rsa_pss_rsae_sha384,
        sha512: SignatureScheme.rsa_pss_rsae_sha512,
      }[signature.hash];
    case "unsupported":
      return null;
  }
}

/**
 * The schemes of TLS 1.3 that a key signs by: those that the configuration
 * names, in its order, else all of the key's.
 */
function ownSchemes(
  key: LoadedSigningKey,
  { signatureSchemes }: TLSConfiguration,
): readonly number[] {
  const schemes = signatureSchemes.length > 0
    ? signatureSchemes.filter((scheme) => key.schemes.includes(scheme))
    : key.schemes;
  return schemes.filter((scheme) => algorithmOf(scheme) !== null);
}

function credentialOf(
  { leaf, intermediates }: SigningChain,
  key: LoadedSigningKey,
  configuration: TLSConfiguration,
): Credential {
  const chain = [leaf, ...intermediates].map(engineCertificate);
  const names = chain[0]!.subjectAltName ?? [];
  return {
    chain: chain.map(({ der }) => der),
    key,
    schemes: ownSchemes(key, configuration),
    chainSchemes: chain
      // "The signatures on certificates that are self-signed ... are not
      // validated".
      .filter((certificate) => !certificate.selfIssued)
      .map(schemeOfSignature)
      .filter((scheme) => scheme !== null),
    issuers: chain.map(({ issuerDer }) => issuerDer),
    matches: (serverName) => {
      const name = parseServerName(serverName);
      return name !== null && matchesServerName(names, name);
    },
  };
}

/**
 * The chains, whose keys are loaded once, when the first connection needs them:
 * a context that is made and not used has begun nothing. What can be seen at
 * once to be wrong is refused at once.
 */
function credentialsOf(
  configuration: TLSConfiguration,
  provider: CryptoProvider,
): () => Awaitable<readonly Credential[]> {
  const { certificateChain } = configuration;
  certificateChain.forEach(checkSigningChain);
  const assemble = (loaded: readonly LoadedSigningKey[]) =>
    certificateChain.map((chain, i) =>
      credentialOf(chain, loaded[i]!, configuration)
    );
  let loaded: Awaitable<readonly Credential[]> | null = null;
  const load = () => {
    const keys: Awaitable<LoadedSigningKey>[] = [];
    try {
      for (const chain of certificateChain) {
        keys.push(loadSigningKey(chain, provider));
      }
    } catch (error) {
      // Nobody waits for those that are still loading: should they fail too, one
      // failure is enough.
      for (const key of keys) Promise.resolve(key).catch(() => {});
      throw error;
    }
    return keys.some((key) => key instanceof Promise)
      ? Promise.all(keys).then(assemble)
      : assemble(keys as LoadedSigningKey[]);
  };
  return () => loaded ??= load();
}

/**
 * A handle for a certificate that a peer has sent; where validation is off, one
 * that cannot be read is still shown.
 */
export function peerCertificate(der: Uint8Array): Certificate {
  try {
    return certificateHandle(new EngineCertificate(der));
  } catch (error) {
    if (!(error instanceof DecodeFailure)) throw error;
    return Object.freeze({
      get der() {
        return der.slice();
      },
    });
  }
}
