/**
 * Chains of certificates, good and bad, made of a plain one by one change each.
 *
 * @module
 */
import { changes } from "./chain_changes.ts";
import { build, type Chain, plain } from "./chain_plan.ts";
import type { KeyKind } from "./mint.ts";

/** Changes that need an intermediate. */
const NEED_INTERMEDIATE = new Set([
  "nothing sent",
  "lookalike CA sent too",
  "expired twin of the CA",
  "cross-signed by a stranger",
  "CAs sign each other",
]);

/** All chains that are compared: each change at several depths and keys. */
export async function* chains(): AsyncGenerator<
  { readonly change: string; readonly chain: Chain }
> {
  for (const [change, apply] of Object.entries(changes)) {
    const shapes: readonly (readonly [KeyKind, number])[] = change === "nothing"
      ? (["P-256", "P-384", "P-521", "RSA", "Ed25519"] as const).flatMap(
        (kind) => [0, 1, 2, 3].map((depth) => [kind, depth] as const),
      )
      : [["P-256", 1], ["P-256", 2]];
    for (const [kind, depth] of shapes) {
      if (depth === 0 && NEED_INTERMEDIATE.has(change)) continue;
      const plan = plain(kind, depth);
      apply(plan);
      yield {
        change,
        chain: await build(`${change}, ${kind}, ${depth}`, plan),
      };
    }
  }
}
