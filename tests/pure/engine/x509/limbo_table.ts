/**
 * Prints how x509-limbo comes out under both policies, as Markdown:
 * `deno run -A tests/pure/engine/x509/limbo_table.ts [--all]`. With `--all`
 * every case has its row, with the reason that was found.
 *
 * @module
 */
import { readVectorJson } from "../../../vectors.ts";
import {
  defaultPolicy,
  strictPolicy,
} from "../../../../backends/pure/engine/x509/path_policy.ts";
import { type Limbo, type LimboCase, runLimbo } from "./limbo.ts";
import { limboExceptions } from "./limbo_exceptions.ts";

const policies = [defaultPolicy, strictPolicy];

/** The Markdown. */
export function limboTable(
  cases: readonly LimboCase[],
  options: { readonly all: boolean },
): string {
  const groups = new Map<string, { cases: number; right: number[] }>();
  const rows: string[] = [];
  for (const test of cases) {
    const group = test.id.split("::").slice(0, -1).join("::");
    const counts = groups.get(group) ?? { cases: 0, right: [0, 0] };
    groups.set(group, counts);
    counts.cases++;
    const cells = policies.map((policy, i) => {
      if (test.crls.length > 0) return "not run";
      const { accepted, reason } = runLimbo(test, policy);
      const right = accepted === (test.expected_result === "SUCCESS");
      if (right) counts.right[i]!++;
      return right ? reason : `**${reason}**`;
    });
    rows.push(
      `| ${test.id} | ${test.expected_result} | ${cells.join(" | ")} |`,
    );
  }
  const total = [0, 0];
  const lines = ["| group | cases | default | strict |", "|---|---|---|---|"];
  for (const [group, { cases, right }] of groups) {
    lines.push(`| ${group} | ${cases} | ${right.join(" | ")} |`);
    right.forEach((count, i) => total[i]! += count);
  }
  lines.push(`| all | ${cases.length} | ${total.join(" | ")} |`, "");
  for (const { rule, policies, outcome, cases, why } of limboExceptions) {
    lines.push(
      `- ${rule} (${policies.join(", ")}; ${outcome}; ${cases.length}): ${why}`,
    );
  }
  if (options.all) {
    lines.push(
      "",
      "| case | expected | default | strict |",
      "|---|---|---|---|",
      ...rows,
    );
  }
  return lines.join("\n");
}

if (import.meta.main) {
  const { testcases } = readVectorJson<Limbo>("x509-limbo/limbo.json");
  // deno-lint-ignore no-console
  console.log(limboTable(testcases, { all: Deno.args.includes("--all") }));
}
