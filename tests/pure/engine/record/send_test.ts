import { assert, assertEquals, assertThrows } from "@std/assert";
import { TlsFailure } from "../../../../backends/pure/engine/failure.ts";
import { ContentType } from "../../../../backends/pure/engine/iana.ts";
import {
  KEY_LIMITS,
  RESERVED_RECORDS,
} from "../../../../backends/pure/engine/record/limits.ts";
import { ByteQueue } from "../../../../backends/pure/engine/record/queue.ts";
import { RecordReceiver } from "../../../../backends/pure/engine/record/receive.ts";
import { RecordSender } from "../../../../backends/pure/engine/record/send.ts";
import {
  AEADS,
  assertFails,
  next,
  pair,
  pattern,
  plain,
  random,
  VERSIONS,
} from "./_tools.ts";

const { application_data, alert, handshake } = ContentType;

function drain(sender: RecordSender): Uint8Array {
  const bytes = sender.queue.peek().slice();
  sender.queue.consume(bytes.length);
  return bytes;
}

/** The lengths of the fragments in a string of records. */
function lengths(records: Uint8Array): number[] {
  const all = [];
  for (let at = 0; at < records.length;) {
    const length = records[at + 3]! << 8 | records[at + 4]!;
    all.push(length);
    at += 5 + length;
  }
  return all;
}

function connect(options: Parameters<typeof pair>[0] = {}) {
  const { sealer, opener } = pair(options);
  const sender = new RecordSender();
  const receiver = new RecordReceiver();
  sender.install(sealer);
  receiver.install(opener);
  return { sender, receiver };
}

function receiveAll(receiver: RecordReceiver, bytes: Uint8Array) {
  const all = [];
  receiver.feed(bytes);
  for (let one = next(receiver); one !== null; one = next(receiver)) {
    all.push(one);
  }
  return all;
}

Deno.test("write() cuts content into full records without protection", () => {
  const sender = new RecordSender();
  for (const length of [1, 2 ** 14, 2 ** 14 + 1, 2 ** 15, 40000]) {
    assertEquals(
      sender.sealedLength(length),
      length + 5 * Math.ceil(length / 2 ** 14),
    );
    sender.write(handshake, pattern(length));
    const records = drain(sender);
    assertEquals(records.length, sender.sealedLength(length));
    const all = receiveAll(new RecordReceiver(), records);
    assertEquals(
      all.map(({ content }) => content.length).join(),
      lengths(records).join(),
    );
    assertEquals(
      all.flatMap(({ content }) => [...content]),
      [...pattern(length)],
    );
  }
});

Deno.test("write() takes the version that records without protection show", () => {
  const sender = new RecordSender();
  sender.plaintextVersion = 0x0301;
  sender.write(handshake, pattern(3));
  sender.plaintextVersion = 0x0303;
  sender.write(handshake, pattern(3));
  assertEquals(
    drain(sender),
    Uint8Array.of(
      ...plain(handshake, pattern(3), 0x0301),
      ...plain(handshake, pattern(3), 0x0303),
    ),
  );
});

Deno.test("write() refuses what must not leave", () => {
  const sender = new RecordSender();
  assertFails("internal", () => sender.write(application_data, pattern(1)));
  assertThrows(
    () => sender.write(handshake, new Uint8Array(0)),
    RangeError,
    "may be empty",
  );
  assertEquals(sender.queue.length, 0);
});

for (const version of VERSIONS) {
  for (const name of AEADS) {
    Deno.test(`write() gives records of the largest size in TLS ${version} with ${name}`, () => {
      const { sender, receiver } = connect({ version, name });
      for (const length of [0, 1, 2 ** 14 - 1, 2 ** 14, 2 ** 14 + 1, 50000]) {
        const content = pattern(length);
        const expected = sender.sealedLength(length);
        sender.write(application_data, content);
        const records = drain(sender);
        assertEquals(records.length, expected);
        const all = receiveAll(receiver, records);
        assertEquals(all.length, Math.max(1, Math.ceil(length / 2 ** 14)));
        const got = all.flatMap(({ content }) => [...content]);
        assertEquals(got.length, length);
        assert(got.every((byte, i) => byte === content[i]));
      }
    });
  }

  Deno.test(`limitRecordSize() makes smaller records in TLS ${version}`, () => {
    const type = version === "1.3" ? 1 : 0;
    for (const limit of [64, 65, 1000, 2 ** 14, 2 ** 14 + 1, 65535]) {
      const { sender, receiver } = connect({ version });
      sender.limitRecordSize(limit);
      receiver.limitRecordSize(limit);
      const most = Math.min(2 ** 14, limit - type);
      assertEquals(sender.maxContent, most);
      sender.write(application_data, pattern(2 * most + 1));
      const contents = receiveAll(receiver, drain(sender));
      assertEquals(contents.map((one) => one.content.length), [most, most, 1]);
    }
    for (const limit of [0, 63, -1, NaN]) {
      assertFails(
        "illegal-parameter",
        () => new RecordSender().limitRecordSize(limit),
      );
    }
  });

  Deno.test(`write() says when the key is used up in TLS ${version}`, () => {
    const name = "AES-128-GCM";
    const sequence = KEY_LIMITS[name].hard - RESERVED_RECORDS - 2;
    const { sender } = connect({ version, name, sequence });
    assertEquals(sender.remaining, 2);
    assertEquals(sender.keyUpdateDue, version === "1.3");
    const failure = assertThrows(
      () => sender.write(application_data, pattern(3 * 2 ** 14)),
      TlsFailure,
    );
    assertEquals(failure.reason, "key-limit");
    // Two records left, and the connection can still say goodbye.
    assertEquals(lengths(drain(sender)).length, 2);
    sender.write(alert, Uint8Array.of(1, 0));
    assertEquals(lengths(drain(sender)).length, 1);
  });
}

Deno.test("limitRecordSize() leaves records without protection alone", () => {
  const sender = new RecordSender();
  sender.limitRecordSize(64);
  assertEquals(sender.maxContent, 2 ** 14);
});

Deno.test("write() pads as far as there is room", () => {
  const { sender, receiver } = connect();
  sender.limitRecordSize(101);
  receiver.limitRecordSize(101);
  sender.write(application_data, pattern(250), 30);
  const records = drain(sender);
  assertEquals(lengths(records), [117, 117, 50 + 30 + 17]);
  const all = receiveAll(receiver, records);
  assertEquals(all.map(({ content }) => content.length), [100, 100, 50]);
});

Deno.test("handshake() puts messages into one record until something else comes", () => {
  const { sender, receiver } = connect();
  sender.handshake(pattern(10, 1));
  sender.handshake(pattern(20, 2));
  assertEquals(sender.queue.length, 0);
  sender.flush();
  sender.flush();
  sender.handshake(pattern(5, 3));
  sender.write(application_data, pattern(3));
  sender.handshake(pattern(6, 4));
  sender.write(alert, Uint8Array.of(1, 0));
  assertEquals(receiveAll(receiver, drain(sender)), [
    {
      type: handshake,
      content: Uint8Array.of(...pattern(10, 1), ...pattern(20, 2)),
    },
    { type: handshake, content: pattern(5, 3) },
    { type: application_data, content: pattern(3) },
    { type: handshake, content: pattern(6, 4) },
    { type: alert, content: Uint8Array.of(1, 0) },
  ]);
});

Deno.test("handshake() cuts a large flight into records", () => {
  const { sender, receiver } = connect();
  for (let i = 0; i < 5; i++) {
    sender.handshake(pattern(10000, i));
  }
  sender.flush();
  const all = receiveAll(receiver, drain(sender));
  assertEquals(all.map(({ content }) => content.length), [
    2 ** 14,
    2 ** 14,
    2 ** 14,
    50000 - 3 * 2 ** 14,
  ]);
});

Deno.test("install() lets what waits go out under the old key", () => {
  const first = pair({ seed: 1 });
  const second = pair({ seed: 2 });
  const sender = new RecordSender();
  sender.handshake(pattern(3));
  sender.install(first.sealer);
  sender.handshake(pattern(4));
  sender.install(second.sealer);
  assertThrows(() =>
    first.sealer.seal(new Uint8Array(99), 0, alert, pattern(2), 0)
  );
  sender.handshake(pattern(5));
  sender.flush();
  const receiver = new RecordReceiver();
  receiver.feed(drain(sender));
  assertEquals(next(receiver)?.content, pattern(3));
  receiver.install(first.opener);
  assertEquals(next(receiver)?.content, pattern(4));
  receiver.install(second.opener);
  assertEquals(next(receiver)?.content, pattern(5));
});

Deno.test("changeCipherSpec() is never protected", () => {
  const { sender, receiver } = connect();
  receiver.changeCipherSpec = "drop";
  sender.handshake(pattern(3));
  sender.changeCipherSpec();
  sender.write(handshake, pattern(4));
  const records = drain(sender);
  const at = 5 + 3 + 17;
  assertEquals(
    records.slice(at, at + 6),
    Uint8Array.of(20, 3, 3, 0, 1, 1),
  );
  assertEquals(receiveAll(receiver, records).length, 2);
});

Deno.test("destroy() lets nothing leave afterwards", () => {
  for (const { sender } of [connect(), { sender: new RecordSender() }]) {
    sender.write(alert, Uint8Array.of(2, 40));
    const queued = sender.queue.length;
    sender.handshake(pattern(3));
    sender.destroy();
    assertEquals(sender.remaining, 0);
    sender.flush();
    assertEquals(sender.queue.length, queued);
    for (const type of [application_data, alert, handshake]) {
      assertThrows(() => sender.write(type, pattern(1)), Error, "overwritten");
    }
    assertEquals(sender.queue.length, queued);
  }
});

Deno.test("records survive any writes and any cuts", () => {
  for (let seed = 1; seed <= 60; seed++) {
    const rng = random(seed);
    const version = VERSIONS[rng(2)]!;
    const name = AEADS[rng(AEADS.length)]!;
    const { sender, receiver } = connect({ version, name });
    if (rng(2) === 0) {
      const limit = 64 + rng(2000);
      sender.limitRecordSize(limit);
      receiver.limitRecordSize(limit);
    }
    const sent: number[][] = [[], []];
    const got: number[][] = [[], []];
    const types = [application_data, handshake];
    for (let i = 0; i < 25; i++) {
      const which = rng(2);
      const content = pattern(1 + rng(rng(5) === 0 ? 40000 : 300), rng(250));
      sent[which]!.push(...content);
      if (which === 1 && rng(2) === 0) {
        sender.handshake(content);
      } else {
        sender.write(types[which]!, content, version === "1.3" ? rng(40) : 0);
      }
      if (rng(3) === 0) {
        continue;
      }
      sender.flush();
      while (sender.queue.length > 0) {
        const chunk = sender.queue.peek(1 + rng(5000)).slice();
        sender.queue.consume(chunk.length);
        for (const { type, content } of receiveAll(receiver, chunk)) {
          got[types.indexOf(type as 22 | 23)]!.push(...content);
        }
        chunk.fill(0);
      }
    }
    sender.flush();
    for (const { type, content } of receiveAll(receiver, drain(sender))) {
      got[types.indexOf(type as 22 | 23)]!.push(...content);
    }
    for (const i of [0, 1]) {
      assertEquals(got[i]!.length, sent[i]!.length);
      assert(got[i]!.every((byte, j) => byte === sent[i]![j]), `seed ${seed}`);
    }
  }
});

Deno.test("ByteQueue keeps the order however it is written and read", () => {
  const rng = random(77);
  const queue = new ByteQueue();
  let written = 0;
  let read = 0;
  for (let i = 0; i < 2000; i++) {
    const length = rng(i % 500 === 0 ? 300_000 : 600);
    const at = queue.reserve(length + rng(50));
    for (let j = 0; j < length; j++) {
      queue.bytes[at + j] = written + j;
    }
    queue.commit(length);
    written += length;
    const chunk = queue.peek(rng(900));
    for (const byte of chunk) {
      if (byte !== (read++ & 0xff)) {
        throw new Error(`byte ${read - 1} is wrong`);
      }
    }
    queue.consume(chunk.length);
    assertEquals(queue.length, written - read);
  }
  assertThrows(() => queue.consume(queue.length + 1), RangeError);
  assertThrows(() => queue.consume(-1), RangeError);
  assertThrows(() => queue.commit(queue.bytes.length + 1), RangeError);
});

Deno.test("ByteQueue moves no more than goes through it, however full it stays", () => {
  const record = 16 * 1024;
  for (const backlog of [2, 63, 64, 65, 127, 128]) {
    const queue = new ByteQueue();
    let moved = 0;
    const count = (bytes: Uint8Array) => {
      const { copyWithin } = bytes;
      bytes.copyWithin = function (target, start, end) {
        moved += end! - start;
        return copyWithin.call(this, target, start, end) as never;
      };
    };
    let bytes = queue.bytes;
    const add = () => {
      const length = queue.length;
      queue.reserve(record);
      if (queue.bytes !== bytes) {
        bytes = queue.bytes;
        moved += length;
        count(bytes);
      }
      queue.commit(record);
    };
    for (let i = 0; i < backlog; i++) add();
    moved = 0;
    const rounds = 1000;
    for (let i = 0; i < rounds; i++) {
      queue.consume(record);
      add();
    }
    assertEquals(queue.length, backlog * record);
    assert(
      moved <= 2 * rounds * record,
      `${backlog}: ${moved / record} records moved for ${rounds}`,
    );
    assert(queue.bytes.length <= 4 * backlog * record);
  }
});
