/**
 * How the body of each extension is read and written. A body's reader takes
 * exactly its bytes; `extensions.ts` checks that none are left over.
 *
 * @module
 */
import { DecodeFailure, type Reader } from "../codec/reader.ts";
import type { Writer } from "../codec/writer.ts";
import { TlsFailure } from "../failure.ts";

const encoder = new TextEncoder();

/** Reads and writes one extension's body. */
export interface Body<T> {
  /** The value; throws on anything that is not of the form. */
  decode(reader: Reader): T;
  /** Writes the value. */
  encode(writer: Writer, value: T): void;
}

/** One half of a key exchange on the wire. */
export interface KeyShareEntry {
  /** The named group. */
  readonly group: number;
  /** The public value, at least one byte. */
  readonly keyExchange: Uint8Array;
}

/** Bytes as they are: an extension whose meaning is another's affair. */
export const opaque: Body<Uint8Array> = {
  decode: (reader) => reader.rest(),
  encode: (writer, value) => void writer.bytes(value),
};

/** No body at all. */
export const empty: Body<true> = {
  decode: () => true,
  encode: () => {},
};

/** One 16-bit code point. */
export const codePoint: Body<number> = {
  decode: (reader) => reader.uint16(),
  encode: (writer, value) => void writer.uint16(value),
};

function readCodePoints(list: Reader): number[] {
  const values: number[] = [];
  while (list.remaining > 0) values.push(list.uint16());
  return values;
}

/** A non-empty list of 16-bit code points behind a two-byte length. */
export const codePoints: Body<readonly number[]> = {
  decode: (reader) => readCodePoints(reader.vector16(2, 0xfffe)),
  encode: (writer, values) =>
    void writer.vector16((w) => values.forEach((value) => w.uint16(value))),
};

/** A non-empty list of 16-bit code points behind a one-byte length. */
export const shortCodePoints: Body<readonly number[]> = {
  decode: (reader) => readCodePoints(reader.vector8(2, 254)),
  encode: (writer, values) =>
    void writer.vector8((w) => values.forEach((value) => w.uint16(value))),
};

/** A non-empty list of bytes behind a one-byte length. */
export const shortBytes: Body<Uint8Array> = {
  decode: (reader) => reader.vector8(1).rest(),
  encode: (writer, value) => void writer.vector8((w) => w.bytes(value)),
};

/** A non-empty string of bytes behind a two-byte length. */
export const bytes16: Body<Uint8Array> = {
  decode: (reader) => reader.vector16(1).rest(),
  encode: (writer, value) => void writer.vector16((w) => w.bytes(value)),
};

/** server_name's only NameType. */
const HOST_NAME = 0;

/**
 * A client's server_name: one host_name. The list form exists for other name
 * types, of which none was ever defined.
 * {@link https://www.rfc-editor.org/rfc/rfc6066#section-3 | RFC 6066, section 3}.
 */
export const hostName: Body<string> = {
  decode: (reader) => {
    const list = reader.vector16(1);
    if (list.uint8() !== HOST_NAME) {
      throw new DecodeFailure("server_name has an unknown name type");
    }
    const name = list.vector16(1).rest();
    // "MUST NOT contain more than one name of the same name_type".
    list.end();
    for (const byte of name) {
      if (byte <= 0x20 || byte >= 0x7f) {
        throw new TlsFailure(
          "illegal-parameter",
          "server_name is not a host name in ASCII",
        );
      }
    }
    return String.fromCharCode(...name);
  },
  encode: (writer, value) =>
    void writer.vector16((list) =>
      list.uint8(HOST_NAME).vector16((w) => w.bytes(encoder.encode(value)))
    ),
};

/**
 * ALPN's list of names, each of 1 to 255 bytes.
 * {@link https://www.rfc-editor.org/rfc/rfc7301#section-3.1 | RFC 7301, section 3.1}.
 */
export const protocolNames: Body<readonly Uint8Array[]> = {
  decode: (reader) => {
    const list = reader.vector16(2);
    const names: Uint8Array[] = [];
    // "Empty strings MUST NOT be included".
    while (list.remaining > 0) names.push(list.vector8(1).rest());
    return names;
  },
  encode: (writer, names) =>
    void writer.vector16((list) =>
      names.forEach((name) => list.vector8((w) => w.bytes(name)))
    ),
};

/** A server's ALPN answer: "MUST contain exactly one ProtocolName". */
export const protocolName: Body<Uint8Array> = {
  decode: (reader) => {
    const names = protocolNames.decode(reader);
    if (names.length !== 1) {
      throw new TlsFailure(
        "illegal-parameter",
        "the server answers ALPN with several protocols",
      );
    }
    return names[0]!;
  },
  encode: (writer, name) => protocolNames.encode(writer, [name]),
};

/** One KeyShareEntry, ServerHello's key_share. */
export const keyShare: Body<KeyShareEntry> = {
  decode: (reader) => ({
    group: reader.uint16(),
    keyExchange: reader.vector16(1).rest(),
  }),
  encode: (writer, entry) =>
    void writer.uint16(entry.group).vector16((w) => w.bytes(entry.keyExchange)),
};

/** ClientHello's key_share: a list that may be empty. */
export const keyShares: Body<readonly KeyShareEntry[]> = {
  decode: (reader) => {
    const list = reader.vector16();
    const entries: KeyShareEntry[] = [];
    const groups = new Set<number>();
    while (list.remaining > 0) {
      const entry = keyShare.decode(list);
      // "Clients MUST NOT offer multiple KeyShareEntry values for the same group."
      if (groups.has(entry.group)) {
        throw new TlsFailure(
          "illegal-parameter",
          "key_share has two entries for one group",
        );
      }
      groups.add(entry.group);
      entries.push(entry);
    }
    return entries;
  },
  encode: (writer, entries) =>
    void writer.vector16((list) =>
      entries.forEach((entry) => keyShare.encode(list, entry))
    ),
};

/** A non-empty list of DER DistinguishedNames, each of at least a byte. */
export const distinguishedNames: Body<readonly Uint8Array[]> = {
  decode: (reader) => {
    const list = reader.vector16(3);
    const names: Uint8Array[] = [];
    while (list.remaining > 0) names.push(list.vector16(1).rest());
    return names;
  },
  encode: (writer, names) =>
    void writer.vector16((list) =>
      names.forEach((name) => list.vector16((w) => w.bytes(name)))
    ),
};

/** The least record_size_limit: smaller ones are "illegal_parameter". */
const MIN_RECORD_SIZE_LIMIT = 64;

/**
 * The largest plaintext, content type included, that the sender takes.
 * {@link https://www.rfc-editor.org/rfc/rfc8449#section-4 | RFC 8449, section 4}.
 */
export const recordSizeLimit: Body<number> = {
  decode: (reader) => {
    const limit = reader.uint16();
    // "MUST treat receipt of a smaller value as a fatal error and generate an
    // "illegal_parameter" alert."
    if (limit < MIN_RECORD_SIZE_LIMIT) {
      throw new TlsFailure(
        "illegal-parameter",
        "record_size_limit is under 64",
      );
    }
    return limit;
  },
  encode: (writer, value) => void writer.uint16(value),
};

/**
 * Identities and binders of ClientHello's pre_shared_key. Resumption is not
 * spoken, so the form alone is checked.
 */
export const offeredPsks: Body<Uint8Array> = {
  decode: (reader) => {
    const start = reader.offset;
    let identities = 0;
    const list = reader.vector16(7);
    while (list.remaining > 0) {
      list.vector16(1);
      list.uint32();
      identities++;
    }
    let binders = 0;
    const macs = reader.vector16(33);
    while (macs.remaining > 0) {
      macs.vector8(32);
      binders++;
    }
    if (identities !== binders) {
      throw new TlsFailure(
        "illegal-parameter",
        "pre_shared_key has not one binder for each identity",
      );
    }
    return reader.since(start);
  },
  encode: opaque.encode,
};
