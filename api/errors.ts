/**
 * The errors that every backend throws. They are told apart by
 * {@linkcode TLSError.code}, which is stable, and by {@linkcode TLSError.is}, which
 * knows the errors of any copy of this module: two copies (one by URL, one from
 * a registry) have different classes, so `instanceof` alone may say no.
 *
 * @module
 */
import type { Certificate } from "./credentials.ts";

/**
 * What went wrong, as a stable string:
 *
 * | code | class | meaning |
 * |---|---|---|
 * | `want-read` | {@linkcode WantReadError} | more bytes from the network are needed |
 * | `want-write` | {@linkcode WantWriteError} | outgoing bytes must be taken first |
 * | `want-completion` | {@linkcode WantCompletionError} | something asynchronous must finish first |
 * | `ragged-eof` | {@linkcode RaggedEOF} | the transport ended without close_notify |
 * | `configuration` | {@linkcode ConfigurationError} | a setting or call that the backend cannot obey |
 * | `certificate` | {@linkcode CertificateError} | the peer's certificate was refused |
 * | `alert` | {@linkcode AlertError} | a fatal alert was sent or received |
 * | `closed` | {@linkcode TLSError} | the connection was closed at this end |
 * | `timeout` | {@linkcode TLSError} | a named limit of time ran out |
 * | `internal` | {@linkcode TLSError} | the transport or this library failed; see `cause` |
 */
export type TLSErrorCode =
  | "want-read"
  | "want-write"
  | "want-completion"
  | "ragged-eof"
  | "configuration"
  | "certificate"
  | "alert"
  | "closed"
  | "timeout"
  | "internal";

/** Marks the errors of every copy of this module. */
const BRAND = Symbol.for("@pep543/tls.TLSError");

/**
 * Turns stack traces off and returns the limit to restore. A Want is control
 * flow: capturing a stack for it costs some 5 µs and tells nobody anything.
 */
function stopStacks(): number | null {
  const limit = (Error as { stackTraceLimit?: number }).stackTraceLimit;
  if (typeof limit !== "number") return null;
  // Where Error is frozen, as hardened realms have it, there are stacks.
  return Reflect.set(Error, "stackTraceLimit", 0) ? limit : null;
}

/** Undoes {@linkcode stopStacks}. */
function restoreStacks(limit: number | null): void {
  if (limit !== null) Reflect.set(Error, "stackTraceLimit", limit);
}

/**
 * The base of all errors that a TLS connection, context or credential throws.
 *
 * @example
 * ```ts
 * import { assert } from "@std/assert";
 * import { TLSError } from "@pep543/tls";
 *
 * const error: unknown = new TLSError("closed", "Cannot read: closed");
 * if (TLSError.is(error)) {
 *   assert(error.code === "closed");
 * }
 * ```
 *
 * Source: {@link https://peps.python.org/pep-0543/#errors | PEP 543, Errors}.
 */
export class TLSError extends Error {
  static {
    this.prototype.name = "TLSError";
    Object.defineProperty(this.prototype, BRAND, { value: true });
  }

  /** What went wrong; stable, for programs. */
  readonly code: TLSErrorCode;

  /**
   * An error of `code`, with a sentence for people.
   *
   * @param code What went wrong.
   * @param message A sentence; never holds a secret.
   * @param options The `cause`, where there is one.
   */
  constructor(code: TLSErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  /**
   * True for an error of any copy of this module, also from another realm.
   *
   * @param error Anything.
   * @returns Whether it is a {@linkcode TLSError}.
   */
  static is(error: unknown): error is TLSError {
    return typeof error === "object" && error !== null &&
      (error as Record<symbol, unknown>)[BRAND] === true;
  }
}

/**
 * A buffer's operation cannot go on before more bytes from the network are given
 * to `receiveFromNetwork`. It carries no stack.
 *
 * Source: {@link https://peps.python.org/pep-0543/#errors | PEP 543, Errors}.
 */
export class WantReadError extends TLSError {
  static {
    this.prototype.name = "WantReadError";
  }

  /** Says that bytes from the network are needed. */
  constructor() {
    const limit = stopStacks();
    super("want-read", "Cannot go on: bytes from the network are needed");
    restoreStacks(limit);
  }
}

/**
 * A buffer's operation cannot go on before outgoing bytes are taken with
 * `peekOutgoing` and `consumeOutgoing`. It carries no stack.
 *
 * Source: {@link https://peps.python.org/pep-0543/#errors | PEP 543, Errors}.
 */
export class WantWriteError extends TLSError {
  static {
    this.prototype.name = "WantWriteError";
  }

  /** Says that outgoing bytes must be taken. */
  constructor() {
    const limit = stopStacks();
    super("want-write", "Cannot go on: outgoing bytes must be taken first");
    restoreStacks(limit);
  }
}

/**
 * A buffer's operation waits for something asynchronous, an external signer say:
 * await {@linkcode completion}, then call it again. It carries no stack. The PEP has
 * no such error; it supposes that every key is at hand.
 */
export class WantCompletionError extends TLSError {
  static {
    this.prototype.name = "WantCompletionError";
  }

  /**
   * Settles when the operation is worth calling again. It never rejects: what
   * failed is thrown by the call that follows.
   */
  readonly completion: Promise<void>;

  /**
   * Says that `completion` must settle first.
   *
   * @param completion What to await.
   */
  constructor(completion: Promise<void>) {
    const limit = stopStacks();
    super("want-completion", "Cannot go on: an answer is awaited");
    restoreStacks(limit);
    this.completion = completion;
  }
}

/**
 * The transport ended without close_notify: what was read may have been cut
 * short by an attacker. It comes after all the data that arrived whole.
 *
 * Sources: {@link https://peps.python.org/pep-0543/#errors | PEP 543, Errors};
 * {@link https://www.rfc-editor.org/rfc/rfc8446#section-6.1 | RFC 8446, section 6.1}.
 */
export class RaggedEOF extends TLSError {
  static {
    this.prototype.name = "RaggedEOF";
  }

  /**
   * Says that the end was not announced.
   *
   * @param message A sentence; has a default.
   * @param options The `cause`, where there is one.
   */
  constructor(
    message =
      "Cannot trust the end of the data: the transport ended without close_notify",
    options?: ErrorOptions,
  ) {
    super("ragged-eof", message, options);
  }
}

/** What a {@linkcode ConfigurationError} says beside its sentence. */
export interface ConfigurationErrorOptions extends ErrorOptions {
  /** The field of the configuration, or the method, that cannot be obeyed. */
  field: string;
  /** The backend's name, or `null` where it is no backend that refuses. */
  backend: string | null;
}

/**
 * A setting or a call that cannot be obeyed: a setting is honoured or refused,
 * never ignored. The message names the field, the value, the backend, and what
 * to use instead.
 *
 * @example
 * ```ts
 * import { assert } from "@std/assert";
 * import { ConfigurationError, TLSConfiguration } from "@pep543/tls";
 *
 * try {
 *   new TLSConfiguration({ ciphers: [0x1_0000] });
 * } catch (error) {
 *   assert(error instanceof ConfigurationError);
 *   assert((error as ConfigurationError).field === "ciphers");
 * }
 * ```
 */
export class ConfigurationError extends TLSError {
  static {
    this.prototype.name = "ConfigurationError";
  }

  /** The field of the configuration, or the method, that cannot be obeyed. */
  readonly field: string;
  /** The backend's name, or `null` where it is no backend that refuses. */
  readonly backend: string | null;

  /**
   * Says what cannot be obeyed.
   *
   * @param message A sentence that says what to use instead.
   * @param options The field, the backend and the `cause`.
   */
  constructor(message: string, options: ConfigurationErrorOptions) {
    super("configuration", message, options);
    this.field = options.field;
    this.backend = options.backend;
  }
}

/** What a {@linkcode CertificateError} says beside its sentence. */
export interface CertificateErrorOptions extends ErrorOptions {
  /** Why, as a stable string; see {@linkcode CertificateError.reason}. */
  reason: string;
  /** The certificate at fault first, then the chain that was tried. */
  certificates?: readonly Certificate[];
}

/**
 * The peer's certificate was refused, at this end or (see `cause`) by the peer.
 *
 * The reasons that every backend shares: `expired`, `not-yet-valid`,
 * `unknown-issuer`, `self-signed`, `name-mismatch`, `bad-signature`,
 * `bad-encoding`, `revoked`, `wrong-purpose`, `not-a-ca`, `policy` (a
 * `verifyPeer` that threw) and `other`. A backend may have more.
 */
export class CertificateError extends TLSError {
  static {
    this.prototype.name = "CertificateError";
  }

  /** Why, as a stable string: "expired", "unknown-issuer", "name-mismatch", … */
  readonly reason: string;
  /**
   * The certificate at fault first, then the chain that was tried; empty where
   * the backend does not reveal it.
   */
  readonly certificates: readonly Certificate[];

  /**
   * Says why a certificate was refused.
   *
   * @param message A sentence that a person can act on.
   * @param options The reason, the certificates and the `cause`.
   */
  constructor(message: string, options: CertificateErrorOptions) {
    super("certificate", message, options);
    this.reason = options.reason;
    this.certificates = Object.freeze([...options.certificates ?? []]);
  }
}

/** What an {@linkcode AlertError} says beside its sentence. */
export interface AlertErrorOptions extends ErrorOptions {
  /** The alert's code point. */
  alert: number;
  /** Whether this end sent it or the peer did. */
  direction: "sent" | "received";
}

/**
 * A fatal alert ended the connection.
 *
 * Source: {@link https://www.rfc-editor.org/rfc/rfc8446#section-6.2 | RFC 8446, section 6.2};
 * code points: {@link https://www.iana.org/assignments/tls-parameters/tls-parameters.xhtml#tls-parameters-6 | TLS Alerts}.
 */
export class AlertError extends TLSError {
  static {
    this.prototype.name = "AlertError";
  }

  /** The alert's code point, 40 for handshake_failure. */
  readonly alert: number;
  /** Whether this end sent it or the peer did. */
  readonly direction: "sent" | "received";

  /**
   * Says which alert ended the connection.
   *
   * @param message A sentence.
   * @param options The alert, its direction and the `cause`.
   */
  constructor(message: string, options: AlertErrorOptions) {
    super("alert", message, options);
    this.alert = options.alert;
    this.direction = options.direction;
  }
}
