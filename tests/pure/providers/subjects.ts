/**
 * What Wycheproof is run against: the providers, each with the kernels and
 * without, each build of the kernels, and noble's fallbacks on their own.
 *
 * @module
 */
import { ml_kem768 } from "npm:@noble/post-quantum@0.7.1/ml-kem.js";
import type {
  KernelBuild,
  KernelHost,
} from "../../../backends/pure/kernels/_host.ts";
import {
  instantiateKernels,
  supportedBuild,
} from "../../../backends/pure/kernels/mod.ts";
import {
  AEADS,
  type AeadSource,
  type KernelChoice,
} from "../../../backends/pure/providers/_aead.ts";
import type { Kem } from "../../../backends/pure/providers/_exchange.ts";
import { keyKernels } from "../../../backends/pure/providers/_key_kernels.ts";
import { publicKeyFor } from "../../../backends/pure/providers/_keys.ts";
import { nobleAeads } from "../../../backends/pure/providers/_noble_aead.ts";
import { nobleHashes } from "../../../backends/pure/providers/_noble_hash.ts";
import { nobleDh } from "../../../backends/pure/providers/_noble_dh.ts";
import {
  nobleKem,
  nobleKemKey,
} from "../../../backends/pure/providers/_noble_kem.ts";
import {
  nobleHas,
  nobleVerify,
} from "../../../backends/pure/providers/_noble_sign.ts";
import {
  createPortableProvider,
  portableDh,
  portableKem,
  PortableProvider,
} from "../../../backends/pure/providers/portable.ts";
import type { Subject } from "./wycheproof.ts";

/** noble's ML-KEM with what is given in known answers. */
export const nobleKnownKem: NonNullable<Subject["knownKem"]> = {
  decapsulationKey: nobleKemKey,
  encapsulate(publicKey, message) {
    const { cipherText, sharedSecret } = ml_kem768.encapsulate(
      publicKey,
      message,
    );
    return { ciphertext: cipherText, sharedSecret };
  },
};

/** The portable provider by noble alone, as where WebCrypto has nothing. */
class NobleProvider extends PortableProvider {
  override canVerify(
    algorithm: Parameters<PortableProvider["canVerify"]>[0],
  ): boolean {
    return nobleHas(algorithm);
  }

  override verify(
    ...[algorithm, spki, message, signature]: Parameters<
      PortableProvider["verify"]
    >
  ): Promise<boolean> {
    const key = publicKeyFor(algorithm, spki);
    return Promise.resolve(
      key !== null && nobleVerify(algorithm, key, message, signature),
    );
  }
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null;
  return () => made ??= make();
}

/** The portable provider. */
export async function portableSubject(
  kernels: KernelChoice,
): Promise<Subject> {
  const kem: Kem = await portableKem();
  const curves = new Map<string, ReturnType<Subject["dh"]>>();
  const keys = kernels === "wasm" ? await keyKernels(nobleHashes) : null;
  return {
    name: `portable, ${kernels}`,
    provider: await createPortableProvider({ kernels }),
    dh(curve) {
      let dh = curves.get(curve);
      if (dh === undefined) {
        dh = keys?.dh(curve) ?? portableDh(curve);
        curves.set(curve, dh);
      }
      return dh;
    },
    kem: once(() => Promise.resolve(kem)),
    ...(kem === nobleKem ? { knownKem: nobleKnownKem } : {}),
  };
}

/** noble alone. */
export function nobleSubject(): Subject {
  return {
    name: "noble",
    provider: new NobleProvider({
      aeads: nobleAeads,
      hashes: nobleHashes,
      keys: null,
    }),
    dh: nobleDh,
    kem: () => nobleKem,
    knownKem: nobleKnownKem,
  };
}

function sourceOf(host: KernelHost): AeadSource {
  return {
    names: AEADS,
    onRequest: [],
    create: (name, key, iv) => host.createAead(name, key, iv),
  };
}

/** The builds of the kernels that run here. */
export function kernelBuilds(): readonly KernelBuild[] {
  const best = supportedBuild();
  return best === "relaxed"
    ? ["relaxed", "baseline"]
    : best === null
    ? []
    : [best];
}

/** One build of the kernels, for the AEADs' files. */
export function kernelSubject(build: KernelBuild): Subject {
  return {
    name: `kernels, ${build}`,
    provider: new PortableProvider({
      aeads: sourceOf(instantiateKernels(build)),
      hashes: nobleHashes,
      keys: null,
    }),
    dh: portableDh,
    kem: portableKem,
  };
}
