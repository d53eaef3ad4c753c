import { assertEquals, assertThrows } from "@std/assert";
import {
  DecodeFailure,
  Reader,
} from "../../../../backends/pure/engine/codec/reader.ts";
import { ipText } from "../../../../backends/pure/engine/x509/general_name.ts";
import {
  decodeName,
  nameKey,
  nameText,
} from "../../../../backends/pure/engine/x509/name.ts";
import {
  matchesServerName,
  parseIpv4,
  parseIpv6,
  parseServerName,
} from "../../../../backends/pure/engine/x509/server_name.ts";
import {
  civilTime,
  isoTime,
  time,
} from "../../../../backends/pure/engine/x509/time.ts";
import { der, oid, text } from "./mint.ts";

const OIDS: Readonly<Record<string, string>> = {
  CN: "2.5.4.3",
  C: "2.5.4.6",
  O: "2.5.4.10",
  OU: "2.5.4.11",
  DC: "0.9.2342.19200300.100.1.25",
  sn: "2.5.4.4",
};

type Rdn = readonly (readonly [string, number, Uint8Array])[];

/** A Name; each RDN a list of type, tag and contents. */
function name(
  ...rdns: readonly Rdn[]
): Uint8Array {
  return der(
    0x30,
    ...rdns.map((rdn) =>
      der(
        0x31,
        ...rdn.map(([type, tag, value]) =>
          der(0x30, oid(OIDS[type] ?? type), der(tag, value))
        ),
      )
    ),
  );
}

const utf8 = (type: string, value: string) =>
  [type, 0x0c, text(value)] as const;
const printable = (type: string, value: string) =>
  [type, 0x13, text(value)] as const;

Deno.test("nameText() writes RFC 4514", () => {
  for (
    const [expected, ...rdns] of [
      // RFC 4514, section 4.
      [
        "CN=J.  Smith+OU=Sales,DC=example,DC=net",
        [["DC", 0x16, text("net")]],
        [["DC", 0x16, text("example")]],
        [utf8("CN", "J.  Smith"), utf8("OU", "Sales")],
      ],
      [
        'CN=James \\"Jim\\" Smith\\, III,DC=net',
        [["DC", 0x16, text("net")]],
        [utf8("CN", 'James "Jim" Smith, III')],
      ],
      ["CN=Before\\0dAfter", [utf8("CN", "Before\rAfter")]],
      [
        "1.3.6.1.4.1.1466.0=#04024869",
        [["1.3.6.1.4.1.1466.0", 0x04, text("Hi")]],
      ],
      ["CN=Lučić", [utf8("CN", "Lučić")]],
      // Spaces and number signs at the ends, and what a terminal obeys.
      ["CN=\\ a\\ ", [utf8("CN", " a ")]],
      ["CN=\\#a", [utf8("CN", "#a")]],
      ["CN=a\\1b[31m", [utf8("CN", "a\x1b[31m")]],
      ["CN=a\\e2\\80\\aeb", [utf8("CN", "a\u202eb")]],
      ["CN=ä", [["CN", 0x1e, Uint8Array.of(0, 0xe4)]]],
      ["CN=ä", [["CN", 0x1c, Uint8Array.of(0, 0, 0, 0xe4)]]],
      ["CN=ä", [["CN", 0x14, Uint8Array.of(0xe4)]]],
      // Malformed strings stay bytes; a surrogate is no character.
      ["CN=#1c040000d800", [["CN", 0x1c, Uint8Array.of(0, 0, 0xd8, 0)]]],
      ["CN=#1c0400110000", [["CN", 0x1c, Uint8Array.of(0, 0x11, 0, 0)]]],
      ["CN=#0c01e4", [["CN", 0x0c, Uint8Array.of(0xe4)]]],
      ["CN=#1e0100", [["CN", 0x1e, Uint8Array.of(0)]]],
      ["", ...[]],
    ] as const
  ) assertEquals(nameText(decodeName(name(...rdns))), expected);
});

Deno.test("nameKey() is equal exactly when RFC 5280 says that names match", () => {
  const key = (...rdns: readonly Rdn[]) => nameKey(decodeName(name(...rdns)));
  const base = key([utf8("O", "Example Inc")], [utf8("CN", "Root")]);
  // Another string type, case, white space.
  assertEquals(
    key([printable("O", "EXAMPLE  inc ")], [printable("CN", "root")]),
    base,
  );
  assertEquals(
    key([utf8("CN", "É")]),
    key([utf8("CN", "e\u0301")]),
  );
  // RDNs are sets; their order is not.
  assertEquals(
    key([utf8("CN", "a"), utf8("O", "b")]),
    key([utf8("O", "b"), utf8("CN", "a")]),
  );
  for (
    const other of [
      key([utf8("CN", "Root")], [utf8("O", "Example Inc")]),
      key([utf8("O", "Example Inc")]),
      key([utf8("O", "ExampleInc")], [utf8("CN", "Root")]),
      key([utf8("OU", "Example Inc")], [utf8("CN", "Root")]),
      key([utf8("O", "Example Inc"), utf8("CN", "Root")]),
      // No value can imitate a separator.
      key([utf8("O", "Example Inc,2.5.4.3:4=root")]),
    ]
  ) assertEquals(other === base, false);
});

Deno.test("decodeName() refuses an RDN without attributes", () => {
  assertThrows(() => decodeName(der(0x30, der(0x31))), DecodeFailure);
  assertThrows(
    () => decodeName(der(0x30, der(0x31, der(0x30, oid("2.5.4.3"))))),
    DecodeFailure,
  );
});

function dns(...names: string[]) {
  return names.map((value) => ({ kind: "dNSName", value } as const));
}

Deno.test("matchesServerName() follows RFC 9525", () => {
  for (
    const [presented, wanted, expected] of [
      ["example.com", "example.com", true],
      ["EXAMPLE.com", "example.COM", true],
      ["example.com", "example.com.", true],
      ["example.com.", "example.com", false],
      ["example.com", "www.example.com", false],
      ["*.example.com", "www.example.com", true],
      ["*.example.com", "xn--caf-dma.example.com", true],
      ["*.example.com", "example.com", false],
      ["*.example.com", "a.b.example.com", false],
      ["*.example.com", ".example.com", false],
      ["*.com", "example.com", false],
      ["*", "example", false],
      ["w*.example.com", "www.example.com", false],
      ["*w.example.com", "www.example.com", false],
      ["www.*.com", "www.example.com", false],
      ["*.*.com", "www.example.com", false],
      ["*.*.example.com", "a.b.example.com", false],
      [".example.com", "www.example.com", false],
      ["", "example.com", false],
      ["exa mple.com", "exa mple.com", false],
      ["example.com\0.evil.test", "example.com", false],
      ["192.0.2.1", "192.0.2.1", false],
      ["localhost", "localhost", true],
      ["a_b.example.com", "a_b.example.com", true],
    ] as const
  ) {
    const server = parseServerName(wanted);
    assertEquals(
      server !== null && matchesServerName(dns(presented), server),
      expected,
      `${presented} ${wanted}`,
    );
  }
});

Deno.test("matchesServerName() compares addresses by their bytes alone", () => {
  const v4 = { kind: "iPAddress", value: Uint8Array.of(192, 0, 2, 1) } as const;
  const mapped = {
    kind: "iPAddress",
    value: Uint8Array.of(...[
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      255,
      255,
      192,
      0,
      2,
      1,
    ]),
  } as const;
  const wanted = (name: string) => parseServerName(name)!;
  assertEquals(matchesServerName([v4], wanted("192.0.2.1")), true);
  assertEquals(matchesServerName([v4], wanted("192.0.2.2")), false);
  assertEquals(matchesServerName([v4], wanted("::ffff:192.0.2.1")), false);
  assertEquals(matchesServerName([mapped], wanted("::ffff:192.0.2.1")), true);
  assertEquals(matchesServerName([mapped], wanted("[::ffff:c000:201]")), true);
  assertEquals(matchesServerName([mapped], wanted("192.0.2.1")), false);
});

Deno.test("parseServerName() takes no malformed name", () => {
  for (
    const bad of [
      "",
      ".",
      "..",
      "a..b",
      "-a.test",
      "a-.test",
      "bücher.test",
      "1.2.3",
      "1.2.3.4.5",
      "01.2.3.4",
      "256.1.1.1",
      "0x7f.1",
      "1:2",
      "::1%eth0",
      ":::",
      "1::2::3",
      "a".repeat(64) + ".test",
      ("a".repeat(60) + ".").repeat(5),
      "*.example.com",
      "a b.test",
    ]
  ) assertEquals(parseServerName(bad), null, bad);
});

Deno.test("ipText() writes what parseIpv4() and parseIpv6() read", () => {
  for (
    const [written, canonical] of [
      ["0.0.0.0", "0.0.0.0"],
      ["255.1.0.9", "255.1.0.9"],
      ["::", "::"],
      ["::1", "::1"],
      ["1::", "1::"],
      ["2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
      ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
      ["0:0:0:0:0:0:0:0", "::"],
      ["1:0:0:2:0:0:0:3", "1:0:0:2::3"],
      ["::ffff:1.2.3.4", "::ffff:102:304"],
    ] as const
  ) {
    const bytes = parseIpv4(written) ?? parseIpv6(written)!;
    assertEquals(ipText(bytes), canonical);
  }
});

Deno.test("time() reads what RFC 5280 demands, and agrees with the calendar", () => {
  const read = (tag: number, value: string) =>
    time(new Reader(der(tag, text(value))));
  for (
    const [tag, value, iso] of [
      [0x17, "700101000000Z", "1970-01-01T00:00:00Z"],
      [0x17, "500101000000Z", "1950-01-01T00:00:00Z"],
      [0x17, "491231235959Z", "2049-12-31T23:59:59Z"],
      [0x17, "000229120000Z", "2000-02-29T12:00:00Z"],
      [0x18, "20500101000000Z", "2050-01-01T00:00:00Z"],
      [0x18, "99991231235959Z", "9999-12-31T23:59:59Z"],
      [0x18, "19000301000000Z", "1900-03-01T00:00:00Z"],
      [0x18, "00000101000000Z", "0000-01-01T00:00:00Z"],
    ] as const
  ) {
    const seconds = read(tag, value);
    assertEquals(isoTime(seconds), iso);
    assertEquals(seconds * 1000, Date.parse(iso));
  }
  for (
    const [tag, value] of [
      [0x17, "7001010000Z"],
      [0x17, "700101000000"],
      [0x17, "700101000000+0000"],
      [0x17, "700101000060Z"],
      [0x17, "700101240000Z"],
      [0x17, "700132000000Z"],
      [0x17, "701301000000Z"],
      [0x17, "700001000000Z"],
      [0x17, "700100000000Z"],
      [0x17, "010229000000Z"],
      [0x17, "7001010000:0Z"],
      [0x18, "20500101000000.5Z"],
      [0x18, "205001010000Z"],
      [0x18, "21000229000000Z"],
      [0x18, "2050010100000 Z"],
      [0x13, "700101000000Z"],
    ] as const
  ) assertThrows(() => read(tag, value), DecodeFailure);
  // Every few hours over eight centuries.
  for (
    let seconds = -5_000_000_000;
    seconds < 20_000_000_000;
    seconds += 7_654_321
  ) {
    const date = new Date(seconds * 1000);
    assertEquals(civilTime(seconds), {
      year: date.getUTCFullYear(),
      month: date.getUTCMonth() + 1,
      day: date.getUTCDate(),
      hour: date.getUTCHours(),
      minute: date.getUTCMinutes(),
      second: date.getUTCSeconds(),
    });
  }
});
