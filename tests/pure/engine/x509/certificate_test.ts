import { assert, assertEquals, assertThrows } from "@std/assert";
import { Buffer } from "node:buffer";
import { createHash, X509Certificate } from "node:crypto";
import tls from "node:tls";
import { Name } from "../../../deps/peculiar.ts";
import { DecodeFailure } from "../../../../backends/pure/engine/codec/reader.ts";
import { Certificate } from "../../../../backends/pure/engine/x509/certificate.ts";
import { hex } from "../../../../backends/pure/engine/x509/der.ts";
import { KeyUsage } from "../../../../backends/pure/engine/x509/extensions.ts";
import { generalNameText } from "../../../../backends/pure/engine/x509/general_name.ts";
import { certificatesOfPem } from "../../../../backends/pure/engine/x509/pem.ts";
import { validatePath } from "../../../../backends/pure/engine/x509/path.ts";
import {
  anchorOfCertificate,
  TrustAnchors,
} from "../../../../backends/pure/engine/x509/trust_anchor.ts";
import {
  certtoolCertificate,
  OPENSSL_KEYS,
  opensslCertificate,
  peculiarCertificate,
} from "./everything.ts";
import { build, plain } from "./chain_plan.ts";
import { der, ext, general, keyOf, mint } from "./mint.ts";
import { hasProgram } from "./openssl.ts";

const sha256 = (data: Uint8Array) =>
  new Uint8Array(createHash("sha256").update(data).digest());

/** Compares with node:crypto what both know. */
function assertAsNode(certificate: Certificate): void {
  const node = new X509Certificate(Buffer.from(certificate.der));
  assertEquals(
    hex(certificate.fingerprint(sha256), ":").toUpperCase(),
    node.fingerprint256,
  );
  assertEquals(
    hex(certificate.serial).replace(/^0+/, "").toUpperCase(),
    node.serialNumber.replace(/^0+/, "").toUpperCase(),
  );
  assertEquals(certificate.notBefore * 1000, Date.parse(node.validFrom));
  assertEquals(certificate.notAfter * 1000, Date.parse(node.validTo));
  assertEquals(certificate.basicConstraints?.ca ?? false, node.ca);
  assertEquals(
    hex(certificate.spki),
    Buffer.from(node.publicKey.export({ format: "der", type: "spki" }))
      .toString("hex"),
  );
}

/** What all three programs were told to put in. */
function assertEverything(certificate: Certificate): void {
  certificate.decodeAll();
  assertEquals(certificate.version, 3);
  assert(certificate.subjectText.includes("CN=every.example.test"));
  assertEquals(certificate.issuerText, certificate.subjectText);
  assert(certificate.selfIssued);
  assertEquals(certificate.basicConstraints?.ca, true);
  assertEquals(
    certificate.keyUsage,
    KeyUsage.digitalSignature | KeyUsage.keyCertSign | KeyUsage.cRLSign,
  );
  assertEquals(certificate.extKeyUsage?.slice(0, 2).sort(), [
    "1.3.6.1.5.5.7.3.1",
    "1.3.6.1.5.5.7.3.2",
  ]);
  const names = certificate.subjectAltName!.map(generalNameText);
  for (
    const expected of [
      "DNS:every.example.test",
      "DNS:*.example.test",
      "IP Address:192.0.2.1",
      "IP Address:2001:db8::1",
      "URI:https://example.test/x",
    ]
  ) assert(names.includes(expected), `${expected} in ${names}`);
  assertEquals(certificate.subjectKeyIdentifier?.length, 20);
  assert(
    certificate.certificatePolicies!.some(({ policy }) => policy === "1.2.3.6"),
  );
  assertEquals(
    certificate.authorityInfoAccess!.map(({ method }) => method).sort(),
    ["1.3.6.1.5.5.7.48.1", "1.3.6.1.5.5.7.48.2"],
  );
  assertEquals(
    certificate.crlDistributionPoints![0]!.fullName!.map(generalNameText),
    ["URI:http://crl.example.test/1.crl"],
  );
}

async function inTemporary<T>(run: (path: string) => Promise<T>): Promise<T> {
  const directory = await Deno.makeTempDir();
  try {
    return await run(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

const haveOpenssl = await hasProgram("openssl");
Deno.test({
  name: "Certificate decodes every extension when openssl made it" +
    (haveOpenssl ? "" : " (ignored: no openssl)"),
  ignore: !haveOpenssl,
  async fn() {
    await inTemporary(async (directory) => {
      for (const kind of Object.keys(OPENSSL_KEYS)) {
        const certificate = new Certificate(
          await opensslCertificate(kind, directory),
        );
        assertEverything(certificate);
        if (kind !== "RSA-PSS") assertAsNode(certificate);
        assertEquals(
          certificate.subjectText,
          "email=ca@example.test,CN=every.example.test,OU=One \\+ two," +
            "O=Example\\, Inc.,ST=Baden-Württemberg,C=DE",
        );
        assertEquals(certificate.basicConstraints?.pathLength, 3);
        assertEquals(certificate.extKeyUsage?.[2], "1.2.3.4.5");
        const { permitted, excluded } = certificate.nameConstraints!;
        assertEquals(permitted.map(generalNameText), [
          "DNS:example.test",
          "IP:10.0.0.0/255.0.0.0",
          "email:example.test",
        ]);
        assertEquals(excluded.map(generalNameText), [
          "URI:.example.org",
          "DirName:O=Directory",
        ]);
        assertEquals(
          certificate.subjectAltName!.slice(4).map(generalNameText),
          [
            "email:a@example.test",
            "URI:https://example.test/x",
            "Registered ID:1.2.3.4",
            "DirName:O=Directory",
            "othername:1.2.3.4:0c056f74686572",
          ],
        );
        assertEquals(certificate.issuerAltName!.map(generalNameText), [
          "DNS:issuer.example.test",
        ]);
        const aki = certificate.authorityKeyIdentifier!;
        assertEquals(aki.keyIdentifier, certificate.subjectKeyIdentifier);
        assertEquals(aki.authorityCertSerialNumber, certificate.serial);
        assertEquals(
          certificate.certificatePolicies!.map(({ policy, qualifiers }) => [
            policy,
            ...qualifiers.map(({ id }) => id),
          ]),
          [["1.2.3.4"], [
            "1.2.3.6",
            "1.3.6.1.5.5.7.2.1",
            "1.3.6.1.5.5.7.2.2",
          ]],
        );
        assertEquals(certificate.policyMappings, [{
          issuerDomainPolicy: "1.2.3.4",
          subjectDomainPolicy: "1.2.3.5",
        }]);
        assertEquals(certificate.policyConstraints, {
          requireExplicitPolicy: 3,
          inhibitPolicyMapping: 2,
        });
        assertEquals(certificate.inhibitAnyPolicy, 4);
        assertEquals(certificate.tlsFeature, [5, 17]);
        const points = certificate.crlDistributionPoints!;
        assertEquals(points[0]!.reasons, 0b110);
        assertEquals(points[1]!.cRLIssuer!.map(generalNameText), [
          "DirName:O=Directory",
        ]);
        const [sct] = certificate.signedCertificateTimestamps!;
        assertEquals(sct!.timestamp, 0x18000000000);
        assertEquals(sct!.logId, new Uint8Array(32).fill(1));
        assertEquals(
          certificate.extension("1.3.6.1.4.1.55738.1")!.value,
          der(0x0c, new TextEncoder().encode("anything")),
        );
        assertEquals(
          certificate.publicKey.kind,
          kind.startsWith("P-") ? "ecdsa" : kind.toLowerCase(),
        );
      }
    });
  },
});

const haveCerttool = await hasProgram("certtool");
Deno.test({
  name: "Certificate decodes every extension when certtool made it" +
    (haveCerttool ? "" : " (ignored: no certtool)"),
  ignore: !haveCerttool,
  async fn() {
    await inTemporary(async (directory) => {
      for (const kind of ["rsa", "ecdsa", "ed25519"]) {
        const certificate = new Certificate(
          await certtoolCertificate(kind, directory),
        );
        assertEverything(certificate);
        assertAsNode(certificate);
        assertEquals(certificate.basicConstraints?.pathLength, 2);
        assertEquals(
          certificate.nameConstraints!.excluded.map(generalNameText),
          ["DNS:bad.example.test"],
        );
        assertEquals(certificate.tlsFeature, [5]);
        assertEquals(certificate.inhibitAnyPolicy, 1);
      }
    });
  },
});

Deno.test("Certificate decodes every extension when @peculiar/x509 made it", async () => {
  for (
    const algorithm of [
      { name: "ECDSA", namedCurve: "P-256" },
      { name: "ECDSA", namedCurve: "P-384" },
      { name: "Ed25519" },
      {
        name: "RSASSA-PKCS1-v1_5",
        hash: "SHA-256",
        modulusLength: 2048,
        publicExponent: Uint8Array.of(1, 0, 1),
      },
    ]
  ) {
    const certificate = new Certificate(await peculiarCertificate(algorithm));
    assertEverything(certificate);
    assertAsNode(certificate);
    assertEquals(certificate.notAfter, 2_556_144_000);
    assertEquals(
      certificate.subjectAltName!.map(({ kind }) => kind).slice(4),
      [
        "rfc822Name",
        "uniformResourceIdentifier",
        "registeredID",
        "otherName",
        "directoryName",
      ],
    );
    assertEquals(
      certificate.subjectText,
      "C=DE,O=Example Inc.,CN=every.example.test",
    );
  }
});

for (const store of ["system", "bundled"] as const) {
  const roots = tls.getCACertificates(store);
  const ignore = roots.length === 0;
  Deno.test({
    name: `validatePath() takes every ${store} root as an anchor` +
      (ignore ? " (ignored: there are none)" : ""),
    ignore,
    async fn() {
      if (store === "bundled") assert(roots.length >= 140);
      const certificates = roots.map((pem) =>
        new Certificate(certificatesOfPem(pem)[0]!)
      );
      const anchors = new TrustAnchors(certificates.map(anchorOfCertificate));
      assertEquals(anchors.size, roots.length);
      for (const root of certificates) {
        root.decodeAll();
        // Nobody here has a root's key: a certificate in its name, and a
        // verifier that believes the signature of this key alone.
        const kind = root.publicKey.kind === "rsa" ? "RSA" : "P-256";
        const signer = await keyOf(kind, "anybody");
        const at = root.notAfter - 86_400;
        const leaf = new Certificate(
          await mint({
            subject: "CN=www.example.test",
            issuer: new Name(root.subjectDer as Uint8Array<ArrayBuffer>),
            key: signer,
            signer,
            notBefore: at - 86_400,
            notAfter: at + 86_400,
            extensions: [
              ext.subjectAltName([general.dns("www.example.test")]),
            ],
          }),
        );
        const run = validatePath({
          leaf,
          intermediates: [],
          anchors,
          purpose: "server",
          serverName: { kind: "dns", name: "www.example.test" },
          at,
        });
        let step = run.next();
        while (!step.done) {
          step = run.next(hex(step.value.spki) === hex(root.spki));
        }
        // A root may be there twice, renewed under the same name and key.
        assertEquals(step.value.anchor.spki, root.spki);
      }
    },
  });
}

Deno.test("Certificate refuses what is not DER", async () => {
  const chain = await build("plain", plain("P-256", 0));
  const good = chain.leaf;
  assertEquals(new Certificate(good).version, 3);
  // Trailing bytes; a length that is not minimal; the indefinite form.
  assertThrows(
    () => new Certificate(Uint8Array.of(...good, 0)),
    DecodeFailure,
    "left over",
  );
  const length = good[2]! << 8 | good[3]!;
  assertEquals(good[1], 0x82);
  assertThrows(
    () =>
      new Certificate(
        Uint8Array.of(
          0x30,
          0x83,
          0,
          length >> 8,
          length & 0xff,
          ...good.slice(4),
        ),
      ),
    DecodeFailure,
    "not minimal",
  );
  assertThrows(
    () => new Certificate(Uint8Array.of(0x30, 0x80, ...good.slice(4), 0, 0)),
    DecodeFailure,
    "indefinite",
  );
  assertThrows(() => new Certificate(new Uint8Array(300_000)), DecodeFailure);
});

Deno.test("Certificate refuses extensions that come twice", async () => {
  const plan = plain("P-256", 0);
  plan.leaf.extensions.set("again", ext.basicConstraints(false));
  const { leaf } = await build("twice", plan);
  assertThrows(() => new Certificate(leaf), DecodeFailure, "twice");
});
