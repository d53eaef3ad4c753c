/**
 * What happens on a connection besides the handshake: keys change, ends close,
 * peers misbehave with the right keys, limits bind.
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  AlertDescription,
  ContentType,
  HandshakeType,
} from "../../../backends/pure/engine/iana.ts";
import { MAX_OUTGOING } from "../../../backends/pure/engine/connection.ts";
import { encodeHandshake } from "../../../backends/pure/engine/messages/handshake.ts";
import { KEY_LIMITS } from "../../../backends/pure/engine/record/limits.ts";
import { Forger } from "./forge.ts";
import { clientSettings, credential, serverSettings } from "./identity.ts";
import { type End, join, outcome, pairOf, send, shake } from "./pair.ts";

const server = await credential();
const DATA = new TextEncoder().encode("plaintext");

async function connectedPair(
  client: Parameters<typeof clientSettings>[0] = {},
  overrides: Parameters<typeof serverSettings>[1] = {},
) {
  const pair = pairOf(
    clientSettings(client),
    serverSettings([server], overrides),
  );
  await shake(pair.client, pair.server);
  assertEquals(outcome(pair.client), "connected");
  assertEquals(outcome(pair.server), "connected");
  return pair;
}

function destroy(pair: Awaited<ReturnType<typeof connectedPair>>): void {
  pair.client.connection.destroy();
  pair.server.connection.destroy();
}

/** A message with a body that need not be of its form. */
function message(type: number, body: Uint8Array): Uint8Array {
  return join([
    Uint8Array.of(type, 0, body.length >>> 8, body.length & 0xff),
    body,
  ]);
}

const TICKET = message(
  HandshakeType.new_session_ticket,
  Uint8Array.of(0, 0, 1, 0, 1, 2, 3, 4, 1, 0, 0, 1, 9, 0, 0),
);

for (const requested of [false, true]) {
  for (const by of ["client", "server"] as const) {
    Deno.test(`updateKeys(${requested}) by the ${by} changes keys in step`, async () => {
      const pair = await connectedPair();
      const [from, to] = by === "client"
        ? [pair.client, pair.server]
        : [pair.server, pair.client];
      for (let round = 0; round < 3; round++) {
        from.connection.updateKeys(requested);
        assertEquals(await send(from, to, DATA), DATA);
        assertEquals(to.connection.outgoing > 0, requested);
        assertEquals(await send(to, from, DATA), DATA);
      }
      const generation = (label: string) => Number(/\d+$/.exec(label)![0]);
      const state = from.connection.connected!;
      assertEquals(generation(state.write.keyLogLabel), 3);
      assertEquals(generation(state.read.keyLogLabel), requested ? 3 : 0);
      destroy(pair);
    });
  }
}

Deno.test("write() and read() update keys by themselves before the AEAD's limit", async () => {
  const sequence = KEY_LIMITS["AES-128-GCM"].update - 2;
  const pair = await connectedPair(
    { hooks: { sequence } },
    { hooks: { sequence } },
  );
  for (let i = 0; i < 3; i++) {
    assertEquals(await send(pair.client, pair.server, DATA), DATA);
  }
  const { connection } = pair.client;
  assertEquals(
    connection.connected!.write.keyLogLabel,
    "CLIENT_TRAFFIC_SECRET_1",
  );
  destroy(pair);
});

Deno.test("read() asks the peer for a KeyUpdate, once, where the peer's key is used up", async () => {
  const { update } = KEY_LIMITS["AES-128-GCM"];
  // The client counts from the limit and never updates: only its peer does.
  const pair = await connectedPair(
    { hooks: { sequence: update - 1 } },
    { hooks: { sequence: update - 1 } },
  );
  const forger = pair.client.connection;
  forger.write(DATA);
  pair.server.connection.feed(pair.client.takeOutgoing());
  assertEquals((await pair.server.readAll()).data, DATA);
  const asked = pair.server.takeOutgoing();
  assert(asked.length > 0, "a KeyUpdate with update_requested");
  forger.feed(asked);
  await pair.client.readAll();
  assertEquals(
    forger.connected!.write.keyLogLabel,
    "CLIENT_TRAFFIC_SECRET_1",
  );
  destroy(pair);
});

Deno.test("close() ends one direction, and the other goes on", async () => {
  const pair = await connectedPair();
  pair.client.connection.close();
  pair.server.connection.feed(pair.client.takeOutgoing());
  assertEquals((await pair.server.readAll()).end, "end");
  assert(pair.server.connection.readClosed);
  assertEquals(await send(pair.server, pair.client, DATA), DATA);
  pair.server.connection.close();
  pair.client.connection.feed(pair.server.takeOutgoing());
  assertEquals((await pair.client.readAll()).end, "end");
  destroy(pair);
});

Deno.test("close() is the last word: a KeyUpdate that asks for one stays unanswered", async () => {
  const pair = await connectedPair();
  const { connection } = pair.server;
  connection.close();
  pair.server.takeOutgoing();
  pair.client.connection.updateKeys(true);
  assertEquals(await send(pair.client, pair.server, DATA), DATA);
  assertEquals(connection.outgoing, 0);
  destroy(pair);
});

Deno.test("close() at both ends wipes the secrets", async () => {
  const pair = await connectedPair();
  const { exporter } = pair.server.connection.connected!;
  pair.server.connection.close();
  exporter.export("still there", new Uint8Array(0), 16);
  pair.client.connection.close();
  pair.server.connection.feed(pair.client.takeOutgoing());
  assertEquals((await pair.server.readAll()).end, "end");
  assertThrows(() => exporter.export("gone", new Uint8Array(0), 16));
  destroy(pair);
});

Deno.test("endOfInput() without close_notify is truncation, behind the data", async () => {
  const pair = await connectedPair();
  pair.client.connection.write(DATA);
  pair.server.connection.feed(pair.client.takeOutgoing());
  pair.server.connection.endOfInput();
  const { data, end } = await pair.server.readAll();
  assertEquals(data, DATA);
  assertEquals(end, "failed");
  assertEquals(outcome(pair.server), "truncated");
  pair.client.connection.destroy();
});

Deno.test("read() gives nothing behind close_notify", async () => {
  const pair = await connectedPair();
  const { connection } = pair.client;
  connection.write(DATA);
  connection.close();
  const bytes = pair.client.takeOutgoing();
  pair.server.connection.feed(join([bytes, Uint8Array.of(1, 2, 3)]));
  const { data, end } = await pair.server.readAll();
  assertEquals(data, DATA);
  assertEquals(end, "end");
  assertEquals(pair.server.connection.incoming, 3);
  destroy(pair);
});

Deno.test("read() works with memory of any size", async () => {
  const pair = await connectedPair();
  const data = crypto.getRandomValues(new Uint8Array(40_000));
  pair.client.connection.write(data);
  pair.server.connection.feed(pair.client.takeOutgoing());
  const parts: Uint8Array[] = [];
  for (let size = 1;; size = size % 9001 + 997) {
    const part = new Uint8Array(size);
    const found = pair.server.connection.read(part);
    if (typeof found !== "number") {
      assertEquals(found, "need-input");
      break;
    }
    parts.push(part.subarray(0, found));
  }
  assertEquals(join(parts), data);
  destroy(pair);
});

Deno.test("write() takes no more than the peer lets go", async () => {
  const pair = await connectedPair();
  const { connection } = pair.client;
  let taken = 0;
  for (let n = 1; n > 0;) {
    n = connection.write(new Uint8Array(50_000));
    taken += n;
  }
  assert(taken <= MAX_OUTGOING);
  assert(connection.outgoing < 2 * MAX_OUTGOING);
  connection.consumeOutgoing(connection.outgoing);
  assertEquals(connection.write(new Uint8Array(50_000)), 50_000);
  destroy(pair);
});

/** What an end says of forged records of the other. */
async function verdict(
  role: "client" | "server",
  forge: (forger: Forger) => readonly Uint8Array[],
): Promise<string> {
  const pair = await connectedPair();
  const [victim, liar] = role === "client"
    ? [pair.client, pair.server]
    : [pair.server, pair.client];
  victim.connection.feed(join(forge(new Forger(liar))));
  await victim.readAll();
  const result = outcome(victim as End<never>);
  destroy(pair);
  return result;
}

const { handshake, alert, application_data, change_cipher_spec } = ContentType;
const UPDATE = encodeHandshake("key_update", false);
const FINISHED = encodeHandshake("finished", new Uint8Array(32));

/** Written before the code was run against it. */
const VERDICTS: readonly [
  string,
  "client" | "server" | "both",
  (forger: Forger) => readonly Uint8Array[],
  string,
][] = [
  ["a ticket", "client", (f) => [f.record(handshake, TICKET)], "connected"],
  [
    "a ticket",
    "server",
    (f) => [f.record(handshake, TICKET)],
    "sent unexpected_message",
  ],
  [
    "a ticket in two records",
    "client",
    (f) => [
      f.record(handshake, TICKET.subarray(0, 5)),
      f.record(handshake, TICKET.subarray(5)),
    ],
    "connected",
  ],
  [
    "a ticket with data in its middle",
    "client",
    (f) => [
      f.record(handshake, TICKET.subarray(0, 5)),
      f.record(application_data, DATA),
    ],
    "sent unexpected_message",
  ],
  [
    "33 tickets in a row",
    "client",
    (f) => [f.repeat(handshake, TICKET, 33)],
    "sent unexpected_message",
  ],
  [
    "tickets with data between them",
    "client",
    (f) => [
      f.repeat(handshake, TICKET, 32),
      f.record(application_data, DATA),
      f.repeat(handshake, TICKET, 32),
    ],
    "connected",
  ],
  [
    "a KeyUpdate with another message behind it",
    "both",
    (f) => [f.record(handshake, join([UPDATE, UPDATE]))],
    "sent unexpected_message",
  ],
  [
    "a KeyUpdate with a part of one behind it",
    "both",
    (f) => [f.record(handshake, join([UPDATE, UPDATE.subarray(0, 2)]))],
    "sent unexpected_message",
  ],
  [
    "the old key after a KeyUpdate",
    "both",
    (f) => [f.record(handshake, UPDATE), f.record(application_data, DATA)],
    "sent bad_record_mac",
  ],
  [
    "a KeyUpdate of value 2",
    "both",
    (f) => [f.record(handshake, message(24, Uint8Array.of(2)))],
    "sent illegal_parameter",
  ],
  [
    "a KeyUpdate of two bytes",
    "both",
    (f) => [f.record(handshake, message(24, Uint8Array.of(0, 0)))],
    "sent decode_error",
  ],
  [
    "a second Finished",
    "both",
    (f) => [f.record(handshake, FINISHED)],
    "sent unexpected_message",
  ],
  [
    "a CertificateRequest that was not allowed",
    "client",
    (f) => [
      f.record(
        handshake,
        message(13, Uint8Array.of(0, 0, 8, 0, 13, 0, 4, 0, 2, 4, 3)),
      ),
    ],
    "sent unexpected_message",
  ],
  [
    "a message of an unknown type",
    "both",
    (f) => [f.record(handshake, message(99, DATA))],
    "sent unexpected_message",
  ],
  [
    "a message that is too long",
    "both",
    (f) => [f.record(handshake, Uint8Array.of(4, 1, 0, 1))],
    "sent illegal_parameter",
  ],
  [
    "an empty handshake record",
    "both",
    (f) => [f.record(handshake, new Uint8Array(0))],
    "sent unexpected_message",
  ],
  [
    "an empty alert",
    "both",
    (f) => [f.record(alert, new Uint8Array(0))],
    "sent unexpected_message",
  ],
  [
    "half an alert",
    "both",
    (f) => [f.record(alert, Uint8Array.of(2))],
    "sent decode_error",
  ],
  [
    "two alerts in one record",
    "both",
    (f) => [f.record(alert, Uint8Array.of(1, 0, 1, 0))],
    "sent decode_error",
  ],
  [
    "32 empty records",
    "both",
    (f) => [f.repeat(application_data, new Uint8Array(0), 32)],
    "connected",
  ],
  [
    "33 empty records",
    "both",
    (f) => [f.repeat(application_data, new Uint8Array(0), 33)],
    "sent unexpected_message",
  ],
  [
    "4 warnings",
    "both",
    (f) => [f.repeat(alert, Uint8Array.of(1, 90), 4)],
    "connected",
  ],
  [
    "5 warnings",
    "both",
    (f) => [f.repeat(alert, Uint8Array.of(1, 90), 5)],
    "sent unexpected_message",
  ],
  [
    "an alert of level warning that is an error",
    "both",
    (f) => [f.record(alert, Uint8Array.of(1, 40))],
    "received handshake_failure",
  ],
  [
    "an unknown alert",
    "both",
    (f) => [f.record(alert, Uint8Array.of(1, 200))],
    "received alert 200",
  ],
  [
    "change_cipher_spec under protection",
    "both",
    (f) => [f.record(change_cipher_spec, Uint8Array.of(1))],
    "sent unexpected_message",
  ],
  [
    "change_cipher_spec after the handshake",
    "both",
    () => [Uint8Array.of(20, 3, 3, 0, 1, 1)],
    "sent unexpected_message",
  ],
  [
    "an unprotected alert",
    "both",
    () => [Uint8Array.of(21, 3, 3, 0, 2, 1, 0)],
    "sent unexpected_message",
  ],
  [
    "an unprotected message",
    "both",
    () => [join([Uint8Array.of(22, 3, 3, 0, 5), UPDATE])],
    "sent unexpected_message",
  ],
];

for (const [what, role, forge, expected] of VERDICTS) {
  Deno.test(`read() takes ${what} at the ${role} as "${expected}"`, async () => {
    const roles = role === "both" ? ["client", "server"] as const : [role];
    for (const one of roles) assertEquals(await verdict(one, forge), expected);
  });
}

Deno.test("read() stops while answers to KeyUpdates are not taken", async () => {
  const pair = await connectedPair();
  const { client, server } = pair;
  // Data alone is not what stops it.
  while (server.connection.write(new Uint8Array(20_000)) > 0);
  assertEquals((await server.readAll()).end, "need-input");
  const answers = 20_000;
  let processed = 0;
  for (; processed < answers; processed++) {
    client.connection.updateKeys(true);
    client.connection.write(DATA);
    server.connection.feed(client.takeOutgoing());
    const { end } = await server.readAll();
    if (end !== "need-input") {
      assertEquals(end, "need-drain");
      break;
    }
  }
  assert(processed < answers);
  assert(server.connection.outgoing < 4 * MAX_OUTGOING);
  server.takeOutgoing();
  assertEquals((await server.readAll()).end, "need-input");
  destroy(pair);
});

Deno.test("every operation after a failure gives that failure", async () => {
  const pair = await connectedPair();
  const { connection } = pair.server;
  connection.feed(Uint8Array.of(23, 3, 3, 0, 20, ...new Uint8Array(20)));
  assertEquals((await pair.server.readAll()).end, "failed");
  assertEquals(outcome(pair.server), "sent bad_record_mac");
  const { failure } = connection;
  assertEquals(connection.handshake(), "failed");
  assertEquals(connection.read(new Uint8Array(10)), "failed");
  connection.feed(DATA);
  connection.endOfInput();
  connection.close();
  assertEquals(connection.read(new Uint8Array(10)), "failed");
  assert(connection.failure === failure);
  // The alert is the last thing that leaves.
  pair.client.connection.feed(pair.server.takeOutgoing());
  await pair.client.readAll();
  assertEquals(outcome(pair.client), "received bad_record_mac");
  assertEquals(AlertDescription.bad_record_mac, 20);
});

Deno.test("answer() that comes after a failure is wiped and ignored", () => {
  const { client } = pairOf(clientSettings(), serverSettings([server]));
  const { connection } = client;
  connection.start();
  const request = connection.request!;
  assertEquals(request.type, "generateKeyShare");
  connection.abort(new Error("the application gave up"));
  assertEquals(outcome(client), "sent internal_error");
  let destroyed = 0;
  connection.answer(request, {
    group: 29,
    publicKey: new Uint8Array(32),
    derive: () => new Uint8Array(32),
    destroy: () => destroyed++,
  });
  assertEquals(destroyed, 1);
  const secret = Uint8Array.of(1, 2, 3);
  connection.answer(request, { sharedSecret: secret });
  assertEquals(secret, new Uint8Array(3));
  connection.reject(request, new Error("late"));
  assertEquals(outcome(client), "sent internal_error");
});
