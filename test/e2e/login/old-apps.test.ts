import type { Page } from "puppeteer-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type ClientApps, serveClientApps } from "../../support/client/serve-client-apps.ts";
import { describeBrowser, sharedBrowser } from "../../support/gateway/browser.ts";
import {
  type GatewayProcess,
  startGateway,
  temporaryFolder,
} from "../../support/gateway/gateway-process.ts";
import { startLegacyBackend } from "../../support/legacy-backend/start.ts";

/** By a timer: a tab in the background draws nothing. */
const patience = { timeout: 20_000, polling: 100 };
/** Of sample/: linked both ways; and two customers of one phone. */
const RAVI = { phone: "9876500002", u: "2c9e4b71-5a0d-4f38-8b17-000000000002" };
const HOUSEHOLD = "9876500016";

describeBrowser("the new login page of the old web app, as React", () => {
  const browser = sharedBrowser();
  const cleanups: (() => Promise<void> | void)[] = [];
  let apps: ClientApps;
  let gateway: GatewayProcess;

  beforeAll(async () => {
    const atTheEnd = (cleanup: () => Promise<void> | void) => void cleanups.unshift(cleanup);
    apps = await serveClientApps();
    atTheEnd(apps.stop);
    const orders = [{ id: "o-1", user_id: RAVI.u, marker: "ORDER-OF-RAVI" }];
    const backend = await startLegacyBackend({ data: { orders } });
    atTheEnd(() => backend.stop());
    const env = {
      NODE_ENV: "development",
      ALLOWED_ORIGINS: apps.origin,
      LEGACY_UPSTREAM_URL: backend.url,
      LEGACY_JWT_SECRET: backend.secret,
    };
    gateway = await startGateway(temporaryFolder(atTheEnd), env, atTheEnd);
    await apps.useGateway(`http://localhost:${gateway.port}`);
  }, 60_000);
  afterAll(async () => {
    for (const cleanup of cleanups) await cleanup();
  });

  const said = (page: Page, text: string) =>
    page.waitForFunction(`document.body.textContent.includes(${JSON.stringify(text)})`, patience);

  async function codeFor(phone: string): Promise<string> {
    const newest = async () => {
      const answer = await fetch(`${gateway.url}/dev/outbox`);
      const { messages } = (await answer.json()) as { messages: { to: string; code: string }[] };
      return messages.find(({ to }) => to === `+91${phone}`)?.code;
    };
    await expect.poll(newest, { timeout: 10_000 }).toBeDefined();
    return (await newest()) ?? "";
  }

  async function askForCode(page: Page, phone: string): Promise<string> {
    await page.waitForSelector("[name=phone]", patience);
    await page.type("[name=phone]", phone);
    await page.click("[type=submit]");
    await page.waitForSelector("[name=code]", patience);
    return codeFor(phone);
  }

  it("the new login page of the old web app logs a customer in, finds the old orders, and tells every tab of a log-out", async () => {
    const page = await browser().newPage();
    await page.goto(`${apps.origin}/old`);
    const code = await askForCode(page, RAVI.phone);
    await page.type("[name=code]", code === "000000" ? "000001" : "000000");
    await page.click("[type=submit]");
    await said(page, "That code is not right. 4 tries are left.");
    await page.$eval("[name=code]", (field) => (field as HTMLInputElement).select());
    await page.type("[name=code]", code);
    await page.click("[type=submit]");
    await said(page, "Ravi Kulkarni");
    // Without the trailing slash, by the backend's redirect.
    const orders = await page.evaluate('call("GET", "/orders").then(JSON.stringify)');
    expect(orders).toContain("ORDER-OF-RAVI");

    const other = await browser().newPage();
    await other.goto(`${apps.origin}/old`);
    await said(other, "Ravi Kulkarni");
    await page.bringToFront();
    await page.click("#leave");
    await said(other, "Mobile number");
    await said(page, "Mobile number");
    await other.close();
    await page.close();
  });

  it("the new login page of the old web app lets the customers of one phone choose, and says what a wrong password is", async () => {
    const page = await browser().newPage();
    await page.goto(`${apps.origin}/old`);
    await page.waitForSelector("[name=phone]", patience);
    await page.type("[name=phone]", "12");
    await page.click("[type=submit]");
    await said(page, "Please enter a mobile number");
    await page.click("nav button:last-child");
    await page.type("[name=email]", "admin@example.com");
    await page.type("[name=password]", "wrong");
    await page.click("[type=submit]");
    await page.waitForFunction(
      'document.querySelector("[role=alert]").textContent !== ""',
      patience,
    );
    expect(await page.$("[name=password]")).not.toBeNull();
    await page.click("nav button");
    await page.waitForSelector("[name=phone]", patience);
    const code = await askForCode(page, HOUSEHOLD);
    await page.type("[name=code]", code);
    await page.click("[type=submit]");
    await said(page, "Which account?");
    await page.click("section button:nth-of-type(2)");
    await page.waitForSelector("#leave", patience);
    await page.close();
  });
});
