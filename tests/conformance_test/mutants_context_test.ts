import { denoBackend } from "../../backends/deno/mod.ts";
import {
  type Backend,
  type Capabilities,
  checkConfiguration,
  type ClientContext,
  ConfigurationError,
  type TLSConfigurationOptions,
} from "../../mod.ts";
import {
  derive,
  type Mutant,
  testMutants,
  widened,
  without,
} from "./_mutant.ts";
import { makeReference } from "./reference/backend.ts";

const deno = denoBackend;
const reference = makeReference();

/** Every field that Deno's backend disclaims for both roles, and ignores here. */
const IGNORED = ([
  "validateCertificates",
  "groups",
  "signatureSchemes",
  "keyLog",
  "verifyPeer",
  "crls",
  "now",
  "sniCallback",
  "trustStore",
] as const).map((field): Mutant => ({
  fault: `accepts ${field} that it disclaims and ignores it`,
  rule: `rule 1, ${field}`,
  backend: derive(deno, {
    configuration: (given, role) => {
      if (field !== "trustStore") return without(field)(given);
      return role === "client"
        ? given
        : without("trustStore", "clientAuthentication")(given);
    },
  }),
}));

/** The same for what it would have to claim, and claims. */
const CLAIMED = ([
  ["ciphers", {
    chooseCiphers: true,
    ciphers: [0x1301, 0x1302, 0x1303, 0xc02b],
  }],
  ["lowestSupportedVersion, highestSupportedVersion", { chooseVersions: true }],
  ["validateCertificates", { disableValidation: true }],
  ["trustStore", { exclusiveTrustStore: true }],
] as const).map(([field, claim]): Mutant => ({
  fault: `claims ${field} and ignores it`,
  rule: `rule 1, ${field}`,
  backend: derive(deno, {
    capabilities: claim as Partial<Capabilities>,
    configuration: without(
      "ciphers",
      "lowestSupportedVersion",
      "highestSupportedVersion",
      "validateCertificates",
    ),
    backend: widened,
  }),
}));

const CHOOSES_VERSIONS: Capabilities = {
  ...deno.capabilities,
  chooseVersions: true,
};

/** Checks the bounds as one does who would obey them. */
const PRETENDING: readonly Mutant[] = [{
  fault: "claims version bounds, checks them, and ignores them",
  rule:
    "rule 1, lowestSupportedVersion, highestSupportedVersion: TLSv1.3 alone",
  backend: derive(deno, {
    capabilities: { chooseVersions: true },
    configuration: (given, role) => {
      checkConfiguration(given, {
        backend: deno.name,
        capabilities: CHOOSES_VERSIONS,
        role,
      });
      return without("lowestSupportedVersion", "highestSupportedVersion")(
        given,
      );
    },
  }),
}];

function rethrow(change: (error: ConfigurationError) => unknown) {
  return (context: ClientContext) => ({
    wrapBuffers: (name: string | null) => {
      try {
        return context.wrapBuffers(name);
      } catch (error) {
        throw change(error as ConfigurationError);
      }
    },
  });
}

/** Refuses as Deno's backend does, with something changed about the error. */
function refusing(change: (error: ConfigurationError) => unknown): Backend {
  const wrap = (role: "clientContext" | "serverContext") =>
    function (given: TLSConfigurationOptions) {
      try {
        return new deno[role]!(given);
      } catch (error) {
        throw change(error as ConfigurationError);
      }
    };
  return {
    ...deno,
    clientContext: wrap("clientContext") as unknown as Backend["clientContext"],
    serverContext: wrap("serverContext") as unknown as Backend["serverContext"],
  };
}

const capability = (
  fault: string,
  rule: string,
  capabilities: Partial<Capabilities>,
  base: Backend = deno,
): Mutant => ({ fault, rule, backend: derive(base, { capabilities }) });

const CAPABILITIES: readonly Mutant[] = [
  {
    fault: "has capabilities that can be changed",
    rule: "capabilities",
    backend: { ...deno, capabilities: { ...deno.capabilities } },
  },
  {
    fault: "has a list in its capabilities that can be changed",
    rule: "capabilities",
    backend: derive(deno, {
      capabilities: { versions: ["TLSv1.2", "TLSv1.3"] },
    }),
  },
  capability("lists versions out of order", "capabilities.versions", {
    versions: Object.freeze(["TLSv1.3", "TLSv1.2"] as const),
  }),
  capability("speaks TLS 1.1", "capabilities.versions", {
    versions: Object.freeze(["TLSv1.1", "TLSv1.2", "TLSv1.3"] as const),
  }),
  capability("claims a version too few", "capabilities.versions", {
    versions: Object.freeze(["TLSv1.3"] as const),
  }),
  capability("claims a version too many", "capabilities.versions", {
    versions: Object.freeze(["TLSv1.2", "TLSv1.3"] as const),
  }, reference),
  capability("claims a cipher too many", "capabilities.ciphers", {
    ciphers: Object.freeze([0x1301, 0x1302, 0x1303, 0x1304]),
  }, reference),
  capability("claims ciphers in another order", "capabilities.ciphers", {
    ciphers: Object.freeze([0x1303, 0x1302, 0x1301]),
  }, reference),
  capability("claims a fact that is none", "capabilities.facts", {
    facts: Object.freeze(["context", "weather" as never] as const),
  }),
  capability("claims fields against its capabilities", "capabilities.fields", {
    fields: Object.freeze({
      client: Object.freeze(["trustStore", "ciphers"] as const),
      server: Object.freeze(["certificateChain"] as const),
    }),
  }),
  {
    fault: "has no server context and says it has",
    rule: "capabilities.client, capabilities.server",
    backend: { ...deno, serverContext: null },
  },
  capability(
    "has a server context and says it has none",
    "capabilities.client, capabilities.server",
    { server: false },
  ),
  capability("claims cipher(), which is null", "facts", {
    facts: Object.freeze(["cipher", "negotiatedProtocol", "context"] as const),
  }),
  capability("knows a fact that it disclaims", "facts", {
    facts: Object.freeze(["context"] as const),
  }, reference),
  capability("claims buffers and refuses them", "wrapBuffers()", {
    buffers: true,
  }),
  capability("claims any stream and refuses it", "handshake", {
    anyStream: true,
  }),
  capability("claims unwrap and refuses it", "unwrap()", { unwrap: true }),
  capability("disclaims buffers and makes them", "capabilities.buffers", {
    buffers: false,
  }, reference),
  capability("disclaims any stream and takes it", "capabilities.anyStream", {
    anyStream: false,
  }, reference),
  capability(
    "disclaims a server's wrapSocket and has it",
    "capabilities.serverWrapSocket",
    { serverWrapSocket: false },
    reference,
  ),
  {
    ...capability("disclaims unwrap and does it", "capabilities.unwrap", {
      unwrap: false,
    }, reference),
    hangs: true,
  },
  capability("disclaims ciphers and takes them", "rule 1, ciphers", {
    chooseCiphers: false,
  }, reference),
  capability(
    "disclaims client authentication and takes it",
    "rule 1, clientAuthentication",
    { clientAuthentication: false },
    derive(reference, { configuration: without("clientAuthentication") }),
  ),
  capability(
    "disclaims exclusive stores and makes them",
    "rule 1, trustStore",
    {
      exclusiveTrustStore: false,
    },
    reference,
  ),
];

const REFUSALS: readonly Mutant[] = [
  {
    fault: "names no field in its refusals",
    rule: "rule 1, keyLog",
    backend: refusing((error) =>
      new ConfigurationError(error.message, {
        field: "",
        backend: error.backend,
      })
    ),
  },
  {
    fault: "names no backend in its refusals",
    rule: "rule 1, keyLog",
    backend: refusing((error) =>
      new ConfigurationError(error.message, {
        field: error.field,
        backend: null,
      })
    ),
  },
  {
    fault: "says in its refusals only that it refuses",
    rule: "rule 1, keyLog",
    backend: refusing((error) =>
      new ConfigurationError("Cannot go on: no", {
        field: error.field,
        backend: error.backend,
      })
    ),
  },
  {
    fault: "refuses without the value",
    rule: "rule 1, ciphers",
    backend: refusing((error) =>
      new ConfigurationError(`Cannot obey ${error.field}: ${error.backend}`, {
        field: error.field,
        backend: error.backend,
      })
    ),
  },
  {
    fault: "refuses with errors of no family",
    rule: "rule 1, keyLog",
    backend: refusing((error) => new TypeError(error.message)),
  },
  {
    fault: "refuses methods with errors of no family",
    rule: "capabilities.buffers",
    backend: derive(deno, {
      client: rethrow((error) => new TypeError(error.message)),
    }),
  },
  {
    fault: "refuses a method without the backend",
    rule: "capabilities.buffers",
    backend: derive(deno, {
      client: rethrow((error) =>
        new ConfigurationError(error.message, {
          field: error.field,
          backend: null,
        })
      ),
    }),
  },
  {
    fault: "refuses at the call what it should refuse at construction",
    rule: "rule 1, keyLog",
    backend: derive(deno, {
      configuration: without("keyLog", "trustStore"),
      client: () => ({
        connect: () =>
          Promise.reject(
            new ConfigurationError("Cannot obey keyLog: deno", {
              field: "keyLog",
              backend: "deno",
            }),
          ),
      }),
    }),
  },
  {
    fault: "accepts ciphers and ignores them",
    rule: "rule 1, ciphers",
    backend: derive(deno, { configuration: without("ciphers") }),
  },
  {
    fault: "accepts version bounds and ignores them",
    rule: "rule 1, lowestSupportedVersion, highestSupportedVersion",
    backend: derive(deno, {
      configuration: without(
        "lowestSupportedVersion",
        "highestSupportedVersion",
      ),
    }),
  },
  {
    fault: "accepts clientAuthentication and ignores it",
    rule: "rule 1, clientAuthentication",
    backend: derive(deno, {
      configuration: without("clientAuthentication", "trustStore"),
    }),
  },
  {
    fault: "takes the first of a client's chains",
    rule: "rule 1, certificateChain",
    backend: derive(deno, {
      configuration: (given) =>
        given.update({
          certificateChain: given.certificateChain.slice(0, 1),
        }),
    }),
  },
  {
    fault: "refuses a server's field on a client",
    rule: "rule 1, sniCallback, clientAuthentication",
    backend: derive(deno, {
      construct: (given, role) => {
        if (role === "client" && given.sniCallback) {
          throw new ConfigurationError("Cannot obey sniCallback: deno", {
            field: "sniCallback",
            backend: "deno",
          });
        }
      },
    }),
  },
  {
    fault: "takes verifyPeer without validation",
    rule: "rule 7, verifyPeer",
    backend: derive(reference, {
      configuration: (given) =>
        given.validateCertificates
          ? given
          : given.update({ verifyPeer: null }) &&
            without("verifyPeer")(given),
    }),
  },
  {
    fault: "drops a client certificate where it wraps a socket",
    rule: "rule 1, certificateChain",
    backend: derive(deno, {
      configuration: (given, role) =>
        role === "client" ? without("certificateChain")(given) : given,
    }),
  },
  {
    fault: "ignores fields that do not exist",
    rule: "rule 1, an unknown field",
    backend: derive(deno, {
      backend: () => ({
        clientContext: function (given: TLSConfigurationOptions) {
          const told: Record<string, unknown> = { ...given };
          delete told.cipherz;
          return new deno.clientContext!(told);
        } as unknown as Backend["clientContext"],
      }),
    }),
  },
];

testMutants([
  ...IGNORED,
  ...CLAIMED,
  ...PRETENDING,
  ...CAPABILITIES,
  ...REFUSALS,
]);
