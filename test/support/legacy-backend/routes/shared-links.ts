import { type Answer, gone, json, notFound, notYours, unhandled } from "../answer.ts";
import { type Fields, find, findOne, removeOne } from "../filter.ts";
import { markerOf } from "../markers.ts";
import { type Ask, anyToken, forRoles, open, type Route } from "../route.ts";
import { withOne } from "./catalogue.ts";
import { subscriptionsOf } from "./subscriptions.ts";

/**
 * Delivery boys use the page of a link logged out: public, for any customer. Once the link has
 * expired its page is gone, but its actions still work.
 */
export const SHARED_LINK_ROUTES: readonly Route[] = [
  anyToken("GET /api/shared-delivery-links", ({ caller, data }) =>
    json(find(data.shared_links, { created_by: caller.sub })),
  ),
  anyToken(
    "POST /api/shared-delivery-links",
    ({ body, caller, data }) => {
      const marker = findOne(data.users, { id: caller.sub })?.["marker"];
      const link = { ...body, id: crypto.randomUUID(), created_by: caller.sub, marker };
      data.shared_links.push(link);
      return json(link);
    },
    [],
  ),
  anyToken("DELETE /api/shared-delivery-links/{id}", ({ caller, data, params }) => {
    const filter = { id: params["id"], created_by: caller.sub };
    return removeOne(data.shared_links, filter) ? json({ message: "Deleted" }) : notFound("Link");
  }),
  forRoles("delivery_boy")("GET /api/shared-delivery-link/{id}/auth", (ask) =>
    withOne(ask, "shared_links", (link) =>
      link["delivery_boy_id"] === ask.caller.sub ? json(link) : notYours(),
    ),
  ),
  open("GET /api/shared-delivery-link/{id}", (ask) =>
    withOne(ask, "shared_links", (link) =>
      Date.parse(String(link["expires_at"])) < Date.now()
        ? gone("Link")
        : json({ ...link, customers: customersOf(ask, link) }),
    ),
  ),
  open("POST /api/shared-delivery-link/{id}/add-product", (ask) => addProduct(ask), [
    "customer_id",
  ]),
  open("POST /api/shared-delivery-link/{id}/pause", (ask) => setStatus(ask, "paused"), [
    "customer_id",
  ]),
  open("POST /api/shared-delivery-link/{id}/stop", (ask) => setStatus(ask, "stopped"), [
    "customer_id",
  ]),
  // It always fails (LEGACY 7).
  open("POST /api/shared-delivery-link/{id}/mark-delivered", unhandled, ["customer_id"]),
];

const customersOf = ({ data }: Ask, { area }: Fields): readonly Fields[] =>
  find(data.customers_v2, { area }).map(({ address, id, marker, name, phone }) => ({
    id,
    name,
    phone,
    address,
    marker,
  }));

const addProduct = (ask: Ask): Answer =>
  withOne(ask, "shared_links", () => {
    const marker = markerOf(String(ask.body["customer_id"]));
    const made = { ...ask.body, id: crypto.randomUUID(), marker };
    ask.data.subscriptions_v2.push(made);
    return json(made);
  });

const setStatus = (ask: Ask, status: string): Answer =>
  withOne(ask, "shared_links", () => {
    const subscriptions = subscriptionsOf(ask, String(ask.body["customer_id"]));
    for (const subscription of subscriptions) subscription["status"] = status;
    return json(subscriptions);
  });
