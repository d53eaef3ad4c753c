/**
 * What the credentials of the pure backend throw, and how they read files.
 *
 * @module
 */
import { ConfigurationError } from "../../../api/errors.ts";
import { DecodeFailure } from "../engine/codec/reader.ts";
import { only, Tag } from "../engine/x509/der.ts";

/** The backend's name in errors. */
export const NAME = "pure";

/** What a credential that somebody else made is told. */
export const FOREIGN =
  "it was not made by this backend's constructors (pureBackend.certificate, .privateKey, .trustStore)";

/** An error about `field`. */
export function refusal(
  field: string,
  message: string,
  cause?: unknown,
): ConfigurationError {
  return new ConfigurationError(message, {
    field,
    backend: NAME,
    ...(cause === undefined ? {} : { cause }),
  });
}

/** Runs `decode`; what it cannot decode becomes an error about `field`. */
export function decoding<T>(field: string, what: string, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (!(error instanceof DecodeFailure)) throw error;
    throw refusal(field, `Cannot read ${what}: ${error.message}`, error);
  }
}

/** The file system, where the platform has Deno's. */
interface Files {
  readFile(path: string | URL): Promise<Uint8Array>;
  readFileSync(path: string | URL): Uint8Array;
  readonly errors: { readonly NotCapable: new () => Error };
}

function files(field: string): Files {
  const { Deno: deno } = globalThis as { Deno?: Files };
  if (deno === undefined) {
    throw refusal(
      field,
      "Cannot read a file: this platform has no Deno.readFile; use fromBuffer",
    );
  }
  return deno;
}

function fileError(field: string, path: string | URL, error: unknown): Error {
  const text = error instanceof Error ? error.message : String(error);
  if (error instanceof files(field).errors.NotCapable) {
    return refusal(
      "permissions",
      `Cannot read ${path}: --allow-read=${path} is needed, or fromBuffer with the contents (${text})`,
      error,
    );
  }
  return refusal(field, `Cannot read ${path}: ${text}`, error);
}

/** The contents of a file; `field` is what they are for. */
export async function readFile(
  field: string,
  path: string | URL,
): Promise<Uint8Array> {
  try {
    return await files(field).readFile(path);
  } catch (error) {
    if (error instanceof ConfigurationError) throw error;
    throw fileError(field, path, error);
  }
}

/** {@linkcode readFile}, at once. */
export function readFileSync(field: string, path: string | URL): Uint8Array {
  try {
    return files(field).readFileSync(path);
  } catch (error) {
    if (error instanceof ConfigurationError) throw error;
    throw fileError(field, path, error);
  }
}

/** Whether it is exactly one DER SEQUENCE, as every certificate and key is. */
function isSequence(bytes: Uint8Array): boolean {
  try {
    only(bytes, Tag.SEQUENCE);
    return true;
  } catch (error) {
    if (!(error instanceof DecodeFailure)) throw error;
    return false;
  }
}

/**
 * PEM as text, or `null` where it is DER. A string is always PEM. DER may hold
 * any text in a name, PEM too, which is not what was given.
 */
export function pemText(
  field: string,
  buffer: Uint8Array | string,
): string | null {
  if (typeof buffer !== "string" && isSequence(buffer)) return null;
  const text = typeof buffer === "string"
    ? buffer
    : new TextDecoder("latin1").decode(buffer);
  if (text.includes("-----BEGIN ")) return text;
  if (typeof buffer !== "string") return null;
  throw refusal(field, "Cannot read PEM: there is no BEGIN line");
}
