/**
 * A server and a client in one process, with a certificate minted on the spot:
 * `deno task demo`.
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
import { BACKEND_NAMES, loadBackend } from "./_backends.ts";
import { Authority, type Identity } from "./_certificates.ts";
import { formatReport, inspect, InspectError } from "./_inspect.ts";
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

/** What every backend's demonstration shares. */
interface Scene {
  readonly authority: Authority;
  readonly identity: Identity;
  readonly style: Style;
}

/** A client of one backend asks a server of the same. */
async function demonstrate(backend: Backend, scene: Scene): Promise<void> {
  const { authority, identity, style } = scene;
  using listener = listen(backend, identity);
  const served = shoutOnce(listener);
  const asked = (async () => {
    await using inspection = await inspect(backend, {
      hostname: HOST,
      port: listener.addr.port,
      serverName: NAME,
      alpn: [PROTOCOL],
      ca: authority.certificate,
    });
    console.log(`\n${formatReport(inspection.report, style)}`);
    await writeLine(inspection.socket, LINE);
    console.log(`\n  client says   ${LINE}`);
    console.log(`  server says   ${await readLine(inspection.socket)}`);
  })();
  // A client that fails must not leave the server waiting for one.
  asked.catch(() => listener.close());
  await Promise.all([asked, served]);
}

async function main(): Promise<void> {
  const style = styleOfStdout();
  const authority = await Authority.create("Demo authority");
  const identity = await authority.issue({ names: [NAME] });
  console.log(
    `${style.bold("TLS through one API.")} Minted a certificate for ${NAME}.`,
  );
  for (const name of BACKEND_NAMES) {
    const backend = await loadBackend(name);
    await demonstrate(backend, { authority, identity, style });
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
