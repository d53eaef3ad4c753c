/**
 * One end of a connection, sans-IO: bytes in, bytes and plaintext out. It steps
 * the state machine of its role, applies the outputs to the record layer, and is
 * the only place that chooses an alert. After a failure everything is wiped and
 * every operation gives that same failure.
 *
 * @module
 */
import { Binding } from "./auth/binding.ts";
import { Channel, type Content } from "./channel.ts";
import { DecodeFailure } from "./codec/reader.ts";
import { alertOf, TlsFailure } from "./failure.ts";
import {
  type Connected,
  type HandshakeFacts,
  updateWriteKey,
} from "./handshake/connected.ts";
import {
  advance,
  checkType,
  type Output,
  type Step,
  type Stepping,
} from "./handshake/machine.ts";
import { AlertDescription, ContentType } from "./iana.ts";
import { decodeAlert, isWarning } from "./messages/alert.ts";
import { decodeHandshake } from "./messages/handshake.ts";
import { type Handling, type Request, wipeAnswer } from "./requests.ts";
import type {
  AnyState,
  ConnectionFailure,
  ReadResult,
  Role,
} from "./connection_types.ts";

export type * from "./connection_types.ts";

/**
 * Application data is taken while fewer bytes than this wait for the network:
 * enough for a write to fill a socket's buffer, little enough that a peer who
 * does not read costs no memory.
 */
export const MAX_OUTGOING = 131_072;

/**
 * Input is not processed while more than this waits for the network, so that a
 * peer who asks for answers and does not read them costs no memory. Over
 * {@linkcode MAX_OUTGOING}, so that data alone never stops reading.
 */
const MAX_OUTGOING_BEFORE_READ = 2 * MAX_OUTGOING;

/**
 * How many messages may follow a handshake in a row without application data.
 * Servers send a few tickets; endless KeyUpdates are an attack on time.
 */
const MAX_MESSAGES_WITHOUT_DATA = 32;

/** How many warnings (user_canceled) are ignored before they are a flood. */
const MAX_WARNINGS = 4;

/** One end of a connection. */
export class Connection<S extends AnyState> {
  readonly #role: Role<S>;
  readonly #binding = new Binding();
  readonly #channel: Channel;
  #state: S | null = null;
  #running: Handling<Step<S>> | null = null;
  #request: Request | null = null;
  #failure: ConnectionFailure | null = null;
  #keyLog: string[] = [];
  /** Plaintext that did not fit the caller's memory. */
  #rest: Uint8Array | null = null;
  #inputEnded = false;
  #readClosed = false;
  #writeClosed = false;
  #updateAsked = false;
  #messagesWithoutData = 0;
  #warnings = 0;
  readonly #checkType = (type: number) =>
    checkType(this.#role.handlers, this.#state!, type);

  /** A connection of a role; nothing happens before {@linkcode start}. */
  constructor(role: Role<S>) {
    this.#role = role;
    this.#channel = new Channel(role.name);
  }

  /** Begins: a client makes its hello. A second call does nothing. */
  start(): void {
    if (this.#state !== null || this.#running !== null || this.#failure) return;
    this.#attempt(() => this.#run(this.#role.start(this.#binding)));
  }

  /** What must be answered before anything goes on; `null` for nothing. */
  get request(): Request | null {
    return this.#request;
  }

  /** Why the connection failed, `null` while it has not. */
  get failure(): ConnectionFailure | null {
    return this.#failure;
  }

  /** The last state, once the handshake is done; kept after a failure. */
  get connected(): Connected | null {
    const state: AnyState | null = this.#state;
    return state?.kind === "connected" ? state as Connected : null;
  }

  /** What was negotiated; `null` before. */
  get facts(): HandshakeFacts | null {
    return this.connected?.facts ?? null;
  }

  /** Whether the peer's close_notify came. */
  get readClosed(): boolean {
    return this.#readClosed;
  }

  /** Whether close_notify was sent. */
  get writeClosed(): boolean {
    return this.#writeClosed;
  }

  /** How many bytes wait for the network. */
  get outgoing(): number {
    return this.#channel.sender.queue.length;
  }

  /** A view of the bytes for the network, at most `length`. */
  peekOutgoing(length: number): Uint8Array<ArrayBuffer> {
    return this.#channel.sender.queue.peek(length);
  }

  /** Drops bytes for the network: they were sent. */
  consumeOutgoing(length: number): void {
    this.#channel.sender.queue.consume(length);
  }

  /** How many bytes from the network, or of plaintext, wait to be processed. */
  get incoming(): number {
    return this.#channel.receiver.buffered;
  }

  /** The lines for a key log since the last call. */
  takeKeyLog(): readonly string[] {
    const lines = this.#keyLog;
    if (lines.length > 0) this.#keyLog = [];
    return lines;
  }

  /** Takes bytes from the network, copied where they cannot be used at once. */
  feed(data: Uint8Array): void {
    if (this.#failure !== null || this.#inputEnded) return;
    this.#channel.receiver.feed(data);
    this.#channel.receiver.retain();
  }

  /** The transport has ended. */
  endOfInput(): void {
    this.#inputEnded = true;
  }

  /** Goes on with the handshake as far as the input leads. */
  handshake(): ReadResult | "done" {
    this.start();
    while (this.connected === null) {
      const found = this.#advance(null);
      if (found !== "again") return found as ReadResult;
    }
    return this.#failure === null ? "done" : "failed";
  }

  /**
   * Writes plaintext to the front of `output` and returns how many bytes, at
   * least one, or why there is none. Only once the handshake is done.
   */
  read(output: Uint8Array): number | ReadResult {
    if (this.#rest !== null) return this.#takeRest(output);
    while (true) {
      const found = this.#advance(output);
      if (found === "again") continue;
      if (typeof found === "string") return found;
      const { memory, length } = found;
      if (memory === output) return length;
      const count = Math.min(length, output.length);
      output.set(memory.subarray(0, count));
      if (count < length) this.#rest = memory.slice(count, length);
      memory.fill(0, 0, length);
      return count;
    }
  }

  /**
   * Processes input up to the next plaintext, which stays for
   * {@linkcode read}: to see whether the peer's close_notify is next.
   */
  lookAhead(): ReadResult | "data" {
    if (this.#rest !== null) return "data";
    while (true) {
      const found = this.#advance(null);
      if (found === "again") continue;
      if (typeof found === "string") return found;
      this.#rest = found.memory.slice(0, found.length);
      found.memory.fill(0, 0, found.length);
      return "data";
    }
  }

  #takeRest(output: Uint8Array): number {
    const rest = this.#rest!;
    const count = Math.min(rest.length, output.length);
    output.set(rest.subarray(0, count));
    rest.fill(0, 0, count);
    this.#rest = count === rest.length ? null : rest.subarray(count);
    return count;
  }

  /** How many bytes of `data` were taken; 0 where too much is outgoing. */
  write(data: Uint8Array): number {
    const state = this.connected;
    if (this.#failure !== null || state === null || this.#writeClosed) {
      throw new Error("Cannot write: the connection is not open for it");
    }
    const space = MAX_OUTGOING - this.#channel.sender.queue.length;
    if (space <= 0 || data.length === 0) return 0;
    const part = data.subarray(0, space);
    this.#attempt(() => {
      if (this.#channel.sender.keyUpdateDue) this.updateKeys(false);
      this.#channel.sender.write(ContentType.application_data, part);
    });
    return this.#failure === null ? part.length : 0;
  }

  /** Changes this end's key, and asks the peer to change its own too if so told. */
  updateKeys(requestUpdate: boolean): void {
    const state = this.connected;
    if (state === null || this.#failure !== null || this.#writeClosed) {
      throw new Error("Cannot update keys: the connection is not open for it");
    }
    this.#attempt(() => {
      this.#updateAsked ||= requestUpdate;
      this.#apply(updateWriteKey(state, requestUpdate) as unknown as Step<S>);
    });
  }

  /** Says close_notify, once. Reading goes on. */
  close(): void {
    if (this.#failure !== null || this.#writeClosed) return;
    this.#writeClosed = true;
    this.#channel.sendAlert(AlertDescription.close_notify);
    this.#wipeClosed();
  }

  /**
   * Abandons the connection: a fault above the engine, which `error` names. The
   * peer is told, and everything wiped.
   */
  abort(error: unknown): void {
    this.#fail(error);
  }

  /** Wipes everything, without a word to the peer. What is outgoing stays. */
  destroy(): void {
    this.#failure ??= { kind: "truncated" };
    this.#wipe();
  }

  /** The answer to {@linkcode request}. One that comes too late is wiped. */
  answer(request: Request, value: unknown): void {
    if (request !== this.#request) {
      wipeAnswer(value);
      return;
    }
    this.#request = null;
    this.#attempt(() => this.#resume((running) => running.next(value)));
  }

  /** {@linkcode request} could not be answered. */
  reject(request: Request, error: unknown): void {
    if (request !== this.#request) return;
    this.#request = null;
    this.#attempt(() => this.#resume((running) => running.throw(error)));
  }

  /** Runs what may fail; a failure ends the connection. */
  #attempt(body: () => void): void {
    try {
      body();
    } catch (error) {
      this.#fail(error);
    }
  }

  #run(stepping: Stepping<S>): void {
    if ("outputs" in stepping) {
      this.#apply(stepping);
    } else {
      this.#running = stepping;
      this.#resume((running) => running.next());
    }
  }

  #resume(
    go: (running: Handling<Step<S>>) => IteratorResult<Request, Step<S>>,
  ): void {
    const result = go(this.#running!);
    if (result.done !== true) {
      this.#request = result.value;
      return;
    }
    this.#running = null;
    this.#apply(result.value);
  }

  #apply({ next, outputs }: Step<S>): void {
    for (const output of outputs) this.#output(output, next);
    this.#channel.flush();
    const before: AnyState | null = this.#state;
    this.#state = next;
    if (next.kind === "connected" && before?.kind !== "connected") {
      this.#channel.endHandshake();
    }
  }

  #output(output: Output, { settings }: S): void {
    switch (output.type) {
      case "release":
        this.#binding.release(output.secret);
        break;
      case "keyLog":
        this.#keyLog.push(output.line);
        break;
      case "send":
      case "installWriteKey":
        // Nothing may follow close_notify, not even an answer to a KeyUpdate.
        if (!this.#writeClosed) this.#channel.apply(output, settings);
        break;
      default:
        if (output.type === "installReadKey") this.#updateAsked = false;
        this.#channel.apply(output, settings);
    }
  }

  /**
   * Processes one message or one record. Where that is application data, gives
   * the memory that it is at the front of: `output` if it has room.
   */
  #advance(output: Uint8Array | null): ReadResult | "again" | Content {
    if (this.#failure !== null) return "failed";
    if (this.#request !== null) return "need-answer";
    if (this.#readClosed) return "end";
    if (this.#channel.sender.queue.length > MAX_OUTGOING_BEFORE_READ) {
      return "need-drain";
    }
    try {
      if (this.#takeMessage()) return "again";
      const content = this.#channel.nextRecord(output);
      if (content === undefined) return this.#atEndOfBytes();
      if (content === null) return "again";
      if (content.type === ContentType.application_data) {
        this.#checkData(content);
        return content.length === 0 ? "again" : content;
      }
      const bytes = content.memory.subarray(0, content.length);
      this.#takeRecord(content.type, bytes);
      bytes.fill(0);
      return "again";
    } catch (error) {
      this.#fail(error);
      return "failed";
    }
  }

  #atEndOfBytes(): ReadResult {
    if (!this.#inputEnded) return "need-input";
    this.#failure = { kind: "truncated" };
    this.#wipe();
    return "failed";
  }

  /** Hands the next whole handshake message to the machine; false for none. */
  #takeMessage(): boolean {
    const raw = this.#channel.nextMessage(this.#checkType);
    if (raw === null) return false;
    if (
      this.connected !== null &&
      ++this.#messagesWithoutData > MAX_MESSAGES_WITHOUT_DATA
    ) {
      throw new TlsFailure("message-flood", "the peer sends messages only");
    }
    const message = decodeHandshake(raw);
    const stepping = advance(this.#role.handlers, this.#state!, message, raw);
    if (message.type === "clientHello") {
      // "at any time after the first ClientHello message has been ... received".
      this.#channel.expectChangeCipherSpec();
      this.#channel.receiver.endEarlyData();
    }
    this.#run(stepping);
    return true;
  }

  /** One record that is not application data. */
  #takeRecord(type: ContentType, content: Uint8Array): void {
    // "Implementations MUST NOT send zero-length fragments of Handshake types".
    if (content.length === 0) {
      throw new TlsFailure("record-empty", "a record of messages is empty");
    }
    switch (type) {
      case ContentType.handshake:
        this.#channel.pushMessage(content);
        break;
      case ContentType.alert:
        this.#takeAlert(content);
        break;
      default:
        throw new TlsFailure(
          "unexpected-message",
          "the peer sent change_cipher_spec under protection",
        );
    }
  }

  #checkData({ memory, length }: Content): void {
    if (this.connected === null || this.#channel.messagePending) {
      memory.fill(0, 0, length);
      throw new TlsFailure(
        "unexpected-message",
        "the peer sent application data in the middle of a handshake",
      );
    }
    if (length > 0) this.#messagesWithoutData = 0;
    const due = this.#channel.receiver.keyUpdateDue && !this.#updateAsked;
    if (due && !this.#writeClosed) this.updateKeys(true);
  }

  #takeAlert(content: Uint8Array): void {
    const { description } = decodeAlert(content);
    if (isWarning(description)) this.#channel.checkWhole();
    if (
      description === AlertDescription.close_notify && this.connected !== null
    ) {
      // "Any data received after a closure alert has been received MUST be
      // ignored."
      this.#readClosed = true;
      this.#wipeClosed();
      return;
    }
    if (description === AlertDescription.user_canceled) {
      if (++this.#warnings > MAX_WARNINGS) {
        throw new TlsFailure("message-flood", "the peer sends warnings only");
      }
      return;
    }
    // "All the alerts listed in Section 6.2 MUST be sent with AlertLevel=fatal
    // and MUST be treated as error alerts ... regardless of the AlertLevel in
    // the message. Unknown Alert types MUST be treated as error alerts."
    this.#failure = { kind: "received", alert: description };
    this.#wipe();
  }

  /** The one place where a fault becomes an alert and the end. */
  #fail(error: unknown): void {
    if (this.#failure !== null) return;
    const alert = alertOf(
      error instanceof TlsFailure
        ? error.reason
        : error instanceof DecodeFailure
        ? "decode"
        : "internal",
    );
    this.#failure = { kind: "sent", alert, error };
    if (!this.#writeClosed) {
      try {
        this.#channel.sendAlert(alert);
      } catch {
        // The key may be what is used up; the failure stands without an alert.
      }
    }
    this.#wipe();
  }

  /** After both close_notifies no key is needed; bytes behind them are kept. */
  #wipeClosed(): void {
    if (!this.#readClosed || !this.#writeClosed) return;
    this.#binding.destroy();
    this.#channel.sender.destroy();
  }

  #wipe(): void {
    const running = this.#running;
    this.#running = null;
    this.#request = null;
    running?.return(undefined as never);
    this.#binding.destroy();
    this.#channel.destroy();
    this.#rest?.fill(0);
    this.#rest = null;
  }
}
