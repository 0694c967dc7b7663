import { type Answer, json, notFound, notYours } from "../answer.ts";
import type { CollectionName } from "../data.ts";
import { type Fields, find, findOne } from "../filter.ts";
import { anyToken, type CallerAsk, forRoles, type Route } from "../route.ts";
import { withOne } from "./catalogue.ts";

const customers = forRoles("customer");

/** Orders and the old subscriptions: both hang on U, and the backend does check whose they are. */
export const ORDER_ROUTES: readonly Route[] = [
  customers("POST /api/orders/", (ask) => create(ask, "orders", "placed"), [
    "items",
    "delivery_date",
    "address_id",
  ]),
  customers("GET /api/orders/", (ask) => listOwn(ask, "orders")),
  customers("GET /api/orders/history", (ask) => listOwn(ask, "orders")),
  anyToken("GET /api/orders/{id}", (ask) =>
    ask.caller.role === "customer" ? withOwn(ask, "orders", json) : withOne(ask, "orders", json),
  ),
  customers("POST /api/orders/{id}/cancel", (ask) =>
    withOwn(ask, "orders", (order) => json(Object.assign(order, { status: "cancelled" }))),
  ),
  customers("POST /api/subscriptions/", (ask) => create(ask, "subscriptions", "active"), [
    "product_id",
    "pattern",
    "quantity",
    "start_date",
    "address_id",
  ]),
  customers("GET /api/subscriptions/", (ask) => listOwn(ask, "subscriptions")),
  customers("GET /api/subscriptions/{id}", (ask) => withOwn(ask, "subscriptions", json)),
  customers(
    "PUT /api/subscriptions/{id}",
    (ask) =>
      withOwn(ask, "subscriptions", (subscription) => {
        const { id, user_id } = subscription;
        return json(Object.assign(subscription, ask.body, { id, user_id }));
      }),
    [],
  ),
  customers("POST /api/subscriptions/{id}/override", (ask) => append(ask, "overrides"), [
    "date",
    "quantity",
  ]),
  customers("POST /api/subscriptions/{id}/pause", (ask) => append(ask, "pauses"), [
    "start_date",
    "end_date",
  ]),
];

const listOwn = ({ caller, data }: CallerAsk, name: CollectionName): Answer =>
  json(find(data[name], { user_id: caller.sub }));

function create({ body, caller, data }: CallerAsk, name: CollectionName, status: string): Answer {
  const marker = findOne(data.users, { id: caller.sub })?.["marker"];
  const made = { ...body, id: crypto.randomUUID(), user_id: caller.sub, status, marker };
  data[name].push(made);
  return json(made);
}

function withOwn(
  { caller, data, params }: CallerAsk,
  name: CollectionName,
  answer: (document: Fields) => Answer,
): Answer {
  const document = findOne(data[name], { id: params["id"] });
  if (document === undefined) return notFound(name === "orders" ? "Order" : "Subscription");
  return document["user_id"] === caller.sub ? answer(document) : notYours();
}

const append = (ask: CallerAsk, list: "overrides" | "pauses"): Answer =>
  withOwn(ask, "subscriptions", (subscription) => {
    const before = subscription[list];
    subscription[list] = [...(Array.isArray(before) ? before : []), ask.body];
    return json(subscription);
  });
