/**
 * Gives variants to `deno bench`.
 *
 * @module
 */
import type { Variant } from "./report/figure.ts";

/** Registers one group; its first variant is the baseline. */
export function register(group: string, variants: readonly Variant[]): void {
  for (const [i, { name, run }] of variants.entries()) {
    Deno.bench({
      name,
      group,
      baseline: i === 0,
      fn: async () => {
        const result = run();
        if (result instanceof Promise) await result;
      },
    });
  }
}
