import type { Page } from "puppeteer-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { describeBrowser, sharedBrowser } from "../../support/gateway/browser.ts";
import {
  type GatewayProcess,
  startGateway,
  temporaryFolder,
} from "../../support/gateway/gateway-process.ts";
import { type LegacyBackend, startLegacyBackend } from "../../support/legacy-backend/start.ts";
import { serveWebApp } from "../../support/web-app/serve.ts";

/** Of sample/: one linked, one imported without links, one whose account a backfill named by `_id`. */
const RAVI = { phone: "9876500002", u: "2c9e4b71-5a0d-4f38-8b17-000000000002" };
const MEENA = { phone: "9876500003", u: "7d1f0a52-8c3e-4b6a-9e21-000000000003" };
const LAKSHMI = { phone: "9876500005", u: "usr_2c9e4b71-5a0d-4f38-8b17-000000000005" };

const orderOf = ({ phone, u }: typeof RAVI) => ({
  id: `o-${phone}`,
  user_id: u,
  marker: `ORDER-OF-${phone}`,
});

describeBrowser("the old web app, on an origin of its own", () => {
  const browser = sharedBrowser();
  const cleanups: (() => Promise<unknown> | unknown)[] = [];
  let backend: LegacyBackend;
  let gateway: GatewayProcess;
  let page: Page;
  /** What the page asked for, and what it got, redirects included. */
  let calls: { readonly path: string; readonly status: number }[];

  beforeAll(async () => {
    const atTheEnd = (cleanup: () => Promise<void> | void) => void cleanups.unshift(cleanup);
    const app = await serveWebApp();
    cleanups.push(() => app.stop());
    backend = await startLegacyBackend({ data: { orders: [RAVI, MEENA, LAKSHMI].map(orderOf) } });
    cleanups.push(() => backend.stop());
    const env = {
      NODE_ENV: "development",
      ALLOWED_ORIGINS: app.origin,
      LEGACY_UPSTREAM_URL: backend.url,
      LEGACY_JWT_SECRET: backend.secret,
    };
    gateway = await startGateway(temporaryFolder(atTheEnd), env, atTheEnd);
    page = await browser().newPage();
    page.on("response", (response) => {
      const { pathname } = new URL(response.url());
      if (pathname.startsWith("/api/")) calls.push({ path: pathname, status: response.status() });
    });
    calls = [];
    await page.goto(`${app.origin}/?api=http://localhost:${gateway.port}`);
    await page.evaluate("window.ready");
  }, 60_000);
  afterAll(async () => {
    for (const cleanup of cleanups) await cleanup();
  });

  const textOf = (id: string) => page.$eval(`#${id}`, (node) => node.textContent);
  const typeInto = (id: string, text: string) =>
    page.$eval(
      `#${id}`,
      (node, value) => {
        (node as HTMLInputElement).value = value;
      },
      text,
    );
  const shown = (id: string, what: RegExp) =>
    expect.poll(() => textOf(id), { timeout: 10_000 }).toMatch(what);

  async function codeFor(phone: string): Promise<string> {
    await typeInto("phone", phone);
    await page.click("#send");
    await shown("sent", /sent by SMS$/);
    const newest = async () => {
      const answer = await fetch(`${gateway.url}/dev/outbox`);
      const { messages } = (await answer.json()) as { messages: { to: string; code: string }[] };
      return messages.find(({ to }) => to === `+91${phone}`)?.code;
    };
    await expect.poll(newest).toBeDefined();
    return (await newest()) ?? "";
  }

  async function logIn({ phone, u }: typeof RAVI): Promise<void> {
    await typeInto("otp", await codeFor(phone));
    await page.click("#verify");
    await shown("who", new RegExp(`^${u} .+ customer$`));
  }

  async function home(): Promise<string> {
    await page.click("#load");
    await shown("home", /./);
    return (await textOf("home")) ?? "";
  }

  it("the old web app, on an origin of its own logs in by its OTP tab, and its three calls find products and the old orders", async () => {
    await logIn(RAVI);
    const loaded = await home();
    expect(loaded).toContain(orderOf(RAVI).marker);
    expect(loaded).toContain('"products":[{');
    // Without the trailing slash, by the backend's redirects, which never name the backend.
    const asked = backend.received.map(({ method, target }) => `${method} ${target}`);
    expect(asked).toEqual(
      expect.arrayContaining(["GET /api/orders", "GET /api/orders/", "GET /api/subscriptions"]),
    );
    expect(calls).toContainEqual({ path: "/api/orders", status: 200 });
  });

  it("the old web app, on an origin of its own is not thrown out by a wrong code", async () => {
    await page.evaluate("window.stillHere = true");
    const code = await codeFor(MEENA.phone);
    await typeInto("otp", code === "000000" ? "000001" : "000000");
    await page.click("#verify");
    await shown("error", /That code is not right/);
    expect(await page.evaluate("window.stillHere")).toBe(true);
    expect(calls.at(-1)).toEqual({ path: "/api/auth/otp/verify", status: 400 });
  });

  it("the old web app, on an origin of its own shows the next customer of the browser nothing that its service worker kept", async () => {
    // The imported account's password is lost, or known to everybody: the phone brings its orders.
    await page.evaluate("localStorage.clear()");
    await page.evaluate("window.stillHere = undefined");
    await page.reload();
    await page.evaluate("window.ready");
    await logIn(LAKSHMI);
    const loaded = await home();
    expect(loaded).toContain(orderOf(LAKSHMI).marker);
    expect(loaded).not.toContain(orderOf(RAVI).marker);
  });

  it("the old web app, on an origin of its own is sent to its login by a token that was ended elsewhere, and can read why", async () => {
    const token = await page.evaluate("localStorage.getItem('token')");
    const headers = { authorization: `Bearer ${token}` };
    const ended = await fetch(`${gateway.url}/auth/logout`, { method: "POST", headers });
    expect(ended.status).toBe(204);
    let asked = 0;
    await expect
      .poll(
        async () => {
          const held = await page.evaluate("localStorage.getItem('token')");
          if (held === null) return null;
          // A path that the service worker has not kept yet.
          const path = `/orders/?n=${asked++}`;
          await page
            .evaluate(`call("GET", "${path}").catch(() => undefined)`)
            .catch(() => undefined);
          return held;
        },
        { timeout: 15_000, interval: 500 },
      )
      .toBeNull();
    expect(calls.filter(({ status }) => status === 401).length).toBeGreaterThan(0);
  });
});
