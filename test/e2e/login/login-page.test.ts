import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { describeBrowser, sharedBrowser } from "../../support/gateway/browser.ts";
import { sharedGateway } from "../../support/gateway/gateway-process.ts";
import { type PhoneWindow, phoneWindow } from "../../support/login/phone-window.ts";
import { stubWebOtp, type WebOtp } from "../../support/login/web-otp.ts";

/** Of sample/: each test has a phone of its own, and so a budget of its own. */
const PHONES = {
  keyboard: "9876500001",
  script: "9876500002",
  webOtp: "9876500003",
  paste: "9876500004",
  wrong: "9876500005",
  offline: "9876500006",
  killed: "9876500007",
  plain: "9876500008",
  autofill: "9876500009",
  shared: "9876500016",
  late: "9876500018",
};

// A dozen page changes each, on a machine where much else runs.
vi.setConfig({ testTimeout: 60_000 });

describeBrowser("a sign-in at the login page", () => {
  const browser = sharedBrowser();
  const gateway = sharedGateway({ NODE_ENV: "development" });
  let phone: PhoneWindow;

  beforeEach(async () => {
    phone = await phoneWindow(browser(), `http://localhost:${gateway().port}`);
  });
  afterEach(() => phone.close());

  const focused = () => phone.page.evaluate(() => document.activeElement?.tagName);

  async function codeFor(phone: string): Promise<string> {
    const newest = async () => {
      const answer = await fetch(`${gateway().url}/dev/outbox`);
      const { messages } = (await answer.json()) as { messages: { to: string; code: string }[] };
      return messages.find(({ to }) => to === `+91${phone}`)?.code;
    };
    await expect.poll(newest, { timeout: 10_000 }).toBeDefined();
    return (await newest()) ?? "";
  }

  it("goes on without a page load, with the focus on the heading, and back to the same step", async () => {
    await phone.ask(PHONES.script);
    expect(phone.loads()).toBe(1);
    expect(phone.page.url()).toMatch(/\/login\/s\/[\w-]{12}$/);
    expect(await focused()).toBe("H1");
    const step = phone.page.url();
    await phone.page.type("#code", await codeFor(PHONES.script));
    await phone.page.click("button.main");
    await phone.shows("You are signed in");
    expect(phone.loads()).toBe(1);
    expect(await phone.page.evaluate("window.shifts")).toBe(0);
    await phone.page.goto(step);
    expect(await phone.title()).toBe("You are signed in");
  });

  it("works by the keyboard alone", async () => {
    await phone.page.goto(`${phone.origin}/login`);
    await phone.page.keyboard.press("Tab");
    await phone.page.keyboard.type(PHONES.keyboard);
    await phone.page.keyboard.press("Enter");
    await phone.shows("Enter the code");
    await phone.page.keyboard.press("Tab");
    await phone.page.keyboard.type(await codeFor(PHONES.keyboard));
    await phone.page.keyboard.press("Enter");
    await phone.shows("You are signed in");
  });

  it("works without JavaScript", async () => {
    await phone.close();
    phone = await phoneWindow(browser(), phone.origin, { hasScript: false });
    await phone.ask(PHONES.plain);
    expect(phone.page.url()).toMatch(/\/login\/s\/[\w-]{12}$/);
    await phone.enter(await codeFor(PHONES.plain));
    expect(phone.page.url()).toBe(`${phone.origin}/login`);
    expect(await phone.title()).toBe("You are signed in");
  });

  it("says a wrong code in words, with the focus on them, and sends no code by itself afterwards", async () => {
    await phone.ask(PHONES.wrong);
    const code = await codeFor(PHONES.wrong);
    await phone.page.type("#code", code === "123456" ? "654321" : "123456");
    await phone.page.click("button.main");
    await phone.says(/^That code did not work.*4 tries left\./s);
    expect(await phone.page.evaluate(() => document.activeElement?.getAttribute("role"))).toBe(
      "alert",
    );
    await phone.paste(code);
    await phone.page.waitForFunction(`document.querySelector("#code").value === "${code}"`);
    expect(await phone.title()).toBe("Enter the code");
    await phone.page.click("button.main");
    await phone.shows("You are signed in");
  });

  it("takes the code that WebOTP hears before the page is there, and listens before the request leaves", async () => {
    await phone.page.evaluateOnNewDocument(stubWebOtp);
    await phone.page.goto(`${phone.origin}/login`);
    await phone.page.setRequestInterception(true);
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    const otp = () => phone.page.evaluate("window.otp") as Promise<WebOtp>;
    let askedBefore = 0;
    phone.page.on("request", async (request) => {
      if (request.method() === "POST" && request.postData()?.includes("phone=")) {
        askedBefore = (await otp()).asked;
        request.continue();
        return;
      }
      // The page is slower than the message.
      if (request.method() === "GET" && request.url().includes("/login/s/")) await held;
      request.continue();
    });
    await phone.page.type("#phone", PHONES.webOtp);
    await phone.page.click("button.main");
    const code = await codeFor(PHONES.webOtp);
    expect(askedBefore).toBe(1);
    await phone.page.evaluate(`window.otp.deliver("${code}")`);
    release();
    await phone.shows("You are signed in");
  });

  it("stops listening where the customer types, and never sends what is typed by itself", async () => {
    await phone.page.evaluateOnNewDocument(stubWebOtp);
    await phone.ask(PHONES.late);
    const code = await codeFor(PHONES.late);
    await phone.page.type("#code", code);
    expect(((await phone.page.evaluate("window.otp")) as WebOtp).aborted).toBe(1);
    await phone.page.evaluate(`window.otp.deliver("000000")`);
    expect(await phone.page.$eval("#code", (node) => (node as HTMLInputElement).value)).toBe(code);
    expect(await phone.title()).toBe("Enter the code");
  });

  it("takes a paste of the whole message, and sends its code by itself", async () => {
    await phone.ask(PHONES.paste);
    const code = await codeFor(PHONES.paste);
    await phone.paste(`${code} is your EarlyBird login code.\n\n@localhost #${code}`);
    await phone.shows("You are signed in");
  });

  it("sends by itself what the browser fills in at once", async () => {
    await phone.ask(PHONES.autofill);
    const code = await codeFor(PHONES.autofill);
    await phone.page.$eval(
      "#code",
      (node, value) => {
        (node as HTMLInputElement).value = value;
        node.dispatchEvent(new Event("input", { bubbles: true }));
      },
      code,
    );
    await phone.shows("You are signed in");
  });

  it("keeps what was typed while the phone is offline, says so, and goes on by itself", async () => {
    await phone.page.goto(`${phone.origin}/login`);
    await phone.page.type("#phone", PHONES.offline);
    await phone.page.setOfflineMode(true);
    await phone.page.click("button.main");
    await phone.says(/^You are offline\. What you typed is kept/);
    expect(await phone.page.$eval("#phone", (node) => (node as HTMLInputElement).value)).toBe(
      PHONES.offline,
    );
    await phone.page.setOfflineMode(false);
    await phone.shows("Enter the code");
  });

  it("goes on in a new tab where the first one was killed, and sends no second message", async () => {
    await phone.ask(PHONES.killed);
    const url = phone.page.url();
    const code = await codeFor(PHONES.killed);
    await phone.kill(url);
    expect(await phone.page.$eval("main", (node) => node.textContent)).toContain("+91 98765 00007");
    await phone.page.type("#code", code);
    await phone.page.click("button.main");
    await phone.shows("You are signed in");
  });

  it("of a family asks which, by touch, and lets the language be changed at any step", async () => {
    await phone.ask(PHONES.shared);
    await phone.page.type("#code", await codeFor(PHONES.shared));
    await phone.page.click("button.main");
    await phone.shows("Who is signing in?");
    await phone.page.click("summary");
    await Promise.all([phone.page.waitForNavigation(), phone.page.click("a[hreflang=hi]")]);
    await phone.shows("कौन साइन इन कर रहा है?");
    expect(await phone.page.$eval("html", (node) => node.lang)).toBe("hi");
    await phone.page.click("label.choice");
    await phone.page.click("button.main");
    await phone.shows("आप साइन इन हैं");
  });
});
