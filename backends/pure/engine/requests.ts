/**
 * What a handshake asks of the outside: everything that may be slow, live in
 * another process or be the application's to decide. A handler yields a request
 * and goes on with the answer, now or later; `_driver.ts` answers.
 *
 * @module
 */
import type {
  KeyShare,
  SignatureAlgorithm,
  SigningKey,
} from "./crypto/provider.ts";
import type { CommonSettings, Credential, ServerSettings } from "./settings.ts";

/** Each request's details and its answer. */
export interface Requests {
  /** The initiator's share of a group. */
  generateKeyShare: {
    details: { readonly group: number };
    answer: KeyShare;
  };
  /** The initiator's secret. */
  deriveShared: {
    details: { readonly share: KeyShare; readonly peer: Uint8Array };
    answer: Uint8Array;
  };
  /** The responder's share and secret. */
  respondKeyShare: {
    details: { readonly group: number; readonly peer: Uint8Array };
    answer: {
      readonly publicKey: Uint8Array;
      readonly sharedSecret: Uint8Array;
    };
  };
  /** A signature by this end's key. */
  sign: {
    details: {
      readonly key: SigningKey;
      readonly algorithm: SignatureAlgorithm;
      readonly message: Uint8Array;
    };
    answer: Uint8Array;
  };
  /** This end's chains, whose keys were still loading. */
  credentials: {
    details: { readonly loading: Promise<readonly Credential[]> };
    answer: readonly Credential[];
  };
  /** Whether a signature of the peer or of a certificate is right. */
  verify: {
    details: {
      readonly algorithm: SignatureAlgorithm;
      readonly spki: Uint8Array;
      readonly message: Uint8Array;
      readonly signature: Uint8Array;
    };
    answer: boolean;
  };
  /** The application's own policy on a validated path: it throws to refuse. */
  acceptPeer: {
    details: { readonly path: readonly Uint8Array[] };
    answer: void;
  };
  /** The settings for the name that a client asks for. */
  selectServer: {
    details: { readonly serverName: string | null };
    answer: ServerSettings;
  };
}

/** The kinds of request. */
export type RequestType = keyof Requests;

/** One request. */
export type Request = {
  [K in RequestType]: { readonly type: K } & Requests[K]["details"];
}[RequestType];

/** Work that may ask on its way. */
export type Handling<T> = Generator<Request, T, unknown>;

/** This end's chains, waited for where their keys are still loading. */
export function* ownCredentials(
  settings: Pick<CommonSettings, "credentials">,
): Handling<readonly Credential[]> {
  const credentials = settings.credentials();
  return credentials instanceof Promise
    ? yield* ask("credentials", { loading: credentials })
    : credentials;
}

/** Asks one thing. */
export function* ask<K extends RequestType>(
  type: K,
  details: Requests[K]["details"],
): Handling<Requests[K]["answer"]> {
  // The one place where an answer's type is taken on trust: the driver's
  // answers are typed by the same table.
  return (yield { type, ...details } as Request) as Requests[K]["answer"];
}

/** Wipes what an answer that comes too late may hold. */
export function wipeAnswer(value: unknown): void {
  if (value instanceof Uint8Array) {
    value.fill(0);
  } else if (typeof value === "object" && value !== null) {
    if ("sharedSecret" in value) wipeAnswer(value.sharedSecret);
    if ("destroy" in value && typeof value.destroy === "function") {
      value.destroy();
    }
  }
}
