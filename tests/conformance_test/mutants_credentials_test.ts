import { denoBackend } from "../../backends/deno/mod.ts";
import {
  type Backend,
  type ClientContext,
  TLSConfiguration,
  TLSError,
  type TLSListener,
} from "../../mod.ts";
import {
  derive,
  type Mutant,
  override,
  testMutants,
  widened,
  without,
} from "./_mutant.ts";
import { makeReference } from "./reference/backend.ts";

const deno = denoBackend;
const reference = makeReference();

/** Every root that was ever trusted. */
const everTrusted = new Set<string>();

const TRUST: readonly Mutant[] = [
  {
    fault: "turns its exclusive stores into additions",
    rule: "rule 1, trustStore",
    backend: derive(deno, { backend: widened }),
  },
  {
    fault: "ignores the roots that are added",
    rule: "rule 1, trustStore",
    backend: derive(deno, {
      backend: ({ trustStore }) => ({
        trustStore: {
          ...trustStore,
          platform: () => trustStore.platform(),
        },
      }),
    }),
  },
  {
    fault: "remembers the roots of other contexts",
    rule: "rule 1, trustStore",
    backend: derive(deno, {
      backend: ({ trustStore }) => ({
        trustStore: {
          ...trustStore,
          platform: ({ additional = [] } = {}) => {
            for (const one of additional) everTrusted.add(String(one));
            return trustStore.platform({
              additional: [...everTrusted].filter((one) =>
                one.includes("BEGIN")
              ),
            });
          },
        },
      }),
    }),
  },
  {
    fault: "checks no name",
    rule: "certificates, name",
    backend: derive(deno, {
      client: (context) => ({
        connect: (options: Parameters<ClientContext["connect"]>[0]) =>
          context.connect({ ...options, serverHostname: null }),
        wrapSocket: (stream: Deno.TcpConn) => context.wrapSocket(stream, null),
      }),
    }),
  },
  {
    fault: "checks the hostname in place of the serverHostname",
    rule: "connect()",
    backend: derive(deno, {
      client: (context) => ({
        connect: ({ serverHostname: _, ...options }: Parameters<
          ClientContext["connect"]
        >[0]) => context.connect(options),
      }),
    }),
  },
  {
    fault: "validates nothing where the name is opted out of",
    rule: "serverHostname",
    backend: derive(reference, {
      client: (context) => ({
        connect: (options: Parameters<ClientContext["connect"]>[0]) =>
          options.serverHostname === null
            ? new reference.clientContext!({ validateCertificates: false })
              .connect(options)
            : context.connect(options),
      }),
    }),
  },
];

const environment = () => void Deno.env.get("SSLKEYLOGFILE");

const REST: readonly Mutant[] = [
  {
    fault: "has no name",
    rule: "name",
    backend: { ...deno, name: "" },
  },
  {
    fault: "shows another configuration than it was given",
    rule: "context.configuration",
    backend: derive(deno, {
      client: () => ({ configuration: new TLSConfiguration() }),
    }),
  },
  {
    fault: "leaves a trace in the globals",
    rule: "rule 2, making a context",
    backend: derive(deno, {
      construct: () => {
        (globalThis as Record<string, unknown>).lastContext = Math.random();
      },
    }),
  },
  {
    fault: "reads the environment",
    rule: "rule 8, environment variables",
    backend: derive(deno, { construct: environment }),
  },
  {
    fault: "shows its private keys",
    rule: "rule 8, a private key",
    backend: derive(reference, {
      backend: ({ privateKey }) => ({
        privateKey: {
          ...privateKey,
          fromBuffer: (buffer: string | Uint8Array) => ({
            ...privateKey.fromBuffer(buffer),
            pem: buffer,
          }),
        },
      }),
    }),
  },
  {
    fault: "quotes a private key in an error",
    rule: "rule 8, a private key",
    backend: derive(reference, {
      backend: ({ privateKey }) => ({
        privateKey: {
          ...privateKey,
          fromBuffer: (buffer: string | Uint8Array) => {
            try {
              return privateKey.fromBuffer(buffer);
            } catch {
              throw new TLSError("configuration", `Cannot read ${buffer}`);
            }
          },
        },
      }),
    }),
  },
  {
    fault: "takes two certificates for one",
    rule: "certificate.fromBuffer()",
    backend: derive(reference, {
      backend: ({ certificate }) => ({
        certificate: {
          ...certificate,
          fromBuffer: (buffer: string | Uint8Array) =>
            certificate.fromBuffer(
              typeof buffer === "string"
                ? buffer.replace(/(END CERTIFICATE-----\n)[^]*/, "$1")
                : buffer,
            ),
        },
      }),
    }),
  },
  {
    fault: "hands out its own bytes",
    rule: "certificate.der",
    backend: derive(reference, {
      backend: ({ certificate }) => ({
        certificate: {
          ...certificate,
          fromBuffer: (buffer: string | Uint8Array) => ({
            der: certificate.fromBuffer(buffer).der,
          }),
        },
      }),
    }),
  },
  {
    fault: "asks for passwords that it does not need",
    rule: "privateKey.fromBuffer()",
    backend: derive(reference, {
      backend: ({ privateKey }) => ({
        privateKey: {
          ...privateKey,
          fromBuffer: (
            buffer: string | Uint8Array,
            options?: { password?: unknown },
          ) => {
            if (typeof options?.password === "function") options.password();
            return privateKey.fromBuffer(buffer, options as never);
          },
        },
      }),
    }),
  },
  {
    fault: "ignores passwords",
    rule: "privateKey.fromBuffer()",
    backend: derive(reference, {
      backend: ({ privateKey }) => ({
        privateKey: {
          ...privateKey,
          fromBuffer: (
            buffer: string | Uint8Array,
            options?: { password?: unknown },
          ) =>
            privateKey.fromBuffer(
              buffer,
              options === undefined ? {} : { password: "correct horse" },
            ),
        },
      }),
    }),
  },
  {
    fault: "takes another backend's trust stores for its default",
    rule: "credentials",
    backend: derive(reference, {
      configuration: (given, role) =>
        given.trustStore?.description === "forged" && role === "client"
          ? without("trustStore")(given)
          : given,
    }),
  },
  {
    fault: "listens without a certificate",
    rule: "certificateChain",
    backend: derive(deno, {
      server: () => ({
        listen: () => override({} as TLSListener, { close: () => {} }),
      }),
      construct: () => {},
      backend: () => ({
        serverContext: function () {
          return {
            listen: () => ({ close: () => {} }),
          };
        } as unknown as Backend["serverContext"],
      }),
    }),
  },
];

testMutants([...TRUST, ...REST]);
