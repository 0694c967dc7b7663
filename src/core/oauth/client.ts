import { matchesRedirect, type RedirectUri } from "./redirect-uri.ts";

/** The algorithms of ID tokens; the first is the default of OpenID Connect. */
export const ID_TOKEN_ALGORITHMS = ["RS256", "ES256"] as const;

export type IdTokenAlgorithm = (typeof ID_TOKEN_ALGORITHMS)[number];

/** A client of OAUTH_CLIENTS. It is public: it holds no secret, and PKCE protects its codes. */
export interface OAuthClient {
  /** `client_id` of RFC 7591. */
  readonly clientId: string;
  /** `client_name`, which customers read. */
  readonly name: string;
  readonly redirectUris: readonly RedirectUri[];
  /** The scopes that it may be granted. */
  readonly scope: readonly string[];
  /** `id_token_signed_response_alg` of OpenID Connect Registration. */
  readonly idTokenAlg: IdTokenAlgorithm;
}

/** The scopes that this gateway can grant. */
export const SCOPES: readonly string[] = ["openid", "profile", "phone", "offline_access"];

export const findClient = (
  clients: readonly OAuthClient[],
  clientId: string,
): OAuthClient | undefined => clients.find((client) => client.clientId === clientId);

/** The registered redirect URI that matches the request's, or undefined. */
export const registeredRedirect = (
  { redirectUris }: OAuthClient,
  shown: string,
): RedirectUri | undefined => redirectUris.find((redirect) => matchesRedirect(redirect, shown));

/** The clients that may ask for ID tokens. */
export const openidClients = (clients: readonly OAuthClient[]): readonly OAuthClient[] =>
  clients.filter(({ scope }) => scope.includes("openid"));
