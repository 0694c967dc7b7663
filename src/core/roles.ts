/** The staff roles of the legacy backend (LEGACY 1), letter by letter. */
export const STAFF_ROLES = ["admin", "marketing_staff", "delivery_boy", "supplier"] as const;

export type StaffRole = (typeof STAFF_ROLES)[number];
export type Role = "customer" | StaffRole;

export const isStaffRole = (value: unknown): value is StaffRole =>
  STAFF_ROLES.some((role) => role === value);
