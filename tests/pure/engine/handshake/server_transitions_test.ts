/**
 * What the server's table forbids does not compile: each `@ts-expect-error` is a
 * negative that fails the type check of this file if it ever compiles. At run
 * time the one dispatch refuses every message that a row does not name.
 */
import { assertEquals, assertThrows } from "@std/assert";
import { TlsFailure } from "../../../../backends/pure/engine/failure.ts";
import type { ClientStates } from "../../../../backends/pure/engine/handshake/client/mod.ts";
import {
  advance,
  type Step,
} from "../../../../backends/pure/engine/handshake/machine.ts";
import {
  type ServerHandlers,
  serverHandlers,
  type ServerStates,
} from "../../../../backends/pure/engine/handshake/server/mod.ts";
import type { HandshakeMessage } from "../../../../backends/pure/engine/messages/handshake.ts";
import type { Handling } from "../../../../backends/pure/engine/requests.ts";

/** A handler that leads to exactly this state; never run. */
declare function to<K extends keyof ServerStates>(
  kind: K,
): () => Handling<Step<ServerStates[K]>>;
declare function toAny(): Handling<Step<ServerStates[keyof ServerStates]>>;
declare function toClient(): Handling<Step<ClientStates["waitFinished"]>>;

/** Never called: its body is there for the type check. */
export function negatives(): ServerHandlers[] {
  const all = serverHandlers;
  return [
    {
      ...all,
      // @ts-expect-error the handshake cannot be skipped
      waitClientHello: { clientHello: to("connected") },
    },
    {
      ...all,
      // @ts-expect-error the client's Certificate cannot be skipped
      waitClientHello: { clientHello: to("waitCertificateVerify") },
    },
    {
      ...all,
      // @ts-expect-error a first ClientHello cannot come again
      waitClientHello: { clientHello: to("waitClientHello") },
    },
    {
      ...all,
      // @ts-expect-error there is no second HelloRetryRequest
      waitSecondClientHello: { clientHello: to("waitSecondClientHello") },
    },
    {
      ...all,
      waitCertificate: {
        ...all.waitCertificate,
        // @ts-expect-error a third ClientHello has no row
        clientHello: to("waitCertificate"),
      },
    },
    {
      ...all,
      // @ts-expect-error CertificateVerify and Finished cannot be skipped
      waitCertificate: { certificate: to("connected") },
    },
    {
      ...all,
      // @ts-expect-error the client's Certificate cannot be repeated
      waitCertificate: { certificate: to("waitCertificate") },
    },
    {
      ...all,
      // @ts-expect-error Finished cannot be skipped
      waitCertificateVerify: { certificateVerify: to("connected") },
    },
    {
      ...all,
      // @ts-expect-error CertificateVerify cannot be repeated
      waitCertificateVerify: { certificateVerify: to("waitCertificateVerify") },
    },
    {
      ...all,
      // @ts-expect-error Finished cannot be repeated
      waitFinished: { finished: to("waitFinished") },
    },
    {
      ...all,
      waitCertificateVerify: {
        ...all.waitCertificateVerify,
        // @ts-expect-error Finished cannot stand for CertificateVerify
        finished: to("connected"),
      },
    },
    {
      ...all,
      // @ts-expect-error a client sends no ticket
      connected: { ...all.connected, newSessionTicket: to("connected") },
    },
    // @ts-expect-error a row is missing
    { ...all, waitCertificateVerify: {} },
    {
      ...all,
      // @ts-expect-error a helper that returns the wide union does not fit a row
      waitFinished: { finished: toAny },
    },
    {
      ...all,
      // @ts-expect-error a client's state does not fit a server's row
      waitCertificateVerify: { certificateVerify: toClient },
    },
  ];
}

/** Never called: an anonymous client needs a proof too. */
export function forgeries(base: ServerStates["waitCertificate"]): unknown[] {
  // @ts-expect-error waitFinished needs a proof of the peer
  const skipped: ServerStates["waitFinished"] = {
    ...base,
    kind: "waitFinished",
  };
  return [skipped];
}

/** The table as data, written from RFC 8446's appendix A.2, not from the code. */
const EXPECTED: Record<keyof ServerStates, readonly string[]> = {
  waitClientHello: ["clientHello"],
  waitSecondClientHello: ["clientHello"],
  waitCertificate: ["certificate"],
  waitCertificateVerify: ["certificateVerify"],
  waitFinished: ["finished"],
  connected: ["keyUpdate"],
};

const MESSAGES = [
  "clientHello",
  "serverHello",
  "helloRetryRequest",
  "encryptedExtensions",
  "certificateRequest",
  "certificate",
  "certificateVerify",
  "finished",
  "newSessionTicket",
  "keyUpdate",
] as const;

Deno.test("serverHandlers has a handler for each row and no other", () => {
  const rows = Object.fromEntries(
    Object.entries(serverHandlers).map(([kind, row]) => [
      kind,
      Object.keys(row),
    ]),
  );
  assertEquals(rows, EXPECTED as Record<string, string[]>);
});

Deno.test("advance() refuses every message that the server's row does not name", () => {
  let refused = 0;
  for (const kind of Object.keys(EXPECTED) as (keyof ServerStates)[]) {
    for (const type of MESSAGES) {
      if (EXPECTED[kind].includes(type)) continue;
      const failure = assertThrows(
        () =>
          advance(
            serverHandlers,
            { kind } as ServerStates[keyof ServerStates],
            { type } as HandshakeMessage,
            new Uint8Array(0),
          ),
        TlsFailure,
      );
      assertEquals(failure.reason, "unexpected-message");
      refused++;
    }
  }
  assertEquals(refused, 54);
});
