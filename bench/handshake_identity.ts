/**
 * The certificates of the handshake benchmarks: an ECDSA P-256 authority and a
 * leaf for localhost, minted once, by @peculiar/x509.
 *
 * @module
 */
import * as peculiar from "../tests/deps/peculiar.ts";
import { ADDRESS, HOSTNAME, type Identity } from "./handshake_peers.ts";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const DAY_MS = 86_400_000;

/** A fresh key pair of ECDSA on P-256. */
function keyPair(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
}

/** Mints an authority and a leaf. */
export async function mintIdentity(): Promise<Identity> {
  const validity = {
    notBefore: new Date(Date.now() - DAY_MS),
    notAfter: new Date(Date.now() + 30 * DAY_MS),
    signingAlgorithm: ALGORITHM,
  };
  const authorityKeys = await keyPair();
  const authority = await peculiar.X509CertificateGenerator.createSelfSigned({
    ...validity,
    name: "CN=Benchmark Authority",
    keys: authorityKeys,
    extensions: [
      new peculiar.BasicConstraintsExtension(true, undefined, true),
      new peculiar.KeyUsagesExtension(
        peculiar.KeyUsageFlags.keyCertSign,
        true,
      ),
      await peculiar.SubjectKeyIdentifierExtension.create(
        authorityKeys.publicKey,
      ),
    ],
  });
  const leafKeys = await keyPair();
  const leaf = await peculiar.X509CertificateGenerator.create({
    ...validity,
    subject: `CN=${HOSTNAME}`,
    issuer: authority.subject,
    publicKey: leafKeys.publicKey,
    signingKey: authorityKeys.privateKey,
    extensions: [
      new peculiar.BasicConstraintsExtension(false, undefined, true),
      new peculiar.KeyUsagesExtension(
        peculiar.KeyUsageFlags.digitalSignature,
        true,
      ),
      new peculiar.ExtendedKeyUsageExtension([
        peculiar.ExtendedKeyUsage.serverAuth,
      ]),
      new peculiar.SubjectAlternativeNameExtension([
        { type: "dns", value: HOSTNAME },
        { type: "ip", value: ADDRESS },
      ]),
      await peculiar.AuthorityKeyIdentifierExtension.create(
        authorityKeys.publicKey,
      ),
    ],
  });
  const key = await crypto.subtle.exportKey("pkcs8", leafKeys.privateKey);
  return {
    cert: leaf.toString("pem"),
    key: peculiar.PemConverter.encode(key, "PRIVATE KEY"),
    ca: authority.toString("pem"),
  };
}
