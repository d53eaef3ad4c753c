/**
 * The protocol's code points under the names that PEP 543 gives them: cipher
 * suites, application protocols and versions.
 *
 * @module
 */

/**
 * The cipher suites that PEP 543 lists, TLS 1.3's five among them, by their IANA
 * names. The value is the 16-bit code point on the wire; any other code point
 * may stand beside these wherever a {@linkcode CipherSuiteId} is taken.
 *
 * A name here says only that the suite exists: many are old and weak. What a
 * backend offers is in its `capabilities`.
 *
 * @example
 * ```ts
 * import { assert } from "@std/assert";
 * import { CipherSuite } from "@pep543/tls";
 *
 * assert(CipherSuite.TLS_AES_128_GCM_SHA256 === 0x1301);
 * ```
 *
 * Sources: {@link https://peps.python.org/pep-0543/#cipher-suites | PEP 543},
 * {@link https://www.iana.org/assignments/tls-parameters/tls-parameters.xhtml#tls-parameters-4 | TLS Cipher Suites}.
 */
export const CipherSuite: CipherSuiteCodePoints = Object.freeze({
  TLS_RSA_WITH_RC4_128_SHA: 0x0005,
  TLS_RSA_WITH_IDEA_CBC_SHA: 0x0007,
  TLS_RSA_WITH_3DES_EDE_CBC_SHA: 0x000a,
  TLS_DH_RSA_WITH_3DES_EDE_CBC_SHA: 0x0010,
  TLS_DHE_RSA_WITH_3DES_EDE_CBC_SHA: 0x0016,
  TLS_RSA_WITH_AES_128_CBC_SHA: 0x002f,
  TLS_DH_RSA_WITH_AES_128_CBC_SHA: 0x0031,
  TLS_DHE_RSA_WITH_AES_128_CBC_SHA: 0x0033,
  TLS_RSA_WITH_AES_256_CBC_SHA: 0x0035,
  TLS_DH_RSA_WITH_AES_256_CBC_SHA: 0x0037,
  TLS_DHE_RSA_WITH_AES_256_CBC_SHA: 0x0039,
  TLS_RSA_WITH_AES_128_CBC_SHA256: 0x003c,
  TLS_RSA_WITH_AES_256_CBC_SHA256: 0x003d,
  TLS_DH_RSA_WITH_AES_128_CBC_SHA256: 0x003f,
  TLS_RSA_WITH_CAMELLIA_128_CBC_SHA: 0x0041,
  TLS_DH_RSA_WITH_CAMELLIA_128_CBC_SHA: 0x0043,
  TLS_DHE_RSA_WITH_CAMELLIA_128_CBC_SHA: 0x0045,
  TLS_DHE_RSA_WITH_AES_128_CBC_SHA256: 0x0067,
  TLS_DH_RSA_WITH_AES_256_CBC_SHA256: 0x0069,
  TLS_DHE_RSA_WITH_AES_256_CBC_SHA256: 0x006b,
  TLS_RSA_WITH_CAMELLIA_256_CBC_SHA: 0x0084,
  TLS_DH_RSA_WITH_CAMELLIA_256_CBC_SHA: 0x0086,
  TLS_DHE_RSA_WITH_CAMELLIA_256_CBC_SHA: 0x0088,
  TLS_RSA_WITH_SEED_CBC_SHA: 0x0096,
  TLS_DH_RSA_WITH_SEED_CBC_SHA: 0x0098,
  TLS_DHE_RSA_WITH_SEED_CBC_SHA: 0x009a,
  TLS_RSA_WITH_AES_128_GCM_SHA256: 0x009c,
  TLS_RSA_WITH_AES_256_GCM_SHA384: 0x009d,
  TLS_DHE_RSA_WITH_AES_128_GCM_SHA256: 0x009e,
  TLS_DHE_RSA_WITH_AES_256_GCM_SHA384: 0x009f,
  TLS_DH_RSA_WITH_AES_128_GCM_SHA256: 0x00a0,
  TLS_DH_RSA_WITH_AES_256_GCM_SHA384: 0x00a1,
  TLS_RSA_WITH_CAMELLIA_128_CBC_SHA256: 0x00ba,
  TLS_DH_RSA_WITH_CAMELLIA_128_CBC_SHA256: 0x00bc,
  TLS_DHE_RSA_WITH_CAMELLIA_128_CBC_SHA256: 0x00be,
  TLS_RSA_WITH_CAMELLIA_256_CBC_SHA256: 0x00c0,
  TLS_DH_RSA_WITH_CAMELLIA_256_CBC_SHA256: 0x00c2,
  TLS_DHE_RSA_WITH_CAMELLIA_256_CBC_SHA256: 0x00c4,
  TLS_AES_128_GCM_SHA256: 0x1301,
  TLS_AES_256_GCM_SHA384: 0x1302,
  TLS_CHACHA20_POLY1305_SHA256: 0x1303,
  TLS_AES_128_CCM_SHA256: 0x1304,
  TLS_AES_128_CCM_8_SHA256: 0x1305,
  TLS_ECDH_ECDSA_WITH_RC4_128_SHA: 0xc002,
  TLS_ECDH_ECDSA_WITH_3DES_EDE_CBC_SHA: 0xc003,
  TLS_ECDH_ECDSA_WITH_AES_128_CBC_SHA: 0xc004,
  TLS_ECDH_ECDSA_WITH_AES_256_CBC_SHA: 0xc005,
  TLS_ECDHE_ECDSA_WITH_RC4_128_SHA: 0xc007,
  TLS_ECDHE_ECDSA_WITH_3DES_EDE_CBC_SHA: 0xc008,
  TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA: 0xc009,
  TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA: 0xc00a,
  TLS_ECDH_RSA_WITH_RC4_128_SHA: 0xc00c,
  TLS_ECDH_RSA_WITH_3DES_EDE_CBC_SHA: 0xc00d,
  TLS_ECDH_RSA_WITH_AES_128_CBC_SHA: 0xc00e,
  TLS_ECDH_RSA_WITH_AES_256_CBC_SHA: 0xc00f,
  TLS_ECDHE_RSA_WITH_RC4_128_SHA: 0xc011,
  TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA: 0xc012,
  TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA: 0xc013,
  TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA: 0xc014,
  TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256: 0xc023,
  TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384: 0xc024,
  TLS_ECDH_ECDSA_WITH_AES_128_CBC_SHA256: 0xc025,
  TLS_ECDH_ECDSA_WITH_AES_256_CBC_SHA384: 0xc026,
  TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256: 0xc027,
  TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384: 0xc028,
  TLS_ECDH_RSA_WITH_AES_128_CBC_SHA256: 0xc029,
  TLS_ECDH_RSA_WITH_AES_256_CBC_SHA384: 0xc02a,
  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: 0xc02b,
  TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: 0xc02c,
  TLS_ECDH_ECDSA_WITH_AES_128_GCM_SHA256: 0xc02d,
  TLS_ECDH_ECDSA_WITH_AES_256_GCM_SHA384: 0xc02e,
  TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: 0xc02f,
  TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384: 0xc030,
  TLS_ECDH_RSA_WITH_AES_128_GCM_SHA256: 0xc031,
  TLS_ECDH_RSA_WITH_AES_256_GCM_SHA384: 0xc032,
  TLS_ECDHE_ECDSA_WITH_CAMELLIA_128_CBC_SHA256: 0xc072,
  TLS_ECDHE_ECDSA_WITH_CAMELLIA_256_CBC_SHA384: 0xc073,
  TLS_ECDH_ECDSA_WITH_CAMELLIA_128_CBC_SHA256: 0xc074,
  TLS_ECDH_ECDSA_WITH_CAMELLIA_256_CBC_SHA384: 0xc075,
  TLS_ECDHE_RSA_WITH_CAMELLIA_128_CBC_SHA256: 0xc076,
  TLS_ECDHE_RSA_WITH_CAMELLIA_256_CBC_SHA384: 0xc077,
  TLS_ECDH_RSA_WITH_CAMELLIA_128_CBC_SHA256: 0xc078,
  TLS_ECDH_RSA_WITH_CAMELLIA_256_CBC_SHA384: 0xc079,
  TLS_RSA_WITH_CAMELLIA_128_GCM_SHA256: 0xc07a,
  TLS_RSA_WITH_CAMELLIA_256_GCM_SHA384: 0xc07b,
  TLS_DHE_RSA_WITH_CAMELLIA_128_GCM_SHA256: 0xc07c,
  TLS_DHE_RSA_WITH_CAMELLIA_256_GCM_SHA384: 0xc07d,
  TLS_DH_RSA_WITH_CAMELLIA_128_GCM_SHA256: 0xc07e,
  TLS_DH_RSA_WITH_CAMELLIA_256_GCM_SHA384: 0xc07f,
  TLS_ECDHE_ECDSA_WITH_CAMELLIA_128_GCM_SHA256: 0xc086,
  TLS_ECDHE_ECDSA_WITH_CAMELLIA_256_GCM_SHA384: 0xc087,
  TLS_ECDH_ECDSA_WITH_CAMELLIA_128_GCM_SHA256: 0xc088,
  TLS_ECDH_ECDSA_WITH_CAMELLIA_256_GCM_SHA384: 0xc089,
  TLS_ECDHE_RSA_WITH_CAMELLIA_128_GCM_SHA256: 0xc08a,
  TLS_ECDHE_RSA_WITH_CAMELLIA_256_GCM_SHA384: 0xc08b,
  TLS_ECDH_RSA_WITH_CAMELLIA_128_GCM_SHA256: 0xc08c,
  TLS_ECDH_RSA_WITH_CAMELLIA_256_GCM_SHA384: 0xc08d,
  TLS_RSA_WITH_AES_128_CCM: 0xc09c,
  TLS_RSA_WITH_AES_256_CCM: 0xc09d,
  TLS_DHE_RSA_WITH_AES_128_CCM: 0xc09e,
  TLS_DHE_RSA_WITH_AES_256_CCM: 0xc09f,
  TLS_RSA_WITH_AES_128_CCM_8: 0xc0a0,
  TLS_RSA_WITH_AES_256_CCM_8: 0xc0a1,
  TLS_DHE_RSA_WITH_AES_128_CCM_8: 0xc0a2,
  TLS_DHE_RSA_WITH_AES_256_CCM_8: 0xc0a3,
  TLS_ECDHE_ECDSA_WITH_AES_128_CCM: 0xc0ac,
  TLS_ECDHE_ECDSA_WITH_AES_256_CCM: 0xc0ad,
  TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8: 0xc0ae,
  TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8: 0xc0af,
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: 0xcca8,
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: 0xcca9,
  TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256: 0xccaa,
});

/** The type of {@linkcode CipherSuite}: each name with its code point. */
export interface CipherSuiteCodePoints {
  /** `0x0005` */
  readonly TLS_RSA_WITH_RC4_128_SHA: 0x0005;
  /** `0x0007` */
  readonly TLS_RSA_WITH_IDEA_CBC_SHA: 0x0007;
  /** `0x000a` */
  readonly TLS_RSA_WITH_3DES_EDE_CBC_SHA: 0x000a;
  /** `0x0010` */
  readonly TLS_DH_RSA_WITH_3DES_EDE_CBC_SHA: 0x0010;
  /** `0x0016` */
  readonly TLS_DHE_RSA_WITH_3DES_EDE_CBC_SHA: 0x0016;
  /** `0x002f` */
  readonly TLS_RSA_WITH_AES_128_CBC_SHA: 0x002f;
  /** `0x0031` */
  readonly TLS_DH_RSA_WITH_AES_128_CBC_SHA: 0x0031;
  /** `0x0033` */
  readonly TLS_DHE_RSA_WITH_AES_128_CBC_SHA: 0x0033;
  /** `0x0035` */
  readonly TLS_RSA_WITH_AES_256_CBC_SHA: 0x0035;
  /** `0x0037` */
  readonly TLS_DH_RSA_WITH_AES_256_CBC_SHA: 0x0037;
  /** `0x0039` */
  readonly TLS_DHE_RSA_WITH_AES_256_CBC_SHA: 0x0039;
  /** `0x003c` */
  readonly TLS_RSA_WITH_AES_128_CBC_SHA256: 0x003c;
  /** `0x003d` */
  readonly TLS_RSA_WITH_AES_256_CBC_SHA256: 0x003d;
  /** `0x003f` */
  readonly TLS_DH_RSA_WITH_AES_128_CBC_SHA256: 0x003f;
  /** `0x0041` */
  readonly TLS_RSA_WITH_CAMELLIA_128_CBC_SHA: 0x0041;
  /** `0x0043` */
  readonly TLS_DH_RSA_WITH_CAMELLIA_128_CBC_SHA: 0x0043;
  /** `0x0045` */
  readonly TLS_DHE_RSA_WITH_CAMELLIA_128_CBC_SHA: 0x0045;
  /** `0x0067` */
  readonly TLS_DHE_RSA_WITH_AES_128_CBC_SHA256: 0x0067;
  /** `0x0069` */
  readonly TLS_DH_RSA_WITH_AES_256_CBC_SHA256: 0x0069;
  /** `0x006b` */
  readonly TLS_DHE_RSA_WITH_AES_256_CBC_SHA256: 0x006b;
  /** `0x0084` */
  readonly TLS_RSA_WITH_CAMELLIA_256_CBC_SHA: 0x0084;
  /** `0x0086` */
  readonly TLS_DH_RSA_WITH_CAMELLIA_256_CBC_SHA: 0x0086;
  /** `0x0088` */
  readonly TLS_DHE_RSA_WITH_CAMELLIA_256_CBC_SHA: 0x0088;
  /** `0x0096` */
  readonly TLS_RSA_WITH_SEED_CBC_SHA: 0x0096;
  /** `0x0098` */
  readonly TLS_DH_RSA_WITH_SEED_CBC_SHA: 0x0098;
  /** `0x009a` */
  readonly TLS_DHE_RSA_WITH_SEED_CBC_SHA: 0x009a;
  /** `0x009c` */
  readonly TLS_RSA_WITH_AES_128_GCM_SHA256: 0x009c;
  /** `0x009d` */
  readonly TLS_RSA_WITH_AES_256_GCM_SHA384: 0x009d;
  /** `0x009e` */
  readonly TLS_DHE_RSA_WITH_AES_128_GCM_SHA256: 0x009e;
  /** `0x009f` */
  readonly TLS_DHE_RSA_WITH_AES_256_GCM_SHA384: 0x009f;
  /** `0x00a0` */
  readonly TLS_DH_RSA_WITH_AES_128_GCM_SHA256: 0x00a0;
  /** `0x00a1` */
  readonly TLS_DH_RSA_WITH_AES_256_GCM_SHA384: 0x00a1;
  /** `0x00ba` */
  readonly TLS_RSA_WITH_CAMELLIA_128_CBC_SHA256: 0x00ba;
  /** `0x00bc` */
  readonly TLS_DH_RSA_WITH_CAMELLIA_128_CBC_SHA256: 0x00bc;
  /** `0x00be` */
  readonly TLS_DHE_RSA_WITH_CAMELLIA_128_CBC_SHA256: 0x00be;
  /** `0x00c0` */
  readonly TLS_RSA_WITH_CAMELLIA_256_CBC_SHA256: 0x00c0;
  /** `0x00c2` */
  readonly TLS_DH_RSA_WITH_CAMELLIA_256_CBC_SHA256: 0x00c2;
  /** `0x00c4` */
  readonly TLS_DHE_RSA_WITH_CAMELLIA_256_CBC_SHA256: 0x00c4;
  /** `0x1301` */
  readonly TLS_AES_128_GCM_SHA256: 0x1301;
  /** `0x1302` */
  readonly TLS_AES_256_GCM_SHA384: 0x1302;
  /** `0x1303` */
  readonly TLS_CHACHA20_POLY1305_SHA256: 0x1303;
  /** `0x1304` */
  readonly TLS_AES_128_CCM_SHA256: 0x1304;
  /** `0x1305` */
  readonly TLS_AES_128_CCM_8_SHA256: 0x1305;
  /** `0xc002` */
  readonly TLS_ECDH_ECDSA_WITH_RC4_128_SHA: 0xc002;
  /** `0xc003` */
  readonly TLS_ECDH_ECDSA_WITH_3DES_EDE_CBC_SHA: 0xc003;
  /** `0xc004` */
  readonly TLS_ECDH_ECDSA_WITH_AES_128_CBC_SHA: 0xc004;
  /** `0xc005` */
  readonly TLS_ECDH_ECDSA_WITH_AES_256_CBC_SHA: 0xc005;
  /** `0xc007` */
  readonly TLS_ECDHE_ECDSA_WITH_RC4_128_SHA: 0xc007;
  /** `0xc008` */
  readonly TLS_ECDHE_ECDSA_WITH_3DES_EDE_CBC_SHA: 0xc008;
  /** `0xc009` */
  readonly TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA: 0xc009;
  /** `0xc00a` */
  readonly TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA: 0xc00a;
  /** `0xc00c` */
  readonly TLS_ECDH_RSA_WITH_RC4_128_SHA: 0xc00c;
  /** `0xc00d` */
  readonly TLS_ECDH_RSA_WITH_3DES_EDE_CBC_SHA: 0xc00d;
  /** `0xc00e` */
  readonly TLS_ECDH_RSA_WITH_AES_128_CBC_SHA: 0xc00e;
  /** `0xc00f` */
  readonly TLS_ECDH_RSA_WITH_AES_256_CBC_SHA: 0xc00f;
  /** `0xc011` */
  readonly TLS_ECDHE_RSA_WITH_RC4_128_SHA: 0xc011;
  /** `0xc012` */
  readonly TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA: 0xc012;
  /** `0xc013` */
  readonly TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA: 0xc013;
  /** `0xc014` */
  readonly TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA: 0xc014;
  /** `0xc023` */
  readonly TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256: 0xc023;
  /** `0xc024` */
  readonly TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384: 0xc024;
  /** `0xc025` */
  readonly TLS_ECDH_ECDSA_WITH_AES_128_CBC_SHA256: 0xc025;
  /** `0xc026` */
  readonly TLS_ECDH_ECDSA_WITH_AES_256_CBC_SHA384: 0xc026;
  /** `0xc027` */
  readonly TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256: 0xc027;
  /** `0xc028` */
  readonly TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384: 0xc028;
  /** `0xc029` */
  readonly TLS_ECDH_RSA_WITH_AES_128_CBC_SHA256: 0xc029;
  /** `0xc02a` */
  readonly TLS_ECDH_RSA_WITH_AES_256_CBC_SHA384: 0xc02a;
  /** `0xc02b` */
  readonly TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: 0xc02b;
  /** `0xc02c` */
  readonly TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: 0xc02c;
  /** `0xc02d` */
  readonly TLS_ECDH_ECDSA_WITH_AES_128_GCM_SHA256: 0xc02d;
  /** `0xc02e` */
  readonly TLS_ECDH_ECDSA_WITH_AES_256_GCM_SHA384: 0xc02e;
  /** `0xc02f` */
  readonly TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: 0xc02f;
  /** `0xc030` */
  readonly TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384: 0xc030;
  /** `0xc031` */
  readonly TLS_ECDH_RSA_WITH_AES_128_GCM_SHA256: 0xc031;
  /** `0xc032` */
  readonly TLS_ECDH_RSA_WITH_AES_256_GCM_SHA384: 0xc032;
  /** `0xc072` */
  readonly TLS_ECDHE_ECDSA_WITH_CAMELLIA_128_CBC_SHA256: 0xc072;
  /** `0xc073` */
  readonly TLS_ECDHE_ECDSA_WITH_CAMELLIA_256_CBC_SHA384: 0xc073;
  /** `0xc074` */
  readonly TLS_ECDH_ECDSA_WITH_CAMELLIA_128_CBC_SHA256: 0xc074;
  /** `0xc075` */
  readonly TLS_ECDH_ECDSA_WITH_CAMELLIA_256_CBC_SHA384: 0xc075;
  /** `0xc076` */
  readonly TLS_ECDHE_RSA_WITH_CAMELLIA_128_CBC_SHA256: 0xc076;
  /** `0xc077` */
  readonly TLS_ECDHE_RSA_WITH_CAMELLIA_256_CBC_SHA384: 0xc077;
  /** `0xc078` */
  readonly TLS_ECDH_RSA_WITH_CAMELLIA_128_CBC_SHA256: 0xc078;
  /** `0xc079` */
  readonly TLS_ECDH_RSA_WITH_CAMELLIA_256_CBC_SHA384: 0xc079;
  /** `0xc07a` */
  readonly TLS_RSA_WITH_CAMELLIA_128_GCM_SHA256: 0xc07a;
  /** `0xc07b` */
  readonly TLS_RSA_WITH_CAMELLIA_256_GCM_SHA384: 0xc07b;
  /** `0xc07c` */
  readonly TLS_DHE_RSA_WITH_CAMELLIA_128_GCM_SHA256: 0xc07c;
  /** `0xc07d` */
  readonly TLS_DHE_RSA_WITH_CAMELLIA_256_GCM_SHA384: 0xc07d;
  /** `0xc07e` */
  readonly TLS_DH_RSA_WITH_CAMELLIA_128_GCM_SHA256: 0xc07e;
  /** `0xc07f` */
  readonly TLS_DH_RSA_WITH_CAMELLIA_256_GCM_SHA384: 0xc07f;
  /** `0xc086` */
  readonly TLS_ECDHE_ECDSA_WITH_CAMELLIA_128_GCM_SHA256: 0xc086;
  /** `0xc087` */
  readonly TLS_ECDHE_ECDSA_WITH_CAMELLIA_256_GCM_SHA384: 0xc087;
  /** `0xc088` */
  readonly TLS_ECDH_ECDSA_WITH_CAMELLIA_128_GCM_SHA256: 0xc088;
  /** `0xc089` */
  readonly TLS_ECDH_ECDSA_WITH_CAMELLIA_256_GCM_SHA384: 0xc089;
  /** `0xc08a` */
  readonly TLS_ECDHE_RSA_WITH_CAMELLIA_128_GCM_SHA256: 0xc08a;
  /** `0xc08b` */
  readonly TLS_ECDHE_RSA_WITH_CAMELLIA_256_GCM_SHA384: 0xc08b;
  /** `0xc08c` */
  readonly TLS_ECDH_RSA_WITH_CAMELLIA_128_GCM_SHA256: 0xc08c;
  /** `0xc08d` */
  readonly TLS_ECDH_RSA_WITH_CAMELLIA_256_GCM_SHA384: 0xc08d;
  /** `0xc09c` */
  readonly TLS_RSA_WITH_AES_128_CCM: 0xc09c;
  /** `0xc09d` */
  readonly TLS_RSA_WITH_AES_256_CCM: 0xc09d;
  /** `0xc09e` */
  readonly TLS_DHE_RSA_WITH_AES_128_CCM: 0xc09e;
  /** `0xc09f` */
  readonly TLS_DHE_RSA_WITH_AES_256_CCM: 0xc09f;
  /** `0xc0a0` */
  readonly TLS_RSA_WITH_AES_128_CCM_8: 0xc0a0;
  /** `0xc0a1` */
  readonly TLS_RSA_WITH_AES_256_CCM_8: 0xc0a1;
  /** `0xc0a2` */
  readonly TLS_DHE_RSA_WITH_AES_128_CCM_8: 0xc0a2;
  /** `0xc0a3` */
  readonly TLS_DHE_RSA_WITH_AES_256_CCM_8: 0xc0a3;
  /** `0xc0ac` */
  readonly TLS_ECDHE_ECDSA_WITH_AES_128_CCM: 0xc0ac;
  /** `0xc0ad` */
  readonly TLS_ECDHE_ECDSA_WITH_AES_256_CCM: 0xc0ad;
  /** `0xc0ae` */
  readonly TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8: 0xc0ae;
  /** `0xc0af` */
  readonly TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8: 0xc0af;
  /** `0xcca8` */
  readonly TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: 0xcca8;
  /** `0xcca9` */
  readonly TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: 0xcca9;
  /** `0xccaa` */
  readonly TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256: 0xccaa;
}

/** One of {@linkcode CipherSuite}'s code points. */
export type CipherSuite = CipherSuiteCodePoints[keyof CipherSuiteCodePoints];

/** A suite of {@linkcode CipherSuite}, or any other 16-bit code point. */
export type CipherSuiteId = CipherSuite | (number & Record<never, never>);

/**
 * The IANA name of a cipher suite.
 *
 * @example
 * ```ts
 * import { assert } from "@std/assert";
 * import { cipherSuiteName } from "@pep543/tls";
 *
 * assert(cipherSuiteName(0x1303) === "TLS_CHACHA20_POLY1305_SHA256");
 * assert(cipherSuiteName(0xffff) === null);
 * ```
 *
 * @param id The code point.
 * @returns The name, or `null` where {@linkcode CipherSuite} does not list it.
 */
export function cipherSuiteName(id: number): string | null {
  for (const name in CipherSuite) {
    if (CipherSuite[name as keyof CipherSuiteCodePoints] === id) return name;
  }
  return null;
}

/**
 * Well-known application protocols; the values are the ALPN strings. Any other
 * string or bytes may stand beside them in `innerProtocols`.
 *
 * @example
 * ```ts
 * import { assert } from "@std/assert";
 * import { NextProtocol } from "@pep543/tls";
 *
 * assert(NextProtocol.H2 === "h2");
 * ```
 *
 * Sources: {@link https://peps.python.org/pep-0543/#protocol-negotiation | PEP 543},
 * {@link https://www.rfc-editor.org/rfc/rfc7301 | RFC 7301}.
 */
export const NextProtocol: {
  /** HTTP/2 over TLS. */
  readonly H2: "h2";
  /** HTTP/2 over TCP. */
  readonly H2C: "h2c";
  /** HTTP/1.1. */
  readonly HTTP1: "http/1.1";
  /** WebRTC media and data. */
  readonly WEBRTC: "webrtc";
  /** Confidential WebRTC media and data. */
  readonly C_WEBRTC: "c-webrtc";
  /** FTP. */
  readonly FTP: "ftp";
  /** NAT discovery by STUN. */
  readonly STUN: "stun.nat-discovery";
  /** TURN. */
  readonly TURN: "stun.turn";
} = Object.freeze({
  H2: "h2",
  H2C: "h2c",
  HTTP1: "http/1.1",
  WEBRTC: "webrtc",
  C_WEBRTC: "c-webrtc",
  FTP: "ftp",
  STUN: "stun.nat-discovery",
  TURN: "stun.turn",
});

/** One of {@linkcode NextProtocol}'s values. */
export type NextProtocol = typeof NextProtocol[keyof typeof NextProtocol];

/** A protocol of {@linkcode NextProtocol}, or any other ALPN name. */
export type ProtocolName = NextProtocol | (string & Record<never, never>);

/**
 * Versions of the protocol, and the two bounds that stand for whatever a backend
 * supports. `MINIMUM_SUPPORTED` is never under TLS 1.2
 * ({@link https://www.rfc-editor.org/rfc/rfc8996 | RFC 8996}).
 *
 * @example
 * ```ts
 * import { assert } from "@std/assert";
 * import { TLSConfiguration, TLSVersion } from "@pep543/tls";
 *
 * const modern = new TLSConfiguration({
 *   lowestSupportedVersion: TLSVersion.TLSv1_3,
 * });
 * assert(modern.lowestSupportedVersion === "TLSv1.3");
 * ```
 *
 * Source: {@link https://peps.python.org/pep-0543/#tls-versions | PEP 543}.
 */
export const TLSVersion: {
  /** The lowest version that the backend supports. */
  readonly MINIMUM_SUPPORTED: "MINIMUM_SUPPORTED";
  /** SSL 2.0; named by the PEP, prohibited by RFC 6176. */
  readonly SSLv2: "SSLv2";
  /** SSL 3.0; named by the PEP, deprecated by RFC 7568. */
  readonly SSLv3: "SSLv3";
  /** TLS 1.0; named by the PEP, deprecated by RFC 8996. */
  readonly TLSv1: "TLSv1";
  /** TLS 1.1; named by the PEP, deprecated by RFC 8996. */
  readonly TLSv1_1: "TLSv1.1";
  /** TLS 1.2, RFC 5246. */
  readonly TLSv1_2: "TLSv1.2";
  /** TLS 1.3, RFC 9846. */
  readonly TLSv1_3: "TLSv1.3";
  /** The highest version that the backend supports. */
  readonly MAXIMUM_SUPPORTED: "MAXIMUM_SUPPORTED";
} = Object.freeze({
  MINIMUM_SUPPORTED: "MINIMUM_SUPPORTED",
  SSLv2: "SSLv2",
  SSLv3: "SSLv3",
  TLSv1: "TLSv1",
  TLSv1_1: "TLSv1.1",
  TLSv1_2: "TLSv1.2",
  TLSv1_3: "TLSv1.3",
  MAXIMUM_SUPPORTED: "MAXIMUM_SUPPORTED",
});

/** One of {@linkcode TLSVersion}'s values. */
export type TLSVersion = typeof TLSVersion[keyof typeof TLSVersion];
