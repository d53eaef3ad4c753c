/**
 * Both ends' handshakes for the reference backend.
 *
 * @module
 */
import { createVerify, timingSafeEqual } from "node:crypto";
import { concat, firstDifference } from "../../conformance/_bytes.ts";
import {
  type Certificate,
  CertificateError,
  type SigningChain,
  type TLSConfiguration,
  type Want,
} from "../../../mod.ts";
import {
  derOf,
  makeCertificate,
  platformRoots,
  rootsOf,
  signerOf,
} from "./credentials.ts";
import { Alert, type Engine, type Message, Refusal } from "./engine.ts";
import {
  certificateList,
  extension,
  message,
  protocolBytes,
  protocolName,
  Reader,
  signedContent,
  u16,
  u8,
  vector,
} from "./messages.ts";
import {
  digest,
  expandLabel,
  GROUPS,
  hmac,
  makeShare,
  nextStage,
  type Suite,
  SUITES,
} from "./schedule.ts";
import { publicKeyOf, validate } from "./validate.ts";

const SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
const CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";
export const ECDSA_P256 = 0x0403;
export const SCHEMES: readonly number[] = [ECDSA_P256, 0x0804];
export const RETRY_RANDOM = Uint8Array.fromHex(
  "cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c",
);

/** What is known once the handshake is done. */
export interface Facts {
  cipher: number | null;
  protocol: string | Uint8Array | null;
  path: readonly Certificate[] | null;
}

export function suitesOf(engine: Engine): readonly number[] {
  const all = Object.keys(SUITES).map(Number);
  const { ciphers } = engine.configuration;
  if (ciphers.length === 0 || engine.faults.has("ignores ciphers")) return all;
  return engine.faults.has("ignores ciphers' order")
    ? all.filter((one) => ciphers.includes(one))
    : ciphers;
}

export function groupsOf(engine: Engine): readonly number[] {
  const { groups } = engine.configuration;
  return groups.length === 0 || engine.faults.has("ignores groups")
    ? GROUPS
    : groups;
}

export function schemesOf(engine: Engine): readonly number[] {
  const { signatureSchemes } = engine.configuration;
  return signatureSchemes.length === 0 ||
      engine.faults.has("ignores signatureSchemes")
    ? SCHEMES
    : signatureSchemes;
}

export function protocolsOf(engine: Engine, configuration: TLSConfiguration) {
  return engine.faults.has("ignores innerProtocols")
    ? []
    : configuration.innerProtocols.map(protocolBytes);
}

export class Secrets {
  readonly suite: Suite;
  readonly handshake: Uint8Array;
  readonly client: Uint8Array;
  readonly server: Uint8Array;
  readonly #engine: Engine;
  readonly #random: Uint8Array;

  constructor(engine: Engine, shared: Uint8Array, random: Uint8Array) {
    this.suite = engine.suite!;
    this.#engine = engine;
    this.#random = random;
    this.handshake = nextStage(
      this.suite,
      nextStage(this.suite, null, null),
      shared,
    );
    this.client = this.#derive(this.handshake, "c hs traffic");
    this.server = this.#derive(this.handshake, "s hs traffic");
    engine.log("CLIENT_HANDSHAKE_TRAFFIC_SECRET", random, this.client);
    engine.log("SERVER_HANDSHAKE_TRAFFIC_SECRET", random, this.server);
  }

  #derive(secret: Uint8Array, label: string): Uint8Array {
    return expandLabel(
      this.suite,
      secret,
      label,
      digest(this.suite, this.#engine.transcript),
    );
  }

  /** After the server's Finished. */
  application(): { client: Uint8Array; server: Uint8Array } {
    const master = nextStage(this.suite, this.handshake, null);
    const client = this.#derive(master, "c ap traffic");
    const server = this.#derive(master, "s ap traffic");
    this.#engine.log("CLIENT_TRAFFIC_SECRET_0", this.#random, client);
    this.#engine.log("SERVER_TRAFFIC_SECRET_0", this.#random, server);
    return { client, server };
  }

  finished(secret: Uint8Array, transcript: Uint8Array): Uint8Array {
    return hmac(
      this.suite,
      expandLabel(this.suite, secret, "finished"),
      digest(this.suite, transcript),
    );
  }
}

/** Reads the peer's Finished; `before` is the transcript up to it. */
export function checkFinished(
  secrets: Secrets,
  secret: Uint8Array,
  before: Uint8Array,
  { body }: Message,
): void {
  const expected = secrets.finished(secret, before);
  if (body.length !== expected.length || !timingSafeEqual(body, expected)) {
    throw new Refusal(Alert.decryptError, "Finished is wrong");
  }
}

/** Sends Certificate and, where there is one, CertificateVerify. */
export function* present(
  engine: Engine,
  chain: SigningChain | null,
): Generator<Want, void, void> {
  const entries = chain === null
    ? []
    : [chain.leaf, ...chain.intermediates].map(
      (one) => concat([vector(3, derOf(one)), u16(0)]),
    );
  engine.send(message(11, vector(1), vector(3, ...entries)));
  if (chain === null) return;
  const content = signedContent(
    engine.role,
    digest(engine.suite!, engine.transcript),
  );
  const signature = yield* engine.wait(
    signerOf(chain.privateKey)(ECDSA_P256, content),
  );
  engine.send(message(15, u16(ECDSA_P256), vector(2, signature)));
}

/** Judges the peer's certificates, then its signature. */
export function* judge(
  engine: Engine,
  sent: readonly Uint8Array[],
  name: string | null,
): Generator<Want, readonly Certificate[], void> {
  const { configuration, faults } = engine;
  const before = engine.transcript;
  const isClient = engine.role === "client";
  let path = sent;
  const validates = configuration.validateCertificates ||
    faults.has("ignores validateCertificates");
  const isAddress = name !== null && /^[\d.]+$/.test(name);
  const skipsName = faults.has("skips the name") ||
    faults.has("skips the name of addresses") && isAddress;
  const skips = faults.has("skips validation") ||
    faults.has("does not validate clients") && !isClient ||
    faults.has("verifyPeer replaces validation") &&
      configuration.verifyPeer !== null;
  if (validates && !skips) {
    const { trustStore } = configuration;
    const roots = trustStore === null ? platformRoots() : rootsOf(trustStore);
    path = validate({
      chain: sent,
      roots: faults.has("widens the store")
        ? [...roots, ...platformRoots()]
        : roots,
      name: skipsName ? null : name,
      now: faults.has("ignores now") ? new Date() : configuration.now(),
      purpose: isClient ? SERVER_AUTH : CLIENT_AUTH,
      crls: faults.has("ignores crls") ? [] : configuration.crls,
    });
  }
  const certificates = path.map(makeCertificate);
  if (configuration.verifyPeer !== null && !faults.has("ignores verifyPeer")) {
    const shown = faults.has("gives verifyPeer the sent chain")
      ? sent.map(makeCertificate)
      : certificates;
    try {
      const verdict = configuration.verifyPeer(shown) ?? undefined;
      if (faults.has("does not await verifyPeer")) verdict?.catch(() => {});
      else yield* engine.wait(verdict);
    } catch (cause) {
      if (!faults.has("ignores verifyPeer's error")) {
        throw new CertificateError(
          "Cannot trust the peer: verifyPeer refused",
          {
            reason: "policy",
            cause,
          },
        );
      }
    }
  }
  const { body } = yield* engine.next(15);
  const reader = new Reader(body);
  const scheme = reader.uint(2);
  const signature = reader.vector(2).rest();
  if (!schemesOf(engine).includes(scheme) || scheme !== ECDSA_P256) {
    throw new Refusal(Alert.illegalParameter, "a scheme that was not offered");
  }
  const content = signedContent(
    isClient ? "server" : "client",
    digest(engine.suite!, before),
  );
  if (
    !createVerify("sha256").update(content)
      .verify(publicKeyOf(sent[0]!), signature)
  ) throw new Refusal(Alert.decryptError, "CertificateVerify is wrong");
  return faults.has("tells the sent chain")
    ? sent.map(makeCertificate)
    : certificates;
}

function isHostname(name: string): boolean {
  return !/^[\d.]+$|:/.test(name);
}

export function* clientHandshake(
  engine: Engine,
  name: string | null,
  facts: Facts,
): Generator<Want, void, void> {
  const random = crypto.getRandomValues(new Uint8Array(32));
  const [group] = groupsOf(engine);
  const share = makeShare(group!);
  const protocols = protocolsOf(engine, engine.configuration);
  const hello = message(
    1,
    u16(0x0303),
    random,
    vector(1),
    vector(2, ...suitesOf(engine).map(u16)),
    vector(1, u8(0)),
    vector(
      2,
      ...name !== null && isHostname(name)
        ? [extension(
          0,
          vector(2, u8(0), vector(2, new TextEncoder().encode(name))),
        )]
        : [],
      extension(10, vector(2, ...groupsOf(engine).map(u16))),
      extension(13, vector(2, ...schemesOf(engine).map(u16))),
      ...protocols.length > 0
        ? [extension(
          16,
          vector(2, ...protocols.map((one) => vector(1, one))),
        )]
        : [],
      extension(43, vector(1, u16(0x0304))),
      extension(51, vector(2, u16(group!), vector(2, share.publicKey))),
    ),
  );
  engine.send(hello);

  const reader = new Reader((yield* engine.next(2)).body);
  reader.uint(2);
  if (firstDifference(reader.take(32), RETRY_RANDOM) === -1) {
    throw new Refusal(Alert.handshakeFailure, "a retry is more than it can do");
  }
  reader.vector(1);
  const cipher = reader.uint(2);
  reader.uint(1);
  const extensions = reader.extensions();
  if (extensions.get(43)?.uint(2) !== 0x0304) {
    throw new Refusal(Alert.protocolVersion, "the server speaks no TLS 1.3");
  }
  const theirs = extensions.get(51)!;
  if (
    !suitesOf(engine).includes(cipher) || theirs.uint(2) !== share.group
  ) throw new Refusal(Alert.illegalParameter, "what was not offered");
  engine.suite = SUITES[cipher]!;
  const secrets = new Secrets(
    engine,
    share.agree(theirs.vector(2).rest()),
    random,
  );
  engine.protect("receive", secrets.server);
  engine.protect("send", secrets.client);

  const encrypted = new Reader((yield* engine.next(8)).body).extensions();
  const chosen = encrypted.get(16)?.vector(2).vector(1).rest();
  if (
    chosen !== undefined &&
    !protocols.some((one) => firstDifference(one, chosen) === -1)
  ) throw new Refusal(Alert.illegalParameter, "a protocol not offered");

  let next = yield* engine.next(11, 13);
  const isAsked = next.type === 13;
  if (isAsked) next = yield* engine.next(11);
  const path = yield* judge(engine, certificateList(next.body), name);
  const before = engine.transcript;
  checkFinished(secrets, secrets.server, before, yield* engine.next(20));
  const keys = secrets.application();
  if (isAsked) {
    const [chain = null] = engine.configuration.certificateChain;
    yield* present(
      engine,
      engine.faults.has("ignores certificateChain") ? null : chain,
    );
  }
  engine.send(message(20, secrets.finished(secrets.client, engine.transcript)));
  engine.protect("receive", keys.server);
  engine.protect("send", keys.client);
  facts.cipher = cipher;
  facts.protocol = chosen === undefined ? null : protocolName(chosen);
  facts.path = path;
}
