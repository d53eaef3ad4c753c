/**
 * Decrypts private keys: PKCS#8's EncryptedPrivateKeyInfo with PBES2
 * ({@link https://www.rfc-editor.org/rfc/rfc8018#section-6.2 | RFC 8018, section 6.2}),
 * as openssl writes it: PBKDF2 with HMAC or scrypt, AES in CBC.
 *
 * @module
 */
import type { Password } from "../../../api/credentials.ts";
import { DecodeFailure, Reader } from "../engine/codec/reader.ts";
import { algorithmIdentifier } from "../engine/x509/algorithm.ts";
import {
  next,
  octetString,
  only,
  smallInteger,
  Tag,
} from "../engine/x509/der.ts";
import { oidName } from "../engine/x509/oid.ts";
import { nativeCrypto } from "../providers/native.ts";
import { refusal } from "./_refusal.ts";

const FIELD = "password";

const PBES2 = "1.2.840.113549.1.5.13";
const PBKDF2 = "1.2.840.113549.1.5.12";
const SCRYPT = "1.3.6.1.4.1.11591.4.11";

/** HMAC's hash, by PBKDF2's prf. */
const PRFS: ReadonlyMap<string, string> = new Map([
  ["1.2.840.113549.2.7", "sha1"],
  ["1.2.840.113549.2.9", "sha256"],
  ["1.2.840.113549.2.10", "sha384"],
  ["1.2.840.113549.2.11", "sha512"],
]);

/** Key length, by cipher. */
const CIPHERS: ReadonlyMap<string, number> = new Map([
  ["2.16.840.1.101.3.4.1.2", 16],
  ["2.16.840.1.101.3.4.1.22", 24],
  ["2.16.840.1.101.3.4.1.42", 32],
]);

/**
 * Most iterations of PBKDF2. OWASP advises 600,000 to 1,300,000 in 2026; ten
 * million take some seconds, and a file must not hold a process up for longer.
 */
const MAXIMUM_ITERATIONS = 10_000_000;

/** Most memory of scrypt, in bytes. openssl writes 16 MiB. */
const MAXIMUM_SCRYPT_MEMORY = 256 * 1024 * 1024;

/**
 * Most work of scrypt, as cost times block size times parallelization. openssl
 * writes 2^17, which takes some 50 ms; this takes some seconds, as the most
 * iterations of PBKDF2 do.
 */
const MAXIMUM_SCRYPT_WORK = 2 ** 23;

type NodeCrypto = typeof import("node:crypto");

/** How a key is derived from a password. */
type Derivation = (
  crypto: NodeCrypto,
  password: Uint8Array,
  length: number,
) => Uint8Array;

interface Scheme {
  readonly derive: Derivation;
  readonly keyLength: number;
  readonly iv: Uint8Array;
}

/**
 * The PrivateKeyInfo inside. Throws `ConfigurationError` where there is no
 * password, a wrong one, or a scheme that is not known here.
 */
export function decryptPrivateKey(
  encrypted: Uint8Array,
  password: Password | undefined,
): Uint8Array {
  const outer = only(encrypted, Tag.SEQUENCE);
  const { oid, parameters } = algorithmIdentifier(outer);
  const data = octetString(outer);
  outer.end();
  if (oid !== PBES2 || parameters === null) {
    throw unsupported(`it is encrypted by ${oidName(oid)}`);
  }
  const { derive, keyLength, iv } = scheme(parameters);
  if (password === undefined) {
    throw refusal(
      FIELD,
      "Cannot read the private key: it is encrypted, and no password was given",
    );
  }
  const crypto = nativeCrypto();
  if (crypto === null) {
    throw refusal(
      FIELD,
      "Cannot read the private key: it is encrypted, and this platform has no node:crypto to decrypt it; decrypt it with `openssl pkey -in FILE`",
    );
  }
  const secret = passwordBytes(password);
  const key = derive(crypto, secret, keyLength);
  secret.fill(0);
  try {
    const plain = decryptCbc(crypto, key, { iv, data });
    // One in 256 wrong keys leaves padding that looks right.
    if (!looksLikeKey(plain)) {
      throw new DecodeFailure("it is no PrivateKeyInfo");
    }
    return plain;
  } catch {
    // Without the cause: which check failed is of use to guessers alone.
    throw refusal(
      FIELD,
      "Cannot read the private key: the password is wrong, or the file is damaged",
    );
  } finally {
    key.fill(0);
  }
}

const BLOCK = 16;

/**
 * AES in CBC with PKCS#7 padding, out of ECB: Deno's node:crypto has no CBC with
 * 192 bits.
 */
function decryptCbc(
  crypto: NodeCrypto,
  key: Uint8Array,
  { iv, data }: { readonly iv: Uint8Array; readonly data: Uint8Array },
): Uint8Array {
  if (data.length === 0 || data.length % BLOCK !== 0) {
    throw new DecodeFailure("the ciphertext is not of whole blocks");
  }
  const decipher = crypto.createDecipheriv(
    `aes-${8 * key.length}-ecb`,
    key,
    null,
  );
  decipher.setAutoPadding(false);
  const first = decipher.update(data);
  const last = decipher.final();
  const plain = new Uint8Array(data.length);
  plain.set(first);
  plain.set(last, first.length);
  first.fill(0);
  last.fill(0);
  for (let i = 0; i < plain.length; i++) {
    plain[i]! ^= i < BLOCK ? iv[i]! : data[i - BLOCK]!;
  }
  const padding = plain[plain.length - 1]!;
  let wrong = padding < 1 || padding > BLOCK ? 1 : 0;
  for (let i = 0; i < BLOCK; i++) {
    if (i < padding) wrong |= plain[plain.length - 1 - i]! ^ padding;
  }
  if (wrong !== 0) {
    plain.fill(0);
    throw new DecodeFailure("the padding is wrong");
  }
  const unpadded = plain.slice(0, plain.length - padding);
  plain.fill(0);
  return unpadded;
}

function looksLikeKey(plain: Uint8Array): boolean {
  const info = only(plain, Tag.SEQUENCE);
  smallInteger(info);
  algorithmIdentifier(info);
  octetString(info);
  return true;
}

/** A copy, which may be overwritten; a Buffer's `slice` is none. */
function passwordBytes(password: Password): Uint8Array {
  const value = typeof password === "function" ? password() : password;
  return typeof value === "string"
    ? new TextEncoder().encode(value)
    : new Uint8Array(value);
}

function unsupported(how: string): Error {
  return refusal(
    FIELD,
    `Cannot read the private key: ${how}; write it anew with \`openssl pkcs8 -topk8 -in FILE\``,
  );
}

function scheme(parameters: Uint8Array): Scheme {
  const pbes2 = only(parameters, Tag.SEQUENCE);
  const kdf = algorithmIdentifier(pbes2);
  const cipher = algorithmIdentifier(pbes2);
  pbes2.end();
  const keyLength = CIPHERS.get(cipher.oid);
  if (keyLength === undefined || cipher.parameters === null) {
    throw unsupported(`its cipher ${oidName(cipher.oid)} is not supported`);
  }
  const ivReader = new Reader(cipher.parameters);
  const iv = octetString(ivReader);
  ivReader.end();
  if (iv.length !== 16) throw new DecodeFailure("an IV of AES has 16 bytes");
  if (kdf.parameters === null) {
    throw new DecodeFailure("the key derivation has no parameters");
  }
  const fields = only(kdf.parameters, Tag.SEQUENCE);
  switch (kdf.oid) {
    case PBKDF2:
      return { derive: pbkdf2(fields, keyLength), keyLength, iv };
    case SCRYPT:
      return { derive: scrypt(fields, keyLength), keyLength, iv };
    default:
      throw unsupported(`its key derivation ${kdf.oid} is not supported`);
  }
}

function checkLength(fields: Reader, keyLength: number): void {
  if (!next(fields, Tag.INTEGER)) return;
  if (smallInteger(fields) !== keyLength) {
    throw new DecodeFailure(
      "the length of the derived key is not the cipher's",
    );
  }
}

function pbkdf2(fields: Reader, keyLength: number): Derivation {
  if (!next(fields, Tag.OCTET_STRING)) {
    throw unsupported("its salt is not in it");
  }
  const salt = octetString(fields);
  const iterations = smallInteger(fields);
  checkLength(fields, keyLength);
  // "DEFAULT algid-hmacWithSHA1".
  const prf = fields.remaining > 0 ? algorithmIdentifier(fields).oid : null;
  fields.end();
  const hash = prf === null ? "sha1" : PRFS.get(prf);
  if (hash === undefined) {
    throw unsupported(`its key derivation's ${prf} is not supported`);
  }
  if (iterations < 1 || iterations > MAXIMUM_ITERATIONS) {
    throw refusal(
      FIELD,
      `Cannot read the private key: its key derivation iterates ${iterations} times, not 1 to ${MAXIMUM_ITERATIONS}`,
    );
  }
  return (crypto, password, length) =>
    crypto.pbkdf2Sync(password, salt, iterations, length, hash);
}

/** {@link https://www.rfc-editor.org/rfc/rfc7914#section-7 | RFC 7914, section 7}. */
function scrypt(fields: Reader, keyLength: number): Derivation {
  const salt = octetString(fields);
  const cost = smallInteger(fields);
  const blockSize = smallInteger(fields);
  const parallelization = smallInteger(fields);
  checkLength(fields, keyLength);
  fields.end();
  const memory = 128 * blockSize * (cost + parallelization);
  // "N ... MUST be larger than 1, a power of 2, and less than 2^(128 * r / 8)"
  // (RFC 7914, section 2).
  const good = cost > 1 && (cost & (cost - 1)) === 0 && blockSize > 0 &&
    Math.log2(cost) < 16 * blockSize && parallelization > 0 &&
    memory <= MAXIMUM_SCRYPT_MEMORY &&
    cost * blockSize * parallelization <= MAXIMUM_SCRYPT_WORK;
  if (!good) {
    throw refusal(
      FIELD,
      `Cannot read the private key: its scrypt parameters (${cost}, ${blockSize}, ${parallelization}) are out of range`,
    );
  }
  return (crypto, password, length) =>
    crypto.scryptSync(password, salt, length, {
      N: cost,
      r: blockSize,
      p: parallelization,
      maxmem: 2 * MAXIMUM_SCRYPT_MEMORY,
    });
}
