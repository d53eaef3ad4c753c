/**
 * Judgements that many cases share.
 *
 * @module
 */
import { deepStrictEqual, fail, ok, strictEqual } from "node:assert/strict";
import { type ConfigurationError, TLSError } from "../../api/errors.ts";
import type { TLSErrorCode } from "../../api/errors.ts";
import type { Conn } from "../../api/socket.ts";
import { concat, firstDifference } from "./_bytes.ts";
import { failureOf, type Trial } from "./_trial.ts";

export { deepStrictEqual, fail, ok, strictEqual };

/** A certificate's refusal, wherever its class comes from. */
export interface CertificateRefusal extends TLSError {
  readonly reason: string;
}

/** That `error` is of the family, and of one of the codes where any are named. */
export function assertFamily(
  error: unknown,
  ...codes: readonly TLSErrorCode[]
): asserts error is TLSError {
  ok(
    TLSError.is(error),
    `the error must be a TLSError, not ${Deno.inspect(error)}`,
  );
  ok(error instanceof Error, "a TLSError must be an Error");
  ok(error.message.length > 0, "a TLSError must have a message");
  ok(
    codes.length === 0 || codes.includes(error.code),
    `the error's code must be ${
      codes.join(" or ")
    }, not ${error.code}: ${error.message}`,
  );
}

/** That `error` refuses a certificate for one of the reasons. */
export function assertCertificateError(
  error: unknown,
  ...reasons: readonly string[]
): void {
  assertFamily(error, "certificate");
  const { reason } = error as CertificateRefusal;
  ok(
    reasons.includes(reason),
    `the certificate must be refused as ${
      reasons.join(" or ")
    }, not as ${reason}: ${error.message}`,
  );
  ok(
    Array.isArray((error as unknown as { certificates: unknown }).certificates),
    "a CertificateError must have its list of certificates, if only an empty one",
  );
}

/** That `error` is a refusal as rule 1 wants it. */
export function assertRefusal(
  trial: Trial,
  error: unknown,
  field: string,
  ...words: readonly string[]
): void {
  assertFamily(error, "configuration");
  const refusal = error as ConfigurationError;
  strictEqual(refusal.field, field, "the refusal must name the field");
  strictEqual(
    refusal.backend,
    trial.backend.name,
    `the refusal must name the backend: ${refusal.message}`,
  );
  for (const word of words) {
    ok(
      refusal.message.includes(word),
      `the refusal's message must name ${word}: ${refusal.message}`,
    );
  }
}

/** What `attempt` throws; fails where it does not. */
export function thrownBy(attempt: () => unknown, what: string): unknown {
  try {
    attempt();
  } catch (error) {
    return error;
  }
  fail(`${what} was accepted, which it must not be`);
}

/** That making a context refuses its configuration, naming the field. */
export function assertRefusedAtConstruction(
  trial: Trial,
  field: string,
  attempt: () => unknown,
  ...words: readonly string[]
): void {
  const error = thrownBy(
    attempt,
    `a context with ${field} that it cannot obey`,
  );
  assertRefusal(trial, error, field, field, trial.backend.name, ...words);
}

/** That both are the same bytes; says where they differ, never prints them whole. */
export function assertBytes(
  actual: Uint8Array,
  expected: Uint8Array,
  what: string,
): void {
  const at = firstDifference(actual, expected);
  ok(
    at === -1,
    `${what}: ${actual.length} bytes differ from the ${expected.length} expected at ${at}`,
  );
}

/** Exactly `length` bytes from a socket, however they come. */
export async function readExactly(
  socket: Pick<Conn, "read">,
  length: number,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length;) {
    const rest = bytes.subarray(at);
    const n = await socket.read(rest);
    if (n === null) fail(`the data ended after ${at} bytes, not ${length}`);
    ok(
      Number.isInteger(n) && n > 0 && n <= rest.length,
      `read() of ${rest.length} bytes must resolve with 1 to ${rest.length}, not ${n}`,
    );
    at += n;
  }
  return bytes;
}

/** All the bytes up to the end, and what came instead of it, if anything. */
export async function readToEnd(
  socket: Pick<Conn, "read">,
): Promise<{ bytes: Uint8Array; error: unknown }> {
  const chunks: Uint8Array[] = [];
  const chunk = new Uint8Array(16 * 1024);
  for (;;) {
    let n: number | null;
    try {
      n = await socket.read(chunk);
    } catch (error) {
      return { bytes: concat(chunks), error };
    }
    if (n === null) return { bytes: concat(chunks), error: null };
    ok(
      Number.isInteger(n) && n > 0 && n <= chunk.length,
      `read() of ${chunk.length} bytes must resolve with 1 to ${chunk.length} or null, not ${n}`,
    );
    chunks.push(chunk.slice(0, n));
  }
}

/** That every operation of a dead socket rejects with this very error. */
export async function assertDead(
  socket: {
    read(p: Uint8Array): Promise<unknown>;
    write(p: Uint8Array): Promise<unknown>;
    doHandshake(): Promise<unknown>;
    handshake(): Promise<unknown>;
    closeWrite(): Promise<unknown>;
  },
  error: unknown,
): Promise<void> {
  const operations: [string, () => Promise<unknown>][] = [
    ["read()", () => socket.read(new Uint8Array(8))],
    ["write()", () => socket.write(new Uint8Array(8))],
    ["doHandshake()", () => socket.doHandshake()],
    ["handshake()", () => socket.handshake()],
    ["closeWrite()", () => socket.closeWrite()],
    ["a second read()", () => socket.read(new Uint8Array(8))],
  ];
  for (const [name, operation] of operations) {
    const later = await failureOf(operation(), `${name} after a fatal error`);
    ok(
      later === error,
      `${name} after a fatal error must reject with that same error, ${
        Deno.inspect(error)
      }, not ${Deno.inspect(later)}`,
    );
  }
}
