import type { Gateway } from "../../gateway.ts";
import { surveyDirectory } from "../reading/survey-directory.ts";
import { type AuditOptions, auditCustomers, type CustomerCounts } from "./audit-customers.ts";
import { auditUsers, type UserCounts, type UserOptions } from "./audit-users.ts";

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
  const survey = await surveyDirectory(gateway);
  const total = survey.customers + survey.numberOfUsers;
  options.onProgress(0, total);
  const customers = await auditCustomers(gateway, survey, options);
  const users = await auditUsers(gateway, survey, {
    isPublished: options.isPublished,
    onRow: options.onRow,
    onProgress: (done) => options.onProgress(customers.customers + done, total),
  });
  return { customers, users };
}
