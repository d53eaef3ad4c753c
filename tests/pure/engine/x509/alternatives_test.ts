import { assert, assertEquals } from "@std/assert";
import { Certificate } from "../../../../backends/pure/engine/x509/certificate.ts";
import type { PathFailureReason } from "../../../../backends/pure/engine/x509/path_error.ts";
import {
  anchorOfCertificate,
  TrustAnchors,
} from "../../../../backends/pure/engine/x509/trust_anchor.ts";
import { ca, type Draft, make, none, NOW, plain } from "./chain_plan.ts";
import { failure, validate } from "./drive.ts";
import { ext, general } from "./mint.ts";

/** What spoils an intermediate, and how that is called where it is the only one. */
const FAULTS: Readonly<
  Record<string, readonly [PathFailureReason, (draft: Draft) => void]>
> = {
  "expired": ["expired", (d) => void (d.notAfter = NOW - 1)],
  "not yet valid": ["not-yet-valid", (d) => void (d.notBefore = NOW + 1)],
  "for code signing": [
    "extended-key-usage",
    (d) => void d.extensions.set("eku", ext.extKeyUsage(["1.3.6.1.5.5.7.3.3"])),
  ],
  "for clients": [
    "extended-key-usage",
    (d) => void d.extensions.set("eku", ext.extKeyUsage(["1.3.6.1.5.5.7.3.2"])),
  ],
  "no basicConstraints": ["not-a-ca", (d) => void d.extensions.delete("bc")],
  "no CA": [
    "not-a-ca",
    (d) => void d.extensions.set("bc", ext.basicConstraints(false)),
  ],
  "may not sign certificates": [
    "key-usage",
    (d) => void d.extensions.set("ku", ext.keyUsage(1)),
  ],
  "signed with SHA-1": ["weak-signature", (d) => void (d.hash = "SHA-1")],
  "permits another domain": [
    "name-constraint",
    (d) =>
      void d.extensions.set(
        "nc",
        ext.nameConstraints({ permitted: [general.dns("example.org")] }),
      ),
  ],
  "excludes the domain": [
    "name-constraint",
    (d) =>
      void d.extensions.set(
        "nc",
        ext.nameConstraints({ excluded: [general.dns("example.test")] }),
      ),
  ],
  "constrains by half a mask": [
    "malformed",
    (d) =>
      void d.extensions.set(
        "nc",
        ext.nameConstraints({
          excluded: [general.ip(10, 0, 0, 0, 255, 0, 255, 0)],
        }),
      ),
  ],
  "unknown critical extension": [
    "critical-extension",
    (d) =>
      void d.extensions.set("x", ext.raw("1.2.3.4", Uint8Array.of(5, 0), true)),
  ],
  "malformed keyUsage": [
    "malformed",
    (d) =>
      void d.extensions.set("ku", ext.raw("2.5.29.15", Uint8Array.of(3), true)),
  ],
  "forged": ["bad-signature", (d) => {
    d.signer = "nobody";
    d.extensions.set("aki", none);
  }],
  "serial number of 24 bytes": [
    "malformed",
    (d) => void (d.serial = "7f".repeat(24)),
  ],
};

/** CA 1 is below CA 2 is below the root; which of them has a bad twin. */
const PLACES = { low: ["CA 1", "CA 2"], high: ["CA 2", "Root"] } as const;

async function certificateOf(draft: Draft): Promise<Certificate> {
  return new Certificate(await make(draft));
}

const plan = plain("P-256", 2);
const leaf = await certificateOf(plan.leaf);
const anchors = new TrustAnchors([
  anchorOfCertificate(await certificateOf(plan.root)),
]);
const good = {
  low: await certificateOf(ca("CA 1", "CA 2", "P-256")),
  high: await certificateOf(ca("CA 2", "Root", "P-256")),
};

function options(intermediates: readonly Certificate[]) {
  return {
    leaf,
    intermediates,
    anchors,
    purpose: "server",
    serverName: { kind: "dns", name: "www.example.test" },
    at: NOW,
  } as const;
}

for (const place of ["low", "high"] as const) {
  const [subject, issuer] = PLACES[place];
  const rest = place === "low" ? good.high : good.low;

  Deno.test(`validatePath() goes around every bad twin of the ${place} CA`, async () => {
    const bad: Certificate[] = [];
    for (const [fault, [reason, spoil]] of Object.entries(FAULTS)) {
      const draft = ca(subject, issuer, "P-256");
      spoil(draft);
      const twin = await certificateOf(draft);
      // One of the same name with another key is no issuer of what is below.
      const stranger = ca(subject, issuer, "P-256", { key: `other ${fault}` });
      // Nothing but its name tells that it is not the one.
      stranger.extensions.set("ski", none);
      const lookalike = await certificateOf(stranger);
      const orders = [
        [twin, good[place], rest],
        [good[place], twin, rest],
        [rest, lookalike, twin, good[place]],
        [twin, twin, lookalike, rest, good[place], twin],
      ];
      for (const intermediates of orders) {
        const { path } = validate(options(intermediates));
        assertEquals(
          path.certificates.slice(0, 3),
          [leaf, good.low, good.high],
          fault,
        );
      }
      assertEquals(failure(options([twin, rest]))?.reason, reason, fault);
      bad.push(twin);
    }
    // All of them at once, in front and behind.
    assertEquals(failure(options([...bad, good[place], rest])), null);
    assertEquals(failure(options([rest, good[place], ...bad])), null);
    const error = failure(options([...bad, rest]));
    assertEquals(error?.reason, "expired");
    assert(error!.units < 50_000);
  });
}

Deno.test("validatePath() goes around an anchor that may not vouch", async () => {
  // The root that was sent has expired; its successor has the same name and key.
  const old = ca("Root", "Root", "P-256");
  old.notAfter = NOW - 1;
  const limited = ca("Root", "Root", "P-256");
  limited.extensions.set("bc", ext.basicConstraints(true, 0));
  const [expired, short, root] = await Promise.all([
    certificateOf(old),
    certificateOf(limited),
    certificateOf(plan.root),
  ]);
  const sent = [good.low, good.high];
  for (
    const [trusted, more, reason] of [
      [[expired, root], [expired], undefined],
      [[root, short, expired], [expired], undefined],
      [[expired, short, root], [], undefined],
      [[expired], [root], "expired"],
      [[short], [], "path-length"],
      // Of the two faults the one that explains more.
      [[short], [expired], "expired"],
    ] as const
  ) {
    const error = failure({
      ...options([...sent, ...more]),
      anchors: new TrustAnchors(trusted.map(anchorOfCertificate)),
    });
    assertEquals(error?.reason, reason);
  }
});

Deno.test("validatePath() counts no self-issued CA towards a path length", async () => {
  // Root (0) over CA 2, whose key changes over a self-issued certificate.
  const limited = ca("Root", "Root", "P-256");
  limited.extensions.set("bc", ext.basicConstraints(true, 1));
  const rollover = ca("CA 2", "CA 2", "P-256", {
    key: "CA 2",
    signer: "CA 2 old",
  });
  const older = ca("CA 2", "Root", "P-256", { key: "CA 2 old" });
  older.extensions.set("bc", ext.basicConstraints(true, 1));
  const root = new TrustAnchors([
    anchorOfCertificate(await certificateOf(limited)),
  ]);
  const leafOfTwo = plain("P-256", 0).leaf;
  leafOfTwo.issuer = "CN=CA 2";
  leafOfTwo.signer = "CA 2";
  const intermediates = [
    await certificateOf(rollover),
    await certificateOf(older),
  ];
  const direct = {
    ...options(intermediates),
    anchors: root,
    leaf: await certificateOf(leafOfTwo),
  };
  assertEquals(failure(direct), null);
  assertEquals(validate(direct).path.certificates.length, 4);
  // With CA 1 between there are two that count.
  const longer = { ...options([...intermediates, good.low]), anchors: root };
  assertEquals(failure(longer)?.reason, "path-length");
});
