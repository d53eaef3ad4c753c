import {
  type GroupName,
  type PeerOptions,
  type Program,
  testProgram,
} from "./_cases.ts";
import { fromFileUrl } from "../../deps/path.ts";
import { findProgram, Process } from "./_process.ts";

const node = findProgram("node");
const script = fromFileUrl(new URL("./_node_peer.mjs", import.meta.url));

const GROUP_NAMES: Readonly<Record<GroupName, string>> = {
  x25519: "X25519",
  secp256r1: "P-256",
  secp384r1: "P-384",
  secp521r1: "P-521",
  X25519MLKEM768: "X25519MLKEM768",
};

function start(options: PeerOptions, port?: number): Process {
  const { identity, groups } = options;
  return new Process(node!, [
    script,
    JSON.stringify({
      port,
      authority: options.pki.authorityFile,
      certificate: identity?.certificateFile,
      key: identity?.keyFile,
      suite: options.suite,
      groups: groups?.map((group) => GROUP_NAMES[group]).join(":"),
      protocol: options.protocol,
      askClient: options.askClient ?? false,
      serverName: options.serverName,
    }),
  ]);
}

const LISTENING = /listening (\d+)/;

const program: Program = {
  name: "Node's node:tls",
  suites: [
    "TLS_AES_128_GCM_SHA256",
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
  ],
  groups: ["x25519", "secp256r1", "secp384r1", "secp521r1"],
  keys: ["P-256", "P-384", "RSA", "Ed25519"],
  bulk: { server: 10_000_000, client: 10_000_000 },
  async server(options) {
    const process = start(options);
    await process.until(() => LISTENING.test(process.text));
    return { process, port: Number(LISTENING.exec(process.text)![1]) };
  },
  client: start,
};

testProgram(node === null ? null : program, "Node is not installed");
