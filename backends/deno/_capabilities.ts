/**
 * What Deno's TLS can do, as data, and what to use instead of the rest.
 *
 * @module
 */
import type { TLSConfigurationOptions } from "../../api/configuration.ts";
import type { Capabilities } from "../../api/context.ts";

/** What the Deno backend would obey. */
export const capabilities: Capabilities = Object.freeze({
  client: true,
  server: true,
  buffers: false,
  anyStream: false,
  serverWrapSocket: false,
  unwrap: false,
  versions: Object.freeze(["TLSv1.2", "TLSv1.3"] as const),
  chooseVersions: false,
  ciphers: Object.freeze([]),
  chooseCiphers: false,
  disableValidation: false,
  exclusiveTrustStore: false,
  defaultTrustStore:
    "the certificate authorities that Deno trusts: Mozilla's, or what DENO_TLS_CA_STORE and --cert say",
  clientAuthentication: false,
  facts: Object.freeze(["negotiatedProtocol", "context"] as const),
  fields: Object.freeze({
    client: Object.freeze(
      ["certificateChain", "innerProtocols", "trustStore"] as const,
    ),
    server: Object.freeze(["certificateChain", "innerProtocols"] as const),
  }),
});

const PURE = "use the pure backend";

/** What to use instead of each field that is refused. */
export const INSTEAD: Readonly<
  Partial<Record<keyof TLSConfigurationOptions, string>>
> = {
  validateCertificates:
    "trust the peer's issuer with trustStore.platform({ additional }), or use the pure backend",
  ciphers: `${PURE} to choose cipher suites`,
  lowestSupportedVersion: `${PURE} to choose versions`,
  highestSupportedVersion: `${PURE} to choose versions`,
  trustStore:
    "a server here cannot ask for client certificates; use the pure backend",
  certificateChain: `${PURE} for several chains`,
  sniCallback: `${PURE} to choose certificates by name`,
  clientAuthentication: `${PURE} for mutual TLS on a server`,
  groups: `${PURE} to choose groups`,
  signatureSchemes: `${PURE} to choose signature schemes`,
  keyLog: "set the variable SSLKEYLOGFILE for Deno, or use the pure backend",
  verifyPeer: `${PURE}, which shows the peer's certificate`,
  crls: "Deno's TLS checks no revocation; use the pure backend",
  now: `${PURE} to judge certificates at another time`,
};
