/**
 * The client's machine.
 *
 * @module
 */
import { onKeyUpdate } from "../connected.ts";
import {
  onCertificate,
  onCertificateRequest,
  onCertificateVerify,
  onFinished,
  onNewSessionTicket,
} from "./authenticate.ts";
import { onHelloRetryRequest } from "./hello.ts";
import { onEncryptedExtensions, onServerHello } from "./server_hello.ts";
import type { ClientHandlers } from "./table.ts";

export { startClient } from "./hello.ts";
export type * from "./table.ts";

/** One handler for each row of the client's table. */
export const clientHandlers: ClientHandlers = {
  waitServerHello: {
    serverHello: onServerHello,
    helloRetryRequest: onHelloRetryRequest,
  },
  waitSecondServerHello: { serverHello: onServerHello },
  waitEncryptedExtensions: { encryptedExtensions: onEncryptedExtensions },
  waitCertificateOrRequest: {
    certificateRequest: onCertificateRequest,
    certificate: onCertificate,
  },
  waitCertificate: { certificate: onCertificate },
  waitCertificateVerify: { certificateVerify: onCertificateVerify },
  waitFinished: { finished: onFinished },
  connected: { newSessionTicket: onNewSessionTicket, keyUpdate: onKeyUpdate },
};
