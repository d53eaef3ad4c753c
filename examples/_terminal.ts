/**
 * Words for a terminal: colour where there is one, and nothing from the network
 * that could drive it.
 *
 * @module
 */

/** Decorates text, or leaves it alone. */
export interface Style {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly green: (text: string) => string;
}

const plain = (text: string): string => text;

function escape(code: number, reset: number): (text: string) => string {
  return (text) => `\x1b[${code}m${text}\x1b[${reset}m`;
}

/** No decoration. */
export const PLAIN: Style = { bold: plain, dim: plain, green: plain };

const COLOUR: Style = {
  bold: escape(1, 22),
  dim: escape(2, 22),
  green: escape(32, 39),
};

/** Colour for stdout on a terminal, unless NO_COLOR is set; none elsewhere. */
export function styleOfStdout(): Style {
  return Deno.stdout.isTerminal() && !Deno.noColor ? COLOUR : PLAIN;
}

/** Control characters, and ones that turn the direction of writing. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** One line that a terminal shows as it is, whatever a peer put into it. */
export function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").replace(
    UNSAFE,
    (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`,
  ).trim();
}

/** Several lines that a terminal shows as they are. */
export function manyLines(text: string): string {
  return text.replace(
    UNSAFE,
    (character) =>
      character === "\n"
        ? character
        : `\\u{${character.codePointAt(0)!.toString(16)}}`,
  );
}

/** JSON that a terminal shows as it is, and that says the same. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(
    UNSAFE,
    (character) => character === "\n" ? "\n" : escapeUnits(character),
  );
}

/** JSON knows escapes of UTF-16 code units alone. */
function escapeUnits(character: string): string {
  return character.split("").map((unit) =>
    `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`
  ).join("");
}

/** Why a file cannot be read, without what was tried. */
export function fileFault(error: Error): string {
  return error instanceof Deno.errors.NotFound
    ? "there is no such file"
    : error.message;
}
