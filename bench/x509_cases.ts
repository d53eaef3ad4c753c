/**
 * What the certificate benchmarks measure: chains of three certificates, and the
 * inputs that cost path building the most.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { X509Certificate } from "node:crypto";
import * as peculiar from "../tests/deps/peculiar.ts";
import type { CryptoProvider } from "../backends/pure/engine/crypto/provider.ts";
import { createNativeProvider } from "../backends/pure/providers/native.ts";
import { Certificate } from "../backends/pure/engine/x509/certificate.ts";
import {
  type PathOptions,
  type ValidatedPath,
  validatePath,
} from "../backends/pure/engine/x509/path.ts";
import { PathError } from "../backends/pure/engine/x509/path_error.ts";
import {
  anchorOfCertificate,
  TrustAnchors,
} from "../backends/pure/engine/x509/trust_anchor.ts";
import { build, ca, NOW, plain } from "../tests/pure/engine/x509/chain_plan.ts";
import { ext, general, type KeyKind } from "../tests/pure/engine/x509/mint.ts";

/** The kinds of chains. */
export const CHAIN_KINDS: readonly KeyKind[] = ["P-256", "RSA"];

/** A leaf, its CA and the root, DER, with all ways to handle them. */
export interface ThreeCertificates {
  /** Leaf first. */
  readonly der: readonly Uint8Array[];
  /** Parses all three. */
  readonly parse: () => unknown;
  readonly parseNode: () => unknown;
  readonly parsePeculiar: () => unknown;
  /** Parses leaf and CA and validates against an indexed store. */
  readonly parseAndValidate: () => unknown;
  readonly parseAndValidateNode: () => unknown;
  readonly parseAndValidatePeculiar: () => unknown;
  /** Validates certificates that were just parsed; the parsing is not in it. */
  readonly signatures: () => unknown;
  /** The chain's validation without any signature: all else that it costs. */
  readonly everythingElse: () => unknown;
}

/** The provider whose signatures are measured. */
export const provider: CryptoProvider = await createNativeProvider();

/** Runs a validation whose signatures can be checked at once. */
export function drive(
  options: PathOptions,
  answer: (
    request: Parameters<CryptoProvider["verify"]>,
  ) => boolean = verifyNow,
): ValidatedPath {
  const run = validatePath(options);
  let step = run.next();
  while (!step.done) {
    const { algorithm, spki, message, signature } = step.value;
    step = run.next(answer([algorithm, spki, message, signature]));
  }
  return step.value;
}

function verifyNow(request: Parameters<CryptoProvider["verify"]>): boolean {
  const result = provider.verify(...request);
  if (typeof result !== "boolean") {
    throw new Error("Cannot measure: the provider answers later");
  }
  return result;
}

/** Makes a chain of `kind`. */
export async function threeCertificates(
  kind: KeyKind,
): Promise<ThreeCertificates> {
  const chain = await build(kind, plain(kind, 1));
  const der = [chain.leaf, chain.intermediates[0]!, chain.anchors[0]!];
  const [leafDer, caDer, rootDer] = der as [Uint8Array, Uint8Array, Uint8Array];
  const anchors = new TrustAnchors([
    anchorOfCertificate(new Certificate(rootDer)),
  ]);
  const options = (): PathOptions => ({
    leaf: new Certificate(leafDer),
    intermediates: [new Certificate(caDer)],
    anchors,
    purpose: "server",
    serverName: { kind: "dns", name: "www.example.test" },
    at: NOW,
  });
  const requests: Parameters<CryptoProvider["verify"]>[] = [];
  drive(options(), (request) => {
    requests.push(request);
    return verifyNow(request);
  });
  const root = new X509Certificate(Buffer.from(rootDer));
  const peculiarRoot = new peculiar.X509Certificate(own(rootDer));
  const date = new Date(NOW * 1000);
  return {
    der,
    parse: () => der.map((bytes) => new Certificate(bytes)),
    parseNode: () => der.map((bytes) => new X509Certificate(bytes)),
    parsePeculiar: () =>
      der.map((bytes) => new peculiar.X509Certificate(own(bytes))),
    parseAndValidate: () => drive(options()),
    parseAndValidateNode: () => {
      const leaf = new X509Certificate(leafDer);
      const issuer = new X509Certificate(caDer);
      // As much of validation as node:crypto has.
      const good = leaf.checkHost("www.example.test") !== undefined &&
        leaf.checkIssued(issuer) && issuer.checkIssued(root) &&
        leaf.verify(issuer.publicKey) && issuer.verify(root.publicKey);
      if (!good) throw new Error("Cannot measure: node:crypto refuses");
    },
    parseAndValidatePeculiar: async () => {
      const leaf = new peculiar.X509Certificate(own(leafDer));
      const issuer = new peculiar.X509Certificate(own(caDer));
      const good = await leaf.verify({ publicKey: issuer, date }) &&
        await issuer.verify({ publicKey: peculiarRoot, date });
      if (!good) throw new Error("Cannot measure: @peculiar/x509 refuses");
    },
    signatures: () => {
      for (const request of requests) verifyNow(request);
    },
    everythingElse: () => drive(options(), () => true),
  };
}

function own(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes as Uint8Array<ArrayBuffer>;
}

/** An input that is there to cost much. */
export interface WorstCase {
  readonly name: string;
  readonly options: PathOptions;
}

/** Runs a worst case; the units that it spent. */
export function unitsOf({ options }: WorstCase): number {
  try {
    return drive(options).units;
  } catch (error) {
    if (error instanceof PathError) return error.units;
    throw error;
  }
}

/** How many certificates a worst case sends. */
const CROWD = 60;

/** Graphs that use up the budget, each by other work. */
export async function worstCases(): Promise<readonly WorstCase[]> {
  return [
    await crowd("signatures by distinct keys", (i) => ({
      key: `crowd ${i}`,
      signer: `crowd ${(i + 1) % CROWD}`,
    })),
    await crowd("paths through one key and name", () => ({
      key: "crowd",
      signer: "crowd",
    })),
    await constrained(),
  ];
}

/** CAs of one name: every one may have issued every other. */
async function crowd(
  name: string,
  keys: (index: number) => { key: string; signer: string },
): Promise<WorstCase> {
  const plan = plain("P-256", 1);
  plan.trusted = "stranger";
  plan.intermediates = Array.from({ length: CROWD }, (_, i) => {
    const draft = ca("CA 1", "CA 1", "P-256", keys(i));
    // Self-issued certificates do not count towards the length of a path, and
    // without identifiers each is as likely as the next.
    draft.extensions.set("ski", ext.raw("1.2.3.4.5", new Uint8Array(), false));
    draft.extensions.set("aki", ext.raw("1.2.3.4.5", new Uint8Array(), false));
    // One key under many names of the same kind would be a repetition.
    if (keys(0).key === keys(1).key) {
      draft.subject = `CN=CA ${i % 10 + 1}`;
      draft.issuer = `CN=CA ${(i * 7 + 3) % 10 + 1}`;
    }
    return draft;
  });
  // One that names an anchor as its issuer, with a wrong signature: so that all
  // the others seem to lead somewhere.
  const bait = ca("CA 1", "Stranger", "P-256", {
    key: keys(0).key,
    signer: "nobody",
  });
  bait.extensions.set("aki", ext.raw("1.2.3.4.5", new Uint8Array(), false));
  bait.extensions.set("ski", ext.raw("1.2.3.4.5", new Uint8Array(), false));
  plan.intermediates.push(bait);
  plan.leaf.signer = keys(0).key;
  plan.leaf.extensions.set(
    "aki",
    ext.raw("1.2.3.4.5", new Uint8Array(), false),
  );
  return { name, options: optionsOf(await build(name, plan)) };
}

/** Many names against many constraints. */
async function constrained(): Promise<WorstCase> {
  const name = "names against constraints";
  const plan = plain("P-256", 1);
  const hosts = Array.from({ length: 700 }, (_, i) => `host-${i}.example.test`);
  plan.leaf.extensions.set(
    "san",
    ext.subjectAltName(hosts.map((host) => general.dns(host))),
  );
  plan.hostname = hosts[0]!;
  plan.intermediates[0]!.extensions.set(
    "nc",
    ext.nameConstraints({
      excluded: hosts.map((host) => general.dns(`x.${host}`)),
    }),
  );
  return { name, options: optionsOf(await build(name, plan)) };
}

function optionsOf(chain: Awaited<ReturnType<typeof build>>): PathOptions {
  return {
    leaf: new Certificate(chain.leaf),
    intermediates: chain.intermediates.map((der) => new Certificate(der)),
    anchors: new TrustAnchors(
      chain.anchors.map((der) => anchorOfCertificate(new Certificate(der))),
    ),
    purpose: "server",
    serverName: null,
    at: chain.at,
  };
}
