/**
 * The key schedule of one handshake, as both roles walk through it.
 *
 * @module
 */
import type { Binding } from "../auth/binding.ts";
import { Hkdf } from "../crypto/hkdf.ts";
import {
  type ApplicationTrafficSecret,
  EarlySecret,
  type ExporterSecret,
  type HandshakeSecret,
  type HandshakeTrafficSecret,
} from "../crypto/schedule13.ts";
import type { Transcript } from "../crypto/transcript.ts";
import type { CommonSettings } from "../settings.ts";
import type { Output } from "./machine.ts";
import type { SuiteParameters } from "./negotiate.ts";

/** What is known once both shares are. */
export interface HandshakeKeys {
  /** Leads to the application's secrets. */
  readonly stage: HandshakeSecret;
  /** The client's. */
  readonly client: HandshakeTrafficSecret;
  /** The server's. */
  readonly server: HandshakeTrafficSecret;
}

/** What is known once the server's Finished is. */
export interface ApplicationKeys {
  /** The client's. */
  readonly client: ApplicationTrafficSecret;
  /** The server's. */
  readonly server: ApplicationTrafficSecret;
  /** For exporters. */
  readonly exporter: ExporterSecret;
}

/**
 * From the (EC)DHE secret, which is wiped, and the transcript up to
 * ServerHello.
 */
export function handshakeKeys(
  settings: CommonSettings,
  binding: Binding,
  input: {
    readonly suite: SuiteParameters;
    readonly sharedSecret: Uint8Array;
    readonly transcript: Transcript;
  },
): HandshakeKeys {
  const hkdf = new Hkdf(settings.provider, input.suite.hash);
  const stage = new EarlySecret(hkdf, null).toHandshake(input.sharedSecret);
  input.sharedSecret.fill(0);
  const hash = input.transcript.digest();
  return {
    stage: binding.own(stage),
    client: binding.own(stage.clientTraffic(hash)),
    server: binding.own(stage.serverTraffic(hash)),
  };
}

/** From the transcript up to the server's Finished. */
export function applicationKeys(
  binding: Binding,
  keys: HandshakeKeys,
  transcript: Transcript,
): ApplicationKeys {
  const hash = transcript.digest();
  const master = binding.own(keys.stage.toMaster());
  const result = {
    client: binding.own(master.clientTraffic(hash)),
    server: binding.own(master.serverTraffic(hash)),
    exporter: binding.own(master.exporter(hash)),
  };
  // Nothing is resumed: resumption_master_secret is not derived.
  binding.release(master);
  binding.release(keys.stage);
  return result;
}

/** A secret as a key log sees it. */
interface Loggable {
  readonly keyLogLabel: string;
  exportForKeyLog(): Uint8Array;
}

function hex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += byte.toString(16).padStart(2, "0");
  return text;
}

/**
 * The secrets as lines of a key log, where one is kept
 * ({@link https://www.rfc-editor.org/rfc/rfc9850 | RFC 9850}).
 */
export function keyLog(
  settings: CommonSettings,
  clientRandom: Uint8Array,
  ...secrets: readonly Loggable[]
): readonly Output[] {
  if (!settings.keyLog) return [];
  return secrets.map((secret) => {
    const bytes = secret.exportForKeyLog();
    const line = `${secret.keyLogLabel} ${hex(clientRandom)} ${hex(bytes)}`;
    bytes.fill(0);
    return { type: "keyLog", line };
  });
}
