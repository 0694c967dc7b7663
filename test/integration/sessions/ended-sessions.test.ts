import { describe, expect, test } from "vitest";
import { customer, user } from "../../cases-extra/people.ts";
import { bearer, call, logIn, refresh } from "../../support/gateway/client.ts";
import { type TestGateway, testGateway } from "../../support/gateway/test-gateway.ts";
import { expectOauthError, expectProblem } from "../http/expect-problem.ts";
import { change, documentsOf, remove } from "../linking/sqlite-world.ts";

const PHONE = "9876500001";
const documents = {
  customers_v2: [customer("c-1", PHONE, { user_id: "u-1" })],
  users: [user("u-1", { customer_v2_id: "c-1", phone: PHONE })],
};

type Case = [string, "customer-stopped" | "user-inactive" | "token-invalid", number, Change];
type Change = (gateway: TestGateway) => void;

/** What the legacy backend may do behind the gateway's back, and how the session's end is called. */
const CHANGES: readonly Case[] = [
  [
    "the customer is stopped",
    "customer-stopped",
    403,
    ({ file }) => change(file, "customers_v2", "c-1", { status: "stopped" }),
  ],
  [
    "the user is made inactive",
    "user-inactive",
    403,
    ({ file }) => change(file, "users", "u-1", { is_active: false }),
  ],
  [
    "the customer is deleted",
    "token-invalid",
    401,
    ({ file }) => remove(file, "customers_v2", "c-1"),
  ],
  ["the user is deleted", "token-invalid", 401, ({ file }) => remove(file, "users", "u-1")],
  [
    "the customer gets another phone",
    "token-invalid",
    401,
    ({ file }) => change(file, "customers_v2", "c-1", { phone: "9876500002" }),
  ],
  [
    "the customer is linked to another user",
    "token-invalid",
    401,
    ({ file }) => {
      const other = JSON.stringify(user("u-2", { customer_v2_id: "c-1" }));
      file.sql.run("INSERT INTO users (key, doc) VALUES (?, ?)", '"u-2"', other);
      change(file, "customers_v2", "c-1", { user_id: "u-2" });
    },
  ],
  [
    "the user is linked to another customer",
    "token-invalid",
    401,
    ({ file }) => change(file, "users", "u-1", { customer_v2_id: "c-2" }),
  ],
  [
    "the user becomes staff",
    "token-invalid",
    401,
    ({ file }) => change(file, "users", "u-1", { role: "admin" }),
  ],
  [
    "a second customer gets the same id",
    "token-invalid",
    401,
    ({ file }) => {
      const duplicate = JSON.stringify(customer("c-1", "9876500002"));
      file.sql.run("INSERT INTO customers_v2 (key, doc) VALUES (?, ?)", '"duplicate"', duplicate);
    },
  ],
  [
    "a second user gets the same id",
    "token-invalid",
    401,
    ({ file }) => {
      const duplicate = JSON.stringify(user("u-1", { role: "admin" }));
      file.sql.run("INSERT INTO users (key, doc) VALUES (?, ?)", '"duplicate"', duplicate);
    },
  ],
  [
    "the link is wiped, and our mark with it,",
    "token-invalid",
    401,
    ({ file }) => {
      change(file, "customers_v2", "c-1", { user_id: null });
      change(file, "users", "u-1", { doorstep_customer_id: null });
    },
  ],
  [
    "a person parts the two",
    "token-invalid",
    401,
    ({ file }) => {
      change(file, "customers_v2", "c-1", { user_id: null });
      const parted = { customer_v2_id: null, doorstep_customer_id: "!c-1" };
      change(file, "users", "u-1", parted);
    },
  ],
  [
    "the link is wiped, and the customer is pointed at another",
    "token-invalid",
    401,
    ({ file }) => {
      change(file, "customers_v2", "c-1", { user_id: "u-9" });
      change(file, "users", "u-1", { customer_v2_id: null });
    },
  ],
];

const me = (gateway: TestGateway, accessToken: string) =>
  call(gateway, "GET", "/auth/me", undefined, bearer(accessToken));

async function loggedIn() {
  const gateway = await testGateway({ documents });
  return { gateway, login: (await logIn(gateway, PHONE)).body };
}

describe.each(CHANGES)("when %s the session ends", (_, code, status, alter) => {
  test("a session ends where its customer or user changed at the next refresh", async () => {
    const { gateway, login } = await loggedIn();
    alter(gateway);
    const refused = await refresh(gateway, login.refresh_token);
    expectOauthError(refused, 400, "invalid_grant", code);
    await expectOver(gateway, login);
  });

  test("a session ends where its customer or user changed at the next look at the profile", async () => {
    const { gateway, login } = await loggedIn();
    alter(gateway);
    expectProblem(await me(gateway, login.access_token), status, code);
    await expectOver(gateway, login);
  });
});

const WIPES: readonly (readonly [string, Change])[] = [
  ["customers_v2", ({ file }) => change(file, "customers_v2", "c-1", { user_id: null })],
  ["users", ({ file }) => change(file, "users", "u-1", { customer_v2_id: null })],
  [
    "both",
    ({ file }) => {
      change(file, "customers_v2", "c-1", { user_id: null });
      change(file, "users", "u-1", { customer_v2_id: null });
    },
  ],
];

describe.each(WIPES)("when a migration wipes the links in %s the session goes on", (_, wipe) => {
  const linked = ({ file }: TestGateway) => {
    const { customers_v2, users } = documentsOf(file);
    return [customers_v2[0]?.["user_id"], users[0]?.["customer_v2_id"]];
  };

  test("a session goes on after a migration wiped the links at the next refresh, and the link is back", async () => {
    const { gateway, login } = await loggedIn();
    await gateway.runtime.settle();
    wipe(gateway);
    const { body, status } = await refresh(gateway, login.refresh_token);
    expect([status, body.user.id]).toEqual([200, "u-1"]);
    expect(linked(gateway)).toEqual(["u-1", "c-1"]);
    expect(gateway.lines.join()).toContain("put back after it was wiped");
  });

  test("a session goes on after a migration wiped the links at the next look at the profile, of several at once too", async () => {
    const { gateway, login } = await loggedIn();
    await gateway.runtime.settle();
    wipe(gateway);
    const answers = await Promise.all([1, 2, 3].map(() => me(gateway, login.access_token)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(linked(gateway)).toEqual(["u-1", "c-1"]);
  });
});

/** Over for good: also when the data is put back. */
async function expectOver(
  gateway: TestGateway,
  login: { readonly access_token: string; readonly refresh_token: string },
): Promise<void> {
  const again = await refresh(gateway, login.refresh_token);
  expectOauthError(again, 400, "invalid_grant", "token-invalid");
  expectProblem(await me(gateway, login.access_token), 401, "token-invalid");
  expect(gateway.lines.join()).toContain("session.ended");
}

test("another spelling of the same phone, a new name or status ends nothing", async () => {
  const { gateway, login } = await loggedIn();
  change(gateway.file, "customers_v2", "c-1", {
    phone: "+91 98765-00001",
    name: "Asha R. Rao",
    status: "paused",
  });
  const { body, status } = await refresh(gateway, login.refresh_token);
  expect(status).toBe(200);
  expect(body.customer).toEqual({ id: "c-1", name: "Asha R. Rao", status: "paused" });
  const profile = await me(gateway, body.access_token);
  expect(profile.body).toEqual({
    user: {
      id: "u-1",
      name: "Asha R. Rao",
      role: "customer",
      email: "u-1@example.com",
      phone: "+919876500001",
    },
    customer: {
      id: "c-1",
      name: "Asha R. Rao",
      phone: "+919876500001",
      status: "paused",
      area: "AREA_001",
      address: "12 MG Road",
    },
  });
});
