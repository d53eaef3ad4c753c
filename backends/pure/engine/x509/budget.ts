/**
 * What path building may cost. Work is counted in units that depend on the
 * certificates alone, never on a clock, so that the same input always ends the
 * same way. A unit is about a microsecond on a machine of 2026.
 *
 * @module
 */
import type { PublicKeyInfo } from "./algorithm.ts";

/**
 * Units that one validation may spend: a tenth of a second or so. An ordinary
 * chain costs about a thousand; two hundred P-256 signatures use it up, as do
 * 100,000 comparisons with name constraints.
 */
export const DEFAULT_BUDGET = 100_000;

/** Looking at a certificate that might be an issuer. */
export const CANDIDATE_UNITS = 10;

/** How many bytes of a certificate are decoded for one unit. */
const BYTES_A_UNIT = 64;

/** Decoding a certificate of `length` bytes. */
export function decodingUnits(length: number): number {
  return Math.ceil(length / BYTES_A_UNIT);
}

/** Comparing a name with one name constraint. */
export const COMPARISON_UNITS = 1;

/** The most that path building has left is spent. */
export class BudgetExceeded extends Error {
  /** "BudgetExceeded". */
  override readonly name = "BudgetExceeded";
}

/** Counts units down. */
export class Budget {
  #spent = 0;
  readonly #limit: number;

  /** May spend `limit` units. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** What was spent. */
  get spent(): number {
    return this.#spent;
  }

  /** Spends `units`, before the work is done. */
  spend(units: number): void {
    this.#spent += units;
    if (this.#spent > this.#limit) {
      this.#spent = this.#limit;
      throw new BudgetExceeded("the work budget is spent");
    }
  }
}

/** What verifying one signature with `key` costs. */
export function signatureUnits(key: PublicKeyInfo): number {
  switch (key.kind) {
    case "rsa":
    case "rsa-pss":
      // A modular multiplication grows with the square of the modulus, and there
      // are about as many as the exponent has bits. 2048 bits and 65537: 150.
      return Math.ceil(
        150 * (key.modulusBits / 2048) ** 2 *
          Math.max(1, key.exponentBits / 17),
      );
    case "ecdsa":
      return key.curve === "P-256" ? 450 : key.curve === "P-384" ? 1100 : 2200;
    case "ed25519":
      return 100;
    case "unsupported":
      return 0;
  }
}
