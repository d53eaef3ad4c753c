import { testBackend } from "../conformance/mod.ts";
import { makeReference } from "./reference/backend.ts";

testBackend(makeReference());
