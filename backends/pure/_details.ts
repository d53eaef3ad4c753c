/**
 * What a handshake came to beyond what every backend tells.
 *
 * @module
 */
import type { TLSWrappedBuffer } from "../../api/buffer.ts";
import type { TLSWrappedSocket } from "../../api/socket.ts";
import type { Connected } from "./engine/handshake/connected.ts";
import { NamedGroup, SignatureScheme } from "./engine/iana.ts";

/** A code point and what IANA calls it. */
export interface NamedCodePoint {
  /** The code point on the wire. */
  readonly codePoint: number;
  /** Its name in IANA's registry: "x25519" for one. */
  readonly name: string;
}

/** What {@linkcode handshakeDetails} tells of a handshake that is done. */
export interface HandshakeDetails {
  /**
   * The group of the key exchange
   * ({@link https://www.iana.org/assignments/tls-parameters/tls-parameters.xhtml#tls-parameters-8 | TLS Supported Groups}).
   */
  readonly group: NamedCodePoint;
  /**
   * What the peer signed the handshake by; `null` for a client without a
   * certificate
   * ({@link https://www.iana.org/assignments/tls-parameters/tls-parameters.xhtml#tls-signaturescheme | TLS SignatureScheme}).
   */
  readonly peerSignatureScheme: NamedCodePoint | null;
  /** What this end signed by; `null` for a client without a certificate. */
  readonly ownSignatureScheme: NamedCodePoint | null;
  /**
   * Whether the peer's certificate was validated up to a trust anchor, the last
   * of `peerCertificates()`; `false` where validation is off or the peer, a
   * client, showed none.
   */
  readonly peerValidated: boolean;
  /**
   * Whether the server asked for another hello, a round trip more
   * ({@link https://www.rfc-editor.org/rfc/rfc8446#section-4.1.4 | RFC 8446, section 4.1.4}).
   */
  readonly helloRetryRequest: boolean;
}

type Handle = TLSWrappedBuffer | TLSWrappedSocket;

/** The last state of each connection by what the application holds of it. */
const states = new WeakMap<Handle, () => Connected | null>();

/** Lets {@linkcode handshakeDetails} find a buffer's connection. */
export function registerBuffer(
  buffer: TLSWrappedBuffer,
  state: () => Connected | null,
): void {
  states.set(buffer, state);
}

/** Lets {@linkcode handshakeDetails} find the connection of a buffer's socket. */
export function registerSocket<S extends TLSWrappedSocket>(
  socket: S,
  buffer: TLSWrappedBuffer,
): S {
  const state = states.get(buffer);
  if (state !== undefined) states.set(socket, state);
  return socket;
}

function namesOf(
  registry: Readonly<Record<string, number>>,
): ReadonlyMap<number, string> {
  return new Map(
    Object.entries(registry).map(([name, codePoint]) => [codePoint, name]),
  );
}

const GROUPS = namesOf(NamedGroup);
const SCHEMES = namesOf(SignatureScheme);

function named(
  names: ReadonlyMap<number, string>,
  codePoint: number,
): NamedCodePoint {
  // The engine agrees to nothing that is not in its registry.
  return Object.freeze({ codePoint, name: names.get(codePoint)! });
}

/**
 * What a handshake of the pure backend came to: the group of the key exchange,
 * the signature schemes, and whether the peer was validated. The cipher suite,
 * the protocol and the certificates are the contract's, by methods of `handle`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { handshakeDetails, pureBackend } from "@pep543/tls/pure";
 *
 * const context = new pureBackend.clientContext!({});
 * const buffer = context.wrapBuffers("server.test");
 * assertEquals(handshakeDetails(buffer), null); // not yet
 *
 * export async function groupOf(hostname: string): Promise<string> {
 *   await using socket = await context.connect({ hostname, port: 443 });
 *   return handshakeDetails(socket)!.group.name; // "X25519MLKEM768"
 * }
 * ```
 *
 * @param handle A buffer or a socket that a context of the pure backend made.
 * For a socket that `wrapStream` made, the buffer that it was made of.
 * @returns `null` before the end of the handshake, and for what is of another
 * backend.
 */
export function handshakeDetails(
  handle: TLSWrappedBuffer | TLSWrappedSocket,
): HandshakeDetails | null {
  const state = states.get(handle)?.() ?? null;
  if (state === null) return null;
  const { facts: { group, ownScheme, retried }, peer: { identity } } = state;
  const shown = identity.kind === "certificate" ? identity : null;
  return Object.freeze({
    group: named(GROUPS, group),
    peerSignatureScheme: shown === null ? null : named(SCHEMES, shown.scheme),
    ownSignatureScheme: ownScheme === null ? null : named(SCHEMES, ownScheme),
    peerValidated: shown !== null && shown.path !== null,
    helloRetryRequest: retried,
  });
}
