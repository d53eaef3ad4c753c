/**
 * The client's hellos.
 *
 * @module
 */
import type { Binding } from "../../auth/binding.ts";
import type { KeyShare } from "../../crypto/provider.ts";
import { Transcript } from "../../crypto/transcript.ts";
import { TlsFailure } from "../../failure.ts";
import { NamedGroup, ProtocolVersion } from "../../iana.ts";
import {
  checkOffered,
  extension,
  type RawExtension,
} from "../../messages/extensions.ts";
import { type Grease, greaseFrom, isGrease } from "../../messages/grease.ts";
import type { HelloRetryRequest } from "../../messages/hello.ts";
import { ask, type Handling } from "../../requests.ts";
import { CLIENT_ENTROPY, type ClientSettings } from "../../settings.ts";
import { compose, type Output, type Step, step } from "../machine.ts";
import type { Offer, WaitSecondServerHello, WaitServerHello } from "./table.ts";
import { acceptHead } from "./server_hello.ts";

/** The first hello: needs nothing from the peer. */
export function* startClient(
  settings: ClientSettings,
  binding: Binding,
): Handling<Step<WaitServerHello>> {
  const { entropy } = settings;
  if (entropy.length !== CLIENT_ENTROPY) {
    throw new RangeError(`Cannot start: not ${CLIENT_ENTROPY} random bytes`);
  }
  const shares: KeyShare[] = [];
  for (const group of settings.groups.slice(0, settings.keyShares)) {
    shares.push(binding.own(yield* ask("generateKeyShare", { group })));
  }
  const offer = makeOffer(settings, {
    random: entropy.slice(0, 32),
    sessionId: settings.compatibilityMode
      ? entropy.slice(32, 64)
      : new Uint8Array(0),
    grease: settings.grease ? greaseFrom(entropy.subarray(64)) : null,
    shares,
    cookie: null,
  });
  const transcript = new Transcript(settings.provider);
  const message = composeHello(settings, offer);
  transcript.add(message);
  return step(
    { kind: "waitServerHello", settings, binding, transcript, offer },
    { type: "send", message },
  );
}

function makeOffer(
  settings: ClientSettings,
  parts: Omit<Offer, "extensions" | "offered">,
): Offer {
  const extensions = helloExtensions(settings, parts);
  return {
    ...parts,
    extensions,
    offered: new Set(
      extensions.map(({ type }) => type).filter((type) => !isGrease(type)),
    ),
  };
}

function helloExtensions(
  settings: ClientSettings,
  { grease, shares, cookie }: Omit<Offer, "extensions" | "offered">,
): readonly RawExtension[] {
  const list: RawExtension[] = [];
  if (grease !== null) {
    list.push({ type: grease.extensions[0], data: new Uint8Array(0) });
  }
  if (settings.serverName !== null) {
    list.push(extension("CH", "server_name", settings.serverName));
  }
  const groups = [...greaseFirst(grease?.group), ...settings.groups];
  list.push(
    extension("CH", "supported_groups", groups),
    // Without signature_algorithms_cert it stands for certificates too.
    extension("CH", "signature_algorithms", settings.signatureSchemes),
  );
  if (settings.protocols.length > 0) {
    list.push(
      extension(
        "CH",
        "application_layer_protocol_negotiation",
        settings.protocols,
      ),
    );
  }
  const versions = [
    ...greaseFirst(grease?.version),
    ProtocolVersion.TLSv1_3,
  ];
  list.push(
    extension("CH", "record_size_limit", settings.recordSizeLimit),
    extension("CH", "supported_versions", versions),
  );
  if (cookie !== null) list.push(extension("CH", "cookie", cookie));
  list.push(extension("CH", "key_share", shareEntries(grease, shares)));
  if (grease !== null) {
    list.push({ type: grease.extensions[1], data: new Uint8Array(1) });
  }
  return list;
}

function greaseFirst(value: number | undefined): readonly number[] {
  return value === undefined ? [] : [value];
}

function shareEntries(grease: Grease | null, shares: readonly KeyShare[]) {
  return [
    // "Clients MAY ... include one or more GREASE values in the key_share".
    ...greaseFirst(grease?.group).map((group) => ({
      group,
      keyExchange: new Uint8Array(1),
    })),
    ...shares.map(({ group, publicKey }) => ({
      group,
      keyExchange: publicKey,
    })),
  ];
}

function composeHello(settings: ClientSettings, offer: Offer): Uint8Array {
  return compose(settings, "client_hello", {
    random: offer.random,
    sessionId: offer.sessionId,
    cipherSuites: [...greaseFirst(offer.grease?.suite), ...settings.suites],
    extensions: offer.extensions,
  });
}

/** HelloRetryRequest: the same offer with another share, a cookie, or both. */
export function* onHelloRetryRequest(
  state: WaitServerHello,
  message: HelloRetryRequest,
  raw: Uint8Array,
): Handling<Step<WaitSecondServerHello>> {
  const { settings, binding, transcript, offer } = state;
  const { values } = message.extensions;
  const suite = acceptHead(settings, offer, {
    head: message,
    version: values.supported_versions,
    random: null,
  });
  // "with the exception of the "cookie" extension".
  checkOffered(
    message.extensions,
    new Set([...offer.offered, ...cookieType(values.cookie)]),
  );
  const group = values.key_share ?? null;
  const cookie = values.cookie ?? null;
  if (group !== null) checkRetryGroup(settings, offer, group);
  // "Clients MUST abort the handshake with an "illegal_parameter" alert if the
  // HelloRetryRequest would not result in any change in the ClientHello."
  if (group === null && cookie === null) {
    throw new TlsFailure(
      "illegal-parameter",
      "HelloRetryRequest asks for no change",
    );
  }
  let shares = offer.shares;
  if (group !== null) {
    for (const share of offer.shares) binding.release(share);
    shares = [binding.own(yield* ask("generateKeyShare", { group }))];
  }
  const second = secondOffer(settings, offer, { shares, cookie, group });
  transcript.select(suite.hash);
  transcript.replaceByMessageHash();
  transcript.add(raw);
  const hello = composeHello(settings, second);
  transcript.add(hello);
  const outputs: Output[] = [{ type: "send", message: hello }];
  // "Otherwise it is sent ... before its second ClientHello".
  if (settings.compatibilityMode) {
    outputs.unshift({ type: "sendChangeCipherSpec" });
  }
  return step(
    {
      kind: "waitSecondServerHello",
      settings,
      binding,
      transcript,
      offer: second,
      suite,
      group,
    },
    ...outputs,
  );
}

function cookieType(cookie: Uint8Array | undefined): readonly number[] {
  return cookie === undefined ? [] : [extension("HRR", "cookie", cookie).type];
}

/**
 * "the client MUST verify that (1) the selected_group field corresponds to a
 * group which was provided in the "supported_groups" extension in the original
 * ClientHello and (2) the selected_group field does not correspond to a group
 * which was provided in the "key_share" extension".
 */
function checkRetryGroup(
  settings: ClientSettings,
  offer: Offer,
  group: number,
): void {
  if (
    !settings.groups.includes(group) ||
    offer.shares.some((share) => share.group === group)
  ) {
    throw new TlsFailure(
      "illegal-parameter",
      `HelloRetryRequest asks for group ${group}, which makes no sense`,
    );
  }
}

/**
 * "the client MUST send the same ClientHello without modification, except":
 * key_share is replaced by the one share that was asked for, the cookie added.
 */
function secondOffer(
  settings: ClientSettings,
  offer: Offer,
  changes: {
    readonly shares: readonly KeyShare[];
    readonly cookie: Uint8Array | null;
    readonly group: number | null;
  },
): Offer {
  const next = makeOffer(settings, {
    ...offer,
    shares: changes.shares,
    cookie: changes.cookie,
  });
  if (changes.group === null) return next;
  const only = extension("CH", "key_share", shareEntries(null, changes.shares));
  return {
    ...next,
    extensions: next.extensions.map((item) =>
      item.type === only.type ? only : item
    ),
  };
}

/** The groups that get a share in the first hello where nothing else is said. */
export const DEFAULT_SHARED_GROUPS: readonly number[] = [
  NamedGroup.X25519MLKEM768,
  NamedGroup.x25519,
];
