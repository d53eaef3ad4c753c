import { assert, assertEquals, assertThrows } from "@std/assert";
import { ContentType } from "../../../../backends/pure/engine/iana.ts";
import { RECORD_ROOM } from "../../../../backends/pure/engine/record/limits.ts";
import { RecordReceiver } from "../../../../backends/pure/engine/record/receive.ts";
import { RecordSender } from "../../../../backends/pure/engine/record/send.ts";
import {
  AEADS,
  assertFails,
  pair,
  pattern,
  random,
  VERSIONS,
} from "./_tools.ts";

Deno.test("100 connections in turn keep apart, with failures and closes among them", () => {
  const rng = random(0xc0ffee);
  const connections = Array.from({ length: 100 }, (_, i) => {
    const { sealer, opener } = pair({
      version: VERSIONS[i % 2]!,
      name: AEADS[i % AEADS.length]!,
      seed: i,
    });
    const sender = new RecordSender();
    const receiver = new RecordReceiver();
    sender.install(sealer);
    receiver.install(opener);
    return { sender, receiver, state: "open" as "open" | "failed" | "closed" };
  });
  const room = new Uint8Array(RECORD_ROOM);
  const counts = { open: 0, failed: 0, closed: 0 };
  for (let i = 0; i < 20_000; i++) {
    const which = rng(connections.length);
    const connection = connections[which]!;
    const { sender, receiver } = connection;
    counts[connection.state]++;
    if (connection.state === "closed") {
      assertThrows(() => receiver.next(room), Error, "overwritten");
      continue;
    }
    if (connection.state === "failed") {
      assertFails("bad-record-mac", () => receiver.next(room));
      continue;
    }
    const content = pattern(1 + rng(rng(50) === 0 ? 16384 : 200), which);
    sender.write(ContentType.application_data, content);
    const record = sender.queue.peek();
    const fate = rng(400);
    if (fate === 0) {
      record[record.length - 1 - rng(16)]! ^= 1 + rng(255);
      room.fill(0);
      receiver.feed(record);
      assertFails("bad-record-mac", () => receiver.next(room));
      assert(room.every((byte) => byte === 0));
      connection.state = "failed";
    } else if (fate === 1) {
      sender.destroy();
      receiver.destroy();
      connection.state = "closed";
    } else {
      receiver.feed(record);
      assertEquals(receiver.next(room), ContentType.application_data);
      assertEquals(receiver.length, content.length);
      assert(content.every((byte, j) => byte === room[j]));
      assertEquals(receiver.next(room), null);
    }
    sender.queue.consume(sender.queue.length);
  }
  // All three happened, often.
  assert(Math.min(counts.open, counts.failed, counts.closed) > 500);
});
