/**
 * The curves, and how their numbers are held: limbs of 28 or 29 bits, signed, each
 * in an i64, with the Montgomery radix R = 2^(all bits of all limbs).
 *
 * Why so many bits: a column of nine products of 29-bit limbs is below 2^62, so
 * that one operand of a product may be a sum of two limbs before anything is
 * carried, and 9 * 29 = 261 leaves 5 bits above 256 for lazy reduction. A column of
 * P-384 has fourteen products, and 14 * 28 = 392 leaves 8. How much is too much is
 * not argued here: `tools/weierstrass_bounds.ts` proves it.
 *
 * @module
 */

/** How numbers are held. */
export interface Shape {
  /** Bits of one limb. */
  readonly limbBits: number;
  /** Limbs of one number. */
  readonly limbs: number;
  /** The Montgomery radix. */
  readonly radix: bigint;
}

/** A modulus and what Montgomery's reduction by it needs. */
export interface Modulus {
  /** Prefix of the functions that compute modulo it. */
  readonly prefix: "field" | "scalar";
  /** How numbers modulo it are held. */
  readonly shape: Shape;
  /** The modulus. */
  readonly value: bigint;
  /** Its limbs. */
  readonly limbs: readonly bigint[];
  /** -1 / modulus, modulo 2^limbBits. */
  readonly negatedInverse: bigint;
  /**
   * Where the modulus is a short sum of powers of two besides -1: limb distance,
   * shift and sign of each, so that reduction needs no multiplication.
   */
  readonly sparse: readonly SparseTerm[] | null;
}

/** One power of two of a sparse modulus: sign * 2^(limbBits * limb + shift). */
export interface SparseTerm {
  /** Which limb the power falls into. */
  readonly limb: number;
  /** Which bit of it. */
  readonly shift: number;
  /** Its sign. */
  readonly sign: 1 | -1;
}

/** A curve y^2 = x^3 - 3x + b of prime order. */
export interface Curve {
  /** Its name. */
  readonly name: "P-256" | "P-384";
  /** Bits of a coordinate and of a scalar. */
  readonly bits: number;
  /** How numbers are held. */
  readonly shape: Shape;
  /** Arithmetic of coordinates. */
  readonly field: Modulus;
  /** Arithmetic of scalars. */
  readonly scalar: Modulus;
  /** Numbers that formulas name, by name. */
  readonly constants: Readonly<Record<string, bigint>>;
  /** Whether the kernel computes with secrets, or verifies signatures only. */
  readonly secrets: boolean;
}

/** A number as limbs; the top one takes all that is left. */
export function toLimbs(value: bigint, { limbBits, limbs }: Shape): bigint[] {
  const result: bigint[] = [];
  for (let index = 0; index < limbs - 1; index++) {
    result.push(BigInt.asUintN(limbBits, value));
    value >>= BigInt(limbBits);
  }
  result.push(value);
  return result;
}

/** Bytes from one number to the next in linear memory: whole vectors. */
export function elementBytes({ limbs }: Shape): number {
  return Math.ceil(8 * limbs / 16) * 16;
}

function negatedInverse(modulus: bigint, bits: number): bigint {
  let inverse = 1n; // Newton's iteration doubles the correct low bits.
  for (let correct = 1; correct < bits; correct *= 2) {
    inverse = BigInt.asUintN(bits, inverse * (2n - modulus * inverse));
  }
  return BigInt.asUintN(bits, -inverse);
}

/** Powers of two, with their signs, that make the modulus with -1. */
type Powers = readonly (readonly [exponent: number, sign: 1 | -1])[];

function modulusOf(
  prefix: "field" | "scalar",
  value: bigint,
  shape: Shape,
  powers: Powers | null = null,
): Modulus {
  const sparse = powers === null
    ? null
    : powers.map(([exponent, sign]): SparseTerm => {
      const limb = Math.min(
        shape.limbs - 1,
        Math.floor(exponent / shape.limbBits),
      );
      return { limb, shift: exponent - limb * shape.limbBits, sign };
    });
  return {
    prefix,
    shape,
    value,
    limbs: toLimbs(value, shape),
    negatedInverse: negatedInverse(value, shape.limbBits),
    sparse,
  };
}

function curveOf(
  given: {
    readonly name: Curve["name"];
    readonly bits: number;
    readonly limbBits: number;
    readonly limbs: number;
    /** The field's modulus, besides -1. */
    readonly powers: Powers;
    /** The order of the group. */
    readonly n: bigint;
    readonly b: bigint;
    /** The base point. */
    readonly x: bigint;
    readonly y: bigint;
    readonly secrets: boolean;
  },
): Curve {
  const { name, bits, limbBits, limbs, powers, n, secrets } = given;
  const radix = 1n << BigInt(limbBits * limbs);
  const shape = { limbBits, limbs, radix };
  const p = powers.reduce(
    (sum, [exponent, sign]) => sum + BigInt(sign) * 2n ** BigInt(exponent),
    -1n,
  );
  const montgomery = (value: bigint) => value * radix % p;
  return {
    name,
    bits,
    shape,
    field: modulusOf("field", p, shape, powers),
    scalar: modulusOf("scalar", n, shape),
    constants: {
      // Multiplying by it leaves the Montgomery domain.
      ONE: 1n,
      // The others are in it.
      FIELD_ONE: montgomery(1n),
      // Multiplying by it enters the Montgomery domain.
      FIELD_ENTER: radix * radix % p,
      SCALAR_ENTER: radix * radix % n,
      THREE: montgomery(3n),
      MINUS_B: montgomery(p - given.b),
      BASE_X: montgomery(given.x),
      BASE_Y: montgomery(given.y),
    },
    secrets,
  };
}

/**
 * P-256, with p = 2^256 - 2^224 + 2^192 + 2^96 - 1
 * ({@link https://doi.org/10.6028/NIST.SP.800-186 | NIST SP 800-186, section 3.2.1.3}).
 */
export const P256: Curve = curveOf({
  name: "P-256",
  bits: 256,
  limbBits: 29,
  limbs: 9,
  powers: [[96, 1], [192, 1], [224, -1], [256, 1]],
  n: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  b: 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn,
  x: 0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296n,
  y: 0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5n,
  secrets: true,
});

/**
 * P-384, with p = 2^384 - 2^128 - 2^96 + 2^32 - 1 (the same, section 3.2.1.4): for
 * certificates, whose signatures are verified only.
 */
export const P384: Curve = curveOf({
  name: "P-384",
  bits: 384,
  limbBits: 28,
  limbs: 14,
  powers: [[32, 1], [96, -1], [128, -1], [384, 1]],
  n: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
  b: 0xb3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aefn,
  x: 0xaa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7n,
  y: 0x3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5fn,
  secrets: false,
});
