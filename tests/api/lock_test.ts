/** The lock that orders reads among reads and writes among writes. */
import { assertEquals } from "@std/assert";
import { Lock } from "../../api/_lock.ts";
import { quiet, rejection, watch } from "./helpers/turns.ts";

Deno.test("run() runs one at a time, in the order of the calls", async () => {
  const lock = new Lock();
  const log: string[] = [];
  const operation = (name: string) => async () => {
    log.push(`${name} begins`);
    await quiet();
    log.push(`${name} ends`);
  };
  const names = ["a", "b", "c", "d"];
  const all = names.map((name) => lock.run(operation(name)));
  // Who comes when the first has just ended does not overtake those who wait.
  await all[0];
  all.push(lock.run(operation("late")));
  await Promise.all(all);
  assertEquals(
    log,
    [...names, "late"].flatMap((name) => [`${name} begins`, `${name} ends`]),
  );
});

Deno.test("run() begins at once where nothing runs", () => {
  const lock = new Lock();
  let begun = false;
  const running = lock.run(() => {
    begun = true;
    return Promise.resolve();
  });
  assertEquals(begun, true);
  return running;
});

Deno.test("run() goes on after an operation that rejects or throws", async () => {
  const lock = new Lock();
  const error = new Error("no");
  const rejecting = rejection(lock.run(() => Promise.reject(error)));
  const throwing = rejection(
    lock.run(() => {
      throw error;
    }),
  );
  const after = watch(lock.run(() => Promise.resolve("yes")));
  assertEquals(await rejecting, error);
  assertEquals(await throwing, error);
  await quiet();
  assertEquals(after.outcome, { state: "resolved", value: "yes" });
});

Deno.test("busy is true from the first call to the last one's end", async () => {
  const lock = new Lock();
  assertEquals(lock.busy, false);
  const held = Promise.withResolvers<void>();
  const first = lock.run(() => held.promise);
  const second = lock.run(() => {
    assertEquals(lock.busy, true);
    return quiet();
  });
  assertEquals(lock.busy, true);
  held.resolve();
  await first;
  assertEquals(lock.busy, true);
  await second;
  assertEquals(lock.busy, false);
});
