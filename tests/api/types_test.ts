/**
 * What must compile and what must not. Most of it is checked by `deno check`
 * (which `deno test` does first); plain tsc reads the contract in a test of its
 * own, since it knows no `Deno`.
 */
import { assertEquals } from "@std/assert";
import ts from "npm:typescript@5.9.3";
import type {
  Addr,
  ByteStream,
  Certificate,
  CipherSuiteId,
  ClientContext,
  Conn,
  ConnectionFacts,
  NetAddr,
  ProtocolName,
  ServerContext,
  TLSListener,
  TLSVersion,
  TLSWrappedBuffer,
  TLSWrappedSocket,
  UnixAddr,
  Want,
} from "../../mod.ts";
import { wrapStream } from "../../mod.ts";
import { fromFileUrl } from "../deps/path.ts";

/** Compiles only where a `From` can stand for a `To`. */
type Assignable<From extends To, To> = [From, To];

/** The checks themselves: never run. */
export type Checks = [
  // A socket is a Deno.Conn, and over TCP a Deno.TlsConn.
  Assignable<TLSWrappedSocket, Deno.Conn>,
  Assignable<TLSWrappedSocket<NetAddr>, Deno.Conn<Deno.NetAddr>>,
  Assignable<TLSWrappedSocket<NetAddr>, Deno.TlsConn>,
  Assignable<TLSWrappedSocket<UnixAddr>, Deno.Conn<Deno.UnixAddr>>,
  Assignable<Awaited<ReturnType<ClientContext["connect"]>>, Deno.TlsConn>,
  Assignable<Awaited<ReturnType<TLSListener["accept"]>>, Deno.TlsConn>,
  // It can be wrapped itself: TLS in TLS.
  Assignable<TLSWrappedSocket, Conn>,
  Assignable<TLSWrappedSocket, ByteStream>,
  Assignable<TLSWrappedSocket, AsyncDisposable & Disposable>,
  // What Deno gives can be wrapped.
  Assignable<Deno.Conn, Conn>,
  Assignable<Deno.TcpConn, Conn>,
  Assignable<Deno.UnixConn, Conn>,
  Assignable<Deno.TlsConn, Conn>,
  Assignable<Deno.Conn, ByteStream>,
  Assignable<TransformStream<Uint8Array, Uint8Array>, ByteStream>,
  Assignable<Deno.NetAddr, Addr>,
  Assignable<Deno.UnixAddr, Addr>,
  Assignable<NetAddr, Deno.NetAddr>,
  Assignable<Addr, Deno.Addr>,
];

/** A stream's kind of address is its socket's. Never run. */
export function overTcp(
  conn: Deno.TcpConn,
  buffer: TLSWrappedBuffer,
): Deno.TlsConn {
  return wrapStream(conn, buffer);
}

/** Never run. */
export function overUnix(
  conn: Deno.UnixConn,
  buffer: TLSWrappedBuffer,
): TLSWrappedSocket<UnixAddr> {
  return wrapStream(conn, buffer);
}

/** Never run. */
export function negatives(
  conn: Deno.UnixConn,
  streams: ByteStream,
  buffer: TLSWrappedBuffer,
): void {
  // @ts-expect-error a Unix socket's address is no TCP address
  const tcp: Deno.TlsConn = wrapStream(conn, buffer);
  // @ts-expect-error streams have no address
  const addressed: TLSWrappedSocket<NetAddr> = wrapStream(streams, buffer);
  // @ts-expect-error a buffer is no socket
  const socket: TLSWrappedSocket = buffer;
  // @ts-expect-error no cipher suite is a string
  const suite: CipherSuiteId = "TLS_AES_128_GCM_SHA256";
  void [tcp, addressed, socket, suite];
}

/**
 * The same contract by another copy of the module: declarations of its own, with
 * nothing of ours but their shape. What a library takes of the one, a program may
 * give of the other.
 */
declare namespace Other {
  interface Conn {
    read(p: Uint8Array): Promise<number | null>;
    write(p: Uint8Array): Promise<number>;
    close(): void;
    closeWrite?(): Promise<void>;
  }
  interface ByteStream {
    readonly readable: ReadableStream<Uint8Array>;
    readonly writable: WritableStream<Uint8Array>;
  }
  type Addr =
    | { transport: "tcp" | "udp"; hostname: string; port: number }
    | { transport: "unix" | "unixpacket"; path: string }
    | { transport: "vsock"; cid: number; port: number };
  interface Certificate {
    readonly der: Uint8Array | null;
  }
  type Want =
    | { readonly want: "read" }
    | { readonly want: "write" }
    | { readonly want: "completion"; readonly completion: Promise<void> };
  interface ConnectionFacts {
    cipher(): number | null;
    negotiatedProtocol(): string | Uint8Array | null;
    negotiatedTlsVersion(): TLSVersion | null;
    peerCertificates(): readonly Certificate[] | null;
    readonly context: ClientContext | ServerContext;
  }
  interface TLSWrappedBuffer extends ConnectionFacts {
    read(amt: number): Uint8Array;
    readInto(buffer: Uint8Array): number;
    write(buffer: Uint8Array): number;
    doHandshake(): void;
    shutdown(): void;
    receiveFromNetwork(data: Uint8Array): void;
    receiveEndOfInput(): void;
    peekOutgoing(amt: number): Uint8Array;
    consumeOutgoing(amt: number): void;
    readonly incomingBytesBuffered: number;
    readonly outgoingBytesBuffered: number;
    tryHandshake(): Want | null;
    tryReadInto(buffer: Uint8Array): number | Want;
    tryWrite(buffer: Uint8Array): number | Want;
  }
  interface TLSWrappedSocket
    extends Required<Conn>, ConnectionFacts, AsyncDisposable {
    readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
    readonly writable: WritableStream<Uint8Array<ArrayBufferLike>>;
    doHandshake(options?: { signal?: AbortSignal }): Promise<void>;
    handshake(): Promise<{ alpnProtocol: string | null }>;
    close(): void;
    unwrap(): Promise<Conn | ByteStream>;
    readonly localAddr: Addr;
    readonly remoteAddr: Addr;
    ref(): void;
    unref(): void;
    [Symbol.dispose](): void;
    [Symbol.asyncDispose](): Promise<void>;
  }
}

/** Never run. */
export type CopiesAgree = [
  Assignable<Other.Conn, Conn>,
  Assignable<Conn, Other.Conn>,
  Assignable<Other.ByteStream, ByteStream>,
  Assignable<ByteStream, Other.ByteStream>,
  Assignable<Other.Addr, Addr>,
  Assignable<Addr, Other.Addr>,
  Assignable<Other.Certificate, Certificate>,
  Assignable<Certificate, Other.Certificate>,
  Assignable<Other.Want, Want>,
  Assignable<Want, Other.Want>,
  Assignable<Other.ConnectionFacts, ConnectionFacts>,
  Assignable<ConnectionFacts, Other.ConnectionFacts>,
  Assignable<Other.TLSWrappedBuffer, TLSWrappedBuffer>,
  Assignable<TLSWrappedBuffer, Other.TLSWrappedBuffer>,
  Assignable<Other.TLSWrappedSocket, TLSWrappedSocket>,
  Assignable<TLSWrappedSocket, Other.TLSWrappedSocket>,
  Assignable<number, CipherSuiteId>,
  Assignable<string, ProtocolName>,
];

const root = fromFileUrl(new URL("../../", import.meta.url));

/** What plain tsc says of these files. */
function compile(
  files: readonly string[],
  virtual: Readonly<Record<string, string>> = {},
): string[] {
  const options: ts.CompilerOptions = {
    noEmit: true,
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    noImplicitOverride: true,
    // No types but the platform's: nothing that names Deno or Node.
    types: [],
    target: ts.ScriptTarget.ESNext,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    allowImportingTsExtensions: true,
    lib: ["lib.esnext.d.ts", "lib.dom.d.ts", "lib.dom.asynciterable.d.ts"],
  };
  const host = ts.createCompilerHost(options);
  const { readFile, fileExists } = host;
  host.readFile = (name) => virtual[name] ?? readFile.call(host, name);
  host.fileExists = (name) => name in virtual || fileExists.call(host, name);
  host.directoryExists = (name) =>
    Object.keys(virtual).some((file) => file.startsWith(`${name}/`)) ||
    ts.sys.directoryExists(name);
  const getSourceFile = host.getSourceFile;
  host.getSourceFile = (name, target, ...rest) =>
    name in virtual
      ? ts.createSourceFile(name, virtual[name]!, target)
      : getSourceFile.call(host, name, target, ...rest);
  const program = ts.createProgram({ rootNames: files, options, host });
  return ts.getPreEmitDiagnostics(program).map((diagnostic) =>
    `${diagnostic.file?.fileName.slice(root.length)}: ` +
    ts.flattenDiagnosticMessageText(diagnostic.messageText, "\n")
  );
}

Deno.test("plain tsc reads the contract, which names no runtime", () => {
  assertEquals(compile([`${root}mod.ts`]), []);
});

Deno.test("plain tsc would have seen a name of Deno's", () => {
  const planted = `${root}api/planted.ts`;
  const said = compile([planted], {
    [planted]: "export function open(): Deno.Conn | undefined {}",
  });
  assertEquals(said.length > 0, true);
  assertEquals(said[0]!.includes("Deno"), true);
});

/** What tsc says of two copies, of which `alter` changes the second. */
function compileTwoCopies(
  alter: (text: string) => string = (text) => text,
): string[] {
  const virtual: Record<string, string> = {};
  for (const { name } of Deno.readDirSync(`${root}api`)) {
    virtual[`${root}copy/api/${name}`] = alter(
      Deno.readTextFileSync(`${root}api/${name}`),
    );
  }
  virtual[`${root}copy/mod.ts`] = Deno.readTextFileSync(`${root}mod.ts`);
  const names = [
    "Backend",
    "Capabilities",
    "ClientContext",
    "ServerContext",
    "TLSListener",
    "TLSConfiguration",
    "TLSWrappedBuffer",
    "TLSWrappedSocket",
    "TLSError",
    "ConfigurationError",
    "CertificateError",
    "AlertError",
    "RaggedEOF",
    "CertificateConstructor",
    "PrivateKeyConstructor",
    "TrustStoreConstructor",
  ];
  const test = `${root}copy/test.ts`;
  virtual[test] = [
    'import type * as A from "../mod.ts";',
    'import type * as B from "./mod.ts";',
    "type Assignable<From extends To, To> = [From, To];",
    ...names.map((name) =>
      `export type ${name} = [Assignable<A.${name}, B.${name}>, ` +
      `Assignable<B.${name}, A.${name}>];`
    ),
  ].join("\n");
  return compile([test], virtual);
}

Deno.test("plain tsc takes two copies of the contract for one", () => {
  assertEquals(compileTwoCopies(), []);
});

Deno.test("plain tsc would have seen a nominal class", () => {
  const said = compileTwoCopies((text) =>
    text.replace(
      "export class TLSError extends Error {",
      "export class TLSError extends Error {\n  #mine = 1;\n  mine() { return this.#mine; }",
    )
  );
  assertEquals(said.some((line) => line.includes("#mine")), true);
});
