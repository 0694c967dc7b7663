import { beforeEach, describe, expect, test } from "vitest";
import { customer } from "../../cases-extra/people.ts";
import { newestCode } from "../../support/gateway/client.ts";
import { type TestGateway, testGateway } from "../../support/gateway/test-gateway.ts";
import {
  alertIn,
  type PageBrowser,
  pageBrowser,
  referenceIn,
  textOf,
  titleIn,
} from "../../support/login/page-browser.ts";
import { change } from "../linking/sqlite-world.ts";

const SHARED = "9876543211";
const MINUTE = 60_000;

let gateway: TestGateway;
let browser: PageBrowser;

beforeEach(async () => {
  gateway = await testGateway({
    documents: {
      customers_v2: [
        customer("c-2", SHARED, { name: "Anil", area: "Home" }),
        customer("c-3", SHARED, { name: "Rekha", area: "Shop", address: "12 Long Bazaar Road" }),
        customer("c-4", "9876543212", { name: "Other" }),
      ],
    },
  });
  browser = pageBrowser(gateway);
  await browser.askForCode(SHARED);
  await gateway.runtime.settle();
  await browser.showCode(newestCode(gateway, SHARED) ?? "");
  await browser.submit(/name="customer"/, { customer: "c-2" });
});

/** The log line of the newest refused request with this problem. */
const logged = (problem: string): Readonly<Record<string, unknown>> =>
  JSON.parse(
    gateway.lines.findLast((line) => line.includes(`"${problem}"`) && line.includes("reference")) ??
      "{}",
  );

describe("a family on one number", () => {
  test("switches on the signed-in page without a new code, there and back", async () => {
    expect(textOf(browser.page().html)).toContain("Anil Home");
    const there = await browser.submit(/value="switch"/);
    expect([there.path, titleIn(there.html)]).toEqual(["/login", "You are signed in"]);
    expect(textOf(there.html)).toContain("Rekha Shop");
    const back = await browser.submit(/value="switch"/);
    expect(textOf(back.html)).toContain("Anil Home");
  });

  test("is offered none once the proof is older than 15 minutes, and needs a new code", async () => {
    const form = browser.page();
    gateway.clock.advance(15 * MINUTE);
    expect(form.html).toContain("Switch customer");
    const refused = await browser.submit(/value="switch"/);
    expect(alertIn(refused.html)).not.toBe("");
    expect(textOf(refused.html)).toContain("Anil Home");
    expect(refused.html).not.toContain("Switch customer");
  });

  test("does not switch to a customer of another phone, nor by a form of another site", async () => {
    const other = await browser.submit(/value="switch"/, { customer: "c-4" });
    expect(alertIn(other.html)).not.toBe("");
    expect(textOf(other.html)).toContain("Anil Home");
    const headers = { "sec-fetch-site": "cross-site" };
    const forged = await browser.submit(/value="switch"/, {}, headers);
    expect(forged.status).toBe(403);
    expect(textOf((await browser.open("/login")).html)).toContain("Anil Home");
  });

  test("reads why the switch failed, and stays signed in; a reload repeats the sentence and not the form", async () => {
    change(gateway.file, "customers_v2", "c-3", { status: "stopped" });
    const refused = await browser.submit(/value="switch"/);
    const sentence = alertIn(refused.html);
    expect(sentence).toContain("Deliveries to this customer have stopped");
    expect(textOf(refused.html)).toContain("Anil Home");
    expect(refused.hops.map(({ status }) => status)).toEqual([303, 200]);
    expect(refused.path, "no link can put the sentence there").toBe("/login");
    const lines = gateway.lines.length;
    expect(alertIn((await browser.reload()).html)).toBe(sentence);
    expect(gateway.lines.slice(lines).join("")).not.toContain("customer-stopped");
    expect(logged("customer-stopped")["reference"]).toBe(referenceIn(refused.html));
  });

  test("shows the sentence no longer after a form that worked, nor in another session", async () => {
    change(gateway.file, "customers_v2", "c-3", { status: "stopped" });
    await browser.submit(/value="switch"/);
    const said = browser.jar.get("doorstep-said") ?? "";
    change(gateway.file, "customers_v2", "c-3", { status: "active" });
    await browser.open("/login");
    const there = await browser.submit(/value="switch"/);
    expect(textOf(there.html)).toContain("Rekha Shop");
    expect([alertIn(there.html), browser.jar.has("doorstep-said")]).toEqual(["", false]);
    browser.jar.set("doorstep-said", said);
    expect(alertIn((await browser.reload()).html), "of the former session").toBe("");
  });

  test("believes no sentence that another site or a script of a neighbour puts into the cookie", async () => {
    for (const forged of ["x", "k1.AAAA", JSON.stringify({ problem: "phoneLocked" })]) {
      browser.jar.set("doorstep-said", forged);
      expect(alertIn((await browser.reload()).html)).toBe("");
    }
    expect(alertIn((await browser.open("/login?reason=again")).html)).toBe("");
  });
});
