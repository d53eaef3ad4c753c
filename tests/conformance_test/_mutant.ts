/**
 * Backends that are broken in one way, and the check that the suite says so.
 *
 * @module
 */
import { assert } from "@std/assert";
import {
  type Backend,
  type Capabilities,
  type ClientContext,
  type ContextConfiguration,
  type ServerContext,
  TLSConfiguration,
  type TLSConfigurationOptions,
  type TLSListener,
  type TLSWrappedBuffer,
  type TLSWrappedSocket,
  type TrustStore,
} from "../../mod.ts";
import { casesOf } from "../conformance/_suite.ts";

/** How long a case may wait where a mutant makes it wait for ever. */
const HANG_MS = 300;
/** How long where it does not; the same case needs some milliseconds. */
const PATIENCE_MS = 4_000;

type Overrides<T> = { [K in keyof T]?: unknown };

/** `target` with some members replaced. */
export function override<T extends object>(
  target: T,
  members: Overrides<T>,
): T {
  return new Proxy(target, {
    get(target, name) {
      if (Object.hasOwn(members, name)) {
        return Reflect.get(members, name);
      }
      const value = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** What a mutant changes of a backend. */
export interface Changes {
  capabilities?: Partial<Capabilities>;
  /** What the backend is told in place of what the context was given. */
  configuration?: (
    given: TLSConfiguration,
    role: "client" | "server",
  ) => ContextConfiguration;
  socket?: (socket: TLSWrappedSocket) => Overrides<TLSWrappedSocket>;
  buffer?: (buffer: TLSWrappedBuffer) => Overrides<TLSWrappedBuffer>;
  listener?: (listener: TLSListener) => Overrides<TLSListener>;
  client?: (context: ClientContext) => Overrides<ClientContext>;
  server?: (context: ServerContext) => Overrides<ServerContext>;
  /** Looks on, and may throw, when a context is made. */
  construct?: (given: ContextConfiguration, role: "client" | "server") => void;
  backend?: (base: Backend) => Overrides<Backend>;
}

/** `base`, changed. */
export function derive(base: Backend, changes: Changes): Backend {
  const wrapSocket = (
    socket: TLSWrappedSocket,
    context: ClientContext | ServerContext,
  ): TLSWrappedSocket =>
    override(socket, { context, ...changes.socket?.(socket) });
  const wrapBuffer = (
    buffer: TLSWrappedBuffer,
    context: ClientContext | ServerContext,
  ): TLSWrappedBuffer =>
    override(buffer, { context, ...changes.buffer?.(buffer) });
  const configure = (
    given: ContextConfiguration,
    role: "client" | "server",
  ) => {
    changes.construct?.(given, role);
    const kept = given instanceof TLSConfiguration
      ? given
      : new TLSConfiguration(given);
    return { kept, told: changes.configuration?.(kept, role) ?? given };
  };

  function clientContext(given: ContextConfiguration): ClientContext {
    const { kept, told } = configure(given, "client");
    const inner = new base.clientContext!(told);
    const outer: ClientContext = override(inner, {
      configuration: changes.configuration === undefined
        ? inner.configuration
        : kept,
      wrapBuffers: (name: string | null) =>
        wrapBuffer(inner.wrapBuffers(name), outer),
      wrapSocket: (...args: Parameters<ClientContext["wrapSocket"]>) =>
        wrapSocket(inner.wrapSocket(...args), outer),
      connect: async (options: Parameters<ClientContext["connect"]>[0]) =>
        wrapSocket(await inner.connect(options), outer),
      ...changes.client?.(inner),
    });
    return outer;
  }

  function serverContext(given: ContextConfiguration): ServerContext {
    const { kept, told } = configure(given, "server");
    const inner = new base.serverContext!(told);
    const outer: ServerContext = override(inner, {
      configuration: changes.configuration === undefined
        ? inner.configuration
        : kept,
      wrapBuffers: () => wrapBuffer(inner.wrapBuffers(), outer),
      wrapSocket: (stream: Parameters<ServerContext["wrapSocket"]>[0]) =>
        wrapSocket(inner.wrapSocket(stream), outer),
      listen: (options: Parameters<ServerContext["listen"]>[0]) => {
        const listener = inner.listen(options);
        const accept = async () => wrapSocket(await listener.accept(), outer);
        return override(listener, {
          accept,
          [Symbol.asyncIterator]: async function* () {
            for await (const socket of listener) {
              yield wrapSocket(socket, outer);
            }
          },
          ...changes.listener?.(listener),
        });
      },
      ...changes.server?.(inner),
    });
    return outer;
  }

  return {
    ...base,
    capabilities: changes.capabilities === undefined
      ? base.capabilities
      : Object.freeze({ ...base.capabilities, ...changes.capabilities }),
    // A function that returns an object is a constructor too.
    clientContext: base.clientContext === null
      ? null
      : clientContext as unknown as Backend["clientContext"],
    serverContext: base.serverContext === null
      ? null
      : serverContext as unknown as Backend["serverContext"],
    ...changes.backend?.(base),
  } as Backend;
}

/** Forgets fields, so that a backend that would refuse them accepts them. */
export function without(
  ...fields: readonly (keyof TLSConfigurationOptions)[]
): (given: TLSConfiguration) => TLSConfigurationOptions {
  return (given) => {
    const told: Record<string, unknown> = {};
    for (
      const name of Object.keys(given) as (keyof TLSConfigurationOptions)[]
    ) {
      if (!fields.includes(name)) told[name] = given[name];
    }
    return told;
  };
}

/** Stores that should be exclusive but add to the platform's. */
export function widened({ trustStore }: Backend): Partial<Backend> {
  const widen = (buffer: Uint8Array | string): TrustStore =>
    trustStore.platform({ additional: [buffer] });
  return {
    trustStore: {
      ...trustStore,
      platform: (options) => trustStore.platform(options),
      system: () => trustStore.platform(),
      fromBuffer: widen,
      fromPemFile: async (path) => widen(await Deno.readTextFile(path)),
      fromPemFileSync: (path) => widen(Deno.readTextFileSync(path)),
    },
  };
}

/** A mutant and the rule or member that must be named when it is caught. */
export interface Mutant {
  /** What it does wrong. */
  readonly fault: string;
  /** How the name of a failing case must begin. */
  readonly rule: string;
  readonly backend: Backend;
  /** True where it makes operations wait for ever. */
  readonly hangs?: boolean;
}

/** Registers a test for each mutant: the suite catches it and names the rule. */
export function testMutants(mutants: readonly Mutant[]): void {
  for (const mutant of mutants) {
    Deno.test({
      name: `casesOf() names "${mutant.rule}" when a backend ${mutant.fault}`,
      // Mutants leave open what they are there to leave open.
      sanitizeOps: false,
      sanitizeResources: false,
      fn: () => assertCaught(mutant),
    });
  }
}

async function assertCaught(
  { backend, rule, hangs = false }: Mutant,
): Promise<void> {
  const cases = casesOf(backend, {
    deadline: hangs ? HANG_MS : PATIENCE_MS,
    connections: 8,
    largeTransfer: 200_000,
  }).filter(({ name, ignored }) => name.startsWith(rule) && ignored === null);
  assert(cases.length > 0, `no case judges ${rule}`);
  let late = false;
  for (const { run } of cases) {
    try {
      await run();
    } catch (error) {
      const isLate = /not done within/.test(String(error));
      if (!isLate || hangs) return;
      late = true;
    }
  }
  assert(
    !late,
    `a case of ${rule} waited for ever, which this mutant is not for`,
  );
  throw new Error(`the suite did not notice, with ${cases.length} cases`);
}
