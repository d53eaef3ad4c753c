/**
 * TLS 1.3 in memory for the suite's own tests: small, correct enough to meet
 * `node:tls`, and able to be wrong on purpose. Not for anything else.
 *
 * Source: {@link https://www.rfc-editor.org/rfc/rfc8446 | RFC 8446}.
 *
 * @module
 */
import { concat, hex } from "../../conformance/_bytes.ts";
import {
  AlertError,
  CertificateError,
  RaggedEOF,
  type TLSConfiguration,
  TLSError,
  type Want,
} from "../../../mod.ts";
import type { Fault } from "./faults.ts";
import {
  expandLabel,
  Protection,
  RecordFailure,
  type Suite,
} from "./schedule.ts";

export const Alert = {
  unexpectedMessage: 10,
  badRecordMac: 20,
  handshakeFailure: 40,
  badCertificate: 42,
  certificateRevoked: 44,
  certificateExpired: 45,
  certificateUnknown: 46,
  illegalParameter: 47,
  unknownCa: 48,
  decodeError: 50,
  decryptError: 51,
  protocolVersion: 70,
  internalError: 80,
  certificateRequired: 116,
  noApplicationProtocol: 120,
} as const;

/** Thrown where this end ends the connection with an alert. */
export class Refusal extends Error {
  readonly alert: number;
  constructor(alert: number, reason: string) {
    super(reason);
    this.alert = alert;
  }
}

/** As much as a slow network should have to carry. */
const OUTGOING_LIMIT = 256 * 1024;
const MAX_FRAGMENT = 16_384;
const MAX_RECORD = MAX_FRAGMENT + 256;

export interface Message {
  readonly type: number;
  readonly body: Uint8Array;
}

/** A handshake asks for what it must wait for. */
export type Handshake = Generator<Want, void, void>;

/** Records, the end of the connection, and its failure. */
export class Engine {
  readonly configuration: TLSConfiguration;
  readonly faults: ReadonlySet<Fault>;
  readonly role: "client" | "server";
  suite: Suite | null = null;
  transcript: Uint8Array = new Uint8Array();
  #incoming: Uint8Array = new Uint8Array();
  #inputEnded = false;
  readonly #outgoing: Uint8Array[] = [];
  #outgoingLength = 0;
  #receiving: Protection | null = null;
  #sending: Protection | null = null;
  #messages: Uint8Array = new Uint8Array();
  readonly #plaintext: Uint8Array[] = [];
  #handshake: Handshake | null = null;
  #done = false;
  #peerClosed = false;
  #closed = false;
  #failure: { readonly error: unknown } | null = null;

  constructor(
    role: "client" | "server",
    configuration: TLSConfiguration,
    faults: ReadonlySet<Fault>,
  ) {
    this.role = role;
    this.configuration = configuration;
    this.faults = faults;
  }

  begin(handshake: Handshake): void {
    this.#handshake = handshake;
  }

  get isDone(): boolean {
    return this.#done;
  }

  // ---- what a handshake uses -------------------------------------------------

  *next(...types: readonly number[]): Generator<Want, Message, void> {
    for (;;) {
      if (this.#messages.length >= 4) {
        const length =
          new DataView(this.#messages.buffer, this.#messages.byteOffset)
            .getUint32(0) & 0xffffff;
        if (this.#messages.length >= 4 + length) {
          const whole = this.#messages.slice(0, 4 + length);
          this.#messages = this.#messages.slice(4 + length);
          const type = whole[0]!;
          if (!types.includes(type)) {
            throw new Refusal(Alert.unexpectedMessage, `message ${type}`);
          }
          this.record(whole);
          return { type, body: whole.subarray(4) };
        }
      }
      const record = this.#nextRecord();
      if (record === null) {
        if (this.#inputEnded || this.#peerClosed) throw new RaggedEOF();
        yield { want: "read" };
      } else if (record.type === 22) {
        this.#messages = concat([this.#messages, record.content]);
      } else {
        throw new Refusal(Alert.unexpectedMessage, `record ${record.type}`);
      }
    }
  }

  *wait<T>(promise: T | Promise<T>): Generator<Want, T, void> {
    if (!(promise instanceof Promise)) return promise;
    let result: { value: T } | { error: unknown } | null = null as never;
    const completion = promise.then(
      (value) => void (result = { value }),
      (error) => void (result = { error }),
    );
    while (result === null) yield { want: "completion", completion };
    if ("error" in result) throw (result as { error: unknown }).error;
    return (result as { value: T }).value;
  }

  record(message: Uint8Array): void {
    this.transcript = concat([this.transcript, message]);
  }

  send(message: Uint8Array): void {
    this.record(message);
    for (let at = 0; at < message.length; at += MAX_FRAGMENT) {
      this.#push(22, message.subarray(at, at + MAX_FRAGMENT));
    }
  }

  protect(direction: "receive" | "send", secret: Uint8Array): void {
    const protection = new Protection(
      this.suite!,
      secret,
      !this.faults.has("delivers altered records"),
    );
    if (direction === "receive") this.#receiving = protection;
    else this.#sending = protection;
    this.#secrets[direction] = secret;
  }

  readonly #secrets: { receive?: Uint8Array; send?: Uint8Array } = {};

  // ---- the buffer's operations -----------------------------------------------

  tryHandshake(): Want | null {
    this.#check();
    if (this.#done) return null;
    try {
      const { done, value } = this.#handshake!.next();
      if (!done) return value;
      this.#done = true;
      return null;
    } catch (error) {
      throw this.#fail(error);
    }
  }

  tryReadInto(p: Uint8Array): number | Want {
    if (!this.faults.has("reads after a fatal error")) this.#check();
    if (!this.#done) {
      const want = this.tryHandshake();
      if (want !== null) return want;
    }
    try {
      for (;;) {
        const [chunk] = this.#plaintext;
        if (chunk !== undefined) {
          const n = Math.min(p.length, chunk.length);
          p.set(chunk.subarray(0, n));
          if (n === chunk.length) this.#plaintext.shift();
          else this.#plaintext[0] = chunk.subarray(n);
          return n;
        }
        if (this.#peerClosed) return 0;
        if (!this.#process()) {
          if (!this.#inputEnded) return { want: "read" };
          if (this.faults.has("swallows truncation")) return 0;
          throw new RaggedEOF();
        }
      }
    } catch (error) {
      throw this.#fail(error);
    }
  }

  tryWrite(p: Uint8Array): number | Want {
    this.#check();
    if (!this.#done) {
      const want = this.tryHandshake();
      if (want !== null) return want;
    }
    if (this.#closed) {
      throw new TLSError("closed", "Cannot write: close_notify was said");
    }
    let taken = 0;
    while (
      taken < p.length && (this.#outgoingLength < OUTGOING_LIMIT ||
        this.faults.has("takes without limit"))
    ) {
      const fragment = p.subarray(taken, taken + MAX_FRAGMENT);
      this.#push(23, fragment);
      taken += fragment.length;
    }
    return taken === 0 && p.length > 0 ? { want: "write" } : taken;
  }

  shutdown(): Want | null {
    this.#check();
    if (!this.#closed) {
      this.#closed = true;
      if (!this.faults.has("no close_notify")) {
        this.#push(21, new Uint8Array([1, 0]));
      }
    }
    try {
      while (!this.#peerClosed && this.#plaintext.length === 0) {
        if (!this.#process()) {
          if (this.#inputEnded) throw new RaggedEOF();
          break;
        }
      }
    } catch (error) {
      throw this.#fail(error);
    }
    return this.#peerClosed ? null : { want: "read" };
  }

  receive(data: Uint8Array): void {
    this.#incoming = this.#incoming.length === 0 &&
        this.faults.has("keeps a view of incoming memory")
      ? data
      : concat([this.#incoming, data]);
  }

  receiveEnd(): void {
    this.#inputEnded = true;
  }

  peek(amt: number): Uint8Array {
    return this.#outgoing[0]?.subarray(0, amt) ?? new Uint8Array();
  }

  consume(amt: number): void {
    this.#outgoingLength -= amt;
    while (amt > 0) {
      const first = this.#outgoing[0]!;
      if (first.length <= amt) this.#outgoing.shift();
      else this.#outgoing[0] = first.subarray(amt);
      amt -= first.length;
    }
  }

  get incomingLength(): number {
    return this.#incoming.length;
  }

  get outgoingLength(): number {
    return this.#outgoingLength;
  }

  // ---- records -----------------------------------------------------------------

  #push(type: number, content: Uint8Array): void {
    const bytes = this.#sending === null
      ? concat([
        new Uint8Array([type, 3, 3, content.length >> 8, content.length & 255]),
        content,
      ])
      : this.#sending.seal(type, content);
    this.#outgoing.push(bytes);
    this.#outgoingLength += bytes.length;
  }

  #nextRecord(): { type: number; content: Uint8Array } | null {
    for (;;) {
      if (this.#peerClosed) return null;
      if (this.#incoming.length < 5) return null;
      const type = this.#incoming[0]!;
      const length = this.#incoming[3]! << 8 | this.#incoming[4]!;
      if (type < 20 || type > 23 || length > MAX_RECORD) {
        throw new Refusal(Alert.decodeError, "this is no TLS");
      }
      if (this.#incoming.length < 5 + length) return null;
      const payload = this.#incoming.slice(5, 5 + length);
      this.#incoming = this.#incoming.slice(5 + length);
      if (type === 20) continue;
      let record: { type: number; content: Uint8Array } = {
        type,
        content: payload,
      };
      if (type === 23) {
        if (this.#receiving === null) {
          throw new Refusal(Alert.unexpectedMessage, "data in the clear");
        }
        try {
          record = this.#receiving.open(payload);
        } catch (error) {
          if (!(error instanceof RecordFailure)) throw error;
          throw new Refusal(Alert.badRecordMac, "a record was altered");
        }
      }
      if (record.type !== 21) return record;
      const [, description] = record.content;
      if (description === 0) {
        this.#peerClosed = true;
        return null;
      }
      throw new AlertError(`Cannot go on: the peer sent alert ${description}`, {
        alert: description!,
        direction: "received",
      });
    }
  }

  /** Takes one record behind the handshake; false where there is none. */
  #process(): boolean {
    const record = this.#nextRecord();
    if (record === null) return this.#peerClosed;
    if (record.type === 23) {
      if (record.content.length > 0) this.#plaintext.push(record.content);
    } else if (record.type === 22 && record.content[0] === 24) {
      this.protect(
        "receive",
        expandLabel(this.suite!, this.#secrets.receive!, "traffic upd"),
      );
    } else if (record.type !== 22 || record.content[0] !== 4) {
      throw new Refusal(Alert.unexpectedMessage, "what a peer may not send");
    }
    return true;
  }

  #check(): void {
    if (this.#failure === null) return;
    if (this.faults.has("another error each time")) {
      throw new TLSError("internal", "Cannot go on: it failed before");
    }
    throw this.#failure.error;
  }

  #fail(error: unknown): unknown {
    if (this.#failure !== null) return this.#failure.error;
    const failure = this.#translate(error);
    if (failure.alert !== null) {
      try {
        this.#push(21, new Uint8Array([2, failure.alert]));
      } catch {
        // Nothing more can be said.
      }
    }
    this.#failure = { error: failure.error };
    return failure.error;
  }

  #translate(error: unknown): { error: unknown; alert: number | null } {
    if (error instanceof CertificateError) {
      const alert = {
        expired: Alert.certificateExpired,
        revoked: Alert.certificateRevoked,
        "unknown-issuer": Alert.unknownCa,
      }[error.reason] ?? Alert.badCertificate;
      return { error, alert };
    }
    if (TLSError.is(error)) return { error, alert: null };
    if (error instanceof Refusal) {
      return {
        error: new AlertError(`Cannot go on: ${error.message}`, {
          alert: error.alert,
          direction: "sent",
        }),
        alert: error.alert,
      };
    }
    const isShort = error instanceof RangeError;
    return {
      error: isShort
        ? new AlertError("Cannot go on: a message is malformed", {
          alert: Alert.decodeError,
          direction: "sent",
        })
        : new TLSError("internal", "Cannot go on", { cause: error }),
      alert: isShort ? Alert.decodeError : Alert.internalError,
    };
  }

  /** Tells keyLog a secret under its label. */
  log(label: string, random: Uint8Array, secret: Uint8Array): void {
    if (this.faults.has("ignores keyLog")) return;
    const shown = this.faults.has("logs wrong secrets")
      ? secret.map((byte) => byte ^ 1)
      : secret;
    this.configuration.keyLog?.(`${label} ${hex(random)} ${hex(shown)}`);
  }
}
