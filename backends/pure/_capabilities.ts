/**
 * What the pure backend would obey, as data, and what to use instead of the
 * rest.
 *
 * @module
 */
import { TLSVersion } from "../../api/code_points.ts";
import type { TLSConfigurationOptions } from "../../api/configuration.ts";
import type { Capabilities } from "../../api/context.ts";
import { suitesOf } from "./_settings.ts";
import type { CryptoProvider } from "./engine/crypto/provider.ts";

/** The fields that both roles obey. */
const FIELDS = [
  "validateCertificates",
  "certificateChain",
  "ciphers",
  "innerProtocols",
  "lowestSupportedVersion",
  "highestSupportedVersion",
  "trustStore",
  "groups",
  "signatureSchemes",
  "keyLog",
  "verifyPeer",
  "now",
] as const;

/** What the backend obeys over this provider, with or without a server. */
export function capabilitiesOf(
  provider: CryptoProvider,
  server: boolean,
): Capabilities {
  return Object.freeze({
    client: true,
    server,
    buffers: true,
    anyStream: true,
    serverWrapSocket: server,
    unwrap: true,
    versions: Object.freeze([TLSVersion.TLSv1_3]),
    chooseVersions: true,
    ciphers: Object.freeze([...suitesOf(provider)]),
    chooseCiphers: true,
    disableValidation: true,
    exclusiveTrustStore: true,
    defaultTrustStore:
      "the roots that come with the runtime, trustStore.bundled(): Mozilla's",
    clientAuthentication: server,
    facts: Object.freeze(
      [
        "cipher",
        "negotiatedProtocol",
        "negotiatedTlsVersion",
        "peerCertificates",
        "context",
      ] as const,
    ),
    fields: Object.freeze({
      client: Object.freeze([...FIELDS]),
      server: Object.freeze(
        server
          ? [...FIELDS, "sniCallback", "clientAuthentication"] as const
          : [],
      ),
    }),
  });
}

/** What to use instead of each field that is refused. */
export const INSTEAD: Readonly<
  Partial<Record<keyof TLSConfigurationOptions, string>>
> = {
  crls: "revocation is not checked yet; refuse certificates in verifyPeer",
  lowestSupportedVersion: "TLS 1.3 is all that it speaks",
  highestSupportedVersion: "TLS 1.3 is all that it speaks; use denoBackend",
};
