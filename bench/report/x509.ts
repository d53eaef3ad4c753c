/**
 * The report's figures of certificates: reading and validating a chain of three,
 * against node:crypto and @peculiar/x509, and the worst inputs.
 *
 * @module
 */
import { readVectorJson, vectorsDirectory } from "../../tests/vectors.ts";
import { type Limbo, runLimbo } from "../../tests/pure/engine/x509/limbo.ts";
import { strictPolicy } from "../../backends/pure/engine/x509/path_policy.ts";
import {
  CHAIN_KINDS,
  threeCertificates,
  unitsOf,
  worstCases,
} from "../x509_cases.ts";
import { type Figure, interleave } from "./figure.ts";

/** A figure that is a count or a share, and compared with nothing. */
function plainFigure(
  name: string,
  value: number,
  unit: string,
  rounds: number,
): Figure {
  return { name, value, unit, ratio_to: null, ratio: null, rounds, spread: 0 };
}

/** Rounds for what takes tens of milliseconds. */
const LONG = { rounds: 15 };
/** Signatures take long beside the rest: turns of a few runs each. */
const MIXED = { rounds: 25, milliseconds: 3 };

/** The time of one long piece of work, in milliseconds. */
async function longFigure(name: string, run: () => unknown): Promise<Figure> {
  const [figure] = await interleave([{ name, run }], LONG);
  return {
    ...figure!,
    value: Math.round(figure!.value) / 1000,
    unit: "ms",
  };
}

/** Measures everything; takes about 5 seconds. */
export async function* x509Figures(): AsyncGenerator<Figure> {
  for (const kind of CHAIN_KINDS) {
    const chain = await threeCertificates(kind);
    yield* await interleave([
      {
        name: `parse 3 ${kind} certificates, node:crypto`,
        run: chain.parseNode,
      },
      {
        name: `parse 3 ${kind} certificates`,
        run: chain.parse,
        ratioTo: `parse 3 ${kind} certificates, node:crypto`,
      },
      {
        name: `parse 3 ${kind} certificates, @peculiar/x509`,
        run: chain.parsePeculiar,
      },
    ]);
    const figures = await interleave([
      {
        name: `parse and validate a ${kind} chain, node:crypto`,
        run: chain.parseAndValidateNode,
      },
      {
        name: `parse and validate a ${kind} chain`,
        run: chain.parseAndValidate,
        ratioTo: `parse and validate a ${kind} chain, node:crypto`,
      },
      {
        name: `parse and validate a ${kind} chain, @peculiar/x509`,
        run: chain.parseAndValidatePeculiar,
      },
      {
        name: `the two signatures of a ${kind} chain alone`,
        run: chain.signatures,
      },
      {
        name: `parse and validate a ${kind} chain without its signatures`,
        run: chain.everythingElse,
      },
    ], MIXED);
    yield* figures;
    const [, , , signatures, rest] = figures;
    const share = signatures!.value / (signatures!.value + rest!.value);
    yield plainFigure(
      `share of signatures in parsing and validating a ${kind} chain`,
      Math.round(share * 1000) / 10,
      "%",
      signatures!.rounds,
    );
  }
  for (const worst of await worstCases()) {
    const name = `budget-bound: ${worst.name}`;
    yield await longFigure(`${name}, time`, () => unitsOf(worst));
    yield plainFigure(`${name}, work`, unitsOf(worst), "units", 1);
  }
  if (vectorsDirectory !== null) yield* worstLimbo();
}

/** The case of x509-limbo that takes longest, and the one that spends most. */
async function* worstLimbo(): AsyncGenerator<Figure> {
  const { testcases } = readVectorJson<Limbo>("x509-limbo/limbo.json");
  let longest = { test: testcases[0]!, ms: 0 };
  let dearest = { id: "", units: 0 };
  for (const test of testcases) {
    if (test.crls.length > 0) continue;
    const runs = Array.from({ length: 3 }, () => runLimbo(test, strictPolicy));
    const ms = Math.min(...runs.map(({ milliseconds }) => milliseconds));
    if (ms > longest.ms) longest = { test, ms };
    const { units } = runs[0]!;
    if (units > dearest.units) dearest = { id: test.id, units };
  }
  yield await longFigure(
    `x509-limbo's slowest case, PEM included: ${longest.test.id}`,
    () => runLimbo(longest.test, strictPolicy),
  );
  yield plainFigure(
    `x509-limbo's dearest case: ${dearest.id}`,
    dearest.units,
    "units",
    1,
  );
}

if (import.meta.main) {
  for await (const figure of x509Figures()) console.log(JSON.stringify(figure));
}
