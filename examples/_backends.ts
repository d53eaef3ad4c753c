/**
 * The backends that the examples can choose from, loaded when they are chosen.
 *
 * @module
 */
import type { HandshakeDetails } from "../backends/pure/client.ts";
import type { Backend, TLSWrappedSocket } from "../mod.ts";

/** A backend and what it tells beyond the contract. */
export interface LoadedBackend {
  readonly backend: Backend;
  /** What a handshake came to; `null` where the backend does not tell. */
  readonly details: DetailsOf | null;
}

/** The details of a socket's handshake; `null` where they are not known. */
export type DetailsOf = (socket: TLSWrappedSocket) => HandshakeDetails | null;

const LOADERS = {
  deno: async () => {
    const { denoBackend } = await import("../backends/deno/mod.ts");
    return { backend: denoBackend, details: null };
  },
  pure: async () => {
    const { handshakeDetails, pureBackend } = await import(
      "../backends/pure/mod.ts"
    );
    return { backend: pureBackend, details: handshakeDetails };
  },
} satisfies Record<string, () => Promise<LoadedBackend>>;

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
export function loadBackend(name: BackendName): Promise<LoadedBackend> {
  return LOADERS[name]();
}
