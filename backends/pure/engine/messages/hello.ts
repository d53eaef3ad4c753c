/**
 * ClientHello, ServerHello and HelloRetryRequest.
 *
 * {@link https://www.rfc-editor.org/rfc/rfc8446#section-4.1 | RFC 8446, section 4.1}.
 *
 * @module
 */
import type { Reader } from "../codec/reader.ts";
import type { Writer } from "../codec/writer.ts";
import { ExtensionType } from "../iana.ts";
import {
  decodeExtensions,
  decodeRawExtensions,
  encodeExtensions,
  type ExtensionBlock,
  interpretExtensions,
  type RawExtension,
} from "./extensions.ts";

/** The length of a hello's random. */
export const RANDOM_LENGTH = 32;
/** The longest legacy_session_id. */
const MAX_SESSION_ID = 32;

/** A ClientHello that is of the form, of whatever version. */
export interface ClientHello {
  /** Its name in the transition tables. */
  readonly type: "clientHello";
  /** 0x0303 from a TLS 1.3 client; not used to negotiate. */
  readonly legacyVersion: number;
  /** 32 bytes. */
  readonly random: Uint8Array;
  /** At most 32 bytes. */
  readonly sessionId: Uint8Array;
  /** At least one, reserved and unknown ones included. */
  readonly cipherSuites: readonly number[];
  /** At least one. */
  readonly compressionMethods: Uint8Array;
  /** Empty where an old client sends no block at all. */
  readonly extensions: ExtensionBlock<"CH">;
}

/** What {@linkcode encodeClientHello} writes. */
export interface ClientHelloFields {
  /** 32 bytes. */
  readonly random: Uint8Array;
  /** At most 32 bytes. */
  readonly sessionId: Uint8Array;
  /** In order of preference. */
  readonly cipherSuites: readonly number[];
  /** In the order of the wire. */
  readonly extensions: readonly RawExtension[];
}

/** Reads a ClientHello's body. */
export function decodeClientHello(reader: Reader): ClientHello {
  const legacyVersion = reader.uint16();
  const random = reader.bytes(RANDOM_LENGTH);
  const sessionId = reader.vector8(0, MAX_SESSION_ID).rest();
  const suites = reader.vector16(2, 0xfffe);
  const cipherSuites: number[] = [];
  while (suites.remaining > 0) cipherSuites.push(suites.uint16());
  const compressionMethods = reader.vector8(1).rest();
  // Before TLS 1.3 the block is optional: "implementations MUST be able to
  // accept ClientHellos without it", to refuse them for the right reason.
  const extensions: ExtensionBlock<"CH"> = reader.remaining === 0
    ? { raw: [], values: {} }
    : decodeExtensions(reader, "CH");
  return {
    type: "clientHello",
    legacyVersion,
    random,
    sessionId,
    cipherSuites,
    compressionMethods,
    extensions,
  };
}

/** Writes a ClientHello's body. */
export function encodeClientHello(
  writer: Writer,
  hello: ClientHelloFields,
): void {
  writer.uint16(0x0303).bytes(hello.random)
    .vector8((w) => w.bytes(hello.sessionId))
    .vector16((w) => hello.cipherSuites.forEach((suite) => w.uint16(suite)))
    // "this vector MUST contain exactly one byte, set to zero".
    .vector8((w) => w.uint8(0));
  encodeExtensions(writer, hello.extensions);
}

/** A ServerHello that is of the form, of whatever version. */
export interface ServerHello {
  /** Its name in the transition tables. */
  readonly type: "serverHello";
  /** 0x0303 in TLS 1.3. */
  readonly legacyVersion: number;
  /** 32 bytes. */
  readonly random: Uint8Array;
  /** Echoes the client's. */
  readonly sessionId: Uint8Array;
  /** The suite that was chosen. */
  readonly cipherSuite: number;
  /** 0 in TLS 1.3. */
  readonly compressionMethod: number;
  /** Its extensions. */
  readonly extensions: ExtensionBlock<"SH">;
}

/** A ServerHello whose random says that it asks for another ClientHello. */
export interface HelloRetryRequest {
  /** Its name in the transition tables. */
  readonly type: "helloRetryRequest";
  /** 0x0303. */
  readonly legacyVersion: number;
  /** Echoes the client's. */
  readonly sessionId: Uint8Array;
  /** The suite that was chosen. */
  readonly cipherSuite: number;
  /** 0. */
  readonly compressionMethod: number;
  /** Its extensions. */
  readonly extensions: ExtensionBlock<"HRR">;
}

/** What {@linkcode encodeServerHello} writes. */
export interface ServerHelloFields {
  /** 32 bytes, or {@linkcode RETRY_RANDOM}. */
  readonly random: Uint8Array;
  /** The client's. */
  readonly sessionId: Uint8Array;
  /** The suite that was chosen. */
  readonly cipherSuite: number;
  /** In the order of the wire. */
  readonly extensions: readonly RawExtension[];
}

/** The SHA-256 of "HelloRetryRequest", which marks one. */
export const RETRY_RANDOM: Uint8Array = /* @__PURE__ */ Uint8Array.of(
  ...[0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11],
  ...[0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91],
  ...[0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e],
  ...[0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c],
);

/**
 * How a server's random ends when it could have chosen TLS 1.3 and did not:
 * "DOWNGRD" and 1 (it chose TLS 1.2) or 0 (something older).
 */
export function isDowngrade(random: Uint8Array): boolean {
  const mark = [0x44, 0x4f, 0x57, 0x4e, 0x47, 0x52, 0x44];
  const at = RANDOM_LENGTH - 8;
  return mark.every((byte, i) => random[at + i] === byte) &&
    random[RANDOM_LENGTH - 1]! <= 1;
}

/** Reads the body of a ServerHello or HelloRetryRequest. */
export function decodeServerHello(
  reader: Reader,
): ServerHello | HelloRetryRequest {
  const legacyVersion = reader.uint16();
  const random = reader.bytes(RANDOM_LENGTH);
  const sessionId = reader.vector8(0, MAX_SESSION_ID).rest();
  const cipherSuite = reader.uint16();
  const compressionMethod = reader.uint8();
  const head = { legacyVersion, sessionId, cipherSuite, compressionMethod };
  if (RETRY_RANDOM.every((byte, i) => random[i] === byte)) {
    return {
      type: "helloRetryRequest",
      ...head,
      extensions: decodeExtensions(reader, "HRR"),
    };
  }
  return {
    type: "serverHello",
    ...head,
    random,
    extensions: decodeServerExtensions(reader),
  };
}

/**
 * An older server's extensions are not TLS 1.3's: their values are read only
 * where supported_versions says that the server speaks it.
 */
function decodeServerExtensions(reader: Reader): ExtensionBlock<"SH"> {
  // Before TLS 1.3 the block is optional.
  if (reader.remaining === 0) return { raw: [], values: {} };
  const raw = decodeRawExtensions(reader);
  return raw.some(({ type }) => type === ExtensionType.supported_versions)
    ? interpretExtensions(raw, "SH")
    : { raw, values: {} };
}

/** Writes the body of a ServerHello or HelloRetryRequest. */
export function encodeServerHello(
  writer: Writer,
  hello: ServerHelloFields,
): void {
  writer.uint16(0x0303).bytes(hello.random)
    .vector8((w) => w.bytes(hello.sessionId))
    .uint16(hello.cipherSuite).uint8(0);
  encodeExtensions(writer, hello.extensions);
}
