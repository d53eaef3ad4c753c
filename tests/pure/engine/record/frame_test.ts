import { assert, assertEquals, assertThrows } from "@std/assert";
import { TlsFailure } from "../../../../backends/pure/engine/failure.ts";
import { ContentType } from "../../../../backends/pure/engine/iana.ts";
import { Deframer } from "../../../../backends/pure/engine/record/frame.ts";
import { assertFails, pattern, plain, random } from "./_tools.ts";

const MAX = 2 ** 14;

function take(
  deframer: Deframer,
): { type: number; fragment: Uint8Array } | null {
  if (!deframer.peek()) {
    return null;
  }
  const { type, bytes, start, length } = deframer;
  const fragment = bytes.slice(start, start + length);
  deframer.take();
  return { type, fragment };
}

function takeAll(deframer: Deframer): { type: number; fragment: Uint8Array }[] {
  const all = [];
  for (let one = take(deframer); one !== null; one = take(deframer)) {
    all.push(one);
  }
  return all;
}

const three = [
  plain(22, pattern(40)),
  plain(20, pattern(1)),
  plain(23, new Uint8Array(0)),
  plain(21, pattern(300)),
];
const stream = Uint8Array.from(three.flatMap((record) => [...record]));
const expected = [
  { type: 22, fragment: pattern(40) },
  { type: 20, fragment: pattern(1) },
  { type: 23, fragment: new Uint8Array(0) },
  { type: 21, fragment: pattern(300) },
];

Deno.test("peek() finds records wherever the stream is cut", () => {
  for (let cut = 0; cut <= stream.length; cut++) {
    const deframer = new Deframer(MAX);
    // The caller's memory is its own again once peek() returned false.
    const head = stream.slice(0, cut);
    deframer.feed(head);
    const all = takeAll(deframer);
    head.fill(0);
    deframer.feed(stream.slice(cut));
    assertEquals([...all, ...takeAll(deframer)], expected);
    assertEquals(deframer.buffered, 0);
  }
});

Deno.test("peek() finds records that come byte by byte", () => {
  const deframer = new Deframer(MAX);
  const all = [];
  for (const byte of stream) {
    deframer.feed(Uint8Array.of(byte));
    all.push(...takeAll(deframer));
  }
  assertEquals(all, expected);
});

Deno.test("peek() does not copy a record that lies whole in the bytes given", () => {
  const deframer = new Deframer(MAX);
  deframer.feed(stream);
  while (deframer.peek()) {
    assert(deframer.bytes === stream);
    deframer.take();
  }
});

Deno.test("feed() copies memory that may change", () => {
  const shared = new Uint8Array(new SharedArrayBuffer(stream.length));
  shared.set(stream);
  const resizable = new Uint8Array(
    new ArrayBuffer(stream.length, { maxByteLength: 2 * stream.length }),
  );
  resizable.set(stream);
  for (const data of [shared, resizable]) {
    const deframer = new Deframer(MAX);
    deframer.feed(data);
    data.fill(0);
    assertEquals(takeAll(deframer), expected);
  }
});

Deno.test("retain() makes the bytes the caller's again", () => {
  for (let taken = 0; taken < three.length; taken++) {
    const data = stream.slice();
    const deframer = new Deframer(MAX);
    deframer.feed(data);
    const all = [];
    for (let i = 0; i < taken; i++) {
      all.push(take(deframer)!);
    }
    // Also with a record found, but not taken.
    deframer.peek();
    deframer.retain();
    data.fill(0xff);
    assertEquals([...all, ...takeAll(deframer)], expected);
  }
});

Deno.test("feed() takes more before all was taken", () => {
  const deframer = new Deframer(MAX);
  for (let i = 0; i < 100; i++) {
    const data = stream.slice();
    deframer.feed(data);
    deframer.peek();
  }
  assertEquals(deframer.buffered, 100 * stream.length);
  for (let i = 0; i < 100; i++) {
    for (const one of expected) {
      assertEquals(take(deframer), one);
    }
  }
  assertEquals(take(deframer), null);
});

Deno.test("peek() refuses every type that TLS has not, at its first byte", () => {
  for (let type = 0; type < 256; type++) {
    const deframer = new Deframer(MAX);
    deframer.feed(Uint8Array.of(type));
    if (type >= 20 && type <= 23) {
      assertEquals(deframer.peek(), false);
    } else {
      assertFails("record-type", () => deframer.peek());
    }
  }
});

Deno.test("peek() refuses a longer fragment once its header is there", () => {
  for (const [length, fits] of [[MAX, true], [MAX + 1, false]] as const) {
    const header = Uint8Array.of(23, 3, 3, length >> 8, length & 0xff);
    for (let cut = 0; cut < header.length; cut++) {
      const deframer = new Deframer(MAX);
      deframer.feed(header.subarray(0, cut));
      assertEquals(deframer.peek(), false);
      deframer.feed(header.subarray(cut));
      if (fits) {
        assertEquals(deframer.peek(), false);
      } else {
        assertFails("record-overflow", () => deframer.peek());
      }
    }
  }
});

Deno.test("setMaxLength() applies to a record that was found already", () => {
  const deframer = new Deframer(MAX);
  deframer.feed(plain(ContentType.handshake, pattern(65)));
  assert(deframer.peek());
  deframer.setMaxLength(64);
  assertFails("record-overflow", () => deframer.peek());
});

Deno.test("take() throws where no record was found", () => {
  const deframer = new Deframer(MAX);
  assertThrows(() => deframer.take(), Error, "none is there");
  deframer.feed(stream);
  assertThrows(() => deframer.take(), Error, "none is there");
});

Deno.test("destroy() drops everything", () => {
  const deframer = new Deframer(MAX);
  deframer.feed(stream.subarray(0, 20));
  deframer.peek();
  deframer.destroy();
  assertEquals(deframer.buffered, 0);
  assertEquals(deframer.peek(), false);
});

Deno.test("peek() finds the same records in any cuts of random streams", () => {
  const rng = random(0x5eed);
  for (let round = 0; round < 300; round++) {
    const records = Array.from({ length: 1 + rng(8) }, () => ({
      type: 20 + rng(4),
      fragment: pattern(rng(10) === 0 ? rng(MAX + 1) : rng(200), rng(250)),
    }));
    const bytes = new Uint8Array(
      records.reduce((sum, { fragment }) => sum + 5 + fragment.length, 0),
    );
    let at = 0;
    for (const { type, fragment } of records) {
      const { length } = fragment;
      bytes.set([type, 3, 3, length >> 8, length & 0xff], at);
      bytes.set(fragment, at + 5);
      at += 5 + length;
    }
    const deframer = new Deframer(MAX);
    const found = [];
    for (at = 0; at < bytes.length;) {
      const size = 1 + rng(rng(3) === 0 ? 20000 : 50);
      const chunk = bytes.slice(at, at + size);
      at += size;
      deframer.feed(chunk);
      if (rng(4) === 0) {
        deframer.retain();
        chunk.fill(0);
      }
      if (rng(3) > 0) {
        found.push(...takeAll(deframer));
        chunk.fill(0);
      }
    }
    found.push(...takeAll(deframer));
    assertEquals(found.length, records.length);
    found.forEach((one, i) => {
      assertEquals(one.type, records[i]!.type);
      assert(one.fragment.every((byte, j) => byte === records[i]!.fragment[j]));
    });
  }
});

Deno.test("peek() ends and holds no more than it was given on random bytes", () => {
  const rng = random(0xf00d);
  for (let round = 0; round < 3000; round++) {
    const deframer = new Deframer(MAX);
    let given = 0;
    let consumed = 0;
    try {
      for (let i = 0; i < 20; i++) {
        const chunk = Uint8Array.from({ length: rng(40) }, () =>
          // Mostly bytes that could be headers.
          [20, 21, 22, 23, 3, 3, 0, 1, rng(256)][rng(9)]!);
        deframer.feed(chunk);
        given += chunk.length;
        for (let one = take(deframer); one !== null; one = take(deframer)) {
          consumed += 5 + one.fragment.length;
        }
        assertEquals(deframer.buffered, given - consumed);
      }
    } catch (error) {
      assert(error instanceof TlsFailure, String(error));
    }
    deframer.destroy();
  }
});

Deno.test("release() lets go of a record that was taken, and of none that was found", () => {
  const deframer = new Deframer(MAX);
  deframer.feed(stream);
  deframer.retain();
  assert(deframer.peek());
  deframer.release();
  assertEquals(take(deframer), expected[0]);
  deframer.release();
  assertEquals(deframer.bytes.length, 0);
  const rest = takeAll(deframer);
  assertEquals(rest, expected.slice(1));
  deframer.release();
  assertEquals(deframer.bytes.length, 0);
});
