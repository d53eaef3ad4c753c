/**
 * Lets one operation of a kind run at a time, in the order of the calls.
 *
 * @module
 */
export class Lock {
  #held = false;
  readonly #queue: (() => void)[] = [];

  /** True while an operation runs or waits. */
  get busy(): boolean {
    return this.#held;
  }

  /** Runs `operation` when those before it are done. */
  async run<T>(operation: () => Promise<T>): Promise<T> {
    if (this.#held) await new Promise<void>((go) => this.#queue.push(go));
    this.#held = true;
    try {
      return await operation();
    } finally {
      const next = this.#queue.shift();
      if (next === undefined) this.#held = false;
      else next();
    }
  }
}
