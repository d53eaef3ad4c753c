import { assert, assertEquals, assertRejects } from "@std/assert";
import { interleave } from "../../bench/report/figure.ts";

Deno.test("interleave() runs all variants in turn and compares them in each round", async () => {
  const order: string[] = [];
  const run = (name: string) => () => {
    order.push(name);
  };
  const figures = await interleave([
    { name: "a", run: run("a") },
    {
      name: "b",
      ratioTo: "a",
      run: () => {
        run("b")();
        return Promise.resolve();
      },
    },
  ], { rounds: 15, milliseconds: 0.01 });
  assertEquals(
    figures.map(({ name, unit, ratio_to, rounds }) => ({
      name,
      unit,
      ratio_to,
      rounds,
    })),
    [
      { name: "a", unit: "µs", ratio_to: null, rounds: 15 },
      { name: "b", unit: "µs", ratio_to: "a", rounds: 15 },
    ],
  );
  assertEquals(figures[0]?.ratio, null);
  assert((figures[1]?.ratio ?? 0) > 0);
  // After the warm-up each round runs both, in either order.
  const turns = order.filter((name, i) => name !== order[i - 1]);
  assert(turns.length > 15, `${turns.length} turns`);
});

Deno.test("interleave() refuses fewer than 15 rounds and comparisons with nothing", async () => {
  const variants = [{ name: "a", run: () => 0, ratioTo: "b" }];
  await assertRejects(
    () => interleave(variants, { rounds: 14 }),
    RangeError,
    "Cannot measure: 14 rounds are fewer than 15",
  );
  await assertRejects(
    () => interleave(variants),
    TypeError,
    "Cannot compare a: there is no b",
  );
});
