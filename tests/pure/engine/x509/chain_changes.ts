/**
 * What can be changed about a good chain, for better or worse: one thing each.
 *
 * @module
 */
import { KeyUsage } from "../../../../backends/pure/engine/x509/extensions.ts";
import { ca, type Draft, none, NOW, type Plan } from "./chain_plan.ts";
import { commonName, der, ext, general, oid, text } from "./mint.ts";

const SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
const CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";
const CODE_SIGNING = "1.3.6.1.5.5.7.3.3";
const ANY_USAGE = "2.5.29.37.0";
const POLICY = "1.3.6.1.4.1.55738.1";

function setNames(...names: Uint8Array[]): (plan: Plan) => void {
  return (plan) => {
    plan.leaf.extensions.set("san", ext.subjectAltName(names));
  };
}

function hosts(hostname: string, ...names: Uint8Array[]): (plan: Plan) => void {
  return (plan) => {
    setNames(...names)(plan);
    plan.hostname = hostname;
  };
}

function topCa(plan: Plan): Draft {
  return plan.intermediates.at(-1) ?? plan.root;
}

function constrain(
  constraints: Parameters<typeof ext.nameConstraints>[0],
  ...names: Uint8Array[]
): (plan: Plan) => void {
  return (plan) => {
    topCa(plan).extensions.set("nc", ext.nameConstraints(constraints));
    if (names.length > 0) {
      setNames(general.dns("www.example.test"), ...names)(plan);
    }
  };
}

const UNKNOWN = ext.raw("1.3.6.1.4.1.55738.99", der(0x05), true);

/** One change each, by name. Those that touch an intermediate need one. */
export const changes: Readonly<Record<string, (plan: Plan) => void>> = {
  "nothing": () => {},
  // Time.
  "leaf expired": (p) => void (p.leaf.notAfter = NOW - 86_400),
  "leaf not yet valid": (p) => void (p.leaf.notBefore = NOW + 86_400),
  "leaf ends now": (p) => void (p.leaf.notAfter = NOW),
  "leaf begins now": (p) => void (p.leaf.notBefore = NOW),
  "top CA expired": (p) => void (topCa(p).notAfter = NOW - 1),
  "top CA not yet valid": (p) => void (topCa(p).notBefore = NOW + 1),
  "root expired": (p) => void (p.root.notAfter = NOW - 1),
  "root not yet valid": (p) => void (p.root.notBefore = NOW + 1),
  "ends in 2050": (p) => void (p.leaf.notAfter = 2_540_000_000),
  // Trust and order.
  "stranger trusted": (p) => void (p.trusted = "stranger"),
  "nothing sent": (p) => void (p.sent = "none"),
  "sent in reverse": (p) => void (p.sent = "reversed"),
  "root sent too": (p) => void (p.sent = "with root"),
  "lookalike root": (p) => {
    p.root.signer = p.root.key = "lookalike";
    p.root.extensions.set("ski", none);
    topCa(p).extensions.set("aki", none);
  },
  "lookalike CA sent too": (p) => {
    p.others.push(ca("CA 1", "Root", p.root.kind, { key: "lookalike" }));
    p.sent = "reversed";
  },
  "expired twin of the CA": (p) => {
    const twin = ca("CA 1", "Root", p.root.kind);
    twin.notAfter = NOW - 1;
    p.others.push(twin);
    p.sent = "reversed";
  },
  "cross-signed by a stranger": (p) => {
    p.others.push(ca("CA 1", "Stranger", p.root.kind));
    p.sent = "reversed";
  },
  "CAs sign each other": (p) => {
    p.others.push(
      ca("CA 1", "Loop", p.root.kind),
      ca("Loop", "CA 1", p.root.kind),
    );
    p.sent = "reversed";
  },
  "loop without end": (p) => {
    p.intermediates = [
      ca("CA 1", "Loop", p.root.kind),
      ca("Loop", "CA 1", p.root.kind),
    ];
    p.leaf.issuer = "CN=CA 1";
    p.leaf.signer = "CA 1";
  },
  // Signatures.
  "leaf's signature wrong": (p) =>
    void (p.leaf.spoil = (bytes) => void (bytes[bytes.length - 3]! ^= 1)),
  "leaf's content changed": (p) =>
    void (p.leaf.spoil = (bytes) => void (bytes[40]! ^= 1)),
  "CA's signature wrong": (p) =>
    void (topCa(p).spoil = (bytes) => void (bytes[bytes.length - 3]! ^= 1)),
  "leaf signed by another": (p) => void (p.leaf.signer = "somebody"),
  "leaf signed with SHA-1": (p) => void (p.leaf.hash = "SHA-1"),
  "CA signed with SHA-1": (p) => void (topCa(p).hash = "SHA-1"),
  "root signed with SHA-1": (p) => void (p.root.hash = "SHA-1"),
  "leaf signed with SHA-384": (p) => void (p.leaf.hash = "SHA-384"),
  "leaf signed with SHA-512": (p) => void (p.leaf.hash = "SHA-512"),
  "leaf of RSA 1024": (p) => void (p.leaf.kind = "RSA-1024"),
  "leaf of Ed25519": (p) => void (p.leaf.kind = "Ed25519"),
  "leaf of P-384": (p) => void (p.leaf.kind = "P-384"),
  // CA or not.
  "top CA is none": (p) =>
    void topCa(p).extensions.set("bc", ext.basicConstraints(false)),
  "top CA says nothing": (p) => {
    topCa(p).extensions.set("bc", none);
    topCa(p).extensions.set("ku", none);
  },
  "top CA has keyUsage alone": (p) => void topCa(p).extensions.set("bc", none),
  "top CA may not sign": (p) =>
    void topCa(p).extensions.set("ku", ext.keyUsage(KeyUsage.digitalSignature)),
  "top CA without keyUsage": (p) => void topCa(p).extensions.set("ku", none),
  "top CA not critically": (p) =>
    void topCa(p).extensions.set(
      "bc",
      ext.basicConstraints(true, undefined, false),
    ),
  "top CA allows none below": (p) =>
    void topCa(p).extensions.set("bc", ext.basicConstraints(true, 0)),
  "top CA allows one below": (p) =>
    void topCa(p).extensions.set("bc", ext.basicConstraints(true, 1)),
  "root allows none below": (p) =>
    void p.root.extensions.set("bc", ext.basicConstraints(true, 0)),
  "root allows two below": (p) =>
    void p.root.extensions.set("bc", ext.basicConstraints(true, 2)),
  "leaf is a CA": (p) =>
    void p.leaf.extensions.set("bc", ext.basicConstraints(true)),
  "leaf says nothing": (p) => {
    p.leaf.extensions.set("bc", none);
    p.leaf.extensions.set("ku", none);
    p.leaf.extensions.set("eku", none);
  },
  // Usage.
  "leaf for clients alone": (p) =>
    void p.leaf.extensions.set("eku", ext.extKeyUsage([CLIENT_AUTH])),
  "leaf for code": (p) =>
    void p.leaf.extensions.set("eku", ext.extKeyUsage([CODE_SIGNING])),
  "leaf for anything": (p) =>
    void p.leaf.extensions.set("eku", ext.extKeyUsage([ANY_USAGE])),
  "leaf for servers, critically": (p) =>
    void p.leaf.extensions.set("eku", ext.extKeyUsage([SERVER_AUTH], true)),
  "client's leaf": (p) => {
    p.purpose = "client";
    p.hostname = null;
  },
  "client's leaf for servers": (p) => {
    p.purpose = "client";
    p.hostname = null;
    p.leaf.extensions.set("eku", ext.extKeyUsage([SERVER_AUTH]));
  },
  "top CA for servers": (p) =>
    void topCa(p).extensions.set("eku", ext.extKeyUsage([SERVER_AUTH])),
  "top CA for clients": (p) =>
    void topCa(p).extensions.set("eku", ext.extKeyUsage([CLIENT_AUTH])),
  "top CA for anything": (p) =>
    void topCa(p).extensions.set("eku", ext.extKeyUsage([ANY_USAGE])),
  "leaf only for key agreement": (p) =>
    void p.leaf.extensions.set("ku", ext.keyUsage(KeyUsage.keyAgreement)),
  "leaf only for encryption": (p) =>
    void p.leaf.extensions.set("ku", ext.keyUsage(KeyUsage.keyEncipherment)),
  "leaf only for CRLs": (p) =>
    void p.leaf.extensions.set("ku", ext.keyUsage(KeyUsage.cRLSign)),
  // Extensions.
  "unknown critical in leaf": (p) => void p.leaf.extensions.set("x", UNKNOWN),
  "unknown critical in top CA": (p) =>
    void topCa(p).extensions.set("x", UNKNOWN),
  "unknown in leaf": (p) =>
    void p.leaf.extensions.set(
      "x",
      ext.raw("1.3.6.1.4.1.55738.99", text("x"), false),
    ),
  "no key identifiers": (p) => {
    for (const d of [p.leaf, ...p.intermediates, p.root]) {
      d.extensions.set("aki", none);
      d.extensions.set("ski", none);
    }
  },
  "wrong authorityKeyIdentifier": (p) =>
    void p.leaf.extensions.set(
      "aki",
      ext.authorityKeyIdentifier(new Uint8Array(20)),
    ),
  "policy demanded and there": (p) => {
    topCa(p).extensions.set("pc", ext.policyConstraints(0));
    for (const d of [p.leaf, ...p.intermediates]) {
      d.extensions.set("cp", ext.certificatePolicies([POLICY]));
    }
  },
  // Names.
  "another host": (p) => void (p.hostname = "other.example.test"),
  "parent of the host": (p) => void (p.hostname = "example.test"),
  "host in capitals": (p) => void (p.hostname = "WWW.EXAMPLE.TEST"),
  "name in capitals": setNames(general.dns("WWW.Example.Test")),
  "second of three names": setNames(
    general.dns("a.test"),
    general.dns("www.example.test"),
    general.ip(10, 0, 0, 1),
  ),
  "wildcard": setNames(general.dns("*.example.test")),
  "wildcard for a parent": hosts("example.test", general.dns("*.example.test")),
  "wildcard two deep": hosts("a.b.example.test", general.dns("*.example.test")),
  "wildcard inside": setNames(general.dns("www.*.test")),
  "wildcard partial": setNames(general.dns("w*.example.test")),
  "wildcard for a domain": hosts("example.test", general.dns("*.test")),
  "IPv4": hosts("192.0.2.7", general.ip(192, 0, 2, 7)),
  "another IPv4": hosts("192.0.2.8", general.ip(192, 0, 2, 7)),
  "IPv4 as a DNS name": hosts("192.0.2.7", general.dns("192.0.2.7")),
  "IPv6": hosts(
    "2001:db8::7",
    general.ip(0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7),
  ),
  "common name alone": (p) => void p.leaf.extensions.set("san", none),
  "common name beside an address": setNames(general.ip(10, 0, 0, 1)),
  "underscore": hosts(
    "my_host.example.test",
    general.dns("my_host.example.test"),
  ),
  // Name constraints.
  "permits the domain": constrain({ permitted: [general.dns("example.test")] }),
  "permits below the domain": constrain({
    permitted: [general.dns(".example.test")],
  }),
  "permits another domain": constrain({
    permitted: [general.dns("example.org")],
  }),
  "permits a longer domain": constrain({
    permitted: [general.dns("ww.example.test")],
  }),
  "permits a suffix that is no label": constrain({
    permitted: [general.dns("ple.test")],
  }),
  "excludes the domain": constrain({ excluded: [general.dns("example.test")] }),
  "excludes another domain": constrain({
    excluded: [general.dns("example.org")],
  }),
  "permits and excludes": constrain({
    permitted: [general.dns("test")],
    excluded: [general.dns("www.example.test")],
  }),
  "permits two domains": constrain({
    permitted: [general.dns("example.org"), general.dns("example.test")],
  }),
  "permits an address range": constrain(
    { permitted: [general.ip(10, 0, 0, 0, 255, 0, 0, 0)] },
    general.ip(10, 9, 8, 7),
  ),
  "permits another range": constrain(
    { permitted: [general.ip(10, 0, 0, 0, 255, 255, 0, 0)] },
    general.ip(10, 9, 8, 7),
  ),
  "excludes the range": constrain(
    { excluded: [general.ip(10, 9, 0, 0, 255, 255, 0, 0)] },
    general.ip(10, 9, 8, 7),
  ),
  "excludes all addresses": constrain({
    excluded: [general.ip(0, 0, 0, 0, 0, 0, 0, 0)],
  }),
  "permits the mailbox's host": constrain(
    { permitted: [general.email("example.test")] },
    general.email("a@example.test"),
  ),
  "permits another mailbox": constrain(
    { permitted: [general.email("b@example.test")] },
    general.email("a@example.test"),
  ),
  "excludes mailboxes below": constrain(
    { excluded: [general.email(".example.test")] },
    general.email("a@sub.example.test"),
  ),
  "permits the URI's host": constrain(
    { permitted: [general.uri("example.test")] },
    general.uri("https://example.test/a"),
  ),
  "excludes the URI's domain": constrain(
    { excluded: [general.uri(".example.test")] },
    general.uri("https://a.example.test:1/"),
  ),
  "permits the directory name": constrain(
    { permitted: [general.directory("www.example.test")] },
  ),
  "permits another directory name": constrain(
    { permitted: [general.directory("other")] },
  ),
  "excludes the directory name": constrain(
    { excluded: [general.directory("WWW.example.TEST")] },
  ),
  "excludes an otherName there": constrain(
    { excluded: [general.other("1.2.3.4", "x")] },
    general.other("1.2.3.4", "x"),
  ),
  "excludes an otherName elsewhere": constrain({
    excluded: [general.other("1.2.3.4", "x")],
  }),
  "excludes under a wildcard": (p) => {
    constrain({ excluded: [general.dns("bar.example.test")] })(p);
    setNames(general.dns("*.example.test"))(p);
  },
  "permits under a wildcard": (p) => {
    constrain({ permitted: [general.dns("www.example.test")] })(p);
    setNames(general.dns("*.example.test"))(p);
  },
  "permits all under a wildcard": (p) => {
    constrain({ permitted: [general.dns("example.test")] })(p);
    setNames(general.dns("*.example.test"))(p);
  },
  "root permits another domain": (p) =>
    void p.root.extensions.set(
      "nc",
      ext.nameConstraints({ permitted: [general.dns("example.org")] }),
    ),
  "constrained, not critically": (p) =>
    void topCa(p).extensions.set(
      "nc",
      ext.nameConstraints({ excluded: [general.dns("example.test")] }, false),
    ),
  "names constrained in the leaf": (p) =>
    void p.leaf.extensions.set(
      "nc",
      ext.nameConstraints({ permitted: [general.dns("example.test")] }),
    ),
  // Form.
  "names equal but for case": (p) =>
    void (p.leaf.issuer = `CN=${p.leaf.issuer.slice(3).toLowerCase()}`),
  "serial number zero": (p) => void (p.leaf.serial = "00"),
  "serial number of 24 bytes": (p) => void (p.leaf.serial = "7f".repeat(24)),
  "authority information": (p) =>
    void p.leaf.extensions.set(
      "aia",
      ext.raw(
        "1.3.6.1.5.5.7.1.1",
        der(
          0x30,
          der(0x30, oid("1.3.6.1.5.5.7.48.1"), general.uri("http://o.test")),
        ),
        false,
      ),
    ),
  "authority information, malformed": (p) =>
    void p.leaf.extensions.set(
      "aia",
      ext.raw("1.3.6.1.5.5.7.1.1", text("malformed"), false),
    ),
  "alternative names, empty": (p) =>
    void p.leaf.extensions.set("san", ext.subjectAltName([])),
  "issuer's name in another leaf form": (p) =>
    void p.leaf.extensions.set(
      "ian",
      ext.raw("2.5.29.18", der(0x30, der(0xa4, commonName("x"))), false),
    ),
};
