/**
 * The report's figures of the record layer, hashes and key schedules, key
 * exchange and signatures.
 *
 * @module
 */
import { AEADS } from "../aead_variants.ts";
import { groupVariants } from "../group_variants.ts";
import {
  alternatingVariants,
  recordVariants,
  setUpVariants,
} from "../record_variants.ts";
import { scheduleVariants } from "../schedule_variants.ts";
import { signatureVariants } from "../signature_variants.ts";
import { type Figure, interleave } from "./figure.ts";

/** The sizes that the record layer's targets are about, and one between. */
const SIZES = [64, 1024, 16384] as const;

/** Public-key operations take long: fewer rounds, of few runs each. */
const SLOW = { rounds: 15, milliseconds: 1.2 };

/** The record layer beside the bare kernel; takes about 5 seconds. */
export async function* recordFigures(): AsyncGenerator<Figure> {
  for (const name of AEADS) {
    for (const size of SIZES) {
      yield* await interleave(recordVariants(name, size));
    }
    yield* await interleave(alternatingVariants(name));
    yield* await interleave(setUpVariants(name));
  }
}

/** Hashes, HMAC and key schedules; takes about 3 seconds. */
export async function* scheduleFigures(): AsyncGenerator<Figure> {
  for (const [, variants] of await scheduleVariants()) {
    yield* await interleave(variants);
  }
}

/** Key exchange; takes about 3 seconds. */
export async function* groupFigures(): AsyncGenerator<Figure> {
  for (const [, variants] of await groupVariants()) {
    yield* await interleave(variants, SLOW);
  }
}

/** Signatures; takes about 6 seconds. */
export async function* signatureFigures(): AsyncGenerator<Figure> {
  for (const [, variants] of await signatureVariants()) {
    yield* await interleave(variants, SLOW);
  }
}
