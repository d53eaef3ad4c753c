/**
 * Certificates that the openssl program issues, of fixed names and dates.
 *
 * @module
 */
import { join } from "../deps/path.ts";
import { openssl } from "../pure/engine/x509/openssl.ts";
import type { Directory } from "../interop/_servers.ts";

/** A certificate to be issued. */
export interface Order {
  /** The files' name, and the common name. */
  readonly name: string;
  /** The name of who signs; its own where it is left out. */
  readonly issuer?: string;
  /** Lines of an openssl extension section. */
  readonly extensions: readonly string[];
  /** Arguments of `openssl genpkey`; P-256 where they are left out. */
  readonly key?: readonly string[];
  /** Of the signature. */
  readonly digest?: string;
  /** `YYYYMMDD`; 2027-01-01 where it is left out. */
  readonly until?: string;
}

const P256 = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"];

/** A CA's extensions, and `more`. */
export function authority(...more: readonly string[]): readonly string[] {
  return [
    "basicConstraints=critical,CA:TRUE",
    "keyUsage=critical,keyCertSign,cRLSign",
    ...more,
  ];
}

/** A server's extensions. */
export function server(name: string): readonly string[] {
  return [
    "basicConstraints=critical,CA:FALSE",
    "keyUsage=critical,digitalSignature",
    "extendedKeyUsage=serverAuth",
    `subjectAltName=DNS:${name}`,
  ];
}

/** Issues `order` into `directory`; the path of the certificate, PEM. */
export async function issue(
  directory: Directory,
  order: Order,
): Promise<string> {
  const { name, issuer = name, extensions, key = P256 } = order;
  const file = (of: string, suffix: string) =>
    join(directory.path, of + suffix);
  const run = async (...args: readonly string[]) => {
    const { ok, output } = await openssl(args, directory.path);
    if (!ok) throw new Error(`Cannot issue ${name}: ${output}`);
  };
  const config = await directory.write(
    `${name}.cnf`,
    [
      "[req]",
      "distinguished_name = name",
      "[name]",
      "[ca]",
      "default_ca = authority",
      "[authority]",
      "new_certs_dir = .",
      `database = ${name}.index`,
      "rand_serial = yes",
      "unique_subject = no",
      "policy = policy",
      "[policy]",
      "commonName = supplied",
      "[extensions]",
      "subjectKeyIdentifier = hash",
      ...(issuer === name ? [] : ["authorityKeyIdentifier = keyid:always"]),
      ...extensions,
    ].join("\n"),
  );
  await directory.write(`${name}.index`, "");
  await run("genpkey", ...key, "-out", file(name, ".key"));
  await run(
    ...["req", "-new", "-config", config, "-subj", `/CN=${name}`],
    ...["-key", file(name, ".key"), "-out", file(name, ".csr")],
  );
  await run(
    ...["ca", "-batch", "-notext", "-config", config],
    ...["-in", file(name, ".csr"), "-out", file(name, ".pem")],
    ...["-keyfile", file(issuer, ".key"), "-md", order.digest ?? "sha256"],
    ...(issuer === name ? ["-selfsign"] : ["-cert", file(issuer, ".pem")]),
    ...["-extensions", "extensions"],
    ...["-startdate", "20260101000000Z"],
    ...["-enddate", `${order.until ?? "20270101"}000000Z`],
  );
  return file(name, ".pem");
}
