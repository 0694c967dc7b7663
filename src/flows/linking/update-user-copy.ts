import { nationalNumber } from "../../core/phone/phone.ts";
import type { Gateway } from "../gateway.ts";
import type { Link } from "./link-customer.ts";

/**
 * customers_v2 is the source of truth for name and phone. The copy in a user that we made is
 * updated at login, after the answer. Other users belong to their own writers, and `audit` reports
 * drift.
 */
export function updateUserCopy(
  { directory, runtime }: Pick<Gateway, "directory" | "runtime">,
  { customer, user }: Link,
): void {
  if (!user.createdByUs || customer === null || customer.phone === null) return;
  const { name, phone } = user.document.fields;
  const current = { name: customer.name || name, phone: nationalNumber(customer.phone) };
  if (current.name === name && current.phone === phone) return;
  const set = { ...current, updated_at: new Date(runtime.now()).toISOString() };
  runtime.defer("update-user-copy", async () => {
    await directory.changeUser(user.document, ["customer_v2_id", "name", "phone"], { set });
  });
}
