import { assert, assertEquals, assertThrows } from "@std/assert";
import { Buffer } from "node:buffer";
import { createHash, randomBytes } from "node:crypto";
import {
  DecodeFailure,
  Reader,
} from "../../../../backends/pure/engine/codec/reader.ts";
import { Certificate } from "../../../../backends/pure/engine/x509/certificate.ts";
import {
  checkNesting,
  namedBits,
  objectIdentifier,
  optionalTrue,
  smallInteger,
  unsigned,
} from "../../../../backends/pure/engine/x509/der.ts";
import {
  decodeBasicConstraints,
  decodeExtKeyUsage,
  decodeKeyUsage,
  decodeNameConstraints,
} from "../../../../backends/pure/engine/x509/extensions.ts";
import { decodeGeneralNames } from "../../../../backends/pure/engine/x509/general_name.ts";
import {
  decodePem,
  decodeSecretBase64,
} from "../../../../backends/pure/engine/x509/pem.ts";
import { certificateText } from "../../../../backends/pure/engine/x509/text.ts";
import { opensslCertificate } from "./everything.ts";
import { der, general, oid, pem } from "./mint.ts";
import { hasProgram, openssl } from "./openssl.ts";
import { join } from "../../../deps/path.ts";

const read = (...bytes: number[]) => new Reader(Uint8Array.from(bytes));

Deno.test("DER is read in its one form alone", () => {
  assertEquals(smallInteger(read(2, 1, 0)), 0);
  assertEquals(smallInteger(read(2, 2, 0, 0x80)), 128);
  assertEquals(smallInteger(read(2, 4, 0x7f, 0xff, 0xff, 0xff)), 2 ** 31 - 1);
  assertEquals([...unsigned(read(2, 2, 0, 0x80))], [0x80]);
  assertEquals(optionalTrue(read(1, 1, 0xff)), true);
  assertEquals(optionalTrue(read()), false);
  assertEquals(namedBits(read(3, 2, 5, 0xa0)), 0b101);
  assertEquals(namedBits(read(3, 3, 7, 0, 0x80)), 1 << 8);
  for (
    const malformed of [
      () => smallInteger(read(2, 0)),
      () => smallInteger(read(2, 2, 0, 1)),
      () => smallInteger(read(2, 2, 0xff, 0xff)),
      () => smallInteger(read(2, 1, 0x80)),
      () => smallInteger(read(2, 5, 1, 0, 0, 0, 0)),
      () => smallInteger(read(2, 0x81, 1, 1)),
      () => smallInteger(read(2, 0x80, 1, 0, 0)),
      () => smallInteger(read(2, 0x84, 0, 0, 0, 1, 1)),
      () => smallInteger(read(2, 2, 1)),
      () => smallInteger(read(4, 1, 1)),
      () => optionalTrue(read(1, 1, 0)),
      () => optionalTrue(read(1, 1, 1)),
      () => optionalTrue(read(1, 2, 0xff, 0xff)),
      () => namedBits(read(3, 0)),
      () => namedBits(read(3, 1, 1)),
      () => namedBits(read(3, 2, 8, 0)),
      () => namedBits(read(3, 2, 1, 1)),
    ]
  ) assertThrows(malformed, DecodeFailure);
});

Deno.test("objectIdentifier() reads minimal arcs of any size", () => {
  const large = "2.25.340282366920938463463374607431768211455";
  for (
    const dotted of [
      "0.9.2342.19200300.100.1.25",
      "1.2.840.113549",
      "2.5.29.17",
    ]
  ) assertEquals(objectIdentifier(new Reader(oid(dotted))), dotted);
  assertEquals(
    objectIdentifier(
      read(6, 20, 0x69, 0x83, ...new Array(17).fill(0xff), 0x7f),
    ),
    large,
  );
  for (
    const bytes of [[6, 0], [6, 2, 0x2a, 0x80], [6, 3, 0x2a, 0x80, 1], [
      6,
      65,
      ...new Array(65).fill(1),
    ]]
  ) assertThrows(() => objectIdentifier(read(...bytes)), DecodeFailure);
});

Deno.test("checkNesting() limits depth", () => {
  let nested: Uint8Array = Uint8Array.of(5, 0);
  for (let i = 0; i < 14; i++) nested = der(0x30, nested);
  checkNesting(nested);
  for (let i = 0; i < 5; i++) nested = der(0x30, nested);
  assertThrows(() => checkNesting(nested), DecodeFailure, "too deeply");
  assertThrows(() => checkNesting(Uint8Array.of(0x1f, 0x81, 0)), DecodeFailure);
});

Deno.test("Extensions are refused when they say nothing or contradict themselves", () => {
  for (
    const malformed of [
      () => decodeKeyUsage(Uint8Array.of(3, 2, 7, 0)),
      () => decodeBasicConstraints(der(0x30, Uint8Array.of(2, 1, 0))),
      () => decodeBasicConstraints(der(0x30, Uint8Array.of(1, 1, 0))),
      () => decodeExtKeyUsage(der(0x30)),
      () => decodeGeneralNames(der(0x30)),
      () => decodeGeneralNames(der(0x30, general.ip(1, 2, 3))),
      () => decodeGeneralNames(der(0x30, der(0x82, Uint8Array.of(0xe4)))),
      () => decodeGeneralNames(der(0x30, der(0x89, Uint8Array.of(1)))),
      () => decodeNameConstraints(der(0x30)),
      () => decodeNameConstraints(der(0x30, der(0xa0))),
      () =>
        decodeNameConstraints(
          der(0x30, der(0xa0, der(0x30, general.ip(1, 2, 3, 4)))),
        ),
      // A minimum other than zero.
      () =>
        decodeNameConstraints(
          der(
            0x30,
            der(0xa0, der(0x30, general.dns("a"), Uint8Array.of(0x80, 1, 1))),
          ),
        ),
    ]
  ) assertThrows(malformed, DecodeFailure);
});

Deno.test("decodePem() reads blocks among other text", () => {
  const one = pem(Uint8Array.of(1, 2, 3));
  const blocks = decodePem(
    `Subject: x\r\n${one}junk\n${one.replace(/\n/g, "\r\n")}`,
  );
  assertEquals(blocks.map(({ label, bytes }) => [label, ...bytes]), [
    ["CERTIFICATE", 1, 2, 3],
    ["CERTIFICATE", 1, 2, 3],
  ]);
  const [old] = decodePem(
    "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: x,y\n\nAQID\n-----END RSA PRIVATE KEY-----",
  );
  assertEquals(old!.headers.get("Proc-Type"), "4,ENCRYPTED");
  assertEquals([...old!.bytes], [1, 2, 3]);
  for (
    const bad of [
      "-----BEGIN A-----\nAQID",
      "-----BEGIN A",
      "-----BEGIN A-----\nAQID\n-----END B-----",
      "-----BEGIN A-----\nAQI\n-----END A-----",
      "-----BEGIN A-----\nAQ=D\n-----END A-----",
      "-----BEGIN A-----\nAR==\n-----END A-----",
      "-----BEGIN A-----\nA?==\n-----END A-----",
    ]
  ) {
    assertThrows(() => decodePem(bad), DecodeFailure);
    assertThrows(
      () => decodePem(bad.replaceAll(" A-", " PRIVATE KEY-")),
      DecodeFailure,
    );
  }
});

Deno.test("decodePem() quotes nothing of a key when a header is damaged", () => {
  const secret = "U2VjcmV0IHNlY3JldCBzZWNyZXQ";
  for (
    const header of [
      "-----BEGIN PRIVATE KEY----",
      "-----BEGIN PRIVATE KEY",
      "-----BEGIN ",
      "-----BEGIN PRIVATE\u001b[2JKEY-----",
      `-----BEGIN ${"A".repeat(65)}-----`,
      "-----BEGIN  PRIVATE KEY-----",
    ]
  ) {
    for (const body of [`\n${secret}\n`, secret]) {
      const error = assertThrows(
        () => decodePem(`${header}${body}-----END PRIVATE KEY-----`),
        DecodeFailure,
      );
      assert(!error.message.includes(secret), error.message);
      assert(!error.message.includes("\u001b"), error.message);
    }
  }
});

Deno.test("decodeSecretBase64() decodes as Buffer does", () => {
  for (let length = 0; length < 200; length++) {
    const bytes = new Uint8Array(randomBytes(length));
    const base64 = Buffer.from(bytes).toString("base64");
    assertEquals(
      decodeSecretBase64(base64.replace(/.{19}/g, "$&\n")),
      bytes,
    );
  }
  // Every character that is not of the alphabet.
  const alphabet = /[A-Za-z0-9+/=\s]/;
  for (let code = 0; code < 0x200; code++) {
    const character = String.fromCharCode(code);
    if (alphabet.test(character)) continue;
    assertThrows(() => decodeSecretBase64(`AA${character}A`), DecodeFailure);
  }
});

const present = await hasProgram("openssl");
Deno.test({
  name: "certificateText() says what openssl x509 -text says" +
    (present ? "" : " (ignored: no openssl)"),
  ignore: !present,
  async fn() {
    const directory = await Deno.makeTempDir();
    try {
      for (const kind of ["RSA", "P-256", "Ed25519"]) {
        const bytes = await opensslCertificate(kind, directory);
        const path = join(directory, "text.pem");
        await Deno.writeTextFile(path, pem(bytes));
        const { output } = await openssl([
          ...["x509", "-noout", "-text", "-in", path],
          // RFC 4514's order, as ours.
          ...["-nameopt", "RFC2253,-esc_msb,utf8"],
        ]);
        const ours = certificateText(new Certificate(bytes), {
          sha256: (data) =>
            new Uint8Array(createHash("sha256").update(data).digest()),
        });
        const squeezed = (text: string) =>
          new Set(text.split("\n").map((line) => line.trim()));
        const theirs = squeezed(output);
        const shared = [...squeezed(ours)].filter((line) => theirs.has(line));
        // Headings, serial, times, key, usage, identifiers, the signature.
        for (
          const line of [
            "Version: 3 (0x2)",
            "X509v3 Basic Constraints: critical",
            "CA:TRUE, pathlen:3",
            "Digital Signature, Certificate Sign, CRL Sign",
            "TLS Web Server Authentication, TLS Web Client Authentication, 1.2.3.4.5",
            "X509v3 Name Constraints: critical",
            "DNS:example.test",
            "Policy: 1.2.3.6",
            "CPS: https://example.test/cps",
            "OCSP - URI:http://ocsp.example.test/",
            "status_request, status_request_v2",
          ]
        ) assert(shared.includes(line), `${line} in ${shared.join("\n")}`);
        assert(shared.some((line) => line.startsWith("Not Before: ")));
        assert(shared.some((line) => line.startsWith("Not After : ")));
        assert(shared.length > 25, `${shared.length} lines`);
        assert(ours.includes("SHA-256 Fingerprint"));
      }
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
});

Deno.test("certificateText() shows a malformed extension as bytes", async () => {
  const { build, plain } = await import("./chain_plan.ts");
  const { changes } = await import("./chain_changes.ts");
  const plan = plain("P-256", 0);
  changes["authority information, malformed"]!(plan);
  const { leaf } = await build("malformed", plan);
  const text = certificateText(new Certificate(leaf));
  assert(text.includes("<malformed: "));
  assert(text.includes("6d:61:6c:66:6f:72:6d:65:64"));
});
