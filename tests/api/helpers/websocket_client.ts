/**
 * Run by a test with `--unstable-net`: TLS's socket over a WebSocketStream of
 * Deno's, to a server that sends each message back. Prints what it saw.
 *
 * @module
 */
import {
  fromWebSocketStream,
  TLSError,
  type WebSocketStreamLike,
  wrapStream,
} from "../../../mod.ts";
import { NullCipherBuffer } from "./null_cipher.ts";
import { pattern, readAll, sameBytes } from "./sockets.ts";

interface WebSocketStreamOfDeno extends WebSocketStreamLike {
  readonly closed: Promise<{ closeCode: number; reason: string }>;
}

declare const WebSocketStream: new (url: string) => WebSocketStreamOfDeno;

const server = Deno.serve(
  { hostname: "127.0.0.1", port: 0, onListen() {} },
  (request) => {
    const { socket, response } = Deno.upgradeWebSocket(request);
    socket.binaryType = "arraybuffer";
    const asText = new URL(request.url).pathname === "/text";
    socket.onmessage = ({ data }) => socket.send(asText ? "text" : data);
    return response;
  },
);
const base = `ws://127.0.0.1:${server.addr.port}`;

const first = new WebSocketStream(`${base}/echo`);
const socket = wrapStream(
  await fromWebSocketStream(first),
  new NullCipherBuffer(),
);
const sent = pattern(1_000_000);
const [received] = await Promise.all([
  readAll(socket),
  socket.write(sent).then(() => socket.closeWrite()),
]);
await socket[Symbol.asyncDispose]();
const closed = await first.closed;

const second = new WebSocketStream(`${base}/text`);
const refused = wrapStream(
  await fromWebSocketStream(second),
  new NullCipherBuffer(),
);
const error = await refused.doHandshake().catch((error: unknown) => error);
refused.close();
await second.closed.catch(() => {});
await server.shutdown();

console.log(JSON.stringify({
  echoed: sameBytes(received, sent),
  closeCode: closed.closeCode,
  textError: TLSError.is(error) ? [error.code, error.message] : String(error),
}));
