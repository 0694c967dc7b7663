import type { BrowserContext, HTTPRequest, Page } from "puppeteer-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type ClientApps, serveClientApps } from "../../support/client/serve-client-apps.ts";
import { describeBrowser, sharedBrowser } from "../../support/gateway/browser.ts";
import {
  type GatewayProcess,
  startGateway,
  temporaryFolder,
} from "../../support/gateway/gateway-process.ts";
import { publicEntry, withClients } from "../../support/gateway/oauth-client.ts";
import { stubWebOtp, type WebOtp } from "../../support/login/web-otp.ts";
import { freePort } from "../../support/stores/redis-server.ts";

/** By a timer: a tab in the background draws nothing. */
const patience = { timeout: 20_000, polling: 100 };

describeBrowser("doorstep/client in Chromium", () => {
  const browser = sharedBrowser();
  const cleanups: (() => Promise<void> | void)[] = [];
  let apps: ClientApps;
  let gateway: GatewayProcess;
  let issuer: string;
  let context: BrowserContext;

  beforeAll(async () => {
    const atTheEnd = (cleanup: () => Promise<void> | void) => void cleanups.unshift(cleanup);
    apps = await serveClientApps();
    atTheEnd(apps.stop);
    const spa = {
      ...publicEntry("spa", `${apps.origin}/callback`),
      post_logout_redirect_uris: [`${apps.origin}/bye`],
    };
    const PORT = String(await freePort());
    issuer = `http://localhost:${PORT}`;
    gateway = await startGateway(
      temporaryFolder(atTheEnd),
      {
        NODE_ENV: "development",
        PORT,
        PUBLIC_URL: issuer,
        ALLOWED_ORIGINS: apps.origin,
        OTP_SENDS_PER_PHONE: "100/1h",
        ...withClients(spa),
      },
      atTheEnd,
    );
    await apps.useGateway(issuer);
    context = await browser().createBrowserContext();
  }, 60_000);
  afterAll(async () => {
    for (const cleanup of cleanups) await cleanup();
  });

  /** Each test has phones of its own: the newest code of a phone is then the one that was asked for. */
  async function codeFor(phone: string): Promise<string> {
    const newest = async () => {
      const answer = await fetch(`${gateway.url}/dev/outbox`);
      const { messages } = (await answer.json()) as { messages: { to: string; code: string }[] };
      return messages.find(({ to }) => to === `+91${phone}`)?.code;
    };
    await expect.poll(newest, { timeout: 10_000 }).toBeDefined();
    return (await newest()) ?? "";
  }

  /** A tab of the bare page, and the refreshes that it sends. */
  async function openTab(storage: string, before?: (page: Page) => Promise<unknown>) {
    const page = await context.newPage();
    await before?.(page);
    const refreshes: HTTPRequest[] = [];
    page.on("request", (request) => {
      if (request.postData()?.includes("grant_type=refresh_token")) refreshes.push(request);
    });
    await page.goto(`${apps.origin}/bare?storage=${storage}`);
    await page.waitForFunction("window.doorstep !== undefined", patience);
    return { page, refreshes };
  }

  async function logIn(page: Page, phone: string): Promise<void> {
    await page.evaluate(
      `doorstep.requestCode("${phone}").then((asked) => { window.asked = asked })`,
    );
    await page.evaluate(`doorstep.verifyCode(asked, "${await codeFor(phone)}")`);
  }

  const token = (page: Page) => page.evaluate("doorstep.accessToken()") as Promise<string | null>;
  const nameIn = (page: Page) =>
    page.evaluate("doorstep.current().then((one) => one && one.user.name)");
  const statusFor = async (authorization: string) =>
    (await fetch(`${gateway.url}/auth/me`, { headers: { authorization } })).status;
  const statusOf = async (held: string | null) => statusFor(`Bearer ${held}`);

  /** The token in the shared storage is due from now on. */
  const makeDue = (page: Page) =>
    page.evaluate(() => {
      for (const [key, text] of Object.entries(localStorage)) {
        if (!text.startsWith("{")) continue;
        localStorage.setItem(key, JSON.stringify({ ...JSON.parse(text), refreshAt: 1 }));
      }
    });

  it("two tabs that refresh at the same instant get one answer, and stay signed in", async () => {
    const [one, two] = [await openTab("local"), await openTab("local")];
    await logIn(one.page, "9876500001");
    const first = await token(two.page);
    await makeDue(one.page);
    const [a, b] = await Promise.all([token(one.page), token(two.page)]);
    expect(b).not.toBe(first);
    expect(a).not.toBe(first);
    // One, but where Chromium showed the second tab's process the new tokens a moment late.
    expect(one.refreshes.length + two.refreshes.length).toBeLessThanOrEqual(2);
    expect(await statusOf(a)).toBe(200);
    await makeDue(two.page);
    const next = await token(two.page);
    expect(await statusOf(next)).toBe(200);
    await expect.poll(() => token(one.page), { timeout: 10_000 }).toBe(next);

    // Any script of this origin can send this event: the value in it counts for nothing.
    await two.page.evaluate(() => {
      for (const key of [...Object.keys(localStorage), null]) {
        dispatchEvent(new StorageEvent("storage", { key, newValue: null }));
        dispatchEvent(new StorageEvent("storage", { key, newValue: '{"user":{"id":"thief"}}' }));
      }
    });
    expect(await token(two.page)).toBe(next);

    // The gateway ends the session: the tab that meets it tells the other one.
    const headers = { authorization: `Bearer ${next}` };
    await fetch(`${gateway.url}/auth/sessions`, { method: "DELETE", headers });
    expect(
      await two.page.evaluate('doorstep.fetch(GATEWAY + "/auth/me").then((r) => r.status)'),
    ).toBe(401);
    await one.page.waitForFunction("heard.length > 0 && heard.at(-1) === null", patience);
    expect(await token(one.page)).toBeNull();
    await Promise.all([one.page.close(), two.page.close()]);
  });

  it("two tabs without Web Locks that send one refresh token get one answer, and stay signed in", async () => {
    const withoutLocks = (page: Page) =>
      page.evaluateOnNewDocument(() =>
        Object.defineProperty(Navigator.prototype, "locks", { value: undefined }),
      );
    const one = await openTab("local", withoutLocks);
    const two = await openTab("local", withoutLocks);
    await logIn(one.page, "9876500002");
    await makeDue(one.page);
    const [a, b] = await Promise.all([token(one.page), token(two.page)]);
    expect(one.refreshes.length + two.refreshes.length).toBeLessThanOrEqual(2);
    expect([await statusOf(a), await statusOf(b)]).toEqual([200, 200]);
    await makeDue(two.page);
    expect(await statusOf(await token(two.page))).toBe(200);
    expect(await statusOf(await token(one.page))).toBe(200);

    // Log-out of one tab reaches the other, and the gateway.
    expect(await one.page.evaluate("doorstep.signOut()")).toBe(true);
    await two.page.waitForFunction("heard.length > 0 && heard.at(-1) === null", patience);
    expect(await nameIn(two.page)).toBeNull();
    expect(await statusOf(a)).toBe(401);
    await Promise.all([one.page.close(), two.page.close()]);
  });

  it("with storage session a reload stays signed in, and a copied tab begins signed out without harm to the first", async () => {
    const { page } = await openTab("session");
    await logIn(page, "9876500003");
    const name = await nameIn(page);
    await page.reload();
    await page.waitForFunction("window.doorstep !== undefined", patience);
    expect(await nameIn(page)).toBe(name);
    const [copy] = await Promise.all([
      new Promise<Page | null>((resolve) => page.once("popup", resolve)),
      page.evaluate("void window.open(location.href)"),
    ]);
    if (copy === null) throw new Error("no second tab");
    await copy.waitForFunction("window.doorstep !== undefined", patience);
    expect(await nameIn(copy)).toBeNull();
    expect(await nameIn(page)).toBe(name);
    await page.reload();
    await page.waitForFunction("window.doorstep !== undefined", patience);
    expect(await statusOf(await token(page))).toBe(200);
    await Promise.all([page.close(), copy.close()]);
  });

  it("with storage memory a log-out ends the sessions of the other tabs as well", async () => {
    const [one, two] = [await openTab("memory"), await openTab("memory")];
    await logIn(one.page, "9876500004");
    await logIn(two.page, "9876500005");
    const held = await token(two.page);
    expect(await one.page.evaluate("JSON.stringify([localStorage, sessionStorage])")).not.toMatch(
      /token/,
    );
    await one.page.evaluate("doorstep.signOut()");
    await expect.poll(() => statusOf(held), { timeout: 10_000 }).toBe(401);
    expect(await nameIn(two.page)).toBeNull();
    await Promise.all([one.page.close(), two.page.close()]);
  });

  it("the example logs in with a code that the browser reads, chooses a customer, and signs out", async () => {
    const page = await context.newPage();
    await page.evaluateOnNewDocument(stubWebOtp);
    await page.goto(apps.origin);
    const otp = () => page.evaluate("({ ...window.otp })") as Promise<WebOtp>;
    const said = (text: string) =>
      page.waitForFunction(`document.body.textContent.includes(${JSON.stringify(text)})`, patience);
    await page.type("#phone", "98");
    await page.click("#ask");
    await said("Please enter a mobile number");
    expect(await otp()).toMatchObject({ asked: 1, aborted: 1 });

    await page.type("#phone", "76500016");
    await page.click("#ask");
    await said("We have sent you a code.");
    expect(await otp()).toMatchObject({ asked: 2, aborted: 1 });
    const code = await codeFor("9876500016");
    await page.type("#code", code === "000000" ? "000001" : "000000");
    expect(await otp()).toMatchObject({ asked: 2, aborted: 2 });
    await page.click("#verify");
    await said("That code is not right.");

    await page.click("#ask");
    await expect.poll(async () => (await otp()).asked).toBe(3);
    await said("We have sent you a code.");
    await page.evaluate(`otp.deliver("${await codeFor("9876500016")}")`);
    await page.waitForSelector("button:nth-of-type(6)", patience);
    await page.click("button:nth-of-type(6)");
    await page.waitForFunction("!/^(nobody)?$/.test(who.textContent)", patience);
    await page.click("#sign-out");
    await said("nobody");
    await page.close();
  });

  it("the example signs in over the login page and out of it, with no token in any address", async () => {
    const page = await context.newPage();
    const addresses: string[] = [];
    page.on("request", (request) => addresses.push(request.url()));
    page.on("console", (message) => addresses.push(message.text()));
    await page.goto(apps.origin);
    await Promise.all([
      page.waitForSelector("#phone[name=phone]", patience),
      page.click("#sign-in"),
    ]);
    await page.type("#phone", "9876500007");
    await page.click("button.main");
    await page.waitForSelector("main #code", patience);
    await page.type("#code", await codeFor("9876500007"));
    await Promise.all([
      page.waitForFunction('location.pathname === "/orders"', patience),
      page.click("button.main"),
    ]);
    await page.waitForFunction("!/^(nobody)?$/.test(who.textContent)", patience);
    const stored = JSON.parse(
      (await page.evaluate(
        'Object.values(localStorage).find((text) => text.includes("id_token"))',
      )) as string,
    );
    await Promise.all([
      page.waitForFunction('location.pathname === "/bye"', patience),
      page.click("#leave"),
    ]);
    expect(await statusOf(stored.access_token)).toBe(401);
    for (const name of ["access_token", "refresh_token", "id_token"]) {
      expect(stored[name]).toMatch(/^[\w.-]{20,}$/);
      expect(addresses.join(" ")).not.toContain(stored[name]);
    }
    // The login page's session ended too, although its cookie did not come with the form.
    await page.goto(`${issuer}/login`);
    expect(await page.$("#phone")).not.toBeNull();
    await page.close();
  });
});
