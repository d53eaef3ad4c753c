/**
 * TLS 1.3's key schedule
 * ({@link https://www.rfc-editor.org/rfc/rfc8446#section-7.1 | RFC 8446, section 7.1}):
 *
 * ```text
 *             0                  (EC)DHE                  0
 *             |                     |                     |
 * PSK -> EarlySecret -> HandshakeSecret -> MasterSecret
 * ```
 *
 * Each stage is a class of its own that gives out only what belongs to it, and
 * going on to the next wipes it: a Finished from the wrong stage, an
 * application key before the handshake's, or a stage used twice cannot be
 * written (or throws).
 *
 * @module
 */
import { AEAD_KEY_LENGTH, AEAD_NONCE_LENGTH } from "./aead.ts";
import type { Hkdf, PseudorandomKey } from "./hkdf.ts";
import type { AeadName } from "./provider.ts";

const EMPTY = new Uint8Array(0);

/** A key and its IV for one direction. */
export interface TrafficKeys {
  /** The AEAD's key. */
  readonly key: Uint8Array;
  /** The IV, 12 bytes. */
  readonly iv: Uint8Array;
}

/** A secret that is wiped when done with; using it afterwards throws. */
class Secret {
  readonly #hkdf: Hkdf;
  #bytes: Uint8Array | null;
  #key: PseudorandomKey | null = null;

  /** Takes `bytes` over. */
  constructor(hkdf: Hkdf, bytes: Uint8Array) {
    this.#hkdf = hkdf;
    this.#bytes = bytes;
  }

  get bytes(): Uint8Array {
    if (this.#bytes === null) {
      throw new Error("Cannot use a secret: it was wiped");
    }
    return this.#bytes;
  }

  /** Made at first use: most secrets are expanded several times. */
  get key(): PseudorandomKey {
    return this.#key ??= this.#hkdf.prepare(this.bytes);
  }

  /**
   * HMAC with its finished key over a transcript's hash
   * ({@link https://www.rfc-editor.org/rfc/rfc8446#section-4.4.4 | RFC 8446, section 4.4.4}).
   */
  finishedMac(transcriptHash: Uint8Array): Uint8Array {
    const key = this.key.expandLabel("finished", EMPTY);
    // HKDF-Extract(salt, IKM) is HMAC-Hash(salt, IKM).
    const mac = this.#hkdf.extract(key, transcriptHash);
    key.fill(0);
    return mac;
  }

  /** One row of the schedule's figure: Derive-Secret, then HKDF-Extract. */
  advance(input: Uint8Array | null): Uint8Array {
    const salt = this.key.deriveSecret("derived", this.#hkdf.emptyHash);
    const next = this.#hkdf.extract(salt, input ?? this.#hkdf.zeros);
    salt.fill(0);
    this.wipe();
    return next;
  }

  /** Wipes it, and throws where that was done before. */
  consume(): void {
    this.bytes.fill(0);
    this.wipe();
  }

  wipe(): void {
    this.#bytes?.fill(0);
    this.#bytes = null;
    this.#key?.destroy();
    this.#key = null;
  }
}

/**
 * What the classes below see of a traffic secret. A protected member would be one
 * that anybody can read at run time, and that a printed object shows.
 */
let insideOf: (
  traffic: TrafficSecret,
) => { readonly hkdf: Hkdf; readonly secret: Secret };

/** A secret that protects one direction of one epoch. */
export abstract class TrafficSecret {
  /** Its name in a key log ({@link https://www.rfc-editor.org/rfc/rfc9850 | RFC 9850}). */
  readonly keyLogLabel: string;
  readonly #secret: Secret;
  readonly #hkdf: Hkdf;

  /** Made by the schedule's stages. */
  constructor(hkdf: Hkdf, secret: Uint8Array, keyLogLabel: string) {
    this.#hkdf = hkdf;
    this.#secret = new Secret(hkdf, secret);
    this.keyLogLabel = keyLogLabel;
  }

  static {
    insideOf = (traffic) => ({ hkdf: traffic.#hkdf, secret: traffic.#secret });
  }

  /** A copy of the secret, for a key log alone. */
  exportForKeyLog(): Uint8Array {
    return this.#secret.bytes.slice();
  }

  /**
   * The record keys
   * ({@link https://www.rfc-editor.org/rfc/rfc8446#section-7.3 | RFC 8446, section 7.3}).
   * The caller wipes them once the AEAD has them.
   */
  trafficKeys(aead: AeadName): TrafficKeys {
    const { key } = this.#secret;
    return {
      key: key.expandLabel("key", EMPTY, AEAD_KEY_LENGTH[aead]),
      iv: key.expandLabel("iv", EMPTY, AEAD_NONCE_LENGTH),
    };
  }

  /** Wipes it. */
  destroy(): void {
    this.#secret.wipe();
  }
}

/** client_early_traffic_secret: protects 0-RTT data. */
export class EarlyTrafficSecret extends TrafficSecret {
  /** Tells it from the other epochs' secrets. */
  readonly epoch = "early";
}

/** client_ or server_handshake_traffic_secret. */
export class HandshakeTrafficSecret extends TrafficSecret {
  /** Tells it from the other epochs' secrets. */
  readonly epoch = "handshake";

  /**
   * The verify_data of the Finished whose sender this secret is of
   * ({@link https://www.rfc-editor.org/rfc/rfc8446#section-4.4.4 | RFC 8446, section 4.4.4}).
   */
  verifyData(transcriptHash: Uint8Array): Uint8Array {
    return insideOf(this).secret.finishedMac(transcriptHash);
  }
}

/** client_ or server_application_traffic_secret_N. */
export class ApplicationTrafficSecret extends TrafficSecret {
  /** Tells it from the other epochs' secrets. */
  readonly epoch = "application";

  /**
   * The next generation, by a KeyUpdate; this one is wiped
   * ({@link https://www.rfc-editor.org/rfc/rfc8446#section-7.2 | RFC 8446, section 7.2}).
   */
  next(): ApplicationTrafficSecret {
    const { hkdf, secret } = insideOf(this);
    const next = secret.key.expandLabel("traffic upd", EMPTY);
    this.destroy();
    const [, base, generation] = /^(.*_)([0-9]+)$/.exec(this.keyLogLabel)!;
    return new ApplicationTrafficSecret(
      hkdf,
      next,
      `${base}${Number(generation) + 1}`,
    );
  }
}

/** binder_key: proves possession of a PSK over a ClientHello. */
export class BinderKey {
  readonly #secret: Secret;

  /** Made by {@linkcode EarlySecret.binderKey}. */
  constructor(hkdf: Hkdf, secret: Uint8Array) {
    this.#secret = new Secret(hkdf, secret);
  }

  /** The binder over the hash of the transcript up to the truncated ClientHello. */
  binder(transcriptHash: Uint8Array): Uint8Array {
    return this.#secret.finishedMac(transcriptHash);
  }

  /** Wipes it. */
  destroy(): void {
    this.#secret.wipe();
  }
}

/** exporter_master_secret or early_exporter_master_secret. */
export class ExporterSecret {
  /** Its name in a key log ({@link https://www.rfc-editor.org/rfc/rfc9850 | RFC 9850}). */
  readonly keyLogLabel: string;
  readonly #hkdf: Hkdf;
  readonly #secret: Secret;

  /** Made by {@linkcode EarlySecret} and {@linkcode MasterSecret}. */
  constructor(hkdf: Hkdf, secret: Uint8Array, keyLogLabel: string) {
    this.#hkdf = hkdf;
    this.#secret = new Secret(hkdf, secret);
    this.keyLogLabel = keyLogLabel;
  }

  /**
   * Keying material of `length` bytes for `label` and `context`
   * ({@link https://www.rfc-editor.org/rfc/rfc8446#section-7.5 | RFC 8446, section 7.5}).
   * No context is the same as an empty one.
   */
  export(label: string, context: Uint8Array, length: number): Uint8Array {
    const derived = this.#secret.key.deriveSecret(
      label,
      this.#hkdf.emptyHash,
    );
    const result = this.#hkdf.expandLabel(
      derived,
      "exporter",
      this.#hkdf.digest(context),
      length,
    );
    derived.fill(0);
    return result;
  }

  /** A copy of the secret, for a key log alone. */
  exportForKeyLog(): Uint8Array {
    return this.#secret.bytes.slice();
  }

  /** Wipes it. */
  destroy(): void {
    this.#secret.wipe();
  }
}

/** resumption_master_secret: what tickets' PSKs come from. */
export class ResumptionSecret {
  readonly #secret: Secret;

  /** Made by {@linkcode MasterSecret.resumption}. */
  constructor(hkdf: Hkdf, secret: Uint8Array) {
    this.#secret = new Secret(hkdf, secret);
  }

  /**
   * The PSK of the ticket with `nonce`
   * ({@link https://www.rfc-editor.org/rfc/rfc8446#section-4.6.1 | RFC 8446, section 4.6.1}).
   */
  psk(nonce: Uint8Array): Uint8Array {
    return this.#secret.key.expandLabel("resumption", nonce);
  }

  /** Wipes it. */
  destroy(): void {
    this.#secret.wipe();
  }
}

/** The first stage. */
export class EarlySecret {
  readonly #hkdf: Hkdf;
  readonly #hasPsk: boolean;
  readonly #secret: Secret;

  /** From a PSK, or from none: "the PSK ... a string of Hash.length zeros". */
  constructor(hkdf: Hkdf, psk: Uint8Array | null) {
    this.#hkdf = hkdf;
    this.#hasPsk = psk !== null;
    this.#secret = new Secret(
      hkdf,
      psk === null
        ? hkdf.earlySecretWithoutPsk.slice()
        : hkdf.extract(hkdf.zeros, psk),
    );
  }

  /** The key of this PSK's binder, by where the PSK came from. */
  binderKey(kind: "external" | "resumption"): BinderKey {
    const label = kind === "external" ? "ext binder" : "res binder";
    return new BinderKey(
      this.#hkdf,
      this.#secret.key.deriveSecret(label, this.#hkdf.emptyHash),
    );
  }

  /** client_early_traffic_secret, over the hash of ClientHello. */
  clientTraffic(transcriptHash: Uint8Array): EarlyTrafficSecret {
    return new EarlyTrafficSecret(
      this.#hkdf,
      this.#secret.key.deriveSecret("c e traffic", transcriptHash),
      "CLIENT_EARLY_TRAFFIC_SECRET",
    );
  }

  /** early_exporter_master_secret, over the hash of ClientHello. */
  exporter(transcriptHash: Uint8Array): ExporterSecret {
    return new ExporterSecret(
      this.#hkdf,
      this.#secret.key.deriveSecret("e exp master", transcriptHash),
      "EARLY_EXPORTER_SECRET",
    );
  }

  /**
   * The next stage, with the (EC)DHE secret, or without one for a PSK alone.
   * This one is wiped; the shared secret is the caller's to wipe.
   */
  toHandshake(sharedSecret: Uint8Array | null): HandshakeSecret {
    if (this.#hasPsk) {
      return new HandshakeSecret(
        this.#hkdf,
        this.#secret.advance(sharedSecret),
      );
    }
    this.#secret.consume();
    const { saltWithoutPsk, zeros } = this.#hkdf;
    return new HandshakeSecret(
      this.#hkdf,
      saltWithoutPsk.compute(sharedSecret ?? zeros),
    );
  }

  /** Wipes it. */
  destroy(): void {
    this.#secret.wipe();
  }
}

/** The second stage. */
export class HandshakeSecret {
  readonly #hkdf: Hkdf;
  readonly #secret: Secret;

  /** Made by {@linkcode EarlySecret.toHandshake}. */
  constructor(hkdf: Hkdf, secret: Uint8Array) {
    this.#hkdf = hkdf;
    this.#secret = new Secret(hkdf, secret);
  }

  #traffic(
    label: string,
    transcriptHash: Uint8Array,
    keyLogLabel: string,
  ): HandshakeTrafficSecret {
    return new HandshakeTrafficSecret(
      this.#hkdf,
      this.#secret.key.deriveSecret(label, transcriptHash),
      keyLogLabel,
    );
  }

  /** Of the client, over the hash of ClientHello...ServerHello. */
  clientTraffic(transcriptHash: Uint8Array): HandshakeTrafficSecret {
    return this.#traffic(
      "c hs traffic",
      transcriptHash,
      "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
    );
  }

  /** Of the server, over the hash of ClientHello...ServerHello. */
  serverTraffic(transcriptHash: Uint8Array): HandshakeTrafficSecret {
    return this.#traffic(
      "s hs traffic",
      transcriptHash,
      "SERVER_HANDSHAKE_TRAFFIC_SECRET",
    );
  }

  /** The last stage. This one is wiped. */
  toMaster(): MasterSecret {
    return new MasterSecret(this.#hkdf, this.#secret.advance(null));
  }

  /** Wipes it. */
  destroy(): void {
    this.#secret.wipe();
  }
}

/** The last stage. */
export class MasterSecret {
  readonly #hkdf: Hkdf;
  readonly #secret: Secret;

  /** Made by {@linkcode HandshakeSecret.toMaster}. */
  constructor(hkdf: Hkdf, secret: Uint8Array) {
    this.#hkdf = hkdf;
    this.#secret = new Secret(hkdf, secret);
  }

  #derive(label: string, transcriptHash: Uint8Array): Uint8Array {
    return this.#secret.key.deriveSecret(label, transcriptHash);
  }

  /** Of the client, over the hash of ClientHello...server Finished. */
  clientTraffic(transcriptHash: Uint8Array): ApplicationTrafficSecret {
    return new ApplicationTrafficSecret(
      this.#hkdf,
      this.#derive("c ap traffic", transcriptHash),
      "CLIENT_TRAFFIC_SECRET_0",
    );
  }

  /** Of the server, over the hash of ClientHello...server Finished. */
  serverTraffic(transcriptHash: Uint8Array): ApplicationTrafficSecret {
    return new ApplicationTrafficSecret(
      this.#hkdf,
      this.#derive("s ap traffic", transcriptHash),
      "SERVER_TRAFFIC_SECRET_0",
    );
  }

  /** exporter_master_secret, over the hash of ClientHello...server Finished. */
  exporter(transcriptHash: Uint8Array): ExporterSecret {
    return new ExporterSecret(
      this.#hkdf,
      this.#derive("exp master", transcriptHash),
      "EXPORTER_SECRET",
    );
  }

  /** resumption_master_secret, over the hash of ClientHello...client Finished. */
  resumption(transcriptHash: Uint8Array): ResumptionSecret {
    return new ResumptionSecret(
      this.#hkdf,
      this.#derive("res master", transcriptHash),
    );
  }

  /** Wipes it. */
  destroy(): void {
    this.#secret.wipe();
  }
}
