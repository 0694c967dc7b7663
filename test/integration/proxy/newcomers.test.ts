import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { MARK } from "../../../src/core/linking/documents.ts";
import { logIn } from "../../support/gateway/client.ts";
import type { Fields } from "../../support/legacy-backend/filter.ts";
import { member } from "../../support/proxy/proxied-callers.ts";
import { fetchWorld, type ProxiedWorld } from "../../support/proxy/proxied-world.ts";

const V2 = "/api/phase0-v2/customers";
const ROW = { name: "Kavya Nair", phone: "9876512345", address: "1 Lake Road", area: "North" };
const MINUTE_MS = 60_000;

let world: ProxiedWorld;
beforeEach(async () => {
  world = await fetchWorld();
});
afterEach(() => world.stop());

async function post(target: string, body: object, role: "admin" | "delivery_boy" = "admin") {
  const { authorization } = await member(world, role);
  const headers = [["authorization", `${authorization}`] as const];
  const got = await world.ask({ method: "POST", target, headers, body });
  await world.test.runtime.settle();
  return got;
}

const userOf = (field: string, value: unknown): Fields | undefined =>
  world.backend.data.users.find((user) => user[field] === value);
const customerWith = (phone: string): Fields | undefined =>
  world.backend.data.customers_v2.find((customer) => customer["phone"] === phone);

describe("a customer that staff create through the proxy", () => {
  it("a customer that staff create has the gateway's mark and no published password, after the answer", async () => {
    const got = await post(V2, ROW);
    expect(got.status).toBe(200);
    const { id, user_id } = JSON.parse(got.text);
    expect(userOf("id", user_id)).toMatchObject({ customer_v2_id: id, [MARK]: id });
    expect(userOf("id", user_id)).not.toHaveProperty("password_hash");
    expect(world.test.lines.join()).toMatch(
      new RegExp(`"name":"password.removed","user_id":"${user_id}"`),
    );
    expect(world.test.lines.join()).not.toContain(ROW.phone);
    expect(world.test.runtime.errors).toEqual([]);
  });

  it("customers that an import makes are linked on both sides, and their published passwords are gone", async () => {
    const customers = Array.from({ length: 450 }, (_, n) => ({
      ...ROW,
      phone: `98765${20_000 + n}`,
    }));
    expect((await post(`${V2}/import`, { customers })).status).toBe(200);
    for (const { phone } of customers) {
      const customer = customerWith(phone);
      const user = userOf("id", customer?.["id"]);
      expect(customer?.["user_id"]).toBe(user?.["id"]);
      expect(user).toMatchObject({ customer_v2_id: customer?.["id"], [MARK]: customer?.["id"] });
      expect(user).not.toHaveProperty("password_hash");
      expect(user?.["email"]).toBe(`${phone}@customer.earlybird.com`);
    }
    // The owner of the number signs in as that user, whose orders stay with them.
    const { body } = await logIn(world.test, "9876520007");
    expect(body.user.id).toBe(customerWith("9876520007")?.["id"]);
  });

  it("an imported customer with an unreadable phone keeps no published password either", async () => {
    await post(`${V2}/import`, { customers: [{ ...ROW, phone: "ask at the gate" }] });
    const id = customerWith("ask at the gate")?.["id"];
    expect(userOf("id", id)).toBeDefined();
    expect(userOf("id", id)).not.toHaveProperty("password_hash");
  });

  it("passwords that are not certainly published stay: older ones, an admin's, staff's", async () => {
    const { users } = world.backend.data;
    const before = users.map((user) => structuredClone(user));
    const email = "9876599999@customer.earlybird.com";
    // One who is not of these customers, and one whom an admin gave a password of their own.
    const other = { id: "someone", email, role: "customer", name: "X", password_hash: "plain:own" };
    users.push(other);
    await post(V2, { ...ROW, phone: "9876512346" });
    const customer = customerWith("9876512346");
    // An admin's users have another field, whatever their e-mail.
    const own = { id: customer?.["id"], email, role: "customer", name: "X", password: "plain:own" };
    const staff = { id: "s-9", customer_v2_id: customer?.["id"], role: "admin", name: "X" };
    users.push(own, { ...staff, email, password_hash: "plain:customer123" });
    await post(V2, ROW);
    expect(own).toMatchObject({ password: "plain:own" });
    expect(userOf("id", "s-9")).toMatchObject({ password_hash: "plain:customer123" });
    for (const user of before) expect(userOf("id", user["id"])).toEqual(user);
    expect(other).toMatchObject({ password_hash: "plain:own" });
  });

  it("a create that answers 500 after it wrote is looked at as well", async () => {
    const got = await post(`${V2}-with-subscription`, ROW);
    expect(got.status).toBe(500);
    expect(world.test.runtime.errors).toEqual([]);
    const customer = customerWith(ROW.phone);
    expect(customer).toBeDefined();
    // No user belongs to the customer yet: a login makes one.
    expect((await logIn(world.test, ROW.phone)).body.customer?.id).toBe(customer?.["id"]);
  });

  it("a refused create changes nothing", async () => {
    const before = structuredClone(world.backend.data.users);
    expect((await post(V2, ROW, "delivery_boy")).status).toBe(403);
    expect((await post(V2, { ...ROW, user_id: "u-1" })).status).toBe(403);
    expect((await post(`${V2}/import`, { customers: [{ name: "no phone" }] })).status).toBe(400);
    expect(world.backend.data.users).toEqual(before);
  });

  it("a backend with a slow clock is looked at back to a minute ago, and no further", async () => {
    const { data } = world.backend;
    const user = { id: "c-old", email: "98765@customer.earlybird.com", role: "customer" };
    data.users.push({ ...user, name: "X", password_hash: "plain:customer123" });
    data.customers_v2.push({ ...ROW, id: "c-old" });
    // Both are as old as their first reading.
    await world.test.gateway.directory.findUsers({ ids: ["c-old"] });
    await world.test.gateway.directory.findCustomers({ ids: ["c-old"] });
    world.test.clock.advance(3 * MINUTE_MS);
    await post(V2, ROW);
    expect(userOf("id", "c-old")).toHaveProperty("password_hash");
    expect(userOf("id", "c-old")).not.toHaveProperty(MARK);
  });

  it("a directory that is down never touches the answer, and the gateway looks again", async () => {
    const { directory } = world.test.gateway;
    const pageOf = directory.pageOf.bind(directory);
    let isDown = true;
    Object.assign(directory, {
      pageOf: (...asked: Parameters<typeof pageOf>) =>
        isDown ? Promise.reject(new Error("down")) : pageOf(...asked),
    });
    const { authorization } = await member(world, "admin");
    const headers = [["authorization", `${authorization}`] as const];
    const got = await world.ask({ method: "POST", target: V2, headers, body: ROW });
    expect(got.status).toBe(200);
    isDown = false;
    await world.test.runtime.settle();
    const { id, user_id } = JSON.parse(got.text);
    expect(userOf("id", user_id)).toMatchObject({ [MARK]: id });
  });
});
