/**
 * Trust anchors: a name and a key that are trusted, with what limits that trust
 * ({@link https://www.rfc-editor.org/rfc/rfc5280#section-6.1.1 | RFC 5280, section 6.1.1 (d)},
 * {@link https://www.rfc-editor.org/rfc/rfc5937 | RFC 5937}).
 *
 * @module
 */
import { decodePublicKey, type PublicKeyInfo } from "./algorithm.ts";
import type { Certificate } from "./certificate.ts";
import { latin1, sameBytes } from "./der.ts";
import { decodeNameConstraints, type NameConstraints } from "./extensions.ts";
import { decodeName, nameKey } from "./name.ts";

/** Who is trusted. */
export interface TrustAnchor {
  /** Equal for names that match. */
  readonly subjectKey: string;
  /** SubjectPublicKeyInfo. */
  readonly spki: Uint8Array;
  /** The key's bytes as a string. */
  readonly spkiKey: string;
  /** The key. */
  readonly publicKey: PublicKeyInfo;
  /** What names it may certify. */
  readonly nameConstraints: NameConstraints | null;
  /**
   * The certificate that the anchor was given as, if it was. Its signature is
   * never checked: trust comes from where it was found. Its validity, usage and
   * constraints do bind.
   */
  readonly certificate: Certificate | null;
}

/** An anchor from a certificate. Throws `DecodeFailure` on a malformed key. */
export function anchorOfCertificate(certificate: Certificate): TrustAnchor {
  return {
    subjectKey: certificate.subjectKey,
    spki: certificate.spki,
    get spkiKey() {
      return certificate.spkiKey;
    },
    get publicKey() {
      return certificate.publicKey;
    },
    get nameConstraints() {
      return certificate.nameConstraints;
    },
    certificate,
  };
}

/** An anchor from a DER Name, a SubjectPublicKeyInfo and DER NameConstraints. */
export function anchorOfName(
  subject: Uint8Array,
  spki: Uint8Array,
  options: { readonly nameConstraints?: Uint8Array } = {},
): TrustAnchor {
  return {
    subjectKey: nameKey(decodeName(subject)),
    spki,
    spkiKey: latin1(spki),
    publicKey: decodePublicKey(spki),
    nameConstraints: options.nameConstraints === undefined
      ? null
      : decodeNameConstraints(options.nameConstraints),
    certificate: null,
  };
}

const NONE: readonly TrustAnchor[] = [];

/** A set of anchors, indexed by name once. */
export class TrustAnchors {
  readonly #bySubject: Map<string, TrustAnchor[]> = new Map();
  /** How many there are. */
  readonly size: number;

  /** Indexes `anchors`. */
  constructor(anchors: Iterable<TrustAnchor>) {
    let size = 0;
    for (const anchor of anchors) {
      const same = this.#bySubject.get(anchor.subjectKey);
      if (same === undefined) this.#bySubject.set(anchor.subjectKey, [anchor]);
      else same.push(anchor);
      size++;
    }
    this.size = size;
  }

  /** The anchors of this name. */
  named(subjectKey: string): readonly TrustAnchor[] {
    return this.#bySubject.get(subjectKey) ?? NONE;
  }

  /** The anchor that was given as exactly this certificate, or `null`. */
  given(certificate: Certificate): TrustAnchor | null {
    for (const anchor of this.named(certificate.subjectKey)) {
      if (
        anchor.certificate !== null &&
        sameBytes(anchor.certificate.der, certificate.der)
      ) return anchor;
    }
    return null;
  }

  /** All of them. */
  *[Symbol.iterator](): Generator<TrustAnchor, void, undefined> {
    for (const anchors of this.#bySubject.values()) yield* anchors;
  }
}
