import { beforeEach, describe, expect, test } from "vitest";
import { newestCode } from "../../support/gateway/client.ts";
import {
  authorizeQuery,
  exchange,
  LOOPBACK_REDIRECT,
  NATIVE_REDIRECT,
  OAUTH_PHONE,
  oauthGateway,
  pkce,
  SHOP_REDIRECT,
} from "../../support/gateway/oauth-client.ts";
import type { TestGateway } from "../../support/gateway/test-gateway.ts";
import {
  alertIn,
  type PageBrowser,
  pageBrowser,
  textOf,
  titleIn,
} from "../../support/login/page-browser.ts";

const APP = { client_id: "app", redirect_uri: NATIVE_REDIRECT };

let gateway: TestGateway;
let browser: PageBrowser;

beforeEach(async () => {
  gateway = await oauthGateway();
  browser = pageBrowser(gateway);
});

const comeFrom = (more: Readonly<Record<string, string>> = {}, proof = pkce()) =>
  browser.open(`/auth/authorize?${authorizeQuery(proof, more)}`);

async function signIn() {
  await browser.submit(/name="phone"/, { phone: OAUTH_PHONE });
  await gateway.runtime.settle();
  return browser.showCode(newestCode(gateway, OAUTH_PHONE) ?? "");
}

describe("a customer whom an app sent", () => {
  test("signs in on a clean address and is back in the app with a code that gives tokens", async () => {
    const proof = pkce();
    const start = await comeFrom({}, proof);
    expect(start.path).toMatch(/^\/login\/s\/[\w-]{12}$/);
    expect(start.headers.get("content-security-policy")).toContain(
      "form-action 'self' https://shop.example;",
    );
    const back = new URL((await signIn()).path);
    expect(back.href.startsWith(`${SHOP_REDIRECT}?`)).toBe(true);
    const code = back.searchParams.get("code") ?? "";
    const tokens = await exchange(gateway, code, proof);
    expect([tokens.status, tokens.body.token_type]).toEqual([200, "Bearer"]);
  });

  test("is asked by a click where another program could stand in for the app, signed in or not", async () => {
    await comeFrom(APP);
    const asked = await signIn();
    expect(asked.path).toMatch(/^\/login\/s\//);
    expect(textOf(asked.html)).toContain("Continue to The app");
    expect(asked.headers.get("content-security-policy")).toContain(
      "form-action 'self' com.example.app:",
    );
    const again = await comeFrom({ ...APP, redirect_uri: `${LOOPBACK_REDIRECT}` });
    expect(textOf(again.html)).toContain("Continue to The app");
    const back = await browser.submit(/Continue to/);
    expect(back.path).toMatch(/^http:\/\/127\.0\.0\.1\/cb\?code=dsa_/);
    expect([...browser.jar.keys()].filter((name) => name.includes(back.path))).toEqual([]);
  });

  test("who says no is sent back without a code", async () => {
    await comeFrom(APP);
    await signIn();
    const back = await browser.submit(/Continue to/, { do: "decline" });
    expect(back.path).toMatch(/^com\.example\.app:\/cb\?error=access_denied/);
  });

  test("whose session ended before the click signs in again and goes on", async () => {
    await comeFrom(APP);
    const { path } = await signIn();
    browser.jar.delete("doorstep");
    const refused = await browser.submit(/Continue to/);
    expect([refused.path, titleIn(refused.html)]).toEqual([path, "Sign in"]);
    expect(alertIn(refused.html)).toMatch(/^We lost track/);
    expect(textOf((await signIn()).html)).toContain("Continue to The app");
  });

  test("cannot be sent on by a form of another site", async () => {
    await comeFrom(APP);
    const { path } = await signIn();
    const body = new URLSearchParams({ do: "app" });
    const headers = { "sec-fetch-site": "cross-site" };
    const answer = await browser.ask(path, { method: "POST", headers, body });
    expect(answer.status).toBe(403);
    expect(answer.headers.get("location")).toBeNull();
  });

  test.each([
    ["forged", "key.AAAA.AAAA"],
    ["empty", ""],
    ["of 10 KB", "a".repeat(10_000)],
  ])("with a %s request finds the page and goes nowhere else", async (_, handle) => {
    const { html, path } = await browser.open(`/login?authorization=${handle}`);
    expect(path).toBe(`/login?authorization=${handle}`);
    expect(alertIn(html)).toMatch(/^We lost track/);
  });

  test("with the longest request that the endpoint takes comes through, or is told, and never loops", async () => {
    const { html, path } = await comeFrom({ state: "s".repeat(500) });
    expect(path).toMatch(/^\/login/);
    expect(titleIn(html)).toBe("Sign in");
  });
});

test("the script is told where to go, for a fetch may not follow to an app's address", async () => {
  await comeFrom();
  await browser.submit(/name="phone"/, { phone: OAUTH_PHONE });
  await gateway.runtime.settle();
  const { path } = browser.page();
  const code = newestCode(gateway, OAUTH_PHONE) ?? "";
  const body = new URLSearchParams({ do: "code", code });
  const headers = { "x-requested-with": "doorstep" };
  const answer = await browser.ask(path, { method: "POST", headers, body });
  expect([answer.status, answer.headers.get("location")]).toEqual([200, null]);
  expect(answer.headers.get("x-location")).toMatch(/^https:\/\/shop\.example\/cb\?code=/);
});
