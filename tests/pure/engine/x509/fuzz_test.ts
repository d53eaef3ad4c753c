import { assert, assertEquals } from "@std/assert";
import tls from "node:tls";
import { DecodeFailure } from "../../../../backends/pure/engine/codec/reader.ts";
import { DEFAULT_BUDGET } from "../../../../backends/pure/engine/x509/budget.ts";
import { Certificate } from "../../../../backends/pure/engine/x509/certificate.ts";
import { validatePath } from "../../../../backends/pure/engine/x509/path.ts";
import { PathError } from "../../../../backends/pure/engine/x509/path_error.ts";
import { certificatesOfPem } from "../../../../backends/pure/engine/x509/pem.ts";
import { certificateText } from "../../../../backends/pure/engine/x509/text.ts";
import {
  anchorOfCertificate,
  TrustAnchors,
} from "../../../../backends/pure/engine/x509/trust_anchor.ts";
import { changes } from "./chain_changes.ts";
import { build, NOW, plain } from "./chain_plan.ts";
import { peculiarCertificate } from "./everything.ts";

/** Ten certificates, of every kind of key and with every kind of extension. */
async function samples(): Promise<readonly Uint8Array[]> {
  const list: Uint8Array[] = [];
  for (const kind of ["P-256", "P-384", "RSA", "Ed25519"] as const) {
    const chain = await build(kind, plain(kind, 1));
    list.push(chain.leaf);
    if (kind === "P-256") list.push(chain.intermediates[0]!);
  }
  for (
    const change of [
      "permits and excludes",
      "excludes an otherName there",
      "policy demanded and there",
    ]
  ) {
    const plan = plain("P-256", 1);
    changes[change]!(plan);
    const { leaf, intermediates } = await build(change, plan);
    list.push(change.startsWith("excludes") ? leaf : intermediates[0]!);
  }
  list.push(
    await peculiarCertificate({ name: "Ed25519" }),
    certificatesOfPem(tls.getCACertificates("bundled")[0]!)[0]!,
  );
  return list;
}

/** Decodes all of it, or fails as it should. */
function decode(bytes: Uint8Array): Certificate | null {
  try {
    const certificate = new Certificate(bytes);
    certificate.decodeAll();
    return certificate;
  } catch (error) {
    assert(error instanceof DecodeFailure, String(error));
    return null;
  }
}

/** Uses what was decoded, as leaf, intermediate and anchor. */
function use(changed: Uint8Array, leaf: Certificate, original: Certificate) {
  let certificate: Certificate;
  try {
    certificate = new Certificate(changed);
  } catch (error) {
    assert(error instanceof DecodeFailure, String(error));
    return;
  }
  assert(certificateText(certificate).startsWith("Certificate:"));
  let anchors: TrustAnchors;
  try {
    anchors = new TrustAnchors([anchorOfCertificate(certificate)]);
  } catch (error) {
    // Its name cannot be read.
    assert(error instanceof DecodeFailure, String(error));
    return;
  }
  const own = new TrustAnchors([anchorOfCertificate(original)]);
  for (
    const [first, rest, trusted] of [
      [certificate, [original, leaf], anchors],
      [leaf, [certificate, original], own],
      [leaf, [original], anchors],
    ] as const
  ) {
    const run = validatePath({
      leaf: first,
      intermediates: rest,
      anchors: trusted,
      purpose: "server",
      serverName: { kind: "dns", name: "www.example.test" },
      at: NOW,
    });
    try {
      let step = run.next();
      // Every signature is right: that lets the most through.
      while (!step.done) step = run.next(true);
      assert(step.value.units <= DEFAULT_BUDGET);
    } catch (error) {
      assert(error instanceof PathError, String(error));
      assert(error.units <= DEFAULT_BUDGET);
    }
  }
}

Deno.test("Certificate decodes or throws DecodeFailure when it is cut or one byte is changed", async () => {
  const list = await samples();
  assertEquals(list.length, 10);
  const leaf = new Certificate(list[0]!);
  let decoded = 0;
  let refused = 0;
  for (const bytes of list) {
    const original = new Certificate(bytes);
    assert(decode(bytes) !== null);
    for (let length = 0; length < bytes.length; length++) {
      assertEquals(decode(bytes.slice(0, length)), null);
    }
    const changed = bytes.slice();
    for (let at = 0; at < bytes.length; at++) {
      for (let value = 0; value < 256; value++) {
        if (value === bytes[at]) continue;
        changed[at] = value;
        if (decode(changed) === null) refused++;
        else decoded++;
      }
      for (const bits of [0x01, 0x80, 0xff]) {
        changed[at] = bytes[at]! ^ bits;
        use(changed.slice(), leaf, original);
      }
      changed[at] = bytes[at]!;
    }
  }
  // Neither may be all there is.
  assert(decoded > 10_000 && refused > 10_000, `${decoded}, ${refused}`);
});
