/**
 * What a certificate is called in a sentence for people.
 *
 * @module
 */
import type { Certificate } from "./certificate.ts";
import { DecodeFailure } from "../codec/reader.ts";
import { type GeneralName, ipText, printable } from "./general_name.ts";
import { escapeText } from "./name.ts";
import { AttributeOid } from "./oid.ts";

/** Longest name in a sentence, in UTF-16 code units. */
const MAXIMUM = 80;
/** Longest distinguished name in a sentence. */
const MAXIMUM_DISTINGUISHED = 200;
/** How many of a certificate's names a sentence lists. */
const LISTED = 4;

/** The start of `text` where it is too long: names are as long as a sender wants. */
function clipped(text: string, maximum = MAXIMUM): string {
  if (text.length <= maximum) return text;
  // Not in the middle of a pair of surrogates.
  return `${text.slice(0, maximum - 1).replace(/[\ud800-\udbff]$/, "")}…`;
}

/** A distinguished name, or any other name that may be long, for a sentence. */
export function clippedName(text: string): string {
  return clipped(text, MAXIMUM_DISTINGUISHED);
}

/** A certificate is named in as many sentences as there are faults around it. */
const labels = new WeakMap<Certificate, string>();

/**
 * `example.test`: the first DNS name or address of a leaf; the common name, or
 * the last attribute, of a CA. Never throws.
 */
export function label(certificate: Certificate): string {
  let text = labels.get(certificate);
  if (text === undefined) {
    text = describe(certificate);
    labels.set(certificate, text);
  }
  return text;
}

function describe(certificate: Certificate): string {
  try {
    if (certificate.basicConstraints?.ca !== true) {
      for (const name of certificate.subjectAltName ?? []) {
        const text = serverText(name);
        if (text !== null) return clipped(text);
      }
    }
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
  return (certificate.subjectAltName ?? []).map(serverText)
    .filter((text) => text !== null);
}

function serverText(name: GeneralName): string | null {
  switch (name.kind) {
    case "dNSName":
      return printable(name.value);
    case "iPAddress":
      return ipText(name.value);
    default:
      return null;
  }
}

/** `a.example, b.example and 17 more`. */
export function listed(names: readonly string[]): string {
  const shown = names.slice(0, LISTED).map((name) => clipped(name));
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
