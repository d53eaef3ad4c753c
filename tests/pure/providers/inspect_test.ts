import { assert } from "@std/assert";
import { generateKeyPairSync } from "node:crypto";
import { Hkdf } from "../../../backends/pure/engine/crypto/hkdf.ts";
import { Prf12 } from "../../../backends/pure/engine/crypto/prf12.ts";
import { MasterSecret12 } from "../../../backends/pure/engine/crypto/schedule12.ts";
import { EarlySecret } from "../../../backends/pure/engine/crypto/schedule13.ts";
import { NamedGroup } from "../../../backends/pure/engine/iana.ts";
import { privateKey } from "../../../backends/pure/credentials/mod.ts";
import { loadProvider } from "../../../backends/pure/providers/mod.ts";

/** Whether `text` shows four bytes of `secret` in a row, in any usual form. */
function shows(text: string, secret: Uint8Array): boolean {
  const plain = text.toLowerCase().replace(/\s+/g, " ");
  for (let i = 0; i + 4 <= secret.length; i++) {
    const four = [...secret.subarray(i, i + 4)];
    const hex = four.map((byte) => byte.toString(16).padStart(2, "0"));
    for (
      const form of [
        four.join(", "),
        four.join(","),
        hex.join(""),
        hex.join(" "),
      ]
    ) if (plain.includes(form)) return true;
  }
  return false;
}

function random(length: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(length));
}

for (const name of ["native", "portable"] as const) {
  const provider = await loadProvider({ provider: name });

  Deno.test(`nothing that holds a secret shows it when it is printed, ${name}`, async () => {
    const held: [string, unknown, Uint8Array][] = [];
    for (const aead of provider.aeads) {
      const key = random(aead === "AES-128-GCM" ? 16 : 32);
      const iv = random(12);
      const made = provider.createAead(aead, key, iv);
      held.push([aead, made, key], [`${aead}'s IV`, made, iv]);
    }
    const pair = generateKeyPairSync("ed25519");
    const pkcs8 = new Uint8Array(
      pair.privateKey.export({ format: "der", type: "pkcs8" }),
    );
    const seed = pkcs8.slice(-32);
    held.push(
      ["a signing key", await provider.importSigningKey(pkcs8), seed],
      ["a handle of a key", privateKey.fromBuffer(pkcs8), seed],
    );
    const share = await provider.generateKeyShare(NamedGroup.x25519);
    const peer = await provider.respondKeyShare(
      NamedGroup.x25519,
      share.publicKey,
    );
    held.push(["a key share", share, peer.sharedSecret]);

    const hkdf = new Hkdf(provider, "sha256");
    const early = new EarlySecret(hkdf, random(32));
    const transcript = random(32);
    const traffic = early.clientTraffic(transcript);
    const exporter = early.exporter(transcript);
    held.push(
      ["a traffic secret", traffic, traffic.exportForKeyLog()],
      ["an exporter secret", exporter, exporter.exportForKeyLog()],
    );
    const master = MasterSecret12.extended(
      new Prf12(provider, "sha256"),
      random(32),
      transcript,
    );
    held.push(["TLS 1.2's master secret", master, master.exportSecret()]);

    for (const [what, value, secret] of held) {
      const texts = [
        Deno.inspect(value, {
          depth: 10,
          getters: true,
          showHidden: true,
          iterableLimit: 1000,
        }),
        JSON.stringify(value) ?? "",
        String(value),
      ];
      for (const text of texts) {
        assert(!shows(text, secret), `${what}: ${text}`);
      }
    }
    // What would show one.
    assert(shows(Deno.inspect({ key: seed }, { depth: 10 }), seed));
  });
}
