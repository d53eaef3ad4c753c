/**
 * Credentials as Deno takes them: PEM text, kept behind opaque handles.
 *
 * @module
 */
import type {
  Certificate,
  CertificateConstructor,
  PlatformTrustStoreOptions,
  PrivateKey,
  PrivateKeyConstructor,
  TrustStore,
  TrustStoreConstructor,
} from "../../api/credentials.ts";
import { refusal, translate } from "./_errors.ts";

/** What the handles stand for; nobody else can look. */
const certificatePem = new WeakMap<Certificate, string>();
const keyPem = new WeakMap<PrivateKey, string>();
const storePem = new WeakMap<TrustStore, readonly string[]>();

const FOREIGN =
  "it was not made by this backend's constructors (denoBackend.certificate, .privateKey, .trustStore)";

/** The PEM text of a certificate of this backend. */
export function pemOfCertificate(certificate: Certificate): string {
  const pem = certificatePem.get(certificate);
  if (pem !== undefined) return pem;
  throw refusal("certificateChain", `Cannot use a certificate: ${FOREIGN}`);
}

/** The PEM text of a private key of this backend. */
export function pemOfPrivateKey(key: PrivateKey): string {
  const pem = keyPem.get(key);
  if (pem !== undefined) return pem;
  throw refusal("certificateChain", `Cannot use a private key: ${FOREIGN}`);
}

/** The roots that a store of this backend adds to Deno's own. */
export function additionalRoots(store: TrustStore): readonly string[] {
  const pem = storePem.get(store);
  if (pem !== undefined) return pem;
  throw refusal("trustStore", `Cannot use a trust store: ${FOREIGN}`);
}

// ---- PEM and DER -----------------------------------------------------------

interface PemBlock {
  readonly label: string;
  readonly der: Uint8Array;
}

/** `-----BEGIN label-----`, base64, `-----END label-----` (RFC 7468). */
const PEM_BLOCK =
  /-----BEGIN ([A-Z0-9 ]+)-----\s*([A-Za-z0-9+/=\s]*?)-----END \1-----/g;

/** The blocks of a PEM text, or `null` where the bytes are no PEM. */
function readPem(
  field: string,
  buffer: Uint8Array | string,
): PemBlock[] | null {
  const text = typeof buffer === "string"
    ? buffer
    : new TextDecoder("latin1").decode(buffer);
  if (!text.includes("-----BEGIN ")) {
    if (typeof buffer !== "string") return null;
    throw refusal(field, "Cannot read PEM: there is no BEGIN line");
  }
  if (/^Proc-Type:.*ENCRYPTED/m.test(text)) throw encrypted();
  const blocks = [...text.matchAll(PEM_BLOCK)].map(([, label, base64]) => {
    try {
      return {
        label: label!,
        der: Uint8Array.from(atob(base64!), (c) => c.charCodeAt(0)),
      };
    } catch (cause) {
      throw refusal(field, `Cannot read PEM: ${label} is no base64`, cause);
    }
  });
  // A block that was cut short or altered must not vanish from a bundle.
  const begun = text.match(/-----BEGIN /g)!.length;
  if (blocks.length !== begun) {
    throw refusal(field, "Cannot read PEM: a block is malformed or cut short");
  }
  return blocks;
}

function writePem(label: string, der: Uint8Array): string {
  let binary = "";
  for (const byte of der) binary += String.fromCharCode(byte);
  const lines = btoa(binary).match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${
    lines.join("\n")
  }\n-----END ${label}-----\n`;
}

/** Throws unless `der` is one SEQUENCE with nothing behind it (X.690, 8.1.3). */
function checkSequence(field: string, what: string, der: Uint8Array): void {
  let length = der[1] ?? 0;
  let header = 2;
  if (length & 0x80) {
    const octets = length & 0x7f;
    // Indefinite, or longer than any certificate or key.
    if (octets < 1 || octets > 3) length = -1;
    else {
      length = 0;
      while (header < 2 + octets) length = length << 8 | (der[header++] ?? 0);
    }
  }
  if (der[0] !== 0x30 || header + length !== der.length) {
    throw refusal(field, `Cannot read ${what}: it is no DER SEQUENCE`);
  }
}

/** Every certificate of PEM text or bytes, or the one of DER bytes. */
function readCertificates(
  field: string,
  buffer: Uint8Array | string,
): Uint8Array[] {
  const blocks = readPem(field, buffer);
  const ders = blocks === null
    ? [(buffer as Uint8Array).slice()]
    : blocks.filter(({ label }) =>
      label === "CERTIFICATE" || label === "X509 CERTIFICATE"
    ).map(({ der }) => der);
  if (ders.length === 0) {
    throw refusal(field, "Cannot read certificates: the PEM text has none");
  }
  for (const der of ders) checkSequence(field, "a certificate", der);
  return ders;
}

/** PEM labels of private keys that Deno reads, and what each holds. */
const KEY_LABELS: Readonly<Record<string, string>> = {
  "PRIVATE KEY": "PKCS#8",
  "RSA PRIVATE KEY": "RSA",
  "EC PRIVATE KEY": "EC",
};

function encrypted(): Error {
  return refusal(
    "password",
    "Cannot read the private key: it is encrypted, and Deno's TLS cannot decrypt; use the pure backend, or decrypt it with `openssl pkey -in FILE`",
  );
}

/** Of which PEM label a DER key is, by its second element (RFC 5958, 8017, 5915). */
function labelOfKey(der: Uint8Array): string {
  checkSequence("certificateChain", "the private key", der);
  const header = der[1]! & 0x80 ? 2 + (der[1]! & 0x7f) : 2;
  // The first is INTEGER version, of one octet in all three.
  switch (der[header] === 0x02 ? der[header + 3] : der[header]) {
    case 0x30:
      // Without a version in front: EncryptedPrivateKeyInfo.
      if (der[header] === 0x30) throw encrypted();
      return "PRIVATE KEY";
    case 0x02:
      return "RSA PRIVATE KEY";
    case 0x04:
      return "EC PRIVATE KEY";
    default:
      throw refusal(
        "certificateChain",
        "Cannot read the private key: it is neither PKCS#8, PKCS#1 nor SEC1",
      );
  }
}

/** The algorithm of a PKCS#8 key by its OID, for messages. */
const ALGORITHMS: readonly [string, string][] = [
  ["2a864886f70d0101", "RSA"],
  ["2a8648ce3d0201", "EC"],
  ["2b6570", "Ed25519"],
];

function algorithmOf(label: string, der: Uint8Array): string {
  if (label !== "PRIVATE KEY") return KEY_LABELS[label]!;
  const head = Array.from(
    der.subarray(0, 32),
    (byte) => byte.toString(16).padStart(2, "0"),
  ).join("");
  return ALGORITHMS.find(([oid]) => head.includes(oid))?.[1] ?? "PKCS#8";
}

// ---- files -----------------------------------------------------------------

async function readFile(path: string | URL): Promise<Uint8Array> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    throw translate(`read ${String(path)}`, error);
  }
}

function readFileSync(path: string | URL): Uint8Array {
  try {
    return Deno.readFileSync(path);
  } catch (error) {
    throw translate(`read ${String(path)}`, error);
  }
}

// ---- constructors ----------------------------------------------------------

/** Makes certificates for the Deno backend. */
export const certificate: CertificateConstructor = Object.freeze({
  fromBuffer(buffer: Uint8Array | string): Certificate {
    const ders = readCertificates("certificateChain", buffer);
    if (ders.length > 1) {
      throw refusal(
        "certificateChain",
        `Cannot read a certificate: there are ${ders.length}, and this takes one`,
      );
    }
    const handle: Certificate = Object.freeze({
      get der() {
        return ders[0]!.slice();
      },
    });
    certificatePem.set(handle, writePem("CERTIFICATE", ders[0]!));
    return handle;
  },
  async fromFile(path: string | URL): Promise<Certificate> {
    return certificate.fromBuffer(await readFile(path));
  },
  fromFileSync(path: string | URL): Certificate {
    return certificate.fromBuffer(readFileSync(path));
  },
});

/** Makes private keys for the Deno backend, which needs the key itself. */
export const privateKey: PrivateKeyConstructor = Object.freeze({
  fromBuffer(buffer: Uint8Array | string): PrivateKey {
    const blocks = readPem("certificateChain", buffer);
    const keys = blocks?.filter(({ label }) => label.endsWith("PRIVATE KEY")) ??
      [{
        label: labelOfKey(buffer as Uint8Array),
        der: (buffer as Uint8Array).slice(),
      }];
    const key = keys[0];
    if (key?.label === "ENCRYPTED PRIVATE KEY") throw encrypted();
    if (keys.length !== 1 || !(key!.label in KEY_LABELS)) {
      throw refusal(
        "certificateChain",
        `Cannot read a private key: the PEM text has ${
          keys.length === 1 ? `a ${key!.label}` : `${keys.length} of them`
        }`,
      );
    }
    checkSequence("certificateChain", "the private key", key!.der);
    const handle: PrivateKey = Object.freeze({
      algorithm: algorithmOf(key!.label, key!.der),
    });
    keyPem.set(handle, writePem(key!.label, key!.der));
    return handle;
  },
  async fromFile(path: string | URL): Promise<PrivateKey> {
    return privateKey.fromBuffer(await readFile(path));
  },
  fromFileSync(path: string | URL): PrivateKey {
    return privateKey.fromBuffer(readFileSync(path));
  },
});

function exclusive(name: string): never {
  throw refusal(
    "trustStore",
    `Cannot use trustStore.${name}: Deno's TLS only adds roots to its own, so the store would not be exclusive; use trustStore.platform({ additional }) or the pure backend`,
  );
}

/** Makes trust stores for the Deno backend: `platform` alone. */
export const trustStore: TrustStoreConstructor = Object.freeze({
  system: () => exclusive("system()"),
  bundled: () => exclusive("bundled()"),
  fromPemFile: () => Promise.resolve().then(() => exclusive("fromPemFile()")),
  fromPemFileSync: () => exclusive("fromPemFileSync()"),
  fromBuffer: () => exclusive("fromBuffer()"),
  platform(options: PlatformTrustStoreOptions = {}): TrustStore {
    const roots = (options.additional ?? []).flatMap((one) =>
      readCertificates("trustStore", one)
    );
    const handle: TrustStore = Object.freeze({
      description: roots.length === 0
        ? "platform"
        : `platform and ${roots.length} more`,
    });
    storePem.set(handle, roots.map((der) => writePem("CERTIFICATE", der)));
    return handle;
  },
});
