/**
 * A sample of `run.ts`: every state and message at both roles, and some of the
 * bytes.
 */
import { assert } from "@std/assert";
import { createNativeProvider } from "../../backends/pure/providers/native.ts";
import { CheapProvider } from "./cheap_provider.ts";
import { torture } from "./run.ts";

Deno.test("torture comes to what the table says, with the cheap provider", async () => {
  const counts = await torture(new CheapProvider(7), { cases: 4_000, seed: 7 });
  assert(counts.size > 200);
});

for (const kernels of ["wasm", "symmetric"] as const) {
  Deno.test(`torture comes to what the table says, with the native provider, ${kernels}`, async () => {
    const provider = await createNativeProvider({ kernels });
    const counts = await torture(provider, { cases: 1_000, seed: 8 });
    assert(counts.size > 200);
  });
}
