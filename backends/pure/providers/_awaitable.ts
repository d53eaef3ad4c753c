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
