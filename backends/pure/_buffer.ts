/**
 * The contract's buffer over the engine: throws or returns Wants where the
 * engine says why it cannot go on.
 *
 * @module
 */
import type { TLSWrappedBuffer, Want } from "../../api/buffer.ts";
import {
  type CipherSuiteId,
  type ProtocolName,
  TLSVersion,
} from "../../api/code_points.ts";
import type { ClientContext, ServerContext } from "../../api/context.ts";
import type { Certificate } from "../../api/credentials.ts";
import {
  TLSError,
  WantCompletionError,
  WantReadError,
  WantWriteError,
} from "../../api/errors.ts";
import { registerBuffer } from "./_details.ts";
import { drive, type Policies } from "./_driver.ts";
import { translate } from "./_errors.ts";
import type { Connection } from "./engine/connection.ts";
import type { AnyState, ReadResult } from "./engine/connection_types.ts";
import type { CryptoProvider } from "./engine/crypto/provider.ts";

/** What a buffer is made of. */
export interface BufferParts {
  /** The engine's end, not yet started. */
  readonly connection: Connection<AnyState>;
  /** Answers what the engine asks. */
  readonly provider: CryptoProvider;
  /** Answers what the engine asks the application. */
  readonly policies: Policies;
  /** Who made the buffer. */
  readonly context: ClientContext | ServerContext;
  /** Receives the secrets, where there is a key log. */
  keyLog(line: string): void;
  /** A handle for a certificate of the peer. */
  certificateOf(der: Uint8Array): Certificate;
}

const READ: Want = Object.freeze({ want: "read" });
const WRITE: Want = Object.freeze({ want: "write" });

/** One end of a connection in memory. */
export class PureBuffer implements TLSWrappedBuffer {
  readonly #parts: BufferParts;
  readonly #connection: Connection<AnyState>;
  /** What is waited for; the same for all who ask meanwhile. */
  #completion: Promise<void> | null = null;
  #error: TLSError | null = null;
  #certificates: readonly Certificate[] | null = null;

  constructor(parts: BufferParts) {
    this.#parts = parts;
    this.#connection = parts.connection;
    registerBuffer(this, () => this.#connection.connected);
  }

  // ---- facts ---------------------------------------------------------------

  get context(): ClientContext | ServerContext {
    return this.#parts.context;
  }

  cipher(): CipherSuiteId | null {
    return this.#connection.facts?.suite.suite ?? null;
  }

  negotiatedProtocol(): ProtocolName | Uint8Array | null {
    const protocol = this.#connection.facts?.protocol ?? null;
    if (protocol === null) return null;
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
        .decode(protocol);
    } catch {
      return protocol.slice();
    }
  }

  negotiatedTlsVersion(): TLSVersion | null {
    return this.#connection.facts === null ? null : TLSVersion.TLSv1_3;
  }

  peerCertificates(): readonly Certificate[] | null {
    const identity = this.#connection.connected?.peer.identity;
    if (identity?.kind !== "certificate") return null;
    return this.#certificates ??= Object.freeze(
      (identity.path ?? identity.chain).map(this.#parts.certificateOf),
    );
  }

  // ---- network -------------------------------------------------------------

  receiveFromNetwork(data: Uint8Array): void {
    this.#check();
    this.#connection.feed(data);
  }

  receiveEndOfInput(): void {
    this.#check();
    this.#connection.endOfInput();
  }

  peekOutgoing(amt: number): Uint8Array {
    return this.#connection.peekOutgoing(amt);
  }

  consumeOutgoing(amt: number): void {
    this.#connection.consumeOutgoing(amt);
  }

  get incomingBytesBuffered(): number {
    return this.#connection.incoming;
  }

  get outgoingBytesBuffered(): number {
    return this.#connection.outgoing;
  }

  // ---- without exceptions ---------------------------------------------------

  tryHandshake(): Want | null {
    this.#check();
    while (true) {
      const found = this.#completion === null
        ? this.#connection.handshake()
        : "need-answer";
      this.#writeKeyLog();
      if (found === "done") return null;
      const want = this.#want(found);
      if (want !== null) return want;
    }
  }

  tryReadInto(buffer: Uint8Array): number | Want {
    this.#check();
    if (this.#connection.connected === null) {
      const want = this.tryHandshake();
      if (want !== null) return want;
    }
    if (buffer.length === 0) return 0;
    while (true) {
      const found = this.#connection.read(buffer);
      this.#writeKeyLog();
      if (typeof found === "number") return found;
      if (found === "end") return 0;
      const want = this.#want(found);
      if (want !== null) return want;
    }
  }

  tryWrite(buffer: Uint8Array): number | Want {
    this.#check();
    if (this.#connection.writeClosed) {
      throw new TLSError(
        "closed",
        "Cannot write: this end has said close_notify",
      );
    }
    if (this.#connection.connected === null) {
      const want = this.tryHandshake();
      if (want !== null) return want;
    }
    if (buffer.length === 0) return 0;
    const taken = this.#connection.write(buffer);
    this.#writeKeyLog();
    this.#check();
    return taken === 0 ? WRITE : taken;
  }

  // ---- the PEP's -----------------------------------------------------------

  read(amt: number): Uint8Array {
    const buffer = new Uint8Array(amt);
    return buffer.subarray(0, this.readInto(buffer));
  }

  readInto(buffer: Uint8Array): number {
    const found = this.tryReadInto(buffer);
    return typeof found === "number" ? found : throwWant(found);
  }

  write(buffer: Uint8Array): number {
    const found = this.tryWrite(buffer);
    return typeof found === "number" ? found : throwWant(found);
  }

  doHandshake(): void {
    const want = this.tryHandshake();
    if (want !== null) throwWant(want);
  }

  shutdown(): void {
    this.#check();
    const connection = this.#connection;
    connection.close();
    if (connection.connected === null) {
      // There is nothing that could still be read.
      connection.destroy();
      this.#error = new TLSError(
        "closed",
        "Cannot go on: this end was shut down before its handshake was done",
      );
      return;
    }
    const found = connection.lookAhead();
    if (found === "end") return;
    if (found !== "data") {
      const want = this.#want(found);
      if (want !== null) throwWant(want);
    }
    throwWant(READ);
  }

  // ---- helpers -------------------------------------------------------------

  /** Throws what every operation of a failed connection throws. */
  #check(): void {
    const { failure } = this.#connection;
    if (this.#error === null && failure !== null) {
      this.#error = translate(failure);
    }
    if (this.#error !== null) throw this.#error;
  }

  /** What to wait for, or `null` where going on is possible at once. */
  #want(found: ReadResult): Want | null {
    switch (found) {
      case "need-input":
        return READ;
      case "need-drain":
        return WRITE;
      case "need-answer":
        return this.#answer();
      case "end":
      case "failed":
        this.#check();
        return null;
    }
  }

  #answer(): Want | null {
    if (this.#completion === null) {
      const { provider, policies } = this.#parts;
      const { promise, resolve } = Promise.withResolvers<void>();
      // Before anything is asked: a callback that calls back into this buffer
      // waits like everybody else, and is not asked again.
      this.#completion = promise;
      const done = () => {
        this.#completion = null;
        resolve();
      };
      const pending = drive(this.#connection, provider, policies);
      if (pending === null) {
        done();
        return null;
      }
      pending.then(done);
    }
    return { want: "completion", completion: this.#completion };
  }

  /** Writes the key log's lines; where that fails, so does the connection. */
  #writeKeyLog(): void {
    const lines = this.#connection.takeKeyLog();
    if (lines.length === 0) return;
    try {
      for (const line of lines) this.#parts.keyLog(line);
    } catch (error) {
      this.#connection.abort(error);
      this.#check();
    }
  }
}

function throwWant(want: Want): never {
  switch (want.want) {
    case "read":
      throw new WantReadError();
    case "write":
      throw new WantWriteError();
    case "completion":
      throw new WantCompletionError(want.completion);
  }
}
