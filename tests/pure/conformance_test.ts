/**
 * The pure backend against the contract: over each provider, with and without
 * kernels, and with its keys behind signers. The variants transfer less than the
 * backend itself: what they change does not depend on how much.
 */
import { createPureBackend, pureBackend } from "../../backends/pure/mod.ts";
import { testBackend } from "../conformance/mod.ts";
import { bySigners } from "./_signers.ts";

const LESS = { largeTransfer: 1_000_000, connections: 20 };

testBackend(pureBackend);
testBackend(await createPureBackend({ provider: "portable" }), {
  name: "pure, portable",
});
testBackend(await createPureBackend({ kernels: "symmetric" }), {
  name: "pure, keys by the platform",
});
testBackend(await createPureBackend({ kernels: "js" }), {
  ...LESS,
  name: "pure, without kernels",
});
testBackend(await createPureBackend({ provider: "portable", kernels: "js" }), {
  ...LESS,
  name: "pure, portable without kernels",
});
testBackend(bySigners(pureBackend, "at once"), {
  ...LESS,
  name: "pure, signers that answer at once",
});
testBackend(bySigners(pureBackend, "later"), {
  ...LESS,
  name: "pure, signers that answer later",
});
