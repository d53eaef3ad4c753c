/**
 * The only minter of {@linkcode PeerVerified}: whichever machine asks, a peer's
 * chain, name and signature are checked here, and nowhere else.
 *
 * @module
 */
import { DecodeFailure } from "../codec/reader.ts";
import { TlsFailure } from "../failure.ts";
import type {
  CertificateEntry,
  CertificateVerify,
} from "../messages/authentication.ts";
import { ask, type Handling } from "../requests.ts";
import type { CommonSettings } from "../settings.ts";
import { type Certificate, decodeCertificate } from "../x509/certificate.ts";
import type { Binding } from "./binding.ts";
import { validateChain } from "./chain.ts";
import { algorithmOf, fits } from "./schemes.ts";

/** Who the peer is. */
export type PeerIdentity =
  | {
    /** It proved that it has the leaf's key. */
    readonly kind: "certificate";
    /** DER, as it was sent. */
    readonly chain: readonly Uint8Array[];
    /** DER, leaf to anchor; `null` where validation is off. */
    readonly path: readonly Uint8Array[] | null;
    /** The signature scheme of its proof. */
    readonly scheme: number;
  }
  | {
    /** A client without a certificate, which the server's policy allows. */
    readonly kind: "anonymous";
  };

class PeerToken {
  readonly #binding: Binding;
  /** Who the peer is. */
  readonly identity: PeerIdentity;

  constructor(binding: Binding, identity: PeerIdentity) {
    this.#binding = binding;
    this.identity = identity;
  }

  static belongsTo(token: PeerToken, binding: Binding): boolean {
    return token.#binding === binding;
  }
}

/**
 * Proof that the peer is who it is, for one connection. The class stays in this
 * module, so that nothing else can make one.
 */
export type PeerVerified = PeerToken;

/** Whether a proof is of this connection. */
export function belongsTo(token: PeerVerified, binding: Binding): boolean {
  return PeerToken.belongsTo(token, binding);
}

/** Which end a CertificateVerify is of. */
export type Signer = "client" | "server";

function contextOf(signer: Signer): Uint8Array {
  return new TextEncoder().encode(
    `${" ".repeat(64)}TLS 1.3, ${signer} CertificateVerify\0`,
  );
}

const CONTEXTS: Readonly<Record<Signer, Uint8Array>> = {
  client: contextOf("client"),
  server: contextOf("server"),
};

/**
 * What a CertificateVerify signs: 64 spaces, a context, a zero byte and the
 * transcript's hash
 * ({@link https://www.rfc-editor.org/rfc/rfc8446#section-4.4.3 | RFC 8446, section 4.4.3}).
 */
export function signedContent(
  signer: Signer,
  transcriptHash: Uint8Array,
): Uint8Array {
  const context = CONTEXTS[signer];
  const content = new Uint8Array(context.length + transcriptHash.length);
  content.set(context);
  content.set(transcriptHash, context.length);
  return content;
}

/** What is known of a peer that shows a certificate. */
export interface Presented {
  /** Which end the peer is. */
  readonly signer: Signer;
  /** The chain, with at least one certificate. */
  readonly entries: readonly CertificateEntry[];
  /** Its proof. */
  readonly proof: CertificateVerify;
  /** The transcript's hash before the proof. */
  readonly transcriptHash: Uint8Array;
}

/** A leaf that can be read at all. */
function readLeaf(der: Uint8Array): Certificate {
  try {
    return decodeCertificate(der);
  } catch (error) {
    if (!(error instanceof DecodeFailure)) throw error;
    throw new TlsFailure(
      "certificate-malformed",
      `the peer's certificate is malformed: ${error.message}`,
      { cause: error },
    );
  }
}

/**
 * Checks a peer's chain, name and proof, then asks the application's policy.
 * Throws TlsFailure on the first that does not hold.
 */
export function* verifyPeer(
  binding: Binding,
  settings: CommonSettings,
  presented: Presented,
): Handling<PeerVerified> {
  const { signer, entries, proof, transcriptHash } = presented;
  const leaf = readLeaf(entries[0]!.der);
  const key = leaf.publicKey;
  // "The signature algorithm MUST be one of those present in the
  // "supported_signature_algorithms" field", and PKCS #1 v1.5 is for
  // certificates alone.
  const algorithm = algorithmOf(proof.scheme);
  if (algorithm === null || !settings.signatureSchemes.includes(proof.scheme)) {
    throw new TlsFailure(
      "illegal-parameter",
      `the peer signs by scheme ${proof.scheme}, which was not offered`,
    );
  }
  if (key.kind === "unsupported") {
    throw new TlsFailure(
      "certificate-unsupported",
      `the peer's key cannot be used: ${key.why}`,
    );
  }
  if (!fits(key, proof.scheme)) {
    throw new TlsFailure(
      "illegal-parameter",
      `the peer signs by scheme ${proof.scheme}, which does not fit its key`,
    );
  }
  const chain = entries.map(({ der }) => der);
  const policy = settings.peer;
  const path = policy.validate
    ? yield* validateChain(settings, policy, { signer, leaf, chain })
    : null;
  const right = yield* ask("verify", {
    algorithm,
    spki: leaf.spki,
    message: signedContent(signer, transcriptHash),
    signature: proof.signature,
  });
  // "If the verification fails, the receiver MUST terminate the handshake with
  // a "decrypt_error" alert."
  if (!right) {
    throw new TlsFailure(
      "bad-signature",
      "the peer's CertificateVerify is wrong",
    );
  }
  if (path !== null && policy.validate && policy.askApplication) {
    yield* askApplication(path);
  }
  return new PeerToken(binding, {
    kind: "certificate",
    chain,
    path,
    scheme: proof.scheme,
  });
}

/** The application's own policy, whose refusal is "access_denied". */
function* askApplication(path: readonly Uint8Array[]): Handling<void> {
  try {
    yield* ask("acceptPeer", { path });
  } catch (error) {
    throw new TlsFailure(
      "access-denied",
      "the application refuses the peer's certificate",
      { cause: error },
    );
  }
}

/**
 * A client that shows no certificate, where the server does not insist on one.
 * "If the client does not send any certificates ... the server MAY ... abort the
 * handshake with a "certificate_required" alert": it does under `require`.
 */
export function acceptAnonymous(
  binding: Binding,
  policy: "none" | "request" | "require",
): PeerVerified {
  if (policy === "require") {
    throw new TlsFailure(
      "certificate-required",
      "the client has not shown a certificate",
    );
  }
  return new PeerToken(binding, { kind: "anonymous" });
}
