import {
  GROUPS,
  type PeerOptions,
  type Program,
  testProgram,
} from "./_cases.ts";
import { fromFileUrl, join } from "../../deps/path.ts";
import { findProgram, Process } from "./_process.ts";

const go = findProgram("go", ["/usr/local/go/bin"]);
const source = fromFileUrl(new URL("./go_peer.go", import.meta.url));

/** Builds the program once; it goes with the process's temporary files. */
async function build(): Promise<string | null> {
  if (go === null) return null;
  const directory = await Deno.makeTempDir({ prefix: "tls_go_" });
  addEventListener(
    "unload",
    () => Deno.removeSync(directory, { recursive: true }),
  );
  const binary = join(directory, "peer");
  const { success, stderr } = await new Deno.Command(go, {
    args: ["build", "-o", binary, source],
    env: { GOFLAGS: "-mod=mod", GO111MODULE: "off", CGO_ENABLED: "0" },
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return binary;
}

const binary = await build();

function start(options: PeerOptions, port?: number): Process {
  const { identity, groups } = options;
  return new Process(binary!, [
    JSON.stringify({
      Port: port,
      Authority: options.pki.authorityFile,
      Certificate: identity?.certificateFile ?? "",
      Key: identity?.keyFile ?? "",
      Groups: groups?.map((group) => GROUPS[group]) ?? null,
      Protocol: options.protocol ?? "",
      AskClient: options.askClient ?? false,
      ServerName: options.serverName ?? "",
    }),
    // Outside a module Go behaves as it did before it had the group.
  ], { env: { GODEBUG: "tlsmlkem=1" } });
}

const LISTENING = /listening (\d+)/;

const program: Program = {
  name: "Go's crypto/tls",
  // Go lets nobody choose suites of TLS 1.3: this end's choice is what counts.
  suites: [
    "TLS_AES_128_GCM_SHA256",
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
  ],
  groups: ["x25519", "X25519MLKEM768", "secp256r1", "secp384r1", "secp521r1"],
  keys: ["P-256", "P-384", "P-521", "RSA", "Ed25519"],
  bulk: { server: 10_000_000, client: 10_000_000 },
  async server(options) {
    const process = start(options);
    await process.until(() => LISTENING.test(process.text));
    return { process, port: Number(LISTENING.exec(process.text)![1]) };
  },
  client: start,
};

testProgram(binary === null ? null : program, "Go is not installed");
