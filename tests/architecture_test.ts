/**
 * The project keeps the rules that ARCHITECTURE.md states, and each rule would
 * see a file that did not.
 */
import { assert, assertEquals } from "@std/assert";
import * as rules from "./_architecture.ts";
import { fromFileUrl, join } from "./deps/path.ts";

const root = fromFileUrl(new URL("../", import.meta.url));

/** Not ours, or not text of ours. */
const SKIPPED = new Set([".git", "node_modules", "coverage", "cache"]);

function collect(under = "", files = new Map<string, string>()): rules.Files {
  for (const { name, isDirectory } of Deno.readDirSync(join(root, under))) {
    if (SKIPPED.has(name)) continue;
    const path = `${under}${name}`;
    if (isDirectory) collect(`${path}/`, files);
    else if (/\.(ts|json|md)$/.test(name)) {
      files.set(path, Deno.readTextFileSync(join(root, path)));
    }
  }
  return files;
}

const project = collect();

/** For each rule: what it asks, and files that break it, each in its own way. */
const RULES: readonly {
  rule: keyof typeof rules;
  title: string;
  planted: readonly Readonly<Record<string, string>>[];
}[] = [
  {
    rule: "imports",
    title: "each part imports what it may",
    planted: [
      { "mod.ts": 'export * from "./backends/deno/mod.ts";' },
      { "api/x.ts": 'import { y } from "../backends/deno/y.ts";' },
      { "api/x.ts": 'import type { y } from "../mod.ts";' },
      { "api/x.ts": 'import { Buffer } from "node:buffer";' },
      { "api/x.ts": 'const y = await import("npm:y@1.0.0");' },
      { "backends/deno/x.ts": 'import "../pure/mod.ts";' },
      { "backends/deno/x.ts": 'export * from "../../mod.ts";' },
      { "backends/pure/engine/x.ts": 'import "../../../api/errors.ts";' },
      {
        "backends/pure/engine/x.ts":
          'import type { N } from "../providers/native.ts";',
      },
      { "backends/pure/engine/x.ts": 'import "npm:y@1.0.0";' },
      { "backends/pure/mod.ts": 'import "../deno/mod.ts";' },
      {
        "backends/pure/providers/x.ts": 'import "../../../api/errors.ts";',
      },
      {
        "backends/pure/kernels/x.ts":
          'import type { E } from "../../../api/errors.ts";',
      },
      { "tests/conformance/x.ts": 'import "../vectors.ts";' },
    ],
  },
  {
    rule: "entryReExports",
    title: "mod.ts re-exports and does nothing else",
    planted: [
      { "mod.ts": "export const one = 1;" },
      { "mod.ts": 'import "./api/errors.ts";' },
      { "mod.ts": "register();" },
    ],
  },
  {
    rule: "layers",
    title:
      "the pure backend's values come from lower layers or the same folder",
    planted: [
      { "backends/pure/engine/codec/x.ts": 'import "../record/y.ts";' },
      {
        "backends/pure/engine/codec/x.ts":
          'import type { Y } from "../messages/y.ts";',
      },
      {
        "backends/pure/engine/crypto/x.ts": 'import { y } from "../x509/y.ts";',
      },
      { "backends/pure/engine/iana.ts": 'import "./connection.ts";' },
      { "backends/pure/engine/unheard.ts": "" },
      { "backends/pure/unheard/x.ts": "" },
      {
        "backends/pure/engine/x509/path.ts":
          'import { y } from "../record/y.ts";',
      },
      {
        "backends/pure/kernels/mod.ts":
          'import { y } from "../providers/mod.ts";',
      },
      {
        "backends/pure/kernels/mod.ts":
          'import { y } from "../engine/connection.ts";',
      },
      {
        "backends/pure/providers/x.ts":
          'import { y } from "../credentials/mod.ts";',
      },
      { "backends/pure/credentials/x.ts": 'import { y } from "../mod.ts";' },
      {
        "backends/pure/engine/handshake/client/x.ts":
          'import type { Y } from "../server/y.ts";',
      },
    ],
  },
  {
    rule: "order",
    title: "a folder's values come from its earlier files",
    planted: [
      { "backends/pure/engine/x509/unheard.ts": "" },
      { "backends/pure/providers/within/native.ts": "" },
      {
        "backends/pure/engine/x509/der.ts":
          'import { y } from "./certificate.ts";',
      },
      { "backends/pure/engine/record/frame.ts": 'export * from "./send.ts";' },
      {
        "backends/pure/providers/_keys.ts":
          'const { y } = await import("./native.ts");',
      },
    ],
  },
  {
    rule: "cycles",
    title: "no file needs one that needs it",
    planted: [
      {
        "api/x.ts": 'import "./y.ts";',
        "api/y.ts": 'export * from "./z.ts";',
        "api/z.ts": 'import { type A, b } from "./x.ts";',
      },
      { "api/x.ts": 'const self = await import("./x.ts");' },
    ],
  },
  {
    rule: "engineWords",
    title: "the engine names no clock, no entropy, no I/O and no waiting",
    planted: [
      "new Date();",
      "type T = Date;",
      "performance.now();",
      "globalThis.performance;",
      'globalThis["Deno"];',
      "Deno.readFileSync('x');",
      "crypto.getRandomValues(new Uint8Array(1));",
      "async function f() { await 1; }",
      "async function f() { for await (const x of []); }",
      'const name = "node:crypto";',
      "const name = `node:crypto`;",
    ].map((text) => ({ "backends/pure/engine/iana.ts": text })),
  },
  {
    rule: "specifiers",
    title: "what is shipped has whole specifiers",
    planted: [
      { "backends/pure/x.ts": 'import "@noble/curves";' },
      { "backends/pure/x.ts": 'import "npm:@noble/curves";' },
      { "backends/pure/x.ts": 'import "npm:@noble/curves@^2.4.0";' },
      { "backends/pure/x.ts": 'import "jsr:@std/assert@1.0.0";' },
      { "backends/pure/x.ts": 'import "https://deno.land/x/y.ts";' },
      { "tests/conformance/x.ts": 'import "@std/assert";' },
      { "api/x.ts": 'type T = import("buffer").Buffer;' },
    ],
  },
  {
    rule: "silence",
    title: "a library does not print",
    planted: [{ "api/x.ts": "console.log(1);" }],
  },
  {
    rule: "length",
    title: `a file has ${rules.MAX_LINES} lines at most`,
    planted: [{ "tests/x_test.ts": "\n".repeat(rules.MAX_LINES) + "1" }],
  },
  {
    rule: "unfinished",
    title: "nothing is left for later",
    planted: [
      { "api/x.ts": "// TO" + "DO: more" },
      { "README.md": "FIX" + "ME" },
    ],
  },
  {
    rule: "sanitizers",
    title: "every test is sanitized, and none runs alone",
    planted: [
      { "tests/x_test.ts": "Deno.test({ sanitizeOps: false, fn() {} });" },
      { "tests/x_test.ts": "const o = { sanitizeResources: !1 };" },
      { "tests/x_test.ts": 'Deno.test.only("x", () => {});' },
      { "deno.json": '{ "test": { "sanitizeOps": true } }' },
      { "deno.json": "{}" },
    ],
  },
];

for (const { rule, title, planted } of RULES) {
  const broken = rules[rule] as (files: rules.Files) => string[];

  Deno.test(`${title}`, () => {
    assertEquals(broken(project), []);
  });

  Deno.test(`a file that breaks it would be seen: ${title}`, () => {
    const sound = {
      "deno.json":
        '{ "test": { "sanitizeOps": true, "sanitizeResources": true } }',
    };
    assertEquals(broken(new Map(Object.entries(sound))), []);
    for (const files of planted) {
      const seen = broken(new Map(Object.entries({ ...sound, ...files })));
      assert(seen.length > 0, JSON.stringify(files));
    }
  });
}

Deno.test("the order of a folder names what is there", () => {
  assertEquals(rules.staleOrder(project), []);
  assert(rules.staleOrder(new Map()).length > 0);
});

Deno.test("the rules let pass what they allow", () => {
  const files = new Map(Object.entries({
    "deno.json":
      '{ "test": { "sanitizeOps": true, "sanitizeResources": true } }',
    "mod.ts": 'export * from "./api/errors.ts";',
    "api/x.ts": '/** import "npm:x"; Deno, console. */\nimport "./y.ts";',
    "api/y.ts": 'import type { X } from "./x.ts";\nexport type Y = X;',
    "backends/pure/engine/iana.ts":
      '// The Date is an argument; "node:" and await are not here.\nexport {};',
    "backends/pure/engine/codec/writer.ts":
      'import { y } from "./reader.ts";\nimport "../iana.ts";',
    "backends/pure/engine/crypto/aead.ts":
      'import type { Y } from "../x509/y.ts";',
    "backends/pure/engine/codec/reader.ts":
      'import type { Y } from "./writer.ts";',
    "backends/pure/credentials/mod.ts":
      'import "./trust_store.ts";\nimport "../providers/mod.ts";\nimport "../../../api/errors.ts";',
    "backends/pure/x.ts":
      'import "npm:@noble/curves@2.4.0/ed25519.js";\nimport "node:crypto";',
    "backends/pure/kernels/_relaxed_wasm.ts": "\n".repeat(rules.MAX_LINES) +
      "1",
    "backends/pure/kernels/assembly/x.ts": 'import "bare";',
    "tests/x_test.ts":
      'import "@std/assert";\nDeno.test({ sanitizeOps: true, fn() {} });',
  }));
  for (const { rule } of RULES) {
    assertEquals(
      (rules[rule] as (files: rules.Files) => string[])(files),
      [],
      rule,
    );
  }
});
