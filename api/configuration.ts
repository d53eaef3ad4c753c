/**
 * What a connection may and must do, as an immutable value.
 *
 * @module
 */
import type { TLSWrappedBuffer } from "./buffer.ts";
import {
  type CipherSuiteId,
  type ProtocolName,
  TLSVersion,
} from "./code_points.ts";
import type { Certificate, SigningChain, TrustStore } from "./credentials.ts";
import { ConfigurationError } from "./errors.ts";

/**
 * Chooses a server's configuration by the name that the client asks for, or
 * `null` where the client names none. The name is in A-labels as the client sent
 * it ("xn--bcher-kva.example"), so that none fails to decode and two names never
 * look alike. The PEP would decode it; Python's `ssl`, which does so in
 * `set_servername_callback`, has replaced that by a `sni_callback` that does not
 * ({@link https://docs.python.org/3/library/ssl.html#ssl.SSLContext.sni_callback | SSLContext.sni_callback}).
 *
 * Sources: {@link https://peps.python.org/pep-0543/#configuration | PEP 543, Configuration},
 * {@link https://www.rfc-editor.org/rfc/rfc6066#section-3 | RFC 6066, section 3}.
 */
export type ServerNameCallback = (
  buffer: TLSWrappedBuffer,
  serverName: string | null,
  configuration: TLSConfiguration,
) => TLSConfiguration | Promise<TLSConfiguration>;

/** Whether a server asks the client for a certificate, and insists on it. */
export type ClientAuthentication = "none" | "request" | "require";

/** The fields of a {@linkcode TLSConfiguration}, each with a default. */
export interface TLSConfigurationOptions {
  /**
   * Whether the peer's certificate is validated, its name included. `true` by
   * default; not every backend can turn it off.
   */
  validateCertificates?: boolean;
  /**
   * This end's certificate and key, or `null`. A server may give several; the
   * engine picks by server name and signature scheme.
   */
  certificateChain?: SigningChain | readonly SigningChain[] | null;
  /** Cipher suites, best first; empty is the backend's own choice and order. */
  ciphers?: readonly CipherSuiteId[];
  /** Application protocols for ALPN, best first; empty is no ALPN. */
  innerProtocols?: readonly (ProtocolName | Uint8Array)[];
  /** The lowest version permitted; `MINIMUM_SUPPORTED` by default. */
  lowestSupportedVersion?: TLSVersion;
  /** The highest version permitted; `MAXIMUM_SUPPORTED` by default. */
  highestSupportedVersion?: TLSVersion;
  /** The roots that are trusted; `null` is the backend's default. */
  trustStore?: TrustStore | null;
  /** Server only; on a client it does not apply, as the PEP says. */
  sniCallback?: ServerNameCallback | null;
  /**
   * Server only. By default `require` where `trustStore` is set, else `none`.
   * Under `request` a certificate that is presented must validate.
   */
  clientAuthentication?: ClientAuthentication;
  /** Named groups for key exchange by code point, best first; empty is the backend's choice. */
  groups?: readonly number[];
  /** Signature schemes by code point, best first; empty is the backend's choice. */
  signatureSchemes?: readonly number[];
  /**
   * Receives the connection's secrets, a line at a time without its newline
   * ({@link https://www.rfc-editor.org/rfc/rfc9850 | RFC 9850}). For debugging:
   * whoever has them reads everything.
   */
  keyLog?: ((line: string) => void) | null;
  /**
   * Policy on top of validation, never instead of it: throw to refuse. Receives
   * the validated path, leaf first, on resumption too.
   */
  verifyPeer?:
    | ((path: readonly Certificate[]) => void | Promise<void>)
    | null;
  /** Certificate revocation lists in DER. */
  crls?: readonly Uint8Array[];
  /** The time at which certificates are judged; the clock by default. */
  now?: () => Date;
}

/** The names of all fields, in the PEP's order with ours appended. */
export const CONFIGURATION_FIELDS: readonly (keyof TLSConfigurationOptions)[] =
  Object.freeze([
    "validateCertificates",
    "certificateChain",
    "ciphers",
    "innerProtocols",
    "lowestSupportedVersion",
    "highestSupportedVersion",
    "trustStore",
    "sniCallback",
    "clientAuthentication",
    "groups",
    "signatureSchemes",
    "keyLog",
    "verifyPeer",
    "crls",
    "now",
  ]);

/** ProtocolName is `opaque ProtocolName<1..2^8-1>` (RFC 7301, section 3.1). */
const MAX_PROTOCOL_LENGTH = 0xff;
/** Cipher suites, groups and signature schemes are uint16 on the wire. */
const MAX_CODE_POINT = 0xffff;

/** Versions in order; the two symbolic bounds stand outside it. */
const VERSION_ORDER: readonly TLSVersion[] = [
  TLSVersion.SSLv2,
  TLSVersion.SSLv3,
  TLSVersion.TLSv1,
  TLSVersion.TLSv1_1,
  TLSVersion.TLSv1_2,
  TLSVersion.TLSv1_3,
];

/** Negative, zero or positive as `a` is before, the same as or after `b`. */
export function compareVersions(a: TLSVersion, b: TLSVersion): number {
  return VERSION_ORDER.indexOf(a) - VERSION_ORDER.indexOf(b);
}

/** Marks the default clock of every copy of this module. */
const DEFAULT_CLOCK = Symbol.for("@pep543/tls.defaultClock");

/** The one default clock, so that two default configurations are equal. */
function systemClock(): Date {
  return new Date();
}
Object.defineProperty(systemClock, DEFAULT_CLOCK, { value: true });

/** Another copy's default is the default here, not a clock that was chosen. */
function clock(value: unknown): () => Date {
  if (typeof value !== "function") refuse("now", "it must be a function");
  return DEFAULT_CLOCK in value ? systemClock : value as () => Date;
}

/** Configurations whose `clientAuthentication` followed from the trust store. */
const derivedClientAuthentication = new WeakSet<TLSConfiguration>();

function refuse(field: string, reason: string): never {
  throw new ConfigurationError(`Cannot use ${field}: ${reason}`, {
    field,
    backend: null,
  });
}

function mustBeOptions(value: unknown): void {
  if (!isObject(value) || Array.isArray(value)) {
    refuse("configuration", "it must be an object");
  }
}

function boolean(field: string, value: unknown): boolean {
  if (typeof value === "boolean") return value;
  refuse(field, "it must be true or false");
}

function callback<T>(field: string, value: T): T {
  if (typeof value === "function" || value === null) return value;
  refuse(field, "it must be a function or null");
}

/** An array's copy; what is not an array (a Set, say) is refused, not guessed. */
function list<T>(field: string, value: readonly T[]): T[] {
  if (Array.isArray(value)) return [...value as readonly T[]];
  refuse(field, "it must be an array");
}

function codePoints<T extends number>(
  field: string,
  value: readonly T[],
): readonly T[] {
  const points = list(field, value);
  for (const point of points) {
    if (!Number.isInteger(point) || point < 0 || point > MAX_CODE_POINT) {
      refuse(field, `${String(point)} is no 16-bit code point`);
    }
  }
  if (new Set(points).size !== points.length) {
    refuse(field, "a code point stands there twice");
  }
  return Object.freeze(points);
}

function version(field: string, value: TLSVersion): TLSVersion {
  if ((Object.values(TLSVersion) as unknown[]).includes(value)) return value;
  refuse(field, `${JSON.stringify(value)} is no TLSVersion`);
}

/** Not by slice, which shares the memory where the bytes are a Buffer of Node's. */
function copy(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}

function protocols(
  value: readonly (ProtocolName | Uint8Array)[],
): readonly (ProtocolName | Uint8Array)[] {
  return list("innerProtocols", value).map((protocol) => {
    if (typeof protocol !== "string" && !(protocol instanceof Uint8Array)) {
      refuse("innerProtocols", "a protocol must be a string or a Uint8Array");
    }
    if (typeof protocol === "string" && !protocol.isWellFormed()) {
      refuse("innerProtocols", "a protocol has a lone surrogate, and no UTF-8");
    }
    const bytes = typeof protocol === "string"
      ? new TextEncoder().encode(protocol)
      : protocol;
    if (bytes.length < 1 || bytes.length > MAX_PROTOCOL_LENGTH) {
      refuse(
        "innerProtocols",
        `a protocol has 1 to ${MAX_PROTOCOL_LENGTH} bytes, not ${bytes.length}`,
      );
    }
    return typeof protocol === "string" ? protocol : copy(protocol);
  });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function chains(
  value: SigningChain | readonly SigningChain[] | null,
): readonly SigningChain[] {
  if (value === null) return Object.freeze([]);
  const given = Array.isArray(value)
    ? value as readonly SigningChain[]
    : [value as SigningChain];
  return Object.freeze(given.map((chain) => {
    if (
      !isObject(chain) || !isObject(chain.leaf) || !isObject(chain.privateKey)
    ) {
      refuse(
        "certificateChain",
        "a chain is { leaf, intermediates, privateKey }",
      );
    }
    return Object.freeze({
      leaf: chain.leaf,
      intermediates: Object.freeze(
        list("certificateChain", chain.intermediates),
      ),
      privateKey: chain.privateKey,
    });
  }));
}

function certificateLists(value: readonly Uint8Array[]): readonly Uint8Array[] {
  return list("crls", value).map((crl) =>
    crl instanceof Uint8Array
      ? copy(crl)
      : refuse("crls", "a list must be a Uint8Array of DER")
  );
}

/** Makes `name` give a fresh copy of bytes at every look. */
function copyOut(
  target: TLSConfiguration,
  name: "innerProtocols" | "crls",
  kept: readonly (string | Uint8Array)[],
): void {
  Object.defineProperty(target, name, {
    enumerable: true,
    get: () =>
      Object.freeze(
        kept.map((one) => typeof one === "string" ? one : copy(one)),
      ),
  });
}

/**
 * The configuration of a context: a value, immutable, comparable, to be kept and
 * shared. Objects and arrays are frozen, bytes are copied in and out.
 *
 * @example A client that insists on TLS 1.3 and speaks HTTP/2 if it can
 * ```ts
 * import { assert } from "@std/assert";
 * import { NextProtocol, TLSConfiguration, TLSVersion } from "@pep543/tls";
 *
 * const configuration = new TLSConfiguration({
 *   innerProtocols: [NextProtocol.H2, NextProtocol.HTTP1],
 * });
 * const strict = configuration.update({
 *   lowestSupportedVersion: TLSVersion.TLSv1_3,
 * });
 * assert(!strict.equals(configuration));
 * assert(strict.innerProtocols[0] === "h2");
 * ```
 *
 * Source: {@link https://peps.python.org/pep-0543/#configuration | PEP 543, Configuration}.
 */
export class TLSConfiguration implements Required<TLSConfigurationOptions> {
  /** Whether the peer's certificate is validated, its name included. */
  readonly validateCertificates: boolean;
  /** This end's certificates with their keys; empty where there is none. */
  readonly certificateChain: readonly SigningChain[];
  /** Cipher suites, best first; empty is the backend's own choice and order. */
  readonly ciphers: readonly CipherSuiteId[];
  /** Application protocols for ALPN, best first; a copy. */
  declare readonly innerProtocols: readonly (ProtocolName | Uint8Array)[];
  /** The lowest version permitted. */
  readonly lowestSupportedVersion: TLSVersion;
  /** The highest version permitted. */
  readonly highestSupportedVersion: TLSVersion;
  /** The roots that are trusted; `null` is the backend's default. */
  readonly trustStore: TrustStore | null;
  /** Chooses a server's configuration by name. */
  readonly sniCallback: ServerNameCallback | null;
  /** Whether a server asks the client for a certificate. */
  readonly clientAuthentication: ClientAuthentication;
  /** Named groups, best first; empty is the backend's choice. */
  readonly groups: readonly number[];
  /** Signature schemes, best first; empty is the backend's choice. */
  readonly signatureSchemes: readonly number[];
  /** Receives the connection's secrets. */
  readonly keyLog: ((line: string) => void) | null;
  /** Policy on top of validation. */
  readonly verifyPeer:
    | ((path: readonly Certificate[]) => void | Promise<void>)
    | null;
  /** Certificate revocation lists in DER; a copy. */
  declare readonly crls: readonly Uint8Array[];
  /** The time at which certificates are judged. */
  readonly now: () => Date;

  /**
   * Checks and copies the options.
   *
   * @param options The fields that differ from the defaults. `undefined` is the
   * default too; a name that is no field is refused.
   * @throws {ConfigurationError} Where a value is not of its field's kind.
   */
  constructor(options: TLSConfigurationOptions = {}) {
    mustBeOptions(options);
    for (const name of Object.keys(options)) {
      if (!(CONFIGURATION_FIELDS as readonly string[]).includes(name)) {
        refuse(name, "there is no such field");
      }
    }
    // A default stands for undefined alone: null is a value, mostly a bad one.
    const {
      validateCertificates = true,
      certificateChain = null,
      ciphers = [],
      innerProtocols = [],
      lowestSupportedVersion = TLSVersion.MINIMUM_SUPPORTED,
      highestSupportedVersion = TLSVersion.MAXIMUM_SUPPORTED,
      trustStore = null,
      sniCallback = null,
      clientAuthentication = trustStore === null ? "none" : "require",
      groups = [],
      signatureSchemes = [],
      keyLog = null,
      verifyPeer = null,
      crls = [],
      now = systemClock,
    } = options;
    this.validateCertificates = boolean(
      "validateCertificates",
      validateCertificates,
    );
    this.certificateChain = chains(certificateChain);
    this.ciphers = codePoints("ciphers", ciphers);
    copyOut(this, "innerProtocols", protocols(innerProtocols));
    this.lowestSupportedVersion = version(
      "lowestSupportedVersion",
      lowestSupportedVersion,
    );
    this.highestSupportedVersion = version(
      "highestSupportedVersion",
      highestSupportedVersion,
    );
    if (
      VERSION_ORDER.includes(this.lowestSupportedVersion) &&
      VERSION_ORDER.includes(this.highestSupportedVersion) &&
      compareVersions(
          this.lowestSupportedVersion,
          this.highestSupportedVersion,
        ) > 0
    ) {
      refuse(
        "lowestSupportedVersion",
        `${this.lowestSupportedVersion} is above highestSupportedVersion, ${this.highestSupportedVersion}`,
      );
    }
    if (trustStore !== null && !isObject(trustStore)) {
      refuse("trustStore", "it must be a TrustStore of the backend or null");
    }
    this.trustStore = trustStore;
    this.sniCallback = callback("sniCallback", sniCallback);
    if (!["none", "request", "require"].includes(clientAuthentication)) {
      refuse(
        "clientAuthentication",
        'it must be "none", "request" or "require"',
      );
    }
    this.clientAuthentication = clientAuthentication;
    this.groups = codePoints("groups", groups);
    this.signatureSchemes = codePoints("signatureSchemes", signatureSchemes);
    this.keyLog = callback("keyLog", keyLog);
    this.verifyPeer = callback("verifyPeer", verifyPeer);
    copyOut(this, "crls", certificateLists(crls));
    this.now = clock(now);
    if (
      options.clientAuthentication === undefined ||
      (options instanceof TLSConfiguration &&
        derivedClientAuthentication.has(options))
    ) {
      derivedClientAuthentication.add(this);
    }
    Object.freeze(this);
  }

  /**
   * The same with some fields replaced. A `clientAuthentication` that was never
   * set goes on following the trust store.
   *
   * @param overrides The fields to replace; `undefined` leaves one as it is.
   * @returns A new configuration.
   */
  update(overrides: TLSConfigurationOptions): TLSConfiguration {
    mustBeOptions(overrides);
    const merged: Record<string, unknown> = {};
    for (const name of CONFIGURATION_FIELDS) {
      merged[name] = this[name];
    }
    if (derivedClientAuthentication.has(this)) {
      delete merged.clientAuthentication;
    }
    for (const [name, value] of Object.entries(overrides)) {
      if (value !== undefined) merged[name] = value;
    }
    return new TLSConfiguration(merged);
  }

  /**
   * Whether both say the same: by value; callbacks, stores and credentials by
   * identity.
   *
   * @param other Another configuration.
   * @returns Whether every field is the same.
   */
  equals(other: TLSConfiguration): boolean {
    return CONFIGURATION_FIELDS.every((name) =>
      same(this[name], name === "now" ? clock(other.now) : other[name])
    );
  }
}

/** Deep equality of arrays, bytes and chains; identity of anything else. */
function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (a instanceof Uint8Array && b instanceof Uint8Array) {
    return a.length === b.length && a.every((byte, i) => byte === b[i]);
  }
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((one, i) => same(one, b[i]));
  }
  if (isObject(a) && isObject(b) && isChain(a) && isChain(b)) {
    return a.leaf === b.leaf && a.privateKey === b.privateKey &&
      same(a.intermediates, b.intermediates);
  }
  return false;
}

function isChain(value: Record<string, unknown>): boolean {
  return "leaf" in value && "privateKey" in value && "intermediates" in value;
}
