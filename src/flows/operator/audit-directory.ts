import type { Gateway } from "../gateway.ts";
import { type AuditOptions, auditCustomers, type CustomerCounts } from "./audit-customers.ts";
import { auditUsers, type UserCounts, type UserOptions } from "./audit-users.ts";
import { findRareSpellings } from "./rare-spellings.ts";

/** The state of both collections: counts only, and so what a later run is compared with. */
export interface DirectoryCounts {
  readonly customers: CustomerCounts;
  readonly users: UserCounts;
}

/** Reads both collections once. Writes nothing. */
export async function auditDirectory(
  gateway: Pick<Gateway, "directory" | "rules" | "runtime">,
  options: AuditOptions & Pick<UserOptions, "isPublished">,
): Promise<DirectoryCounts> {
  const rare = await findRareSpellings(gateway);
  const customers = await auditCustomers(gateway, rare, options);
  const users = await auditUsers(gateway, rare, {
    isPublished: options.isPublished,
    onProgress: (done) => options.onProgress(customers.customers + done),
  });
  return { customers, users };
}
