/**
 * How a chain of certificates is planned and made.
 *
 * @module
 */
import {
  ext,
  general,
  keyIdentifier,
  type KeyKind,
  keyOf,
  mint,
} from "./mint.ts";
import { KeyUsage } from "../../../../backends/pure/engine/x509/extensions.ts";

/** The time of all chains: 2026-06-01. */
export const NOW = 1_780_272_000;
const YEAR = 365 * 86_400;

const SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
const CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";

type Extension = ReturnType<typeof ext.raw>;

/** A certificate as it is to be made; changes work on this. */
export interface Draft {
  subject: string;
  issuer: string;
  kind: KeyKind;
  /** Which key it carries, and which signs it. */
  key: string;
  signer: string;
  signerKind: KeyKind;
  notBefore: number;
  notAfter: number;
  /** By a name of ours, so that a change can replace one. */
  extensions: Map<string, Extension>;
  hash?: "SHA-1" | "SHA-256" | "SHA-384" | "SHA-512";
  serial?: string;
  /** Done to the finished bytes. */
  spoil?: (bytes: Uint8Array) => void;
}

/** A chain as it is to be made. */
export interface Plan {
  leaf: Draft;
  /** Nearest to the leaf first. */
  intermediates: Draft[];
  root: Draft;
  /** Sent along, but in no path that is meant. */
  others: Draft[];
  at: number;
  hostname: string | null;
  purpose: "server" | "client";
  /** What the verifier is given as anchors and as intermediates. */
  trusted: "root" | "stranger" | "intermediate" | "leaf";
  sent: "all" | "none" | "reversed" | "with root";
}

/** A finished chain. */
export interface Chain {
  readonly id: string;
  readonly leaf: Uint8Array;
  readonly intermediates: readonly Uint8Array[];
  readonly anchors: readonly Uint8Array[];
  readonly at: number;
  readonly hostname: string | null;
  readonly purpose: "server" | "client";
}

function draft(
  fields: Pick<Draft, "subject" | "issuer" | "kind" | "key" | "signer">,
  extensions: readonly (readonly [string, Extension])[],
): Draft {
  return {
    ...fields,
    signerKind: fields.kind,
    notBefore: NOW - YEAR,
    notAfter: NOW + YEAR,
    extensions: new Map(extensions),
  };
}

/** A CA's draft. */
export function ca(
  name: string,
  issuer: string,
  kind: KeyKind,
  keys: { key?: string; signer?: string } = {},
): Draft {
  return draft({
    subject: `CN=${name}`,
    issuer: `CN=${issuer}`,
    kind,
    key: keys.key ?? name,
    signer: keys.signer ?? issuer,
  }, [
    ["bc", ext.basicConstraints(true)],
    ["ku", ext.keyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign)],
  ]);
}

/** A good chain with `depth` intermediates. */
export function plain(kind: KeyKind, depth: number): Plan {
  const names = Array.from({ length: depth }, (_, i) => `CA ${i + 1}`);
  const leaf = draft({
    subject: "CN=www.example.test",
    issuer: `CN=${names[0] ?? "Root"}`,
    kind,
    key: "leaf",
    signer: names[0] ?? "Root",
  }, [
    ["bc", ext.basicConstraints(false)],
    ["ku", ext.keyUsage(KeyUsage.digitalSignature)],
    ["eku", ext.extKeyUsage([SERVER_AUTH, CLIENT_AUTH])],
    ["san", ext.subjectAltName([general.dns("www.example.test")])],
  ]);
  return {
    leaf,
    intermediates: names.map((name, i) =>
      ca(name, names[i + 1] ?? "Root", kind)
    ),
    root: ca("Root", "Root", kind),
    others: [],
    at: NOW,
    hostname: "www.example.test",
    purpose: "server",
    trusted: "root",
    sent: "all",
  };
}

/** Makes the certificate of a draft. */
export async function make(plan: Draft): Promise<Uint8Array> {
  const key = await keyOf(plan.kind, plan.key);
  const signer = await keyOf(plan.signerKind, plan.signer);
  const extensions = new Map(plan.extensions);
  if (!extensions.has("ski")) {
    extensions.set("ski", ext.subjectKeyIdentifier(await keyIdentifier(key)));
  }
  if (!extensions.has("aki")) {
    extensions.set(
      "aki",
      ext.authorityKeyIdentifier(await keyIdentifier(signer)),
    );
  }
  const bytes = await mint({
    ...plan,
    key,
    signer,
    extensions: [...extensions.values()].filter(({ type }) => type !== NONE),
  });
  plan.spoil?.(bytes);
  return bytes;
}

/** An extension that is left out. */
const NONE = "1.2.3.4.5";
export const none: Extension = ext.raw(NONE, new Uint8Array(), false);

/** Makes the certificates of a plan. */
export async function build(id: string, plan: Plan): Promise<Chain> {
  const leaf = await make(plan.leaf);
  const intermediates = await Promise.all(plan.intermediates.map(make));
  const root = await make(plan.root);
  const others = await Promise.all(plan.others.map(make));
  const anchors = {
    root: () => root,
    stranger: () => make(ca("Stranger", "Stranger", plan.root.kind)),
    intermediate: () => intermediates[0]!,
    leaf: () => leaf,
  };
  const sent = {
    all: [...intermediates, ...others],
    none: [],
    reversed: [...others, ...intermediates].reverse(),
    "with root": [root, ...intermediates, ...others],
  };
  return {
    id,
    leaf,
    intermediates: sent[plan.sent],
    anchors: [await anchors[plan.trusted]()],
    at: plan.at,
    hostname: plan.hostname,
    purpose: plan.purpose,
  };
}
