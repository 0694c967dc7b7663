import * as oauth from "oauth4webapi";
import { beforeAll, expect, it } from "vitest";
import { customer } from "../cases-extra/people.ts";
import { shopWithOpenidClient } from "../support/clients/openid-client.ts";
import { bearer, call, claimsOf, newestCode, refresh } from "../support/gateway/client.ts";
import {
  authorizeQuery,
  exchange,
  OAUTH_ENV,
  OAUTH_PHONE,
  pkce,
  SHOP_REDIRECT,
} from "../support/gateway/oauth-client.ts";
import type { PageBrowser } from "../support/login/page-browser.ts";
import { browserAt } from "./edge-browser.ts";
import { describeEdge, type EdgePlace, sharedPlace } from "./edge-place.ts";

let place: () => EdgePlace;

/** Logs in at the page and comes back in the app. */
async function signIn(browser: PageBrowser, query: URLSearchParams): Promise<URL> {
  await browser.open(`/auth/authorize?${query}`);
  await browser.submit(/name="phone"/, { phone: OAUTH_PHONE });
  await place().worker.settle();
  return new URL((await browser.showCode(newestCode(place(), OAUTH_PHONE) ?? "")).path);
}

describeEdge("the built Worker, for an app of OAUTH_CLIENTS,", () => {
  place = sharedPlace({ env: OAUTH_ENV });
  beforeAll(() => place().mongo.put("customers_v2", [customer("c-1", OAUTH_PHONE)]));

  it("takes oauth4webapi through the page to tokens, and once more without a question", async () => {
    const issuer = new URL("https://login.example.com");
    const options = {
      [oauth.customFetch]: (url: string, init: unknown) => {
        const { pathname, search } = new URL(url);
        return place().worker.request(pathname + search, init as RequestInit);
      },
    };
    const found = await oauth.discoveryRequest(issuer, { ...options, algorithm: "oauth2" });
    const server = await oauth.processDiscoveryResponse(issuer, found);
    const client: oauth.Client = { client_id: "shop" };
    const browser = browserAt(place());
    const grant = async (arrive: (query: URLSearchParams) => Promise<URL>) => {
      const verifier = oauth.generateRandomCodeVerifier();
      const state = oauth.generateRandomState();
      const challenge = await oauth.calculatePKCECodeChallenge(verifier);
      const back = await arrive(authorizeQuery({ verifier, challenge }, { state }));
      const parameters = oauth.validateAuthResponse(server, client, back, state);
      const response = await oauth.authorizationCodeGrantRequest(
        ...([server, client, oauth.None(), parameters, SHOP_REDIRECT, verifier, options] as const),
      );
      return oauth.processAuthorizationCodeResponse(server, client, response);
    };
    const first = await grant((query) => signIn(browser, query));
    expect(claimsOf(first.access_token)).toMatchObject({ client_id: "shop", iss: issuer.origin });
    const silent = await grant(async (query) => {
      const answer = await browser.ask(`/auth/authorize?${query}`);
      return new URL(answer.headers.get("location") ?? "");
    });
    const token = silent.refresh_token ?? "";
    const turned = await refresh(place(), token, { client_id: "shop" });
    expect(turned.status).toBe(200);
    expect((await refresh(place(), token, { client_id: "other" })).status).toBe(400);
  });

  it("takes openid-client through discovery, the page, userinfo and a refresh to a log-out", async () => {
    const browser = browserAt(place());
    await shopWithOpenidClient({
      issuer: "https://login.example.com",
      fetch: (url, init) => {
        const { pathname, search } = new URL(url);
        return place().worker.request(pathname + search, init as RequestInit);
      },
      signIn: ({ searchParams }) => signIn(browser, searchParams),
      async visit({ pathname, search }) {
        const answer = await browser.ask(pathname + search);
        return new URL(answer.headers.get("location") ?? "", "https://login.example.com");
      },
    });
  });

  it("gives ten uses of one code at one moment one session at most, which then ends", async () => {
    const proof = pkce();
    const back = await signIn(browserAt(place()), authorizeQuery(proof));
    const code = back.searchParams.get("code") ?? "";
    const uses = await Promise.all(
      Array.from({ length: 10 }, () => exchange(place(), code, proof)),
    );
    const good = uses.filter(({ status }) => status === 200);
    expect(good).toHaveLength(1);
    const headers = bearer(good[0]?.body.access_token);
    expect((await call(place(), "GET", "/auth/me", undefined, headers)).status).toBe(401);
  });

  it("redirects nobody to an address that is not registered", async () => {
    const query = authorizeQuery(pkce(), { redirect_uri: `${SHOP_REDIRECT}.evil.com` });
    const answer = await place().worker.request(`/auth/authorize?${query}`);
    expect([answer.status, answer.headers.get("location")]).toEqual([422, null]);
  });
});
