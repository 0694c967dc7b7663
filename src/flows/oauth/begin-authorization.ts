import {
  type AskedAuthorization,
  type AuthorizationRefusal,
  readAuthorizationRequest,
} from "../../core/oauth/authorization-request.ts";
import { ok, type Result } from "../../core/result.ts";
import type { Gateway } from "../gateway.ts";
import { type PendingAuthorization, sealAuthorization } from "./pending-authorization.ts";

type BegunAuthorization = PendingAuthorization &
  Pick<AskedAuthorization, "isSilent" | "loginHint" | "uiLocales">;

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
  const { isSilent, loginHint, uiLocales } = request.value;
  const pending = await sealAuthorization(gateway, request.value);
  return ok({ ...pending, isSilent, loginHint, uiLocales });
}
