/** What the examples print for a backend that knows more than Deno's. */
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { Authority } from "../../examples/_certificates.ts";
import {
  formatReport,
  inspect,
  InspectError,
} from "../../examples/_inspect.ts";
import {
  jsonText,
  manyLines,
  oneLine,
  PLAIN,
} from "../../examples/_terminal.ts";
import type { HandshakeDetails } from "../../backends/pure/mod.ts";
import { denoBackend } from "../../backends/deno/mod.ts";
import { scripted } from "./_scripted.ts";

const TARGET = { hostname: "server.test", port: 443, alpn: ["h2"] };

Deno.test("inspect() reports every fact and the chain when the backend knows them", async () => {
  const authority = await Authority.create("Test authority");
  const identity = await authority.issue({ names: ["server.test", "::1"] });
  const chain = [identity.certificate, authority.certificate]
    .map((pem) => denoBackend.certificate.fromBuffer(pem));
  let closed = 0;
  const backend = scripted({ peerCertificates: () => chain }, () => closed++);
  const inspection = await inspect(backend, {
    ...TARGET,
    ca: authority.certificate,
    details: () => null,
  });
  const { report } = inspection;
  assertEquals(report.version, "TLSv1.3");
  assertEquals(report.cipher, "TLS_AES_128_GCM_SHA256");
  assertEquals(report.protocol, "h2");
  assertEquals(report.address, "192.0.2.1");
  assertEquals(report.unknown, []);
  assertEquals(report.trust.platform, null);
  const [leaf, root] = report.certificates!;
  assertEquals(leaf!.subject, "CN=server.test");
  assertEquals(leaf!.issuer, "CN=Test authority");
  assertMatch(leaf!.names!, /^DNS:server\.test, IP Address:/);
  assertEquals(root!.subject, "CN=Test authority");
  assert(leaf!.notBefore < leaf!.notAfter);
  const text = formatReport(report, PLAIN);
  assertMatch(text, /\n {2}version +TLSv1\.3\n/);
  assertMatch(text, /\n {2}cipher suite +TLS_AES_128_GCM_SHA256\n/);
  assertMatch(text, /\n {2}protocol +h2 \(offered: h2\)\n/);
  assertMatch(text, /\n {2}certificate 0 +CN=server\.test\n/);
  assertMatch(text, /\n {2}certificate 1 +CN=Test authority\n/);
  assertMatch(text, /\n {2}trusted +.*, and nothing else$/);
  assertEquals(closed, 0);
  await inspection[Symbol.asyncDispose]();
  assertEquals(closed, 1);
});

const DETAILS: HandshakeDetails = {
  group: { codePoint: 0x001d, name: "x25519" },
  peerSignatureScheme: { codePoint: 0x0807, name: "ed25519" },
  ownSignatureScheme: null,
  peerValidated: true,
  helloRetryRequest: false,
};

Deno.test("inspect() reports details only when the backend tells them", async () => {
  const authority = await Authority.create("Test authority");
  const chain = [denoBackend.certificate.fromBuffer(authority.certificate)];
  const backend = scripted({ peerCertificates: () => chain }, () => {});
  const report = async (details: HandshakeDetails | null) => {
    await using inspection = await inspect(backend, {
      ...TARGET,
      details: () => details,
    });
    const { group, signatureScheme, verdict } = inspection.report;
    return [group, signatureScheme, verdict];
  };
  const [group, scheme, verdict] = await report(DETAILS);
  assertEquals([group, scheme], ["x25519", "ed25519"]);
  assertMatch(verdict!, /^valid for server\.test, up to CN=Test authority, /);
  assertEquals(await report(null), [null, null, null]);
  // A path that nobody has validated is no verdict.
  assertEquals(
    await report({ ...DETAILS, peerValidated: false }),
    ["x25519", "ed25519", null],
  );
  await using inspection = await inspect(backend, TARGET);
  assertEquals(
    inspection.report.unknown,
    ["group", "signatureScheme", "verdict"],
  );
});

Deno.test("inspect() gives code points and bytes in hex when they have no name", async () => {
  await using inspection = await inspect(
    scripted({
      cipher: () => 0x0a0a,
      negotiatedProtocol: () => Uint8Array.of(0xff, 0x00),
    }, () => {}),
    TARGET,
  );
  assertEquals(inspection.report.cipher, "0x0a0a");
  assertEquals(inspection.report.protocol, "0xff00");
});

Deno.test("inspect() gives no chain when the backend keeps a certificate's DER", async () => {
  await using inspection = await inspect(
    scripted({ peerCertificates: () => [{ der: null }] }, () => {}),
    TARGET,
  );
  assertEquals(inspection.report.certificates, null);
});

Deno.test("inspect() closes the connection when it cannot be described", async () => {
  let closed = 0;
  const backend = scripted({
    cipher: () => {
      throw new RangeError("a fault of the backend's");
    },
  }, () => closed++);
  // What nobody expected keeps its stack.
  await assertRejects(() => inspect(backend, TARGET), RangeError);
  assertEquals(closed, 1);
});

Deno.test("inspect() refuses when the backend has no client", async () => {
  await assertRejects(
    () => inspect({ ...denoBackend, clientContext: null }, TARGET),
    InspectError,
    "it has no client",
  );
});

Deno.test("oneLine() shows what could drive a terminal when a peer sends it", () => {
  assertEquals(oneLine("a\n  b\tc"), "a b c");
  assertEquals(oneLine("\x1b[2J\u202eevil"), "\\u{1b}[2J\\u{202e}evil");
  assertEquals(oneLine("\u{e0001}é"), "\\u{e0001}é");
});

Deno.test("manyLines() keeps lines and shows what could drive a terminal when a peer sends it", () => {
  assertEquals(manyLines("a\n  b\tc\r"), "a\n  b\\u{9}c\\u{d}");
  assertEquals(manyLines("\x1b[2J\u202eé"), "\\u{1b}[2J\\u{202e}é");
});

Deno.test("jsonText() says the same in plain characters when a peer sends others", () => {
  const value = { name: "a\n\x1b\x9b\u202e\u{e0001}é" };
  const text = jsonText(value);
  assertMatch(
    text,
    /^\{\n {2}"name": "a\\n\\u001b\\u009b\\u202e\\udb40\\udc01é"\n\}$/,
  );
  assertEquals(JSON.parse(text), value);
});
