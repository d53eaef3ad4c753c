import { assert, assertEquals } from "@std/assert";
import { Certificate } from "../../../../backends/pure/engine/x509/certificate.ts";
import { parseServerName } from "../../../../backends/pure/engine/x509/server_name.ts";
import {
  anchorOfCertificate,
  TrustAnchors,
} from "../../../../backends/pure/engine/x509/trust_anchor.ts";
import { ca, make, NOW, plain } from "./chain_plan.ts";
import { failure } from "./drive.ts";
import { ext, general } from "./mint.ts";
import { hasProgram, opensslVerify } from "./openssl.ts";

/** The names of leaves: what is asked for, and another one. */
const DNS = { right: "www.example.test", other: "www.example.org" } as const;
const IP = { right: [10, 1, 2, 3], other: [10, 9, 2, 3] } as const;
/** Constraints, each over one of those names. */
const DNS_TREE = { right: "example.test", other: "example.org" } as const;
const IP_TREE = {
  right: [10, 1, 0, 0, 255, 255, 0, 0],
  other: [10, 9, 0, 0, 255, 255, 0, 0],
} as const;

type Which = "right" | "other" | null;
const WHICH: readonly Which[] = [null, "right", "other"];

/** What a leaf names. */
interface Names {
  readonly commonName: string;
  readonly dns: Which;
  readonly ip: Which;
}

/** What its CA may name. */
interface Limits {
  readonly permittedDns: Which;
  readonly permittedIp: Which;
  readonly excludedDns: Which;
  readonly excludedIp: Which;
}

function* product<T extends object>(
  choices: { readonly [Key in keyof T]: readonly T[Key][] },
): Generator<T> {
  const keys = Object.keys(choices) as (keyof T)[];
  const walk = function* (at: number, chosen: Partial<T>): Generator<T> {
    const key = keys[at];
    if (key === undefined) yield chosen as T;
    else {
      for (const value of choices[key]) {
        yield* walk(at + 1, { ...chosen, [key]: value });
      }
    }
  };
  yield* walk(0, {});
}

/** RFC 5280, 4.2.1.10, and RFC 9525, for names that are so plain. */
function isRight(host: "dns" | "ip", names: Names, limits: Limits): boolean {
  const allowed = (name: Which, permitted: Which, excluded: Which) =>
    name === null ||
    ((permitted === null || permitted === name) && excluded !== name);
  return names[host] === "right" &&
    allowed(names.dns, limits.permittedDns, limits.excludedDns) &&
    allowed(names.ip, limits.permittedIp, limits.excludedIp);
}

async function leafOf({ commonName, dns, ip }: Names): Promise<Uint8Array> {
  const { leaf } = plain("P-256", 1);
  leaf.subject = `CN=${commonName}`;
  const names = [
    ...(dns === null ? [] : [general.dns(DNS[dns])]),
    ...(ip === null ? [] : [general.ip(...IP[ip])]),
  ];
  if (names.length === 0) leaf.extensions.delete("san");
  else leaf.extensions.set("san", ext.subjectAltName(names));
  return await make(leaf);
}

async function caOf(limits: Limits): Promise<Uint8Array> {
  const draft = ca("CA 1", "Root", "P-256");
  const trees = (dns: Which, ip: Which) => [
    ...(dns === null ? [] : [general.dns(DNS_TREE[dns])]),
    ...(ip === null ? [] : [general.ip(...IP_TREE[ip])]),
  ];
  const permitted = trees(limits.permittedDns, limits.permittedIp);
  const excluded = trees(limits.excludedDns, limits.excludedIp);
  if (permitted.length + excluded.length > 0) {
    draft.extensions.set(
      "nc",
      ext.nameConstraints({
        ...(permitted.length === 0 ? {} : { permitted }),
        ...(excluded.length === 0 ? {} : { excluded }),
      }),
    );
  }
  return await make(draft);
}

const HOSTS = { dns: DNS.right, ip: IP.right.join(".") } as const;
const LEAVES = [...product<Names>({
  // OpenSSL falls back on a common name that could be a host's; we never do.
  commonName: ["A Name", DNS.right, DNS.other],
  dns: WHICH,
  ip: WHICH,
})];
const CAS = [...product<Limits>({
  permittedDns: WHICH,
  permittedIp: WHICH,
  excludedDns: WHICH,
  excludedIp: WHICH,
})];
const root = await make(plain("P-256", 1).root);

Deno.test("validatePath() applies DNS and IP constraints to every combination of names", async () => {
  const leaves = await Promise.all(
    LEAVES.map(async (names) => new Certificate(await leafOf(names))),
  );
  const anchors = new TrustAnchors([
    anchorOfCertificate(new Certificate(root)),
  ]);
  let right = 0;
  let count = 0;
  for (const limits of CAS) {
    const intermediates = [new Certificate(await caOf(limits))];
    for (const [i, names] of LEAVES.entries()) {
      for (const host of ["dns", "ip"] as const) {
        const error = failure({
          leaf: leaves[i]!,
          intermediates,
          anchors,
          purpose: "server",
          serverName: parseServerName(HOSTS[host]),
          at: NOW,
        });
        const expected = isRight(host, names, limits);
        assertEquals(
          error === null,
          expected,
          `${host} ${JSON.stringify({ names, limits })}: ${error?.message}`,
        );
        if (error !== null) {
          assert(["name-constraint", "name-mismatch"].includes(error.reason));
        }
        count++;
        if (expected) right++;
      }
    }
  }
  assertEquals(count, 81 * 27 * 2);
  assert(right > 300, `${right} right`);
});

const present = await hasProgram("openssl");
Deno.test({
  name: present
    ? "the matrix of constraints is openssl's too"
    : "the matrix of constraints is openssl's too (ignored: no openssl)",
  ignore: !present,
  async fn() {
    const directory = await Deno.makeTempDir();
    try {
      let compared = 0;
      let turn = 0;
      for (const limits of CAS) {
        const intermediate = await caOf(limits);
        for (const names of LEAVES) {
          // A sample in which each choice meets each other.
          if (turn++ % 19 !== 0) continue;
          // Where there is no dNSName, openssl reads the common name.
          if (names.dns === null && names.commonName !== "A Name") continue;
          const host = turn % 2 === 0 ? "dns" : "ip";
          const { ok, output } = await opensslVerify({
            id: "matrix",
            leaf: await leafOf(names),
            intermediates: [intermediate],
            anchors: [root],
            at: NOW,
            hostname: HOSTS[host],
            purpose: "server",
          }, directory);
          assertEquals(
            ok,
            isRight(host, names, limits),
            `${host} ${JSON.stringify({ names, limits })}: ${output}`,
          );
          compared++;
        }
      }
      assert(compared >= 80, `${compared} compared`);
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
});
