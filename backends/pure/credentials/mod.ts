/**
 * The credentials of the pure backend.
 *
 * @module
 */
export {
  certificate,
  certificateHandle,
  engineCertificate,
} from "./certificate.ts";
export { certificateError } from "./certificate_error.ts";
export { privateKey } from "./private_key.ts";
export {
  checkSigningChain,
  type LoadedSigningKey,
  loadSigningKey,
} from "./signing_key.ts";
export { trustAnchors, trustStore } from "./trust_store.ts";
