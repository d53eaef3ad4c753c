import { assert, assertEquals } from "@std/assert";
import { AlertError, CertificateError, TLSError } from "../../mod.ts";
import { translate } from "../../backends/deno/_errors.ts";

const invalid = (text: string) => new Deno.errors.InvalidData(text);

Deno.test("translate() gives each certificate failure its reason", () => {
  for (
    const [detail, reason] of [
      ["Expired", "expired"],
      [
        "certificate expired: verification time 1 (UNIX), but certificate is not valid after 0",
        "expired",
      ],
      ["NotValidYet", "not-yet-valid"],
      [
        "certificate not valid yet: verification time 0 (UNIX), but certificate is not valid before 1",
        "not-yet-valid",
      ],
      ["UnknownIssuer", "unknown-issuer"],
      ["Other(OtherError(CaUsedAsEndEntity))", "ca-as-leaf"],
      ['certificate not valid for name "a"', "name-mismatch"],
      ["NotValidForName", "name-mismatch"],
      ["Revoked", "revoked"],
      ["InvalidPurpose", "wrong-purpose"],
      ["Other(OtherError(EndEntityUsedAsCa))", "not-a-ca"],
      ["BadSignature", "bad-signature"],
      ["BadEncoding", "bad-encoding"],
      ["SomethingNew", "other"],
    ] as const
  ) {
    const error = translate(
      "connect",
      invalid(`invalid peer certificate: ${detail}`),
    );
    assert(error instanceof CertificateError);
    assertEquals(error.reason, reason, detail);
    assert(error.message.includes(detail));
    assertEquals(error.certificates, []);
  }
});

Deno.test("translate() gives each alert its code point and direction", () => {
  for (
    const [text, alert, direction] of [
      ["received fatal alert: HandshakeFailure", 40, "received"],
      ["received fatal alert: NoApplicationProtocol", 120, "received"],
      ["received fatal alert: UnknownCA", 48, "received"],
      ["received fatal alert: AlertDescription(0xc8)", 200, "received"],
      ["received fatal alert: UnrecognisedName", 112, "received"],
      ["received corrupt message of type InvalidContentType", 50, "sent"],
      ["received corrupt message of type Handshake", 50, "sent"],
      ["cannot decrypt peer's message", 20, "sent"],
      [
        "peer is incompatible: ServerDoesNotSupportTls12Or13",
        70,
        "sent",
      ],
      ["peer is incompatible: NoCipherSuitesInCommon", 40, "sent"],
      ["peer misbehaved: IllegalHelloRetryRequest", 47, "sent"],
    ] as const
  ) {
    const error = translate("connect", invalid(text));
    assert(error instanceof AlertError, text);
    assertEquals([error.alert, error.direction], [alert, direction], text);
  }
});

Deno.test("translate() keeps the cause and tells the transport's faults apart", () => {
  for (
    const [cause, code] of [
      [new Deno.errors.UnexpectedEof("unexpected end of file"), "ragged-eof"],
      [new Deno.errors.BadResource("Bad resource ID"), "closed"],
      [new Deno.errors.Interrupted("operation canceled"), "closed"],
      [new Deno.errors.Busy("in use"), "configuration"],
      [new Deno.errors.ConnectionReset("reset"), "internal"],
      [new Deno.errors.ConnectionRefused("refused"), "internal"],
      [new Error("anything"), "internal"],
      ["no error at all", "internal"],
    ] as const
  ) {
    const error = translate("read", cause);
    assertEquals(error.code, code);
    assertEquals(error.cause, cause);
  }
});

Deno.test("translate() leaves an error of the family as it is", () => {
  const error = new TLSError("closed", "Cannot read: closed");
  assert(translate("read", error) === error);
});
