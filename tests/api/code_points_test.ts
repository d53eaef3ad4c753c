/** The code points: the PEP's names with IANA's values. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  CipherSuite,
  cipherSuiteName,
  NextProtocol,
  TLSVersion,
} from "../../mod.ts";

/** PEP 543 lists 112 suites, TLS 1.3's five among them. */
const PEP_COUNT = 112;

Deno.test("CipherSuite has all the PEP's suites, each value once", () => {
  const values = Object.values(CipherSuite);
  assertEquals(values.length, PEP_COUNT);
  assertEquals(new Set(values).size, PEP_COUNT);
  for (const value of values) assert(value > 0 && value <= 0xffff);
  // In the order of the code points, so that a missing one is easily seen.
  assertEquals(values, values.toSorted((a, b) => a - b));
  for (const name of Object.keys(CipherSuite)) {
    assert(/^TLS_[A-Z0-9_]+$/.test(name), name);
  }
});

Deno.test("CipherSuite is frozen", () => {
  for (const frozen of [CipherSuite, NextProtocol, TLSVersion]) {
    assert(Object.isFrozen(frozen));
    assertThrows(() => Object.assign(frozen, { TLS_MINE: 1 }), TypeError);
  }
});

Deno.test("cipherSuiteName() names every suite, and no other code point", () => {
  const names = new Map<number, string>(
    Object.entries(CipherSuite).map(([name, value]) => [value, name]),
  );
  for (let id = 0; id <= 0xffff; id++) {
    assertEquals(cipherSuiteName(id), names.get(id) ?? null);
  }
  for (const other of [-1, 0x1_1301, NaN, 0.5]) {
    assertEquals(cipherSuiteName(other), null);
  }
});

Deno.test("CipherSuite agrees with OpenSSL on every suite that both know", async () => {
  const { stdout } = await new Deno.Command("openssl", {
    args: ["ciphers", "-V", "-stdname", "ALL:COMPLEMENTOFALL:@SECLEVEL=0"],
  }).output();
  let known = 0;
  for (const line of new TextDecoder().decode(stdout).split("\n")) {
    const match = /0x(\w\w),0x(\w\w) - (TLS_\w+)/.exec(line);
    if (match === null) continue;
    const value = parseInt(match[1]! + match[2]!, 16);
    const ours = CipherSuite[match[3] as keyof typeof CipherSuite];
    if (ours === undefined) continue;
    assertEquals(ours, value, match[3]);
    assertEquals(cipherSuiteName(value), match[3]!);
    known++;
  }
  assert(known >= 40, `OpenSSL knows only ${known}`);
});

Deno.test("NextProtocol and TLSVersion have the PEP's names", () => {
  assertEquals({ ...NextProtocol }, {
    H2: "h2",
    H2C: "h2c",
    HTTP1: "http/1.1",
    WEBRTC: "webrtc",
    C_WEBRTC: "c-webrtc",
    FTP: "ftp",
    STUN: "stun.nat-discovery",
    TURN: "stun.turn",
  });
  assertEquals(Object.keys(TLSVersion), [
    "MINIMUM_SUPPORTED",
    "SSLv2",
    "SSLv3",
    "TLSv1",
    "TLSv1_1",
    "TLSv1_2",
    "TLSv1_3",
    "MAXIMUM_SUPPORTED",
  ]);
});
