/**
 * Records as a dishonest peer with the right keys would make them.
 *
 * @module
 */
import type { AnyState } from "../../../backends/pure/engine/connection_types.ts";
import type { ContentType } from "../../../backends/pure/engine/iana.ts";
import { Sealer13 } from "../../../backends/pure/engine/record/protect13.ts";
import { type End, join } from "./pair.ts";

/** Seals records under an end's application key, from its first one on. */
export class Forger {
  readonly #sealer: Sealer13;

  /** In the name of a connected end that has sent no record under its key. */
  constructor({ connection }: End<AnyState>) {
    const { settings, write, facts } = connection.connected!;
    const { aead } = facts.suite;
    const { key, iv } = write.trafficKeys(aead);
    this.#sealer = new Sealer13(settings.provider.createAead(aead, key, iv));
  }

  /** One record. */
  record(type: ContentType, content: Uint8Array): Uint8Array {
    const output = new Uint8Array(content.length + this.#sealer.overhead);
    this.#sealer.seal(output, 0, type, content, 0);
    return output;
  }

  /** Several records of the same content. */
  repeat(type: ContentType, content: Uint8Array, count: number): Uint8Array {
    return join(
      Array.from({ length: count }, () => this.record(type, content)),
    );
  }
}
