import { once } from "node:events";
import { createServer, type Server } from "node:https";
import { buffer } from "node:stream/consumers";
import type { Browser } from "puppeteer-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { customer } from "../../cases-extra/people.ts";
import { serveSinglePageApp } from "../../support/clients/spa.ts";
import { throughSpa } from "../../support/clients/spa-story.ts";
import { describeBrowser, launchBrowser } from "../../support/gateway/browser.ts";
import { bearer, call, newestCode } from "../../support/gateway/client.ts";
import { publicEntry, withClients } from "../../support/gateway/oauth-client.ts";
import { testGateway } from "../../support/gateway/test-gateway.ts";
import { type PhoneWindow, phoneWindow } from "../../support/login/phone-window.ts";
import { makeTestCa } from "../../support/stores/test-ca.ts";
import { describeEdge, type EdgePlace, sharedPlace } from "../edge-place.ts";

const HOST = "login.example.com";
const ORIGIN = `https://${HOST}`;
const PHONES = { script: "9876500301", plain: "9876500302", spa: "9876500303" };

/** The platform's edge: TLS in front of the Worker, under the Worker's own name. */
async function tlsFront({ worker }: EdgePlace): Promise<{ port: number; server: Server }> {
  const server = createServer(makeTestCa().trusted, async (incoming, outgoing) => {
    const { headers, method = "GET", url = "/" } = incoming;
    const sent = new Headers();
    for (const [name, value] of Object.entries(headers)) {
      // fetch sets those of the connection by itself.
      if (!/^(host|connection|content-length|accept-encoding)$/.test(name))
        sent.set(name, `${value}`);
    }
    const body = method === "POST" ? { body: await buffer(incoming) } : {};
    const answer = await worker.request(url, {
      ...{ method, headers: sent, redirect: "manual" },
      ...body,
    });
    for (const [name, value] of answer.headers) {
      if (!/^(set-cookie|content-encoding|content-length|transfer-encoding)$/.test(name))
        outgoing.setHeader(name, value);
    }
    outgoing.setHeader("Set-Cookie", answer.headers.getSetCookie());
    outgoing.writeHead(answer.status).end(Buffer.from(await answer.arrayBuffer()));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return { port: address.port, server };
}

/** A page with oidc-client-ts. Production takes no plain http but on a loopback address. */
const app = await serveSinglePageApp();
const APP = app.origin.replace("localhost", "127.0.0.1");
const spa = {
  ...publicEntry("spa", `${APP}/callback`),
  post_logout_redirect_uris: [`${APP}/bye`],
};
afterAll(app.stop);

describeEdge("the built Worker's login page", () => {
  const place = sharedPlace({ env: withClients(spa) });

  describeBrowser("in Chromium", () => {
    let browser: Browser;
    let server: Server;
    let phone: PhoneWindow;
    const visited: { readonly path: string; readonly policy: string }[] = [];

    beforeAll(async () => {
      const people = Object.values(PHONES).map((number) => customer(`c-${number}`, number));
      await place().mongo.put("customers_v2", people);
      const front = await tlsFront(place());
      server = front.server;
      browser = await launchBrowser({ host: HOST, port: front.port });
    }, 120_000);
    afterAll(async () => {
      await browser?.close();
      server?.closeAllConnections();
      server?.close();
    });

    async function signIn(number: string, hasScript: boolean): Promise<void> {
      phone = await phoneWindow(browser, ORIGIN, { hasScript });
      phone.page.on("response", (response) => {
        const policy = response.headers()["content-security-policy"] ?? "";
        visited.push({ path: new URL(response.url()).pathname, policy });
      });
      await phone.ask(number);
      expect(phone.page.url()).toMatch(/^https:\/\/login\.example\.com\/login\/s\/[\w-]{12}$/);
      await place().worker.settle();
      await phone.enter(newestCode(place(), number) ?? "");
      await phone.shows("You are signed in");
      expect(phone.page.url()).toBe(`${ORIGIN}/login`);
      expect(phone.loads()).toBe(hasScript ? 1 : 3);
    }

    it("signs a customer in without a page load, under the same policy as on Node", async () => {
      await signIn(PHONES.script, true);
      const node = await testGateway({ env: { NODE_ENV: "development", PUBLIC_URL: ORIGIN } });
      const there = await node.app.request("/login", { headers: { host: HOST } });
      const here = await place().worker.request("/login");
      for (const name of [
        ...["content-security-policy", "referrer-policy", "x-frame-options"],
        ...["cache-control", "vary", "x-content-type-options"],
      ]) {
        expect([name, here.headers.get(name)]).toEqual([name, there.headers.get(name)]);
      }
      for (const { policy } of visited.filter(({ path }) => path.startsWith("/login"))) {
        expect(policy).toBe(there.headers.get("content-security-policy"));
      }
      await phone.close();
    });

    it("signs a customer in without JavaScript, and keeps cookies that only this host gets", async () => {
      await signIn(PHONES.plain, false);
      const cookies = await phone.page.browserContext().cookies();
      expect(cookies.map(({ name }) => name).sort()).toEqual([
        "__Host-doorstep",
        "__Host-doorstep-device",
      ]);
      for (const { domain, httpOnly, path, sameSite, secure } of cookies) {
        expect({ domain, httpOnly, path, secure }).toEqual({
          ...{ domain: HOST, httpOnly: true, path: "/", secure: true },
        });
        expect(["Lax", "Strict"]).toContain(sameSite);
      }
      await phone.close();
    });

    it("takes a page of another origin with oidc-client-ts through a login, a refresh and a log-out", async () => {
      app.logInAt(ORIGIN);
      const page = await (await browser.createBrowserContext()).newPage();
      const code = async () => {
        await place().worker.settle();
        return newestCode(place(), PHONES.spa) ?? "";
      };
      const world = { app: APP, issuer: ORIGIN, phone: PHONES.spa, code, asksForClick: true };
      const token = await throughSpa(page, world);
      expect((await call(place(), "GET", "/auth/me", undefined, bearer(token))).status).toBe(401);
      await page.browserContext().close();
    });
  });
});
