import { beforeEach, describe, expect, test } from "vitest";
import { newestCode } from "../../support/gateway/client.ts";
import type { TestGateway } from "../../support/gateway/test-gateway.ts";
import {
  alertIn,
  type PageBrowser,
  pageBrowser,
  titleIn,
} from "../../support/login/page-browser.ts";
import {
  askOnPage,
  gatewayWithPeople,
  OTHER,
  PHONE,
  SIGNED_IN,
} from "../../support/login/page-people.ts";
import { faults } from "../http/failing-ports.ts";

const SESSION = "doorstep";

let gateway: TestGateway;
let browser: PageBrowser;
const ports = faults();

const withPeople = (env: Readonly<Record<string, string>> = {}) =>
  gatewayWithPeople({ ...ports.options, env });

beforeEach(async () => {
  ports.heal();
  gateway = await withPeople();
  browser = pageBrowser(gateway);
});

const askForCode = (who: PageBrowser, phone?: string) => askOnPage(gateway, who, phone);

describe("a form of another site", () => {
  const steps = ["/login", "/login/session", "/login/s/AAAAAAAAAAAA"];

  test.each([
    ["another site", { "sec-fetch-site": "cross-site" }],
    ["a neighbouring host", { "sec-fetch-site": "same-site" }],
    ["no page at all", { "sec-fetch-site": "none" }],
    ["another site, as an older browser says it", { origin: "https://evil.example" }],
    ["a sandboxed frame", { origin: "null" }],
    ["another port of this machine", { origin: "http://localhost:8788" }],
    ["a browser that says nothing and brings no token", {}],
  ])("of %s is refused at every address, and sends nothing", async (_, headers) => {
    for (const path of steps) {
      const body = new URLSearchParams({ phone: PHONE });
      const old = pageBrowser(gateway, { saysSite: false });
      const answer = await old.ask(path, { method: "POST", headers, body });
      expect([path, answer.status]).toEqual([path, 403]);
      expect(alertIn(await answer.text())).toMatch(/^For your safety, please start here again/);
    }
    await gateway.runtime.settle();
    expect(gateway.outbox.latest()).toHaveLength(0);
  });

  test("of this page works where the browser says only its origin, or nothing but the form's token", async () => {
    for (const headers of [{ origin: "http://localhost:8787" }, {}]) {
      const old = pageBrowser(gateway, { saysSite: false });
      await old.open("/login");
      expect(titleIn((await old.submit(/name="phone"/, { phone: PHONE }, headers)).html)).toBe(
        "Enter the code",
      );
    }
  });

  test("does not sign out who is signed in", async () => {
    await browser.open("/login");
    const code = await askForCode(browser);
    await browser.showCode(code);
    const body = new URLSearchParams({ do: "everywhere" });
    const headers = { "sec-fetch-site": "cross-site" };
    expect((await browser.ask("/login/session", { method: "POST", headers, body })).status).toBe(
      403,
    );
    expect(titleIn((await browser.open("/login")).html)).toBe(SIGNED_IN);
  });
});

describe("the answer to a right code that got lost", () => {
  test("is given again to the same browser, with the same session", async () => {
    const code = await askForCode(browser);
    const { path } = browser.page();
    const before = new Map(browser.jar);
    await browser.showCode(code);
    const session = browser.jar.get(SESSION);
    // The answer never arrived: the browser is as it was, and sends the form once more.
    browser.jar.clear();
    for (const [name, value] of before) browser.jar.set(name, value);
    gateway.clock.advance(119_000);
    await browser.open(path);
    expect(titleIn((await browser.showCode(code)).html)).toBe(SIGNED_IN);
    expect(browser.jar.get(SESSION)).toBe(session);
  });

  test("is given to nobody after two minutes", async () => {
    const code = await askForCode(browser);
    const { path } = browser.page();
    const before = new Map(browser.jar);
    await browser.showCode(code);
    browser.jar.clear();
    for (const [name, value] of before) browser.jar.set(name, value);
    gateway.clock.advance(121_000);
    await browser.open(path);
    expect(titleIn((await browser.showCode(code)).html)).toBe("Enter the code");
    expect(browser.jar.has(SESSION)).toBe(false);
  });

  test("is given to no other browser that shows the same code for the same phone", async () => {
    const code = await askForCode(browser);
    await browser.showCode(code);
    const other = pageBrowser(gateway);
    await other.askForCode(PHONE);
    expect(titleIn((await other.showCode(code)).html)).toBe("Enter the code");
    expect(other.jar.has(SESSION)).toBe(false);
  });
});

describe("a cookie", () => {
  test("that somebody planted before the sign-in is nobody's afterwards (session fixation)", async () => {
    const attacker = pageBrowser(gateway);
    await attacker.showCode(await askForCode(attacker, OTHER)).catch(() => undefined);
    const planted = attacker.jar.get(SESSION) ?? "";
    expect(planted).not.toBe("");
    browser.jar.set(SESSION, planted);
    const steps = await browser.open("/login");
    expect(titleIn(steps.html)).toBe(SIGNED_IN);
    await browser.submit(/value="out"/);
    await browser.showCode(await askForCode(browser));
    expect(browser.jar.get(SESSION)).not.toBe(planted);
    expect(titleIn((await attacker.open("/login")).html)).toBe("Sign in");
  });

  test("that somebody planted while the customer reads the SMS ends with the customer's login, for the planter too", async () => {
    const attacker = pageBrowser(gateway);
    await attacker.showCode(await askForCode(attacker, OTHER));
    const code = await askForCode(browser);
    const planted = attacker.jar.get(SESSION) ?? "";
    browser.jar.set(SESSION, planted);
    expect(titleIn((await browser.showCode(code)).html)).toBe(SIGNED_IN);
    expect(browser.jar.get(SESSION)).not.toBe(planted);
    expect(titleIn((await attacker.open("/login")).html)).toBe("Sign in");
  });

  test.each([
    ["of another sign-in", (value: string) => value, "AAAAAAAAAAAA"],
    [
      "with one letter changed",
      (value: string) => `${value.slice(0, -1)}${value.endsWith("A") ? "B" : "A"}`,
      null,
    ],
    ["without its key's name", (value: string) => value.slice(value.indexOf(".") + 1), null],
    ["of nothing", () => "", null],
    ["of 5 KB", (value: string) => value.repeat(20), null],
  ])("of a step %s opens nothing", async (_, change, elsewhere) => {
    await askForCode(browser);
    const id = browser.page().path.split("/").at(-1) ?? "";
    const value = browser.jar.get(`doorstep-step-${id}`) ?? "";
    const other = pageBrowser(gateway);
    other.jar.set(`doorstep-step-${elsewhere ?? id}`, change(value));
    expect((await other.open(`/login/s/${elsewhere ?? id}`)).path).toBe("/login?reason=lost");
  });

  test("made under another installation's key opens nothing, under whatever name that key has", async () => {
    await askForCode(browser);
    const key = Buffer.alloc(32, 7).toString("base64");
    for (const id of ["other", gateway.gateway.keyring.currentId]) {
      const elsewhere = await withPeople({ SECRET_KEYS: `${id}:${key}` });
      const other = pageBrowser(elsewhere);
      for (const [name, value] of browser.jar) other.jar.set(name, value);
      expect((await other.open(browser.page().path)).path).toBe("/login?reason=lost");
    }
  });

  test("on https belongs to this host alone, to no script, and to no insecure page", async () => {
    const secure = await withPeople({
      NODE_ENV: "development",
      PUBLIC_URL: "https://door.example",
    });
    const visitor = pageBrowser(secure, { saysSite: false });
    const headers = { origin: "https://door.example" };
    await visitor.open("/login");
    const { hops } = await visitor.submit(/name="phone"/, { phone: PHONE }, headers);
    await secure.runtime.settle();
    const code = newestCode(secure, PHONE) ?? "";
    const done = await visitor.submit(/name="code"/, { code }, headers);
    const lines = [...hops, ...done.hops].flatMap((hop) => hop.headers.getSetCookie());
    expect(lines.length).toBeGreaterThanOrEqual(4);
    for (const line of lines) {
      expect(line).toMatch(/^__Host-doorstep/);
      expect(line).toMatch(/Path=\/; /);
      expect(line).toContain("HttpOnly");
      expect(line).toContain("Secure");
      expect(line).toMatch(/SameSite=(Lax|Strict)/);
      expect(line).not.toContain("Domain");
    }
  });
});
