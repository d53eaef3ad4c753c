/**
 * `deno task build:kernels`: compiles the AssemblyScript of
 * `backends/pure/kernels/`, with the straight-line code of `tools/kernels/`, to the
 * committed modules.
 *
 * @module
 */
import asc from "npm:assemblyscript@0.28.20/asc";
import { wasm as baselineWasm } from "../backends/pure/kernels/_baseline_wasm.ts";
import { wasm as relaxedWasm } from "../backends/pure/kernels/_relaxed_wasm.ts";
import { wasm as hashWasm } from "../backends/pure/kernels/hash/_wasm.ts";
import { wasm as p256Wasm } from "../backends/pure/kernels/p256/_wasm.ts";
import { wasm as p384Wasm } from "../backends/pure/kernels/p384/_wasm.ts";
import { aesCode } from "./kernels/aes_code.ts";
import { chacha20Code } from "./kernels/chacha20_code.ts";
import { ghashCode } from "./kernels/ghash_code.ts";
import { sha2Code } from "./kernels/sha2_code.ts";
import { weierstrassCode } from "./kernels/weierstrass/mod.ts";
import { P256, P384 } from "./kernels/weierstrass/parameters.ts";

/** What a module is compiled from. */
interface Build {
  /** What it is, for the module's comment. */
  readonly title: string;
  /** Where `assembly/` is, below `kernels/`. */
  readonly directory: string;
  /** The file of `assembly/` whose exports are the module's. */
  readonly entry: string;
  /** Files that are generated. */
  readonly generated: ReadonlyMap<string, () => string>;
  /** The module's file, below `kernels/`. */
  readonly module: string;
  /** Options of the compiler that only this build has. */
  readonly options: readonly string[];
}

const RECORDS = {
  directory: "",
  entry: "index.ts",
  generated: new Map([
    ["generated/aes.ts", aesCode],
    ["generated/chacha20.ts", chacha20Code],
    ["generated/ghash.ts", ghashCode],
  ]),
};

/** Bounds of the memory in pages of 64 KiB: it never grows. */
function pages(count: number): string[] {
  return ["--initialMemory", `${count}`, "--maximumMemory", `${count}`];
}

/** The builds of record protection. */
export const KERNEL_BUILDS = {
  /** Record protection, with relaxed SIMD. */
  relaxed: {
    title: "The relaxed build of the kernels",
    ...RECORDS,
    module: "_relaxed_wasm.ts",
    options: ["--enable", "relaxed-simd", ...pages(1)],
  },
  /** Record protection, without. */
  baseline: {
    title: "The baseline build of the kernels",
    ...RECORDS,
    module: "_baseline_wasm.ts",
    options: ["--enable", "simd", ...pages(1)],
  },
} as const satisfies Record<string, Build>;

/** Which build of record protection. */
export type KernelBuild = keyof typeof KERNEL_BUILDS;

/** All modules, by name. */
export const MODULES = {
  ...KERNEL_BUILDS,
  /** Hashes and HMAC. */
  hash: {
    title: "The hash kernel",
    directory: "hash/",
    entry: "index.ts",
    generated: new Map([["generated/sha2.ts", sha2Code]]),
    module: "hash/_wasm.ts",
    options: pages(1),
  },
  /** P-256. */
  p256: {
    title: "The P-256 kernel",
    directory: "weierstrass/",
    entry: "kernel.ts",
    generated: weierstrassCode(P256),
    module: "p256/_wasm.ts",
    options: ["--enable", "simd", ...pages(2)],
  },
  /** P-384, verification alone. */
  p384: {
    title: "The P-384 kernel",
    directory: "weierstrass/",
    entry: "verification.ts",
    generated: weierstrassCode(P384),
    module: "p384/_wasm.ts",
    options: pages(2),
  },
} as const satisfies Record<string, Build>;

/** Which module. */
export type ModuleName = keyof typeof MODULES;

const COMMITTED: Readonly<Record<ModuleName, string>> = {
  relaxed: relaxedWasm,
  baseline: baselineWasm,
  hash: hashWasm,
  p256: p256Wasm,
  p384: p384Wasm,
};

const KERNELS = new URL("../backends/pure/kernels/", import.meta.url);

function readSource(build: Build, name: string): string | null {
  const generate = build.generated.get(name);
  if (generate !== undefined) return generate();
  try {
    return Deno.readTextFileSync(
      new URL(`${build.directory}assembly/${name}`, KERNELS),
    );
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/** Changes a source before it is compiled: for tests that plant faults. */
export type SourceChange = (file: string, text: string) => string;

/** Compiles one module; the same input gives the same bytes. */
export async function compileKernels(
  name: ModuleName,
  change: SourceChange = (_file, text) => text,
): Promise<Uint8Array> {
  const build: Build = MODULES[name];
  let wasm: Uint8Array | undefined;
  const { error, stderr } = await asc.main([
    build.entry,
    "--outFile",
    "kernels.wasm",
    "--runtime",
    "stub",
    "--noAssert",
    "--optimizeLevel",
    "3",
    "--converge",
    "--memoryBase",
    "1024",
    ...build.options,
  ], {
    readFile: (file) => {
      const text = readSource(build, file);
      return text === null ? null : change(file, text);
    },
    writeFile: (_name, contents) => {
      if (typeof contents !== "string") wasm = contents;
    },
    listFiles: () => [],
  });
  if (error !== null || wasm === undefined) {
    throw new Error(`Cannot compile ${name}: ${stderr}`);
  }
  return wasm;
}

/** Where a module is committed. */
export function modulePath(name: ModuleName): URL {
  return new URL(MODULES[name].module, KERNELS);
}

/** The bytes that are committed. */
export function committedWasm(name: ModuleName): Uint8Array<ArrayBuffer> {
  return Uint8Array.fromBase64(COMMITTED[name]);
}

/** The committed module: the bytes as base64 in lines. */
export function moduleText(name: ModuleName, wasm: Uint8Array): string {
  const lines = wasm.toBase64().match(/.{1,128}/g) ?? [];
  return `/**
 * ${MODULES[name].title}: generated by \`deno task build:kernels\` from
 * \`assembly/\`; not to be edited.
 *
 * @module
 */

/** The WebAssembly module in base64 (RFC 4648), with line breaks. */
export const wasm: string = \`
${lines.join("\n")}
\`;
`;
}

if (import.meta.main) {
  for (const name of Object.keys(MODULES) as ModuleName[]) {
    const wasm = await compileKernels(name);
    Deno.writeTextFileSync(modulePath(name), moduleText(name, wasm));
    console.log(`${name}: ${wasm.length} bytes`);
  }
}
