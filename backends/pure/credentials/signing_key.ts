/**
 * From a signing chain to a key that signs: the key must be that of the leaf.
 *
 * @module
 */
import type { Signer, SigningChain } from "../../../api/credentials.ts";
import type {
  Awaitable,
  CryptoProvider,
  HashName,
  SignatureAlgorithm,
  SigningKey,
} from "../engine/crypto/provider.ts";
import { HASH_LENGTH } from "../engine/crypto/hkdf.ts";
import { CryptoFailure } from "../engine/crypto/provider.ts";
import { SignatureScheme } from "../engine/iana.ts";
import {
  decodePublicKey,
  type PublicKeyInfo,
} from "../engine/x509/algorithm.ts";
import type { Certificate } from "../engine/x509/certificate.ts";
import { sameBytes } from "../engine/x509/der.ts";
import { label } from "../engine/x509/describe.ts";
import { encodeEcdsaSignature } from "../engine/x509/ecdsa_signature.ts";
import { oidName } from "../engine/x509/oid.ts";
import { signatureParameters, WEB_HASH } from "../providers/_webcrypto.ts";
import { engineCertificate } from "./certificate.ts";
import { keySource } from "./private_key.ts";
import { refusal } from "./_refusal.ts";

const FIELD = "certificateChain";

/** A key that signs, with the signature schemes that it can make. */
export interface LoadedSigningKey extends SigningKey {
  /** IANA code points, best first. */
  readonly schemes: readonly number[];
}

type SchemeByHash = Readonly<Record<HashName, number>>;

/** By hash, best first: RSASSA-PKCS1-v1_5 with a key of rsaEncryption. */
const PKCS1_SCHEMES: SchemeByHash = {
  sha256: SignatureScheme.rsa_pkcs1_sha256,
  sha384: SignatureScheme.rsa_pkcs1_sha384,
  sha512: SignatureScheme.rsa_pkcs1_sha512,
};

/** RSASSA-PSS with a key of rsaEncryption. */
const RSAE_SCHEMES: SchemeByHash = {
  sha256: SignatureScheme.rsa_pss_rsae_sha256,
  sha384: SignatureScheme.rsa_pss_rsae_sha384,
  sha512: SignatureScheme.rsa_pss_rsae_sha512,
};

/** RSASSA-PSS with a key of id-RSASSA-PSS. */
const PSS_SCHEMES: SchemeByHash = {
  sha256: SignatureScheme.rsa_pss_pss_sha256,
  sha384: SignatureScheme.rsa_pss_pss_sha384,
  sha512: SignatureScheme.rsa_pss_pss_sha512,
};

const ECDSA_SCHEMES = {
  "P-256": SignatureScheme.ecdsa_secp256r1_sha256,
  "P-384": SignatureScheme.ecdsa_secp384r1_sha384,
  "P-521": SignatureScheme.ecdsa_secp521r1_sha512,
} as const;

/** Schemes by what a key is, best first. */
function schemesOf(type: SigningKey["type"]): readonly number[] {
  switch (type.kind) {
    case "ecdsa":
      return [ECDSA_SCHEMES[type.curve]];
    case "ed25519":
      return [SignatureScheme.ed25519];
    case "rsa":
      return [...Object.values(RSAE_SCHEMES), ...Object.values(PKCS1_SCHEMES)];
    case "rsa-pss":
      return type.hash === undefined
        ? Object.values(PSS_SCHEMES)
        : [PSS_SCHEMES[type.hash]];
  }
}

/** The scheme of an algorithm of a key. */
function schemeOf(
  algorithm: SignatureAlgorithm,
  type: SigningKey["type"],
): number {
  switch (algorithm.kind) {
    case "ecdsa":
      return ECDSA_BY_HASH[algorithm.hash];
    case "ed25519":
      return SignatureScheme.ed25519;
    case "rsa-pkcs1":
      return PKCS1_SCHEMES[algorithm.hash];
    case "rsa-pss":
      return (type.kind === "rsa-pss" ? PSS_SCHEMES : RSAE_SCHEMES)[
        algorithm.hash
      ];
  }
}

/** In TLS 1.2 a scheme says the hash alone, and any curve goes with it. */
const ECDSA_BY_HASH: SchemeByHash = {
  sha256: SignatureScheme.ecdsa_secp256r1_sha256,
  sha384: SignatureScheme.ecdsa_secp384r1_sha384,
  sha512: SignatureScheme.ecdsa_secp521r1_sha512,
};

/** What a leaf's key signs as. */
function typeOf(leaf: Certificate): SigningKey["type"] {
  const key = leaf.publicKey;
  switch (key.kind) {
    case "ecdsa":
      return { kind: "ecdsa", curve: key.curve };
    case "ed25519":
      return { kind: "ed25519" };
    case "rsa":
      return { kind: "rsa", modulusBits: key.modulusBits };
    case "rsa-pss":
      // RFC 8446, 4.2.3: "The length of the Salt MUST be equal to the length of
      // the output of the digest algorithm."
      if (key.pss !== null && key.pss.saltLength > HASH_LENGTH[key.pss.hash]) {
        throw refusal(
          FIELD,
          `Cannot use the certificate of ${
            label(leaf)
          }: its key demands a longer salt than TLS has`,
        );
      }
      return key.pss === null
        ? { kind: "rsa-pss", modulusBits: key.modulusBits }
        : {
          kind: "rsa-pss",
          modulusBits: key.modulusBits,
          hash: key.pss.hash,
        };
    case "unsupported":
      throw refusal(
        FIELD,
        `Cannot use the certificate of ${label(leaf)}: its key (${
          oidName(key.oid)
        }) is not supported`,
      );
  }
}

/** Whether two keys are one, whichever OID an RSA key has. */
function sameKey(a: PublicKeyInfo, b: PublicKeyInfo): boolean {
  return "modulus" in a && "modulus" in b &&
    sameBytes(a.modulus, b.modulus) && sameBytes(a.exponent, b.exponent);
}

function isKeyOf(spki: Uint8Array, leaf: Certificate): boolean {
  return sameBytes(spki, leaf.spki) ||
    sameKey(decodePublicKey(spki), leaf.publicKey);
}

function mismatch(leaf: Certificate): Error {
  return refusal(
    FIELD,
    `Cannot use the private key: it is not the key of the certificate of ${
      label(leaf)
    }`,
  );
}

/**
 * Throws `ConfigurationError` where a chain's handles are another backend's, where
 * its key visibly is not the leaf's, or cannot sign for it. A key that hides its
 * public half is compared when it is loaded.
 */
export function checkSigningChain(chain: SigningChain): void {
  const leaf = engineCertificate(chain.leaf);
  chain.intermediates.forEach(engineCertificate);
  const type = typeOf(leaf);
  const source = keySource(chain.privateKey);
  switch (source.kind) {
    case "pkcs8":
      if (source.info.spki !== null && !isKeyOf(source.info.spki, leaf)) {
        throw mismatch(leaf);
      }
      break;
    case "crypto-key":
      cryptoKeySchemes(source.key, type, leaf);
      break;
    case "signer":
      signerSchemes(source.signer, type, leaf);
  }
}

/**
 * The key of a chain, ready to sign. Throws or rejects with `ConfigurationError`
 * where it is not the leaf's. A signer elsewhere is believed: a signature may cost
 * its owner something, and a peer refuses a wrong one.
 */
export function loadSigningKey(
  chain: SigningChain,
  provider: CryptoProvider,
): Awaitable<LoadedSigningKey> {
  checkSigningChain(chain);
  const leaf = engineCertificate(chain.leaf);
  const source = keySource(chain.privateKey);
  switch (source.kind) {
    case "pkcs8": {
      const key = importKey(provider, source.info.pkcs8);
      return key instanceof Promise
        ? key.then((loaded) => withSchemes(loaded, leaf, provider), unusable)
        : withSchemes(key, leaf, provider);
    }
    case "crypto-key":
      return proven(
        cryptoSigningKey(source.key, leaf),
        boundAlgorithm(source.key)!,
        { leaf, provider },
      );
    case "signer":
      return externalSigningKey(source.signer, leaf);
  }
}

function importKey(
  provider: CryptoProvider,
  pkcs8: Uint8Array,
): Awaitable<SigningKey> {
  try {
    return provider.importSigningKey(pkcs8);
  } catch (error) {
    return unusable(error);
  }
}

function unusable(error: unknown): never {
  if (!(error instanceof CryptoFailure)) throw error;
  throw refusal(FIELD, `Cannot use the private key: ${error.message}`, error);
}

/** A key that was read: compared with the leaf's, or tried where it hides. */
function withSchemes(
  key: SigningKey,
  leaf: Certificate,
  provider: CryptoProvider,
): Awaitable<LoadedSigningKey> {
  // Of rsaEncryption and id-RSASSA-PSS, what the certificate says decides which
  // scheme it is, and what the key file says what it may do.
  const type = typeOf(leaf);
  const schemes = schemesOf(type).filter((scheme) => allows(key.type, scheme));
  const [best] = schemes;
  if (best === undefined) throw mismatch(leaf);
  const loaded: LoadedSigningKey = {
    type,
    publicKey: leaf.spki,
    schemes,
    sign: (algorithm, message) => key.sign(algorithm, message),
  };
  if (key.publicKey === null) {
    return proven(loaded, probeAlgorithm(type, best), { leaf, provider });
  }
  if (!isKeyOf(key.publicKey, leaf)) throw mismatch(leaf);
  return loaded;
}

/** Whether what the key file says lets the key sign by `scheme`. */
function allows(type: SigningKey["type"], scheme: number): boolean {
  if (type.kind !== "rsa-pss") return true;
  const hashes = type.hash === undefined
    ? Object.keys(HASH_LENGTH) as HashName[]
    : [type.hash];
  return hashes.some((hash) =>
    scheme === PSS_SCHEMES[hash] || scheme === RSAE_SCHEMES[hash]
  );
}

/** An algorithm of a key whose best scheme is `best`. */
function probeAlgorithm(
  type: SigningKey["type"],
  best: number,
): SignatureAlgorithm {
  switch (type.kind) {
    case "ecdsa":
      return { kind: "ecdsa", curve: type.curve, hash: "sha256" };
    case "ed25519":
      return { kind: "ed25519" };
    default: {
      const schemes = type.kind === "rsa" ? RSAE_SCHEMES : PSS_SCHEMES;
      const hash = (Object.keys(schemes) as HashName[])
        .find((hash) => schemes[hash] === best)!;
      return { kind: "rsa-pss", hash, saltLength: HASH_LENGTH[hash] };
    }
  }
}

/** What a key signs to show whose it is; nothing that TLS signs. */
const PROBE = new TextEncoder().encode(
  "@pep543/tls: is this the key of the certificate?",
);

/** A key that hides its public half: one signature shows whether it fits. */
async function proven(
  key: LoadedSigningKey,
  algorithm: SignatureAlgorithm,
  { leaf, provider }: {
    readonly leaf: Certificate;
    readonly provider: CryptoProvider;
  },
): Promise<LoadedSigningKey> {
  let signature: Uint8Array;
  try {
    signature = await key.sign(algorithm, PROBE);
  } catch (error) {
    // A key of another kind or curve cannot even sign like that.
    if (error instanceof CryptoFailure) throw mismatch(leaf);
    throw error;
  }
  if (!await provider.verify(algorithm, leaf.spki, PROBE, signature)) {
    throw mismatch(leaf);
  }
  return key;
}

// ---- WebCrypto -------------------------------------------------------------

/** The engine's hashes by WebCrypto's names. */
const HASH_OF_WEB: ReadonlyMap<string, HashName> = new Map(
  (Object.keys(WEB_HASH) as HashName[]).map((hash) => [WEB_HASH[hash], hash]),
);

/** The algorithm that a CryptoKey is bound to; `null` for ones that TLS has not. */
function boundAlgorithm(key: CryptoKey): SignatureAlgorithm | null {
  const { algorithm } = key;
  switch (algorithm.name) {
    case "ECDSA": {
      const curve = (algorithm as EcKeyAlgorithm).namedCurve;
      if (curve === "P-256") return { kind: "ecdsa", curve, hash: "sha256" };
      if (curve === "P-384") return { kind: "ecdsa", curve, hash: "sha384" };
      if (curve === "P-521") return { kind: "ecdsa", curve, hash: "sha512" };
      return null;
    }
    case "Ed25519":
      return { kind: "ed25519" };
    default: {
      // RSA keys of WebCrypto are bound to one padding and one hash.
      const hash = HASH_OF_WEB.get(
        (algorithm as RsaHashedKeyAlgorithm).hash.name,
      );
      if (hash === undefined) return null;
      return algorithm.name === "RSA-PSS"
        ? { kind: "rsa-pss", hash, saltLength: HASH_LENGTH[hash] }
        : { kind: "rsa-pkcs1", hash };
    }
  }
}

function cryptoKeySchemes(
  key: CryptoKey,
  type: SigningKey["type"],
  leaf: Certificate,
): readonly number[] {
  const bound = boundAlgorithm(key);
  const family = bound === null ? null : bound.kind.split("-")[0];
  if (
    bound === null || family !== type.kind.split("-")[0] ||
    (bound.kind === "ecdsa" && type.kind === "ecdsa" &&
      bound.curve !== type.curve) ||
    (bound.kind === "rsa-pkcs1" && type.kind === "rsa-pss") ||
    ("modulusBits" in type &&
      (key.algorithm as RsaHashedKeyAlgorithm).modulusLength !==
        type.modulusBits)
  ) throw mismatch(leaf);
  const scheme = schemeOf(bound, type);
  return schemesOf(type).includes(scheme) ? [scheme] : [];
}

function cryptoSigningKey(
  key: CryptoKey,
  leaf: Certificate,
): LoadedSigningKey {
  const type = typeOf(leaf);
  const schemes = cryptoKeySchemes(key, type, leaf);
  return {
    type,
    publicKey: leaf.spki,
    schemes,
    async sign(algorithm, message) {
      const scheme = schemeOf(algorithm, type);
      // ECDSA keys take any hash; RSA ones the one that they were made with.
      if (
        algorithm.kind !== "ecdsa" &&
        !schemes.includes(scheme)
      ) {
        throw new CryptoFailure("the CryptoKey is bound to another algorithm");
      }
      const signature = new Uint8Array(
        await crypto.subtle.sign(
          signatureParameters(algorithm).use,
          key,
          message as Uint8Array<ArrayBuffer>,
        ),
      );
      return algorithm.kind === "ecdsa"
        ? encodeEcdsaSignature(signature)
        : signature;
    },
  };
}

// ---- signers elsewhere -----------------------------------------------------

function signerSchemes(
  signer: Signer,
  type: SigningKey["type"],
  leaf: Certificate,
): readonly number[] {
  const possible = schemesOf(type);
  const schemes = signer.schemes.filter((scheme) => possible.includes(scheme));
  if (schemes.length > 0) return schemes;
  throw refusal(
    FIELD,
    `Cannot use the signer: it has no signature scheme for the key of the certificate of ${
      label(leaf)
    }`,
  );
}

function externalSigningKey(
  signer: Signer,
  leaf: Certificate,
): LoadedSigningKey {
  const type = typeOf(leaf);
  const schemes = signerSchemes(signer, type, leaf);
  return {
    type,
    publicKey: leaf.spki,
    schemes,
    sign(algorithm, message) {
      const scheme = schemeOf(algorithm, type);
      if (!schemes.includes(scheme)) {
        throw new CryptoFailure("the signer has not got this signature scheme");
      }
      return signer.sign(scheme, message);
    },
  };
}
