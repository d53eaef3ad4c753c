/**
 * The pure backend with every private key out of its reach: behind `fromSigner`,
 * which answers at once or later.
 *
 * @module
 */
import { constants, createPrivateKey, type KeyObject, sign } from "node:crypto";
import {
  type Backend,
  type ContextConfiguration,
  type PrivateKey,
  type Signer,
  TLSConfiguration,
} from "../../mod.ts";
import { keySource } from "../../backends/pure/credentials/private_key.ts";
import { schemesOf } from "../../backends/pure/engine/auth/schemes.ts";
import { SignatureScheme } from "../../backends/pure/engine/iana.ts";
import { derive } from "../conformance_test/_mutant.ts";

/** When a signer answers. */
export type When = "at once" | "later";

/** What node:crypto calls a scheme's hash; `null`: the key knows. */
function hashOf(scheme: number): string | null {
  const name = Object.entries(SignatureScheme)
    .find(([, value]) => value === scheme)![0];
  return /sha\d+$/.exec(name)?.[0] ?? null;
}

function signature(
  key: KeyObject,
  scheme: number,
  message: Uint8Array,
): Uint8Array {
  const rsa = key.asymmetricKeyType?.startsWith("rsa") === true;
  return new Uint8Array(sign(
    hashOf(scheme),
    message,
    rsa
      ? {
        key,
        padding: constants.RSA_PKCS1_PSS_PADDING,
        saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
      }
      : key,
  ));
}

/** The schemes of a key of node:crypto's. */
function schemesFor(key: KeyObject): readonly number[] {
  const { namedCurve, modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
  switch (key.asymmetricKeyType) {
    case "ec":
      return schemesOf({
        kind: "ecdsa",
        curve: ({
          prime256v1: "P-256",
          secp384r1: "P-384",
          secp521r1: "P-521",
        } as const)[namedCurve as "prime256v1"],
      });
    case "ed25519":
      return schemesOf({ kind: "ed25519" });
    default:
      return schemesOf({ kind: "rsa", modulusBits: modulusLength });
  }
}

/** A signer of a key that the backend has read; `null` for keys it has not. */
function signerOf(handle: PrivateKey, when: When): Signer | null {
  const source = keySource(handle);
  if (source.kind !== "pkcs8") return null;
  const key = createPrivateKey({
    key: source.info.pkcs8 as never,
    format: "der",
    type: "pkcs8",
  });
  return {
    schemes: schemesFor(key),
    sign: when === "at once"
      ? (scheme, message) => signature(key, scheme, message)
      : async (scheme, message) => {
        await Promise.resolve();
        return signature(key, scheme, message);
      },
  };
}

/**
 * `base`, whose contexts sign by signers in place of the keys that they are
 * given. The keys themselves are checked as `base` checks them.
 */
export function bySigners(base: Backend, when: When): Backend {
  const handles = new WeakMap<PrivateKey, PrivateKey>();
  const swap = (privateKey: PrivateKey): PrivateKey => {
    let handle = handles.get(privateKey);
    if (handle === undefined) {
      const signer = signerOf(privateKey, when);
      handle = signer === null
        ? privateKey
        : base.privateKey.fromSigner!(signer);
      handles.set(privateKey, handle);
    }
    return handle;
  };
  const told = (given: TLSConfiguration): TLSConfiguration => {
    const { certificateChain, sniCallback } = given;
    return given.update({
      certificateChain: certificateChain.map((chain) => ({
        ...chain,
        privateKey: swap(chain.privateKey),
      })),
      ...(sniCallback === null ? {} : {
        sniCallback: async (...args: Parameters<typeof sniCallback>) => {
          const chosen: ContextConfiguration = await sniCallback(...args);
          return told(
            chosen instanceof TLSConfiguration
              ? chosen
              : new TLSConfiguration(chosen),
          );
        },
      }),
    });
  };
  return derive(base, {
    construct: (given, role) => {
      // The base's word on the keys themselves.
      const { clientContext, serverContext } = base;
      void new (role === "client" ? clientContext : serverContext)!(given);
    },
    configuration: told,
  });
}
