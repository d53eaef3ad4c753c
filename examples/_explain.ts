/**
 * Validates certificates of files, without any connection.
 *
 * @module
 */
import { TLSError, type TrustStore } from "../mod.ts";
import { certificateBytes } from "../backends/pure/credentials/certificate.ts";
import { trustStore } from "../backends/pure/credentials/mod.ts";
import { parseServerName } from "../backends/pure/engine/x509/server_name.ts";
import { explain } from "../backends/pure/explain.ts";
import { fileFault, oneLine } from "./_terminal.ts";

/** What is validated, and against what. */
export interface ExplainOptions {
  /** PEM files: the leaf is the first certificate of the first. */
  readonly files: readonly string[];
  /** Whom to trust, and nobody else; `null` for the roots that Deno brings along. */
  readonly ca: string | null;
  /** The name to check; `null` checks none. */
  readonly serverName: string | null;
  readonly policy: "default" | "strict";
  readonly at: Date;
  readonly purpose: "server" | "client";
}

/** The verdict, and on what. */
export interface ExplainReport {
  readonly accepted: boolean;
  /** The reason of `CertificateError`; `null` where it is accepted. */
  readonly reason: string | null;
  readonly files: readonly string[];
  /** The trust store. */
  readonly trust: string;
  readonly serverName: string | null;
  readonly policy: string;
  readonly purpose: string;
  /** The time that it was validated for. */
  readonly at: string;
  /** All of it for people. */
  readonly text: string;
}

/** Nothing could be validated; told in one line. */
export class ExplainError extends Error {}

/** A file's bytes; throws {@linkcode ExplainError}. */
async function read(path: string): Promise<Uint8Array> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new ExplainError(oneLine(`Cannot read ${path}: ${fileFault(error)}`));
  }
}

/** Does `work`; an error of the library's is told in one line. */
async function telling<T>(
  prefix: string,
  work: () => T | Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!TLSError.is(error)) throw error;
    throw new ExplainError(oneLine(`${prefix}${error.message}`), {
      cause: error,
    });
  }
}

async function storeOf(ca: string | null): Promise<TrustStore> {
  if (ca === null) return trustStore.bundled();
  const bytes = await read(ca);
  return await telling(
    `Cannot use --ca ${ca}: `,
    () => trustStore.fromBuffer(bytes),
  );
}

/** The text of a PEM file with a certificate at least. */
async function pemOf(file: string): Promise<string> {
  const text = new TextDecoder("latin1").decode(await read(file));
  await telling(
    `Cannot use ${file}: `,
    () => certificateBytes("certificateChain", text),
  );
  return text;
}

/**
 * Validates; a refusal is no error.
 *
 * @throws {ExplainError} With one sentence, where a file or a name cannot be read.
 */
export async function explainFiles(
  options: ExplainOptions,
): Promise<ExplainReport> {
  const { files, ca, serverName, policy, at, purpose } = options;
  if (serverName !== null && parseServerName(serverName) === null) {
    throw new ExplainError(
      oneLine(
        `Cannot use --servername ${serverName}: it is neither a DNS name in A-labels nor an IP address`,
      ),
    );
  }
  const store = await telling("", () => storeOf(ca));
  const texts = await Promise.all(files.map(pemOf));
  const { accepted, reason, text } = await telling(
    "",
    () =>
      explain(texts, {
        trustStore: store,
        hostname: serverName,
        now: at,
        policy,
        purpose,
      }),
  );
  return {
    accepted,
    reason,
    files,
    trust: store.description,
    serverName,
    policy,
    purpose,
    at: at.toISOString(),
    text,
  };
}
