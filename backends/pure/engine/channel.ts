/**
 * The record layer as the connection uses it: obeys the outputs of the state
 * machines, joins handshake messages, and knows when a change_cipher_spec for
 * middleboxes is due and when one may come.
 *
 * @module
 */
import { TlsFailure } from "./failure.ts";
import type { EpochSecret, Output } from "./handshake/machine.ts";
import { ContentType, ProtocolVersion } from "./iana.ts";
import { encodeAlert } from "./messages/alert.ts";
import { HandshakeJoiner } from "./messages/joiner.ts";
import type { Aead, AeadName } from "./crypto/provider.ts";
import { RECORD_ROOM } from "./record/limits.ts";
import { Opener13, Sealer13 } from "./record/protect13.ts";
import type { ProtectionOptions } from "./record/protection.ts";
import { RecordReceiver } from "./record/receive.ts";
import { RecordSender } from "./record/send.ts";
import type { CommonSettings } from "./settings.ts";

/**
 * How much rejected early data a server skips: a little over what clients that
 * hold a ticket of another implementation are allowed by it.
 */
const MAX_SKIPPED_EARLY_DATA = 65_536;

/**
 * Where one record at a time is decrypted that does not go straight to the
 * caller. Shared, as nothing is kept in it between two calls.
 */
let scratch: Uint8Array | null = null;

/** A record's content. */
export interface Content {
  /** What it is. */
  readonly type: ContentType;
  /** Where it is: at the front of the caller's memory or of the channel's. */
  readonly memory: Uint8Array;
  /** How long it is. */
  readonly length: number;
}

/** The outputs of a step that concern records. */
export type RecordOutput = Exclude<
  Output,
  { readonly type: "keyLog" | "release" }
>;

/** Both halves of the record layer of one connection. */
export class Channel {
  /** The sending half. */
  readonly sender: RecordSender = new RecordSender();
  /** The receiving half. */
  readonly receiver: RecordReceiver = new RecordReceiver();
  readonly #joiner = new HandshakeJoiner();
  readonly #isServer: boolean;
  /** Whether one goes before the next record that is sent. */
  #changeCipherSpecDue = false;
  /** Whether one that comes is dropped. */
  #dropsChangeCipherSpec = false;

  /** For one end. */
  constructor(role: "client" | "server") {
    this.#isServer = role === "server";
    if (!this.#isServer) {
      // "In order to maximize backward compatibility, a record containing an
      // initial ClientHello SHOULD have version 0x0301".
      this.sender.plaintextVersion = ProtocolVersion.TLSv1_0;
      this.expectChangeCipherSpec();
    }
  }

  /** Whether there is a part of a handshake message, or one not yet taken. */
  get messagePending(): boolean {
    return this.#joiner.pending;
  }

  /** Does what a step asks, under the settings of its next state. */
  apply(output: RecordOutput, settings: CommonSettings): void {
    const { sender, receiver } = this;
    switch (output.type) {
      case "send":
        this.#sendDueChangeCipherSpec();
        sender.handshake(output.message);
        if (settings.hooks?.separate === true) sender.flush();
        break;
      case "sendChangeCipherSpec":
        sender.changeCipherSpec();
        break;
      case "installWriteKey":
        sender.install(
          new Sealer13(aeadOf(output, settings), protection(output, settings)),
        );
        this.#changeCipherSpecDue ||= output.changeCipherSpec === true;
        break;
      case "installReadKey":
        this.#checkAligned();
        receiver.install(
          new Opener13(aeadOf(output, settings), protection(output, settings)),
        );
        // A client that cannot make sense of ServerHello has no keys to say so.
        receiver.plaintextAlerts = this.#isServer &&
          output.secret.epoch === "handshake";
        break;
      case "limitRecords":
        sender.limitRecordSize(output.send);
        receiver.limitRecordSize(output.receive);
        break;
      case "skipEarlyData":
        receiver.skipEarlyData(MAX_SKIPPED_EARLY_DATA);
    }
  }

  /** Sends what the outputs of a step left to be coalesced. */
  flush(): void {
    this.sender.flush();
    this.sender.plaintextVersion = ProtocolVersion.TLSv1_2;
  }

  /**
   * "Handshake messages MUST NOT span key changes. Implementations MUST verify
   * that all messages immediately preceding a key change align with a record
   * boundary; if not, then they MUST terminate the connection with an
   * "unexpected_message" alert."
   */
  #checkAligned(): void {
    if (this.#joiner.pending) {
      throw new TlsFailure(
        "message-across-key-change",
        "the peer sent a message across a change of keys",
      );
    }
  }

  /**
   * Throws where a record may not come now: "if a handshake message is split
   * over two or more records, there MUST NOT be any other records between them."
   */
  checkWhole(): void {
    if (this.#joiner.pending) {
      throw new TlsFailure(
        "unexpected-message",
        "the peer sent another record in the middle of a message",
      );
    }
  }

  /** The next whole handshake message, or `null`; {@linkcode HandshakeJoiner.next}. */
  nextMessage(checkType: (type: number) => void): Uint8Array | null {
    const message = this.#joiner.next(checkType);
    if (message !== null) this.#setPolicy();
    return message;
  }

  /** Takes the content of a handshake record. */
  pushMessage(content: Uint8Array): void {
    this.#joiner.push(content);
    this.#setPolicy();
  }

  /**
   * The next record, into `output` where it has room. `undefined`: more bytes
   * are needed. `null`: a record was dropped, look again.
   */
  nextRecord(output: Uint8Array | null): Content | null | undefined {
    const { receiver } = this;
    const needed = receiver.room();
    if (needed === null) return undefined;
    const memory = output !== null && output.length >= needed
      ? output
      : scratch ??= new Uint8Array(RECORD_ROOM);
    const type = receiver.next(memory);
    return type === null ? null : { type, memory, length: receiver.length };
  }

  /** From now on a change_cipher_spec for middleboxes may come. */
  expectChangeCipherSpec(): void {
    this.#dropsChangeCipherSpec = true;
    this.#setPolicy();
  }

  /** The peer's Finished came: what was tolerated until then no longer is. */
  endHandshake(): void {
    this.#dropsChangeCipherSpec = false;
    this.receiver.plaintextAlerts = false;
    this.#setPolicy();
  }

  /** As {@linkcode checkWhole}: not even a record for middleboxes may come. */
  #setPolicy(): void {
    this.receiver.changeCipherSpec =
      this.#dropsChangeCipherSpec && !this.#joiner.pending ? "drop" : "refuse";
  }

  /** Sends an alert. */
  sendAlert(description: number): void {
    this.#sendDueChangeCipherSpec();
    this.sender.write(ContentType.alert, encodeAlert(description));
  }

  #sendDueChangeCipherSpec(): void {
    if (this.#changeCipherSpecDue) {
      this.#changeCipherSpecDue = false;
      this.sender.changeCipherSpec();
    }
  }

  /** Wipes the keys and drops the input. What is outgoing stays. */
  destroy(): void {
    this.sender.destroy();
    this.receiver.destroy();
  }
}

function aeadOf(
  { secret, aead }: { readonly secret: EpochSecret; readonly aead: AeadName },
  { provider }: CommonSettings,
): Aead {
  const { key, iv } = secret.trafficKeys(aead);
  const result = provider.createAead(aead, key, iv);
  key.fill(0);
  iv.fill(0);
  return result;
}

/** Where an epoch's sequence starts: at 0 but in tests of its end. */
function protection(
  { secret }: { readonly secret: EpochSecret },
  { hooks }: CommonSettings,
): ProtectionOptions {
  const sequence = hooks?.sequence;
  return secret.epoch === "application" && sequence !== undefined
    ? { sequence }
    : {};
}
