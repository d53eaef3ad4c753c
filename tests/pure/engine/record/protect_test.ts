import { assert, assertEquals, assertThrows } from "@std/assert";
import { ContentType } from "../../../../backends/pure/engine/iana.ts";
import {
  KEY_LIMITS,
  MAX_SEQUENCE,
  RESERVED_RECORDS,
} from "../../../../backends/pure/engine/record/limits.ts";
import type { Frame } from "../../../../backends/pure/engine/record/frame.ts";
import { Sequence } from "../../../../backends/pure/engine/record/protection.ts";
import { nativeCrypto } from "../../../../backends/pure/providers/native.ts";
import {
  aead,
  AEADS,
  assertFails,
  pair,
  pattern,
  seal,
  VERSIONS,
} from "./_tools.ts";

const { application_data, alert, handshake, change_cipher_spec } = ContentType;

function frameOf(record: Uint8Array): Frame {
  return {
    type: record[0] as ContentType,
    version: record[1]! << 8 | record[2]!,
    bytes: record,
    start: 5,
    length: record.length - 5,
  };
}

for (const version of VERSIONS) {
  for (const name of AEADS) {
    const which = `TLS ${version} with ${name}`;

    Deno.test(`open() gives what seal() took in ${which}`, () => {
      const { sealer, opener } = pair({ version, name });
      const room = new Uint8Array(2 ** 14 + 1);
      for (const length of [0, 1, 15, 16, 17, 64, 1000, 2 ** 14 - 1, 2 ** 14]) {
        for (const type of [application_data, handshake, alert]) {
          if (length === 0 && type !== application_data) {
            continue;
          }
          const content = pattern(length);
          const record = seal(sealer, type, content);
          assertEquals(record.length, length + sealer.overhead);
          assertEquals(
            record[0],
            version === "1.3" ? application_data : type,
          );
          assertEquals(opener.open(room, frameOf(record)), length);
          assertEquals(opener.type, type);
          assert(content.every((byte, i) => byte === room[i]));
        }
      }
    });

    Deno.test(`open() refuses every change of a bit in ${which}`, () => {
      const { sealer, opener } = pair({ version, name });
      const record = seal(sealer, application_data, pattern(20));
      const room = new Uint8Array(100).fill(0xa5);
      for (let bit = 0; bit < 8 * record.length; bit++) {
        // The length does not fit the bytes then; the frame sees to that.
        if (bit >= 24 && bit < 40) {
          continue;
        }
        const changed = record.slice();
        changed[bit >> 3]! ^= 1 << (bit & 7);
        const frame = frameOf(changed);
        if (version === "1.2" && (bit >> 3 === 1 || bit >> 3 === 2)) {
          // Not of version 1.2, which the receiver refuses.
          continue;
        }
        assertEquals(opener.open(room, frame), -1);
      }
      assert(room.every((byte) => byte === 0xa5));
      // And none of that counted.
      assertEquals(opener.open(room, frameOf(record)), 20);
    });

    Deno.test(`open() refuses records out of order, again, cut or extended in ${which}`, () => {
      const { sealer, opener } = pair({ version, name });
      const room = new Uint8Array(100);
      const [first, second] = [1, 2].map((seed) =>
        seal(sealer, application_data, pattern(20, seed))
      );
      assertEquals(opener.open(room, frameOf(second!)), -1);
      assertEquals(opener.open(room, frameOf(first!)), 20);
      assertEquals(opener.open(room, frameOf(first!)), -1);
      for (let length = 5; length < second!.length; length++) {
        assertEquals(opener.open(room, frameOf(second!.slice(0, length))), -1);
      }
      const longer = new Uint8Array(second!.length + 1);
      longer.set(second!);
      assertEquals(opener.open(room, frameOf(longer)), -1);
      assertEquals(opener.open(room, frameOf(second!)), 20);
    });

    Deno.test(`seal() takes content that lies in its output in ${which}`, () => {
      for (let at = 0; at < 40; at++) {
        const { sealer, opener } = pair({ version, name });
        const output = new Uint8Array(200);
        output.set(pattern(100), at);
        const length = sealer.seal(
          output,
          3,
          application_data,
          output.subarray(at, at + 100),
          0,
        );
        const room = new Uint8Array(200);
        const record = output.subarray(3, 3 + length);
        assertEquals(opener.open(room, frameOf(record)), 100);
        assertEquals(room.slice(0, 100), pattern(100));
      }
    });

    Deno.test(`seal() ends at the key's limit in ${which}`, () => {
      const { hard } = KEY_LIMITS[name];
      const start = hard - RESERVED_RECORDS - 1;
      const { sealer } = pair({ version, name, sequence: start });
      assertEquals(sealer.remaining, 1);
      seal(sealer, application_data, pattern(1));
      assertEquals(sealer.remaining, 0);
      assertFails(
        "key-limit",
        () => seal(sealer, application_data, pattern(1)),
      );
      // What is reserved is for alerts and KeyUpdates.
      for (let i = 0; i < RESERVED_RECORDS; i++) {
        seal(sealer, i % 2 ? alert : handshake, pattern(2));
      }
      assertFails("key-limit", () => seal(sealer, alert, pattern(2)));
    });

    Deno.test(`seal() and open() work across 2^32 records in ${which}`, () => {
      if (name !== "CHACHA20-POLY1305") {
        return;
      }
      const { sealer, opener } = pair({ version, name, sequence: 2 ** 32 - 1 });
      const room = new Uint8Array(10);
      for (let i = 0; i < 3; i++) {
        const record = seal(sealer, application_data, pattern(5));
        assertEquals(opener.open(room, frameOf(record)), 5);
      }
    });

    Deno.test(`destroy() ends the use of the key in ${which}`, () => {
      const { sealer, opener } = pair({ version, name });
      const record = seal(sealer, application_data, pattern(1));
      sealer.destroy();
      opener.destroy();
      assertThrows(() => seal(sealer, application_data, pattern(1)));
      assertThrows(() => opener.open(new Uint8Array(100), frameOf(record)));
    });
  }
}

for (const name of AEADS) {
  Deno.test(`keyUpdateDue is true from the limit on with ${name}`, () => {
    const { update, hard } = KEY_LIMITS[name];
    assert(update < hard && hard <= MAX_SEQUENCE);
    const { sealer, opener } = pair({ name, sequence: update - 1 });
    assertEquals([sealer.keyUpdateDue, opener.keyUpdateDue], [false, false]);
    const record = seal(sealer, application_data, pattern(1));
    assertEquals(opener.open(new Uint8Array(9), frameOf(record)), 1);
    assertEquals([sealer.keyUpdateDue, opener.keyUpdateDue], [true, true]);
    const old = pair({ name, version: "1.2", sequence: update });
    assertEquals(
      [old.sealer.keyUpdateDue, old.opener.keyUpdateDue],
      [false, false],
    );
  });
}

Deno.test("the limits are RFC 8446's", () => {
  assertEquals(KEY_LIMITS["AES-128-GCM"].hard, 23726566);
  assertEquals(KEY_LIMITS["AES-256-GCM"].hard, 23726566);
  assertEquals(KEY_LIMITS["CHACHA20-POLY1305"].hard, 2 ** 53 - 1);
});

Deno.test("open() ends where the sequence numbers do", () => {
  for (const version of VERSIONS) {
    const { opener } = pair({ version, sequence: MAX_SEQUENCE });
    const frame = frameOf(new Uint8Array(100));
    assertFails("key-limit", () => opener.open(new Uint8Array(100), frame));
  }
  assertThrows(() => new Sequence(aead("AES-128-GCM"), -1), RangeError);
  assertThrows(() => new Sequence(aead("AES-128-GCM"), 2 ** 53), RangeError);
});

Deno.test("open() finds the content whatever its padding in TLS 1.3", () => {
  const { sealer, opener } = pair();
  const room = new Uint8Array(2 ** 14 + 1);
  for (const padding of [0, 1, 7, 255, 2 ** 14 - 3]) {
    const record = seal(sealer, application_data, pattern(3), padding);
    assertEquals(record.length, 5 + 3 + 1 + padding + 16);
    assertEquals(opener.open(room, frameOf(record)), 3);
    assertEquals(room.slice(0, 3), pattern(3));
  }
  // Content that ends in zeros is not taken for padding.
  const zeros = Uint8Array.of(1, 0, 0);
  const record = seal(sealer, application_data, zeros, 2);
  assertEquals(opener.open(room, frameOf(record)), 3);
});

/** A record with this as its TLSInnerPlaintext, of TLS 1.3. */
function inner(bytes: Uint8Array): Uint8Array {
  const length = bytes.length + 16;
  const record = new Uint8Array(5 + length);
  record.set([23, 3, 3, length >> 8, length & 0xff]);
  const name = "CHACHA20-POLY1305";
  aead(name).seal(record.subarray(5), bytes, -1, 0, record.slice(0, 5), 0, 0);
  return record;
}

Deno.test("open() refuses an inner plaintext without a type, and wipes it", () => {
  for (const length of [0, 1, 100]) {
    const room = new Uint8Array(200).fill(0xa5);
    assertFails(
      "record-type",
      () => pair().opener.open(room, frameOf(inner(new Uint8Array(length)))),
    );
    assertEquals(room.slice(0, length), new Uint8Array(length));
  }
});

Deno.test("open() refuses inner types that may not be, and wipes the content", () => {
  for (let type = 1; type < 256; type++) {
    const record = inner(Uint8Array.of(...pattern(30), type, 0));
    const room = new Uint8Array(100);
    const { opener } = pair();
    if (type === alert || type === handshake || type === application_data) {
      assertEquals(opener.open(room, frameOf(record)), 30);
    } else {
      assertFails("record-type", () => opener.open(room, frameOf(record)));
      assertEquals(room, new Uint8Array(100));
    }
  }
  assertEquals(change_cipher_spec, 20);
});

Deno.test("open() refuses empty handshake messages and alerts", () => {
  for (const type of [alert, handshake]) {
    for (const version of VERSIONS) {
      const { sealer, opener } = pair({ version });
      const record = seal(sealer, type, new Uint8Array(0));
      assertFails(
        "record-empty",
        () => opener.open(new Uint8Array(9), frameOf(record)),
      );
    }
  }
});

Deno.test("open() refuses more content than a record has, and wipes it", () => {
  const bytes = pattern(2 ** 14 + 2);
  bytes[2 ** 14 + 1] = application_data;
  const room = new Uint8Array(2 ** 14 + 2);
  assertFails(
    "record-overflow",
    () => pair().opener.open(room, frameOf(inner(bytes))),
  );
  assert(room.every((byte) => byte === 0));
  const { sealer, opener } = pair({ version: "1.2" });
  const record = seal(sealer, application_data, pattern(2 ** 14 + 1));
  assertFails(
    "record-overflow",
    () => opener.open(room, frameOf(record)),
  );
});

Deno.test("seal() refuses padding in TLS 1.2, and an output without room", () => {
  for (const version of VERSIONS) {
    const { sealer } = pair({ version });
    assertThrows(
      () =>
        sealer.seal(
          new Uint8Array(9 + sealer.overhead),
          0,
          application_data,
          pattern(10),
          0,
        ),
      RangeError,
      "no room",
    );
  }
  const { sealer } = pair({ version: "1.2" });
  assertThrows(
    () => seal(sealer, application_data, pattern(1), 1),
    RangeError,
    "no padding",
  );
});

Deno.test("a TLS 1.2 GCM record is what node:crypto makes", () => {
  const { createCipheriv } = nativeCrypto()!;
  const { sealer } = pair({ version: "1.2", name: "AES-128-GCM", sequence: 5 });
  const record = seal(sealer, handshake, pattern(50));
  const explicit = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 5);
  const nonce = new Uint8Array(12);
  nonce.set(pattern(12, 2).subarray(0, 4));
  nonce.set(explicit, 4);
  const cipher = createCipheriv("aes-128-gcm", pattern(16), nonce);
  cipher.setAAD(Uint8Array.of(...explicit, 22, 3, 3, 0, 50));
  const body = cipher.update(pattern(50));
  cipher.final();
  assertEquals(
    record,
    Uint8Array.of(
      ...[22, 3, 3, 0, 8 + 50 + 16],
      ...explicit,
      ...body,
      ...cipher.getAuthTag(),
    ),
  );
});

Deno.test("a TLS 1.2 ChaCha20-Poly1305 record is what node:crypto makes", () => {
  const { createCipheriv } = nativeCrypto()!;
  const sequence = 0x1_0203_0405;
  const { sealer } = pair({ version: "1.2", sequence });
  const record = seal(sealer, application_data, pattern(50));
  const number = Uint8Array.of(0, 0, 0, 1, 2, 3, 4, 5);
  const nonce = pattern(12, 2);
  number.forEach((byte, i) => nonce[4 + i]! ^= byte);
  const cipher = createCipheriv("chacha20-poly1305", pattern(32), nonce, {
    authTagLength: 16,
  });
  cipher.setAAD(Uint8Array.of(...number, 23, 3, 3, 0, 50), {
    plaintextLength: 50,
  });
  const body = cipher.update(pattern(50));
  cipher.final();
  assertEquals(
    record,
    Uint8Array.of(23, 3, 3, 0, 66, ...body, ...cipher.getAuthTag()),
  );
});

Deno.test("open() takes the explicit nonce that the peer chose in TLS 1.2", () => {
  const { opener } = pair({ version: "1.2", name: "AES-256-GCM" });
  const key = aead("AES-256-GCM");
  const aad = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 23, 3, 3, 0, 9);
  const record = new Uint8Array(5 + 8 + 9 + 16);
  record.set([23, 3, 3, 0, 33, 0xde, 0xad, 0xbe, 0xef, 0xfe, 0xed, 0xfa, 0xce]);
  key.seal(
    record.subarray(13),
    pattern(9),
    -1,
    0,
    aad,
    0xdeadbeef,
    0xfeedface,
  );
  const room = new Uint8Array(9);
  assertEquals(opener.open(room, frameOf(record)), 9);
  assertEquals(room, pattern(9));
});
