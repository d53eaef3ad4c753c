/**
 * `deno run -A bench/p256_cold.ts kernel`: the first call of each operation of
 * P-256 in a fresh process, in microseconds, as JSON. The kernel's first key pair
 * compiles the module and builds the table of the base point.
 *
 * @module
 */
import { type P256Implementation, p256Operations } from "./p256_operations.ts";

const by = Deno.args[0] as P256Implementation;
const times: Record<string, number> = {};
for (const [operation, implementations] of Object.entries(p256Operations())) {
  const start = performance.now();
  implementations[by]();
  times[operation] = (performance.now() - start) * 1000;
}
console.log(JSON.stringify(times));
