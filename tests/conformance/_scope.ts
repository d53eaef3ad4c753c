/**
 * What a case is, and the scope that ends what it began: a case has a deadline of
 * its own, so that a backend that hangs fails a case instead of hanging a suite.
 *
 * @module
 */

/** One case of the suite. */
export interface Case {
  /** The rule or member that it judges. */
  readonly rule: string;
  /** What must be so; begins with the rule. */
  readonly name: string;
  /** Why it cannot run here, where it cannot. */
  readonly ignored: string | null;
  /** Rejects where it is not so, or not so in time. */
  readonly run: () => Promise<void>;
}

/** How long one cleanup may take before the rest goes on, in milliseconds. */
const CLEANUP_LIMIT_MS = 1_000;

/** Ends what a case began, last first. */
export class Scope {
  readonly #cleanups: (() => unknown)[] = [];
  readonly #controller = new AbortController();
  #over = false;

  /** Aborted when the case is over, however it ended. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Calls `cleanup` when the case is over; at once, where it is over already. */
  defer(cleanup: () => unknown): void {
    if (this.#over) {
      Promise.resolve().then(cleanup).catch(() => {});
    } else {
      this.#cleanups.push(cleanup);
    }
  }

  /** Runs `body` for at most `limit` milliseconds, then ends what it began. */
  async run(
    limit: number,
    body: (scope: Scope) => Promise<void>,
  ): Promise<void> {
    // A case that failed leaves promises behind that nobody awaits any more; in
    // one that passed, a rejection that nobody handles is the backend's.
    const unhandled: unknown[] = [];
    const onUnhandled = (event: PromiseRejectionEvent) => {
      event.preventDefault();
      unhandled.push(event.reason);
    };
    globalThis.addEventListener("unhandledrejection", onUnhandled);
    try {
      await this.#runInTime(limit, body);
    } finally {
      await settle(0);
      globalThis.removeEventListener("unhandledrejection", onUnhandled);
    }
    if (unhandled.length > 0) {
      throw new Error("a promise was rejected and nobody could handle it", {
        cause: unhandled[0],
      });
    }
  }

  async #runInTime(
    limit: number,
    body: (scope: Scope) => Promise<void>,
  ): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new Error(`Cannot pass: not done within ${limit} ms`)),
        limit,
      );
    });
    try {
      const done = body(this);
      done.catch(() => {});
      await Promise.race([done, late]);
    } finally {
      clearTimeout(timer);
      await this.#end();
    }
  }

  async #end(): Promise<void> {
    this.#over = true;
    this.#controller.abort(new Error("the case is over"));
    for (const cleanup of this.#cleanups.reverse()) {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const limit = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, CLEANUP_LIMIT_MS);
      });
      try {
        await Promise.race([cleanup(), limit]);
      } catch {
        // What could not be closed twice was closed.
      } finally {
        clearTimeout(timer);
      }
    }
  }
}

/** Hands values from those who have them to those who wait, in order. */
export class Queue<T> {
  readonly #values: T[] = [];
  readonly #waiting: ((value: T) => void)[] = [];

  /** How many values wait to be taken. */
  get length(): number {
    return this.#values.length;
  }

  /** Gives a value to the first who waits, or keeps it. */
  push(value: T): void {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#values.push(value);
    else waiting(value);
  }

  /** The next value, when there is one. */
  next(): Promise<T> {
    if (this.#values.length > 0) return Promise.resolve(this.#values.shift()!);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}

/** Lets everything happen that is ready to, so that what must not happen can be looked for. */
export async function settle(milliseconds = 50): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Whether `promise` has settled by now. */
export async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol();
  const first = await Promise.race([
    promise.catch(() => {}),
    Promise.resolve().then(() => pending),
  ]);
  return first !== pending;
}
