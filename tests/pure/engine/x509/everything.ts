/**
 * Certificates with every extension, from three programs that were not written
 * here: openssl, GnuTLS's certtool and @peculiar/x509.
 *
 * @module
 */
import * as x509 from "../../../deps/peculiar.ts";
import { join } from "../../../deps/path.ts";
import { certificatesOfPem } from "../../../../backends/pure/engine/x509/pem.ts";
import { openssl } from "./openssl.ts";

/** Kinds of keys that openssl makes. */
export const OPENSSL_KEYS: Readonly<Record<string, readonly string[]>> = {
  "RSA": ["-newkey", "rsa:2048"],
  "RSA-PSS": ["-newkey", "rsa-pss", "-pkeyopt", "rsa_keygen_bits:2048"],
  "P-256": ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
  "P-384": ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384"],
  "P-521": ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-521"],
  "Ed25519": ["-newkey", "ed25519"],
};

// The SCT list of openssl's own test suite would do, but a made-up one is as
// good: one v1 SCT with log ID 01…, timestamp 0x0000018000000000, no extensions.
const SCT = "00" + "01".repeat(32) + "0000018000000000" + "0000" + "0403" +
  "0002" + "3000";
const SCT_LIST = (() => {
  const entry = (SCT.length / 2).toString(16).padStart(4, "0") + SCT;
  const list = (entry.length / 2).toString(16).padStart(4, "0") + entry;
  return "04" + (list.length / 2).toString(16).padStart(2, "0") + list;
})();

const OPENSSL_CONFIG = `
[req]
distinguished_name = dn
prompt = no
x509_extensions = all
string_mask = utf8only
utf8 = yes
[dn]
C = DE
ST = Baden-Württemberg
O = "Example, Inc."
OU = One + two
CN = every.example.test
emailAddress = ca@example.test
[all]
basicConstraints = critical, CA:TRUE, pathlen:3
keyUsage = critical, digitalSignature, keyCertSign, cRLSign
extendedKeyUsage = serverAuth, clientAuth, 1.2.3.4.5
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always, issuer:always
subjectAltName = @names
issuerAltName = DNS:issuer.example.test
nameConstraints = critical, permitted;DNS:example.test, permitted;IP:10.0.0.0/255.0.0.0, permitted;email:example.test, excluded;URI:.example.org, excluded;dirName:dir
certificatePolicies = 1.2.3.4, @policy
policyMappings = 1.2.3.4:1.2.3.5
policyConstraints = critical, requireExplicitPolicy:3, inhibitPolicyMapping:2
inhibitAnyPolicy = critical, 4
authorityInfoAccess = OCSP;URI:http://ocsp.example.test/, caIssuers;URI:http://ca.example.test/ca.der
crlDistributionPoints = crl1, crl2
tlsfeature = status_request, status_request_v2
nsComment = "An old extension"
1.3.6.1.4.1.11129.2.4.2 = DER:${SCT_LIST}
1.3.6.1.4.1.55738.1 = ASN1:UTF8String:anything
[names]
DNS.1 = every.example.test
DNS.2 = *.example.test
IP.1 = 192.0.2.1
IP.2 = 2001:db8::1
email.1 = a@example.test
URI.1 = https://example.test/x
RID.1 = 1.2.3.4
dirName.1 = dir
otherName.1 = 1.2.3.4;UTF8:other
[dir]
O = Directory
[policy]
policyIdentifier = 1.2.3.6
CPS.1 = https://example.test/cps
userNotice.1 = @notice
[notice]
explicitText = UTF8:A notice
[crl1]
fullname = URI:http://crl.example.test/1.crl
reasons = keyCompromise, CACompromise
[crl2]
fullname = URI:http://crl.example.test/2.crl
CRLissuer = dirName:dir
`;

/** A self-signed certificate with every extension, by openssl. */
export async function opensslCertificate(
  kind: string,
  directory: string,
): Promise<Uint8Array> {
  const config = join(directory, "every.cnf");
  await Deno.writeTextFile(config, OPENSSL_CONFIG);
  const out = join(directory, "every.pem");
  const { ok, output } = await openssl([
    "req",
    "-x509",
    "-noenc",
    ...OPENSSL_KEYS[kind]!,
    "-keyout",
    join(directory, "every.key"),
    "-out",
    out,
    "-days",
    "365",
    "-config",
    config,
  ]);
  if (!ok) throw new Error(`Cannot make a certificate: ${output}`);
  return certificatesOfPem(await Deno.readTextFile(out))[0]!;
}

const CERTTOOL_TEMPLATE = `
country = DE
organization = "Example Inc."
cn = "every.example.test"
serial = 0x0102030405060708090a
expiration_days = 700
dns_name = "every.example.test"
dns_name = "*.example.test"
ip_address = "192.0.2.1"
ip_address = "2001:db8::1"
email = "a@example.test"
uri = "https://example.test/x"
ca
path_len = 2
signing_key
cert_signing_key
crl_signing_key
tls_www_server
tls_www_client
nc_permit_dns = example.test
nc_exclude_dns = bad.example.test
nc_permit_email = "example.test"
nc_permit_ip = "10.0.0.0/8"
crl_dist_points = "http://crl.example.test/1.crl"
ocsp_uri = "http://ocsp.example.test/"
ca_issuers_uri = "http://ca.example.test/ca.der"
tls_feature = 5
policy1 = 1.2.3.6
policy1_txt = "A notice"
policy1_url = "https://example.test/cps"
inhibit_anypolicy_skip_certs = 1
`;

/** The same by certtool; `kind` is its `--key-type`. */
export async function certtoolCertificate(
  kind: string,
  directory: string,
): Promise<Uint8Array> {
  const run = async (args: readonly string[]) => {
    const { success, stderr } = await new Deno.Command("certtool", {
      args: [...args],
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).output();
    if (!success) {
      throw new Error(
        `Cannot run certtool: ${new TextDecoder().decode(stderr)}`,
      );
    }
  };
  const key = join(directory, "certtool.key");
  const template = join(directory, "certtool.cfg");
  const out = join(directory, "certtool.pem");
  await Deno.writeTextFile(template, CERTTOOL_TEMPLATE);
  await run([
    "--generate-privkey",
    "--no-text",
    `--key-type=${kind}`,
    "--outfile",
    key,
  ]);
  await run([
    "--generate-self-signed",
    "--no-text",
    "--load-privkey",
    key,
    "--template",
    template,
    "--outfile",
    out,
  ]);
  return certificatesOfPem(await Deno.readTextFile(out))[0]!;
}

/** The same by @peculiar/x509, with its own classes for extensions. */
export async function peculiarCertificate(
  algorithm: EcKeyGenParams | RsaHashedKeyGenParams | Algorithm,
): Promise<Uint8Array> {
  const keys = await crypto.subtle.generateKey(algorithm, true, [
    "sign",
    "verify",
  ]) as CryptoKeyPair;
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: "0102030405060708090a",
    name: "CN=every.example.test, O=Example Inc., C=DE",
    notBefore: new Date("2026-01-01T00:00:00Z"),
    notAfter: new Date("2051-01-01T00:00:00Z"),
    keys,
    signingAlgorithm: { hash: "SHA-256", ...algorithm } as EcdsaParams,
    extensions: [
      new x509.BasicConstraintsExtension(true, 2, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyCertSign |
          x509.KeyUsageFlags.cRLSign,
        true,
      ),
      new x509.ExtendedKeyUsageExtension([
        x509.ExtendedKeyUsage.serverAuth,
        x509.ExtendedKeyUsage.clientAuth,
      ]),
      new x509.SubjectAlternativeNameExtension([
        { type: "dns", value: "every.example.test" },
        { type: "dns", value: "*.example.test" },
        { type: "ip", value: "192.0.2.1" },
        { type: "ip", value: "2001:db8::1" },
        { type: "email", value: "a@example.test" },
        { type: "url", value: "https://example.test/x" },
        { type: "id", value: "1.2.3.4" },
        { type: "upn", value: "a@example.test" },
        { type: "dn", value: "O=Directory" },
      ]),
      new x509.IssuerAlternativeNameExtension([
        { type: "dns", value: "issuer.example.test" },
      ]),
      new x509.CertificatePolicyExtension(["1.2.3.6"]),
      new x509.CRLDistributionPointsExtension([
        "http://crl.example.test/1.crl",
      ]),
      new x509.AuthorityInfoAccessExtension({
        ocsp: "http://ocsp.example.test/",
        caIssuers: "http://ca.example.test/ca.der",
      }),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return new Uint8Array(certificate.rawData);
}
