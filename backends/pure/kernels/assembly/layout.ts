/**
 * Where everything lives in the kernels' memory: one page, fixed addresses.
 *
 * An address that is a constant in the code costs V8 no bounds check, so the
 * state of the key in use is copied to fixed addresses instead of being reached
 * through a pointer. Static tables (simd.ts, aes.ts, ghash.ts) lie between 1024
 * and 4096; nothing below 1024 is used.
 */

// ---- scratch that one call leaves zero: [WORK, WORK_END) -------------------

export const WORK: usize = 4096;
/** Key stream of the first chunk; 256 bytes. */
export const KEY_STREAM: usize = WORK;
/** ChaCha20's 4x4 words before the rounds, RFC 8439 section 2.3; 64 bytes. */
export const CHACHA_INPUT: usize = WORK + 256;
/** Poly1305's r as r0..r3, s1..s3 (64-bit cells); 56 bytes. */
export const POLY_R: usize = WORK + 320;
/** Poly1305's accumulator h0..h4 (64-bit cells); 40 bytes. */
export const POLY_H: usize = WORK + 376;
/** Poly1305's s, the pad that the accumulator is added to; 16 bytes. */
export const POLY_PAD: usize = WORK + 416;
/** The AES state of counter 0 after AddRoundKey, row-major; 16 bytes. */
export const CTR_BASE: usize = WORK + 432;
/** What is common to 256 counters after round 1, bitsliced; 128 bytes. */
export const CTR_ROUND1: usize = WORK + 448;
/** E(K, J0), which masks GCM's tag; 16 bytes. */
export const TAG_MASK: usize = WORK + 576;
/** GHASH's accumulator; 16 bytes. */
export const GHASH_Y: usize = WORK + 592;
/** The computed tag, or the length block before it; 16 bytes. */
export const TAG: usize = WORK + 608;
/** The tag that came with a record to open; 16 bytes. */
export const RECEIVED_TAG: usize = WORK + 624;
/** End of what every call uses. */
export const SMALL_WORK_END: usize = WORK + 640;
/** GHASH's 16 accumulators, byte-sliced; 256 bytes. */
export const GHASH_LANES: usize = WORK + 640;
/** Their nibbles, high and low in turn; 512 bytes. */
export const GHASH_NIBBLES: usize = WORK + 896;
export const WORK_END: usize = WORK + 1408;

// ---- scratch of key set-up: [SETUP, SETUP_END) -----------------------------

/** AES's expanded key, FIPS 197 section 5.2; 240 bytes. */
export const SCHEDULE: usize = WORK_END;
/** A 16 by 16 byte matrix. */
export const MATRIX: usize = WORK_END + 256;
export const SETUP_END: usize = WORK_END + 512;

// ---- additional data --------------------------------------------------------

export const AAD: usize = 6144;
/** TLS needs 13 bytes at most; more only serves the public test vectors. */
export const AAD_CAPACITY: usize = 1024;

// ---- the key in use ----------------------------------------------------------

/** ChaCha20-Poly1305: the key (32 bytes), then the IV (12). */
export const CHACHA_KEY: usize = 7424;
export const CHACHA_IV: usize = CHACHA_KEY + 32;
export const CHACHA_STATE_SIZE: usize = 44;

/** H^16 for GHASH: a 16-byte table for each input nibble and output byte. */
export const GHASH_H16: usize = 8192;
/** H for GHASH: a 16-byte table for each nibble half and product byte. */
export const GHASH_H1: usize = GHASH_H16 + 8192;
/** Round keys 1 to 14, bitsliced, 128 bytes each. */
export const ROUND_KEYS: usize = GHASH_H1 + 544;
/** Round 1 of AES for each of 256 counters: 8 bits x 32 groups x 4 bytes. */
export const ROUND1_TABLE: usize = ROUND_KEYS + 14 * 128;
/** Round key 0, row-major. */
export const ROUND_KEY_0: usize = ROUND1_TABLE + 1024;
/** The IV, 12 bytes and 4 zero bytes. */
export const GCM_IV: usize = ROUND_KEY_0 + 16;
/** Address of the last round key. */
export const LAST_ROUND_KEY: usize = GCM_IV + 16;
export const GCM_STATE: usize = GHASH_H16;
export const GCM_STATE_SIZE: usize = LAST_ROUND_KEY + 4 - GCM_STATE;

// ---- the record ----------------------------------------------------------------

export const DATA: usize = 24576;
/**
 * The longest plaintext, inner type and padding included: 2^14 + 2048 bytes,
 * TLS 1.2's bound for TLSCiphertext.fragment (RFC 5246, section 6.2.3).
 */
export const DATA_CAPACITY: usize = 16384 + 2048;
// Behind it 16 bytes for the tag, and 256 for the unused end of a chunk of key
// stream: 43,280 in all, within one page of 65,536.
