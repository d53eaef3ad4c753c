/**
 * What the host calls, and the addresses that it needs.
 */
import {
  AAD,
  AAD_CAPACITY,
  CHACHA_KEY,
  CHACHA_STATE_SIZE,
  DATA,
  DATA_CAPACITY,
  GCM_IV,
  GCM_STATE,
  GCM_STATE_SIZE,
  LAST_ROUND_KEY,
  ROUND_KEY_0,
  ROUND_KEYS,
  SETUP_END,
  WORK,
} from "./layout";

export { chachaOpen, chachaSeal } from "./chacha20_poly1305";
export { gcmExpand, gcmOpen, gcmSeal } from "./aes_gcm";

export const data: usize = DATA;
export const dataCapacity: usize = DATA_CAPACITY;
export const aad: usize = AAD;
export const aadCapacity: usize = AAD_CAPACITY;
export const scratch: usize = WORK;
export const scratchEnd: usize = SETUP_END;
export const chachaState: usize = CHACHA_KEY;
export const chachaStateSize: usize = CHACHA_STATE_SIZE;
export const gcmState: usize = GCM_STATE;
export const gcmStateSize: usize = GCM_STATE_SIZE;
export const gcmIv: usize = GCM_IV;
export const gcmRoundKey0: usize = ROUND_KEY_0;
export const gcmRoundKeys: usize = ROUND_KEYS;
export const gcmLastRoundKey: usize = LAST_ROUND_KEY;
