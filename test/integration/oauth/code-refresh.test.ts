import { describe, expect, test } from "vitest";
import { claimsOf, logIn, refresh } from "../../support/gateway/client.ts";
import {
  codeFor,
  exchange,
  OAUTH_PHONE,
  oauthGateway,
  pkce,
} from "../../support/gateway/oauth-client.ts";
import { shopHasCode } from "../../support/gateway/shop-code.ts";
import { expectOauthError } from "../http/expect-problem.ts";

describe("the refresh token of a code", () => {
  test("the refresh token of a code works for its client alone, and for none that is not registered", async () => {
    const { code, gateway, proof } = await shopHasCode();
    const { refresh_token } = (await exchange(gateway, code, proof)).body;
    for (const more of [{ client_id: "other" }, { client_id: "doorstep" }, {}]) {
      const refused = await refresh(gateway, refresh_token, more);
      expectOauthError(refused, 400, "invalid_grant", "token-invalid");
    }
    const { body, status } = await refresh(gateway, refresh_token, { client_id: "shop" });
    expect(status).toBe(200);
    expect(body.scope).toBe("offline_access");
    expect(claimsOf(body.access_token).client_id).toBe("shop");
  });

  test("the refresh token of a code of a direct login does not work for a client of OAUTH_CLIENTS", async () => {
    const gateway = await oauthGateway();
    const { refresh_token } = (await logIn(gateway, OAUTH_PHONE)).body;
    const refused = await refresh(gateway, refresh_token, { client_id: "shop" });
    expectOauthError(refused, 400, "invalid_grant", "token-invalid");
  });

  test("the refresh token of a code works no longer once its client left OAUTH_CLIENTS", async () => {
    const { code, gateway, proof } = await shopHasCode();
    const { refresh_token } = (await exchange(gateway, code, proof)).body;
    const rules = { ...gateway.gateway.rules, oauth: { clients: [] } };
    Object.assign(gateway.gateway, { rules });
    const refused = await refresh(gateway, refresh_token, { client_id: "shop" });
    expectOauthError(refused, 400, "invalid_grant", "token-invalid");
  });

  test("the refresh token of a code used by two parties, ends the shop's session and not the page's", async () => {
    const { code, cookie, gateway, proof } = await shopHasCode();
    const first = (await exchange(gateway, code, proof)).body.refresh_token;
    const second = (await refresh(gateway, first, { client_id: "shop" })).body.refresh_token;
    await refresh(gateway, second, { client_id: "shop" });
    const reused = await refresh(gateway, first, { client_id: "shop" });
    expectOauthError(reused, 400, "invalid_grant", "refresh-reused");
    expect(await codeFor(gateway, cookie, pkce())).toMatch(/^dsa_/);
  });

  test("the refresh token of a code ends with the login at the page, however often codes renew it", async () => {
    const { cookie, gateway } = await shopHasCode();
    const day = 86_400_000;
    for (let weeks = 0; weeks < 12; weeks++) {
      gateway.clock.advance(7 * day);
      expect(await codeFor(gateway, cookie, pkce()), `week ${weeks}`).toMatch(/^dsa_/);
      await gateway.runtime.settle();
    }
    const proof = pkce();
    const code = await codeFor(gateway, cookie, proof);
    const { body } = await exchange(gateway, code, proof);
    expect(body.refresh_expires_in).toBe((90 - 84) * 86_400);
  });
});
