/**
 * A backend out of its contexts.
 *
 * @module
 */
import type { Backend, Capabilities } from "../../api/context.ts";
import { NAME } from "./_errors.ts";
import { certificate, privateKey, trustStore } from "./credentials/mod.ts";

/** The pure backend with these contexts. */
export function backendOf(
  capabilities: Capabilities,
  contexts: Pick<Backend, "clientContext" | "serverContext">,
): Backend {
  return Object.freeze({
    name: NAME,
    capabilities,
    ...contexts,
    certificate,
    privateKey,
    trustStore,
  });
}
