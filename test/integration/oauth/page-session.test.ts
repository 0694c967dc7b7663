import { describe, expect, test } from "vitest";
import { originOf } from "../../../src/core/address/origin.ts";
import { mintBearer, readBearer } from "../../../src/core/secrets/bearer.ts";
import { pageCookieName, pageCookieOptions } from "../../../src/core/sessions/page-cookie.ts";
import { logOut, revokeAllSessions } from "../../../src/flows/sessions/end-sessions.ts";
import { readPageSession } from "../../../src/flows/sessions/page-session.ts";
import { routesOf } from "../../../src/http/create-app.ts";
import { call, challengeFor, logIn } from "../../support/gateway/client.ts";
import { FULL_SITE } from "../../support/gateway/every-site.ts";
import {
  codeFor,
  exchange,
  OAUTH_PHONE,
  oauthGateway,
  pageCookie,
  pageLogin,
  pkce,
  showOnPage,
  stopCustomer,
} from "../../support/gateway/oauth-client.ts";
import type { TestGateway } from "../../support/gateway/test-gateway.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const isLive = async (test: TestGateway, cookie: string): Promise<boolean> => {
  const page = await readPageSession(test.gateway, cookie);
  await test.runtime.settle();
  return page !== null;
};

/** What the store has of the one customer's sessions. */
const storedSessions = ({ file }: TestGateway) => {
  const [row] = file.sql.all("SELECT value FROM state WHERE key LIKE '%user/%'");
  return JSON.parse(String(row?.["value"])).record.sessions;
};

const at = (url: string) => originOf(new URL(url));

describe("the cookie of the login page", () => {
  test("the cookie of the login page is named and kept so that no neighbour sets it and no script reads it", () => {
    expect(pageCookieName(at("https://door.example"))).toBe("__Host-doorstep");
    expect(pageCookieName(at("http://localhost:8787"))).toBe("doorstep");
    expect(pageCookieName(at("http://127.0.0.1:8787"))).toBe("doorstep");
    expect(pageCookieName(at("http://door.example")), "in the clear").toBeNull();
    const kept = { path: "/", httpOnly: true, sameSite: "Lax", maxAge: 60 };
    expect(pageCookieOptions(at("https://door.example"), 60)).toEqual({ ...kept, secure: true });
    expect(pageCookieOptions(at("http://localhost:8787"), 60)).toEqual({ ...kept, secure: false });
  });

  test("the cookie of the login page is one of the devices that the owner sees, and no token of any client", async () => {
    const test = await oauthGateway();
    const { cookie, maxAgeSeconds } = await pageLogin(test);
    expect(cookie).toMatch(/^dsp_[a-z0-9-]+\.[\w-]+$/);
    expect(maxAgeSeconds).toBe((90 * DAY) / 1000);
    const { access_token } = (await logIn(test, OAUTH_PHONE)).body;
    const headers = { authorization: `Bearer ${access_token}` };
    const { body } = await call(test, "GET", "/auth/sessions", undefined, headers);
    expect(body.sessions).toMatchObject([{ client_id: "doorstep-login" }, { current: true }]);
    expect(JSON.stringify(storedSessions(test))).not.toContain(cookie);
  });

  test("the cookie of the login page ends unused after 30 days, and used after 90, to the millisecond", async () => {
    const unused = await oauthGateway();
    const { cookie } = await pageLogin(unused);
    unused.clock.advance(30 * DAY);
    expect(await isLive(unused, cookie)).toBe(false);
    const used = await oauthGateway();
    const login = await pageLogin(used);
    for (let month = 0; month < 3; month++) {
      used.clock.advance(30 * DAY - 1);
      expect(await isLive(used, login.cookie), `month ${month}`).toBe(true);
    }
    used.clock.advance(2);
    expect(await isLive(used, login.cookie)).toBe(true);
    used.clock.advance(1);
    expect(await isLive(used, login.cookie)).toBe(false);
  });

  test("the cookie of the login page costs a write each hour at most", async () => {
    const test = await oauthGateway();
    const { cookie } = await pageLogin(test);
    const usedAt = () => storedSessions(test)[0].rotatedAt;
    const since = usedAt();
    test.clock.advance(HOUR - 1);
    await isLive(test, cookie);
    expect(usedAt()).toBe(since);
    test.clock.advance(1);
    await isLive(test, cookie);
    expect(usedAt()).toBe(since + HOUR);
  });

  test("the cookie of the login page is over where its owner logs out, or ends every session", async () => {
    for (const end of [logOut, revokeAllSessions]) {
      const test = await oauthGateway();
      const { cookie, page } = await pageLogin(test);
      expect(await isLive(test, cookie)).toBe(true);
      await end(test.gateway, page);
      expect(await isLive(test, cookie)).toBe(false);
    }
  });

  test("the cookie of the login page is over within 15 minutes where the customer was stopped", async () => {
    const test = await oauthGateway();
    const { cookie } = await pageLogin(test);
    stopCustomer(test);
    test.clock.advance(15 * 60_000);
    expect(await isLive(test, cookie)).toBe(false);
    expect(storedSessions(test)).toEqual([]);
  });

  test("the cookie of the login page is nobody's to make: not changed, not of another kind, not with the keys alone", async () => {
    const test = await oauthGateway();
    const { cookie, deviceToken } = await pageLogin(test);
    const { keyring } = test.gateway;
    const { refresh_token } = (await logIn(test, OAUTH_PHONE)).body;
    const real = await readBearer(keyring, "page", 32, cookie);
    if (real === null) throw new Error("not a cookie");
    const fromKeys = await mintBearer(
      keyring,
      "page",
      real.keyId,
      real.locator,
      new Uint8Array(32),
    );
    const forged = [
      ...[undefined, "", "x", deviceToken, refresh_token, refresh_token.replace("dsr", "dsp")],
      ...[`${cookie}A`, cookie.slice(0, -1), fromKeys ?? ""],
    ];
    for (const bad of forged) {
      expect(await readPageSession(test.gateway, bad), bad ?? "none").toBeNull();
    }
    expect(await isLive(test, cookie)).toBe(true);
  });

  test("the cookie of the login page of a session that a client has opens nothing: the page's own alone", async () => {
    const test = await oauthGateway();
    const login = await pageLogin(test);
    const proof = pkce();
    await exchange(test, await codeFor(test, login.cookie, proof), proof);
    const shop = storedSessions(test).find(
      ({ clientId }: { clientId: string }) => clientId === "shop",
    );
    const { keyring } = test.gateway;
    const real = await readBearer(keyring, "page", 32, login.cookie);
    const userKey = Buffer.from(real?.locator ?? []).subarray(0, 16);
    const locator = Uint8Array.from(Buffer.concat([userKey, Buffer.from(shop.sid, "base64url")]));
    const seed = Buffer.from(shop.seed, "base64url");
    const forged = await mintBearer(keyring, "page", keyring.currentId, locator, seed);
    expect(await readPageSession(test.gateway, forged ?? "")).toBeNull();
  });

  test("the cookie of the login page says nothing at any route but the page's and /auth/authorize", async () => {
    const test = await oauthGateway();
    const { cookie } = await pageLogin(test);
    const headers = pageCookie(cookie);
    const others = routesOf({ ...FULL_SITE, deliveryReports: null, voiceCalls: null }).filter(
      ({ path }) => path !== "/auth/authorize" && !path.startsWith("/login"),
    );
    expect(others.filter(({ credential }) => credential === "access-token").length).toBe(7);
    for (const { method, path } of others) {
      const to = path.replace(/:\w+/g, "x");
      const body = method === "POST" ? {} : undefined;
      const [bare, shown] = [
        await call(test, method, to, body),
        await call(test, method, to, body, headers),
      ];
      expect([path, shown.status, shown.body?.code]).toEqual([path, bare.status, bare.body?.code]);
    }
    const bearer = { authorization: `Bearer ${cookie}` };
    expect((await call(test, "GET", "/auth/me", undefined, bearer)).status).toBe(401);
  });
});

describe("a login at the page", () => {
  test("a login at the page ends the session that the browser had: a planted cookie becomes nobody's", async () => {
    const test = await oauthGateway();
    const planted = await pageLogin(test);
    const own = await pageLogin(test, { former: planted.cookie });
    expect(own.cookie).not.toBe(planted.cookie);
    expect(await isLive(test, planted.cookie)).toBe(false);
    expect(await isLive(test, own.cookie)).toBe(true);
  });

  test("a login at the page ends nothing by a cookie that is none", async () => {
    const test = await oauthGateway();
    const first = await pageLogin(test);
    await pageLogin(test, { former: `${first.cookie}A` });
    expect(await isLive(test, first.cookie)).toBe(true);
  });

  test("a login at the page whose answer got lost gives the same browser the same session, for two minutes", async () => {
    const test = await oauthGateway();
    const shown = await challengeFor(test, OAUTH_PHONE);
    const first = await showOnPage(test, shown, "browser-1");
    test.clock.advance(119_000);
    const again = await showOnPage(test, shown, "browser-1", first?.cookie);
    expect(again?.cookie).toBe(first?.cookie);
    expect(again?.deviceToken).toBe(first?.deviceToken);
    expect(again?.maxAgeSeconds).toBe((90 * DAY) / 1000 - 119);
    expect(await isLive(test, first?.cookie ?? "")).toBe(true);
    expect(storedSessions(test)).toHaveLength(1);
    test.clock.advance(2_000);
    expect(await showOnPage(test, shown, "browser-1")).toBeNull();
  });

  test("a login at the page whose answer got lost gives no other browser anything", async () => {
    const test = await oauthGateway();
    const shown = await challengeFor(test, OAUTH_PHONE);
    await showOnPage(test, shown, "browser-1");
    expect(await showOnPage(test, shown, "browser-2")).toBeNull();
    const { challenge_id, code } = shown;
    const api = await call(test, "POST", "/auth/otp/verify", { challenge_id, code });
    expect(api.status).toBe(400);
  });

  test("a login at the page is not given once more after it was ended", async () => {
    const test = await oauthGateway();
    const shown = await challengeFor(test, OAUTH_PHONE);
    const first = await showOnPage(test, shown, "browser-1");
    if (first === null) throw new Error("refused");
    await logOut(test.gateway, first.page);
    expect(await showOnPage(test, shown, "browser-1")).toBeNull();
  });

  test("a login at the page of fifty at once by one browser gives one session", async () => {
    const test = await oauthGateway();
    const shown = await challengeFor(test, OAUTH_PHONE);
    const logins = await Promise.all(
      Array.from({ length: 50 }, () => showOnPage(test, shown, "browser-1")),
    );
    const cookies = new Set(logins.flatMap((login) => (login === null ? [] : [login.cookie])));
    expect(cookies.size).toBe(1);
    expect(storedSessions(test)).toHaveLength(1);
  });
});
