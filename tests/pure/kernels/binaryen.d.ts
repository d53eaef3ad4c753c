/** The part of binaryen.js that trace.ts uses; its own types leave these out. */
export type Expression = number;

/** Getters and setters of one kind of instruction, by name. */
export interface Accessors {
  readonly [name: string]:
    | ((expression: Expression, ...rest: number[]) => unknown)
    | undefined;
}

export interface Module {
  readonly i32: { const(value: number): Expression };
  call(name: string, operands: Expression[], result: number): Expression;
  setFeatures(features: number): void;
  getNumFunctions(): number;
  getFunctionByIndex(index: number): number;
  addFunctionImport(
    internal: string,
    module: string,
    base: string,
    params: number,
    results: number,
  ): void;
  runPasses(passes: string[]): void;
  validate(): number;
  emitBinary(): Uint8Array;
  dispose(): void;
}

declare const binaryen: {
  readonly i32: number;
  readonly Features: { readonly [name: string]: number };
  readBinary(bytes: Uint8Array): Module;
  parseText(text: string): Module;
  createType(types: number[]): number;
  getFunctionInfo(fn: number): { readonly body: Expression };
  /** Ids of kinds (`IfId`), operations (`DivSInt32`) and accessors (`If`). */
  readonly [name: string]: unknown;
};
export default binaryen;
