import { assertEquals, assertThrows } from "@std/assert";
import { Binding } from "../../../../backends/pure/engine/auth/binding.ts";
import {
  checkProofs,
  type FinishedVerified,
  verifyFinished,
} from "../../../../backends/pure/engine/auth/finished.ts";
import {
  acceptAnonymous,
  type PeerVerified,
  signedContent,
} from "../../../../backends/pure/engine/auth/peer.ts";
import {
  algorithmOf,
  fits,
  schemesOf,
} from "../../../../backends/pure/engine/auth/schemes.ts";
import { Hkdf } from "../../../../backends/pure/engine/crypto/hkdf.ts";
import { HandshakeTrafficSecret } from "../../../../backends/pure/engine/crypto/schedule13.ts";
import { TlsFailure } from "../../../../backends/pure/engine/failure.ts";
import { SignatureScheme } from "../../../../backends/pure/engine/iana.ts";
import { provider } from "../identity.ts";

const hash = new Uint8Array(32).fill(7);

function secret(): HandshakeTrafficSecret {
  return new HandshakeTrafficSecret(
    new Hkdf(provider, "sha256"),
    new Uint8Array(32).fill(9),
    "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
  );
}

function finished(binding: Binding): FinishedVerified {
  return verifyFinished(
    binding,
    { type: "finished", verifyData: secret().verifyData(hash) },
    { secret: secret(), transcriptHash: hash },
  );
}

function reasonOf(fn: () => unknown): string {
  return assertThrows(fn, TlsFailure).reason;
}

Deno.test("checkProofs() takes both proofs of one connection, and no other's", () => {
  const mine = new Binding();
  const other = new Binding();
  checkProofs(mine, acceptAnonymous(mine, "none"), finished(mine));
  assertEquals(
    reasonOf(() =>
      checkProofs(mine, acceptAnonymous(other, "none"), finished(mine))
    ),
    "internal",
  );
  assertEquals(
    reasonOf(() =>
      checkProofs(mine, acceptAnonymous(mine, "none"), finished(other))
    ),
    "internal",
  );
});

Deno.test("checkProofs() takes nothing that only looks like a proof", () => {
  const binding = new Binding();
  const fake = { identity: { kind: "anonymous" } } as unknown as PeerVerified;
  assertThrows(() => checkProofs(binding, fake, finished(binding)), TypeError);
});

Deno.test("verifyFinished() refuses a MAC that is wrong, short or of another transcript", () => {
  const binding = new Binding();
  const right = secret().verifyData(hash);
  const verify = (verifyData: Uint8Array, transcriptHash = hash) =>
    verifyFinished(
      binding,
      { type: "finished", verifyData },
      { secret: secret(), transcriptHash },
    );
  verify(right);
  for (let i = 0; i < right.length; i++) {
    const wrong = right.slice();
    wrong[i]! ^= 1;
    assertEquals(reasonOf(() => verify(wrong)), "bad-finished");
  }
  assertEquals(reasonOf(() => verify(right.subarray(1))), "decode");
  assertEquals(
    reasonOf(() => verify(right, new Uint8Array(32))),
    "bad-finished",
  );
});

Deno.test("acceptAnonymous() refuses where a certificate is required", () => {
  const binding = new Binding();
  for (const policy of ["none", "request"] as const) {
    assertEquals(acceptAnonymous(binding, policy).identity.kind, "anonymous");
  }
  assertEquals(
    reasonOf(() => acceptAnonymous(binding, "require")),
    "certificate-required",
  );
});

Deno.test("signedContent() is what RFC 8446, section 4.4.3 shows", () => {
  const content = signedContent("server", new Uint8Array(32).fill(1));
  assertEquals(
    Array.from(content, (byte) => byte.toString(16).padStart(2, "0")).join(""),
    "20".repeat(64) +
      "544c5320312e332c207365727665722043657274696669636174655665726966790" +
      "0" + "01".repeat(32),
  );
});

Deno.test("fits() knows which key makes which scheme", () => {
  const p256 = { kind: "ecdsa", curve: "P-256" } as const;
  assertEquals(schemesOf(p256), [SignatureScheme.ecdsa_secp256r1_sha256]);
  // A scheme of TLS 1.3 names the curve, and no key signs by PKCS #1 v1.5.
  assertEquals(fits(p256, SignatureScheme.ecdsa_secp384r1_sha384), false);
  const rsa = { kind: "rsa", modulusBits: 2048 } as const;
  assertEquals(fits(rsa, SignatureScheme.rsa_pss_pss_sha256), false);
  assertEquals(fits(rsa, SignatureScheme.rsa_pkcs1_sha256), false);
  assertEquals(algorithmOf(SignatureScheme.rsa_pkcs1_sha256), null);
  // 1024 bits are too short for SHA-512 and as much salt (RFC 8017, 9.1.1).
  const short = { kind: "rsa", modulusBits: 1024 } as const;
  assertEquals(fits(short, SignatureScheme.rsa_pss_rsae_sha512), false);
  assertEquals(fits(short, SignatureScheme.rsa_pss_rsae_sha384), true);
});

Deno.test("Binding wipes what it owns, once, and what is released at once", () => {
  const binding = new Binding();
  const counts: [number, number] = [0, 0];
  const first = binding.own({ destroy: () => void counts[0]++ });
  binding.own({ destroy: () => void counts[1]++ });
  binding.release(first);
  assertEquals(counts, [1, 0]);
  binding.destroy();
  binding.destroy();
  assertEquals(counts, [1, 1]);
});
