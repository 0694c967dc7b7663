import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Role } from "../../../src/core/roles.ts";
import { askBackend, CLAIMS_OF } from "../../support/legacy-backend/callers.ts";
import { type Caller, members } from "../../support/proxy/proxied-callers.ts";
import { fetchWorld, type ProxiedWorld } from "../../support/proxy/proxied-world.ts";

const V2 = "/api/phase0-v2";
const BILLING = "/api/billing";
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

type Call = readonly [method: string, path: string, body?: object];

/** A customer's calendar as the office's dashboards open it, and what is done from there. */
const calendarOf = (id: string, subscription: string): readonly Call[] => [
  ["GET", `${V2}/customer/${id}/calendar?month=2026-12`],
  ["POST", `${V2}/customer/${id}/pause`, { subscription_id: subscription, start_date: DAY }],
  [
    "POST",
    `${V2}/customer/${id}/override`,
    { subscription_id: subscription, date: DAY, quantity: 2 },
  ],
  ["POST", `${V2}/customer/${id}/add-product`, { product_id: "p-2", date: DAY, quantity: 1 }],
  [
    "POST",
    `${V2}/customer/${id}/change-shift`,
    { subscription_id: subscription, date: DAY, shift: "evening" },
  ],
];

const MONTHLY_BILLING: readonly Call[] = [
  ["POST", `${BILLING}/monthly-view`, { month: "2026-12" }],
  ["POST", `${BILLING}/monthly-view/update`, { customer_id: "c-2", bill: 1 }],
  ["POST", `${BILLING}/payment`, { customer_id: "c-2", amount: 100 }],
  ["GET", `${BILLING}/whatsapp-message/c-2`],
  ["GET", `${BILLING}/arrears-by-area`],
  ["GET", `${BILLING}/settings`],
];

const CUSTOMER_FORM: readonly Call[] = [
  ["GET", `${V2}/customers`],
  ["GET", `${V2}/areas`],
  ["GET", `${V2}/products`],
  ["GET", `${V2}/users?role=delivery_boy`],
  ["GET", `${V2}/users?role=marketing_staff`],
  ["POST", `${V2}/upload-image`, { image: "AAAA" }],
  ["POST", `${V2}/customers`, NEW],
  ["POST", `${V2}/customers-with-subscription`, { ...NEW, subscription: { product_id: "p-1" } }],
  ["PUT", `${V2}/customers/c-2`, FORM],
  ["POST", `${V2}/customers/confirm`, { customer_id: "c-2" }],
];

/** What each page of the old web app asks for, by whom it is for (docs/legacy.md 5 and 7). */
const PAGES: readonly (readonly [page: string, roles: readonly Role[], calls: readonly Call[]])[] =
  [
    [
      "the customer's home",
      ["customer"],
      [
        ["GET", "/api/auth/me"],
        ["GET", "/api/products/"],
        ["GET", "/api/subscriptions/"],
        ["GET", "/api/orders/"],
        ["GET", "/api/orders/history"],
        ["GET", `${V2}/subscriptions?customer_id=c-1`],
        ["GET", `${BILLING}/wallet/balance/c-1`],
        ["GET", `${BILLING}/payments/c-1`],
      ],
    ],
    ["the customer's calendar", ["customer"], calendarOf("c-1", "s-1")],
    ["a customer's calendar", ["admin", "marketing_staff"], calendarOf("c-2", "s-2")],
    ["monthly billing", ["admin", "marketing_staff"], MONTHLY_BILLING],
    ["the customer form", ["admin", "marketing_staff"], CUSTOMER_FORM],
    [
      "the dashboard",
      ["admin", "marketing_staff"],
      [
        ["GET", `${V2}/dashboard`],
        ["GET", `${V2}/delivery-boys`],
        ["GET", `${V2}/delivery/generate`],
      ],
    ],
    [
      "the delivery list",
      ["admin", "marketing_staff", "delivery_boy"],
      [
        ["GET", `${V2}/delivery/generate`],
        ["GET", `${V2}/delivery/export-excel`],
        ["GET", `${V2}/areas`],
      ],
    ],
    [
      "people and imports",
      ["admin"],
      [
        ["GET", "/api/admin/users/"],
        ["GET", `${V2}/users`],
        ["PUT", "/api/admin/users/u-2/toggle-status"],
        ["GET", `${V2}/download-sample-template`],
        ["POST", `${V2}/customers/import/preview`, { customers: [NEW] }],
        ["DELETE", `${V2}/customers/c-2`],
      ],
    ],
    [
      "an order",
      ["admin", "marketing_staff", "delivery_boy", "supplier"],
      [["GET", "/api/orders/o-2"]],
    ],
    ["leads", ["marketing_staff"], [["GET", "/api/marketing/leads/"]]],
    ["suppliers", ["admin", "supplier"], [["GET", "/api/suppliers/"]]],
  ];

let world: ProxiedWorld;
let callers: Readonly<Record<Role, Caller>>;
beforeAll(async () => {
  world = await fetchWorld();
});
beforeEach(async () => {
  await world.reset();
  callers = await members(world);
  await world.reset();
});
afterAll(() => world.stop());

describe("a page of the old web app", () => {
  const calls = PAGES.flatMap(([page, roles, all]) =>
    roles.flatMap((role) =>
      all.map(([method, path, body]) => ({ page, role, method, path, body })),
    ),
  );

  it.each(calls)(
    "the old web app's $page of $role gets one status with and without the gateway: $method $path",
    async ({ body, method, path, role }) => {
      const sent = body === undefined ? {} : { body };
      const asked = { claims: CLAIMS_OF[role], ...sent };
      const without = await askBackend(world.backend, `${method} ${path}`, asked);
      await world.reset();
      const headers = [["authorization", `${callers[role].authorization}`] as const];
      const got = await world.ask({ method, target: path, headers, ...sent });
      expect(got.status, got.text).toBe(without.status);
      expect(got.text).not.toContain("plain:");
    },
  );
});
