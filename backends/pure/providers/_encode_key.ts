/**
 * Writes keys in the form that platforms import.
 *
 * @module
 */
import { Reader } from "../engine/codec/reader.ts";
import type { EcdsaCurve } from "../engine/crypto/provider.ts";
import { element, fromHex, readElement, Tag } from "./_der.ts";

/** The SPKI of a point on `curve`, or of X25519 or Ed25519. */
export function encodeSpki(
  curve: EcdsaCurve | "X25519" | "Ed25519",
  point: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const prefix = SPKI_PREFIXES[curve];
  const spki = new Uint8Array(prefix.length + point.length);
  spki.set(prefix);
  spki.set(point, prefix.length);
  return spki;
}

/** All of an SPKI before the point, whose length each curve fixes. */
const SPKI_PREFIXES = {
  "P-256": fromHex("3059301306072a8648ce3d020106082a8648ce3d030107034200"),
  "P-384": fromHex("3076301006072a8648ce3d020106052b81040022036200"),
  "P-521": fromHex("30819b301006072a8648ce3d020106052b8104002303818600"),
  "X25519": fromHex("302a300506032b656e032100"),
  "Ed25519": fromHex("302a300506032b6570032100"),
} as const;

/**
 * PKCS#8 of an X25519 seed, or of a scalar with its uncompressed point, both as
 * long as the curve says
 * ({@link https://www.rfc-editor.org/rfc/rfc8410#section-7 | RFC 8410, section 7};
 * {@link https://www.rfc-editor.org/rfc/rfc5915 | RFC 5915}).
 */
export function encodePkcs8(
  curve: EcdsaCurve | "X25519",
  scalar: Uint8Array,
  point: Uint8Array | null,
): Uint8Array {
  const version = element(Tag.INTEGER, new Uint8Array(1));
  if (curve === "X25519") {
    return element(
      Tag.SEQUENCE,
      version,
      element(
        Tag.SEQUENCE,
        element(Tag.OBJECT_IDENTIFIER, fromHex("2b656e")),
      ),
      element(Tag.OCTET_STRING, element(Tag.OCTET_STRING, scalar)),
    );
  }
  const spki = new Reader(SPKI_PREFIXES[curve], curve === "P-521" ? 3 : 2);
  const start = spki.offset;
  readElement(spki);
  const parts = [
    element(Tag.INTEGER, new Uint8Array([1])),
    element(Tag.OCTET_STRING, scalar),
  ];
  if (point !== null) {
    parts.push(
      element(0xa1, element(Tag.BIT_STRING, new Uint8Array(1), point)),
    );
  }
  return element(
    Tag.SEQUENCE,
    version,
    SPKI_PREFIXES[curve].subarray(start, spki.offset),
    element(Tag.OCTET_STRING, element(Tag.SEQUENCE, ...parts)),
  );
}
