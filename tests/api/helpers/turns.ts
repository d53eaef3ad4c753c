/**
 * Time and turns of the event loop, without waiting for either.
 *
 * @module
 */
import { setImmediate } from "node:timers";

/** How many turns are enough for everything here that can happen to happen. */
const TURNS = 5;

/** Lets everything run that can run without the test's doing more. */
export async function quiet(): Promise<void> {
  for (let i = 0; i < TURNS; i++) {
    await new Promise<void>((resolve) => setImmediate(() => resolve()));
  }
}

/** How a promise stands. */
export type Outcome<T = unknown> =
  | { readonly state: "pending" }
  | { readonly state: "resolved"; readonly value: T }
  | { readonly state: "rejected"; readonly error: unknown };

/** Watches promises, and thereby handles their rejections. */
export function watch<T>(promise: Promise<T>): { outcome: Outcome<T> } {
  const watched: { outcome: Outcome<T> } = { outcome: { state: "pending" } };
  promise.then(
    (value) => watched.outcome = { state: "resolved", value },
    (error) => watched.outcome = { state: "rejected", error },
  );
  return watched;
}

/** What `promise` rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  const watched = watch(promise);
  await quiet();
  const { outcome } = watched;
  if (outcome.state === "rejected") return outcome.error;
  throw new Error(`Cannot give the error: the promise is ${outcome.state}`);
}

/** A clock that only the test moves, in place of the timers of the runtime. */
export class FakeTime implements Disposable {
  #now = 0;
  #next = 1;
  readonly #timers = new Map<number, { at: number; fn: () => void }>();
  readonly #real = {
    setTimeout: globalThis.setTimeout,
    clearTimeout: globalThis.clearTimeout,
  };

  constructor() {
    Object.assign(globalThis, {
      setTimeout: (fn: () => void, ms = 0) => {
        this.#timers.set(this.#next, { at: this.#now + ms, fn });
        return this.#next++;
      },
      clearTimeout: (id: number) => void this.#timers.delete(id),
    });
  }

  /** How many timers are set. */
  get pending(): number {
    return this.#timers.size;
  }

  advance(ms: number): void {
    this.#now += ms;
    for (const [id, { at, fn }] of [...this.#timers]) {
      if (at > this.#now) continue;
      this.#timers.delete(id);
      fn();
    }
  }

  [Symbol.dispose](): void {
    Object.assign(globalThis, this.#real);
  }
}

/** An AbortController whose signal says how many listeners it has. */
export class CountingAbortController extends AbortController {
  listeners = 0;

  constructor() {
    super();
    const { signal } = this;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      this.listeners++;
      add(...args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      this.listeners--;
      remove(...args);
    };
  }
}
