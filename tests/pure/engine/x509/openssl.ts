/**
 * The openssl program, for what was not written here.
 *
 * @module
 */
import { join } from "../../../deps/path.ts";
import { pem } from "./mint.ts";
import type { Chain } from "./chain_plan.ts";

/** Runs `openssl`; its output, and whether it succeeded. */
export async function openssl(
  args: readonly string[],
  cwd?: string,
): Promise<{ readonly ok: boolean; readonly output: string }> {
  const { success, stdout, stderr } = await new Deno.Command("openssl", {
    args: [...args],
    ...(cwd === undefined ? {} : { cwd }),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  const decoder = new TextDecoder();
  return {
    ok: success,
    output: decoder.decode(stdout) + decoder.decode(stderr),
  };
}

/** True where there is a program `name`. */
export async function hasProgram(name: string): Promise<boolean> {
  try {
    await new Deno.Command(name, {
      args: ["--version"],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).output();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** What `openssl verify` says of a chain, as strictly as it can be told. */
export async function opensslVerify(
  chain: Chain,
  directory: string,
): Promise<{ readonly ok: boolean; readonly output: string }> {
  const file = async (name: string, certificates: readonly Uint8Array[]) => {
    const path = join(directory, name);
    await Deno.writeTextFile(
      path,
      certificates.map((der) => pem(der)).join(""),
    );
    return path;
  };
  const anchors = await file("anchors.pem", chain.anchors);
  const leaf = await file("leaf.pem", [chain.leaf]);
  const args = [
    "verify",
    "-no-CApath",
    "-no-CAstore",
    "-CAfile",
    anchors,
    // Any anchor, self-signed or not; at least 112 bits of security.
    "-partial_chain",
    "-auth_level",
    "2",
    "-attime",
    String(chain.at),
    "-purpose",
    chain.purpose === "server" ? "sslserver" : "sslclient",
  ];
  if (chain.intermediates.length > 0) {
    args.push("-untrusted", await file("sent.pem", chain.intermediates));
  }
  if (chain.hostname !== null) {
    args.push(
      /^[0-9.]+$|:/.test(chain.hostname) ? "-verify_ip" : "-verify_hostname",
      chain.hostname,
    );
  }
  return await openssl([...args, leaf]);
}
