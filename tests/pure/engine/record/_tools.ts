/** What the record layer's tests share. */
import { assertThrows } from "@std/assert";
import type {
  Aead,
  AeadName,
} from "../../../../backends/pure/engine/crypto/provider.ts";
import { AEAD_KEY_LENGTH } from "../../../../backends/pure/engine/crypto/aead.ts";
import {
  type FailureReason,
  TlsFailure,
} from "../../../../backends/pure/engine/failure.ts";
import type { ContentType } from "../../../../backends/pure/engine/iana.ts";
import { RECORD_ROOM } from "../../../../backends/pure/engine/record/limits.ts";
import {
  Opener12,
  Sealer12,
} from "../../../../backends/pure/engine/record/protect12.ts";
import {
  Opener13,
  Sealer13,
} from "../../../../backends/pure/engine/record/protect13.ts";
import type {
  Opener,
  Sealer,
} from "../../../../backends/pure/engine/record/protection.ts";
import type { RecordReceiver } from "../../../../backends/pure/engine/record/receive.ts";
import { createNativeProvider } from "../../../../backends/pure/providers/native.ts";

/** The native provider with the kernels. */
export const provider = await createNativeProvider();

/** Every AEAD. */
export const AEADS: readonly AeadName[] = provider.aeads;

/** Both versions. */
export const VERSIONS = ["1.2", "1.3"] as const;
export type Version = typeof VERSIONS[number];

/** Bytes that tell their place, to be seen when they move. */
export function pattern(length: number, seed = 1): Uint8Array {
  return Uint8Array.from(
    { length },
    (_, i) => (i * 167 + seed * 13 + (i >> 8)) & 0xff,
  );
}

/** A key of `name`; the IV is that of both versions' GCM. */
export function aead(name: AeadName, seed = 1): Aead {
  const iv = pattern(12, seed + 1);
  if (name !== "CHACHA20-POLY1305") {
    iv.fill(0, 4);
  }
  return provider.createAead(name, pattern(AEAD_KEY_LENGTH[name], seed), iv);
}

export interface PairOptions {
  readonly version?: Version;
  readonly name?: AeadName;
  readonly sequence?: number;
  readonly seed?: number;
}

/** Both ends of one direction. */
export function pair(options: PairOptions = {}): {
  sealer: Sealer;
  opener: Opener;
} {
  const {
    version = "1.3",
    name = "CHACHA20-POLY1305",
    sequence = 0,
    seed = 1,
  } = options;
  const [S, O] = version === "1.2"
    ? [Sealer12, Opener12] as const
    : [Sealer13, Opener13] as const;
  return {
    sealer: new S(aead(name, seed), { sequence }),
    opener: new O(aead(name, seed), { sequence }),
  };
}

/** One sealed record. */
export function seal(
  sealer: Sealer,
  type: ContentType,
  content: Uint8Array,
  padding = 0,
): Uint8Array {
  const output = new Uint8Array(sealer.overhead + content.length + padding);
  const length = sealer.seal(output, 0, type, content, padding);
  return output.subarray(0, length);
}

/** A record without protection. */
export function plain(
  type: number,
  content: Uint8Array,
  version = 0x0303,
): Uint8Array {
  return Uint8Array.of(
    type,
    version >> 8,
    version & 0xff,
    content.length >> 8,
    content.length & 0xff,
    ...content,
  );
}

/** What a receiver gives next, in memory of its own. */
export function next(
  receiver: RecordReceiver,
): { type: ContentType; content: Uint8Array } | null {
  const room = new Uint8Array(RECORD_ROOM);
  const type = receiver.next(room);
  return type === null
    ? null
    : { type, content: room.slice(0, receiver.length) };
}

/** Asserts a TlsFailure for `reason`. */
export function assertFails(
  reason: FailureReason,
  body: () => unknown,
): TlsFailure {
  const failure = assertThrows(body, TlsFailure);
  if (failure.reason !== reason) {
    throw new Error(
      `expected ${reason}, not ${failure.reason}: ${failure.message}`,
    );
  }
  return failure;
}

/** A small generator of numbers below `limit`, the same for the same seed. */
export function random(seed: number): (limit: number) => number {
  let state = seed >>> 0 || 1;
  return (limit) => {
    // xorshift32
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % limit;
  };
}
