/**
 * Full handshakes with ECDSA P-256 and X25519, warm: the contexts are made, the
 * code is compiled.
 *
 * @module
 */
import { pureBackend } from "../backends/pure/mod.ts";
import {
  contextsOf,
  denoConnectTls,
  denoStartTls,
  type Identity,
  inMemory,
  overLoopback,
  type Peers,
} from "./handshake_peers.ts";
import type { Variant } from "./report/figure.ts";

/** What our handshakes are compared with; see {@linkcode denoStartTls}. */
const START_TLS = "handshake, Deno.startTls";
/** See {@linkcode denoConnectTls}. */
const CONNECT_TLS = "handshake, Deno.connectTls";

/** Variants and what they hold open. */
export interface HandshakeVariants extends Disposable {
  /** A group. */
  readonly variants: readonly Variant[];
}

/**
 * Handshakes one after another. Ours stands there twice, as it is compared with
 * two; the time of each is measured for itself.
 */
export function handshakeVariants(identity: Identity): HandshakeVariants {
  const contexts = contextsOf(pureBackend, identity);
  const memory = inMemory(contexts);
  const loopback = overLoopback(contexts);
  const startTls = denoStartTls(identity);
  const connectTls = denoConnectTls(identity);
  const variant = (name: string, peers: Peers, ratioTo?: string): Variant => ({
    name,
    run: peers.shake,
    ...(ratioTo === undefined ? {} : { ratioTo }),
  });
  return {
    variants: [
      variant("handshake, loopback", loopback, START_TLS),
      variant("handshake, loopback, beside connectTls", loopback, CONNECT_TLS),
      variant("handshake, in memory", memory, START_TLS),
      variant(START_TLS, startTls),
      variant(CONNECT_TLS, connectTls),
    ],
    [Symbol.dispose]() {
      for (const peers of [memory, loopback, startTls, connectTls]) {
        peers[Symbol.dispose]();
      }
    },
  };
}
