/** Paths by Node's own module, under the names of Deno's standard library. */
export { fileURLToPath as fromFileUrl } from "node:url";
export { join } from "node:path";
