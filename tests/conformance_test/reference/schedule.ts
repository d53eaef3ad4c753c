/**
 * Keys and records of TLS 1.3 for the reference backend.
 *
 * Source: {@link https://www.rfc-editor.org/rfc/rfc8446 | RFC 8446}, sections 5 and 7.
 *
 * @module
 */
import {
  createCipheriv,
  createDecipheriv,
  createECDH,
  createHash,
  createHmac,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
} from "node:crypto";
import { concat } from "../../conformance/_bytes.ts";

export interface Suite {
  readonly cipher: "aes-128-gcm" | "aes-256-gcm" | "chacha20-poly1305";
  readonly keyLength: number;
  readonly hash: "sha256" | "sha384";
  readonly hashLength: number;
}

export const SUITES: Readonly<Record<number, Suite>> = {
  0x1301: {
    cipher: "aes-128-gcm",
    keyLength: 16,
    hash: "sha256",
    hashLength: 32,
  },
  0x1302: {
    cipher: "aes-256-gcm",
    keyLength: 32,
    hash: "sha384",
    hashLength: 48,
  },
  0x1303: {
    cipher: "chacha20-poly1305",
    keyLength: 32,
    hash: "sha256",
    hashLength: 32,
  },
};

export const GROUPS: readonly number[] = [0x001d, 0x0017, 0x0018];

export function digest(suite: Suite, bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash(suite.hash).update(bytes).digest());
}

export function hmac(
  suite: Suite,
  key: Uint8Array,
  bytes: Uint8Array,
): Uint8Array {
  return new Uint8Array(createHmac(suite.hash, key).update(bytes).digest());
}

export function expandLabel(
  suite: Suite,
  secret: Uint8Array,
  label: string,
  context: Uint8Array = new Uint8Array(),
  length: number = suite.hashLength,
): Uint8Array {
  const name = new TextEncoder().encode(`tls13 ${label}`);
  const info = concat([
    new Uint8Array([length >> 8, length, name.length]),
    name,
    new Uint8Array([context.length]),
    context,
    new Uint8Array([1]),
  ]);
  return hmac(suite, secret, info).slice(0, length);
}

/** The next stage's secret: Extract over Derive-Secret of the one before. */
export function nextStage(
  suite: Suite,
  secret: Uint8Array | null,
  input: Uint8Array | null,
): Uint8Array {
  const zero = new Uint8Array(suite.hashLength);
  const salt = secret === null
    ? zero
    : expandLabel(suite, secret, "derived", digest(suite, new Uint8Array()));
  return hmac(suite, salt, input ?? zero);
}

export class RecordFailure extends Error {}

/** Protects or opens the records of one direction under one secret. */
export class Protection {
  readonly #suite: Suite;
  readonly #key: Uint8Array;
  readonly #iv: Uint8Array;
  readonly #checksTags: boolean;
  #sequence = 0;

  constructor(suite: Suite, secret: Uint8Array, checksTags = true) {
    this.#suite = suite;
    this.#checksTags = checksTags;
    this.#key = expandLabel(suite, secret, "key", undefined, suite.keyLength);
    this.#iv = expandLabel(suite, secret, "iv", undefined, 12);
  }

  #nonce(): Uint8Array {
    const nonce = this.#iv.slice();
    const view = new DataView(nonce.buffer);
    view.setUint32(8, view.getUint32(8) ^ this.#sequence++);
    return nonce;
  }

  seal(type: number, content: Uint8Array): Uint8Array {
    const length = content.length + 17;
    const header = new Uint8Array([23, 3, 3, length >> 8, length & 0xff]);
    const cipher = createCipheriv(
      this.#suite.cipher as "aes-128-gcm",
      this.#key,
      this.#nonce(),
      { authTagLength: 16 },
    );
    cipher.setAAD(header);
    return concat([
      header,
      cipher.update(concat([content, new Uint8Array([type])])),
      cipher.final(),
      cipher.getAuthTag(),
    ]);
  }

  open(payload: Uint8Array): { type: number; content: Uint8Array } {
    if (payload.length < 17) throw new RecordFailure();
    const decipher = createDecipheriv(
      this.#suite.cipher as "aes-128-gcm",
      this.#key,
      this.#nonce(),
      { authTagLength: 16 },
    );
    decipher.setAAD(
      new Uint8Array([23, 3, 3, payload.length >> 8, payload.length & 0xff]),
    );
    const inner = new Uint8Array(
      decipher.update(payload.subarray(0, payload.length - 16)),
    );
    decipher.setAuthTag(payload.subarray(payload.length - 16));
    if (this.#checksTags) {
      try {
        decipher.final();
      } catch {
        throw new RecordFailure();
      }
    }
    let end = inner.length - 1;
    while (end >= 0 && inner[end] === 0) end--;
    if (end < 0) throw new RecordFailure();
    return { type: inner[end]!, content: inner.subarray(0, end) };
  }
}

/** A key pair of a group: what is sent, and what comes of the other's. */
export interface Share {
  readonly group: number;
  readonly publicKey: Uint8Array;
  agree(other: Uint8Array): Uint8Array;
}

/** SubjectPublicKeyInfo of X25519 up to the key (RFC 8410). */
const X25519_SPKI = Uint8Array.from([
  0x30,
  0x2a,
  0x30,
  0x05,
  0x06,
  0x03,
  0x2b,
  0x65,
  0x6e,
  0x03,
  0x21,
  0x00,
]);

export function makeShare(group: number): Share {
  if (group === 0x001d) {
    const pair = generateKeyPairSync("x25519");
    const spki = pair.publicKey.export({ type: "spki", format: "der" });
    return {
      group,
      publicKey: new Uint8Array(spki.subarray(spki.length - 32)),
      agree: (other) =>
        new Uint8Array(diffieHellman({
          privateKey: pair.privateKey,
          publicKey: createPublicKey({
            // deno-lint-ignore no-explicit-any -- a Buffer by its type, bytes by its use
            key: concat([X25519_SPKI, other]) as any,
            format: "der",
            type: "spki",
          }),
        })),
    };
  }
  const ecdh = createECDH(group === 0x0017 ? "prime256v1" : "secp384r1");
  const publicKey = new Uint8Array(ecdh.generateKeys());
  return {
    group,
    publicKey,
    agree: (other) => new Uint8Array(ecdh.computeSecret(other)),
  };
}
