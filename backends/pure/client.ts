/**
 * The pure backend without its server: a program that only makes connections
 * loads nothing more.
 *
 * Permissions: `--allow-net` for the hosts connected to; `--allow-sys=ca` for
 * the default trust store; `--allow-read` for `fromFile` and its like.
 *
 * @example A client (`deno run --allow-net --allow-sys=ca`)
 * ```ts
 * import type { TLSWrappedSocket } from "@pep543/tls";
 * import { pureClientBackend } from "@pep543/tls/pure/client";
 *
 * export function open(hostname: string): Promise<TLSWrappedSocket> {
 *   const context = new pureClientBackend.clientContext!({});
 *   return context.connect({ hostname, port: 443 });
 * }
 * ```
 *
 * @module
 */
import type { Backend } from "../../api/context.ts";
import { backendOf } from "./_backend.ts";
import { capabilitiesOf } from "./_capabilities.ts";
import { clientContextOf } from "./_client.ts";
import { loadProvider, type ProviderOptions } from "./providers/mod.ts";

export { handshakeDetails } from "./_details.ts";
export type { HandshakeDetails, NamedCodePoint } from "./_details.ts";
export type {
  KernelChoice,
  ProviderChoice,
  ProviderOptions,
} from "./providers/mod.ts";

/**
 * The client's half of the pure backend, over cryptography of one's choice.
 *
 * @param options Which provider and kernels; the platform's best by default.
 * @returns A backend whose `serverContext` is `null`.
 * @throws {Error} Where the platform has not got what is asked for.
 */
export async function createPureClientBackend(
  options: ProviderOptions = {},
): Promise<Backend> {
  const provider = await loadProvider(options);
  const capabilities = capabilitiesOf(provider, false);
  return backendOf(capabilities, {
    clientContext: clientContextOf(provider, capabilities),
    serverContext: null,
  });
}

/** The client's half of the pure backend with the platform's best cryptography. */
export const pureClientBackend: Backend = await createPureClientBackend();
