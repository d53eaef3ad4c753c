import { assert, assertEquals } from "@std/assert";
import { HashHost } from "../../../../backends/pure/kernels/hash/_host.ts";
import { committedWasm } from "../../../../tools/build_kernels.ts";
import { instrument, Trace } from "../trace.ts";
import { HASHES, random } from "./subjects.ts";

/** Secrets for each hash. */
const SECRETS = 1000;

const wasm = instrument(committedWasm("hash"));

for (const { name, block, length: size } of HASHES) {
  Deno.test(`${name} and its HMAC take the same branches and addresses for ${SECRETS} secrets`, () => {
    const trace = new Trace();
    const host = new HashHost(wasm, trace.imports(wasm));
    const expected = new Map<string, string>();
    const check = (step: string, least: number) => {
      const { digest, events } = trace.take();
      const first = expected.get(step);
      if (first === undefined) {
        expected.set(step, digest);
        assert(events >= least, `${step} reported only ${events} events`);
      } else assertEquals(digest, first, `${step} depends on a secret`);
    };
    // One load for each word of a block, and one for each constant.
    const ofBlock = block === 64 ? 16 + 64 : 16 + 80;
    for (let secret = 0; secret < SECRETS; secret++) {
      // All zeros and all ones, then random.
      const draw = (length: number) =>
        secret < 2 ? new Uint8Array(length).fill(-secret) : random(length);
      trace.take();
      host.digest(name, draw(block + 7));
      check("digest", 2 * ofBlock);
      const hash = host.createHash(name);
      hash.update(draw(block + 5));
      check("update", ofBlock);
      hash.snapshot();
      check("snapshot", ofBlock);
      // As the key schedule does, and with a key longer than a block.
      host.hmac(name, draw(size), draw(size));
      check("hmac", 4 * ofBlock);
      host.hmac(name, draw(block + 1), draw(3));
      check("hmac with a long key", 6 * ofBlock);
      const hmac = host.createHmac(name, draw(size));
      check("createHmac", 2 * ofBlock);
      hmac.compute(draw(55));
      check("compute", 2 * ofBlock);
    }
    assertEquals(expected.size, 7);
  });
}
