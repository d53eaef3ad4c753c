/** The provider of these tests, and what their data is written in. */
import { createNativeProvider } from "../../../../backends/pure/providers/native.ts";
import type { NativeProvider } from "../../../../backends/pure/providers/native.ts";

/** node:crypto, without WebAssembly. */
export const provider: NativeProvider = await createNativeProvider({
  kernels: "js",
});

/** Bytes of hexadecimal digits; white space does not count. */
export function hex(text: string): Uint8Array {
  const pairs = text.replaceAll(/\s/g, "").match(/../g) ?? [];
  return Uint8Array.from(pairs, (pair) => parseInt(pair, 16));
}

/** Hexadecimal digits of bytes. */
export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0"))
    .join("");
}

/** What the openssl program derives: `openssl kdf`. */
export function opensslKdf(
  kdf: string,
  length: number,
  options: readonly string[],
): Uint8Array {
  const { success, stdout, stderr } = new Deno.Command("openssl", {
    args: [
      "kdf",
      "-keylen",
      String(length),
      ...options.flatMap((option) => ["-kdfopt", option]),
      kdf,
    ],
  }).outputSync();
  if (!success) {
    throw new Error(new TextDecoder().decode(stderr));
  }
  return hex(new TextDecoder().decode(stdout).replaceAll(":", ""));
}
