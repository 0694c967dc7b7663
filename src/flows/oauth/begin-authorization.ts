import {
  type AuthorizationRefusal,
  readAuthorizationRequest,
} from "../../core/oauth/authorization-request.ts";
import { ok, type Result } from "../../core/result.ts";
import type { Gateway } from "../gateway.ts";
import { type PendingAuthorization, sealAuthorization } from "./pending-authorization.ts";

/**
 * Begins an authorization: a client sent a customer to the authorization endpoint. Nothing is stored.
 *
 * @param issuer `iss` of the response
 */
export async function beginAuthorization(
  gateway: Pick<Gateway, "keyring" | "rules" | "runtime">,
  issuer: string,
  query: URLSearchParams,
): Promise<Result<PendingAuthorization, AuthorizationRefusal>> {
  const request = readAuthorizationRequest(gateway.rules.oauth.clients, query, issuer);
  return request.ok ? ok(await sealAuthorization(gateway, request.value)) : request;
}
