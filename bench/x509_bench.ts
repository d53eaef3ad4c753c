/**
 * `deno bench -A bench/x509_bench.ts`: certificates against node:crypto and
 * @peculiar/x509. `bench/report/x509.ts` measures the same interleaved.
 *
 * @module
 */
import {
  CHAIN_KINDS,
  threeCertificates,
  unitsOf,
  worstCases,
} from "./x509_cases.ts";

for (const kind of CHAIN_KINDS) {
  const chain = await threeCertificates(kind);
  const parsing = { group: `parse 3 ${kind} certificates` };
  Deno.bench("node:crypto", { ...parsing, baseline: true }, () => {
    chain.parseNode();
  });
  Deno.bench("ours", parsing, () => {
    chain.parse();
  });
  Deno.bench("@peculiar/x509", parsing, () => {
    chain.parsePeculiar();
  });
  const validating = { group: `parse and validate a ${kind} chain` };
  Deno.bench("node:crypto", { ...validating, baseline: true }, () => {
    chain.parseAndValidateNode();
  });
  Deno.bench("ours", validating, () => {
    chain.parseAndValidate();
  });
  Deno.bench("@peculiar/x509", validating, async () => {
    await chain.parseAndValidatePeculiar();
  });
  Deno.bench("the signatures alone", validating, () => {
    chain.signatures();
  });
  Deno.bench("all but the signatures", validating, () => {
    chain.everythingElse();
  });
}

for (const worst of await worstCases()) {
  Deno.bench(worst.name, { group: "budget-bound" }, () => {
    unitsOf(worst);
  });
}
