import { assert, assertEquals, assertGreater } from "@std/assert";
import {
  committedWasm,
  compileKernels,
} from "../../../../tools/build_kernels.ts";
import { instrument, Trace } from "../trace.ts";
import {
  basePoint,
  bytesOf,
  EDGE_SCALARS,
  instantiate,
  random,
  randomScalar,
  type RawKernel,
} from "./subjects.ts";

/** Secrets for each operation. */
const SECRETS = 1000;

const PEER = basePoint(randomScalar()).subarray(1);
const DIGEST = random(32);

/** A secret: first the edges. */
function secretAt(index: number): Uint8Array {
  return bytesOf(EDGE_SCALARS[index] ?? randomScalar());
}

function run(kernel: RawKernel, name: string): void {
  assertEquals(kernel.run[name]!(), 1);
}

/** Operations on secret number `index`, and how many events they are at least. */
const OPERATIONS: readonly {
  readonly name: string;
  readonly least: number;
  readonly start: (
    kernel: RawKernel,
    put: (slot: string, bytes: Uint8Array) => void,
    index: number,
  ) => void;
}[] = [
  {
    name: "a key pair",
    least: 10_000,
    start: (kernel, put, index) => {
      put("IO_PRIVATE", secretAt(index));
      run(kernel, "publicKey");
    },
  },
  {
    name: "ECDH",
    least: 40_000,
    start: (kernel, put, index) => {
      put("IO_PRIVATE", secretAt(index));
      put("IO_POINT", PEER);
      run(kernel, "sharedSecret");
    },
  },
  {
    name: "a signature",
    least: 10_000,
    start: (kernel, put, index) => {
      put("IO_PRIVATE", secretAt(index));
      put("IO_DIGEST", DIGEST);
      put("IO_ENTROPY", random(32));
      kernel.run["startNonces"]!(32);
      run(kernel, "sign");
    },
  },
  {
    name: "a signature with a nonce at an edge",
    least: 10_000,
    start: (kernel, put, index) => {
      put("IO_PRIVATE", bytesOf(randomScalar()));
      put("IO_DIGEST", DIGEST);
      put("IO_NONCE", secretAt(index));
      run(kernel, "sign");
    },
  },
  {
    name: "the range check of a private key",
    least: 50,
    start: (kernel, put, index) => {
      put("IO_PRIVATE", secretAt(index));
      run(kernel, "isPrivateKey");
    },
  },
];

/** The first secret at which a trace differs from that of secret 0, or `null`. */
function firstDifference(
  kernel: RawKernel,
  trace: Trace,
  { start, least }: typeof OPERATIONS[number],
  secrets: number,
): number | null {
  const put = (slot: string, bytes: Uint8Array) =>
    kernel.memory.set(bytes, kernel.at[slot]);
  start(kernel, put, 0); // The first builds the table.
  trace.take();
  let expected: string | null = null;
  for (let index = 0; index < secrets; index++) {
    start(kernel, put, index);
    kernel.run["wipe"]!();
    const { digest, events } = trace.take();
    assertGreater(events, least);
    expected ??= digest;
    if (digest !== expected) return index;
  }
  return null;
}

function traced(wasm: Uint8Array): { kernel: RawKernel; trace: Trace } {
  const instrumented = instrument(wasm);
  const trace = new Trace();
  return {
    kernel: instantiate(instrumented, trace.imports(instrumented)),
    trace,
  };
}

const { kernel, trace } = traced(committedWasm("p256"));

for (const operation of OPERATIONS) {
  Deno.test(`${operation.name} takes the same branches and addresses for ${SECRETS} secrets`, () => {
    assertEquals(firstDifference(kernel, trace, operation, SECRETS), null);
  });
}

/** Faults that the gate must find: a file, what it says, what it says instead. */
const LEAKS: readonly [what: string, file: string, from: string, to: string][] =
  [
    [
      "a branch on the key's parity",
      "secrets.ts",
      "choose(ODD, even, ODD, k, LIMB_BYTES);",
      "if (even == 0) memory.copy(ODD, k, LIMB_BYTES);",
    ],
    [
      "a table's scan that stops at the entry",
      "secrets.ts",
      "    table += PACKED_BYTES;\n  }\n  v128.store(PACKED, a, 0);",
      "    table += PACKED_BYTES;\n" +
      "    if (i == i32x4.extract_lane(index, 0)) break;\n  }\n" +
      "  v128.store(PACKED, a, 0);",
    ],
    [
      "a table's entry by its index",
      "secrets.ts",
      "  v128.store(PACKED, a, 0);",
      "  v128.store(PACKED, v128.load(table - 80 * (16 - " +
      "i32x4.extract_lane(index, 0))), 0);",
    ],
    [
      "a comparison that stops at a difference",
      "scalars.ts",
      "all |= load<i64>(a + i);",
      "{ all |= load<i64>(a + i); if (all != 0) break; }",
    ],
    [
      // Seen at 2^256 - n alone.
      "a branch where the last digit doubles",
      "secrets.ts",
      "  choose(\n    ACCUMULATOR,\n    nonZeroMask(limbsOf(ZERO)),\n" +
      "    SUM,\n    DOUBLE,\n    JACOBIAN_BYTES,\n  );",
      "  if (limbsOf(ZERO) != 0) memory.copy(ACCUMULATOR, SUM, JACOBIAN_BYTES);\n" +
      "  else memory.copy(ACCUMULATOR, DOUBLE, JACOBIAN_BYTES);",
    ],
  ];

for (const [what, file, from, to] of LEAKS) {
  Deno.test(`the gate finds ${what}`, async () => {
    let planted = false;
    const leaky = traced(
      await compileKernels("p256", (name, text) => {
        if (name !== file) return text;
        assert(text.includes(from), `${file} does not say ${from}`);
        planted = true;
        return text.replace(from, to);
      }),
    );
    assert(planted);
    const found = firstDifference(
      leaky.kernel,
      leaky.trace,
      OPERATIONS[0]!,
      EDGE_SCALARS.length,
    );
    assert(found !== null);
  });
}
