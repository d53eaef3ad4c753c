/**
 * A relay of TCP between the two ends: it records what passes, and does to it
 * what an attacker or a bad network would.
 *
 * @module
 */
import { concat } from "./_bytes.ts";
import { Queue, type Scope } from "./_scope.ts";
import type { WireRecord } from "./_wire.ts";

/** The most records of a direction that are kept with their payload. */
const RECORDED_LIMIT = 64;
/** The record header: type, version and length (RFC 8446, section 5.1). */
const HEADER_LENGTH = 5;
const READ_SIZE = 64 * 1024;

type Fault = "none" | "tamper" | "cut-inside" | "cut-before";

/** One direction of a relayed connection. */
export class Direction {
  /** The first records, whole. */
  readonly records: WireRecord[] = [];
  /** The type and length of every record, the faulty ones included. */
  readonly sizes: { readonly type: number; readonly length: number }[] = [];
  /** Resolves when the sender has ended this direction, or reset it. */
  readonly ended: Promise<void>;
  readonly #source: Deno.Conn;
  readonly #target: Deno.Conn;
  #pending: Uint8Array = new Uint8Array();
  #fault: Fault = "none";
  #cut = false;
  #held: { readonly promise: Promise<void>; readonly open: () => void } | null =
    null;
  #isTls = true;
  #waiting = false;
  #appendix: Uint8Array | null = null;

  constructor(source: Deno.Conn, target: Deno.Conn) {
    this.#source = source;
    this.#target = target;
    this.ended = this.#pump();
  }

  /** Flips a bit of the next record's content. */
  tamperNext(): void {
    this.#fault = "tamper";
  }

  /** Ends the direction, as TCP does, in the middle of the next record. */
  cutInsideNext(): void {
    this.#fault = "cut-inside";
  }

  /** Ends the direction in place of the next record. */
  cutBeforeNext(): void {
    this.#fault = "cut-before";
  }

  /** Ends the direction now; what comes later is swallowed. */
  async cut(): Promise<void> {
    this.#cut = true;
    await this.#target.closeWrite().catch(() => {});
  }

  /** Lets nothing pass, and reads nothing more, until {@linkcode release}. */
  hold(): void {
    let open = () => {};
    const promise = new Promise<void>((resolve) => open = resolve);
    this.#held = { promise, open };
  }

  /** Ends {@linkcode hold}. */
  release(): void {
    this.#held?.open();
    this.#held = null;
  }

  /**
   * Waits for the next bytes that {@linkcode hold} holds back and lets them go
   * together with `bytes` behind them, which the sender never sent.
   */
  async releaseWith(bytes: Uint8Array): Promise<void> {
    this.#appendix = bytes;
    while (this.#appendix !== null) {
      if (this.#waiting) this.release();
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  async #pump(): Promise<void> {
    const buffer = new Uint8Array(READ_SIZE);
    try {
      for (;;) {
        const n = await this.#source.read(buffer);
        if (n === null) break;
        await this.#take(buffer.slice(0, n));
      }
      await this.#held?.promise;
      if (!this.#cut) await this.#target.closeWrite();
    } catch {
      // Either end may go whenever it likes.
    }
  }

  async #take(chunk: Uint8Array): Promise<void> {
    this.#pending = this.#pending.length === 0
      ? chunk
      : concat([this.#pending, chunk]);
    const out: Uint8Array[] = [];
    while (this.#isTls && this.#pending.length >= HEADER_LENGTH) {
      const type = this.#pending[0]!;
      if (type < 20 || type > 23) {
        this.#isTls = false;
        break;
      }
      const length = this.#pending[3]! << 8 | this.#pending[4]!;
      const end = HEADER_LENGTH + length;
      if (this.#pending.length < end) break;
      const record = this.#pending.slice(0, end);
      this.#pending = this.#pending.subarray(end);
      this.sizes.push({ type, length });
      if (this.records.length < RECORDED_LIMIT) {
        this.records.push({
          type,
          payload: record.slice(HEADER_LENGTH),
        });
      }
      const fault = this.#fault;
      this.#fault = "none";
      if (fault === "tamper") record[HEADER_LENGTH]! ^= 1;
      if (fault === "cut-before" || fault === "cut-inside") {
        if (fault === "cut-inside") {
          out.push(record.subarray(0, HEADER_LENGTH + (length >> 1)));
        }
        await this.#forward(out);
        await this.cut();
        return;
      }
      out.push(record);
    }
    if (!this.#isTls) {
      out.push(this.#pending);
      this.#pending = new Uint8Array();
    }
    await this.#forward(out);
  }

  async #forward(out: readonly Uint8Array[]): Promise<void> {
    if (out.length === 0) return;
    this.#waiting = true;
    await this.#held?.promise;
    this.#waiting = false;
    if (this.#cut) return;
    const bytes = concat([...out, this.#appendix ?? new Uint8Array()]);
    await writeAll(this.#target, bytes);
    this.#appendix = null;
  }
}

/** Writes all of `bytes`. */
export async function writeAll(
  conn: Pick<Deno.Conn, "write">,
  bytes: Uint8Array,
): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    at += await conn.write(bytes.subarray(at));
  }
}

/** A relayed connection. */
export interface Relayed {
  /** From the one who connected. */
  readonly fromClient: Direction;
  /** To the one who connected. */
  readonly fromServer: Direction;
}

/** Relays connections to a port. */
export interface Relay {
  readonly port: number;
  /** The next connection, when both of its halves are open. */
  readonly next: () => Promise<Relayed>;
}

/** What a plaintext protocol says before TLS begins. */
export interface Prelude {
  readonly question: Uint8Array;
  readonly answer: Uint8Array;
}

/** Starts a relay to `port`, which lives as long as the scope. */
export function startRelay(
  scope: Scope,
  port: number,
  prelude?: Prelude,
): Relay {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const relayed = new Queue<Relayed>();
  const work = new Set<Promise<unknown>>();
  const conns: Deno.Conn[] = [];
  const directions: Direction[] = [];
  const accepting = (async () => {
    for await (const near of listener) {
      conns.push(near);
      near.setNoDelay(true);
      const connecting = (async () => {
        if (prelude !== undefined) await speak(near, prelude);
        const far = await Deno.connect({ hostname: "127.0.0.1", port });
        conns.push(far);
        far.setNoDelay(true);
        const pair = {
          fromClient: new Direction(near, far),
          fromServer: new Direction(far, near),
        };
        directions.push(pair.fromClient, pair.fromServer);
        work.add(pair.fromClient.ended).add(pair.fromServer.ended);
        relayed.push(pair);
      })();
      work.add(connecting.catch(() => {}));
    }
  })();
  scope.defer(async () => {
    for (const held of directions) held.release();
    listener.close();
    await accepting.catch(() => {});
    for (const conn of conns) {
      try {
        conn.close();
      } catch {
        // Closed already.
      }
    }
    await Promise.all(work);
  });
  return {
    port: listener.addr.port,
    next: () => relayed.next(),
  };
}

/** Reads the question, byte for byte, and answers it. */
async function speak(conn: Deno.Conn, prelude: Prelude): Promise<void> {
  const asked = new Uint8Array(prelude.question.length);
  for (let at = 0; at < asked.length;) {
    const n = await conn.read(asked.subarray(at));
    if (n === null) throw new Error("the question is cut short");
    at += n;
  }
  await writeAll(conn, prelude.answer);
}
