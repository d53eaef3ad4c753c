import {
  type GroupName,
  type PeerOptions,
  type Program,
  type SuiteName,
  testProgram,
} from "./_cases.ts";
import { findProgram, freePort, Process, untilListening } from "./_process.ts";

const client = findProgram("gnutls-cli");
const server = findProgram("gnutls-serv");

const GROUP_NAMES: Readonly<Record<GroupName, string>> = {
  x25519: "GROUP-X25519",
  secp256r1: "GROUP-SECP256R1",
  secp384r1: "GROUP-SECP384R1",
  secp521r1: "GROUP-SECP521R1",
  X25519MLKEM768: "GROUP-X25519-MLKEM768",
};

const SUITE_NAMES: Readonly<Record<SuiteName, string>> = {
  TLS_AES_128_GCM_SHA256: "AES-128-GCM",
  TLS_AES_256_GCM_SHA384: "AES-256-GCM",
  TLS_CHACHA20_POLY1305_SHA256: "CHACHA20-POLY1305",
};

/** GnuTLS's priority string. */
function priority({ suite, groups }: PeerOptions): string {
  return [
    "NORMAL:-VERS-ALL:+VERS-TLS1.3",
    ...(suite === undefined ? [] : [`-CIPHER-ALL:+${SUITE_NAMES[suite]}`]),
    ...(groups === undefined
      ? []
      : ["-GROUP-ALL", ...groups.map((group) => `+${GROUP_NAMES[group]}`)]),
  ].join(":");
}

function common(options: PeerOptions): string[] {
  const { identity, protocol } = options;
  return [
    `--priority=${priority(options)}`,
    `--x509cafile=${options.pki.authorityFile}`,
    ...(identity === null ? [] : [
      `--x509certfile=${identity.certificateFile}`,
      `--x509keyfile=${identity.keyFile}`,
    ]),
    ...(protocol === undefined ? [] : [`--alpn=${protocol}`]),
  ];
}

const program: Program = {
  name: "GnuTLS",
  suites: [
    "TLS_AES_128_GCM_SHA256",
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
  ],
  groups: ["x25519", "secp256r1", "secp384r1", "secp521r1"],
  keys: ["P-256", "P-384", "P-521", "RSA", "Ed25519"],
  // The echo of gnutls-serv grows its memory at each record: 10 MB take it 40 s.
  bulk: { server: 1_000_000, client: 10_000_000 },
  echoes: true,
  async server(options) {
    const port = freePort();
    const process = new Process(server!, [
      "--port",
      String(port),
      "--echo",
      "--quiet",
      ...(options.askClient
        ? ["--require-client-cert", "--verify-client-cert"]
        : ["--disable-client-cert"]),
      ...common(options),
      ...(options.protocol === undefined ? [] : ["--alpn-fatal"]),
    ]);
    await untilListening(port, process);
    return { process, port };
  },
  client: (options, port) =>
    new Process(client!, [
      "--port",
      String(port),
      "--logfile=/dev/null",
      "--single-key-share",
      `--sni-hostname=${options.serverName}`,
      `--verify-hostname=${options.serverName}`,
      ...common(options),
      "127.0.0.1",
    ]),
};

testProgram(
  client === null || server === null ? null : program,
  "gnutls-bin is not installed",
);
