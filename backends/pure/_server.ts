/**
 * Server contexts of the pure backend. Loads nothing of the client.
 *
 * @module
 */
import { HandshakeListener } from "../../api/_listener.ts";
import type { TLSWrappedBuffer } from "../../api/buffer.ts";
import { checkConfiguration } from "../../api/check.ts";
import type { TLSConfiguration } from "../../api/configuration.ts";
import type {
  Capabilities,
  ContextConfiguration,
  ListenOptions,
  ServerContext,
  TLSListener,
} from "../../api/context.ts";
import {
  type ByteStream,
  type Conn,
  type TLSWrappedSocket,
  wrapStream,
} from "../../api/socket.ts";
import { PureBuffer } from "./_buffer.ts";
import { INSTEAD } from "./_capabilities.ts";
import { registerSocket } from "./_details.ts";
import { NAME, refusal } from "./_errors.ts";
import { listenTcp } from "./_listen.ts";
import { peerCertificate, prepare, type Prepared } from "./_settings.ts";
import { Connection } from "./engine/connection.ts";
import type { AnyState } from "./engine/connection_types.ts";
import type { CryptoProvider } from "./engine/crypto/provider.ts";
import {
  serverHandlers,
  type ServerState,
  startServer,
} from "./engine/handshake/server/mod.ts";
import { SERVER_ENTROPY, type ServerSettings } from "./engine/settings.ts";
import { defaultPolicy } from "./engine/x509/path_policy.ts";
import type { TrustAnchors } from "./engine/x509/trust_anchor.ts";

/**
 * A store with more anchors than this is not listed in certificate_authorities:
 * the list is a hint, and a long one costs every handshake.
 */
const MAX_LISTED_AUTHORITIES = 32;

/** The class of server contexts over a provider. */
export function serverContextOf(
  provider: CryptoProvider,
  capabilities: Capabilities,
): new (configuration: ContextConfiguration) => ServerContext {
  const check = (configuration: ContextConfiguration): TLSConfiguration =>
    checkConfiguration(configuration, {
      backend: NAME,
      capabilities,
      role: "server",
      instead: INSTEAD,
    });
  /** Configurations that a callback gives, often the same ones. */
  const others = new WeakMap<TLSConfiguration, Prepared>();

  const prepareServer = (configuration: TLSConfiguration): Prepared => {
    if (configuration.certificateChain.length === 0) {
      throw refusal(
        "certificateChain",
        "Cannot be a server without a certificate: set certificateChain",
      );
    }
    return prepare(configuration, "server", provider);
  };

  return class PureServerContext implements ServerContext {
    readonly configuration: TLSConfiguration;
    readonly #prepared: Prepared;

    constructor(configuration: ContextConfiguration) {
      this.configuration = check(configuration);
      const { certificateChain, sniCallback } = this.configuration;
      this.#prepared = certificateChain.length === 0 && sniCallback !== null
        // The callback gives what has a certificate.
        ? prepare(this.configuration, "server", provider)
        : prepareServer(this.configuration);
    }

    wrapBuffers(): TLSWrappedBuffer {
      let { verifyPeer, keyLog } = this.configuration;
      const { sniCallback } = this.configuration;
      const settings = settingsFor(this.#prepared, sniCallback !== null);
      const connection = new Connection<ServerState>({
        name: "server",
        handlers: serverHandlers,
        start: (binding) => startServer(settings, binding),
      });
      const buffer: PureBuffer = new PureBuffer({
        connection: connection as unknown as Connection<AnyState>,
        provider,
        policies: {
          acceptPeer: (path) => verifyPeer?.(path.map(peerCertificate)),
          selectServer: async (serverName) => {
            const given = await sniCallback!(
              buffer,
              serverName,
              this.configuration,
            );
            const configuration = check(given);
            ({ verifyPeer, keyLog } = configuration);
            return settingsFor(this.#other(configuration), false);
          },
        },
        context: this,
        keyLog: (line) => keyLog?.(line),
        certificateOf: peerCertificate,
      });
      return buffer;
    }

    /** What a callback's configuration comes to. */
    #other(configuration: TLSConfiguration): Prepared {
      if (
        configuration === this.configuration &&
        configuration.certificateChain.length > 0
      ) return this.#prepared;
      let prepared = others.get(configuration);
      if (prepared === undefined) {
        prepared = prepareServer(configuration);
        others.set(configuration, prepared);
      }
      return prepared;
    }

    wrapSocket(stream: Conn | ByteStream): TLSWrappedSocket {
      const buffer = this.wrapBuffers();
      return registerSocket(wrapStream(stream, buffer), buffer);
    }

    listen(options: ListenOptions): TLSListener {
      const listener = listenTcp(options);
      return new HandshakeListener({
        addr: listener.addr,
        accept: async () => {
          const conn = await listener.accept();
          try {
            const buffer = this.wrapBuffers();
            return registerSocket(wrapStream(conn, buffer), buffer);
          } catch (error) {
            // A clock or a source of entropy that fails.
            conn.close();
            throw error;
          }
        },
        close: () => listener.close(),
      }, options);
    }
  };
}

function authoritiesOf(anchors: TrustAnchors | null): readonly Uint8Array[] {
  if (anchors === null || anchors.size > MAX_LISTED_AUTHORITIES) return [];
  return [...anchors].flatMap(({ certificate }) =>
    certificate === null ? [] : [certificate.subjectDer]
  );
}

function settingsFor(
  { configuration, anchors, common }: Prepared,
  selectByName: boolean,
): ServerSettings {
  return {
    ...common,
    peer: anchors === null ? { validate: false } : {
      validate: true,
      anchors,
      serverName: null,
      rules: defaultPolicy,
      askApplication: configuration.verifyPeer !== null,
    },
    now: configuration.now().getTime(),
    clientAuthentication: configuration.clientAuthentication,
    authorities: authoritiesOf(anchors),
    selectByName,
    entropy: common.provider.randomBytes(SERVER_ENTROPY),
  };
}
