/**
 * Reserved values that keep the protocol's joints moving: a client offers code
 * points that mean nothing, and a peer that stumbles over them is found early.
 *
 * {@link https://www.rfc-editor.org/rfc/rfc8701 | RFC 8701}.
 *
 * @module
 */

/** How many reserved values there are: 0x0A0A, 0x1A1A, … 0xFAFA. */
const COUNT = 16;

/** The reserved value that the low four bits of `seed` choose. */
export function greaseValue(seed: number): number {
  const byte = (seed % COUNT) << 4 | 0x0a;
  return byte << 8 | byte;
}

/** Whether a cipher suite, group, extension, scheme or version is reserved. */
export function isGrease(value: number): boolean {
  return (value & 0x0f0f) === 0x0a0a && value >>> 8 === (value & 0xff);
}

/** The reserved values that one ClientHello offers. */
export interface Grease {
  /** Stands first among the cipher suites. */
  readonly suite: number;
  /** Stands first among the groups, with a key share of one byte. */
  readonly group: number;
  /** Stands first among the versions. */
  readonly version: number;
  /** The first extension, empty, and the last, of one byte; never equal. */
  readonly extensions: readonly [number, number];
}

/** Five random bytes make the values of one connection. */
export function greaseFrom(seed: Uint8Array): Grease {
  const first = greaseValue(seed[3]!);
  // "a client MUST NOT send the same extension twice": step to another value.
  const second = greaseValue(seed[4]!);
  return {
    suite: greaseValue(seed[0]!),
    group: greaseValue(seed[1]!),
    version: greaseValue(seed[2]!),
    extensions: [
      first,
      second === first ? greaseValue((seed[4]! + 1) % COUNT) : second,
    ],
  };
}
