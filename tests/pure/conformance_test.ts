/** The pure backend against the contract, over each provider and without kernels. */
import { createPureBackend, pureBackend } from "../../backends/pure/mod.ts";
import { testBackend } from "../conformance/mod.ts";

testBackend(pureBackend);
testBackend(await createPureBackend({ provider: "portable" }), {
  name: "pure, portable",
});
testBackend(await createPureBackend({ kernels: "js" }), {
  name: "pure, without kernels",
});
