/**
 * The server reads ClientHello and chooses.
 *
 * @module
 */
import type { Binding } from "../../auth/binding.ts";
import { Transcript } from "../../crypto/transcript.ts";
import { TlsFailure } from "../../failure.ts";
import { ExtensionType, ProtocolVersion } from "../../iana.ts";
import { extension, type RawExtension } from "../../messages/extensions.ts";
import { type ClientHello, RETRY_RANDOM } from "../../messages/hello.ts";
import { ask, type Handling } from "../../requests.ts";
import type { ServerSettings } from "../../settings.ts";
import { parseServerName } from "../../x509/server_name.ts";
import { compose, type Output, type Step, step } from "../machine.ts";
import {
  chooseGroup,
  chooseSuite,
  sameBytes,
  type SuiteParameters,
} from "../negotiate.ts";
import { answer, compatibility, type Required } from "./flight.ts";
import type {
  WaitCertificate,
  WaitClientHello,
  WaitFinished,
  WaitSecondClientHello,
} from "./table.ts";

/** The state before anything came. */
export function startServer(
  settings: ServerSettings,
  binding: Binding,
): Step<WaitClientHello> {
  return step({ kind: "waitClientHello", settings, binding });
}

/** Throws unless the hello is one of TLS 1.3 that can lead to a handshake. */
function requireTls13(hello: ClientHello): Required {
  const { values } = hello.extensions;
  // "If the "supported_versions" extension is not present, servers ... MUST
  // negotiate TLS 1.2 or prior": not spoken, so "protocol_version".
  if (
    !(values.supported_versions?.includes(ProtocolVersion.TLSv1_3) ?? false)
  ) {
    throw new TlsFailure(
      "no-common-version",
      "the client does not offer TLS 1.3",
    );
  }
  // "Any endpoint receiving a Hello message with ClientHello.legacy_version ...
  // set to 0x0300 MUST abort the handshake with a "protocol_version" alert."
  if (hello.legacyVersion === ProtocolVersion.SSLv3_0) {
    throw new TlsFailure("no-common-version", "the client says SSL 3.0");
  }
  // "For every TLS 1.3 ClientHello, this vector MUST contain exactly one byte,
  // set to zero".
  const methods = hello.compressionMethods;
  if (methods.length !== 1 || methods[0] !== 0) {
    throw new TlsFailure("illegal-parameter", "the client offers compression");
  }
  const groups = values.supported_groups;
  const shares = values.key_share;
  const schemes = values.signature_algorithms;
  // "If containing a "supported_groups" extension, it MUST also contain a
  // "key_share" extension, and vice versa"; without a PSK all three are needed.
  if (groups === undefined || shares === undefined || schemes === undefined) {
    throw new TlsFailure(
      "missing-extension",
      "ClientHello lacks supported_groups, key_share or signature_algorithms",
    );
  }
  // "If clients offer "pre_shared_key" without a "psk_key_exchange_modes"
  // extension, servers MUST abort the handshake", whether they resume or not.
  if (
    values.pre_shared_key !== undefined &&
    values.psk_key_exchange_modes === undefined
  ) {
    throw new TlsFailure(
      "missing-extension",
      "ClientHello has pre_shared_key without psk_key_exchange_modes",
    );
  }
  if (values.server_name !== undefined) checkHostName(values.server_name);
  // "Clients MUST NOT offer any KeyShareEntry values for groups not listed". A
  // set, as both lists may have thousands of entries.
  const listed = new Set(groups);
  if (shares.some(({ group }) => !listed.has(group))) {
    throw new TlsFailure(
      "illegal-parameter",
      "key_share has a group that supported_groups lacks",
    );
  }
  return { groups, shares, schemes };
}

/**
 * Throws on what no host is called: ""HostName" contains the fully qualified DNS
 * hostname ... without a trailing dot. Literal IPv4 and IPv6 addresses are not
 * permitted" ({@link https://www.rfc-editor.org/rfc/rfc6066#section-3 | RFC 6066, section 3}).
 * The application looks things up by it.
 */
function checkHostName(name: string): void {
  if (name.endsWith(".") || parseServerName(name)?.kind !== "dns") {
    throw new TlsFailure(
      "illegal-parameter",
      "server_name is not a host name",
    );
  }
}

/** The settings for the client's name, where the application chooses by it. */
function* settingsFor(
  settings: ServerSettings,
  hello: ClientHello,
): Handling<ServerSettings> {
  if (!settings.selectByName) return settings;
  const serverName = hello.extensions.values.server_name ?? null;
  return yield* ask("selectServer", { serverName });
}

/** The first ClientHello. */
export function* onClientHello(
  state: WaitClientHello,
  hello: ClientHello,
  raw: Uint8Array,
): Handling<Step<WaitSecondClientHello | WaitCertificate | WaitFinished>> {
  const { binding } = state;
  const required = requireTls13(hello);
  // "Clients MUST NOT use cookies in their initial ClientHello".
  if (hello.extensions.values.cookie !== undefined) {
    throw new TlsFailure(
      "illegal-parameter",
      "the first ClientHello has a cookie",
    );
  }
  const settings = yield* settingsFor(state.settings, hello);
  const suite = chooseSuite(settings.suites, hello.cipherSuites);
  if (suite === null) {
    throw new TlsFailure("no-common-parameters", "no suite is common");
  }
  const choice = chooseGroup(
    settings.groups,
    required.groups,
    required.shares,
  );
  if (choice === null) {
    throw new TlsFailure("no-common-parameters", "no group is common");
  }
  const transcript = new Transcript(settings.provider);
  transcript.select(suite.hash);
  transcript.add(raw);
  const early: readonly Output[] = hello.extensions.values.early_data
    ? [{ type: "skipEarlyData" }]
    : [];
  if (choice.kind === "share") {
    return yield* answer(
      { settings, binding, transcript },
      { hello, required, suite, share: choice.entry, retried: false },
      early,
    );
  }
  return retry(
    { settings, binding, transcript },
    { hello, suite, group: choice.group },
    early,
  );
}

function retry(
  base: {
    readonly settings: ServerSettings;
    readonly binding: Binding;
    readonly transcript: Transcript;
  },
  choice: {
    readonly hello: ClientHello;
    readonly suite: SuiteParameters;
    readonly group: number;
  },
  early: readonly Output[],
): Step<WaitSecondClientHello> {
  const { settings, transcript } = base;
  const { hello, suite, group } = choice;
  const extensions: RawExtension[] = [extension("HRR", "key_share", group)];
  if (settings.retryCookie !== undefined) {
    extensions.push(extension("HRR", "cookie", settings.retryCookie));
  }
  extensions.push(
    extension("HRR", "supported_versions", ProtocolVersion.TLSv1_3),
  );
  const message = compose(settings, "server_hello", {
    random: RETRY_RANDOM,
    sessionId: hello.sessionId,
    cipherSuite: suite.suite,
    extensions,
  });
  transcript.replaceByMessageHash();
  transcript.add(message);
  return step(
    {
      kind: "waitSecondClientHello",
      ...base,
      first: hello,
      suite,
      group,
    },
    { type: "send", message },
    ...compatibility(hello),
    ...early,
  );
}

/** The second ClientHello. */
export function* onSecondClientHello(
  state: WaitSecondClientHello,
  hello: ClientHello,
  raw: Uint8Array,
): Handling<Step<WaitCertificate | WaitFinished>> {
  const { settings, binding, transcript, first, suite, group } = state;
  const required = requireTls13(hello);
  checkSecondHello(first, hello, settings.retryCookie);
  const share = required.shares[0];
  // "containing only a new KeyShareEntry for the group indicated in the
  // selected_group field".
  if (required.shares.length !== 1 || share?.group !== group) {
    throw new TlsFailure(
      "illegal-parameter",
      "the second ClientHello has not the share that was asked for",
    );
  }
  transcript.add(raw);
  return yield* answer(
    { settings, binding, transcript },
    { hello, required, suite, share, retried: true },
    [],
  );
}

/** What a second ClientHello may change, add or leave out. */
const CHANGEABLE: ReadonlySet<number> = new Set([
  ExtensionType.key_share,
  ExtensionType.early_data,
  ExtensionType.cookie,
  ExtensionType.pre_shared_key,
  ExtensionType.padding,
]);

function fixedExtensions(hello: ClientHello): readonly RawExtension[] {
  return hello.extensions.raw.filter(({ type }) => !CHANGEABLE.has(type));
}

/** "the client MUST send the same ClientHello without modification, except …". */
function checkSecondHello(
  first: ClientHello,
  second: ClientHello,
  cookie: Uint8Array | undefined,
): void {
  const before = fixedExtensions(first);
  const after = fixedExtensions(second);
  const same = first.legacyVersion === second.legacyVersion &&
    sameBytes(first.random, second.random) &&
    sameBytes(first.sessionId, second.sessionId) &&
    first.cipherSuites.length === second.cipherSuites.length &&
    first.cipherSuites.every((id, i) => id === second.cipherSuites[i]) &&
    before.length === after.length &&
    before.every((item, i) =>
      item.type === after[i]!.type && sameBytes(item.data, after[i]!.data)
    );
  if (!same) {
    throw new TlsFailure(
      "illegal-parameter",
      "the second ClientHello differs from the first",
    );
  }
  // "Removing the "early_data" extension if one was present."
  if (second.extensions.values.early_data !== undefined) {
    throw new TlsFailure(
      "illegal-parameter",
      "the second ClientHello still offers early data",
    );
  }
  const echoed = second.extensions.values.cookie;
  // "the client MUST copy the contents of the extension received in the
  // HelloRetryRequest", and there is none otherwise.
  const right = cookie === undefined
    ? echoed === undefined
    : echoed !== undefined && sameBytes(echoed, cookie);
  if (!right) {
    throw new TlsFailure(
      "illegal-parameter",
      "the second ClientHello does not echo the cookie",
    );
  }
}
