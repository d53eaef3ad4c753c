/**
 * The certificates of the suite, minted on the spot: ECDSA P-256 with SHA-256,
 * which every implementation of TLS reads.
 *
 * @module
 */
import "npm:reflect-metadata@0.2.2";
import * as x509 from "npm:@peculiar/x509@2.2.0";
import { createPrivateKey } from "node:crypto";
import { Buffer } from "node:buffer";
import type { Backend } from "../../api/context.ts";
import type { SigningChain } from "../../api/credentials.ts";

const DAY = 86_400_000;
const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
/** id-kp-serverAuth and id-kp-clientAuth (RFC 5280, section 4.2.1.12). */
const SERVER = "1.3.6.1.5.5.7.3.1";
const CLIENT = "1.3.6.1.5.5.7.3.2";

/** A certificate, its key, and the certificates between it and its root. */
export interface Identity {
  readonly der: Uint8Array;
  readonly pem: string;
  readonly keyPem: string;
  readonly keyDer: Uint8Array;
  /** Without the root. */
  readonly intermediates: readonly Identity[];
  readonly certificate: x509.X509Certificate;
  readonly keys: CryptoKeyPair;
}

/** Everything that the cases present and trust. */
export interface Certificates {
  /** The authority that the cases trust. */
  readonly ca: Identity;
  /** One that they do not. */
  readonly otherCa: Identity;
  /** For localhost, 127.0.0.1 and ::1. */
  readonly server: Identity;
  /** The same names, by way of an intermediate. */
  readonly viaIntermediate: Identity;
  /** For other.test alone. */
  readonly otherName: Identity;
  /** For alpha.test and beta.test. */
  readonly alpha: Identity;
  readonly beta: Identity;
  /** For *.wild.test. */
  readonly wildcard: Identity;
  /** For localhost by its common name alone, which has no say (RFC 9525). */
  readonly commonName: Identity;
  /** For 127.0.0.2 as an address and "127.0.0.1" as a DNS name. */
  readonly addressAsName: Identity;
  readonly expired: Identity;
  readonly notYetValid: Identity;
  readonly selfSigned: Identity;
  /** By {@linkcode Certificates.otherCa}. */
  readonly unknownIssuer: Identity;
  /** Issued by {@linkcode Certificates.server}, which is no authority. */
  readonly byLeaf: Identity;
  /** For clients alone. */
  readonly wrongPurpose: Identity;
  /** Its signature is broken. */
  readonly badSignature: Identity;
  /** Says that a root of the platform issued it, which is a lie. */
  readonly publicIssuer: Identity;
  /** Revoked by {@linkcode Certificates.crl}, as is the client's. */
  readonly revoked: Identity;
  readonly revokedClient: Identity;
  readonly crl: Uint8Array;
  /** For clients. */
  readonly client: Identity;
  readonly unknownClient: Identity;
  readonly expiredClient: Identity;
  /** {@linkcode Certificates.server}'s key under the password "correct horse". */
  readonly encryptedKeyPem: string;
}

/** The password of {@linkcode Certificates.encryptedKeyPem}. */
export const PASSWORD = "correct horse";

interface Plan {
  readonly name: string;
  readonly issuer?: Identity;
  /** Another's name where the certificate should lie about its issuer. */
  readonly issuerName?: string;
  readonly authorityKey?: x509.PublicKey;
  readonly dns?: readonly string[];
  readonly ip?: readonly string[];
  readonly ca?: boolean;
  readonly purposes?: readonly string[];
  readonly from?: number;
  readonly until?: number;
  readonly serial?: string;
}

let serial = 0x1000;

async function mint(plan: Plan): Promise<Identity> {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, [
    "sign",
    "verify",
  ]) as CryptoKeyPair;
  const { issuer, ca = false } = plan;
  const names: x509.JsonGeneralNames = [
    ...(plan.dns ?? []).map((value) => ({ type: "dns" as const, value })),
    ...(plan.ip ?? []).map((value) => ({ type: "ip" as const, value })),
  ];
  const usage = ca
    ? x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign
    : x509.KeyUsageFlags.digitalSignature;
  const extensions: x509.Extension[] = [
    new x509.BasicConstraintsExtension(ca, undefined, true),
    new x509.KeyUsagesExtension(usage, true),
    await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    await x509.AuthorityKeyIdentifierExtension.create(
      plan.authorityKey ?? issuer?.certificate.publicKey ?? keys.publicKey,
    ),
  ];
  if (!ca) {
    extensions.push(
      new x509.ExtendedKeyUsageExtension([...plan.purposes ?? [SERVER]]),
    );
  }
  if (names.length > 0) {
    extensions.push(new x509.SubjectAlternativeNameExtension(names));
  }
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: plan.serial ?? (serial++).toString(16),
    subject: plan.name,
    issuer: plan.issuerName ?? issuer?.certificate.subject ?? plan.name,
    publicKey: keys.publicKey,
    signingKey: (issuer?.keys ?? keys).privateKey,
    signingAlgorithm: ALGORITHM,
    notBefore: new Date(Date.now() + (plan.from ?? (ca ? -60 : -2)) * DAY),
    notAfter: new Date(Date.now() + (plan.until ?? (ca ? 60 : 30)) * DAY),
    extensions,
  });
  // An authority that is itself issued stands between its leaves and the root.
  const between = issuer === undefined || isSelfIssued(issuer)
    ? []
    : [issuer, ...issuer.intermediates];
  const keyDer = new Uint8Array(
    await crypto.subtle.exportKey("pkcs8", keys.privateKey),
  );
  return {
    der: new Uint8Array(certificate.rawData),
    pem: `${certificate.toString("pem")}\n`,
    keyPem: toPem("PRIVATE KEY", keyDer),
    keyDer,
    intermediates: between,
    certificate,
    keys,
  };
}

function isSelfIssued(identity: Identity): boolean {
  return identity.certificate.subject === identity.certificate.issuer;
}

/** PEM of a label's DER. */
export function toPem(label: string, der: Uint8Array): string {
  const lines = Buffer.from(der).toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${
    lines.join("\n")
  }\n-----END ${label}-----\n`;
}

/**
 * A root that every platform trusts, until 2040: Amazon Root CA 3. Its key is on
 * P-256 as ours are, so that only the signature can be wrong.
 */
const PUBLIC_ROOT = `-----BEGIN CERTIFICATE-----
MIIBtjCCAVugAwIBAgITBmyf1XSXNmY/Owua2eiedgPySjAKBggqhkjOPQQDAjA5MQswCQYD
VQQGEwJVUzEPMA0GA1UEChMGQW1hem9uMRkwFwYDVQQDExBBbWF6b24gUm9vdCBDQSAzMB4X
DTE1MDUyNjAwMDAwMFoXDTQwMDUyNjAwMDAwMFowOTELMAkGA1UEBhMCVVMxDzANBgNVBAoT
BkFtYXpvbjEZMBcGA1UEAxMQQW1hem9uIFJvb3QgQ0EgMzBZMBMGByqGSM49AgEGCCqGSM49
AwEHA0IABCmXp8ZBf8ANm+gBG1bG8lKlui2yEujSLtf6ycXYqm0fc4E7O5hrOXwzpcVOho6A
F2hiRVd9RFgdszflZwjrZt6jQjBAMA8GA1UdEwEB/wQFMAMBAf8wDgYDVR0PAQH/BAQDAgGG
MB0GA1UdDgQWBBSrttvXBp43rDCGB5Fwx5zEGbF4wDAKBggqhkjOPQQDAgNJADBGAiEA4IWS
oxe3jfkrBqWTrBqYaGFy+uGh0PsceGCmQ5nFuMQCIQCcAu/xlJyzlvnrxir4tiz+OpAUFteM
YyRIHN8wfdVoOw==
-----END CERTIFICATE-----
`;

/** The same certificate with its signature's last byte changed. */
function withBadSignature(identity: Identity): Identity {
  const der = identity.der.slice();
  der[der.length - 1]! ^= 1;
  return { ...identity, der, pem: toPem("CERTIFICATE", der) };
}

const LOCAL = { dns: ["localhost"], ip: ["127.0.0.1", "::1"] };

async function mintAll(): Promise<Certificates> {
  const ca = await mint({ name: "CN=Conformance root", ca: true });
  const [otherCa, intermediate, server] = await Promise.all([
    mint({ name: "CN=Other root", ca: true }),
    mint({ name: "CN=Conformance intermediate", ca: true, issuer: ca }),
    mint({ name: "CN=server", issuer: ca, ...LOCAL }),
  ]);
  const root = new x509.X509Certificate(PUBLIC_ROOT);
  const leaf = (name: string, plan: Partial<Plan> = {}) =>
    mint({ name: `CN=${name}`, issuer: ca, ...LOCAL, ...plan });
  const clientOf = (name: string, plan: Partial<Plan> = {}) =>
    mint({ name: `CN=${name}`, issuer: ca, purposes: [CLIENT], ...plan });
  const [revoked, revokedClient] = await Promise.all([
    leaf("revoked", { serial: "7001" }),
    clientOf("revoked client", { serial: "7002" }),
  ]);
  const crl = await x509.X509CrlGenerator.create({
    issuer: ca.certificate.subject,
    thisUpdate: new Date(Date.now() - DAY),
    nextUpdate: new Date(Date.now() + DAY),
    signingKey: ca.keys.privateKey,
    signingAlgorithm: ALGORITHM,
    entries: ["7001", "7002"].map((serialNumber) => ({
      serialNumber,
      revocationDate: new Date(Date.now() - DAY),
      reason: x509.X509CrlReason.keyCompromise,
    })),
    extensions: [
      await x509.AuthorityKeyIdentifierExtension.create(
        ca.certificate.publicKey,
      ),
    ],
  });
  return {
    ca,
    otherCa,
    server,
    revoked,
    revokedClient,
    crl: new Uint8Array(crl.rawData),
    viaIntermediate: await leaf("via intermediate", { issuer: intermediate }),
    otherName: await leaf("other", { dns: ["other.test"], ip: [] }),
    alpha: await leaf("alpha", { dns: ["alpha.test"], ip: [] }),
    beta: await leaf("beta", { dns: ["beta.test"], ip: [] }),
    wildcard: await leaf("wildcard", { dns: ["*.wild.test"], ip: [] }),
    commonName: await leaf("localhost", { dns: [], ip: [] }),
    addressAsName: await leaf("address", {
      dns: ["127.0.0.1", "other.test"],
      ip: ["127.0.0.2"],
    }),
    expired: await leaf("expired", { from: -20, until: -10 }),
    notYetValid: await leaf("not yet valid", { from: 10, until: 20 }),
    selfSigned: await mint({ name: "CN=self-signed", ...LOCAL }),
    unknownIssuer: await leaf("unknown issuer", { issuer: otherCa }),
    byLeaf: await leaf("by a leaf", { issuer: server }),
    wrongPurpose: await leaf("client only", { purposes: [CLIENT] }),
    badSignature: withBadSignature(await leaf("bad signature")),
    publicIssuer: {
      ...await leaf("public issuer", {
        issuerName: root.subject,
        authorityKey: root.publicKey,
      }),
      intermediates: [],
    },
    client: await clientOf("client", { ip: ["127.0.0.1"] }),
    unknownClient: await clientOf("unknown client", { issuer: otherCa }),
    expiredClient: await clientOf("expired client", { from: -20, until: -10 }),
    encryptedKeyPem: createPrivateKey(server.keyPem).export({
      type: "pkcs8",
      format: "pem",
      cipher: "aes-256-cbc",
      passphrase: PASSWORD,
    }).toString(),
  };
}

let minted: Promise<Certificates> | null = null;

/** The certificates, minted once. */
export function certificates(): Promise<Certificates> {
  return minted ??= mintAll();
}

/** What a server presents, for node:tls: the leaf and its intermediates. */
export function chainPem(identity: Identity): string {
  return [identity, ...identity.intermediates].map(({ pem }) => pem).join("");
}

/** What an end presents, for a backend. */
export function signingChain(
  backend: Backend,
  identity: Identity,
): SigningChain {
  return {
    leaf: backend.certificate.fromBuffer(identity.pem),
    intermediates: identity.intermediates.map(({ pem }) =>
      backend.certificate.fromBuffer(pem)
    ),
    privateKey: backend.privateKey.fromBuffer(identity.keyPem),
  };
}
