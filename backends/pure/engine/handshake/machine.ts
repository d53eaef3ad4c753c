/**
 * The role-blind part of the state machines: how a table of transitions becomes
 * the type of its handlers, so that an illegal transition does not compile, and
 * the one dispatch.
 *
 * A table says which message leads from which state to which others. A state has
 * one handler for each message of its row and none for any other; a handler gets
 * the state and the message and gives the next state with ordered outputs. It
 * never sees the connection.
 *
 * @module
 */
import type { AeadName } from "../crypto/provider.ts";
import type {
  ApplicationTrafficSecret,
  HandshakeTrafficSecret,
} from "../crypto/schedule13.ts";
import { TlsFailure } from "../failure.ts";
import {
  encodeHandshake,
  type HandshakeFields,
  type HandshakeMessage,
  messageNames,
} from "../messages/handshake.ts";
import type { Handling } from "../requests.ts";
import type { TraceHooks } from "../settings.ts";

/** A secret that record keys come from. */
export type EpochSecret = HandshakeTrafficSecret | ApplicationTrafficSecret;

/** What the connection does for a handler, in order. */
export type Output =
  | {
    /** A handshake message, under the current key. */
    readonly type: "send";
    /** Header included. */
    readonly message: Uint8Array;
  }
  | {
    /** A change_cipher_spec for middleboxes, now. */
    readonly type: "sendChangeCipherSpec";
  }
  | {
    /** Protects what is sent from now on. */
    readonly type: "installWriteKey";
    readonly secret: EpochSecret;
    readonly aead: AeadName;
    /** Whether a change_cipher_spec goes before the first record under it. */
    readonly changeCipherSpec?: boolean;
  }
  | {
    /** What comes from now on is protected. */
    readonly type: "installReadKey";
    readonly secret: EpochSecret;
    readonly aead: AeadName;
  }
  | {
    /** Wipes a secret that the outputs before have used. */
    readonly type: "release";
    readonly secret: EpochSecret;
  }
  | {
    /** The peer's record_size_limit; ours is in force too. */
    readonly type: "limitRecords";
    readonly send: number;
    readonly receive: number;
  }
  | {
    /** Rejected early data may come before what can be read. */
    readonly type: "skipEarlyData";
  }
  | {
    /** A line of the key log. */
    readonly type: "keyLog";
    readonly line: string;
  };

/** Where a handler leads. */
export interface Step<S> {
  /** The next state. */
  readonly next: S;
  /** What is to be done on the way, in order. */
  readonly outputs: readonly Output[];
}

/** A step. */
export function step<S>(next: S, ...outputs: readonly Output[]): Step<S> {
  return { next, outputs };
}

/** A state machine's states by their kind. */
export type StatesOf<S> = { [K in keyof S]: { readonly kind: K } };

/** A table over states `S` and messages `M`: state, message, next states. */
export type TableOf<S, M> = {
  [K in keyof S]: { readonly [E in keyof M]?: keyof S };
};

/** A step, at once or after requests. */
export type Stepping<S> = Step<S> | Handling<Step<S>>;

/** Takes one message in one state; `raw` is the message with its header. */
export type Handler<From, Message, To> = (
  state: From,
  message: Message,
  raw: Uint8Array,
) => Stepping<To>;

/** One handler for each row of the table, typed by it; none may be missing. */
export type Handlers<S, M, T extends { [K in keyof S]: unknown }> = {
  readonly [K in keyof S & keyof T]: {
    readonly [E in keyof T[K] & keyof M]: Handler<
      S[K],
      M[E],
      S[T[K][E] & keyof S]
    >;
  };
};

/**
 * Throws unless the state's row names a message of `type`. Before the message is
 * whole: a peer that announces what can only be refused gets no memory for it.
 */
export function checkType<S extends { readonly kind: PropertyKey }>(
  handlers: { readonly [K in S["kind"]]: unknown },
  state: S,
  type: number,
): void {
  const row = handlers[state.kind as S["kind"]] as object;
  const names = messageNames(type);
  if (!names.some((name) => Object.hasOwn(row, name))) {
    throw new TlsFailure(
      "unexpected-message",
      `${names.join(" or ")} came in state ${String(state.kind)}`,
    );
  }
}

/**
 * The one dispatch, and the one cast. A message that the state's row does not
 * name is refused: "Protocol messages MUST be sent in the order defined ... A
 * peer which receives a handshake message in an unexpected order MUST abort the
 * handshake with an "unexpected_message" alert."
 */
export function advance<S extends { readonly kind: PropertyKey }>(
  handlers: { readonly [K in S["kind"]]: unknown },
  state: S,
  message: HandshakeMessage,
  raw: Uint8Array,
): Stepping<S> {
  const row = handlers[state.kind as S["kind"]] as Record<
    string,
    Handler<S, HandshakeMessage, S>
  >;
  if (!Object.hasOwn(row, message.type)) {
    throw new TlsFailure(
      "unexpected-message",
      `${message.type} came in state ${String(state.kind)}`,
    );
  }
  return row[message.type]!(state, message, raw);
}

/** A message of this end, ready to be hashed and sent. */
export function compose<T extends keyof HandshakeFields>(
  settings: { readonly hooks?: TraceHooks },
  type: T,
  fields: HandshakeFields[T],
): Uint8Array {
  const message = encodeHandshake(type, fields);
  return settings.hooks?.rewrite?.(message) ?? message;
}
