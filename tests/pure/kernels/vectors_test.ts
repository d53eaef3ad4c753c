import { assertEquals } from "@std/assert";
import type { KernelHost } from "../../../backends/pure/kernels/_host.ts";
import { hosts } from "./subjects.ts";

/** The round keys in the kernels' memory, in FIPS 197's byte order. */
function roundKeys(host: KernelHost, key: Uint8Array): Uint8Array[] {
  host.createAead(
    key.length === 16 ? "AES-128-GCM" : "AES-256-GCM",
    key,
    new Uint8Array(12),
  );
  const { memory, addresses } = host.inspect();
  const { gcmRoundKey0, gcmRoundKeys, gcmLastRoundKey } = addresses as {
    [name: string]: number;
  };
  const rounds = key.length / 4 + 6;
  // Row-major, but for the last.
  const order = (byte: number, last: boolean) =>
    last ? byte : 4 * (byte % 4) + Math.floor(byte / 4);
  const keys = [
    Uint8Array.from(
      { length: 16 },
      (_, i) => memory[(gcmRoundKey0 as number) + order(i, false)] as number,
    ),
  ];
  for (let round = 1; round <= rounds; round++) {
    const at = (gcmRoundKeys as number) + (round - 1) * 128;
    keys.push(Uint8Array.from({ length: 16 }, (_, i) => {
      let byte = 0;
      for (let bit = 0; bit < 8; bit++) {
        const lane = memory[at + bit * 16 + order(i, round === rounds)];
        assertEquals(lane === 0 || lane === 255, true);
        byte |= (lane as number) & (1 << bit);
      }
      // The S-box's constant is kept in the keys.
      return byte ^ 0x63;
    }));
  }
  assertEquals(
    new DataView(memory.buffer).getUint32(gcmLastRoundKey as number, true),
    (gcmRoundKeys as number) + (rounds - 1) * 128,
  );
  return keys;
}

// FIPS 197, appendix A.1 and A.3.
const EXPANSIONS: readonly string[] = [
  `2b7e151628aed2a6abf7158809cf4f3c a0fafe1788542cb123a339392a6c7605
   f2c295f27a96b9435935807a7359f67f 3d80477d4716fe3e1e237e446d7a883b
   ef44a541a8525b7fb671253bdb0bad00 d4d1c6f87c839d87caf2b8bc11f915bc
   6d88a37a110b3efddbf98641ca0093fd 4e54f70e5f5fc9f384a64fb24ea6dc4f
   ead27321b58dbad2312bf5607f8d292f ac7766f319fadc2128d12941575c006e
   d014f9a8c9ee2589e13f0cc8b6630ca6`,
  `603deb1015ca71be2b73aef0857d7781 1f352c073b6108d72d9810a30914dff4
   9ba354118e6925afa51a8b5f2067fcde a8b09c1a93d194cdbe49846eb75d5b9a
   d59aecb85bf3c917fee94248de8ebe96 b5a9328a2678a647983122292f6c79b3
   812c81addadf48ba24360af2fab8b464 98c5bfc9bebd198e268c3ba709e04214
   68007bacb2df331696e939e46c518d80 c814e20476a9fb8a5025c02d59c58239
   de1369676ccc5a71fa2563959674ee15 5886ca5d2e2f31d77e0af1fa27cf73c3
   749c47ab18501ddae2757e4f7401905a cafaaae3e4d59b349adf6acebd10190d
   fe4890d1e6188d0b046df344706c631e`,
];

for (const host of hosts) {
  for (const expansion of EXPANSIONS) {
    const expected = expansion.split(/\s+/);
    const size = expected.length === 11 ? 16 : 32;
    Deno.test(`${host.build} kernels expand FIPS 197's key of ${size} bytes`, () => {
      const key = Uint8Array.fromHex(expected.join("").slice(0, 2 * size));
      assertEquals(
        roundKeys(host, key).map((bytes) => bytes.toHex()),
        expected,
      );
    });
  }

  Deno.test(`${host.build} kernels compute the S-box of all 256 bytes`, () => {
    // FIPS 197, section 5.1.1: the inverse in GF(2^8), then an affine map.
    const times = (a: number, b: number) => {
      let product = 0;
      for (; b > 0; b >>= 1, a = (a << 1) ^ (a & 0x80 ? 0x11b : 0)) {
        if (b & 1) product ^= a;
      }
      return product;
    };
    const sbox = (byte: number) => {
      let inverse = 0;
      for (let i = 1; i < 256; i++) if (times(byte, i) === 1) inverse = i;
      let result = 0x63;
      for (let turn = 0; turn < 5; turn++) {
        result ^= ((inverse << turn) | (inverse >> (8 - turn))) & 0xff;
      }
      return result;
    };
    for (let first = 0; first < 256; first += 4) {
      const key = new Uint8Array(16);
      key.set([first, first + 1, first + 2, first + 3], 12);
      // w[4] = w[0] ^ SubWord(RotWord(w[3])) ^ Rcon, with w[0] = 0 and Rcon = 1
      assertEquals(
        [...(roundKeys(host, key)[1] as Uint8Array).subarray(0, 4)],
        [
          sbox(first + 1) ^ 1,
          sbox(first + 2),
          sbox(first + 3),
          sbox(first),
        ],
      );
    }
  });

  Deno.test(`${host.build} kernels seal and open the example of RFC 8439, section 2.8.2`, () => {
    const aead = host.createAead(
      "CHACHA20-POLY1305",
      Uint8Array.from({ length: 32 }, (_, i) => 0x80 + i),
      Uint8Array.fromHex("070000004041424344454647"),
    );
    const plaintext = new TextEncoder().encode(
      "Ladies and Gentlemen of the class of '99: If I could offer you only " +
        "one tip for the future, sunscreen would be it.",
    );
    const aad = Uint8Array.fromHex("50515253c0c1c2c3c4c5c6c7");
    const sealed = new Uint8Array(plaintext.length + 16);
    aead.seal(sealed, plaintext, -1, 0, aad, 0, 0);
    assertEquals(
      sealed.toHex(),
      "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6" +
        "3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36" +
        "92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc" +
        "3ff4def08e4b7a9de576d26586cec64b6116" +
        "1ae10b594f09e26a7e902ecbd0600691",
    );
    const opened = new Uint8Array(plaintext.length);
    assertEquals(aead.open(opened, sealed, aad, 0, 0), plaintext.length);
    assertEquals(opened, plaintext);
  });
}
