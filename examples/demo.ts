/**
 * Servers and clients of every backend in one process, with a certificate minted
 * on the spot: `deno task demo`.
 *
 * Permissions: `--allow-net=127.0.0.1`.
 *
 * @module
 */
import {
  type Backend,
  TLSError,
  type TLSListener,
  type TLSWrappedSocket,
} from "../mod.ts";
import { BACKEND_NAMES, loadBackend, type LoadedBackend } from "./_backends.ts";
import { Authority, type Identity } from "./_certificates.ts";
import { inspect, InspectError, type Report } from "./_inspect.ts";
import { oneLine, type Style, styleOfStdout } from "./_terminal.ts";

const HOST = "127.0.0.1";
const NAME = "localhost";
const PROTOCOL = "shout";
const LINE = "hello, world";

/** The next line, without its end; what comes behind it is not awaited. */
async function readLine(socket: TLSWrappedSocket): Promise<string> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(1024);
  let text = "";
  while (!text.includes("\n")) {
    const n = await socket.read(buffer);
    if (n === null) break;
    text += decoder.decode(buffer.subarray(0, n), { stream: true });
  }
  return text.split("\n", 1)[0]!;
}

async function writeLine(
  socket: TLSWrappedSocket,
  line: string,
): Promise<void> {
  await socket.write(new TextEncoder().encode(`${line}\n`));
}

function listen(backend: Backend, identity: Identity): TLSListener {
  const context = new backend.serverContext!({
    certificateChain: {
      leaf: backend.certificate.fromBuffer(identity.certificate),
      intermediates: [],
      privateKey: backend.privateKey.fromBuffer(identity.privateKey),
    },
    innerProtocols: [PROTOCOL],
  });
  return context.listen({ hostname: HOST, port: 0 });
}

/** Answers one line of one client in capitals. */
async function shoutOnce(listener: TLSListener): Promise<void> {
  await using socket = await listener.accept();
  await writeLine(socket, (await readLine(socket)).toUpperCase());
}

/** What all connections of the demonstration share. */
interface Scene {
  readonly authority: Authority;
  readonly identity: Identity;
}

/** What came of a client of one backend and a server of the same or another. */
interface Outcome {
  readonly client: string;
  readonly server: string;
  /** What the client knows of the connection. */
  readonly report: Report;
  /** What the server answered. */
  readonly answer: string;
}

async function converse(
  client: LoadedBackend,
  server: Backend,
  { authority, identity }: Scene,
): Promise<Outcome> {
  using listener = listen(server, identity);
  const served = shoutOnce(listener);
  const asked = (async () => {
    await using inspection = await inspect(client.backend, {
      hostname: HOST,
      port: listener.addr.port,
      serverName: NAME,
      alpn: [PROTOCOL],
      // Nothing else is trusted, where the backend can do that.
      ca: authority.certificate,
      details: client.details,
    });
    await writeLine(inspection.socket, LINE);
    return {
      client: client.backend.name,
      server: server.name,
      report: inspection.report,
      answer: await readLine(inspection.socket),
    };
  })();
  // A client that fails must not leave the server waiting for one.
  asked.catch(() => listener.close());
  const [outcome] = await Promise.all([asked, served]);
  return outcome;
}

/** The reports of several backends side by side. */
function table(reports: readonly Report[], style: Style): string {
  const rows: [string, (report: Report) => string | null][] = [
    ["backend", ({ backend }) => backend],
    ["version", ({ version }) => version],
    ["cipher suite", ({ cipher }) => cipher],
    ["group", ({ group }) => group],
    ["signature", ({ signatureScheme }) => signatureScheme],
    ["protocol", ({ protocol }) => protocol],
    ["certificate", (report) => report.certificates?.[0]?.subject ?? null],
    ["trust anchor", (report) => report.certificates?.at(-1)?.subject ?? null],
  ];
  const cells = rows.map(([label, value]) => [
    label,
    ...reports.map((report) => oneLine(value(report) ?? "does not tell")),
  ]);
  const widths = cells[0]!.map((_, column) =>
    Math.max(...cells.map((row) => row[column]!.length))
  );
  return cells.map((row) => {
    const [label, ...values] = row.map((cell, i) => cell.padEnd(widths[i]!));
    return `  ${style.dim(label!)}  ${values.join("  ").trimEnd()}`;
  }).join("\n");
}

async function main(): Promise<void> {
  const style = styleOfStdout();
  const authority = await Authority.create("Demo authority");
  const identity = await authority.issue({ names: [NAME] });
  console.log(
    `${style.bold("TLS through one API.")} Minted a certificate for ${NAME}.`,
  );
  const backends = await Promise.all(BACKEND_NAMES.map(loadBackend));
  const outcomes: Outcome[] = [];
  for (const client of backends) {
    for (const { backend } of backends) {
      outcomes.push(await converse(client, backend, { authority, identity }));
    }
  }
  const own = outcomes.filter(({ client, server }) => client === server);
  console.log(`\nWhat each backend's client tells of its own server:\n`);
  console.log(table(own.map(({ report }) => report), style));
  console.log(`\nEvery client says "${LINE}" to every server:\n`);
  for (const { client, server, answer } of outcomes) {
    console.log(
      `  ${style.dim(`${client} client, ${server} server`)}  ${
        style.green(oneLine(answer))
      }`,
    );
  }
  console.log(
    "\nAll closed. Now a real one: deno task inspect example.com:443",
  );
}

if (import.meta.main) {
  try {
    await main();
  } catch (error) {
    if (!TLSError.is(error) && !(error instanceof InspectError)) throw error;
    console.error(oneLine(error.message));
    Deno.exit(1);
  }
}
