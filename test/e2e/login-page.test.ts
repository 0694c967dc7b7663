import type { Page } from "puppeteer-core";
import { afterEach, beforeEach, expect, it } from "vitest";
import { describeBrowser, sharedBrowser } from "../support/gateway/browser.ts";
import { sharedGateway } from "../support/gateway/gateway-process.ts";

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

interface Otp {
  deliver(code: string): void;
  readonly asked: number;
  readonly aborted: number;
}

/** Stands in for WebOTP, which no Chromium without a telephone has. Runs before the page's script. */
function stubWebOtp(): void {
  const calls: { resolve(value: unknown): void }[] = [];
  const seen = { asked: 0, aborted: 0, deliver: (code: string) => calls.at(-1)?.resolve({ code }) };
  Object.assign(window, { otp: seen, OTPCredential: class {} });
  navigator.credentials.get = ((options: { otp: unknown; signal: AbortSignal }) => {
    seen.asked++;
    return new Promise((resolve, reject) => {
      calls.push({ resolve });
      options.signal.addEventListener("abort", () => {
        seen.aborted++;
        reject(new DOMException("aborted", "AbortError"));
      });
    });
  }) as typeof navigator.credentials.get;
}

/** Sums what moved after it was drawn (CLS). Runs before the page's script. */
function watchShifts(): void {
  Object.assign(window, { shifts: 0 });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries() as unknown as { value: number }[]) {
      Object.assign(window, {
        shifts: (window as unknown as { shifts: number }).shifts + entry.value,
      });
    }
  }).observe({ type: "layout-shift", buffered: true });
}

describeBrowser("a sign-in at the login page", () => {
  const browser = sharedBrowser();
  const gateway = sharedGateway({ NODE_ENV: "development" });
  let page: Page;
  let loads: number;
  let complaints: string[];

  beforeEach(async () => {
    const context = await browser().createBrowserContext();
    page = await context.newPage();
    await page.setViewport({ width: 360, height: 640, isMobile: true, hasTouch: true });
    loads = 0;
    complaints = [];
    page.on("load", () => void loads++);
    page.on("console", (message) => {
      if (message.type() === "error") complaints.push(message.text());
    });
    page.on("pageerror", (error) => void complaints.push(String(error)));
    await page.evaluateOnNewDocument(watchShifts);
  });
  afterEach(async () => {
    // A refused style, script or form says so here (CSP).
    expect(complaints.filter((text) => !/ERR_INTERNET_DISCONNECTED/.test(text))).toEqual([]);
    await page.browserContext().close();
  });

  const origin = () => `http://localhost:${gateway().port}`;
  const title = () => page.$eval("h1", (node) => node.textContent);
  const alert = () =>
    page.$$eval("main [role=alert]:not([hidden])", ([node]) => node?.textContent?.trim() ?? "");
  const shows = (text: string) => expect.poll(title, { timeout: 10_000 }).toBe(text);
  const says = (what: RegExp) => expect.poll(alert, { timeout: 10_000 }).toMatch(what);
  const focused = () => page.evaluate(() => document.activeElement?.tagName);

  async function codeFor(phone: string): Promise<string> {
    const newest = async () => {
      const answer = await fetch(`${gateway().url}/dev/outbox`);
      const { messages } = (await answer.json()) as { messages: { to: string; code: string }[] };
      return messages.find(({ to }) => to === `+91${phone}`)?.code;
    };
    await expect.poll(newest, { timeout: 10_000 }).toBeDefined();
    return (await newest()) ?? "";
  }

  async function ask(phone: string): Promise<void> {
    await page.goto(`${origin()}/login`);
    await page.type("#phone", phone);
    await page.click("button.main");
    await shows("Enter the code");
  }

  it("goes on without a page load, with the focus on the heading, and back to the same step", async () => {
    await ask(PHONES.script);
    expect(loads).toBe(1);
    expect(page.url()).toMatch(/\/login\/s\/[\w-]{12}$/);
    expect(await focused()).toBe("H1");
    const step = page.url();
    await page.type("#code", await codeFor(PHONES.script));
    await page.click("button.main");
    await shows("You are signed in");
    expect(loads).toBe(1);
    expect(await page.evaluate("window.shifts")).toBe(0);
    await page.goto(step);
    expect(await title()).toBe("You are signed in");
  });

  it("works by the keyboard alone", async () => {
    await page.goto(`${origin()}/login`);
    await page.keyboard.press("Tab");
    await page.keyboard.type(PHONES.keyboard);
    await page.keyboard.press("Enter");
    await shows("Enter the code");
    await page.keyboard.press("Tab");
    await page.keyboard.type(await codeFor(PHONES.keyboard));
    await page.keyboard.press("Enter");
    await shows("You are signed in");
  });

  it("works without JavaScript", async () => {
    await page.setJavaScriptEnabled(false);
    await page.goto(`${origin()}/login`);
    await page.type("#phone", PHONES.plain);
    await Promise.all([page.waitForNavigation(), page.click("button.main")]);
    expect(page.url()).toMatch(/\/login\/s\/[\w-]{12}$/);
    const code = await codeFor(PHONES.plain);
    await page.type("#code", code);
    await Promise.all([page.waitForNavigation(), page.click("button.main")]);
    expect(page.url()).toBe(`${origin()}/login`);
    expect(await page.content()).toContain("You are signed in");
  });

  it("says a wrong code in words, with the focus on them, and sends no code by itself afterwards", async () => {
    await ask(PHONES.wrong);
    const code = await codeFor(PHONES.wrong);
    await page.type("#code", code === "123456" ? "654321" : "123456");
    await page.click("button.main");
    await says(/^That code did not work.*4 tries left\./s);
    expect(await page.evaluate(() => document.activeElement?.getAttribute("role"))).toBe("alert");
    await paste(code);
    await page.waitForFunction(`document.querySelector("#code").value === "${code}"`);
    expect(await title()).toBe("Enter the code");
    await page.click("button.main");
    await shows("You are signed in");
  });

  it("takes the code that WebOTP hears before the page is there, and listens before the request leaves", async () => {
    await page.evaluateOnNewDocument(stubWebOtp);
    await page.goto(`${origin()}/login`);
    await page.setRequestInterception(true);
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    const otp = () => page.evaluate("window.otp") as Promise<Otp>;
    let askedBefore = 0;
    page.on("request", async (request) => {
      if (request.method() === "POST" && request.postData()?.includes("phone=")) {
        askedBefore = (await otp()).asked;
        request.continue();
        return;
      }
      // The page is slower than the message.
      if (request.method() === "GET" && request.url().includes("/login/s/")) await held;
      request.continue();
    });
    await page.type("#phone", PHONES.webOtp);
    await page.click("button.main");
    const code = await codeFor(PHONES.webOtp);
    expect(askedBefore).toBe(1);
    await page.evaluate(`window.otp.deliver("${code}")`);
    release();
    await shows("You are signed in");
  });

  it("stops listening where the customer types, and never sends what is typed by itself", async () => {
    await page.evaluateOnNewDocument(stubWebOtp);
    await ask(PHONES.late);
    const code = await codeFor(PHONES.late);
    await page.type("#code", code);
    expect(((await page.evaluate("window.otp")) as Otp).aborted).toBe(1);
    await page.evaluate(`window.otp.deliver("000000")`);
    expect(await page.$eval("#code", (node) => (node as HTMLInputElement).value)).toBe(code);
    expect(await title()).toBe("Enter the code");
  });

  const paste = (text: string) =>
    page.$eval(
      "#code",
      (node, pasted) => {
        const clipboardData = new DataTransfer();
        clipboardData.setData("text", pasted);
        const options = { clipboardData, bubbles: true, cancelable: true };
        node.dispatchEvent(new ClipboardEvent("paste", options));
      },
      text,
    );

  it("takes a paste of the whole message, and sends its code by itself", async () => {
    await ask(PHONES.paste);
    const code = await codeFor(PHONES.paste);
    await paste(`${code} is your EarlyBird login code.\n\n@localhost #${code}`);
    await shows("You are signed in");
  });

  it("sends by itself what the browser fills in at once", async () => {
    await ask(PHONES.autofill);
    const code = await codeFor(PHONES.autofill);
    await page.$eval(
      "#code",
      (node, value) => {
        (node as HTMLInputElement).value = value;
        node.dispatchEvent(new Event("input", { bubbles: true }));
      },
      code,
    );
    await shows("You are signed in");
  });

  it("keeps what was typed while the phone is offline, says so, and goes on by itself", async () => {
    await page.goto(`${origin()}/login`);
    await page.type("#phone", PHONES.offline);
    await page.setOfflineMode(true);
    await page.click("button.main");
    await says(/^You are offline\. What you typed is kept/);
    expect(await page.$eval("#phone", (node) => (node as HTMLInputElement).value)).toBe(
      PHONES.offline,
    );
    await page.setOfflineMode(false);
    await shows("Enter the code");
  });

  it("goes on in a new tab where the first one was killed, and sends no second message", async () => {
    await ask(PHONES.killed);
    const url = page.url();
    const code = await codeFor(PHONES.killed);
    const next = await page.browserContext().newPage();
    await page.close();
    page = next;
    await page.goto(url);
    expect(await page.$eval("main", (node) => node.textContent)).toContain("+91 98765 00007");
    await page.type("#code", code);
    await page.click("button.main");
    await shows("You are signed in");
  });

  it("of a family asks which, by touch, and lets the language be changed at any step", async () => {
    await ask(PHONES.shared);
    await page.type("#code", await codeFor(PHONES.shared));
    await page.click("button.main");
    await shows("Who is signing in?");
    await page.click("summary");
    await Promise.all([page.waitForNavigation(), page.click("a[hreflang=hi]")]);
    await shows("कौन साइन इन कर रहा है?");
    expect(await page.$eval("html", (node) => node.lang)).toBe("hi");
    await page.click("label.choice");
    await page.click("button.main");
    await shows("आप साइन इन हैं");
  });
});
