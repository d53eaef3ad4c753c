/**
 * Code points of the IANA TLS registries that the engine speaks, by their
 * registered names. Const objects with union types, so that a misspelt or
 * misplaced one does not compile.
 *
 * Source: {@link https://www.iana.org/assignments/tls-parameters | TLS Parameters},
 * {@link https://www.iana.org/assignments/tls-extensiontype-values | ExtensionType values}.
 *
 * @module
 */

/** TLS ContentType. */
export const ContentType = {
  change_cipher_spec: 20,
  alert: 21,
  handshake: 22,
  application_data: 23,
} as const;
/** One of {@linkcode ContentType}'s values. */
export type ContentType = typeof ContentType[keyof typeof ContentType];

/** TLS Alerts. */
export const AlertDescription = {
  close_notify: 0,
  unexpected_message: 10,
  bad_record_mac: 20,
  record_overflow: 22,
  handshake_failure: 40,
  bad_certificate: 42,
  unsupported_certificate: 43,
  certificate_revoked: 44,
  certificate_expired: 45,
  certificate_unknown: 46,
  illegal_parameter: 47,
  unknown_ca: 48,
  access_denied: 49,
  decode_error: 50,
  decrypt_error: 51,
  protocol_version: 70,
  insufficient_security: 71,
  internal_error: 80,
  inappropriate_fallback: 86,
  user_canceled: 90,
  no_renegotiation: 100,
  missing_extension: 109,
  unsupported_extension: 110,
  unrecognized_name: 112,
  bad_certificate_status_response: 113,
  unknown_psk_identity: 115,
  certificate_required: 116,
  no_application_protocol: 120,
} as const;
/** One of {@linkcode AlertDescription}'s values. */
export type AlertDescription =
  typeof AlertDescription[keyof typeof AlertDescription];

/** TLS HandshakeType. */
export const HandshakeType = {
  hello_request: 0,
  client_hello: 1,
  server_hello: 2,
  new_session_ticket: 4,
  end_of_early_data: 5,
  encrypted_extensions: 8,
  certificate: 11,
  server_key_exchange: 12,
  certificate_request: 13,
  server_hello_done: 14,
  certificate_verify: 15,
  client_key_exchange: 16,
  finished: 20,
  key_update: 24,
  message_hash: 254,
} as const;
/** One of {@linkcode HandshakeType}'s values. */
export type HandshakeType = typeof HandshakeType[keyof typeof HandshakeType];

/** TLS Supported Groups. */
export const NamedGroup = {
  secp256r1: 0x0017,
  secp384r1: 0x0018,
  secp521r1: 0x0019,
  x25519: 0x001d,
  X25519MLKEM768: 0x11ec,
} as const;
/** One of {@linkcode NamedGroup}'s values. */
export type NamedGroup = typeof NamedGroup[keyof typeof NamedGroup];

/** TLS SignatureScheme. */
export const SignatureScheme = {
  rsa_pkcs1_sha256: 0x0401,
  rsa_pkcs1_sha384: 0x0501,
  rsa_pkcs1_sha512: 0x0601,
  ecdsa_secp256r1_sha256: 0x0403,
  ecdsa_secp384r1_sha384: 0x0503,
  ecdsa_secp521r1_sha512: 0x0603,
  rsa_pss_rsae_sha256: 0x0804,
  rsa_pss_rsae_sha384: 0x0805,
  rsa_pss_rsae_sha512: 0x0806,
  ed25519: 0x0807,
  rsa_pss_pss_sha256: 0x0809,
  rsa_pss_pss_sha384: 0x080a,
  rsa_pss_pss_sha512: 0x080b,
} as const;
/** One of {@linkcode SignatureScheme}'s values. */
export type SignatureScheme =
  typeof SignatureScheme[keyof typeof SignatureScheme];

/** TLS 1.3's cipher suites that the engine speaks. */
export const CipherSuite13 = {
  TLS_AES_128_GCM_SHA256: 0x1301,
  TLS_AES_256_GCM_SHA384: 0x1302,
  TLS_CHACHA20_POLY1305_SHA256: 0x1303,
} as const;
/** One of {@linkcode CipherSuite13}'s values. */
export type CipherSuite13 = typeof CipherSuite13[keyof typeof CipherSuite13];

/** TLS ExtensionType values. */
export const ExtensionType = {
  server_name: 0,
  max_fragment_length: 1,
  status_request: 5,
  supported_groups: 10,
  ec_point_formats: 11,
  signature_algorithms: 13,
  application_layer_protocol_negotiation: 16,
  signed_certificate_timestamp: 18,
  padding: 21,
  encrypt_then_mac: 22,
  extended_master_secret: 23,
  compress_certificate: 27,
  record_size_limit: 28,
  session_ticket: 35,
  pre_shared_key: 41,
  early_data: 42,
  supported_versions: 43,
  cookie: 44,
  psk_key_exchange_modes: 45,
  certificate_authorities: 47,
  oid_filters: 48,
  post_handshake_auth: 49,
  signature_algorithms_cert: 50,
  key_share: 51,
  encrypted_client_hello: 0xfe0d,
  renegotiation_info: 0xff01,
} as const;
/** One of {@linkcode ExtensionType}'s values. */
export type ExtensionType = typeof ExtensionType[keyof typeof ExtensionType];

/** TLS ProtocolVersion values on the wire. */
export const ProtocolVersion = {
  SSLv3_0: 0x0300,
  TLSv1_0: 0x0301,
  TLSv1_2: 0x0303,
  TLSv1_3: 0x0304,
} as const;
/** One of {@linkcode ProtocolVersion}'s values. */
export type ProtocolVersion =
  typeof ProtocolVersion[keyof typeof ProtocolVersion];
