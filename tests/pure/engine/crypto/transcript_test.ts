import { assertEquals, assertThrows } from "@std/assert";
import {
  MAX_KEPT_TRANSCRIPT,
  Transcript,
} from "../../../../backends/pure/engine/crypto/transcript.ts";
import { hex, provider, toHex } from "./_provider.ts";

const first = hex("0100000401020304");
const second = hex("020000020506");

function concat(...parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

Deno.test("digest() is the same whenever the hash was selected", () => {
  const expected = toHex(provider.digest("sha384", concat(first, second)));
  for (const when of [0, 1, 2]) {
    const transcript = new Transcript(provider);
    [first, second].forEach((message, index) => {
      if (index === when) {
        transcript.select("sha384");
      }
      transcript.add(message);
    });
    transcript.select("sha384");
    assertEquals(toHex(transcript.digest()), expected);
    assertEquals(toHex(transcript.digest()), expected);
  }
});

Deno.test("digest() throws before the hash is known, and another hash is refused", () => {
  const transcript = new Transcript(provider);
  assertThrows(() => transcript.digest(), Error, "not yet known");
  assertThrows(() => transcript.replaceByMessageHash(), Error, "not yet known");
  assertThrows(() => transcript.forgetMessages(), Error, "not yet known");
  transcript.select("sha256");
  transcript.select("sha256");
  assertThrows(() => transcript.select("sha384"), Error, "Cannot change");
  assertEquals(transcript.hashName, "sha256");
});

Deno.test("add() copies the message", () => {
  const transcript = new Transcript(provider);
  const message = first.slice();
  transcript.add(message);
  message.fill(0);
  transcript.select("sha256");
  assertEquals(transcript.digest(), provider.digest("sha256", first));
});

Deno.test("digestWith() adds nothing, before and after the hash is known", () => {
  const transcript = new Transcript(provider);
  transcript.add(first);
  const expected = toHex(provider.digest("sha256", concat(first, second)));
  assertEquals(toHex(transcript.digestWith("sha256", second)), expected);
  // A PSK's hash may differ from the one that is chosen in the end.
  assertEquals(
    toHex(transcript.digestWith("sha384", second)),
    toHex(provider.digest("sha384", concat(first, second))),
  );
  transcript.select("sha256");
  assertEquals(toHex(transcript.digestWith("sha256", second)), expected);
  assertThrows(() => transcript.digestWith("sha384", second));
  assertEquals(transcript.digest(), provider.digest("sha256", first));
});

for (const keepMessages of [false, true]) {
  Deno.test(`replaceByMessageHash() puts message_hash in ClientHello's place when messages are ${keepMessages ? "" : "not "}kept`, () => {
    const transcript = new Transcript(provider, { keepMessages });
    transcript.add(first);
    transcript.select("sha256");
    transcript.replaceByMessageHash();
    transcript.add(second);
    const synthetic = concat(
      hex("fe000020"),
      provider.digest("sha256", first),
    );
    assertEquals(
      transcript.digest(),
      provider.digest("sha256", concat(synthetic, second)),
    );
  });
}

Deno.test("messages() gives what was kept until it is forgotten", () => {
  const transcript = new Transcript(provider, { keepMessages: true });
  transcript.add(first);
  transcript.select("sha256");
  transcript.add(second);
  assertEquals(transcript.messages(), concat(first, second));
  transcript.forgetMessages();
  assertThrows(() => transcript.messages(), Error, "not kept");
  transcript.add(second);
  assertEquals(
    transcript.digest(),
    provider.digest("sha256", concat(first, second, second)),
  );
});

Deno.test("clone() goes its own way", () => {
  for (const select of [false, true]) {
    const transcript = new Transcript(provider);
    transcript.add(first);
    if (select) {
      transcript.select("sha256");
    }
    const clone = transcript.clone();
    clone.add(second);
    transcript.select("sha256");
    clone.select("sha256");
    assertEquals(transcript.digest(), provider.digest("sha256", first));
    assertEquals(
      clone.digest(),
      provider.digest("sha256", concat(first, second)),
    );
  }
});

Deno.test("add() keeps no more than its limit", () => {
  const transcript = new Transcript(provider);
  transcript.add(new Uint8Array(MAX_KEPT_TRANSCRIPT));
  assertThrows(() => transcript.add(first), RangeError, "too long");
});
