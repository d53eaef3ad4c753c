import { assert, assertEquals, assertThrows } from "@std/assert";
import { DecodeFailure } from "../../../../backends/pure/engine/codec/reader.ts";
import { TlsFailure } from "../../../../backends/pure/engine/failure.ts";
import {
  ExtensionType,
  HandshakeType,
} from "../../../../backends/pure/engine/iana.ts";
import {
  alertName,
  decodeAlert,
  encodeAlert,
} from "../../../../backends/pure/engine/messages/alert.ts";
import {
  greaseFrom,
  greaseValue,
  isGrease,
} from "../../../../backends/pure/engine/messages/grease.ts";
import {
  decodeHandshake,
  encodeHandshake,
  MAX_CERTIFICATE_LENGTH,
  MAX_MESSAGE_LENGTH,
} from "../../../../backends/pure/engine/messages/handshake.ts";
import { MAX_CHAIN_LENGTH } from "../../../../backends/pure/engine/messages/authentication.ts";
import { extension } from "../../../../backends/pure/engine/messages/extensions.ts";
import { isDowngrade } from "../../../../backends/pure/engine/messages/hello.ts";
import { HandshakeJoiner } from "../../../../backends/pure/engine/messages/joiner.ts";
import { CheapProvider } from "../../../torture/cheap_provider.ts";
import { Random } from "../../../torture/random.ts";
import { collectMessages } from "../../../torture/world.ts";
import { join } from "../pair.ts";

const messages = await collectMessages(new CheapProvider(3), new Random(3));

/** Decodes, or says which error of the family it was. */
function attempt(bytes: Uint8Array): string {
  try {
    return decodeHandshake(bytes).type;
  } catch (error) {
    if (error instanceof DecodeFailure) return "decode";
    if (error instanceof TlsFailure) return error.reason;
    throw error;
  }
}

/** Any message may come. */
const any = () => {};

Deno.test("decodeHandshake() knows each message by its type", () => {
  assertEquals(messages.size, 10);
  for (const [type, bytes] of messages) {
    assertEquals(decodeHandshake(bytes).type, type);
  }
});

Deno.test("decodeHandshake() is total: every cut and every changed byte is a message or an error of its own", () => {
  const random = new Random(11);
  let decoded = 0;
  for (const bytes of messages.values()) {
    for (let length = 0; length < bytes.length; length++) {
      const outcome = attempt(bytes.subarray(0, length));
      assert(outcome !== "", "no other error comes through");
    }
    for (let at = 0; at < bytes.length; at++) {
      for (const mask of [1, 0x80, 0xff, 1 + random.below(255)]) {
        const copy = bytes.slice();
        copy[at]! ^= mask;
        if (attempt(copy) !== "decode") decoded++;
      }
    }
  }
  // Randoms, shares and signatures may hold anything.
  assert(decoded > 1000);
});

Deno.test("decodeHandshake() refuses bytes behind a message's body", () => {
  for (const [type, bytes] of messages) {
    const longer = Uint8Array.of(...bytes, 0);
    assertEquals(attempt(longer), "decode", type);
    longer[1] = longer.length - 4 >>> 16;
    longer[2] = longer.length - 4 >>> 8;
    longer[3] = longer.length - 4;
    // Finished is as long as the hash, which only its checker knows.
    assertEquals(attempt(longer), type === "finished" ? type : "decode", type);
  }
});

Deno.test("decodeHandshake() refuses more certificates than its limit", () => {
  const encode = (count: number) =>
    encodeHandshake("certificate", {
      context: new Uint8Array(0),
      chain: Array.from({ length: count }, () => Uint8Array.of(0x30, 0)),
    });
  assertEquals(attempt(encode(MAX_CHAIN_LENGTH)), "certificate");
  assertEquals(attempt(encode(MAX_CHAIN_LENGTH + 1)), "message-too-large");
});

Deno.test("HandshakeJoiner joins messages however they are cut", () => {
  const all = [...messages.values()];
  const stream = join(all);
  for (const size of [1, 2, 3, 5, 17, 1000]) {
    const joiner = new HandshakeJoiner();
    const found: Uint8Array[] = [];
    for (let at = 0; at < stream.length; at += size) {
      joiner.push(stream.subarray(at, at + size));
      for (
        let next = joiner.next(any);
        next !== null;
        next = joiner.next(any)
      ) {
        found.push(next);
      }
    }
    assertEquals(found, all);
    assert(!joiner.pending);
  }
});

Deno.test("HandshakeJoiner refuses a message by its header, before its body has come", () => {
  const header = (type: number, length: number) =>
    Uint8Array.of(type, length >>> 16, length >>> 8 & 0xff, length & 0xff);
  const { certificate, finished } = HandshakeType;
  for (
    const [bytes, reason] of [
      [header(finished, MAX_MESSAGE_LENGTH), null],
      [header(finished, MAX_MESSAGE_LENGTH + 1), "message-too-large"],
      [header(certificate, MAX_CERTIFICATE_LENGTH), null],
      [header(certificate, MAX_CERTIFICATE_LENGTH + 1), "message-too-large"],
      [header(99, 0), "unexpected-message"],
      [header(HandshakeType.hello_request, 0), "unexpected-message"],
      [header(HandshakeType.end_of_early_data, 0), "unexpected-message"],
    ] as const
  ) {
    const joiner = new HandshakeJoiner();
    joiner.push(bytes);
    if (reason === null) {
      assertEquals(joiner.next(any), null);
      assert(joiner.pending);
    } else {
      assertEquals(
        assertThrows(() => joiner.next(any), TlsFailure).reason,
        reason,
      );
    }
  }
});

Deno.test("extension() and decodeHandshake() agree on what stands where", () => {
  const bytes = encodeHandshake("client_hello", {
    random: new Uint8Array(32),
    sessionId: new Uint8Array(0),
    cipherSuites: [0x1301],
    extensions: [
      extension("CH", "server_name", "host.test"),
      extension("CH", "supported_groups", [29, 23]),
      extension("CH", "key_share", [
        { group: 29, keyExchange: Uint8Array.of(1, 2) },
      ]),
      extension("CH", "cookie", Uint8Array.of(7)),
      extension("CH", "record_size_limit", 64),
      extension("CH", "certificate_authorities", [Uint8Array.of(0x30, 0)]),
      { type: 0xfafa, data: Uint8Array.of(9) },
    ],
  });
  const message = decodeHandshake(bytes);
  assert(message.type === "clientHello");
  const { values, raw } = message.extensions;
  assertEquals(values.server_name, "host.test");
  assertEquals(values.supported_groups, [29, 23]);
  assertEquals(values.key_share, [
    { group: 29, keyExchange: Uint8Array.of(1, 2) },
  ]);
  assertEquals(values.cookie, Uint8Array.of(7));
  assertEquals(values.record_size_limit, 64);
  assertEquals(values.certificate_authorities, [Uint8Array.of(0x30, 0)]);
  assertEquals(raw.at(-1), { type: 0xfafa, data: Uint8Array.of(9) });
  // @ts-expect-error oid_filters cannot stand in a ClientHello
  assertEquals(values.oid_filters, undefined);
  assertEquals(ExtensionType.server_name, 0);
});

Deno.test("greaseFrom() gives reserved values, and two different extensions", () => {
  for (let i = 0; i < 16; i++) assert(isGrease(greaseValue(i)));
  for (const value of [0x0a1a, 0x0a0b, 0x1301, 0]) assert(!isGrease(value));
  for (let a = 0; a < 16; a++) {
    for (let b = 0; b < 16; b++) {
      const grease = greaseFrom(Uint8Array.of(1, 2, 3, a, b));
      assert(grease.extensions.every(isGrease));
      assert(grease.extensions[0] !== grease.extensions[1]);
    }
  }
});

Deno.test("isDowngrade() knows both marks of RFC 8446, section 4.1.3", () => {
  const random = (last: number) =>
    join([
      new Uint8Array(24),
      new TextEncoder().encode("DOWNGRD"),
      Uint8Array.of(last),
    ]);
  assert(isDowngrade(random(0)));
  assert(isDowngrade(random(1)));
  assert(!isDowngrade(random(2)));
  assert(!isDowngrade(new Uint8Array(32)));
});

Deno.test("decodeAlert() takes two bytes, no fewer and no more", () => {
  assertEquals(decodeAlert(encodeAlert(40)), { level: 2, description: 40 });
  assertEquals(decodeAlert(encodeAlert(0)), { level: 1, description: 0 });
  for (const length of [0, 1, 3]) {
    assertThrows(() => decodeAlert(new Uint8Array(length)), DecodeFailure);
  }
  assertEquals(alertName(120), "no_application_protocol");
  assertEquals(alertName(121), "alert 121");
});
