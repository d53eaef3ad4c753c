/**
 * Deno's own TLS (rustls) behind the contract: quick, and limited to what
 * `Deno.startTls`, `Deno.connectTls` and `Deno.listenTls` can do. What they cannot
 * is refused with a `ConfigurationError` that names what to use instead;
 * {@linkcode denoBackend}'s `capabilities` say it beforehand.
 *
 * Permissions: `--allow-net` for the hosts connected to or listened on;
 * `--allow-read` for `fromFile` and `fromFileSync`.
 *
 * @example A client (`deno run --allow-net`)
 * ```ts
 * import type { TLSWrappedSocket } from "@pep543/tls";
 * import { denoBackend } from "@pep543/tls/deno";
 *
 * export function open(hostname: string): Promise<TLSWrappedSocket> {
 *   const context = new denoBackend.clientContext!({ innerProtocols: ["h2"] });
 *   return context.connect({ hostname, port: 443 });
 * }
 * ```
 *
 * @module
 */
import type { Backend } from "../../api/context.ts";
import { capabilities } from "./_capabilities.ts";
import { DenoClientContext, DenoServerContext } from "./_contexts.ts";
import { certificate, privateKey, trustStore } from "./_credentials.ts";
import { NAME } from "./_errors.ts";

/**
 * Deno's own TLS as a backend.
 *
 * @example
 * ```ts
 * import { assert } from "@std/assert";
 * import { denoBackend } from "@pep543/tls/deno";
 *
 * assert(denoBackend.capabilities.client);
 * assert(!denoBackend.capabilities.chooseVersions);
 * ```
 */
export const denoBackend: Backend = Object.freeze({
  name: NAME,
  capabilities,
  clientContext: DenoClientContext,
  serverContext: DenoServerContext,
  certificate,
  privateKey,
  trustStore,
});
