import { type Answer, invalid, json, notFound, unhandled } from "../answer.ts";
import { asFields, asList, type Fields, find, findOne } from "../filter.ts";
import { markerOf } from "../markers.ts";
import { type Ask, anyToken, type Route } from "../route.ts";
import { change, insert, remove, withOne } from "./catalogue.ts";

/** /api/phase0-v2: what hangs on C. Any token; nobody asks whose. */
export const SUBSCRIPTION_ROUTES: readonly Route[] = [
  // An empty customer_id is no filter: all subscriptions of all customers.
  anyToken("GET /api/phase0-v2/subscriptions", ({ data, query }) => {
    const customerId = query("customer_id");
    const found = customerId ? subscriptionsOf({ data }, customerId) : data.subscriptions_v2;
    return found.every(isSound) ? json(found) : unhandled();
  }),
  anyToken("POST /api/phase0-v2/subscriptions", (ask) => createAny(ask), [
    "customer_id",
    "product_id",
  ]),
  anyToken("GET /api/phase0-v2/subscriptions/{id}", (ask) =>
    withOne(ask, "subscriptions_v2", json),
  ),
  anyToken("PUT /api/phase0-v2/subscriptions/{id}", (ask) => change(ask, "subscriptions_v2"), []),
  anyToken("DELETE /api/phase0-v2/subscriptions/{id}", (ask) => remove(ask, "subscriptions_v2")),
  anyToken("GET /api/phase0-v2/customer/{id}/calendar", calendar),
  anyToken("POST /api/phase0-v2/customer/{id}/pause", (ask) => append(ask, "pauses"), [
    "subscription_id",
    "start_date",
  ]),
  anyToken("POST /api/phase0-v2/customer/{id}/override", (ask) => append(ask, "overrides"), [
    "subscription_id",
    "date",
    "quantity",
  ]),
  anyToken(
    "POST /api/phase0-v2/customer/{id}/change-shift",
    (ask) =>
      withNamed(ask, (subscription) =>
        json(Object.assign(subscription, { shift: ask.body["shift"] })),
      ),
    ["subscription_id", "date", "shift"],
  ),
  anyToken("POST /api/phase0-v2/customer/{id}/add-product", (ask) => addProduct(ask), [
    "product_id",
    "date",
    "quantity",
  ]),
];

export const subscriptionsOf = (
  { data }: Pick<Ask, "data">,
  customerId: string | undefined,
): readonly Fields[] =>
  find(data.subscriptions_v2, { $or: [{ customer_id: customerId }, { customerId }] });

/**
 * Whether a list can be made of it. Bodies are stored as they come, and what is not of these types,
 * or is no number that JSON has, makes every list that holds it an error (LEGACY 8).
 */
export function isSound(subscription: Fields): boolean {
  const entries = ["pauses", "overrides"].flatMap((name) =>
    asList(subscription[name]).map(asFields),
  );
  return [subscription, ...entries].every(
    ({ date, end_date, product_id, quantity, shift, start_date }) =>
      [date, end_date, product_id, shift, start_date].every(isText) && isQuantity(quantity),
  );
}

const isText = (value: unknown): boolean =>
  value === undefined || value === null || typeof value === "string";
const isQuantity = (value: unknown): boolean =>
  value === undefined ||
  ((typeof value === "number" || typeof value === "string") && Number.isFinite(Number(value)));

const createAny = (ask: Ask): Answer =>
  insert(ask, "subscriptions_v2", { marker: markerOf(String(ask.body["customer_id"])) });

function calendar(ask: Ask): Answer {
  const month = ask.query("month");
  if (month === null) return invalid("query", "month");
  return withOne(ask, "customers_v2", ({ id, marker }) => {
    const days = subscriptionsOf(ask, String(id));
    if (!days.every(isSound)) return unhandled();
    return json({ customer_id: id, month, days, marker });
  });
}

/** The path's id is ignored; the body's goes into the filter as it is, operators included. */
function withNamed({ body, data }: Ask, answer: (subscription: Fields) => Answer): Answer {
  const subscription = findOne(data.subscriptions_v2, { id: body["subscription_id"] });
  return subscription === undefined ? notFound("Subscription") : answer(subscription);
}

const append = (ask: Ask, list: "pauses" | "overrides"): Answer =>
  withNamed(ask, (subscription) => {
    const { subscription_id: _, ...entry } = ask.body;
    const before = subscription[list];
    subscription[list] = [...(Array.isArray(before) ? before : []), entry];
    return json(subscription);
  });

/** LEGACY names one id that this trusts, the path's. */
const addProduct = (ask: Ask): Answer =>
  withOne(ask, "customers_v2", ({ id, marker }) =>
    insert(ask, "subscriptions_v2", { customer_id: id, status: "active", marker }),
  );
