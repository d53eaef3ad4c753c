/**
 * Runs path validation to its end, answering its requests with node:crypto.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import {
  constants,
  createHash,
  createPublicKey,
  type KeyObject,
  verify,
  type VerifyKeyObjectInput,
} from "node:crypto";
import { p521 } from "npm:@noble/curves@2.4.0/nist.js";
import {
  type PathOptions,
  type ValidatedPath,
  validatePath,
  type VerifyRequest,
} from "../../../../backends/pure/engine/x509/path.ts";
import { PathError } from "../../../../backends/pure/engine/x509/path_error.ts";

/** Answers one request. False for whatever node:crypto refuses. */
export function answer(request: VerifyRequest): boolean {
  const { algorithm, spki, message, signature } = request;
  try {
    if (algorithm.kind === "ecdsa" && algorithm.curve === "P-521") {
      // Deno's node:crypto verifies no P-521.
      return p521.verify(
        signature,
        createHash(algorithm.hash).update(message).digest(),
        // The point is what ends the SubjectPublicKeyInfo.
        spki.subarray(spki.length - 133),
        { prehash: false, lowS: false, format: "der" },
      );
    }
    const key: KeyObject = createPublicKey({
      key: Buffer.from(spki),
      format: "der",
      type: "spki",
    });
    const input: VerifyKeyObjectInput = { key };
    if (algorithm.kind === "rsa-pss") {
      input.padding = constants.RSA_PKCS1_PSS_PADDING;
      input.saltLength = algorithm.saltLength;
    }
    return verify(
      algorithm.kind === "ed25519" ? null : algorithm.hash,
      message,
      input,
      signature,
    );
  } catch {
    return false;
  }
}

/** Validates; throws {@linkcode PathError}. Counts the requests. */
export function validate(
  options: PathOptions,
): { readonly path: ValidatedPath; readonly signatures: number } {
  const run = validatePath(options);
  let signatures = 0;
  let step = run.next();
  while (!step.done) {
    signatures++;
    step = run.next(answer(step.value));
  }
  return { path: step.value, signatures };
}

/** The error of a validation that must fail; anything but a PathError is thrown. */
export function failure(options: PathOptions): PathError | null {
  try {
    validate(options);
    return null;
  } catch (error) {
    if (error instanceof PathError) return error;
    throw error;
  }
}
