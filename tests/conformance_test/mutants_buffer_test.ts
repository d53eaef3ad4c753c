import { TLSError, type TLSWrappedBuffer } from "../../mod.ts";
import { type Changes, derive, type Mutant, testMutants } from "./_mutant.ts";
import { makeReference } from "./reference/backend.ts";

const reference = makeReference();

function codeOf(error: unknown): string | null {
  return TLSError.is(error) ? error.code : null;
}

function buffer(
  fault: string,
  rule: string,
  change: NonNullable<Changes["buffer"]>,
  hangs = false,
): Mutant {
  return { fault, rule, backend: derive(reference, { buffer: change }), hangs };
}

const BUFFERS: readonly Mutant[] = [
  buffer("throws its Wants with a stack", "wrapBuffers()", (buffer) => ({
    readInto: (p: Uint8Array) => {
      try {
        return buffer.readInto(p);
      } catch (error) {
        if (codeOf(error) !== "want-read") throw error;
        throw new TLSError("want-read", "Cannot go on");
      }
    },
  })),
  buffer("throws from its trying methods", "wrapBuffers()", (buffer) => ({
    tryReadInto: (p: Uint8Array) => buffer.readInto(p),
  })),
  buffer(
    "gives more outgoing bytes than asked",
    "peekOutgoing()",
    (buffer) => ({
      peekOutgoing: (amt: number) => buffer.peekOutgoing(amt + 1),
    }),
  ),
  buffer("consumes what is peeked", "peekOutgoing()", (buffer) => ({
    peekOutgoing: (amt: number) => {
      const bytes = buffer.peekOutgoing(amt).slice();
      buffer.consumeOutgoing(bytes.length);
      return bytes;
    },
    consumeOutgoing: () => {},
  })),
  buffer("reuses the memory of what was peeked", "peekOutgoing()", (buffer) => {
    const memory = new Uint8Array(64 * 1024);
    return {
      peekOutgoing: (amt: number) => {
        const bytes = buffer.peekOutgoing(amt);
        memory.set(bytes);
        return memory.subarray(0, bytes.length);
      },
      write: (p: Uint8Array) => {
        memory.fill(0);
        return buffer.write(p);
      },
    };
  }),
  buffer("counts no outgoing bytes", "peekOutgoing()", () => ({
    outgoingBytesBuffered: 0,
  }), true),
  buffer(
    "counts no incoming bytes",
    "rule 4, a record that is not whole",
    () => ({
      incomingBytesBuffered: 0,
    }),
  ),
  buffer(
    "forgets what is behind close_notify",
    "incomingBytesBuffered",
    () => ({
      incomingBytesBuffered: 0,
    }),
  ),
  buffer("ignores the end of the input", "rule 6, truncation", () => ({
    receiveEndOfInput: () => {},
  }), true),
  buffer("takes the end of the input for the end", "rule 6, truncation", (
    buffer,
  ) => withQuietEnd(buffer)),
  buffer(
    "throws at the end of the data",
    "rule 3, the end of data",
    (buffer) => ({
      read: (amt: number) => {
        const bytes = buffer.read(amt);
        if (bytes.length === 0) throw new TLSError("closed", "Cannot read");
        return bytes;
      },
    }),
  ),
  buffer("tells the end of the data as null", "rule 3, the end of data", (
    buffer,
  ) => ({
    readInto: (p: Uint8Array) => buffer.readInto(p) || null,
  })),
  buffer(
    "does not wait for the peer's close_notify",
    "shutdown()",
    (buffer) => ({
      shutdown: () => {
        try {
          buffer.shutdown();
        } catch {
          // Whatever the peer says.
        }
      },
    }),
  ),
  buffer("writes on behind shutdown()", "shutdown()", (buffer) => ({
    write: (p: Uint8Array) => {
      try {
        return buffer.write(p);
      } catch {
        return p.length;
      }
    },
  })),
  buffer("makes its fatal error anew", "rule 5, a fatal error", (buffer) => ({
    readInto: (p: Uint8Array) => {
      try {
        return buffer.readInto(p);
      } catch (error) {
        if (codeOf(error) === "want-read") throw error;
        throw new TLSError("internal", "Cannot go on");
      }
    },
  })),
  buffer("wants to read for ever behind a fatal error", "rule 5, a failed", (
    buffer,
  ) => ({
    tryReadInto: (p: Uint8Array) => {
      try {
        return buffer.tryReadInto(p);
      } catch {
        return { want: "read" };
      }
    },
  }), true),
];

function withQuietEnd(buffer: TLSWrappedBuffer) {
  const quiet = <T>(operation: () => T, end: T): T => {
    try {
      return operation();
    } catch (error) {
      if (codeOf(error) === "ragged-eof") return end;
      throw error;
    }
  };
  return {
    read: (amt: number) => quiet(() => buffer.read(amt), new Uint8Array()),
    readInto: (p: Uint8Array) => quiet(() => buffer.readInto(p), 0),
    tryReadInto: (p: Uint8Array) => quiet(() => buffer.tryReadInto(p), 0),
  };
}

testMutants(BUFFERS);
