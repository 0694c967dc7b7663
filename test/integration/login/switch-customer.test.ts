import { describe, expect, test } from "vitest";
import { openPageSession } from "../../../src/flows/login/open-page-session.ts";
import { selectCustomer } from "../../../src/flows/login/select-customer.ts";
import { switchableCustomers, switchCustomer } from "../../../src/flows/login/switch-customer.ts";
import { confirmSession } from "../../../src/flows/sessions/confirm-link.ts";
import { type PageSession, readPageSession } from "../../../src/flows/sessions/page-session.ts";
import { customer } from "../../cases-extra/people.ts";
import { askForCode, challengeFor, verify } from "../../support/gateway/client.ts";
import { auditLines, pageOf, showOnPage } from "../../support/gateway/oauth-client.ts";
import {
  type TestGateway,
  type TestOptions,
  testGateway,
} from "../../support/gateway/test-gateway.ts";
import { change, documentsOf } from "../linking/sqlite-world.ts";

const PHONE = "9876500001";
const MINUTE = 60_000;
const documents = {
  customers_v2: [
    customer("c-home", PHONE, { name: "Home" }),
    customer("c-shop", `+91${PHONE}`, { name: "Shop" }),
    customer("c-old", `0${PHONE}`, { name: "Old flat", status: "stopped" }),
    customer("c-other", "9876500002", { name: "Other" }),
  ],
};

/** A customer who chose their home at the login page. */
async function atHome(options: TestOptions = {}) {
  const test = await testGateway({ documents, ...options });
  const { challenge_id, code } = await challengeFor(test, PHONE);
  const { selection_token } = (await verify(test, challenge_id, code)).body;
  const start = openPageSession("browser-1");
  const login = await selectCustomer(test.gateway, selection_token, "c-home", "a browser", start);
  if (!login.ok) throw new Error(login.failure.reason);
  return { test, cookie: login.value.cookie, page: await pageOf(test.gateway, login.value) };
}

const switchTo = ({ gateway }: TestGateway, page: PageSession, id: string) =>
  switchCustomer(gateway, page, id, "a browser");

/** As the signed-in page asks: an ended session has no page, and is offered nothing. */
async function idsOf({ gateway }: TestGateway, page: PageSession): Promise<readonly string[]> {
  const confirmed = await confirmSession(gateway, page.userKey, page.session);
  if (!confirmed.ok || confirmed.value.customer === null) return [];
  const customers = await switchableCustomers(gateway, page, confirmed.value.customer);
  return customers.map(({ id }) => id).sort();
}

describe("a switch to another customer of the proven phone", () => {
  test("a switch to another customer of the proven phone is offered among those that can log in, and signs in as the chosen one", async () => {
    const { cookie, page, test } = await atHome();
    expect(await idsOf(test, page)).toEqual(["c-home", "c-shop"]);
    test.clock.advance(5 * MINUTE);
    const switched = await switchTo(test, page, "c-shop");
    if (!switched.ok) throw new Error(switched.failure.reason);
    const { customer: now, user } = switched.value;
    const next = await pageOf(test.gateway, switched.value);
    expect([now.id, user.id === page.session.userId]).toEqual(["c-shop", false]);
    const read = await readPageSession(test.gateway, switched.value.cookie);
    expect(read?.session.customerId).toBe("c-shop");
    expect(await readPageSession(test.gateway, cookie), "the former cookie").toBeNull();
    expect(await idsOf(test, next), "and back").toEqual(["c-home", "c-shop"]);
    expect(
      auditLines(test)
        .map(({ detail, name }) => `${name} ${detail}`)
        .slice(-3),
    ).toEqual([
      "session.ended switched customer",
      "link.written undefined",
      "login.succeeded doorstep-login",
    ]);
  });

  test("a switch to another customer of the proven phone makes the proof no newer, and the session no longer", async () => {
    const { page, test } = await atHome();
    test.clock.advance(14 * MINUTE);
    const switched = await switchTo(test, page, "c-shop");
    if (!switched.ok) throw new Error(switched.failure.reason);
    const next = await pageOf(test.gateway, switched.value);
    const { authenticatedAt, amr, endsAt } = next.session;
    const former = page.session;
    expect([authenticatedAt, endsAt, amr]).toEqual([
      ...[former.authenticatedAt, former.endsAt, former.amr],
    ]);
    test.clock.advance(MINUTE);
    expect(await switchTo(test, next, "c-home")).toMatchObject({ ok: false });
  });

  test.each([
    [15 * MINUTE - 1, 2, true],
    [15 * MINUTE, 0, false],
    [15 * MINUTE + 1, 0, false],
  ])("a switch needs a fresh proof, to the millisecond: %d", async (after, offered, good) => {
    const { page, test } = await atHome();
    test.clock.advance(after);
    expect(await idsOf(test, page)).toHaveLength(offered);
    expect((await switchTo(test, page, "c-shop")).ok).toBe(good);
  });

  test("a switch to another customer of the proven phone of two at one moment happens once", async () => {
    const { page, test } = await atHome();
    const both = await Promise.all([
      switchTo(test, page, "c-shop"),
      switchTo(test, page, "c-shop"),
    ]);
    expect(both.filter(({ ok }) => ok)).toHaveLength(1);
    expect(await switchTo(test, page, "c-shop")).toEqual({
      ok: false,
      failure: { reason: "otp-rejected" },
    });
  });

  test.each([
    ["c-other", "not-owner"],
    ["c-none", "not-owner"],
    ["", "not-owner"],
    ["c-old", "customer-stopped"],
  ])("a switch is refused to %j as %s, and links no user", async (id, reason) => {
    const { cookie, page, test } = await atHome();
    const before = documentsOf(test.file);
    expect(await switchTo(test, page, id)).toMatchObject({ ok: false, failure: { reason } });
    expect(documentsOf(test.file)).toEqual(before);
    expect(await readPageSession(test.gateway, cookie)).not.toBeNull();
  });

  test("a switch to another customer of the proven phone is refused once the session has ended", async () => {
    const { page, test } = await atHome();
    test.file.sql.all("DELETE FROM state WHERE key LIKE '%user/%'");
    expect(await switchTo(test, page, "c-shop")).toMatchObject({ ok: false });
  });

  test("a switch to another customer of the proven phone is refused where the phone is the customer's no longer", async () => {
    const { page, test } = await atHome();
    change(test.file, "customers_v2", "c-home", { phone: "9876500009" });
    expect(await idsOf(test, page)).toEqual([]);
    expect(await switchTo(test, page, "c-shop")).toMatchObject({ ok: false });
  });

  test("a switch to another customer of the proven phone is not offered to a test phone, which proves nothing about the phone of its customer", async () => {
    const env = { TEST_PHONES: "+919000000001:246810:2026-12-15:c-home" };
    const test = await testGateway({ documents, env });
    const { challenge_id } = (await askForCode(test, "9000000001")).body;
    const login = await showOnPage(test, { challenge_id, code: "246810" }, "browser-1");
    if (login === null) throw new Error("refused");
    const { page } = login;
    expect(page.session.customerId).toBe("c-home");
    expect(await idsOf(test, page)).toEqual([]);
    expect(await switchTo(test, page, "c-shop")).toMatchObject({ ok: false });
  });
});
