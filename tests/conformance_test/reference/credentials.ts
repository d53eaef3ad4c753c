/**
 * The reference backend's credentials.
 *
 * @module
 */
import "npm:reflect-metadata@0.2.2";
import { Buffer } from "node:buffer";
import { createPrivateKey, createSign } from "node:crypto";
import { rootCertificates } from "node:tls";
import {
  type Certificate,
  type CertificateConstructor,
  ConfigurationError,
  type Password,
  type PrivateKey,
  type PrivateKeyConstructor,
  type PrivateKeyOptions,
  type Signer,
  type TrustStore,
  type TrustStoreConstructor,
} from "../../../mod.ts";
import { parse } from "./validate.ts";

export const NAME = "reference";

const ders = new WeakMap<Certificate, Uint8Array>();
const signers = new WeakMap<PrivateKey, Signer["sign"]>();
const stores = new WeakMap<TrustStore, readonly Uint8Array[]>();

export function refusal(
  field: string,
  reason: string,
  cause?: unknown,
): ConfigurationError {
  return new ConfigurationError(
    `Cannot obey ${field}: the backend "${NAME}" ${reason}`,
    { field, backend: NAME, cause },
  );
}

function known<K extends object, V>(
  map: WeakMap<K, V>,
  key: K,
  field: string,
): V {
  return map.get(key) ??
    (() => {
      throw refusal(field, "did not make it");
    })();
}

export const derOf = (certificate: Certificate): Uint8Array =>
  known(ders, certificate, "certificateChain");
export const signerOf = (key: PrivateKey): Signer["sign"] =>
  known(signers, key, "certificateChain");
export const rootsOf = (store: TrustStore): readonly Uint8Array[] =>
  known(stores, store, "trustStore");

function bytesOf(pem: string, label: string): Uint8Array[] {
  const pattern = new RegExp(
    `-----BEGIN ${label}-----([A-Za-z0-9+/=\\s]+)-----END ${label}-----`,
    "g",
  );
  return Array.from(
    pem.matchAll(pattern),
    ([, body]) => new Uint8Array(Buffer.from(body!, "base64")),
  );
}

function certificatesIn(buffer: Uint8Array | string): Uint8Array[] {
  const text = typeof buffer === "string"
    ? buffer
    : new TextDecoder().decode(buffer);
  const found = typeof buffer !== "string" && buffer[0] === 0x30
    ? [buffer.slice()]
    : bytesOf(text, "CERTIFICATE");
  for (const der of found) {
    const length = der[2]! << 8 | der[3]!;
    if (der[1] !== 0x82 || der.length !== length + 4) {
      throw refusal("certificate", "found bytes behind it, or too few");
    }
    try {
      parse(der);
    } catch (error) {
      throw refusal("certificate", "cannot read it", error);
    }
  }
  return found;
}

export function makeCertificate(der: Uint8Array): Certificate {
  const made: Certificate = {
    get der() {
      return der.slice();
    },
  };
  ders.set(made, der);
  return made;
}

export const certificate: CertificateConstructor = {
  fromBuffer(buffer) {
    const found = certificatesIn(buffer);
    if (found.length !== 1) throw refusal("certificate", "takes exactly one");
    return makeCertificate(found[0]!);
  },
  fromFile: async (path) => certificate.fromBuffer(await read(path)),
  fromFileSync: (path) => certificate.fromBuffer(readSync(path)),
};

async function read(path: string | URL): Promise<Uint8Array> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    throw refusal("path", "cannot read the file", error);
  }
}

function readSync(path: string | URL): Uint8Array {
  try {
    return Deno.readFileSync(path);
  } catch (error) {
    throw refusal("path", "cannot read the file", error);
  }
}

function passwordOf(password: Password): string {
  const given = typeof password === "function" ? password() : password;
  return typeof given === "string" ? given : new TextDecoder().decode(given);
}

function makeKey(algorithm: string, sign: Signer["sign"]): PrivateKey {
  const key = Object.freeze({ algorithm });
  signers.set(key, sign);
  return key;
}

export const privateKey: PrivateKeyConstructor = {
  fromBuffer(buffer: Uint8Array | string, options: PrivateKeyOptions = {}) {
    const isDer = typeof buffer !== "string" && buffer[0] === 0x30;
    const text = typeof buffer === "string"
      ? buffer
      : new TextDecoder().decode(buffer);
    const isEncrypted = !isDer && text.includes("ENCRYPTED");
    let pem: string;
    try {
      const key = isDer
        ? createPrivateKey({
          key: Buffer.from(buffer as Uint8Array),
          format: "der",
          type: "pkcs8",
        })
        : createPrivateKey({
          key: text,
          ...isEncrypted
            ? { passphrase: passwordOf(options.password ?? "") }
            : {},
        });
      pem = key.export({ type: "pkcs8", format: "pem" }).toString();
    } catch {
      throw refusal("privateKey", "cannot read it");
    }
    return makeKey(
      "EC P-256",
      (_scheme, message) =>
        new Uint8Array(createSign("sha256").update(message).sign(pem)),
    );
  },
  fromFile: async (path, options) =>
    privateKey.fromBuffer(await read(path), options),
  fromFileSync: (path, options) =>
    privateKey.fromBuffer(readSync(path), options),
  fromSigner: (signer) =>
    makeKey("external", (scheme, message) => signer.sign(scheme, message)),
  fromCryptoKey: (key) =>
    makeKey("external", async (_scheme, message) =>
      derSignature(
        new Uint8Array(
          await crypto.subtle.sign(
            { name: "ECDSA", hash: "SHA-256" },
            key,
            message.slice(),
          ),
        ),
      )),
};

/** r and s side by side, as WebCrypto gives them, in DER. */
function derSignature(raw: Uint8Array): Uint8Array {
  const integer = (bytes: Uint8Array) => {
    let at = 0;
    while (at < bytes.length - 1 && bytes[at] === 0) at++;
    const value = bytes.subarray(at);
    return value[0]! & 0x80
      ? [2, value.length + 1, 0, ...value]
      : [2, value.length, ...value];
  };
  const half = raw.length / 2;
  const body = [
    ...integer(raw.subarray(0, half)),
    ...integer(raw.subarray(half)),
  ];
  return Uint8Array.from([0x30, body.length, ...body]);
}

let publicRoots: readonly Uint8Array[] | null = null;

export function platformRoots(): readonly Uint8Array[] {
  return publicRoots ??= rootCertificates.flatMap((pem) =>
    bytesOf(pem, "CERTIFICATE")
  );
}

function makeStore(
  description: string,
  roots: readonly Uint8Array[],
): TrustStore {
  const store = Object.freeze({ description });
  stores.set(store, roots);
  return store;
}

function bundle(buffer: Uint8Array | string): TrustStore {
  const roots = certificatesIn(buffer);
  if (roots.length === 0) throw refusal("trustStore", "found no certificate");
  return makeStore(`${roots.length} certificates`, roots);
}

export const trustStore: TrustStoreConstructor = {
  system: () => makeStore("system", platformRoots()),
  bundled: () => makeStore("bundled", platformRoots()),
  fromPemFile: async (path) => bundle(await read(path)),
  fromPemFileSync: (path) => bundle(readSync(path)),
  fromBuffer: bundle,
  platform: ({ additional = [] } = {}) =>
    makeStore("platform", [
      ...platformRoots(),
      ...additional.flatMap((one) => rootsOf(bundle(one))),
    ]),
};
