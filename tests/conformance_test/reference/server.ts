/**
 * The server's handshake for the reference backend.
 *
 * @module
 */
import { firstDifference } from "../../conformance/_bytes.ts";
import type { Certificate, TLSWrappedBuffer, Want } from "../../../mod.ts";
import { derOf } from "./credentials.ts";
import { Alert, type Engine, type Message, Refusal } from "./engine.ts";
import {
  checkFinished,
  ECDSA_P256,
  type Facts,
  groupsOf,
  judge,
  present,
  protocolsOf,
  RETRY_RANDOM,
  schemesOf,
  Secrets,
  suitesOf,
} from "./handshake.ts";
import {
  certificateList,
  extension,
  message,
  protocolName,
  Reader,
  u16,
  u8,
  vector,
} from "./messages.ts";
import { digest, makeShare, SUITES } from "./schedule.ts";
import { isFor } from "./validate.ts";

interface Offer {
  readonly random: Uint8Array;
  readonly session: Uint8Array;
  readonly ciphers: readonly number[];
  readonly groups: readonly number[];
  readonly shares: ReadonlyMap<number, Uint8Array>;
  readonly protocols: readonly Uint8Array[];
  readonly schemes: readonly number[];
  readonly name: string | null;
}

function readOffer({ body }: Message): Offer {
  const reader = new Reader(body);
  reader.uint(2);
  const random = reader.take(32).slice();
  const session = reader.vector(1).rest().slice();
  const ciphers = reader.vector(2).uint16s();
  reader.vector(1);
  const extensions = reader.extensions();
  const versions = extensions.get(43)?.vector(1).uint16s() ?? [];
  if (!versions.includes(0x0304)) {
    throw new Refusal(Alert.protocolVersion, "the client speaks no TLS 1.3");
  }
  const shares = new Map<number, Uint8Array>();
  const list = extensions.get(51)!.vector(2);
  while (!list.empty) shares.set(list.uint(2), list.vector(2).rest().slice());
  const protocols: Uint8Array[] = [];
  const names = extensions.get(16)?.vector(2);
  while (names !== undefined && !names.empty) {
    protocols.push(names.vector(1).rest().slice());
  }
  const host = extensions.get(0)?.vector(2);
  host?.uint(1);
  return {
    random,
    session,
    ciphers,
    groups: extensions.get(10)!.vector(2).uint16s(),
    shares,
    protocols,
    schemes: extensions.get(13)!.vector(2).uint16s(),
    name: host === undefined
      ? null
      : new TextDecoder().decode(host.vector(2).rest()),
  };
}

export function* serverHandshake(
  engine: Engine,
  buffer: TLSWrappedBuffer,
  facts: Facts,
): Generator<Want, void, void> {
  const { faults } = engine;
  let offer = readOffer(yield* engine.next(1));
  const cipher = suitesOf(engine).find((one) => offer.ciphers.includes(one));
  const group = groupsOf(engine).find((one) => offer.groups.includes(one));
  if (cipher === undefined || group === undefined) {
    throw new Refusal(Alert.handshakeFailure, "nothing in common");
  }
  if (
    !schemesOf(engine).includes(ECDSA_P256) ||
    !offer.schemes.includes(ECDSA_P256)
  ) throw new Refusal(Alert.handshakeFailure, "no scheme in common");
  engine.suite = SUITES[cipher]!;
  const hello = (random: Uint8Array, keyShare: Uint8Array) =>
    message(
      2,
      u16(0x0303),
      random,
      vector(1, offer.session),
      u16(cipher),
      u8(0),
      vector(
        2,
        extension(43, u16(0x0304)),
        extension(51, u16(group), keyShare),
      ),
    );
  if (!offer.shares.has(group)) {
    // RFC 8446, section 4.4.1: the first ClientHello becomes its hash.
    engine.transcript = message(254, digest(engine.suite, engine.transcript));
    engine.send(hello(RETRY_RANDOM, new Uint8Array()));
    offer = readOffer(yield* engine.next(1));
  }
  const theirs = offer.shares.get(group);
  if (theirs === undefined) {
    throw new Refusal(Alert.illegalParameter, "no share of the group");
  }

  let { configuration } = engine;
  if (
    configuration.sniCallback !== null && !faults.has("ignores sniCallback")
  ) {
    const chosen = configuration.sniCallback(buffer, offer.name, configuration);
    if (
      !(chosen instanceof Promise &&
        faults.has("ignores sniCallback's promise"))
    ) configuration = yield* engine.wait(chosen);
  }
  const chains = configuration.certificateChain;
  const chain = faults.has("chooses the first chain")
    ? chains[0]
    : chains.find(({ leaf }) =>
      offer.name !== null && isFor(derOf(leaf), offer.name)
    ) ?? chains[0];
  if (chain === undefined) {
    throw new Refusal(Alert.handshakeFailure, "no certificate to present");
  }
  const ours = protocolsOf(engine, configuration);
  const chosen = ours.find((one) =>
    offer.protocols.some((other) => firstDifference(one, other) === -1)
  );
  if (
    ours.length > 0 && offer.protocols.length > 0 && chosen === undefined &&
    !faults.has("accepts without common protocol")
  ) throw new Refusal(Alert.noApplicationProtocol, "no protocol in common");

  const share = makeShare(group);
  engine.send(
    hello(
      crypto.getRandomValues(new Uint8Array(32)),
      vector(2, share.publicKey),
    ),
  );
  const secrets = new Secrets(engine, share.agree(theirs), offer.random);
  engine.protect("send", secrets.server);
  engine.protect("receive", secrets.client);
  engine.send(message(
    8,
    vector(
      2,
      ...chosen === undefined
        ? []
        : [extension(16, vector(2, vector(1, chosen)))],
    ),
  ));
  const asks = configuration.clientAuthentication !== "none" &&
    !faults.has("ignores clientAuthentication");
  if (asks) {
    engine.send(message(
      13,
      vector(1),
      vector(2, extension(13, vector(2, ...schemesOf(engine).map(u16)))),
    ));
  }
  yield* present(engine, chain);
  engine.send(message(20, secrets.finished(secrets.server, engine.transcript)));
  const keys = secrets.application();
  engine.protect("send", keys.server);

  let path: readonly Certificate[] | null = null;
  if (asks) {
    const sent = certificateList((yield* engine.next(11)).body);
    const isRequired = faults.has("takes request for require") ||
      configuration.clientAuthentication === "require" &&
        !faults.has("takes require for request");
    if (sent.length > 0) path = yield* judge(engine, sent, null);
    else if (isRequired) {
      throw new Refusal(Alert.certificateRequired, "no certificate was shown");
    }
  }
  const before = engine.transcript;
  checkFinished(secrets, secrets.client, before, yield* engine.next(20));
  engine.protect("receive", keys.client);
  facts.cipher = cipher;
  facts.protocol = chosen === undefined ? null : protocolName(chosen);
  facts.path = path;
}
