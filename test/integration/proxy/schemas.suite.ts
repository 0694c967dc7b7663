import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { StaffRole } from "../../../src/core/roles.ts";
import { askAs, member } from "../../support/proxy/proxied-callers.ts";
import {
  type Asked,
  type Got,
  logInCustomer,
  OWN_PHONE,
  type ProxiedPlace,
} from "../../support/proxy/proxied-world.ts";

const V2 = "/api/phase0-v2";
const C1 = `${V2}/customer/c-1`;
const DAY = "2026-12-01";
const ITEM = {
  product_id: "p-1",
  product_name: "Milk",
  unit: "l",
  quantity: 2,
  price: 32.5,
  total: 65,
};
const ORDER = { items: [ITEM], delivery_date: DAY, address_id: "a-1" };
const OLD = "/api/subscriptions";
const NEW_SUBSCRIPTION = {
  product_id: "p-1",
  pattern: "daily",
  quantity: 1,
  start_date: DAY,
  address_id: "a-1",
};
const LINK = "/api/shared-delivery-link/link-1";

const pause = { subscription_id: "s-1", start_date: DAY };
const override = { subscription_id: "s-1", date: DAY, quantity: 1 };
const added = { product_id: "p-2", date: DAY, quantity: 1 };
const shifted = { subscription_id: "s-1", date: DAY, shift: "both" };

/** What would be stored, and make every list of the backend's an error (docs/legacy.md 8). */
const UNFIT: readonly (readonly [target: string, body: object, pointer: string])[] = [
  [`POST ${C1}/pause`, { ...pause, start_date: 5 }, "/start_date"],
  [`POST ${C1}/pause`, { ...pause, start_date: "2026-02-30" }, "/start_date"],
  [`POST ${C1}/pause`, { ...pause, start_date: "9999-12-31" }, "/start_date"],
  [`POST ${C1}/pause`, { ...pause, end_date: "soon" }, "/end_date"],
  [`POST ${C1}/pause`, { ...pause, subscription_id: { $ne: null } }, "/subscription_id"],
  [`POST ${C1}/pause`, { subscription_id: "s-1" }, "/start_date"],
  [`POST ${C1}/pause`, { ...pause, extra: 1 }, "/extra"],
  [`POST ${C1}/override`, { ...override, quantity: "nan" }, "/quantity"],
  [`POST ${C1}/override`, { ...override, quantity: "1e999" }, "/quantity"],
  [`POST ${C1}/override`, { ...override, quantity: -3 }, "/quantity"],
  [`POST ${C1}/override`, { ...override, quantity: 101 }, "/quantity"],
  [`POST ${C1}/override`, { ...override, quantity: [1] }, "/quantity"],
  [`POST ${C1}/change-shift`, { ...shifted, shift: { a: 1 } }, "/shift"],
  [`POST ${C1}/change-shift`, { ...shifted, shift: "night" }, "/shift"],
  [`POST ${C1}/add-product`, { ...added, product_id: { $ne: null } }, "/product_id"],
  [`POST ${C1}/add-product`, { ...added, shift: null }, "/shift"],
  ["POST /api/billing/wallet/topup", { customer_id: "c-1", amount: 0 }, "/amount"],
  ["POST /api/billing/wallet/topup", { customer_id: "c-1", amount: -5 }, "/amount"],
  ["POST /api/billing/wallet/topup", { customer_id: "c-1", amount: "1e9" }, "/amount"],
  ["POST /api/orders/", { ...ORDER, items: [] }, "/items"],
  ["POST /api/orders/", { ...ORDER, items: [{ ...ITEM, total: 64 }] }, "/items/0/total"],
  ["POST /api/orders/", { ...ORDER, items: [ITEM, { ...ITEM, total: 1 }] }, "/items/1/total"],
  ["POST /api/orders/", { ...ORDER, items: [{ ...ITEM, quantity: 1.5 }] }, "/items/0/quantity"],
  ["POST /api/orders/", { ...ORDER, items: [{ ...ITEM, price: -1 }] }, "/items/0/price"],
  ["POST /api/orders/", { ...ORDER, items: [{ ...ITEM, user_id: "u-2" }] }, "/items/0/user_id"],
  ["POST /api/orders/", { ...ORDER, notes: { a: 1 } }, "/notes"],
  ["POST /api/orders/o-1/cancel", { status: "delivered" }, "/status"],
  [`POST ${OLD}/`, { ...NEW_SUBSCRIPTION, pattern: "never" }, "/pattern"],
  [`POST ${OLD}/`, { ...NEW_SUBSCRIPTION, custom_days: [7] }, "/custom_days/0"],
  [`PUT ${OLD}/v1-1`, { is_active: "yes" }, "/is_active"],
  [`POST ${OLD}/v1-1/override`, { date: DAY, quantity: {} }, "/quantity"],
  [`POST ${OLD}/v1-1/pause`, { start_date: DAY }, "/end_date"],
  [`POST ${LINK}/add-product`, { customer_id: { $ne: null } }, "/customer_id"],
  [`POST ${LINK}/pause`, { customer_id: "c-1", start_date: 5 }, "/start_date"],
  [`POST ${LINK}/stop`, { customer_id: "c-1", reason: { a: 1 } }, "/reason"],
  ["POST /api/auth/login", { email: { $ne: null }, password: "x" }, "/email"],
];

/** Bodies and queries that the policy judges by schema, `sums`, `unchanged` and `max_body`. */
export function schemasSuite(makeWorld: () => Promise<ProxiedPlace>): void {
  let world: ProxiedPlace;
  let customer: string;
  beforeAll(async () => {
    world = await makeWorld();
    customer = `Bearer ${await logInCustomer(world.test)}`;
  });
  beforeEach(() => world.reset());
  afterAll(() => world.stop());

  const as = (authorization: string | null, asked: Asked) => askAs(world, authorization, asked);
  const staff = async (role: StaffRole) => `${(await member(world, role)).authorization}`;
  const pointersOf = ({ text }: Got): readonly string[] =>
    (JSON.parse(text).errors ?? []).map(({ pointer }: { pointer: string }) => pointer);

  describe("a body that does not fit its schema", () => {
    it.each(UNFIT)(
      "a body that does not fit its schema of %s is refused, naming the field: %j, %s",
      async (target, body, pointer) => {
        const [method = "", path = ""] = target.split(" ");
        const isPublic = path.startsWith(LINK) || path.endsWith("login");
        const before = JSON.stringify(world.backend.data);
        const got = await as(isPublic ? null : customer, { method, target: path, body });
        expect([got.status, got.code, pointersOf(got)]).toEqual([
          422,
          "validation-failed",
          [pointer],
        ]);
        expect(world.backend.received).toEqual([]);
        expect(JSON.stringify(world.backend.data)).toBe(before);
      },
    );

    it("a body that does not fit its schema is refused with a number that only its text shows to be none: 1e999", async () => {
      const body = new TextEncoder().encode(
        `{"subscription_id":"s-1","date":"${DAY}","quantity":1e999}`,
      );
      const headers = [["content-type", "application/json"]] as const;
      const got = await as(customer, { method: "POST", target: `${C1}/override`, body, headers });
      expect([got.status, pointersOf(got)]).toEqual([422, ["/quantity"]]);
    });

    it("a body that does not fit its schema leaves the lists of the backend as they are, for all users", async () => {
      for (const [target, body] of UNFIT) {
        const [method = "", path = ""] = target.split(" ");
        await as(customer, { method, target: path, body });
      }
      const admin = await staff("admin");
      for (const list of ["subscriptions", "delivery/generate", "delivery/export-excel"]) {
        expect((await as(admin, { method: "GET", target: `${V2}/${list}` })).status).toBe(200);
      }
    });
  });

  describe("a query that does not fit its schema", () => {
    it.each([
      [`${C1}/calendar?month=soon`, "/month"],
      [`${C1}/calendar?month=2026-12&month=2026-11`, "/month"],
      [`${C1}/calendar?month=2026-12&limit=5`, "/limit"],
      ["/api/orders?user_id=u-2", "/user_id"],
      ["/api/products?sort[$ne]=x", ""],
    ])("a query of %s that does not fit is refused, naming the field", async (target, pointer) => {
      const got = await as(customer, { method: "GET", target });
      expect([got.status, got.code]).toEqual([422, "validation-failed"]);
      expect(pointersOf(got)).toContain(pointer);
      expect(world.backend.received).toEqual([]);
    });

    it("a query that does not fit its schema keeps marketing to the two drop-downs of users, which show no hash", async () => {
      const marketing = await staff("marketing_staff");
      const users = (query: string) =>
        as(marketing, { method: "GET", target: `${V2}/users${query}` });
      for (const role of ["delivery_boy", "marketing_staff"]) {
        const got = await users(`?role=${role}`);
        expect([got.status, JSON.parse(got.text).length]).toEqual([200, 1]);
        expect(got.text).not.toContain("plain:");
      }
      for (const query of [
        "",
        "?role=customer",
        "?role=admin",
        "?role=",
        "?role=delivery_boy&x=1",
      ]) {
        expect([query, (await users(query)).status]).toEqual([query, 422]);
      }
      expect((await users("?role=delivery_boy&role=admin")).status).toBe(422);
    });
  });

  describe("marketing's edit form", () => {
    const stored = () => world.backend.data.customers_v2[0] ?? {};
    const save = async (body: object, method = "PUT") =>
      as(await staff("marketing_staff"), { method, target: `${V2}/customers/c-1`, body });

    it.each(["PUT", "PATCH"])(
      "marketing's edit form sends the whole customer, phone unchanged, and is saved: %s",
      async (method) => {
        const { id: _, user_id: __, marker: ___, ...form } = stored();
        expect(form["phone"]).toBe(OWN_PHONE);
        for (const phone of [OWN_PHONE, `+91 ${OWN_PHONE}`, Number(OWN_PHONE)]) {
          const got = await save({ ...form, phone, address: "Flat 9" }, method);
          expect(got.status, got.text).toBe(200);
          expect(stored()).toMatchObject({ address: "Flat 9" });
        }
      },
    );

    it("marketing's edit form changes no customer's phone, in any spelling", async () => {
      for (const body of [
        { phone: "9876500777" },
        { phone: null },
        { phone: "" },
        { phone: [OWN_PHONE] },
        { "phone.x": OWN_PHONE },
        { profile: { phone: OWN_PHONE } },
      ]) {
        const got = await save({ address: "Flat 9", ...body }, "PATCH");
        expect([JSON.stringify(body), got.status, got.code]).toEqual([
          JSON.stringify(body),
          403,
          "route-denied",
        ]);
      }
      expect(stored()).toMatchObject({ phone: OWN_PHONE });
      expect(world.backend.received).toEqual([]);
    });
  });

  describe("the size of a judged body", () => {
    const photo = (bytes: number) => `data:image/jpeg;base64,${"A".repeat(bytes)}`;

    it("the size of a judged body may be a form with a photo where staff save a customer", async () => {
      const body = { address: "Flat 9", house_image_url: photo(6_000_000) };
      for (const role of ["admin", "marketing_staff"] as const) {
        const asked = { method: "PUT", target: `${V2}/customers/c-1`, body };
        const got = await as(await staff(role), asked);
        expect([role, got.status]).toEqual([role, 200]);
        expect(world.backend.received.at(-1)?.body.length).toBe(JSON.stringify(body).length);
      }
    });
  });

  it("a plain-text 500 of the backend under `redact` stays a 500 for the client, without its text", async () => {
    world.backend.data.users.push({ id: "u-broken", role: "customer", email: null, name: "X" });
    const got = await as(await staff("admin"), { method: "GET", target: `${V2}/users` });
    expect([got.status, got.code]).toEqual([500, "upstream-failed"]);
    expect(got.text).not.toContain("Internal Server Error");
  });

  it("an answer under `redact` keeps each number as the backend wrote the number", async () => {
    const numbers = ["9007199254740993", "1.0", "12345678901234567890"];
    const user = { id: "u-9", name: "X", email: "x@example.com", role: "customer" };
    const written = numbers.map((text, n) => [`n${n}`, rawNumber(text)]);
    world.backend.data.users.push({ ...user, password: "plain:x", ...Object.fromEntries(written) });
    const { text } = await as(await staff("admin"), { method: "GET", target: `${V2}/users` });
    expect(text).not.toMatch(/plain:|password/);
    expect(text).toContain(numbers.map((number, n) => `"n${n}":${number}`).join());
  });
}

/** A number with its own text (JSON.rawJSON of ES2026, which TypeScript does not know yet). */
const rawNumber = (text: string): unknown =>
  (JSON as JSON & { rawJSON(text: string): unknown }).rawJSON(text);
