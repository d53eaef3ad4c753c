import { assert, assertEquals } from "@std/assert";
import { DecodeFailure } from "../../../../backends/pure/engine/codec/reader.ts";
import { Certificate } from "../../../../backends/pure/engine/x509/certificate.ts";
import { parseServerName } from "../../../../backends/pure/engine/x509/server_name.ts";
import {
  anchorOfCertificate,
  TrustAnchors,
} from "../../../../backends/pure/engine/x509/trust_anchor.ts";
import type { Chain } from "./chain_plan.ts";
import { chains } from "./chains.ts";
import { failure } from "./drive.ts";
import { hasProgram, opensslVerify } from "./openssl.ts";

/** Our verdict: "ok" or a reason. */
function verdict(chain: Chain): string {
  try {
    const error = failure({
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
    });
    return error === null ? "ok" : error.reason;
  } catch (error) {
    if (error instanceof DecodeFailure) return "malformed";
    throw error;
  }
}

/** Changes after which the verdicts differ, with ours and why. */
const DIFFERENCES: Readonly<Record<string, readonly [string, string]>> = {
  "leaf ends now": [
    "ok",
    'RFC 5280, 4.1.2.5: "through notAfter, inclusive"; openssl excludes the last second.',
  ],
  "leaf is a CA": [
    "ca-as-leaf",
    "Baseline Requirements, 7.1.2.7.8: a leaf's cA MUST be FALSE. A CA's key in a server that is attacked is a CA in the attacker's hands. (As an anchor of its own it is accepted.)",
  ],
  "top CA for anything": [
    "ok",
    "anyExtendedKeyUsage limits nothing; openssl reads a CA's extKeyUsage without it. RFC 5280, 4.2.1.12.",
  ],
  "leaf only for key agreement": [
    "key-usage",
    "RFC 8446, 4.4.2.2: digitalSignature MUST be set; openssl does not know which handshake it is for.",
  ],
  "leaf only for encryption": [
    "key-usage",
    "The same: there is no RSA key transport here.",
  ],
  "wrong authorityKeyIdentifier": [
    "ok",
    "RFC 5280, 4.2.1.1: the identifier is there to facilitate path building. The signature verifies, and proves who the issuer is.",
  ],
  "wildcard partial": [
    "name-mismatch",
    "RFC 9525, 6.3: only a wildcard that is a complete label.",
  ],
  "common name alone": [
    "name-mismatch",
    "RFC 9525, 2: the common name is no server's name.",
  ],
  "common name beside an address": [
    "name-mismatch",
    "The same.",
  ],
  "excludes under a wildcard": [
    "name-constraint",
    "CVE-2025-61727: the wildcard stands for the excluded name too.",
  ],
  "names constrained in the leaf": [
    "malformed",
    'RFC 5280, 4.2.1.10: "MUST be used only in a CA certificate".',
  ],
  "serial number of 24 bytes": [
    "malformed",
    'RFC 5280, 4.1.2.2: "MUST NOT use serialNumber values longer than 20 octets".',
  ],
  "authority information, malformed": [
    "malformed",
    "An extension that is known is read, and must be legible.",
  ],
  "alternative names, empty": [
    "malformed",
    "RFC 5280, 4.2.1.6: SIZE (1..MAX); openssl then falls back on the common name.",
  ],
};

const present = await hasProgram("openssl");
Deno.test({
  name: present
    ? "validatePath() gives the verdict of openssl verify when chains are generated"
    : "validatePath() gives the verdict of openssl verify (ignored: no openssl)",
  ignore: !present,
  async fn() {
    const directory = await Deno.makeTempDir();
    try {
      const wrong: string[] = [];
      const stale = new Set(Object.keys(DIFFERENCES));
      let count = 0;
      let good = 0;
      for await (const { change, chain } of chains()) {
        count++;
        const theirs = await opensslVerify(chain, directory);
        const ours = verdict(chain);
        if (theirs.ok) good++;
        const listed = DIFFERENCES[change]?.[0];
        if (theirs.ok === (ours === "ok")) continue;
        if (listed === ours) stale.delete(change);
        else {
          wrong.push(
            `${chain.id}: openssl ${
              theirs.ok
                ? "accepts"
                : /error \d+[^\n]*/.exec(theirs.output)?.[0] ?? theirs.output
            }, we: ${ours}`,
          );
        }
      }
      assertEquals(wrong, []);
      assertEquals([...stale], [], "differences that are none");
      assert(count >= 200, `${count} chains`);
      assert(good >= 50 && count - good >= 50, `${good} good ones`);
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
});
