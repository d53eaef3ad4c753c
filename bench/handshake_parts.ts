/**
 * What each side of a handshake costs, by part: measured from outside, by a
 * provider that takes the time of what it is asked.
 *
 * @module
 */
import { Certificate } from "../backends/pure/engine/x509/certificate.ts";
import { validatePath } from "../backends/pure/engine/x509/path.ts";
import {
  anchorOfCertificate,
  TrustAnchors,
} from "../backends/pure/engine/x509/trust_anchor.ts";
import { decodePem } from "../backends/pure/engine/x509/pem.ts";
import { backendOf } from "../backends/pure/_backend.ts";
import { capabilitiesOf } from "../backends/pure/_capabilities.ts";
import { clientContextOf } from "../backends/pure/_client.ts";
import { serverContextOf } from "../backends/pure/_server.ts";
import type {
  Aead,
  Awaitable,
  CryptoProvider,
  KeyShare,
  RunningHash,
  SigningKey,
} from "../backends/pure/engine/crypto/provider.ts";
import {
  contextsOf,
  HOSTNAME,
  type Identity,
  shakeInMemory,
} from "./handshake_peers.ts";

/** What the time goes to. */
export const PARTS = [
  "key exchange",
  "signature",
  "validation",
  "schedule",
  "records",
  "rest",
] as const;

/** One of {@linkcode PARTS}. */
export type Part = typeof PARTS[number];

/** Microseconds of each part, and of all. */
export type Costs = Record<Part | "total", number>;

/** Adds up what each part took. */
class Clock {
  costs: Costs = Clock.#none();

  static #none(): Costs {
    return {
      "key exchange": 0,
      "signature": 0,
      "validation": 0,
      "schedule": 0,
      "records": 0,
      "rest": 0,
      "total": 0,
    };
  }

  reset(): void {
    this.costs = Clock.#none();
  }

  /** Runs `work`, whose time is `part`'s; what it asks in turn is not apart. */
  time<T>(part: Part | "total", work: () => T): T {
    const start = performance.now();
    const result = work();
    this.costs[part] += (performance.now() - start) * 1000;
    return result;
  }
}

/** What must not come later, or its time would not be known. */
function now<T>(value: Awaitable<T>): T {
  if (value instanceof Promise) {
    throw new Error("Cannot measure: the provider answers later");
  }
  return value;
}

function timedHash(clock: Clock, hash: RunningHash): RunningHash {
  return {
    update: (data) => clock.time("schedule", () => hash.update(data)),
    snapshot: () => clock.time("schedule", () => hash.snapshot()),
    clone: () => timedHash(clock, hash.clone()),
  };
}

function timedAead(clock: Clock, aead: Aead): Aead {
  return {
    name: aead.name,
    seal: (...args) => clock.time("records", () => aead.seal(...args)),
    open: (...args) => clock.time("records", () => aead.open(...args)),
    destroy: () => aead.destroy(),
  };
}

function timedShare(clock: Clock, share: KeyShare): KeyShare {
  return {
    group: share.group,
    publicKey: share.publicKey,
    derive: (peer) => clock.time("key exchange", () => now(share.derive(peer))),
    destroy: () => share.destroy(),
  };
}

function timedKey(clock: Clock, key: SigningKey): SigningKey {
  return {
    type: key.type,
    publicKey: key.publicKey,
    sign: (...args) => clock.time("signature", () => now(key.sign(...args))),
  };
}

/** What a CertificateVerify signs begins with 64 spaces; no certificate does. */
function isProof(message: Uint8Array): boolean {
  return message[0] === 0x20;
}

function timed(provider: CryptoProvider, clock: Clock): CryptoProvider {
  return {
    name: provider.name,
    aeads: provider.aeads,
    groups: provider.groups,
    createHash: (name) =>
      timedHash(
        clock,
        clock.time("schedule", () => provider.createHash(name)),
      ),
    digest: (...args) => clock.time("schedule", () => provider.digest(...args)),
    hmac: (...args) => clock.time("schedule", () => provider.hmac(...args)),
    createHmac: (...args) => {
      const hmac = clock.time("schedule", () => provider.createHmac(...args));
      return {
        compute: (...data) =>
          clock.time("schedule", () => hmac.compute(...data)),
        destroy: () => hmac.destroy(),
      };
    },
    createAead: (...args) =>
      timedAead(
        clock,
        clock.time("schedule", () => provider.createAead(...args)),
      ),
    generateKeyShare: (group) =>
      timedShare(
        clock,
        clock.time("key exchange", () => now(provider.generateKeyShare(group))),
      ),
    respondKeyShare: (...args) =>
      clock.time("key exchange", () => now(provider.respondKeyShare(...args))),
    canVerify: (algorithm) => provider.canVerify(algorithm),
    verify: (algorithm, spki, message, signature) =>
      clock.time(
        isProof(message) ? "signature" : "validation",
        () => now(provider.verify(algorithm, spki, message, signature)),
      ),
    importSigningKey: (pkcs8) =>
      timedKey(clock, now(provider.importSigningKey(pkcs8))),
    randomBytes: (length) => provider.randomBytes(length),
  };
}

/** Reading and validating the chain, with every signature taken for right. */
function validation({ cert, ca }: Identity): () => void {
  const [leafDer, anchorDer] = [cert, ca].map((text) =>
    decodePem(text)[0]!.bytes
  );
  const anchors = new TrustAnchors([
    anchorOfCertificate(new Certificate(anchorDer!)),
  ]);
  return () => {
    const run = validatePath({
      leaf: new Certificate(leafDer!),
      intermediates: [],
      anchors,
      purpose: "server",
      serverName: { kind: "dns", name: HOSTNAME },
      at: Date.now() / 1000,
    });
    for (let step = run.next(); step.done !== true;) step = run.next(true);
  };
}

/**
 * Gives a function that makes a handshake in memory and says what it cost each
 * side. What the path's validation costs besides its signatures cannot be seen
 * from outside: it is measured for itself after the handshake, and taken from
 * the client's rest.
 */
export function partsOf(
  provider: CryptoProvider,
  identity: Identity,
): () => Record<"client" | "server", Costs> {
  const clocks = { client: new Clock(), server: new Clock() };
  const backend = (end: "client" | "server") => {
    const own = timed(provider, clocks[end]);
    const capabilities = capabilitiesOf(own, true);
    return backendOf(capabilities, {
      clientContext: clientContextOf(own, capabilities),
      serverContext: serverContextOf(own, capabilities),
    });
  };
  const { client } = contextsOf(backend("client"), identity);
  const { server } = contextsOf(backend("server"), identity);
  const validate = validation(identity);
  return () => {
    clocks.client.reset();
    clocks.server.reset();
    const ends = {
      client: clocks.client.time("total", () => client.wrapBuffers(HOSTNAME)),
      server: clocks.server.time("total", () => server.wrapBuffers()),
    };
    shakeInMemory(ends, (end, turn) => clocks[end].time("total", turn));
    clocks.client.time("validation", validate);
    for (const { costs } of [clocks.client, clocks.server]) {
      let known = 0;
      for (const part of PARTS) known += costs[part];
      costs.rest = costs.total - known;
    }
    return { client: clocks.client.costs, server: clocks.server.costs };
  };
}
