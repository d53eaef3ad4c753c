import { assert, assertEquals } from "@std/assert";
import { readVectorJson, vectorTest } from "../../../vectors.ts";
import {
  defaultPolicy,
  strictPolicy,
} from "../../../../backends/pure/engine/x509/path_policy.ts";
import { type Limbo, runLimbo } from "./limbo.ts";
import { limboExceptions } from "./limbo_exceptions.ts";

/** How many cases the strict policy must get right. */
const LEAST_UNDER_STRICT = 185;

function exceptionsOf(policy: string): Map<string, string> {
  const listed = new Map<string, string>();
  for (const { policies, outcome, cases } of limboExceptions) {
    if (!policies.some((name) => name === policy)) continue;
    for (const id of cases) {
      assert(!listed.has(id), `${id} is listed twice for ${policy}`);
      listed.set(id, outcome);
    }
  }
  return listed;
}

for (const policy of [defaultPolicy, strictPolicy]) {
  vectorTest(
    `validatePath() does what x509-limbo expects when the policy is ${policy.name}`,
    () => {
      const { testcases } = readVectorJson<Limbo>("x509-limbo/limbo.json");
      const listed = exceptionsOf(policy.name);
      const wrong: string[] = [];
      let right = 0;
      for (const test of testcases) {
        const expected = test.expected_result === "SUCCESS";
        const exception = listed.get(test.id);
        listed.delete(test.id);
        if (test.crls.length > 0) {
          if (exception !== "not run") wrong.push(`${test.id}: has CRLs`);
          continue;
        }
        const { accepted, reason, message } = runLimbo(test, policy);
        const outcome = accepted === expected
          ? undefined
          : accepted
          ? "accepted"
          : "refused";
        if (outcome === undefined) right++;
        if (outcome !== exception) {
          wrong.push(
            `${test.id}: ${
              outcome ?? "as expected"
            } (${reason} ${message}), listed: ${exception ?? "no"}`,
          );
        }
      }
      assertEquals(wrong, []);
      assertEquals([...listed.keys()], [], "exceptions that name no case");
      if (policy === strictPolicy) assert(right >= LEAST_UNDER_STRICT);
    },
  );
}
