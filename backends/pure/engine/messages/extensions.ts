/**
 * The registry of extensions: which body each has in which message, after the
 * table of
 * {@link https://www.rfc-editor.org/rfc/rfc8446#section-4.2 | RFC 8446, section 4.2}.
 * The types of what a message may carry are derived from it, so that reading an
 * extension where it cannot stand does not compile.
 *
 * @module
 */
import { Reader } from "../codec/reader.ts";
import { Writer } from "../codec/writer.ts";
import { TlsFailure } from "../failure.ts";
import { ExtensionType } from "../iana.ts";
import {
  type Body,
  bytes16,
  codePoint,
  codePoints,
  distinguishedNames,
  empty,
  hostName,
  keyShare,
  keyShares,
  offeredPsks,
  opaque,
  protocolName,
  protocolNames,
  recordSizeLimit,
  shortBytes,
  shortCodePoints,
} from "./extension_bodies.ts";

/**
 * Where an extension stands: ClientHello, ServerHello, HelloRetryRequest,
 * EncryptedExtensions, CertificateRequest, an entry of Certificate,
 * NewSessionTicket.
 */
export type Place = "CH" | "SH" | "HRR" | "EE" | "CR" | "CT" | "NST";

/**
 * The allowed-in matrix. An extension that is missing here is unknown; one that
 * is here but not in the message's column is misplaced. Those that belong to
 * TLS 1.2 or that are not spoken have opaque bodies, so that they are recognised
 * where they must not be.
 */
const REGISTRY = {
  server_name: { CH: hostName, EE: empty },
  max_fragment_length: { CH: opaque, EE: opaque },
  status_request: { CH: opaque, CR: opaque, CT: opaque },
  supported_groups: { CH: codePoints, EE: codePoints },
  ec_point_formats: { CH: opaque },
  signature_algorithms: { CH: codePoints, CR: codePoints },
  application_layer_protocol_negotiation: {
    CH: protocolNames,
    EE: protocolName,
  },
  signed_certificate_timestamp: { CH: opaque, CR: opaque, CT: opaque },
  padding: { CH: opaque },
  encrypt_then_mac: { CH: opaque },
  extended_master_secret: { CH: opaque },
  compress_certificate: { CH: opaque, CR: opaque },
  record_size_limit: { CH: recordSizeLimit, EE: recordSizeLimit },
  session_ticket: { CH: opaque },
  pre_shared_key: { CH: offeredPsks, SH: codePoint },
  early_data: { CH: empty, EE: empty, NST: opaque },
  supported_versions: {
    CH: shortCodePoints,
    SH: codePoint,
    HRR: codePoint,
  },
  cookie: { CH: bytes16, HRR: bytes16 },
  psk_key_exchange_modes: { CH: shortBytes },
  certificate_authorities: { CH: distinguishedNames, CR: distinguishedNames },
  oid_filters: { CR: opaque },
  post_handshake_auth: { CH: empty },
  signature_algorithms_cert: { CH: codePoints, CR: codePoints },
  key_share: { CH: keyShares, SH: keyShare, HRR: codePoint },
  // Encrypted ClientHello's outer form and its retry configurations.
  encrypted_client_hello: { CH: opaque, HRR: opaque, EE: opaque },
  renegotiation_info: { CH: opaque },
} as const satisfies Record<
  keyof typeof ExtensionType,
  // The bodies differ in type; the mapped types below recover each.
  // deno-lint-ignore no-explicit-any
  { readonly [P in Place]?: Body<any> }
>;

type Registry = typeof REGISTRY;
type Name = keyof Registry;

type ValueIn<N extends Name, P extends Place> = Registry[N] extends {
  readonly [Q in P]: Body<infer T>;
} ? T
  : never;

/** The names of the extensions that may stand in `P`. */
export type NamesIn<P extends Place> = {
  [N in Name]: P extends keyof Registry[N] ? N : never;
}[Name];

/** What was found in `P`, by registered name. */
export type ExtensionValues<P extends Place> = {
  readonly [N in NamesIn<P>]?: ValueIn<N, P>;
};

/** An extension as it is on the wire. */
export interface RawExtension {
  /** Its code point, known or not. */
  readonly type: number;
  /** Its body. */
  readonly data: Uint8Array;
}

/** The extensions of one message: each as it came, and the known ones' values. */
export interface ExtensionBlock<P extends Place> {
  /** All, in their order. */
  readonly raw: readonly RawExtension[];
  /** Those that the registry knows. */
  readonly values: ExtensionValues<P>;
}

const NAMES: ReadonlyMap<number, Name> = new Map(
  (Object.keys(ExtensionType) as Name[]).map((
    name,
  ) => [ExtensionType[name], name]),
);

/**
 * The most extensions in one block. Real ClientHellos have some twenty; the
 * limit bounds the work that a block of empty ones makes.
 */
const MAX_EXTENSIONS = 256;

/** Reads a block with its two-byte length, whatever stands in it. */
export function decodeRawExtensions(reader: Reader): readonly RawExtension[] {
  const list = reader.vector16();
  const raw: RawExtension[] = [];
  const seen = new Set<number>();
  while (list.remaining > 0) {
    const type = list.uint16();
    const data = list.vector16().rest();
    // "There MUST NOT be more than one extension of the same type".
    if (seen.has(type)) {
      throw new TlsFailure(
        "illegal-parameter",
        `extension ${type} stands twice in one block`,
      );
    }
    seen.add(type);
    raw.push({ type, data });
    if (raw.length > MAX_EXTENSIONS) {
      throw new TlsFailure(
        "message-too-large",
        "there are too many extensions",
      );
    }
  }
  return raw;
}

/** The values of a block, as it may stand in `place`. */
export function interpretExtensions<P extends Place>(
  raw: readonly RawExtension[],
  place: P,
): ExtensionBlock<P> {
  const values: Record<string, unknown> = {};
  for (const { type, data } of raw) {
    const name = NAMES.get(type);
    if (name === undefined) continue;
    const body = (REGISTRY[name] as { [Q in Place]?: Body<unknown> })[place];
    if (body === undefined) {
      // "If an implementation receives an extension which it recognizes and
      // which is not specified for the message in which it appears, it MUST
      // abort the handshake with an "illegal_parameter" alert."
      throw new TlsFailure(
        "illegal-parameter",
        `extension ${name} cannot stand in this message`,
      );
    }
    const content = new Reader(data);
    values[name] = body.decode(content);
    content.end();
  }
  // "The "pre_shared_key" extension MUST be the last extension in the
  // ClientHello".
  if (
    place === "CH" && values["pre_shared_key"] !== undefined &&
    raw[raw.length - 1]?.type !== ExtensionType.pre_shared_key
  ) {
    throw new TlsFailure("illegal-parameter", "pre_shared_key is not the last");
  }
  return { raw, values: values as ExtensionValues<P> };
}

/** Reads a block with its two-byte length, as it may stand in `place`. */
export function decodeExtensions<P extends Place>(
  reader: Reader,
  place: P,
): ExtensionBlock<P> {
  return interpretExtensions(decodeRawExtensions(reader), place);
}

/** Writes a block with its two-byte length. */
export function encodeExtensions(
  writer: Writer,
  extensions: readonly RawExtension[],
): void {
  writer.vector16((list) => {
    for (const { type, data } of extensions) {
      list.uint16(type).vector16((w) => w.bytes(data));
    }
  });
}

/** One extension, ready to be written into a message of `place`. */
export function extension<P extends Place, N extends NamesIn<P>>(
  place: P,
  name: N,
  value: ValueIn<N, P>,
): RawExtension {
  const body = (REGISTRY[name] as { [Q in Place]?: Body<unknown> })[place]!;
  const writer = new Writer(64);
  body.encode(writer, value);
  return { type: ExtensionType[name], data: writer.finish() };
}

/**
 * Throws unless each extension of a response was offered: "Upon receiving such
 * an extension, an endpoint MUST abort the handshake with an
 * "unsupported_extension" alert." Reserved values are never among those
 * offered, so that a peer which echoes them is refused
 * ({@link https://www.rfc-editor.org/rfc/rfc8701#section-3.1 | RFC 8701, section 3.1}).
 */
export function checkOffered(
  block: { readonly raw: readonly RawExtension[] },
  offered: ReadonlySet<number>,
): void {
  for (const { type } of block.raw) {
    if (!offered.has(type)) {
      throw new TlsFailure(
        "unsupported-extension",
        `the peer answers extension ${type}, which was not offered`,
      );
    }
  }
}
