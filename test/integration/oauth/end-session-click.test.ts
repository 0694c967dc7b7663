import { describe, expect, test } from "vitest";
import { readPageSession } from "../../../src/flows/sessions/page-session.ts";
import { call, send } from "../../support/gateway/client.ts";
import {
  locationOf,
  oauthGateway,
  pageCookie,
  pageLogin,
  publicEntry,
  withClients,
} from "../../support/gateway/oauth-client.ts";
import type { TestGateway } from "../../support/gateway/test-gateway.ts";
import { expectProblem } from "../http/expect-problem.ts";

const BYE = "https://shop.example/bye";
const ASKED = { client_id: "shop", post_logout_redirect_uri: BYE, state: "s&2" };
const BACK = `${BYE}?state=s%262`;
const HERE = { origin: "http://localhost:8787", "sec-fetch-site": "same-origin" };

type Fields = Readonly<Record<string, string>>;

const end = (test: TestGateway, asked: Fields, cookies: Fields = {}) =>
  call(test, "GET", `/auth/end-session?${new URLSearchParams(asked)}`, undefined, cookies);

/** The `Cookie` header of a browser with this session and what an answer set. */
const browserWith = (
  cookie: string,
  answer: { readonly headers: Headers },
): { cookie: string } => ({
  cookie: [
    pageCookie(cookie).cookie,
    ...answer.headers.getSetCookie().map((line) => line.split(";")[0]),
  ].join("; "),
});

const click = (test: TestGateway, what: string, cookies: { cookie: string }) =>
  send(test, "/login/session", {
    method: "POST",
    headers: { ...HERE, ...cookies },
    body: new URLSearchParams({ do: what, token: "" }),
  });

const isSignedIn = async (test: TestGateway, cookie: string): Promise<boolean> =>
  (await readPageSession(test.gateway, cookie)) !== null;

async function signedIn(test?: TestGateway) {
  const gateway = test ?? (await oauthGateway());
  const { cookie } = await pageLogin(gateway);
  return { gateway, cookie };
}

describe("a log-out without an ID token, by an app that names itself and its return address", () => {
  test.each(["out", "everywhere"])(
    "ends nothing until the customer clicks (%s), and then returns to the app with its state",
    async (what) => {
      const { cookie, gateway } = await signedIn();
      const asked = await end(gateway, ASKED, pageCookie(cookie));
      expect([asked.status, asked.headers.get("location")]).toEqual([303, "/login"]);
      expect(await isSignedIn(gateway, cookie)).toBe(true);
      const browser = browserWith(cookie, asked);
      const page = await call(gateway, "GET", "/login", undefined, browser);
      expect(page.body).toContain(`value="${what}"`);
      expect(page.body).toContain("The shop asks you to sign out.");
      expect(page.headers.get("content-security-policy")).toContain(
        "form-action 'self' https://shop.example",
      );
      const clicked = await click(gateway, what, browser);
      expect([clicked.status, clicked.headers.get("location")]).toEqual([303, BACK]);
      expect(clicked.headers.getSetCookie().join()).toContain("doorstep-back=; Max-Age=0");
      expect(await isSignedIn(gateway, cookie)).toBe(false);
    },
  );

  test("returns at once where no one is signed in: nothing is to be ended", async () => {
    const gateway = await oauthGateway();
    expect((await end(gateway, ASKED)).headers.get("location")).toBe(BACK);
    const plain = { client_id: "shop" };
    expect((await end(gateway, plain)).headers.get("location")).toBe("/login?reason=out");
  });

  test("by a form of another site, which brings no cookie, asks anew by an address that brings it", async () => {
    const { cookie, gateway } = await signedIn();
    const body = new URLSearchParams({ ...ASKED, id_token_hint: "x" });
    const posted = await send(gateway, "/auth/end-session", { method: "POST", body });
    const to = locationOf(posted);
    expect([posted.status, to.pathname]).toEqual([303, "/auth/end-session"]);
    expect(Object.fromEntries(to.searchParams)).toEqual(ASKED);
    const asked = await call(
      gateway,
      "GET",
      to.pathname + to.search,
      undefined,
      pageCookie(cookie),
    );
    expect(asked.headers.get("location")).toBe("/login");
    expect(await isSignedIn(gateway, cookie)).toBe(true);
    const clicked = await click(gateway, "out", browserWith(cookie, asked));
    expect(clicked.headers.get("location")).toBe(BACK);
  });

  test.each([
    ["post_logout_redirect_uri", "https://evil.com"],
    ["post_logout_redirect_uri", "https://shop.example/cb"],
    ["post_logout_redirect_uri", "https://shop.example@evil.com/bye"],
    ["client_id", "other"],
    ["client_id", "nobody"],
    ["client_id", "doorstep"],
  ])("with %s %j is no open redirect, signed in or not", async (name, value) => {
    const { cookie, gateway } = await signedIn();
    for (const cookies of [pageCookie(cookie), {}]) {
      const answer = await end(gateway, { ...ASKED, [name]: value }, cookies);
      const pointer = value === "other" ? "/post_logout_redirect_uri" : `/${name}`;
      const errors = [{ pointer, detail: expect.any(String) }];
      expectProblem(answer, 422, "validation-failed", { errors });
      expect(answer.headers.get("location")).toBeNull();
    }
    expect(await isSignedIn(gateway, cookie)).toBe(true);
  });

  test("has no way back by a return address alone: no client vouches for it", async () => {
    const gateway = await oauthGateway();
    const alone = { post_logout_redirect_uri: BYE };
    expect((await end(gateway, alone)).headers.get("location")).toBe("/login?reason=out");
  });

  test("leads no other login of this browser to the app, and no cookie of another's making", async () => {
    const { cookie, gateway } = await signedIn();
    const asked = await end(gateway, ASKED, pageCookie(cookie));
    const later = await pageLogin(gateway);
    const browser = browserWith(later.cookie, asked);
    const clicked = await click(gateway, "out", browser);
    expect(clicked.headers.get("location")).toBe("/login?reason=out");
    const forged = { cookie: `${pageCookie(cookie).cookie}; doorstep-back=https://evil.com` };
    expect((await click(gateway, "out", forged)).headers.get("location")).toBe("/login?reason=out");
  });

  test("names the app that has no return address, by its registered name, and no one where no app is named", async () => {
    const { cookie, gateway } = await signedIn();
    const named = await end(gateway, { client_id: "shop" }, pageCookie(cookie));
    const page = await call(gateway, "GET", "/login", undefined, browserWith(cookie, named));
    expect(page.body).toContain("The shop asks you to sign out.");
    const bare = await end(gateway, {}, pageCookie(cookie));
    const plain = await call(gateway, "GET", "/login", undefined, browserWith(cookie, bare));
    expect(plain.body).not.toContain("asks you to sign out");
    const clicked = await click(gateway, "out", browserWith(cookie, named));
    expect(clicked.headers.get("location")).toBe("/login?reason=out");
  });

  test("returns to an app of the device by its own scheme", async () => {
    const uri = "com.example.app:/bye";
    const app = { ...publicEntry("app", "com.example.app:/cb"), post_logout_redirect_uris: [uri] };
    const { cookie, gateway } = await signedIn(await oauthGateway({ env: withClients(app) }));
    const parameters = { client_id: "app", post_logout_redirect_uri: uri };
    const asked = await end(gateway, parameters, pageCookie(cookie));
    const clicked = await click(gateway, "out", browserWith(cookie, asked));
    expect(clicked.headers.get("location")).toBe(uri);
  });
});
