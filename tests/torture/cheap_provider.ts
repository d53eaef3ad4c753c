/**
 * Cryptography that is worth nothing and costs next to nothing: deterministic,
 * with the shapes of the real one, and noticing every change of a byte. It lets
 * the state machines be tortured a million times.
 *
 * @module
 */
import type {
  Aead,
  AeadName,
  CryptoProvider,
  HashName,
  Hmac,
  KeyShare,
  RunningHash,
  SignatureAlgorithm,
  SigningKey,
} from "../../backends/pure/engine/crypto/provider.ts";
import { CryptoFailure } from "../../backends/pure/engine/crypto/provider.ts";
import { HASH_LENGTH } from "../../backends/pure/engine/crypto/hkdf.ts";
import { NamedGroup } from "../../backends/pure/engine/iana.ts";
import { Random } from "./random.ts";

/** Two running 32-bit polynomials: a change of one byte always shows. */
class Mixer {
  a = 0x811c9dc5;
  b = 0x2545f491;

  add(data: Uint8Array): void {
    let { a, b } = this;
    for (let i = 0; i < data.length; i++) {
      a = Math.imul(a ^ data[i]!, 0x01000193);
      b = Math.imul(b + data[i]! + 1, 0x9e3779b1) ^ b >>> 15;
    }
    this.a = a;
    this.b = b;
  }

  fill(output: Uint8Array): Uint8Array {
    let { a, b } = this;
    for (let i = 0; i < output.length; i++) {
      a = Math.imul(a ^ b >>> 7, 0x85ebca6b) + i | 0;
      b = Math.imul(b ^ a >>> 13, 0xc2b2ae35) | 0;
      output[i] = (a ^ b >>> 11) & 0xff;
    }
    return output;
  }
}

class CheapHash implements RunningHash {
  readonly #name: HashName;
  readonly #mixer = new Mixer();

  constructor(name: HashName) {
    this.#name = name;
  }

  update(data: Uint8Array): void {
    this.#mixer.add(data);
  }

  snapshot(): Uint8Array {
    return this.#mixer.fill(new Uint8Array(HASH_LENGTH[this.#name]));
  }

  clone(): RunningHash {
    const copy = new CheapHash(this.#name);
    copy.#mixer.a = this.#mixer.a;
    copy.#mixer.b = this.#mixer.b;
    return copy;
  }
}

const TAG = 16;

class CheapAead implements Aead {
  readonly name: AeadName;
  readonly #key: Uint8Array;

  constructor(name: AeadName, key: Uint8Array, iv: Uint8Array) {
    this.name = name;
    this.#key = Uint8Array.of(...key, ...iv);
  }

  #tag(data: Uint8Array, aad: Uint8Array, high: number, low: number) {
    const mixer = new Mixer();
    mixer.add(this.#key);
    mixer.a ^= low;
    mixer.b ^= high;
    mixer.add(aad);
    mixer.add(data);
    return mixer.fill(new Uint8Array(TAG));
  }

  seal(
    output: Uint8Array,
    input: Uint8Array,
    type: number,
    padding: number,
    aad: Uint8Array,
    high: number,
    low: number,
  ): number {
    let length = input.length;
    output.set(input);
    if (type >= 0) {
      output[length++] = type;
      output.fill(0, length, length + padding);
      length += padding;
    }
    output.set(this.#tag(output.subarray(0, length), aad, high, low), length);
    return length + TAG;
  }

  open(
    output: Uint8Array,
    input: Uint8Array,
    aad: Uint8Array,
    high: number,
    low: number,
  ): number {
    const length = input.length - TAG;
    const content = input.subarray(0, length);
    const tag = this.#tag(content, aad, high, low);
    for (let i = 0; i < TAG; i++) if (tag[i] !== input[length + i]) return -1;
    output.set(content);
    return length;
  }

  destroy(): void {
    this.#key.fill(0);
  }
}

const SHARE = 32;

/** The "secret" of two public values, whoever asks. */
function meet(a: Uint8Array, b: Uint8Array): Uint8Array {
  const mixer = new Mixer();
  for (let i = 0; i < SHARE; i++) mixer.add(Uint8Array.of(a[i]! ^ b[i]!));
  return mixer.fill(new Uint8Array(SHARE));
}

function check(share: Uint8Array): void {
  if (share.length !== SHARE) throw new CryptoFailure("a share is too short");
}

/** What signs `message` in the name of a public key. */
function signature(spki: Uint8Array, message: Uint8Array): Uint8Array {
  const mixer = new Mixer();
  mixer.add(spki);
  mixer.add(message);
  return mixer.fill(new Uint8Array(64));
}

/** A key that signs in the name of a public key. */
export function cheapKey(spki: Uint8Array): SigningKey {
  return {
    type: { kind: "ecdsa", curve: "P-256" },
    publicKey: spki,
    sign: (_algorithm, message) => signature(spki, message),
  };
}

/** The provider; deterministic in its seed. */
export class CheapProvider implements CryptoProvider {
  readonly name = "cheap";
  readonly aeads: readonly AeadName[] = ["AES-128-GCM"];
  readonly groups: readonly number[] = [
    NamedGroup.x25519,
    NamedGroup.secp256r1,
  ];
  readonly #random: Random;

  constructor(seed: number) {
    this.#random = new Random(seed);
  }

  createHash(name: HashName): RunningHash {
    return new CheapHash(name);
  }

  digest(name: HashName, data: Uint8Array): Uint8Array {
    const mixer = new Mixer();
    mixer.add(data);
    return mixer.fill(new Uint8Array(HASH_LENGTH[name]));
  }

  hmac(name: HashName, key: Uint8Array, data: Uint8Array): Uint8Array {
    const mixer = new Mixer();
    mixer.add(key);
    mixer.a ^= 0x5c5c5c5c;
    mixer.add(data);
    return mixer.fill(new Uint8Array(HASH_LENGTH[name]));
  }

  createHmac(name: HashName, key: Uint8Array): Hmac {
    const copy = key.slice();
    return {
      compute: (data, length = HASH_LENGTH[name]) =>
        this.hmac(name, copy, data).slice(0, length),
      destroy: () => {
        copy.fill(0);
      },
    };
  }

  createAead(name: AeadName, key: Uint8Array, iv: Uint8Array): Aead {
    return new CheapAead(name, key, iv);
  }

  generateKeyShare(group: number): KeyShare {
    const publicKey = this.randomBytes(SHARE);
    return {
      group,
      publicKey,
      derive(peer) {
        check(peer);
        return meet(publicKey, peer);
      },
      destroy() {},
    };
  }

  respondKeyShare(_group: number, peer: Uint8Array) {
    check(peer);
    const publicKey = this.randomBytes(SHARE);
    return { publicKey, sharedSecret: meet(publicKey, peer) };
  }

  canVerify(_algorithm: SignatureAlgorithm): boolean {
    return true;
  }

  verify(
    _algorithm: SignatureAlgorithm,
    spki: Uint8Array,
    message: Uint8Array,
    given: Uint8Array,
  ): boolean {
    const right = signature(spki, message);
    return right.length === given.length &&
      right.every((byte, i) => byte === given[i]);
  }

  importSigningKey(_pkcs8: Uint8Array): SigningKey {
    throw new CryptoFailure("this provider reads no keys");
  }

  randomBytes(length: number): Uint8Array {
    return this.#random.bytes(length);
  }
}
