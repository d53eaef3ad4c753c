/**
 * What one connection is told, all of it checked and complete: the public
 * configuration's defaults, refusals and parsing lie above the engine.
 *
 * @module
 */
import type {
  Awaitable,
  CryptoProvider,
  SigningKey,
} from "./crypto/provider.ts";
import type { CipherSuite13 } from "./iana.ts";
import type { PathPolicy } from "./x509/path_policy.ts";
import type { ServerName } from "./x509/server_name.ts";
import type { TrustAnchors } from "./x509/trust_anchor.ts";

/** A chain with its key, and what choosing among several needs to know. */
export interface Credential {
  /** DER, the leaf first. */
  readonly chain: readonly Uint8Array[];
  /** The leaf's key. */
  readonly key: SigningKey;
  /** The signature schemes of TLS 1.3 that it signs with, best first. */
  readonly schemes: readonly number[];
  /** The schemes by which the chain's certificates are signed, its root's aside. */
  readonly chainSchemes: readonly number[];
  /** The DER names of the issuers along the chain. */
  readonly issuers: readonly Uint8Array[];
  /** Whether the leaf is for a host name. */
  matches(serverName: string): boolean;
}

/** Makes a deterministic trace of a handshake possible. Only tests set it. */
export interface TraceHooks {
  /** Replaces a handshake message before it is hashed and sent. */
  rewrite?(message: Uint8Array): Uint8Array;
  /** Puts each message in records of its own. */
  readonly separate?: boolean;
  /** Where the sequence numbers of application keys start. */
  readonly sequence?: number;
}

/** What both roles are told. */
export interface CommonSettings {
  /** The primitives. */
  readonly provider: CryptoProvider;
  /** The suites to offer or accept, best first. */
  readonly suites: readonly CipherSuite13[];
  /** The groups to offer or accept, best first. */
  readonly groups: readonly number[];
  /** The signature schemes to take from the peer, best first. */
  readonly signatureSchemes: readonly number[];
  /** ALPN names to offer or accept, best first; none: no ALPN. */
  readonly protocols: readonly Uint8Array[];
  /** This end's chains, best first; their keys are loaded when first needed. */
  readonly credentials: () => Awaitable<readonly Credential[]>;
  /** How the peer is validated. */
  readonly peer: PeerPolicy;
  /** The time of validation, in milliseconds since 1970. */
  readonly now: number;
  /** Whether secrets go to a key log. */
  readonly keyLog: boolean;
  /** The largest record's plaintext to take, content type included: 64 to 2^14 + 1. */
  readonly recordSizeLimit: number;
  /** Only tests set it. */
  readonly hooks?: TraceHooks;
}

/** What a client is told. */
export interface ClientSettings extends CommonSettings {
  /** The host name for server_name; `null` sends none, as for an address. */
  readonly serverName: string | null;
  /** How many of the groups, from the best, get a share in the first hello. */
  readonly keyShares: number;
  /** Whether to look like TLS 1.2 to middleboxes (RFC 8446, appendix D.4). */
  readonly compatibilityMode: boolean;
  /** Whether to offer reserved values (RFC 8701). */
  readonly grease: boolean;
  /** {@linkcode CLIENT_ENTROPY} random bytes, used for this connection alone. */
  readonly entropy: Uint8Array;
}

/** How many random bytes a client needs: random, session id, reserved values. */
export const CLIENT_ENTROPY = 69;

/** What a server is told. */
export interface ServerSettings extends CommonSettings {
  /** Whether to ask for the client's certificate, and to insist. */
  readonly clientAuthentication: "none" | "request" | "require";
  /** DER names for certificate_authorities; none: no such extension. */
  readonly authorities: readonly Uint8Array[];
  /** Whether to ask for other settings by the client's server_name. */
  readonly selectByName: boolean;
  /** {@linkcode SERVER_ENTROPY} random bytes, used for this connection alone. */
  readonly entropy: Uint8Array;
  /** A cookie for a HelloRetryRequest; only tests set it. */
  readonly retryCookie?: Uint8Array;
}

/** How many random bytes a server needs: its random. */
export const SERVER_ENTROPY = 32;

/** How the peer is validated. */
export type PeerPolicy =
  | {
    /** The chain counts for nothing; possession of its key is still proved. */
    readonly validate: false;
  }
  | {
    /** The chain must lead to an anchor, and be for the name. */
    readonly validate: true;
    /** Who is trusted, and nobody else. */
    readonly anchors: TrustAnchors;
    /** Whom a server's certificate must be for; `null` does not check it. */
    readonly serverName: ServerName | null;
    /** The rules beyond those that always hold. */
    readonly rules: PathPolicy;
    /** Whether the application is asked too, once all else holds. */
    readonly askApplication: boolean;
  };
