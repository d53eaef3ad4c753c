import { assert, assertEquals } from "@std/assert";
import { KERNEL_AEADS } from "../../../backends/pure/kernels/mod.ts";
import {
  hosts,
  keyLength,
  nobleSeal,
  nodeOpen,
  nodeSeal,
  nonceOf,
  random,
  same,
} from "./subjects.ts";

/** Every length from 0 to 2000, and those of full records. */
const LENGTHS = [
  ...Array.from({ length: 2001 }, (_, i) => i),
  ...Array.from({ length: 257 }, (_, i) => 16384 + i),
];

const uint32 = () => new DataView(random(4).buffer).getUint32(0);

for (const name of KERNEL_AEADS) {
  Deno.test(`seal() and open() of ${name} agree with node:crypto and noble for every length`, () => {
    const key = random(keyLength(name));
    const iv = random(12);
    const aeads = hosts.map((host) => host.createAead(name, key, iv));
    for (const length of LENGTHS) {
      const plaintext = random(length);
      const aad = random(length % 17);
      const [high, low] = [uint32(), uint32()];
      const nonce = nonceOf(iv, high, low);
      const expected = nodeSeal(name, key, nonce, aad, plaintext);
      assert(
        same(nobleSeal(name, key, nonce, aad, plaintext), expected),
        `noble and node:crypto differ at ${length}`,
      );
      for (const [i, aead] of aeads.entries()) {
        const where = `${hosts[i]?.build}, ${length} bytes`;
        const sealed = new Uint8Array(length + 16);
        assertEquals(
          aead.seal(sealed, plaintext, -1, 0, aad, high, low),
          length + 16,
        );
        assert(same(sealed, expected), `sealed otherwise: ${where}`);
        const opened = new Uint8Array(length);
        assertEquals(aead.open(opened, expected, aad, high, low), length);
        assert(same(opened, plaintext), `opened otherwise: ${where}`);
      }
    }
  });

  Deno.test(`seal() of ${name} puts the inner type and padding behind the record`, () => {
    const key = random(keyLength(name));
    const iv = random(12);
    for (const host of hosts) {
      const aead = host.createAead(name, key, iv);
      for (
        const [length, padding] of [[0, 0], [0, 40], [64, 0], [95, 1], [
          300,
          300,
        ], [16384, 255]] as const
      ) {
        const plaintext = random(length);
        const aad = random(5);
        const output = new Uint8Array(length + 1 + padding + 16);
        // What was in the kernels' memory must not end up in the padding.
        aead.seal(new Uint8Array(1016), random(1000), -1, 0, aad, 0, 1);
        assertEquals(
          aead.seal(output, plaintext, 23, padding, aad, 0, 2),
          output.length,
        );
        const inner = nodeOpen(name, key, nonceOf(iv, 0, 2), aad, output);
        assertEquals(
          inner,
          new Uint8Array([...plaintext, 23, ...new Uint8Array(padding)]),
        );
      }
    }
  });

  Deno.test(`seal() of ${name} takes additional data up to its bound`, () => {
    const key = random(keyLength(name));
    const iv = random(12);
    for (const host of hosts) {
      const aead = host.createAead(name, key, iv);
      for (const length of [16, 17, 511, 512, 528, 1023, host.aadCapacity]) {
        const aad = random(length);
        const plaintext = random(length % 100);
        const output = new Uint8Array(plaintext.length + 16);
        aead.seal(output, plaintext, -1, 0, aad, 0, 0);
        assertEquals(output, nodeSeal(name, key, iv, aad, plaintext));
      }
    }
  });
}
