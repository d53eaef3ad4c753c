/**
 * Generates the modules of the kernel that are too regular to write by hand. The
 * rest is in `backends/pure/kernels/weierstrass/assembly/`.
 *
 * @module
 */
import { arithmetic } from "./arithmetic.ts";
import { type Formula, formulas, type Step } from "./formulas.ts";
import { printInversion } from "./inversion.ts";
import { printLayout } from "./layout.ts";
import { type Curve, elementBytes } from "./parameters.ts";
import { printFunction } from "./straight_line.ts";

/** An operand as an address. */
function printOperand(
  operand: string,
  formula: Formula,
  element: number,
): string {
  const [base, coordinate] = operand.split(".");
  const name = formula.parameters.includes(base!) ? base! : base!.toUpperCase();
  const offset = coordinate === undefined
    ? 0
    : "xyz".indexOf(coordinate) * element;
  return offset === 0 ? name : `${name} + ${offset}`;
}

function printStep(step: Step, formula: Formula, element: number): string[] {
  const result = printOperand(step.result, formula, element);
  const call = (operands: readonly string[]) =>
    `${step.call}(${[result, ...operands].join(", ")});`;
  const first = "  " +
    call(
      step.operands.map((operand) => printOperand(operand, formula, element)),
    );
  if (step.times === undefined) return [first];
  return [
    first,
    `  for (let i = 1; i < ${step.times}; i++) ${call([result])}`,
  ];
}

function printFormula(formula: Formula, element: number): string {
  const parameters = formula.parameters.map((name) => `${name}: usize`);
  return [
    `/** ${formula.comment}. */`,
    `export function ${formula.name}(${parameters.join(", ")}): void {`,
    ...formula.steps.flatMap((step) => printStep(step, formula, element)),
    "}",
    "",
  ].join("\n");
}

/** Numbers to and from big-endian bytes, and to little-endian words. */
function printBytes({ bits, shape }: Curve): string {
  const { limbBits } = shape;
  const words = Array.from({ length: bits / 64 }, (_, i) => i);
  const indices = Array.from({ length: shape.limbs }, (_, i) => i);
  const mask = (1 << limbBits) - 1;
  const place = (word: number) => 8 * (words.length - 1 - word);
  const limbs = indices.map((i) => {
    const word = limbBits * i >> 6;
    const shift = limbBits * i & 63;
    const high = shift + limbBits > 64 && word < words.length - 1
      ? ` | (w${word + 1} << ${64 - shift})`
      : "";
    return `  store<i64>(r, i64(((w${word} >> ${shift})${high}) & ${mask}), ${
      8 * i
    });`;
  });
  const joined = words.map((word) => {
    const parts = indices.flatMap((i) => {
      const shift = limbBits * i - 64 * word;
      if (shift <= -limbBits || shift >= 64) return [];
      return shift >= 0 ? [`(a${i} << ${shift})`] : [`(a${i} >> ${-shift})`];
    });
    return `  store<u64>(r, ${parts.join(" | ")}, ${8 * word});`;
  });
  const lines = (of: readonly number[], print: (i: number) => string) =>
    of.map(print).join("\n");
  return `
/** r = the number in the ${bits / 8} big-endian bytes at \`bytes\`. */
export function fromBytes(r: usize, bytes: usize): void {
${
    lines(
      words,
      (i) => `  const w${i}: u64 = bswap(load<u64>(bytes, ${place(i)}));`,
    )
  }
${limbs.join("\n")}
}

/** Little-endian words of a, whose limbs must be carried and below 2^${bits}. */
export function toWords(r: usize, a: usize): void {
${lines(indices, (i) => `  const a${i}: u64 = load<u64>(a, ${8 * i});`)}
${joined.join("\n")}
}

/** Big-endian bytes of a, whose limbs must be carried and below 2^${bits}. */
export function toBytes(r: usize, a: usize): void {
  toWords(r, a);
${lines(words, (i) => `  const w${i}: u64 = load<u64>(r, ${8 * i});`)}
${lines(words, (i) => `  store<u64>(r, bswap(w${i}), ${place(i)});`)}
}
`;
}

function imports(names: readonly string[], from: string): string {
  return `import { ${names.join(", ")} } from "./${from}";\n`;
}

function arithmeticCode(curve: Curve): string {
  return [
    ...arithmetic(curve).map(printFunction),
    printInversion(curve.field),
    printInversion(curve.scalar),
    printBytes(curve),
  ].join("\n");
}

function formulasCode(curve: Curve): string {
  const all = formulas(curve);
  const calls = new Set<string>();
  const slots = new Set<string>();
  for (const { parameters, steps } of all) {
    for (const { call, result, operands } of steps) {
      calls.add(call);
      for (const operand of [result, ...operands]) {
        const base = operand.split(".")[0]!;
        if (!parameters.includes(base)) slots.add(base.toUpperCase());
      }
    }
  }
  const element = elementBytes(curve.shape);
  return imports([...calls], "arithmetic") + imports([...slots], "layout") +
    "\n" + all.map((formula) => printFormula(formula, element)).join("\n");
}

/** The generated modules of a curve's kernel: file to text. */
export function weierstrassCode(curve: Curve): Map<string, () => string> {
  return new Map([
    ["generated/layout.ts", () => printLayout(curve)],
    ["generated/arithmetic.ts", () => arithmeticCode(curve)],
    ["generated/formulas.ts", () => formulasCode(curve)],
  ]);
}
