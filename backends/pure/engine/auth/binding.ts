/**
 * What ties secrets and proofs to one connection.
 *
 * @module
 */

/** Something secret that can be overwritten. */
export interface Destroyable {
  /** Overwrites it; a second call does nothing. */
  destroy(): void;
}

/**
 * The identity of one connection's handshake. Proofs name it, so that another
 * connection's do not fit; and it knows the secrets that are alive, so that the
 * end of the connection, wherever it comes, wipes them all.
 */
export class Binding {
  readonly #secrets: Set<Destroyable> = new Set();

  /** Takes charge of a secret, and returns it. */
  own<T extends Destroyable>(secret: T): T {
    this.#secrets.add(secret);
    return secret;
  }

  /** Wipes one secret now. */
  release(secret: Destroyable): void {
    this.#secrets.delete(secret);
    secret.destroy();
  }

  /** Wipes all of them. */
  destroy(): void {
    for (const secret of this.#secrets) secret.destroy();
    this.#secrets.clear();
  }
}
