import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { ConfigurationError } from "../../api/errors.ts";
import {
  certificate,
  trustStore,
} from "../../backends/pure/credentials/mod.ts";
import { chainText, explain } from "../../backends/pure/explain.ts";
import { build, NOW, plain, type Plan } from "./engine/x509/chain_plan.ts";
import { pem } from "./engine/x509/mint.ts";

async function pems(change: (plan: Plan) => void = () => {}) {
  const plan = plain("P-256", 1);
  change(plan);
  const chain = await build("explained", plan);
  return {
    sent: [chain.leaf, ...chain.intermediates].map((der) => pem(der)),
    store: trustStore.fromBuffer(chain.anchors.map((der) => pem(der)).join("")),
  };
}

/** A signature's length, and so a certificate's, varies by a byte or two. */
function withoutUnits(text: string): string {
  return text.replace(/\b\d+ work units/, "some work units");
}

const now = new Date(NOW * 1000);

Deno.test("explain() shows the path when a chain is accepted", async () => {
  const { sent, store } = await pems();
  for (const policy of ["default", "strict"] as const) {
    const { accepted, reason, text } = await explain(sent, {
      trustStore: store,
      hostname: "www.example.test",
      now,
      policy,
    });
    assertEquals([accepted, reason], [true, null]);
    assertEquals(
      withoutUnits(text),
      [
        `Validating for www.example.test at 2026-06-01T00:00:00Z under the ${policy} policy, with the trust store "1 certificate":`,
        "  1. www.example.test, 2025-06-01 to 2027-06-01",
        "  2. CA 1, 2025-06-01 to 2027-06-01",
        "",
        "Accepted, by this path:",
        "  www.example.test (certificate 1)",
        "  CA 1 (certificate 2)",
        "  Root (from the trust store)",
        "It took some work units.",
      ].join("\n"),
    );
  }
  // One text with both is the same.
  const { accepted } = await explain([sent.join("\n")], {
    trustStore: store,
    hostname: null,
    now,
    purpose: "client",
  });
  assert(accepted);
});

Deno.test("explain() says why when a chain is refused", async () => {
  const { sent, store } = await pems((plan) =>
    void (plan.intermediates[0]!.notAfter = NOW - 86_400)
  );
  const { accepted, reason, text } = await explain(sent, {
    trustStore: store,
    hostname: "www.example.test",
    now,
  });
  assert(!accepted);
  assertEquals(reason, "expired");
  assertEquals(withoutUnits(text).split("\n").slice(4), [
    "Refused (expired): The certificate of CA 1 expired on 2026-05-31; today is 2026-06-01.",
    "At fault: CA 1 (certificate 2).",
    "The chain that was tried:",
    "  www.example.test (certificate 1)",
    "  CA 1 (certificate 2)",
    "It took some work units.",
  ]);
});

Deno.test("explain() refuses a leaf and leaves out an intermediate when it cannot be decoded", async () => {
  const { sent, store } = await pems();
  const options = { trustStore: store, hostname: null, now };
  const garbage = pem(Uint8Array.of(0x30, 0x03, 0x02, 0x01, 0x00));
  const { accepted, reason, text } = await explain([garbage, ...sent], options);
  assertEquals([accepted, reason], [false, "bad-encoding"]);
  const lines = text.split("\n");
  assertMatch(lines[1]!, /^ {2}1\. \(cannot be read: .+\)$/);
  assertMatch(
    lines.at(-1)!,
    /^Refused \(malformed\): Cannot read certificate 1: .+\.$/,
  );
  // Without the garbage the numbers stay those of the files.
  const [leaf, intermediate] = sent;
  const rest = await explain([leaf!, garbage, intermediate!], options);
  assert(rest.accepted);
  assert(rest.text.includes("  CA 1 (certificate 3)\n"));
});

Deno.test("explain() rejects what it cannot explain", async () => {
  const { sent, store } = await pems();
  const options = { trustStore: store, hostname: null, now };
  for (
    const [texts, more] of [
      [[], {}],
      [["no PEM"], {}],
      [sent, { hostname: "bücher.test" }],
      [sent, { policy: "lax" as "strict" }],
      [sent, { purpose: "email" as "server" }],
      [sent, { now: new Date(NaN) }],
    ] as const
  ) {
    await assertRejects(
      () => explain(texts, { ...options, ...more }),
      ConfigurationError,
    );
  }
});

Deno.test("chainText() shows every certificate", async () => {
  const { sent } = await pems();
  const text = await chainText(sent.map((one) => certificate.fromBuffer(one)));
  assertEquals(text.match(/^Certificate:$/gm)?.length, 2);
  assert(text.includes("1. www.example.test, 2025-06-01 to 2027-06-01\n"));
  assert(text.includes("DNS:www.example.test"));
  assert(text.includes("CA:TRUE"));
});
