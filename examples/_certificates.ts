/**
 * Certificates minted on the spot, for the demonstration and for tests of the
 * examples. Not for production: nothing here guards the authority's key.
 *
 * @module
 */
import "npm:reflect-metadata@0.2.2";
import * as x509 from "npm:@peculiar/x509@2.2.0";
import { isIP } from "node:net";

const HOUR = 3_600_000;

/** The algorithms of a key, by the name that people give them. */
const ALGORITHMS = {
  ECDSA: { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" },
  RSA: {
    name: "RSASSA-PKCS1-v1_5",
    hash: "SHA-256",
    modulusLength: 2048,
    publicExponent: Uint8Array.of(1, 0, 1),
  },
  Ed25519: { name: "Ed25519" },
} as const;

/** A kind of key. */
export type KeyKind = keyof typeof ALGORITHMS;

/** A certificate and its key, both in PEM. */
export interface Identity {
  readonly certificate: string;
  readonly privateKey: string;
}

/** What a certificate says. */
export interface IssueOptions {
  /** Host names and IP addresses that it is for. */
  readonly names: readonly string[];
  /** ECDSA with P-256 by default. */
  readonly key?: KeyKind;
  /** An hour ago by default, for clocks that disagree a little. */
  readonly notBefore?: Date;
  /** In a day by default. */
  readonly notAfter?: Date;
}

interface Subject {
  readonly name: string;
  readonly keys: CryptoKeyPair;
  readonly kind: KeyKind;
}

interface Plan extends Omit<IssueOptions, "names" | "key"> {
  readonly subject: Subject;
  readonly issuer: Subject;
  readonly extensions: x509.Extension[];
}

async function makeSubject(name: string, kind: KeyKind): Promise<Subject> {
  const keys = await crypto.subtle.generateKey(ALGORITHMS[kind], true, [
    "sign",
    "verify",
  ]) as CryptoKeyPair;
  return { name: `CN=${name}`, keys, kind };
}

async function mint(plan: Plan): Promise<Identity> {
  const { subject, issuer } = plan;
  const certificate = await x509.X509CertificateGenerator.create({
    subject: subject.name,
    issuer: issuer.name,
    publicKey: subject.keys.publicKey,
    signingKey: issuer.keys.privateKey,
    signingAlgorithm: ALGORITHMS[issuer.kind],
    notBefore: plan.notBefore ?? new Date(Date.now() - HOUR),
    notAfter: plan.notAfter ?? new Date(Date.now() + 24 * HOUR),
    extensions: [
      await x509.SubjectKeyIdentifierExtension.create(subject.keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.keys.publicKey),
      ...plan.extensions,
    ],
  });
  const key = await crypto.subtle.exportKey("pkcs8", subject.keys.privateKey);
  return {
    certificate: `${certificate.toString("pem")}\n`,
    privateKey: `${x509.PemConverter.encode(key, "PRIVATE KEY")}\n`,
  };
}

function authorityExtensions(): x509.Extension[] {
  const { keyCertSign, cRLSign } = x509.KeyUsageFlags;
  return [
    new x509.BasicConstraintsExtension(true, undefined, true),
    new x509.KeyUsagesExtension(keyCertSign | cRLSign, true),
  ];
}

function namesExtension(names: readonly string[]): x509.Extension {
  return new x509.SubjectAlternativeNameExtension(
    names.map((value) => ({
      type: isIP(value) === 0 ? "dns" as const : "ip" as const,
      value,
    })),
  );
}

/** A certificate authority of one's own. */
export class Authority {
  /** Its certificate in PEM: what clients are to trust. */
  readonly certificate: string;
  readonly #subject: Subject;

  private constructor(certificate: string, subject: Subject) {
    this.certificate = certificate;
    this.#subject = subject;
  }

  /** A new authority with a key of its own. */
  static async create(name: string): Promise<Authority> {
    const subject = await makeSubject(name, "ECDSA");
    const { certificate } = await mint({
      subject,
      issuer: subject,
      extensions: authorityExtensions(),
    });
    return new Authority(certificate, subject);
  }

  /** A server's certificate, with a new key. */
  async issue(options: IssueOptions): Promise<Identity> {
    const { names, key = "ECDSA" } = options;
    return await mint({
      ...options,
      subject: await makeSubject(names[0] ?? "server", key),
      issuer: this.#subject,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(
          x509.KeyUsageFlags.digitalSignature,
          true,
        ),
        new x509.ExtendedKeyUsageExtension([
          x509.ExtendedKeyUsage.serverAuth,
        ]),
        namesExtension(names),
      ],
    });
  }
}

/**
 * A server's certificate that vouches for itself, an authority's as `openssl req
 * -x509` makes them.
 */
export async function selfSigned(names: readonly string[]): Promise<Identity> {
  const subject = await makeSubject(names[0] ?? "server", "ECDSA");
  return await mint({
    subject,
    issuer: subject,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      namesExtension(names),
    ],
  });
}
