import * as client from "openid-client";
import { expect } from "vitest";

export interface OpenidWorld {
  /** Of the gateway. */
  readonly issuer: string;
  /** How the client asks the gateway. */
  readonly fetch: client.CustomFetch;
  /** A customer logs in at the page. @returns the URL that the browser opens at the end */
  signIn(url: URL): Promise<URL>;
  /** The signed-in browser opens a URL. @returns the address that the answer leads to */
  visit(url: URL): Promise<URL>;
}

const REDIRECT = "https://shop.example/cb";
const BYE = "https://shop.example/bye";

/** openid-client as the shop: discovery, login over the page, userinfo, refresh, log-out. */
export async function shopWithOpenidClient(world: OpenidWorld): Promise<void> {
  const options = {
    [client.customFetch]: world.fetch,
    execute: world.issuer.startsWith("https:") ? [] : [client.allowInsecureRequests],
  };
  const server = new URL(world.issuer);
  const config = await client.discovery(server, "shop", undefined, client.None(), options);

  const pkceCodeVerifier = client.randomPKCECodeVerifier();
  const expectedState = client.randomState();
  const expectedNonce = client.randomNonce();
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: REDIRECT,
    scope: "openid profile phone",
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: "S256",
    state: expectedState,
    nonce: expectedNonce,
  });
  const back = await world.signIn(url);

  const checks = { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true };
  const tokens = await client.authorizationCodeGrant(config, back, checks);
  const { sub } = tokens.claims() ?? { sub: "" };
  const person = await client.fetchUserInfo(config, tokens.access_token, sub);
  expect(person).toMatchObject({ sub, phone_number_verified: true });
  expect(tokens.claims()).toMatchObject({ ...person, nonce: expectedNonce, aud: "shop" });

  const next = await client.refreshTokenGrant(config, tokens.refresh_token ?? "");
  expect(next.claims()?.sub).toBe(sub);

  const out = client.buildEndSessionUrl(config, {
    id_token_hint: next.id_token ?? "",
    post_logout_redirect_uri: BYE,
    state: expectedState,
  });
  expect((await world.visit(out)).href).toBe(`${BYE}?state=${expectedState}`);

  const gone = client.refreshTokenGrant(config, next.refresh_token ?? "");
  await expect(gone).rejects.toMatchObject({ error: "invalid_grant" });
  await expect(client.fetchUserInfo(config, next.access_token, sub)).rejects.toThrow();
  await expectMixUp(config, back, checks);
}

/** An answer that another issuer sent, and one whose code was used, are refused. */
async function expectMixUp(
  config: client.Configuration,
  back: URL,
  checks: client.AuthorizationCodeGrantChecks,
): Promise<void> {
  const mixed = new URL(back);
  mixed.searchParams.set("iss", "https://evil.example");
  await expect(client.authorizationCodeGrant(config, mixed, checks)).rejects.toMatchObject({
    code: "OAUTH_INVALID_RESPONSE",
    cause: { message: expect.stringContaining("iss") },
  });
  const again = client.authorizationCodeGrant(config, back, checks);
  await expect(again).rejects.toMatchObject({ error: "invalid_grant" });
}
