import { assertEquals } from "@std/assert";
import { equalConstantTime } from "../../../../backends/pure/engine/crypto/equal.ts";

Deno.test("equalConstantTime() finds every difference", () => {
  const a = Uint8Array.from({ length: 48 }, (_, i) => i * 7);
  assertEquals(equalConstantTime(a, a.slice()), true);
  for (let bit = 0; bit < 8 * a.length; bit++) {
    const b = a.slice();
    b[bit >> 3]! ^= 1 << (bit & 7);
    assertEquals(equalConstantTime(a, b), false);
  }
  assertEquals(equalConstantTime(a, a.subarray(1)), false);
  assertEquals(equalConstantTime(a, new Uint8Array(0)), false);
  assertEquals(equalConstantTime(new Uint8Array(0), new Uint8Array(0)), true);
});
