/**
 * The suite as data: `testBackend` registers it, the suite's own tests run it
 * against backends that are broken on purpose.
 *
 * @module
 */
import type { Backend } from "../../api/context.ts";
import { addBackendCases } from "./_cases_backend.ts";
import { addBufferCases } from "./_cases_buffers.ts";
import { addCredentialCases } from "./_cases_credentials.ts";
import { addDataCases } from "./_cases_data.ts";
import { addEndCases } from "./_cases_end.ts";
import { addFailureCases } from "./_cases_failure.ts";
import { addHandshakeCases } from "./_cases_handshake.ts";
import { addHonouredCases } from "./_cases_honoured.ts";
import { addListenCases } from "./_cases_listen.ts";
import { addPolicyCases } from "./_cases_policy.ts";
import { addProtocolCases } from "./_cases_protocols.ts";
import { addRefusalCases } from "./_cases_refused.ts";
import { addServerCases } from "./_cases_server.ts";
import { addTrustCases } from "./_cases_trust.ts";
import type { Case } from "./_scope.ts";
import { Suite } from "./_trial.ts";

/** How much the suite asks of a backend, and how patiently. */
export interface TestBackendOptions {
  /** The name in the cases' names; the backend's own by default. */
  name?: string;
  /** The bytes of the largest transfer; 10 MB by default. */
  largeTransfer?: number;
  /** How many connections are opened at once; 100 by default. */
  connections?: number;
  /**
   * Milliseconds after which a case that still waits has failed; 10,000 by
   * default. The largest cases have several times as much.
   */
  deadline?: number;
  /**
   * True where the platform below the backend keeps a transport open, until its
   * peer ends it, whose handshake was abandoned, and nothing can be done about
   * it, as with Deno's own TLS. The cases that would see it then ask only that
   * everything at this end settles, and say so in their names. By default true
   * where the backend takes no stream but the platform's TCP (`anyStream` is
   * false): one that takes any stream has it in its own hands.
   */
  abandonedTransportLingers?: boolean;
}

const DEFAULT_TRANSFER = 10_000_000;
const DEFAULT_CONNECTIONS = 100;
const DEFAULT_DEADLINE_MS = 10_000;

/** The cases that judge a backend. */
export function casesOf(
  backend: Backend,
  options: TestBackendOptions = {},
): readonly Case[] {
  const suite = new Suite(backend, {
    largeTransfer: options.largeTransfer ?? DEFAULT_TRANSFER,
    connections: options.connections ?? DEFAULT_CONNECTIONS,
    deadline: options.deadline ?? DEFAULT_DEADLINE_MS,
    lingers: options.abandonedTransportLingers ??
      !backend.capabilities.anyStream,
  });
  addBackendCases(suite);
  addCredentialCases(suite);
  addRefusalCases(suite);
  addHandshakeCases(suite);
  addProtocolCases(suite);
  addTrustCases(suite);
  addDataCases(suite);
  addEndCases(suite);
  addFailureCases(suite);
  addListenCases(suite);
  addHonouredCases(suite);
  addPolicyCases(suite);
  addServerCases(suite);
  addBufferCases(suite);
  return suite.cases;
}
