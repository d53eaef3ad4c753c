/**
 * Answers the engine's requests: now where that can be done now, later where it
 * cannot. What the engine may not touch lives here: entropy, time, promises.
 *
 * @module
 */
import type { AnyState, Connection } from "./engine/connection.ts";
import type { Awaitable, CryptoProvider } from "./engine/crypto/provider.ts";
import type { Request, Requests, RequestType } from "./engine/requests.ts";

/** How the application's questions are answered. */
export interface Policies {
  /** Throws to refuse a validated path. */
  acceptPeer(path: readonly Uint8Array[]): Awaitable<void>;
  /** The settings for the name that a client asks for. */
  selectServer(
    serverName: string | null,
  ): Awaitable<Requests["selectServer"]["answer"]>;
}

type Answer = Requests[RequestType]["answer"];

/**
 * Whether an answer is still to come. The application's promises need not be the
 * platform's: one that was taken for the answer itself would accept a peer that
 * it goes on to refuse.
 */
function isPending(answer: unknown): answer is PromiseLike<Answer> {
  return typeof answer === "object" && answer !== null && "then" in answer &&
    typeof answer.then === "function";
}

/** That nothing was thrown; what the application gives is its own. */
function accepted(given: unknown): Awaitable<void> {
  if (isPending(given)) return Promise.resolve(given).then(() => {});
}

function answerOf(
  request: Request,
  provider: CryptoProvider,
  policies: Policies,
): Awaitable<Answer> {
  switch (request.type) {
    case "generateKeyShare":
      return provider.generateKeyShare(request.group);
    case "deriveShared":
      return request.share.derive(request.peer);
    case "respondKeyShare":
      return provider.respondKeyShare(request.group, request.peer);
    case "sign":
      return request.key.sign(request.algorithm, request.message);
    case "credentials":
      return request.loading;
    case "verify":
      return provider.verify(
        request.algorithm,
        request.spki,
        request.message,
        request.signature,
      );
    case "acceptPeer":
      return accepted(policies.acceptPeer(request.path));
    case "selectServer":
      return policies.selectServer(request.serverName);
  }
}

/**
 * Answers what the connection asks, one request after the other. Returns `null`
 * when nothing is asked any more, or a promise where an answer takes time: it
 * settles when calling again is worth while, and never rejects.
 */
export function drive<S extends AnyState>(
  connection: Connection<S>,
  provider: CryptoProvider,
  policies: Policies,
): Promise<void> | null {
  let request = connection.request;
  while (request !== null) {
    const current = request;
    try {
      const answer = answerOf(current, provider, policies);
      if (isPending(answer)) {
        return Promise.resolve(answer).then(
          (value) => connection.answer(current, value),
          (error) => connection.reject(current, error),
        );
      }
      connection.answer(current, answer);
    } catch (error) {
      connection.reject(current, error);
    }
    request = connection.request;
  }
  return null;
}
