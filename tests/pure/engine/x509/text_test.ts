import { assert } from "@std/assert";
import { Certificate } from "../../../../backends/pure/engine/x509/certificate.ts";
import { certificateText } from "../../../../backends/pure/engine/x509/text.ts";
import { commonName, der, oid, text } from "./mint.ts";

/** A certificate that nobody signed, with this key and these extensions. */
function unsigned(
  spki: Uint8Array,
  ...extensions: readonly Uint8Array[]
): Certificate {
  const algorithm = der(0x30, oid("1.2.840.10045.4.3.2"));
  const time = der(0x17, text("260601000000Z"));
  return new Certificate(der(
    0x30,
    der(
      0x30,
      der(0xa0, Uint8Array.of(2, 1, 2)),
      Uint8Array.of(2, 1, 1),
      algorithm,
      commonName("issuer"),
      der(0x30, time, time),
      commonName("subject"),
      spki,
      ...(extensions.length === 0 ? [] : [der(0xa3, der(0x30, ...extensions))]),
    ),
    algorithm,
    Uint8Array.of(3, 1, 0),
  ));
}

function rsa(exponent: Uint8Array): Uint8Array {
  const modulus = new Uint8Array(257).fill(0xff);
  modulus[0] = 0;
  return der(
    0x30,
    der(0x30, oid("1.2.840.113549.1.1.1"), Uint8Array.of(5, 0)),
    der(
      0x03,
      Uint8Array.of(0),
      der(0x30, der(0x02, modulus), der(0x02, exponent)),
    ),
  );
}

const E65537 = Uint8Array.of(1, 0, 1);

Deno.test("certificateText() shows an RSA exponent of any length", () => {
  assert(
    certificateText(unsigned(rsa(E65537))).includes(
      "    Exponent: 65537 (0x10001)\n",
    ),
  );
  // Its decimal form takes ten seconds.
  const exponent = new Uint8Array(200_000).fill(0x7f);
  const shown = certificateText(unsigned(rsa(exponent)));
  assert(shown.includes("    Exponent: 0x7f7f7f"));
});

Deno.test("certificateText() shows a CPS URI of any length", () => {
  const uri = `http://${"a".repeat(240_000)}/`;
  const policies = der(
    0x30,
    der(
      0x30,
      oid("1.2.3.4"),
      der(
        0x30,
        der(0x30, oid("1.3.6.1.5.5.7.2.1"), der(0x16, text(uri))),
      ),
    ),
  );
  const shown = certificateText(
    unsigned(rsa(E65537), der(0x30, oid("2.5.29.32"), der(0x04, policies))),
  );
  assert(shown.includes(`CPS: ${uri}\n`));
});
