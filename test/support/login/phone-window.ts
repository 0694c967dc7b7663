import type { Browser, Page } from "puppeteer-core";
import { expect } from "vitest";

/** A cheap phone's browser at the login page: cookies of its own, and one tab. */
export interface PhoneWindow {
  /** The open tab. */
  readonly page: Page;
  readonly origin: string;
  /** Pages that the browser loaded whole. */
  loads(): number;
  title(): Promise<string | null>;
  /** What the page says went wrong; empty for nothing. */
  alert(): Promise<string>;
  /** Waits for a heading. */
  shows(heading: string): Promise<void>;
  /** Waits for what went wrong. */
  says(what: RegExp): Promise<void>;
  /** Opens the page, types a number, sends it and waits for the code step. */
  ask(phone: string): Promise<void>;
  /** Types a code and sends it by the button. */
  enter(code: string): Promise<void>;
  paste(text: string): Promise<void>;
  /** Presses the button of a form that says `do` so. */
  press(what: string): Promise<void>;
  valueOf(field: string): Promise<string>;
  /** Closes the tab without a word to the page, and opens a URL in a new one. */
  kill(url: string): Promise<void>;
  /** Fails where the browser refused something (CSP), a script threw, or something moved. */
  close(): Promise<void>;
}

/** For a loaded machine: nobody waits this long where the page works. */
const PATIENCE = { timeout: 20_000 };
const VIEWPORT = { width: 360, height: 640, isMobile: true, hasTouch: true };

export async function phoneWindow(
  browser: Browser,
  origin: string,
  { hasScript = true } = {},
): Promise<PhoneWindow> {
  const context = await browser.createBrowserContext();
  const complaints: string[] = [];
  let loads = 0;
  const newTab = async (): Promise<Page> => {
    const tab = await context.newPage();
    await tab.setViewport(VIEWPORT);
    await tab.setJavaScriptEnabled(hasScript);
    tab.on("load", () => void loads++);
    tab.on("console", (message) => {
      if (message.type() === "error") complaints.push(message.text());
    });
    tab.on("pageerror", (error) => void complaints.push(String(error)));
    await tab.evaluateOnNewDocument(watchShifts);
    return tab;
  };
  let page = await newTab();
  const title = () => page.$eval("h1", (node) => node.textContent);
  const alert = () =>
    page.$$eval("main [role=alert]:not([hidden])", ([node]) => node?.textContent?.trim() ?? "");
  // Between two pages there is no heading.
  const shows = (heading: string) =>
    expect.poll(() => title().catch(() => ""), PATIENCE).toBe(heading);
  const click = (selector: string) =>
    hasScript
      ? page.click(selector)
      : Promise.all([page.waitForNavigation(), page.click(selector)]).then(() => undefined);
  return {
    origin,
    get page() {
      return page;
    },
    loads: () => loads,
    title,
    alert,
    shows,
    says: (what) => expect.poll(() => alert().catch(() => ""), PATIENCE).toMatch(what),
    async ask(phone) {
      await page.goto(`${origin}/login`);
      await page.type("#phone", phone);
      await click("button.main");
      await shows("Enter the code");
    },
    async enter(code) {
      await page.type("#code", code);
      await click("button.main");
    },
    paste: (text) => page.$eval("#code", dispatchPaste, text),
    press: (what) => click(`form:has([name=do][value=${what}]) button`),
    valueOf: (field) => page.$eval(field, (node) => (node as HTMLInputElement).value),
    async kill(url) {
      const next = await newTab();
      await page.close();
      page = next;
      await page.goto(url);
    },
    async close() {
      const moved = hasScript ? await page.evaluate("window.shifts ?? 0").catch(() => 0) : 0;
      await context.close();
      expect(complaints.filter((text) => !OFFLINE.test(text))).toEqual([]);
      expect(moved).toBe(0);
    },
  };
}

/** The browser's own word for a request that a test had fail. */
const OFFLINE = /ERR_(INTERNET_DISCONNECTED|EMPTY_RESPONSE|CONNECTION_RESET|CONNECTION_CLOSED)/;

/** Sums what moved after it was drawn, without a cause of the customer's (CLS). Runs in the page. */
function watchShifts(): void {
  const seen = window as unknown as { shifts: number };
  seen.shifts = 0;
  new PerformanceObserver((list) => {
    const entries = list.getEntries() as unknown as { value: number; hadRecentInput: boolean }[];
    for (const { hadRecentInput, value } of entries) if (!hadRecentInput) seen.shifts += value;
  }).observe({ type: "layout-shift", buffered: true });
}

/** Runs in the page. */
function dispatchPaste(field: Element, text: string): void {
  const clipboardData = new DataTransfer();
  clipboardData.setData("text", text);
  field.dispatchEvent(
    new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }),
  );
}
