/**
 * A program at the other end: what it reads on its standard input it sends, what
 * it receives it writes to its standard output.
 *
 * @module
 */
import { join as joinPath } from "../../deps/path.ts";
import { join } from "../../pure/engine/pair.ts";

/** Where a program is, or `null`. */
export function findProgram(
  name: string,
  more: readonly string[] = [],
): string | null {
  const directories = [...(Deno.env.get("PATH") ?? "").split(":"), ...more];
  for (const directory of directories) {
    if (directory === "") continue;
    const file = joinPath(directory, name);
    try {
      if (Deno.statSync(file).isFile) return file;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return null;
}

/** A running program; disposing of it ends it. */
export class Process implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #ended: Promise<unknown>;
  readonly #waiters = new Set<() => void>();
  #stdout: Uint8Array[] = [];
  #stderr: Uint8Array[] = [];
  #inputClosed = false;
  #over = false;

  /** Starts a program. */
  constructor(
    program: string,
    args: readonly string[],
    options: { readonly env?: Record<string, string> } = {},
  ) {
    this.#child = new Deno.Command(program, {
      args: [...args],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
      ...options,
    }).spawn();
    this.#input = this.#child.stdin.getWriter();
    const follow = async (
      stream: ReadableStream<Uint8Array>,
      parts: Uint8Array[],
    ) => {
      for await (const chunk of stream) {
        parts.push(chunk);
        this.#wake();
      }
    };
    this.#ended = Promise.all([
      follow(this.#child.stdout, this.#stdout),
      follow(this.#child.stderr, this.#stderr),
      this.#child.status,
    ]).finally(() => {
      this.#over = true;
      this.#wake();
    });
  }

  #wake(): void {
    for (const waiter of [...this.#waiters]) waiter();
    this.#waiters.clear();
  }

  /** What it has written to its standard output. */
  get output(): Uint8Array {
    return join(this.#stdout);
  }

  /** How many bytes that is. */
  get outputLength(): number {
    return this.#stdout.reduce((sum, part) => sum + part.length, 0);
  }

  /** All that it has written, as text. */
  get text(): string {
    return new TextDecoder().decode(join([...this.#stdout, ...this.#stderr]));
  }

  /** Throws where the program has ended. */
  check(): void {
    if (this.#over) {
      throw new Error(`Cannot go on: the program ended:\n${this.text}`);
    }
  }

  /** Resolves when `ready` holds; rejects when the program ends before. */
  async until(ready: () => boolean): Promise<void> {
    while (!ready()) {
      this.check();
      await new Promise<void>((resolve) => this.#waiters.add(resolve));
    }
  }

  /** Gives it something to send. */
  async send(data: Uint8Array | string): Promise<void> {
    await this.#input.write(
      typeof data === "string" ? new TextEncoder().encode(data) : data,
    );
  }

  /** Says that nothing more is to be sent. */
  async endInput(): Promise<void> {
    if (this.#inputClosed) return;
    this.#inputClosed = true;
    await this.#input.close().catch(() => {});
  }

  /** Resolves when it has ended by itself. */
  async ended(): Promise<void> {
    await this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.endInput();
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
    await this.#ended;
  }
}

/** A port of 127.0.0.1 that was free a moment ago. */
export function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  listener.close();
  return listener.addr.port;
}

/** How long to wait between two looks at a port, in milliseconds. */
const PROBE_INTERVAL_MS = 10;

/** Resolves when somebody listens at a port; the look itself is a connection. */
export async function untilListening(
  port: number,
  process: Process,
): Promise<void> {
  while (true) {
    process.check();
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port })).close();
      return;
    } catch (error) {
      if (!(error instanceof Deno.errors.ConnectionRefused)) throw error;
      await new Promise((resolve) => setTimeout(resolve, PROBE_INTERVAL_MS));
    }
  }
}
