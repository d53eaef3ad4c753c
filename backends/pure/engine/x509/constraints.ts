/**
 * Name constraints ({@link https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.10 | RFC 5280, section 4.2.1.10}).
 *
 * Names and constraints are brought into comparable form once and compared many
 * times; each comparison is paid for. Where a name or a constraint cannot be
 * understood the answer is always "refuse".
 *
 * @module
 */
import type { Certificate } from "./certificate.ts";
import type { NameConstraints } from "./extensions.ts";
import {
  type GeneralName,
  type GeneralNameKind,
  generalNameText,
  printable,
} from "./general_name.ts";
import { relativeNameKeys } from "./name.ts";
import { AttributeOid } from "./oid.ts";
import { asciiLower, isDnsName, presentedDnsName } from "./server_name.ts";
import { type Budget, COMPARISON_UNITS } from "./budget.ts";

/** A name in comparable form, and as text for messages. */
interface ComparableName {
  readonly kind: GeneralNameKind;
  readonly text: string;
  /** `null` where it is malformed or of a form that is not compared. */
  readonly value: Value | null;
}

type Value =
  | { readonly dns: string; readonly wildcard: boolean }
  | { readonly mailbox: string; readonly host: string }
  | { readonly uriHost: string }
  | { readonly address: Uint8Array }
  | { readonly rdns: readonly string[] };

/** One subtree in comparable form. */
type Subtree =
  | {
    readonly kind: "host";
    readonly host: string;
    /** ".host" matches only names below. */
    readonly below: boolean;
    /** Host itself, without the names below: for mailboxes and URIs. */
    readonly exact: boolean;
  }
  | {
    readonly kind: "mailbox";
    readonly mailbox: string;
    readonly host: string;
  }
  | {
    readonly kind: "range";
    readonly address: Uint8Array;
    readonly mask: Uint8Array;
  }
  | { readonly kind: "directory"; readonly rdns: readonly string[] };

type Subtrees = ReadonlyMap<GeneralNameKind, readonly (Subtree | null)[]>;

/** The constraints of one CA, ready to be compared. */
export interface CompiledConstraints {
  /** By form; an entry `null` is of a form that is not compared. */
  readonly permitted: Subtrees;
  /** By form; an entry `null` is of a form that is not compared. */
  readonly excluded: Subtrees;
}

/** RFC 9598: an internationalized mailbox, which mailbox constraints govern. */
const SMTP_UTF8_MAILBOX = "1.3.6.1.5.5.7.8.9";

/**
 * Prepares constraints; `null` where one is malformed. With `profile` a DNS
 * constraint that begins with a period is malformed as well: RFC 5280 gives that
 * form to URIs alone, though most private CAs write it.
 */
export function compileConstraints(
  constraints: NameConstraints,
  options: { readonly profile: boolean },
): CompiledConstraints | null {
  const permitted = compileAll(constraints.permitted, options.profile);
  const excluded = compileAll(constraints.excluded, options.profile);
  return permitted === null || excluded === null
    ? null
    : { permitted, excluded };
}

function compileAll(
  bases: readonly GeneralName[],
  profile: boolean,
): Subtrees | null {
  const compiled = new Map<GeneralNameKind, (Subtree | null)[]>();
  for (const base of bases) {
    const subtree = compile(base, profile);
    if (subtree === "malformed") return null;
    const others = compiled.get(base.kind);
    if (others === undefined) compiled.set(base.kind, [subtree]);
    else others.push(subtree);
  }
  return compiled;
}

function compile(
  base: GeneralName,
  profile: boolean,
): Subtree | null | "malformed" {
  switch (base.kind) {
    case "dNSName":
      return hostSubtree(base.value, {
        period: !profile,
        exact: false,
        empty: true,
        profile,
      });
    case "uniformResourceIdentifier":
      return hostSubtree(base.value, {
        period: true,
        exact: true,
        empty: false,
        profile,
      });
    case "rfc822Name": {
      if (!base.value.includes("@")) {
        return hostSubtree(base.value, {
          period: true,
          exact: true,
          empty: false,
          profile,
        });
      }
      const parts = mailboxParts(base.value);
      return parts === null ? "malformed" : { kind: "mailbox", ...parts };
    }
    case "iPAddress": {
      const half = base.value.length / 2;
      const address = base.value.subarray(0, half);
      const mask = base.value.subarray(half);
      return isPrefixMask(mask)
        ? { kind: "range", address, mask }
        : "malformed";
    }
    case "directoryName":
      return { kind: "directory", rdns: relativeNameKeys(base.value) };
    default:
      return null;
  }
}

function hostSubtree(
  value: string,
  options: {
    readonly period: boolean;
    readonly exact: boolean;
    readonly empty: boolean;
    readonly profile: boolean;
  },
): Subtree | "malformed" {
  if (value === "" && options.empty) {
    return { kind: "host", host: "", below: false, exact: false };
  }
  const below = value.startsWith(".");
  if (below && !options.period) return "malformed";
  const host = asciiLower(below ? value.slice(1) : value);
  if (!isDnsName(host, { underscores: !options.profile })) return "malformed";
  return { kind: "host", host, below, exact: options.exact && !below };
}

/** RFC 5280: the mask is written "in the style of RFC 4632 (CIDR)". */
function isPrefixMask(mask: Uint8Array): boolean {
  let ended = false;
  for (const byte of mask) {
    for (let bit = 0x80; bit > 0; bit >>= 1) {
      if ((byte & bit) === 0) ended = true;
      else if (ended) return false;
    }
  }
  return true;
}

function mailboxParts(
  value: string,
): { readonly mailbox: string; readonly host: string } | null {
  const at = value.indexOf("@");
  if (at <= 0 || at !== value.lastIndexOf("@")) return null;
  const mailbox = value.slice(0, at);
  const host = asciiLower(value.slice(at + 1));
  if (!/^[\x21-\x7e]+$/.test(mailbox)) return null;
  if (!isDnsName(host, { underscores: true })) return null;
  return { mailbox, host };
}

const AUTHORITY =
  /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#@]*@)?([^/?#:@]*)(?::\d*)?(?:[/?#]|$)/i;

function comparable(name: GeneralName): ComparableName {
  const text = generalNameText(name);
  let value: Value | null = null;
  switch (name.kind) {
    case "dNSName": {
      const presented = presentedDnsName(name.value);
      if (presented !== null) {
        value = { dns: presented.name, wildcard: presented.wildcard };
      }
      break;
    }
    case "rfc822Name":
      value = mailboxParts(name.value);
      break;
    case "uniformResourceIdentifier": {
      // "the URI ... MUST include an authority that includes a host name
      // specified as a fully qualified domain name"; otherwise refuse.
      const host = AUTHORITY.exec(name.value)?.[1];
      if (host !== undefined) {
        const lower = asciiLower(host);
        if (
          isDnsName(lower, { underscores: true }) && !/(^|\.)\d+$/.test(lower)
        ) value = { uriHost: lower };
      }
      break;
    }
    case "iPAddress":
      value = { address: name.value };
      break;
    case "directoryName":
      value = { rdns: relativeNameKeys(name.value) };
      break;
  }
  return { kind: name.kind, text, value };
}

/**
 * All names of a certificate that constraints govern: subjectAltName, a subject
 * that is not empty, and "if no rfc822Name is present", its e-mail addresses.
 */
function namesOf(certificate: Certificate): readonly ComparableName[] {
  const names: ComparableName[] = [];
  const alternative = certificate.subjectAltName ?? [];
  let mailbox = false;
  for (const name of alternative) {
    names.push(comparable(name));
    if (name.kind === "rfc822Name") mailbox = true;
    if (name.kind === "otherName" && name.type === SMTP_UTF8_MAILBOX) {
      names.push({
        kind: "rfc822Name",
        text: generalNameText(name),
        value: null,
      });
    }
  }
  const subject = certificate.subject;
  if (subject.length > 0) {
    names.push({
      kind: "directoryName",
      text: certificate.subjectText,
      value: { rdns: relativeNameKeys(subject) },
    });
  }
  if (!mailbox) {
    for (const attributes of subject) {
      for (const { type, text } of attributes) {
        if (type !== AttributeOid.emailAddress) continue;
        names.push({
          kind: "rfc822Name",
          text: printable(text ?? ""),
          value: text === null ? null : mailboxParts(text),
        });
      }
    }
  }
  return names;
}

/** Compares names with constraints; remembers what it has prepared. */
export class ConstraintChecker {
  readonly #budget: Budget;
  readonly #names: Map<Certificate, readonly ComparableName[]> = new Map();

  /** Pays from `budget`. */
  constructor(budget: Budget) {
    this.#budget = budget;
  }

  /**
   * The text of a name of `certificate` that `constraints` forbid, or `null`.
   * Throws `BudgetExceeded`.
   */
  violation(
    certificate: Certificate,
    constraints: CompiledConstraints,
  ): string | null {
    let names = this.#names.get(certificate);
    if (names === undefined) {
      names = namesOf(certificate);
      this.#names.set(certificate, names);
    }
    for (const { kind, text, value } of names) {
      const excluded = constraints.excluded.get(kind);
      const permitted = constraints.permitted.get(kind);
      if (excluded === undefined && permitted === undefined) continue;
      this.#budget.spend(
        COMPARISON_UNITS *
          ((excluded?.length ?? 0) + (permitted?.length ?? 0)),
      );
      if (value === null) return text;
      // "any name matching a restriction in the excludedSubtrees field is
      // invalid regardless of information appearing in the permittedSubtrees".
      for (const subtree of excluded ?? []) {
        if (subtree === null || touches(value, subtree)) return text;
      }
      if (permitted !== undefined && !permits(value, permitted)) return text;
    }
    return null;
  }
}

function permits(
  value: Value,
  permitted: readonly (Subtree | null)[],
): boolean {
  for (const subtree of permitted) {
    if (subtree !== null && within(value, subtree)) return true;
  }
  return false;
}

function hostWithin(host: string, base: string): boolean {
  return host === base ||
    (host.length > base.length && host.endsWith(base) &&
      host[host.length - base.length - 1] === ".");
}

/** Whether everything that `value` stands for is within `subtree`. */
function within(value: Value, subtree: Subtree): boolean {
  switch (subtree.kind) {
    case "host": {
      const { host: base, below, exact } = subtree;
      if ("dns" in value) {
        // "*.name" stands for names one label below "name": within whatever
        // "name" is within, and within ".name".
        if (base === "") return true;
        if (value.wildcard) return hostWithin(value.dns, base);
        return hostWithin(value.dns, base) && !(below && value.dns === base);
      }
      const host = "uriHost" in value
        ? value.uriHost
        : "mailbox" in value
        ? value.host
        : null;
      if (host === null) return false;
      if (exact) return host === base;
      return hostWithin(host, base) && host !== base;
    }
    case "mailbox":
      return "mailbox" in value && value.mailbox === subtree.mailbox &&
        value.host === subtree.host;
    case "range": {
      if (!("address" in value)) return false;
      const { address, mask } = subtree;
      if (value.address.length !== address.length) return false;
      for (let i = 0; i < address.length; i++) {
        if (((value.address[i]! ^ address[i]!) & mask[i]!) !== 0) return false;
      }
      return true;
    }
    case "directory": {
      if (!("rdns" in value)) return false;
      const { rdns } = subtree;
      return rdns.length <= value.rdns.length &&
        rdns.every((key, i) => key === value.rdns[i]);
    }
  }
}

/** Whether anything that `value` stands for may be within `subtree`. */
function touches(value: Value, subtree: Subtree): boolean {
  if (within(value, subtree)) return true;
  if (subtree.kind !== "host") return false;
  const { host: base, below } = subtree;
  if (!("dns" in value)) {
    // An excluded ".host" is meant to exclude host too.
    if (!below) return false;
    return ("uriHost" in value && value.uriHost === base) ||
      ("mailbox" in value && value.host === base);
  }
  if (below && value.dns === base) return true;
  // "*.example.com" stands for "bar.example.com" too (CVE-2025-61727).
  return value.wildcard && base.endsWith(`.${value.dns}`) &&
    !base.slice(0, base.length - value.dns.length - 1).includes(".");
}
