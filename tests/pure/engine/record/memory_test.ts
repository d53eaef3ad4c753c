import { assert, assertEquals } from "@std/assert";
import { ContentType } from "../../../../backends/pure/engine/iana.ts";
import { RECORD_ROOM } from "../../../../backends/pure/engine/record/limits.ts";
import { RecordReceiver } from "../../../../backends/pure/engine/record/receive.ts";
import { RecordSender } from "../../../../backends/pure/engine/record/send.ts";
import { pair, pattern } from "./_tools.ts";

const RECORD = 16 * 1024;
const MIB = 1024 * 1024;

/** What may be left over of garbage that was not yet collected. */
const MAX_GROWTH = 8 * MIB;

/** Heap and memory outside it, the lowest of some looks: garbage comes and goes. */
function lowest(look: (each: () => void) => void): number {
  let least = Infinity;
  look(() => {
    const { heapUsed, external } = Deno.memoryUsage();
    least = Math.min(least, heapUsed + external);
  });
  return least;
}

Deno.test("1 GiB through the record layer leaves memory as it was", () => {
  const { sealer, opener } = pair();
  const sender = new RecordSender();
  const receiver = new RecordReceiver();
  sender.install(sealer);
  receiver.install(opener);
  const content = pattern(RECORD);
  const room = new Uint8Array(RECORD_ROOM);

  function move(bytes: number, each: () => void): void {
    for (let i = 0; i < bytes / RECORD; i++) {
      sender.write(ContentType.application_data, content);
      const record = sender.queue.peek();
      receiver.feed(record);
      assertEquals(receiver.next(room), ContentType.application_data);
      assertEquals(receiver.length, RECORD);
      assertEquals(receiver.next(room), null);
      sender.queue.consume(record.length);
      if (i % 64 === 0) {
        each();
      }
    }
  }

  move(64 * MIB, () => {});
  const before = lowest((each) => move(64 * MIB, each));
  move((1024 - 192) * MIB, () => {});
  const after = lowest((each) => move(64 * MIB, each));
  assert(
    after - before < MAX_GROWTH,
    `memory grew by ${((after - before) / MIB).toFixed(1)} MiB`,
  );
  assert(room.subarray(0, RECORD).every((byte, i) => byte === content[i]));
});
