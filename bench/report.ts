/**
 * `deno task bench:report`: one JSON line for each figure, in under a minute.
 * Arguments name the parts to measure; without any, all are.
 *
 * @module
 */
import { aeadFigures } from "./report/aead.ts";
import type { Figure } from "./report/figure.ts";
import { handshakeFigures } from "./report/handshake.ts";
import { p256Figures } from "./report/p256.ts";
import { p384Figures } from "./report/p384.ts";
import {
  groupFigures,
  recordFigures,
  scheduleFigures,
  signatureFigures,
} from "./report/primitives.ts";
import { rsaFigures } from "./report/rsa.ts";
import { x509Figures } from "./report/x509.ts";

const PARTS: Readonly<Record<string, () => AsyncGenerator<Figure>>> = {
  aead: aeadFigures,
  record: recordFigures,
  schedule: scheduleFigures,
  group: groupFigures,
  signature: signatureFigures,
  p256: p256Figures,
  p384: p384Figures,
  rsa: rsaFigures,
  x509: x509Figures,
  handshake: handshakeFigures,
};

const chosen = Deno.args.length > 0 ? Deno.args : Object.keys(PARTS);
for (const name of chosen) {
  const part = PARTS[name];
  if (part === undefined) {
    throw new Error(
      `Cannot report ${name}: there are ${Object.keys(PARTS).join(", ")}`,
    );
  }
  for await (const figure of part()) {
    console.log(JSON.stringify(figure));
  }
}
