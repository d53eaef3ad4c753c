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
      try {
        const conn = await listener.accept();
        conn.setNoDelay(true);
        return conn as TcpConn;
      } catch (error) {
        throw failure("accept", error);
      }
    },
    close: () => listener.close(),
  };
}
