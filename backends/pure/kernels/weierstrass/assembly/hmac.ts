/**
 * HMAC-SHA-256 (FIPS 180-4, RFC 2104) of short messages, and the deterministic
 * generator of nonces of RFC 6979, section 3.2, whose state never leaves the
 * region that is wiped. Nothing branches on, or indexes by, what is hashed.
 */
import { fromBytes, scalarSubtractOnce, toBytes } from "./generated/arithmetic";
import {
  DIGEST,
  HASH_STATE,
  HASH_WORDS,
  HMAC_INNER,
  HMAC_KEY,
  HMAC_MESSAGE,
  HMAC_OUTER,
  HMAC_VALUE,
  IO_DIGEST,
  IO_ENTROPY,
  IO_NONCE,
  IO_PRIVATE,
  REDUCED,
} from "./generated/layout";

/** FIPS 180-4, section 4.2.2. */
const ROUND_CONSTANTS: usize = memory.data<u32>([
  0x428a2f98,
  0x71374491,
  0xb5c0fbcf,
  0xe9b5dba5,
  0x3956c25b,
  0x59f111f1,
  0x923f82a4,
  0xab1c5ed5,
  0xd807aa98,
  0x12835b01,
  0x243185be,
  0x550c7dc3,
  0x72be5d74,
  0x80deb1fe,
  0x9bdc06a7,
  0xc19bf174,
  0xe49b69c1,
  0xefbe4786,
  0x0fc19dc6,
  0x240ca1cc,
  0x2de92c6f,
  0x4a7484aa,
  0x5cb0a9dc,
  0x76f988da,
  0x983e5152,
  0xa831c66d,
  0xb00327c8,
  0xbf597fc7,
  0xc6e00bf3,
  0xd5a79147,
  0x06ca6351,
  0x14292967,
  0x27b70a85,
  0x2e1b2138,
  0x4d2c6dfc,
  0x53380d13,
  0x650a7354,
  0x766a0abb,
  0x81c2c92e,
  0x92722c85,
  0xa2bfe8a1,
  0xa81a664b,
  0xc24b8b70,
  0xc76c51a3,
  0xd192e819,
  0xd6990624,
  0xf40e3585,
  0x106aa070,
  0x19a4c116,
  0x1e376c08,
  0x2748774c,
  0x34b0bcb5,
  0x391c0cb3,
  0x4ed8aa4a,
  0x5b9cca4f,
  0x682e6ff3,
  0x748f82ee,
  0x78a5636f,
  0x84c87814,
  0x8cc70208,
  0x90befffa,
  0xa4506ceb,
  0xbef9a3f7,
  0xc67178f2,
]);

/** FIPS 180-4, section 5.3.3. */
const INITIAL_STATE: usize = memory.data<u32>([
  0x6a09e667,
  0xbb67ae85,
  0x3c6ef372,
  0xa54ff53a,
  0x510e527f,
  0x9b05688c,
  0x1f83d9ab,
  0x5be0cd19,
]);

/** Absorbs a block of 64 bytes into HASH_STATE: FIPS 180-4, section 6.2.2. */
function absorb(block: usize): void {
  for (let i: usize = 0; i < 64; i += 4) {
    store<u32>(HASH_WORDS + i, bswap(load<u32>(block + i)));
  }
  for (let i: usize = 64; i < 256; i += 4) {
    const at = HASH_WORDS + i;
    const w15 = load<u32>(at - 60), w2 = load<u32>(at - 8);
    const s0 = rotr(w15, 7) ^ rotr(w15, 18) ^ (w15 >> 3);
    const s1 = rotr(w2, 17) ^ rotr(w2, 19) ^ (w2 >> 10);
    store<u32>(at, load<u32>(at - 64) + s0 + load<u32>(at - 28) + s1);
  }
  let a = load<u32>(HASH_STATE), b = load<u32>(HASH_STATE, 4);
  let c = load<u32>(HASH_STATE, 8), d = load<u32>(HASH_STATE, 12);
  let e = load<u32>(HASH_STATE, 16), f = load<u32>(HASH_STATE, 20);
  let g = load<u32>(HASH_STATE, 24), h = load<u32>(HASH_STATE, 28);
  for (let i: usize = 0; i < 256; i += 4) {
    const s1 = rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25);
    const t1 = h + s1 + (g ^ (e & (f ^ g))) + load<u32>(ROUND_CONSTANTS + i) +
      load<u32>(HASH_WORDS + i);
    const s0 = rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22);
    const t2 = s0 + ((a & b) | (c & (a | b)));
    h = g;
    g = f;
    f = e;
    e = d + t1;
    d = c;
    c = b;
    b = a;
    a = t1 + t2;
  }
  store<u32>(HASH_STATE, load<u32>(HASH_STATE) + a);
  store<u32>(HASH_STATE, load<u32>(HASH_STATE, 4) + b, 4);
  store<u32>(HASH_STATE, load<u32>(HASH_STATE, 8) + c, 8);
  store<u32>(HASH_STATE, load<u32>(HASH_STATE, 12) + d, 12);
  store<u32>(HASH_STATE, load<u32>(HASH_STATE, 16) + e, 16);
  store<u32>(HASH_STATE, load<u32>(HASH_STATE, 20) + f, 20);
  store<u32>(HASH_STATE, load<u32>(HASH_STATE, 24) + g, 24);
  store<u32>(HASH_STATE, load<u32>(HASH_STATE, 28) + h, 28);
}

/** Writes HASH_STATE to 32 bytes. */
function writeState(r: usize): void {
  for (let i: usize = 0; i < 32; i += 4) {
    store<u32>(r + i, bswap(load<u32>(HASH_STATE + i)));
  }
}

/** The state after HMAC_KEY, each byte XOR `pad`, filled up to one block. */
function keyState(r: usize, pad: u64): void {
  for (let i: usize = 0; i < 32; i += 8) {
    store<u64>(HMAC_MESSAGE + i, load<u64>(HMAC_KEY + i) ^ pad);
    store<u64>(HMAC_MESSAGE + 32 + i, pad);
  }
  memory.copy(HASH_STATE, INITIAL_STATE, 32);
  absorb(HMAC_MESSAGE);
  memory.copy(r, HASH_STATE, 32);
}

/** Takes HMAC_KEY for the messages that follow; overwrites HMAC_MESSAGE. */
function useKey(): void {
  keyState(HMAC_INNER, 0x3636363636363636);
  keyState(HMAC_OUTER, 0x5c5c5c5c5c5c5c5c);
}

/** Absorbs HMAC_MESSAGE, `length` bytes (up to 183) behind a block, padded. */
function absorbMessage(length: i32): void {
  const end = (length + 9 + 63) & ~63;
  store<u8>(HMAC_MESSAGE + length, 0x80);
  memory.fill(HMAC_MESSAGE + length + 1, 0, end - length - 1);
  store<u32>(HMAC_MESSAGE + end - 4, bswap(<u32> (64 + length) * 8));
  for (let at = 0; at < end; at += 64) absorb(HMAC_MESSAGE + at);
}

/** r = HMAC-SHA-256 of the first `length` bytes of HMAC_MESSAGE. */
function authenticate(r: usize, length: i32): void {
  memory.copy(HASH_STATE, HMAC_INNER, 32);
  absorbMessage(length);
  writeState(HMAC_MESSAGE);
  memory.copy(HASH_STATE, HMAC_OUTER, 32);
  absorbMessage(32);
  writeState(r);
}

/** V = HMAC_K(V) */
function nextValue(): void {
  memory.copy(HMAC_MESSAGE, HMAC_VALUE, 32);
  authenticate(HMAC_VALUE, 32);
}

/**
 * K = HMAC_K(V || separator || private key || digest modulo n || entropy), then
 * V = HMAC_K(V).
 */
function seed(separator: u8, entropyBytes: i32): void {
  memory.copy(HMAC_MESSAGE, HMAC_VALUE, 32);
  store<u8>(HMAC_MESSAGE + 32, separator);
  memory.copy(HMAC_MESSAGE + 33, IO_PRIVATE, 32);
  toBytes(HMAC_MESSAGE + 65, REDUCED);
  memory.copy(HMAC_MESSAGE + 97, IO_ENTROPY, entropyBytes);
  authenticate(HMAC_KEY, 97 + entropyBytes);
  useKey();
  nextValue();
}

/**
 * Starts the nonces for the private key and the digest: RFC 6979, section 3.2,
 * steps b to g, with the additional data of section 3.6.
 */
export function startNonces(entropyBytes: i32): void {
  fromBytes(DIGEST, IO_DIGEST);
  scalarSubtractOnce(REDUCED, DIGEST);
  memory.fill(HMAC_VALUE, 1, 32);
  memory.fill(HMAC_KEY, 0, 32);
  useKey();
  seed(0, entropyBytes);
  seed(1, entropyBytes);
  nextValue();
  memory.copy(IO_NONCE, HMAC_VALUE, 32);
}

/** The next candidate, where the one before was refused: step h.3. */
export function nextNonce(): void {
  memory.copy(HMAC_MESSAGE, HMAC_VALUE, 32);
  store<u8>(HMAC_MESSAGE + 32, 0);
  authenticate(HMAC_KEY, 33);
  useKey();
  nextValue();
  nextValue();
  memory.copy(IO_NONCE, HMAC_VALUE, 32);
}
