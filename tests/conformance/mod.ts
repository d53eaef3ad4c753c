/**
 * The conformance suite: cases for any backend of the contract, driven by its
 * `capabilities`. What a backend claims is exercised with `node:tls` as the other
 * end; what it disclaims must be refused. Versions, cipher suites, groups and
 * extensions are judged from the hellos on the wire or by the peer's report,
 * never by the backend's own word.
 *
 * Permissions: `--allow-net=127.0.0.1,localhost`; `--allow-read` and
 * `--allow-write` for the cases that read credentials from files, which are
 * ignored without.
 *
 * @example The cases of Deno's own backend
 * ```ts
 * import { testBackend } from "@pep543/tls/conformance";
 * import { denoBackend } from "@pep543/tls/deno";
 *
 * // At the top level of a test file:
 * export function register(): void {
 *   testBackend(denoBackend);
 * }
 * ```
 *
 * @module
 */
import type { Backend } from "../../api/context.ts";
import { casesOf, type TestBackendOptions } from "./_suite.ts";

export type { TestBackendOptions } from "./_suite.ts";

/**
 * Registers the cases that judge a backend, as `Deno.test`s with both sanitizers
 * on. A failing case's name begins with the rule or member that is broken:
 * `conformance(deno): rule 6, truncation …`.
 *
 * @param backend The backend to judge.
 * @param options How much, and how patiently.
 */
export function testBackend(
  backend: Backend,
  options: TestBackendOptions = {},
): void {
  const name = options.name ?? backend.name;
  for (const { name: what, ignored, run } of casesOf(backend, options)) {
    Deno.test({
      name: `conformance(${name}): ${what}${
        ignored === null ? "" : ` (ignored: ${ignored})`
      }`,
      ignore: ignored !== null,
      sanitizeOps: true,
      sanitizeResources: true,
      fn: run,
    });
  }
}
