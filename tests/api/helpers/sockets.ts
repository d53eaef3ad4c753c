/**
 * Sockets over wires, and pairs of sockets.
 *
 * @module
 */
import { type TLSWrappedSocket, wrapStream } from "../../../mod.ts";
import {
  HELLO,
  NullCipherBuffer,
  type NullCipherOptions,
} from "./null_cipher.ts";
import { connPair, type PairOptions, streamPair } from "./pairs.ts";
import type { Wire } from "./wires.ts";

/** A socket whose handshake is done, over a wire whose peer is the test. */
export async function connected(
  wire: Wire,
  options: NullCipherOptions = {},
): Promise<TLSWrappedSocket> {
  const socket = wrapStream(wire.stream, new NullCipherBuffer(options));
  wire.give(HELLO);
  await socket.doHandshake();
  return socket;
}

/** How two sockets are joined. */
export interface SocketPairOptions extends PairOptions {
  over?: "Conn" | "ByteStream";
  left?: NullCipherBuffer;
  right?: NullCipherBuffer;
}

/** Two sockets, each the other's peer. */
export function socketPair(
  options: SocketPairOptions = {},
): [TLSWrappedSocket, TLSWrappedSocket] {
  const [left, right] = options.over === "ByteStream"
    ? streamPair()
    : connPair(options);
  return [
    wrapStream(left!, options.left ?? new NullCipherBuffer()),
    wrapStream(right!, options.right ?? new NullCipherBuffer()),
  ];
}

/** All that a socket reads until its peer says that it is all. */
export async function readAll(
  socket: TLSWrappedSocket,
  size = 64 * 1024,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  const p = new Uint8Array(size);
  for (;;) {
    const n = await socket.read(p);
    if (n === null) break;
    chunks.push(p.slice(0, n));
  }
  const all = new Uint8Array(chunks.reduce((sum, c) => sum + c.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

/** Reads once, as text; `null` at the end. */
export async function readText(
  socket: TLSWrappedSocket,
  size = 1024,
): Promise<string | null> {
  const p = new Uint8Array(size);
  const n = await socket.read(p);
  return n === null ? null : new TextDecoder().decode(p.subarray(0, n));
}

/** `text` in UTF-8. */
export function utf8(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

/** `length` bytes that tell where they are from. */
export function pattern(length: number, seed = 0): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let state = seed ^ 0x9e3779b9;
  for (let i = 0; i < length; i++) {
    state = Math.imul(state, 1664525) + 1013904223;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

/** Whether both hold the same, without printing megabytes where they do not. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
