import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { shopWithOpenidClient } from "../../support/clients/openid-client.ts";
import { type SinglePageApp, serveSinglePageApp } from "../../support/clients/spa.ts";
import { throughSpa } from "../../support/clients/spa-story.ts";
import { describeBrowser, sharedBrowser } from "../../support/gateway/browser.ts";
import {
  type GatewayProcess,
  startGateway,
  temporaryFolder,
} from "../../support/gateway/gateway-process.ts";
import { publicEntry, withClients } from "../../support/gateway/oauth-client.ts";
import { PUBLIC_URL } from "../../support/gateway/test-gateway.ts";
import { type PageBrowser, pageBrowser } from "../../support/login/page-browser.ts";
import { freePort } from "../../support/stores/redis-server.ts";

interface Place {
  readonly gateway: GatewayProcess;
  readonly issuer: string;
  readonly app: SinglePageApp;
}

const cleanups: (() => Promise<void> | void)[] = [];
let place: Place;

beforeAll(async () => {
  const atTheEnd = (cleanup: () => Promise<void> | void) => void cleanups.unshift(cleanup);
  const app = await serveSinglePageApp();
  atTheEnd(app.stop);
  const spa = {
    ...publicEntry("spa", `${app.origin}/callback`),
    post_logout_redirect_uris: [`${app.origin}/bye`],
  };
  const PORT = String(await freePort());
  const issuer = `http://localhost:${PORT}`;
  const settings = { NODE_ENV: "development", PORT, PUBLIC_URL: issuer, ...withClients(spa) };
  const gateway = await startGateway(temporaryFolder(atTheEnd), settings, atTheEnd);
  app.logInAt(issuer);
  place = { gateway, issuer, app };
}, 60_000);
afterAll(async () => {
  for (const cleanup of cleanups) await cleanup();
});

async function codeFor(phone: string): Promise<string> {
  const newest = async () => {
    const answer = await fetch(`${place.gateway.url}/dev/outbox`);
    const { messages } = (await answer.json()) as { messages: { to: string; code: string }[] };
    return messages.find(({ to }) => to === `+91${phone}`)?.code;
  };
  await expect.poll(newest, { timeout: 10_000 }).toBeDefined();
  return (await newest()) ?? "";
}

/** A browser without a script, at the process. */
function browserHere(): PageBrowser {
  const request = async (url: string, init: RequestInit = {}) => {
    const headers = new Headers(init.headers);
    headers.delete("host");
    const at = url.replace(PUBLIC_URL, place.gateway.url);
    return fetch(at, { ...init, headers, redirect: "manual" });
  };
  return pageBrowser({ app: { request } as Parameters<typeof pageBrowser>[0]["app"] });
}

describe("the gateway as a process of its own", () => {
  it("takes openid-client through discovery, the page, userinfo and a refresh to a log-out", async () => {
    const browser = browserHere();
    const [phone, { issuer }] = ["9876500001", place];
    await shopWithOpenidClient({
      issuer,
      fetch: (url, init) => fetch(url, init as RequestInit),
      async signIn({ pathname, search }) {
        await browser.open(pathname + search);
        await browser.submit(/name="phone"/, { phone });
        return new URL((await browser.showCode(await codeFor(phone))).path);
      },
      async visit({ pathname, search }) {
        const answer = await browser.ask(pathname + search);
        return new URL(answer.headers.get("location") ?? "", issuer);
      },
    });
  });
});

describeBrowser("a page of another origin with oidc-client-ts", () => {
  const browser = sharedBrowser();

  it.each([true, false])(
    "is returned to after a log-out without an ID token and a click on the page, with a script: %s",
    async (hasScript) => {
      const { app, issuer } = place;
      const page = await (await browser().createBrowserContext()).newPage();
      await page.setJavaScriptEnabled(hasScript);
      const patience = { timeout: 20_000 };
      const phone = hasScript ? "9876500003" : "9876500004";
      await page.goto(`${issuer}/login`);
      await page.type("#phone", phone);
      await page.click("button.main");
      await page.waitForSelector("#code", patience);
      await page.type("#code", await codeFor(phone));
      // The script sends the sixth digit itself only where it was not typed.
      await page.click("button.main");
      await page.waitForSelector('button[value="out"]', patience);
      const asked = {
        client_id: "spa",
        post_logout_redirect_uri: `${app.origin}/bye`,
        state: "s-2",
      };
      await page.goto(`${issuer}/auth/end-session?${new URLSearchParams(asked)}`);
      expect(new URL(page.url()).pathname).toBe("/login");
      await Promise.all([page.waitForNavigation(patience), page.click('button[value="out"]')]);
      await expect.poll(() => page.url(), patience).toBe(`${app.origin}/bye?state=s-2`);
      await page.goto(`${issuer}/login`);
      expect(await page.$("#phone")).not.toBeNull();
      await page.browserContext().close();
    },
  );

  it("logs in over the page, reads userinfo, refreshes and logs out, without a hidden frame", async () => {
    const { app, issuer } = place;
    const page = await (await browser().createBrowserContext()).newPage();
    const phone = "9876500002";
    const code = () => codeFor(phone);
    const spa = { app: app.origin, issuer, phone, code, asksForClick: false };
    const headers = { authorization: `Bearer ${await throughSpa(page, spa)}` };
    const gone = await fetch(`${place.gateway.url}/auth/userinfo`, { headers });
    expect(gone.status).toBe(401);
    await page.browserContext().close();
  });
});
