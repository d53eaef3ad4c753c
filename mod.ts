/**
 * One TLS API over many implementations: PEP 543 in TypeScript.
 *
 * This module is the contract alone: configuration, errors, credentials, the
 * interfaces of contexts, buffers and sockets, and {@linkcode wrapStream}. It has no
 * dependency and no side effect. Connections come from a backend, `./deno` for
 * one.
 *
 * @example
 * ```ts
 * import { assert } from "@std/assert";
 * import { NextProtocol, TLSConfiguration } from "@pep543/tls";
 * import { denoBackend } from "@pep543/tls/deno";
 *
 * const context = new denoBackend.clientContext!(
 *   new TLSConfiguration({ innerProtocols: [NextProtocol.HTTP1] }),
 * );
 * assert(context.configuration.innerProtocols[0] === "http/1.1");
 * ```
 *
 * @module
 */
export * from "./api/adapters.ts";
export * from "./api/buffer.ts";
export * from "./api/check.ts";
export * from "./api/code_points.ts";
export {
  type ClientAuthentication,
  type ServerNameCallback,
  TLSConfiguration,
  type TLSConfigurationOptions,
} from "./api/configuration.ts";
export * from "./api/context.ts";
export * from "./api/credentials.ts";
export * from "./api/errors.ts";
export * from "./api/socket.ts";
