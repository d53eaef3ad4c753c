/**
 * What a certificate is called in a sentence for people.
 *
 * @module
 */
import type { Certificate } from "./certificate.ts";
import { DecodeFailure } from "../codec/reader.ts";
import { ipText, printable } from "./general_name.ts";
import { escapeText } from "./name.ts";
import { AttributeOid } from "./oid.ts";

/** Longest name in a sentence. */
const MAXIMUM = 80;
/** How many of a certificate's names a sentence lists. */
const LISTED = 4;

function clipped(text: string): string {
  return text.length > MAXIMUM ? `${text.slice(0, MAXIMUM - 1)}…` : text;
}

/**
 * `example.test`: the first DNS name or address of a leaf; the common name, or
 * the last attribute, of a CA. Never throws.
 */
export function label(certificate: Certificate): string {
  try {
    const names = certificate.basicConstraints?.ca === true
      ? []
      : alternativeNames(certificate);
    if (names[0] !== undefined) return clipped(names[0]);
    const attributes = certificate.subject.flat();
    const best = attributes.find(({ type, text }) =>
      type === AttributeOid.commonName && text !== null
    ) ?? attributes.findLast(({ text }) =>
      text !== null
    );
    if (best !== undefined) return clipped(escapeText(best.text!));
  } catch (error) {
    if (!(error instanceof DecodeFailure)) throw error;
  }
  return `serial number ${clipped(certificate.serialText)}`;
}

/** The DNS names and addresses of a certificate, as text. */
export function alternativeNames(certificate: Certificate): readonly string[] {
  const texts: string[] = [];
  for (const name of certificate.subjectAltName ?? []) {
    if (name.kind === "dNSName") texts.push(printable(name.value));
    else if (name.kind === "iPAddress") texts.push(ipText(name.value));
  }
  return texts;
}

/** `a.example, b.example and 17 more`. */
export function listed(names: readonly string[]): string {
  const shown = names.slice(0, LISTED).map(clipped);
  const more = names.length - shown.length;
  if (more > 0) return `${shown.join(", ")} and ${more} more`;
  return shown.length < 2
    ? shown.join("")
    : `${shown.slice(0, -1).join(", ")} and ${shown.at(-1)}`;
}

/** A label that is made only if a sentence needs it: most checks pass. */
export function lateLabel(certificate: Certificate): { toString(): string } {
  return { toString: () => label(certificate) };
}
