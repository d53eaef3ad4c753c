/**
 * Credentials: opaque handles that a backend makes and only that backend
 * understands, so that a key may live where nobody can read it.
 *
 * Sources: {@link https://peps.python.org/pep-0543/#certificates | PEP 543, Certificates},
 * {@link https://peps.python.org/pep-0543/#private-keys | Private Keys},
 * {@link https://peps.python.org/pep-0543/#trust-store | Trust Store}.
 *
 * @module
 */

/** An X.509 certificate. */
export interface Certificate {
  /** DER, where the backend can give it, else `null`. A copy. */
  readonly der: Uint8Array | null;
}

/** A private key, at hand or out of reach behind a {@linkcode Signer}. */
export interface PrivateKey {
  /** What it is, for messages: "EC P-256", "RSA", "Ed25519", "external". */
  readonly algorithm: string;
}

/** The roots that a peer's certificate is traced to. */
export interface TrustStore {
  /** What it stands for, for messages: "system", "bundled", a path, "3 certificates". */
  readonly description: string;
}

/** A leaf certificate, the intermediates in order, and the leaf's key. */
export interface SigningChain {
  /** The certificate that names this end. */
  readonly leaf: Certificate;
  /** The issuers, each after the one that it signed; without the root. */
  readonly intermediates: readonly Certificate[];
  /** The key of {@linkcode leaf}. */
  readonly privateKey: PrivateKey;
}

/**
 * The password of an encrypted private key: a string (UTF-8), bytes, or a
 * function that is called only where the key is encrypted.
 */
export type Password = string | Uint8Array | (() => string | Uint8Array);

/** Makes certificates; a backend has one as `certificate`. */
export interface CertificateConstructor {
  /**
   * A certificate from PEM (text or bytes) or DER (bytes). Exactly one:
   * anything behind it is an error.
   */
  fromBuffer(buffer: Uint8Array | string): Certificate;
  /** {@linkcode fromBuffer} of a file's contents. Needs `--allow-read`. */
  fromFile(path: string | URL): Promise<Certificate>;
  /** {@linkcode fromFile}, at once. */
  fromFileSync(path: string | URL): Certificate;
}

/** Signs outside the engine: an HSM, a KMS, a non-extractable CryptoKey. */
export interface Signer {
  /** The signature schemes it can make, best first, by IANA code point. */
  readonly schemes: readonly number[];
  /**
   * The signature of `message` (not of its digest) under `scheme`; ECDSA
   * signatures in DER.
   */
  sign(
    scheme: number,
    message: Uint8Array,
  ): Uint8Array | Promise<Uint8Array>;
}

/** How to read a private key. */
export interface PrivateKeyOptions {
  /** The password, where the key is encrypted; unused where it is not. */
  password?: Password;
}

/** Makes private keys; a backend has one as `privateKey`. */
export interface PrivateKeyConstructor {
  /** A key from PEM (text or bytes) or DER (bytes). */
  fromBuffer(
    buffer: Uint8Array | string,
    options?: PrivateKeyOptions,
  ): PrivateKey;
  /** {@linkcode fromBuffer} of a file's contents. Needs `--allow-read`. */
  fromFile(
    path: string | URL,
    options?: PrivateKeyOptions,
  ): Promise<PrivateKey>;
  /** {@linkcode fromFile}, at once. */
  fromFileSync(path: string | URL, options?: PrivateKeyOptions): PrivateKey;
  /** A key that signs elsewhere; absent where the backend needs the key itself. */
  fromSigner?(signer: Signer): PrivateKey;
  /** A key of WebCrypto, extractable or not; absent where the backend cannot. */
  fromCryptoKey?(key: CryptoKey): PrivateKey;
}

/** How to make the platform's trust store. */
export interface PlatformTrustStoreOptions {
  /** Roots to trust on top of the platform's own: PEM or DER, one or many each. */
  additional?: readonly (Uint8Array | string)[];
}

/**
 * Makes trust stores; a backend has one as `trustStore`. A store is exclusive: it
 * trusts what it names and nothing else, except {@linkcode platform}.
 */
export interface TrustStoreConstructor {
  /** The operating system's roots. */
  system(): TrustStore;
  /** The roots that come with the runtime or the backend. */
  bundled?(): TrustStore;
  /** The certificates of a PEM file. Needs `--allow-read`. */
  fromPemFile(path: string | URL): Promise<TrustStore>;
  /** {@linkcode fromPemFile}, at once. */
  fromPemFileSync(path: string | URL): TrustStore;
  /** The certificates of a PEM bundle, or one of DER. */
  fromBuffer(buffer: Uint8Array | string): TrustStore;
  /**
   * The roots that the backend's platform trusts by default, with more on top.
   * The one store that is not exclusive; a backend that can only add (Deno's)
   * has this one and refuses the others.
   */
  platform(options?: PlatformTrustStoreOptions): TrustStore;
}
