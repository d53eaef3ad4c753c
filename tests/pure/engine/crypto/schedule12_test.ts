import { assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { Prf12 } from "../../../../backends/pure/engine/crypto/prf12.ts";
import { MasterSecret12 } from "../../../../backends/pure/engine/crypto/schedule12.ts";
import type { HashName } from "../../../../backends/pure/engine/crypto/provider.ts";
import { hex, opensslKdf, provider, toHex } from "./_provider.ts";

const text = new TextEncoder();
const randoms = {
  client: provider.digest("sha256", hex("c1")),
  server: provider.digest("sha256", hex("5e")),
};
const premaster = provider.digest("sha256", hex("77"));
const hashes: readonly HashName[] = ["sha256", "sha384"];

function opensslPrf(
  hash: HashName,
  secret: Uint8Array,
  seeds: readonly (string | Uint8Array)[],
  length: number,
): string {
  const seed = seeds.map((part) =>
    toHex(typeof part === "string" ? text.encode(part) : part)
  );
  return toHex(opensslKdf("TLS1-PRF", length, [
    `digest:${hash}`,
    `hexsecret:${toHex(secret)}`,
    ...seed.map((part) => `hexseed:${part}`),
  ]));
}

Deno.test("compute() gives the known answer of P_SHA256", () => {
  // From the TLS working group's list, 2008, as used by several libraries.
  assertEquals(
    toHex(
      new Prf12(provider, "sha256").compute(
        hex("9bbe436ba940f017b17652849a71db35"),
        "test label",
        [hex("a0ba9f936cda311827a6f796ffd5198c")],
        100,
      ),
    ),
    "e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a" +
      "6b301791e90d35c9c9a46b4e14baf9af0fa022f7077def17abfd3797c0564bab" +
      "4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110fff701" +
      "87347b66",
  );
});

for (const hash of hashes) {
  Deno.test(`MasterSecret12 gives what openssl gives with ${hash}`, () => {
    const prf = new Prf12(provider, hash);
    const session = provider.digest(hash, hex("0102"));
    const extended = MasterSecret12.extended(prf, premaster, session);
    const master = extended.exportSecret();
    assertEquals(
      toHex(master),
      opensslPrf(hash, premaster, ["extended master secret", session], 48),
    );
    assertEquals(
      toHex(MasterSecret12.plain(prf, premaster, randoms).exportSecret()),
      opensslPrf(
        hash,
        premaster,
        ["master secret", randoms.client, randoms.server],
        48,
      ),
    );
    for (const sender of ["client", "server"] as const) {
      assertEquals(
        toHex(extended.verifyData(sender, session)),
        opensslPrf(hash, master, [`${sender} finished`, session], 12),
      );
    }
    assertEquals(
      toHex(
        extended.export("EXPORTER-x", hex("abcd"), { randoms, length: 70 }),
      ),
      opensslPrf(
        hash,
        master,
        ["EXPORTER-x", randoms.client, randoms.server, hex("0002abcd")],
        70,
      ),
    );
    assertEquals(
      toHex(extended.export("EXPORTER-x", null, { randoms, length: 20 })),
      opensslPrf(
        hash,
        master,
        ["EXPORTER-x", randoms.client, randoms.server],
        20,
      ),
    );
  });

  Deno.test(`keyBlock() cuts what openssl gives with ${hash}`, () => {
    const prf = new Prf12(provider, hash);
    const master = MasterSecret12.plain(prf, premaster, randoms);
    for (
      const [aead, key, iv] of [
        ["AES-128-GCM", 16, 4],
        ["AES-256-GCM", 32, 4],
        ["CHACHA20-POLY1305", 32, 12],
      ] as const
    ) {
      const block = opensslPrf(
        hash,
        master.exportSecret(),
        ["key expansion", randoms.server, randoms.client],
        2 * (key + iv),
      );
      const { client, server } = master.keyBlock(aead, randoms);
      assertEquals(
        [
          client.key,
          server.key,
          client.iv.subarray(0, iv),
          server.iv.subarray(0, iv),
        ]
          .map(toHex).join(""),
        block,
      );
      for (const side of [client, server]) {
        assertEquals(side.iv.length, 12);
        assertEquals(side.iv.subarray(iv), new Uint8Array(12 - iv));
      }
    }
  });
}

Deno.test("export() tells no context from an empty one", () => {
  const prf = new Prf12(provider, "sha256");
  const master = MasterSecret12.extended(prf, premaster, randoms.client);
  assertNotEquals(
    master.export("x", null, { randoms, length: 16 }),
    master.export("x", new Uint8Array(0), { randoms, length: 16 }),
  );
  assertThrows(
    () => master.export("x", new Uint8Array(65536), { randoms, length: 16 }),
    RangeError,
  );
});

Deno.test("export() refuses a session without extended master secret", () => {
  const prf = new Prf12(provider, "sha256");
  const master = MasterSecret12.plain(prf, premaster, randoms);
  assertThrows(
    () => master.export("x", null, { randoms, length: 16 }),
    Error,
    "no extended master secret",
  );
});

Deno.test("resume() goes on with the secret, and destroy() ends its use", () => {
  const prf = new Prf12(provider, "sha256");
  const master = MasterSecret12.extended(prf, premaster, randoms.client);
  const secret = master.exportSecret();
  const resumed = MasterSecret12.resume(prf, secret, { extended: true });
  assertEquals(resumed.extended, true);
  assertEquals(
    resumed.verifyData("client", randoms.client),
    master.verifyData("client", randoms.client),
  );
  secret.fill(0);
  resumed.verifyData("client", randoms.client);
  resumed.destroy();
  assertThrows(() => resumed.exportSecret(), Error, "wiped");
  assertThrows(
    () => MasterSecret12.resume(prf, secret.subarray(1), { extended: true }),
    RangeError,
  );
});
