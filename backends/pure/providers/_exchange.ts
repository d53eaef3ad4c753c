/**
 * Key exchange on top of a Diffie-Hellman function or a KEM: the checks, and
 * the hybrid group, which are the same for every provider.
 *
 * @module
 */
import {
  type Awaitable,
  CryptoFailure,
  type EcdsaCurve,
  type KeyShare,
} from "../engine/crypto/provider.ts";
import { NamedGroup } from "../engine/iana.ts";
import { orElse, then } from "./_awaitable.ts";
import { COORDINATE_LENGTH } from "../engine/x509/algorithm.ts";

/** A curve of Diffie-Hellman. */
export type DhCurve = EcdsaCurve | "X25519";

/** A private key of Diffie-Hellman with its public half. */
export interface DhKey {
  /** As key_share has it. */
  readonly publicKey: Uint8Array;
  /** The secret with a peer's key of the right length and form. */
  derive(peer: Uint8Array): Awaitable<Uint8Array>;
  /** Overwrites or drops the private half. */
  destroy(): void;
}

/** Makes keys of Diffie-Hellman. */
export interface DhFunction {
  /** Which curve. */
  readonly curve: DhCurve;
  /** A fresh key. */
  generate(): Awaitable<DhKey>;
  /** The key with this private half, for known answers. */
  import(privateKey: Uint8Array): Awaitable<DhKey>;
}

/** A decapsulation key of ML-KEM-768 with its public half. */
export interface KemKey {
  /** The encapsulation key. */
  readonly publicKey: Uint8Array;
  /** The secret in a ciphertext. Throws CryptoFailure on a wrong length. */
  decapsulate(ciphertext: Uint8Array): Awaitable<Uint8Array>;
  /** Overwrites or drops the private half. */
  destroy(): void;
}

/** A secret with what carries it to the peer. */
export interface Encapsulated {
  /** For the peer. */
  readonly ciphertext: Uint8Array;
  /** For this end. */
  readonly sharedSecret: Uint8Array;
}

/** ML-KEM-768 ({@link https://doi.org/10.6028/NIST.FIPS.203 | FIPS 203}). */
export interface Kem {
  /** A fresh key. */
  generate(): Awaitable<KemKey>;
  /** The key of a seed (d, then z), 64 bytes, for known answers. */
  import(seed: Uint8Array): Awaitable<KemKey>;
  /** A fresh secret for a key that was checked. */
  encapsulate(encapsulationKey: Uint8Array): Awaitable<Encapsulated>;
}

/** The length of ML-KEM-768's encapsulation key, in bytes. */
export const MLKEM768_KEY_LENGTH = 1184;

/** The length of ML-KEM-768's ciphertext, in bytes. */
export const MLKEM768_CIPHERTEXT_LENGTH = 1088;

/** The length of an X25519 public key, in bytes. */
const X25519_LENGTH = 32;

/** The field of ML-KEM. */
const MLKEM_Q = 3329;

/** How many coefficients an encapsulation key holds: 3 polynomials of 256. */
const MLKEM768_COEFFICIENTS = 3 * 256;

/**
 * Throws CryptoFailure unless the encapsulation key is canonical: the "type
 * check" and the "modulus check" of
 * {@link https://doi.org/10.6028/NIST.FIPS.203 | FIPS 203, section 7.2}. The
 * platforms do not all make it. The key is public.
 */
export function checkEncapsulationKey(key: Uint8Array): void {
  if (key.length !== MLKEM768_KEY_LENGTH) {
    throw new CryptoFailure(
      `an ML-KEM-768 key has ${MLKEM768_KEY_LENGTH} bytes, not ${key.length}`,
    );
  }
  for (let i = 0; i < MLKEM768_COEFFICIENTS / 2; i++) {
    const at = 3 * i;
    const a = key[at]! | (key[at + 1]! & 0xf) << 8;
    const b = key[at + 1]! >>> 4 | key[at + 2]! << 4;
    if (a >= MLKEM_Q || b >= MLKEM_Q) {
      throw new CryptoFailure("an ML-KEM-768 key is not reduced");
    }
  }
}

/** The length of ML-KEM-768's seed, in bytes. */
const MLKEM768_SEED_LENGTH = 64;

/** Throws CryptoFailure unless the seed has its length. */
export function checkSeed(seed: Uint8Array): void {
  if (seed.length !== MLKEM768_SEED_LENGTH) {
    throw new CryptoFailure(
      `an ML-KEM-768 seed has ${MLKEM768_SEED_LENGTH} bytes, not ${seed.length}`,
    );
  }
}

/** Throws CryptoFailure unless the ciphertext has its length. */
export function checkCiphertext(ciphertext: Uint8Array): void {
  if (ciphertext.length !== MLKEM768_CIPHERTEXT_LENGTH) {
    throw new CryptoFailure(
      `an ML-KEM-768 ciphertext has ${MLKEM768_CIPHERTEXT_LENGTH} bytes, not ${ciphertext.length}`,
    );
  }
}

/** The length of a key share, in bytes. */
export function publicLength(curve: DhCurve): number {
  return curve === "X25519" ? X25519_LENGTH : 1 + 2 * COORDINATE_LENGTH[curve];
}

/**
 * Throws CryptoFailure unless `peer` has the one form of a key share: "the peers
 * MUST use ... UncompressedPointRepresentation"
 * ({@link https://www.rfc-editor.org/rfc/rfc8446#section-4.2.8.2 | RFC 8446, section 4.2.8.2}).
 * That the point is on the curve is checked where it is used.
 */
export function checkPoint(curve: DhCurve, peer: Uint8Array): void {
  if (
    peer.length !== publicLength(curve) || curve !== "X25519" && peer[0] !== 4
  ) {
    throw new CryptoFailure(
      `a ${curve} key share is not an uncompressed point`,
    );
  }
}

/**
 * "Implementations MUST check whether the computed Diffie-Hellman shared secret
 * is the all-zero value and abort if so"
 * ({@link https://www.rfc-editor.org/rfc/rfc8446#section-7.4.2 | RFC 8446, section 7.4.2}).
 */
function checkSecret(curve: DhCurve, secret: Uint8Array): Uint8Array {
  if (curve === "X25519") {
    let bits = 0;
    for (const byte of secret) {
      bits |= byte;
    }
    if (bits === 0) {
      throw new CryptoFailure("an X25519 secret is all zeros");
    }
  }
  return secret;
}

/** A key share of a Diffie-Hellman group. */
export class DhKeyShare implements KeyShare {
  readonly group: number;
  readonly #curve: DhCurve;
  readonly #key: DhKey;

  /** Of `group`, whose curve is `curve`. */
  constructor(group: number, curve: DhCurve, key: DhKey) {
    this.group = group;
    this.#curve = curve;
    this.#key = key;
  }

  get publicKey(): Uint8Array {
    return this.#key.publicKey;
  }

  derive(peer: Uint8Array): Awaitable<Uint8Array> {
    checkPoint(this.#curve, peer);
    return then(
      this.#key.derive(peer),
      (secret) => checkSecret(this.#curve, secret),
    );
  }

  destroy(): void {
    this.#key.destroy();
  }
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

/** Both secrets, ML-KEM's first; the parts are wiped. */
function concatSecrets(kem: Uint8Array, dh: Uint8Array): Uint8Array {
  const both = concat(kem, dh);
  kem.fill(0);
  dh.fill(0);
  return both;
}

/**
 * The client's share of X25519MLKEM768: "the ML-KEM encapsulation key and
 * X25519 ephemeral share", in this order
 * ({@link https://datatracker.ietf.org/doc/html/draft-ietf-tls-ecdhe-mlkem#section-4 | draft-ietf-tls-ecdhe-mlkem, section 4}).
 */
export class HybridKeyShare implements KeyShare {
  readonly group: number = NamedGroup.X25519MLKEM768;
  readonly publicKey: Uint8Array;
  readonly #kem: KemKey;
  readonly #dh: DhKeyShare;

  /** Of both keys. */
  constructor(kem: KemKey, dh: DhKey) {
    this.#kem = kem;
    this.#dh = new DhKeyShare(NamedGroup.x25519, "X25519", dh);
    this.publicKey = concat(kem.publicKey, dh.publicKey);
  }

  derive(peer: Uint8Array): Awaitable<Uint8Array> {
    if (peer.length !== MLKEM768_CIPHERTEXT_LENGTH + X25519_LENGTH) {
      throw new CryptoFailure(
        `a server's X25519MLKEM768 share has ${
          MLKEM768_CIPHERTEXT_LENGTH + X25519_LENGTH
        } bytes, not ${peer.length}`,
      );
    }
    const ciphertext = peer.subarray(0, MLKEM768_CIPHERTEXT_LENGTH);
    const point = peer.subarray(MLKEM768_CIPHERTEXT_LENGTH);
    return then(
      this.#dh.derive(point),
      (dh) =>
        orElse(
          () =>
            then(
              this.#kem.decapsulate(ciphertext),
              (kem) => concatSecrets(kem, dh),
            ),
          () => dh.fill(0),
        ),
    );
  }

  destroy(): void {
    this.#kem.destroy();
    this.#dh.destroy();
  }
}

/** A responder's share and the secret. */
export interface Response {
  /** For the peer. */
  readonly publicKey: Uint8Array;
  /** For this end. */
  readonly sharedSecret: Uint8Array;
}

/** The responder's side of Diffie-Hellman, with a fresh key. */
export function respondDh(
  group: number,
  dh: DhFunction,
  peer: Uint8Array,
): Awaitable<Response> {
  checkPoint(dh.curve, peer);
  return then(dh.generate(), (key) => {
    const share = new DhKeyShare(group, dh.curve, key);
    return orElse(
      () =>
        then(share.derive(peer), (sharedSecret) => {
          share.destroy();
          return { publicKey: key.publicKey, sharedSecret };
        }),
      () => share.destroy(),
    );
  });
}

/** The responder's side of X25519MLKEM768. */
export function respondHybrid(
  kem: Kem,
  dh: DhFunction,
  peer: Uint8Array,
): Awaitable<Response> {
  if (peer.length !== MLKEM768_KEY_LENGTH + X25519_LENGTH) {
    throw new CryptoFailure(
      `a client's X25519MLKEM768 share has ${
        MLKEM768_KEY_LENGTH + X25519_LENGTH
      } bytes, not ${peer.length}`,
    );
  }
  const encapsulationKey = peer.subarray(0, MLKEM768_KEY_LENGTH);
  checkEncapsulationKey(encapsulationKey);
  return then(
    respondDh(NamedGroup.x25519, dh, peer.subarray(MLKEM768_KEY_LENGTH)),
    (x25519) =>
      orElse(
        () =>
          then(kem.encapsulate(encapsulationKey), (encapsulated) => ({
            publicKey: concat(encapsulated.ciphertext, x25519.publicKey),
            sharedSecret: concatSecrets(
              encapsulated.sharedSecret,
              x25519.sharedSecret,
            ),
          })),
        () => x25519.sharedSecret.fill(0),
      ),
  );
}

/** The groups of Diffie-Hellman by code point. */
export const DH_GROUPS: ReadonlyMap<number, DhCurve> = new Map<number, DhCurve>(
  [
    [NamedGroup.x25519, "X25519"],
    [NamedGroup.secp256r1, "P-256"],
    [NamedGroup.secp384r1, "P-384"],
    [NamedGroup.secp521r1, "P-521"],
  ],
);

/**
 * Every group, best first: the hybrid, which today's recordings cannot break
 * tomorrow, then by speed.
 */
export const GROUPS: readonly number[] = [
  NamedGroup.X25519MLKEM768,
  NamedGroup.x25519,
  NamedGroup.secp256r1,
  NamedGroup.secp384r1,
  NamedGroup.secp521r1,
];

/** Key exchange of a provider that has these primitives. */
export class KeyExchange {
  readonly #dh: (curve: DhCurve) => Awaitable<DhFunction>;
  readonly #kem: () => Awaitable<Kem>;

  /** Both functions are asked at first use. */
  constructor(
    dh: (curve: DhCurve) => Awaitable<DhFunction>,
    kem: () => Awaitable<Kem>,
  ) {
    this.#dh = dh;
    this.#kem = kem;
  }

  /** See `CryptoProvider.generateKeyShare`. */
  generate(group: number): Awaitable<KeyShare> {
    if (group === NamedGroup.X25519MLKEM768) {
      return then(
        this.#kem(),
        (kem) =>
          then(
            this.#dh("X25519"),
            (dh) =>
              then(kem.generate(), (kemKey) =>
                orElse(
                  () =>
                    then(
                      dh.generate(),
                      (dhKey) => new HybridKeyShare(kemKey, dhKey),
                    ),
                  () => kemKey.destroy(),
                )),
          ),
      );
    }
    const curve = curveOf(group);
    return then(
      this.#dh(curve),
      (dh) => then(dh.generate(), (key) => new DhKeyShare(group, curve, key)),
    );
  }

  /** See `CryptoProvider.respondKeyShare`. */
  respond(group: number, peer: Uint8Array): Awaitable<Response> {
    if (group === NamedGroup.X25519MLKEM768) {
      return then(
        this.#kem(),
        (kem) => then(this.#dh("X25519"), (dh) => respondHybrid(kem, dh, peer)),
      );
    }
    return then(
      this.#dh(curveOf(group)),
      (dh) => respondDh(group, dh, peer),
    );
  }
}

function curveOf(group: number): DhCurve {
  const curve = DH_GROUPS.get(group);
  if (curve === undefined) {
    throw new RangeError(`Cannot exchange keys: group ${group} is unknown`);
  }
  return curve;
}
