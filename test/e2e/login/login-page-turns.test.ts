import type { ServerResponse } from "node:http";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { listen, type NodeServer } from "../../../src/runtimes/node/node-server.ts";
import { customer } from "../../cases-extra/people.ts";
import { describeBrowser, sharedBrowser } from "../../support/gateway/browser.ts";
import { newestCode, wrongFor } from "../../support/gateway/client.ts";
import { type TestGateway, testGateway } from "../../support/gateway/test-gateway.ts";
import { type PhoneWindow, phoneWindow } from "../../support/login/phone-window.ts";
import { stubWebOtp, type WebOtp } from "../../support/login/web-otp.ts";

const PHONE = "9876543210";
const SHARED = "9876543211";
const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** A page of another site: it frames the login page, and sends the visitor to it with a form. */
const evilPage = (port: number): Response =>
  new Response(
    `<iframe src="http://localhost:${port}/login"></iframe>
<form method="post" action="http://localhost:${port}/login"><input name="phone" value="${PHONE}"><button>`,
    { headers: { "Content-Type": "text/html" } },
  );

// A dozen page changes each, on a machine where much else runs.
vi.setConfig({ testTimeout: 60_000 });

describeBrowser("a sign-in at the login page that takes a turn", () => {
  const browser = sharedBrowser();
  let gateway: TestGateway;
  let server: NodeServer;
  let phone: PhoneWindow;
  /** While true, an answer to a form gets lost on its way, after all is done. */
  let isLosing: boolean;
  let posts: number;

  beforeEach(async () => {
    isLosing = false;
    posts = 0;
    gateway = await testGateway({
      documents: {
        customers_v2: [
          customer("c-1", PHONE, { name: "Asha Rao", area: "Indiranagar" }),
          customer("c-2", SHARED, { name: "Anil", area: "Home" }),
          customer("c-3", SHARED, { name: "Rekha", area: "Shop" }),
        ],
      },
    });
    server = await listen("127.0.0.1", 0);
    server.serve(async (request, platform) => {
      if (new URL(request.url).hostname === "127.0.0.1") return evilPage(server.port);
      const isForm = request.method === "POST";
      const answer = await gateway.app.fetch(request);
      if (isForm) posts++;
      if (isForm && isLosing) (platform as { outgoing: ServerResponse }).outgoing.destroy();
      return answer;
    }, gateway.gateway.log);
    phone = await open();
  });
  afterEach(async () => {
    await phone.close();
    await server.stop(0);
  });

  const open = (options?: { readonly hasScript: boolean }) =>
    phoneWindow(browser(), `http://localhost:${server.port}`, options);
  const messages = () => gateway.outbox.latest();
  async function codeFor(number: string): Promise<string> {
    await gateway.runtime.settle();
    return newestCode(gateway, number) ?? "";
  }
  const text = () => phone.page.$eval("main", (node) => node.textContent ?? "");
  const webOtp = async () => (await phone.page.evaluate("window.otp")) as WebOtp;

  it("counts down to the next message in silence, and gets the same code again", async () => {
    await phone.ask(PHONE);
    const code = await codeFor(PHONE);
    const wait = await phone.page.$eval("[data-seconds]", (node) => ({
      isSilent: node.getAttribute("aria-hidden"),
      text: node.textContent,
    }));
    expect(wait).toMatchObject({ isSilent: "true", text: expect.stringMatching(/^0:[0-3]\d$/) });
    await phone.press("sms");
    await phone.says(/^Please wait 30 seconds before the next message\./);
    // At 360x300 the brand's name makes room for the error.
    expect(await phone.page.$eval("body", (node) => node.className)).toBe("told");
    gateway.clock.advance(30 * SECOND);
    await phone.press("sms");
    await phone.says(/^$/);
    const told = await phone.page.evaluate(() => {
      const { role, textContent } = document.activeElement ?? {};
      return [role, textContent];
    });
    expect(told).toEqual(["status", expect.stringContaining("arrives within a minute")]);
    expect(await codeFor(PHONE)).toBe(code);
    expect(messages()).toHaveLength(2);
    await phone.enter(code);
    await phone.shows("You are signed in");
  });

  it("is called instead, with an empty field for the code", async () => {
    await phone.ask(PHONE);
    await codeFor(PHONE);
    await phone.press("call");
    await expect.poll(text).toContain("we call within a minute");
    const code = await codeFor(PHONE);
    expect(messages()[0]).toMatchObject({ channel: "call", code });
    await phone.enter(code);
    await phone.shows("You are signed in");
  });

  it("whose five tries are spent goes on with a new code", async () => {
    await phone.ask(PHONE);
    const code = await codeFor(PHONE);
    for (const left of ["4 tries", "3 tries", "2 tries", "1 try"]) {
      await phone.enter(wrongFor(code));
      await phone.says(new RegExp(`^That code did not work\\..*${left} left\\.`, "s"));
    }
    await phone.enter(wrongFor(code));
    await phone.says(/^Too many wrong codes/);
    const before = await phone.alert();
    await phone.enter(code);
    await expect
      .poll(() => phone.alert().catch(() => before), { timeout: 20_000 })
      .not.toBe(before);
    await phone.says(/^Too many wrong codes\. Get a new code\./);
    gateway.clock.advance(30 * SECOND);
    await phone.press("sms");
    await phone.says(/^$/);
    const next = await codeFor(PHONE);
    expect(next).not.toBe(code);
    await phone.enter(next);
    await phone.shows("You are signed in");
  });

  it("that took too long is told so by the page itself, and goes on with a new code", async () => {
    await phone.ask(PHONE);
    const code = await codeFor(PHONE);
    gateway.clock.advance(5 * MINUTE);
    await phone.page.reload();
    await phone.says(/^That code did not work, or it is too old\. Get a new code\./);
    const before = await phone.alert();
    await phone.enter(code);
    // The same sentence with another reference: only then is the new form on the page.
    await expect
      .poll(() => phone.alert().catch(() => before), { timeout: 20_000 })
      .not.toBe(before);
    await phone.says(/^That code did not work, or it is too old\. Get a new code\./);
    await phone.press("sms");
    await phone.says(/^$/);
    await phone.enter(await codeFor(PHONE));
    await phone.shows("You are signed in");
  });

  it("of a family is made by the keyboard alone, switches customer without a code, and is ended", async () => {
    const keyboard = () => phone.page.keyboard;
    const focused = () =>
      phone.page.evaluate(() => {
        const { outlineStyle } = getComputedStyle(document.activeElement ?? document.body);
        return [document.activeElement?.textContent?.trim(), outlineStyle];
      });
    /** Goes on by Tab to what reads so, which then has an outline. */
    const tabTo = async (label: string) => {
      for (let steps = 0; steps < 20; steps++) {
        await keyboard().press("Tab");
        const [name, outline] = await focused();
        expect(outline).toBe("solid");
        if (name?.startsWith(label)) return;
      }
      throw new Error(`no way to ${label}`);
    };
    await phone.page.goto(`${phone.origin}/login`);
    await keyboard().press("Tab");
    await keyboard().type(SHARED);
    await keyboard().press("Enter");
    await phone.shows("Enter the code");
    await keyboard().press("Tab");
    await keyboard().type(await codeFor(SHARED));
    await keyboard().press("Enter");
    await phone.shows("Who is signing in?");
    await keyboard().press("Tab");
    await keyboard().press("ArrowDown");
    await tabTo("Continue");
    await keyboard().press("Enter");
    await phone.shows("You are signed in");
    expect(await text()).toContain("Rekha");
    const sent = messages().length;
    await tabTo("Anil");
    await keyboard().press("Enter");
    await expect.poll(() => phone.page.$eval(".who", (node) => node.textContent)).toBe("AnilHome");
    expect(messages()).toHaveLength(sent);
    await tabTo("Sign out");
    await keyboard().press("Enter");
    await phone.shows("Sign in");
    expect(await text()).toContain("You are signed out.");
  });

  it("in which the answer to the right code gets lost ends in that one session", async () => {
    await phone.ask(PHONE);
    const code = await codeFor(PHONE);
    isLosing = true;
    posts = 0;
    await phone.enter(code);
    await phone.says(/^You are offline\. What you typed is kept/);
    expect(await phone.valueOf("#code")).toBe(code);
    expect(posts).toBeGreaterThan(0);
    isLosing = false;
    await phone.page.evaluate(() => dispatchEvent(new Event("online")));
    await phone.shows("You are signed in");
    expect(await phone.page.$$eval("main li", (nodes) => nodes.length)).toBe(1);
  });

  it("hears the code by WebOTP once the page is there, and sends it by itself", async () => {
    await phone.page.evaluateOnNewDocument(stubWebOtp);
    await phone.ask(PHONE);
    await phone.page.evaluate(`window.otp.deliver("${await codeFor(PHONE)}")`);
    await phone.shows("You are signed in");
    expect(await webOtp()).toMatchObject({ asked: 1, aborted: 0 });
  });

  it("stops hearing where the customer sends a code by hand, or changes the number", async () => {
    await phone.page.evaluateOnNewDocument(stubWebOtp);
    await phone.ask(PHONE);
    const code = await codeFor(PHONE);
    await phone.page.$eval(
      "#code",
      (node, value) => Object.assign(node, { value }),
      wrongFor(code),
    );
    await phone.page.click("button.main");
    await phone.says(/^That code did not work/);
    expect((await webOtp()).aborted).toBe(1);
    const heard = await webOtp();
    await phone.press("change");
    await phone.shows("Sign in");
    expect((await webOtp()).aborted).toBe(heard.asked);
    expect(await phone.valueOf("#phone")).toBe(PHONE);
  });

  it("without JavaScript goes through an error, another message, a choice and a switch", async () => {
    await phone.close();
    phone = await open({ hasScript: false });
    await phone.ask(SHARED);
    const code = await codeFor(SHARED);
    await phone.enter(wrongFor(code));
    expect(await phone.alert()).toMatch(/^That code did not work.*4 tries left\./s);
    expect(await phone.page.title()).toMatch(/^That code did not work/);
    gateway.clock.advance(30 * SECOND);
    await phone.press("sms");
    expect(await phone.alert()).toBe("");
    await phone.enter(await codeFor(SHARED));
    expect(await phone.title()).toBe("Who is signing in?");
    await phone.page.click("label.choice");
    await phone.press("customer");
    expect(await text()).toContain("Anil");
    await phone.press("switch");
    expect(await phone.page.$eval(".who", (node) => node.textContent)).toBe("RekhaShop");
    await phone.press("out");
    expect(await text()).toContain("You are signed out.");
  });

  it("is not shown in a frame of another site, and not begun by a form of another site", async () => {
    const context = await browser().createBrowserContext();
    const page = await context.newPage();
    await page.goto(`http://127.0.0.1:${server.port}/`);
    const frame = page.frames().find((each) => each !== page.mainFrame());
    expect(frame?.url()).toMatch(/^chrome-error:/);
    await Promise.all([page.waitForNavigation(), page.click("button")]);
    expect(page.url()).toBe(`${phone.origin}/login`);
    expect(await page.$eval("main", (node) => node.textContent)).toContain("For your safety");
    await gateway.runtime.settle();
    expect(messages()).toHaveLength(0);
    await context.close();
  });
});
