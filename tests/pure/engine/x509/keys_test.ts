import { assertEquals, assertThrows } from "@std/assert";
import { createPrivateKey, generateKeyPairSync } from "node:crypto";
import { DecodeFailure } from "../../../../backends/pure/engine/codec/reader.ts";
import {
  decodePublicKey,
  decodeSignatureAlgorithm,
} from "../../../../backends/pure/engine/x509/algorithm.ts";
import {
  element,
  unsignedInteger,
} from "../../../../backends/pure/engine/x509/der_writer.ts";
import {
  encodeEcdsaSignature,
  parseEcdsaSignature,
} from "../../../../backends/pure/engine/x509/ecdsa_signature.ts";
import {
  decodePrivateKey,
  secretOf,
} from "../../../../backends/pure/engine/x509/pkcs8.ts";
import { der, oid } from "./mint.ts";

const PSS = oid("1.2.840.113549.1.1.10");
const SHA256 = der(
  0x30,
  oid("2.16.840.1.101.3.4.2.1"),
  Uint8Array.of(5, 0),
);
const SHA384 = der(0x30, oid("2.16.840.1.101.3.4.2.2"));

/** RSASSA-PSS-params, the fields behind the hash and the mask as given. */
function pss(
  rest: readonly Uint8Array[],
  mask: Uint8Array = SHA256,
): Uint8Array {
  return der(
    0x30,
    PSS,
    der(
      0x30,
      der(0xa0, SHA256),
      der(0xa1, der(0x30, oid("1.2.840.113549.1.1.8"), mask)),
      ...rest,
    ),
  );
}

const integer = (...bytes: number[]) => der(0x02, Uint8Array.from(bytes));

Deno.test("decodeSignatureAlgorithm() reads RSASSA-PSS parameters as RFC 4055 demands", () => {
  const salt = der(0xa2, integer(32));
  const good = { kind: "rsa-pss", hash: "sha256", saltLength: 32 } as const;
  const unsupported = {
    kind: "unsupported",
    oid: "1.2.840.113549.1.1.10",
    weak: false,
  } as const;
  for (
    const [parameters, expected] of [
      [pss([salt]), good],
      // "MUST recognize both a present trailerField field with value 1 and an
      // absent trailerField field".
      [pss([salt, der(0xa3, integer(1))]), good],
      [pss([salt, der(0xa3, integer(2))]), unsupported],
      [pss([]), { ...good, saltLength: 20 }],
      [pss([salt], SHA384), unsupported],
    ] as const
  ) assertEquals(decodeSignatureAlgorithm(parameters), expected);
  for (
    const bad of [
      pss([der(0xa3, integer(1)), salt]),
      pss([salt, der(0xa3, integer(1)), Uint8Array.of(5, 0)]),
      pss([salt, der(0xa3, integer(1), integer(1))]),
      pss([der(0xa2, integer(0xff))]),
      pss([der(0xa2, integer(0, 32))]),
      pss([der(0xa2, integer(1, 0, 0, 0, 0))]),
    ]
  ) assertThrows(() => decodeSignatureAlgorithm(bad), DecodeFailure);
});

Deno.test("decodePublicKey() gives what subjectPublicKey holds", () => {
  for (
    const [pair, length] of [
      [generateKeyPairSync("ed25519"), 32],
      [generateKeyPairSync("ec", { namedCurve: "P-256" }), 65],
      [generateKeyPairSync("ec", { namedCurve: "P-384" }), 97],
      [generateKeyPairSync("rsa", { modulusLength: 2048 }), 270],
    ] as const
  ) {
    const spki = new Uint8Array(
      pair.publicKey.export({ format: "der", type: "spki" }),
    );
    const info = decodePublicKey(spki);
    assertEquals("key" in info ? info.key : null, spki.slice(-length));
  }
});

Deno.test("decodePrivateKey() takes keys of node:crypto apart", () => {
  for (
    const pair of [
      generateKeyPairSync("ec", { namedCurve: "P-256" }),
      generateKeyPairSync("ec", { namedCurve: "P-384" }),
      generateKeyPairSync("rsa", { modulusLength: 2048 }),
      generateKeyPairSync("ed25519"),
    ]
  ) {
    const pkcs8 = new Uint8Array(
      pair.privateKey.export({ format: "der", type: "pkcs8" }),
    );
    const parts = decodePrivateKey(pkcs8);
    const spki = new Uint8Array(
      pair.publicKey.export({ format: "der", type: "spki" }),
    );
    const kind = decodePublicKey(spki).kind;
    assertEquals(parts.traits.kind, kind);
    // Ed25519 of node:crypto does not carry the public half.
    assertEquals(parts.spki, kind === "ed25519" ? null : spki);
    if (kind === "ecdsa" || kind === "ed25519") {
      const { d } = createPrivateKey({
        key: pkcs8 as never,
        format: "der",
        type: "pkcs8",
      }).export({ format: "jwk" });
      assertEquals(
        secretOf(parts),
        Uint8Array.fromBase64(d!, { alphabet: "base64url" }),
      );
    }
    // Cut anywhere, or with something behind, it is no key.
    for (let length = 0; length < pkcs8.length; length++) {
      assertThrows(
        () => decodePrivateKey(pkcs8.subarray(0, length)),
        DecodeFailure,
      );
    }
    assertThrows(
      () => decodePrivateKey(Uint8Array.of(...pkcs8, 0)),
      DecodeFailure,
    );
  }
});

Deno.test("decodePrivateKey() reads attributes and a public key, and nothing else behind", () => {
  const algorithm = der(0x30, oid("1.3.101.112"));
  const seed = der(0x04, der(0x04, new Uint8Array(32).fill(7)));
  const attributes = Uint8Array.of(0xa0, 0);
  const bits = der(0x81, Uint8Array.of(0, ...new Uint8Array(32).fill(9)));
  const make = (version: number, ...behind: readonly Uint8Array[]) =>
    der(0x30, integer(version), algorithm, seed, ...behind);
  assertEquals(decodePrivateKey(make(0)).spki, null);
  assertEquals(decodePrivateKey(make(0, attributes)).spki, null);
  const key = decodePublicKey(decodePrivateKey(make(1, bits)).spki!);
  assertEquals("key" in key ? key.key : null, new Uint8Array(32).fill(9));
  assertEquals(
    decodePrivateKey(make(1, attributes, bits)).spki,
    decodePrivateKey(make(1, bits)).spki,
  );
  for (
    const bad of [
      make(2),
      make(0, bits),
      make(1, bits, attributes),
      make(1, bits, bits),
      make(0, integer(0)),
    ]
  ) assertThrows(() => decodePrivateKey(bad), DecodeFailure);
});

Deno.test("parseEcdsaSignature() takes the one DER form of r and s", () => {
  const one = integer(1);
  const raw = (r: number, s: number) => {
    const bytes = new Uint8Array(64);
    bytes[31] = r;
    bytes[63] = s;
    return bytes;
  };
  assertEquals(parseEcdsaSignature(der(0x30, one, one), "P-256"), raw(1, 1));
  const most = Uint8Array.of(0, ...new Uint8Array(32).fill(0xff));
  assertEquals(
    parseEcdsaSignature(der(0x30, der(2, most), one), "P-256")!.slice(0, 32),
    most.slice(1),
  );
  for (
    const bad of [
      der(0x30, one),
      der(0x30, one, one, one),
      der(0x31, one, one),
      der(0x30, integer(0), one),
      der(0x30, one, integer(0)),
      der(0x30, integer(0, 1), one),
      der(0x30, integer(0x80), one),
      der(0x30, integer(0xff, 0x80), one),
      der(0x30, der(2), one),
      der(0x30, der(2, Uint8Array.of(1, ...new Uint8Array(32))), one),
      Uint8Array.of(...der(0x30, one, one), 0),
      Uint8Array.of(0x30, 0x81, 6, ...one, ...one),
      Uint8Array.of(0x30, 0x80, ...one, ...one, 0, 0),
      Uint8Array.of(0x30, 0x84, 0x80, 0, 0, 6, ...one, ...one),
      Uint8Array.of(0x30, 7, ...one, 2, 0x81, 1, 1),
      new Uint8Array(0),
    ]
  ) assertEquals(parseEcdsaSignature(bad, "P-256"), null);
});

Deno.test("encodeEcdsaSignature() writes what parseEcdsaSignature() reads", () => {
  for (
    const [curve, size] of [["P-256", 32], ["P-384", 48], [
      "P-521",
      66,
    ]] as const
  ) {
    for (const fill of [1, 0x7f, 0x80, 0xff]) {
      for (const zeros of [0, 1, 2, size - 1]) {
        const half = new Uint8Array(size).fill(fill, zeros);
        const raw = Uint8Array.of(...half, ...half);
        assertEquals(
          parseEcdsaSignature(encodeEcdsaSignature(raw), curve),
          raw,
        );
      }
    }
  }
});

Deno.test("element() writes the shortest length, and unsignedInteger() the shortest integer", () => {
  for (const length of [0, 1, 0x7f, 0x80, 0xff, 0x100, 0xffff]) {
    const bytes = new Uint8Array(length).fill(7);
    assertEquals(element(0x04, bytes), der(0x04, bytes));
  }
  assertThrows(() => element(0x04, new Uint8Array(0x10000)), RangeError);
  for (
    const [magnitude, expected] of [
      [[0], [0]],
      [[0, 0], [0]],
      [[0, 1], [1]],
      [[0x80], [0, 0x80]],
      [[0, 0x80], [0, 0x80]],
      [[1, 0], [1, 0]],
    ] as const
  ) {
    assertEquals(
      unsignedInteger(Uint8Array.from(magnitude)),
      integer(...expected),
    );
  }
});
