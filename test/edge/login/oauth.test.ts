import { createPublicKey } from "node:crypto";
import { decodeProtectedHeader } from "jose";
import * as oauth from "oauth4webapi";
import { beforeAll, expect, it } from "vitest";
import { customer } from "../../cases-extra/people.ts";
import { shopWithOpenidClient } from "../../support/clients/openid-client.ts";
import { bearer, call, claimsOf, newestCode, refresh } from "../../support/gateway/client.ts";
import {
  authorizeQuery,
  basicAuth,
  exchange,
  NATIVE_REDIRECT,
  OAUTH_PHONE,
  pkce,
  SHOP_REDIRECT,
  sendForm,
  serviceClient,
  withClients,
} from "../../support/gateway/oauth-client.ts";
import type { PageBrowser } from "../../support/login/page-browser.ts";
import { compact, withNothing, withSecret } from "../../support/proxy/forge-token.ts";
import { browserAt } from "../edge-browser.ts";
import { describeEdge, type EdgePlace, sharedPlace } from "../edge-place.ts";

let place: () => EdgePlace;

/** Logs in at the page and comes back in the app. */
async function signIn(browser: PageBrowser, query: URLSearchParams): Promise<URL> {
  await browser.open(`/auth/authorize?${query}`);
  await browser.submit(/name="phone"/, { phone: OAUTH_PHONE });
  await place().worker.settle();
  return new URL((await browser.showCode(newestCode(place(), OAUTH_PHONE) ?? "")).path);
}

describeEdge("the built Worker, for an app of OAUTH_CLIENTS,", () => {
  place = sharedPlace({ env: withClients(serviceClient()) });
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

  it("ends a login without an ID token after a click alone, and brings the browser back to its app", async () => {
    const browser = browserAt(place());
    await signIn(browser, authorizeQuery(pkce()));
    const bye = "https://shop.example/bye";
    const asked = { client_id: "shop", post_logout_redirect_uri: bye, state: "s-2" };
    const end = (more: object) => `/auth/end-session?${new URLSearchParams({ ...asked, ...more })}`;
    const evil = await browser.ask(end({ post_logout_redirect_uri: "https://evil.com" }));
    expect([evil.status, evil.headers.get("location")]).toEqual([422, null]);
    const page = await browser.open(end({}));
    expect([page.status, page.path]).toEqual([200, "/login"]);
    expect((await browser.submit(/value="out"/)).path).toBe(`${bye}?state=s-2`);
    expect((await browser.open("/login")).html).toContain('name="phone"');
    expect((await browser.open(end({}))).path).toBe(`${bye}?state=s-2`);
  });

  it("gives no code in silence to a look-alike of a native app or for another person, and takes no forged token", async () => {
    const browser = browserAt(place());
    const proof = pkce();
    const back = await signIn(browser, authorizeQuery(proof, { scope: "openid" }));
    const tokens = (await exchange(place(), back.searchParams.get("code") ?? "", proof)).body;
    const silent = async (more: Readonly<Record<string, string>>) => {
      const query = authorizeQuery(pkce(), { prompt: "none", ...more });
      const answer = await browser.ask(`/auth/authorize?${query}`);
      return new URL(answer.headers.get("location") ?? "").searchParams;
    };
    const native = { client_id: "app", redirect_uri: NATIVE_REDIRECT };
    expect((await silent(native)).get("error")).toBe("interaction_required");
    expect((await silent({ id_token_hint: tokens.id_token })).get("code")).toMatch(/^dsa_/);
    expect((await silent({ id_token_hint: "x" })).get("error")).toBe("login_required");
    // Forged tokens, at the places that read them.
    const { alg, ...head } = decodeProtectedHeader(tokens.access_token);
    const claims = claimsOf(tokens.access_token);
    const [jwk] = (await call(place(), "GET", "/.well-known/jwks.json")).body.keys;
    const key = createPublicKey({ key: jwk, format: "jwk" });
    const pem = withSecret(key.export({ format: "pem", type: "spki" }));
    for (const forged of [
      tokens.id_token,
      compact({ ...head, alg: "none" }, claims, withNothing),
      compact({ ...head, alg: "HS256" }, claims, pem),
    ]) {
      const me = await call(place(), "GET", "/auth/me", undefined, bearer(forged));
      expect(me.status).toBe(401);
      const about = await sendForm(place(), "/auth/introspect", { token: forged }, basicAuth());
      expect([about.status, about.body]).toEqual([200, { active: false }]);
    }
    expect(alg).toBe("ES256");
  });

  it("refuses wrong secrets, of which one source has some and another none the less, and parameters that stand twice", async () => {
    const asks = async (address: string, secret?: string) => {
      const headers = { ...basicAuth("service", secret), "cf-connecting-ip": address };
      return (await sendForm(place(), "/auth/introspect", { token: "x" }, headers)).status;
    };
    const wrong: number[] = [];
    for (let tries = 0; tries < 21; tries++) wrong.push(await asks("203.0.113.9", "wrong"));
    expect([wrong.filter((status) => status === 401).length, wrong.at(-1)]).toEqual([20, 429]);
    expect(await asks("203.0.113.10")).toBe(200);
    expect(await asks("198.51.100.10")).toBe(200);
    const twice = await place().worker.request("/auth/token", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '{"grant_type":"refresh_token","client_id":"shop","client_id":"other","refresh_token":"x"}',
    });
    expect([twice.status, await twice.json()]).toMatchObject([400, { code: "request-malformed" }]);
  });

  it("redirects nobody to an address that is not registered", async () => {
    const query = authorizeQuery(pkce(), { redirect_uri: `${SHOP_REDIRECT}.evil.com` });
    const answer = await place().worker.request(`/auth/authorize?${query}`);
    expect([answer.status, answer.headers.get("location")]).toEqual([422, null]);
  });
});
