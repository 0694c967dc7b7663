import { type Answer, json, notFound, refused, unhandled } from "../answer.ts";
import { asFields, asList, type Fields, findOne } from "../filter.ts";
import { markerOf } from "../markers.ts";
import { type Ask, anyToken, type Route } from "../route.ts";
import { remove, withOne } from "./catalogue.ts";

/** /api/phase0-v2/customers: any token reads, makes, rewrites and deletes anybody. */
export const CUSTOMER_ROUTES: readonly Route[] = [
  anyToken("GET /api/phase0-v2/customers", ({ data }) =>
    data.customers_v2.every(isWhole) ? json(data.customers_v2) : unhandled(),
  ),
  anyToken("POST /api/phase0-v2/customers", create, ["name", "phone", "address", "area"]),
  anyToken("POST /api/phase0-v2/customers-with-subscription", createWithSubscription, [
    "name",
    "phone",
    "address",
    "area",
  ]),
  anyToken("POST /api/phase0-v2/customers/confirm", confirm, ["customer_id"]),
  anyToken("POST /api/phase0-v2/customers/import", importAll, ["customers"]),
  anyToken("POST /api/phase0-v2/customers/import/preview", ({ body }) => json(body), ["customers"]),
  anyToken("GET /api/phase0-v2/customers/{id}", (ask) => withOne(ask, "customers_v2", json)),
  anyToken("PUT /api/phase0-v2/customers/{id}", (ask) => put(ask), []),
  anyToken("PATCH /api/phase0-v2/customers/{id}", (ask) => patch(ask), []),
  anyToken("DELETE /api/phase0-v2/customers/{id}", (ask) => remove(ask, "customers_v2")),
];

/** A list call answers 500 as soon as one document lacks one of these. */
const isWhole = (customer: Fields): boolean =>
  ["name", "phone", "address", "area"].every((field) => typeof customer[field] === "string");

/** The user first, then the customer. A `user_id` that is given is neither checked nor updated. */
function create({ body, data }: Ask): Answer {
  const id = crypto.randomUUID();
  const user_id = body["user_id"] ?? crypto.randomUUID();
  if (body["user_id"] === undefined || body["user_id"] === null) {
    const email = `customer-${id}@earlybird.local`;
    data.users.push(madeUser({ id: user_id, email, customer_v2_id: id }, body, "earlybird2025"));
  }
  const customer = { status: "trial", ...body, id, user_id, marker: markerOf(id) };
  data.customers_v2.push(customer);
  return json(customer);
}

/** The id is whatever the client sends, another customer's included; 500 after it is written. */
function createWithSubscription({ body, data }: Ask): Answer {
  const { subscription, ...customer } = body;
  const id = body["id"] ?? crypto.randomUUID();
  data.customers_v2.push({ status: "trial", ...customer, id, marker: markerOf(String(id)) });
  data.subscriptions_v2.push({
    ...asFields(subscription),
    id: crypto.randomUUID(),
    customer_id: id,
    marker: markerOf(String(id)),
  });
  return unhandled();
}

function confirm({ body, data }: Ask): Answer {
  const customer = findOne(data.customers_v2, { id: body["customer_id"] });
  if (customer === undefined) return notFound("Customer");
  return json(Object.assign(customer, { status: "active" }));
}

/** No link on either side; a user whose e-mail exists already is not made. */
function importAll({ body, data }: Ask): Answer {
  const rows = asList(body["customers"]).map(asFields);
  if (!rows.every(isWhole)) return refused("A row lacks name, phone, address or area");
  for (const row of rows) {
    const id = crypto.randomUUID();
    const phone = String(row["phone"]).trim();
    const email = `${phone.replace(/\D/g, "")}@customer.earlybird.com`;
    data.customers_v2.push({ status: "trial", ...row, id, phone, marker: markerOf(id) });
    if (findOne(data.users, { email }) === undefined) {
      data.users.push(madeUser({ id, email }, row, "customer123"));
    }
  }
  return json({ imported: rows.length });
}

const madeUser = (ids: Fields, { name, phone }: Fields, password: string): Fields => ({
  ...ids,
  name,
  phone,
  role: "customer",
  is_active: true,
  password_hash: `plain:${password}`,
  created_at: new Date().toISOString().slice(0, -1),
});

/** LEGACY 1 names the fields of a customer; it says that PATCH, not PUT, takes any field. */
const PUT_FIELDS = [
  ...["name", "phone", "address", "area", "status", "map_link", "location", "trial_start_date"],
  ...["notes", "house_image_url", "marketing_boy", "marketing_boy_id", "delivery_boy_id"],
  ...["previous_balance", "custom_product_prices"],
];

const put = (ask: Ask): Answer =>
  withOne(ask, "customers_v2", (customer) => {
    const changes = Object.entries(ask.body).filter(([name]) => PUT_FIELDS.includes(name));
    return json(Object.assign(customer, Object.fromEntries(changes)));
  });

/** Any field, `id`, `phone` and `user_id` included: an account changes hands here. */
const patch = (ask: Ask): Answer =>
  withOne(ask, "customers_v2", (customer) => json(Object.assign(customer, ask.body)));
