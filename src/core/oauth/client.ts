import { matchesRedirect, type RedirectUri } from "./redirect-uri.ts";

/** The algorithms of ID tokens; the first is the default of OpenID Connect. */
export const ID_TOKEN_ALGORITHMS = ["RS256", "ES256"] as const;

export type IdTokenAlgorithm = (typeof ID_TOKEN_ALGORITHMS)[number];

/** How a client shows at the token endpoint who it is (RFC 7591); `none`: it is public. */
export const AUTH_METHODS = ["none", "client_secret_basic", "client_secret_post"] as const;

export type AuthMethod = (typeof AUTH_METHODS)[number];

/** A client of OAUTH_CLIENTS. PKCE protects its codes, whether it has a secret or not. */
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
  readonly authMethod: AuthMethod;
  /** SHA-256 of the secret in base64url; null for a public client. */
  readonly secretHash: string | null;
  /** Where its customers may return after a log-out. */
  readonly postLogoutRedirectUris: readonly RedirectUri[];
  /** The hash by which Android's SMS Retriever knows the client's app; null: it has none. */
  readonly smsAppHash: string | null;
}

/** The scopes that this gateway can grant. */
export const SCOPES: readonly string[] = ["openid", "profile", "phone", "offline_access"];

export const findClient = (
  clients: readonly OAuthClient[],
  clientId: string,
): OAuthClient | undefined => clients.find((client) => client.clientId === clientId);

/** The origins of the pages of public clients: a page of another client keeps no tokens. */
export const pageOrigins = (clients: readonly OAuthClient[]): readonly string[] =>
  clients
    .filter(({ authMethod }) => authMethod === "none")
    .flatMap(({ redirectUris }) => redirectUris)
    .filter(({ kind }) => kind !== "private-use")
    .map(({ uri }) => new URL(uri).origin);

/** The registered redirect URI that matches the request's, or undefined. */
export const registeredRedirect = (
  { redirectUris }: OAuthClient,
  shown: string,
): RedirectUri | undefined => redirectUris.find((redirect) => matchesRedirect(redirect, shown));

/** The clients that may ask for ID tokens. */
export const openidClients = (clients: readonly OAuthClient[]): readonly OAuthClient[] =>
  clients.filter(({ scope }) => scope.includes("openid"));
