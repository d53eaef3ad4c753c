/**
 * The first rule of the contract, in one place for every backend: a setting is
 * honoured or refused, never ignored.
 *
 * @module
 */
import { cipherSuiteName, TLSVersion } from "./code_points.ts";
import {
  compareVersions,
  CONFIGURATION_FIELDS,
  TLSConfiguration,
  type TLSConfigurationOptions,
} from "./configuration.ts";
import type { Capabilities, ContextConfiguration } from "./context.ts";
import { ConfigurationError } from "./errors.ts";

/** For whom a configuration is checked. */
export interface CheckConfigurationOptions {
  /** The backend's name. */
  backend: string;
  /** What the backend would obey. */
  capabilities: Capabilities;
  /** Which end the configuration is for. */
  role: "client" | "server";
  /** What to use instead of a field that is refused, by field: a clause. */
  instead?: Readonly<Partial<Record<keyof TLSConfigurationOptions, string>>>;
}

/** Fields that, as the PEP says of sniCallback, do not apply to a client. */
const SERVER_ONLY: readonly (keyof TLSConfigurationOptions)[] = [
  "sniCallback",
  "clientAuthentication",
];

/** Fields whose support a capability of its own decides. */
const DECIDED_APART: readonly (keyof TLSConfigurationOptions)[] = [
  "ciphers",
  "lowestSupportedVersion",
  "highestSupportedVersion",
  "clientAuthentication",
];

const DEFAULTS = new TLSConfiguration();

/**
 * Turns what a context was given into a configuration that its backend can obey.
 *
 * A backend calls it first in its contexts' constructors; what depends on more
 * than the capabilities say (a kind of key, a kind of store) it checks itself.
 *
 * @example
 * ```ts
 * import { assert } from "@std/assert";
 * import { checkConfiguration, ConfigurationError } from "@pep543/tls";
 * import { denoBackend } from "@pep543/tls/deno";
 *
 * try {
 *   checkConfiguration({ ciphers: [0x1301] }, {
 *     backend: denoBackend.name,
 *     capabilities: denoBackend.capabilities,
 *     role: "client",
 *   });
 * } catch (error) {
 *   assert(error instanceof ConfigurationError);
 * }
 * ```
 *
 * @param given A configuration or its options.
 * @param options The backend and the role.
 * @returns The configuration, the same object where it is one already.
 * @throws {ConfigurationError} Naming the field, the value and the backend.
 */
export function checkConfiguration(
  given: ContextConfiguration,
  options: CheckConfigurationOptions,
): TLSConfiguration {
  const configuration = given instanceof TLSConfiguration
    ? given
    : new TLSConfiguration(known(given));
  const { capabilities, role } = options;
  const refuse = (
    field: keyof TLSConfigurationOptions,
    value: string,
    reason: string,
  ): never => {
    const hint = options.instead?.[field];
    throw new ConfigurationError(
      `Cannot obey ${field} ${value}: the backend "${options.backend}" ${reason}` +
        (hint === undefined ? "" : `; ${hint}`),
      { field, backend: options.backend },
    );
  };

  for (const field of CONFIGURATION_FIELDS) {
    if (role === "client" && SERVER_ONLY.includes(field)) continue;
    if (DECIDED_APART.includes(field)) continue;
    if (isDefault(configuration, field)) continue;
    if (field === "validateCertificates" && capabilities.disableValidation) {
      continue;
    }
    if (!capabilities.fields[role].includes(field)) {
      refuse(
        field,
        describe(configuration[field]),
        `does not support it on a ${role}`,
      );
    }
  }
  if (configuration.ciphers.length > 0 && !capabilities.chooseCiphers) {
    refuse(
      "ciphers",
      `[${configuration.ciphers.map(describeSuite).join(", ")}]`,
      "cannot choose them",
    );
  }
  for (const suite of configuration.ciphers) {
    if (!capabilities.ciphers.includes(suite)) {
      refuse("ciphers", describeSuite(suite), "does not speak it");
    }
  }
  checkVersions(configuration, capabilities, refuse);
  if (role === "client" && configuration.certificateChain.length > 1) {
    refuse(
      "certificateChain",
      `of ${configuration.certificateChain.length} chains`,
      "takes one on a client",
    );
  }
  if (
    configuration.verifyPeer !== null && !configuration.validateCertificates
  ) {
    refuse(
      "verifyPeer",
      "with validateCertificates false",
      "has no validated path to give to it",
    );
  }
  if (role === "server") {
    checkClientAuthentication(configuration, capabilities, refuse);
  }
  return configuration;
}

/**
 * The fields of another copy's TLSConfiguration. A newer one may have more: where
 * one says nothing it is left out, else it is refused as any unknown field is.
 */
function known(given: ContextConfiguration): TLSConfigurationOptions {
  const foreign = typeof given === "object" && given !== null &&
    "update" in given && typeof given.update === "function" &&
    !Object.hasOwn(given, "update");
  if (!foreign) return given;
  const options: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(given)) {
    const ours = (CONFIGURATION_FIELDS as readonly string[]).includes(field);
    if (ours || !saysNothing(value)) options[field] = value;
  }
  return options;
}

function saysNothing(value: unknown): boolean {
  return value === null || value === false ||
    (Array.isArray(value) && value.length === 0);
}

function isDefault(
  configuration: TLSConfiguration,
  field: keyof TLSConfigurationOptions,
): boolean {
  const value = configuration[field];
  if (Array.isArray(value)) return value.length === 0;
  return value === DEFAULTS[field];
}

function describeSuite(suite: number): string {
  return cipherSuiteName(suite) ?? `0x${suite.toString(16).padStart(4, "0")}`;
}

/** A value for a message: never a key, never a callback's source. */
function describe(value: unknown): string {
  if (typeof value === "function") return "(a function)";
  if (Array.isArray(value)) return `(${value.length} of them)`;
  if (typeof value === "object" && value !== null) {
    return "description" in value ? `"${String(value.description)}"` : "(set)";
  }
  return String(value);
}

type Refuse = (
  field: keyof TLSConfigurationOptions,
  value: string,
  reason: string,
) => never;

/**
 * The permitted range, met with what the backend speaks, must leave something;
 * and a bound that takes something away must be one that it can enforce.
 */
function checkVersions(
  configuration: TLSConfiguration,
  capabilities: Capabilities,
  refuse: Refuse,
): void {
  const spoken = [...capabilities.versions].sort(compareVersions);
  const lowest = resolve(configuration.lowestSupportedVersion, spoken);
  const highest = resolve(configuration.highestSupportedVersion, spoken);
  const left = spoken.filter((version) =>
    compareVersions(version, lowest) >= 0 &&
    compareVersions(version, highest) <= 0
  );
  if (left.length === spoken.length && left.length > 0) return;
  const above = compareVersions(lowest, spoken[0] ?? lowest) > 0;
  const field = above ? "lowestSupportedVersion" : "highestSupportedVersion";
  if (left.length === 0) {
    refuse(field, configuration[field], `speaks only ${spoken.join(", ")}`);
  }
  if (!capabilities.chooseVersions) {
    refuse(field, configuration[field], "cannot choose versions");
  }
}

function resolve(
  version: TLSVersion,
  spoken: readonly TLSVersion[],
): TLSVersion {
  const { MINIMUM_SUPPORTED, MAXIMUM_SUPPORTED, TLSv1_2 } = TLSVersion;
  if (version === MAXIMUM_SUPPORTED) return spoken.at(-1) ?? TLSv1_2;
  if (version !== MINIMUM_SUPPORTED) return version;
  // "TLS 1.0 MUST NOT be used", nor 1.1 (RFC 8996, sections 4 and 5), unless
  // they are asked for by name.
  return spoken.find((one) => compareVersions(one, TLSv1_2) >= 0) ?? TLSv1_2;
}

function checkClientAuthentication(
  configuration: TLSConfiguration,
  capabilities: Capabilities,
  refuse: Refuse,
): void {
  const { clientAuthentication, trustStore } = configuration;
  if (clientAuthentication !== "none" && !capabilities.clientAuthentication) {
    refuse(
      "clientAuthentication",
      clientAuthentication,
      "cannot ask for a client's certificate",
    );
  }
  if (clientAuthentication !== "none" && trustStore === null) {
    refuse(
      "clientAuthentication",
      clientAuthentication,
      "needs a trustStore to judge a client's certificate by",
    );
  }
  if (clientAuthentication === "none" && trustStore !== null) {
    refuse(
      "clientAuthentication",
      "none",
      "would never look into the trustStore that is set",
    );
  }
}
