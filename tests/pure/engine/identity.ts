/**
 * A certificate authority and credentials under it, with settings for both roles
 * that validate each other.
 *
 * @module
 */
import type { SigningKey } from "../../../backends/pure/engine/crypto/provider.ts";
import { schemesOf } from "../../../backends/pure/engine/auth/schemes.ts";
import {
  CipherSuite13,
  NamedGroup,
  SignatureScheme,
} from "../../../backends/pure/engine/iana.ts";
import {
  CLIENT_ENTROPY,
  type ClientSettings,
  type CommonSettings,
  type Credential,
  SERVER_ENTROPY,
  type ServerSettings,
} from "../../../backends/pure/engine/settings.ts";
import { decodeCertificate } from "../../../backends/pure/engine/x509/certificate.ts";
import { defaultPolicy } from "../../../backends/pure/engine/x509/path_policy.ts";
import {
  anchorOfCertificate,
  TrustAnchors,
} from "../../../backends/pure/engine/x509/trust_anchor.ts";
import { createNativeProvider } from "../../../backends/pure/providers/native.ts";
import { ext, general, type KeyKind, keyOf, mint } from "./x509/mint.ts";

/** The provider of these tests. */
export const provider = await createNativeProvider();

const DAY = 86_400;
const NOW = 1_780_000_000;

/** The time at which these certificates are good, in milliseconds. */
export const now: number = NOW * 1000;

const authorityKey = await keyOf("P-256", "authority");
const authorityDer = await mint({
  subject: "CN=Test Authority",
  issuer: "CN=Test Authority",
  key: authorityKey,
  signer: authorityKey,
  extensions: [ext.basicConstraints(true), ext.keyUsage(1 << 5)],
  notBefore: NOW - DAY,
  notAfter: NOW + 365 * DAY,
});
/** The authority, decoded. */
export const authority = decodeCertificate(authorityDer);

/** Who is trusted. */
export const anchors = new TrustAnchors([anchorOfCertificate(authority)]);

/** What a leaf differs in. */
export interface LeafOptions {
  readonly kind?: KeyKind;
  readonly name?: string;
  readonly usage?: "server" | "client";
  readonly expired?: boolean;
  readonly selfSigned?: boolean;
}

/** A leaf with its key, ready to be shown. */
export async function credential(
  options: LeafOptions = {},
): Promise<Credential> {
  const { kind = "P-256", name = "server.test", usage = "server" } = options;
  const pair = await keyOf(kind, `${name} ${usage}`);
  const der = await mint({
    subject: `CN=${name}`,
    issuer: options.selfSigned ? `CN=${name}` : "CN=Test Authority",
    key: pair,
    signer: options.selfSigned ? pair : authorityKey,
    extensions: [
      ext.subjectAltName([general.dns(name)]),
      ext.extKeyUsage([
        usage === "server" ? "1.3.6.1.5.5.7.3.1" : "1.3.6.1.5.5.7.3.2",
      ]),
    ],
    notBefore: NOW - DAY,
    notAfter: options.expired ? NOW - 3600 : NOW + 30 * DAY,
  });
  const pkcs8 = new Uint8Array(
    await crypto.subtle.exportKey("pkcs8", pair.privateKey),
  );
  const key: SigningKey = await provider.importSigningKey(pkcs8);
  return {
    chain: [der],
    key,
    schemes: schemesOf(key.type),
    chainSchemes: [SignatureScheme.ecdsa_secp256r1_sha256],
    issuers: [authority.subjectDer],
    matches: (serverName) => serverName === name,
  };
}

/** All that the engine speaks. */
export const common = {
  provider,
  suites: [
    CipherSuite13.TLS_AES_128_GCM_SHA256,
    CipherSuite13.TLS_AES_256_GCM_SHA384,
    CipherSuite13.TLS_CHACHA20_POLY1305_SHA256,
  ],
  groups: [
    NamedGroup.X25519MLKEM768,
    NamedGroup.x25519,
    NamedGroup.secp256r1,
    NamedGroup.secp384r1,
    NamedGroup.secp521r1,
  ],
  signatureSchemes: Object.values(SignatureScheme),
  protocols: [],
  credentials: () => [],
  now,
  keyLog: false,
  recordSizeLimit: 16_385,
} as const satisfies Partial<CommonSettings>;

/** Settings that differ, with chains that are at hand. */
type Overrides<T extends CommonSettings> =
  & Partial<Omit<T, "credentials">>
  & { readonly credentials?: readonly Credential[] };

/** A client's settings. */
export function clientSettings(
  { credentials = [], ...overrides }: Overrides<ClientSettings> = {},
): ClientSettings {
  return {
    ...common,
    peer: {
      validate: true,
      anchors,
      serverName: { kind: "dns", name: "server.test" },
      rules: defaultPolicy,
      askApplication: false,
    },
    serverName: "server.test",
    // X25519 alone, so that thousands of handshakes are quick.
    groups: [NamedGroup.x25519, NamedGroup.secp256r1],
    keyShares: 1,
    compatibilityMode: true,
    grease: true,
    entropy: crypto.getRandomValues(new Uint8Array(CLIENT_ENTROPY)),
    ...overrides,
    credentials: () => credentials,
  };
}

/** A server's settings. */
export function serverSettings(
  credentials: readonly Credential[],
  overrides: Overrides<ServerSettings> = {},
): ServerSettings {
  return {
    ...common,
    peer: {
      validate: true,
      anchors,
      serverName: null,
      rules: defaultPolicy,
      askApplication: false,
    },
    clientAuthentication: "none",
    authorities: [],
    selectByName: false,
    entropy: crypto.getRandomValues(new Uint8Array(SERVER_ENTROPY)),
    ...overrides,
    credentials: () => credentials,
  };
}
