import type { Role } from "../../../src/core/roles.ts";
import type { CollectionName } from "./data.ts";
import type { Fields } from "./filter.ts";
import { BUSINESS, STAFF } from "./markers.ts";

type BusinessCollection = Extract<
  CollectionName,
  | "products"
  | "products_v2"
  | "areas"
  | "billing_settings"
  | "suppliers"
  | "leads"
  | "commissions"
  | "product_requests"
>;

export const staffAndBusiness = {
  users: (): Fields[] => [
    staff("u-admin", "admin", "admin@example.com"),
    staff("u-marketing", "marketing_staff", "marketing@example.com"),
    staff("u-delivery", "delivery_boy", "delivery@example.com"),
    staff("u-supplier", "supplier", "supplier@example.com"),
    { ...staff("u-inactive", "admin", "inactive@example.com"), is_active: false },
  ],
  collections: (): Record<BusinessCollection, Fields[]> => ({
    products: [product("p-1", "Milk", 32), product("p-2", "Curd", 45)],
    products_v2: [product("p-1", "Milk", 32), product("p-2", "Curd", 45)],
    areas: [{ id: "area-1", name: "Indiranagar" }],
    billing_settings: [{ id: "settings", upi_id: "earlybird@upi", qr_code: null }],
    suppliers: [{ id: "sup-1", name: "Dairy One", marker: BUSINESS }],
    leads: [{ id: "lead-1", name: "Asha", phone: "9876500801", marker: BUSINESS }],
    commissions: [{ id: "com-1", amount: 120, marker: BUSINESS }],
    product_requests: [{ id: "req-1", product: "Ghee", status: "open", marker: BUSINESS }],
  }),
};

/** Older documents hold the hash as `password` (LEGACY 1); the password is `<role>-password`. */
const staff = (id: string, role: Role, email: string): Fields => ({
  id,
  email,
  name: `Staff ${id}`,
  role,
  phone: role === "delivery_boy" ? null : "9876500901",
  is_active: true,
  [role === "admin" ? "password" : "password_hash"]: `plain:${role}-password`,
  created_at: "2025-01-05",
  marker: STAFF,
});

const product = (id: string, name: string, price: number): Fields => ({
  id,
  name,
  price,
  unit: "500 ml",
  is_active: true,
});
