import { describe, expect, onTestFinished, test } from "vitest";
import { customer, HASH, user } from "../../cases-extra/people.ts";
import {
  askForCode,
  bearer,
  call,
  claimsOf,
  logIn,
  newestCode,
  refresh,
  verify,
} from "../../support/gateway/client.ts";
import { compatLogIn } from "../../support/gateway/compat-client.ts";
import type { TestOptions } from "../../support/gateway/test-gateway.ts";
import { testGateway } from "../../support/gateway/test-gateway.ts";
import { pageBrowser, textOf, titleIn } from "../../support/login/page-browser.ts";
import { fetchWorld } from "../../support/proxy/proxied-world.ts";
import { change } from "../linking/sqlite-world.ts";

const [P, Q, R] = ["9876500001", "9876500002", "9876500003"];
const BINA = user("u-1", { name: "Bina Thomas", phone: `+91 ${P}`, password_hash: HASH });

const world = (
  documents: NonNullable<TestOptions["documents"]>,
  env: Readonly<Record<string, string>> = {},
) => testGateway({ env: { LEGACY_ONLY_LOGIN: "on", ...env }, documents });

/** Whether a phone gets a message, after all work of its request. */
async function isSent(gateway: Awaited<ReturnType<typeof world>>, phone: string) {
  const asked = await askForCode(gateway, phone);
  expect([asked.status, gateway.runtime.errors]).toEqual([202, []]);
  return newestCode(gateway, phone) !== undefined;
}

describe("LEGACY_ONLY_LOGIN", () => {
  test("a user without a delivery record logs in by phone, with a token that names no customer", async () => {
    const gateway = await world({ users: [BINA] });
    const { body, status } = await logIn(gateway, P);
    expect(status).toBe(200);
    expect(body).toMatchObject({ user: { id: "u-1", name: "Bina Thomas" }, customer: null });
    const claims = claimsOf(body.access_token);
    expect(claims).toMatchObject({ sub: "u-1", role: "customer" });
    expect(claims).not.toHaveProperty("customer_v2_id");
    const me = await call(gateway, "GET", "/auth/me", undefined, bearer(body.access_token));
    expect([me.status, me.body]).toMatchObject([
      200,
      { user: { id: "u-1", phone: `+91${P}` }, customer: null },
    ]);
    const next = await refresh(gateway, body.refresh_token);
    expect([next.status, next.body.customer]).toEqual([200, null]);
  });

  test("the page and the old web app take a user without a delivery record too", async () => {
    const gateway = await world({ users: [BINA] });
    const { body } = await compatLogIn(gateway, P);
    expect(claimsOf(body.access_token)).not.toHaveProperty("customer_v2_id");
    const browser = pageBrowser(gateway);
    await browser.askForCode(P);
    await gateway.runtime.settle();
    const done = await browser.showCode(newestCode(gateway, P) ?? "");
    expect([done.path, titleIn(done.html)]).toEqual(["/login", "You are signed in"]);
    expect(textOf(done.html)).toContain("Bina Thomas");
  });

  test("without the setting a user without a delivery record gets no message", async () => {
    const gateway = await world({ users: [BINA] }, { LEGACY_ONLY_LOGIN: "off" });
    expect(await isSent(gateway, P)).toBe(false);
  });

  test.each([
    ["two users with the phone", [BINA, user("u-2", { phone: P })], []],
    ["an inactive one", [{ ...BINA, is_active: false }], []],
    ["staff", [{ ...BINA, role: "admin" }], []],
    ["a user without an id", [{ ...BINA, id: "" }], []],
    ["two documents with one id", [BINA, user("u-1", { phone: Q })], []],
    ["one whom a customer names", [BINA], [customer("c-1", Q, { user_id: "u-1" })]],
    ["one who names a customer", [{ ...BINA, customer_v2_id: "c-1" }], [customer("c-1", Q)]],
    ["one with a customer's id", [BINA], [customer("u-1", Q)]],
    ["one whom doorstep made for another", [{ ...BINA, created_by: "doorstep" }], []],
    ["a stranger", [user("u-1", { phone: R })], []],
  ])("no message goes to %s", async (_, users, customers_v2) => {
    const gateway = await world({ users, customers_v2 });
    expect(await isSent(gateway, P)).toBe(false);
  });

  test("a customer with the phone in a rare spelling logs in as that customer, and the user does not", async () => {
    const gateway = await world({
      users: [BINA],
      customers_v2: [customer("c-1", "(98765) 000 01", { name: "Ravi" })],
    });
    const { body } = await logIn(gateway, P);
    expect(claimsOf(body.access_token)).toMatchObject({ customer_v2_id: "c-1" });
    expect(body.user.id).not.toBe("u-1");
  });

  test("a right code is worth nothing where the phone became a customer's or the user's own tie appeared meanwhile", async () => {
    const gateway = await world({
      users: [BINA],
      customers_v2: [customer("c-1", Q, { status: "stopped" })],
    });
    const { body } = await askForCode(gateway, P);
    const code = newestCode(gateway, P) ?? "";
    change(gateway.file, "customers_v2", "c-1", { user_id: "u-1" });
    const refused = await verify(gateway, body.challenge_id, code);
    expect([refused.status, refused.body.code]).toEqual([400, "otp-rejected"]);
  });

  test("rules that need a customer refuse a user without one, and those for the user's own orders pass", async () => {
    const proxied = await fetchWorld({ env: { LEGACY_ONLY_LOGIN: "on" } });
    proxied.backend.data.users.push({ ...BINA, id: "u-bina" });
    onTestFinished(() => proxied.stop());
    const { body } = await logIn(proxied.test, P);
    const headers = [["authorization", `Bearer ${body.access_token}`]] as const;
    const ask = (target: string) => proxied.ask({ method: "GET", target, headers });
    expect((await ask("/api/orders/")).status).toBe(200);
    for (const id of ["c-1", "u-bina", "null", "undefined", "None"]) {
      const got = await ask(`/api/phase0-v2/customers/${id}`);
      expect([id, got.status]).toEqual([id, 403]);
    }
  });

  test("the session ends where a customer gets the phone, and where the user's phone changes", async () => {
    for (const [collection, id, changes] of [
      ["customers_v2", "c-1", { phone: P }],
      ["customers_v2", "c-1", { user_id: "u-1" }],
      ["users", "u-1", { phone: R }],
      ["users", "u-1", { is_active: false }],
    ] as const) {
      const gateway = await world({ users: [BINA], customers_v2: [customer("c-1", Q)] });
      const { body } = await logIn(gateway, P);
      change(gateway.file, collection, id, changes);
      const next = await refresh(gateway, body.refresh_token);
      expect([changes, next.status]).toEqual([changes, 400]);
    }
  });
});
