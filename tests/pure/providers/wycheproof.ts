/**
 * Runs Wycheproof's files against a provider. It names nothing of a runtime:
 * Deno, Node and a browser all run it.
 *
 * @module
 */
import { equalConstantTime } from "../../../backends/pure/engine/crypto/equal.ts";
import { Hkdf } from "../../../backends/pure/engine/crypto/hkdf.ts";
import type {
  Aead,
  AeadName,
  Awaitable,
  CryptoProvider,
  EcdsaCurve,
  HashName,
  SignatureAlgorithm,
} from "../../../backends/pure/engine/crypto/provider.ts";
import { CryptoFailure } from "../../../backends/pure/engine/crypto/provider.ts";
import {
  checkEncapsulationKey,
  type DhCurve,
  type DhFunction,
  DhKeyShare,
  type Kem,
  type KemKey,
} from "../../../backends/pure/providers/_exchange.ts";

/**
 * What is decided about the tests that Wycheproof leaves to the implementer,
 * and about those of algorithms and parameters that TLS does not use.
 */
export const DECISIONS: Readonly<Record<string, string>> = {
  ZeroSharedSecret:
    "refused: RFC 8446, section 7.4.2: the all-zero value MUST abort",
  Twist: "accepted: RFC 7748 computes on the twist too",
  NonCanonicalPublic:
    "accepted: RFC 7748, section 5: implementations MUST accept them",
  SpecialPublicKey: "accepted: the secret is not zero",
  SmallPublicKey: "accepted: the secret is not zero",
  LowOrderPublic: "refused through its all-zero secret",
  EdgeCaseShared: "accepted: a secret like any other",
  EdgeCaseMultiplication: "accepted: a multiplication like any other",
  CompressedPoint:
    "refused: RFC 8446, section 4.2.8.2: the point is uncompressed",
  CompressedPublic: "refused, likewise",
  MissingNull: "refused: RFC 8017, section 9.2: the NULL is there",
  "AEAD parameters":
    "refused: another nonce than 96 bits, or a key of 192, is not TLS's",
  "PSS parameters":
    "not expressible: TLS has one of three hashes, and MGF1 with the same",
  "AES-CCM": "refused by name: no provider has it",
  "ML-DSA": "refused by name: no provider has it",
};

/** Flags of acceptable tests that are accepted, when none refuses. */
const ACCEPTED = new Set([
  "Twist",
  "NonCanonicalPublic",
  "SpecialPublicKey",
  "SmallPublicKey",
  "EdgeCaseShared",
  "EdgeCaseMultiplication",
  "Ktv",
]);

/** What is tested. */
export interface Subject {
  /** For messages. */
  readonly name: string;
  /** Its hashes, AEADs and verification. */
  readonly provider: CryptoProvider;
  /** Its Diffie-Hellman. */
  readonly dh: (curve: DhCurve) => Awaitable<DhFunction>;
  /** Its ML-KEM. */
  readonly kem: () => Awaitable<Kem>;
  /** What only noble's ML-KEM takes: a given decapsulation key or message. */
  readonly knownKem?: {
    decapsulationKey(publicKey: Uint8Array, secretKey: Uint8Array): KemKey;
    encapsulate(
      publicKey: Uint8Array,
      message: Uint8Array,
    ): { ciphertext: Uint8Array; sharedSecret: Uint8Array };
  };
}

/** What came of a file. */
export interface Outcome {
  /** Tests that came out as Wycheproof says. */
  readonly passed: number;
  /** Tests whose parameters are refused as {@linkcode DECISIONS} says. */
  readonly refused: number;
  /** What went wrong, one line each. */
  readonly failures: readonly string[];
}

/** A test; the fields differ by schema. */
export interface WycheproofTest {
  readonly tcId: number;
  readonly comment?: string;
  readonly flags?: readonly string[];
  readonly result: "valid" | "invalid" | "acceptable";
  readonly [field: string]: unknown;
}

/** A group of tests with common parameters. */
export interface WycheproofGroup {
  readonly type: string;
  readonly tests: readonly WycheproofTest[];
  readonly [field: string]: unknown;
}

/** A file. */
export interface WycheproofFile {
  readonly algorithm: string;
  readonly testGroups: readonly WycheproofGroup[];
}

/** True: as expected. "refused": parameters of no concern. */
type Verdict = boolean | "refused";
type Check = (
  subject: Subject,
  group: WycheproofGroup,
  test: WycheproofTest,
) => Awaitable<Verdict>;

function hex(text: unknown): Uint8Array {
  const pairs = (text as string).match(/../g) ?? [];
  return Uint8Array.from(pairs, (pair) => parseInt(pair, 16));
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return equalConstantTime(a, b);
}

/** Runs `body`; whether it ended in CryptoFailure, or what it gave. */
async function attempt<T>(
  body: () => Awaitable<T>,
): Promise<{ value: T } | null> {
  try {
    return { value: await body() };
  } catch (error) {
    if (error instanceof CryptoFailure) {
      return null;
    }
    throw error;
  }
}

/** Whether this end goes on: Wycheproof's word, or the decision. */
function goesOn(test: WycheproofTest): boolean {
  return test.result === "valid" ||
    test.result === "acceptable" &&
      !test.flags!.includes("ZeroSharedSecret") &&
      test.flags!.every((flag) => ACCEPTED.has(flag));
}

function aeadName(file: string, keySize: number): AeadName {
  return file.startsWith("chacha")
    ? "CHACHA20-POLY1305"
    : `AES-${keySize}-GCM` as AeadName;
}

function checkAead(name: string): Check {
  return ({ provider }, group, test) => {
    const aead = aeadName(name, group.keySize as number);
    if (group.ivSize !== 96 || group.keySize === 192) {
      try {
        provider.createAead(aead, hex(test.key), hex(test.iv));
      } catch {
        return "refused";
      }
      return false;
    }
    const key = provider.createAead(aead, hex(test.key), hex(test.iv));
    try {
      return checkAeadTest(key, test);
    } finally {
      key.destroy();
    }
  };
}

function checkAeadTest(key: Aead, test: WycheproofTest): boolean {
  const message = hex(test.msg);
  const aad = hex(test.aad);
  const sealed = hex(`${test.ct}${test.tag}`);
  const opened = new Uint8Array(message.length + 3).fill(0xa5);
  const length = key.open(opened, sealed, aad, 0, 0);
  if (test.result === "invalid") {
    // Nothing of it may show.
    return length === -1 && opened.every((byte) => byte === 0xa5);
  }
  const output = new Uint8Array(sealed.length);
  return length === message.length &&
    same(opened.subarray(0, length), message) &&
    key.seal(output, message, -1, 0, aad, 0, 0) === sealed.length &&
    same(output, sealed);
}

const CURVES: Readonly<Record<string, DhCurve>> = {
  secp256r1: "P-256",
  secp384r1: "P-384",
  secp521r1: "P-521",
  curve25519: "X25519",
};
const SCALAR_LENGTH = { "P-256": 32, "P-384": 48, "P-521": 66, "X25519": 32 };

/** A scalar as long as the curve has it, not as an ASN.1 integer. */
function scalar(text: unknown, length: number): Uint8Array {
  const digits = (text as string).replace(/^(00)+/, "");
  return hex(digits.padStart(2 * length, "0"));
}

async function checkDh(
  subject: Subject,
  group: WycheproofGroup,
  test: WycheproofTest,
): Promise<Verdict> {
  const curve = CURVES[group.curve as string]!;
  const length = SCALAR_LENGTH[curve];
  const dh = await subject.dh(curve);
  const key = await dh.import(
    curve === "X25519" ? hex(test.private) : scalar(test.private, length),
  );
  const share = new DhKeyShare(0, curve, key);
  const secret = await attempt(() => share.derive(hex(test.public)));
  share.destroy();
  return goesOn(test)
    ? secret !== null && same(secret.value, hex(test.shared))
    : secret === null;
}

const HASHES: Readonly<Record<string, HashName>> = {
  "SHA-256": "sha256",
  "SHA-384": "sha384",
  "SHA-512": "sha512",
};

function algorithmOf(group: WycheproofGroup): SignatureAlgorithm | null {
  const hash = HASHES[group.sha as string];
  switch (group.type) {
    case "EddsaVerify":
      return { kind: "ed25519" };
    case "EcdsaVerify": {
      const { curve } = group.publicKey as { curve: string };
      return {
        kind: "ecdsa",
        curve: CURVES[curve] as EcdsaCurve,
        hash: hash!,
      };
    }
    case "RsassaPkcs1Verify":
      return { kind: "rsa-pkcs1", hash: hash! };
    default:
      return hash === undefined || group.mgfSha !== group.sha
        ? null
        : { kind: "rsa-pss", hash, saltLength: group.sLen as number };
  }
}

async function checkSignature(
  { provider }: Subject,
  group: WycheproofGroup,
  test: WycheproofTest,
): Promise<Verdict> {
  const algorithm = algorithmOf(group);
  if (algorithm === null) {
    return "refused";
  }
  return provider.canVerify(algorithm) &&
    await provider.verify(
        algorithm,
        hex(group.publicKeyDer),
        hex(test.msg),
        hex(test.sig),
      ) === (test.result === "valid");
}

function checkHmac(hash: HashName): Check {
  return ({ provider }, group, test) => {
    const mac = provider.hmac(hash, hex(test.key), hex(test.msg));
    const tag = mac.subarray(0, group.tagSize as number / 8);
    const prepared = provider.createHmac(hash, hex(test.key));
    return same(prepared.compute(hex(test.msg), tag.length), tag) &&
      same(tag, hex(test.tag)) === (test.result === "valid");
  };
}

function checkHkdf(hash: HashName): Check {
  return ({ provider }, _group, test) => {
    const hkdf = new Hkdf(provider, hash);
    const key = hkdf.extract(hex(test.salt), hex(test.ikm));
    try {
      const okm = hkdf.expand(key, hex(test.info), test.size as number);
      return test.result === "valid" && same(okm, hex(test.okm));
    } catch (error) {
      return test.result === "invalid" && error instanceof RangeError;
    }
  };
}

async function checkKemSeed(
  subject: Subject,
  _group: WycheproofGroup,
  test: WycheproofTest,
): Promise<Verdict> {
  const kem = await subject.kem();
  const secret = await attempt(async () => {
    const key = await kem.import(hex(test.seed));
    if (test.ek !== undefined && !same(key.publicKey, hex(test.ek))) {
      return null;
    }
    // The file of key generation has no ciphertext.
    return test.c === undefined ? null : await key.decapsulate(hex(test.c));
  });
  if (test.result === "invalid") {
    return secret === null;
  }
  return secret !== null &&
    (test.c === undefined ||
      secret.value !== null && same(secret.value, hex(test.K)));
}

async function checkKemKeygen(
  subject: Subject,
  _group: WycheproofGroup,
  test: WycheproofTest,
): Promise<Verdict> {
  const key = await (await subject.kem()).import(hex(test.seed));
  return same(key.publicKey, hex(test.ek));
}

async function checkKemEncapsulate(
  subject: Subject,
  _group: WycheproofGroup,
  test: WycheproofTest,
): Promise<Verdict> {
  const key = hex(test.ek);
  const checked = await attempt(() => checkEncapsulationKey(key));
  if (test.result === "invalid") {
    return checked === null;
  }
  const { ciphertext, sharedSecret } = await (await subject.kem())
    .encapsulate(key);
  if (
    checked === null || ciphertext.length !== 1088 || sharedSecret.length !== 32
  ) {
    return false;
  }
  // Platforms choose the message themselves.
  const known = subject.knownKem?.encapsulate(key, hex(test.m));
  return known === undefined ||
    same(known.ciphertext, hex(test.c)) &&
      same(known.sharedSecret, hex(test.K));
}

async function checkKemDecapsulate(
  subject: Subject,
  _group: WycheproofGroup,
  test: WycheproofTest,
): Promise<Verdict> {
  if (subject.knownKem === undefined) {
    // A platform's key comes from its seed alone: there is no other way in.
    const raw = await attempt(async () =>
      await (await subject.kem()).import(hex(test.dk))
    );
    return raw === null ? "refused" : false;
  }
  const secret = await attempt(() =>
    subject.knownKem!.decapsulationKey(hex(test.ek), hex(test.dk))
      .decapsulate(hex(test.c))
  );
  return test.result === "valid"
    ? secret !== null && same(secret.value, hex(test.K))
    : secret === null;
}

function checkNoCcm(
  { provider }: Subject,
  group: WycheproofGroup,
  test: WycheproofTest,
): Verdict {
  const name = `AES-${group.keySize}-CCM`;
  try {
    provider.createAead(name as AeadName, hex(test.key), hex(test.iv));
  } catch (error) {
    return (error as Error).message.includes(name) ? "refused" : false;
  }
  return false;
}

async function checkNoMldsa(
  { provider }: Subject,
  group: WycheproofGroup,
  test: WycheproofTest,
): Promise<Verdict> {
  const algorithm = { kind: "ml-dsa-65" } as unknown as SignatureAlgorithm;
  return !provider.canVerify(algorithm) &&
      !await provider.verify(
        algorithm,
        hex(group.publicKeyDer),
        hex(test.msg),
        hex(test.sig),
      )
    ? "refused"
    : false;
}

/** Which check a file takes, by the start of its name. */
const CHECKS: readonly (readonly [string, Check])[] = [
  ["aes_ccm", checkNoCcm],
  ["aes_gcm", checkAead("aes_gcm")],
  ["chacha20_poly1305", checkAead("chacha20_poly1305")],
  ["ecdh_", checkDh],
  ["ecdsa_", checkSignature],
  ["ed25519", checkSignature],
  ["hkdf_sha256", checkHkdf("sha256")],
  ["hkdf_sha384", checkHkdf("sha384")],
  ["hmac_sha256", checkHmac("sha256")],
  ["hmac_sha384", checkHmac("sha384")],
  ["mldsa_", checkNoMldsa],
  ["mlkem_768_encaps", checkKemEncapsulate],
  ["mlkem_768_keygen", checkKemKeygen],
  ["mlkem_768_semi_expanded", checkKemDecapsulate],
  ["mlkem_768_test", checkKemSeed],
  ["rsa_", checkSignature],
  ["x25519", checkDh],
];

/** Options of {@linkcode runFile}. */
export interface RunOptions {
  /** Run every `stride`th test of each group only. Default: 1. */
  readonly stride?: number;
}

/** Runs the file with this name. Throws on a name that no check is for. */
export async function runFile(
  subject: Subject,
  name: string,
  file: WycheproofFile,
  options: RunOptions = {},
): Promise<Outcome> {
  const check = CHECKS.find(([prefix]) => name.startsWith(prefix))?.[1];
  if (check === undefined) {
    throw new Error(`Cannot run ${name}: no check is for it`);
  }
  let passed = 0;
  let refused = 0;
  const failures: string[] = [];
  for (const group of file.testGroups) {
    for (const test of every(group.tests, options.stride ?? 1)) {
      let verdict: Verdict;
      let reason = "";
      try {
        verdict = await check(subject, group, test);
      } catch (error) {
        verdict = false;
        reason = `, ${error}`;
      }
      if (verdict === "refused") {
        refused++;
      } else if (verdict) {
        passed++;
      } else {
        failures.push(
          `${name} ${test.tcId} (${test.result}, ${test.flags}): ${
            test.comment ?? ""
          }${reason}`,
        );
      }
    }
  }
  return { passed, refused, failures };
}

function every<T>(items: readonly T[], stride: number): readonly T[] {
  return items.filter((_, index) => index % stride === 0);
}
