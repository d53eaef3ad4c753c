import { denoBackend } from "../../backends/deno/mod.ts";
import { testBackend } from "../conformance/mod.ts";

testBackend(denoBackend);
