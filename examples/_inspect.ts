/**
 * What a connection turned out to be, as data and as text, over any backend.
 *
 * @module
 */
import type { DetailsOf } from "./_backends.ts";
import {
  type AlertError,
  type Backend,
  type Certificate,
  type CertificateError,
  cipherSuiteName,
  type ConnectionFacts,
  type NetAddr,
  TLSError,
  type TLSVersion,
  type TLSWrappedSocket,
  type TrustStore,
} from "../mod.ts";
import { jsonText, manyLines, oneLine, type Style } from "./_terminal.ts";

/** Whom to connect to and how. */
export interface InspectOptions {
  hostname: string;
  port: number;
  /** The name to ask for and to check, `hostname` by default. */
  serverName?: string;
  /** Application protocols to offer, best first. */
  alpn?: readonly string[];
  /** Certificates to trust, PEM or DER. */
  ca?: Uint8Array | string;
  /** How long connecting may take, in milliseconds. */
  timeout?: number;
  /** Whether the report is to have the chain as text. */
  chain?: boolean;
  /** What the backend tells beyond the contract. */
  details?: DetailsOf | null;
}

/** A certificate of the peer's, as far as people care. */
export interface CertificateReport {
  readonly subject: string;
  readonly issuer: string;
  /** Host names and addresses, "DNS:localhost" for one. */
  readonly names: string | null;
  readonly notBefore: string;
  readonly notAfter: string;
  /** SHA-256 of the whole certificate. */
  readonly fingerprint: string;
}

/** What is known of a connection; what is not is `null` and in `unknown`. */
export interface Report {
  readonly backend: string;
  readonly host: string;
  readonly port: number;
  /** The peer's IP address. */
  readonly address: string;
  /** The name that the certificate was checked for. */
  readonly serverName: string;
  readonly version: TLSVersion | null;
  /** The cipher suite by its IANA name, or its code point where it has none. */
  readonly cipher: string | null;
  /** The group of the key exchange by its IANA name. */
  readonly group: string | null;
  /** What the server signed the handshake by, by its IANA name. */
  readonly signatureScheme: string | null;
  /** What ALPN chose; `null` also where nothing was chosen. */
  readonly protocol: string | null;
  readonly offeredProtocols: readonly string[];
  /** The validated path, leaf first. */
  readonly certificates: readonly CertificateReport[] | null;
  /** Up to which trust anchor that path is valid. */
  readonly verdict: string | null;
  readonly trust: {
    /** The store that `ca` made, or `null` without it. */
    readonly store: string | null;
    /** What the backend trusts by itself; `null` where the store replaces it. */
    readonly platform: string | null;
  };
  /** The same path as text, where that was asked for; `null` where it is unknown. */
  readonly chain?: string | null;
  /** Those of the fields above that this backend never knows. */
  readonly unknown: readonly string[];
}

/** An open connection and what is known of it. */
export interface Inspection extends AsyncDisposable {
  readonly socket: TLSWrappedSocket<NetAddr>;
  readonly report: Report;
  /** Why there is no text of the chain, where one was asked for. */
  readonly chainProblem: string | null;
}

/** How long a connection may take, in milliseconds, unless told otherwise. */
export const DEFAULT_TIMEOUT_MS = 10_000;

/** The fields of a report by the method that answers for each. */
const FIELDS: readonly (readonly [keyof ConnectionFacts, keyof Report])[] = [
  ["negotiatedTlsVersion", "version"],
  ["cipher", "cipher"],
  ["negotiatedProtocol", "protocol"],
  ["peerCertificates", "certificates"],
];

/** Those that a backend tells beyond the contract, if at all. */
const DETAIL_FIELDS: readonly (keyof Report)[] = [
  "group",
  "signatureScheme",
  "verdict",
];

/** The alert of a peer with which no version is shared. */
const PROTOCOL_VERSION = 70;

/** A failure that is told in one line. */
export class InspectError extends Error {}

/**
 * Connects and reports; the caller closes the connection.
 *
 * @throws {InspectError} With one sentence, where there is no connection.
 */
export async function inspect(
  backend: Backend,
  options: InspectOptions,
): Promise<Inspection> {
  const { hostname, port, timeout = DEFAULT_TIMEOUT_MS } = options;
  const { serverName = hostname, alpn = [], details = null } = options;
  if (backend.clientContext === null) {
    throw new InspectError(
      `Cannot inspect with the backend ${backend.name}: it has no client`,
    );
  }
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), timeout);
  try {
    const trustStore = options.ca === undefined
      ? null
      : storeOf(backend, options.ca);
    const context = new backend.clientContext({
      innerProtocols: alpn,
      trustStore,
    });
    const socket = await context.connect({
      hostname,
      port,
      serverHostname: serverName,
      signal: controller.signal,
    });
    try {
      const chain = options.chain === true
        ? await chainOf(backend, socket)
        : null;
      const trust = trustOf(backend, trustStore);
      const report: Report = {
        backend: backend.name,
        host: hostname,
        port,
        address: socket.remoteAddr.hostname,
        serverName,
        ...await factsOf(socket, { serverName, details, trust }),
        offeredProtocols: alpn,
        trust,
        ...(chain === null ? {} : { chain: chain.text }),
        unknown: [
          ...FIELDS
            .filter(([fact]) => !backend.capabilities.facts.includes(fact))
            .map(([, field]) => field),
          ...(details === null ? DETAIL_FIELDS : []),
        ],
      };
      return {
        socket,
        report,
        chainProblem: chain?.problem ?? null,
        [Symbol.asyncDispose]: () => socket[Symbol.asyncDispose](),
      };
    } catch (error) {
      socket.close();
      throw error;
    }
  } catch (error) {
    const reason = controller.signal.aborted
      ? `there was no answer within ${timeout / 1000} s`
      : reasonOf(error, backend);
    throw new InspectError(
      oneLine(`Cannot inspect ${formatHost(hostname)}:${port}: ${reason}`),
      { cause: error },
    );
  } finally {
    clearTimeout(timer);
  }
}

/** "host", or "[::1]" where a port is to follow. */
export function formatHost(hostname: string): string {
  return hostname.includes(":") ? `[${hostname}]` : hostname;
}

/** Replaces what the backend trusts where that can be, else adds to it. */
function storeOf(backend: Backend, ca: Uint8Array | string): TrustStore {
  return backend.capabilities.exclusiveTrustStore
    ? backend.trustStore.fromBuffer(ca)
    : backend.trustStore.platform({ additional: [ca] });
}

function trustOf(backend: Backend, store: TrustStore | null): Report["trust"] {
  const { exclusiveTrustStore, defaultTrustStore } = backend.capabilities;
  return {
    store: store?.description ?? null,
    platform: store !== null && exclusiveTrustStore ? null : defaultTrustStore,
  };
}

/** Why not, without what was tried: the sentence around it says that. */
function reasonOf(error: unknown, { name, capabilities }: Backend): string {
  if (!TLSError.is(error)) throw error;
  if (error.code === "ragged-eof") {
    return "the peer closed the connection before the handshake was done";
  }
  const reason = error.message
    .replace(/^Cannot (finish the handshake|go on|connect to \S+): /, "");
  if (
    error.code === "certificate" &&
    (error as CertificateError).reason === "unknown-issuer"
  ) return `${reason}; --ca FILE names an issuer to trust`;
  if (
    error.code === "alert" && (error as AlertError).alert === PROTOCOL_VERSION
  ) {
    const versions = capabilities.versions.join(" and ");
    return `${reason}; the backend ${name} speaks ${versions} alone`;
  }
  return reason;
}

/** What was to be checked, and who tells more than the contract. */
interface Circumstances extends Pick<Report, "serverName" | "trust"> {
  readonly details: DetailsOf | null;
}

async function factsOf(
  socket: TLSWrappedSocket,
  { serverName, details, trust }: Circumstances,
) {
  const cipher = socket.cipher();
  const protocol = socket.negotiatedProtocol();
  const shown = socket.peerCertificates();
  const certificates = shown === null ? null : await describeAll(shown);
  const known = details?.(socket) ?? null;
  const anchor = certificates?.at(-1);
  return {
    version: socket.negotiatedTlsVersion(),
    cipher: cipher === null ? null : cipherSuiteName(cipher) ?? hex(cipher),
    group: known?.group.name ?? null,
    signatureScheme: known?.peerSignatureScheme?.name ?? null,
    protocol: protocol instanceof Uint8Array
      ? `0x${protocol.toHex()}`
      : protocol,
    certificates,
    verdict: known?.peerValidated !== true || anchor === undefined
      ? null
      : `valid for ${serverName}, up to ${anchor.subject}, which is in the trust store: ${
        trust.store ?? trust.platform
      }`,
  } satisfies Partial<Report>;
}

function hex(codePoint: number): string {
  return `0x${codePoint.toString(16).padStart(4, "0")}`;
}

/** `null` where the backend keeps a certificate's DER to itself. */
async function describeAll(
  certificates: readonly Certificate[],
): Promise<CertificateReport[] | null> {
  const { X509Certificate } = await import("node:crypto");
  const reports: CertificateReport[] = [];
  for (const { der } of certificates) {
    if (der === null) return null;
    const x509 = new X509Certificate(der);
    reports.push({
      subject: x509.subject.replaceAll("\n", ", "),
      issuer: x509.issuer.replaceAll("\n", ", "),
      names: x509.subjectAltName ?? null,
      notBefore: new Date(x509.validFrom).toISOString(),
      notAfter: new Date(x509.validTo).toISOString(),
      fingerprint: x509.fingerprint256,
    });
  }
  return reports;
}

/** The text of the validated path, or why there is none. */
async function chainOf(
  backend: Backend,
  facts: ConnectionFacts,
): Promise<{ readonly text: string | null; readonly problem: string | null }> {
  const without = (reason: string) => ({
    text: null,
    problem: oneLine(`Cannot show the chain: ${reason}`),
  });
  const certificates = facts.peerCertificates();
  if (
    certificates === null || certificates.length === 0 ||
    certificates.some(({ der }) => der === null)
  ) {
    return without(
      `the backend ${backend.name} does not tell the peer's certificates`,
    );
  }
  // What no chain was asked of does not load the reader of certificates.
  const { chainText } = await import("../backends/pure/explain.ts");
  try {
    return { text: await chainText(certificates), problem: null };
  } catch (error) {
    if (!TLSError.is(error)) throw error;
    return without(error.message);
  }
}

/** What a program prints of an inspection on stdout. */
export function formatInspection(
  { report }: Pick<Inspection, "report">,
  options: { readonly json: boolean; readonly style: Style },
): string {
  if (options.json) return jsonText(report);
  const text = formatReport(report, options.style);
  return typeof report.chain === "string"
    ? `${text}\n\n${manyLines(report.chain)}`
    : text;
}

/** The report as lines for people. */
export function formatReport(report: Report, style: Style): string {
  const unknown = style.dim("unknown to this backend");
  const show = (
    field: "version" | "cipher" | "group" | "signatureScheme" | "verdict",
  ): string => {
    const value = report[field];
    return value === null ? unknown : oneLine(value);
  };
  const { certificates, trust } = report;
  const rows: [string, string][] = [
    ["backend", report.backend],
    ["address", `${formatHost(report.address)}:${report.port}`],
    ["server name", `${oneLine(report.serverName)}, as its certificate says`],
    ["version", show("version")],
    ["cipher suite", show("cipher")],
    ["group", show("group")],
    ["signature", show("signatureScheme")],
    ["protocol", formatProtocol(report, unknown)],
  ];
  if (certificates === null) rows.push(["certificates", unknown]);
  else rows.push(...certificates.flatMap(formatCertificate));
  rows.push(["verdict", show("verdict")], ["trusted", formatStore(trust)]);
  if (trust.platform !== null) rows.push(["platform", trust.platform]);
  const width = Math.max(...rows.map(([label]) => label.length));
  const host = `${formatHost(report.host)}:${report.port}`;
  return [
    `${style.green("Connected")} to ${style.bold(oneLine(host))}`,
    ...rows.map(([label, value]) =>
      `  ${style.dim(label.padEnd(width))}  ${value}`
    ),
  ].join("\n");
}

function formatProtocol(report: Report, unknown: string): string {
  if (report.unknown.includes("protocol")) return unknown;
  const { protocol, offeredProtocols } = report;
  const offered = offeredProtocols.length === 0
    ? "none was offered"
    : `offered: ${offeredProtocols.join(", ")}`;
  return oneLine(`${protocol ?? "none"} (${offered})`);
}

function formatCertificate(
  certificate: CertificateReport,
  index: number,
): [string, string][] {
  const { subject, issuer, names, notBefore, notAfter } = certificate;
  return [
    [`certificate ${index}`, oneLine(subject)],
    ["  issued by", oneLine(issuer)],
    ["  for", names === null ? "no name" : oneLine(names)],
    ["  valid", `${notBefore} to ${notAfter}`],
    ["  SHA-256", certificate.fingerprint],
  ];
}

function formatStore({ store, platform }: Report["trust"]): string {
  if (store === null) return "platform";
  return platform === null
    ? `${store}, and nothing else`
    : `${store}, for this backend can only add to what it trusts`;
}
