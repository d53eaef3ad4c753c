/**
 * Trust stores of the pure backend. Each is exclusive, {@linkcode trustStore.platform}
 * apart; all are parsed once, indexed by subject and shared.
 *
 * @module
 */
import type {
  PlatformTrustStoreOptions,
  TrustStore,
  TrustStoreConstructor,
} from "../../../api/credentials.ts";
import { DecodeFailure } from "../engine/codec/reader.ts";
import { Certificate } from "../engine/x509/certificate.ts";
import { certificatesOfPem } from "../engine/x509/pem.ts";
import {
  anchorOfCertificate,
  type TrustAnchor,
  TrustAnchors,
} from "../engine/x509/trust_anchor.ts";
import { certificateBytes } from "./certificate.ts";
import {
  decoding,
  FOREIGN,
  readFile,
  readFileSync,
  refusal,
} from "./_refusal.ts";

const FIELD = "trustStore";

const anchorsOf = new WeakMap<TrustStore, TrustAnchors>();

/**
 * The anchors of a store. Throws `ConfigurationError` on one of another backend.
 */
export function trustAnchors(store: TrustStore): TrustAnchors {
  const anchors = anchorsOf.get(store);
  if (anchors !== undefined) return anchors;
  throw refusal(FIELD, `Cannot use a trust store: ${FOREIGN}`);
}

function storeOf(
  description: string,
  anchors: Iterable<TrustAnchor>,
): TrustStore {
  const handle: TrustStore = Object.freeze({ description });
  anchorsOf.set(handle, new TrustAnchors(anchors));
  return handle;
}

/** Anchors that somebody names: one that cannot be read is an error. */
function named(buffer: Uint8Array | string): readonly TrustAnchor[] {
  return certificateBytes(FIELD, buffer).map((der, i) =>
    decoding(FIELD, `certificate ${i + 1} of the trust store`, () => {
      const anchor = anchorOfCertificate(new Certificate(der));
      void anchor.publicKey;
      return anchor;
    })
  );
}

type Roots = "system" | "bundled";

const shared = new Map<Roots, TrustStore>();

/** The roots of the platform: one that cannot be read is one that is not there. */
function platformRoots(roots: Roots): TrustStore {
  let store = shared.get(roots);
  if (store === undefined) {
    const anchors: TrustAnchor[] = [];
    for (const pem of caCertificates(roots)) {
      try {
        for (const der of certificatesOfPem(pem)) {
          anchors.push(anchorOfCertificate(new Certificate(der)));
        }
      } catch (error) {
        if (!(error instanceof DecodeFailure)) throw error;
      }
    }
    if (anchors.length === 0) {
      throw refusal(
        FIELD,
        `Cannot use trustStore.${roots}(): this platform has no ${roots} roots; use trustStore.fromPemFile`,
      );
    }
    store = storeOf(roots, anchors);
    shared.set(roots, store);
  }
  return store;
}

interface NodeTls {
  getCACertificates?: (type: Roots) => readonly string[];
}

function caCertificates(roots: Roots): readonly string[] {
  const { process } = globalThis as {
    process?: { getBuiltinModule?: (name: string) => unknown };
  };
  const tls = process?.getBuiltinModule?.("node:tls") as NodeTls | undefined;
  if (tls?.getCACertificates === undefined) {
    throw refusal(
      FIELD,
      `Cannot use trustStore.${roots}(): this platform does not tell its roots; use trustStore.fromBuffer`,
    );
  }
  try {
    // Deno fills the bundled list when it is first looked into.
    return [...tls.getCACertificates(roots)];
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    if (error instanceof Error && error.name === "NotCapable") {
      throw refusal(
        "permissions",
        `Cannot read the ${roots} roots: --allow-sys is needed, or trustStore.fromPemFile or fromBuffer with roots of your own (${text})`,
        error,
      );
    }
    throw refusal(FIELD, `Cannot read the ${roots} roots: ${text}`, error);
  }
}

function fromBuffer(
  buffer: Uint8Array | string,
  description: string | null,
): TrustStore {
  const anchors = named(buffer);
  return storeOf(
    description ??
      (anchors.length === 1
        ? "1 certificate"
        : `${anchors.length} certificates`),
    anchors,
  );
}

/** Makes trust stores for the pure backend. */
export const trustStore: Required<TrustStoreConstructor> = Object.freeze({
  system: (): TrustStore => platformRoots("system"),
  bundled: (): TrustStore => platformRoots("bundled"),
  fromBuffer: (buffer: Uint8Array | string): TrustStore =>
    fromBuffer(buffer, null),
  async fromPemFile(path: string | URL): Promise<TrustStore> {
    return fromBuffer(await readFile(FIELD, path), String(path));
  },
  fromPemFileSync: (path: string | URL): TrustStore =>
    fromBuffer(readFileSync(FIELD, path), String(path)),
  platform(options: PlatformTrustStoreOptions = {}): TrustStore {
    const roots = trustAnchors(platformRoots("bundled"));
    const additional = (options.additional ?? []).flatMap(named);
    return storeOf(
      additional.length === 0
        ? "platform"
        : `platform and ${additional.length} more`,
      [...roots, ...additional],
    );
  },
});
