/**
 * Handshakes: that they succeed in every way that is claimed, what ALPN chooses,
 * and what the socket says of it.
 *
 * @module
 */
import type { TLSConfigurationOptions } from "../../api/configuration.ts";
import { cipherSuiteName, TLSVersion } from "../../api/code_points.ts";
import type { ConnectionFacts } from "../../api/buffer.ts";
import {
  assertBytes,
  assertFamily,
  deepStrictEqual,
  fail,
  ok,
  readExactly,
  strictEqual,
} from "./_assert.ts";
import {
  all,
  failureOf,
  type Link,
  type Role,
  type Suite,
  type Trial,
  waysOf,
} from "./_trial.ts";
import { clientHello, serverHello } from "./_wire.ts";

const VERSION_BY_CODE: Readonly<Record<number, TLSVersion>> = {
  0x0303: TLSVersion.TLSv1_2,
  0x0304: TLSVersion.TLSv1_3,
};

/** The version that a code point on the wire stands for. */
export function versionOf(code: number): TLSVersion {
  return VERSION_BY_CODE[code] ??
    fail(`the wire shows version 0x${code.toString(16)}`);
}

/** Compares every fact with the wire and with what the peer reports. */
export function assertFacts(
  trial: Trial,
  facts: ConnectionFacts,
  expected: Pick<Link, "context" | "fromServer" | "peer"> & { role: Role },
): void {
  const known = trial.capabilities.facts;
  const { peer } = expected;
  const hello = serverHello(expected.fromServer.records);

  const cipher = facts.cipher();
  if (known.includes("cipher")) {
    strictEqual(cipher, hello.cipher, "cipher() must be what is on the wire");
    strictEqual(cipherSuiteName(hello.cipher), peer.cipher);
  } else strictEqual(cipher, null, "cipher() is disclaimed: it must be null");

  const version = facts.negotiatedTlsVersion();
  if (known.includes("negotiatedTlsVersion")) {
    strictEqual(
      version,
      versionOf(hello.version),
      "negotiatedTlsVersion() must be what is on the wire",
    );
  } else {
    strictEqual(
      version,
      null,
      "negotiatedTlsVersion() is disclaimed: it must be null",
    );
  }

  const protocol = facts.negotiatedProtocol();
  if (known.includes("negotiatedProtocol")) {
    strictEqual(
      protocol,
      peer.protocol,
      "negotiatedProtocol() must be what the peer reports",
    );
  } else {
    strictEqual(
      protocol,
      null,
      "negotiatedProtocol() is disclaimed: it must be null",
    );
  }

  const path = facts.peerCertificates();
  if (!known.includes("peerCertificates")) {
    strictEqual(
      path,
      null,
      "peerCertificates() is disclaimed: it must be null",
    );
  } else if (expected.role === "client") {
    ok(path !== null && path.length > 0, "a server has a certificate");
    assertBytes(
      path[0]!.der ?? new Uint8Array(),
      peerLeaf(peer),
      "peerCertificates()[0]",
    );
  } else {
    ok(
      path === null || path.length === 0,
      "a client that presents nothing has no certificates",
    );
  }
  ok(
    facts.context === expected.context,
    "context must be the one that made it",
  );
}

function peerLeaf(peer: Link["peer"]): Uint8Array {
  return peer.ownCertificate ??
    fail("the peer reports no certificate of its own");
}

async function assertEcho({ socket, peer }: Link): Promise<void> {
  const ping = new TextEncoder().encode("ping");
  strictEqual(await socket.write(ping), ping.length, "write() resolves with");
  assertBytes(await peer.receive(ping.length), ping, "what the peer received");
  await peer.send(ping);
  assertBytes(
    await readExactly(socket, ping.length),
    ping,
    "what the socket read",
  );
}

/** Adds the cases. */
export function addHandshakeCases(suite: Suite): void {
  const { capabilities } = suite.backend;
  for (const role of ["client", "server"] as const) {
    for (const way of waysOf(capabilities, role)) {
      suite.add(
        "handshake",
        `succeeds for a ${role} by ${way}, and data goes both ways`,
        async (trial) => {
          const link = await trial.link({ role, way });
          await assertEcho(link);
          if (role === "client") {
            strictEqual(
              clientHello(link.fromClient.records).serverName,
              "localhost",
              "the server name on the wire",
            );
          }
          strictEqual(
            link.peer.failure,
            null,
            "node:tls must see nothing wrong",
          );
        },
      );
      suite.add(
        "facts",
        `of a ${role} by ${way} are right where claimed, null where not`,
        async (trial) => {
          const link = await trial.link({
            role,
            way,
            configuration: suite.backend.capabilities.fields[role].includes(
                "innerProtocols",
              )
              ? { innerProtocols: ["h2", "http/1.1"] }
              : {},
            peer: { ALPNProtocols: ["http/1.1"] },
          });
          assertFacts(trial, link.socket, { ...link, role });
        },
      );
    }
    if (!capabilities[role]) continue;
    for (const version of capabilities.versions) {
      suite.add(
        "capabilities.versions",
        `hold for a ${role}: ${version} with a peer that speaks nothing else`,
        async (trial) => {
          const only = version as "TLSv1.2" | "TLSv1.3";
          const link = await trial.link({
            role,
            peer: { minVersion: only, maxVersion: only },
          });
          strictEqual(
            versionOf(serverHello(link.fromServer.records).version),
            version,
          );
          await assertEcho(link);
          assertFacts(trial, link.socket, { ...link, role });
        },
      );
    }
    addAddressCases(suite, role);
  }
  if (capabilities.client && capabilities.facts.includes("peerCertificates")) {
    for (const way of waysOf(capabilities, "client")) {
      suite.add(
        "facts",
        `peerCertificates() are the validated path, not the chain that was sent (client, ${way})`,
        async (trial) => {
          const { viaIntermediate, otherCa, ca } = trial.pki;
          const [intermediate] = viaIntermediate.intermediates;
          const { socket } = await trial.link({
            role: "client",
            way,
            identity: viaIntermediate,
            peer: {
              cert: [viaIntermediate, otherCa, intermediate!]
                .map(({ pem }) => pem).join(""),
            },
          });
          const path = socket.peerCertificates() ?? [];
          const expected = [viaIntermediate, intermediate!, ca];
          ok(path.length === 2 || path.length === 3, "the path's length");
          path.forEach(({ der }, i) =>
            assertBytes(
              der ?? new Uint8Array(),
              expected[i]!.der,
              `certificate ${i} of the path`,
            )
          );
        },
      );
    }
  }
  if (capabilities.client) {
    addClientCases(suite);
    addOfferCases(suite);
  }
}

/** What a client that was told nothing offers must be what its backend claims. */
function addOfferCases(suite: Suite): void {
  suite.add(
    "capabilities.versions",
    "are what a client offers on the wire, no more and no less",
    async (trial) => {
      const { fromClient } = await trial.link({ role: "client" });
      const offered = clientHello(fromClient.records).versions.map(versionOf);
      deepStrictEqual(
        [...offered].sort(),
        [...trial.capabilities.versions].sort(),
      );
    },
  );
  suite.add(
    "capabilities.ciphers",
    "are what a client offers on the wire, best first, where they are known",
    async (trial) => {
      const offer = async (configuration: TLSConfigurationOptions) => {
        const { fromClient } = await trial.link({
          role: "client",
          configuration,
        });
        return clientHello(fromClient.records).ciphers;
      };
      const offered = await offer({});
      ok(offered.length > 0, "a client must offer some suite");
      const { ciphers, chooseCiphers } = trial.capabilities;
      if (ciphers.length === 0) return;
      if (!chooseCiphers) return deepStrictEqual(offered, [...ciphers]);
      // What is offered on request alone comes last.
      deepStrictEqual(offered, ciphers.slice(0, offered.length));
      deepStrictEqual(await offer({ ciphers }), [...ciphers]);
    },
  );
}

function addClientCases(suite: Suite): void {
  const { capabilities } = suite.backend;
  suite.add(
    "connect()",
    "asks for the serverHostname on the wire, and for hostname where there is none",
    async (trial) => {
      const { fromClient, peer } = await trial.link({ role: "client" });
      strictEqual(clientHello(fromClient.records).serverName, "localhost");
      strictEqual(peer.serverName, "localhost");
      const server = await trial.peerServer();
      const [, other] = await all([
        trial.clientContext().connect({
          hostname: "localhost",
          port: server.port,
        }).then((socket) => trial.keep(socket)),
        server.accept(),
      ]);
      strictEqual(other.serverName, "localhost");
    },
  );

  suite.add(
    "connect()",
    "to a port where nobody listens rejects with an error of the family",
    async (trial) => {
      const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
      const { port } = listener.addr;
      listener.close();
      assertFamily(
        await failureOf(
          trial.openClient(trial.clientContext(), port),
          "connect() to a closed port",
        ),
      );
    },
  );

  suite.add(
    "connect()",
    "to a server that speaks no TLS rejects with an error of the family",
    async (trial) => {
      const listener = trial.keep(
        Deno.listen({ hostname: "127.0.0.1", port: 0 }),
      );
      const [error] = await all([
        failureOf(
          trial.openClient(trial.clientContext(), listener.addr.port),
          "a handshake with no TLS",
        ),
        (async () => {
          const conn = trial.keep(await listener.accept());
          await conn.read(new Uint8Array(4096));
          await conn.write(
            new TextEncoder().encode("HTTP/1.1 400 Bad Request\r\n\r\n"),
          );
        })(),
      ]);
      assertFamily(error, "alert", "internal");
    },
  );

  for (const way of waysOf(capabilities, "client")) {
    if (way === "connect") continue;
    suite.add(
      "facts",
      `are null before the handshake, by ${way}`,
      async (trial) => {
        const server = await trial.peerServer();
        const context = trial.clientContext();
        const conn = await trial.dial(server.port);
        const facts: ConnectionFacts = way === "buffers"
          ? context.wrapBuffers("localhost")
          : trial.keep(
            context.wrapSocket(
              way === "stream" ? trial.asStream(conn) : conn,
              "localhost",
            ),
          );
        for (
          const fact of [
            "cipher",
            "negotiatedProtocol",
            "negotiatedTlsVersion",
            "peerCertificates",
          ] as const
        ) strictEqual(facts[fact](), null, `${fact}() before the handshake`);
        ok(facts.context === context, "context must be the one that made it");
      },
    );
    if (way === "buffers") continue;
    for (const first of ["read", "write"] as const) {
      suite.add(
        "doHandshake()",
        `runs by itself before the first ${first}, by ${way}`,
        async (trial) => {
          const server = await trial.peerServer();
          const conn = await trial.dial(server.port);
          const socket = trial.keep(
            trial.clientContext().wrapSocket(
              way === "stream" ? trial.asStream(conn) : conn,
              "localhost",
            ),
          );
          const bytes = new Uint8Array([1, 2, 3]);
          const greet = async () => {
            const peer = await server.accept();
            if (first === "read") await peer.send(bytes);
            else assertBytes(await peer.receive(3), bytes, "first write");
          };
          const [result] = await all([
            first === "read" ? readExactly(socket, 3) : socket.write(bytes),
            greet(),
          ]);
          deepStrictEqual(result, first === "read" ? bytes : 3);
        },
      );
    }
    suite.add(
      "doHandshake()",
      `may be asked for again, and by several at once, by ${way}`,
      async (trial) => {
        const server = await trial.peerServer();
        const conn = await trial.dial(server.port);
        const socket = trial.keep(
          trial.clientContext().wrapSocket(
            way === "stream" ? trial.asStream(conn) : conn,
            "localhost",
          ),
        );
        const [peer] = await all([
          server.accept(),
          socket.doHandshake(),
          socket.doHandshake(),
          socket.handshake(),
        ]);
        await socket.doHandshake();
        await peer.send(new Uint8Array(2));
        await readExactly(socket, 2);
      },
    );
  }

  suite.add(
    "wrapSocket()",
    "begins TLS behind a plaintext exchange (STARTTLS)",
    async (trial) => {
      const link = await trial.link({
        role: "client",
        way: "wrapSocket",
        prelude: {
          question: new TextEncoder().encode("STARTTLS\r\n"),
          answer: new TextEncoder().encode("220 go on\r\n"),
        },
      });
      await assertEcho(link);
    },
  );
}

function addAddressCases(suite: Suite, role: Role): void {
  suite.add(
    "localAddr, remoteAddr",
    `are those of the TCP connection (${role})`,
    async (trial) => {
      const server = await trial.peerServer();
      const own = role === "server"
        ? trial.openServer(trial.serverContext())
        : null;
      const [socket] = await all(
        own === null
          ? [
            trial.openClient(trial.clientContext(), server.port),
            server.accept(),
          ] as const
          : [own.accept(), trial.peerClient(own.port)] as const,
      );
      const { localAddr, remoteAddr } = socket as unknown as {
        localAddr: Deno.NetAddr;
        remoteAddr: Deno.NetAddr;
      };
      for (const address of [localAddr, remoteAddr]) {
        strictEqual(address.transport, "tcp");
        strictEqual(address.hostname, "127.0.0.1");
      }
      strictEqual(
        (own === null ? remoteAddr : localAddr).port,
        (own ?? server).port,
      );
      socket.unref();
      socket.ref();
    },
  );
}
