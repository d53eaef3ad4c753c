/**
 * RSA signature verification with JavaScript's BigInt: everything in it is public,
 * and it is several times as fast as node:crypto's in Deno. It signs nothing:
 * BigInt's time depends on its operands.
 *
 * @module
 */
import type { HashName } from "../../engine/crypto/provider.ts";

export type { HashName };

/** An RSA public key, ready for use. */
export interface RsaPublicKey {
  /** n, odd. */
  readonly modulus: bigint;
  /** Bits of n. */
  readonly modulusBits: number;
  /** e, odd and at least 3. */
  readonly exponent: number;
}

/** Bytes of each hash. */
const HASH_BYTES: Readonly<Record<HashName, number>> = {
  sha256: 32,
  sha384: 48,
  sha512: 64,
};

/**
 * The DER in front of the hash in a DigestInfo
 * ({@link https://www.rfc-editor.org/rfc/rfc8017#section-9.2 | RFC 8017, section 9.2, note 1}).
 */
const DIGEST_INFO: Readonly<Record<HashName, string>> = {
  sha256: "3031300d060960864801650304020105000420",
  sha384: "3041300d060960864801650304020205000430",
  sha512: "3051300d060960864801650304020305000440",
};

/** Longest modulus: a longer one costs a peer little and us milliseconds. */
const MAXIMUM_MODULUS_BYTES = 1024;

/** Longest exponent: 2^32 and above serve nobody, and cost as above. */
const MAXIMUM_EXPONENT_BYTES = 4;

const HEX: readonly string[] = Array.from(
  { length: 256 },
  (_, byte) => byte.toString(16).padStart(2, "0"),
);

function toHex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += HEX[byte];
  return text;
}

function fromHex(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) {
    bytes[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  }
  return bytes;
}

function withoutLeadingZeros(bytes: Uint8Array): Uint8Array {
  let start = 0;
  while (start < bytes.length && bytes[start] === 0) start++;
  return bytes.subarray(start);
}

/** base^exponent modulo modulus, for an exponent of at least 1. */
function power(base: bigint, exponent: number, modulus: bigint): bigint {
  let result = base;
  for (let bit = 30 - Math.clz32(exponent); bit >= 0; bit--) {
    result = result * result % modulus;
    if ((exponent >>> bit & 1) === 1) result = result * base % modulus;
  }
  return result;
}

/**
 * A public key from the two numbers of its RSAPublicKey, big-endian, of which
 * leading zeros do not count; `null` where they are no RSA key, or one of more
 * than 8,192 bits or with an exponent of more than 32.
 *
 * V8 keeps what it computes for a modulus with the BigInt: a key that is kept
 * verifies twice as fast as one that is made anew.
 */
export function rsaPublicKey(
  modulus: Uint8Array,
  exponent: Uint8Array,
): RsaPublicKey | null {
  const modulusBytes = withoutLeadingZeros(modulus);
  const exponentBytes = withoutLeadingZeros(exponent);
  if (
    modulusBytes.length > MAXIMUM_MODULUS_BYTES ||
    exponentBytes.length > MAXIMUM_EXPONENT_BYTES ||
    modulusBytes.length === 0 || exponentBytes.length === 0
  ) return null;
  const key = {
    modulus: BigInt(`0x${toHex(modulusBytes)}`),
    modulusBits: 8 * modulusBytes.length - Math.clz32(modulusBytes[0]!) + 24,
    exponent: Number.parseInt(toHex(exponentBytes), 16),
  };
  // "an odd integer between 3 and n - 1", section 3.1; n is a product of odd primes.
  const sound = key.exponent >= 3 && key.exponent % 2 === 1 &&
    key.modulus % 2n === 1n && key.modulus > BigInt(key.exponent);
  return sound ? key : null;
}

/**
 * What was signed, as long as the modulus, in hexadecimal (RSAVP1,
 * {@link https://www.rfc-editor.org/rfc/rfc8017#section-5.2.2 | RFC 8017, section 5.2.2});
 * `null` where the signature does not fit the key.
 */
function openSignature(
  { modulus, modulusBits, exponent }: RsaPublicKey,
  signature: Uint8Array,
): string | null {
  const length = Math.ceil(modulusBits / 8);
  if (signature.length !== length) return null;
  const representative = BigInt(`0x${toHex(signature)}`);
  if (representative >= modulus) return null;
  return power(representative, exponent, modulus).toString(16)
    .padStart(2 * length, "0");
}

/**
 * Whether `signature` is an RSASSA-PKCS1-v1_5 signature of a message with this
 * digest ({@link https://www.rfc-editor.org/rfc/rfc8017#section-8.2.2 | RFC 8017, section 8.2.2}).
 * The encoding must be the one that section 9.2 gives, to the last byte.
 */
export function verifyRsaPkcs1(
  key: RsaPublicKey,
  digest: Uint8Array,
  options: {
    /** The hash that made the digest. */
    readonly hash: HashName;
    /** The signature. */
    readonly signature: Uint8Array;
  },
): boolean {
  const { hash, signature } = options;
  if (digest.length !== HASH_BYTES[hash]) return false;
  const encoded = openSignature(key, signature);
  if (encoded === null) return false;
  const info = DIGEST_INFO[hash] + toHex(digest);
  // "PS ... The length of PS is at least 8 octets"
  const padding = encoded.length - info.length - 6;
  if (padding < 16) return false;
  return encoded === `0001${"f".repeat(padding)}00${info}`;
}

/** MGF1 ({@link https://www.rfc-editor.org/rfc/rfc8017#appendix-B.2.1 | RFC 8017, appendix B.2.1}). */
function maskOf(
  seed: Uint8Array,
  length: number,
  hash: (data: Uint8Array) => Uint8Array,
): Uint8Array {
  const mask = new Uint8Array(length);
  const input = new Uint8Array(seed.length + 4);
  input.set(seed);
  let at = 0;
  for (let counter = 0; at < length; counter++) {
    // A modulus of 1024 bytes needs no counter above 32.
    input[input.length - 1] = counter;
    const block = hash(input).subarray(0, length - at);
    mask.set(block, at);
    at += block.length;
  }
  return mask;
}

/** Whether the byte strings are the same; both are public. */
function equal(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length &&
    left.every((byte, i) => byte === right[i]);
}

/**
 * Whether `signature` is an RSASSA-PSS signature of a message with this digest
 * ({@link https://www.rfc-editor.org/rfc/rfc8017#section-8.1.2 | RFC 8017, section 8.1.2}),
 * with MGF1 of the same hash and a salt of exactly `saltLength` bytes.
 */
export function verifyRsaPss(
  key: RsaPublicKey,
  digest: Uint8Array,
  options: {
    /** The hash that made the digest; it is asked for more. */
    readonly hash: (data: Uint8Array) => Uint8Array;
    /** Bytes of the salt. */
    readonly saltLength: number;
    /** The signature. */
    readonly signature: Uint8Array;
  },
): boolean {
  const { hash, saltLength, signature } = options;
  const hex = openSignature(key, signature);
  if (hex === null) return false;
  let encoded = fromHex(hex);
  // emBits is one less than the modulus has, section 8.1.2, step 2c.
  const bits = key.modulusBits - 1;
  if (bits % 8 === 0) {
    if (encoded[0] !== 0) return false;
    encoded = encoded.subarray(1);
  }
  return isPssEncoding(encoded, digest, {
    hash,
    saltLength,
    zeroBits: 8 * encoded.length - bits,
  });
}

/** EMSA-PSS-VERIFY, {@link https://www.rfc-editor.org/rfc/rfc8017#section-9.1.2 | RFC 8017, section 9.1.2}. */
function isPssEncoding(
  encoded: Uint8Array,
  digest: Uint8Array,
  options: {
    readonly hash: (data: Uint8Array) => Uint8Array;
    readonly saltLength: number;
    /** Leftmost bits of the encoding that are zero. */
    readonly zeroBits: number;
  },
): boolean {
  const { hash, saltLength, zeroBits } = options;
  const maskedLength = encoded.length - digest.length - 1;
  if (maskedLength < saltLength + 1) return false; // step 3
  if (encoded[encoded.length - 1] !== 0xbc) return false; // step 4
  const masked = encoded.subarray(0, maskedLength);
  const expected = encoded.subarray(maskedLength, encoded.length - 1);
  if (masked[0]! >> (8 - zeroBits) !== 0) return false; // step 6
  const block = maskOf(expected, maskedLength, hash);
  for (let i = 0; i < maskedLength; i++) block[i]! ^= masked[i]!;
  block[0]! &= 0xff >> zeroBits; // step 9
  const saltStart = maskedLength - saltLength;
  for (let i = 0; i < saltStart - 1; i++) {
    if (block[i] !== 0) return false; // step 10
  }
  if (block[saltStart - 1] !== 1) return false;
  const message = new Uint8Array(8 + digest.length + saltLength);
  message.set(digest, 8);
  message.set(block.subarray(saltStart), 8 + digest.length);
  return equal(hash(message), expected);
}
