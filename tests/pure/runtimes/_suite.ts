/**
 * What is run in other runtimes: Wycheproof against the portable provider, the
 * kernels and noble. It names nothing of a runtime.
 *
 * @module
 */
import { createNativeProvider } from "../../../backends/pure/providers/native.ts";
import {
  kernelBuilds,
  kernelSubject,
  nobleSubject,
  portableSubject,
} from "../providers/subjects.ts";
import {
  runFile,
  type Subject,
  type WycheproofFile,
} from "../providers/wycheproof.ts";

/** What came of a run. */
export interface Report {
  /** Passed tests for each subject. */
  readonly passed: Readonly<Record<string, number>>;
  /** Refused ones. */
  readonly refused: Readonly<Record<string, number>>;
  /** What went wrong, one line each. */
  readonly failures: readonly string[];
  /** Which builds of the kernels run there. */
  readonly builds: readonly string[];
  /** What the native provider says where there is no node:crypto. */
  readonly native: string;
}

/** noble alone is run whole in Deno; elsewhere every so many tests do. */
const NOBLE_STRIDE = 11;

const AEAD_FILES = /^(aes_|chacha20_)/;

/** What the kernels do with records and HMAC. */
const SYMMETRIC_FILES = /^(aes_|chacha20_|hkdf_|hmac_)/;

/** What they do with keys. */
const KEY_FILES = /^(ecdh_secp256|ecdsa_secp(256|384)|rsa_)/;

/** Runs every `stride`th test of each group of each file. */
export async function runSuite(
  names: readonly string[],
  read: (name: string) => Promise<WycheproofFile>,
  stride: number,
): Promise<Report> {
  const builds = kernelBuilds();
  const subjects: readonly (readonly [Subject, RegExp, number])[] = [
    [await portableSubject("wasm"), /./, stride],
    [await portableSubject("js"), SYMMETRIC_FILES, stride],
    [await portableSubject("symmetric"), KEY_FILES, stride],
    [nobleSubject(), /^(?!rsa_)/, Math.max(stride, NOBLE_STRIDE)],
    ...builds.map((build) =>
      [kernelSubject(build), AEAD_FILES, stride] as const
    ),
  ];
  const passed: Record<string, number> = {};
  const refused: Record<string, number> = {};
  const failures: string[] = [];
  for (const name of names) {
    const file = await read(name);
    for (const [subject, pattern, stride] of subjects) {
      if (!pattern.test(name)) {
        continue;
      }
      const outcome = await runFile(subject, name, file, { stride });
      passed[subject.name] = (passed[subject.name] ?? 0) + outcome.passed;
      refused[subject.name] = (refused[subject.name] ?? 0) + outcome.refused;
      failures.push(
        ...outcome.failures.map((line) => `${subject.name}: ${line}`),
      );
    }
  }
  const native = await createNativeProvider().then(
    (provider) => provider.name,
    (error: Error) => error.message,
  );
  return { passed, refused, failures, builds, native };
}
