/**
 * The backends that the examples can choose from, loaded when they are chosen.
 *
 * @module
 */
import type { Backend } from "../mod.ts";

const LOADERS = {
  deno: async () => (await import("../backends/deno/mod.ts")).denoBackend,
} satisfies Record<string, () => Promise<Backend>>;

/** The name of a backend. */
export type BackendName = keyof typeof LOADERS;

/** All names, the default first. */
export const BACKEND_NAMES = Object.keys(LOADERS) as [
  BackendName,
  ...BackendName[],
];

/** Whether there is a backend of that name. */
export function isBackendName(name: string): name is BackendName {
  return Object.hasOwn(LOADERS, name);
}

/** The backend of that name. */
export function loadBackend(name: BackendName): Promise<Backend> {
  return LOADERS[name]();
}
