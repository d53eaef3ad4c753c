/**
 * EncryptedExtensions, CertificateRequest, Certificate, CertificateVerify and
 * Finished: what proves who the peer is and that both saw the same handshake.
 *
 * {@link https://www.rfc-editor.org/rfc/rfc8446#section-4.4 | RFC 8446, section 4.4}.
 *
 * @module
 */
import type { Reader } from "../codec/reader.ts";
import type { Writer } from "../codec/writer.ts";
import { TlsFailure } from "../failure.ts";
import {
  decodeExtensions,
  encodeExtensions,
  type ExtensionBlock,
  type RawExtension,
} from "./extensions.ts";

/** The server's answers that need no secrecy before it. */
export interface EncryptedExtensions {
  /** Its name in the transition tables. */
  readonly type: "encryptedExtensions";
  /** Its extensions. */
  readonly extensions: ExtensionBlock<"EE">;
}

/** Reads EncryptedExtensions' body. */
export function decodeEncryptedExtensions(reader: Reader): EncryptedExtensions {
  return {
    type: "encryptedExtensions",
    extensions: decodeExtensions(reader, "EE"),
  };
}

/** A server's wish for a client's certificate. */
export interface CertificateRequest {
  /** Its name in the transition tables. */
  readonly type: "certificateRequest";
  /** Echoed by the client's Certificate. */
  readonly context: Uint8Array;
  /** What the server takes in CertificateVerify; required. */
  readonly signatureSchemes: readonly number[];
  /** Its extensions. */
  readonly extensions: ExtensionBlock<"CR">;
}

/** Reads a CertificateRequest's body. */
export function decodeCertificateRequest(reader: Reader): CertificateRequest {
  const context = reader.vector8().rest();
  const extensions = decodeExtensions(reader, "CR");
  const signatureSchemes = extensions.values.signature_algorithms;
  // "The "signature_algorithms" extension MUST be specified".
  if (signatureSchemes === undefined) {
    throw new TlsFailure(
      "missing-extension",
      "CertificateRequest has no signature_algorithms",
    );
  }
  return { type: "certificateRequest", context, signatureSchemes, extensions };
}

/** Writes the body of an in-handshake CertificateRequest: no context. */
export function encodeCertificateRequest(
  writer: Writer,
  extensions: readonly RawExtension[],
): void {
  writer.vector8(() => {});
  encodeExtensions(writer, extensions);
}

/** One certificate of a chain, with its extensions. */
export interface CertificateEntry {
  /** DER, at least one byte; not yet looked at. */
  readonly der: Uint8Array;
  /** Its extensions. */
  readonly extensions: ExtensionBlock<"CT">;
}

/** A chain, the leaf first; from a client it may be empty. */
export interface Certificate {
  /** Its name in the transition tables. */
  readonly type: "certificate";
  /** Echoes the CertificateRequest's; empty from a server. */
  readonly context: Uint8Array;
  /** The leaf, then what helps to find a path. */
  readonly entries: readonly CertificateEntry[];
}

/**
 * The most certificates in one chain. Path building has its own budget; this
 * bounds what is parsed at all. Public chains have two to four.
 */
export const MAX_CHAIN_LENGTH = 32;

/** Reads a Certificate's body. */
export function decodeCertificate(reader: Reader): Certificate {
  const context = reader.vector8().rest();
  const list = reader.vector24();
  const entries: CertificateEntry[] = [];
  while (list.remaining > 0) {
    if (entries.length === MAX_CHAIN_LENGTH) {
      throw new TlsFailure(
        "message-too-large",
        `the chain has more than ${MAX_CHAIN_LENGTH} certificates`,
      );
    }
    const der = list.vector24(1).rest();
    entries.push({ der, extensions: decodeExtensions(list, "CT") });
  }
  return { type: "certificate", context, entries };
}

/** Writes a Certificate's body, without extensions. */
export function encodeCertificate(
  writer: Writer,
  message: {
    readonly context: Uint8Array;
    readonly chain: readonly Uint8Array[];
  },
): void {
  writer.vector8((w) => w.bytes(message.context)).vector24((list) => {
    for (const der of message.chain) {
      list.vector24((w) => w.bytes(der));
      encodeExtensions(list, []);
    }
  });
}

/** Proof that the sender holds the leaf's key. */
export interface CertificateVerify {
  /** Its name in the transition tables. */
  readonly type: "certificateVerify";
  /** The signature scheme, not yet checked. */
  readonly scheme: number;
  /** The signature. */
  readonly signature: Uint8Array;
}

/** Reads a CertificateVerify's body. */
export function decodeCertificateVerify(reader: Reader): CertificateVerify {
  return {
    type: "certificateVerify",
    scheme: reader.uint16(),
    signature: reader.vector16().rest(),
  };
}

/** Writes a CertificateVerify's body. */
export function encodeCertificateVerify(
  writer: Writer,
  message: { readonly scheme: number; readonly signature: Uint8Array },
): void {
  writer.uint16(message.scheme).vector16((w) => w.bytes(message.signature));
}

/** A MAC over the whole handshake. */
export interface Finished {
  /** Its name in the transition tables. */
  readonly type: "finished";
  /** As long as the suite's hash, which `auth/finished.ts` checks. */
  readonly verifyData: Uint8Array;
}

/** Reads a Finished's body. */
export function decodeFinished(reader: Reader): Finished {
  return { type: "finished", verifyData: reader.rest() };
}
