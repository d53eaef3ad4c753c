/**
 * Streams that are not connections, as the ByteStream that `wrapStream` takes.
 *
 * @module
 */
import { toBytes } from "./_transport.ts";
import type { ByteStream } from "./socket.ts";

/** What a `WebSocketStream` is, without naming it. */
export interface WebSocketStreamLike {
  /** The streams, once the WebSocket is open. */
  readonly opened: Promise<{
    readonly readable: ReadableStream<
      string | Uint8Array | ArrayBuffer
    >;
    readonly writable: WritableStream<string | Uint8Array>;
  }>;
}

/** What a `Deno.ChildProcess` with piped input and output is, without naming it. */
export interface ProcessLike {
  /** Its standard input. */
  readonly stdin: WritableStream<Uint8Array>;
  /** Its standard output. */
  readonly stdout: ReadableStream<Uint8Array>;
}

/**
 * The bytes of a WebSocket's binary messages; where one message ends does not
 * matter. A text message is an error of the stream: TLS records are binary.
 *
 * @example TLS inside a WebSocket
 * ```ts
 * import { fromWebSocketStream, type WebSocketStreamLike } from "@pep543/tls";
 *
 * export async function tunnel(socket: WebSocketStreamLike) {
 *   const stream = await fromWebSocketStream(socket);
 *   return stream.readable.getReader();
 * }
 * ```
 *
 * @param socket A WebSocketStream.
 * @returns The streams, when the WebSocket is open; rejects as `opened` does.
 */
export async function fromWebSocketStream(
  socket: WebSocketStreamLike,
): Promise<ByteStream> {
  const { readable, writable } = await socket.opened;
  const writer = writable.getWriter();
  return {
    readable: bytesOf(readable),
    writable: new WritableStream<Uint8Array>({
      write: (chunk) => writer.write(chunk),
      close: () => writer.close(),
      abort: (reason) => writer.abort(reason),
    }),
  };
}

/**
 * A process's standard input and output as one stream: TLS through `ssh -W`, say.
 * Closing it closes the process's input; waiting for its status stays the
 * caller's.
 *
 * @example TLS through another program
 * ```ts
 * import { fromProcess } from "@pep543/tls";
 *
 * export function through(command: Deno.Command) {
 *   return fromProcess(command.spawn());
 * }
 * ```
 *
 * @param process A process whose input and output are piped.
 * @returns Its streams.
 */
export function fromProcess(process: ProcessLike): ByteStream {
  return { readable: bytesOf(process.stdout), writable: process.stdin };
}

/** `readable` with every chunk as bytes; text is an error. */
function bytesOf(
  readable: ReadableStream<unknown>,
): ReadableStream<Uint8Array> {
  const reader = readable.getReader();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await reader.read();
      if (done) return controller.close();
      try {
        controller.enqueue(toBytes(value));
      } catch (error) {
        // Not awaited: it may take the peer's consent.
        reader.cancel(error).catch(() => {});
        throw error;
      }
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
}
