/**
 * TCP as Deno has it, with no delay: a handshake's small flights must not wait
 * for acknowledgements (Nagle's algorithm costs 44 ms there).
 *
 * @module
 */
import type { ConnectOptions } from "../../api/context.ts";
import { TLSError } from "../../api/errors.ts";
import type { AddressedConn, NetAddr } from "../../api/socket.ts";
import { refusal } from "./_errors.ts";

/** A TCP connection, as far as it is used. */
export type TcpConn = AddressedConn<NetAddr>;

/** The error for what the platform threw. */
export function failure(operation: string, error: unknown): TLSError {
  if (TLSError.is(error)) return error;
  const text = error instanceof Error ? error.message : String(error);
  if (error instanceof Error && error.name === "NotCapable") {
    return refusal("permissions", `Cannot ${operation}: ${text}`, error);
  }
  const closed = error instanceof Error &&
    (error.name === "BadResource" || error.name === "Interrupted");
  return new TLSError(
    closed ? "closed" : "internal",
    `Cannot ${operation}: ${text}`,
    { cause: error },
  );
}

/** Throws where the platform has no TCP of Deno's. */
export function checkTcp(operation: string): void {
  if (!("Deno" in globalThis)) {
    throw refusal(
      operation,
      `Cannot ${operation}: this platform has no Deno.${operation}; use wrapSocket over a stream of its own`,
    );
  }
}

/** Connects by TCP. Throws the signal's reason where it is aborted. */
export async function connectTcp(options: ConnectOptions): Promise<TcpConn> {
  const { hostname, port, signal } = options;
  if (typeof hostname !== "string" || hostname === "") {
    throw refusal("hostname", "Cannot connect: hostname must not be empty");
  }
  if (!Number.isInteger(port) || port < 1 || port > 0xffff) {
    throw refusal(
      "port",
      "Cannot connect: port must be an integer from 1 to 65535",
    );
  }
  signal?.throwIfAborted();
  checkTcp("connect");
  try {
    const conn = await Deno.connect({
      hostname,
      port,
      ...(signal === undefined ? {} : { signal }),
    });
    conn.setNoDelay(true);
    return conn as TcpConn;
  } catch (error) {
    signal?.throwIfAborted();
    throw failure(`connect to ${hostname}:${port}`, error);
  }
}
