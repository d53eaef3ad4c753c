/** What `inspect --chain` shows, over backends that know the chain or do not. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { denoBackend } from "../../backends/deno/mod.ts";
import {
  formatInspection,
  formatReport,
  inspect,
} from "../../examples/_inspect.ts";
import { PLAIN } from "../../examples/_terminal.ts";
import type { Certificate } from "../../mod.ts";
import { programTest, temporaryDirectory } from "../interop/_servers.ts";
import { openssl } from "../pure/engine/x509/openssl.ts";
import { scripted } from "./_scripted.ts";

const TARGET = { hostname: "server.test", port: 443, chain: true };

function text(path: string): string {
  return Deno.readTextFileSync(new URL(path, import.meta.url));
}

/** Three certificates that openssl issued, leaf first. */
const PEMS = text("./fixtures/chain.pem").match(
  /-----BEGIN [^]*?-----END CERTIFICATE-----\n/g,
)!;

const CHAIN = PEMS.map((pem) => denoBackend.certificate.fromBuffer(pem));

function inspectChain(certificates: readonly Certificate[] | null) {
  const backend = scripted({ peerCertificates: () => certificates }, () => {});
  return inspect(backend, TARGET);
}

Deno.test("inspect() shows the chain as text when the backend knows it", async () => {
  await using inspection = await inspectChain(CHAIN);
  assertEquals(inspection.chainProblem, null);
  assertEquals(`${inspection.report.chain}\n`, text("./expected/chain.txt"));
  assertEquals(
    formatInspection(inspection, { json: false, style: PLAIN }),
    `${formatReport(inspection.report, PLAIN)}\n\n${inspection.report.chain}`,
  );
  const json = formatInspection(inspection, { json: true, style: PLAIN });
  assertEquals(JSON.parse(json).chain, inspection.report.chain);
});

programTest(
  "openssl",
  "inspect() shows every line of openssl's text when it shows the chain",
  async () => {
    await using directory = await temporaryDirectory();
    const shown = text("./expected/chain.txt");
    for (const pem of PEMS) {
      const file = await directory.write("one.pem", pem);
      const { ok, output } = await openssl([
        "x509",
        "-text",
        "-noout",
        "-in",
        file,
      ]);
      assert(ok, output);
      const lines = output.split("\n").map((line) => line.trim())
        .map((line) => line.replace(/^(Issuer|Subject): CN = /, "$1: CN="))
        // The curve's other name.
        .filter((line) => !line.startsWith("ASN1 OID: "));
      for (const line of lines) assert(shown.includes(line), line);
    }
  },
);

Deno.test("inspect() has no chain in its report when none was asked for", async () => {
  const backend = scripted({ peerCertificates: () => CHAIN }, () => {});
  await using inspection = await inspect(backend, { ...TARGET, chain: false });
  assert(!("chain" in inspection.report));
  assertEquals(inspection.chainProblem, null);
});

const UNKNOWN: readonly (readonly [string, readonly Certificate[] | null])[] = [
  ["does not know the chain", null],
  ["has an empty one", []],
  ["keeps a certificate's DER", [...CHAIN, { der: null }]],
];

for (const [what, certificates] of UNKNOWN) {
  Deno.test(`inspect() says so in one line when the backend ${what}`, async () => {
    await using inspection = await inspectChain(certificates);
    assertEquals(
      inspection.chainProblem,
      "Cannot show the chain: the backend scripted does not tell the peer's certificates",
    );
    assertEquals(inspection.report.chain, null);
    assertEquals(
      formatInspection(inspection, { json: false, style: PLAIN }),
      formatReport(inspection.report, PLAIN),
    );
  });
}

Deno.test("inspect() says why in one line when a certificate cannot be read", async () => {
  // Well enough for node:crypto, which knows version 3 by its other fields.
  const der = CHAIN[0]!.der!.slice();
  const at = der.findIndex((_, i) =>
    der[i] === 0xa0 && der[i + 2] === 0x02 && der[i + 4] === 2
  );
  der[at + 4] = 1;
  await using inspection = await inspectChain([{ der }]);
  assertMatch(
    inspection.chainProblem!,
    /^Cannot show the chain: Cannot read certificate 1: [^\n]+$/,
  );
  assertEquals(inspection.report.chain, null);
});
