/**
 * Private keys of the pure backend: opaque handles on a key that was read, on one
 * of WebCrypto, or on a signer elsewhere.
 *
 * @module
 */
import type {
  PrivateKey,
  PrivateKeyConstructor,
  PrivateKeyOptions,
  Signer,
} from "../../../api/credentials.ts";
import { type PrivateKeyInfo, readPrivateKey } from "./_private_key_info.ts";
import { FOREIGN, readFile, readFileSync, refusal } from "./_refusal.ts";

const FIELD = "certificateChain";

/** What is behind a handle. */
export type KeySource =
  | { readonly kind: "pkcs8"; readonly info: PrivateKeyInfo }
  | { readonly kind: "crypto-key"; readonly key: CryptoKey }
  | { readonly kind: "signer"; readonly signer: Signer };

const sources = new WeakMap<PrivateKey, KeySource>();

/** What is behind a handle. Throws `ConfigurationError` on one of another backend. */
export function keySource(handle: PrivateKey): KeySource {
  const source = sources.get(handle);
  if (source !== undefined) return source;
  throw refusal(FIELD, `Cannot use a private key: ${FOREIGN}`);
}

function handleOf(algorithm: string, source: KeySource): PrivateKey {
  const handle: PrivateKey = Object.freeze({ algorithm });
  sources.set(handle, source);
  return handle;
}

/** Algorithms of WebCrypto that sign handshakes, as a handle calls them. */
function webAlgorithm(key: CryptoKey): string | null {
  const { name } = key.algorithm;
  switch (name) {
    case "ECDSA":
      return `EC ${(key.algorithm as EcKeyAlgorithm).namedCurve}`;
    case "RSASSA-PKCS1-v1_5":
      return "RSA";
    case "RSA-PSS":
      return "RSA";
    case "Ed25519":
      return "Ed25519";
    default:
      return null;
  }
}

/** Makes private keys for the pure backend. */
export const privateKey: Required<PrivateKeyConstructor> = Object.freeze({
  fromBuffer(
    buffer: Uint8Array | string,
    options: PrivateKeyOptions = {},
  ): PrivateKey {
    const info = readPrivateKey(buffer, options.password);
    return handleOf(info.algorithm, { kind: "pkcs8", info });
  },
  async fromFile(
    path: string | URL,
    options: PrivateKeyOptions = {},
  ): Promise<PrivateKey> {
    return fromBytes(await readFile(FIELD, path), options);
  },
  fromFileSync(
    path: string | URL,
    options: PrivateKeyOptions = {},
  ): PrivateKey {
    return fromBytes(readFileSync(FIELD, path), options);
  },
  fromSigner(signer: Signer): PrivateKey {
    if (signer.schemes.length === 0) {
      throw refusal(FIELD, "Cannot use a signer: it has no signature scheme");
    }
    return handleOf("external", { kind: "signer", signer });
  },
  fromCryptoKey(key: CryptoKey): PrivateKey {
    const algorithm = webAlgorithm(key);
    if (key.type !== "private" || !key.usages.includes("sign")) {
      throw refusal(
        FIELD,
        `Cannot use a CryptoKey: it is a ${key.type} key for ${
          key.usages.join(", ") || "nothing"
        }, not a private one for sign`,
      );
    }
    if (algorithm === null) {
      throw refusal(
        FIELD,
        `Cannot use a CryptoKey: ${key.algorithm.name} does not sign handshakes`,
      );
    }
    return handleOf(algorithm, { kind: "crypto-key", key });
  },
});

/** A file's contents hold the key: they do not outlive its reading. */
function fromBytes(bytes: Uint8Array, options: PrivateKeyOptions): PrivateKey {
  try {
    return privateKey.fromBuffer(bytes, options);
  } finally {
    bytes.fill(0);
  }
}
