import { assertEquals } from "@std/assert";
import {
  compileKernels,
  type ModuleName,
  modulePath,
  MODULES,
  moduleText,
} from "../../../tools/build_kernels.ts";

for (const name of Object.keys(MODULES) as ModuleName[]) {
  Deno.test(`build:kernels gives the committed ${name} module again, byte for byte`, async () => {
    const wasm = await compileKernels(name);
    assertEquals(
      moduleText(name, wasm) === Deno.readTextFileSync(modulePath(name)),
      true,
      "run deno task build:kernels and commit what it writes",
    );
  });
}
