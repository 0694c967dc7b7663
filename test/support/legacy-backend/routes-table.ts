import { type Role, STAFF_ROLES } from "../../../src/core/roles.ts";
import { METHODS, type Needs } from "./route.ts";
import { STAFF_ONLY_ROUTES } from "./staff-only-table.ts";

/** The headings of LEGACY 7. */
export type Section = "customer" | "any-token-today" | "own-role-check" | "public" | "dormant";

/**
 * One method at one path of LEGACY 7, with ids of the default data: what is the caller's own is
 * u-1's and c-1's, what is others' is u-2's and c-2's.
 */
export interface LegacyRoute {
  readonly section: Section;
  readonly method: string;
  readonly path: string;
  /** The same route, asked for c-2. Absent where the path names nobody. */
  readonly othersPath?: string;
  /** A JSON body that the backend takes. */
  readonly body?: object;
  /** The same body, with c-2's ids. Absent where the body names nobody. */
  readonly othersBody?: object;
  /** The column "today": what the backend itself demands. */
  readonly today: Needs;
  /** Whether the backend also asks whose the document is. */
  readonly ownerChecked: boolean;
  /** The column "who should reach them"; empty: nobody. */
  readonly allowed: readonly ("public" | Role)[];
  /** Roles that LEGACY neither lets in nor keeps out: a policy may do either. */
  readonly unsaid: readonly Role[];
  /** What the backend answers where that is no success. */
  readonly answers?: number;
}

type More = Pick<LegacyRoute, "othersPath" | "body" | "othersBody" | "answers">;

function read(match: string): Pick<LegacyRoute, "method" | "path"> {
  const [method = "", path = ""] = match.split(" ");
  return { method, path };
}

/** The backend wants role customer, and the caller's own document. */
const checked = (match: string, more: More = {}): LegacyRoute => ({
  section: "customer",
  ...read(match),
  today: ["customer"],
  ownerChecked: true,
  allowed: ["customer"],
  unsaid: [],
  ...more,
});

/** LEGACY says which id a customer may use, and of staff, who have tokens too, nothing. */
const unchecked = (match: string, more: More = {}): LegacyRoute => ({
  section: "customer",
  ...read(match),
  today: "token",
  ownerChecked: false,
  allowed: ["customer"],
  unsaid: STAFF_ROLES,
  ...more,
});

/** A customer's route that the office's pages call as well, for any customer (LEGACY 5). */
const officeToo = (match: string, more: More = {}): LegacyRoute => ({
  ...unchecked(match, more),
  allowed: ["customer", "admin", "marketing_staff"],
  unsaid: [],
});

const everybodys = (section: Section, match: string, more: More = {}): LegacyRoute => ({
  section,
  ...read(match),
  today: "nothing",
  ownerChecked: false,
  allowed: ["public"],
  unsaid: [],
  ...more,
});

const nobodys = (section: Section, match: string): LegacyRoute => ({
  ...everybodys(section, match),
  allowed: [],
});

const DAY = "2026-12-01";
const V2 = "/api/phase0-v2";
const named = (more: object) => ({
  body: { subscription_id: "s-1", ...more },
  othersBody: { subscription_id: "s-2", ...more },
});

const CUSTOMER_ROUTES: readonly LegacyRoute[] = [
  unchecked("GET /api/auth/me"),
  checked("POST /api/orders/", {
    body: {
      items: [
        {
          product_id: "p-1",
          product_name: "Milk",
          quantity: 2,
          unit: "500 ml",
          price: 32.5,
          total: 65,
        },
      ],
      delivery_date: DAY,
      address_id: "a-1",
      notes: null,
    },
  }),
  checked("GET /api/orders/"),
  checked("GET /api/orders/history"),
  // A customer sees their own, any staff role sees any.
  {
    ...checked("GET /api/orders/o-1", { othersPath: "/api/orders/o-2" }),
    today: "token",
    allowed: ["customer", ...STAFF_ROLES],
  },
  checked("POST /api/orders/o-1/cancel", { othersPath: "/api/orders/o-2/cancel" }),
  checked("POST /api/subscriptions/", {
    body: {
      product_id: "p-1",
      pattern: "custom_days",
      custom_days: [0, 6],
      quantity: 1,
      start_date: DAY,
      address_id: "a-1",
    },
  }),
  checked("GET /api/subscriptions/"),
  checked("GET /api/subscriptions/v1-1", { othersPath: "/api/subscriptions/v1-2" }),
  checked("PUT /api/subscriptions/v1-1", {
    othersPath: "/api/subscriptions/v1-2",
    body: { quantity: 2 },
  }),
  checked("POST /api/subscriptions/v1-1/override", {
    othersPath: "/api/subscriptions/v1-2/override",
    body: { date: DAY, quantity: 2 },
  }),
  checked("POST /api/subscriptions/v1-1/pause", {
    othersPath: "/api/subscriptions/v1-2/pause",
    body: { start_date: DAY, end_date: DAY },
  }),
  // These two stand under "Public today" once more, as GET /api/products/*.
  everybodys("customer", "GET /api/products/"),
  everybodys("customer", "GET /api/products/p-1"),
  unchecked(`GET ${V2}/products`),
  unchecked(`GET ${V2}/areas`),
  unchecked(`GET ${V2}/customers/c-1`, { othersPath: `${V2}/customers/c-2` }),
  officeToo(`GET ${V2}/customer/c-1/calendar?month=2026-12`, {
    othersPath: `${V2}/customer/c-2/calendar?month=2026-12`,
  }),
  // Without customer_id, and with an empty one, it lists everybody's.
  unchecked(`GET ${V2}/subscriptions?customer_id=c-1`, {
    othersPath: `${V2}/subscriptions?customer_id=c-2`,
  }),
  unchecked(`GET ${V2}/subscriptions/s-1`, { othersPath: `${V2}/subscriptions/s-2` }),
  // The path's id is ignored and the body's trusted: either alone may be another's.
  officeToo(`POST ${V2}/customer/c-1/pause`, {
    othersPath: `${V2}/customer/c-2/pause`,
    ...named({ start_date: DAY, end_date: DAY }),
  }),
  officeToo(`POST ${V2}/customer/c-1/override`, {
    othersPath: `${V2}/customer/c-2/override`,
    ...named({ date: DAY, quantity: 2 }),
  }),
  officeToo(`POST ${V2}/customer/c-1/change-shift`, {
    othersPath: `${V2}/customer/c-2/change-shift`,
    ...named({ date: DAY, shift: "evening" }),
  }),
  // "the id it trusts" is the path's; a customer_id in the body means nothing here.
  officeToo(`POST ${V2}/customer/c-1/add-product`, {
    othersPath: `${V2}/customer/c-2/add-product`,
    body: { product_id: "p-2", date: DAY, quantity: "1.5", shift: "both" },
  }),
  ...["payments", "wallet/balance"].map((name) =>
    unchecked(`GET /api/billing/${name}/c-1`, { othersPath: `/api/billing/${name}/c-2` }),
  ),
  officeToo("GET /api/billing/whatsapp-message/c-1", {
    othersPath: "/api/billing/whatsapp-message/c-2",
  }),
  unchecked("POST /api/billing/wallet/topup", {
    body: { customer_id: "c-1", amount: 10 },
    othersBody: { customer_id: "c-2", amount: 10 },
  }),
  unchecked("GET /api/billing/settings"),
];

const LINK = "/api/shared-delivery-link/link-1";
const delivery = { customer_id: "c-1", product_id: "p-1", quantity: 1 };

const PUBLIC_ROUTES: readonly LegacyRoute[] = [
  everybodys("public", "GET /api/"),
  // Public, but closed to role customer: policy `login`.
  everybodys("public", "POST /api/auth/login", {
    body: { email: "marketing@example.com", password: "marketing_staff-password" },
  }),
  everybodys("public", "GET /api/notifications/health"),
  everybodys("public", `GET ${LINK}`),
  ...["add-product", "pause", "stop"].map((verb) =>
    everybodys("public", `POST ${LINK}/${verb}`, { body: delivery }),
  ),
  everybodys("public", `POST ${LINK}/mark-delivered`, { body: delivery, answers: 500 }),
  nobodys("public", "GET /docs"),
  nobodys("public", "GET /redoc"),
  nobodys("public", "GET /openapi.json"),
];

/** LEGACY names prefixes, no paths: these stand for whatever comes alive there, unguarded. */
const DORMANT_ROUTES: readonly LegacyRoute[] = [
  ...["/api/api/disputes", "/api/api/sql", "/api/customers/c-1", "/api/delivery/today"],
].flatMap((path) => METHODS.map((method) => nobodys("dormant", `${method} ${path}`)));

/** LEGACY 7 as data. "Every path not named above" is nobody's too, and is not there at all. */
export const LEGACY_ROUTES: readonly LegacyRoute[] = [
  ...CUSTOMER_ROUTES,
  ...STAFF_ONLY_ROUTES,
  ...PUBLIC_ROUTES,
  ...DORMANT_ROUTES,
];
