/**
 * The report's figures of record protection by the bare kernels.
 *
 * @module
 */
import { AEADS, aeadVariants, RECORD_SIZES } from "../aead_variants.ts";
import { type Figure, interleave } from "./figure.ts";

/** Measures every AEAD at every record size; takes about 6 seconds. */
export async function* aeadFigures(): AsyncGenerator<Figure> {
  for (const name of AEADS) {
    for (const size of RECORD_SIZES) {
      yield* await interleave(await aeadVariants(name, size));
    }
  }
}

if (import.meta.main) {
  for await (const figure of aeadFigures()) console.log(JSON.stringify(figure));
}
