import { gzipSync } from "node:zlib";
import { transform } from "esbuild";
import { beforeEach, describe, expect, test } from "vitest";
import { SCRIPT } from "../../../src/login/script.ts";
import { customer } from "../../cases-extra/people.ts";
import { newestCode, post, wrongFor } from "../../support/gateway/client.ts";
import { type TestGateway, testGateway } from "../../support/gateway/test-gateway.ts";
import {
  alertIn,
  type PageBrowser,
  pageBrowser,
  referenceIn,
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

describe("markup", () => {
  test("in a customer's name or area, a brand, a phone or a code is text", async () => {
    const evil = `"><script>alert(1)</script><img src=x onerror=alert(1)>'`;
    const hostile = await testGateway({
      env: { BRAND_NAME: "<b>Early</b>'\"", SMS_SENDER: "<i>VM</i>", SUPPORT_PHONE: "1800 123" },
      documents: {
        customers_v2: [
          customer("c-1", PHONE, { name: evil, area: evil, address: evil }),
          customer(evil, PHONE, { name: evil, area: evil, address: evil }),
        ],
      },
    });
    const visitor = pageBrowser(hostile, { userAgent: evil });
    const pages = [await visitor.open("/login")];
    pages.push(await visitor.submit(/name="phone"/, { phone: evil }));
    pages.push(await visitor.askForCode(PHONE));
    await hostile.runtime.settle();
    pages.push(await visitor.showCode(evil));
    pages.push(await visitor.showCode(newestCode(hostile, PHONE) ?? ""));
    pages.push(await visitor.submit(/name="customer"/, { customer: "c-1" }));
    expect(titleIn(pages.at(-1)?.html ?? "")).toBe(SIGNED_IN);
    for (const { html } of pages) {
      expect(html.match(/<script/g)).toHaveLength(1);
      expect(html).not.toMatch(/<img|<b>Early|<i>VM/);
    }
  });
});

describe("the page's head", () => {
  test("lets one style and one script run, in no frame, and asks nobody else for anything", async () => {
    const { headers, html } = await browser.open("/login");
    const policy = headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'; style-src 'sha256-");
    expect(policy).toContain("; frame-ancestors 'none'");
    expect(policy).toContain("form-action 'self';");
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    expect(headers.get("x-frame-options")).toBe("DENY");
    expect(headers.get("referrer-policy")).toBe("same-origin");
    expect(headers.get("cache-control")).toBe("no-store");
    expect(html).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
  });

  test("lets images of BRAND_LOGO_URL's origin in, and of no other", async () => {
    const branded = await withPeople({ BRAND_LOGO_URL: "https://img.example/logo.png" });
    const { headers, html } = await pageBrowser(branded).open("/login");
    expect(headers.get("content-security-policy")).toContain("img-src data: https://img.example;");
    expect(html).toContain('<img src="https://img.example/logo.png" alt="EarlyBird">');
  });

  test("is read by no page of an allowed origin", async () => {
    const headers = { origin: "http://localhost:3000" };
    const answer = await browser.ask("/login", { headers });
    expect(answer.headers.get("access-control-allow-origin")).toBeNull();
    const preflight = await browser.ask("/login/s/AAAAAAAAAAAA", { method: "OPTIONS", headers });
    expect(preflight.headers.get("access-control-allow-origin")).toBeNull();
  });
});

describe("while the store is down", () => {
  test("a form keeps what was typed, says so, and goes on when the store is back", async () => {
    const code = await askForCode(browser);
    ports.failOn(() => true);
    const { html, status } = await browser.showCode(code);
    expect([status, titleIn(html)]).toEqual([200, "Enter the code"]);
    expect(alertIn(html)).toMatch(/^We cannot do that just now/);
    ports.heal();
    expect(titleIn((await browser.showCode(code)).html)).toBe(SIGNED_IN);
  });

  test("a page that needs it is 503 with a way back, and the log line says why", async () => {
    await browser.showCode(await askForCode(browser));
    ports.failOn(() => true);
    const { html, status } = await browser.open("/login");
    expect(status).toBe(503);
    expect(html).toContain('href="/login"');
    const line = JSON.parse(gateway.lines.findLast((text) => text.includes('"request"')) ?? "{}");
    expect(line).toMatchObject({ route: "/login", status: 503, code: "store-unavailable" });
    expect(line.error).toMatch(/./);
  });
});

describe("an error's reference", () => {
  test("of six characters is on the page and in the log line, which holds nothing of the customer", async () => {
    const code = await askForCode(browser);
    const { html } = await browser.showCode(wrongFor(code));
    const reference = referenceIn(html);
    expect(reference).toHaveLength(6);
    const line = gateway.lines.find((text) => text.includes(reference)) ?? "";
    expect(JSON.parse(line)).toMatchObject({ code: "otp-rejected", route: "/login/s/:step" });
    for (const text of [PHONE, code, browser.page().path]) {
      expect(gateway.lines.join("\n")).not.toContain(text);
    }
  });
});

describe("every error of the page", () => {
  test("has its reference in the log, also where no request was refused", async () => {
    await askForCode(browser);
    const seen: string[] = [];
    seen.push(referenceIn((await browser.showCode("123")).html));
    seen.push(referenceIn((await browser.open("/login/s/AAAAAAAAAAAA")).html));
    await askForCode(browser);
    gateway.clock.advance(6 * 60_000);
    seen.push(referenceIn((await browser.reload()).html));
    for (const reference of seen) {
      expect(reference).toHaveLength(6);
      expect(gateway.lines.join("\n")).toContain(`"reference":"${reference}"`);
    }
    expect(new Set(seen).size).toBe(3);
  });
});

describe("a form of 20 KB", () => {
  test("is 413 at every address, with a page, and sends nothing", async () => {
    await browser.open("/login");
    for (const path of ["/login", "/login/s/AAAAAAAAAAAA", "/login/session"]) {
      const body = new URLSearchParams({ phone: "9".repeat(20_000) });
      const answer = await browser.ask(path, { method: "POST", body });
      expect([path, answer.status]).toEqual([path, 413]);
      expect(titleIn(await answer.text())).toBe("Sign in");
    }
    await gateway.runtime.settle();
    expect(gateway.outbox.latest()).toHaveLength(0);
  });
});

describe("a step's id of another spelling", () => {
  test.each(["%0d%0aX-Evil:%201", "%2F%2Fevil.example", "..%2f..%2fevil", "a".repeat(5_000)])(
    "%s leads to the start, by no header and no address of its own",
    async (id) => {
      for (const query of ["", "?lang=hi"]) {
        const { headers, status } = await browser.ask(`/login/s/${id}${query}`);
        expect(headers.get("x-evil")).toBeNull();
        const to = headers.get("location") ?? "/login";
        expect(new URL(to, "http://localhost:8787").origin).toBe("http://localhost:8787");
        expect([303, 404]).toContain(status);
      }
    },
  );
});

describe("the limits of an address", () => {
  test("hold at the page's forms as at the API's routes", async () => {
    gateway = await testGateway({
      env: { LIMIT_OTP_PER_ADDRESS: "2/1h", LIMIT_VERIFY_PER_ADDRESS: "1/1h" },
      peer: "192.0.2.7",
      documents: { customers_v2: [customer("c-1", PHONE)] },
    });
    browser = pageBrowser(gateway);
    const code = await askForCode(browser);
    await browser.showCode(wrongFor(code));
    expect(alertIn((await browser.showCode(code)).html)).toMatch(/^Too many tries from here/);
    await browser.submit(/value="call"/);
    expect(alertIn((await browser.submit(/value="call"/)).html)).toMatch(/^Too many tries/);
    expect((await post(gateway, "/auth/otp", { phone: OTHER })).status).toBe(429);
  });
});

describe("what a page weighs", () => {
  test("is below 14 KB compressed in every language, with a script below 4 KB of ES2017", async () => {
    const pages: { readonly language: string; readonly bytes: number; readonly packed: number }[] =
      [];
    for (const language of gateway.settings.server.page.languages) {
      const visitor = pageBrowser(gateway, { language });
      const steps = [await visitor.open("/login?reason=forgot"), await visitor.askForCode(PHONE)];
      for (const { html } of steps) {
        const packed = gzipSync(html).length;
        pages.push({ language, packed, bytes: Buffer.byteLength(html) });
      }
    }
    const [heaviest] = pages.sort((a, b) => b.packed - a.packed);
    const script = Buffer.byteLength(SCRIPT);
    console.log(
      `the login page: at most ${kilobytes(heaviest?.packed)} KB compressed (${heaviest?.language}, ${kilobytes(heaviest?.bytes)} KB plain); its script: ${script} bytes`,
    );
    expect(heaviest?.packed).toBeLessThan(14 * 1024);
    expect(script).toBeLessThan(4 * 1024);
    // Where ES2017 lacks something, the older target would have it rewritten.
    const [old, today] = await Promise.all(
      ["es2017", "esnext"].map((target) => transform(SCRIPT, { target })),
    );
    expect(old?.code).toBe(today?.code);
    const newer = await transform("let a = b?.c", { target: "es2017" });
    expect(newer.code).not.toContain("?.");
  });
});

const kilobytes = (bytes = 0): string => (bytes / 1024).toFixed(1);
