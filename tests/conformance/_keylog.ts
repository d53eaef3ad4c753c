/**
 * Judges a key log: its lines have the form of RFC 9850, they are of this very
 * connection, and in TLS 1.3 they open what is on the wire.
 *
 * Sources: {@link https://www.rfc-editor.org/rfc/rfc9850 | RFC 9850},
 * {@link https://www.rfc-editor.org/rfc/rfc8446#section-7.3 | RFC 8446, section 7.3}.
 *
 * @module
 */
import { createDecipheriv, createHmac } from "node:crypto";
import { ok, strictEqual } from "./_assert.ts";
import { concat, fromHex } from "./_bytes.ts";
import type { Link } from "./_trial.ts";
import {
  clientHello,
  ContentType,
  serverHello,
  type WireRecord,
} from "./_wire.ts";

/** The labels that every handshake with certificates has, by version. */
const LABELS: Readonly<Record<number, readonly string[]>> = {
  0x0303: ["CLIENT_RANDOM"],
  0x0304: [
    "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
    "SERVER_HANDSHAKE_TRAFFIC_SECRET",
    "CLIENT_TRAFFIC_SECRET_0",
    "SERVER_TRAFFIC_SECRET_0",
  ],
};

const AEADS: Readonly<
  Record<number, { cipher: string; key: number; hash: string }>
> = {
  0x1301: { cipher: "aes-128-gcm", key: 16, hash: "sha256" },
  0x1302: { cipher: "aes-256-gcm", key: 32, hash: "sha384" },
  0x1303: { cipher: "chacha20-poly1305", key: 32, hash: "sha256" },
};

const IV_LENGTH = 12;
const TAG_LENGTH = 16;

/** HKDF-Expand-Label with an empty context, for at most one block. */
function expandLabel(
  hash: string,
  secret: Uint8Array,
  label: string,
  length: number,
): Uint8Array {
  const name = new TextEncoder().encode(`tls13 ${label}`);
  const info = new Uint8Array([0, length, name.length, ...name, 0, 1]);
  return new Uint8Array(createHmac(hash, secret).update(info).digest())
    .subarray(0, length);
}

/** The plaintext of a record, or `null` where the secret does not open it. */
function open(
  suite: number,
  secret: Uint8Array,
  sequence: number,
  record: WireRecord,
): Uint8Array | null {
  const aead = AEADS[suite]!;
  const key = expandLabel(aead.hash, secret, "key", aead.key);
  const nonce = expandLabel(aead.hash, secret, "iv", IV_LENGTH);
  nonce[IV_LENGTH - 1]! ^= sequence;
  const { payload } = record;
  const decipher = createDecipheriv(
    aead.cipher as "aes-128-gcm",
    key,
    nonce,
    { authTagLength: TAG_LENGTH },
  );
  decipher.setAAD(
    new Uint8Array([
      record.type,
      3,
      3,
      payload.length >> 8,
      payload.length & 0xff,
    ]),
  );
  decipher.setAuthTag(payload.subarray(payload.length - TAG_LENGTH));
  try {
    return concat([
      decipher.update(payload.subarray(0, payload.length - TAG_LENGTH)),
      decipher.final(),
    ]);
  } catch {
    return null;
  }
}

/** That these lines are this connection's. */
export function assertKeyLog(lines: readonly string[], link: Link): void {
  const { random } = clientHello(link.fromClient.records);
  const { version, cipher } = serverHello(link.fromServer.records);
  const secrets = new Map<string, string>();
  for (const line of lines) {
    const match = /^([A-Z][A-Z0-9_]*) ([0-9a-f]{64}) ([0-9a-f]+)$/.exec(line);
    ok(match !== null, "a line must be a label and two hexadecimal numbers");
    strictEqual(match[2], random, "a line must have the ClientHello's random");
    ok(match[3]!.length % 2 === 0, "a secret must be whole bytes");
    secrets.set(match[1]!, match[3]!);
  }
  for (const label of LABELS[version] ?? []) {
    ok(secrets.has(label), `the key log must have ${label}`);
  }
  if (version < 0x0304) {
    strictEqual(
      secrets.get("CLIENT_RANDOM")!.length,
      96,
      "a master secret has 48 bytes",
    );
    return;
  }
  if (AEADS[cipher] === undefined) return;
  for (
    const [direction, label] of [
      [link.fromServer, "SERVER_HANDSHAKE_TRAFFIC_SECRET"],
      [link.fromClient, "CLIENT_HANDSHAKE_TRAFFIC_SECRET"],
    ] as const
  ) {
    const first = direction.records.find(({ type }) =>
      type === ContentType.applicationData
    );
    ok(
      first !== undefined &&
        open(cipher, fromHex(secrets.get(label)!), 0, first) !== null,
      `${label} of the key log does not open what is on the wire`,
    );
  }
}
