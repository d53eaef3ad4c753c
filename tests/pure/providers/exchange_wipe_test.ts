import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Awaitable } from "../../../backends/pure/engine/crypto/provider.ts";
import { NamedGroup } from "../../../backends/pure/engine/iana.ts";
import {
  type DhKey,
  type Kem,
  type KemKey,
  KeyExchange,
} from "../../../backends/pure/providers/_exchange.ts";

/** Key exchange of made-up primitives that fail where they are told to. */
function exchange(
  broken: "derive" | "generate" | "encapsulate" | "decapsulate",
  settle: <T>(fn: () => T) => Awaitable<T>,
) {
  const destroyed: string[] = [];
  const secrets: Uint8Array[] = [];
  const step = (name: string) => {
    if (name === broken) throw new Error(`${name} fails`);
  };
  const secret = () => {
    const bytes = new Uint8Array(32).fill(0xa5);
    secrets.push(bytes);
    return bytes;
  };
  const dhKey: DhKey = {
    publicKey: new Uint8Array(32),
    derive: () => settle(() => (step("derive"), secret())),
    destroy: () => void destroyed.push("dh"),
  };
  const kemKey: KemKey = {
    publicKey: new Uint8Array(1184),
    decapsulate: () => settle(() => (step("decapsulate"), secret())),
    destroy: () => void destroyed.push("kem"),
  };
  const kem: Kem = {
    generate: () => settle(() => kemKey),
    import: () => kemKey,
    encapsulate: () =>
      settle(() => {
        step("encapsulate");
        return { ciphertext: new Uint8Array(1088), sharedSecret: secret() };
      }),
  };
  const exchange = new KeyExchange(
    () => ({
      curve: "X25519",
      generate: () => settle(() => (step("generate"), dhKey)),
      import: () => dhKey,
    }),
    () => kem,
  );
  return { exchange, destroyed, secrets };
}

const ways: readonly (readonly [string, <T>(fn: () => T) => Awaitable<T>])[] = [
  ["at once", (fn) => fn()],
  ["later", (fn) => Promise.resolve().then(fn)],
];

for (const [when, settle] of ways) {
  Deno.test(`a key exchange that fails ${when} leaves no key and no secret`, async () => {
    const hybrid = NamedGroup.X25519MLKEM768;
    const fails = async (fn: () => unknown, message: string) => {
      await assertRejects(async () => await fn(), Error, message);
    };

    let { exchange: e, destroyed, secrets } = exchange("derive", settle);
    await fails(
      () => e.respond(NamedGroup.x25519, new Uint8Array(32)),
      "derive fails",
    );
    assertEquals(destroyed, ["dh"]);

    ({ exchange: e, destroyed, secrets } = exchange("encapsulate", settle));
    await fails(
      () => e.respond(hybrid, new Uint8Array(1216)),
      "encapsulate fails",
    );
    assertEquals(destroyed, ["dh"]);
    assert(secrets.length === 1 && secrets[0]!.every((byte) => byte === 0));

    ({ exchange: e, destroyed, secrets } = exchange("decapsulate", settle));
    const share = await e.generate(hybrid);
    await fails(
      () => share.derive(new Uint8Array(1120)),
      "decapsulate fails",
    );
    assert(secrets.length === 1 && secrets[0]!.every((byte) => byte === 0));

    ({ exchange: e, destroyed, secrets } = exchange("generate", settle));
    await fails(() => e.generate(hybrid), "generate fails");
    assertEquals(destroyed, ["kem"]);
  });
}
