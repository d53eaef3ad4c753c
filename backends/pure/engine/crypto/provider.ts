/**
 * What the engine asks of cryptography. The engine holds no primitive: a
 * provider (`../../providers/`) implements this, and whatever may be slow or
 * live outside the process may answer later.
 *
 * Hashes, HMAC and record protection are synchronous. Key exchange and
 * signatures may return a promise: a handler yields them as a request and the
 * driver waits.
 *
 * @module
 */

/** A value now, or a promise of it. */
export type Awaitable<T> = T | Promise<T>;

/** The hash functions of the engine. */
export type HashName = "sha256" | "sha384" | "sha512";

/** A running hash. */
export interface RunningHash {
  /** Absorbs bytes. */
  update(data: Uint8Array): void;
  /** The digest of all that was absorbed; the hash can go on afterwards. */
  snapshot(): Uint8Array;
  /** Another hash with the same state. */
  clone(): RunningHash;
}

/** HMAC with one key, which was prepared when this was made. */
export interface Hmac {
  /**
   * HMAC of `data`, or its first `length` bytes, in an array of its own. Throws
   * a RangeError where it has fewer.
   */
  compute(data: Uint8Array, length?: number): Uint8Array;
  /** Overwrites the key as far as JavaScript lets it; later calls throw. */
  destroy(): void;
}

/** The AEADs that protect records. */
export type AeadName =
  | "AES-128-GCM"
  | "AES-256-GCM"
  | "CHACHA20-POLY1305";

/**
 * One AEAD key with its IV: one direction of one connection.
 *
 * The nonce is the IV XOR the 64-bit number `high:low`, left-padded to 12 bytes
 * ({@link https://www.rfc-editor.org/rfc/rfc8446#section-5.3 | RFC 8446, section 5.3}).
 * TLS 1.2's GCM nonce is the same with an IV of salt and eight zero bytes.
 */
export interface Aead {
  /** Which AEAD. */
  readonly name: AeadName;
  /**
   * Writes the ciphertext and the 16-byte tag to the front of `output` and
   * returns how many bytes that is. What is sealed is `input`, then, unless
   * `type` is -1, the byte `type` and `padding` zero bytes (TLSInnerPlaintext).
   * `input` and `output` may overlap in any way; `aad` holds at most 16 bytes.
   */
  seal(
    output: Uint8Array,
    input: Uint8Array,
    type: number,
    padding: number,
    aad: Uint8Array,
    high: number,
    low: number,
  ): number;
  /**
   * Checks and decrypts `input` (ciphertext and tag) to the front of `output`
   * and returns the plaintext's length, or -1 where the tag is wrong: then
   * `output` is as it was. `input` and `output` may overlap in any way.
   */
  open(
    output: Uint8Array,
    input: Uint8Array,
    aad: Uint8Array,
    high: number,
    low: number,
  ): number;
  /** Overwrites the key; every later call throws. */
  destroy(): void;
}

/** A curve of ECDSA. */
export type EcdsaCurve = "P-256" | "P-384" | "P-521";

/** A signature algorithm with every parameter it needs. */
export type SignatureAlgorithm =
  | {
    readonly kind: "ecdsa";
    /** The curve of the key; the hash is chosen apart (X.509, TLS 1.2). */
    readonly curve: EcdsaCurve;
    readonly hash: HashName;
  }
  | { readonly kind: "rsa-pkcs1"; readonly hash: HashName }
  | {
    readonly kind: "rsa-pss";
    /** Of the message and of MGF1. */
    readonly hash: HashName;
    readonly saltLength: number;
  }
  | { readonly kind: "ed25519" };

/** A key that signs; where it lives is its provider's affair. */
export interface SigningKey {
  /** What it is: "ecdsa" keys with their curve, RSA keys by their OID. */
  readonly type:
    | { readonly kind: "ecdsa"; readonly curve: EcdsaCurve }
    | { readonly kind: "rsa"; readonly modulusBits: number }
    | {
      readonly kind: "rsa-pss";
      readonly modulusBits: number;
      /** The one hash that it signs by, where it is restricted to one. */
      readonly hash?: HashName;
    }
    | { readonly kind: "ed25519" };
  /** DER SubjectPublicKeyInfo of the public half, or `null` where unknown. */
  readonly publicKey: Uint8Array | null;
  /** Signs `message` (hashed inside, where the algorithm hashes). ECDSA is DER. */
  sign(
    algorithm: SignatureAlgorithm,
    message: Uint8Array,
  ): Awaitable<Uint8Array>;
}

/** The initiator's half of a key exchange; used once. */
export interface KeyShare {
  /** The named group's code point. */
  readonly group: number;
  /** What goes into key_share. */
  readonly publicKey: Uint8Array;
  /**
   * The shared secret with the peer's share. Throws {@linkcode CryptoFailure}
   * on an invalid point, ciphertext length or an all-zero X25519 result.
   */
  derive(peer: Uint8Array): Awaitable<Uint8Array>;
  /** Overwrites the private half as far as JavaScript lets it. */
  destroy(): void;
}

/** A peer's value that no honest peer sends: a bad point, key or ciphertext. */
export class CryptoFailure extends Error {
  /** Tells the class. */
  override readonly name = "CryptoFailure";
}

/** The primitives that a connection uses. */
export interface CryptoProvider {
  /** "native" or "portable". */
  readonly name: string;

  /** A fresh hash. */
  createHash(name: HashName): RunningHash;
  /** The hash of `data`. */
  digest(name: HashName, data: Uint8Array): Uint8Array;
  /** HMAC of `data` ({@link https://www.rfc-editor.org/rfc/rfc2104 | RFC 2104}). */
  hmac(name: HashName, key: Uint8Array, data: Uint8Array): Uint8Array;
  /** HMAC with a key that is used more than once; the key is copied. */
  createHmac(name: HashName, key: Uint8Array): Hmac;

  /** The AEADs that {@linkcode createAead} takes, best first. */
  readonly aeads: readonly AeadName[];
  /**
   * AEADs that {@linkcode createAead} takes besides, but that are not written
   * to be constant-time: only for a configuration that names them. Default:
   * none.
   */
  readonly aeadsOnRequest?: readonly AeadName[];
  /** Expands `key` for use with `iv` (12 bytes). Both are copied. */
  createAead(name: AeadName, key: Uint8Array, iv: Uint8Array): Aead;

  /** Code points of the groups for key exchange, best first. */
  readonly groups: readonly number[];
  /** The initiator's share of `group`. */
  generateKeyShare(group: number): Awaitable<KeyShare>;
  /**
   * The responder's side in one step: its own share, and the secret. For a KEM
   * the share is the ciphertext. Throws {@linkcode CryptoFailure} as
   * {@linkcode KeyShare.derive} does.
   */
  respondKeyShare(
    group: number,
    peer: Uint8Array,
  ): Awaitable<{
    readonly publicKey: Uint8Array;
    readonly sharedSecret: Uint8Array;
  }>;

  /** True where {@linkcode verify} knows the algorithm. */
  canVerify(algorithm: SignatureAlgorithm): boolean;
  /**
   * Whether `signature` of `message` is that of the key in `spki`, a DER
   * SubjectPublicKeyInfo that the caller has parsed. False for a wrong
   * signature, a malformed one and a key that does not fit the algorithm.
   */
  verify(
    algorithm: SignatureAlgorithm,
    spki: Uint8Array,
    message: Uint8Array,
    signature: Uint8Array,
  ): Awaitable<boolean>;
  /** A signing key from DER PKCS#8. Throws {@linkcode CryptoFailure} on a bad one. */
  importSigningKey(pkcs8: Uint8Array): Awaitable<SigningKey>;

  /** Fills with random bytes that no one can guess, and returns it. */
  randomBytes(length: number): Uint8Array;
}
