/**
 * What the two hellos say, read from the bytes on the wire: strict, and nothing
 * beyond what the cases judge.
 *
 * Sources: {@link https://www.rfc-editor.org/rfc/rfc8446#section-4.1 | RFC 8446, section 4.1},
 * {@link https://www.rfc-editor.org/rfc/rfc5246#section-7.4.1 | RFC 5246, section 7.4.1}.
 *
 * @module
 */
import { concat, hex } from "./_bytes.ts";

/** ContentType (RFC 8446, section 5.1). */
export const ContentType = {
  changeCipherSpec: 20,
  alert: 21,
  handshake: 22,
  applicationData: 23,
} as const;

/** ExtensionType (IANA, TLS ExtensionType Values). */
const Extension = {
  serverName: 0,
  supportedGroups: 10,
  signatureAlgorithms: 13,
  alpn: 16,
  supportedVersions: 43,
  keyShare: 51,
} as const;

/** TLS_EMPTY_RENEGOTIATION_INFO_SCSV and TLS_FALLBACK_SCSV say no suite. */
const SIGNALS: readonly number[] = [0x00ff, 0x5600];

/** SHA-256 of "HelloRetryRequest", the random of one (RFC 8446, section 4.1.3). */
const RETRY_RANDOM =
  "cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c";

/** A whole record. */
export interface WireRecord {
  readonly type: number;
  readonly payload: Uint8Array;
}

/** What a client offers. */
export interface ClientHello {
  /** In hexadecimal. */
  readonly random: string;
  readonly ciphers: readonly number[];
  readonly versions: readonly number[];
  readonly groups: readonly number[];
  readonly keyShares: readonly number[];
  readonly signatureSchemes: readonly number[];
  readonly protocols: readonly Uint8Array[];
  readonly serverName: string | null;
}

/** What a server chooses, as far as it is in the clear. */
export interface ServerHello {
  readonly random: string;
  readonly version: number;
  readonly cipher: number;
  /** In TLS 1.3; `null` below. */
  readonly group: number | null;
}

class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get empty(): boolean {
    return this.#at === this.#bytes.length;
  }

  take(length: number): Uint8Array {
    if (this.#at + length > this.#bytes.length) {
      throw new Error("Cannot read the hello: it is cut short");
    }
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  uint(size: 1 | 2 | 3): number {
    return this.take(size).reduce((value, byte) => value * 256 + byte, 0);
  }

  vector(size: 1 | 2 | 3): Reader {
    return new Reader(this.take(this.uint(size)));
  }

  rest(): Uint8Array {
    return this.take(this.#bytes.length - this.#at);
  }

  uint16s(): number[] {
    const values: number[] = [];
    while (!this.empty) values.push(this.uint(2));
    return values;
  }
}

/** GREASE values stand for nothing (RFC 8701, section 2). */
function isGrease(value: number): boolean {
  return (value & 0x0f0f) === 0x0a0a && value >> 8 === (value & 0xff);
}

function meaningful(values: readonly number[]): number[] {
  return values.filter((value) => !isGrease(value));
}

/** The messages of the handshake that are in the clear, in order. */
function messages(
  records: readonly WireRecord[],
): { type: number; body: Uint8Array }[] {
  const clear: Uint8Array[] = [];
  for (const record of records) {
    // Behind either, handshake records are encrypted.
    if (record.type === ContentType.changeCipherSpec && clear.length > 1) break;
    if (record.type === ContentType.applicationData) break;
    if (record.type === ContentType.handshake) clear.push(record.payload);
  }
  const bytes = concat(clear);
  const found: { type: number; body: Uint8Array }[] = [];
  for (let at = 0; at + 4 <= bytes.length;) {
    const length = bytes[at + 1]! << 16 | bytes[at + 2]! << 8 | bytes[at + 3]!;
    if (at + 4 + length > bytes.length) break;
    found.push({
      type: bytes[at]!,
      body: bytes.subarray(at + 4, at + 4 + length),
    });
    at += 4 + length;
  }
  return found;
}

function extensionsOf(reader: Reader): Map<number, Reader> {
  const extensions = new Map<number, Reader>();
  if (reader.empty) return extensions;
  const list = reader.vector(2);
  while (!list.empty) {
    const type = list.uint(2);
    if (extensions.has(type)) {
      throw new Error(`Cannot read the hello: extension ${type} stands twice`);
    }
    extensions.set(type, list.vector(2));
  }
  if (!reader.empty) {
    throw new Error("Cannot read the hello: bytes stand behind its extensions");
  }
  return extensions;
}

function parseClientHello(body: Uint8Array): ClientHello {
  const reader = new Reader(body);
  const legacyVersion = reader.uint(2);
  const random = hex(reader.take(32));
  reader.vector(1);
  const ciphers = meaningful(reader.vector(2).uint16s())
    .filter((suite) => !SIGNALS.includes(suite));
  reader.vector(1);
  const extensions = extensionsOf(reader);
  const keyShares: number[] = [];
  const shares = extensions.get(Extension.keyShare)?.vector(2);
  while (shares !== undefined && !shares.empty) {
    keyShares.push(shares.uint(2));
    shares.vector(2);
  }
  const protocols: Uint8Array[] = [];
  const names = extensions.get(Extension.alpn)?.vector(2);
  while (names !== undefined && !names.empty) {
    protocols.push(names.vector(1).rest());
  }
  let serverName: string | null = null;
  const hosts = extensions.get(Extension.serverName)?.vector(2);
  if (hosts !== undefined && hosts.uint(1) === 0) {
    serverName = new TextDecoder().decode(hosts.vector(2).rest());
  }
  return {
    random,
    ciphers,
    versions: meaningful(
      extensions.get(Extension.supportedVersions)?.vector(1).uint16s() ??
        [legacyVersion],
    ),
    groups: meaningful(
      extensions.get(Extension.supportedGroups)?.vector(2).uint16s() ?? [],
    ),
    keyShares: meaningful(keyShares),
    signatureSchemes: meaningful(
      extensions.get(Extension.signatureAlgorithms)?.vector(2).uint16s() ?? [],
    ),
    protocols,
    serverName,
  };
}

function parseServerHello(body: Uint8Array): ServerHello {
  const reader = new Reader(body);
  const legacyVersion = reader.uint(2);
  const random = hex(reader.take(32));
  reader.vector(1);
  const cipher = reader.uint(2);
  reader.uint(1);
  const extensions = extensionsOf(reader);
  return {
    random,
    cipher,
    version: extensions.get(Extension.supportedVersions)?.uint(2) ??
      legacyVersion,
    group: extensions.get(Extension.keyShare)?.uint(2) ?? null,
  };
}

/** The first ClientHello among a client's records. */
export function clientHello(records: readonly WireRecord[]): ClientHello {
  const hello = messages(records).find(({ type }) => type === 1);
  if (hello === undefined) {
    throw new Error("Cannot find a ClientHello on the wire");
  }
  return parseClientHello(hello.body);
}

/** The ServerHello among a server's records; a HelloRetryRequest is none. */
export function serverHello(records: readonly WireRecord[]): ServerHello {
  for (const { type, body } of messages(records)) {
    if (type !== 2) continue;
    const hello = parseServerHello(body);
    if (hello.random !== RETRY_RANDOM) return hello;
  }
  throw new Error("Cannot find a ServerHello on the wire");
}
