/**
 * What the client's table forbids does not compile: each `@ts-expect-error` is a
 * negative that fails the type check of this file if it ever compiles. At run
 * time the one dispatch refuses every message that a row does not name.
 */
import { assertEquals, assertThrows } from "@std/assert";
import { TlsFailure } from "../../../../backends/pure/engine/failure.ts";
import {
  type ClientHandlers,
  clientHandlers,
  type ClientStates,
} from "../../../../backends/pure/engine/handshake/client/mod.ts";
import {
  advance,
  type Step,
} from "../../../../backends/pure/engine/handshake/machine.ts";
import type { ServerStates } from "../../../../backends/pure/engine/handshake/server/mod.ts";
import type { HandshakeMessage } from "../../../../backends/pure/engine/messages/handshake.ts";
import type { Handling } from "../../../../backends/pure/engine/requests.ts";

/** A handler that leads to exactly this state; never run. */
declare function to<K extends keyof ClientStates>(
  kind: K,
): () => Handling<Step<ClientStates[K]>>;
declare function toAny(): Handling<Step<ClientStates[keyof ClientStates]>>;
declare function toServer(): Handling<Step<ServerStates["connected"]>>;
declare function toServerWait(): Handling<Step<ServerStates["waitFinished"]>>;

/** Never called: its body is there for the type check. */
export function negatives(): ClientHandlers[] {
  const all = clientHandlers;
  return [
    {
      ...all,
      waitServerHello: {
        ...all.waitServerHello,
        // @ts-expect-error EncryptedExtensions cannot be skipped
        serverHello: to("waitCertificateOrRequest"),
      },
    },
    {
      ...all,
      waitSecondServerHello: {
        ...all.waitSecondServerHello,
        // @ts-expect-error a second HelloRetryRequest has no row
        helloRetryRequest: to("waitSecondServerHello"),
      },
    },
    {
      ...all,
      waitEncryptedExtensions: {
        ...all.waitEncryptedExtensions,
        // @ts-expect-error ServerHello cannot come twice
        serverHello: to("waitEncryptedExtensions"),
      },
    },
    {
      ...all,
      waitEncryptedExtensions: {
        // @ts-expect-error the certificate cannot be skipped
        encryptedExtensions: to("waitFinished"),
      },
    },
    {
      ...all,
      waitCertificateOrRequest: {
        ...all.waitCertificateOrRequest,
        // @ts-expect-error EncryptedExtensions cannot come twice
        encryptedExtensions: to("waitCertificateOrRequest"),
      },
    },
    {
      ...all,
      waitCertificateOrRequest: {
        ...all.waitCertificateOrRequest,
        // @ts-expect-error CertificateVerify cannot be skipped
        certificate: to("waitFinished"),
      },
    },
    {
      ...all,
      waitCertificateOrRequest: {
        ...all.waitCertificateOrRequest,
        // @ts-expect-error CertificateRequest cannot be repeated
        certificateRequest: to("waitCertificateOrRequest"),
      },
    },
    {
      ...all,
      // @ts-expect-error CertificateVerify cannot be skipped after a request
      waitCertificate: { certificate: to("waitFinished") },
    },
    {
      ...all,
      // @ts-expect-error CertificateVerify cannot be repeated
      waitCertificateVerify: { certificateVerify: to("waitCertificateVerify") },
    },
    {
      ...all,
      // @ts-expect-error Finished cannot be skipped
      waitCertificateVerify: { certificateVerify: to("connected") },
    },
    {
      ...all,
      // @ts-expect-error Finished cannot be repeated
      waitFinished: { finished: to("waitFinished") },
    },
    {
      ...all,
      // @ts-expect-error a second Finished has no row
      connected: { ...all.connected, finished: to("connected") },
    },
    // @ts-expect-error a row is missing
    { ...all, waitFinished: {} },
    {
      ...all,
      // @ts-expect-error a helper that returns the wide union does not fit a row
      waitFinished: { finished: toAny },
    },
    {
      ...all,
      // @ts-expect-error a server's state does not fit a client's row
      waitCertificateVerify: { certificateVerify: toServerWait },
    },
    // The last state is both roles' own: it needs both proofs, whoever made it.
    { ...all, waitFinished: { finished: toServer } },
  ];
}

/** Never called: a proof cannot be made here. */
export function forgeries(): unknown[] {
  // @ts-expect-error a proof of the peer cannot be forged
  const peer: ClientStates["waitFinished"]["peer"] = {
    identity: { kind: "anonymous" },
  };
  // @ts-expect-error a proof of Finished cannot be forged
  const finished: ClientStates["connected"]["finished"] = {};
  // @ts-expect-error one proof is not the other
  const swapped: ClientStates["connected"]["finished"] = peer;
  return [peer, finished, swapped];
}

/** The table as data, written from RFC 8446's appendix A.1, not from the code. */
const EXPECTED: Record<keyof ClientStates, readonly string[]> = {
  waitServerHello: ["serverHello", "helloRetryRequest"],
  waitSecondServerHello: ["serverHello"],
  waitEncryptedExtensions: ["encryptedExtensions"],
  waitCertificateOrRequest: ["certificateRequest", "certificate"],
  waitCertificate: ["certificate"],
  waitCertificateVerify: ["certificateVerify"],
  waitFinished: ["finished"],
  connected: ["newSessionTicket", "keyUpdate"],
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

Deno.test("clientHandlers has a handler for each row and no other", () => {
  const rows = Object.fromEntries(
    Object.entries(clientHandlers).map(([kind, row]) => [
      kind,
      Object.keys(row),
    ]),
  );
  assertEquals(rows, EXPECTED as Record<string, string[]>);
});

Deno.test("advance() refuses every message that the client's row does not name", () => {
  let refused = 0;
  for (const kind of Object.keys(EXPECTED) as (keyof ClientStates)[]) {
    for (const type of MESSAGES) {
      if (EXPECTED[kind].includes(type)) continue;
      const failure = assertThrows(
        () =>
          advance(
            clientHandlers,
            { kind } as ClientStates[keyof ClientStates],
            { type } as HandshakeMessage,
            new Uint8Array(0),
          ),
        TlsFailure,
      );
      assertEquals(failure.reason, "unexpected-message");
      refused++;
    }
  }
  assertEquals(refused, 69);
});
