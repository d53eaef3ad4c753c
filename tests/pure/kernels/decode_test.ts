import { assertEquals } from "@std/assert";
import { decodeModule } from "../../../backends/pure/kernels/_decode.ts";
import { wasm } from "../../../backends/pure/kernels/p256/_wasm.ts";

const MODULE = new URL(
  "../../../backends/pure/kernels/_decode.ts",
  import.meta.url,
);

Deno.test("decodeModule() decodes alike when the platform has no decoder", async () => {
  const constructor = Uint8Array as { fromBase64?: unknown };
  const original = constructor.fromBase64;
  let portable: typeof decodeModule;
  try {
    delete constructor.fromBase64;
    ({ decodeModule: portable } = await import(`${MODULE.href}?portable`));
  } finally {
    constructor.fromBase64 = original;
  }
  assertEquals(portable(wasm), decodeModule(wasm));
  assertEquals(portable("AGFz\nbQ==\n"), new Uint8Array([0, 97, 115, 109]));
});
