/**
 * The ways of sealing one record that the benches compare, each with the same
 * key, a fresh nonce each time where that costs nothing, and 5 bytes of
 * additional data.
 *
 * @module
 */
import { createCipheriv, randomBytes } from "node:crypto";
import { gcm } from "npm:@noble/ciphers@2.4.0/aes.js";
import { chacha20poly1305 } from "npm:@noble/ciphers@2.4.0/chacha.js";
import type { AeadName } from "../backends/pure/engine/crypto/provider.ts";
import {
  instantiateKernels,
  KERNEL_AEADS,
  supportedBuild,
} from "../backends/pure/kernels/mod.ts";
import type { Variant } from "./report/figure.ts";

/** Bytes of the records. */
export const RECORD_SIZES = [64, 256, 1024, 4096, 16384] as const;

/** The AEADs. */
export const AEADS: readonly AeadName[] = KERNEL_AEADS;

const build = supportedBuild();
if (build === null) throw new Error("Cannot bench the kernels: no SIMD here");
const host = instantiateKernels(build);
const baselineHost = instantiateKernels("baseline");

/** All variants for one AEAD and record size; ours are compared with node:crypto. */
export async function aeadVariants(
  name: AeadName,
  size: number,
): Promise<Variant[]> {
  const key = new Uint8Array(randomBytes(name === "AES-128-GCM" ? 16 : 32));
  const iv = new Uint8Array(randomBytes(12));
  const aad = Uint8Array.of(23, 3, 3, size >> 8, size & 255);
  const plaintext = new Uint8Array(randomBytes(size));
  const output = new Uint8Array(size + 16);
  const aead = host.createAead(name, key, iv);
  const baseline = baselineHost.createAead(name, key, iv);
  const sealed = new Uint8Array(size + 16);
  aead.seal(sealed, plaintext, -1, 0, aad, 0, 0);
  const title = (way: string) => `${name} ${size} B, ${way}`;
  const node = title("node:crypto");
  const kernel = title("kernel, seal");
  const make = name === "CHACHA20-POLY1305" ? chacha20poly1305 : gcm;
  let sequence = 0;
  const variants: Variant[] = [
    {
      name: node,
      run: () => {
        const cipher = createCipheriv(
          name.toLowerCase() as "chacha20-poly1305",
          key,
          iv,
          { authTagLength: 16 },
        );
        cipher.setAAD(aad, { plaintextLength: size });
        cipher.update(plaintext);
        cipher.final();
        cipher.getAuthTag();
      },
    },
    {
      name: title("kernel in place, seal"),
      ratioTo: node,
      run: () => host.sealInPlace(name, size, sequence++),
    },
    {
      name: kernel,
      ratioTo: node,
      run: () => aead.seal(output, plaintext, -1, 0, aad, 0, sequence++),
    },
    {
      name: title("kernel, open"),
      ratioTo: kernel,
      run: () => {
        if (aead.open(output, sealed, aad, 0, 0) !== size) {
          throw new Error("Cannot bench: the record did not open");
        }
      },
    },
    {
      name: title("kernel without relaxed SIMD, seal"),
      ratioTo: node,
      run: () => baseline.seal(output, plaintext, -1, 0, aad, 0, sequence++),
    },
    {
      name: title("noble"),
      run: () => make(key, iv, aad).encrypt(plaintext),
    },
  ];
  if (name !== "CHACHA20-POLY1305") {
    const cryptoKey = await crypto.subtle.importKey(
      "raw",
      key,
      "AES-GCM",
      false,
      ["encrypt"],
    );
    variants.push({
      name: title("WebCrypto"),
      run: () =>
        crypto.subtle.encrypt(
          { name: "AES-GCM", iv, additionalData: aad },
          cryptoKey,
          plaintext,
        ),
    });
  }
  return variants;
}
