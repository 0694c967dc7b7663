import type { Role } from "../../../src/core/roles.ts";

const V2 = "/api/phase0-v2";
const BILLING = "/api/billing";
const LINK = "/api/shared-delivery-link/link-1";
const DAY = "2026-12-01";
const FORM = {
  name: "Customer 2",
  phone: "9876500102",
  address: "Flat 2",
  area: "Indiranagar",
  status: "active",
  house_image_url: null,
};
const NEW = { name: "New", phone: "9876500777", address: "Flat 7", area: "Indiranagar" };
const ITEM = {
  product_id: "p-1",
  product_name: "Milk",
  unit: "500 ml",
  quantity: 2,
  price: 32.5,
  total: 65,
};

/** One call of a page, as its script makes it. */
export type PageCall = readonly [method: string, path: string, body?: object];

/** A page of the old web app. */
export interface Page {
  readonly page: string;
  /** The people that the page is for; `public`: who is logged out. */
  readonly roles: readonly (Role | "public")[];
  readonly calls: readonly PageCall[];
}

const page = (
  name: string,
  roles: Page["roles"],
  calls: readonly (readonly [match: string, body?: object])[],
): Page => ({
  page: name,
  roles,
  calls: calls.map(([match, body]) => {
    const [method = "", path = ""] = match.split(" ");
    return body === undefined ? [method, path] : [method, path, body];
  }),
});

/** A customer's calendar as it is opened, and the actions that start there. */
const calendarOf = (id: string, subscription_id: string) =>
  [
    [`GET ${V2}/customer/${id}/calendar?month=2026-12`],
    [`POST ${V2}/customer/${id}/pause`, { subscription_id, start_date: DAY }],
    [`POST ${V2}/customer/${id}/override`, { subscription_id, date: DAY, quantity: 2 }],
    [`POST ${V2}/customer/${id}/add-product`, { product_id: "p-2", date: DAY, quantity: 1 }],
    [`POST ${V2}/customer/${id}/change-shift`, { subscription_id, date: DAY, shift: "evening" }],
  ] as const;

const OFFICE = ["admin", "marketing_staff"] as const;
const FIELD = ["admin", "marketing_staff", "delivery_boy"] as const;

const CUSTOMER_PAGES: readonly Page[] = [
  page(
    "home",
    ["customer"],
    [
      ["GET /api/auth/me"],
      // Without the slash at the end: the page follows the backend's 307.
      ["GET /api/products/"],
      ["GET /api/subscriptions"],
      ["GET /api/orders"],
      ["GET /api/subscriptions/"],
      ["GET /api/orders/"],
      ["GET /api/orders/history"],
      [`GET ${V2}/subscriptions?customer_id=c-1`],
    ],
  ),
  page(
    "the shop",
    ["customer"],
    [
      ["GET /api/products/p-1"],
      [`GET ${V2}/products`],
      [`GET ${V2}/areas`],
      ["POST /api/orders/", { items: [ITEM], delivery_date: DAY, address_id: "a-1", notes: null }],
      ["GET /api/orders/o-1"],
      ["POST /api/orders/o-1/cancel"],
    ],
  ),
  page(
    "a subscription",
    ["customer"],
    [
      [
        "POST /api/subscriptions/",
        { product_id: "p-1", pattern: "daily", quantity: 1, start_date: DAY, address_id: "a-1" },
      ],
      ["GET /api/subscriptions/v1-1"],
      ["PUT /api/subscriptions/v1-1", { quantity: 2 }],
      ["PUT /api/subscriptions/v1-1", { pattern: "custom_days", custom_days: [0, 6] }],
      ["POST /api/subscriptions/v1-1/override", { date: DAY, quantity: 2 }],
      ["POST /api/subscriptions/v1-1/pause", { start_date: DAY, end_date: DAY }],
      [`GET ${V2}/subscriptions/s-1`],
    ],
  ),
  page("the customer's calendar", ["customer"], calendarOf("c-1", "s-1")),
  page(
    "the wallet",
    ["customer"],
    [
      [`GET ${V2}/customers/c-1`],
      [`GET ${BILLING}/wallet/balance/c-1`],
      [`GET ${BILLING}/payments/c-1`],
      [`GET ${BILLING}/whatsapp-message/c-1`],
      [`POST ${BILLING}/wallet/topup`, { customer_id: "c-1", amount: 100 }],
      [`GET ${BILLING}/settings`],
    ],
  ),
];

const OFFICE_PAGES: readonly Page[] = [
  page("a customer's calendar", OFFICE, calendarOf("c-2", "s-2")),
  page("monthly billing", OFFICE, [
    [`POST ${BILLING}/monthly-view`, { month: "2026-12" }],
    [`POST ${BILLING}/monthly-view/update`, { customer_id: "c-2", bill: 1 }],
    [`POST ${BILLING}/payment`, { customer_id: "c-2", amount: 100 }],
    [`GET ${BILLING}/whatsapp-message/c-2`],
    [`GET ${BILLING}/arrears-by-area`],
    [`GET ${BILLING}/settings`],
  ]),
  page("the customer form", OFFICE, [
    [`GET ${V2}/customers`],
    [`GET ${V2}/customers/c-2`],
    [`GET ${V2}/areas`],
    [`GET ${V2}/products`],
    [`GET ${V2}/users?role=delivery_boy`],
    [`GET ${V2}/users?role=marketing_staff`],
    [`POST ${V2}/upload-image`, { image: "AAAA" }],
    [`POST ${V2}/customers`, NEW],
    [`POST ${V2}/customers-with-subscription`, { ...NEW, subscription: { product_id: "p-1" } }],
    // The form sends the whole customer, the unchanged phone included.
    [`PUT ${V2}/customers/c-2`, FORM],
    [`PATCH ${V2}/customers/c-2`, FORM],
    [`POST ${V2}/customers/confirm`, { customer_id: "c-2" }],
  ]),
  page("a customer's subscriptions", OFFICE, [
    [`GET ${V2}/subscriptions?customer_id=c-2`],
    [`POST ${V2}/subscriptions`, { customer_id: "c-2", product_id: "p-1", price: 30 }],
    [`PUT ${V2}/subscriptions/s-2`, { price: 31 }],
    [`DELETE ${V2}/subscriptions/s-2`],
  ]),
  page("the dashboard", OFFICE, [
    [`GET ${V2}/dashboard`],
    [`GET ${V2}/delivery-boys`],
    [`GET ${V2}/delivery/generate`],
  ]),
  page("product requests", OFFICE, [
    ["GET /api/admin/product-requests/"],
    ["POST /api/admin/product-requests/", { name: "Ghee" }],
    ["PUT /api/admin/product-requests/req-1", { status: "done" }],
    ["DELETE /api/admin/product-requests/req-1"],
  ]),
  page("an order", [...FIELD, "supplier"], [["GET /api/orders/o-2"]]),
  page(
    "leads",
    ["marketing_staff"],
    [
      ["GET /api/marketing/leads/"],
      ["POST /api/marketing/leads/", { name: "Asha" }],
      ["PUT /api/marketing/leads/lead-1", { name: "Asha Rao" }],
      ["DELETE /api/marketing/leads/lead-1"],
      ["GET /api/marketing/commissions/"],
      ["POST /api/marketing/commissions/", { amount: 1 }],
      ["PUT /api/marketing/commissions/com-1", { amount: 2 }],
      ["DELETE /api/marketing/commissions/com-1"],
    ],
  ),
];

const ADMIN_PAGES: readonly Page[] = [
  page(
    "people and imports",
    ["admin"],
    [
      ["GET /api/admin/users"],
      ["GET /api/admin/users/"],
      ["GET /api/admin/users/u-2"],
      [
        "POST /api/admin/users/",
        { email: "new@example.com", name: "New", role: "supplier", password: "new-password" },
      ],
      [`GET ${V2}/users`],
      [`GET ${V2}/users?role=customer`],
      ["PUT /api/admin/users/u-2/toggle-status"],
      [`GET ${V2}/download-sample-template`],
      [`POST ${V2}/customers/import/preview`, { customers: [NEW] }],
      [`POST ${V2}/customers/import`, { customers: [NEW] }],
      [`DELETE ${V2}/customers/c-2`],
    ],
  ),
  page(
    "delivery boys",
    ["admin"],
    [
      [`POST ${V2}/delivery-boys`, { name: "New Boy" }],
      [`PUT ${V2}/delivery-boy/u-delivery/assign-area`, { area: "Indiranagar" }],
      ["GET /api/shared-delivery-links"],
      ["POST /api/shared-delivery-links", { area: "Indiranagar" }],
      ["DELETE /api/shared-delivery-links/link-1"],
    ],
  ),
  page(
    "the catalogue",
    ["admin"],
    [
      ["POST /api/products/", { name: "Ghee", price: 300 }],
      ["PUT /api/products/p-1", { price: 33 }],
      ["DELETE /api/products/p-1"],
      [`POST ${V2}/products`, { name: "Ghee", price: 300 }],
      [`POST ${V2}/areas`, { name: "Koramangala" }],
      [`PUT ${V2}/areas/area-1`, { name: "Koramangala" }],
      [`DELETE ${V2}/areas/area-1`],
    ],
  ),
  page(
    "payments",
    ["admin"],
    [
      [`GET ${BILLING}/payments/c-2`],
      [`GET ${BILLING}/wallet/balance/c-2`],
      [`DELETE ${BILLING}/payment/pay-2`],
      [`POST ${BILLING}/wallet/deduct`, { customer_id: "c-2", amount: 10 }],
      [`PUT ${BILLING}/settings`, { upi_id: "new@upi" }],
      [`POST ${BILLING}/settings/qr-upload`, { qr: "AAAA" }],
    ],
  ),
  page(
    "suppliers",
    ["admin", "supplier"],
    [
      ["GET /api/suppliers/"],
      ["POST /api/suppliers/", { name: "Dairy Two" }],
      ["PUT /api/suppliers/sup-1", { name: "Dairy" }],
      ["DELETE /api/suppliers/sup-1"],
    ],
  ),
];

const ROUND_PAGES: readonly Page[] = [
  page("the delivery list", FIELD, [
    [`GET ${V2}/customers`],
    [`GET ${V2}/delivery/generate`],
    [`GET ${V2}/delivery/export-excel`],
    [`GET ${V2}/areas`],
    [`POST ${V2}/upload-image`, { image: "AAAA" }],
  ]),
  page(
    "the list for WhatsApp",
    ["admin", "delivery_boy"],
    [[`GET ${V2}/delivery/whatsapp-format`]],
  ),
  page("a shared link, logged in", ["delivery_boy"], [[`GET ${LINK}/auth`]]),
  // Delivery boys open the page logged out.
  page(
    "a shared link",
    ["public"],
    [
      [`GET ${LINK}`],
      ["GET /api/shared-delivery-link/link-2"],
      [
        `POST ${LINK}/add-product`,
        { customer_id: "c-1", product_id: "p-1", date: DAY, quantity: 1, shift: "morning" },
      ],
      [`POST ${LINK}/pause`, { customer_id: "c-1", start_date: DAY, end_date: null }],
      [`POST ${LINK}/stop`, { customer_id: "c-1", reason: "moved" }],
      [`POST ${LINK}/mark-delivered`, { customer_id: "c-1", delivered: true }],
    ],
  ),
  page(
    "the login page",
    ["public"],
    [
      ["GET /api/"],
      ["GET /api/products/"],
      ["GET /api/products/p-1"],
      ["GET /api/notifications/health"],
      ["POST /api/auth/login", { email: "admin@example.com", password: "admin-password" }],
      ["POST /api/auth/login", { email: "admin@example.com", password: "wrong-password" }],
    ],
  ),
];

/** The calls of the pages of the old web app, by the people that each page is for (docs/legacy.md 5, 7, 8). */
export const PAGES: readonly Page[] = [
  ...CUSTOMER_PAGES,
  ...OFFICE_PAGES,
  ...ADMIN_PAGES,
  ...ROUND_PAGES,
];
