import { describe, expect, test } from "vitest";
import { readPageSession } from "../../../src/flows/sessions/page-session.ts";
import { customer } from "../../cases-extra/people.ts";
import { bearer, call } from "../../support/gateway/client.ts";
import {
  codeFor,
  exchange,
  locationOf,
  oauthGateway,
  pageCookie,
  pageLogin,
  pkce,
  sendForm,
} from "../../support/gateway/oauth-client.ts";
import type { TestGateway } from "../../support/gateway/test-gateway.ts";
import { expectProblem } from "../http/expect-problem.ts";

const BYE = "https://shop.example/bye";

async function signedIn(test?: TestGateway, phone?: string) {
  const gateway = test ?? (await oauthGateway());
  const { cookie } = await pageLogin(gateway, phone === undefined ? {} : { phone });
  const proof = pkce();
  const code = await codeFor(gateway, cookie, proof, { scope: "openid" });
  const { access_token, id_token } = (await exchange(gateway, code, proof)).body;
  return { gateway, cookie, access_token, id_token };
}

type Asked = Readonly<Record<string, string>>;

const end = (test: TestGateway, asked: Asked, cookie?: string, more: Asked = {}) =>
  call(test, "GET", `/auth/end-session?${new URLSearchParams(asked)}`, undefined, {
    ...(cookie === undefined ? {} : pageCookie(cookie)),
    ...more,
  });

const isLive = async (test: TestGateway, token: string): Promise<boolean> =>
  (await call(test, "GET", "/auth/me", undefined, bearer(token))).status === 200;

const isSignedIn = async (test: TestGateway, cookie: string): Promise<boolean> =>
  (await readPageSession(test.gateway, cookie)) !== null;

describe("GET /auth/end-session", () => {
  test("a log-out by an ID token ends the client's session and the page's, and returns to the client", async () => {
    const { access_token, cookie, gateway, id_token } = await signedIn();
    const asked = { id_token_hint: id_token, post_logout_redirect_uri: BYE, state: "s&2" };
    const answer = await end(gateway, asked, cookie);
    expect([answer.status, answer.headers.get("location")]).toEqual([303, `${BYE}?state=s%262`]);
    const cookies = answer.headers.getSetCookie().join();
    expect(cookies).toContain("doorstep=; Max-Age=0");
    expect(cookies, "the choice of a customer too").toContain("doorstep-choice=; Max-Age=0");
    expect(await isLive(gateway, access_token)).toBe(false);
    expect(await isSignedIn(gateway, cookie)).toBe(false);
  });

  test("a log-out ends the other apps that this browser let in, as Sign out on the page does", async () => {
    const { cookie, gateway, id_token } = await signedIn();
    const proof = pkce();
    const there = { client_id: "other", redirect_uri: "https://other.example/cb" };
    const code = await codeFor(gateway, cookie, proof, there);
    const other = (await exchange(gateway, code, proof, there)).body.access_token;
    expect(await isLive(gateway, other)).toBe(true);
    await end(gateway, { id_token_hint: id_token });
    expect(await isLive(gateway, other)).toBe(false);
  });

  test("a log-out works by an expired ID token, by POST, and without the cookie, which no form of another site sends", async () => {
    const { access_token, cookie, gateway, id_token } = await signedIn();
    gateway.clock.advance(24 * 3_600_000);
    const asked = { id_token_hint: id_token, post_logout_redirect_uri: `${BYE}?x=1` };
    const answer = await sendForm(gateway, "/auth/end-session", asked);
    expect(answer.headers.get("location")).toBe(`${BYE}?x=1`);
    expect(await isLive(gateway, access_token)).toBe(false);
    expect(await isSignedIn(gateway, cookie)).toBe(false);
  });

  test("a log-out without a return address ends at the login page, which says so", async () => {
    const { cookie, gateway, id_token } = await signedIn();
    const to = locationOf(await end(gateway, { id_token_hint: id_token }, cookie));
    expect(to.pathname + to.search).toBe("/login?reason=out");
  });

  test("a log-out without an ID token of ours ends nothing by a link: the login page asks for a click", async () => {
    const { access_token, cookie, gateway } = await signedIn();
    const hints: readonly Asked[] = [{}, { id_token_hint: access_token }, { id_token_hint: "x" }];
    for (const hint of hints) {
      const asked = { ...hint, client_id: "shop", post_logout_redirect_uri: BYE };
      for (const parameters of [asked, hint, { ...hint, post_logout_redirect_uri: BYE }]) {
        const answer = await end(gateway, parameters, cookie);
        expect(answer.headers.get("location")).toBe("/login");
        expect(answer.headers.getSetCookie().join()).not.toContain("doorstep=");
      }
    }
    expect(await isLive(gateway, access_token)).toBe(true);
    expect(await isSignedIn(gateway, cookie)).toBe(true);
    const page = await call(gateway, "GET", "/login", undefined, pageCookie(cookie));
    expect(page.body).toContain('action="/login/session"');
  });

  test.each([
    ["post_logout_redirect_uri", "https://evil.com"],
    ["post_logout_redirect_uri", "https://shop.example/cb"],
    ["post_logout_redirect_uri", "https://shop.example/bye/"],
    ["post_logout_redirect_uri", "https://shop.example/bye?x=2"],
    ["post_logout_redirect_uri", "https://shop.example/bye#x"],
    ["post_logout_redirect_uri", "https://shop.example@evil.com/bye"],
    ["post_logout_redirect_uri", "//shop.example/bye"],
    ["post_logout_redirect_uri", "javascript:alert(1)"],
    ["client_id", "other"],
  ])("a log-out with %s %j is no open redirect, and ends nothing", async (name, value) => {
    const { access_token, cookie, gateway, id_token } = await signedIn();
    const asked = { id_token_hint: id_token, post_logout_redirect_uri: BYE, [name]: value };
    const answer = await end(gateway, asked, cookie);
    const errors = [{ pointer: `/${name}`, detail: expect.any(String) }];
    expectProblem(answer, 422, "validation-failed", { errors });
    expect(answer.headers.get("location")).toBeNull();
    expect(await isLive(gateway, access_token)).toBe(true);
    const page = await end(gateway, asked, cookie, { accept: "text/html" });
    expect([page.status, page.headers.get("location")]).toEqual([400, null]);
    expect(page.body).not.toContain("evil");
  });

  test("a log-out with a parameter that stands twice is refused", async () => {
    const { cookie, gateway, id_token } = await signedIn();
    const query = `id_token_hint=${id_token}&state=a&state=b`;
    const path = `/auth/end-session?${query}`;
    expectProblem(
      await call(gateway, "GET", path, undefined, pageCookie(cookie)),
      422,
      "validation-failed",
      { errors: [{ pointer: "/state", detail: "must stand once" }] },
    );
    expect(await isSignedIn(gateway, cookie)).toBe(true);
  });

  test("an attacker's own ID token, sent through a customer's browser, does not log the customer out", async () => {
    const [mine, theirs] = ["9876500001", "9876500002"];
    const gateway = await oauthGateway({
      documents: { customers_v2: [customer("c-1", mine), customer("c-2", theirs)] },
    });
    const victim = await signedIn(gateway, mine);
    const attacker = await signedIn(gateway, theirs);
    const asked = { id_token_hint: attacker.id_token, post_logout_redirect_uri: BYE };
    const answer = await end(gateway, asked, victim.cookie);
    expect(answer.headers.getSetCookie()).toEqual([]);
    expect(await isSignedIn(gateway, victim.cookie)).toBe(true);
    expect(await isLive(gateway, victim.access_token)).toBe(true);
    expect(await isLive(gateway, attacker.access_token)).toBe(false);
  });
});
