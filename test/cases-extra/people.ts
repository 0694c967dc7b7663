import type { Fields } from "../support/linking/linking-cases.ts";

/** A complete customers_v2 document. */
export const customer = (id: string | undefined, phone: unknown, more: Fields = {}): Fields => ({
  ...(id === undefined ? {} : { id }),
  name: "Asha Rao",
  phone,
  address: "12 MG Road",
  area: "AREA_001",
  status: "active",
  ...more,
});

/** A complete users document, without a phone and without a link. */
export const user = (id: unknown, more: Fields = {}): Fields => ({
  id,
  email: `${String(id)}@example.com`,
  name: "Asha Rao",
  role: "customer",
  is_active: true,
  phone: null,
  ...more,
});

/** A hash that the legacy backend would take; of no known password. */
export const HASH = "$2b$12$C6UzMDM.H6dfI/f/IKcEeO7ZbQ0m0b6xYk7o4m3mJ5y4v7mQw1x2S";
