/**
 * Listening by TCP as Deno has it, with no delay on what is accepted.
 *
 * @module
 */
import { checkListenOptions } from "../../api/_listener.ts";
import type { ListenOptions } from "../../api/context.ts";
import type { NetAddr } from "../../api/socket.ts";
import { NAME } from "./_errors.ts";
import { checkTcp, failure, type TcpConn } from "./_net.ts";

/** Where connections come from. */
export interface TcpListener {
  /** Where it listens. */
  readonly addr: NetAddr;
  /** The next connection. */
  accept(): Promise<TcpConn>;
  /** Stops. */
  close(): void;
}

/** Listens by TCP. */
export function listenTcp(options: ListenOptions): TcpListener {
  checkListenOptions(options, NAME);
  checkTcp("listen");
  const { hostname, port } = options;
  let listener: Deno.TcpListener;
  try {
    listener = Deno.listen({
      port,
      ...(hostname === undefined ? {} : { hostname }),
    });
  } catch (error) {
    throw failure("listen", error);
  }
  return {
    addr: listener.addr as NetAddr,
    accept: async () => {
      for (;;) {
        const conn = await acceptOne(listener);
        if (conn !== null) return conn;
      }
    },
    close: () => listener.close(),
  };
}

/** The next connection, or `null` where it died before it was accepted. */
async function acceptOne(listener: Deno.TcpListener): Promise<TcpConn | null> {
  let conn: Deno.TcpConn;
  try {
    conn = await listener.accept();
  } catch (error) {
    const { ConnectionAborted, ConnectionReset } = Deno.errors;
    if (
      error instanceof ConnectionAborted || error instanceof ConnectionReset
    ) return null;
    throw failure("accept", error);
  }
  try {
    conn.setNoDelay(true);
    return conn as TcpConn;
  } catch {
    // One peer that goes away is no reason to accept no other.
    conn.close();
    return null;
  }
}
