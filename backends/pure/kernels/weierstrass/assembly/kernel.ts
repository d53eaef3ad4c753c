/**
 * What the host of P-256 calls. Numbers go in and come out as 32 big-endian bytes
 * in the IO slots. A function returns 0 where it refuses its input, else 1.
 */
import {
  fieldNegate,
  fromBytes,
  scalarSubtractOnce,
  toBytes,
} from "./generated/arithmetic";
import {
  ecdsaSign,
  pointAffine,
  pointLeave,
  pointLift,
} from "./generated/formulas";
import {
  ACCUMULATOR,
  DIGEST,
  ELEMENT_BYTES,
  IO_DIGEST,
  IO_NONCE,
  IO_POINT,
  IO_PRIVATE,
  IO_SHARED,
  IO_SIGNATURE,
  NONCE,
  PEER,
  PRIVATE,
  R,
  S,
  SECRET,
  SECRET_BYTES,
  SELECTED,
} from "./generated/layout";
import { isValidScalar, limbsOf } from "./scalars";
import { enterPeer, loadPeer } from "./points";
import { multiplyBase, multiplyPeer, prepareBase } from "./secrets";

export {
  IO_DIGEST,
  IO_ENTROPY,
  IO_NONCE,
  IO_POINT,
  IO_PRIVATE,
  IO_SHARED,
  IO_SIGNATURE,
  SECRET,
  SECRET_BYTES,
} from "./generated/layout";
export { nextNonce, startNonces } from "./hmac";
export { isPoint, verify } from "./verification";

/** Overwrites whatever may be derived from a secret. */
export function wipe(): void {
  memory.fill(SECRET, 0, SECRET_BYTES);
}

/** SELECTED = ACCUMULATOR, affine and out of the Montgomery domain. */
function leave(): void {
  pointAffine(SELECTED, ACCUMULATOR);
  pointLeave(SELECTED, SELECTED);
}

/** IO_POINT = IO_PRIVATE times the base point. */
export function publicKey(): i32 {
  prepareBase();
  fromBytes(PRIVATE, IO_PRIVATE);
  if (!isValidScalar(PRIVATE)) return 0;
  multiplyBase(PRIVATE);
  leave();
  toBytes(IO_POINT, SELECTED);
  toBytes(IO_POINT + 32, SELECTED + ELEMENT_BYTES);
  return 1;
}

/** IO_SHARED = x of IO_PRIVATE times IO_POINT. */
export function sharedSecret(): i32 {
  fromBytes(PRIVATE, IO_PRIVATE);
  if (!isValidScalar(PRIVATE)) return 0;
  loadPeer();
  if (!enterPeer()) return 0;
  multiplyPeer(PRIVATE);
  leave();
  toBytes(IO_SHARED, SELECTED);
  return 1;
}

/**
 * IO_SIGNATURE = the signature of IO_DIGEST by IO_PRIVATE with the nonce IO_NONCE
 * (FIPS 186-5, section 6.4.1); 0 where the nonce must not be used.
 */
export function sign(): i32 {
  prepareBase();
  fromBytes(PRIVATE, IO_PRIVATE);
  fromBytes(DIGEST, IO_DIGEST);
  fromBytes(NONCE, IO_NONCE);
  if (!isValidScalar(NONCE)) return 0;
  multiplyBase(NONCE);
  leave();
  // x < p < 2 n
  scalarSubtractOnce(R, SELECTED);
  if (limbsOf(R) == 0) return 0;
  ecdsaSign(S, NONCE, PRIVATE, DIGEST, R);
  if (limbsOf(S) == 0) return 0;
  toBytes(IO_SIGNATURE, R);
  toBytes(IO_SIGNATURE + 32, S);
  return 1;
}

/** Whether 0 < IO_PRIVATE < n. */
export function isPrivateKey(): i32 {
  fromBytes(PRIVATE, IO_PRIVATE);
  return isValidScalar(PRIVATE) ? 1 : 0;
}

/**
 * Completes IO_POINT, whose x is given, with the y of parity `odd` (SEC 1,
 * section 2.3.4); 0 where no point has that x.
 */
export function decompress(odd: i32): i32 {
  fromBytes(PEER, IO_POINT);
  pointLift(PEER);
  if ((<i32> load<i64>(PEER + ELEMENT_BYTES) & 1) != odd) {
    fieldNegate(PEER + ELEMENT_BYTES, PEER + ELEMENT_BYTES);
  }
  toBytes(IO_POINT + 32, PEER + ELEMENT_BYTES);
  return enterPeer() ? 1 : 0;
}
