import { beforeEach, describe, expect, test } from "vitest";
import type { Phone } from "../../../src/core/ids.ts";
import type { Customer } from "../../../src/core/linking/documents.ts";
import { rememberedChoice } from "../../../src/flows/login/remembered-choice.ts";
import { customer } from "../../cases-extra/people.ts";
import { type Answer, bearer, call, newestCode, wrongFor } from "../../support/gateway/client.ts";
import { PUBLIC_URL, type TestGateway, testGateway } from "../../support/gateway/test-gateway.ts";
import {
  type PageBrowser,
  pageBrowser,
  textOf,
  titleIn,
} from "../../support/login/page-browser.ts";
import { change, documentsOf } from "../linking/sqlite-world.ts";

const SHARED = "9876543211";
const OTHER = "9876543212";
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

let gateway: TestGateway;
let browser: PageBrowser;

beforeEach(async () => {
  gateway = await testGateway({
    env: { OTP_SENDS_PER_PHONE: "1000/1h", OTP_SENDS_PER_DEVICE: "1000/1h" },
    documents: {
      customers_v2: [
        customer("c-2", SHARED, { name: "Anil" }),
        customer("c-3", SHARED, { name: "Rekha" }),
        customer("c-4", OTHER, { name: "Tara" }),
        customer("c-5", OTHER, { name: "Udit" }),
      ],
    },
  });
  browser = pageBrowser(gateway);
});

async function chooseOnPage(id: string, phone = SHARED, by = browser): Promise<void> {
  await by.askForCode(phone);
  await gateway.runtime.settle();
  await by.showCode(newestCode(gateway, phone) ?? "");
  await by.submit(/name="customer"/, { customer: id });
  expect(textOf(by.page().html)).toContain("You are signed in");
  gateway.clock.advance(MINUTE);
}

/** The old web app in the same browser, on the gateway's own origin. */
const ask = (path: string, body: object, jar: ReadonlyMap<string, string>, more = {}) =>
  call(gateway, "POST", `/api/auth/otp/${path}`, body, {
    origin: PUBLIC_URL,
    "sec-fetch-site": "same-origin",
    cookie: [...jar].map(([name, value]) => `${name}=${value}`).join("; "),
    ...more,
  });

async function codeFor(phone: string, jar: ReadonlyMap<string, string>, more = {}) {
  expect((await ask("send", { phone }, jar, more)).status).toBe(200);
  await gateway.runtime.settle();
  return newestCode(gateway, phone) ?? "";
}

async function logIn(jar: ReadonlyMap<string, string> = browser.jar, more = {}, phone = SHARED) {
  const otp = await codeFor(phone, jar, more);
  gateway.clock.advance(MINUTE);
  return ask("verify", { phone, otp }, jar, more);
}

async function customerOf({ body }: Answer): Promise<string> {
  const me = await call(gateway, "GET", "/auth/me", undefined, bearer(body.access_token));
  return me.body.customer.id;
}

const only = (name: string) => new Map([[name, browser.jar.get(name) ?? ""]]);
const refusal = ({ body, status }: Answer) => [status, body.code];
const SEVERAL = [409, "several-accounts"];

describe("a choice that was made at the login page", () => {
  test("a choice that was made at the login page counts for the old web app in that browser, again and again", async () => {
    expect(refusal(await logIn())).toEqual(SEVERAL);
    await chooseOnPage("c-3");
    for (let day = 0; day < 3; day++) {
      const got = await logIn();
      expect([got.status, await customerOf(got)]).toEqual([200, "c-3"]);
      gateway.clock.advance(DAY);
    }
    expect(await customerOf(await logIn(only("doorstep-choice")))).toBe("c-3");
  });

  test("a choice that was made at the login page is replaced by a switch there, and by a new choice", async () => {
    await chooseOnPage("c-2");
    await browser.submit(/value="switch"/);
    expect(await customerOf(await logIn())).toBe("c-3");
    await browser.open("/login");
    await browser.submit(/value="out"/);
    await chooseOnPage("c-2");
    expect(await customerOf(await logIn())).toBe("c-2");
  });

  test("a choice that was made at the login page is over with a log-out there, and with the life of its session", async () => {
    await chooseOnPage("c-2");
    const old = new Map(browser.jar);
    await browser.open("/login");
    await browser.submit(/value="out"/);
    expect(browser.jar.has("doorstep-choice")).toBe(false);
    expect(refusal(await logIn())).toEqual(SEVERAL);
    gateway.clock.advance(90 * DAY);
    expect(refusal(await logIn(old))).toEqual(SEVERAL);
  });

  test("a choice that was made at the login page leaves the page's session as it is", async () => {
    await chooseOnPage("c-2");
    expect((await logIn()).status).toBe(200);
    const { html } = await browser.open("/login");
    expect([titleIn(html), html]).toEqual(["You are signed in", expect.stringContaining("Anil")]);
  });

  test("a choice that was made at the login page is a cookie that no script reads and no other site sends, and names no one", async () => {
    await chooseOnPage("c-2");
    const lines = browser.page().hops.flatMap(({ headers }) => headers.getSetCookie());
    const line = lines.find((each) => each.startsWith("doorstep-choice="));
    expect(line).toMatch(
      /^doorstep-choice=[\w.-]+; Max-Age=\d+; Path=\/; HttpOnly; SameSite=Strict$/,
    );
    expect(line).not.toContain("c-2");
  });

  test("a choice that was made at the login page logs no one in without the code", async () => {
    await chooseOnPage("c-2");
    const otp = await codeFor(SHARED, browser.jar);
    const wrong = await ask("verify", { phone: SHARED, otp: wrongFor(otp) }, browser.jar);
    expect(refusal(wrong)).toEqual([400, "otp-rejected"]);
  });
});

describe("a choice that does not count", () => {
  test("a choice that does not count is one for another phone, in another browser, or of another customer's proof", async () => {
    await chooseOnPage("c-2");
    expect(refusal(await logIn(browser.jar, {}, OTHER))).toEqual(SEVERAL);
    expect(refusal(await logIn(new Map()))).toEqual(SEVERAL);
    const theirs = pageBrowser(gateway);
    await chooseOnPage("c-4", OTHER, theirs);
    expect(refusal(await logIn(theirs.jar))).toEqual(SEVERAL);
  });

  test("a choice that does not count is one from the number that the customer had before", async () => {
    await chooseOnPage("c-2");
    change(gateway.file, "customers_v2", "c-2", { phone: OTHER });
    expect(refusal(await logIn(browser.jar, {}, OTHER))).toEqual(SEVERAL);
    await chooseOnPage("c-2", OTHER);
    expect(await customerOf(await logIn(browser.jar, {}, OTHER))).toBe("c-2");
  });

  test.each<[string, (choice: string, jar: ReadonlyMap<string, string>) => string]>([
    [
      "changed in one letter",
      (choice) => choice.replace(/.(?=.$)/, (one) => (one === "A" ? "B" : "A")),
    ],
    ["cut", (choice) => choice.slice(0, -2)],
    ["plain JSON", () => JSON.stringify({ customerId: "c-2", pointer: null, until: 9e15 })],
    ["the device token", (_, jar) => jar.get("doorstep-device") ?? ""],
    ["the session's cookie", (_, jar) => jar.get("doorstep") ?? ""],
    ["nothing", () => ""],
  ])("a choice that does not count is a forged one: %s", async (_, forge) => {
    await chooseOnPage("c-2");
    const forged = forge(browser.jar.get("doorstep-choice") ?? "", browser.jar);
    const jar = new Map([...browser.jar, ["doorstep-choice", forged]]);
    expect(refusal(await logIn(jar))).toEqual(SEVERAL);
  });

  test.each([
    ["another site's page", { origin: "https://evil.example", "sec-fetch-site": "cross-site" }],
    [
      "an allowed origin's page",
      { origin: "http://localhost:3000", "sec-fetch-site": "same-site" },
    ],
  ])("a choice that does not count is one that %s sends", async (_, headers) => {
    await chooseOnPage("c-2");
    expect(refusal(await logIn(browser.jar, headers))).toEqual(SEVERAL);
  });

  test("a choice that does not count is that of a customer who was stopped since", async () => {
    await chooseOnPage("c-2");
    change(gateway.file, "customers_v2", "c-2", { status: "stopped" });
    expect(await customerOf(await logIn()), "the one who is left").toBe("c-3");
  });

  test("a choice that does not count is that of a customer who lost the user of that time, or got another one", async () => {
    await chooseOnPage("c-2");
    const { keyring } = gateway.gateway;
    const phoneKey = await keyring.phoneKey(`+91${SHARED}` as Phone);
    const sealed = browser.jar.get("doorstep-choice");
    const pointer = String(
      documentsOf(gateway.file).customers_v2.find(({ id }) => id === "c-2")?.["user_id"],
    );
    const chosen = (...customers: readonly object[]) =>
      rememberedChoice(gateway.gateway, phoneKey, sealed, customers as readonly Customer[]);
    expect(await chosen({ id: "c-3", pointer: "x" }, { id: "c-2", pointer })).toBe("c-2");
    expect(await chosen({ id: "c-3", pointer: "x" }, { id: "c-2", pointer: "another" })).toBeNull();
    expect(await chosen({ id: "c-3", pointer })).toBeNull();
    change(gateway.file, "customers_v2", "c-2", { user_id: null });
    expect(refusal(await logIn())).toEqual(SEVERAL);
  });
});

describe("a code of the old web app with a choice", () => {
  test("a code of the old web app with a choice works once: a second choice gets nothing for it", async () => {
    await chooseOnPage("c-2");
    const first = new Map(browser.jar);
    await browser.submit(/value="switch"/);
    const second = new Map(browser.jar);
    const otp = await codeFor(SHARED, first);
    expect((await ask("verify", { phone: SHARED, otp }, first)).status).toBe(200);
    for (const jar of [first, second, new Map()]) {
      const again = await ask("verify", { phone: SHARED, otp }, jar);
      expect(refusal(again)).toEqual([400, "otp-rejected"]);
    }
  });

  test("a code of the old web app with a choice gives one session for two choices at one moment", async () => {
    await chooseOnPage("c-2");
    const first = new Map(browser.jar);
    await browser.submit(/value="switch"/);
    const second = new Map(browser.jar);
    const otp = await codeFor(SHARED, first);
    const got = await Promise.all(
      [first, second, first, second].map((jar) => ask("verify", { phone: SHARED, otp }, jar)),
    );
    expect(got.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  test("a code of the old web app with a choice is no other customer's after the chosen one was stopped", async () => {
    await chooseOnPage("c-2");
    const otp = await codeFor(SHARED, browser.jar);
    expect((await ask("verify", { phone: SHARED, otp }, browser.jar)).status).toBe(200);
    change(gateway.file, "customers_v2", "c-2", { status: "stopped" });
    const again = await ask("verify", { phone: SHARED, otp }, browser.jar);
    expect(again.status).not.toBe(200);
  });
});
