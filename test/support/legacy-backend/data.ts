import type { Fields } from "./filter.ts";
import { CONTESTED, markerOf, NOBODY, STAFF } from "./markers.ts";
import { staffAndBusiness } from "./staff-data.ts";

export type CollectionName =
  | "users"
  | "customers_v2"
  | "subscriptions_v2"
  | "orders"
  | "subscriptions"
  | "products"
  | "products_v2"
  | "areas"
  | "wallets"
  | "payments"
  | "billing_settings"
  | "notifications"
  | "shared_links"
  | "suppliers"
  | "leads"
  | "commissions"
  | "product_requests"
  | "dormant";

/** Live: what a route writes is seen here, and what a test writes is seen by the routes. */
export type LegacyData = Record<CollectionName, Fields[]>;

/**
 * Two customers with all that hangs on them (u-1 = c-1, u-2 = c-2), two imported ones (c-3, c-4:
 * users.id = customers_v2.id, no links, the published password), staff of every role, one of them
 * inactive. Fresh objects at every call.
 */
export const defaultData = (): LegacyData => ({
  users: [
    linkedUser(1),
    linkedUser(2),
    importedUser(3),
    importedUser(4),
    ...staffAndBusiness.users(),
  ],
  customers_v2: [customer(1), customer(2), customer(3), customer(4)],
  subscriptions_v2: subscriptions(),
  orders: [order(1), order(2)],
  subscriptions: [oldSubscription(1), oldSubscription(2)],
  wallets: [wallet(1), wallet(2)],
  payments: [payment(1), payment(2)],
  shared_links: [sharedLink(1, "u-admin"), sharedLink(2, "u-2")],
  notifications: [
    { id: "n-1", to: "9876500101", text: "Milk is on its way", marker: markerOf("c-1") },
    { id: "n-2", to: "9876500102", text: "Please pay", marker: markerOf("c-2") },
  ],
  dormant: [
    { id: "d-1", customer_id: "c-1", marker: markerOf("c-1") },
    { id: "d-2", customer_id: "c-2", marker: markerOf("c-2") },
  ],
  ...staffAndBusiness.collections(),
});

const phone = (n: number): string => `987650010${n}`;
const CREATED_AT = "2025-08-19T05:40:12.345678";

const linkedUser = (n: number): Fields => ({
  id: `u-${n}`,
  email: `customer${n}@example.com`,
  name: `Customer ${n}`,
  role: "customer",
  phone: phone(n),
  is_active: true,
  customer_v2_id: `c-${n}`,
  password_hash: `plain:customer-${n}-password`,
  created_at: CREATED_AT,
  marker: markerOf(`c-${n}`),
});

/** By the bulk import: the id of the customer, and a password that everybody knows. */
const importedUser = (n: number): Fields => ({
  id: `c-${n}`,
  email: `${phone(n)}@customer.earlybird.com`,
  name: `Customer ${n}`,
  role: "customer",
  phone: phone(n),
  is_active: true,
  password_hash: "plain:customer123",
  created_at: CREATED_AT,
  marker: markerOf(`c-${n}`),
});

const customer = (n: number): Fields => ({
  id: `c-${n}`,
  name: `Customer ${n}`,
  phone: phone(n),
  address: `Flat ${n}, Old Airport Road`,
  area: "Indiranagar",
  status: "active",
  previous_balance: 100 * n,
  notes: `Key under the ${n}th pot`,
  ...(n <= 2 && { user_id: `u-${n}` }),
  created_at: CREATED_AT,
  marker: markerOf(`c-${n}`),
});

/** The owner stands in either spelling, in both, in neither; and one id names two documents. */
const subscriptions = (): Fields[] => [
  { ...subscription("s-1", markerOf("c-1")), customer_id: "c-1" },
  { ...subscription("s-2", markerOf("c-2")), customerId: "c-2" },
  { ...subscription("s-1-other-spelling", markerOf("c-1")), customerId: "c-1" },
  { ...subscription("s-2-other-spelling", markerOf("c-2")), customer_id: "c-2" },
  { ...subscription("s-contested", CONTESTED), customer_id: "c-1", customerId: "c-2" },
  subscription("s-orphan", NOBODY),
  { ...subscription("s-twin", markerOf("c-2")), customer_id: "c-2" },
  { ...subscription("s-twin", markerOf("c-1")), customer_id: "c-1" },
];

const subscription = (id: string, marker: string): Fields => ({
  id,
  product_id: "p-1",
  quantity: 1,
  shift: "morning",
  status: "active",
  pauses: [],
  overrides: [],
  marker,
});

const order = (n: number): Fields => ({
  id: `o-${n}`,
  user_id: `u-${n}`,
  items: [{ product_id: "p-1", quantity: n }],
  status: "placed",
  marker: markerOf(`c-${n}`),
});

const oldSubscription = (n: number): Fields => ({
  id: `v1-${n}`,
  user_id: `u-${n}`,
  product_id: "p-1",
  quantity: n,
  status: "active",
  overrides: [],
  pauses: [],
  marker: markerOf(`c-${n}`),
});

const wallet = (n: number): Fields => ({
  customer_id: `c-${n}`,
  balance: 500 * n,
  marker: markerOf(`c-${n}`),
});

const payment = (n: number): Fields => ({
  id: `pay-${n}`,
  customer_id: `c-${n}`,
  amount: 250 * n,
  marker: markerOf(`c-${n}`),
});

/** The second expired long ago: its page is gone, but its actions still work (LEGACY 7). */
const sharedLink = (n: number, createdBy: string): Fields => ({
  id: `link-${n}`,
  created_by: createdBy,
  delivery_boy_id: "u-delivery",
  area: "Indiranagar",
  expires_at: n === 1 ? "2099-01-01T00:00:00" : "2025-01-01T00:00:00",
  delivered: [],
  marker: n === 1 ? STAFF : markerOf("c-2"),
});
