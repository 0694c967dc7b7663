import {
  type AskedAuthorization,
  type AuthorizationRefusal,
  readAuthorizationRequest,
} from "../../core/oauth/authorization-request.ts";
import { ok, type Result } from "../../core/result.ts";
import type { Gateway } from "../gateway.ts";
import type { PageSession } from "../sessions/page-session.ts";
import { openedHint, sealedHint } from "./hint-for-address.ts";
import { type PendingAuthorization, sealAuthorization } from "./pending-authorization.ts";

export type BegunAuthorization = PendingAuthorization &
  Pick<AskedAuthorization, "idTokenHint" | "isSilent" | "loginHint" | "uiLocales">;

/**
 * Begins an authorization: a client sent a customer to the authorization endpoint. Nothing is stored.
 *
 * @param issuer `iss` of the response
 */
export async function beginAuthorization(
  gateway: Pick<Gateway, "keyring" | "rules" | "runtime">,
  issuer: string,
  query: URLSearchParams,
): Promise<Result<BegunAuthorization, AuthorizationRefusal>> {
  const { rules, runtime } = gateway;
  const request = readAuthorizationRequest(rules.oauth.clients, query, issuer, runtime.now());
  if (!request.ok) return request;
  const { idTokenHint, isSilent, loginHint, uiLocales } = request.value;
  const pending = await sealAuthorization(gateway, request.value);
  return ok({ ...pending, idTokenHint, isSilent, loginHint, uiLocales });
}

/**
 * The authorization for a browser in which somebody is signed in. Where the client's ID token names
 * another person, or no one, that login does not count: the app of one customer of a family must not
 * get a code in the name of another (OpenID Connect Core section 3.1.2.1).
 */
export async function heedHint(
  gateway: HintPorts,
  begun: BegunAuthorization,
  { session }: Pick<PageSession, "session">,
): Promise<BegunAuthorization> {
  if (begun.idTokenHint === null) return begun;
  if ((await personIn(gateway, begun.idTokenHint)) === session.userId) return begun;
  const request = { ...begun, since: gateway.runtime.now() + 1 };
  return { ...begun, ...(await sealAuthorization(gateway, request)) };
}

type HintPorts = Pick<Gateway, "idTokens" | "keyring" | "runtime">;

/** The hint's person, without the ID token. A hint that names no one stays one. */
export async function hintForAddress(gateway: HintPorts, idToken: string): Promise<string> {
  const hint = await gateway.idTokens.readHint(idToken);
  return sealedHint(gateway, "id_token_hint", hint?.sub ?? "");
}

/** The user whom an ID token or the text of `hintForAddress` names; null: no one. */
async function personIn(gateway: HintPorts, hint: string): Promise<string | null> {
  const read = await gateway.idTokens.readHint(hint);
  return read?.sub ?? (await openedHint(gateway, "id_token_hint", hint));
}
