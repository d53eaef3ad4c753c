/**
 * Where everything lives in the hash kernel's memory: one page, fixed addresses.
 * Static tables lie between 1024 and 4096; nothing below 1024 is used. From
 * STATE on everything is zero between two calls of the host.
 */

/** The running hash: eight words of four or eight bytes; 64 bytes. */
export const STATE: usize = 4096;
/** A digest; 64 bytes. SHA-384's is the first 48 of them. */
export const OUTPUT: usize = STATE + 64;
/**
 * A prepared HMAC key: the states behind its XOR with ipad and with opad
 * (RFC 2104, section 2), one right behind the other; 64 or 128 bytes.
 */
export const PADS: usize = OUTPUT + 64;
/** HMAC's key, filled up with zeros to a block; 128 bytes. */
export const KEY: usize = PADS + 128;
/** What the outer hash of HMAC absorbs, with its padding; 128 bytes. */
export const LAST: usize = KEY + 128;
export const SCRATCH_END: usize = LAST + 128;

/** The message, or a part of it. */
export const DATA: usize = 8192;
/**
 * Bytes of a message for one call: 2^14 as in a record, and a block that was left
 * over before. Behind them is room for two blocks of padding.
 */
export const DATA_CAPACITY: usize = 16384 + 128;
