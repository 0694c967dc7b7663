import type { ProxiedWorld } from "../../support/proxy/proxied-world.ts";

const V2 = "/api/phase0-v2";

export type MoreAsked = Pick<Parameters<ProxiedWorld["ask"]>[0], "body" | "headers">;
export type Place = readonly [
  method: string,
  before: string,
  id: string,
  other: string,
  after: string,
];
export const BODIES: Readonly<Record<string, object>> = {
  pause: { start_date: "2026-12-01", end_date: "2026-12-01" },
  override: { date: "2026-12-01", quantity: 2 },
  "change-shift": { date: "2026-12-01", shift: "evening" },
};
export const CUSTOMERS: readonly Place[] = [
  ["GET", `${V2}/customers/`, "c-1", "c-2", ""],
  ["GET", `${V2}/customer/`, "c-1", "c-2", "/calendar?month=2026-12"],
  ["GET", "/api/billing/payments/", "c-1", "c-2", ""],
  ["GET", "/api/billing/wallet/balance/", "c-1", "c-2", ""],
  ["GET", "/api/billing/whatsapp-message/", "c-1", "c-2", ""],
  ["POST", `${V2}/customer/`, "c-1", "c-2", "/add-product"],
  ...Object.keys(BODIES).map(
    (verb) => ["POST", `${V2}/customer/`, "c-1", "c-2", `/${verb}`] as const,
  ),
];
/** Here the document's own owner decides: the backend's check for the first two, ours for the last. */
export const DOCUMENTS: readonly Place[] = [
  ["GET", "/api/orders/", "o-1", "o-2", ""],
  ["POST", "/api/orders/", "o-1", "o-2", "/cancel"],
  ["GET", "/api/subscriptions/", "v1-1", "v1-2", ""],
  ["PUT", "/api/subscriptions/", "v1-1", "v1-2", ""],
  ["GET", `${V2}/subscriptions/`, "s-1", "s-2", ""],
];

export function bodyFor(method: string, after: string): MoreAsked {
  if (method === "GET" || after === "/cancel") return {};
  const verb = Object.keys(BODIES).find((name) => after === `/${name}`);
  if (verb !== undefined) return { body: { subscription_id: "s-1", ...BODIES[verb] } };
  if (method === "PUT") return { body: { quantity: 2 } };
  return { body: { product_id: "p-2", date: "2026-12-01", quantity: 1 } };
}
