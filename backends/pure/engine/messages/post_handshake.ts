/**
 * KeyUpdate and NewSessionTicket: what comes after the handshake.
 *
 * {@link https://www.rfc-editor.org/rfc/rfc8446#section-4.6 | RFC 8446, section 4.6}.
 *
 * @module
 */
import type { Reader } from "../codec/reader.ts";
import type { Writer } from "../codec/writer.ts";
import { TlsFailure } from "../failure.ts";
import { decodeExtensions, type ExtensionBlock } from "./extensions.ts";

/** The sender goes on with its next key. */
export interface KeyUpdate {
  /** Its name in the transition tables. */
  readonly type: "keyUpdate";
  /** Whether the receiver must follow. */
  readonly updateRequested: boolean;
}

/** Reads a KeyUpdate's body. */
export function decodeKeyUpdate(reader: Reader): KeyUpdate {
  const request = reader.uint8();
  // "If an implementation receives any other value, it MUST terminate the
  // connection with an "illegal_parameter" alert."
  if (request > 1) {
    throw new TlsFailure(
      "illegal-parameter",
      "KeyUpdate is neither requested nor not requested",
    );
  }
  return { type: "keyUpdate", updateRequested: request === 1 };
}

/** Writes a KeyUpdate's body. */
export function encodeKeyUpdate(
  writer: Writer,
  updateRequested: boolean,
): void {
  writer.uint8(updateRequested ? 1 : 0);
}

/** A ticket for resumption. */
export interface NewSessionTicket {
  /** Its name in the transition tables. */
  readonly type: "newSessionTicket";
  /** In seconds, at most seven days. */
  readonly lifetime: number;
  /** Added to the ticket's age on the wire. */
  readonly ageAdd: number;
  /** Makes the ticket's PSK. */
  readonly nonce: Uint8Array;
  /** Opaque, at least one byte. */
  readonly ticket: Uint8Array;
  /** Its extensions. */
  readonly extensions: ExtensionBlock<"NST">;
}

/** "Servers MUST NOT use any value greater than 604800 seconds (7 days)." */
const MAX_TICKET_LIFETIME = 604_800;

/** Reads a NewSessionTicket's body. */
export function decodeNewSessionTicket(reader: Reader): NewSessionTicket {
  const lifetime = reader.uint32();
  if (lifetime > MAX_TICKET_LIFETIME) {
    throw new TlsFailure(
      "illegal-parameter",
      "a ticket's lifetime is over seven days",
    );
  }
  return {
    type: "newSessionTicket",
    lifetime,
    ageAdd: reader.uint32(),
    nonce: reader.vector8().rest(),
    ticket: reader.vector16(1).rest(),
    extensions: decodeExtensions(reader, "NST"),
  };
}
