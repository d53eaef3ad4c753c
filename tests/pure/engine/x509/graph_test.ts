import { assert, assertEquals } from "@std/assert";
import { Certificate } from "../../../../backends/pure/engine/x509/certificate.ts";
import {
  anchorOfCertificate,
  TrustAnchors,
} from "../../../../backends/pure/engine/x509/trust_anchor.ts";
import { ca, type Draft, make, NOW, plain } from "./chain_plan.ts";
import { failure } from "./drive.ts";
import { ext, general } from "./mint.ts";
import { PathError } from "../../../../backends/pure/engine/x509/path_error.ts";
import { validate } from "./drive.ts";

/** What can be wrong with an edge of the graph; each spoils every path over it. */
const FAULTS: Readonly<Record<string, (draft: Draft) => void>> = {
  "expired": (d) => void (d.notAfter = NOW - 1),
  "not yet valid": (d) => void (d.notBefore = NOW + 1),
  "for code signing": (d) =>
    void d.extensions.set("eku", ext.extKeyUsage(["1.3.6.1.5.5.7.3.3"])),
  "no basicConstraints": (d) => void d.extensions.delete("bc"),
  "no CA": (d) => void d.extensions.set("bc", ext.basicConstraints(false)),
  "may not sign": (d) => void d.extensions.set("ku", ext.keyUsage(1)),
  "SHA-1": (d) => void (d.hash = "SHA-1"),
  "other names": (d) =>
    void d.extensions.set(
      "nc",
      ext.nameConstraints({ permitted: [general.dns("example.org")] }),
    ),
  "another key": (d) => void (d.signer = "nobody"),
  "unknown critical": (d) =>
    void d.extensions.set(
      "x",
      ext.raw("1.2.3.4", new Uint8Array([5, 0]), true),
    ),
};

/** Numbers that are the same in every run (mulberry32). */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = state + 0x6d2b79f5 | 0;
    let t = Math.imul(state ^ state >>> 15, 1 | state);
    t = t + Math.imul(t ^ t >>> 7, 61 | t) ^ t;
    return ((t ^ t >>> 14) >>> 0) % below;
  };
}

interface Edge {
  readonly issuer: number;
  readonly subject: number;
  readonly fault: string | null;
}

/**
 * A graph of CAs: node 0 is below all, and issues the leaf; `anchors` are the last
 * ones. Edges are certificates, several between the same two at times.
 */
function graph(random: (below: number) => number, nodes: number) {
  const edges: Edge[] = [];
  const faults = Object.keys(FAULTS);
  const count = nodes + random(2 * nodes);
  // How likely a fault is differs from graph to graph.
  const odds = 2 + random(3);
  for (let i = 0; i < count; i++) {
    const subject = random(nodes - 1);
    const issuer = random(nodes);
    if (issuer === subject) continue;
    edges.push({
      issuer,
      subject,
      fault: random(odds) === 0 ? null : faults[random(faults.length)]!,
    });
  }
  return { edges, anchors: [nodes - 1] };
}

/** Whether node 0 is reached from an anchor over edges without fault. */
function reachable(
  edges: readonly Edge[],
  anchors: readonly number[],
): boolean {
  const reached = new Set(anchors);
  for (const node of reached) {
    for (const { issuer, subject, fault } of edges) {
      if (issuer === node && fault === null) reached.add(subject);
    }
  }
  return reached.has(0);
}

async function certificateOf({ issuer, subject, fault }: Edge) {
  const draft = ca(`Node ${subject}`, `Node ${issuer}`, "P-256");
  if (fault !== null) FAULTS[fault]!(draft);
  return new Certificate(await make(draft));
}

async function leafBelow(name: string): Promise<Certificate> {
  const { leaf } = plain("P-256", 0);
  leaf.issuer = `CN=${name}`;
  leaf.signer = name;
  return new Certificate(await make(leaf));
}

Deno.test("validatePath() finds a path in a graph exactly when there is one", async () => {
  const leaf = await leafBelow("Node 0");
  const random = generator(9618);
  let found = 0;
  let refused = 0;
  for (let round = 0; round < 120; round++) {
    const nodes = 3 + random(6);
    const { edges, anchors } = graph(random, nodes);
    const expected = reachable(edges, anchors);
    const error = failure({
      leaf,
      intermediates: await Promise.all(edges.map(certificateOf)),
      anchors: new TrustAnchors(
        await Promise.all(anchors.map(async (node) =>
          anchorOfCertificate(
            await certificateOf({ issuer: node, subject: node, fault: null }),
          )
        )),
      ),
      purpose: "server",
      serverName: { kind: "dns", name: "www.example.test" },
      at: NOW,
    });
    assertEquals(
      error === null,
      expected,
      `round ${round}: ${error?.reason} ${JSON.stringify(edges)}`,
    );
    if (expected) found++;
    else refused++;
  }
  assert(found >= 25 && refused >= 25, `${found} found, ${refused} refused`);
});

Deno.test("validatePath() finds the one good path when all CAs sign each other", async () => {
  // Ten CAs, ninety certificates; one link to the root, from the CA that comes last.
  const size = 10;
  const edges: Edge[] = [];
  for (let issuer = 0; issuer < size; issuer++) {
    for (let subject = 0; subject < size; subject++) {
      if (issuer !== subject) edges.push({ issuer, subject, fault: null });
    }
  }
  const pool = await Promise.all(edges.map(certificateOf));
  const link = { issuer: size, subject: size - 1 };
  const root = await certificateOf({
    issuer: size,
    subject: size,
    fault: null,
  });
  const leaf = await leafBelow("Node 0");
  const options = {
    leaf,
    anchors: new TrustAnchors([anchorOfCertificate(root)]),
    purpose: "server",
    serverName: null,
    at: NOW,
  } as const;
  const good = await certificateOf({ ...link, fault: null });
  const { path } = validate({ ...options, intermediates: [...pool, good] });
  assertEquals(path.certificates.at(-1), root);

  // Where the link is of no use, that is what is said, and soon.
  for (
    const [fault, reason] of [["expired", "expired"], ["no CA", "not-a-ca"]]
  ) {
    const bad = await certificateOf({ ...link, fault: fault! });
    const error = failure({ ...options, intermediates: [...pool, bad] });
    assert(error instanceof PathError);
    assertEquals(error.reason, reason);
    assert(error.units < 60_000, `${error.units} units`);
  }
});
