import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  CryptoFailure,
  type CryptoProvider,
} from "../../../backends/pure/engine/crypto/provider.ts";
import { NamedGroup } from "../../../backends/pure/engine/iana.ts";
import {
  checkEncapsulationKey,
  type DhCurve,
  KeyExchange,
} from "../../../backends/pure/providers/_exchange.ts";
import { nobleDh } from "../../../backends/pure/providers/_noble_dh.ts";
import { nobleKem } from "../../../backends/pure/providers/_noble_kem.ts";
import { loadProvider } from "../../../backends/pure/providers/mod.ts";

type Exchange = Pick<CryptoProvider, "generateKeyShare" | "respondKeyShare">;

const noble = new KeyExchange(nobleDh, () => nobleKem);
const exchanges: readonly (readonly [string, Exchange])[] = [
  ["native", await loadProvider({ provider: "native" })],
  ["portable", await loadProvider({ provider: "portable" })],
  ["noble", {
    generateKeyShare: (group) => noble.generate(group),
    respondKeyShare: (group, peer) => noble.respond(group, peer),
  }],
];

/** Lengths on the wire: the client's share, the server's, the secret. */
const LENGTHS = {
  X25519MLKEM768: [1216, 1120, 64],
  x25519: [32, 32, 32],
  secp256r1: [65, 65, 32],
  secp384r1: [97, 97, 48],
  secp521r1: [133, 133, 66],
} as const;

const groups = Object.entries(LENGTHS) as [
  keyof typeof LENGTHS,
  readonly [number, number, number],
][];

for (const [name, [client, server, secret]] of groups) {
  const group = NamedGroup[name];

  for (const [left, initiator] of exchanges) {
    for (const [right, responder] of exchanges) {
      Deno.test(`${left} and ${right} agree on ${name}`, async () => {
        const share = await initiator.generateKeyShare(group);
        assertEquals(share.group, group);
        const response = await responder.respondKeyShare(
          group,
          share.publicKey,
        );
        assertEquals([
          share.publicKey.length,
          response.publicKey.length,
          response.sharedSecret.length,
        ], [client, server, secret]);
        assertEquals(
          await share.derive(response.publicKey),
          response.sharedSecret,
        );
        const other = await initiator.generateKeyShare(group);
        assert(other.publicKey.join() !== share.publicKey.join());
      });
    }
  }

  for (const [side, exchange] of exchanges) {
    Deno.test(`${side} refuses bad shares of ${name}`, async () => {
      const share = await exchange.generateKeyShare(group);
      const { publicKey } = await exchange.respondKeyShare(
        group,
        share.publicKey,
      );
      for (const bad of badShares(name, publicKey)) {
        await assertRejects(
          async () => await share.derive(bad),
          CryptoFailure,
          undefined,
          `derive ${bad.length}`,
        );
      }
      for (const bad of badShares(name, share.publicKey)) {
        await assertRejects(
          async () => await exchange.respondKeyShare(group, bad),
          CryptoFailure,
          undefined,
          `respond ${bad.length}`,
        );
      }
    });

    Deno.test(`${side}'s share of ${name} is of no use once destroyed`, async () => {
      const share = await exchange.generateKeyShare(group);
      const { publicKey } = await exchange.respondKeyShare(
        group,
        share.publicKey,
      );
      share.destroy();
      await assertRejects(async () => await share.derive(publicKey), Error);
    });
  }
}

/** Points of X25519 whose multiples are few: RFC 7748, section 6.1. */
const LOW_ORDER = [
  "00".repeat(32),
  "01" + "00".repeat(31),
  "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
  "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
  "ec" + "ff".repeat(30) + "7f",
  "ed" + "ff".repeat(30) + "7f",
  "ee" + "ff".repeat(30) + "7f",
].map((text) =>
  Uint8Array.from(text.match(/../g)!, (pair) => parseInt(pair, 16))
);

function* badShares(
  name: keyof typeof LENGTHS,
  good: Uint8Array,
): Generator<Uint8Array> {
  yield new Uint8Array(0);
  yield good.slice(1);
  yield good.slice(0, -1);
  yield Uint8Array.of(...good, 0);
  if (name.startsWith("secp")) {
    const size = (good.length - 1) / 2;
    // Compressed, hybrid, infinity, off the curve, out of the field.
    yield Uint8Array.of(2 + (good.at(-1)! & 1), ...good.slice(1, 1 + size));
    yield good.map((byte, i) => i === 0 ? 6 + (good.at(-1)! & 1) : byte);
    yield Uint8Array.of(0);
    yield good.map((_, i) => i === 0 ? 4 : 0);
    yield good.map((byte, i) => i === good.length - 1 ? byte ^ 1 : byte);
    yield good.map((_, i) => i === 0 ? 4 : 0xff);
    return;
  }
  for (const point of LOW_ORDER) {
    const bad = good.slice();
    bad.set(point, good.length - 32);
    yield bad;
  }
  if (good.length === 1216) {
    // A coefficient of q.
    const bad = good.slice();
    bad[0] = 0x01;
    bad[1] = bad[1]! & 0xf0 | 0x0d;
    yield bad;
    const last = good.slice();
    last[1150] = last[1150]! & 0x0f | 0x10;
    last[1151] = 0xd0;
    yield last;
  }
}

Deno.test("checkEncapsulationKey() takes every reduced coefficient and no other", () => {
  const key = new Uint8Array(1184);
  for (
    const [value, valid] of [[3328, true], [3329, false], [
      4095,
      false,
    ]] as const
  ) {
    for (const index of [0, 1, 2, 383, 384, 766, 767]) {
      key.fill(0);
      const at = (index >> 1) * 3;
      if (index % 2 === 0) {
        key[at] = value;
        key[at + 1] = value >> 8;
      } else {
        key[at + 1] = value << 4;
        key[at + 2] = value >> 4;
      }
      if (valid) {
        checkEncapsulationKey(key);
      } else {
        assertThrows(() => checkEncapsulationKey(key), CryptoFailure);
      }
    }
  }
  // The seed behind them is any.
  checkEncapsulationKey(new Uint8Array(1184).fill(0xff, 1152));
});

Deno.test("groups that are not known are refused", async () => {
  for (const [, exchange] of exchanges) {
    await assertRejects(
      async () => await exchange.generateKeyShare(0x001e),
      RangeError,
    );
    await assertRejects(
      async () => await exchange.respondKeyShare(0x001e, new Uint8Array(56)),
      RangeError,
    );
  }
});

Deno.test("noble's Diffie-Hellman has every curve", () => {
  const curves: DhCurve[] = ["X25519", "P-256", "P-384", "P-521"];
  assertEquals(curves.map((curve) => nobleDh(curve).curve), curves);
});
