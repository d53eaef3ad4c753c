import {
  assert,
  assertEquals,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { DEFAULT_BUDGET } from "../../../../backends/pure/engine/x509/budget.ts";
import { Certificate } from "../../../../backends/pure/engine/x509/certificate.ts";
import {
  type PathOptions,
  validatePath,
} from "../../../../backends/pure/engine/x509/path.ts";
import { strictPolicy } from "../../../../backends/pure/engine/x509/path_policy.ts";
import { parseServerName } from "../../../../backends/pure/engine/x509/server_name.ts";
import {
  anchorOfCertificate,
  anchorOfName,
  TrustAnchors,
} from "../../../../backends/pure/engine/x509/trust_anchor.ts";
import { changes } from "./chain_changes.ts";
import { build, ca, make, NOW, plain, type Plan } from "./chain_plan.ts";
import { failure, validate } from "./drive.ts";
import { der, ext, general, keyIdentifier, keyOf, oid } from "./mint.ts";

async function optionsOf(
  change: (plan: Plan) => void = () => {},
  depth = 1,
): Promise<PathOptions> {
  const plan = plain("P-256", depth);
  change(plan);
  const chain = await build("path", plan);
  return {
    leaf: new Certificate(chain.leaf),
    intermediates: chain.intermediates.map((der) => new Certificate(der)),
    anchors: new TrustAnchors(
      chain.anchors.map((der) => anchorOfCertificate(new Certificate(der))),
    ),
    purpose: chain.purpose,
    serverName: chain.hostname === null
      ? null
      : parseServerName(chain.hostname),
    at: chain.at,
  };
}

Deno.test("validatePath() explains refusals to people", async () => {
  for (
    const [change, reason, message] of [
      [
        "leaf expired",
        "expired",
        "The certificate of www.example.test expired on 2026-05-31; today is 2026-06-01",
      ],
      [
        "root not yet valid",
        "not-yet-valid",
        "The certificate of Root is not valid before 2026-06-01T00:00:01Z; it is 2026-06-01T00:00:00Z now",
      ],
      [
        "another host",
        "name-mismatch",
        "The certificate is for www.example.test, not for other.example.test",
      ],
      [
        "common name alone",
        "name-mismatch",
        "The certificate names no server in its subjectAltName, and so is not for www.example.test",
      ],
      [
        "nothing sent",
        "unknown-issuer",
        "The certificate of www.example.test was issued by CN=CA 1, which is neither in the trust store nor among the certificates sent",
      ],
      [
        "CA's signature wrong",
        "bad-signature",
        "The signature on the certificate of CA 1 is not that of the CA it names",
      ],
      [
        "top CA is none",
        "not-a-ca",
        "The certificate of CA 1 is not that of a CA, yet it signed another",
      ],
      [
        "root allows none below",
        "path-length",
        "The CA Root allows 0 intermediate certificates below it, and there are 1",
      ],
      [
        "leaf for clients alone",
        "extended-key-usage",
        "The certificate of www.example.test is not for TLS Web Server Authentication: its extKeyUsage is TLS Web Client Authentication",
      ],
      [
        "excludes the domain",
        "name-constraint",
        "The CA CA 1 may not certify DNS:www.example.test, which the certificate of www.example.test names",
      ],
      [
        "unknown critical in leaf",
        "critical-extension",
        "The certificate of www.example.test has a critical extension that is not processed here: 1.3.6.1.4.1.55738.99",
      ],
      [
        "leaf of RSA 1024",
        "weak-key",
        "The RSA key of www.example.test has 1024 bits; 2048 are needed",
      ],
      [
        "leaf signed with SHA-1",
        "weak-signature",
        "The certificate of www.example.test is signed with ecdsa-with-SHA1, which can be forged",
      ],
    ] as const
  ) {
    const error = failure(await optionsOf(changes[change]))!;
    assertEquals([error.reason, error.message], [reason, message]);
    assert(error.certificate !== null && error.chain.length > 0);
  }
});

Deno.test("validatePath() names the certificate at fault and the chain", async () => {
  const options = await optionsOf(changes["top CA expired"]);
  const error = failure(options)!;
  assertStrictEquals(error.certificate, options.intermediates[0]);
  assertEquals(error.chain, [options.leaf, options.intermediates[0]!]);
});

Deno.test("validatePath() yields every signature as a request", async () => {
  const options = await optionsOf();
  const run = validatePath(options);
  const first = run.next();
  assert(!first.done);
  const [issuer] = options.intermediates;
  assertEquals(first.value.kind, "verify");
  assertEquals(first.value.algorithm, {
    kind: "ecdsa",
    curve: "P-256",
    hash: "sha256",
  });
  assertStrictEquals(first.value.spki, issuer!.spki);
  assertStrictEquals(first.value.message, options.leaf.tbs);
  assertStrictEquals(first.value.signature, options.leaf.signature);
  const second = run.next(true);
  assert(!second.done);
  assertStrictEquals(second.value.message, issuer!.tbs);
  const third = run.next(true);
  assert(third.done);
  assertEquals(third.value.certificates.length, 3);
  assert(third.value.units > 900 && third.value.units < 1000);
});

Deno.test("validatePath() refuses when a signature is wrong", async () => {
  const options = await optionsOf();
  for (const wrong of [0, 1]) {
    const run = validatePath(options);
    let step = run.next();
    let reason = "";
    try {
      for (let i = 0; !step.done; i++) step = run.next(i !== wrong);
    } catch (error) {
      reason = (error as { reason: string }).reason;
    }
    assertEquals(reason, "bad-signature");
  }
});

Deno.test("validatePath() prefers the error that explains most", async () => {
  // One CA is expired, its twin is a stranger's: the first is the nearer miss.
  const error = failure(
    await optionsOf((plan) => {
      plan.intermediates[0]!.notAfter = NOW - 1;
      plan.others.push(ca("CA 1", "Stranger", "P-256"));
      plan.sent = "reversed";
    }),
  )!;
  assertEquals(error.reason, "expired");
});

Deno.test("validatePath() accepts a leaf that is an anchor under the default policy alone", async () => {
  for (const change of [changes["nothing"], changes["leaf is a CA"]]) {
    const options = await optionsOf((plan) => {
      change!(plan);
      plan.trusted = "leaf";
    });
    assertEquals(validate(options).path.certificates, [options.leaf]);
    assertEquals(validate(options).signatures, 0);
    assert(failure({ ...options, policy: strictPolicy }) !== null);
    assertEquals(failure({ ...options, at: NOW * 2 })!.reason, "expired");
    assertEquals(
      failure({ ...options, serverName: parseServerName("other.test") })!
        .reason,
      "name-mismatch",
    );
  }
  const stranger = await optionsOf((plan) => {
    plan.leaf.issuer = plan.leaf.subject;
    plan.leaf.signer = plan.leaf.key;
  });
  const error = failure(stranger)!;
  assertEquals(error.reason, "self-signed");
  assertEquals(
    error.message,
    "The certificate of www.example.test is self-signed and not in the trust store",
  );
});

Deno.test("validatePath() trusts a name and a key, within their constraints", async () => {
  const options = await optionsOf();
  const root = [...options.anchors][0]!.certificate!;
  const named = (host: string | null) =>
    new TrustAnchors([
      anchorOfName(
        root.subjectDer,
        root.spki,
        host === null ? {} : {
          nameConstraints: der(
            0x30,
            der(0xa0, der(0x30, general.dns(host))),
          ),
        },
      ),
    ]);
  for (const host of [null, "example.test"]) {
    const { path } = validate({ ...options, anchors: named(host) });
    assertEquals(path.certificates, [
      options.leaf,
      options.intermediates[0]!,
    ]);
    assertEquals(path.anchor.certificate, null);
  }
  assertEquals(
    failure({ ...options, anchors: named("example.org") })!.reason,
    "name-constraint",
  );
  // It has no validity of its own: only the certificates' ends count.
  assertEquals(
    failure({ ...options, anchors: named(null), at: NOW * 2 })!.reason,
    "expired",
  );
  const other = await optionsOf(changes["lookalike root"]);
  assertEquals(
    failure({ ...other, anchors: other.anchors })!.reason,
    "bad-signature",
  );
});

Deno.test("validatePath() compares times in whole seconds", async () => {
  const options = await optionsOf((plan) => void (plan.leaf.notAfter = NOW));
  assertEquals(failure({ ...options, at: NOW + 0.999 }), null);
  assertEquals(failure({ ...options, at: NOW + 1 })!.reason, "expired");
  const later = await optionsOf((plan) => void (plan.leaf.notBefore = NOW));
  assertEquals(failure({ ...later, at: NOW - 0.001 })!.reason, "not-yet-valid");
});

Deno.test("validatePath() refuses a time or a budget that is no number", async () => {
  const options = await optionsOf((plan) =>
    void (plan.leaf.notAfter = NOW - 86_400)
  );
  for (const at of [NaN, Infinity, -Infinity]) {
    assertThrows(() => failure({ ...options, at }), RangeError, "is no time");
  }
  assertThrows(() => failure({ ...options, budget: NaN }), RangeError);
});

Deno.test("validatePath() stops when its budget is spent", async () => {
  const options = await optionsOf();
  const { units } = validate(options).path;
  assertEquals(failure({ ...options, budget: units }), null);
  const error = failure({ ...options, budget: units - 1 })!;
  assertEquals([error.reason, error.units], ["too-complex", units - 1]);
  assert(units < DEFAULT_BUDGET / 10);
});

Deno.test("validatePath() limits RSA keys", async () => {
  const spki = (modulusBytes: number, exponent: Uint8Array) => {
    const modulus = new Uint8Array(modulusBytes + 1).fill(0xff);
    modulus[0] = 0;
    return der(
      0x30,
      der(0x30, oid("1.2.840.113549.1.1.1"), Uint8Array.of(5, 0)),
      der(
        0x03,
        Uint8Array.of(0),
        der(0x30, der(0x02, modulus), der(0x02, exponent)),
      ),
    );
  };
  const options = await optionsOf(() => {}, 0);
  const root = [...options.anchors][0]!.certificate!;
  for (
    const [bytes, exponent, reason] of [
      [128, [1, 0, 1], "weak-key"],
      [256, [1, 0, 1], "bad-signature"],
      [1024, [1, 0, 1], "bad-signature"],
      [1025, [1, 0, 1], "unsupported-key"],
      [256, [1], "weak-key"],
      [256, [4], "weak-key"],
      [256, [0, 0xff, 0xff, 0xff, 0xff], "bad-signature"],
      [256, [1, 0, 0, 0, 1], "unsupported-key"],
    ] as const
  ) {
    const anchors = new TrustAnchors([
      anchorOfName(root.subjectDer, spki(bytes, Uint8Array.from(exponent))),
    ]);
    assertEquals(
      failure({ ...options, anchors })!.reason,
      reason,
      `${bytes} ${exponent}`,
    );
  }
});

const POLICY = "1.3.6.1.4.1.55738.1";
const MAPPED = "1.3.6.1.4.1.55738.2";
const ANY = "2.5.29.32.0";

Deno.test("validatePath() demands the policies that a CA demands", async () => {
  const mapping = ext.raw(
    "2.5.29.33",
    der(0x30, der(0x30, oid(POLICY), oid(MAPPED))),
    true,
  );
  const inhibitAny = ext.raw("2.5.29.54", Uint8Array.of(2, 1, 0), true);
  for (
    const [top, middle, leaf, more, good] of [
      [[POLICY], [POLICY], [POLICY], {}, true],
      [[POLICY], [POLICY], [MAPPED], {}, false],
      [[POLICY], [POLICY], null, {}, false],
      [[POLICY], null, [POLICY], {}, false],
      [[ANY], [ANY], [POLICY], {}, true],
      [[POLICY], [ANY], [POLICY], {}, true],
      [[POLICY], [ANY], [MAPPED], {}, false],
      [[POLICY], [ANY], [ANY], {}, true],
      [[POLICY], [POLICY], [MAPPED], { mapping }, true],
      [[POLICY], [POLICY], [POLICY], { mapping }, false],
      [[POLICY], [ANY], [POLICY], { inhibitAny }, false],
      [[POLICY], [POLICY], [POLICY], { inhibitAny }, true],
    ] as const
  ) {
    const error = failure(
      await optionsOf((plan) => {
        const [second, first] = plan.intermediates;
        first!.extensions.set("pc", ext.policyConstraints(0));
        if ("mapping" in more) second!.extensions.set("pm", more.mapping);
        if ("inhibitAny" in more) first!.extensions.set("ia", more.inhibitAny);
        for (
          const [draft, policies] of [
            [first!, top],
            [second!, middle],
            [plan.leaf, leaf],
          ] as const
        ) {
          if (policies !== null) {
            draft.extensions.set("cp", ext.certificatePolicies(policies));
          }
        }
      }, 2),
    );
    assertEquals(
      error?.reason ?? "ok",
      good ? "ok" : "certificate-policy",
      JSON.stringify([top, middle, leaf, Object.keys(more)]),
    );
  }
});

Deno.test("validatePath() tries the issuer that the key identifier names first", async () => {
  const options = await optionsOf();
  // Thirty others of the same name, each with a key of its own.
  const others = await Promise.all(
    Array.from({ length: 30 }, async (_, i) => {
      const draft = ca("CA 1", "Root", "P-256", { key: `rolled ${i}` });
      return new Certificate(await make(draft));
    }),
  );
  const { signatures } = validate({
    ...options,
    intermediates: [...others, ...options.intermediates],
  });
  assertEquals(signatures, 2);
  assertEquals(
    options.leaf.authorityKeyIdentifier!.keyIdentifier,
    await keyIdentifier(await keyOf("P-256", "CA 1")),
  );
});
