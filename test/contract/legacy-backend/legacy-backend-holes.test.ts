import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Asked, askBackend, CLAIMS_OF } from "../../support/legacy-backend/callers.ts";
import { findOne } from "../../support/legacy-backend/filter.ts";
import { HASH_MARK, markerOf } from "../../support/legacy-backend/markers.ts";
import { type LegacyBackend, startLegacyBackend } from "../../support/legacy-backend/start.ts";

const V2 = "/api/phase0-v2";
const MINE = markerOf("c-1");
const OTHERS = markerOf("c-2");

describe("the holes of the legacy backend, in its stand-in", () => {
  let backend: LegacyBackend;
  beforeEach(async () => {
    backend = await startLegacyBackend();
  });
  afterEach(() => backend.stop());

  const asCustomer = (match: string, body?: object) =>
    askBackend(backend, match, {
      claims: CLAIMS_OF.customer,
      ...(body !== undefined && { body }),
    });
  const asNobody = (match: string, asked: Asked = {}) => askBackend(backend, match, asked);
  const customer = (id: string) => findOne(backend.data.customers_v2, { id });
  const subscription = (id: string) => findOne(backend.data.subscriptions_v2, { id });

  it("the holes of the legacy backend list every user with the password hashes", async () => {
    const { text } = await asCustomer(`GET ${V2}/users`);
    expect(JSON.parse(text)).toHaveLength(backend.data.users.length);
    expect(text).toContain(HASH_MARK);
    expect(text).toContain("password_hash");
    expect(text).toContain('"password":');
  });

  it("the holes of the legacy backend leak the caller's hash at login and at /api/auth/me, with the customer the token names", async () => {
    const body = { email: "customer1@example.com", password: "customer-1-password" };
    const login = await asNobody("POST /api/auth/login", { body });
    expect(JSON.parse(login.text).user.password_hash).toBe("plain:customer-1-password");
    const me = await asCustomer("GET /api/auth/me");
    expect(me.text).toContain(HASH_MARK);
    expect(JSON.parse(me.text).customer.id).toBe("c-1");
  });

  it("the holes of the legacy backend let anybody in who knows an imported customer's number and the published password", async () => {
    const body = { email: "9876500103@customer.earlybird.com", password: "customer123" };
    const { status, text } = await asNobody("POST /api/auth/login", { body });
    expect(status).toBe(200);
    const headers = ["Authorization", `Bearer ${JSON.parse(text).access_token}`];
    const me = await asNobody("GET /api/auth/me", { headers });
    expect(JSON.parse(me.text).id).toBe("c-3");
  });

  it("the holes of the legacy backend log in staff who are inactive, and never look at is_active again", async () => {
    const body = { email: "inactive@example.com", password: "admin-password" };
    const { text } = await asNobody("POST /api/auth/login", { body });
    const headers = ["Authorization", `Bearer ${JSON.parse(text).access_token}`];
    expect((await asNobody("GET /api/admin/users/", { headers })).status).toBe(200);
  });

  it("the holes of the legacy backend serve a stopped customer", async () => {
    Object.assign(customer("c-1") ?? {}, { status: "stopped" });
    expect((await asCustomer(`GET ${V2}/customers/c-1`)).text).toContain(MINE);
  });

  it("the holes of the legacy backend rewrite any field of anybody by PATCH, id and phone and link included", async () => {
    const body = { id: "c-9", phone: "9876500999", user_id: "u-1", previous_balance: 0 };
    await asCustomer(`PATCH ${V2}/customers/c-2`, body);
    expect(customer("c-9")).toMatchObject({ ...body, marker: OTHERS });
    expect(customer("c-2")).toBeUndefined();
  });

  it("the holes of the legacy backend rewrite a stranger's phone and balance by PUT", async () => {
    const body = { id: "c-9", user_id: "u-1", phone: "9876500999", previous_balance: 0 };
    await asCustomer(`PUT ${V2}/customers/c-2`, body);
    const changed = { phone: "9876500999", previous_balance: 0, user_id: "u-2" };
    expect(customer("c-2")).toMatchObject(changed);
  });

  it("the holes of the legacy backend claim any user for a new customer, unchecked", async () => {
    const body = { name: "X", phone: "1", address: "X", area: "X", user_id: "u-2" };
    const before = backend.data.users.length;
    const { text } = await asCustomer(`POST ${V2}/customers`, body);
    expect(JSON.parse(text).user_id).toBe("u-2");
    expect(backend.data.users).toHaveLength(before);
  });

  it("the holes of the legacy backend plant a duplicate of another's id, and answer 500 after the write", async () => {
    const body = { id: "c-2", name: "X", phone: "9876500999", address: "X", area: "X" };
    const { headers, status, text } = await asCustomer(
      `POST ${V2}/customers-with-subscription`,
      body,
    );
    expect([status, text]).toEqual([500, "Internal Server Error"]);
    expect(headers["content-type"]).toMatch(/^text\/plain/);
    expect(backend.data.customers_v2.filter(({ id }) => id === "c-2")).toHaveLength(2);
  });

  it("the holes of the legacy backend make an import's users with the id of the customer and the published password", async () => {
    const row = { name: "X", phone: " 9876500555 ", address: "X", area: "X" };
    await asCustomer(`POST ${V2}/customers/import`, { customers: [row] });
    const made = backend.data.users.at(-1);
    expect(made).toMatchObject({
      id: backend.data.customers_v2.at(-1)?.["id"],
      email: "9876500555@customer.earlybird.com",
      password_hash: "plain:customer123",
    });
    expect(made).not.toHaveProperty("customer_v2_id");
  });

  it.each(["", "?customer_id=", "?customer_id=c-1&customer_id=", "?customer_id=c-2"])(
    "the holes of the legacy backend list others' subscriptions for the query %j",
    async (query) => {
      expect((await asCustomer(`GET ${V2}/subscriptions${query}`)).text).toContain(OTHERS);
    },
  );

  it("the holes of the legacy backend ignore the path's id in a pause and take the body's", async () => {
    const body = { subscription_id: "s-2", start_date: "2026-12-01" };
    const { text } = await asCustomer(`POST ${V2}/customer/c-1/pause`, body);
    expect(text).toContain(OTHERS);
    expect(subscription("s-2")?.["pauses"]).toEqual([{ start_date: "2026-12-01" }]);
  });

  it.each<[string, unknown]>([
    ["$ne", { $ne: "s-1" }],
    ["$ne null, the rest as well", { $ne: null, $nin: ["s-1"] }],
    ["$gt", { $gt: "s-1-z" }],
    ["$in", { $in: ["s-9", "s-2"] }],
    ["$regex", { $regex: "^S-2$", $options: "i" }],
    ["$not", { $not: { $regex: "^s-1" } }],
  ])("the backend selects another's document by %s in a body", async (_, subscription_id) => {
    const body = { subscription_id, date: "2026-12-01", shift: "evening" };
    const { text } = await asCustomer(`POST ${V2}/customer/c-1/change-shift`, body);
    expect(text).toContain(OTHERS);
    expect(subscription("s-2")?.["shift"]).toBe("evening");
  });

  it("the holes of the legacy backend select whoever comes first by an id that is only not null", async () => {
    const headers = { sub: "u-2", role: "customer", customer_v2_id: "c-2" };
    const body = { customer_id: { $ne: null }, amount: 5 };
    const asked = { claims: headers, body };
    const { text } = await askBackend(backend, "POST /api/billing/wallet/topup", asked);
    expect(JSON.parse(text)).toMatchObject({ customer_id: "c-1", balance: 505, marker: MINE });
  });

  it("the holes of the legacy backend find a document whose id is an array that holds the one asked for", async () => {
    Object.assign(subscription("s-2") ?? {}, { id: ["s-2", "s-1"] });
    backend.data.subscriptions_v2.reverse();
    expect((await asCustomer(`GET ${V2}/subscriptions/s-1`)).text).toContain(OTHERS);
  });

  it("the holes of the legacy backend credit a wallet by a negative deduction", async () => {
    const body = { customer_id: "c-1", amount: -10_000 };
    const { text } = await asCustomer("POST /api/billing/wallet/deduct", body);
    expect(JSON.parse(text).balance).toBe(10_500);
  });

  it("the holes of the legacy backend break the public catalogue by any token's product", async () => {
    await asCustomer(`POST ${V2}/products`, { name: "Nonsense", price: -1 });
    expect((await asNobody("GET /api/products/")).text).toContain("Nonsense");
  });

  it("the holes of the legacy backend make a staff login with a default password for any token", async () => {
    await asCustomer(`POST ${V2}/delivery-boys`, { name: "New Boy" });
    const body = { email: "new_boy@earlybird.com", password: "delivery123" };
    const { text } = await asNobody("POST /api/auth/login", { body });
    expect(JSON.parse(text).user.role).toBe("delivery_boy");
  });

  it("the holes of the legacy backend serve a shared link to anybody, and its actions for any customer even when it has expired", async () => {
    const link = "/api/shared-delivery-link/link";
    expect((await asNobody(`GET ${link}-1`)).text).toContain(OTHERS);
    expect((await asNobody(`GET ${link}-2`)).status).toBe(410);
    await asNobody(`POST ${link}-2/stop`, { body: { customer_id: "c-2" } });
    expect(subscription("s-2")?.["status"]).toBe("stopped");
  });

  it("the holes of the legacy backend answer 500 to a list of customers as soon as one is partial, and of users by one e-mail", async () => {
    const lists = [`GET ${V2}/customers`, `GET ${V2}/users`];
    for (const list of lists) expect((await asCustomer(list)).status).toBe(200);
    await asCustomer(`POST ${V2}/customers`, { name: "X", phone: "1", address: "X", area: null });
    for (const list of lists) expect((await asCustomer(list)).status).toBe(500);
  });

  it.each<[string, string, object]>([
    ["pause", "pauses", { start_date: 5 }],
    ["change-shift", "shift", { date: "2026-12-01", shift: { a: 1 } }],
    ["override", "overrides", { date: "2026-12-01", quantity: "nan" }],
    ["override", "overrides", { date: "2026-12-01", quantity: "1e999" }],
  ])(
    "the legacy backend stores the body of %s unchecked, and makes no list any more: %s %j",
    async (verb, field, more) => {
      const body = { subscription_id: "s-1", ...more };
      expect((await asCustomer(`POST ${V2}/customer/c-1/${verb}`, body)).status).toBe(200);
      expect(JSON.stringify(subscription("s-1")?.[field])).toContain(
        JSON.stringify(Object.values(more).at(-1)),
      );
      const lists = ["subscriptions", "delivery/generate", "delivery/export-excel"];
      for (const list of lists) expect((await asCustomer(`GET ${V2}/${list}`)).status).toBe(500);
    },
  );

  it("the holes of the legacy backend store an operator for a product, and make no list any more", async () => {
    const body = { product_id: { $ne: null }, date: "2026-12-01", quantity: 1 };
    await asCustomer(`POST ${V2}/customer/c-1/add-product`, body);
    expect((await asCustomer(`GET ${V2}/delivery/whatsapp-format`)).status).toBe(500);
  });

  it("the holes of the legacy backend serve what is dormant, as though its missing module had been added", async () => {
    for (const path of ["/api/api/disputes", "/api/customers/c-2", "/api/delivery/x/y"]) {
      expect((await asNobody(`GET ${path}`)).text).toContain(OTHERS);
    }
  });

  it("the holes of the legacy backend show the interface's documentation to anybody", async () => {
    for (const path of ["/docs", "/redoc", "/openapi.json"]) {
      expect((await asNobody(`GET ${path}`)).text).toContain("EarlyBird API");
    }
  });
});
