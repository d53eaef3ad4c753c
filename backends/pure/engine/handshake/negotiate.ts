/**
 * The choices of a handshake, as pure functions of what both sides offer.
 *
 * @module
 */
import type { AeadName, HashName } from "../crypto/provider.ts";
import { CipherSuite13 } from "../iana.ts";
import type { KeyShareEntry } from "../messages/extension_bodies.ts";
import type { Credential } from "../settings.ts";

/** What a suite of TLS 1.3 stands for. */
export interface SuiteParameters {
  /** Its code point. */
  readonly suite: CipherSuite13;
  /** Of the transcript and the key schedule. */
  readonly hash: HashName;
  /** Of the records. */
  readonly aead: AeadName;
}

const SUITES: ReadonlyMap<number, SuiteParameters> = new Map(
  ([
    [CipherSuite13.TLS_AES_128_GCM_SHA256, "sha256", "AES-128-GCM"],
    [CipherSuite13.TLS_AES_256_GCM_SHA384, "sha384", "AES-256-GCM"],
    [CipherSuite13.TLS_CHACHA20_POLY1305_SHA256, "sha256", "CHACHA20-POLY1305"],
  ] as const).map(([suite, hash, aead]) => [suite, { suite, hash, aead }]),
);

/** What `suite` stands for, where it is one of `allowed`. */
export function suiteParameters(
  suite: number,
  allowed: readonly number[],
): SuiteParameters | null {
  return allowed.includes(suite) ? SUITES.get(suite) ?? null : null;
}

/** The server's suite: the best of its own that the client offers. */
export function chooseSuite(
  own: readonly number[],
  offered: readonly number[],
): SuiteParameters | null {
  const suite = own.find((candidate) => offered.includes(candidate));
  return suite === undefined ? null : SUITES.get(suite) ?? null;
}

/** The outcome of {@linkcode chooseGroup}. */
export type GroupChoice =
  | {
    /** Go on with this share. */
    readonly kind: "share";
    readonly entry: KeyShareEntry;
  }
  | {
    /** Ask for a share of this group. */
    readonly kind: "retry";
    readonly group: number;
  };

/**
 * The server's group: the best of its own that the client has sent a share of;
 * failing that, the best that the client supports, by a HelloRetryRequest;
 * failing that, none. A round trip is never spent on preference alone.
 */
export function chooseGroup(
  own: readonly number[],
  supported: readonly number[],
  shares: readonly KeyShareEntry[],
): GroupChoice | null {
  for (const group of own) {
    const entry = shares.find((share) => share.group === group);
    if (entry !== undefined) return { kind: "share", entry };
  }
  const group = own.find((candidate) => supported.includes(candidate));
  return group === undefined ? null : { kind: "retry", group };
}

/** Whether two byte strings are equal; for public values. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** The server's protocol: the best of its own that the client offers. */
export function chooseProtocol(
  own: readonly Uint8Array[],
  offered: readonly Uint8Array[],
): Uint8Array | null {
  return own.find((name) =>
    offered.some((candidate) => sameBytes(name, candidate))
  ) ?? null;
}

/** What the peer says about the certificates that it takes. */
export interface CredentialWishes {
  /** Its signature_algorithms. */
  readonly schemes: readonly number[];
  /** Its signature_algorithms_cert, or what stands for it. */
  readonly certificateSchemes: readonly number[];
  /** The host name that it asks for. */
  readonly serverName: string | null;
  /** Its certificate_authorities; empty: any. */
  readonly authorities: readonly Uint8Array[];
}

/** A chain that was chosen, and the scheme that its key signs by. */
export interface CredentialChoice {
  /** The chain. */
  readonly credential: Credential;
  /** The scheme. */
  readonly scheme: number;
}

/**
 * The best chain: it can sign by a scheme of the peer's at all; then, the one
 * for the name that was asked for; then, one whose certificates are all signed
 * by schemes that the peer takes ("SHOULD continue the handshake by sending a
 * certificate chain of its choice" otherwise); then, the first. Where the peer
 * names authorities, only chains from one of them count.
 */
export function chooseCredential(
  credentials: readonly Credential[],
  wishes: CredentialWishes,
): CredentialChoice | null {
  let best: CredentialChoice | null = null;
  let bestRank = -1;
  for (const credential of credentials) {
    const scheme = credential.schemes.find((candidate) =>
      wishes.schemes.includes(candidate)
    );
    if (scheme === undefined || !fromAuthority(credential, wishes)) continue;
    const named = wishes.serverName !== null &&
      credential.matches(wishes.serverName);
    const verifiable = credential.chainSchemes.every((candidate) =>
      wishes.certificateSchemes.includes(candidate)
    );
    const rank = (named ? 2 : 0) + (verifiable ? 1 : 0);
    if (rank > bestRank) {
      best = { credential, scheme };
      bestRank = rank;
    }
  }
  return best;
}

function fromAuthority(
  credential: Credential,
  { authorities }: CredentialWishes,
): boolean {
  return authorities.length === 0 ||
    credential.issuers.some((issuer) =>
      authorities.some((authority) => sameBytes(issuer, authority))
    );
}
