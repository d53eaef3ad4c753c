/**
 * The server's machine.
 *
 * @module
 */
import { onKeyUpdate } from "../connected.ts";
import {
  onCertificate,
  onCertificateVerify,
  onFinished,
} from "./authenticate.ts";
import { onClientHello, onSecondClientHello } from "./hello.ts";
import type { ServerHandlers } from "./table.ts";

export { startServer } from "./hello.ts";
export type * from "./table.ts";

/** One handler for each row of the server's table. */
export const serverHandlers: ServerHandlers = {
  waitClientHello: { clientHello: onClientHello },
  waitSecondClientHello: { clientHello: onSecondClientHello },
  waitCertificate: { certificate: onCertificate },
  waitCertificateVerify: { certificateVerify: onCertificateVerify },
  waitFinished: { finished: onFinished },
  connected: { keyUpdate: onKeyUpdate },
};
