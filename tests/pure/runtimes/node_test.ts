import { assert, assertEquals } from "@std/assert";
import { vectorsDirectory } from "../../vectors.ts";
import { bundle, find, withDirectory } from "./_tools.ts";
import type { Report } from "./_suite.ts";

const node = find("node");
const reason = node === null
  ? " (ignored: no node on the path)"
  : vectorsDirectory === null
  ? " (ignored: no vectors, set TLS_VECTORS)"
  : "";

Deno.test({
  name:
    `the portable provider and the kernels pass Wycheproof in Node${reason}`,
  ignore: reason !== "",
  async fn() {
    await withDirectory(async (directory) => {
      const script = `${directory}/suite.mjs`;
      await Deno.writeTextFile(script, await bundle("_node_main.ts", "deno"));
      const { stdout, stderr, success } = await new Deno.Command(node!, {
        args: [script, `${vectorsDirectory}/wycheproof`],
      }).output();
      assert(success, new TextDecoder().decode(stderr));
      const report: Report = JSON.parse(new TextDecoder().decode(stdout));
      assertEquals(report.failures, []);
      assert(report.builds.length > 0);
      for (const build of report.builds) {
        assertEquals(report.passed[`kernels, ${build}`], 133 + 316);
      }
      // Every test of every file.
      const name = "portable, wasm";
      assertEquals(report.passed[name]! + report.refused[name]!, 11325);
      // The AEADs that it has, HKDF and HMAC.
      assertEquals(report.passed["portable, js"], 133 + 316 + 169 + 348);
      assert(report.passed.noble! > 500);
      assertEquals(report.native, "native");
    });
  },
});
