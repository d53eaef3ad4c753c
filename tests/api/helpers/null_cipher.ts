/**
 * A buffer whose cipher is the identity: records without secrets, so that what
 * `wrapStream` makes of a buffer can be seen on the wire. A record is a type, a
 * 32-bit length and a payload.
 *
 * @module
 */
import {
  AlertError,
  type Certificate,
  type CipherSuiteId,
  type ClientContext,
  type ProtocolName,
  RaggedEOF,
  TLSConfiguration,
  TLSVersion,
  type TLSWrappedBuffer,
  type Want,
  WantCompletionError,
  WantReadError,
  WantWriteError,
} from "../../../mod.ts";

/** The types of records. */
export const Record = {
  hello: 1,
  data: 2,
  closeNotify: 3,
  alert: 4,
  /** Means nothing; a KeyUpdate or a ticket, say. */
  noise: 5,
} as const;

const HEADER = 5;
const LARGEST_PAYLOAD = 16 * 1024;

/** What a buffer's operation is for. */
export type Operation = "handshake" | "read" | "write";

export interface NullCipherOptions {
  /** How many bytes may be outgoing before a write wants to send. */
  outgoingLimit?: number;
  /** Looks at each call first, and may answer it with a Want, or throw. */
  interrupt?: (operation: Operation) => Want | null;
  /** What ALPN is said to have chosen. */
  protocol?: ProtocolName | Uint8Array | null;
}

/** One record. */
export function record(
  type: number,
  payload: Uint8Array = new Uint8Array(),
): Uint8Array {
  const bytes = new Uint8Array(HEADER + payload.length);
  bytes[0] = type;
  new DataView(bytes.buffer).setUint32(1, payload.length);
  bytes.set(payload, HEADER);
  return bytes;
}

/** What a peer sends to finish its side of the handshake. */
export const HELLO = record(Record.hello);
/** The announced end. */
export const CLOSE_NOTIFY = record(Record.closeNotify);
/** A record that no buffer understands. */
export const GARBAGE = record(0xff);

/** The plaintext of `text` as one record. */
export function data(text: string): Uint8Array {
  return record(Record.data, new TextEncoder().encode(text));
}

/** The types of the records in `bytes`, in order. */
export function recordTypes(bytes: Uint8Array): number[] {
  const types: number[] = [];
  for (let at = 0; at < bytes.length;) {
    types.push(bytes[at]!);
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    at += HEADER + view.getUint32(at + 1);
  }
  return types;
}

/** A context that nothing here looks into. */
export const CONTEXT: ClientContext = {
  configuration: new TLSConfiguration(),
  wrapBuffers: () => unused(),
  wrapSocket: () => unused(),
  connect: () => unused(),
};

function unused(): never {
  throw new Error("Cannot use this context: it stands in for one");
}

export class NullCipherBuffer implements TLSWrappedBuffer {
  readonly context: ClientContext = CONTEXT;
  readonly #options: NullCipherOptions;
  #incoming = new Uint8Array();
  #plain: Uint8Array[] = [];
  #outgoing: Uint8Array[] = [];
  #outgoingLength = 0;
  #saidHello = false;
  #peerHello = false;
  #saidClose = false;
  #peerClosed = false;
  #ended = false;
  #failure: { error: unknown } | null = null;

  constructor(options: NullCipherOptions = {}) {
    this.#options = options;
  }

  cipher(): CipherSuiteId | null {
    return this.#peerHello ? 0x1301 : null;
  }
  negotiatedProtocol(): ProtocolName | Uint8Array | null {
    return this.#options.protocol ?? null;
  }
  negotiatedTlsVersion(): TLSVersion | null {
    return this.#peerHello ? TLSVersion.TLSv1_3 : null;
  }
  peerCertificates(): readonly Certificate[] | null {
    return null;
  }

  get incomingBytesBuffered(): number {
    return this.#incoming.length;
  }
  get outgoingBytesBuffered(): number {
    return this.#outgoingLength;
  }

  /** Queues a record that is not plaintext. */
  addNoise(): void {
    this.#send(record(Record.noise));
  }

  tryHandshake(): Want | null {
    this.#check();
    const want = this.#options.interrupt?.("handshake") ?? null;
    if (want !== null) return want;
    if (!this.#saidHello) {
      this.#saidHello = true;
      this.#send(HELLO);
    }
    this.#process(() => this.#peerHello);
    if (this.#peerHello) return null;
    if (this.#ended) this.#fail(new RaggedEOF());
    return { want: "read" };
  }

  tryReadInto(buffer: Uint8Array): number | Want {
    this.#check();
    const want = this.#options.interrupt?.("read") ?? null;
    if (want !== null) return want;
    this.#process(() => this.#plain.length > 0);
    const first = this.#plain[0];
    if (first !== undefined) {
      const n = Math.min(first.length, buffer.length);
      buffer.set(first.subarray(0, n));
      if (n === first.length) this.#plain.shift();
      else this.#plain[0] = first.subarray(n);
      return n;
    }
    if (this.#peerClosed) return 0;
    if (this.#ended) this.#fail(new RaggedEOF());
    return { want: "read" };
  }

  tryWrite(buffer: Uint8Array): number | Want {
    this.#check();
    const want = this.#options.interrupt?.("write") ?? null;
    if (want !== null) return want;
    const limit = this.#options.outgoingLimit ?? 4 * LARGEST_PAYLOAD;
    let done = 0;
    while (done < buffer.length && this.#outgoingLength < limit) {
      const payload = buffer.subarray(done, done + LARGEST_PAYLOAD);
      this.#send(record(Record.data, payload));
      done += payload.length;
    }
    return done === 0 && buffer.length > 0 ? { want: "write" } : done;
  }

  receiveFromNetwork(bytes: Uint8Array): void {
    this.#check();
    const all = new Uint8Array(this.#incoming.length + bytes.length);
    all.set(this.#incoming);
    all.set(bytes, this.#incoming.length);
    this.#incoming = all;
  }

  receiveEndOfInput(): void {
    this.#ended = true;
  }

  peekOutgoing(amt: number): Uint8Array {
    return this.#outgoing[0]?.subarray(0, amt) ?? new Uint8Array();
  }

  consumeOutgoing(amt: number): void {
    this.#outgoingLength -= amt;
    for (let left = amt; left > 0;) {
      const first = this.#outgoing[0]!;
      if (first.length <= left) this.#outgoing.shift();
      else this.#outgoing[0] = first.subarray(left);
      left -= Math.min(left, first.length);
    }
  }

  read(amt: number): Uint8Array {
    const buffer = new Uint8Array(amt);
    return buffer.subarray(0, this.readInto(buffer));
  }
  readInto(buffer: Uint8Array): number {
    return thrown(this.tryReadInto(buffer));
  }
  write(buffer: Uint8Array): number {
    return thrown(this.tryWrite(buffer));
  }
  doHandshake(): void {
    const want = this.tryHandshake();
    if (want !== null) thrown(want);
  }
  shutdown(): void {
    this.#check();
    if (!this.#saidClose) {
      this.#saidClose = true;
      this.#send(CLOSE_NOTIFY);
    }
    if (!this.#peerClosed) throw new WantReadError();
  }

  #check(): void {
    if (this.#failure !== null) throw this.#failure.error;
  }

  #fail(error: unknown): never {
    this.#failure ??= { error };
    throw this.#failure.error;
  }

  #send(bytes: Uint8Array): void {
    this.#outgoing.push(bytes);
    this.#outgoingLength += bytes.length;
  }

  /** Takes whole records until there is enough, or the end was announced. */
  #process(enough: () => boolean): void {
    let at = 0;
    const view = new DataView(
      this.#incoming.buffer,
      this.#incoming.byteOffset,
      this.#incoming.length,
    );
    while (!this.#peerClosed && !enough() && at + HEADER <= view.byteLength) {
      const end = at + HEADER + view.getUint32(at + 1);
      if (end > view.byteLength) break;
      this.#take(view.getUint8(at), this.#incoming.slice(at + HEADER, end));
      at = end;
    }
    this.#incoming = this.#incoming.subarray(at);
  }

  #take(type: number, payload: Uint8Array): void {
    switch (type) {
      case Record.hello:
        this.#peerHello = true;
        return;
      case Record.data:
        if (payload.length > 0) this.#plain.push(payload);
        return;
      case Record.closeNotify:
        this.#peerClosed = true;
        return;
      case Record.noise:
        return;
      case Record.alert:
        return this.#fail(
          new AlertError("The peer refused", {
            alert: payload[0] ?? 0,
            direction: "received",
          }),
        );
      default:
        this.#send(record(Record.alert, Uint8Array.of(10)));
        this.#fail(
          new AlertError("Cannot understand the peer", {
            alert: 10,
            direction: "sent",
          }),
        );
    }
  }
}

/** The PEP's way of saying a Want. */
function thrown(result: number | Want): number {
  if (typeof result === "number") return result;
  switch (result.want) {
    case "read":
      throw new WantReadError();
    case "write":
      throw new WantWriteError();
    case "completion":
      throw new WantCompletionError(result.completion);
  }
}
