/** The errors: told apart by code, known across copies, light where thrown often. */
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertStrictEquals,
} from "@std/assert";
import {
  AlertError,
  CertificateError,
  ConfigurationError,
  RaggedEOF,
  TLSError,
  type TLSErrorCode,
  WantCompletionError,
  WantReadError,
  WantWriteError,
} from "../../mod.ts";
import { anotherCopy } from "./helpers/copies.ts";

/** One of each class, by the module that is given. */
function oneOfEach(
  contract: Omit<typeof import("../../mod.ts"), "TLSConfiguration">,
): { [name: string]: [TLSError, TLSErrorCode] } {
  return {
    TLSError: [new contract.TLSError("timeout", "Cannot wait"), "timeout"],
    WantReadError: [new contract.WantReadError(), "want-read"],
    WantWriteError: [new contract.WantWriteError(), "want-write"],
    WantCompletionError: [
      new contract.WantCompletionError(Promise.resolve()),
      "want-completion",
    ],
    RaggedEOF: [new contract.RaggedEOF(), "ragged-eof"],
    ConfigurationError: [
      new contract.ConfigurationError("Cannot obey ciphers", {
        field: "ciphers",
        backend: "some",
      }),
      "configuration",
    ],
    CertificateError: [
      new contract.CertificateError("Cannot trust", { reason: "expired" }),
      "certificate",
    ],
    AlertError: [
      new contract.AlertError("Cannot go on", {
        alert: 40,
        direction: "received",
      }),
      "alert",
    ],
  };
}

Deno.test("each error has its class's name and code", async () => {
  const errors = oneOfEach(await import("../../mod.ts"));
  for (const [name, [error, code]] of Object.entries(errors)) {
    assertEquals(error.name, name);
    assertEquals(error.constructor.name, name);
    assertEquals(error.code, code);
    assertInstanceOf(error, TLSError);
    assertInstanceOf(error, Error);
    assert(error.message.startsWith("Cannot "), error.message);
    assert(!error.message.endsWith("."));
    assertEquals(String(error), `${name}: ${error.message}`);
    // The name is the class's, and no field of the error's own.
    assert(!Object.keys(error).includes("name"));
  }
});

Deno.test("TLSError.is() knows the errors of any copy, both ways", async () => {
  const copy = await anotherCopy();
  assert(copy.TLSError !== TLSError);
  for (const [name, [error]] of Object.entries(oneOfEach(copy))) {
    assert(!(error instanceof TLSError), name);
    assert(TLSError.is(error), name);
  }
  const ours = oneOfEach(await import("../../mod.ts"));
  for (const [name, [error]] of Object.entries(ours)) {
    assert(copy.TLSError.is(error), name);
  }
  // By the static method of a subclass too.
  assert(RaggedEOF.is(new copy.RaggedEOF()));
});

Deno.test("TLSError.is() says no to all else", () => {
  for (
    const other of [
      null,
      undefined,
      0,
      "TLSError",
      {},
      new Error("closed"),
      Object.assign(new Error("closed"), { code: "closed", name: "TLSError" }),
      TLSError,
      Symbol("x"),
      Object.create(null),
    ]
  ) assert(!TLSError.is(other), String(Object.prototype.toString.call(other)));
});

Deno.test("the brand of an error cannot be seen or changed", () => {
  const error = new TLSError("closed", "Cannot read: closed");
  assertEquals(Object.keys(error), ["code"]);
  assertEquals(Object.getOwnPropertySymbols(error), []);
});

Deno.test("a Want carries no stack, and the errors after it do", () => {
  const limit = Error.stackTraceLimit;
  for (
    const make of [
      () => new WantReadError(),
      () => new WantWriteError(),
      () => new WantCompletionError(Promise.resolve()),
    ]
  ) {
    const error = make();
    assert(!/\n\s+at /.test(error.stack ?? ""), error.stack);
    assertEquals(Error.stackTraceLimit, limit);
    const after = new TLSError("closed", "Cannot read: closed");
    assert(/\n\s+at /.test(after.stack ?? ""), after.stack);
  }
});

Deno.test("a Want can be made where the limit of stacks cannot be set", () => {
  const original = Object.getOwnPropertyDescriptor(Error, "stackTraceLimit")!;
  for (
    const hardened of [
      { ...original, writable: false },
      { ...original, value: undefined },
    ]
  ) {
    Object.defineProperty(Error, "stackTraceLimit", hardened);
    try {
      assertEquals(new WantReadError().code, "want-read");
    } finally {
      Object.defineProperty(Error, "stackTraceLimit", original);
    }
  }
});

Deno.test("WantCompletionError gives what to await", () => {
  const completion = Promise.resolve();
  assertStrictEquals(
    new WantCompletionError(completion).completion,
    completion,
  );
});

Deno.test("every error keeps its cause and what its class says", () => {
  const cause = new Error("below");
  assertStrictEquals(new TLSError("internal", "x", { cause }).cause, cause);
  const ragged = new RaggedEOF("Cannot read: cut", { cause });
  assertStrictEquals(ragged.cause, cause);
  assertEquals(ragged.message, "Cannot read: cut");
  assert(!("cause" in new RaggedEOF()));
  const configuration = new ConfigurationError("x", {
    field: "ciphers",
    backend: null,
    cause,
  });
  assertEquals(configuration.field, "ciphers");
  assertEquals(configuration.backend, null);
  assertStrictEquals(configuration.cause, cause);
  const alert = new AlertError("x", { alert: 42, direction: "sent", cause });
  assertEquals([alert.alert, alert.direction], [42, "sent"]);
  assertStrictEquals(alert.cause, cause);
});

Deno.test("CertificateError keeps its certificates, frozen", () => {
  const certificates = [{ der: null }, { der: Uint8Array.of(1) }];
  const error = new CertificateError("Cannot trust", {
    reason: "name-mismatch",
    certificates,
  });
  certificates.pop();
  assertEquals(error.reason, "name-mismatch");
  assertEquals(error.certificates.length, 2);
  assert(Object.isFrozen(error.certificates));
  const bare = new CertificateError("Cannot trust", { reason: "other" });
  assertEquals(bare.certificates, []);
});
