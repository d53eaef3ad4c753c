/**
 * The only minter of {@linkcode FinishedVerified}.
 *
 * @module
 */
import { equalConstantTime } from "../crypto/equal.ts";
import type { HandshakeTrafficSecret } from "../crypto/schedule13.ts";
import { TlsFailure } from "../failure.ts";
import type { Finished } from "../messages/authentication.ts";
import type { Binding } from "./binding.ts";
import { belongsTo, type PeerVerified } from "./peer.ts";

/** Proof that the peer saw the same handshake and has its keys. */
class FinishedToken {
  readonly #binding: Binding;

  constructor(binding: Binding) {
    this.#binding = binding;
  }

  static belongsTo(token: FinishedToken, binding: Binding): boolean {
    return token.#binding === binding;
  }
}

/**
 * Proof that the peer's Finished was checked, for one connection. The class
 * stays in this module, so that nothing else can make one.
 */
export type FinishedVerified = FinishedToken;

/**
 * Checks the peer's Finished: `secret` is the peer's, `transcriptHash` covers
 * all before it.
 */
export function verifyFinished(
  binding: Binding,
  message: Finished,
  expected: {
    readonly secret: HandshakeTrafficSecret;
    readonly transcriptHash: Uint8Array;
  },
): FinishedVerified {
  const mac = expected.secret.verifyData(expected.transcriptHash);
  if (message.verifyData.length !== mac.length) {
    throw new TlsFailure("decode", "Finished has the wrong length");
  }
  const right = equalConstantTime(mac, message.verifyData);
  mac.fill(0);
  // "Recipients of Finished messages MUST verify that the contents are correct
  // and if incorrect MUST terminate the connection with a "decrypt_error"".
  if (!right) {
    throw new TlsFailure("bad-finished", "the peer's Finished is wrong");
  }
  return new FinishedToken(binding);
}

/**
 * Throws unless both proofs are this connection's own: the last check before a
 * connection counts as made.
 */
export function checkProofs(
  binding: Binding,
  peer: PeerVerified,
  finished: FinishedVerified,
): void {
  if (
    !belongsTo(peer, binding) || !FinishedToken.belongsTo(finished, binding)
  ) {
    throw new TlsFailure("internal", "a proof belongs to another connection");
  }
}
