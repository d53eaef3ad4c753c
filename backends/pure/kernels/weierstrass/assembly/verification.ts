/**
 * ECDSA verification and the check of points: all of it is public. A function
 * returns 0 where it refuses its input, else 1.
 */
import {
  fieldSubtractOnce,
  fromBytes,
  scalarAddModulus,
  scalarCarry,
} from "./generated/arithmetic";
import { compareX, ecdsaVerify } from "./generated/formulas";
import {
  ACCUMULATOR,
  DIGEST,
  IO_DIGEST,
  IO_POINT,
  IO_SIGNATURE,
  NUMBER_BYTES,
  R,
  REDUCED,
  S,
  U1,
  U2,
  ZERO,
} from "./generated/layout";
import { difference, isValidScalar, limbsOf } from "./scalars";
import { enterPeer, isAccumulatorZero, loadPeer, multiplyTwo } from "./points";

export { IO_DIGEST, IO_POINT, IO_SIGNATURE } from "./generated/layout";

/** Whether IO_POINT is on the curve. */
export function isPoint(): i32 {
  loadPeer();
  return enterPeer() ? 1 : 0;
}

/** Whether x of ACCUMULATOR is `x`, which is reduced modulo p. */
function isX(x: usize): bool {
  compareX(ACCUMULATOR, x);
  return limbsOf(ZERO) == 0;
}

/**
 * Whether IO_SIGNATURE is a signature of IO_DIGEST by the key IO_POINT (FIPS
 * 186-5, section 6.4.2). Everything here is public.
 */
export function verify(): i32 {
  fromBytes(R, IO_SIGNATURE);
  fromBytes(S, IO_SIGNATURE + NUMBER_BYTES);
  if (!isValidScalar(R)) return 0;
  if (!isValidScalar(S)) return 0;
  loadPeer();
  if (!enterPeer()) return 0;
  fromBytes(DIGEST, IO_DIGEST);
  ecdsaVerify(U1, U2, DIGEST, R, S);
  multiplyTwo(U1, U2);
  if (isAccumulatorZero()) return 0;
  if (isX(R)) return 1;
  // x modulo n is r too where x = r + n, which must be below p.
  scalarAddModulus(S, R);
  scalarCarry(S, S);
  fieldSubtractOnce(REDUCED, S);
  if (difference(REDUCED, S) != 0) return 0;
  return isX(S) ? 1 : 0;
}
