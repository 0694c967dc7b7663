import * as oauth from "oauth4webapi";
import { describe, expect, test } from "vitest";
import { call, claimsOf } from "../../support/gateway/client.ts";
import {
  authorizeQuery,
  oauthGateway,
  pageCookie,
  pageLogin,
  SHOP_REDIRECT,
} from "../../support/gateway/oauth-client.ts";
import { me } from "../../support/gateway/shop-code.ts";
import { PUBLIC_URL } from "../../support/gateway/test-gateway.ts";

describe("oauth4webapi as the shop", () => {
  test("oauth4webapi as the shop discovers, authorises with PKCE, gets tokens and refreshes them", async () => {
    const gateway = await oauthGateway();
    const { cookie } = await pageLogin(gateway);
    const options = {
      [oauth.allowInsecureRequests]: true,
      [oauth.customFetch]: async (url: string, init: unknown) =>
        gateway.app.request(new Request(url, init as RequestInit)),
    };
    const issuer = new URL(PUBLIC_URL);
    const found = await oauth.discoveryRequest(issuer, { ...options, algorithm: "oauth2" });
    const server = await oauth.processDiscoveryResponse(issuer, found);
    const client: oauth.Client = { client_id: "shop" };
    const verifier = oauth.generateRandomCodeVerifier();
    const state = oauth.generateRandomState();
    const to = new URL(server.authorization_endpoint ?? "");
    const challenge = await oauth.calculatePKCECodeChallenge(verifier);
    to.search = authorizeQuery({ verifier, challenge }, { state }).toString();
    const answer = await gateway.app.request(to.href, { headers: pageCookie(cookie) });
    const back = new URL(answer.headers.get("location") ?? "");
    // Checks state, and the issuer because the metadata promise it.
    const parameters = oauth.validateAuthResponse(server, client, back, state);
    const tokens = await oauth.processAuthorizationCodeResponse(
      server,
      client,
      await oauth.authorizationCodeGrantRequest(
        ...([server, client, oauth.None(), parameters, SHOP_REDIRECT, verifier, options] as const),
      ),
    );
    expect(tokens).toMatchObject({
      token_type: "bearer",
      expires_in: 900,
      scope: "offline_access",
    });
    expect(claimsOf(tokens.access_token)).toMatchObject({
      client_id: "shop",
      customer_v2_id: "c-1",
    });
    const refreshed = await oauth.processRefreshTokenResponse(
      server,
      client,
      await oauth.refreshTokenGrantRequest(
        ...([server, client, oauth.None(), tokens.refresh_token ?? "", options] as const),
      ),
    );
    expect(claimsOf(refreshed.access_token).sid).toBe(claimsOf(tokens.access_token).sid);
    expect((await me(gateway, refreshed.access_token)).status).toBe(200);
  });

  test("oauth4webapi as the shop finds the code grant in the metadata", async () => {
    const { body } = await call(
      await oauthGateway(),
      "GET",
      "/.well-known/oauth-authorization-server",
    );
    expect(body).toMatchObject({
      authorization_endpoint: `${PUBLIC_URL}/auth/authorize`,
      response_types_supported: ["code"],
      response_modes_supported: ["query"],
      grant_types_supported: ["refresh_token", "authorization_code"],
      token_endpoint_auth_methods_supported: ["none"],
      code_challenge_methods_supported: ["S256"],
      authorization_response_iss_parameter_supported: true,
      scopes_supported: ["openid", "profile", "phone", "offline_access"],
    });
  });
});
