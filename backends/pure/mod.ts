/**
 * TLS 1.3 in TypeScript behind the contract: the whole protocol, over any
 * stream, at both ends. Experimental, and not audited.
 *
 * Permissions: `--allow-net` for the hosts connected to or listened on;
 * `--allow-sys=ca` for the default trust store; `--allow-read` for `fromFile`
 * and its like.
 *
 * @example A server (`deno run --allow-net --allow-read`)
 * ```ts
 * import type { TLSListener } from "@pep543/tls";
 * import { pureBackend } from "@pep543/tls/pure";
 *
 * export async function listen(port: number): Promise<TLSListener> {
 *   const { certificate, privateKey, serverContext } = pureBackend;
 *   const context = new serverContext!({
 *     certificateChain: {
 *       leaf: await certificate.fromFile("cert.pem"),
 *       intermediates: [],
 *       privateKey: await privateKey.fromFile("key.pem"),
 *     },
 *   });
 *   return context.listen({ port });
 * }
 * ```
 *
 * @module
 */
import type { Backend } from "../../api/context.ts";
import { backendOf } from "./_backend.ts";
import { capabilitiesOf } from "./_capabilities.ts";
import { clientContextOf } from "./_client.ts";
import { serverContextOf } from "./_server.ts";
import { loadProvider, type ProviderOptions } from "./providers/mod.ts";

export { handshakeDetails } from "./_details.ts";
export type { HandshakeDetails, NamedCodePoint } from "./_details.ts";
export type {
  KernelChoice,
  ProviderChoice,
  ProviderOptions,
} from "./providers/mod.ts";

/**
 * The pure backend over cryptography of one's choice.
 *
 * @example Without node:crypto and WebAssembly
 * ```ts
 * import { assert } from "@std/assert";
 * import { createPureBackend } from "@pep543/tls/pure";
 *
 * const backend = await createPureBackend({
 *   provider: "portable",
 *   kernels: "js",
 * });
 * assert(backend.capabilities.anyStream);
 * ```
 *
 * @param options Which provider and kernels; the platform's best by default.
 * @returns A backend of its own; credentials of one serve all.
 * @throws {Error} Where the platform has not got what is asked for.
 */
export async function createPureBackend(
  options: ProviderOptions = {},
): Promise<Backend> {
  const provider = await loadProvider(options);
  const capabilities = capabilitiesOf(provider, true);
  return backendOf(capabilities, {
    clientContext: clientContextOf(provider, capabilities),
    serverContext: serverContextOf(provider, capabilities),
  });
}

/** The pure backend with the platform's best cryptography. */
export const pureBackend: Backend = await createPureBackend();
