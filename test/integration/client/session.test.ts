import { describe, expect, it, vi } from "vitest";
import type { Doorstep } from "../../../src/client/doorstep-client.ts";
import { customer } from "../../cases-extra/people.ts";
import { type ClientPage, clientPage, mapStorage } from "../../support/client/client-page.ts";
import { call, newestCode } from "../../support/gateway/client.ts";
import { PUBLIC_URL, testGateway } from "../../support/gateway/test-gateway.ts";

const PHONE = "9876500001";
const ME = `${PUBLIC_URL}/auth/me`;
const MINUTE = 60_000;

/** A gateway, and a page whose first tab is signed in. */
async function signedIn(env: Readonly<Record<string, string>> = {}) {
  const documents = { customers_v2: [customer("c-1", PHONE), customer("c-2", "9876500002")] };
  const test = await testGateway({ documents, env });
  const page = clientPage(test);
  const tab = page.tab();
  await page.logIn(tab, PHONE);
  return { test, page, tab };
}

const refreshesIn = ({ sent }: ClientPage) =>
  sent.filter(({ body }) => body.includes("grant_type=refresh_token"));

const me = async (tab: Doorstep) => (await tab.fetch(ME)).status;

describe("a session that tabs share", () => {
  it("is refreshed once where twenty calls of two tabs find the token due at the same instant", async () => {
    const { page, tab, test } = await signedIn();
    const other = page.tab();
    test.clock.advance(14 * MINUTE);
    const calls = Array.from({ length: 20 }, (_, at) => me(at % 2 === 0 ? tab : other));
    expect(new Set(await Promise.all(calls))).toEqual(new Set([200]));
    expect(refreshesIn(page).length).toBe(1);
  });

  it("is refreshed once by a storm of 401 answers, and each call is sent once more", async () => {
    const { page, tab } = await signedIn();
    const other = page.tab();
    const first = page.tokens().access_token;
    page.meddle(async ({ token }, answer) =>
      token === `Bearer ${first}` ? new Response("", { status: 401 }) : answer(),
    );
    const before = page.sent.length;
    const calls = Array.from({ length: 20 }, (_, at) => me(at % 2 === 0 ? tab : other));
    expect(new Set(await Promise.all(calls))).toEqual(new Set([200]));
    expect(refreshesIn(page).length).toBe(1);
    expect(page.sent.length - before).toBe(41);
  });

  it("lives on without Web Locks where two tabs send one refresh token: both get the same answer", async () => {
    const { page, tab, test } = await signedIn();
    vi.stubGlobal("navigator", {});
    const other = page.tab();
    test.clock.advance(14 * MINUTE);
    expect(await Promise.all([me(tab), me(other)])).toEqual([200, 200]);
    expect(refreshesIn(page).length).toBe(2);
    test.clock.advance(14 * MINUTE);
    expect(await me(other)).toBe(200);
    expect(await me(tab)).toBe(200);
  });

  it("is refreshed once without Web Locks by ten calls of one tab", async () => {
    const { page, tab, test } = await signedIn();
    vi.stubGlobal("navigator", {});
    test.clock.advance(14 * MINUTE);
    const calls = Array.from({ length: 10 }, () => me(tab));
    expect(new Set(await Promise.all(calls))).toEqual(new Set([200]));
    expect(refreshesIn(page).length).toBe(1);
  });

  it("uses tokens that another tab stored while it waited for the lock", async () => {
    const { page, tab, test } = await signedIn();
    const other = page.tab();
    await other.current();
    test.clock.advance(14 * MINUTE);
    expect(await me(tab)).toBe(200);
    expect(await me(other)).toBe(200);
    expect(refreshesIn(page).length).toBe(1);
  });
});

describe("a refresh whose answer gets lost", () => {
  it("is sent again with the same token and costs nobody a new code, however late", async () => {
    const { page, tab, test } = await signedIn();
    test.clock.advance(20 * MINUTE);
    page.meddle(async ({ body }, answer) => {
      await answer();
      if (body.includes("refresh_token")) throw new TypeError("network");
      return new Response("", { status: 401 });
    });
    await expect(tab.fetch(ME)).rejects.toMatchObject({ code: "offline", name: "DoorstepError" });
    expect(await tab.current()).not.toBeNull();
    // One try before the call, one after its 401.
    expect(refreshesIn(page).length).toBe(2);
    page.meddle(null);
    test.clock.advance(60 * MINUTE);
    expect(await me(tab)).toBe(200);
  });

  it("signs nobody out where a proxy in between answers, with a page or with its own 400", async () => {
    const { page, tab, test } = await signedIn();
    test.clock.advance(20 * MINUTE);
    const refused = [
      new Response("<html>", { status: 502 }),
      new Response("{}", { status: 400 }),
      new Response("portal", { status: 200 }),
    ];
    page.meddle(async ({ body }, answer) =>
      body.includes("refresh_token") ? (refused.pop() ?? Response.error()) : answer(),
    );
    for (let n = 0; n < 3; n++)
      await expect(tab.fetch(ME)).rejects.toMatchObject({ code: "offline" });
    page.meddle(null);
    expect(await me(tab)).toBe(200);
  });

  it("goes on with the old token while that is good", async () => {
    const { page, tab, test } = await signedIn();
    test.clock.advance(14 * MINUTE);
    page.meddle(async ({ body }, answer) => {
      if (body.includes("refresh_token")) throw new TypeError("network");
      return answer();
    });
    expect(await me(tab)).toBe(200);
  });
});

describe("a session that the gateway ended", () => {
  it("signs all tabs out, tells them why, and returns the 401 to the caller", async () => {
    const { page, tab, test } = await signedIn();
    const heard: unknown[] = [];
    tab.onChange((who, because) => heard.push([who, because?.code]));
    const authorization = `Bearer ${page.tokens().access_token}`;
    expect(
      (await call(test, "DELETE", "/auth/sessions", undefined, { authorization })).status,
    ).toBe(204);
    expect(await me(tab)).toBe(401);
    expect(heard).toEqual([[null, "token-invalid"]]);
    expect(await page.tab().current()).toBeNull();
  });

  it("leaves a login that came while the old session was refused", async () => {
    const { page, tab, test } = await signedIn();
    vi.stubGlobal("navigator", {});
    const old = page.tokens();
    await call(test, "DELETE", "/auth/sessions", undefined, {
      authorization: `Bearer ${old.access_token}`,
    });
    page.meddle(async ({ body }, answer) => {
      if (!body.includes("grant_type=refresh_token")) return answer();
      page.meddle(null);
      const given = await answer();
      await page.logIn(page.tab(), "9876500002");
      return given;
    });
    expect(await me(tab)).toBe(200);
    expect((await tab.current())?.customer?.id).toBe("c-2");
  });
});

describe("calls with the access token", () => {
  it("show the token to the gateway and to named origins only", async () => {
    const { page } = await signedIn();
    const tab = page.tab({ origins: ["https://api.example"] });
    const places = [
      "https://evil.example/",
      "http://localhost:8788/",
      "https://api.example.evil.example/",
    ];
    for (const place of [...places, "https://api.example/x", ME]) await tab.fetch(place);
    const shown = page.sent.filter(({ token }) => token !== null).map(({ url }) => url);
    expect(shown).toEqual(["https://api.example/x", ME]);
  });

  it("repeat a request with its body after the refresh", async () => {
    const { page, tab } = await signedIn();
    const first = page.tokens().access_token;
    const seen: string[] = [];
    page.meddle(async ({ body, token, url }, answer) => {
      if (url !== `${PUBLIC_URL}/api/orders/`) return answer();
      seen.push(body);
      return new Response("", { status: token === `Bearer ${first}` ? 401 : 201 });
    });
    const sent = { method: "POST", body: '{"items":[]}' };
    expect((await tab.fetch(`${PUBLIC_URL}/api/orders/`, sent)).status).toBe(201);
    expect(seen).toEqual([sent.body, sent.body]);
  });

  it("do not refresh for each 401 that a new token gets as well", async () => {
    const { page, tab } = await signedIn();
    page.meddle(async ({ url }, answer) =>
      url === ME ? new Response("", { status: 401 }) : answer(),
    );
    for (let n = 0; n < 5; n++) expect(await me(tab)).toBe(401);
    expect(refreshesIn(page).length).toBe(1);
  });

  it.each([-1, 1])("work where the device's clock is wrong by %i days", async (days) => {
    const { page, tab, test } = await signedIn();
    page.deviceClock(days * 24 * 60 * MINUTE);
    expect(await me(tab)).toBe(200);
    test.clock.advance(20 * MINUTE);
    expect(await me(tab)).toBe(200);
    expect(await me(tab)).toBe(200);
    expect(refreshesIn(page).length).toBeLessThanOrEqual(2);
  });

  it("never put a token into an address", async () => {
    const { page, tab, test } = await signedIn();
    test.clock.advance(14 * MINUTE);
    const { access_token, refresh_token } = page.tokens();
    await tab.fetch(ME);
    await tab.signOut();
    const addresses = page.sent.map(({ url }) => url).join(" ");
    for (const secret of [access_token, refresh_token]) expect(addresses).not.toContain(secret);
    expect(addresses).not.toContain("?");
  });
});

describe("a value in the storage", () => {
  it.each([
    "",
    "null",
    "{",
    "[]",
    '"x"',
    "{}",
    '{"access_token":"a","refresh_token":"b","refreshAt":1}',
    '{"access_token":"a\\r\\nX: y","refresh_token":"b","refreshAt":1,"user":{"id":"u"}}',
    '{"access_token":5,"refresh_token":{},"refreshAt":1,"user":{"id":"u"}}',
    '{"access_token":"a","refresh_token":"b","refreshAt":"soon","user":{"id":"u"}}',
  ])("of another form is nobody, and a login replaces it: %j", async (forged) => {
    const { page, tab } = await signedIn();
    const [key = ""] = [...page.shared.kept.keys()].filter((name) => !name.endsWith(":device"));
    page.shared.setItem(key, forged);
    expect(await tab.current()).toBeNull();
    expect(await me(tab)).toBe(401);
    await page.logIn(tab, PHONE);
    expect(await me(tab)).toBe(200);
  });
});

describe("log-out", () => {
  it("ends the session at the gateway and in every tab", async () => {
    const { page, tab, test } = await signedIn();
    const { access_token } = page.tokens();
    expect(await tab.signOut()).toBe(true);
    expect(await page.tab().current()).toBeNull();
    const authorization = `Bearer ${access_token}`;
    expect((await call(test, "GET", "/auth/me", undefined, { authorization })).status).toBe(401);
    expect(await tab.signOut()).toBe(true);
  });

  it("ends the session although its access token is over", async () => {
    const { page, tab, test } = await signedIn();
    const { refresh_token } = page.tokens();
    test.clock.advance(60 * MINUTE);
    expect(await tab.signOut()).toBe(true);
    const body = new URLSearchParams({ grant_type: "refresh_token", refresh_token });
    expect((await test.app.request("/auth/token", { method: "POST", body })).status).toBe(400);
  });

  it("signs out offline too, and says that the gateway does not know", async () => {
    const { page, tab } = await signedIn();
    page.meddle(async () => Response.error());
    expect(await tab.signOut()).toBe(false);
    expect(await tab.current()).toBeNull();
  });

  it("waits for a refresh of another tab, whose tokens would otherwise stay", async () => {
    const { page, tab, test } = await signedIn();
    const other = page.tab();
    test.clock.advance(14 * MINUTE);
    await Promise.all([me(other), tab.signOut()]);
    expect(await tab.current()).toBeNull();
    expect(page.shared.kept.size).toBe(1);
  });

  it("is not undone by a refresh of another tab without Web Locks", async () => {
    const { page, tab, test } = await signedIn();
    vi.stubGlobal("navigator", {});
    test.clock.advance(14 * MINUTE);
    page.meddle(async ({ body }, answer) => {
      if (!body.includes("grant_type=refresh_token")) return answer();
      page.meddle(null);
      const given = await answer();
      await page.tab().signOut();
      return given;
    });
    expect(await me(tab)).toBe(401);
    expect(await tab.current()).toBeNull();
  });
});

describe("a login with a code", () => {
  it("tells a wrong code by its problem code and the tries that are left, and then logs in", async () => {
    const { page, test } = await signedIn();
    const tab = page.tab({ storage: mapStorage() });
    const asked = await tab.requestCode(PHONE, { locale: "en" });
    await test.runtime.settle();
    const code = newestCode(test, PHONE) ?? "";
    const wrong = code === "000000" ? "000001" : "000000";
    await expect(tab.verifyCode(asked, wrong)).rejects.toMatchObject({
      name: "DoorstepError",
      code: "otp-rejected",
      status: 400,
      attemptsRemaining: 4,
    });
    const login = await tab.verifyCode(asked, code);
    expect(login).toMatchObject({ customer: { id: "c-1" }, first_login: false });
    expect(JSON.stringify(login)).not.toMatch(/token/);
  });

  it("tells the wrong field of a refused request, and how long to wait", async () => {
    const { page, tab } = await signedIn({ OTP_SENDS_PER_PHONE: "1/1h" });
    await expect(tab.requestCode("12")).rejects.toMatchObject({ code: "phone-unsupported" });
    const asked = await tab.requestCode("9876500003");
    await expect(tab.verifyCode(asked, "12")).rejects.toMatchObject({
      code: "validation-failed",
      errors: [{ pointer: "/code" }],
    });
    const failure = await tab.resendCode(asked).catch((error) => error);
    expect(failure).toMatchObject({ code: "rate-limited", status: 429 });
    expect(failure.retryAfter).toBeGreaterThan(0);
    expect(page.sent.length).toBeGreaterThan(0);
  });

  it("shows the device's token with the next request, also after a log-out", async () => {
    const { page, tab } = await signedIn();
    await tab.signOut();
    await tab.requestCode(PHONE);
    expect(JSON.parse(page.sent.at(-1)?.body ?? "").device_token).toMatch(/^[\w.-]{20,}$/);
  });

  it("ends the session that was here before", async () => {
    const { page, tab, test } = await signedIn();
    const authorization = `Bearer ${page.tokens().access_token}`;
    await page.logIn(tab, "9876500002");
    await vi.waitFor(async () =>
      expect((await call(test, "GET", "/auth/me", undefined, { authorization })).status).toBe(401),
    );
    expect(await me(tab)).toBe(200);
  });

  it("of the same customer on the same device stays, although the session before it ends", async () => {
    const { page, tab, test } = await signedIn();
    const authorization = `Bearer ${page.tokens().access_token}`;
    await page.logIn(tab, PHONE);
    await vi.waitFor(async () =>
      expect((await call(test, "GET", "/auth/me", undefined, { authorization })).status).toBe(401),
    );
    expect(await me(tab)).toBe(200);
    test.clock.advance(60 * MINUTE);
    expect(await me(tab)).toBe(200);
  });

  it("gives the customers of a shared phone to choose from", async () => {
    const documents = { customers_v2: [customer("c-1", PHONE), customer("c-2", PHONE)] };
    const test = await testGateway({ documents });
    const page = clientPage(test);
    const tab = page.tab();
    const asked = await tab.requestCode(PHONE);
    await test.runtime.settle();
    const choice = await tab.verifyCode(asked, newestCode(test, PHONE) ?? "");
    if (!("customers" in choice)) throw new Error("no choice");
    expect(await tab.current()).toBeNull();
    const other = tab.selectCustomer(choice, "c-3");
    await expect(other).rejects.toMatchObject({ code: "not-owner" });
    const login = await tab.selectCustomer(choice, "c-2");
    expect(login).toMatchObject({ customer: { id: "c-2" } });
    expect(await me(tab)).toBe(200);
  });
});
