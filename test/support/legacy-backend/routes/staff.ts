import { type Answer, json } from "../answer.ts";
import type { CollectionName } from "../data.ts";
import { BUSINESS, STAFF } from "../markers.ts";
import { type Ask, anyToken, forRoles, METHODS, open, type Route } from "../route.ts";
import { change, insert, remove, withOne } from "./catalogue.ts";
import { listUsers } from "./operations.ts";

type Guard = ReturnType<typeof forRoles>;

/** List, make, change and delete below one path that ends in a slash. */
const crud = (guard: Guard, path: string, name: CollectionName): readonly Route[] => [
  guard(`GET ${path}`, ({ data }) => json(data[name])),
  guard(`POST ${path}`, (ask) => insert(ask, name, { marker: BUSINESS }), []),
  guard(`PUT ${path}{id}`, (ask) => change(ask, name), []),
  guard(`DELETE ${path}{id}`, (ask) => remove(ask, name)),
];

/** For what LEGACY names by a star alone. */
const everyMethod = (guard: Guard, path: string, answer: (ask: Ask) => Answer): readonly Route[] =>
  METHODS.map((method) => guard(`${method} ${path}`, answer));

const internals = ({ params }: Ask): Answer => json({ path: params["rest"], marker: BUSINESS });

const admins = forRoles("admin");
const suppliers = forRoles("admin", "supplier");
const requests = forRoles("admin", "marketing_staff");
const marketing = forRoles("marketing_staff");

/** Routes that check a role themselves. */
export const STAFF_ROUTES: readonly Route[] = [
  ...crud(suppliers, "/api/suppliers/", "suppliers"),
  ...everyMethod(suppliers, "/api/suppliers/*", internals),
  admins("GET /api/admin/users/", listUsers),
  admins("POST /api/admin/users/", createUser, ["email", "name", "role"]),
  // PUT, PATCH and DELETE do not exist here.
  admins("GET /api/admin/users/{id}", (ask) => withOne(ask, "users", json)),
  admins("PUT /api/admin/users/{id}/toggle-status", (ask) =>
    withOne(ask, "users", (user) =>
      json(Object.assign(user, { is_active: user["is_active"] === false })),
    ),
  ),
  ...crud(requests, "/api/admin/product-requests/", "product_requests"),
  ...everyMethod(requests, "/api/admin/product-requests/*", internals),
  ...everyMethod(admins, "/api/admin/*", internals),
  ...crud(marketing, "/api/marketing/leads/", "leads"),
  ...crud(marketing, "/api/marketing/commissions/", "commissions"),
  ...everyMethod(marketing, "/api/marketing/*", internals),
];

/** Messages and templates are all that LEGACY says of these; any token reaches every one. */
export const NOTIFICATION_ROUTES: readonly Route[] = [
  open("GET /api/notifications/health", () => json({ status: "healthy" })),
  ...everyMethod(anyToken, "/api/notifications/*", ({ body, data, params }) =>
    json({ path: params["rest"], notifications: data.notifications, body }),
  ),
];

/** A `customer_v2_id` in the request is dropped (LEGACY 1); the password stands as `password`. */
function createUser({ body, data }: Ask): Answer {
  const { customer_v2_id: _, password = "", ...user } = body;
  const id = `usr_${crypto.randomUUID()}`;
  const made = { is_active: true, ...user, id, password: `plain:${password}`, marker: STAFF };
  data.users.push(made);
  return json(made);
}
