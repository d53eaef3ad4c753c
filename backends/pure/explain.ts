/**
 * Certificates for people: a chain as text, and why it is accepted or refused,
 * without any connection. What `examples/inspect.ts` shows with `--chain` and
 * `--explain`.
 *
 * @module
 */
import type { Certificate, TrustStore } from "../../api/credentials.ts";
import { certificateBytes } from "./credentials/certificate.ts";
import { certificateError } from "./credentials/certificate_error.ts";
import { decoding, refusal } from "./credentials/_refusal.ts";
import { trustAnchors } from "./credentials/trust_store.ts";
import { DecodeFailure } from "./engine/codec/reader.ts";
import type { CryptoProvider } from "./engine/crypto/provider.ts";
import { Certificate as EngineCertificate } from "./engine/x509/certificate.ts";
import type { Purpose } from "./engine/x509/checks.ts";
import { label } from "./engine/x509/describe.ts";
import {
  type PathOptions,
  type ValidatedPath,
  validatePath,
} from "./engine/x509/path.ts";
import { PathError } from "./engine/x509/path_error.ts";
import {
  defaultPolicy,
  type PathPolicy,
  strictPolicy,
} from "./engine/x509/path_policy.ts";
import { parseServerName } from "./engine/x509/server_name.ts";
import { certificateText } from "./engine/x509/text.ts";
import { isoDay, isoTime } from "./engine/x509/time.ts";
import { loadProvider } from "./providers/mod.ts";

const POLICIES: Readonly<Record<string, PathPolicy>> = {
  default: defaultPolicy,
  strict: strictPolicy,
};

/** What {@linkcode explain} validates against. */
export interface ExplainOptions {
  /** Who is trusted. */
  readonly trustStore: TrustStore;
  /** The server that is meant; `null` does not check the name. */
  readonly hostname: string | null;
  /** The time of validation. */
  readonly now: Date;
  /** Which rules; "default" if left out. */
  readonly policy?: "default" | "strict";
  /** What the first certificate is for; "server" if left out. */
  readonly purpose?: Purpose;
}

/** Why a chain is accepted or refused. */
export interface Explanation {
  /** Whether a client (or a server, for a client's chain) would go on. */
  readonly accepted: boolean;
  /** The reason of `CertificateError`, `null` where it is accepted. */
  readonly reason: string | null;
  /** Several lines for people, without a final line break. */
  readonly text: string;
}

/**
 * Validates the certificates of PEM texts: the first is the leaf, all others may
 * lie between it and a root, in any order. As in a handshake, a leaf that cannot be
 * decoded is refused, and another certificate that cannot be is left out.
 *
 * @param pemTexts The contents of PEM files.
 * @param options Against what.
 * @returns The verdict; a refusal is no exception.
 * @throws {ConfigurationError} Where a text has no certificate or is no PEM, or an
 * option is none.
 */
export async function explain(
  pemTexts: readonly string[],
  options: ExplainOptions,
): Promise<Explanation> {
  const { hostname, policy = "default", purpose = "server" } = options;
  const rules = Object.hasOwn(POLICIES, policy) ? POLICIES[policy] : undefined;
  if (rules === undefined) {
    throw refusal("policy", `Cannot validate: there is no policy ${policy}`);
  }
  if (purpose !== "server" && purpose !== "client") {
    throw refusal("purpose", `Cannot validate: there is no purpose ${purpose}`);
  }
  const certificates = pemTexts.flatMap((text) =>
    certificateBytes("certificateChain", text)
  ).map(decoded);
  const [leaf] = certificates;
  if (leaf === undefined) {
    throw refusal(
      "certificateChain",
      "Cannot validate: there is no certificate",
    );
  }
  const serverName = hostname === null ? null : parseServerName(hostname);
  if (hostname !== null && serverName === null) {
    throw refusal(
      "hostname",
      `Cannot validate: ${hostname} is neither a DNS name in A-labels nor an IP address`,
    );
  }
  const at = options.now.getTime() / 1000;
  if (Number.isNaN(at)) {
    throw refusal("now", "Cannot validate: now is an invalid Date");
  }
  const head = [
    `Validating for ${hostname ?? `any ${purpose}`} at ${
      isoTime(at)
    } under the ${policy} policy, with the trust store "${options.trustStore.description}":`,
    ...certificates.map((certificate, i) =>
      `  ${i + 1}. ${
        certificate instanceof DecodeFailure
          ? `(cannot be read: ${certificate.message})`
          : summary(certificate)
      }`
    ),
    "",
  ];
  if (leaf instanceof DecodeFailure) {
    return {
      accepted: false,
      reason: "bad-encoding",
      text: [
        ...head,
        `Refused (malformed): Cannot read certificate 1: ${leaf.message}.`,
      ].join("\n"),
    };
  }
  const given = certificates.map((one) =>
    one instanceof DecodeFailure ? null : one
  );
  try {
    const path = await drive(await loadProvider({ kernels: "js" }), {
      leaf,
      intermediates: given.slice(1).filter((one) => one !== null),
      anchors: trustAnchors(options.trustStore),
      purpose,
      serverName,
      at,
      policy: rules,
    });
    return {
      accepted: true,
      reason: null,
      text: [...head, ...accepted(path, given)].join("\n"),
    };
  } catch (error) {
    if (!(error instanceof PathError)) throw error;
    return {
      accepted: false,
      reason: certificateError(error).reason,
      text: [...head, ...refused(error, given)].join("\n"),
    };
  }
}

/**
 * A chain as text, each certificate as `openssl x509 -text` lays it out, with its
 * SHA-256 fingerprints. Certificates whose backend hides them are left out.
 *
 * @param certificates Leaf first.
 * @returns Several lines, without a final line break.
 * @throws {ConfigurationError} Where one cannot be read.
 */
export async function chainText(
  certificates: readonly Certificate[],
): Promise<string> {
  const provider = await loadProvider({ kernels: "js" });
  const sha256 = (data: Uint8Array) => provider.digest("sha256", data);
  return certificates.flatMap(({ der }) => der === null ? [] : [der])
    .map((der, i) => {
      const certificate = decoding(
        "certificateChain",
        `certificate ${i + 1}`,
        () => new EngineCertificate(der),
      );
      return `${i + 1}. ${summary(certificate)}\n${
        certificateText(certificate, { sha256 })
      }`;
    }).join("\n\n");
}

/** Answers a validation's requests, at once or later. */
async function drive(
  provider: CryptoProvider,
  options: PathOptions,
): Promise<ValidatedPath> {
  const run = validatePath(options);
  let step = run.next();
  while (!step.done) {
    const { algorithm, spki, message, signature } = step.value;
    step = run.next(
      await provider.verify(algorithm, spki, message, signature),
    );
  }
  return step.value;
}

/** A certificate, or why it is none. */
function decoded(der: Uint8Array): EngineCertificate | DecodeFailure {
  try {
    return new EngineCertificate(der);
  } catch (error) {
    if (!(error instanceof DecodeFailure)) throw error;
    return error;
  }
}

function summary(certificate: EngineCertificate): string {
  return `${label(certificate)}, ${isoDay(certificate.notBefore)} to ${
    isoDay(certificate.notAfter)
  }`;
}

/** Which of the given certificates it is, or where else it comes from. */
function whence(
  certificate: EngineCertificate,
  given: readonly (EngineCertificate | null)[],
): string {
  const index = given.indexOf(certificate);
  return index < 0 ? "from the trust store" : `certificate ${index + 1}`;
}

function accepted(
  path: ValidatedPath,
  given: readonly (EngineCertificate | null)[],
): readonly string[] {
  return [
    "Accepted, by this path:",
    ...path.certificates.map((certificate) =>
      `  ${label(certificate)} (${whence(certificate, given)})`
    ),
    ...(path.anchor.certificate === null ? ["  a key of the trust store"] : []),
    `It took ${path.units} work units.`,
  ];
}

function refused(
  error: PathError,
  given: readonly (EngineCertificate | null)[],
): readonly string[] {
  return [
    `Refused (${error.reason}): ${error.message}.`,
    ...(error.certificate === null ? [] : [
      `At fault: ${label(error.certificate)} (${
        whence(error.certificate, given)
      }).`,
    ]),
    "The chain that was tried:",
    ...error.chain.map((certificate) =>
      `  ${label(certificate)} (${whence(certificate, given)})`
    ),
    `It took ${error.units} work units.`,
  ];
}
