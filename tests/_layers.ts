/**
 * The layers of the pure backend, and the order within its folders: a file imports
 * values only from lower layers or earlier files of its own.
 *
 * @module
 */

/**
 * The layer of each folder, and of each file that is in none, of `backends/pure/`;
 * "" is for all other files directly in it. Folders of one layer do not know each
 * other's values.
 */
export const PURE_LAYERS: Readonly<Record<string, number>> = {
  "engine/iana.ts": 0,
  "engine/failure.ts": 0,
  "engine/codec/": 1,
  "engine/messages/": 2,
  "engine/crypto/": 2,
  "engine/x509/": 2,
  "engine/settings.ts": 2,
  "engine/requests.ts": 2,
  "engine/record/": 3,
  "engine/auth/": 3,
  "engine/handshake/": 4,
  "engine/channel.ts": 5,
  "engine/connection_types.ts": 5,
  "engine/connection.ts": 5,
  "kernels/": 5,
  "providers/": 6,
  "credentials/": 7,
  "": 8,
};

/**
 * The files of a folder, each after those whose values it imports. A name that
 * ends in `/` is a folder within. Folders that are not here have no order beyond
 * having no cycle.
 */
export const ORDER: Readonly<Record<string, readonly string[]>> = {
  "engine/codec/": ["reader.ts", "writer.ts"],
  "engine/crypto/": [
    "provider.ts",
    "aead.ts",
    "equal.ts",
    "hkdf.ts",
    "transcript.ts",
    "schedule13.ts",
    "prf12.ts",
    "schedule12.ts",
  ],
  "engine/x509/": [
    "budget.ts",
    "der.ts",
    "oid.ts",
    "path_error.ts",
    "pem.ts",
    "algorithm.ts",
    "path_policy.ts",
    "name.ts",
    "policies.ts",
    "time.ts",
    "general_name.ts",
    "describe.ts",
    "extensions.ts",
    "server_name.ts",
    "certificate.ts",
    "constraints.ts",
    "path_faults.ts",
    "profile.ts",
    "text.ts",
    "trust_anchor.ts",
    "checks.ts",
    "candidates.ts",
    "path.ts",
    "der_writer.ts",
    "ecdsa_signature.ts",
    "pkcs8.ts",
  ],
  "engine/record/": [
    "limits.ts",
    "frame.ts",
    "queue.ts",
    "protection.ts",
    "protect12.ts",
    "protect13.ts",
    "send.ts",
    "receive.ts",
  ],
  "kernels/": [
    "_decode.ts",
    "_relaxed_wasm.ts",
    "_baseline_wasm.ts",
    "_host.ts",
    "mod.ts",
    "hash/",
    "weierstrass/",
    "p256/",
    "p384/",
    "rsa/",
  ],
  "providers/": [
    "_awaitable.ts",
    "_random.ts",
    "_keys.ts",
    "_encode_key.ts",
    "_exchange.ts",
    "_aead.ts",
    "_node_aead.ts",
    "_noble_aead.ts",
    "_hash.ts",
    "_node_hash.ts",
    "_noble_hash.ts",
    "_base.ts",
    "_key_kernels.ts",
    "_noble_dh.ts",
    "_noble_kem.ts",
    "_noble_sign.ts",
    "_webcrypto.ts",
    "native.ts",
    "portable.ts",
    "mod.ts",
  ],
  "credentials/": [
    "_refusal.ts",
    "_pbes2.ts",
    "_private_key_info.ts",
    "certificate.ts",
    "certificate_error.ts",
    "private_key.ts",
    "signing_key.ts",
    "trust_store.ts",
    "mod.ts",
  ],
};
