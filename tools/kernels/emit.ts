/**
 * Helpers of the generators that write the kernels' straight-line code.
 *
 * AssemblyScript has no arrays of locals, so rounds over sixteen vectors are
 * written out by these generators; everything with control flow is written by
 * hand under `backends/pure/kernels/assembly/`.
 *
 * @module
 */

/** The numbers from 0 to `count` - 1. */
export function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

/** Spreads the statements of `guest` evenly among those of `host`. */
export function weave(
  host: readonly string[],
  guest: readonly string[],
): string[] {
  const woven: string[] = [];
  let next = 0;
  host.forEach((statement, index) => {
    woven.push(statement);
    const due = Math.floor((index + 1) * guest.length / host.length);
    while (next < due) woven.push(guest[next++] as string);
  });
  return woven;
}

/** Takes `count` statements of each list in turn. */
export function alternate(
  lists: readonly (readonly string[])[],
  count: number,
): string[] {
  const merged: string[] = [];
  const longest = Math.max(...lists.map((list) => list.length));
  for (let start = 0; start < longest; start += count) {
    for (const list of lists) merged.push(...list.slice(start, start + count));
  }
  return merged;
}

/** A function with `body` indented. */
export function define(
  signature: string,
  comment: string,
  body: readonly string[],
): string {
  return `/** ${comment} */\nexport function ${signature} {\n${
    body.map((line) => `  ${line}`).join("\n")
  }\n}\n`;
}

/** `{ ... }` around statements, led by `head`. */
export function block(head: string, body: readonly string[]): string[] {
  return [`${head} {`, ...body.map((line) => `  ${line}`), `}`];
}

/** `v128.load` of the `index`th vector behind a constant or a pointer. */
export function loadVector(address: string, index: number): string {
  return `v128.load(${address}, ${index * 16})`;
}

/** Stores to the `index`th vector behind a constant or a pointer. */
export function storeVector(
  address: string,
  index: number,
  value: string,
): string {
  return `v128.store(${address}, ${value}, ${index * 16});`;
}
