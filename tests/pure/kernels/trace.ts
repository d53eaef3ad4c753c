/**
 * Instruments a WebAssembly module so that a run gives a trace of everything
 * that timing or caches show to an observer: which way each branch went and
 * which addresses were touched. Two runs with the same public inputs and other
 * secrets must give the same trace.
 *
 * Two of Binaryen's passes do most of it: log-execution reports every function,
 * loop and return, instrument-memory every address of a load or store. They do
 * not see the arms of an `if`, a `select` (which a machine may branch on), SIMD
 * loads that splat, widen or fill a lane, and bulk memory operations, nor the
 * operands of a division (whose time depends on them). Those are wrapped here
 * first. An instruction that neither knows is an error, not a gap.
 *
 * @module
 */
// @ts-types="./binaryen.d.ts"
import binaryen from "npm:binaryen@132.0.0";
import type { Accessors, Expression, Module } from "./binaryen.d.ts";

/** Every kind of instruction that is understood, with its operands. */
const OPERANDS: { readonly [kind: string]: readonly string[] } = {
  Binary: ["Left", "Right"],
  Block: [],
  Break: ["Condition", "Value"],
  Call: [],
  Const: [],
  Drop: ["Value"],
  GlobalGet: [],
  GlobalSet: ["Value"],
  If: ["Condition", "IfTrue", "IfFalse"],
  Load: ["Ptr"],
  LocalGet: [],
  LocalSet: ["Value"],
  Loop: ["Body"],
  MemoryCopy: ["Dest", "Source", "Size"],
  MemoryFill: ["Dest", "Value", "Size"],
  Nop: [],
  Return: ["Value"],
  SIMDExtract: ["Vec"],
  SIMDLoad: ["Ptr"],
  SIMDReplace: ["Vec", "Value"],
  SIMDShift: ["Vec", "Shift"],
  SIMDShuffle: ["Left", "Right"],
  SIMDTernary: ["A", "B", "C"],
  Select: ["IfTrue", "IfFalse", "Condition"],
  Store: ["Ptr", "Value"],
  Switch: ["Condition", "Value"],
  Unary: ["Value"],
  Unreachable: [],
};

/** Kinds whose list of operands has no fixed length. */
const LISTS: { readonly [kind: string]: readonly [string, string] } = {
  Block: ["getNumChildren", "getChildAt"],
  Call: ["getNumOperands", "getOperandAt"],
};

/** Operands that an observer may learn, and that the passes do not report. */
const OBSERVED: { readonly [kind: string]: readonly string[] } = {
  Break: ["Condition"],
  If: ["Condition"],
  MemoryCopy: ["Dest", "Source", "Size"],
  MemoryFill: ["Dest", "Size"],
  SIMDLoad: ["Ptr"],
  Select: ["Condition"],
  Switch: ["Condition"],
};

const KINDS = new Map(
  Object.keys(OPERANDS).map((kind) => [
    binaryen[`${kind}Id`] as number,
    kind,
  ]),
);

const DIVISIONS = new Set(
  ["DivSInt32", "DivUInt32", "RemSInt32", "RemUInt32"].map((name) =>
    binaryen[name] as number
  ),
);
const WIDE_DIVISIONS = new Set(
  ["DivSInt64", "DivUInt64", "RemSInt64", "RemUInt64"].map((name) =>
    binaryen[name] as number
  ),
);

/** What the kernels are made of, and no newer encoding. */
const FEATURES = [
  "MutableGlobals",
  "SIMD128",
  "RelaxedSIMD",
  "BulkMemory",
  "BulkMemoryOpt",
  "SignExt",
]
  .reduce((all, name) => all | (binaryen.Features[name] as number), 0);

function accessors(kind: string): Accessors {
  return binaryen[kind] as Accessors;
}

function get(kind: string, operand: string, expression: Expression) {
  return accessors(kind)[`get${operand}`]?.(expression) as Expression;
}

/** Wraps what is observed in `expression` and below it; counts the wrappers. */
function wrap(
  module: Module,
  expression: Expression,
  next: () => number,
): void {
  const id = accessors("Expression")["getId"]?.(expression) as number;
  const kind = KINDS.get(id);
  if (kind === undefined) {
    throw new Error(`Cannot instrument: instruction kind ${id} is not known`);
  }
  const operands = (OPERANDS[kind] as readonly string[])
    .map((operand) => get(kind, operand, expression))
    .filter((operand) => operand !== 0);
  const list = LISTS[kind];
  if (list !== undefined) {
    const count = accessors(kind)[list[0]]?.(expression) as number;
    for (let i = 0; i < count; i++) {
      operands.push(accessors(kind)[list[1]]?.(expression, i) as Expression);
    }
  }
  for (const operand of operands) wrap(module, operand, next);
  let observed = OBSERVED[kind] ?? [];
  if (kind === "Binary") {
    const operation = accessors(kind)["getOp"]?.(expression) as number;
    if (WIDE_DIVISIONS.has(operation)) {
      throw new Error("Cannot instrument: a 64-bit division");
    }
    if (DIVISIONS.has(operation)) observed = ["Left", "Right"];
  }
  for (const name of observed) {
    const operand = get(kind, name, expression);
    if (operand === 0) continue;
    const call = module.call(
      "observe",
      [module.i32.const(next()), operand],
      binaryen.i32,
    );
    accessors(kind)[`set${name}`]?.(expression, call);
  }
}

/** The module with its trace reported to the imports of {@linkcode Trace}. */
export function instrument(wasm: Uint8Array): Uint8Array<ArrayBuffer> {
  const module = binaryen.readBinary(wasm);
  try {
    module.setFeatures(FEATURES);
    const bodies = Array.from(
      { length: module.getNumFunctions() },
      (_, i) => binaryen.getFunctionInfo(module.getFunctionByIndex(i)).body,
    );
    let wrappers = 0;
    for (const body of bodies) {
      if (body !== 0) wrap(module, body, () => wrappers++);
    }
    module.addFunctionImport(
      "observe",
      "env",
      "observe",
      binaryen.createType([binaryen.i32, binaryen.i32]),
      binaryen.i32,
    );
    module.runPasses(["instrument-memory", "log-execution"]);
    if (!module.validate()) {
      throw new Error("Cannot instrument: invalid result");
    }
    return new Uint8Array(module.emitBinary());
  } finally {
    module.dispose();
  }
}

/** A module in WebAssembly's text format, as binary. */
export function assemble(text: string): Uint8Array<ArrayBuffer> {
  const module = binaryen.parseText(text);
  try {
    module.setFeatures(FEATURES);
    return new Uint8Array(module.emitBinary());
  } finally {
    module.dispose();
  }
}

/** A running hash of all that an instrumented module reports. */
export class Trace {
  #a = 0;
  #b = 0;
  #events = 0;

  #add(kind: number, value: number): void {
    this.#a = Math.imul(this.#a ^ kind, 0x9e3779b1) ^ (this.#a >>> 15);
    this.#a = Math.imul(this.#a ^ value, 0x85ebca6b) ^ (this.#a >>> 13);
    this.#b = Math.imul((this.#b + value) | 0, 0xc2b2ae35) ^ (this.#b >>> 16);
    this.#events++;
  }

  /** What was reported since the last call, as a digest and a count. */
  take(): { readonly digest: string; readonly events: number } {
    const digest = `${this.#a >>> 0}:${this.#b >>> 0}:${this.#events}`;
    const events = this.#events;
    this.#a = this.#b = this.#events = 0;
    return { digest, events };
  }

  /** The imports of an instrumented module. */
  imports(wasm: Uint8Array<ArrayBuffer>): WebAssembly.Imports {
    const env: { [name: string]: (...args: number[]) => number | void } = {};
    for (
      const { name } of WebAssembly.Module.imports(new WebAssembly.Module(wasm))
    ) {
      // Values are secrets, and not observable; addresses and ways are.
      env[name] = (_id, value) => value as number;
    }
    env["observe"] = (id, value) => {
      this.#add(id as number, value as number);
      return value as number;
    };
    env["log_execution"] = (id) => this.#add(-1, id as number);
    const address = (id?: number, _bytes?: number, offset = 0, pointer = 0) => {
      this.#add(id as number, pointer + offset);
      return pointer;
    };
    env["load_ptr"] = address;
    env["store_ptr"] = address;
    return { env };
  }
}
