import { assertEquals } from "@std/assert";
import {
  compileKernels,
  KERNEL_BUILDS,
  type KernelBuild,
  modulePath,
  moduleText,
} from "../../../tools/build_kernels.ts";

for (const build of Object.keys(KERNEL_BUILDS) as KernelBuild[]) {
  Deno.test(`build:kernels gives the committed ${build} module again, byte for byte`, async () => {
    const wasm = await compileKernels(build);
    assertEquals(
      moduleText(build, wasm) === Deno.readTextFileSync(modulePath(build)),
      true,
      "run deno task build:kernels and commit what it writes",
    );
  });
}
