import { beforeEach, describe, expect, test } from "vitest";
import { customer } from "../../cases-extra/people.ts";
import { newestCode, wrongFor } from "../../support/gateway/client.ts";
import { type TestGateway, testGateway } from "../../support/gateway/test-gateway.ts";
import {
  alertIn,
  type PageBrowser,
  pageBrowser,
  textOf,
  titleIn,
} from "../../support/login/page-browser.ts";

const PHONE = "9876543210";
const SHARED = "9876543211";
const STRANGER = "9876543219";
const SHOWN = "+91 98765 43210";

let gateway: TestGateway;
let browser: PageBrowser;

const codeFor = (phone: string): string => {
  const code = newestCode(gateway, phone);
  if (code === undefined) throw new Error("no code was sent");
  return code;
};

beforeEach(async () => {
  gateway = await testGateway({
    documents: {
      customers_v2: [
        customer("c-1", PHONE, { name: "Asha Rao", area: "Indiranagar" }),
        customer("c-2", SHARED, { name: "Anil", area: "Home" }),
        customer("c-3", SHARED, { name: "Rekha", area: "Shop", address: "12 Long Bazaar Road" }),
      ],
    },
  });
  browser = pageBrowser(gateway);
});

async function askForCode(phone: string): Promise<void> {
  await browser.askForCode(phone);
  await gateway.runtime.settle();
}

describe("a sign-in without a script", () => {
  test("goes from the phone to the code and to who is signed in", async () => {
    const start = await browser.open("/login");
    expect([start.status, titleIn(start.html)]).toEqual([200, "Sign in"]);
    expect(start.html).toContain("Mobile number on your EarlyBird bill");
    expect(start.html).toContain("<span>+91</span>");
    await askForCode(PHONE);
    const { html, path } = browser.page();
    expect(titleIn(html)).toBe("Enter the code");
    expect(textOf(html)).toContain(
      `If ${SHOWN} is on an EarlyBird bill, an SMS from EarlyBird arrives within a minute.`,
    );
    expect(path).toMatch(/^\/login\/s\/[\w-]{12}$/);
    const done = await browser.showCode(codeFor(PHONE));
    expect([done.path, done.status, titleIn(done.html)]).toEqual([
      ...["/login", 200, "You are signed in"],
    ]);
    expect(textOf(done.html)).toContain("Asha Rao Indiranagar");
    expect(textOf(done.html)).toMatch(/Chrome, Android, last used .+ \(this device\)/);
  });

  test("has neither phone nor code in an address, and a cookie that shows neither", async () => {
    await askForCode(PHONE);
    const code = codeFor(PHONE);
    const done = await browser.showCode(code);
    for (const { path } of [browser.page(), done]) expect(path).not.toMatch(/\d{4}/);
    for (const value of browser.jar.values()) {
      const decoded = Buffer.from(value.split(".").at(-1) ?? "", "base64url").toString("latin1");
      for (const text of [value, decoded]) {
        expect(text).not.toContain("98765");
        expect(text).not.toContain(code);
      }
    }
  });

  test("of several customers on one number asks which, by name, area and half an address", async () => {
    await askForCode(SHARED);
    const choice = await browser.showCode(codeFor(SHARED));
    expect(titleIn(choice.html)).toBe("Who is signing in?");
    expect(textOf(choice.html)).toContain("Rekha Shop, 12 Long B…");
    expect(choice.html).not.toContain("Bazaar Road");
    expect((await browser.reload()).html).toContain("Rekha");
    const done = await browser.submit(/name="customer"/, { customer: "c-3" });
    expect(textOf(done.html)).toContain("Rekha Shop");
    const again = await browser.open(choice.path);
    expect([again.path, titleIn(again.html)]).toEqual(["/login", "You are signed in"]);
  });

  test("of a customer that is not on the number is refused, and the choice stands", async () => {
    await askForCode(SHARED);
    await browser.showCode(codeFor(SHARED));
    const { html } = await browser.submit(/name="customer"/, { customer: "c-1" });
    expect(titleIn(html)).toBe("Who is signing in?");
    expect(alertIn(html)).toMatch(/^That customer does not belong to this number/);
  });

  test.each([
    ["nine digits", "98765432"],
    ["a word", "call me"],
    ["10 KB", "9".repeat(10_000)],
  ])(
    "with %s for a phone says what is wrong, keeps what was typed, and sends nothing",
    async (_, phone) => {
      await browser.open("/login");
      const { html, path } = await browser.submit(/name="phone"/, { phone });
      expect(alertIn(html)).toMatch(/^That is not a mobile number that we can send a code to/);
      expect(path).toMatch(/^\/login\/s\//);
      expect(html).toContain(`value="${phone.slice(0, 65)}"`);
      const next = await browser.submit(/name="phone"/, { phone: PHONE });
      expect([next.path, titleIn(next.html)]).toEqual([path, "Enter the code"]);
    },
  );

  test("with a wrong code says how many tries are left, and the right one still works", async () => {
    await askForCode(PHONE);
    const code = codeFor(PHONE);
    const wrong = await browser.showCode(wrongFor(code));
    expect(alertIn(wrong.html)).toMatch(
      /^That code did not work\. Check the message or get a new code\. 4 tries left\./,
    );
    expect(titleIn((await browser.showCode(code)).html)).toBe("You are signed in");
  });

  test("with a slip in the code costs no try", async () => {
    await askForCode(PHONE);
    const code = codeFor(PHONE);
    for (let slips = 0; slips < 6; slips++) {
      const { html } = await browser.showCode(code.slice(1));
      expect(alertIn(html)).toMatch(/^The code has 6 digits/);
    }
    expect(titleIn((await browser.showCode(`${code.slice(0, 3)} ${code.slice(3)}`)).html)).toBe(
      "You are signed in",
    );
  });

  test("takes the whole message for the code", async () => {
    await askForCode(PHONE);
    const text = gateway.outbox.latest()[0]?.text.replaceAll("\n", " ") ?? "";
    expect(titleIn((await browser.showCode(text)).html)).toBe("You are signed in");
  });

  test("whose tries are spent goes on with a new code by the same button", async () => {
    await askForCode(PHONE);
    const code = codeFor(PHONE);
    for (let tries = 0; tries < 4; tries++) await browser.showCode(wrongFor(code));
    // The fifth wrong code says so at once, and not that no try is left.
    expect(alertIn((await browser.showCode(wrongFor(code))).html)).toMatch(/^Too many wrong codes/);
    expect(alertIn((await browser.showCode(code)).html)).toMatch(/^Too many wrong codes/);
    gateway.clock.advance(31_000);
    const again = await browser.submit(/value="sms"/);
    await gateway.runtime.settle();
    expect(alertIn(again.html)).toBe("");
    expect(titleIn((await browser.showCode(codeFor(PHONE))).html)).toBe("You are signed in");
  });

  test("whose code is too old says so, and gets a new one by the same button", async () => {
    await askForCode(PHONE);
    const old = codeFor(PHONE);
    gateway.clock.advance(301_000);
    expect(alertIn((await browser.reload()).html)).toMatch(/it is too old/);
    expect(alertIn((await browser.showCode(old)).html)).toMatch(/it is too old/);
    await browser.submit(/value="sms"/);
    await gateway.runtime.settle();
    const next = codeFor(PHONE);
    expect(next).not.toBe(old);
    expect(titleIn((await browser.showCode(next)).html)).toBe("You are signed in");
  });

  test("sends the code again after its wait, and by a call without one", async () => {
    await askForCode(PHONE);
    const early = await browser.submit(/value="sms"/);
    expect(alertIn(early.html)).toMatch(/^Please wait 30 seconds before the next message/);
    const called = await browser.submit(/value="call"/);
    expect(textOf(called.html)).toContain("Press any key to hear the code");
    gateway.clock.advance(31_000);
    await browser.submit(/value="sms"/);
    await gateway.runtime.settle();
    expect(gateway.outbox.latest().map(({ channel }) => channel)).toEqual(["sms", "call", "sms"]);
  });

  test("is not held up by an empty code where another message is wanted", async () => {
    await askForCode(PHONE);
    const { html } = browser.page();
    const forms = html.split("<form").filter((form) => /value="(sms|call|change)"/.test(form));
    expect(forms.length).toBeGreaterThanOrEqual(3);
    for (const form of forms) expect(form).not.toContain('name="code"');
  });

  test("changes the number and keeps the old one in the field", async () => {
    await askForCode(STRANGER);
    const { html } = await browser.submit(/value="change"/);
    expect(html).toContain(`value="${STRANGER}"`);
    await browser.submit(/name="phone"/, { phone: PHONE });
    await gateway.runtime.settle();
    expect(titleIn((await browser.showCode(codeFor(PHONE))).html)).toBe("You are signed in");
  });
});

describe("the same page comes back", () => {
  test("when the tab died or is opened again: number, wait, and no second message", async () => {
    await askForCode(PHONE);
    const { path } = browser.page();
    gateway.clock.advance(12_000);
    for (const shown of [await browser.reload(), await browser.open(path)]) {
      expect(textOf(shown.html)).toContain(SHOWN);
      expect(textOf(shown.html)).toContain("in 18 seconds");
    }
    await gateway.runtime.settle();
    expect(gateway.outbox.latest()).toHaveLength(1);
  });

  test("after an error, which a reload repeats without a further try", async () => {
    await askForCode(PHONE);
    await browser.showCode(wrongFor(codeFor(PHONE)));
    for (let reloads = 0; reloads < 6; reloads++) {
      expect(alertIn((await browser.reload()).html)).toMatch(/4 tries left/);
    }
  });

  test("in each of two tabs with two phones", async () => {
    await askForCode(PHONE);
    const first = browser.page().path;
    await askForCode(STRANGER);
    const second = browser.page().path;
    expect(textOf((await browser.open(first)).html)).toContain(SHOWN);
    expect(textOf((await browser.open(second)).html)).toContain("+91 98765 43219");
    await browser.open(first);
    expect(titleIn((await browser.showCode(codeFor(PHONE))).html)).toBe("You are signed in");
    expect(textOf((await browser.open(second)).html)).toContain("+91 98765 43219");
  });

  test("to no browser but its own", async () => {
    await askForCode(PHONE);
    const other = pageBrowser(gateway);
    const { html, path } = await other.open(browser.page().path);
    expect(path).toBe("/login?reason=lost");
    expect(html).not.toContain("98765");
    expect(alertIn(html)).toMatch(/^We lost track of this sign-in/);
  });

  test("for three sign-ins at once and no more: each costs a part of every request", async () => {
    for (const phone of [PHONE, SHARED, STRANGER, "9876543218", "9876543217"]) {
      await browser.askForCode(phone);
    }
    const steps = [...browser.jar.keys()].filter((name) => name.startsWith("doorstep-step-"));
    expect(steps).toHaveLength(3);
  });
});

describe("a stranger's number", () => {
  test("is met with the same pages at each step as a customer's", async () => {
    const pages = await Promise.all(
      [PHONE, STRANGER].map(async (phone) => {
        const visitor = pageBrowser(gateway);
        const seen = [await visitor.askForCode(phone)];
        await gateway.runtime.settle();
        for (let tries = 0; tries < 6; tries++) seen.push(await visitor.showCode("000000"));
        seen.push(await visitor.submit(/value="call"/));
        seen.push(await visitor.submit(/value="sms"/));
        seen.push(await visitor.submit(/value="change"/));
        return seen.map(({ headers, html, path, status }) => ({
          status,
          path: path.length,
          csp: headers.get("content-security-policy"),
          html: html
            .replaceAll(/\/login\/s\/[\w-]{12}/g, "STEP")
            .replaceAll(/: [2-9A-Y]{6}</g, ": REFERENCE<")
            .replaceAll(/98765 ?432\d\d/g, "PHONE"),
        }));
      }),
    );
    expect(pages[1]).toEqual(pages[0]);
  });

  test("never gets in, though the code be right", async () => {
    await askForCode(STRANGER);
    expect(newestCode(gateway, STRANGER)).toBeUndefined();
    expect(alertIn((await browser.showCode("123456")).html)).toMatch(/4 tries left/);
  });
});
