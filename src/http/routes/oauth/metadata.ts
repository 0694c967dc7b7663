import {
  AUTH_METHODS,
  ID_TOKEN_ALGORITHMS,
  type OAuthClient,
  openidClients,
  SCOPES,
} from "../../../core/oauth/client.ts";
import type { Gateway } from "../../../flows/gateway.ts";
import type { Site } from "../../route.ts";
import { GRANT_TYPES } from "./token-grants.ts";

/** RFC 8414 metadata: only what exists. */
export function metadataOf({ rules }: Pick<Gateway, "rules">, { issuer, publicUrl }: Site) {
  const { clients } = rules.oauth;
  const always = {
    issuer,
    token_endpoint: `${publicUrl}/auth/token`,
    jwks_uri: `${publicUrl}/.well-known/jwks.json`,
    revocation_endpoint: `${publicUrl}/auth/revoke`,
    token_endpoint_auth_methods_supported: methodsOf(clients),
    revocation_endpoint_auth_methods_supported: methodsOf(clients),
  };
  if (clients.length === 0) {
    return { ...always, response_types_supported: [], grant_types_supported: ["refresh_token"] };
  }
  const secret = methodsOf(clients).filter((method) => method !== "none");
  const introspection = {
    introspection_endpoint: `${publicUrl}/auth/introspect`,
    introspection_endpoint_auth_methods_supported: secret,
  };
  return {
    ...always,
    ...(secret.length === 0 ? {} : introspection),
    authorization_endpoint: `${publicUrl}/auth/authorize`,
    response_types_supported: ["code"],
    response_modes_supported: ["query"],
    grant_types_supported: [...GRANT_TYPES],
    scopes_supported: [...SCOPES],
    code_challenge_methods_supported: ["S256"],
    authorization_response_iss_parameter_supported: true,
  };
}

/** Direct logins have no secret, so `none` is always there. */
const methodsOf = (clients: readonly OAuthClient[]): string[] =>
  AUTH_METHODS.filter(
    (method) => method === "none" || clients.some(({ authMethod }) => authMethod === method),
  );

/** OpenID Connect Discovery; null where no client may ask for an ID token. */
export function openidConfigurationOf(gateway: Pick<Gateway, "rules">, site: Site) {
  const clients = openidClients(gateway.rules.oauth.clients);
  if (clients.length === 0) return null;
  const { page, publicUrl } = site;
  return {
    ...metadataOf(gateway, site),
    userinfo_endpoint: `${publicUrl}/auth/userinfo`,
    end_session_endpoint: `${publicUrl}/auth/end-session`,
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ID_TOKEN_ALGORITHMS.filter((alg) =>
      clients.some(({ idTokenAlg }) => idTokenAlg === alg),
    ),
    claims_supported: CLAIMS,
    prompt_values_supported: ["none", "login", "consent", "select_account"],
    ui_locales_supported: [...page.languages],
    // Their default is true (Discovery section 3).
    request_uri_parameter_supported: false,
    request_parameter_supported: false,
    claims_parameter_supported: false,
  };
}

const CLAIMS = [
  ...["iss", "sub", "aud", "exp", "iat", "auth_time", "amr", "nonce", "at_hash", "sid"],
  ...["name", "phone_number", "phone_number_verified"],
];
