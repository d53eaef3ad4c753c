/**
 * The handshake's messages for the reference backend.
 *
 * @module
 */
import { concat } from "../../conformance/_bytes.ts";

export function u8(value: number): Uint8Array {
  return new Uint8Array([value]);
}

export function u16(value: number): Uint8Array {
  return new Uint8Array([value >> 8, value & 0xff]);
}

export function vector(size: 1 | 2 | 3, ...parts: Uint8Array[]): Uint8Array {
  const body = concat(parts);
  const { length } = body;
  const header = [length >> 16, length >> 8, length].slice(3 - size);
  return concat([Uint8Array.from(header, (byte) => byte & 0xff), body]);
}

export function message(type: number, ...parts: Uint8Array[]): Uint8Array {
  return concat([u8(type), vector(3, ...parts)]);
}

export function extension(type: number, ...parts: Uint8Array[]): Uint8Array {
  return concat([u16(type), vector(2, ...parts)]);
}

export class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get empty(): boolean {
    return this.#at >= this.#bytes.length;
  }

  take(length: number): Uint8Array {
    this.#at += length;
    if (this.#at > this.#bytes.length) throw new RangeError("cut short");
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  uint(size: number): number {
    return this.take(size).reduce((value, byte) => value * 256 + byte, 0);
  }

  vector(size: number): Reader {
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

  extensions(): Map<number, Reader> {
    const found = new Map<number, Reader>();
    const list = this.vector(2);
    while (!list.empty) found.set(list.uint(2), list.vector(2));
    return found;
  }
}

export function protocolBytes(protocol: string | Uint8Array): Uint8Array {
  return typeof protocol === "string"
    ? new TextEncoder().encode(protocol)
    : protocol;
}

export function protocolName(bytes: Uint8Array): string | Uint8Array {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return bytes.slice();
  }
}

/** What CertificateVerify signs (RFC 8446, section 4.4.3). */
export function signedContent(
  signer: "client" | "server",
  transcriptHash: Uint8Array,
): Uint8Array {
  return concat([
    new Uint8Array(64).fill(0x20),
    new TextEncoder().encode(`TLS 1.3, ${signer} CertificateVerify\0`),
    transcriptHash,
  ]);
}

/** The certificates of a Certificate message, leaf first. */
export function certificateList(body: Uint8Array): Uint8Array[] {
  const reader = new Reader(body);
  reader.vector(1);
  const list = reader.vector(3);
  const found: Uint8Array[] = [];
  while (!list.empty) {
    found.push(list.vector(3).rest().slice());
    list.vector(2);
  }
  return found;
}
