import { fail, ok, type Result } from "../result.ts";
import { withParameters } from "./authorization-response.ts";
import { findClient, type OAuthClient } from "./client.ts";
import { matchesRedirect } from "./redirect-uri.ts";

/** Parameters of a request to the end-session endpoint (RP-Initiated Logout section 2). */
export interface LogOutRequest {
  readonly client_id?: string | undefined;
  readonly post_logout_redirect_uri?: string | undefined;
  readonly state?: string | undefined;
}

/** A wrong parameter; `fault` is the end of a sentence that begins with its name. */
export interface LogOutRefusal {
  readonly parameter: "client_id" | "post_logout_redirect_uri";
  readonly fault: string;
}

const STATE = /^[\x20-\x7e]{1,900}$/;

/**
 * The customer's way back to the client after the log-out. The URI must be registered for the client
 * of the ID token, because every other redirect would make the gateway an open redirector.
 *
 * @param aud the client of the ID token
 * @returns null where the client names no URI: the login page follows
 */
export function returnAfterLogOut(
  clients: readonly OAuthClient[],
  aud: string,
  { client_id = aud, post_logout_redirect_uri: uri, state = "" }: LogOutRequest,
): Result<string | null, LogOutRefusal> {
  if (client_id !== aud) {
    return fail({ parameter: "client_id", fault: "must be the client of the ID token" });
  }
  if (uri === undefined) return ok(null);
  const registered = findClient(clients, aud)?.postLogoutRedirectUris ?? [];
  if (!registered.some((one) => matchesRedirect(one, uri))) {
    const fault = "must be one that is registered for the client, letter by letter";
    return fail({ parameter: "post_logout_redirect_uri", fault });
  }
  return ok(withParameters(uri, STATE.test(state) ? { state } : {}));
}

/**
 * The same for a request without an ID token, after the customer's click or without a session to
 * end. Only a request that names its client has a way back: by the URI alone no client could be
 * verified (RP-Initiated Logout section 3).
 */
export function returnWithoutHint(
  clients: readonly OAuthClient[],
  asked: LogOutRequest,
): Result<string | null, LogOutRefusal> {
  const { client_id } = asked;
  if (client_id === undefined) return ok(null);
  if (findClient(clients, client_id) === undefined) {
    return fail({ parameter: "client_id", fault: "must name a registered client" });
  }
  return returnAfterLogOut(clients, client_id, asked);
}
