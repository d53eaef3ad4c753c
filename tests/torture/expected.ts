/**
 * What must come of each fault, written from the RFC before anything was run.
 *
 * An outcome says what became of both ends: `connected`, `waiting` (then, as
 * the transport ends, `truncated`: RaggedEOF), `sent A` where an end found the
 * fault, `received A` where it was told.
 *
 * @module
 */

/** The messages by their name in the tables. */
export const MESSAGES = [
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
/** One of them. */
export type MessageName = typeof MESSAGES[number];

/** Which end is the victim. */
export type RoleName = "client" | "server";

/** RFC 8446, appendix A.1 and A.2: what may come in each state. */
export const ROWS: Readonly<
  Record<RoleName, Readonly<Record<string, readonly MessageName[]>>>
> = {
  client: {
    waitServerHello: ["serverHello", "helloRetryRequest"],
    waitSecondServerHello: ["serverHello"],
    waitEncryptedExtensions: ["encryptedExtensions"],
    waitCertificateOrRequest: ["certificateRequest", "certificate"],
    waitCertificate: ["certificate"],
    waitCertificateVerify: ["certificateVerify"],
    waitFinished: ["finished"],
    connected: ["newSessionTicket", "keyUpdate"],
  },
  server: {
    waitClientHello: ["clientHello"],
    waitSecondClientHello: ["clientHello"],
    waitCertificate: ["certificate"],
    waitCertificateVerify: ["certificateVerify"],
    waitFinished: ["finished"],
    connected: ["keyUpdate"],
  },
};

const UNEXPECTED = "sent unexpected_message";

/** The victim's outcome, and the other's where it is the one that notices. */
export interface Expectation {
  readonly victim: string;
  readonly other?: string;
}

/**
 * A message more, under the right keys, before the one that is due. Where the
 * row names it, the due one is what comes too often.
 */
export function expectInserted(
  role: RoleName,
  state: string,
  message: MessageName,
): Expectation {
  const allowed = ROWS[role][state]!.includes(message);
  if (!allowed) return { victim: UNEXPECTED };
  if (state === "connected") return { victim: "connected" };
  switch (message) {
    case "serverHello":
    case "helloRetryRequest":
      // Another handshake's: it does not echo this one's session id.
      return { victim: "sent illegal_parameter" };
    case "certificateRequest":
      // The client answers what the server never asked.
      return { victim: "received unexpected_message", other: UNEXPECTED };
    default:
      return { victim: UNEXPECTED };
  }
}

/** States without a key to read by. */
const CLEAR: readonly string[] = [
  "waitServerHello",
  "waitSecondServerHello",
  "waitClientHello",
  "waitSecondClientHello",
];

/** A message of another handshake without protection, before the due one. */
export function expectForged(
  role: RoleName,
  state: string,
  message: MessageName,
  answeredByRetry: boolean,
): Expectation {
  if (!CLEAR.includes(state) || !ROWS[role][state]!.includes(message)) {
    return { victim: UNEXPECTED };
  }
  // A foreign first hello is as good as any. After its answer the right one
  // comes too late, or, where a second hello is due, is not like it.
  if (state === "waitClientHello" && !answeredByRetry) {
    return { victim: UNEXPECTED };
  }
  // Others do not echo this handshake's values.
  return { victim: "sent illegal_parameter" };
}

/** A message less, under the right keys. */
export function expectDropped(message: MessageName): Expectation {
  switch (message) {
    case "clientHello":
    case "helloRetryRequest":
    case "finished":
      // Nothing follows of itself.
      return { victim: "waiting" };
    case "certificateRequest":
      // The server alone knows that it has asked.
      return { victim: "received unexpected_message", other: UNEXPECTED };
    default:
      return { victim: UNEXPECTED };
  }
}

/** A message after its neighbour: always too early. */
export const expectSwapped: Expectation = { victim: UNEXPECTED };

/** A message twice: always one too many. */
export function expectDoubled(
  message: MessageName,
  answeredByRetry: boolean,
): Expectation {
  // After a HelloRetryRequest a hello is due, but with the share asked for.
  return message === "clientHello" && answeredByRetry
    ? { victim: "sent illegal_parameter" }
    : { victim: UNEXPECTED };
}

/** Where in a record a byte lies. */
export type Region =
  | "clear type"
  | "clear major"
  | "clear minor"
  | "clear length"
  | "clear body"
  | "ccs type"
  | "ccs version"
  | "ccs length"
  | "ccs body"
  | "protected type"
  | "protected version"
  | "protected length"
  | "protected body";

/**
 * What a changed byte may come to at the end that reads it: a list of outcomes,
 * "fails" for any that is not `connected`, or "told" where this end could not
 * notice and the other did.
 */
export const FLIPPED: Readonly<Record<Region, readonly string[]>> = {
  // Another type: unknown, out of turn, or an alert that is none.
  "clear type": [UNEXPECTED, "sent decode_error"],
  "clear major": ["sent protocol_version"],
  // "MUST be ignored for all purposes": honest peers differ in it.
  "clear minor": ["connected"],
  "clear length": ["fails"],
  // Hellos differ at both ends: no key fits, if nothing was noticed before.
  "clear body": ["fails", "told"],
  // As a piece of a message it joins the next one, and makes it too long.
  "ccs type": [
    UNEXPECTED,
    "sent decode_error",
    "sent bad_record_mac",
    "sent illegal_parameter",
  ],
  "ccs version": ["connected"],
  "ccs length": ["fails"],
  "ccs body": [UNEXPECTED],
  "protected type": [UNEXPECTED, "sent decode_error"],
  // Additional data of the AEAD.
  "protected version": ["sent bad_record_mac"],
  "protected length": ["fails"],
  "protected body": ["sent bad_record_mac"],
};
