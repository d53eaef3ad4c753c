/** Keys that the openssl program makes, for the providers' tests. */

/** Runs openssl; gives what it wrote. */
export async function openssl(
  args: readonly string[],
  input: Uint8Array = new Uint8Array(0),
): Promise<Uint8Array> {
  const child = new Deno.Command("openssl", {
    args: [...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(input);
  await writer.close();
  const { success, stdout, stderr } = await child.output();
  if (!success) {
    throw new Error(
      `openssl ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`,
    );
  }
  return stdout;
}

/** A private key as DER PKCS#8, and its SubjectPublicKeyInfo. */
export interface Pair {
  readonly pkcs8: Uint8Array;
  readonly spki: Uint8Array;
}

/** `openssl genpkey` with these arguments. */
export async function generate(...args: string[]): Promise<Pair> {
  const pem = await openssl(["genpkey", ...args]);
  return {
    pkcs8: await openssl(
      ["pkcs8", "-topk8", "-nocrypt", "-outform", "DER"],
      pem,
    ),
    spki: await openssl(["pkey", "-pubout", "-outform", "DER"], pem),
  };
}

function ec(curve: string): string[] {
  return ["-algorithm", "EC", "-pkeyopt", `ec_paramgen_curve:${curve}`];
}

/** How to make each kind of key. */
export const KEYS = {
  "P-256": ec("P-256"),
  "P-384": ec("P-384"),
  "P-521": ec("P-521"),
  "ed25519": ["-algorithm", "ED25519"],
  "rsa": ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
  "rsa-pss": ["-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048"],
  "rsa-pss, sha384": [
    ..."-algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048".split(" "),
    ..."-pkeyopt rsa_pss_keygen_md:sha384".split(" "),
    ..."-pkeyopt rsa_pss_keygen_mgf1_md:sha384".split(" "),
    ..."-pkeyopt rsa_pss_keygen_saltlen:48".split(" "),
  ],
} as const;
