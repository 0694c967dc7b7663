import { describe, expect, it, vi } from "vitest";
import { ME, MINUTE, me, PHONE, refreshesIn, signedIn } from "../../support/client/signed-in.ts";
import { call } from "../../support/gateway/client.ts";

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
