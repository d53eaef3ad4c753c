import { assert, assertEquals, assertThrows } from "@std/assert";
import { ContentType } from "../../../../backends/pure/engine/iana.ts";
import {
  MAX_CHANGE_CIPHER_SPECS,
  MAX_EMPTY_RECORDS,
} from "../../../../backends/pure/engine/record/limits.ts";
import { RecordReceiver } from "../../../../backends/pure/engine/record/receive.ts";
import {
  assertFails,
  next,
  pair,
  pattern,
  plain,
  seal,
  VERSIONS,
} from "./_tools.ts";

const { application_data, alert, handshake, change_cipher_spec } = ContentType;
const nothing = new Uint8Array(0);
const ccs = plain(change_cipher_spec, Uint8Array.of(1));

/** A receiver that expects protection, and the other end. */
function protectedPair(options: Parameters<typeof pair>[0] = {}) {
  const { sealer, opener } = pair(options);
  const receiver = new RecordReceiver();
  receiver.install(opener);
  return { sealer, receiver };
}

Deno.test("next() gives the content of records without protection", () => {
  const receiver = new RecordReceiver();
  receiver.feed(plain(handshake, pattern(30), 0x0301));
  assertEquals(next(receiver), { type: handshake, content: pattern(30) });
  assertEquals(next(receiver), null);
  receiver.feed(plain(alert, Uint8Array.of(2, 40)));
  assertEquals(next(receiver), { type: alert, content: Uint8Array.of(2, 40) });
  receiver.feed(plain(handshake, pattern(2 ** 14)));
  assertEquals(next(receiver)?.content.length, 2 ** 14);
  assertEquals(receiver.protected, false);
});

Deno.test("next() refuses faults of records without protection", () => {
  const cases = [
    ["record-overflow", plain(handshake, pattern(2 ** 14 + 1))],
    ["record-empty", plain(handshake, nothing)],
    ["record-empty", plain(alert, nothing)],
    ["record-version", plain(handshake, pattern(5), 0x0203)],
    ["record-version", plain(handshake, pattern(5), 0x0403)],
    ["record-type", plain(24, pattern(5))],
    ["unexpected-message", plain(application_data, pattern(5))],
    ["unexpected-message", plain(application_data, nothing)],
    ["unexpected-message", ccs],
  ] as const;
  for (const [reason, record] of cases) {
    const receiver = new RecordReceiver();
    receiver.feed(record);
    const failure = assertFails(reason, () => next(receiver));
    // And says so ever after.
    receiver.feed(plain(handshake, pattern(5)));
    assertEquals(assertFails(reason, () => next(receiver)), failure);
    assertEquals(assertFails(reason, () => receiver.room()), failure);
  }
});

for (const version of VERSIONS) {
  Deno.test(`next() gives what was sealed, however it is cut, in TLS ${version}`, () => {
    const { sealer } = protectedPair({ version });
    const records = [
      seal(sealer, application_data, pattern(50)),
      seal(sealer, handshake, pattern(9)),
      seal(sealer, application_data, nothing),
    ];
    const stream = Uint8Array.from(records.flatMap((record) => [...record]));
    for (let cut = 0; cut <= stream.length; cut++) {
      const { receiver } = protectedPair({ version });
      const all = [];
      for (const part of [stream.slice(0, cut), stream.slice(cut)]) {
        receiver.feed(part);
        for (let one = next(receiver); one !== null; one = next(receiver)) {
          all.push(one);
        }
        part.fill(0);
      }
      assertEquals(all, [
        { type: application_data, content: pattern(50) },
        { type: handshake, content: pattern(9) },
        { type: application_data, content: nothing },
      ]);
      assertEquals(receiver.buffered, 0);
    }
  });

  Deno.test(`next() refuses a record that any byte was changed of in TLS ${version}`, () => {
    const { sealer } = protectedPair({ version });
    const record = seal(sealer, application_data, pattern(40));
    for (let i = 0; i < record.length; i++) {
      for (const flip of [1, 0x80]) {
        const { receiver } = protectedPair({ version });
        const changed = record.slice();
        changed[i]! ^= flip;
        const room = new Uint8Array(2 ** 14 + 1);
        receiver.feed(changed);
        let got: unknown = null;
        try {
          got = receiver.next(room);
        } catch {
          got = "failed";
        }
        // A longer length only means that more is awaited.
        const longer = i === 3 || i === 4 && (record[4]! ^ flip) > record[4]!;
        assertEquals(
          got,
          longer && (i === 4 || flip === 1) ? null : "failed",
          `byte ${i}, ${flip}`,
        );
        assert(room.every((byte) => byte === 0));
      }
    }
  });

  Deno.test(`next() refuses records again, or out of order, in TLS ${version}`, () => {
    const { sealer, receiver } = protectedPair({ version });
    const record = seal(sealer, application_data, pattern(4));
    const second = seal(sealer, application_data, pattern(4));
    receiver.feed(record);
    next(receiver);
    receiver.feed(record);
    assertFails("bad-record-mac", () => next(receiver));
    const { receiver: other } = protectedPair({ version });
    other.feed(second);
    assertFails("bad-record-mac", () => next(other));
  });

  Deno.test(`next() takes full records and refuses longer ones in TLS ${version}`, () => {
    const { sealer, receiver } = protectedPair({ version });
    const full = seal(sealer, application_data, pattern(2 ** 14));
    receiver.feed(full);
    assertEquals(next(receiver)?.content.length, 2 ** 14);
    const longer = seal(sealer, application_data, pattern(2 ** 14 + 1));
    receiver.feed(longer.subarray(0, 5));
    // Before it has come.
    assertFails("record-overflow", () => next(receiver));
  });

  Deno.test(`next() refuses records too short for a tag in TLS ${version}`, () => {
    for (let length = 0; length < 16; length++) {
      const { receiver } = protectedPair({ version });
      receiver.feed(plain(application_data, pattern(length)));
      assertFails("bad-record-mac", () => next(receiver));
    }
  });

  Deno.test(`next() refuses a flood of empty records in TLS ${version}`, () => {
    const { sealer, receiver } = protectedPair({ version });
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < MAX_EMPTY_RECORDS; i++) {
        receiver.feed(seal(sealer, application_data, nothing));
        assertEquals(next(receiver)?.content.length, 0);
      }
      if (round === 0) {
        // Content begins the count anew.
        receiver.feed(seal(sealer, application_data, pattern(1)));
        next(receiver);
      }
    }
    receiver.feed(seal(sealer, application_data, nothing));
    assertFails("record-flood", () => next(receiver));
  });

  Deno.test(`limitRecordSize() holds the peer to it in TLS ${version}`, () => {
    for (const limit of [64, 100, 2 ** 14, 2 ** 14 + 1, 65535]) {
      const { sealer, receiver } = protectedPair({ version });
      receiver.limitRecordSize(limit);
      // In TLS 1.3 the limit includes the type.
      const most = Math.min(2 ** 14, limit - (version === "1.3" ? 1 : 0));
      receiver.feed(seal(sealer, application_data, pattern(most)));
      assertEquals(next(receiver)?.content.length, most);
      receiver.feed(seal(sealer, application_data, pattern(most + 1)));
      assertFails("record-overflow", () => next(receiver));
    }
    assertThrows(() => new RecordReceiver().limitRecordSize(63), RangeError);
  });
}

Deno.test("limitRecordSize() counts the padding, and waits for the key", () => {
  const { sealer, opener } = pair();
  const receiver = new RecordReceiver();
  receiver.limitRecordSize(64);
  // "Unprotected messages are not subject to this limit."
  receiver.feed(plain(handshake, pattern(65)));
  assertEquals(next(receiver)?.content.length, 65);
  receiver.install(opener);
  receiver.feed(seal(sealer, application_data, pattern(10), 53));
  assertEquals(next(receiver)?.content.length, 10);
  receiver.feed(seal(sealer, application_data, pattern(10), 54));
  assertFails("record-overflow", () => next(receiver));
});

Deno.test("next() refuses unprotected records once there is a TLS 1.3 key", () => {
  for (const type of [handshake, alert, 24]) {
    const { receiver } = protectedPair();
    receiver.feed(plain(type, pattern(30)));
    assertFails(
      type === 24 ? "record-type" : "unexpected-message",
      () => next(receiver),
    );
  }
});

Deno.test("next() refuses unprotected records once there is a TLS 1.2 key", () => {
  for (const type of [handshake, alert, application_data, change_cipher_spec]) {
    const { receiver } = protectedPair({ version: "1.2" });
    receiver.feed(plain(type, pattern(60)));
    assertFails("bad-record-mac", () => next(receiver));
  }
});

Deno.test("next() refuses another version once TLS 1.2 has a key", () => {
  const { sealer, receiver } = protectedPair({ version: "1.2" });
  const record = seal(sealer, application_data, pattern(30));
  record[2] = 2;
  receiver.feed(record);
  assertFails("record-version", () => next(receiver));
});

Deno.test("next() lets one unprotected alert by where a server allows it", () => {
  const { sealer, receiver } = protectedPair();
  receiver.plaintextAlerts = true;
  receiver.feed(plain(alert, Uint8Array.of(2, 70)));
  assertEquals(next(receiver), { type: alert, content: Uint8Array.of(2, 70) });
  receiver.feed(seal(sealer, handshake, pattern(4)));
  assertEquals(next(receiver)?.type, handshake);
  // Something has decrypted: the peer has the key.
  receiver.feed(plain(alert, Uint8Array.of(2, 70)));
  assertFails("unexpected-message", () => next(receiver));
  const other = protectedPair().receiver;
  other.plaintextAlerts = true;
  other.feed(plain(handshake, pattern(4)));
  assertFails("unexpected-message", () => next(other));
});

Deno.test("next() drops change_cipher_spec where it is told to", () => {
  for (const withKey of [false, true]) {
    const { sealer, opener } = pair();
    const receiver = new RecordReceiver();
    receiver.changeCipherSpec = "drop";
    if (withKey) {
      receiver.install(opener);
    }
    const record = withKey
      ? seal(sealer, handshake, pattern(4))
      : plain(handshake, pattern(4));
    receiver.feed(Uint8Array.of(...ccs, ...record, ...ccs));
    assertEquals(next(receiver), { type: handshake, content: pattern(4) });
    assertEquals(next(receiver), null);
    receiver.changeCipherSpec = "refuse";
    receiver.feed(ccs);
    assertFails("unexpected-message", () => next(receiver));
  }
});

Deno.test("next() refuses any change_cipher_spec but the one byte", () => {
  const values = [[], [0], [2], [1, 1], [1, 0]];
  for (const policy of ["drop", "deliver", "refuse"] as const) {
    for (const value of values) {
      const receiver = new RecordReceiver();
      receiver.changeCipherSpec = policy;
      receiver.feed(plain(change_cipher_spec, Uint8Array.from(value)));
      assertFails("unexpected-message", () => next(receiver));
    }
  }
});

Deno.test("next() refuses a flood of change_cipher_spec", () => {
  const receiver = new RecordReceiver();
  receiver.changeCipherSpec = "drop";
  for (let i = 0; i < MAX_CHANGE_CIPHER_SPECS; i++) {
    receiver.feed(ccs);
    assertEquals(next(receiver), null);
  }
  receiver.feed(ccs);
  assertFails("record-flood", () => next(receiver));
});

Deno.test("next() delivers change_cipher_spec to TLS 1.2, with a key and without", () => {
  const { sealer, opener } = pair({ version: "1.2" });
  const receiver = new RecordReceiver();
  receiver.changeCipherSpec = "deliver";
  receiver.feed(ccs);
  const delivered = { type: change_cipher_spec, content: Uint8Array.of(1) };
  assertEquals(next(receiver), delivered);
  receiver.install(opener);
  receiver.feed(seal(sealer, change_cipher_spec, Uint8Array.of(1)));
  assertEquals(next(receiver), delivered);
});

Deno.test("skipEarlyData() skips what does not decrypt, until something does", () => {
  const early = pair({ seed: 9 }).sealer;
  const { sealer, receiver } = protectedPair();
  receiver.skipEarlyData(1000);
  for (let i = 0; i < 3; i++) {
    receiver.feed(seal(early, application_data, pattern(50)));
    assertEquals(next(receiver), null);
  }
  receiver.feed(seal(sealer, handshake, pattern(4)));
  assertEquals(next(receiver)?.type, handshake);
  receiver.feed(seal(early, application_data, pattern(50)));
  assertFails("bad-record-mac", () => next(receiver));
});

Deno.test("skipEarlyData() skips no more than its budget", () => {
  for (const withKey of [false, true]) {
    const early = pair({ seed: 9 }).sealer;
    const receiver = new RecordReceiver();
    if (withKey) {
      receiver.install(pair().opener);
    }
    const record = seal(early, application_data, pattern(78));
    receiver.skipEarlyData(1000);
    for (let i = 0; i < 10; i++) {
      receiver.feed(record);
      assertEquals(next(receiver), null);
    }
    receiver.feed(record);
    assertFails("record-flood", () => next(receiver));
  }
});

Deno.test("skipEarlyData() skips application data before a second ClientHello", () => {
  const receiver = new RecordReceiver();
  receiver.skipEarlyData(1000);
  receiver.feed(plain(application_data, pattern(100)));
  receiver.feed(plain(handshake, pattern(4)));
  assertEquals(next(receiver)?.type, handshake);
  receiver.endEarlyData();
  receiver.feed(plain(application_data, pattern(100)));
  assertFails("unexpected-message", () => next(receiver));
});

Deno.test("skipEarlyData() skips nothing that is not application data", () => {
  const { receiver } = protectedPair();
  receiver.skipEarlyData(1000);
  receiver.feed(plain(handshake, pattern(4)));
  assertFails("unexpected-message", () => next(receiver));
});

Deno.test("install() changes the key between records that came together", () => {
  const first = pair({ seed: 1 });
  const second = pair({ seed: 2 });
  const receiver = new RecordReceiver();
  receiver.feed(Uint8Array.of(
    ...plain(handshake, pattern(3)),
    ...seal(first.sealer, handshake, pattern(4)),
    ...seal(second.sealer, application_data, pattern(5)),
  ));
  assertEquals(next(receiver)?.content.length, 3);
  receiver.install(first.opener);
  assertEquals(next(receiver)?.content.length, 4);
  // Also where the next record was looked at before.
  assertEquals(receiver.room(), 5 + 1);
  receiver.install(second.opener);
  assertEquals(next(receiver)?.content.length, 5);
});

Deno.test("room() says what the next record needs, and next() takes no less", () => {
  const { sealer, receiver } = protectedPair();
  assertEquals(receiver.room(), null);
  const record = seal(sealer, application_data, pattern(10), 3);
  receiver.feed(record.subarray(0, 20));
  assertEquals(receiver.room(), null);
  receiver.feed(record.subarray(20));
  assertEquals(receiver.room(), 14);
  assertThrows(() => receiver.next(new Uint8Array(13)), RangeError, "no room");
  const room = new Uint8Array(14);
  assertEquals(receiver.next(room), application_data);
  assertEquals(receiver.length, 10);
});

Deno.test("destroy() ends its use", () => {
  const { sealer, receiver } = protectedPair();
  receiver.feed(seal(sealer, application_data, pattern(10)));
  receiver.destroy();
  assertThrows(() => next(receiver), Error, "overwritten");
  assertEquals(receiver.buffered, 0);
});
