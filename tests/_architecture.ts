/**
 * The rules that ARCHITECTURE.md states, over the text of the files: who may
 * import what, how long a file may be, what the engine may name.
 *
 * @module
 */
import ts from "npm:typescript@5.9.3";
import { ORDER, PURE_LAYERS } from "./_layers.ts";

/** Paths relative to the project, with `/`, and their text. */
export type Files = ReadonlyMap<string, string>;

/** One import, of a path of the project or of something outside it. */
interface Import {
  /** As it is written. */
  readonly specifier: string;
  /** The path of the project, or `null` where it is outside. */
  readonly path: string | null;
  /** It leaves nothing behind at run time. */
  readonly typeOnly: boolean;
}

/** What one file is, once it is read. */
interface Source {
  readonly path: string;
  readonly text: string;
  readonly imports: readonly Import[];
  /** Identifiers, keywords and the text of strings; no comments. */
  readonly words: readonly string[];
}

/** What a file may have at most; more than one concern is in a longer one. */
export const MAX_LINES = 500;

const PURE = "backends/pure/";
const ENGINE = `${PURE}engine/`;

/** What is sans-IO names none of these: no clock, no entropy, no waiting. */
const FORBIDDEN_IN_ENGINE = [
  "Date",
  "performance",
  "Deno",
  "getRandomValues",
  "await",
];

/** `npm:` with a version, inline: an import map does not travel with a URL. */
const VERSIONED_NPM = /^npm:(@[\w.-]+\/)?[\w.-]+@\d+\.\d+\.\d+(\/[\w./-]+)?$/;

const read = new WeakMap<Files, readonly Source[]>();

/** Each file, read once. AssemblyScript looks like TypeScript, and is not. */
function sources(files: Files): readonly Source[] {
  const known = read.get(files);
  if (known !== undefined) return known;
  const all = [...files]
    .filter(([path]) => /\.ts$/.test(path) && !path.includes("/assembly/"))
    .map(([path, text]) => parse(path, text));
  read.set(files, all);
  return all;
}

function parse(path: string, text: string): Source {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest);
  const imports: Import[] = [];
  const words: string[] = [];
  const add = (specifier: string, typeOnly: boolean) => {
    const relative = /^\.\.?\//.test(specifier);
    imports.push({
      specifier,
      path: relative
        ? new URL(specifier, `file:///${path}`).pathname.slice(1)
        : null,
      typeOnly,
    });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) {
      const { moduleSpecifier } = node;
      if (
        moduleSpecifier !== undefined && ts.isStringLiteral(moduleSpecifier)
      ) {
        add(moduleSpecifier.text, isTypeOnly(node));
      }
    } else if (
      ts.isCallExpression(node) &&
      node.expression.kind === ts.SyntaxKind.ImportKeyword &&
      node.arguments[0] !== undefined && ts.isStringLiteral(node.arguments[0])
    ) {
      add(node.arguments[0].text, false);
    } else if (
      ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument) &&
      ts.isStringLiteral(node.argument.literal)
    ) {
      add(node.argument.literal.text, true);
    }
    if (ts.isIdentifier(node) || ts.isStringLiteralLike(node)) {
      words.push(node.text);
    } else if (
      ts.isAwaitExpression(node) ||
      (ts.isForOfStatement(node) && node.awaitModifier !== undefined)
    ) {
      words.push("await");
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return { path, text, imports, words };
}

function isTypeOnly(
  node: ts.ImportDeclaration | ts.ExportDeclaration,
): boolean {
  if (ts.isExportDeclaration(node)) {
    if (node.isTypeOnly) return true;
    const { exportClause } = node;
    return exportClause !== undefined && ts.isNamedExports(exportClause) &&
      exportClause.elements.every((element) => element.isTypeOnly);
  }
  const clause = node.importClause;
  if (clause === undefined) return false;
  if (clause.isTypeOnly) return true;
  return clause.name === undefined && clause.namedBindings !== undefined &&
    ts.isNamedImports(clause.namedBindings) &&
    clause.namedBindings.elements.every((element) => element.isTypeOnly);
}

/** One of `files` breaks a rule, in a sentence. */
type Rule = (files: Files) => string[];

/** The import rule between the parts of the project. */
export const imports: Rule = (files) => {
  const broken: string[] = [];
  for (const { path, imports } of sources(files)) {
    const allowed = allowedFrom(path);
    if (allowed === null) continue;
    for (const { specifier, path: target } of imports) {
      const fits = target === null
        ? allowed.outside
        : allowed.inside.some((start) => target.startsWith(start));
      if (!fits) broken.push(`${path} imports ${specifier}`);
    }
  }
  return broken;
};

/** What a file of this path may import; `null` where anything. */
function allowedFrom(
  path: string,
): { inside: readonly string[]; outside: boolean } | null {
  if (path === "mod.ts" || path.startsWith("api/")) {
    return { inside: ["api/"], outside: false };
  }
  if (path.startsWith("backends/deno/")) {
    return { inside: ["api/", "backends/deno/"], outside: true };
  }
  if (path.startsWith(ENGINE)) return { inside: [ENGINE], outside: false };
  // What computes knows nothing of the contract.
  if (
    path.startsWith(`${PURE}kernels/`) || path.startsWith(`${PURE}providers/`)
  ) {
    return { inside: [PURE], outside: true };
  }
  if (path.startsWith(PURE)) return { inside: ["api/", PURE], outside: true };
  if (path.startsWith("tests/conformance/")) {
    return { inside: ["mod.ts", "api/", "tests/conformance/"], outside: true };
  }
  return null;
}

/** mod.ts says what there is, and is nothing itself. */
export const entryReExports: Rule = (files) => {
  const text = files.get("mod.ts") ?? "";
  const file = ts.createSourceFile("mod.ts", text, ts.ScriptTarget.Latest);
  return file.statements.filter((one) => !ts.isExportDeclaration(one))
    .map((one) => `mod.ts has a ${ts.SyntaxKind[one.kind]}`);
};

/** The pure backend's values come from lower layers, or from the same folder. */
export const layers: Rule = (files) => {
  const broken: string[] = [];
  for (const { path, imports } of sources(files)) {
    if (!path.startsWith(PURE)) continue;
    const own = placeOf(path);
    if (own === null) {
      broken.push(`${path} has no layer; give it one in PURE_LAYERS`);
      continue;
    }
    for (const { path: target, typeOnly } of imports) {
      const other = target === null ? null : placeOf(target);
      if (other === null) continue;
      const fits = typeOnly
        ? other.layer <= own.layer
        : other.layer < own.layer ||
          (other.layer === own.layer && other.folder === own.folder);
      if (!fits) {
        broken.push(
          `${path} (L${own.layer}) imports ${
            typeOnly ? "types" : "values"
          } of ${target} (L${other.layer})`,
        );
      }
      if (other.folder === "engine/handshake/" && isOtherRole(path, target!)) {
        broken.push(`${path} imports ${target}: the roles stay apart`);
      }
    }
  }
  return broken;
};

function placeOf(path: string): { layer: number; folder: string } | null {
  if (!path.startsWith(PURE)) return null;
  const inside = path.slice(PURE.length);
  const folder = /^(?:engine\/)?[^/]+\//.exec(inside)?.[0] ?? "";
  const layer = PURE_LAYERS[inside] ?? PURE_LAYERS[folder];
  return layer === undefined ? null : { layer, folder };
}

/** A folder's values come from its earlier files. */
export const order: Rule = (files) => {
  const broken: string[] = [];
  for (const { path, imports } of sources(files)) {
    const folder = placeOf(path)?.folder;
    const names = folder === undefined ? undefined : ORDER[folder];
    if (folder === undefined || names === undefined) continue;
    const at = indexIn(names, path, folder);
    if (at === -1) {
      broken.push(`${path} has no place; give it one in ORDER`);
      continue;
    }
    for (const { path: target, typeOnly } of imports) {
      if (typeOnly || !target?.startsWith(PURE + folder)) continue;
      const other = indexIn(names, target, folder);
      // Inside a folder within, being without a cycle is order enough.
      if (other < at || (other === at && names[at]!.endsWith("/"))) continue;
      broken.push(`${path} imports ${target}, which comes after it`);
    }
  }
  return broken;
};

function indexIn(
  names: readonly string[],
  path: string,
  folder: string,
): number {
  const inside = path.slice(PURE.length + folder.length);
  return names.findIndex((name) =>
    name === inside || (name.endsWith("/") && inside.startsWith(name))
  );
}

/** What of ORDER is not there. */
export const staleOrder: Rule = (files) =>
  Object.entries(ORDER).flatMap(([folder, names]) =>
    names.map((name) => `${PURE}${folder}${name}`).filter((path) =>
      path.endsWith("/")
        ? ![...files.keys()].some((one) => one.startsWith(path))
        : !files.has(path)
    )
  ).map((path) => `ORDER has ${path}, which is not there`);

function isOtherRole(path: string, target: string): boolean {
  const role = (of: string) =>
    /handshake\/(client|server)\//.exec(of)?.[1] ?? null;
  const [from, to] = [role(path), role(target)];
  return from !== null && to !== null && from !== to;
}

/** No file needs, for its values, one that needs it. */
export const cycles: Rule = (files) => {
  const graph = new Map(
    sources(files).map(({ path, imports }) => [
      path,
      imports.filter((one) => one.path !== null && !one.typeOnly)
        .map((one) => one.path!),
    ]),
  );
  const broken: string[] = [];
  const done = new Set<string>();
  const walk = (path: string, trail: readonly string[]): void => {
    const at = trail.indexOf(path);
    if (at !== -1) {
      broken.push([...trail.slice(at), path].join(" -> "));
      return;
    }
    if (done.has(path)) return;
    for (const next of graph.get(path) ?? []) walk(next, [...trail, path]);
    done.add(path);
  };
  for (const path of graph.keys()) walk(path, []);
  return broken;
};

/** The engine reads no clock and no entropy, does no I/O and never waits. */
export const engineWords: Rule = (files) =>
  sources(files).filter(({ path }) => path.startsWith(ENGINE)).flatMap((
    { path, words },
  ) =>
    words.filter((word) =>
      FORBIDDEN_IN_ENGINE.includes(word) || word.startsWith("node:")
    ).map((word) => `${path} names ${word}`)
  );

/** What is shipped works by URL: every specifier is whole. */
export const specifiers: Rule = (files) =>
  sources(files).filter(({ path }) => isShipped(path)).flatMap((
    { path, imports },
  ) =>
    imports.filter((one) =>
      one.path === null && !one.specifier.startsWith("node:") &&
      !VERSIONED_NPM.test(one.specifier)
    ).map((one) => `${path} imports ${one.specifier}`)
  );

function isShipped(path: string): boolean {
  return path === "mod.ts" ||
    ["api/", "backends/", "tests/conformance/"].some((start) =>
      path.startsWith(start)
    );
}

/** A library does not print. */
export const silence: Rule = (files) =>
  sources(files).filter(({ path }) =>
    isShipped(path) && !path.startsWith("tests/")
  ).filter(({ words }) => words.includes("console"))
    .map(({ path }) => `${path} names console`);

/** One file, one concern. Generated ones are as long as they are. */
export const length: Rule = (files) =>
  [...files].filter(([path]) => /\.ts$/.test(path) && !/_wasm\.ts$/.test(path))
    .map(([path, text]) => [path, text.trimEnd().split("\n").length] as const)
    .filter(([, lines]) => lines > MAX_LINES)
    .map(([path, lines]) => `${path} has ${lines} lines`);

/** What is not done is not there. (In two halves, or this file would break it.) */
const UNFINISHED = new RegExp(
  `\\b(${["TO" + "DO", "FIX" + "ME"].join("|")})\\b`,
);

/** No promise in a comment. */
export const unfinished: Rule = (files) =>
  [...files].filter(([, text]) => UNFINISHED.test(text))
    .map(([path]) => `${path} says ${UNFINISHED.exec(files.get(path)!)![0]}`);

/**
 * Backends that are broken on purpose leave open what they are there to, and one
 * over Deno's node:tls what that does not close.
 */
const LEAKS_ON_PURPOSE = [
  "tests/conformance_test/_mutant.ts",
  "tests/conformance_test/versions_test.ts",
];

/** Every test that leaks fails, and none keeps the others from running. */
export const sanitizers: Rule = (files) => {
  const broken: string[] = [];
  for (const { path, text } of sources(files)) {
    if (LEAKS_ON_PURPOSE.includes(path)) continue;
    const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest);
    const visit = (node: ts.Node): void => {
      if (
        ts.isPropertyAssignment(node) && ts.isIdentifier(node.name) &&
        /^sanitize(Ops|Resources|Exit)$/.test(node.name.text) &&
        node.initializer.kind !== ts.SyntaxKind.TrueKeyword
      ) broken.push(`${path} sets ${node.name.text} to something else`);
      if (
        ts.isPropertyAccessExpression(node) && node.name.text === "only" &&
        ts.isPropertyAccessExpression(node.expression) &&
        node.expression.name.text === "test"
      ) broken.push(`${path} runs one test only`);
      ts.forEachChild(node, visit);
    };
    visit(file);
  }
  const { test } = JSON.parse(files.get("deno.json") ?? "{}") as {
    test?: Record<string, unknown>;
  };
  for (const name of ["sanitizeOps", "sanitizeResources"]) {
    if (test?.[name] !== true) broken.push(`deno.json does not set ${name}`);
  }
  return broken;
};
