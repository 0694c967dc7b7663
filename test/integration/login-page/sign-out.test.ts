import { beforeEach, describe, expect, test } from "vitest";
import { logIn, newestCode, refresh } from "../../support/gateway/client.ts";
import {
  codeFor,
  exchange,
  OAUTH_PHONE,
  oauthGateway,
  pageLogin,
  pkce,
} from "../../support/gateway/oauth-client.ts";
import type { TestGateway } from "../../support/gateway/test-gateway.ts";
import { type PageBrowser, pageBrowser } from "../../support/login/page-browser.ts";

const MINUTE = 60_000;

let gateway: TestGateway;
let browser: PageBrowser;

beforeEach(async () => {
  gateway = await oauthGateway();
  browser = pageBrowser(gateway);
  await signIn();
});

async function signIn(): Promise<void> {
  await browser.askForCode(OAUTH_PHONE);
  await gateway.runtime.settle();
  await browser.showCode(newestCode(gateway, OAUTH_PHONE) ?? "");
}

/** The shop's tokens, by the page's session in a browser. */
async function shopIn(cookie = browser.jar.get("doorstep") ?? ""): Promise<string> {
  const proof = pkce();
  const { body } = await exchange(gateway, await codeFor(gateway, cookie, proof), proof);
  return body.refresh_token;
}

const lives = async (refreshToken: string): Promise<boolean> =>
  (await refresh(gateway, refreshToken, { client_id: "shop" })).status === 200;

describe("signing out on the page", () => {
  test("signing out on the page ends the apps that this browser let in, and no other session", async () => {
    const here = await shopIn();
    const elsewhere = await shopIn((await pageLogin(gateway)).cookie);
    const direct = (await logIn(gateway, OAUTH_PHONE)).body.refresh_token;
    await browser.open("/login");
    await browser.submit(/value="out"/);
    expect(await lives(here)).toBe(false);
    expect(await lives(elsewhere)).toBe(true);
    expect((await refresh(gateway, direct)).status).toBe(200);
  });

  test("signing out on the page ends the apps of an earlier sign-in in this browser too, with and without the known device", async () => {
    for (const forgets of [[], ["doorstep-device"]]) {
      const shop = await shopIn();
      for (const name of forgets) browser.jar.delete(name);
      const former = browser.jar.get("doorstep");
      browser.jar.delete("doorstep");
      await browser.open("/login");
      browser.jar.set("doorstep", former ?? "");
      gateway.clock.advance(5 * MINUTE);
      await browser.submit(/name="phone"/, { phone: OAUTH_PHONE });
      await gateway.runtime.settle();
      await browser.showCode(newestCode(gateway, OAUTH_PHONE) ?? "");
      expect(browser.jar.get("doorstep")).not.toBe(former);
      expect(await lives(shop), "a new sign-in ends no app").toBe(true);
      const again = await shopIn();
      await browser.open("/login");
      await browser.submit(/value="out"/);
      expect([await lives(again), await lives(shop)]).toEqual([false, false]);
      await signIn();
    }
  });

  test("signing out on the page ends the session whose app code is still on its way", async () => {
    const proof = pkce();
    const code = await codeFor(gateway, browser.jar.get("doorstep") ?? "", proof);
    await browser.open("/login");
    await browser.submit(/value="out"/);
    expect((await exchange(gateway, code, proof)).status).toBe(400);
  });
});
