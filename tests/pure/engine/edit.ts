/**
 * Changes to handshake messages on their way out, for the trace hook.
 *
 * @module
 */
import { Reader } from "../../../backends/pure/engine/codec/reader.ts";
import { Writer } from "../../../backends/pure/engine/codec/writer.ts";
import { HandshakeType } from "../../../backends/pure/engine/iana.ts";
import {
  decodeRawExtensions,
  encodeExtensions,
  type RawExtension,
} from "../../../backends/pure/engine/messages/extensions.ts";
import { RETRY_RANDOM } from "../../../backends/pure/engine/messages/hello.ts";
import type { TraceHooks } from "../../../backends/pure/engine/settings.ts";

/** Where a hello's fields are, from the start of the message. */
export interface HelloLayout {
  /** 32 bytes. */
  readonly random: number;
  /** The length byte of legacy_session_id. */
  readonly sessionId: number;
  /** What follows the session id. */
  readonly rest: number;
  /** The two length bytes of the extensions. */
  readonly extensions: number;
}

/** Finds a hello's fields. */
export function layoutOf(message: Uint8Array): HelloLayout {
  const reader = new Reader(message, 4);
  reader.uint16();
  const random = reader.offset;
  reader.bytes(32);
  const sessionId = reader.offset;
  reader.vector8();
  const rest = reader.offset;
  if (message[0] === HandshakeType.client_hello) {
    reader.vector16();
    reader.vector8();
  } else {
    reader.uint16();
    reader.uint8();
  }
  return { random, sessionId, rest, extensions: reader.offset };
}

function extensionsAt(message: Uint8Array): number {
  switch (message[0]) {
    case HandshakeType.client_hello:
    case HandshakeType.server_hello:
      return layoutOf(message).extensions;
    case HandshakeType.encrypted_extensions:
      return 4;
    case HandshakeType.certificate_request:
      return 5;
    default:
      throw new Error(`message ${message[0]} has no one list of extensions`);
  }
}

/** The message with the length in its header put right. */
export function withLength(message: Uint8Array): Uint8Array {
  const copy = message.slice();
  const length = copy.length - 4;
  copy.set([length >>> 16, length >>> 8 & 0xff, length & 0xff], 1);
  return copy;
}

/** Replaces a message's extensions. */
export function editExtensions(
  message: Uint8Array,
  edit: (list: readonly RawExtension[]) => readonly RawExtension[],
): Uint8Array {
  const at = extensionsAt(message);
  const list = decodeRawExtensions(new Reader(message, at));
  const writer = new Writer();
  writer.bytes(message.subarray(0, at));
  encodeExtensions(writer, edit(list));
  return withLength(writer.finish());
}

/** Leaves one extension out. */
export function without(type: number) {
  return (list: readonly RawExtension[]): readonly RawExtension[] =>
    list.filter((item) => item.type !== type);
}

/** Adds or replaces one extension. */
export function having(type: number, ...data: number[]) {
  return (list: readonly RawExtension[]): readonly RawExtension[] => {
    const item = { type, data: Uint8Array.from(data) };
    return list.some((other) => other.type === type)
      ? list.map((other) => other.type === type ? item : other)
      : [...list, item];
  };
}

/** Which message an edit is for: the n-th of a handshake type. */
export interface Target {
  /** HandshakeType. */
  readonly type: number;
  /** Counted from 0; all of them by default. */
  readonly nth?: number;
}

/** A hook that edits the messages of a kind. */
export function editing(
  target: Target,
  edit: (message: Uint8Array) => Uint8Array,
): TraceHooks {
  let seen = 0;
  return {
    rewrite: (message) => {
      if (message[0] !== target.type) return message;
      const nth = seen++;
      return target.nth === undefined || target.nth === nth
        ? edit(message)
        : message;
    },
  };
}

/** Whether a ServerHello is a HelloRetryRequest. */
export function isRetry(message: Uint8Array): boolean {
  return RETRY_RANDOM.every((byte, i) => message[6 + i] === byte);
}

/** Sets bytes at an offset. */
export function patch(
  message: Uint8Array,
  at: number,
  ...bytes: number[]
): Uint8Array {
  const copy = message.slice();
  copy.set(bytes, at);
  return copy;
}
