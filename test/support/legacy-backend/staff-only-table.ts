import type { Role } from "../../../src/core/roles.ts";
import { METHODS } from "./route.ts";
import type { LegacyRoute } from "./routes-table.ts";

type More = Pick<LegacyRoute, "body" | "othersPath" | "ownerChecked" | "answers">;

/** Any token suffices today. */
const loose = (
  allowed: readonly Role[],
  match: string,
  body?: object,
  more: Partial<More> = {},
): LegacyRoute => ({
  section: "any-token-today",
  ...read(match),
  today: "token",
  ownerChecked: false,
  allowed,
  unsaid: [],
  ...(body !== undefined && { body }),
  ...more,
});

/** The backend checks the role itself; who should reach it and who can are the same. */
const guarded = (
  allowed: readonly Role[],
  match: string,
  body?: object,
  section: LegacyRoute["section"] = "own-role-check",
): LegacyRoute => ({
  section,
  ...read(match),
  today: allowed,
  ownerChecked: false,
  allowed,
  unsaid: [],
  ...(body !== undefined && { body }),
});

function read(match: string): Pick<LegacyRoute, "method" | "path"> {
  const [method = "", path = ""] = match.split(" ");
  return { method, path };
}

const ADMIN = ["admin"] as const;
const OFFICE = ["admin", "marketing_staff"] as const;
const ROUND = ["admin", "delivery_boy"] as const;
const FIELD = ["admin", "marketing_staff", "delivery_boy"] as const;

const V2 = "/api/phase0-v2";
const BILLING = "/api/billing";
const CUSTOMER = { name: "New", phone: "9876500777", address: "Flat 7", area: "Indiranagar" };

const LOOSE_ROUTES: readonly LegacyRoute[] = [
  loose(ADMIN, `GET ${V2}/users`),
  // Two drop-downs of marketing's; all others stay the admin's.
  loose(OFFICE, `GET ${V2}/users?role=delivery_boy`),
  loose(OFFICE, `GET ${V2}/users?role=marketing_staff`),
  loose(ADMIN, `GET ${V2}/users?role=customer`),
  loose(ADMIN, `POST ${V2}/delivery-boys`, { name: "New Boy" }),
  loose(OFFICE, `GET ${V2}/delivery-boys`),
  loose(ADMIN, `PUT ${V2}/delivery-boy/u-delivery/assign-area`, { area: "Indiranagar" }),
  loose(FIELD, `GET ${V2}/customers`),
  loose(OFFICE, `POST ${V2}/customers`, CUSTOMER),
  loose(OFFICE, `POST ${V2}/customers-with-subscription`, CUSTOMER, { answers: 500 }),
  loose(OFFICE, `PUT ${V2}/customers/c-1`, { address: "Flat 8" }),
  loose(OFFICE, `PATCH ${V2}/customers/c-1`, { address: "Flat 9" }),
  loose(ADMIN, `DELETE ${V2}/customers/c-1`),
  loose(OFFICE, `POST ${V2}/customers/confirm`, { customer_id: "c-1" }),
  // "/import, /import/preview": both below customers, as the first of the two says.
  loose(ADMIN, `POST ${V2}/customers/import`, { customers: [CUSTOMER] }),
  loose(ADMIN, `POST ${V2}/customers/import/preview`, { customers: [CUSTOMER] }),
  loose(OFFICE, `POST ${V2}/subscriptions`, { customer_id: "c-1", product_id: "p-1", price: 1 }),
  loose(OFFICE, `PUT ${V2}/subscriptions/s-1`, { price: 1 }),
  loose(OFFICE, `DELETE ${V2}/subscriptions/s-1`),
  loose(FIELD, `GET ${V2}/delivery/generate`),
  loose(ROUND, `GET ${V2}/delivery/whatsapp-format`),
  loose(FIELD, `GET ${V2}/delivery/export-excel`),
  loose(OFFICE, `GET ${V2}/dashboard`),
  // "POST, PUT, DELETE | /areas, /areas/{id}": made at the first, changed and deleted at the second.
  loose(ADMIN, `POST ${V2}/areas`, { name: "Koramangala" }),
  loose(ADMIN, `PUT ${V2}/areas/area-1`, { name: "Koramangala" }),
  loose(ADMIN, `DELETE ${V2}/areas/area-1`),
  loose(ADMIN, `POST ${V2}/products`, { name: "Ghee", price: 300 }),
  // Bytes of any kind in truth; JSON is as good as another.
  loose(FIELD, `POST ${V2}/upload-image`, { image: "AAAA" }),
  loose(ADMIN, `GET ${V2}/download-sample-template`),
  loose(OFFICE, `POST ${BILLING}/monthly-view`, { month: "2026-12" }),
  loose(OFFICE, `POST ${BILLING}/monthly-view/update`, { customer_id: "c-1", bill: 1 }),
  loose(OFFICE, `POST ${BILLING}/payment`, { customer_id: "c-1", amount: 1 }),
  loose(ADMIN, `DELETE ${BILLING}/payment/pay-1`),
  loose(OFFICE, `GET ${BILLING}/arrears-by-area`),
  loose(ADMIN, `POST ${BILLING}/wallet/deduct`, { customer_id: "c-1", amount: -1000 }),
  // These two and the link's auth stand in this table of LEGACY, and have a check of their own.
  guarded(ADMIN, `PUT ${BILLING}/settings`, { upi_id: "new@upi" }, "any-token-today"),
  guarded(ADMIN, `POST ${BILLING}/settings/qr-upload`, { qr: "AAAA" }, "any-token-today"),
  // "* /api/notifications/* but /health": every method; "messages, templates" is all it names.
  ...["/api/notifications/messages", "/api/notifications/templates/t-1"].flatMap((path) =>
    METHODS.map((method) => loose(ADMIN, `${method} ${path}`)),
  ),
  // "GET /api/shared-delivery-links ... ; POST, DELETE | own links": read as list, make, delete one.
  loose(ADMIN, "GET /api/shared-delivery-links"),
  loose(ADMIN, "POST /api/shared-delivery-links", { area: "Indiranagar" }),
  loose(ADMIN, "DELETE /api/shared-delivery-links/link-1", undefined, {
    othersPath: "/api/shared-delivery-links/link-2",
    ownerChecked: true,
  }),
  guarded(
    ["delivery_boy"],
    "GET /api/shared-delivery-link/link-1/auth",
    undefined,
    "any-token-today",
  ),
];

/** A list, made, changed and deleted; and whatever else stands below the star. */
const below = (allowed: readonly Role[], path: string, id: string): readonly LegacyRoute[] => [
  guarded(allowed, `GET ${path}`),
  guarded(allowed, `POST ${path}`, { name: "New" }),
  guarded(allowed, `PUT ${path}${id}`, { name: "Changed" }),
  guarded(allowed, `DELETE ${path}${id}`),
];

const star = (allowed: readonly Role[], path: string): readonly LegacyRoute[] =>
  METHODS.map((method) => guarded(allowed, `${method} ${path}`));

const GUARDED_ROUTES: readonly LegacyRoute[] = [
  guarded(ADMIN, "POST /api/products/", { name: "Ghee", price: 300 }),
  guarded(ADMIN, "PUT /api/products/p-1", { price: 33 }),
  guarded(ADMIN, "DELETE /api/products/p-1"),
  ...below(["admin", "supplier"], "/api/suppliers/", "sup-1"),
  ...star(["admin", "supplier"], "/api/suppliers/sup-1/orders"),
  guarded(ADMIN, "GET /api/admin/users/"),
  guarded(ADMIN, "POST /api/admin/users/", {
    email: "new@example.com",
    name: "New",
    role: "supplier",
    password: "new-password",
  }),
  guarded(ADMIN, "GET /api/admin/users/u-2"),
  guarded(ADMIN, "PUT /api/admin/users/u-2/toggle-status"),
  ...star(ADMIN, "/api/admin/reports"),
  ...below(OFFICE, "/api/admin/product-requests/", "req-1"),
  ...star(OFFICE, "/api/admin/product-requests/req-1/approve"),
  // Marketing is marketing_staff's alone: LEGACY does not name the admin here.
  ...below(["marketing_staff"], "/api/marketing/leads/", "lead-1"),
  ...below(["marketing_staff"], "/api/marketing/commissions/", "com-1"),
  ...star(["marketing_staff"], "/api/marketing/reports"),
];

export const STAFF_ONLY_ROUTES: readonly LegacyRoute[] = [...LOOSE_ROUTES, ...GUARDED_ROUTES];
