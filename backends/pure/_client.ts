/**
 * Client contexts of the pure backend. Loads nothing of the server.
 *
 * @module
 */
import type { TLSWrappedBuffer } from "../../api/buffer.ts";
import { checkConfiguration } from "../../api/check.ts";
import type { TLSConfiguration } from "../../api/configuration.ts";
import type {
  Capabilities,
  ClientContext,
  ConnectOptions,
  ContextConfiguration,
} from "../../api/context.ts";
import {
  type ByteStream,
  type Conn,
  type NetAddr,
  type TLSWrappedSocket,
  wrapStream,
} from "../../api/socket.ts";
import { PureBuffer } from "./_buffer.ts";
import { INSTEAD } from "./_capabilities.ts";
import { registerSocket } from "./_details.ts";
import { NAME, refusal } from "./_errors.ts";
import { connectTcp } from "./_net.ts";
import { peerCertificate, prepare, type Prepared } from "./_settings.ts";
import { Connection } from "./engine/connection.ts";
import type { AnyState } from "./engine/connection_types.ts";
import type { CryptoProvider } from "./engine/crypto/provider.ts";
import { NamedGroup } from "./engine/iana.ts";
import {
  clientHandlers,
  type ClientState,
  startClient,
} from "./engine/handshake/client/mod.ts";
import { CLIENT_ENTROPY, type ClientSettings } from "./engine/settings.ts";
import { defaultPolicy } from "./engine/x509/path_policy.ts";
import { parseServerName, type ServerName } from "./engine/x509/server_name.ts";

/** Post-quantum groups, whose shares are large. */
const HYBRID_GROUPS: readonly number[] = [NamedGroup.X25519MLKEM768];

/**
 * How many groups get a share in the first hello: the favourite, and where that
 * is post-quantum the next as well, for servers that do not know it yet.
 */
function keySharesOf(groups: readonly number[]): number {
  return HYBRID_GROUPS.includes(groups[0]!) ? 2 : 1;
}

/** A name as a certificate has it; international ones in their ASCII form. */
function serverNameOf(hostname: string): ServerName {
  const name = parseServerName(hostname) ?? parseServerName(toAscii(hostname));
  if (name === null) {
    throw refusal(
      "serverHostname",
      `Cannot check the server's name: ${
        JSON.stringify(hostname)
      } is neither a host name nor an address; null opts out`,
    );
  }
  return name;
}

function toAscii(hostname: string): string {
  // A URL's host would end at these.
  if (/[\s/?#@:\\%]/.test(hostname)) return "";
  return URL.parse(`https://${hostname}/`)?.hostname ?? "";
}

/** The class of client contexts over a provider. */
export function clientContextOf(
  provider: CryptoProvider,
  capabilities: Capabilities,
): new (configuration: ContextConfiguration) => ClientContext {
  return class PureClientContext implements ClientContext {
    readonly configuration: TLSConfiguration;
    readonly #prepared: Prepared;

    constructor(configuration: ContextConfiguration) {
      this.configuration = checkConfiguration(configuration, {
        backend: NAME,
        capabilities,
        role: "client",
        instead: INSTEAD,
      });
      this.#prepared = prepare(this.configuration, "client", provider);
    }

    wrapBuffers(serverHostname: string | null): TLSWrappedBuffer {
      const { verifyPeer, keyLog } = this.configuration;
      const settings = settingsFor(this.#prepared, serverHostname);
      const connection = new Connection<ClientState>({
        name: "client",
        handlers: clientHandlers,
        start: (binding) => startClient(settings, binding),
      });
      return new PureBuffer({
        connection: connection as unknown as Connection<AnyState>,
        provider,
        policies: {
          acceptPeer: (path) => verifyPeer?.(path.map(peerCertificate)),
          selectServer: () => {
            throw new Error("Cannot select a server: this is a client");
          },
        },
        context: this,
        keyLog: (line) => keyLog?.(line),
        certificateOf: peerCertificate,
      });
    }

    wrapSocket(
      stream: Conn | ByteStream,
      serverHostname: string | null,
    ): TLSWrappedSocket {
      const buffer = this.wrapBuffers(serverHostname);
      return registerSocket(wrapStream(stream, buffer), buffer);
    }

    async connect(
      options: ConnectOptions,
    ): Promise<TLSWrappedSocket<NetAddr>> {
      const { hostname, serverHostname = hostname, signal } = options;
      const buffer = this.wrapBuffers(serverHostname);
      const conn = await connectTcp(options);
      const socket = registerSocket(wrapStream(conn, buffer), buffer);
      try {
        await socket.doHandshake(signal === undefined ? {} : { signal });
        return socket;
      } catch (error) {
        socket.close();
        throw error;
      }
    }
  };
}

function settingsFor(
  { configuration, anchors, common }: Prepared,
  serverHostname: string | null,
): ClientSettings {
  const name = serverHostname === null ? null : serverNameOf(serverHostname);
  return {
    ...common,
    peer: anchors === null ? { validate: false } : {
      validate: true,
      anchors,
      serverName: name,
      rules: defaultPolicy,
      askApplication: configuration.verifyPeer !== null,
    },
    now: configuration.now().getTime(),
    // "Literal IPv4 and IPv6 addresses are not permitted in "HostName"."
    serverName: name?.kind === "dns" ? name.name : null,
    keyShares: keySharesOf(common.groups),
    compatibilityMode: true,
    grease: true,
    entropy: common.provider.randomBytes(CLIENT_ENTROPY),
  };
}
