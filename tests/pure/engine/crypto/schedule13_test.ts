import { assert, assertEquals, assertThrows } from "@std/assert";
import { Reader } from "../../../../backends/pure/engine/codec/reader.ts";
import { Hkdf } from "../../../../backends/pure/engine/crypto/hkdf.ts";
import {
  type ApplicationTrafficSecret,
  EarlySecret,
  type HandshakeTrafficSecret,
  type MasterSecret,
  type TrafficSecret,
} from "../../../../backends/pure/engine/crypto/schedule13.ts";
import { Transcript } from "../../../../backends/pure/engine/crypto/transcript.ts";
import {
  ContentType,
  ExtensionType,
  HandshakeType,
  NamedGroup,
} from "../../../../backends/pure/engine/iana.ts";
import { RECORD_ROOM } from "../../../../backends/pure/engine/record/limits.ts";
import {
  Opener13,
  Sealer13,
} from "../../../../backends/pure/engine/record/protect13.ts";
import { RecordReceiver } from "../../../../backends/pure/engine/record/receive.ts";
import { RecordSender } from "../../../../backends/pure/engine/record/send.ts";
import {
  nativeCrypto,
  nodeDh,
} from "../../../../backends/pure/providers/native.ts";
import { vectorTest } from "../../../vectors.ts";
import { hex, provider, toHex } from "./_provider.ts";
import {
  contentOf,
  extension,
  keyShare,
  messagesOf,
  readTraces,
  type Trace,
} from "./_rfc8448.ts";

const AEAD = "AES-128-GCM";
const hkdf = new Hkdf(provider, "sha256");
const crypto = nativeCrypto()!;

/** The private key, somewhere in the pool, that gives this share. */
function privateKeyOf(
  pool: Uint8Array,
  share: { group: number; key: Uint8Array },
) {
  const curve = share.group === NamedGroup.x25519 ? "X25519" : "P-256";
  const dh = nodeDh(crypto, curve);
  for (let at = 32; at + 32 <= pool.length; at += 32) {
    const key = dh.import(pool.subarray(at, at + 32));
    assert(!(key instanceof Promise));
    if (toHex(key.publicKey) === toHex(share.key)) {
      return key;
    }
  }
  throw new Error("the pool has no key of this share");
}

/** One direction under one secret: what it opens, it also seals to the same. */
class Direction {
  readonly #receiver = new RecordReceiver();
  readonly #sender = new RecordSender();
  readonly #room = new Uint8Array(RECORD_ROOM);

  install(secret: TrafficSecret): void {
    for (let i = 0; i < 2; i++) {
      const { key, iv } = secret.trafficKeys(AEAD);
      const aead = provider.createAead(AEAD, key, iv);
      if (i === 0) {
        this.#receiver.install(new Opener13(aead));
      } else {
        this.#sender.install(new Sealer13(aead));
      }
    }
  }

  /** Opens one record of `type`. */
  open(record: Uint8Array, type: ContentType): Uint8Array {
    this.#receiver.feed(record);
    assertEquals(this.#receiver.next(this.#room), type);
    const content = this.#room.slice(0, this.#receiver.length);
    this.#sender.write(type, content);
    assertEquals(toHex(this.#sender.queue.peek()), toHex(record));
    this.#sender.queue.consume(record.length);
    return content;
  }
}

/** Cuts a string of records apart, and leaves change_cipher_spec out. */
function recordsOf(bytes: Uint8Array): Uint8Array[] {
  const reader = new Reader(bytes);
  const records: Uint8Array[] = [];
  while (reader.remaining > 0) {
    const start = reader.offset;
    const type = reader.uint8();
    reader.uint16();
    reader.bytes(reader.uint16());
    if (type !== ContentType.change_cipher_spec) {
      records.push(reader.since(start));
    }
  }
  return records;
}

interface Replay {
  readonly trace: Trace;
  readonly psk?: { kind: "external" | "resumption"; secret: Uint8Array };
}

function checkBinder(
  early: EarlySecret,
  transcript: Transcript,
  hello: Uint8Array,
  kind: "external" | "resumption",
): void {
  const body = new Reader(extension(hello, ExtensionType.pre_shared_key)!);
  body.vector16();
  const bindersLength = 2 + body.remaining - 2;
  const binder = body.vector16().vector8().rest();
  const truncated = hello.subarray(0, hello.length - bindersLength);
  const key = early.binderKey(kind);
  assertEquals(
    toHex(key.binder(transcript.digestWith("sha256", truncated))),
    toHex(binder),
  );
  key.destroy();
  assertThrows(() => key.binder(binder), Error, "wiped");
}

/** Goes through a trace; gives the PSK of its ticket, where it has one. */
function replay({ trace, psk }: Replay): Uint8Array | null {
  const early = new EarlySecret(hkdf, psk?.secret ?? null);
  const transcript = new Transcript(provider);
  let hello = contentOf(trace.bytes("Record_ClientHello_1"));
  const client = new Direction();
  const server = new Direction();
  if (psk !== undefined) {
    checkBinder(early, transcript, hello, psk.kind);
  }
  transcript.add(hello);
  let earlyData = null;
  if (trace.has("Client_EarlyAppData")) {
    earlyData = early.clientTraffic(transcript.digestWith("sha256", hex("")));
    client.install(earlyData);
    assertEquals(
      client.open(
        trace.bytes("Record_Client_EarlyAppData"),
        ContentType.application_data,
      ),
      trace.bytes("Client_EarlyAppData"),
    );
  }
  if (trace.has("Record_HelloRetryRequest")) {
    transcript.select("sha256");
    transcript.replaceByMessageHash();
    transcript.add(contentOf(trace.bytes("Record_HelloRetryRequest")));
    hello = contentOf(trace.bytes("Record_ClientHello_2"));
    transcript.add(hello);
  }
  const serverHello = trace.bytes("Message_ServerHello");
  assertEquals(
    toHex(contentOf(recordsOf(trace.bytes("Record_ServerHello"))[0]!)),
    toHex(serverHello),
  );
  transcript.select("sha256");
  transcript.add(serverHello);

  const clientShare = keyShare(hello);
  const serverShare = keyShare(serverHello);
  const shared = privateKeyOf(trace.bytes("Client_RNG_Pool"), clientShare)
    .derive(serverShare.key);
  assert(shared instanceof Uint8Array);
  assertEquals(
    shared,
    privateKeyOf(trace.bytes("Server_RNG_Pool"), serverShare)
      .derive(clientShare.key),
  );

  const handshake = early.toHandshake(shared);
  assertThrows(() => early.toHandshake(shared), Error, "wiped");
  const clientHandshake = handshake.clientTraffic(transcript.digest());
  const serverHandshake = handshake.serverTraffic(transcript.digest());
  server.install(serverHandshake);
  const flight = recordsOf(trace.bytes("Record_ServerHandshakeMessages"))
    .flatMap((record) =>
      messagesOf(server.open(record, ContentType.handshake))
    );
  const named = [
    "Message_EncryptedExtensions",
    "Message_CertificateRequest",
    "Message_Server_Certificate",
    "Message_Server_CertificateVerify",
    "Message_Server_Finished",
  ].filter((name) => trace.has(name)).map((name) => trace.bytes(name));
  const expected = psk?.kind === "resumption"
    ? restoreFlight({ flight, named, transcript, serverHandshake })
    : flight;
  assertEquals(expected.map(toHex), named.map(toHex));
  for (const message of expected) {
    if (message[0] === HandshakeType.finished) {
      assertEquals(
        toHex(serverHandshake.verifyData(transcript.digest())),
        toHex(message.subarray(4)),
      );
    }
    transcript.add(message);
  }

  const master = handshake.toMaster();
  assertThrows(() => handshake.toMaster(), Error, "wiped");
  const clientTraffic = master.clientTraffic(transcript.digest());
  const serverTraffic = master.serverTraffic(transcript.digest());
  checkFinished({ trace, client, clientHandshake, earlyData, transcript });
  client.install(clientTraffic);
  server.install(serverTraffic);

  let ticketPsk = null;
  if (trace.has("Record_NewSessionTicket")) {
    const ticket = server.open(
      trace.bytes("Record_NewSessionTicket"),
      ContentType.handshake,
    );
    const reader = new Reader(ticket);
    reader.bytes(4 + 4 + 4);
    const nonce = reader.vector8().rest();
    ticketPsk = master.resumption(transcript.digest()).psk(nonce);
    assertEquals(reader.vector16().rest(), trace.bytes("SessionTicket"));
  }
  checkApplication(trace, client, server);
  return ticketPsk;
}

/**
 * The resumed trace's server flight was made anew by those who wrote the file
 * down, without the server_name extension, and its Finished fits that; all the
 * rest of the trace, the Finished that stands apart too, is RFC 8448's own. So
 * the record is checked for itself, and the trace goes on with the flight that
 * the RFC has.
 */
function restoreFlight({ flight, named, transcript, serverHandshake }: {
  flight: readonly Uint8Array[];
  named: Uint8Array[];
  transcript: Transcript;
  serverHandshake: HandshakeTrafficSecret;
}): readonly Uint8Array[] {
  const rewritten = transcript.clone();
  rewritten.add(flight[0]!);
  assertEquals(flight[0], named[0]);
  assertEquals(
    toHex(serverHandshake.verifyData(rewritten.digest())),
    toHex(flight[1]!.subarray(4)),
  );
  // 40 bytes of extensions: the others, then server_name, then early_data.
  const original = toHex(named[0]!)
    .replace("080000240022", "080000280026")
    .replace(/002a0000$/, "00000000002a0000");
  named[0] = hex(original);
  return named;
}

function checkFinished({ trace, client, ...rest }: {
  trace: Trace;
  client: Direction;
  clientHandshake: HandshakeTrafficSecret;
  earlyData: TrafficSecret | null;
  transcript: Transcript;
}): void {
  const { clientHandshake, earlyData, transcript } = rest;
  const records = recordsOf(trace.bytes("Record_ClientFinished"));
  const messages: Uint8Array[] = [];
  if (earlyData !== null) {
    const end = client.open(records.shift()!, ContentType.handshake);
    assertEquals(toHex(end), "05000000");
    transcript.add(end);
  }
  client.install(clientHandshake);
  for (const record of records) {
    messages.push(...messagesOf(client.open(record, ContentType.handshake)));
  }
  for (const message of messages) {
    if (message[0] === HandshakeType.finished) {
      assertEquals(
        toHex(clientHandshake.verifyData(transcript.digest())),
        toHex(message.subarray(4)),
      );
    }
    transcript.add(message);
  }
  assertEquals(messages.at(-1)![0], HandshakeType.finished);
}

function checkApplication(
  trace: Trace,
  client: Direction,
  server: Direction,
): void {
  for (
    const [side, name] of [[client, "Client"], [server, "Server"]] as const
  ) {
    if (trace.has(`${name}_AppData`)) {
      assertEquals(
        toHex(side.open(
          trace.bytes(`Record_${name}_AppData`),
          ContentType.application_data,
        )),
        toHex(trace.bytes(`${name}_AppData`)),
      );
    }
    assertEquals(
      side.open(trace.bytes(`Record_${name}_CloseNotify`), ContentType.alert),
      hex("0100"),
    );
  }
}

vectorTest("the key schedule gives every record of RFC 8448", async (t) => {
  const traces = readTraces();
  assertEquals(traces.size, 7);
  let ticketPsk: Uint8Array | null = null;
  for (const [name, trace] of traces) {
    await t.step(name, () => {
      if (name === "Resumed_0RTT_Handshake") {
        replay({ trace, psk: { kind: "resumption", secret: ticketPsk! } });
      } else if (trace.has("PskSecret")) {
        const secret = trace.bytes("PskSecret");
        replay({ trace, psk: { kind: "external", secret } });
      } else {
        ticketPsk = replay({ trace }) ?? ticketPsk;
      }
    });
  }
});

/** Stages over an invented transcript. */
function stages() {
  const hash = provider.digest("sha256", hex("01"));
  const early = new EarlySecret(hkdf, null);
  const handshake = early.toHandshake(hash);
  return { hash, handshake };
}

Deno.test("next() gives the next generation and wipes this one", () => {
  const { hash, handshake } = stages();
  const first = handshake.toMaster().serverTraffic(hash);
  const secret = first.exportForKeyLog();
  assertEquals(first.keyLogLabel, "SERVER_TRAFFIC_SECRET_0");
  let generation = first.next();
  assertThrows(() => first.trafficKeys(AEAD), Error, "wiped");
  assertEquals(
    generation.exportForKeyLog(),
    hkdf.expandLabel(secret, "traffic upd", hex("")),
  );
  for (let i = 1; i < 12; i++) {
    assertEquals(generation.keyLogLabel, `SERVER_TRAFFIC_SECRET_${i}`);
    generation = generation.next();
  }
});

Deno.test("export() depends on label, context and length", () => {
  const { hash, handshake } = stages();
  const exporter = handshake.toMaster().exporter(hash);
  const values = [
    exporter.export("a", hex(""), 32),
    exporter.export("b", hex(""), 32),
    exporter.export("a", hex("00"), 32),
    exporter.export("a", hex(""), 33).subarray(0, 32),
  ].map(toHex);
  assertEquals(new Set(values).size, 4);
  const derived = hkdf.expandLabel(
    exporter.exportForKeyLog(),
    "a",
    provider.digest("sha256", hex("")),
  );
  assertEquals(
    values[2],
    toHex(
      hkdf.expandLabel(
        derived,
        "exporter",
        provider.digest("sha256", hex("00")),
        32,
      ),
    ),
  );
  exporter.destroy();
  assertThrows(() => exporter.export("a", hex(""), 32), Error, "wiped");
});

Deno.test("toHandshake() takes a PSK alone", () => {
  const psk = provider.digest("sha256", hex("02"));
  const hash = provider.digest("sha256", hex("03"));
  const alone = new EarlySecret(hkdf, psk).toHandshake(null);
  const zeros = new EarlySecret(hkdf, psk).toHandshake(new Uint8Array(32));
  assertEquals(
    alone.clientTraffic(hash).exportForKeyLog(),
    zeros.clientTraffic(hash).exportForKeyLog(),
  );
});

/** What must not compile; it is checked, and never called. */
export function misuse(
  early: EarlySecret,
  master: MasterSecret,
  application: ApplicationTrafficSecret,
  handshake: HandshakeTrafficSecret,
): void {
  // @ts-expect-error the early secret is not the master secret
  const _wrongStage: MasterSecret = early;
  // @ts-expect-error there is no application traffic before the last stage
  early.serverTraffic(new Uint8Array(32));
  // @ts-expect-error Finished is not under an application secret
  application.verifyData(new Uint8Array(32));
  // @ts-expect-error a handshake secret is not updated
  handshake.next();
  // @ts-expect-error one epoch's secret does not stand for another's
  const _wrongEpoch: ApplicationTrafficSecret = handshake;
  // @ts-expect-error nothing comes after the last stage
  master.toMaster();
}
