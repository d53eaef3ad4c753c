/**
 * Certificates for peers that are other programs: valid now, in PEM files.
 *
 * @module
 */
import { pureBackend } from "../../../backends/pure/mod.ts";
import type { SigningChain, TrustStore } from "../../../api/credentials.ts";
import { join } from "../../deps/path.ts";
import {
  ext,
  general,
  type KeyKind,
  keyOf,
  mint,
  pem,
} from "../../pure/engine/x509/mint.ts";

/** A certificate and its key, as text, as files, and as this backend's. */
export interface Identity {
  readonly certificatePem: string;
  readonly keyPem: string;
  readonly certificateFile: string;
  readonly keyFile: string;
  readonly chain: SigningChain;
}

/** What every test of a program needs. */
export interface Pki extends AsyncDisposable {
  readonly directory: string;
  readonly authorityPem: string;
  readonly authorityFile: string;
  readonly trust: TrustStore;
  /** The identity of a name and kind of key, made once. */
  identity(
    name: string,
    kind?: KeyKind,
    usage?: "server" | "client",
  ): Promise<Identity>;
}

const DAY = 86_400;

/** Makes an authority, with identities as they are asked for. */
export async function makePki(): Promise<Pki> {
  const directory = await Deno.makeTempDir({ prefix: "tls_interop_" });
  const now = Math.floor(Date.now() / 1000);
  const validity = { notBefore: now - DAY, notAfter: now + 30 * DAY };
  const authorityKey = await keyOf("P-256", "interop authority");
  const authorityPem = pem(
    await mint({
      subject: "CN=Interop Authority",
      issuer: "CN=Interop Authority",
      key: authorityKey,
      signer: authorityKey,
      extensions: [ext.basicConstraints(true), ext.keyUsage(1 << 5)],
      ...validity,
    }),
  );
  const authorityFile = join(directory, "authority.pem");
  await Deno.writeTextFile(authorityFile, authorityPem);
  const made = new Map<string, Promise<Identity>>();

  const make = async (
    name: string,
    kind: KeyKind,
    usage: "server" | "client",
  ): Promise<Identity> => {
    const key = await keyOf(kind, `interop ${name} ${usage}`);
    const certificatePem = pem(
      await mint({
        subject: `CN=${name}`,
        issuer: "CN=Interop Authority",
        key,
        signer: authorityKey,
        extensions: [
          ext.subjectAltName([general.dns(name)]),
          ext.keyUsage(1 << 0),
          ext.extKeyUsage([
            usage === "server" ? "1.3.6.1.5.5.7.3.1" : "1.3.6.1.5.5.7.3.2",
          ]),
        ],
        ...validity,
      }),
    );
    const keyPem = pem(
      new Uint8Array(await crypto.subtle.exportKey("pkcs8", key.privateKey)),
      "PRIVATE KEY",
    );
    const base = join(directory, `${name}-${kind}-${usage}`);
    await Deno.writeTextFile(`${base}.pem`, certificatePem);
    await Deno.writeTextFile(`${base}.key`, keyPem, { mode: 0o600 });
    return {
      certificatePem,
      keyPem,
      certificateFile: `${base}.pem`,
      keyFile: `${base}.key`,
      chain: {
        leaf: pureBackend.certificate.fromBuffer(certificatePem),
        intermediates: [],
        privateKey: pureBackend.privateKey.fromBuffer(keyPem),
      },
    };
  };

  return {
    directory,
    authorityPem,
    authorityFile,
    trust: pureBackend.trustStore.fromBuffer(authorityPem),
    identity(name, kind = "P-256", usage = "server") {
      const id = `${name} ${kind} ${usage}`;
      const found = made.get(id) ?? make(name, kind, usage);
      made.set(id, found);
      return found;
    },
    [Symbol.asyncDispose]: () => Deno.remove(directory, { recursive: true }),
  };
}
