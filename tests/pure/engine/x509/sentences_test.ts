import { assert, assertEquals } from "@std/assert";
import { Certificate } from "../../../../backends/pure/engine/x509/certificate.ts";
import { label } from "../../../../backends/pure/engine/x509/describe.ts";
import { escapeText } from "../../../../backends/pure/engine/x509/name.ts";
import {
  anchorOfCertificate,
  TrustAnchors,
} from "../../../../backends/pure/engine/x509/trust_anchor.ts";
import { build, make, plain, type Plan } from "./chain_plan.ts";
import { failure } from "./drive.ts";
import { ext, general } from "./mint.ts";

/** How validation refuses a changed chain. */
async function refusal(change: (plan: Plan) => void) {
  const plan = plain("P-256", 1);
  change(plan);
  const chain = await build("sentence", plan);
  return failure({
    leaf: new Certificate(chain.leaf),
    intermediates: chain.intermediates.map((der) => new Certificate(der)),
    anchors: new TrustAnchors(
      chain.anchors.map((der) => anchorOfCertificate(new Certificate(der))),
    ),
    purpose: chain.purpose,
    serverName: { kind: "dns", name: "www.example.test" },
    at: chain.at,
  })!;
}

/** A name of some 30,000 characters. */
const LONG = Array.from(
  { length: 600 },
  (_, i) => `O=a very long name of no use to anybody ${i}`,
).join(",");

Deno.test("validatePath() says it in a sentence however long the names are", async () => {
  const long = `${"a".repeat(60)}.`.repeat(4) + "test";
  const cases: readonly (readonly [string, (plan: Plan) => void])[] = [
    ["unknown-issuer", (plan) => {
      plan.leaf.issuer = LONG;
    }],
    ["name-constraint", (plan) => {
      plan.leaf.subject = LONG;
      plan.root.extensions.set(
        "nc",
        ext.nameConstraints({ permitted: [general.directory("x")] }),
      );
    }],
    ["name-constraint", (plan) => {
      plan.leaf.extensions.set(
        "san",
        ext.subjectAltName([general.uri(`http://${"b".repeat(30_000)}/`)]),
      );
      plan.root.extensions.set(
        "nc",
        ext.nameConstraints({ permitted: [general.uri("example.test")] }),
      );
    }],
    ["name-mismatch", (plan) => {
      plan.leaf.extensions.set(
        "san",
        ext.subjectAltName(Array(200).fill(general.dns(long))),
      );
    }],
    ["extended-key-usage", (plan) => {
      plan.leaf.extensions.set(
        "eku",
        ext.extKeyUsage(Array.from({ length: 3000 }, (_, i) => `1.3.6.${i}`)),
      );
    }],
    ["extended-key-usage", (plan) => {
      plan.intermediates[0]!.extensions.set(
        "eku",
        ext.extKeyUsage(Array.from({ length: 3000 }, (_, i) => `1.3.6.${i}`)),
      );
    }],
  ];
  for (const [reason, change] of cases) {
    const error = await refusal(change);
    assertEquals(error.reason, reason);
    assert(error.message.length < 700, `${reason}: ${error.message.length}`);
  }
});

Deno.test("label() reads a certificate's names once, and no more of them than it says", async () => {
  const { leaf } = plain("P-256", 0);
  const certificate = new Certificate(await make(leaf));
  let read = 0;
  Object.defineProperty(certificate, "subjectAltName", {
    get: () => {
      read++;
      return [
        { kind: "rfc822Name", value: "a@b.test" },
        { kind: "dNSName", value: "first.test" },
        {
          get kind() {
            throw new Error("one name too many");
          },
        },
      ];
    },
  });
  for (let i = 0; i < 3; i++) assertEquals(label(certificate), "first.test");
  assertEquals(read, 1);
});

Deno.test("label() cuts no character in two", async () => {
  const { leaf } = plain("P-256", 0);
  leaf.extensions.delete("san");
  for (const lead of ["", "a"]) {
    leaf.subject = `CN=${lead}${"😀".repeat(60)}`;
    const text = label(new Certificate(await make(leaf)));
    assert(text.length <= 80 && text.endsWith("…"));
    assert(text.isWellFormed(), text);
  }
});

Deno.test("escapeText() shows what shows as nothing or turns the text", () => {
  for (
    const code of [
      ...[0x00, 0x1b, 0x7f, 0x85, 0xad, 0x34f, 0x61c, 0x115f, 0x180e, 0x200b],
      ...[0x200d, 0x200e, 0x202e, 0x2028, 0x2029, 0x2060, 0x2066, 0x3164],
      ...[0xe000, 0xfeff, 0xfff9, 0xffff, 0xe0041, 0x10ffff],
    ]
  ) {
    const character = String.fromCodePoint(code);
    const bytes = new TextEncoder().encode(character);
    assertEquals(
      escapeText(`a${character}b`),
      `a${
        [...bytes].map((byte) => `\\${byte.toString(16).padStart(2, "0")}`)
          .join("")
      }b`,
    );
  }
  for (const text of ["Lučić", "株式会社", "a b", "Ελλάς", "😀"]) {
    assertEquals(escapeText(text), text);
  }
});
