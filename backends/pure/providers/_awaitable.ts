/**
 * Going on with a value that may be there already.
 *
 * @module
 */
import type { Awaitable } from "../engine/crypto/provider.ts";

/** `fn` of the value, at once where it is there. */
export function then<T, U>(
  value: Awaitable<T>,
  fn: (value: T) => Awaitable<U>,
): Awaitable<U> {
  return value instanceof Promise ? value.then(fn) : fn(value);
}

/** What `fn` gives; `undo` runs first where it throws or rejects. */
export function orElse<T>(
  fn: () => Awaitable<T>,
  undo: () => void,
): Awaitable<T> {
  function failed(error: unknown): never {
    undo();
    throw error;
  }
  try {
    const value = fn();
    return value instanceof Promise ? value.catch(failed) : value;
  } catch (error) {
    return failed(error);
  }
}
