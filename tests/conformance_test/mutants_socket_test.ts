import { denoBackend } from "../../backends/deno/mod.ts";
import {
  AlertError,
  type Conn,
  RaggedEOF,
  TLSError,
  type TLSWrappedSocket,
} from "../../mod.ts";
import { type Changes, derive, type Mutant, testMutants } from "./_mutant.ts";
import { makeReference } from "./reference/backend.ts";

const reference = makeReference();

type SocketChange = NonNullable<Changes["socket"]>;

const forever = new Promise<never>(() => {});

function codeOf(error: unknown): string | null {
  return TLSError.is(error) ? error.code : null;
}

function socket(
  fault: string,
  rule: string,
  change: SocketChange,
  hangs = false,
): Mutant {
  return {
    fault,
    rule,
    backend: derive(denoBackend, { socket: change }),
    hangs,
  };
}

/** Reads ahead, and gives an error before the data that came before it. */
const impatient: SocketChange = (socket) => {
  const chunks: Uint8Array[] = [];
  return {
    read: async (p: Uint8Array) => {
      if (chunks.length === 0) {
        const chunk = new Uint8Array(64 * 1024);
        const n = await socket.read(chunk);
        if (n === null) return null;
        chunks.push(chunk.subarray(0, n));
        if (n > 16) {
          // Another look, for the error that may stand behind.
          const more = new Uint8Array(64 * 1024);
          const extra = await socket.read(more);
          if (extra !== null) chunks.push(more.subarray(0, extra));
        }
      }
      const [first] = chunks;
      const n = Math.min(p.length, first!.length);
      p.set(first!.subarray(0, n));
      if (n === first!.length) chunks.shift();
      else chunks[0] = first!.subarray(n);
      return n;
    },
  };
};

const READING: readonly Mutant[] = [
  socket("swallows truncation", "rule 6, truncation", (socket) => ({
    read: async (p: Uint8Array) => {
      try {
        return await socket.read(p);
      } catch (error) {
        if (codeOf(error) === "ragged-eof") return null;
        throw error;
      }
    },
  })),
  socket("tells truncation before the data", "rule 6, truncation", impatient),
  socket("tells truncation as something else", "rule 6, truncation", (
    socket,
  ) => ({
    read: async (p: Uint8Array) => {
      try {
        return await socket.read(p);
      } catch {
        throw new TLSError("internal", "Cannot read");
      }
    },
  })),
  socket("writes on behind a truncation", "rule 6, truncation", (socket) => ({
    write: (p: Uint8Array) => socket.write(p).catch(() => p.length),
  })),
  socket("resolves reads after a fatal error", "rule 5, a fatal error", (
    socket,
  ) => {
    let failed = false;
    return {
      read: async (p: Uint8Array) => {
        if (failed) return p.fill(1).length;
        try {
          return await socket.read(p);
        } catch (error) {
          failed = true;
          throw error;
        }
      },
    };
  }),
  socket("ends the data after a fatal error", "rule 4, a record", (socket) => {
    let failed = false;
    return {
      read: async (p: Uint8Array) => {
        if (failed) return null;
        try {
          return await socket.read(p);
        } catch (error) {
          failed = true;
          throw error;
        }
      },
    };
  }),
  socket("makes its fatal error anew each time", "rule 4, a record", (
    socket,
  ) => ({
    read: async (p: Uint8Array) => {
      try {
        return await socket.read(p);
      } catch {
        throw new AlertError("Cannot read", { alert: 20, direction: "sent" });
      }
    },
  })),
  socket("writes after a fatal error", "rule 4, a record", (socket) => ({
    write: (p: Uint8Array) => socket.write(p).catch(() => p.length),
  })),
  socket(
    "closes writing after a fatal error",
    "rule 4, a record",
    (socket) => ({
      closeWrite: () => socket.closeWrite().catch(() => {}),
    }),
  ),
  socket("shakes hands after a fatal error", "rule 4, a record", () => ({
    doHandshake: () => Promise.resolve(),
  })),
  socket("leaves altered bytes in the reader's memory", "rule 4, a record", (
    socket,
  ) => ({
    read: async (p: Uint8Array) => {
      try {
        return await socket.read(p);
      } catch (error) {
        p.fill(1);
        throw error;
      }
    },
  })),
  socket("says nothing of an altered record", "rule 4, a record", (socket) => ({
    read: async (p: Uint8Array) => {
      try {
        return await socket.read(p);
      } catch (error) {
        if (codeOf(error) === "alert") return 8;
        throw error;
      }
    },
  })),
  socket(
    "never settles what its death left pending",
    "rule 5, a fatal error",
    (
      socket,
    ) => ({ read: (p: Uint8Array) => socket.read(p).catch(() => forever) }),
    true,
  ),
  socket(
    "never settles what the transport's death left pending",
    "rule 5, the transport's death",
    (socket) => ({
      read: (p: Uint8Array) => socket.read(p).catch(() => forever),
    }),
    true,
  ),
  socket("gives 0 for the end of the data", "read()", (socket) => ({
    read: async (p: Uint8Array) => await socket.read(p) ?? 0,
  })),
  socket("ends the data once only", "read()", (socket) => {
    let ended = false;
    return {
      read: async (p: Uint8Array) => {
        if (ended) throw new RaggedEOF();
        const n = await socket.read(p);
        ended = n === null;
        return n;
      },
    };
  }),
  socket("reads less than it says", "read()", (socket) => ({
    read: async (p: Uint8Array) => {
      const n = await socket.read(p);
      return n === null ? null : n + 1;
    },
  })),
  socket("loses a byte of what does not fit", "read()", (socket) => ({
    read: async (p: Uint8Array) => {
      const chunk = new Uint8Array(p.length + 1);
      const n = await socket.read(chunk);
      if (n === null) return null;
      p.set(chunk.subarray(0, Math.min(n, p.length)));
      return Math.min(n, p.length);
    },
  }), true),
  socket("writes beside the room that it is given", "read()", (socket) => ({
    read: async (p: Uint8Array) => {
      const n = await socket.read(p);
      new Uint8Array(p.buffer)[p.byteOffset + p.length] = 0;
      return n;
    },
  })),
  socket("stops reading where it stops writing", "closeWrite()", (socket) => {
    let closed = false;
    return {
      closeWrite: async () => {
        await socket.closeWrite();
        closed = true;
      },
      read: (p: Uint8Array) => closed ? Promise.resolve(null) : socket.read(p),
    };
  }),
];

const WRITING: readonly Mutant[] = [
  socket("writes a part and says so", "write()", (socket) => ({
    write: (p: Uint8Array) => socket.write(p.subarray(0, 1)),
  }), true),
  socket("writes a part and says all", "write()", (socket) => ({
    write: async (p: Uint8Array) => {
      await socket.write(p.subarray(0, 60_000));
      return p.length;
    },
  }), true),
  socket("changes what it writes", "read(), write()", (socket) => ({
    write: (p: Uint8Array) => socket.write(p.map((byte) => byte ^ 1)),
  })),
  socket("keeps the caller's memory behind a write", "write()", (socket) => ({
    write: (p: Uint8Array) => {
      setTimeout(() => socket.write(p).catch(() => {}), 5);
      return Promise.resolve(p.length);
    },
  })),
  socket("lets writes overtake each other", "read()", (socket) => {
    let first = true;
    return {
      write: async (p: Uint8Array) => {
        if (p.length === 40_000 && first) {
          first = false;
          await new Promise((resolve) => setTimeout(resolve, 30));
        }
        return await socket.write(p);
      },
    };
  }),
  socket("writes only when nobody reads", "read()", (socket) => {
    let reading = Promise.resolve<unknown>(null);
    return {
      read: (p: Uint8Array) => reading = socket.read(p),
      write: async (p: Uint8Array) => {
        await reading;
        return await socket.write(p);
      },
    };
  }, true),
  socket("writes nothing once the peer has closed", "write()", (socket) => {
    let ended = false;
    return {
      read: async (p: Uint8Array) => {
        const n = await socket.read(p);
        ended ||= n === null;
        return n;
      },
      write: (p: Uint8Array) =>
        ended
          ? Promise.reject(new TLSError("closed", "Cannot write"))
          : socket.write(p),
    };
  }),
  socket("writes on behind closeWrite()", "closeWrite()", (socket) => ({
    write: (p: Uint8Array) => socket.write(p).catch(() => p.length),
  })),
];

const CARELESS: readonly Mutant[] = [
  socket("takes what it cannot send yet", "write()", (socket) => {
    let last: Promise<unknown> = Promise.resolve();
    return {
      write: (p: Uint8Array) => {
        const copy = p.slice();
        last = last.then(() => socket.write(copy)).catch(() => {});
        return Promise.resolve(p.length);
      },
    };
  }),
  socket("leaves a rejection to nobody", "handshake", (socket) => ({
    read: (p: Uint8Array) => {
      Promise.reject(new TLSError("internal", "Cannot say"));
      return socket.read(p);
    },
  })),
];

const CLOSING: readonly Mutant[] = [
  socket("closes both halves for one", "closeWrite()", (socket) => ({
    closeWrite: () => Promise.resolve(socket.close()),
  })),
  socket("closes no half", "closeWrite()", () => ({
    closeWrite: () => Promise.resolve(),
  }), true),
  socket("never closes its transport", "close()", () => ({
    close: () => {},
    [Symbol.dispose]: () => {},
  }), true),
  socket("closes as a half only", "close()", (socket) => ({
    close: () => void socket.closeWrite().catch(() => {}),
  }), true),
  socket("leaves operations pending behind close()", "close()", (socket) => ({
    read: (p: Uint8Array) =>
      socket.read(p).catch((error) =>
        codeOf(error) === "closed" ? forever : Promise.reject(error)
      ),
  }), true),
  socket("ends the data at close()", "close()", (socket) => ({
    read: (p: Uint8Array) => socket.read(p).catch(() => null),
  })),
  socket("fails with another code behind close()", "close()", (socket) => ({
    read: (p: Uint8Array) =>
      socket.read(p).catch(() => {
        throw new TLSError("internal", "Cannot read");
      }),
  })),
  socket("throws at the second close()", "close()", (socket) => {
    let closed = false;
    return {
      close: () => {
        if (closed) throw new TLSError("closed", "Cannot close");
        closed = true;
        socket.close();
      },
    };
  }),
  socket("does nothing by Symbol.dispose", "Symbol.dispose", () => ({
    [Symbol.dispose]: () => {},
  }), true),
  socket("does nothing by Symbol.asyncDispose", "Symbol.asyncDispose", () => ({
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }), true),
  socket(
    "drops by Symbol.asyncDispose what was written",
    "Symbol.asyncDispose",
    (
      socket,
    ) => ({ [Symbol.asyncDispose]: () => Promise.resolve(socket.close()) }),
  ),
  socket("has a readable that ends nothing", "readable, writable", () => ({
    readable: new ReadableStream(),
  }), true),
  socket("does nothing where writable is aborted", "writable", () => {
    const writable = new WritableStream({ write: () => {} });
    return { writable };
  }, true),
];

const FACTS: readonly Mutant[] = [
  socket("tells a protocol that was not negotiated", "facts", () => ({
    negotiatedProtocol: () => "h2",
  })),
  socket(
    "tells of a protocol where there is none",
    "rule 1, innerProtocols",
    () => ({
      handshake: () => Promise.resolve({ alpnProtocol: "h2" }),
    }),
  ),
  socket("tells undefined for what is not known", "facts", () => ({
    cipher: () => undefined,
  })),
  socket("guesses at a fact that it disclaims", "facts", () => ({
    negotiatedTlsVersion: () => "TLSv1.3",
  })),
  socket("shows a context that did not make it", "facts", () => ({
    context: {},
  })),
  socket("swaps its addresses", "localAddr, remoteAddr", (socket) => ({
    localAddr: socket.remoteAddr,
    remoteAddr: socket.localAddr,
  })),
  socket("resolves unwrap() with itself", "capabilities.unwrap", (socket) => ({
    unwrap: () => Promise.resolve(socket as Conn),
  })),
  socket("dies of unwrap()", "capabilities.unwrap", (socket) => ({
    unwrap: () => {
      socket.close();
      return socket.unwrap();
    },
  })),
  socket("reads nothing before an explicit handshake", "doHandshake()", (
    socket,
  ) => guarded(socket)),
  socket("shakes hands once only", "doHandshake()", (socket) => {
    let done = false;
    return {
      doHandshake: async () => {
        if (done) throw new TLSError("internal", "Cannot do it twice");
        await socket.doHandshake();
        done = true;
      },
    };
  }),
  {
    fault: "unwraps and keeps what had come behind close_notify",
    rule: "unwrap()",
    hangs: true,
    backend: derive(reference, {
      socket: (socket) => ({
        unwrap: async () => {
          const stream = await socket.unwrap();
          if (!("read" in stream)) return stream;
          await stream.read(new Uint8Array(1_000));
          return stream;
        },
      }),
    }),
  },
  {
    fault: "unwraps over data that nobody read",
    rule: "unwrap()",
    backend: derive(reference, {
      socket: (socket) => ({
        unwrap: async () => {
          const chunk = new Uint8Array(1_000);
          while (await socket.read(chunk) !== null);
          return await socket.unwrap();
        },
      }),
    }),
  },
  {
    fault: "stays usable behind unwrap()",
    rule: "unwrap()",
    backend: derive(reference, {
      socket: (socket) => ({
        read: (p: Uint8Array) => socket.read(p).catch(() => null),
      }),
    }),
  },
];

/** Refuses to read or write before doHandshake() was asked for. */
function guarded(socket: TLSWrappedSocket) {
  let begun = false;
  const guard = <T>(operation: () => Promise<T>): Promise<T> =>
    begun
      ? operation()
      : Promise.reject(new TLSError("internal", "Cannot go on: no handshake"));
  return {
    doHandshake: () => {
      begun = true;
      return socket.doHandshake();
    },
    read: (p: Uint8Array) => guard(() => socket.read(p)),
    write: (p: Uint8Array) => guard(() => socket.write(p)),
  };
}

testMutants([...READING, ...WRITING, ...CARELESS, ...CLOSING, ...FACTS]);
