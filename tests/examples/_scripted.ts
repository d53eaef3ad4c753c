/**
 * A backend that knows what it is told.
 *
 * @module
 */
import type { Backend, TLSWrappedSocket } from "../../mod.ts";
import { denoBackend } from "../../backends/deno/mod.ts";

/** One that says what it is told to, over no network. */
export function scripted(
  facts: Partial<TLSWrappedSocket>,
  onClose: () => void,
): Backend {
  class Context extends denoBackend.clientContext! {
    override connect(): ReturnType<
      InstanceType<NonNullable<Backend["clientContext"]>>["connect"]
    > {
      const socket = {
        remoteAddr: { transport: "tcp", hostname: "192.0.2.1", port: 443 },
        cipher: () => 0x1301,
        negotiatedTlsVersion: () => "TLSv1.3",
        negotiatedProtocol: () => "h2",
        peerCertificates: () => [],
        ...facts,
        close: onClose,
        [Symbol.asyncDispose]: () => Promise.resolve(onClose()),
      };
      return Promise.resolve(
        socket as unknown as Awaited<ReturnType<Context["connect"]>>,
      );
    }
  }
  return {
    ...denoBackend,
    name: "scripted",
    clientContext: Context,
    capabilities: {
      ...denoBackend.capabilities,
      exclusiveTrustStore: true,
      facts: [
        "cipher",
        "negotiatedProtocol",
        "negotiatedTlsVersion",
        "peerCertificates",
      ],
    },
    trustStore: {
      ...denoBackend.trustStore,
      fromBuffer: (buffer) =>
        denoBackend.trustStore.platform({ additional: [buffer] }),
    },
  };
}
