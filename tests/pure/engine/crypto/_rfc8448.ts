/** RFC 8448's traces, as the test data has them. */
import { Reader } from "../../../../backends/pure/engine/codec/reader.ts";
import { ExtensionType } from "../../../../backends/pure/engine/iana.ts";
import { readVector } from "../../../vectors.ts";
import { hex } from "./_provider.ts";

/** The values of one trace by name. */
export class Trace {
  readonly #values: ReadonlyMap<string, string>;

  constructor(values: ReadonlyMap<string, string>) {
    this.#values = values;
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  bytes(name: string): Uint8Array {
    const value = this.#values.get(name);
    if (value === undefined) {
      throw new Error(`Cannot read ${name}: the trace has not got it`);
    }
    return hex(value);
  }
}

/** All traces by name. */
export function readTraces(): ReadonlyMap<string, Trace> {
  const traces = new Map<string, Trace>();
  let values = new Map<string, string>();
  for (const line of readVector("rfc8448/transcripts.vec").split("\n")) {
    const section = /^\[(.*)\]$/.exec(line)?.[1];
    if (section !== undefined) {
      values = new Map();
      traces.set(section, new Trace(values));
    }
    const pair = /^(\w+) *= *(.*)$/.exec(line);
    if (pair !== null) {
      values.set(pair[1]!, pair[2]!);
    }
  }
  return traces;
}

/** The handshake messages in one record without protection. */
export function contentOf(record: Uint8Array): Uint8Array {
  return record.subarray(5);
}

/** Cuts concatenated handshake messages apart. */
export function messagesOf(bytes: Uint8Array): Uint8Array[] {
  const reader = new Reader(bytes);
  const messages: Uint8Array[] = [];
  while (reader.remaining > 0) {
    const start = reader.offset;
    reader.uint8();
    reader.bytes(reader.uint24());
    messages.push(reader.since(start));
  }
  return messages;
}

/** An extension of a ClientHello or ServerHello, or `null`. */
export function extension(
  hello: Uint8Array,
  type: number,
): Uint8Array | null {
  const reader = new Reader(hello);
  const client = reader.uint8() === 1;
  reader.uint24();
  reader.bytes(2 + 32);
  reader.vector8();
  if (client) {
    reader.vector16();
    reader.vector8();
  } else {
    reader.bytes(3);
  }
  const extensions = reader.vector16();
  while (extensions.remaining > 0) {
    const found = extensions.uint16();
    const body = extensions.vector16();
    if (found === type) {
      return body.rest();
    }
  }
  return null;
}

/** The key share in a ClientHello (its first) or a ServerHello. */
export function keyShare(
  hello: Uint8Array,
): { group: number; key: Uint8Array } {
  const reader = new Reader(extension(hello, ExtensionType.key_share)!);
  if (hello[0] === 1) {
    reader.uint16();
  }
  return { group: reader.uint16(), key: reader.vector16().rest() };
}
