/**
 * The report's figures of P-384 verification.
 *
 * @module
 */
import { createHash, generateKeyPairSync, sign, verify } from "node:crypto";
import { verify as verifyByKernel } from "../../backends/pure/kernels/p384/mod.ts";
import { type Figure, interleave } from "./figure.ts";

/** Calls before the figure: the optimising compiler is done by then. */
const WARM_UP_CALLS = 1000;

/** Measures verification; takes about 2 seconds. */
export async function* p384Figures(): AsyncGenerator<Figure> {
  const pair = generateKeyPairSync("ec", { namedCurve: "P-384" });
  const { x, y } = pair.publicKey.export({ format: "jwk" });
  const [px, py] = [x, y].map((text) =>
    Uint8Array.fromBase64(text as string, { alphabet: "base64url" })
  );
  const publicKey = new Uint8Array([4, ...px!, ...py!]);
  const native = {
    key: pair.publicKey,
    dsaEncoding: "ieee-p1363",
  } as const;
  // A TBSCertificate is about this long.
  const message = new Uint8Array(1000);
  const signature = new Uint8Array(sign("sha384", message, {
    key: pair.privateKey,
    dsaEncoding: "ieee-p1363",
  }));
  const expect = (valid: boolean) => {
    if (!valid) throw new Error("Cannot measure: the signature is wrong");
  };
  const run = () =>
    expect(verifyByKernel(
      publicKey,
      createHash("sha384").update(message).digest(),
      signature,
    ));
  for (let i = 0; i < WARM_UP_CALLS; i++) run();
  yield* await interleave([
    {
      name: "P-384 verify, kernel",
      run,
      ratioTo: "P-384 verify, node:crypto",
    },
    {
      name: "P-384 verify, node:crypto",
      run: () => expect(verify("sha384", message, native, signature)),
    },
  ]);
}

if (import.meta.main) {
  for await (const figure of p384Figures()) console.log(JSON.stringify(figure));
}
