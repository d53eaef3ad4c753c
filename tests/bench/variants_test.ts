import { assert, assertEquals } from "@std/assert";
import { AEADS, aeadVariants } from "../../bench/aead_variants.ts";
import { groupVariants } from "../../bench/group_variants.ts";
import {
  alternatingVariants,
  recordVariants,
  setUpVariants,
} from "../../bench/record_variants.ts";
import type { Variant } from "../../bench/report/figure.ts";
import { scheduleVariants } from "../../bench/schedule_variants.ts";
import { signatureVariants } from "../../bench/signature_variants.ts";

/** What others wrote, and ours is compared with. */
const REFERENCE = /\b(node:crypto|WebCrypto|noble)\b/;

async function allVariants(): Promise<readonly (readonly Variant[])[]> {
  const all: (readonly Variant[])[] = [];
  for (const name of AEADS) {
    all.push(
      await aeadVariants(name, 64),
      recordVariants(name, 64),
      alternatingVariants(name),
      setUpVariants(name),
    );
  }
  for (const named of [scheduleVariants, groupVariants, signatureVariants]) {
    for (const [, variants] of await named()) all.push(variants);
  }
  return all;
}

Deno.test("every variant of the report runs, has a name of its own, and a ratio says how much faster we are", async () => {
  const names = new Set<string>();
  for (const variants of await allVariants()) {
    const own = variants.map(({ name }) => name);
    for (const { name, ratioTo, run } of variants) {
      assert(!names.has(name), name);
      names.add(name);
      if (REFERENCE.test(name)) assertEquals(ratioTo, undefined, name);
      else if (ratioTo !== undefined) assert(own.includes(ratioTo), name);
      await run();
    }
    // Each group compares something.
    assert(variants.some(({ ratioTo }) => ratioTo !== undefined), own[0]!);
  }
  assert(names.size > 0);
});
