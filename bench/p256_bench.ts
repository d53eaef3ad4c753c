/**
 * `deno bench -A bench/p256_bench.ts`: P-256 by the kernel, by node:crypto and by
 * noble.
 *
 * @module
 */
import { p256Operations } from "./p256_operations.ts";

for (const [group, implementations] of Object.entries(p256Operations())) {
  for (const [name, run] of Object.entries(implementations)) {
    Deno.bench({
      name: `${group}: ${name}`,
      group,
      baseline: name === "kernel",
      fn: run,
    });
  }
}
