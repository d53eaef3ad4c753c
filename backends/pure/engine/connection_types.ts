/**
 * What a connection is given and what it tells.
 *
 * @module
 */
import type { Binding } from "./auth/binding.ts";
import type { Stepping } from "./handshake/machine.ts";
import type { CommonSettings } from "./settings.ts";

/** What every state of a role's machine has. */
export interface AnyState {
  /** Its name in the table. */
  readonly kind: string;
  /** What the connection was told. */
  readonly settings: CommonSettings;
  /** The connection's identity. */
  readonly binding: Binding;
}

/** A state machine, as far as the connection drives it. */
export interface Role<S extends AnyState> {
  /** Which end. */
  readonly name: "client" | "server";
  /** The handlers by state and message. */
  readonly handlers: { readonly [K in S["kind"]]: unknown };
  /** Leads to the first state. */
  start(binding: Binding): Stepping<S>;
}

/** Why a connection came to a bad end. */
export type ConnectionFailure =
  | {
    /** A fault was found at this end, and the peer told. */
    readonly kind: "sent";
    /** The alert that was sent. */
    readonly alert: number;
    /** A {@linkcode TlsFailure}, or what a provider or a policy threw. */
    readonly error: unknown;
  }
  | {
    /** The peer found a fault, or went away in the middle of the handshake. */
    readonly kind: "received";
    /** The alert that came. */
    readonly alert: number;
  }
  | {
    /** The transport ended without close_notify. */
    readonly kind: "truncated";
  };

/** What {@linkcode Connection.read} found. */
export type ReadResult =
  | "need-input"
  | "need-answer"
  | "need-drain"
  | "end"
  | "failed";
