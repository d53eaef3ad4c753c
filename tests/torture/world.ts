/**
 * Handshakes to be tortured: scenarios, what is sent in them, and a driver that
 * is synchronous as far as the provider is.
 *
 * @module
 */
import { drive } from "../../backends/pure/_driver.ts";
import type { Connection } from "../../backends/pure/engine/connection.ts";
import type { AnyState } from "../../backends/pure/engine/connection_types.ts";
import type { CryptoProvider } from "../../backends/pure/engine/crypto/provider.ts";
import {
  CipherSuite13,
  NamedGroup,
  SignatureScheme,
} from "../../backends/pure/engine/iana.ts";
import { decodeHandshake } from "../../backends/pure/engine/messages/handshake.ts";
import type {
  ClientSettings,
  Credential,
  ServerSettings,
  TraceHooks,
} from "../../backends/pure/engine/settings.ts";
import { decodeCertificate } from "../../backends/pure/engine/x509/certificate.ts";
import { credential as realCredential } from "../pure/engine/identity.ts";
import {
  clientConnection,
  End,
  noPolicies,
  outcome,
  serverConnection,
} from "../pure/engine/pair.ts";
import { cheapKey } from "./cheap_provider.ts";
import type { MessageName, RoleName } from "./expected.ts";
import type { Random } from "./random.ts";

/** What a handshake is made of. */
export type Scenario = "plain" | "authenticated" | "retried";
/** All of them. */
export const SCENARIOS: readonly Scenario[] = [
  "plain",
  "authenticated",
  "retried",
];

/** What the other end sends in a scenario, with the victim's state before each. */
export const SENT: Readonly<
  Record<
    Scenario,
    Readonly<Record<RoleName, readonly (readonly [MessageName, string])[]>>
  >
> = {
  plain: {
    client: [
      ["serverHello", "waitServerHello"],
      ["encryptedExtensions", "waitEncryptedExtensions"],
      ["certificate", "waitCertificateOrRequest"],
      ["certificateVerify", "waitCertificateVerify"],
      ["finished", "waitFinished"],
    ],
    server: [["clientHello", "waitClientHello"], ["finished", "waitFinished"]],
  },
  authenticated: {
    client: [
      ["serverHello", "waitServerHello"],
      ["encryptedExtensions", "waitEncryptedExtensions"],
      ["certificateRequest", "waitCertificateOrRequest"],
      ["certificate", "waitCertificate"],
      ["certificateVerify", "waitCertificateVerify"],
      ["finished", "waitFinished"],
    ],
    server: [
      ["clientHello", "waitClientHello"],
      ["certificate", "waitCertificate"],
      ["certificateVerify", "waitCertificateVerify"],
      ["finished", "waitFinished"],
    ],
  },
  retried: {
    client: [
      ["helloRetryRequest", "waitServerHello"],
      ["serverHello", "waitSecondServerHello"],
      ["encryptedExtensions", "waitEncryptedExtensions"],
      ["certificate", "waitCertificateOrRequest"],
      ["certificateVerify", "waitCertificateVerify"],
      ["finished", "waitFinished"],
    ],
    server: [
      ["clientHello", "waitClientHello"],
      ["clientHello", "waitSecondClientHello"],
      ["finished", "waitFinished"],
    ],
  },
};

const real = await realCredential();
const realClient = await realCredential({
  name: "client.test",
  usage: "client",
});

/** The same chain with a key that only looks like one. */
function cheapened(credential: Credential): Credential {
  return {
    ...credential,
    key: cheapKey(decodeCertificate(credential.chain[0]!).spki),
  };
}

const CREDENTIALS = {
  real: { server: real, client: realClient },
  cheap: { server: cheapened(real), client: cheapened(realClient) },
};

/** Hooks by who they are of. */
export type Hooks = Readonly<Partial<Record<RoleName, TraceHooks>>>;

/** Two ends. */
export interface World {
  readonly client: End<AnyState>;
  readonly server: End<AnyState>;
}

/** Two ends that have not begun, in a scenario. */
export function makeWorld(
  scenario: Scenario,
  provider: CryptoProvider,
  random: Random,
  hooks: Hooks = {},
): World {
  const kind = provider.name === "cheap" ? "cheap" : "real";
  const common = {
    provider,
    suites: [CipherSuite13.TLS_AES_128_GCM_SHA256],
    signatureSchemes: [SignatureScheme.ecdsa_secp256r1_sha256],
    protocols: [],
    peer: { validate: false },
    now: 0,
    keyLog: false,
    recordSizeLimit: 16_385,
  } as const;
  const client: ClientSettings = {
    ...common,
    groups: [NamedGroup.x25519, NamedGroup.secp256r1],
    credentials: () =>
      scenario === "authenticated" ? [CREDENTIALS[kind].client] : [],
    serverName: "server.test",
    keyShares: 1,
    compatibilityMode: true,
    grease: true,
    entropy: random.bytes(69),
    ...(hooks.client === undefined ? {} : { hooks: hooks.client }),
  };
  const server: ServerSettings = {
    ...common,
    groups: scenario === "retried"
      ? [NamedGroup.secp256r1]
      : [NamedGroup.x25519],
    credentials: () => [CREDENTIALS[kind].server],
    clientAuthentication: scenario === "authenticated" ? "require" : "none",
    authorities: [],
    selectByName: false,
    entropy: random.bytes(32),
    ...(hooks.server === undefined ? {} : { hooks: hooks.server }),
  };
  return {
    client: new End(
      clientConnection(client),
      provider,
    ) as unknown as End<AnyState>,
    server: new End(
      serverConnection(server),
      provider,
    ) as unknown as End<AnyState>,
  };
}

/** Goes on with a handshake as far as it can without the peer. */
export function advance(
  connection: Connection<AnyState>,
  provider: CryptoProvider,
): Promise<void> | null {
  while (true) {
    const found = connection.handshake();
    if (found !== "need-answer") {
      if (found === "done") readData(connection);
      return null;
    }
    const pending = drive(connection, provider, noPolicies);
    if (pending !== null) {
      return pending.then(() => advance(connection, provider) ?? undefined);
    }
  }
}

/** What each end says, once, when its handshake is done. */
const DATA = new TextEncoder().encode("what each end says to the other");

/** What has come at each connection. */
const received = new WeakMap<Connection<AnyState>, number>();

const sink = new Uint8Array(20_000);

/** Reads what comes after the handshake: nothing but what was sent may be seen. */
function readData(connection: Connection<AnyState>): void {
  while (true) {
    const found = connection.read(sink);
    if (typeof found !== "number") return;
    const before = received.get(connection) ?? 0;
    for (let i = 0; i < found; i++) {
      if (sink[i] !== DATA[before + i]) {
        throw new Error("something was delivered that nobody sent");
      }
    }
    received.set(connection, before + found);
  }
}

/** Whether all that the other end said has come. */
export function hasAllData({ connection }: End<AnyState>): boolean {
  return received.get(connection) === DATA.length;
}

/** What passes between the ends, which may change it. */
export type Tamper = (
  from: RoleName,
  flight: number,
  bytes: Uint8Array,
) => readonly Uint8Array[];

/** How flights are carried. */
export interface CarryOptions {
  /** What becomes of them on their way. */
  readonly tamper?: Tamper;
  /** Whether each end says something when its handshake is done. */
  readonly data?: boolean;
}

/** Carries flights until nothing moves. */
export async function carry(
  { client, server }: World,
  provider: CryptoProvider,
  options: CarryOptions = {},
): Promise<void> {
  const { tamper = (_from, _flight, bytes) => [bytes], data = false } = options;
  const said = new Set<RoleName>();
  const flights = { client: 0, server: 0 };
  const ends = { client, server };
  let idle = 0;
  let from: RoleName = "client";
  while (idle < 2) {
    const to: RoleName = from === "client" ? "server" : "client";
    const sender = ends[from].connection;
    const pending = advance(sender, provider);
    if (pending !== null) await pending;
    const open = sender.connected !== null && sender.failure === null;
    if (data && open && !said.has(from)) {
      said.add(from);
      sender.write(DATA);
    }
    const bytes = ends[from].takeOutgoing();
    if (bytes.length === 0) {
      idle++;
    } else {
      idle = 0;
      const receiver = ends[to].connection;
      for (const part of tamper(from, flights[from]++, bytes)) {
        receiver.feed(part);
        const waiting = advance(receiver, provider);
        if (waiting !== null) await waiting;
      }
    }
    from = to;
  }
}

/** What became of both, before and after the transports end. */
export interface Outcomes {
  readonly client: string;
  readonly server: string;
}

/** What became of both. */
export function outcomesOf({ client, server }: World): Outcomes {
  return { client: outcome(client), server: outcome(server) };
}

/** The transports end: who waits must learn that the end is not the peer's. */
export function end({ client, server }: World): Outcomes {
  for (const { connection } of [client, server]) {
    connection.endOfInput();
    if (connection.connected === null) connection.handshake();
    else readData(connection);
  }
  return outcomesOf({ client, server });
}

/** Wipes both. */
export function destroy({ client, server }: World): void {
  client.connection.destroy();
  server.connection.destroy();
}

/** One well-formed message of each kind, of handshakes that have been. */
export async function collectMessages(
  provider: CryptoProvider,
  random: Random,
): Promise<ReadonlyMap<MessageName, Uint8Array>> {
  const found = new Map<MessageName, Uint8Array>();
  const rewrite = (message: Uint8Array) => {
    const { type } = decodeHandshake(message);
    if (!found.has(type)) found.set(type, message);
    return message;
  };
  const hooks = { client: { rewrite }, server: { rewrite } };
  for (const scenario of SCENARIOS) {
    const world = makeWorld(scenario, provider, random, hooks);
    await carry(world, provider);
    destroy(world);
  }
  found.set(
    "newSessionTicket",
    Uint8Array.of(4, 0, 0, 15, 0, 0, 1, 0, 1, 2, 3, 4, 1, 0, 0, 1, 9, 0, 0),
  );
  found.set("keyUpdate", Uint8Array.of(24, 0, 0, 1, 0));
  return found;
}
