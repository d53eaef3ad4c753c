import {
  assert,
  assertEquals,
  assertNotEquals,
  assertThrows,
} from "@std/assert";
import { KernelHost } from "../../../backends/pure/kernels/_host.ts";
import { KERNEL_AEADS } from "../../../backends/pure/kernels/mod.ts";
import {
  committedWasm,
  KERNEL_BUILDS,
  type KernelBuild,
} from "../../../tools/build_kernels.ts";
import { keyLength, random } from "./subjects.ts";
import { assemble, instrument, Trace } from "./trace.ts";

/** Secrets for each AEAD and build. */
const SECRETS = 1000;

/**
 * One first chunk, several chunks with a partial last one, GHASH's lanes, and
 * more than one segment of 256 counters.
 */
const LENGTHS = [45, 700, 4500];

for (const build of Object.keys(KERNEL_BUILDS) as KernelBuild[]) {
  const wasm = instrument(committedWasm(build));
  for (const name of KERNEL_AEADS) {
    Deno.test(`${name} (${build}) takes the same branches and addresses for ${SECRETS} secrets`, () => {
      const trace = new Trace();
      const host = new KernelHost(build, wasm, trace.imports(wasm));
      const aad = Uint8Array.of(23, 3, 3, 1, 2);
      const expected = new Map<string, string>();
      const check = (step: string, least: number) => {
        const { digest, events } = trace.take();
        const first = expected.get(step);
        if (first === undefined) {
          expected.set(step, digest);
          assert(events >= least, `${step} reported only ${events} events`);
        } else assertEquals(digest, first, `${step} depends on a secret`);
      };
      for (let secret = 0; secret < SECRETS; secret++) {
        // All zeros and all ones, then random.
        const draw = (length: number) =>
          secret < 2 ? new Uint8Array(length).fill(-secret) : random(length);
        trace.take();
        const aead = host.createAead(name, draw(keyLength(name)), draw(12));
        // ChaCha20 expands nothing.
        check("createAead", name === "CHACHA20-POLY1305" ? 0 : 10_000);
        for (const length of LENGTHS) {
          const plaintext = draw(length);
          const sealed = new Uint8Array(length + 17);
          aead.seal(sealed, plaintext, 23, 0, aad, 1, 2);
          check(`seal ${length}`, length / 2);
          const opened = new Uint8Array(length + 1);
          assertEquals(aead.open(opened, sealed, aad, 1, 2), length + 1);
          check(`open ${length}`, length / 2);
          // Where the tag goes wrong must not show either.
          const at = sealed.length - 1 - secret % 16;
          sealed[at] = (sealed[at] as number) ^ (1 << (secret % 8));
          assertEquals(aead.open(opened, sealed, aad, 1, 2), -1);
          check(`failed open ${length}`, length / 2);
        }
      }
      assertEquals(expected.size, 1 + 3 * LENGTHS.length);
    });
  }
}

/** Bodies of `(func (param $secret i32) (result i32))` that leak, and one that does not. */
const LEAKS: { readonly [what: string]: string } = {
  "a branch": `(if (result i32) (local.get $secret)
    (then (i32.const 1)) (else (i32.const 2)))`,
  "a conditional break":
    `(block $out (br_if $out (local.get $secret))) (i32.const 1)`,
  "a table of branches": `(block $a (block $b
    (br_table $a $b (local.get $secret)))) (i32.const 1)`,
  "a selection": `(select (i32.const 1) (i32.const 2) (local.get $secret))`,
  "a loop's count": `(loop $again
    (local.set $secret (i32.sub (local.get $secret) (i32.const 1)))
    (br_if $again (i32.ge_s (local.get $secret) (i32.const 0)))) (i32.const 1)`,
  "a load's address": `(i32.load8_u (local.get $secret))`,
  "a vector load's address":
    `(i32x4.extract_lane 0 (v128.load (local.get $secret)))`,
  "a splatting load's address":
    `(i32x4.extract_lane 0 (v128.load32_splat (local.get $secret)))`,
  "a store's address":
    `(i32.store8 (local.get $secret) (i32.const 1)) (i32.const 1)`,
  "a fill's length":
    `(memory.fill (i32.const 0) (i32.const 0) (local.get $secret)) (i32.const 1)`,
  "a copy's source":
    `(memory.copy (i32.const 64) (local.get $secret) (i32.const 1)) (i32.const 1)`,
  "a divisor":
    `(i32.div_u (i32.const 100) (i32.or (local.get $secret) (i32.const 2)))`,
};

/** The traces of a function body for the secrets 0 and 1. */
function tracesOf(body: string): [string, string] {
  const wasm = instrument(assemble(`(module (memory 1)
    (func (export "run") (param $secret i32) (result i32) ${body}))`));
  const trace = new Trace();
  const { exports } = new WebAssembly.Instance(
    new WebAssembly.Module(wasm),
    trace.imports(wasm),
  );
  const run = exports["run"] as (secret: number) => number;
  run(0);
  const first = trace.take().digest;
  run(1);
  return [first, trace.take().digest];
}

for (const [what, body] of Object.entries(LEAKS)) {
  Deno.test(`the trace shows a secret through ${what}`, () => {
    const [zero, one] = tracesOf(body);
    assertNotEquals(zero, one);
  });
}

Deno.test("the trace shows no secret of code that masks instead of branching", () => {
  const [zero, one] = tracesOf(
    `(i32.store (i32.const 8) (i32.xor (i32.load (i32.const 16))
      (i32.and (i32.sub (i32.const 0) (local.get $secret)) (i32.const 0x1b))))
     (i32.load (i32.const 8))`,
  );
  assertEquals(zero, one);
});

Deno.test("instrument() refuses an instruction that it does not know", () => {
  assertThrows(
    () => tracesOf(`(memory.grow (local.get $secret))`),
    Error,
    "is not known",
  );
});
