/**
 * A socket's web streams: the same reads and writes in another shape. When both
 * have ended the socket closes, so that piping leaves nothing open.
 *
 * @module
 */
import type { Conn } from "./socket.ts";

/** Four records, as much as a read of a busy connection is worth. */
const CHUNK_SIZE = 64 * 1024;

/** Which halves of each socket have ended. */
const ended = new WeakMap<Required<Conn>, Set<"read" | "write">>();

function end(socket: Required<Conn>, half: "read" | "write"): void {
  const halves = ended.get(socket) ?? new Set();
  ended.set(socket, halves.add(half));
  if (halves.size === 2) socket.close();
}

/** What the socket reads, as a stream. */
export function readableOf(
  socket: Required<Conn>,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    type: "bytes",
    autoAllocateChunkSize: CHUNK_SIZE,
    async pull(controller) {
      const request = controller.byobRequest!;
      // autoAllocateChunkSize: every pull has a request, with a view.
      const view = request.view! as Uint8Array<ArrayBuffer>;
      let n: number | null;
      try {
        n = await socket.read(
          new Uint8Array(view.buffer, view.byteOffset, view.byteLength),
        );
      } catch (error) {
        end(socket, "read");
        throw error;
      }
      if (n === null) {
        controller.close();
        request.respond(0);
        end(socket, "read");
      } else {
        request.respond(n);
      }
    },
    cancel() {
      end(socket, "read");
    },
  });
}

/** What the socket writes, as a stream. */
export function writableOf(
  socket: Required<Conn>,
): WritableStream<Uint8Array<ArrayBufferLike>> {
  return new WritableStream({
    async write(chunk) {
      try {
        await socket.write(chunk);
      } catch (error) {
        // The stream is of no use any more, and nothing will abort it.
        end(socket, "write");
        throw error;
      }
    },
    async close() {
      try {
        await socket.closeWrite();
      } finally {
        end(socket, "write");
      }
    },
    abort() {
      socket.close();
    },
  });
}
