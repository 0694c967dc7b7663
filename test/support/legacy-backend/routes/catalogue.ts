import { type Answer, json, notFound } from "../answer.ts";
import type { CollectionName } from "../data.ts";
import { type Fields, findOne, removeOne } from "../filter.ts";
import { type Ask, anyToken, forRoles, open, type Route } from "../route.ts";

const admins = forRoles("admin");

/** Products of both generations, and areas. */
export const CATALOGUE_ROUTES: readonly Route[] = [
  open("GET /api/products/", ({ data }) => json(data.products)),
  open("GET /api/products/{id}", (ask) => withOne(ask, "products", json)),
  admins("POST /api/products/", (ask) => insert(ask, "products"), ["name"]),
  admins("PUT /api/products/{id}", (ask) => change(ask, "products"), []),
  admins("DELETE /api/products/{id}", (ask) => remove(ask, "products")),
  anyToken("GET /api/phase0-v2/products", ({ data }) => json(data.products_v2)),
  // What any token writes here, the public catalogue shows.
  anyToken(
    "POST /api/phase0-v2/products",
    (ask) => {
      const made = { ...ask.body, id: crypto.randomUUID() };
      ask.data.products_v2.push(made);
      ask.data.products.push(made);
      return json(made);
    },
    ["name"],
  ),
  anyToken("GET /api/phase0-v2/areas", ({ data }) => json(data.areas)),
  anyToken("POST /api/phase0-v2/areas", (ask) => insert(ask, "areas"), ["name"]),
  anyToken("PUT /api/phase0-v2/areas/{id}", (ask) => change(ask, "areas"), []),
  anyToken("DELETE /api/phase0-v2/areas/{id}", (ask) => remove(ask, "areas")),
];

export function insert({ body, data }: Ask, name: CollectionName, more: Fields = {}): Answer {
  const made = { ...body, ...more, id: crypto.randomUUID() };
  data[name].push(made);
  return json(made);
}

/** Whatever the body says but the id. */
export const change = (ask: Ask, name: CollectionName): Answer =>
  withOne(ask, name, (document) => json(Object.assign(document, ask.body, { id: document["id"] })));

export function remove({ data, params }: Ask, name: CollectionName): Answer {
  const removed = removeOne(data[name], { id: params["id"] });
  return removed ? json({ message: "Deleted", id: params["id"] }) : notFound("Document");
}

export function withOne(
  { data, params }: Ask,
  name: CollectionName,
  answer: (document: Fields) => Answer,
): Answer {
  const document = findOne(data[name], { id: params["id"] });
  return document === undefined ? notFound("Document") : answer(document);
}
