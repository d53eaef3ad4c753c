/**
 * A backend's buffer with `node:tls` as its other end, over TCP.
 *
 * @module
 */
import type { TLSWrappedBuffer, Want } from "../../api/buffer.ts";
import { TLSError } from "../../api/errors.ts";
import { fail, ok } from "./_assert.ts";
import { concat } from "./_bytes.ts";
import type { Peer } from "./_peer.ts";
import { type Direction, startRelay } from "./_relay.ts";
import { all, flush, type Link, type Role, type Trial } from "./_trial.ts";

export interface Buffered {
  readonly buffer: TLSWrappedBuffer;
  readonly conn: Deno.TcpConn;
  readonly peer: Peer;
  readonly context: Link["context"];
  readonly fromBackend: Direction;
  readonly toBackend: Direction;
  readonly fromServer: Direction;
}

/** Whether an error is a Want, or a value is one. */
export function wantOf(value: unknown): Want["want"] | null {
  if (TLSError.is(value)) {
    switch (value.code) {
      case "want-read":
        return "read";
      case "want-write":
        return "write";
      case "want-completion":
        return "completion";
      default:
        return null;
    }
  }
  return typeof value === "object" && value !== null && "want" in value
    ? (value as Want).want
    : null;
}

/** Calls until it wants nothing more, and does what it wants. */
export async function drive<T>(
  trial: Trial,
  { buffer, conn }: Pick<Buffered, "buffer" | "conn">,
  attempt: () => T | Want,
): Promise<T> {
  for (;;) {
    let result: T | Want;
    try {
      result = attempt();
    } catch (error) {
      if (wantOf(error) === null) {
        await flush(buffer, conn).catch(() => {});
        throw error;
      }
      result =
        (error as { completion?: Promise<void> }).completion === undefined
          ? { want: wantOf(error) } as Want
          : {
            want: "completion",
            completion: (error as { completion: Promise<void> }).completion,
          };
    }
    switch (wantOf(result)) {
      case null:
        await flush(buffer, conn);
        return result as T;
      case "read":
        await trial.pump(buffer, conn);
        break;
      case "write":
        ok(
          buffer.outgoingBytesBuffered > 0,
          "a buffer that wants to send must have something to send",
        );
        await flush(buffer, conn);
        break;
      case "completion":
        await flush(buffer, conn);
        await (result as { completion: Promise<void> }).completion;
        break;
    }
  }
}

export type Style = "throwing" | "trying";

/** A buffer and node:tls, the handshake done in either style. */
export async function open(
  trial: Trial,
  role: Role,
  style: Style = "trying",
): Promise<Buffered> {
  const shake = (made: Pick<Buffered, "buffer" | "conn">) =>
    drive(
      trial,
      made,
      () =>
        style === "trying"
          ? made.buffer.tryHandshake()
          : made.buffer.doHandshake(),
    );
  if (role === "client") {
    const server = await trial.peerServer();
    const relay = startRelay(trial.scope, server.port);
    const context = trial.clientContext();
    const conn = await trial.dial(relay.port);
    const buffer = context.wrapBuffers("localhost");
    const [, peer, { fromClient, fromServer }] = await all([
      shake({ buffer, conn }),
      server.accept(),
      relay.next(),
    ]);
    return {
      buffer,
      conn,
      peer,
      context,
      fromBackend: fromClient,
      toBackend: fromServer,
      fromServer,
    };
  }
  const listener = trial.keep(Deno.listen({ hostname: "127.0.0.1", port: 0 }));
  const relay = startRelay(trial.scope, listener.addr.port);
  const context = trial.serverContext();
  const accept = async () => {
    const conn = trial.keep(await listener.accept());
    conn.setNoDelay(true);
    const buffer = context.wrapBuffers();
    await shake({ buffer, conn });
    return { buffer, conn };
  };
  const [made, peer, { fromClient, fromServer }] = await all([
    accept(),
    trial.peerClient(relay.port),
    relay.next(),
  ]);
  return {
    ...made,
    peer,
    context,
    fromBackend: fromServer,
    toBackend: fromClient,
    fromServer,
  };
}

/** Reads exactly `length` bytes in either style. */
export async function take(
  trial: Trial,
  made: Buffered,
  length: number,
  style: Style,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for (let got = 0; got < length;) {
    const chunk = style === "throwing"
      ? await drive(trial, made, () => made.buffer.read(length - got))
      : await (async () => {
        const memory = new Uint8Array(length - got);
        const n = await drive(
          trial,
          made,
          () => made.buffer.tryReadInto(memory),
        );
        return memory.subarray(0, n);
      })();
    if (chunk.length === 0) fail(`the data ended after ${got} bytes`);
    chunks.push(chunk.slice());
    got += chunk.length;
  }
  return concat(chunks);
}

export async function give(
  trial: Trial,
  made: Buffered,
  bytes: Uint8Array,
  style: Style,
): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const n = await drive(
      trial,
      made,
      () =>
        style === "throwing"
          ? made.buffer.write(bytes.subarray(done))
          : made.buffer.tryWrite(bytes.subarray(done)),
    );
    ok(n > 0 && n <= bytes.length - done, `write() took ${n} bytes`);
    done += n;
  }
}
