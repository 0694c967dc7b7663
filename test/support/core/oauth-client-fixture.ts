import type { OAuthClient } from "../../../src/core/oauth/client.ts";

/** A public client of OAUTH_CLIENTS, as its entry is read. */
export const publicClient = (more: Partial<OAuthClient> = {}): OAuthClient => ({
  clientId: "shop",
  name: "The shop",
  redirectUris: [],
  scope: [],
  idTokenAlg: "RS256",
  authMethod: "none",
  secretHash: null,
  postLogoutRedirectUris: [],
  smsAppHash: null,
  ...more,
});
