/**
 * What costs a peer little and this end much: messages that can only be refused,
 * records that count for nothing, what stands between the parts of a message.
 */
import { assertEquals } from "@std/assert";
import {
  AlertDescription,
  ContentType,
  ExtensionType,
  HandshakeType,
} from "../../../backends/pure/engine/iana.ts";
import { editExtensions, editing, having } from "./edit.ts";
import { Forger } from "./forge.ts";
import { clientSettings, credential, serverSettings } from "./identity.ts";
import { join, outcome, pairOf, shake } from "./pair.ts";

const server = await credential();

function pair(
  client: Parameters<typeof clientSettings>[0] = {},
  overrides: Parameters<typeof serverSettings>[1] = {},
) {
  const ends = pairOf(
    clientSettings(client),
    serverSettings([server], overrides),
  );
  return {
    ...ends,
    [Symbol.dispose]() {
      ends.client.connection.destroy();
      ends.server.connection.destroy();
    },
  };
}

/** A record without protection. */
function record(type: number, content: Uint8Array): Uint8Array {
  const header = [type, 3, 3, content.length >>> 8, content.length & 0xff];
  return join([Uint8Array.from(header), content]);
}

/** The header of a handshake message that announces `length` bytes. */
function header(type: number, length: number): Uint8Array {
  return Uint8Array.of(type, length >>> 16, length >>> 8 & 0xff, length & 0xff);
}

for (
  const [name, type] of Object.entries(HandshakeType).filter(([name]) =>
    name !== "client_hello"
  )
) {
  Deno.test(`a server that waits for ClientHello waits for no ${name}'s body`, async () => {
    using ends = pair();
    ends.server.connection.feed(
      record(ContentType.handshake, header(type, 60_000)),
    );
    assertEquals(await ends.server.handshake(), "failed");
    assertEquals(outcome(ends.server), "sent unexpected_message");
  });
}

Deno.test("a client that waits for ServerHello waits for no Certificate's body", async () => {
  using ends = pair();
  await ends.client.handshake();
  ends.client.connection.feed(
    record(ContentType.handshake, header(HandshakeType.certificate, 200_000)),
  );
  assertEquals(await ends.client.handshake(), "failed");
  assertEquals(outcome(ends.client), "sent unexpected_message");
});

for (const by of ["client", "server"] as const) {
  Deno.test(`a connected ${by} waits for no Certificate's body`, async () => {
    using ends = pair();
    await shake(ends.client, ends.server);
    const [from, to] = by === "server"
      ? [ends.client, ends.server]
      : [ends.server, ends.client];
    to.connection.feed(
      new Forger(from).record(
        ContentType.handshake,
        header(HandshakeType.certificate, 200_000),
      ),
    );
    assertEquals((await to.readAll()).end, "failed");
    assertEquals(outcome(to), "sent unexpected_message");
  });
}

Deno.test("a server skips early data within a budget that empty records use up too", async () => {
  for (
    const [count, expected] of [[100, "connected"], [
      20_000,
      "sent unexpected_message",
    ]] as const
  ) {
    using ends = pair({
      hooks: editing(
        { type: HandshakeType.client_hello },
        (m) => editExtensions(m, having(ExtensionType.early_data)),
      ),
    });
    await ends.client.handshake();
    const hello = ends.client.takeOutgoing();
    const empty = record(ContentType.application_data, new Uint8Array(0));
    ends.server.connection.feed(
      join([hello, ...Array.from({ length: count }, () => empty)]),
    );
    await ends.server.handshake();
    await shake(ends.client, ends.server);
    assertEquals(outcome(ends.server), expected);
  }
});

for (
  const [name, description] of [
    ["user_canceled", AlertDescription.user_canceled],
    ["close_notify", AlertDescription.close_notify],
  ] as const
) {
  Deno.test(`${name} between the parts of a message is refused`, async () => {
    using ends = pair();
    await shake(ends.client, ends.server);
    const forger = new Forger(ends.client);
    const part = header(HandshakeType.key_update, 1);
    ends.server.connection.feed(join([
      forger.record(ContentType.handshake, part),
      forger.record(ContentType.alert, Uint8Array.of(1, description)),
      forger.record(ContentType.handshake, Uint8Array.of(0)),
    ]));
    assertEquals((await ends.server.readAll()).end, "failed");
    assertEquals(outcome(ends.server), "sent unexpected_message");
  });
}

Deno.test("a fatal alert between the parts of a message is heard", async () => {
  using ends = pair();
  await shake(ends.client, ends.server);
  const forger = new Forger(ends.client);
  ends.server.connection.feed(join([
    forger.record(ContentType.handshake, header(HandshakeType.key_update, 1)),
    forger.record(
      ContentType.alert,
      Uint8Array.of(2, AlertDescription.internal_error),
    ),
  ]));
  assertEquals((await ends.server.readAll()).end, "failed");
  assertEquals(outcome(ends.server), "received internal_error");
});
