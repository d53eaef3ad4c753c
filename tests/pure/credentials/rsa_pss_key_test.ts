import { assert, assertEquals, assertThrows } from "@std/assert";
import { ConfigurationError } from "../../../api/errors.ts";
import {
  certificate,
  checkSigningChain,
  loadSigningKey,
  privateKey,
} from "../../../backends/pure/credentials/mod.ts";
import type { HashName } from "../../../backends/pure/engine/crypto/provider.ts";
import { SignatureScheme } from "../../../backends/pure/engine/iana.ts";
import { createNativeProvider } from "../../../backends/pure/providers/native.ts";
import { createPortableProvider } from "../../../backends/pure/providers/portable.ts";
import { join } from "../../deps/path.ts";
import { hasProgram, openssl } from "../engine/x509/openssl.ts";

const providers = [
  await createNativeProvider({ kernels: "js" }),
  await createPortableProvider({ kernels: "js" }),
];
const MESSAGE = new TextEncoder().encode("what is signed");
const SALT = { sha256: 32, sha384: 48, sha512: 64 } as const;

/** An id-RSASSA-PSS key that signs by `hash` alone, and its certificate. */
async function restrictedKey(hash: HashName, salt: number) {
  const directory = await Deno.makeTempDir();
  try {
    const [key, leaf] = [join(directory, "key"), join(directory, "leaf")];
    const { ok, output } = await openssl([
      ...["req", "-x509", "-noenc", "-subj", "/CN=key.test", `-${hash}`],
      ...["-newkey", "rsa-pss", "-pkeyopt", "rsa_keygen_bits:2048"],
      ...["-pkeyopt", `rsa_pss_keygen_md:${hash}`],
      ...["-pkeyopt", `rsa_pss_keygen_mgf1_md:${hash}`],
      ...["-pkeyopt", `rsa_pss_keygen_saltlen:${salt}`],
      ...["-keyout", key, "-out", leaf],
    ]);
    if (!ok) throw new Error(`Cannot make a key: ${output}`);
    return {
      leaf: await certificate.fromFile(leaf),
      intermediates: [],
      privateKey: await privateKey.fromFile(key),
    };
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

const present = await hasProgram("openssl");

Deno.test({
  name: present
    ? "loadSigningKey() offers the one scheme of a restricted RSA-PSS key"
    : "loadSigningKey() offers the one scheme of a restricted RSA-PSS key (ignored: no openssl)",
  ignore: !present,
  async fn() {
    for (const hash of ["sha256", "sha384", "sha512"] as const) {
      const chain = await restrictedKey(hash, SALT[hash]);
      for (const provider of providers) {
        const loaded = await loadSigningKey(chain, provider);
        assertEquals(loaded.schemes, [SignatureScheme[`rsa_pss_pss_${hash}`]]);
        const algorithm = { kind: "rsa-pss", hash, saltLength: SALT[hash] };
        const signature = await loaded.sign(algorithm as never, MESSAGE);
        assert(
          await provider.verify(
            algorithm as never,
            loaded.publicKey!,
            MESSAGE,
            signature,
          ),
        );
      }
      const external = await loadSigningKey({
        ...chain,
        privateKey: privateKey.fromSigner({
          schemes: Object.values(SignatureScheme),
          sign: () => new Uint8Array(0),
        }),
      }, providers[0]!);
      assertEquals(external.schemes, [SignatureScheme[`rsa_pss_pss_${hash}`]]);
    }
  },
});

Deno.test({
  name: present
    ? "checkSigningChain() refuses an RSA-PSS key whose salt TLS has not"
    : "checkSigningChain() refuses an RSA-PSS key whose salt TLS has not (ignored: no openssl)",
  ignore: !present,
  async fn() {
    const chain = await restrictedKey("sha256", 33);
    assertThrows(
      () => checkSigningChain(chain),
      ConfigurationError,
      "its key demands a longer salt than TLS has",
    );
  },
});
